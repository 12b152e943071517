//! A numpy array of Python objects.

use weighbridge_domain::{Confidence, Severity};

use crate::facts::Facts;
use crate::formats::npy;
use crate::rules::{Check, Example, Findings, Light, Rule};
use crate::samples::flax;
use crate::samples::orbax;
use crate::samples::{one, tensor};

/// A numpy array of Python objects.
pub static RULE: Rule = Rule {
    id: "numpy-object-array",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "An array holds Python objects, so that loading it unpickles them or takes bytes for objects",
    why: "numpy loads such arrays only with `allow_pickle=True`, and then like any pickle: what the pickle calls is called. The pickle is inspected on its own; this finding says only that there is one, and is low. In checkpoints of Flax and in zarr arrays no such array belongs: readers refuse it, unpickle it, or take its bytes for the addresses of objects; there it is high.",
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
        Example {
            name: "flax",
            files: || flax::with(flax::array("object", &[1], &[7; 8])),
            fires: &["numpy-object-array"],
        },
        Example {
            name: "flax-short",
            files: || flax::with(flax::array("|O", &[1], &[7; 8])),
            fires: &["numpy-object-array"],
        },
        Example {
            name: "flax-field",
            files: || flax::with(flax::array("i8,O", &[1], &[7; 16])),
            fires: &["numpy-object-array"],
        },
        Example { name: "flax-twin", files: || flax::with(flax::array("int64", &[1], &[7; 8])), fires: &[] },
        Example {
            name: "zarr-pickle",
            files: || orbax::array("\"filters\":null", "\"filters\":[{\"id\":\"pickle\",\"protocol\":5}]"),
            fires: &["numpy-object-array"],
        },
        Example {
            name: "zarr-pickle-twin",
            files: || orbax::array("\"filters\":null", "\"filters\":[{\"id\":\"delta\",\"dtype\":\"<f4\"}]"),
            fires: &[],
        },
        Example { name: "zarr-object", files: || orbax::array("<f4", "|O"), fires: &["numpy-object-array"] },
        Example {
            name: "zarr-3-pickle",
            files: || orbax::array3(r#"{"name": "numcodecs.pickle"}"#),
            fires: &["numpy-object-array"],
        },
        Example {
            name: "zarr-text-twin",
            files: || {
                orbax::array(
                    "\"<f4\",\"fill_value\":null,\"filters\":null",
                    "\"|O\",\"fill_value\":null,\"filters\":[{\"id\":\"vlen-utf8\"}]",
                )
            },
            fires: &[],
        },
        Example {
            name: "zarr-in-ocdbt",
            files: || {
                orbax::database("d/00000000000000000000000000000000", &orbax::ZARRAY.replace("<f4", "|O"))
            },
            fires: &["numpy-object-array"],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, _, dtype) in facts.metadata().filter(|(_, key, _)| *key == npy::PICKLED) {
        if place.format() == npy::FORMAT.id {
            let message = format!("the elements, of type `{dtype}`, are Python objects in a pickle");
            findings.add(place, message).severity = Severity::Low;
        } else if matches!(place.format(), "flax" | "zarr") {
            findings.add(
                place,
                format!("the elements of an array, of type `{dtype}`, are said to be Python objects"),
            );
        }
    }
}
