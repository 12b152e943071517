//! Bytes between tensors that belong to none.

use std::collections::HashSet;

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::{Confidence, Severity};

use crate::facts::{Facts, Place};
use crate::formats::{self, layout};
use crate::rules::{Check, Example, Findings, Light, Rule};
use crate::samples::coreml;
use crate::samples::graph::{self, Onnx};
use crate::samples::tensorflow;
use crate::samples::{one, program, tensor};

/// Bytes between tensors that belong to none.
pub static RULE: Rule = Rule {
    id: "tensor-hole",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "Bytes between tensors belong to no tensor",
    why: "The reference readers refuse holes, because what lies in them is loaded by nobody and seen by nobody: a place to carry something along. What lies in a hole is inspected as a file of its own: high when that file is an archive or can carry code. In a file of nothing but tensor data a writer may have left what an earlier one put there: then it is low.",
    advice: "Find out what wrote the file. Saving it again with the format's own library closes the holes.",
    references: &["CWE-1284", "AML.T0010"],
    examples: &[
        Example {
            name: "safetensors-program",
            files: || {
                let mut data = program::elf();
                let start = data.len();
                data.push(1);
                let header =
                    format!(r#"{{"a":{{"dtype":"U8","shape":[1],"data_offsets":[{start},{}]}}}}"#, start + 1);
                let header =
                    format!("{header}{}", " ".repeat(header.len().next_multiple_of(8) - header.len()));
                one(
                    "model.safetensors",
                    tensor::raw_safetensors(header.len() as u64, header.as_bytes(), &data),
                )
            },
            fires: &["embedded-program", "tensor-hole"],
        },
        Example {
            name: "safetensors-between",
            files: || {
                one(
                    "model.safetensors",
                    tensor::safetensors(
                        r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[4],"data_offsets":[12,16]}}"#,
                        16,
                    ),
                )
            },
            fires: &["tensor-hole"],
        },
        Example {
            name: "safetensors-between-twin",
            files: || {
                one(
                    "model.safetensors",
                    tensor::safetensors(
                        r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[8],"data_offsets":[8,16]}}"#,
                        16,
                    ),
                )
            },
            fires: &[],
        },
        Example {
            name: "safetensors-first",
            files: || {
                one(
                    "model.safetensors",
                    tensor::safetensors(r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#, 12),
                )
            },
            fires: &["tensor-hole"],
        },
        Example {
            name: "safetensors-zeros",
            files: || {
                one(
                    "model.safetensors",
                    tensor::raw_safetensors(
                        56,
                        br#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[8,9]}}   "#,
                        &[0, 0, 0, 0, 0, 0, 0, 0, 1],
                    ),
                )
            },
            fires: &["tensor-hole"],
        },
        Example {
            name: "safetensors-zeros-twin",
            files: || {
                one(
                    "model.safetensors",
                    tensor::raw_safetensors(
                        56,
                        br#"{"a":{"dtype":"U8","shape":[9],"data_offsets":[0,9]}}   "#,
                        &[0, 0, 0, 0, 0, 0, 0, 0, 1],
                    ),
                )
            },
            fires: &[],
        },
        Example {
            name: "gguf",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new()
                        .text("general.architecture", "llama")
                        .tensor("a", &[8], 0, 32)
                        .tensor_at("b", &[8], 0, 96)
                        .data(&[1; 96])
                        .build(),
                )
            },
            fires: &["tensor-hole"],
        },
        Example {
            name: "gguf-twin",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new()
                        .text("general.architecture", "llama")
                        .tensor("a", &[8], 0, 32)
                        .tensor_at("b", &[24], 0, 32)
                        .data(&[1; 96])
                        .build(),
                )
            },
            fires: &[],
        },
        Example {
            name: "gguf-padding",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new()
                        .text("general.architecture", "llama")
                        .tensor("a", &[4], 0, 16)
                        .data(&[0, 0, 7])
                        .tensor("b", &[8], 0, 32)
                        .build(),
                )
            },
            fires: &["tensor-hole"],
        },
        Example {
            name: "gguf-padding-twin",
            files: || {
                one(
                    "model.gguf",
                    tensor::Gguf::new()
                        .text("general.architecture", "llama")
                        .tensor("a", &[4], 0, 16)
                        .data(&[0, 0, 0])
                        .tensor("b", &[8], 0, 32)
                        .build(),
                )
            },
            fires: &[],
        },
        Example {
            name: "onnx-field",
            files: || {
                Onnx::new()
                    .node("", "Relu")
                    .field(1000, &graph::Proto::new().raw(b"weighbridge-demo"))
                    .files()
            },
            fires: &["tensor-hole"],
        },
        Example {
            name: "onnx-field-program",
            files: || {
                Onnx::new().node("", "Relu").field(1000, &graph::Proto::new().raw(&program::elf())).files()
            },
            fires: &["embedded-program", "tensor-hole"],
        },
        Example {
            name: "onnx-field-twin",
            files: || Onnx::new().node("", "Relu").property("note", "weighbridge-demo").files(),
            fires: &[],
        },
        Example {
            name: "beside-a-model",
            files: || {
                graph::beside(
                    1,
                    &[("location", "weights.bin"), ("offset", "64")],
                    [vec![7; 64], vec![1; 4]].concat(),
                )
            },
            fires: &["tensor-hole"],
        },
        Example {
            name: "beside-a-model-twin",
            files: || {
                graph::beside(
                    1,
                    &[("location", "weights.bin"), ("offset", "64")],
                    [vec![0; 64], vec![1; 4]].concat(),
                )
            },
            fires: &[],
        },
        Example {
            name: "coreml-weights",
            files: || {
                let mut bytes = coreml::weights(&[&[1; 60], &[1; 64]]);
                bytes.splice(188..192, [7; 4]);
                one("weight.bin", bytes)
            },
            fires: &["tensor-hole"],
        },
        Example {
            name: "coreml-weights-twin",
            files: || one("weight.bin", coreml::weights(&[&[1; 60], &[1; 64]])),
            fires: &[],
        },
        Example {
            name: "tensorflow-checkpoint",
            files: || tensorflow::table(|table| table.front = program::elf()),
            fires: &["embedded-program", "polyglot-file", "tensor-hole"],
        },
        Example { name: "tensorflow-checkpoint-twin", files: || tensorflow::table(|_| {}), fires: &[] },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    let armed = armed(facts);
    for (place, problem) in facts.problems(Kind::Hole).filter(|(place, _)| place.is_of_tensors()) {
        let part = layout::hole(place.at.unwrap_or_default());
        findings.add(place, &problem.detail).severity = match place.format() {
            _ if is_armed(&armed, place, &part) => Severity::High,
            "tensor-data" => Severity::Low,
            _ => Severity::Medium,
        };
    }
}

/// The parts that were recognised as archives, or as something that can carry code.
pub(super) fn armed(facts: &Facts) -> HashSet<&str> {
    let is_armed = |part: &Place<'_>| {
        let archive = matches!(part.format(), "7z" | "gzip" | "rar" | "tar" | "zip");
        archive || formats::find(part.format()).is_some_and(|format| format.carries_code)
    };
    facts.parts().filter(is_armed).map(|part| &*part.reading.member).collect()
}

/// The part of this name inside `place` is among these.
pub(super) fn is_armed(armed: &HashSet<&str>, place: Place<'_>, part: &str) -> bool {
    let outer = &*place.reading.member;
    if outer.is_empty() { armed.contains(part) } else { armed.contains(format!("{outer}!{part}").as_str()) }
}
