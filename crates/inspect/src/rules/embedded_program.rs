//! Native programs and byte code among model files.

use std::collections::HashSet;

use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::{Facts, Sort};
use crate::samples::archive;
use crate::samples::coreml;
use crate::samples::engine;
use crate::samples::flat::executorch::Program;
use crate::samples::flat::ort;
use crate::samples::flat::tflite::TfLite;
use crate::samples::flax;
use crate::samples::graph::{self, Onnx};
use crate::samples::paddle;
use crate::samples::{self, one, program, tensor};

/// Native programs and byte code among model files.
pub static RULE: Rule = Rule {
    id: "embedded-program",
    severity: Severity::Critical,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "A native program or byte code lies among the model's files",
    why: "Weights need no program. Critical inside another file, where it has no business at all; high under the name of \
          another format; medium as a file of its own, which a loader may be told to use. A llamafile under its own name is only worth knowing. What the program does is \
          not inspected.",
    advice: "Do not run or load it. If it belongs to the model (a custom operator, a runtime), build it from source you have \
             read.",
    references: &["CWE-506", "CWE-829", "AML.T0010", "AML.T0011"],
    examples: &[
        Example {
            name: "library-behind-a-picture",
            files: || {
                let mut bytes = samples::picture();
                bytes.extend(program::elf());
                samples::one("figure.png", bytes)
            },
            fires: &["embedded-program"],
        },
        Example { name: "elf-named-picture", files: || samples::one("a.png", program::elf()), fires: BOTH },
        Example { name: "pe-named-picture", files: || samples::one("a.png", program::pe()), fires: BOTH },
        Example {
            name: "mach-o-named-picture",
            files: || samples::one("a.png", program::mach_o()),
            fires: BOTH,
        },
        Example {
            name: "java-named-picture",
            files: || samples::one("a.png", program::java_class()),
            fires: BOTH,
        },
        Example { name: "dex-named-picture", files: || samples::one("a.png", program::dex()), fires: BOTH },
        Example {
            name: "library-as-a-tensor",
            files: || {
                let elf = program::elf();
                let gguf = tensor::Gguf::new().text("general.architecture", "llama");
                let gguf = gguf.tensor_at("a", &[elf.len() as u64], 24, 0);
                samples::one("model.gguf", gguf.data(&elf).build())
            },
            fires: &["embedded-program"],
        },
        Example {
            name: "magic-as-a-tensor",
            files: || {
                let mut weights = program::elf();
                weights.rotate_left(8);
                let (length, magic) = (weights.len() as u64 + 4, b"\x7fELF");
                let gguf = tensor::Gguf::new().text("general.architecture", "llama");
                samples::one(
                    "model.gguf",
                    gguf.tensor_at("a", &[length], 24, 0).data(magic).data(&weights).build(),
                )
            },
            fires: &[],
        },
        Example {
            name: "library",
            files: || samples::one("lib.so", program::elf()),
            fires: &["embedded-program"],
        },
        Example {
            name: "two-letters",
            files: || samples::one("notes.txt", "MZ are two letters"),
            fires: &[],
        },
        Example {
            name: "magic-alone",
            files: || samples::one("notes", b"\x7fELF and nothing else\0"),
            fires: &[],
        },
        Example {
            name: "library-as-an-onnx-tensor",
            files: || {
                graph::weighing(&graph::tensor("w", &[program::elf().len() as u64], 2, &program::elf()))
            },
            fires: &["embedded-program"],
        },
        Example {
            name: "library-beside-an-onnx-model",
            files: || {
                let place = [("location", "weights.bin"), ("offset", "4")];
                let weight = graph::external("w", &[program::elf().len() as u64], 2, &place);
                let mut files =
                    samples::one("model.onnx", Onnx::new().node("", "Relu").initializer(&weight).build());
                files.push(("weights.bin".to_owned(), [vec![0; 4], program::elf()].concat()));
                files
            },
            fires: &["embedded-program"],
        },
        Example {
            name: "tflite-options",
            files: || {
                one(
                    "model.tflite",
                    TfLite::new().custom("TFLite_Detection_PostProcess").options(&program::elf()).build(),
                )
            },
            fires: &["embedded-program"],
        },
        Example {
            name: "tflite-options-twin",
            files: || {
                one(
                    "model.tflite",
                    TfLite::new()
                        .custom("TFLite_Detection_PostProcess")
                        .options(b"ordinary options of it")
                        .build(),
                )
            },
            fires: &[],
        },
        Example {
            name: "tflite-behind",
            files: || one("model.tflite", [TfLite::new().build(), program::elf()].concat()),
            fires: &["embedded-program"],
        },
        Example {
            name: "executorch-blob",
            files: || one("model.pte", Program::new().blob(&program::elf()).build()),
            fires: &["embedded-program"],
        },
        Example {
            name: "executorch-behind",
            files: || one("model.pte", Program::new().behind(&program::elf()).build()),
            fires: &["embedded-program"],
        },
        Example {
            name: "ort-weight",
            files: || {
                one(
                    "model.ort",
                    ort::model_with("", "Add", &[program::elf().len() as u64 / 4], &program::elf()),
                )
            },
            fires: &["embedded-program"],
        },
        Example {
            name: "library-as-coreml-weights",
            files: || samples::one("weight.bin", coreml::weights(&[&program::elf()])),
            fires: &["embedded-program"],
        },
        Example {
            name: "llamafile-named-weights",
            files: || samples::one("model.gguf", samples::llamafile::program("-m\nmodel.gguf\n")),
            fires: BOTH,
        },
        Example {
            name: "library-in-a-torch-zip",
            files: || {
                let zip = samples::torchscript::zip(samples::torchscript::CODE);
                samples::one("model.pt", zip.stored("demo/extra/demo.so", &program::elf()).build())
            },
            fires: &["embedded-program"],
        },
        Example {
            name: "library-of-a-compiled-export",
            files: || {
                let zip = samples::torchscript::export("torch.ops.aten.relu.default");
                let name = "demo/data/aotinductor/model/demo.so";
                samples::one("model.pt2", zip.stored(name, &program::elf()).build())
            },
            fires: &["embedded-program"],
        },
        Example {
            name: "library-as-paddle-weights",
            files: || {
                samples::one(
                    "inference.pdiparams",
                    paddle::tensor(20, &[program::elf().len() as u64], &program::elf()),
                )
            },
            fires: &["embedded-program"],
        },
        Example {
            name: "flax",
            files: || flax::with(flax::bytes(&program::elf())),
            fires: &["embedded-program"],
        },
        Example {
            name: "flax-text-twin",
            files: || flax::with(flax::text(&format!("f0VMRg{}", "A".repeat(90)))),
            fires: &[],
        },
        Example {
            name: "zarr-piece",
            files: || samples::one("params.kernel/0.0", archive::zstd(&program::elf())),
            fires: &["embedded-program"],
        },
        Example {
            name: "zarr-piece-twin",
            files: || samples::one("params.kernel/0.0", [archive::zstd(&[7; 64]), vec![1; 20]].concat()),
            fires: &[],
        },
        Example { name: "tensorrt", files: || engine::compiled("", b""), fires: &["embedded-program"] },
        Example {
            name: "tensorrt-library",
            files: || engine::compiled("", &program::elf()),
            fires: &["embedded-program"],
        },
        Example {
            name: "tensorrt-windows-library",
            files: || engine::compiled("", &program::pe()),
            fires: &["embedded-program"],
        },
        Example {
            name: "tensorrt-disguised",
            files: || one("model.safetensors", engine::tensorrt("", b"")),
            fires: &["embedded-program", "name-content-mismatch"],
        },
        Example {
            name: "rknn",
            files: || one("model.rknn", engine::rknn(6, "{}")),
            fires: &["embedded-program"],
        },
        Example {
            name: "rknn-library",
            files: || one("model.rknn", engine::rknn_with(6, &program::elf(), "{}")),
            fires: &["embedded-program"],
        },
        Example {
            name: "engine-twin",
            files: || one("model.ncnn.param", engine::ncnn("ReLU", 2)),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

const BOTH: &[&str] = &["embedded-program", "name-content-mismatch"];

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    let misnamed = facts.of(Sort::NameDisagrees);
    let misnamed: HashSet<_> = misnamed.map(|(place, _)| std::ptr::from_ref(place.reading)).collect();
    for place in facts.parts() {
        let what = match place.format() {
            "dex" => "Dalvik byte code",
            "elf" => "an ELF program or library",
            "java-archive" => "an archive of Java classes",
            "java-class" => "a Java class",
            "llamafile" => "a llamafile, a program with weights in it",
            "mach-o" => "a Mach-O program or library",
            "pe" => "a PE program or library",
            "rknn" => "an RKNN model, compiled for one kind of device",
            "tensorrt" => "a TensorRT engine, compiled for one kind of device",
            "wasm" => "a WebAssembly module",
            _ => continue,
        };
        let inside = !place.reading.member.is_empty();
        let compiled = matches!(place.format(), "rknn" | "tensorrt");
        let disguised = misnamed.contains(&std::ptr::from_ref(place.reading));
        findings.add(place, format!("this is {what}")).severity = match (inside, disguised) {
            (_, false) if compiled => Severity::Info,
            (true, _) => Severity::Critical,
            (false, true) => Severity::High,
            (false, false) if place.format() == "llamafile" => Severity::Info,
            (false, false) => Severity::Medium,
        };
    }
}
