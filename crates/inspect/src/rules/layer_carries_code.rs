//! A layer that is Python code.

use std::collections::HashSet;

use weighbridge_domain::facts::{Object, Reading, What};
use weighbridge_domain::{Confidence, Severity};

use super::reach;
use crate::facts::{Facts, Sort};
use crate::rules::{Check, Example, Findings, Light, Rule};
use crate::samples::keras::{
    archive, base64, dense, function, lambda, lambda_layer, layer, model, older, with,
};
use crate::samples::pickle::{INERT, Program, compiled};
use crate::samples::{File, one};
use crate::text;

/// A layer that is Python code.
pub static RULE: Rule = Rule {
    id: "layer-carries-code",
    severity: Severity::Critical,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "A layer of the model is Python code",
    why: "A `Lambda` layer holds a function as byte code, or names one; it runs when the model is loaded or used. Keras refuses such code unless it is told otherwise, but before 2.13 it never asked (CVE-2024-3660), files in the older `.h5` form were not asked about until 3.11 (CVE-2025-9905), and a file could switch the question off (CVE-2025-9906). A PyTorch module in a layer is a pickle (CVE-2025-49655). High; critical when the code names something that is dangerous by itself, medium when only a function is named. The byte code is not followed.",
    advice: "Ask for a model whose layers Keras brings along, or for the source of the function. Never load it with `safe_mode=False` unless you trust its publisher as you trust an author of programs.",
    references: &[
        "CWE-94",
        "CWE-502",
        "CVE-2024-3660",
        "CVE-2025-9905",
        "CVE-2025-9906",
        "CVE-2025-49655",
        "AML.T0011",
        "AML.T0018",
    ],
    examples: &[
        Example {
            name: "keras",
            files: || with(&lambda_layer(&lambda(&code("math", "floor")))),
            fires: CODE,
        },
        Example {
            name: "keras-dangerous",
            files: || with(&lambda_layer(&lambda(&code("os", "system")))),
            fires: CODE,
        },
        Example {
            name: "keras-by-name",
            files: || with(&lambda_layer(&function("keras.activations", "gelu"))),
            fires: CODE,
        },
        Example { name: "keras-twin", files: || with(&dense()), fires: &[] },
        Example {
            name: "keras-shape",
            files: || {
                let shape = lambda(&code("os", "system"));
                let config = format!(
                    r#"{{"function": {}, "output_shape": {shape}}}"#,
                    function("keras.activations", "gelu")
                );
                with(&layer("keras.layers", "Lambda", &config))
            },
            fires: CODE,
        },
        Example {
            name: "keras-shape-twin",
            files: || {
                let config = r#"{"name": "reshape", "target_shape": [2, 2]}"#;
                with(&layer("keras.layers", "Reshape", config))
            },
            fires: &[],
        },
        Example {
            name: "keras-activation",
            files: || with(&dense().replace(r#""relu""#, &lambda(&code("os", "system")))),
            fires: CODE,
        },
        Example {
            name: "keras-activation-twin",
            files: || with(&dense().replace("relu", "gelu")),
            fires: &[],
        },
        Example {
            name: "keras-nested",
            files: || {
                let inner = model(&[lambda_layer(&lambda(&code("os", "system")))]);
                archive(&model(&[layer(
                    "keras.layers",
                    "Bidirectional",
                    &format!(r#"{{"layer": {inner}}}"#),
                )]))
            },
            fires: CODE,
        },
        Example {
            name: "keras-nested-twin",
            files: || {
                let inner = model(&[dense()]);
                archive(&model(&[layer(
                    "keras.layers",
                    "Bidirectional",
                    &format!(r#"{{"layer": {inner}}}"#),
                )]))
            },
            fires: &[],
        },
        Example {
            name: "keras-value",
            files: || {
                let code = lambda(&code("os", "system")).replace("\"code\"", "\"value\"");
                with(&dense().replace(r#""relu""#, &code))
            },
            fires: CODE,
        },
        Example { name: "h5", files: || older_lambda(&code("os", "system"), "lambda"), fires: CODE },
        Example { name: "h5-source", files: || older_lambda("lambda x: os.system(x)", "raw"), fires: CODE },
        Example {
            name: "h5-by-name",
            files: || older_lambda("demo_function", "function"),
            fires: &["layer-carries-code", "object-outside-library"],
        },
        Example {
            name: "h5-twin",
            files: || {
                older(
                    r#"{"class_name": "Sequential", "config": {"layers": [{"class_name": "Flatten", "config": {"name": "lambda"}}]}}"#,
                )
            },
            fires: &[],
        },
        Example {
            name: "pytorch-module",
            files: || with(&wrapper(&Program::new(2).call("os", "system", INERT).stop())),
            fires: &["layer-carries-code", "pickle-starts-process"],
        },
        Example {
            name: "pytorch-module-twin",
            files: || with(&layer("keras.layers", "Identity", r#"{"module": "gAJ9Lg=="}"#)),
            fires: &[],
        },
        Example {
            name: "json",
            files: || one("architecture.json", model(&[lambda_layer(&lambda(&code("os", "system")))])),
            fires: CODE,
        },
        Example { name: "json-twin", files: || one("architecture.json", model(&[dense()])), fires: &[] },
    ],
    check: Check::File(check),
};

const CODE: &[&str] = &["layer-carries-code"];

/// Compiled code that names two things, as layers hold it.
fn code(first: &str, second: &str) -> String {
    base64(&compiled(first, second))
}

fn wrapper(pickle: &[u8]) -> String {
    layer(
        "keras.layers",
        "TorchModuleWrapper",
        &format!(r#"{{"name": "torch", "module": "{}"}}"#, base64(pickle)),
    )
}

/// A `Lambda` layer as older versions write it.
fn older_lambda(function: &str, kind: &str) -> Vec<File> {
    let function =
        if kind == "lambda" { format!(r#"["{function}", null, null]"#) } else { format!(r#""{function}""#) };
    older(&format!(
        r#"{{"class_name": "Sequential", "config": {{"layers": [{{"class_name": "Lambda", "config": {{"name": "lambda", "function": {function}, "function_type": "{kind}", "module": "__main__", "arguments": {{}}}}}}]}}}}"#
    ))
}

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    let mut with_code: HashSet<*const Reading> = HashSet::new();
    for (place, what) in facts.of(Sort::Code).filter(|(place, _)| place.is_of_settings()) {
        let What::Code { names } = what else { continue };
        with_code.insert(std::ptr::from_ref(place.reading));
        let words: Vec<&str> = names.iter().map(String::as_str).collect();
        let dangerous = reach::dangerous_name(&words);
        let named = dangerous.as_ref().map_or_else(String::new, |name| format!(" and names `{name}`"));
        let finding = findings.add(place, format!("a function of a layer is Python code{named}"));
        finding.severity = if dangerous.is_some() { Severity::Critical } else { Severity::High };
        finding.excerpt = Some(text::shown(&names.join(", "), 1000));
    }
    for (place, object) in facts.objects().filter(|(_, object)| object.dialect == "keras") {
        match short(object) {
            "TorchModuleWrapper" => {
                let message = format!("`{}` is a PyTorch module in a pickle", object.path);
                findings.add(place, message).severity = Severity::High;
            }
            "Lambda" if !with_code.contains(&std::ptr::from_ref(place.reading)) => {
                let message = format!("`{}` calls a function by its name", object.path);
                findings.add(place, message).severity = Severity::Medium;
            }
            _ => {}
        }
    }
}

/// The name of its class without a package.
fn short(object: &Object) -> &str {
    object.name.name.rsplit(['>', '.']).next().unwrap_or_default()
}
