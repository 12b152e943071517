//! A model that names files outside its folder, or addresses where files belong.

use std::collections::BTreeSet;

use weighbridge_domain::{Confidence, Severity};

use crate::facts::Facts;
use crate::path;
use crate::rules::{Check, Example, Findings, Light, Rule};
use crate::samples::File;
use crate::samples::graph::{self, Onnx};
use crate::samples::one;

/// A model that names files outside its folder, or addresses where files belong.
pub static RULE: Rule = Rule {
    id: "reference-escape",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "A model names a file outside its own folder",
    why: "A loader that follows the name reads what the model should not see, hands it out as weights, or fetches what nobody \
          inspected. Several libraries had to be mended for names that they did not look at closely enough. A name that only \
          goes up and down inside the folder is medium.",
    advice: "Do not load the model. Ask for one whose files lie beside it.",
    references: &[
        "CWE-22",
        "CWE-73",
        "CVE-2022-25882",
        "CVE-2024-27318",
        "CVE-2025-51480",
        "CVE-2026-34447",
        "AML.T0010",
    ],
    examples: &[
        Example { name: "up", files: || at("../weights.bin"), fires: ESCAPE },
        Example { name: "up-inside", files: || at("a/../../weights.bin"), fires: ESCAPE },
        Example { name: "up-and-down", files: || at("a/../weights.bin"), fires: ESCAPE },
        Example { name: "absolute", files: || at("/tmp/weights.bin"), fires: ESCAPE },
        Example { name: "drive", files: || at("C:weights.bin"), fires: ESCAPE },
        Example { name: "machine", files: || at("\\\\host\\share\\weights.bin"), fires: ESCAPE },
        Example { name: "backslash", files: || at("..\\weights.bin"), fires: ESCAPE },
        Example { name: "mixed", files: || at("a/..\\../weights.bin"), fires: ESCAPE },
        Example { name: "encoded", files: || at("%2e%2e/weights.bin"), fires: ESCAPE },
        Example { name: "encoded-separator", files: || at("..%2fweights.bin"), fires: ESCAPE },
        Example { name: "address", files: || at("https://example.org/weights.bin"), fires: ESCAPE },
        Example { name: "home", files: || at("~/weights.bin"), fires: ESCAPE },
        Example { name: "nul", files: || at("weights.bin\0.txt"), fires: ESCAPE },
        Example { name: "memory", files: || at("*/_ORT_MEM_ADDR_/*"), fires: ESCAPE },
        Example { name: "empty", files: || at(""), fires: ESCAPE },
        Example { name: "twin", files: || at("weights.bin"), fires: &[] },
        Example { name: "folder-twin", files: || at("data/weights.bin"), fires: &[] },
        Example { name: "dots-twin", files: || at("./weights..1.bin"), fires: &[] },
        Example {
            name: "in-an-attribute",
            files: || {
                let outside = graph::tensor_attribute("value", &external("../weights.bin"));
                one("model.onnx", Onnx::new().node_with("", "Constant", &[outside]).build())
            },
            fires: ESCAPE,
        },
        Example {
            name: "in-a-sparse-tensor",
            files: || {
                let sparse = graph::Proto::new().with(1, &external("../weights.bin")).number(3, 4);
                one("model.onnx", Onnx::new().node("", "Relu").sparse(&sparse).build())
            },
            fires: ESCAPE,
        },
        Example {
            name: "in-a-branch",
            files: || {
                let branch = Onnx::new().node("", "Relu").initializer(&external("../weights.bin"));
                one("model.onnx", Onnx::new().node_around("If", &branch.into_graph()).build())
            },
            fires: ESCAPE,
        },
        Example {
            name: "in-training",
            files: || {
                let training = Onnx::new().node("", "Relu").initializer(&external("../weights.bin"));
                one("model.onnx", Onnx::new().node("", "Relu").training(&training.into_graph()).build())
            },
            fires: ESCAPE,
        },
        Example { name: "compiled", files: || compiled("../context.bin"), fires: COMPILED },
        Example {
            name: "compiled-twin",
            files: || compiled("context.bin"),
            fires: &["operator-carries-program"],
        },
    ],
    check: Check::File(check),
};

const ESCAPE: &[&str] = &["reference-escape"];
const COMPILED: &[&str] = &["operator-carries-program", "reference-escape"];

fn external(location: &str) -> graph::Proto {
    graph::external("w", &[4], 1, &[("location", location)])
}

/// A model with a weight in that file, and the file where it is an ordinary one.
fn at(location: &str) -> Vec<File> {
    let mut files = one("model.onnx", Onnx::new().node("", "Relu").initializer(&external(location)).build());
    if let Some(path) = path::beside("model.onnx", location).filter(|_| !location.starts_with('*')) {
        files.push((path, vec![1; 16]));
    }
    files
}

/// A model with a compiled part in that file, and the file where it is an ordinary one.
fn compiled(location: &str) -> Vec<File> {
    let context =
        [graph::number_attribute("embed_mode", 0), graph::text_attribute("ep_cache_context", location)];
    let model = Onnx::new().import("com.microsoft", 1).node_with("com.microsoft", "EPContext", &context);
    let mut files = one("model.onnx", model.build());
    if let Some(path) = path::beside("model.onnx", location) {
        files.push((path, b"weighbridge-demo".to_vec()));
    }
    files
}

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    let mut seen = BTreeSet::new();
    for (place, reference) in facts.references() {
        let Some((how, severity)) = way_out(&reference.target) else { continue };
        if seen.insert((reference.role, reference.target.as_str(), &place.reading.member)) {
            let message = format!("the path of its {}, `{}`, {how}", reference.role, reference.target);
            findings.add(place, message).severity = severity;
        }
    }
}

/// How a path leads elsewhere than to a file below the folder.
pub(super) fn way_out(target: &str) -> Option<(&'static str, Severity)> {
    let lower = target.to_ascii_lowercase();
    let how = if target.is_empty() {
        "is empty"
    } else if lower.contains("_ort_mem_addr_") {
        "is an address in memory"
    } else if lower.contains("://") {
        "is an address, not a file"
    } else if let Some(how) = path::escape(target) {
        how
    } else if target.starts_with('~') {
        "begins at somebody's home"
    } else if target.contains('\0') {
        "has a character in it that ends names"
    } else if ["%2e", "%2f", "%5c", "%00"].iter().any(|code| lower.contains(code)) {
        "is encoded"
    } else if target.contains(':') {
        "names a drive or a stream"
    } else if target.contains('\\') {
        "has separators that only some systems know"
    } else {
        let up = path::parts(target).any(|part| part == "..");
        return up.then_some(("goes up and down", Severity::Medium));
    };
    Some((how, Severity::High))
}
