//! A numpy array of Python objects.

use weighbridge_domain::{Confidence, Severity};

use crate::facts::Facts;
use crate::formats::npy;
use crate::rules::{Check, Example, Findings, Light, Rule};
use crate::samples::{one, tensor};

/// A numpy array of Python objects.
pub static RULE: Rule = Rule {
    id: "numpy-object-array",
    severity: Severity::Low,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "A numpy array holds Python objects, so that loading it unpickles them",
    why: "numpy loads such arrays only with `allow_pickle=True`, and then like any pickle: what the pickle calls is called. The pickle is inspected on its own; this finding says only that there is one.",
    advice: "Load it with `allow_pickle=True` only when nothing was found in the pickle, or ask for an array of numbers or text.",
    references: &["CWE-502", "CVE-2019-6446", "AML.T0011"],
    examples: &[
        Example {
            name: "object",
            files: || one("array.npy", tensor::npy("'|O'", "()", b"\x80\x04]\x94.")),
            fires: &["numpy-object-array"],
        },
        Example {
            name: "object-twin",
            files: || one("array.npy", tensor::npy("'|u1'", "(5,)", &[1; 5])),
            fires: &[],
        },
        Example {
            name: "field",
            files: || {
                one("array.npy", tensor::npy("[('a', '<i4'), ('b', [('c', '|O')])]", "()", b"\x80\x04]\x94."))
            },
            fires: &["numpy-object-array"],
        },
        Example {
            name: "field-twin",
            files: || one("array.npy", tensor::npy("[('O', '<i4'), ('b', [('c', '|V1')])]", "(1,)", &[1; 5])),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, key, dtype) in facts.metadata() {
        if place.format() == npy::FORMAT.id && key == npy::PICKLED {
            findings.add(place, format!("the elements, of type `{dtype}`, are Python objects in a pickle"));
        }
    }
}
