//! Keras: archives of version 3, and the objects that a configuration asks to be built, wherever it stands.
//!
//! A configuration is JSON; objects in it have a `class_name`, a `config`, and since Keras 3 a `module`. They are found at
//! any depth, because any of them is built when the one around it is: layers in layers, losses, initialisers, arguments.

mod code;

use std::collections::BTreeMap;

use weighbridge_domain::facts::{Name, Object, Operator, Reference, What};

use super::layout::name;
use super::zip;
use super::{Format, Support};
use crate::detect::{Probe, Recognition};
use crate::input::Input;
use crate::limits::Fault;
use crate::samples::keras as samples;
use crate::text;
use crate::walk::Visit;

/// Keras 3.
pub static FORMAT: Format = Format {
    id: "keras",
    title: "Keras archive",
    extensions: &["keras"],
    support: Support::Inspected,
    carries_code: true,
    refines: &["zip"],
    docs: "A zip with `config.json` and `metadata.json`. The configuration is read as JSON: every object that it asks for, at \
           any depth, with its module; functions by name, code in `Lambda` layers and in place of functions, PyTorch modules \
           in layers, and files that layers read. Weights are inspected as HDF5, and every other member by its content.",
    recognise,
    read,
    samples: samples::ordinary,
};

/// The longest `metadata.json` that is read here.
const MOST_METADATA: u64 = 1 << 20;

/// Different objects of one configuration that are noted.
const MOST_OBJECTS: usize = 10_000;

/// Pieces of code and embedded modules of one configuration that are looked at.
const MOST_PARTS: u64 = 1000;

/// Levels of objects that are remembered; JSON is read less deeply.
const MOST_DEPTH: usize = 128;

fn recognise(probe: &Probe<'_>) -> Recognition {
    let has = |name| zip::has_member(probe, |member| member == name);
    Recognition::certain_if(has("config.json") && has("metadata.json"))
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let directory = zip::read_directory(visit)?;
    let metadata = directory.members.iter().find(|member| member.name == "metadata.json");
    if let Some(member) = metadata.filter(|member| member.size <= MOST_METADATA && !member.encrypted) {
        let at = member.at;
        if let Some(content) = zip::open(visit, member)? {
            let bytes = content.read(0, MOST_METADATA)?;
            let json: Option<BTreeMap<String, serde_json::Value>> = serde_json::from_slice(&bytes).ok();
            for (key, value) in json.unwrap_or_default() {
                if let serde_json::Value::String(value) = value {
                    let value = text::kept(value.as_bytes(), 256);
                    visit.fact(at, What::Metadata { key: name(&key), value });
                }
            }
        }
    }
    zip::embed(visit, &directory, |_| true)
}

/// Keys that say what an object is, or hold what matters of it.
const KEYS: [&str; 15] = [
    "class_name",
    "code",
    "config",
    "filepath",
    "function",
    "function_type",
    "mask",
    "module",
    "node_def",
    "op",
    "output_shape",
    "registered_name",
    "spec_name",
    "value",
    "vocabulary",
];

/// Values that a configuration holds in the form of objects.
const VALUES: [&str; 13] = [
    "CompositeTensor",
    "TensorShape",
    "TypeSpec",
    "__bytes__",
    "__class_method__",
    "__ellipsis__",
    "__keras_tensor__",
    "__numpy__",
    "__passive_serialization__",
    "__slice__",
    "__tensor__",
    "__tuple__",
    "_TupleWrapper",
];

/// Keys of a `Lambda` layer that take a function.
const FUNCTIONS: [&str; 3] = ["function", "mask", "output_shape"];

/// What an object of the JSON says.
#[derive(Debug, Default)]
struct Frame {
    /// The key that it stands under.
    under: Option<&'static str>,
    at: u64,
    /// The text under each key; of a list, its first text.
    texts: BTreeMap<&'static str, String>,
    /// There is a `config`, of whatever kind.
    has_config: bool,
    /// The `config`, when it is an object.
    config: Option<Box<Self>>,
    /// The operator that a `node_def` names.
    operator: Option<String>,
}

