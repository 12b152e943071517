//! The nodes of a schema.

use std::collections::{BTreeMap, BTreeSet};

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::facts::{Name, Reference, What};

use crate::formats::layout::name;
use crate::formats::xgboost::document::Value;
use crate::limits::Fault;
use crate::text;
use crate::walk::Visit;

/// Different names, files and problems kept of one schema.
const MOST: usize = 10_000;

/// Bytes kept of a path, and of a name.
const PATH_KEPT: usize = 512;
const NAME_KEPT: usize = 1024;

/// Loaders that build the object that is named, or something of its kind.
const BUILDERS: [&str; 13] = [
    "CachedNode",
    "ConstructorFromReduceNode",
    "DictNode",
    "FunctionNode",
    "JsonNode",
    "ListNode",
    "LossNode",
    "ObjectNode",
    "QuantileForestNode",
    "SetNode",
    "TupleNode",
    "TypeNode",
    "_DictWithDeprecatedKeysNode",
];

/// Loaders that build one kind of object, whatever is named: the modules that may be named, with those below them, and
/// the class, where there is only one.
const FIXED: [(&str, &str, Option<&str>); 13] = [
    ("BytearrayNode", "builtins", Some("bytearray")),
    ("BytesNode", "builtins", Some("bytes")),
    ("DTypeNode", "numpy", None),
    ("DefaultDictNode", "collections", Some("defaultdict")),
    ("MaskedArrayNode", "numpy", None),
    ("NdArrayNode", "numpy", None),
    ("OperatorFuncNode", "operator", None),
    ("PartialNode", "functools", Some("partial")),
    ("RandomGeneratorNode", "numpy", None),
    ("RandomStateNode", "numpy", None),
    ("SliceNode", "builtins", Some("slice")),
    ("SparseMatrixNode", "scipy.sparse", None),
    ("TreeNode", "sklearn.tree", None),
];

/// What is gathered from the nodes.
#[derive(Debug, Default)]
pub(super) struct Tree {
    /// Names, with the path to the first that bears each and their number.
    pub(super) objects: BTreeMap<Name, (String, u64)>,
    pub(super) files: BTreeSet<String>,
    pub(super) problems: Vec<(Kind, String)>,
    nodes: u64,
}

impl Tree {
    pub(super) fn walk(&mut self, visit: &mut Visit<'_>, root: &Value) -> Result<(), Fault> {
        let mut open = vec![(String::new(), root)];
        while let Some((path, value)) = open.pop() {
            self.nodes = self.nodes.saturating_add(1);
            if self.nodes.is_multiple_of(1024) {
                visit.budget.tick()?;
            }
            match value {
                Value::Map(pairs) => {
                    if value.get("__loader__").is_some() {
                        self.node(visit, &path, value);
                    }
                    open.extend(pairs.iter().rev().map(|(key, value)| (below(&path, key), value)));
                }
                Value::List(items) => {
                    let items = items.iter().enumerate().rev();
                    open.extend(items.map(|(index, item)| (below(&path, &index.to_string()), item)));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn node(&mut self, visit: &mut Visit<'_>, path: &str, node: &Value) {
        let word = |key: &str| node.get(key).and_then(Value::text);
        let (Some(loader), Some(module), Some(class)) =
            (word("__loader__"), word("__module__"), word("__class__"))
        else {
            self.problem(
                Kind::BadValue,
                format!("the node `{path}` does not name its loader, module and class"),
            );
            return;
        };
        let mut called = Name { module: kept(module), name: kept(class) };
        if loader == "MethodNode" {
            self.method(path, &called, node);
            if let Some(method) = node.at(&["content", "func"]).and_then(Value::text) {
                called.name = format!("{}.{}", called.name, kept(method));
            }
        } else if let Some((_, root, only)) = FIXED.iter().find(|(known, _, _)| *known == loader) {
            let inside = called.module == *root
                || called.module.strip_prefix(root).is_some_and(|rest| rest.starts_with('.'));
            if !inside || only.is_some_and(|only| only != class) {
                let kind = if loader == "OperatorFuncNode" { Kind::Disagreement } else { Kind::BadValue };
                let detail = format!(
                    "the node `{path}` names `{called}`, but its loader {loader} builds {}",
                    what(root, *only)
                );
                self.problem(kind, detail);
            }
        } else if !BUILDERS.contains(&loader) {
            visit.incomplete(format!("the loader `{}` is not known", name(loader)));
        }
        if let Some(file) = word("file").filter(|_| self.files.len() < MOST) {
            self.files.insert(kept(file));
        }
        if self.objects.len() < MOST || self.objects.contains_key(&called) {
            let (_, count) = self.objects.entry(called).or_insert_with(|| (path.to_owned(), 0));
            *count = count.saturating_add(1);
        } else {
            visit.incomplete(format!("only the first {MOST} names were looked at"));
        }
    }

    /// A method is looked up on the object in the node, whatever class the node itself names.
    fn method(&mut self, path: &str, called: &Name, node: &Value) {
        let inner = |key: &str| node.at(&["content", "obj", key]).and_then(Value::text).unwrap_or_default();
        let object = Name { module: kept(inner("__module__")), name: kept(inner("__class__")) };
        if object != *called {
            let detail =
                format!("the node `{path}` names `{called}`, but its method is taken from `{object}`");
            self.problem(Kind::Disagreement, detail);
        }
    }

    fn problem(&mut self, kind: Kind, detail: String) {
        if self.problems.len() < MOST {
            self.problems.push((kind, detail));
        }
    }
}

fn what(module: &str, class: Option<&str>) -> String {
    class.map_or_else(|| format!("an object of `{module}`"), |class| format!("`{module}.{class}`"))
}

fn kept(word: &str) -> String {
    text::kept(word.as_bytes(), NAME_KEPT)
}

fn below(path: &str, key: &str) -> String {
    let key = text::kept(key.as_bytes(), 64);
    match path.len() {
        0 => key,
        length if length > PATH_KEPT => path.to_owned(),
        _ => format!("{path}.{key}"),
    }
}

/// A name as a member in the same folder has it.
pub(super) fn is_plain(file: &str) -> bool {
    !file.is_empty() && file != ".." && !file.contains(['/', '\\', ':', '%'])
}

/// The fact that a node takes its content from elsewhere.
pub(super) fn reference(file: &str) -> What {
    What::Reference(Reference { role: "array", target: file.to_owned(), range: None })
}
