//! A program where a PyTorch stream only describes itself.

use std::collections::HashMap;
use std::ops::Range;

use weighbridge_domain::facts::{Import, Reading, What};
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

/// The object is the fourth of the five.
const OBJECT: usize = 3;

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    let of_streams = || facts.iter().filter(|(place, _)| place.format() == "torch-stream");
    let mut programs: HashMap<*const Reading, Vec<Range<u64>>> = HashMap::new();
    for (place, what) in of_streams() {
        if let (What::Program { end, .. }, Some(at)) = (what, place.at) {
            programs.entry(std::ptr::from_ref(place.reading)).or_default().push(at..*end);
        }
    }
    for (place, what) in of_streams() {
        let (What::Import(Import { name: Some(name), .. }), Some(at)) = (what, place.at) else { continue };
        let Some(programs) = programs.get(&std::ptr::from_ref(place.reading)) else { continue };
        // They stand one behind the other.
        let number = programs.partition_point(|program| program.end <= at);
        if number != OBJECT && programs.get(number).is_some_and(|program| program.contains(&at)) {
            findings.add(place, format!("pickle {} of 5 looks up `{name}`", number + 1));
        }
    }
}
