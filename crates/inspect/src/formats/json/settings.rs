//! Which keys matter, wherever they stand, and what becomes of them.

use std::ops::RangeInclusive;

use serde::de::{MapAccess, SeqAccess};
use weighbridge_domain::facts::What;

use super::walk::{Array, Handle, Object, Value, Walk};
use crate::formats::keras::Objects;
use crate::formats::layout::name;
use crate::formats::terms;
use crate::input::Input;
use crate::text;
use crate::walk::Visit;

/// Keys whose values become settings.
pub(in crate::formats) const KEYS: [&str; 31] = [
    "_attn_implementation",
    "_attn_implementation_internal",
    "_experts_implementation",
    "_name_or_path",
    "_target_",
    "architectures",
    "attn_implementation",
    "auto_map",
    "auto_mapping",
    "base_model_name_or_path",
    "class_path",
    "custom_code",
    "custom_generate",
    "custom_pipeline",
    "custom_pipelines",
    "experts_implementation",
    "feature_extractor_type",
    "image_processor_type",
    "kernel_mapping",
    "library_name",
    "model_type",
    "name_or_path",
    "processor_class",
    "py/function",
    "py/object",
    "py/reduce",
    "py/type",
    "py_object",
    "quant_method",
    "tokenizer_class",
    "trust_remote_code",
];

/// Keys under which some loaders look for what they import and call, and everybody else keeps words: a setting is only what
/// could be the dotted name of an object.
const CALLED: [&str; 4] = ["_component_", "activation_function", "target", "types"];

/// A value under this key that may be a name to import and call.
pub(in crate::formats) fn may_be_called(key: &str) -> bool {
    CALLED.contains(&key)
}

/// This could be the dotted name of an object.
pub(in crate::formats) fn is_dotted(value: &str) -> bool {
    let part = |part: &str| {
        part.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && part.chars().all(|c| c.is_alphanumeric() || c == '_')
    };
    value.len() <= 256 && value.contains('.') && value.split('.').all(part)
}

/// How long they are; most words of a vocabulary are shorter.
const LENGTHS: RangeInclusive<usize> = 7..=29;

/// Keys of an adapter's settings that say which tensors it has.
const ADAPTER: [&str; 7] =
    ["bias", "modules_to_save", "peft_type", "r", "rank_pattern", "target_modules", "target_parameters"];

/// Of `config.json`: how many layers a model has, and of what size.
const MODEL: [&str; 14] = [
    "dtype",
    "embedding_size",
    "hidden_size",
    "max_position_embeddings",
    "mtp_num_hidden_layers",
    "mtp_num_layers",
    "n_embd",
    "n_layer",
    "num_hidden_layers",
    "num_mtp_layers",
    "num_nextn_predict_layers",
    "torch_dtype",
    "vocab_size",
    "word_embed_proj_dim",
];

/// Settings kept of one file.
const MOST_SETTINGS: u64 = 10_000;

/// Bytes kept of one value.
const VALUE_KEPT: usize = 4096;

/// Bytes kept of a key in a path.
const KEY_KEPT: usize = 256;

/// What else becomes a setting, by the name of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::formats) enum Scope {
    /// Nothing.
    Any,
    /// The lists below the root: where a pipeline finds its components.
    Pipeline,
    /// What says which tensors an adapter has.
    Adapter,
    /// What says which tensors a model has.
    Model,
    /// `type` and `path` of the items: the modules of a sentence transformer.
    Modules,
    /// Nothing, and how many words its vocabulary has.
    Tokenizer,
}

/// What is gathered while a file is read.
#[derive(Debug)]
pub(super) struct Collector {
    scope: Scope,
    path: String,
    depth: usize,
    settings: u64,
    unread: Vec<&'static str>,
    objects: Objects,
    /// Name and text of a template in a list of templates.
    template: (Option<String>, Option<String>),
}

impl Collector {
    pub(super) fn new(scope: Scope) -> Self {
        let template = (None, None);
        let objects = Objects::default();
        Self { scope, path: String::new(), depth: 0, settings: 0, unread: Vec::new(), objects, template }
    }

