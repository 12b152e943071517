//! A model that has an object built which is no part of its library.

use weighbridge_domain::facts::{Name, Object};
use weighbridge_domain::{Confidence, Severity};

use crate::facts::Facts;
use crate::known::keras::{Origin, is_class, origin};
use crate::known::{self, Capability};
use crate::rules::{Check, Example, Findings, Light, Rule, config_key};
use crate::samples::keras::{and, archive, dense, function, lambda_layer, layer, model, older, with};
use crate::samples::orbax;
use crate::samples::{one, skops};

/// A model that has an object built which is no part of its library.
pub static RULE: Rule = Rule {
    id: "object-outside-library",
    severity: Severity::Critical,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "A model has an object built that is no part of its library",
    why: "The configuration of a model names the classes and functions that its loader imports and calls. Critical when the name can do harm by itself, or is a function of Keras that loads, fetches, writes or changes settings instead of computing: Keras before 3.9 called anything (CVE-2025-1550), before 3.11 any function of its own (CVE-2025-8747, CVE-2025-9906, CVE-2025-12060). High for functions of TensorFlow that reach beyond the graph. Medium for classes and functions that somebody has to bring along, and low for a class that only another version of Keras can have.",
    advice: "Do not load a model that names anything dangerous. Ask for the source of classes that are not known, and read it before you install or register them.",
    references: &[
        "CWE-470",
        "CWE-502",
        "CVE-2025-1550",
        "CVE-2025-8747",
        "CVE-2025-9906",
        "CVE-2025-12060",
        "CVE-2025-54412",
        "AML.T0010",
        "AML.T0011",
    ],
    examples: &[
        Example {
            name: "keras-standard-library",
            files: || with(&layer("os", "system", INERT)),
            fires: OUTSIDE,
        },
        Example {
            name: "keras-standard-library-function",
            files: || with(&lambda_layer(&function("subprocess", "run"))),
            fires: &["layer-carries-code", "object-outside-library"],
        },
        Example { name: "keras-twin", files: || with(&dense()), fires: &[] },
        Example {
            name: "keras-dotted",
            files: || with(&layer("keras.layers", "os.system", INERT)),
            fires: OUTSIDE,
        },
        Example {
            name: "keras-setting",
            files: || with(&function("keras.config", "enable_unsafe_deserialization")),
            fires: OUTSIDE,
        },
        Example {
            name: "keras-private-setting",
            files: || with(&function("keras.src.saving.serialization_lib", "enable_unsafe_deserialization")),
            fires: OUTSIDE,
        },
        Example {
            name: "keras-download",
            files: || with(&layer("keras.utils", "get_file", "{}")),
            fires: OUTSIDE,
        },
        Example {
            name: "keras-load",
            files: || with(&function("keras.models", "load_model")),
            fires: OUTSIDE,
        },
        Example {
            name: "keras-function-twin",
            files: || with(&activation(&function("keras.activations", "gelu"))),
            fires: &[],
        },
        Example {
            name: "keras-builtins",
            files: || with(&activation(&function("builtins", "eval"))),
            fires: OUTSIDE,
        },
        Example {
            name: "keras-builtins-twin",
            files: || with(&activation(&function("builtins", "gelu"))),
            fires: &[],
        },
        Example {
            name: "keras-custom",
            files: || with(&layer("demo.layers", "DemoLayer", "{}")),
            fires: OUTSIDE,
        },
        Example {
            name: "keras-hub-twin",
            files: || with(&layer("keras_hub.src.models.bert", "BertBackbone", "{}")),
            fires: &[],
        },
        Example {
            name: "keras-newer",
            files: || with(&layer("keras.layers", "NotYetThere", "{}")),
            fires: OUTSIDE,
        },
        Example {
            name: "keras-registered",
            files: || {
                let dense =
                    dense().replace(r#""registered_name": null"#, r#""registered_name": "Demo>Dense""#);
                with(&dense)
            },
            fires: OUTSIDE,
        },
        Example {
            name: "keras-wrapped",
            files: || with(&wrapped(&layer("os", "system", INERT))),
            fires: OUTSIDE,
        },
        Example { name: "keras-wrapped-twin", files: || with(&wrapped(&dense())), fires: &[] },
        Example {
            name: "keras-in-compile-config",
            files: || archive(&compiled("builtins", "exec")),
            fires: OUTSIDE,
        },
        Example {
            name: "keras-in-compile-config-twin",
            files: || archive(&compiled("builtins", "mse")),
            fires: &[],
        },
        Example {
            name: "keras-in-arguments",
            files: || {
                let call = function("os", "system");
                with(&and(&dense(), &format!(r#""inbound_nodes": [{{"args": [{call}], "kwargs": {{}}}}]"#)))
            },
            fires: OUTSIDE,
        },
        Example {
            name: "keras-initializer",
            files: || {
                with(&dense().replace(
                    r#""module": "keras.initializers", "class_name": "GlorotUniform""#,
                    r#""module": "shutil", "class_name": "rmtree""#,
                ))
            },
            fires: OUTSIDE,
        },
        Example {
            name: "keras-json",
            files: || one("architecture.json", model(&[layer("os", "system", INERT)])),
            fires: OUTSIDE,
        },
        Example {
            name: "keras-json-twin",
            files: || one("architecture.json", model(&[dense()])),
            fires: &[],
        },
        Example {
            name: "h5",
            files: || {
                older(
                    r#"{"class_name": "Sequential", "config": {"layers": [{"class_name": "DemoLayer", "config": {}}]}}"#,
                )
            },
            fires: OUTSIDE,
        },
        Example {
            name: "h5-twin",
            files: || {
                older(
                    r#"{"class_name": "Sequential", "config": {"layers": [{"class_name": "Conv2D", "config": {}}]}}"#,
                )
            },
            fires: &[],
        },
        Example { name: "h5-operator", files: || older(&operator("io.write_file")), fires: OUTSIDE },
        Example {
            name: "h5-operator-older-name",
            files: || older(&operator("compat.v1.write_file")),
            fires: OUTSIDE,
        },
        Example {
            name: "h5-operator-native-code",
            files: || older(&operator("compat.v1.load_file_system_library")),
            fires: OUTSIDE,
        },
        Example {
            name: "h5-operator-of-keras",
            files: || older(&operator("keras.utils.get_file")),
            fires: OUTSIDE,
        },
        Example { name: "h5-operator-root-twin", files: || older(&operator("compat.v1.concat")), fires: &[] },
        Example { name: "h5-operator-twin", files: || older(&operator("math.multiply")), fires: &[] },
        Example {
            name: "skops",
            files: || one("model.skops", skops::build(&skops::node("os", "system", "FunctionNode"))),
            fires: OUTSIDE,
        },
        Example {
            name: "skops-unknown",
            files: || {
                one("model.skops", skops::build(&skops::node("demo.models", "DemoModel", "ObjectNode")))
            },
            fires: OUTSIDE,
        },
        Example {
            name: "skops-twin",
            files: || {
                let node = skops::node("sklearn.linear_model._logistic", "LogisticRegression", "ObjectNode");
                one("model.skops", skops::build(&node))
            },
            fires: &[],
        },
        Example {
            name: "orbax-handler",
            files: || orbax::about("os.system", "{}"),
            fires: &["object-outside-library"],
        },
        Example {
            name: "orbax-other-handler",
            files: || orbax::about("demo.Handler", "{}"),
            fires: &["object-outside-library"],
        },
        Example {
            name: "orbax-handler-twin",
            files: || orbax::about("orbax.checkpoint.handlers.Handler", "{}"),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

const OUTSIDE: &[&str] = &["object-outside-library"];

const INERT: &str = r#"{"command": "echo weighbridge-demo"}"#;

fn activation(function: &str) -> String {
    layer("keras.layers", "Activation", &format!(r#"{{"name": "activation", "activation": {function}}}"#))
}

fn wrapped(inner: &str) -> String {
    layer("keras.layers", "TimeDistributed", &format!(r#"{{"name": "outer", "layer": {inner}}}"#))
}

/// A model that is compiled with a loss.
fn compiled(module: &str, name: &str) -> String {
    let loss = function(module, name);
    let compile = format!(r#""compile_config": {{"optimizer": "adam", "loss": {loss}}}"#);
    and(&model(&[dense()]), &compile)
}

/// An operator of TensorFlow as a layer.
fn operator(function: &str) -> String {
    format!(
        r#"{{"class_name": "Functional", "config": {{"layers": [{{"class_name": "TFOpLambda", "name": "tf.demo", "config": {{"name": "tf.demo", "function": "{function}"}}}}]}}}}"#
    )
}

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    let version = facts.metadata().find(|(_, key, _)| *key == "keras_version").map(|(_, _, version)| version);
    for (place, object) in facts.objects() {
        let judged = match object.dialect {
            "keras" => keras(object),
            "orbax" => orbax(object),
            _ => other(object),
        };
        let Some((severity, words)) = judged else { continue };
        let what =
            if object.name.module.is_empty() { object.name.name.clone() } else { object.name.to_string() };
        let at = if object.path.is_empty() { "the root" } else { &object.path };
        let finding = findings.add(place, format!("`{at}` has `{what}` built, which {words}"));
        finding.severity = severity;
        if let Some(version) = version.filter(|_| object.dialect == "keras") {
            finding.excerpt = Some(format!("saved by Keras {}", crate::text::shown(version, 40)));
        }
    }
}

fn keras(object: &Object) -> Option<(Severity, &'static str)> {
    let name = &object.name;
    let found = origin(name);
    if found == Origin::BuiltIn {
        return None;
    }
    let outside = matches!(found, Origin::Outside) || name.name.contains('.');
    let capability = config_key::capability(&name.to_string());
    if outside && found != Origin::Operator && found != Origin::Reaching && capability.is_dangerous() {
        return Some((Severity::Critical, capability.words()));
    }
    match found {
        Origin::BuiltIn | Origin::Sister | Origin::Operator => None,
        Origin::Tool => Some((Severity::Critical, "is no part of models")),
        Origin::Reaching => Some((Severity::High, "reaches beyond the graph")),
        Origin::Keras if is_class(&name.name) => {
            Some((Severity::Low, "is not in the versions of Keras that are known"))
        }
        Origin::Keras => Some((Severity::Medium, "is not known")),
        Origin::Outside => Some((Severity::Medium, "is no part of Keras")),
    }
}

/// Handlers are looked up among those that a program has registered.
fn orbax(object: &Object) -> Option<(Severity, &'static str)> {
    let capability = config_key::capability(&object.name.to_string());
    match capability {
        _ if object.name.module.starts_with("orbax.") => None,
        dangerous if dangerous.is_dangerous() => Some((Severity::High, dangerous.words())),
        _ => Some((Severity::Low, "is no part of Orbax")),
    }
}

fn other(object: &Object) -> Option<(Severity, &'static str)> {
    let Name { module, name } = &object.name;
    let mut known = known::classify(module, name);
    // A method of a class that is known does what the class does.
    if let (Capability::Unknown, Some((class, method))) = (known.capability, name.split_once('.'))
        && !method.starts_with('_')
        && !method.contains('.')
    {
        known = known::classify(module, class);
    }
    match known.capability {
        Capability::Data | Capability::Value | Capability::Rebuild | Capability::Wraps => None,
        dangerous if dangerous.is_dangerous() => Some((Severity::Critical, dangerous.words())),
        unknown => Some((Severity::Medium, unknown.words())),
    }
}
