//! Text in the state of an object that its class runs when it is restored.
//!
//! Two classes of names are called [`Capability::CarriesCode`](super::Capability) for this reason alone; whether one
//! object of theirs runs anything but what the library wrote can be read from its state, if that is a plain dictionary
//! with literal keys. Any other state may set the same attributes and has to count as carrying code.

/// The keys of a state under which classes of `module` keep, or ask for, text that is run at restoring. Empty for
/// modules without such classes.
#[must_use]
pub fn running_keys(module: &str) -> &'static [&'static str] {
    let is_below =
        |tree: &str| module.strip_prefix(tree).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    if is_below("scipy.stats") {
        &["_parse_arg_template"]
    } else if is_below("statsmodels.base.data") {
        &["restore_design_info", "restore_model_spec"]
    } else {
        &[]
    }
}

/// Whether `text` is nothing but the three functions that scipy writes under `_parse_arg_template` for the parameters
/// of a distribution. Running them defines functions that hand their arguments on, whatever the parameters are called.
#[must_use]
pub fn is_argument_parser(text: &str) -> bool {
    let expected = [
        ("def _parse_args(self, ", "):"),
        ("    return (", ""),
        ("def _parse_args_rvs(self, ", ", size=None):"),
        ("    return self._argcheck_rvs(", ", size=size)"),
        ("def _parse_args_stats(self, ", ", moments='mv'):"),
        ("    return (", ", moments"),
    ];
    let mut lines = text.lines().filter(|line| !line.is_empty());
    let all = expected.iter().all(|(start, end)| {
        let inner = lines.next().and_then(|line| line.strip_prefix(start)?.strip_suffix(end));
        inner.is_some_and(|inner| {
            let inner =
                if start.ends_with("return (") { inner.replacen(')', "", 1) } else { inner.to_owned() };
            inner.chars().all(|letter| letter.is_ascii_alphanumeric() || "_,= ".contains(letter))
        })
    });
    all && lines.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WRITTEN: &str = "
def _parse_args(self, a, b,  loc=0, scale=1):
    return (a, b, ), loc, scale

def _parse_args_rvs(self, a, b,  loc=0, scale=1, size=None):
    return self._argcheck_rvs(a, b,  loc, scale, size=size)

def _parse_args_stats(self, a, b,  loc=0, scale=1, moments='mv'):
    return (a, b, ), loc, scale, moments
";

    #[test]
    fn knows_what_scipy_writes() {
        assert!(is_argument_parser(WRITTEN));
        assert!(is_argument_parser(&WRITTEN.replace("a, b, ", "")));
    }

    #[test]
    fn refuses_anything_added_to_it() {
        for (from, to) in [
            ("loc=0", "loc=print()"),
            ("loc=0", "loc=a.b"),
            ("def _parse_args(", "print()\ndef _parse_args("),
            ("return (a, b, )", "return print(a)"),
            ("return (a, b, )", "return (print(a))"),
            ("moments\n", "moments\nprint()"),
            ("moments\n", "moments; print()\n"),
            ("loc, scale\n", "loc, scale\r\x0cprint()\n"),
            ("def _parse_args_rvs", "@a\ndef _parse_args_rvs"),
        ] {
            assert!(WRITTEN.contains(from));
            assert!(!is_argument_parser(&WRITTEN.replacen(from, to, 1)), "{to}");
        }
        assert!(!is_argument_parser(""));
    }

    #[test]
    fn names_the_keys_of_their_modules_only() {
        assert_eq!(running_keys("scipy.stats._continuous_distns"), ["_parse_arg_template"]);
        assert_eq!(running_keys("statsmodels.base.data").len(), 2);
        assert!(running_keys("scipy.statsx").is_empty());
    }
}
