//! What Keras builds when a file names it.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use weighbridge_domain::facts::Name;

use super::table;

/// Where an object of a Keras configuration comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A part of models that Keras brings along.
    BuiltIn,
    /// A function or class of Keras that is no part of models: it loads, fetches, writes, or changes settings.
    Tool,
    /// Keras, in a version or a place that is not known here.
    Keras,
    /// One of the libraries of the same authors.
    Sister,
    /// An operator of TensorFlow that computes.
    Operator,
    /// A function of TensorFlow that reaches beyond the graph.
    Reaching,
    /// Somewhere else, or not said.
    Outside,
}

/// Modules that begin like this are Keras by another name.
const ALIASES: [&str; 6] = [
    "tensorflow.python.keras",
    "tensorflow.keras",
    "tf.keras",
    "tf_keras",
    "keras.api._v2.keras",
    "keras.api",
];

/// Below Keras, what is no part of models.
const TOOLS: [&str; 9] = [
    "config",
    "datasets",
    "export",
    "preprocessing",
    "saving",
    "testing",
    "trainers.data_adapters",
    "utils",
    "visualization",
];

/// Functions that are no part of models, wherever they are found.
const TOOL_NAMES: [&str; 14] = [
    "clear_session",
    "clone_model",
    "deserialize_keras_object",
    "enable_unsafe_deserialization",
    "func_load",
    "get_file",
    "load_img",
    "load_model",
    "load_weights",
    "model_from_config",
    "model_from_json",
    "model_from_yaml",
    "save_img",
    "save_model",
];

const SISTERS: [&str; 4] = ["keras_cv", "keras_hub", "keras_nlp", "tensorflow_addons"];

/// Operators of TensorFlow that only compute.
const COMPUTING: [&str; 16] = [
    "__operators__",
    "audio",
    "bitwise",
    "dtypes",
    "image",
    "linalg",
    "math",
    "nest",
    "nn",
    "quantization",
    "ragged",
    "random",
    "sets",
    "signal",
    "sparse",
    "strings",
];

/// Functions at the root of TensorFlow that only compute.
static FUNCTIONS: LazyLock<BTreeSet<&'static str>> = LazyLock::new(|| {
    let text = include_str!("tensorflow_functions.txt");
    text.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace).collect()
});

struct Table {
    /// Sorted pairs of module and name.
    exact: BTreeSet<(&'static str, &'static str)>,
    names: BTreeSet<&'static str>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let lines = table::read_lines(include_str!("keras.txt")).filter_map(|(_, line)| line.split_once(": "));
    let exact: BTreeSet<_> =
        lines.flat_map(|(module, names)| names.split(", ").map(move |name| (module, name))).collect();
    let names = exact.iter().map(|(_, name)| *name).collect();
    Table { exact, names }
});

/// Says where an object comes from.
#[must_use]
pub fn origin(object: &Name) -> Origin {
    let Name { module, name } = object;
    if module == "tensorflow" {
        return operator(name);
    }
    let alias = ALIASES.iter().find_map(|alias| below(module, alias));
    let home = alias.or_else(|| below(module, "keras"));
    if let Some(rest) = home {
        return keras(rest, name);
    }
    let plain = name.strip_prefix("Custom>").unwrap_or(name);
    match module.as_str() {
        "" | "builtins" if TABLE.names.contains(plain) => Origin::BuiltIn,
        _ if SISTERS.iter().any(|sister| below(module, sister).is_some()) && is_class(name) => Origin::Sister,
        _ => Origin::Outside,
    }
}

/// What of a module's path stands below another.
fn below<'a>(module: &'a str, above: &str) -> Option<&'a str> {
    let rest = module.strip_prefix(above)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('.') }
}

fn keras(rest: &str, name: &str) -> Origin {
    let module = if rest.is_empty() { "keras".to_owned() } else { format!("keras.{rest}") };
    if TABLE.exact.contains(&(module.as_str(), name)) {
        return Origin::BuiltIn;
    }
    let inner = below(rest, "src").or_else(|| below(rest, "_legacy")).unwrap_or(rest);
    let inner = below(inner, "legacy").unwrap_or(inner);
    let tool = TOOLS.iter().any(|tool| below(inner, tool).is_some());
    if tool || TOOL_NAMES.contains(&name) || name.ends_with("_from_directory") {
        return Origin::Tool;
    }
    if TABLE.names.contains(name) { Origin::BuiltIn } else { Origin::Keras }
}

fn operator(name: &str) -> Origin {
    let name = name.strip_prefix("compat.v1.").unwrap_or(name);
    if let Some((module, name)) = name.rsplit_once('.')
        && let Some(rest) = below(module, "keras")
    {
        return keras(rest, name);
    }
    let computes = match name.split_once('.') {
        Some((set, _)) => COMPUTING.contains(&set),
        None => FUNCTIONS.contains(name),
    };
    if computes { Origin::Operator } else { Origin::Reaching }
}

/// Whether a name is written as classes are.
pub fn is_class(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '>'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_told_by_where_they_come_from() {
        for (module, name, wanted) in [
            ("keras.layers", "Dense", Origin::BuiltIn),
            ("keras.src.models.functional", "Functional", Origin::BuiltIn),
            ("keras.src.ops.numpy", "Multiply", Origin::BuiltIn),
            ("keras.src.engine.functional", "Functional", Origin::BuiltIn),
            ("tensorflow.keras.layers", "Dense", Origin::BuiltIn),
            ("", "Custom>Adam", Origin::BuiltIn),
            ("", "GlorotUniform", Origin::BuiltIn),
            ("", "TFOpLambda", Origin::BuiltIn),
            ("builtins", "gelu", Origin::BuiltIn),
            ("builtins", "eval", Origin::Outside),
            ("keras.utils", "FeatureSpace", Origin::BuiltIn),
            ("keras.utils", "get_file", Origin::Tool),
            ("keras.src.utils.file_utils", "get_file", Origin::Tool),
            ("tf_keras.src.utils.data_utils", "get_file", Origin::Tool),
            ("keras.config", "enable_unsafe_deserialization", Origin::Tool),
            ("keras.models", "load_model", Origin::Tool),
            ("keras.layers", "NotYetThere", Origin::Keras),
            ("keras_hub.src.models.bert", "BertBackbone", Origin::Sister),
            ("keras_hub.src.models.bert", "load", Origin::Outside),
            ("kerasx.layers", "Dense", Origin::Outside),
            ("tensorflow", "math.add", Origin::Operator),
            ("tensorflow", "concat", Origin::Operator),
            ("tensorflow", "io.read_file", Origin::Reaching),
            ("tensorflow", "raw_ops.WriteFile", Origin::Reaching),
            ("tensorflow", "py_function", Origin::Reaching),
            ("", "MyLayer", Origin::Outside),
        ] {
            let object = Name { module: module.to_owned(), name: name.to_owned() };
            assert_eq!(origin(&object), wanted, "{module} {name}");
        }
    }
}
