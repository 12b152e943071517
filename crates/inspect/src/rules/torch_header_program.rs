//! A program where a PyTorch stream only describes itself.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::{one, pickle::Program, torch};

/// A program where a PyTorch stream only describes itself.
pub static RULE: Rule = Rule {
    id: "torch-header-program",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "A pickle that only describes a PyTorch file looks up names",
    why: "Of the five pickles of such a file, one holds the object; the others hold numbers and texts. Scanners that read only \
          the first or the fourth do not see a name that is looked up in another, and the loader reads them all.",
    advice: "Do not load the file. `torch.save` does not write such files.",
    references: &["CWE-502", "AML.T0011", "GHSA-97f8-7cmv-76j2"],
    examples: &[
        Example {
            name: "name-among-the-sizes",
            files: || {
                let machine = Program::new(2).global("collections", "OrderedDict").tuple(0).reduce().stop();
                one("model.pth", torch::stream_of(&machine, torch::object(), &["7"], 2))
            },
            fires: &["torch-header-program"],
        },
        Example { name: "numbers-and-texts", files: || one("model.pth", torch::stream()), fires: &[] },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, problem) in
        facts.problems(Kind::BadValue).filter(|(place, _)| place.format() == "torch-stream")
    {
        findings.add(place, &problem.detail);
    }
}
