//! A model that names files that were not scanned.

use std::collections::{BTreeMap, BTreeSet};

use weighbridge_domain::{Confidence, Severity};

use super::config_remote_code::file_of;
use super::reference_escape::way_out;
use crate::facts::Facts;
use crate::formats::orbax::store;
use crate::path;
use crate::rules::{Check, Example, Findings, Light, Rule};
use crate::samples::File;
use crate::samples::coreml;
use crate::samples::engine;
use crate::samples::graph::{self, Onnx};
use crate::samples::one;
use crate::samples::orbax;
use crate::samples::pickle;
use crate::samples::tensorflow;
use crate::text;

/// A model that names files that were not scanned.
pub static RULE: Rule = Rule {
    id: "reference-missing",
    severity: Severity::Low,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "A model names a file that is not among the scanned ones",
    why: "What is not there was not inspected, and a loader takes whatever lies under that name later. So it is with the Python \
          files whose classes settings name.",
    advice: "Scan the whole model, with all of its files in one folder.",
    references: &["CWE-345"],
    examples: &[
        Example { name: "onnx", files: || model(&[]), fires: &["reference-missing"] },
        Example { name: "onnx-twin", files: || model(&["data/weights.data"]), fires: &[] },
        Example { name: "onnx-elsewhere", files: || model(&["weights.data"]), fires: &["reference-missing"] },
        Example {
            name: "coreml-item",
            files: || coreml::package("conv", "com.apple.CoreML/other.mlmodel"),
            fires: &["reference-missing"],
        },
        Example {
            name: "coreml-item-twin",
            files: || coreml::package("conv", "com.apple.CoreML/model.mlmodel"),
            fires: &[],
        },
        Example {
            name: "coreml-compiled",
            files: || one("model.mil", coreml::compiled("conv", "weights/weight.bin")),
            fires: &["reference-missing"],
        },
        Example {
            name: "coreml-compiled-escape",
            files: || one("model.mil", coreml::compiled("conv", "../weight.bin")),
            fires: &["reference-escape"],
        },
        Example {
            name: "coreml-compiled-twin",
            files: || one("model.mil", coreml::compiled("conv", "")),
            fires: &[],
        },
        Example {
            name: "coreml-linked",
            files: || one("model.mlmodel", coreml::linked("b.mlmodelc", "")),
            fires: &["reference-missing"],
        },
        Example {
            name: "joblib",
            files: || one("model.joblib", pickle::array_file("weights.npy")),
            fires: &["reference-missing"],
        },
        Example {
            name: "tensorflow-asset",
            files: || tensorflow::ordinary().asset("path:0", "demo.txt").files(),
            fires: &["reference-missing"],
        },
        Example {
            name: "tensorflow-asset-twin",
            files: || tensorflow::with_asset("demo.txt", "demo.txt"),
            fires: &[],
        },
        Example {
            name: "tensorflow-checkpoint",
            files: || tensorflow::checkpoint("a", &[("t", 1, &[2], 8)]).into_iter().take(1).collect(),
            fires: &["reference-missing"],
        },
        Example {
            name: "tensorflow-checkpoint-twin",
            files: || tensorflow::checkpoint("a", &[("t", 1, &[2], 8)]),
            fires: &[],
        },
        Example {
            name: "tensorflow-checkpoint-case-twin",
            files: || tensorflow::checkpoint("Model.CKPT", &[("t", 1, &[2], 8)]),
            fires: &[],
        },
        Example {
            name: "class",
            files: || one("a/config.json", r#"{"auto_map":{"AutoModel":"demo.Demo"}}"#),
            fires: &["config-remote-code", "reference-missing"],
        },
        Example {
            name: "class-twin",
            files: || {
                let mut files = one("a/config.json", r#"{"auto_map":{"AutoModel":"demo.Demo"}}"#);
                files.extend(one("a/demo.py", "import math\n"));
                files
            },
            fires: &["config-remote-code"],
        },
        Example {
            name: "ocdbt",
            files: || one("manifest.ocdbt", orbax::manifest("d/00000000000000000000000000000001")),
            fires: &["reference-missing"],
        },
        Example {
            name: "ocdbt-twin",
            files: || orbax::database("d/00000000000000000000000000000000", orbax::ZARRAY),
            fires: &[],
        },
        Example {
            name: "mnn",
            files: || engine::mnn_file(12, "", "demo.weight"),
            fires: &["reference-missing"],
        },
        Example {
            name: "mnn-twin",
            files: || {
                let mut files = engine::mnn_file(12, "", "notes.txt");
                files.extend(one("notes.txt", "words"));
                files
            },
            fires: &[],
        },
    ],
    check: Check::Scan(check),
};

/// A model with a weight in a file, and these files.
fn model(there: &[&str]) -> Vec<File> {
    let weight = graph::external("w", &[4], 1, &[("location", "data/weights.data")]);
    let mut files = one("model.onnx", Onnx::new().node("", "Relu").initializer(&weight).build());
    // Text is recognised wherever it lies.
    files.extend(there.iter().map(|path| ((*path).to_owned(), vec![b'1'; 16])));
    files
}

fn check(files: &BTreeMap<&str, &Facts>, findings: &mut Findings<'_>) {
    for (path, facts) in files {
        let mut told = BTreeSet::new();
        for (place, reference) in facts
            .references()
            .filter(|(place, named)| place.reading.member.is_empty() && named.role != store::ARRAYS)
        {
            let beside =
                path::beside(path, &reference.target).filter(|_| way_out(&reference.target).is_none());
            if beside.is_some_and(|path| !is_there(files, &path)) && told.insert(&reference.target) {
                let message = format!(
                    "`{}`, its {}, is not among the files that were scanned",
                    reference.target, reference.role
                );
                findings.add_in((*path).to_owned(), place, message);
            }
        }
        classes(path, facts, files, findings);
    }
}

/// Python files of classes that settings name.
fn classes(path: &str, facts: &Facts, files: &BTreeMap<&str, &Facts>, findings: &mut Findings<'_>) {
    let mut told = BTreeSet::new();
    for (place, key, value) in facts.settings().filter(|(place, ..)| place.reading.member.is_empty()) {
        let Some(module) = file_of(key, value) else { continue };
        let named = format!("{module}.py");
        if path::beside(path, &named).is_some_and(|file| !is_there(files, &file)) && told.insert(module) {
            let class = text::shown(value, 120);
            let message =
                format!("`{named}`, with the class `{class}`, is not among the files that were scanned");
            findings.add_in(path.to_owned(), place, message);
        }
    }
}

/// A file of this path was scanned, or files in a folder of this path.
fn is_there(files: &BTreeMap<&str, &Facts>, path: &str) -> bool {
    let folder = format!("{path}/");
    let mut below = files.range(folder.as_str()..);
    files.contains_key(path) || below.next().is_some_and(|(path, _)| path.starts_with(&folder))
}
