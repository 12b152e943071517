//! A program where a PyTorch stream only describes itself.

use weighbridge_domain::facts::What;
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::{Facts, Place};
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

/// The object is the fourth of the five.
const OBJECT: usize = 3;

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    let programs = facts.iter().filter_map(|(place, what)| match what {
        What::Program { end, .. } if place.format() == "torch-stream" => Some(place.at?..*end),
        _ => None,
    });
    for (number, program) in programs.enumerate().filter(|(number, _)| *number != OBJECT) {
        let inside = |place: &Place<'_>| {
            place.format() == "torch-stream" && place.at.is_some_and(|at| program.contains(&at))
        };
        for (place, name) in facts.names().filter(|(place, _)| inside(place)) {
            findings.add(place, format!("pickle {} of 5 looks up `{name}`", number + 1));
        }
    }
}
