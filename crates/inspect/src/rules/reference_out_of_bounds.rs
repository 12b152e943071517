//! A model that wants more bytes of another file than there are.

use std::collections::BTreeMap;

use weighbridge_domain::{Confidence, Severity};

use crate::facts::{Facts, Place};
use crate::path;
use crate::rules::{Check, Example, Findings, Light, Rule};
use crate::samples::File;
use crate::samples::coreml;
use crate::samples::graph::{self, Onnx};
use crate::samples::one;
use crate::samples::tensorflow;

/// A model that wants more bytes of another file than there are.
pub static RULE: Rule = Rule {
    id: "reference-out-of-bounds",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "A model wants bytes of another file that lie behind its end",
    why: "A reader that trusts the numbers reads memory that is not the file's: it crashes, or shows what it should not. A \
          download that broke off looks the same.",
    advice: "Download the files again and compare their digests with the publisher's. If it stays as it is, do not load them.",
    references: &["CWE-125", "CWE-1284", "AML.T0010", "AML.T0011"],
    examples: &[
        Example { name: "onnx-short", files: || model("0", "16", 12), fires: &["reference-out-of-bounds"] },
        Example { name: "onnx-short-twin", files: || model("0", "16", 16), fires: &[] },
        Example {
            name: "onnx-offset",
            files: || model("8", "16", 16),
            fires: &["reference-out-of-bounds", "tensor-hole"],
        },
        Example { name: "onnx-offset-twin", files: || model("8", "16", 24), fires: &["tensor-hole"] },
        Example {
            name: "onnx-wraps",
            files: || model("18446744073709551608", "16", 16),
            fires: &["reference-out-of-bounds", "tensor-hole"],
        },
        Example {
            name: "coreml",
            files: || {
                let mut files = coreml::program("conv", "weight.bin");
                files.retain(|(path, _)| path != "weight.bin");
                files.push(("weight.bin".to_owned(), coreml::weights(&[&[1; 8]])));
                files
            },
            fires: &["reference-out-of-bounds"],
        },
        Example { name: "coreml-twin", files: || coreml::program("conv", "weight.bin"), fires: &[] },
        Example {
            name: "tensorflow-checkpoint",
            files: || tensorflow::checkpoint_at(8, 0, 1),
            fires: &["reference-out-of-bounds", "tensor-hole"],
        },
        Example {
            name: "tensorflow-checkpoint-twin",
            files: || tensorflow::checkpoint_at(0, 0, 1),
            fires: &[],
        },
    ],
    check: Check::Scan(check),
};

/// A model with a weight in a file of so many bytes.
fn model(offset: &str, length: &str, size: usize) -> Vec<File> {
    let place = [("location", "weights.bin"), ("offset", offset), ("length", length)];
    let weight = graph::external("w", &[4], 1, &place);
    let mut files = one("model.onnx", Onnx::new().node("", "Relu").initializer(&weight).build());
    files.push(("weights.bin".to_owned(), vec![1; size]));
    files
}

fn check(files: &BTreeMap<&str, &Facts>, findings: &mut Findings<'_>) {
    for (path, facts) in files {
        let tensors = facts.external_tensors().map(|(place, external)| {
            let tensor = &external.tensor;
            (place, &external.file, (tensor.start, tensor.length), format!("`{}`", tensor.name))
        });
        let others = facts.references().filter_map(|(place, reference)| {
            Some((place, &reference.target, reference.range?, format!("its {}", reference.role)))
        });
        // One finding for each file: the first, and how many more.
        let mut outside: BTreeMap<&str, (Place<'_>, String, u64)> = BTreeMap::new();
        for (place, target, (start, length), what) in tensors.chain(others) {
            if !place.reading.member.is_empty() {
                continue;
            }
            let Some(file) = path::beside(path, target).and_then(|file| files.get(&*file)) else { continue };
            let size = file.readings.first().map(|reading| reading.size).unwrap_or_default();
            if start.checked_add(length).is_some_and(|end| end <= size) {
                continue;
            }
            let message = format!("{what}: {length} bytes from {start} of `{target}`, which ends at {size}");
            let (_, _, count) = outside.entry(target).or_insert((place, message, 0));
            *count = count.saturating_add(1);
        }
        for (place, mut message, count) in outside.into_values() {
            if count > 1 {
                message.push_str(&format!(" (and {} more)", count - 1));
            }
            findings.add_in((*path).to_owned(), place, message);
        }
    }
}