    pub(super) fn root(&mut self) -> Node<'_> {
        Node { collector: self, role: Role::Plain }
    }

    /// Says what was not looked at.
    pub(super) fn finish(self, visit: &mut Visit<'_>) {
        if self.settings > MOST_SETTINGS {
            visit.incomplete(format!("only the first {MOST_SETTINGS} settings were looked at"));
        }
        for why in self.unread {
            visit.incomplete(why);
        }
        self.objects.finish(visit);
    }

    fn setting(&mut self, visit: &mut Visit<'_>, at: u64, value: &str) {
        self.settings = self.settings.saturating_add(1);
        if self.settings <= MOST_SETTINGS {
            let value = text::kept(value.as_bytes(), VALUE_KEPT);
            match (self.scope, &*self.path) {
                (Scope::Adapter, "base_model_name_or_path") => terms::base_model(visit, at, &value),
                (Scope::Model, "_name_or_path") => terms::known_base_model(visit, at, &value),
                _ => {}
            }
            visit.fact(at, What::Setting { key: self.path.clone(), value });
        }
    }

    fn enter(&mut self, key: &str) -> usize {
        let length = self.path.len();
        if length > 0 {
            self.path.push('.');
        }
        let kept = key.char_indices().map(|(at, _)| at).take_while(|at| *at <= KEY_KEPT).last();
        let cut = if key.len() > KEY_KEPT { kept.and_then(|kept| key.get(..kept)) } else { None };
        self.path.push_str(cut.unwrap_or(key));
        length
    }

    fn unread(&mut self, why: &'static str) {
        if !self.unread.contains(&why) {
            self.unread.push(why);
        }
    }
}

/// What a value is, by the keys above it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// Nothing particular.
    Plain,
    /// A setting, with everything in it; the key that made it one stands here.
    Setting(u64),
    /// The name of what is called, or several of them; the key that made it one stands here.
    Called(u64),
    /// A component of a pipeline, when it is a list; its key stands here.
    Component(u64),
    /// A template, a list of templates, or templates by name.
    Template,
    /// A template with its name, in a list.
    Named,
    /// The name of a template.
    Name,
    /// The text of a template.
    Text,
}

/// A value that is read.
pub(super) struct Node<'c> {
    collector: &'c mut Collector,
    role: Role,
}

impl Node<'_> {
    /// The role of the value of `key`, which stands at `at`.
    fn below(&self, key: &str, at: u64) -> Role {
        match (self.role, key) {
            (Role::Setting(at), _) => return Role::Setting(at),
            (Role::Called(at), _) if !may_be_called(key) => return Role::Called(at),
            (Role::Named, "name") => return Role::Name,
            (Role::Named, "template") => return Role::Text,
            (Role::Template, _) => return Role::Template,
            _ => {}
        }
        let top = self.collector.depth;
        let scoped = match self.collector.scope {
            Scope::Modules => top == 2 && matches!(key, "type" | "path"),
            Scope::Pipeline if top == 1 => return Role::Component(at),
            Scope::Adapter => top == 1 && ADAPTER.contains(&key),
            Scope::Model => top == 1 && MODEL.contains(&key) || key == "factor",
            Scope::Pipeline | Scope::Any | Scope::Tokenizer => false,
        };
        let known = LENGTHS.contains(&key.len()) && KEYS.binary_search(&key).is_ok();
        if scoped || key.ends_with("_file") || known {
            Role::Setting(at)
        } else if key == "chat_template" {
            Role::Template
        } else if may_be_called(key) {
            Role::Called(at)
        } else {
            Role::Plain
        }
    }
}

fn embed(walk: &mut Walk<'_, '_>, name: Option<&str>, template: &str) {
    let plain = |name: &&str| name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
    let name = name.filter(|name| !name.is_empty() && name.len() < 64).filter(plain);
    let input = Input::bytes(template.as_bytes().to_vec());
    let queued = walk.visit.embed(&format!("{}.jinja", name.unwrap_or("chat_template")), input);
    if let Err(fault) = queued {
        walk.visit.incomplete(fault.to_string());
    }
}

