//! A header nested more deeply than any library nests it.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::{Confidence, Severity};

use crate::facts::Facts;
use crate::rules::{Check, Example, Findings, Light, Rule};
use crate::samples::flax;
use crate::samples::hdf5::{Hdf5, header, link};
use crate::samples::{File, one, tensor};

/// A header nested more deeply than any library nests it.
pub static RULE: Rule = Rule {
    id: "header-too-deep",
    severity: Severity::Medium,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "A header is nested deeply",
    why: "Readers that recurse run out of stack; others stop at limits of their own, so that they do not agree on what the file holds.",
    advice: "Do not load the file. Ask for one that the format's own library wrote.",
    references: &["CWE-674", "AML.T0029"],
    examples: &[
        Example {
            name: "safetensors",
            files: || one("model.safetensors", nested(9)),
            fires: &["header-bad-value", "header-too-deep"],
        },
        Example {
            name: "safetensors-very",
            files: || one("model.safetensors", nested(10_000)),
            fires: &["header-bad-value", "header-too-deep"],
        },
        Example {
            name: "safetensors-twin",
            files: || {
                one(
                    "model.safetensors",
                    tensor::safetensors(r#"{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#, 0),
                )
            },
            fires: &[],
        },
        Example { name: "gguf", files: || one("model.gguf", arrays(9)), fires: &["header-too-deep"] },
        Example { name: "gguf-twin", files: || one("model.gguf", arrays(8)), fires: &[] },
        Example {
            name: "npy",
            files: || one("array.npy", tensor::npy(&"[".repeat(100), "(1,)", &[1])),
            fires: &["header-too-deep"],
        },
        Example {
            name: "npy-twin",
            files: || one("array.npy", tensor::npy("[('a', [('b', '|u1')])]", "(1,)", &[1])),
            fires: &[],
        },
        Example { name: "hdf5", files: || groups(70), fires: &["header-too-deep"] },
        Example { name: "hdf5-twin", files: || groups(30), fires: &[] },
        Example { name: "flax", files: || flax::with(flax::nested(70)), fires: &["header-too-deep"] },
        Example { name: "flax-twin", files: || flax::with(flax::nested(30)), fires: &[] },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, problem) in facts.problems(Kind::TooDeep).filter(|(place, _)| place.is_of_tensors()) {
        findings.add(place, &problem.detail);
    }
}

/// A header with lists in lists below a field that the format does not have.
fn nested(depth: usize) -> Vec<u8> {
    let (open, close) = ("[".repeat(depth), "]".repeat(depth));
    tensor::safetensors(
        &format!(r#"{{"a":{{"dtype":"U8","shape":[0],"data_offsets":[0,0],"x":{open}{close}}}}}"#),
        0,
    )
}

/// An array of an array of … of no numbers.
fn arrays(depth: usize) -> Vec<u8> {
    let mut items = Vec::new();
    for _ in 1..depth {
        let kind: u32 = if items.is_empty() { 4 } else { 9 };
        let count = u64::from(kind == 9);
        items = [&kind.to_le_bytes()[..], &count.to_le_bytes(), &items].concat();
    }
    tensor::Gguf::new().text("general.architecture", "llama").array("a.b", 9, 1, &items).build()
}

/// An HDF5 file with so many groups, one in the other.
fn groups(depth: u64) -> Vec<File> {
    let mut file = Hdf5::new();
    let mut inner = file.end();
    file = file.raw(&header(&[(6, link("end", 1, b"\x01\0e"))]));
    for _ in 0..depth {
        let at = file.end();
        file = file.raw(&header(&[(6, link("group", 0, &inner.to_le_bytes()))]));
        inner = at;
    }
    one("model.weights.h5", file.link("group", 0, &inner.to_le_bytes()).build())
}