impl Frame {
    fn text(&self, key: &str) -> Option<&str> {
        self.texts.get(key).map(String::as_str)
    }
}

/// Gathers the objects of a configuration while its JSON is read.
#[derive(Debug, Default)]
pub(super) struct Objects {
    frames: Vec<Frame>,
    key: Option<&'static str>,
    /// The value is an item of a list.
    listed: bool,
    found: BTreeMap<(String, String), (u64, String, u64)>,
    /// Operators of TensorFlow that are layers.
    operators: BTreeMap<String, (u64, u64)>,
    parts: u64,
    omitted: bool,
}

impl Objects {
    /// An object begins.
    pub(super) fn begin(&mut self, at: u64) {
        let under = self.key.take();
        if self.frames.len() < MOST_DEPTH {
            self.frames.push(Frame { under, at, ..Frame::default() });
        }
    }

    /// The key of the value that follows.
    pub(super) fn enter(&mut self, key: &str) {
        self.listed = false;
        self.key = KEYS.binary_search(&key).ok().and_then(|index| KEYS.get(index)).copied();
        if let (Some("config"), Some(frame)) = (self.key, self.frames.last_mut()) {
            frame.has_config = true;
        }
    }

    /// The key that is being read, to be given back for the next item of a list.
    pub(super) fn key(&self) -> Option<&'static str> {
        self.key
    }

    /// Another item of a list under this key follows.
    pub(super) fn again(&mut self, key: Option<&'static str>) {
        self.key = key;
        self.listed = true;
    }

    /// A text is the value, or an item of it.
    pub(super) fn text(&mut self, text: &str) {
        let (Some(key), Some(frame)) = (self.key, self.frames.last_mut()) else { return };
        // A list of words is no path.
        if self.listed && key == "vocabulary" {
            return;
        }
        // Of a key that stands twice the last counts, of a list the first text.
        if !self.listed || !frame.texts.contains_key(key) {
            frame.texts.insert(key, text.to_owned());
        }
    }

    /// The object ends; `path` leads to it.
    pub(super) fn end(&mut self, visit: &mut Visit<'_>, path: &str) {
        let Some(frame) = self.frames.pop() else { return };
        if let Some(class) = frame.text("class_name")
            && (frame.has_config || frame.text("module").is_some())
        {
            self.object(visit, path, &frame, class);
        }
        let Some(outer) = self.frames.last_mut() else { return };
        match frame.under {
            Some("config") => outer.config = Some(Box::new(frame)),
            Some("node_def") => outer.operator = frame.text("op").map(str::to_owned),
            _ => {}
        }
    }

    fn object(&mut self, visit: &mut Visit<'_>, path: &str, frame: &Frame, class: &str) {
        let module = frame.text("module").unwrap_or_default();
        let config = frame.config.as_deref();
        let of_config = |key: &str| config.and_then(|config| config.text(key));
        match class {
            "__lambda__" => {
                let code = of_config("code").or_else(|| of_config("value")).or_else(|| frame.text("config"));
                self.code(visit, frame.at, code.unwrap_or_default());
                return;
            }
            "__typespec__" => {
                self.name(frame.at, path, module, frame.text("spec_name").unwrap_or_default());
                return;
            }
            "function" => {
                self.name(frame.at, path, module, frame.text("config").unwrap_or_default());
                return;
            }
            _ if VALUES.contains(&class) && module.is_empty() => return,
            _ => self.name(frame.at, path, module, class),
        }
        // What somebody has registered under this name comes before what Keras has.
        if let Some(registered) = frame.text("registered_name").filter(|registered| registered.contains('>'))
            && module.starts_with("keras.")
        {
            self.name(frame.at, path, "", registered);
        }
        let short = class.rsplit(['>', '.']).next().unwrap_or(class);
        match short {
            "Lambda" => {
                let kind = of_config("function_type");
                for key in FUNCTIONS {
                    match of_config(key) {
                        Some(function) if key == "function" && kind == Some("function") => {
                            let module = of_config("module").unwrap_or_default();
                            self.name(frame.at, path, module, function);
                        }
                        Some(function) if key == "function" || code::is_code(function) => {
                            self.code(visit, frame.at, function);
                        }
                        _ => {}
                    }
                }
            }
            "TFOpLambda" | "SlicingOpLambda" => {
                self.name(frame.at, path, "tensorflow", of_config("function").unwrap_or_default());
            }
            "TensorFlowOpLayer" => {
                let packed = || of_config("node_def").and_then(operator_of);
                let operator = config.and_then(|config| config.operator.clone()).or_else(packed);
                self.operator(frame.at, &operator.unwrap_or_default());
            }
            "TorchModuleWrapper" | "TorchModule" => {
                self.part(visit, "module.pt", of_config("module").unwrap_or_default());
            }
            "TFSMLayer" => reference(visit, frame.at, "SavedModel", of_config("filepath")),
            _ => {}
        }
        reference(visit, frame.at, "vocabulary", of_config("vocabulary"));
    }

    fn name(&mut self, at: u64, path: &str, module: &str, class: &str) {
        let key = (name(module), name(class));
        if self.found.len() >= MOST_OBJECTS && !self.found.contains_key(&key) {
            self.omitted = true;
            return;
        }
        let (_, _, count) = self.found.entry(key).or_insert_with(|| (at, name(path), 0));
        *count = count.saturating_add(1);
    }

    fn operator(&mut self, at: u64, operator: &str) {
        let operator = name(operator);
        if self.operators.len() >= MOST_OBJECTS && !self.operators.contains_key(&operator) {
            self.omitted = true;
            return;
        }
        let (_, count) = self.operators.entry(operator).or_insert((at, 0));
        *count = count.saturating_add(1);
    }

    fn code(&mut self, visit: &mut Visit<'_>, at: u64, code: &str) {
        if self.may_look(visit) {
            visit.fact(at, What::Code { names: code::names(code) });
        }
    }

    fn part(&mut self, visit: &mut Visit<'_>, name: &str, encoded: &str) {
        let bytes = code::base64(encoded);
        if bytes.is_empty() || !self.may_look(visit) {
            return;
        }
        if let Err(fault) = visit.embed(name, Input::bytes(bytes)) {
            visit.incomplete(fault.to_string());
        }
    }

    fn may_look(&mut self, visit: &mut Visit<'_>) -> bool {
        self.parts = self.parts.saturating_add(1);
        if self.parts == MOST_PARTS.saturating_add(1) {
            visit.incomplete("more code in it than is looked at");
        }
        self.parts <= MOST_PARTS
    }

    /// Notes what was found.
    pub(super) fn finish(self, visit: &mut Visit<'_>) {
        if self.omitted {
            visit.incomplete(format!("only the first {MOST_OBJECTS} kinds of objects were looked at"));
        }
        for ((module, name), (at, path, count)) in self.found {
            let name = Name { module, name };
            visit.fact(at, What::Object(Object { dialect: "keras", name, path, count }));
        }
        for (name, (at, count)) in self.operators {
            let (dialect, domain, node) = ("tensorflow", String::new(), String::new());
            visit.fact(at, What::Operator(Operator { dialect, domain, name, node, count, defined: false }));
        }
    }
}

/// The operator of a node written as a message of protocol buffers: its second field, behind its name.
fn operator_of(node: &str) -> Option<String> {
    let field = |number: u8, bytes: &mut &str| {
        let [tag, length, ..] = *bytes.as_bytes() else { return None };
        let content = bytes.get(2..)?;
        let (inner, rest) = content.split_at_checked(usize::from(length)).filter(|_| length < 128)?;
        (tag == number << 3 | 2).then(|| {
            *bytes = rest;
            inner.to_owned()
        })
    };
    let mut rest = node;
    field(1, &mut rest);
    field(2, &mut rest)
}

fn reference(visit: &mut Visit<'_>, at: u64, role: &'static str, target: Option<&str>) {
    if let Some(target) = target.filter(|target| !target.is_empty()) {
        visit.fact(at, What::Reference(Reference { role, target: name(target), range: None }));
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn keys_are_sorted() {
        assert!(super::KEYS.is_sorted());
    }
}