impl<'de> Handle<'de> for Node<'_> {
    type Out = ();

    fn value(self, walk: &mut Walk<'_, '_>, value: Value<'de>) {
        let collector = self.collector;
        if let Value::Text(text) = &value {
            collector.objects.text(text);
        }
        match (self.role, value) {
            (Role::Setting(at), Value::Text(text)) => collector.setting(walk.visit, at, &text),
            (Role::Called(at), Value::Text(text)) if is_dotted(&text) => {
                collector.setting(walk.visit, at, &text);
            }
            (Role::Setting(at), Value::Truth(truth)) => {
                collector.setting(walk.visit, at, if truth { "true" } else { "false" });
            }
            (Role::Setting(at), Value::Number(number))
                if matches!(collector.scope, Scope::Adapter | Scope::Model) =>
            {
                collector.setting(walk.visit, at, &number.to_string());
            }
            (Role::Template, Value::Text(text)) => {
                let (_, key) = collector.path.rsplit_once('.').unwrap_or(("", &collector.path));
                let name = (key != "chat_template").then_some(key);
                embed(walk, name, &text);
            }
            (Role::Name, Value::Text(text)) => collector.template.0 = Some(name(&text)),
            (Role::Text, Value::Text(text)) => {
                // Of two texts with one key, a reader takes one.
                if let Some(before) = collector.template.1.replace(text.into_owned()) {
                    embed(walk, None, &before);
                }
            }
            _ => {}
        }
    }

    fn object<A: MapAccess<'de>>(
        self,
        walk: &mut Walk<'_, '_>,
        object: &mut Object<'de, A>,
    ) -> Result<(), A::Error> {
        let mut marks = Marks::default();
        self.collector.depth = self.collector.depth.saturating_add(1);
        let outer = std::mem::take(&mut self.collector.template);
        let mut begun = false;
        let mut words = 0_u64;
        while let Some(key) = object.key(walk)? {
            words = words.saturating_add(1);
            if !std::mem::replace(&mut begun, true) {
                self.collector.objects.begin(walk.position(&key));
            }
            self.collector.objects.enter(&key);
            marks.see(&key);
            let role = self.below(&key, walk.position(&key));
            let length = self.collector.enter(&key);
            object.value(walk, Node { collector: &mut *self.collector, role })?;
            self.collector.path.truncate(length);
        }
        if begun {
            self.collector.objects.end(walk.visit, &self.collector.path);
        }
        if self.collector.scope == Scope::Tokenizer && self.collector.path == "model.vocab" {
            walk.visit.fact(0, What::Vocabulary { words });
        }
        let (name, template) = std::mem::replace(&mut self.collector.template, outer);
        if let Some(template) = template {
            embed(walk, name.as_deref(), &template);
        }
        for why in marks.unread() {
            self.collector.unread(why);
        }
        self.collector.depth = self.collector.depth.saturating_sub(1);
        Ok(())
    }

    fn array<A: SeqAccess<'de>>(self, walk: &mut Walk<'_, '_>, array: &mut Array<A>) -> Result<(), A::Error> {
        let role = match self.role {
            Role::Component(at) => Role::Setting(at),
            Role::Template => Role::Named,
            other => other,
        };
        let numbered = matches!(role, Role::Setting(_));
        self.collector.depth = self.collector.depth.saturating_add(1);
        let under = self.collector.objects.key();
        let outer = self.collector.path.len();
        if !numbered {
            self.collector.enter("*");
        }
        for index in 0_u64.. {
            self.collector.objects.again(under);
            if numbered {
                self.collector.enter(&index.to_string());
            }
            let item = array.item(walk, Node { collector: &mut *self.collector, role })?;
            if numbered {
                self.collector.path.truncate(outer);
            }
            if item.is_none() {
                break;
            }
        }
        self.collector.path.truncate(outer);
        self.collector.depth = self.collector.depth.saturating_sub(1);
        Ok(())
    }
}

/// Keys of one object that together say what it is.
#[derive(Debug, Default)]
struct Marks(u16);

const MARKS: [&str; 8] =
    [":serialized:", "__class__", "__loader__", "__module__", "cells", "learner", "nbformat", "version"];

/// Objects that can carry code or a model, and are not read yet.
const UNREAD: [(&[&str], &str); 5] = [
    (&[":serialized:"], "the pickles in it are not read by this version"),
    (&["__class__", "__loader__"], "the skops objects in it are not read by this version"),
    (&["__class__", "__module__"], "the objects by name in it are not read by this version"),
    (&["cells", "nbformat"], "the cells of notebooks are not read by this version"),
    (&["learner", "version"], "the XGBoost model in it is not read by this version"),
];

impl Marks {
    fn see(&mut self, key: &str) {
        self.0 |= bit(key);
    }

    fn unread(&self) -> impl Iterator<Item = &'static str> {
        let Self(seen) = *self;
        UNREAD
            .iter()
            .filter(move |(keys, _)| keys.iter().all(|key| seen & bit(key) != 0))
            .map(|(_, why)| *why)
    }
}

fn bit(key: &str) -> u16 {
    // Most words of a vocabulary are none of them.
    if key.len() < 5 {
        return 0;
    }
    MARKS
        .iter()
        .position(|mark| *mark == key)
        .and_then(|index| 1_u16.checked_shl(u32::try_from(index).ok()?))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    #[test]
    fn keys_are_sorted() {
        assert!(super::KEYS.is_sorted());
        let lengths = || super::KEYS.iter().map(|key| key.len());
        assert_eq!(
            lengths().min().zip(lengths().max()),
            Some((*super::LENGTHS.start(), *super::LENGTHS.end()))
        );
    }
}
