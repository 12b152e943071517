//! Texts of licences and what stands beside them: `LICENSE`, `COPYING`, `NOTICE`, `USE_POLICY`. Recognised by name.

use weighbridge_domain::facts::What;

use super::{FORMATS, Format, Support};
use crate::detect::{Probe, Recognition, has_extension};
use crate::licence::texts::{Kind, licences};
use crate::limits::Fault;
use crate::samples;
use crate::walk::Visit;

/// Text of a licence.
pub static FORMAT: Format = Format {
    id: "licence-text",
    title: "Text of a licence",
    extensions: &[],
    support: Support::Inspected,
    carries_code: false,
    refines: &["text"],
    docs: "`LICENSE`, `LICENCE`, `COPYING`, `UNLICENSE`, `EULA`, with any ending of ordinary text: compared with the texts of \
           the SPDX list as pairs of words, and with the titles, dates and sentences of licences of models whose texts are not \
           shipped. A text that is nearly one of the list is told with the nearest and the lines that differ. `NOTICE` and \
           `USE_POLICY` are searched for the names of licences of models; a policy that names none is told as terms that are not \
           known. Longer than 1 MiB: not inspected.",
    recognise: |probe| {
        Recognition::guess_if(kind(&probe.name).is_some() && is_plain(probe) && probe.is_text())
    },
    read,
    samples: || {
        let mit = spdx::license_id("MIT").map_or("", |mit| mit.text());
        let notice = "This product includes software of the Example project.\n";
        let mut files = samples::one("LICENSE", mit);
        files.extend(samples::one("notices/NOTICE", notice));
        files
    },
};

/// The longest text that is compared.
const LONGEST: u64 = 1 << 20;

/// What a name in lower case says about the text in the file.
fn kind(name: &str) -> Option<Kind> {
    let stem = name.strip_suffix(".txt").or_else(|| name.strip_suffix(".md")).unwrap_or(name);
    if stem.contains("use_policy") || stem.contains("use-policy") {
        return Some(Kind::Policy);
    }
    let words = || stem.split(['-', '_', '.', ' ']);
    if words().any(|word| matches!(word, "notice" | "notices")) {
        return Some(Kind::Notice);
    }
    let terms = |word: &str| {
        matches!(word, "licence" | "license" | "licenses" | "copying" | "unlicense" | "unlicence" | "eula")
    };
    words().any(terms).then_some(Kind::Terms)
}

/// The ending of the name is of ordinary text, or of no format: `LICENSE.apache`.
fn is_plain(probe: &Probe<'_>) -> bool {
    let ordinary = probe.ends_with(&["txt", "md", "markdown", "rst", "text"]);
    let claims = |format: &&Format| format.extensions.iter().any(|ending| has_extension(&probe.name, ending));
    ordinary || !FORMATS.iter().any(claims)
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let length = visit.input.len();
    if length > LONGEST {
        return Err(Fault::Unsupported(format!("a licence of more than {LONGEST} bytes")));
    }
    let Some(kind) = kind(visit.name) else { return Ok(()) };
    let bytes = visit.input.read(0, length)?;
    let source = String::from_utf8_lossy(&bytes);
    visit.budget.tick()?;
    for licence in licences(&source, kind) {
        visit.fact(0, What::Licence(licence));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Input;

    #[test]
    fn names_say_what_a_text_is() {
        let named = |name: &str| {
            let input = Input::bytes(b"words\n".to_vec());
            let probe = Probe::new(&input, name).unwrap();
            ((FORMAT.recognise)(&probe) != Recognition::No).then(|| kind(&probe.name)).flatten()
        };
        for name in
            ["LICENSE", "LICENSE.txt", "LICENCE.md", "COPYING.LESSER", "LICENSE-APACHE", "MODEL_LICENSE"]
        {
            assert_eq!(named(name), Some(Kind::Terms), "{name}");
        }
        assert_eq!(named("USE_POLICY.md"), Some(Kind::Policy));
        for name in ["NOTICE", "third_party_notices.txt"] {
            assert_eq!(named(name), Some(Kind::Notice), "{name}");
        }
        for name in ["license.py", "license.html", "README.md", "licensing.txt", "license.json"] {
            assert_eq!(named(name), None, "{name}");
        }
    }
}
