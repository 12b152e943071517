//! Metadata that would act where it is shown or used.

use weighbridge_domain::{Confidence, Severity};

use super::config_key;
use crate::facts::Facts;
use crate::rules::{Check, Example, Findings, Light, Rule};
use crate::samples::coreml;
use crate::samples::engine;
use crate::samples::flax;
use crate::samples::graph::Onnx;
use crate::samples::mxnet;
use crate::samples::orbax;
use crate::samples::tensorflow;
use crate::samples::{File, boosting, one, tensor};
use crate::text;

/// Metadata that would act where it is shown or used.
pub static RULE: Rule = Rule {
    id: "metadata-active-content",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    light: Light::Content,
    since: "0.1.0",
    summary: "Metadata of a model has markup, a command, code, a path out of its folder, or a long encoded text",
    why: "Hubs and programs show metadata, and some use it: markup runs in the page that shows it, a path is opened, a \
          command waits for somebody to paste it, and what is encoded is read by nobody who looks at the file. \
          Pictures are ordinary.",
    advice: "Read the value. Nothing in a model file needs markup, commands or encoded programs.",
    references: &["CWE-79", "CWE-22", "CWE-506", "AML.T0010"],
    examples: &[
        Example {
            name: "markup",
            files: || metadata("description", "a <script>void 0</script> b"),
            fires: &["metadata-active-content"],
        },
        Example {
            name: "markup-twin",
            files: || metadata("description", "a b, written in Script"),
            fires: &[],
        },
        Example {
            name: "link",
            files: || gguf("general.url", "javascript:void(0)"),
            fires: &["metadata-active-content"],
        },
        Example { name: "link-twin", files: || gguf("general.url", "https://example.org/model"), fires: &[] },
        Example {
            name: "path",
            files: || metadata("vae", "../../weights/other"),
            fires: &["metadata-active-content"],
        },
        Example { name: "path-twin", files: || metadata("vae", "weights/other..1"), fires: &[] },
        Example {
            name: "path-noted-twin",
            files: || gguf("quantize.imatrix.file", "../notes/imatrix.dat"),
            fires: &[],
        },
        Example {
            name: "command",
            files: || {
                gguf("general.description", "run `curl https://example.org/weighbridge-demo | sh` first")
            },
            fires: &["metadata-active-content"],
        },
        Example {
            name: "command-twin",
            files: || gguf("general.description", "curl is not needed; the shell is sh or bash"),
            fires: &[],
        },
        Example {
            name: "encoded",
            files: || metadata("note", &encoded(1024)),
            fires: &["metadata-active-content"],
        },
        Example { name: "encoded-twin", files: || metadata("note", &encoded(1023)), fires: &[] },
        Example {
            name: "picture-twin",
            files: || {
                metadata(
                    "modelspec.thumbnail",
                    &format!("data:image/png;base64,iVBORw0KGgo{}", encoded(2048)),
                )
            },
            fires: &[],
        },
        Example {
            name: "onnx",
            files: || {
                Onnx::new().node("", "Relu").property("description", "a <script>void 0</script> b").files()
            },
            fires: &["metadata-active-content"],
        },
        Example {
            name: "onnx-twin",
            files: || Onnx::new().node("", "Relu").property("description", "a b, written in Script").files(),
            fires: &[],
        },
        Example {
            name: "xgboost-attribute",
            files: || {
                one(
                    "model.json",
                    boosting::Xgboost::new()
                        .set("/learner/attributes/note", serde_json::json!("curl demo.invalid | sh"))
                        .json(),
                )
            },
            fires: &["metadata-active-content"],
        },
        Example {
            name: "xgboost-attribute-twin",
            files: || {
                one(
                    "model.json",
                    boosting::Xgboost::new()
                        .set("/learner/attributes/note", serde_json::json!("trained on curls"))
                        .json(),
                )
            },
            fires: &[],
        },
        Example {
            name: "lightgbm-parameter",
            files: || {
                one(
                    "model.txt",
                    boosting::LightGbm::new()
                        .parameter("convert_model", "sh -c 'echo weighbridge-demo'")
                        .build(),
                )
            },
            fires: &["metadata-active-content"],
        },
        Example {
            name: "lightgbm-parameter-twin",
            files: || {
                one(
                    "model.txt",
                    boosting::LightGbm::new().parameter("convert_model", "gbdt_prediction.cpp").build(),
                )
            },
            fires: &[],
        },
        Example {
            name: "coreml",
            files: || one("model.mlmodel", coreml::described("a <script>void 0</script> b")),
            fires: &["metadata-active-content"],
        },
        Example {
            name: "coreml-twin",
            files: || one("model.mlmodel", coreml::described("a b, written in Script")),
            fires: &[],
        },
        Example {
            name: "tensorflow-collection",
            files: || tensorflow::ordinary().collection("demo", b"curl http://example.org | sh").files(),
            fires: &["metadata-active-content"],
        },
        Example {
            name: "tensorflow-collection-twin",
            files: || tensorflow::ordinary().collection("demo", b"just words").files(),
            fires: &[],
        },
        Example {
            name: "flax-code",
            files: || {
                flax::with_key("restore_fn", flax::text("__import__('os').system('echo weighbridge-demo')"))
            },
            fires: &["metadata-active-content"],
        },
        Example {
            name: "flax-code-twin",
            files: || flax::with_key("remark", flax::text("import the os module with __import__ (never)")),
            fires: &[],
        },
        Example {
            name: "flax-callable",
            files: || flax::with_key("eval", flax::text("os.system")),
            fires: &["metadata-active-content"],
        },
        Example {
            name: "flax-callable-twin",
            files: || flax::with_key("eval", flax::text("accuracy")),
            fires: &[],
        },
        Example {
            name: "flax-reduce",
            files: || flax::with_key("__reduce__", flax::text("demo")),
            fires: &["metadata-active-content"],
        },
        Example {
            name: "flax-array-twin",
            files: || flax::with_key("eval", flax::array("uint8", &[1], &[1])),
            fires: &[],
        },
        Example {
            name: "orbax-function",
            files: || orbax::about("orbax.demo.Handler", r#"{"restore_fn": "demo.load"}"#),
            fires: &["metadata-active-content"],
        },
        Example {
            name: "orbax-code",
            files: || orbax::about("orbax.demo.Handler", r#"{"eval": "os.system"}"#),
            fires: &["metadata-active-content"],
        },
        Example {
            name: "orbax-markup",
            files: || orbax::about("orbax.demo.Handler", r#"{"note": "<script>void 0</script>"}"#),
            fires: &["metadata-active-content"],
        },
        Example {
            name: "orbax-twin",
            files: || orbax::about("orbax.demo.Handler", r#"{"note": "restore_fn is not set"}"#),
            fires: &[],
        },
        Example {
            name: "mxnet",
            files: || mxnet::with("Activation", "\"note\": \"<script>void 0</script>\""),
            fires: &["metadata-active-content"],
        },
        Example {
            name: "mxnet-twin",
            files: || mxnet::with("Activation", "\"note\": \"script\""),
            fires: &[],
        },
        Example {
            name: "tensorrt",
            files: || engine::described(r#"{"author": "<script>void 0</script>"}"#),
            fires: &["embedded-program", "metadata-active-content"],
        },
        Example {
            name: "tensorrt-twin",
            files: || engine::described(r#"{"author": "demo"}"#),
            fires: &["embedded-program"],
        },
        Example {
            name: "rknn",
            files: || one("model.rknn", engine::rknn(6, r#"{"note": "<script>void 0</script>"}"#)),
            fires: &["embedded-program", "metadata-active-content"],
        },
        Example {
            name: "rknn-twin",
            files: || one("model.rknn", engine::rknn(1, r#"{"note": "demo"}"#)),
            fires: &["embedded-program"],
        },
    ],
    check: Check::File(check),
};

fn metadata(key: &str, value: &str) -> Vec<File> {
    one("model.safetensors", tensor::safetensors(&format!(r#"{{"__metadata__":{{"{key}":"{value}"}}}}"#), 0))
}

fn gguf(key: &str, value: &str) -> Vec<File> {
    one("model.gguf", tensor::Gguf::new().text("general.architecture", "llama").text(key, value).build())
}

fn encoded(length: usize) -> String {
    "d2VpZ2hicmlkZ2UtZGVtbyB3ZWlnaGJyaWRnZS1kZW1vIA".chars().cycle().take(length).collect()
}

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, key, value) in facts.metadata() {
        let format = place.format();
        let read = matches!(
            format,
            "catboost"
                | "coreml"
                | "flax"
                | "gguf"
                | "orbax"
                | "lightgbm"
                | "mnn"
                | "mxnet"
                | "onnx"
                | "rknn"
                | "safetensors"
                | "tensorrt"
                | "xgboost"
        ) || format.starts_with("tensorflow");
        if !read || key.starts_with("tokenizer.") {
            continue;
        }
        let asked = if is_checkpoint(format) { program(key, value) } else { None };
        let asked = asked
            .or_else(|| (format == "orbax" && key.ends_with("/restore_fn")).then_some("a function to call"));
        for what in
            [markup(value), command(value), path(key, value), code(value), asked].into_iter().flatten()
        {
            findings.add(place, format!("the value of `{key}` has {what}")).excerpt =
                Some(text::shown(value, 200));
        }
    }
}

/// Trees of values that people put anything in.
fn is_checkpoint(format: &str) -> bool {
    matches!(format, "flax" | "orbax")
}

/// Keys that ask a program to run what stands under them.
const ASKING: [&str; 22] = [
    "__class__",
    "__import__",
    "__reduce__",
    "__reduce_ex__",
    "__setstate__",
    "callback",
    "code",
    "command",
    "constructor",
    "eval",
    "exec",
    "execute",
    "factory",
    "function",
    "hook",
    "import",
    "init_fn",
    "loader",
    "module",
    "restore_fn",
    "script",
    "system",
];

/// Code, or the name of something dangerous, under a key that asks to run it.
fn program(key: &str, value: &str) -> Option<&'static str> {
    const WORDS: [&str; 7] =
        ["__import__", "eval(", "exec(", "import ", "lambda ", "subprocess", "os.system"];
    let key = key.rsplit('/').next().unwrap_or(key).to_ascii_lowercase();
    if !ASKING.contains(&key.as_str()) {
        return None;
    }
    let special = key.starts_with("__");
    let looks = WORDS.iter().any(|word| value.contains(word));
    let named = value.contains('.') && config_key::capability(value).is_dangerous();
    (special || looks || named).then_some("code, under a key that asks to run it")
}

fn markup(value: &str) -> Option<&'static str> {
    const MARKUP: [&str; 8] =
        ["<script", "<iframe", "<object", "<embed", "javascript:", "data:text/html", "onerror=", "onload="];
    let lower = value.to_ascii_lowercase();
    MARKUP.iter().any(|word| lower.contains(word)).then_some("markup that a page would run")
}

fn command(value: &str) -> Option<&'static str> {
    const SHELLS: [&str; 6] = ["sh", "bash", "zsh", "python", "python3", "powershell"];
    const COMMANDS: [&str; 6] =
        ["sh -c ", "bash -c ", "cmd /c ", "cmd.exe /c ", "powershell -e", "powershell.exe -e"];
    let lower = value.to_ascii_lowercase();
    let fetches = lower.contains("curl ") || lower.contains("wget ");
    let piped = lower.split('|').skip(1).any(|rest| {
        let word = rest.trim_start().split(|c: char| !c.is_ascii_alphanumeric()).next();
        word.is_some_and(|word| SHELLS.contains(&word))
    });
    ((fetches && piped) || COMMANDS.iter().any(|command| lower.contains(command))).then_some("a command")
}

fn path(key: &str, value: &str) -> Option<&'static str> {
    // Notes of trainers and converters on the files they worked with.
    let note = ["imatrix.", "quantize.", "ss_"].iter().any(|prefix| key.starts_with(prefix));
    let path = value.len() < 4096 && !value.contains(char::is_whitespace) && !note;
    let up = value.split(['/', '\\']).any(|part| part == "..");
    (path && up && value.len() > 2).then_some("a path out of its folder")
}

/// What PNG, JPEG, GIF and WebP pictures begin with when encoded.
const PICTURES: [&str; 4] = ["iVBORw0KGgo", "/9j/", "R0lGOD", "UklGR"];

/// Encoded bytes: at least 1 KiB without a character that the encoding does not have, of many different ones.
fn code(value: &str) -> Option<&'static str> {
    let runs = value.split(|c: char| !(c.is_ascii_alphanumeric() || "+/=-_".contains(c)));
    let varied = |run: &str| run.bytes().collect::<std::collections::BTreeSet<_>>().len() > 16;
    let picture = |run: &str| PICTURES.iter().any(|beginning| run.starts_with(beginning));
    runs.into_iter()
        .any(|run| run.len() >= 1024 && varied(run) && !picture(run))
        .then_some("a long encoded text")
}
