//! A model that names files outside its folder, or addresses where files belong.

use std::collections::BTreeSet;

use weighbridge_domain::{Confidence, Severity};

use crate::facts::Facts;
use crate::formats::packages::LIST;
use crate::path;
use crate::rules::{Check, Example, Findings, Light, Rule};
use crate::samples::File;
use crate::samples::coreml;
use crate::samples::engine;
use crate::samples::flax;
use crate::samples::graph::{self, Onnx};
use crate::samples::one;
use crate::samples::orbax;
use crate::samples::paddle;
use crate::samples::pickle::{self, Program};
use crate::samples::tensor;
use crate::samples::tensorflow::{self, Node};

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
          goes up and down inside the folder is medium, and so is one of the data of a training pipeline, or of a vocabulary \
          that is not among the assets of a saved model; in a graph for training that is low.",
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
        Example { name: "compiled", files: || compiled("../context.data"), fires: COMPILED },
        Example {
            name: "compiled-twin",
            files: || compiled("context.data"),
            fires: &["operator-carries-program"],
        },
        Example {
            name: "coreml-linked-up",
            files: || one("model.mlmodel", coreml::linked("b.mlmodelc", "../other")),
            fires: &["reference-escape"],
        },
        Example {
            name: "coreml-linked-absolute",
            files: || one("model.mlmodel", coreml::linked("b.mlmodelc", ".:/tmp")),
            fires: &["reference-escape", "reference-missing"],
        },
        Example {
            name: "coreml-linked-bundle-twin",
            files: || one("model.mlmodel", coreml::linked("b.mlmodelc", "$BUNDLE_MAIN")),
            fires: &[],
        },
        Example {
            name: "coreml-weights-up",
            files: || coreml::program("conv", "../weight.bin"),
            fires: &["reference-escape"],
        },
        Example { name: "coreml-weights-twin", files: || coreml::program("conv", "weight.bin"), fires: &[] },
        Example {
            name: "coreml-package-up",
            files: || coreml::package("conv", "../../other.mlmodel"),
            fires: &["reference-escape"],
        },
        Example {
            name: "coreml-package-absolute",
            files: || coreml::package("conv", "/tmp/other.mlmodel"),
            fires: &["reference-escape"],
        },
        Example {
            name: "coreml-package-twin",
            files: || coreml::package("conv", "com.apple.CoreML/model.mlmodel"),
            fires: &[],
        },
        Example {
            name: "tensorflow-text-line-dataset",
            files: || tensorflow::with_path("TextLineDataset", 0, "/tmp/demo"),
            fires: &["reference-escape"],
        },
        Example {
            name: "tensorflow-text-line-dataset-twin",
            files: || tensorflow::with_path("TextLineDataset", 0, "demo"),
            fires: &[],
        },
        Example {
            name: "tensorflow-tfrecord-dataset-v2",
            files: || tensorflow::with_path("TFRecordDatasetV2", 0, "/tmp/demo"),
            fires: &["reference-escape"],
        },
        Example {
            name: "tensorflow-tfrecord-dataset-v2-twin",
            files: || tensorflow::with_path("TFRecordDatasetV2", 0, "demo"),
            fires: &[],
        },
        Example {
            name: "tensorflow-fixed-length-record-dataset",
            files: || tensorflow::with_path("FixedLengthRecordDataset", 0, "/tmp/demo"),
            fires: &["reference-escape"],
        },
        Example {
            name: "tensorflow-fixed-length-record-dataset-twin",
            files: || tensorflow::with_path("FixedLengthRecordDataset", 0, "demo"),
            fires: &[],
        },
        Example {
            name: "tensorflow-sql-dataset",
            files: || tensorflow::with_path("SqlDataset", 1, "/tmp/demo"),
            fires: &["reference-escape"],
        },
        Example {
            name: "tensorflow-sql-dataset-twin",
            files: || tensorflow::with_path("SqlDataset", 1, "demo"),
            fires: &[],
        },
        Example {
            name: "tensorflow-csvdataset",
            files: || tensorflow::with_path("CSVDataset", 0, "/tmp/demo"),
            fires: &["reference-escape"],
        },
        Example {
            name: "tensorflow-csvdataset-twin",
            files: || tensorflow::with_path("CSVDataset", 0, "demo"),
            fires: &[],
        },
        Example {
            name: "tensorflow-cache-dataset-v2",
            files: || tensorflow::with_path("CacheDatasetV2", 1, "/tmp/demo"),
            fires: &["reference-escape"],
        },
        Example {
            name: "tensorflow-cache-dataset-v2-twin",
            files: || tensorflow::with_path("CacheDatasetV2", 1, "demo"),
            fires: &[],
        },
        Example {
            name: "tensorflow-snapshot-dataset-v2",
            files: || tensorflow::with_path("SnapshotDatasetV2", 1, "/tmp/demo"),
            fires: &["reference-escape"],
        },
        Example {
            name: "tensorflow-snapshot-dataset-v2-twin",
            files: || tensorflow::with_path("SnapshotDatasetV2", 1, "demo"),
            fires: &[],
        },
        Example {
            name: "tensorflow-create-summary-file-writer",
            files: || tensorflow::with_path("CreateSummaryFileWriter", 1, "/tmp/demo"),
            fires: &["reference-escape"],
        },
        Example {
            name: "tensorflow-create-summary-file-writer-twin",
            files: || tensorflow::with_path("CreateSummaryFileWriter", 1, "demo"),
            fires: &[],
        },
        Example {
            name: "tensorflow-initialize-table-from-text-file-v2",
            files: || tensorflow::with_path("InitializeTableFromTextFileV2", 1, "/tmp/demo"),
            fires: &["reference-escape"],
        },
        Example {
            name: "tensorflow-initialize-table-from-text-file-v2-twin",
            files: || tensorflow::with_path("InitializeTableFromTextFileV2", 1, "demo"),
            fires: &[],
        },
        Example {
            name: "tensorflow-debug-identity-v2",
            files: || tensorflow::with_attribute("DebugIdentityV2", "debug_urls", "file:///tmp/demo"),
            fires: &["reference-escape"],
        },
        Example {
            name: "tensorflow-debug-identity-v2-twin",
            files: || tensorflow::with_attribute("DebugIdentityV2", "debug_urls", ""),
            fires: &[],
        },
        Example {
            name: "tensorflow-debug-identity",
            files: || tensorflow::with_attribute("DebugIdentity", "debug_urls", "grpc://example.org:1"),
            fires: &["reference-escape"],
        },
        Example {
            name: "tensorflow-debug-identity-twin",
            files: || tensorflow::with_attribute("DebugIdentity", "debug_urls", ""),
            fires: &[],
        },
        Example {
            name: "tensorflow-debug-numeric-summary",
            files: || tensorflow::with_attribute("DebugNumericSummary", "debug_urls", "file:///tmp/demo"),
            fires: &["reference-escape"],
        },
        Example {
            name: "tensorflow-debug-numeric-summary-twin",
            files: || tensorflow::with_attribute("DebugNumericSummary", "debug_urls", ""),
            fires: &[],
        },
        Example {
            name: "tensorflow-print-v2",
            files: || tensorflow::with_attribute("PrintV2", "output_stream", "file:///tmp/demo"),
            fires: &["reference-escape"],
        },
        Example {
            name: "tensorflow-print-v2-twin",
            files: || tensorflow::with_attribute("PrintV2", "output_stream", "stderr"),
            fires: &[],
        },
        Example {
            name: "tensorflow-decode-proto-v2",
            files: || tensorflow::with_attribute("DecodeProtoV2", "descriptor_source", "/tmp/demo"),
            fires: &["reference-escape"],
        },
        Example {
            name: "tensorflow-decode-proto-v2-twin",
            files: || tensorflow::with_attribute("DecodeProtoV2", "descriptor_source", "local://"),
            fires: &[],
        },
        Example {
            name: "tensorflow-immutable-const",
            files: || tensorflow::with_attribute("ImmutableConst", "memory_region_name", "/tmp/demo"),
            fires: &["reference-escape"],
        },
        Example {
            name: "tensorflow-immutable-const-twin",
            files: || {
                tensorflow::with_attribute("ImmutableConst", "memory_region_name", "memmapped_package://demo")
            },
            fires: &[],
        },
        Example {
            name: "tensorflow-record-input",
            files: || tensorflow::with_attribute("RecordInput", "file_pattern", "/tmp/demo*"),
            fires: &["reference-escape"],
        },
        Example {
            name: "tensorflow-record-input-twin",
            files: || tensorflow::with_attribute("RecordInput", "file_pattern", "demo*"),
            fires: &[],
        },
        Example {
            name: "tensorflow-fixed-unigram-candidate-sampler",
            files: || tensorflow::with_attribute("FixedUnigramCandidateSampler", "vocab_file", "../demo"),
            fires: &["reference-escape"],
        },
        Example {
            name: "tensorflow-fixed-unigram-candidate-sampler-twin",
            files: || tensorflow::with_attribute("FixedUnigramCandidateSampler", "vocab_file", ""),
            fires: &[],
        },
        Example {
            name: "tensorflow-skipgram",
            files: || tensorflow::with_attribute("Skipgram", "filename", "/tmp/demo"),
            fires: &["reference-escape"],
        },
        Example {
            name: "tensorflow-skipgram-twin",
            files: || tensorflow::with_attribute("Skipgram", "filename", "demo"),
            fires: &[],
        },
        Example {
            name: "tensorflow-saver",
            files: || tensorflow::with_saver(Node::text("save/path", &["/tmp/demo"])),
            fires: &["reference-escape"],
        },
        Example {
            name: "tensorflow-saver-twin",
            files: || tensorflow::with_saver(Node::text("save/path", &["model"])),
            fires: &[],
        },
        Example {
            name: "tensorflow-saver-in-a-function",
            files: || {
                tensorflow::ordinary()
                    .function(
                        "__inference__traced_restore_1",
                        &[],
                        &[
                            Node::text("path", &["/tmp/demo"]),
                            Node::new("n", "RestoreV2").input("path:output:0"),
                        ],
                    )
                    .files()
            },
            fires: &["reference-escape"],
        },
        Example {
            name: "tensorflow-handed-to-a-function",
            files: || {
                tensorflow::ordinary()
                    .node(Node::text("path", &["/tmp/demo"]))
                    .node(Node::new("n", "PartitionedCall").input("path").function("f", tensorflow::SAVE))
                    .files()
            },
            fires: &["reference-escape"],
        },
        Example {
            name: "tensorflow-handed-to-a-function-twin",
            files: || {
                tensorflow::ordinary()
                    .node(Node::text("path", &["/tmp/demo"]))
                    .node(Node::new("n", "PartitionedCall").input("path").function("f", "g"))
                    .function("g", &["a"], &[Node::new("n", "StringLower").input("a")])
                    .files()
            },
            fires: &[],
        },
        Example {
            name: "tensorflow-joined",
            files: || {
                tensorflow::ordinary()
                    .node(Node::text("a", &["/tmp"]))
                    .node(Node::new("path", "StringJoin").input("a").input("x").attribute("separator", "/"))
                    .node(Node::new("n", "TextLineDataset").input("path"))
                    .files()
            },
            fires: &["reference-escape"],
        },
        Example {
            name: "tensorflow-joined-twin",
            files: || {
                tensorflow::ordinary()
                    .node(Node::text("a", &["/tmp"]))
                    .node(Node::new("path", "StringJoin").input("x").input("a"))
                    .node(Node::new("n", "TextLineDataset").input("path"))
                    .files()
            },
            fires: &[],
        },
        Example {
            name: "tensorflow-asset",
            files: || tensorflow::ordinary().asset("path:0", "../demo.txt").files(),
            fires: &["reference-escape"],
        },
        Example {
            name: "tensorflow-asset-absolute",
            files: || tensorflow::ordinary().asset("path:0", "/tmp/demo.txt").files(),
            fires: &["reference-escape"],
        },
        Example {
            name: "tensorflow-asset-of-version-1",
            files: || tensorflow::ordinary().old_asset("path:0", "../demo.txt").files(),
            fires: &["reference-escape"],
        },
        Example {
            name: "tensorflow-asset-twin",
            files: || tensorflow::with_asset("/home/demo/demo.txt", "demo.txt"),
            fires: &[],
        },
        Example {
            name: "paddle-up",
            files: || one("inference.pdmodel", paddle::saved("load", "../w")),
            fires: &["operator-reaches-files", "reference-escape"],
        },
        Example {
            name: "paddle-absolute",
            files: || one("inference.pdmodel", paddle::saved("save", "/tmp/w")),
            fires: &["operator-reaches-files", "reference-escape"],
        },
        Example {
            name: "paddle-json-up",
            files: || one("inference.json", paddle::pir("1.load_combine", "file_path", "../w")),
            fires: &["operator-reaches-files", "reference-escape"],
        },
        Example {
            name: "paddle-twin",
            files: || one("inference.pdmodel", paddle::saved("load", "w")),
            fires: &["operator-reaches-files", "reference-missing"],
        },
        Example {
            name: "orbax-array",
            files: || orbax::tree("../../demo", "../../demo"),
            fires: &["reference-escape"],
        },
        Example { name: "orbax-array-twin", files: || orbax::tree("a/b", "a/b"), fires: &[] },
        Example {
            name: "orbax-array-of-a-process",
            files: || {
                one(
                    "array_metadatas/process_0",
                    r#"{"array_metadatas": [{"array_metadata": {"param_name": "/tmp/demo"}}]}"#,
                )
            },
            fires: &["reference-escape"],
        },
        Example {
            name: "orbax-store-absolute",
            files: || orbax::spec(r#"{"driver": "file", "path": "/tmp/demo"}"#),
            fires: &["reference-escape"],
        },
        Example {
            name: "orbax-store-address",
            files: || orbax::spec(r#"{"driver": "http", "base_url": "https://example.org/demo"}"#),
            fires: &["reference-escape"],
        },
        Example {
            name: "orbax-store-bucket",
            files: || orbax::spec(r#"{"driver": "gcs", "bucket": "demo", "path": "a"}"#),
            fires: &["reference-escape"],
        },
        Example {
            name: "orbax-store-url",
            files: || orbax::spec(r#""s3://demo/a""#),
            fires: &["reference-escape"],
        },
        Example {
            name: "orbax-store-in-a-database",
            files: || orbax::spec(r#"{"driver": "ocdbt", "base": {"driver": "file", "path": "/tmp/demo"}}"#),
            fires: &["reference-escape"],
        },
        Example {
            name: "orbax-store-twin",
            files: || orbax::spec(r#"{"driver": "ocdbt", "base": {"driver": "file", "path": "demo"}}"#),
            fires: &[],
        },
        Example {
            name: "ocdbt-manifest",
            files: || one("manifest.ocdbt", orbax::manifest("../d/demo")),
            fires: &["reference-escape"],
        },
        Example {
            name: "ocdbt-manifest-address",
            files: || one("manifest.ocdbt", orbax::manifest("https://example.org/demo")),
            fires: &["reference-escape"],
        },
        Example {
            name: "ocdbt-node",
            files: || {
                one("00000000000000000000000000000000", orbax::node("/tmp/demo", (8, 0), orbax::ZARRAY))
            },
            fires: &["reference-escape"],
        },
        Example {
            name: "ocdbt-node-twin",
            files: || one("00000000000000000000000000000000", orbax::node("d/demo", (8, 0), orbax::ZARRAY)),
            fires: &[],
        },
        Example {
            name: "flax-store",
            files: || {
                flax::with_key(
                    "kvstore",
                    flax::map(&[("driver", flax::text("file")), ("path", flax::text("/tmp/demo"))]),
                )
            },
            fires: &["reference-escape"],
        },
        Example {
            name: "flax-store-bucket",
            files: || {
                flax::with_key(
                    "kvstore",
                    flax::map(&[("driver", flax::text("gcs")), ("bucket", flax::text("demo"))]),
                )
            },
            fires: &["reference-escape"],
        },
        Example {
            name: "flax-store-twin",
            files: || {
                flax::with_key(
                    "kvstore",
                    flax::map(&[("driver", flax::text("file")), ("path", flax::text("demo"))]),
                )
            },
            fires: &[],
        },
        Example {
            name: "mnn",
            files: || engine::mnn_file(12, "", "../demo.weight"),
            fires: &["reference-escape"],
        },
        Example {
            name: "mnn-address",
            files: || engine::mnn_file(12, "", "https://example.org/demo.weight"),
            fires: &["reference-escape"],
        },
        Example {
            name: "joblib-absolute",
            files: || one("model.joblib", pickle::array_file("/tmp/weights.npy")),
            fires: &["reference-escape"],
        },
        Example {
            name: "joblib-up",
            files: || one("model.joblib", pickle::array_file("../../weights.npy")),
            fires: &["reference-escape"],
        },
        Example {
            name: "joblib-slots",
            files: || {
                let program =
                    Program::new(2).global("joblib.numpy_pickle", "NDArrayWrapper").tuple(0).newobj();
                let program = program.none().dict().text("filename").text("/tmp/weights.npy").setitem();
                one("model.joblib", program.tuple(2).build().stop())
            },
            fires: &["reference-escape"],
        },
        Example {
            name: "joblib-constructor",
            files: || {
                let program =
                    Program::new(2).call("joblib.numpy_pickle", "NDArrayWrapper", "/tmp/weights.npy");
                one("model.joblib", program.none().build().stop())
            },
            fires: &["reference-escape"],
        },
        Example {
            name: "joblib-twin",
            files: || {
                let mut files = one("model.joblib", pickle::array_file("weights.npy"));
                files.push(("weights.npy".to_owned(), tensor::npy("'<f4'", "(2, 3)", &[0; 24])));
                files
            },
            fires: &[],
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
    // Lists of packages take in others from beside and above; a rule of its own knows how far.
    for (place, reference) in facts.references().filter(|(_, reference)| reference.role != LIST) {
        let Some((how, severity)) = way_out(&reference.target) else { continue };
        if seen.insert((reference.role, reference.target.as_str(), &place.reading.member)) {
            let message = format!("the path of its {}, `{}`, {how}", reference.role, reference.target);
            let most = match (reference.role, place.format()) {
                ("cache" | "pipeline data", _) | ("vocabulary", "tensorflow-saved-model") => Severity::Medium,
                // In a graph for training it is where it lay when the graph was made.
                ("vocabulary", _) => Severity::Low,
                _ => Severity::High,
            };
            findings.add(place, message).severity = severity.min(most);
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
