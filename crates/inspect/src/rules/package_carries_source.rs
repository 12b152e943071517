//! Packages whose Python sources run when they are loaded.

use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::{one, torchscript};
use crate::text;

/// Packages whose Python sources run when they are loaded.
pub static RULE: Rule = Rule {
    id: "package-carries-source",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "A `torch.package` archive carries Python source, which runs when the model is loaded",
    why: "`PackageImporter` imports the sources in the archive to build the classes of its pickle: they are run, with all that \
          Python can do. Which modules are taken from outside the archive stands in the message.",
    advice: "Read the sources before you import the package, or ask for the weights as safetensors.",
    references: &["CWE-829", "AML.T0010", "AML.T0011"],
    examples: &[
        Example {
            name: "source",
            files: || {
                one("package.pt", torchscript::package().stored("demo/net.py", b"import math\n").build())
            },
            fires: &["package-carries-source"],
        },
        Example { name: "twin", files: || one("package.pt", torchscript::package().build()), fires: &[] },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    let of_packages = || facts.metadata().filter(|(place, ..)| place.format() == "torch-package");
    let sources: Vec<_> = of_packages().filter(|(_, key, _)| *key == "source").collect();
    let Some((place, _, first)) = sources.first() else { return };
    let outside = of_packages().find(|(_, key, _)| *key == "extern_modules").map(|(.., value)| value);
    let outside = outside.filter(|outside| !outside.is_empty()).unwrap_or("nothing");
    let message = format!(
        "{} of Python source, the first is `{first}`; imported from outside: {}",
        text::count(sources.len() as u64, "file"),
        text::shown(outside, 200)
    );
    findings.add(*place, message);
}
