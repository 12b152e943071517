//! A pickle that reaches objects by names made up while it loads.

use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule, reach};
use crate::facts::Facts;
use crate::known::Capability;
use crate::samples::pickle::{Program, file};

/// A pickle that reaches objects by names made up while it loads.
pub static RULE: Rule = Rule {
    id: "pickle-resolves-names",
    severity: Severity::Critical,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "Loading the pickle turns text into any object of that name",
    why: "`getattr`, `importlib`, `pkgutil.resolve_name` and `operator.attrgetter` give a program everything in the interpreter without naming it in an import, so that no list of names can tell what is reached. Critical when one is called, high when it is only imported; low for an `itemgetter` of plain columns that is kept and not called. `getattr` of a class that is known and a plain method name is how methods are pickled, and is not reported.",
    advice: "Do not load it. If the names it reaches are plain methods of the publisher's own classes, ask for a file without references to methods.",
    references: &[
        "CWE-502",
        "CWE-470",
        "AML.T0011",
        "GHSA-vvpj-8cmc-gx39",
        "GHSA-955r-x9j8-7rhh",
        "GHSA-46h3-79wf-xr6c",
        "GHSA-5j3x-jp52-966f",
    ],
    examples: &[
        Example {
            name: "resolve-name",
            files: || file(Program::new(2).call("pkgutil", "resolve_name", "os:system").stop()),
            fires: &["pickle-resolves-names"],
        },
        Example {
            name: "import-module",
            files: || file(Program::new(2).call("importlib", "import_module", "os").stop()),
            fires: &["pickle-resolves-names"],
        },
        Example {
            name: "attribute-of-unknown",
            files: || {
                file(
                    Program::new(2)
                        .global("builtins", "getattr")
                        .global("builtins", "len")
                        .text("__self__")
                        .tuple(2)
                        .reduce()
                        .stop(),
                )
            },
            fires: &["pickle-resolves-names"],
        },
        Example {
            name: "attribute-getter",
            files: || file(Program::new(2).call("operator", "attrgetter", "system").stop()),
            fires: &["pickle-resolves-names"],
        },
        Example {
            name: "private-alias",
            files: || file(Program::new(2).call("_operator", "methodcaller", "system").stop()),
            fires: &["pickle-resolves-names"],
        },
        Example {
            name: "called-columns",
            files: || {
                let getter = Program::new(2).call("operator", "itemgetter", "system");
                file(getter.global("posix", "__dict__").tuple(1).reduce().stop())
            },
            fires: &["pickle-resolves-names", "pickle-starts-process"],
        },
        Example {
            name: "called-result",
            files: || {
                file(
                    Program::new(2)
                        .call("operator", "attrgetter", "system")
                        .global("collections", "OrderedDict")
                        .tuple(1)
                        .reduce()
                        .stop(),
                )
            },
            fires: &["pickle-resolves-names"],
        },
        Example {
            name: "imported-only",
            files: || file(Program::new(2).global("sys", "modules").stop()),
            fires: &["pickle-resolves-names"],
        },
        Example {
            name: "underscore",
            files: || {
                file(
                    Program::new(2)
                        .global("builtins", "getattr")
                        .global("collections", "OrderedDict")
                        .text("__globals__")
                        .tuple(2)
                        .reduce()
                        .stop(),
                )
            },
            fires: &["pickle-resolves-names"],
        },
        Example {
            name: "method-twin",
            files: || {
                file(
                    Program::new(2)
                        .global("builtins", "getattr")
                        .global("ultralytics.nn.modules.head", "Detect")
                        .text("forward")
                        .tuple(2)
                        .reduce()
                        .stop(),
                )
            },
            fires: &[],
        },
        Example {
            name: "text-format",
            files: || file(attribute("__builtin__", "unicode", "format")),
            fires: &["pickle-resolves-names"],
        },
        Example {
            name: "text-class",
            files: || file(attribute("__builtin__", "str", "__class__")),
            fires: &["pickle-resolves-names"],
        },
        Example {
            name: "module-attribute",
            files: || file(attribute("json", "codecs", "open")),
            fires: &["pickle-unknown-import", "pickle-writes-files"],
        },
        Example {
            name: "text-method-twin",
            files: || file(attribute("__builtin__", "unicode", "split")),
            fires: &[],
        },
        Example {
            name: "bytes-method-twin",
            files: || file(attribute("__builtin__", "bytes", "partition")),
            fires: &[],
        },
        Example { name: "distribution-twin", files: || file(distribution("poisson_gen")), fires: &[] },
        Example {
            name: "private-method",
            files: || file(distribution("poisson")),
            fires: &["pickle-resolves-names"],
        },
        Example {
            name: "listed-twin",
            files: || {
                file(
                    Program::new(2)
                        .global("builtins", "getattr")
                        .global("zoneinfo", "ZoneInfo")
                        .text("_unpickle")
                        .tuple(2)
                        .reduce()
                        .text("Europe/Vienna")
                        .raw([0x88])
                        .tuple(2)
                        .reduce()
                        .stop(),
                )
            },
            fires: &[],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    reach::report(facts, findings, Capability::ResolvesNames);
}

/// What `getattr` finds, kept as a value.
fn attribute(module: &str, name: &str, attribute: &str) -> Vec<u8> {
    let program = Program::new(2).dict().text("analyzer").global("__builtin__", "getattr");
    program.global(module, name).text(attribute).tuple(2).reduce().setitem().stop()
}

/// A distribution of scipy that keeps one of its own methods.
fn distribution(class: &str) -> Vec<u8> {
    let program = Program::new(4).dict().global("builtins", "getattr");
    let program = program.global("scipy.stats._discrete_distns", class).tuple(0).newobj().text("_entropy");
    program.tuple(2).reduce().pop().stop()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Input;

    fn severity(program: Program) -> Option<Severity> {
        let input = Input::bytes(program.stop());
        let (_, findings) = crate::inspect(&input, "model.pkl", &crate::Limits::default());
        findings.iter().map(|finding| finding.severity).max()
    }

    #[test]
    fn columns_are_worth_a_word() {
        let getter = || Program::new(2).global("operator", "itemgetter");
        assert_eq!(severity(getter().int(1).tuple(1).reduce()), Some(Severity::Low));
        assert_eq!(severity(getter().text("age").text("name").tuple(2).reduce()), Some(Severity::Low));
        assert_eq!(severity(getter().text("__class__").tuple(1).reduce()), Some(Severity::Critical));
        let called = getter().text("age").tuple(1).reduce().dict().tuple(1).reduce();
        assert_eq!(severity(called), Some(Severity::Critical));
        let attribute = Program::new(2).call("operator", "attrgetter", "age");
        assert_eq!(severity(attribute), Some(Severity::Critical));
    }

    #[test]
    fn what_dill_writes_resolves_nothing() {
        assert_eq!(severity(Program::new(4).stack_global("__builtin__", "__main__")), None);
        assert_eq!(severity(Program::new(2).global("collections", "namedtuple")), None);
        let bytes = Program::new(2).call("dill._dill", "_load_type", "bytearray").raw(b"C\x02ab");
        assert_eq!(severity(bytes.tuple(1).reduce()), None);
        let code = Program::new(2).call("dill._dill", "_load_type", "CodeType");
        assert_eq!(severity(code), Some(Severity::Critical));
        let array = |module, name| {
            Program::new(2)
                .global("dill._dill", "_create_array")
                .global(module, name)
                .tuple(0)
                .none()
                .tuple(3)
                .reduce()
        };
        assert_eq!(severity(array("numpy.core.multiarray", "_reconstruct")), None);
        assert_eq!(severity(array("posix", "system")), Some(Severity::Critical));
        assert_eq!(severity(array("collections", "OrderedDict")), Some(Severity::Critical));
    }
}
