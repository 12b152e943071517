//! Keys of configuration files that can matter, in JSON and YAML alike, and the way to them.

use weighbridge_domain::facts::What;

use crate::input::Input;
use crate::limits::Fault;
use crate::text;
use crate::walk::Visit;

/// Bytes kept of a value.
const LONGEST: usize = 1024;
/// Settings noted for one document.
const MOST: usize = 10_000;

/// Keys whose value names code, a class, a place or a repository. Sorted.
const KEYS: &[&str] = &[
    "_attn_implementation",
    "_attn_implementation_internal",
    "_class_name",
    "_target_",
    "activation_fn",
    "activation_function",
    "architectures",
    "attn_implementation",
    "base_model",
    "base_model_class",
    "class_path",
    "custom_generate",
    "custom_pipeline",
    "experts_implementation",
    "feature_extractor_type",
    "image_processor_type",
    "kernel",
    "library_name",
    "loader_module",
    "model_code_path",
    "model_type",
    "parent_library",
    "peft_type",
    "processor_class",
    "py_object",
    "python_model",
    "quant_method",
    "sbert_ce_default_activation_function",
    "tokenizer_class",
    "trust_remote_code",
    "video_processor_type",
];

/// Keys below which every text matters. Sorted.
const TREES: &[&str] = &["auto_map", "auto_mapping", "custom_pipelines"];

/// What a format looks for besides.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Profile {
    /// Further keys whose texts matter.
    pub(super) keys: &'static [&'static str],
    /// Keys at the outside below which nothing is looked for: vocabularies.
    pub(super) skip: &'static [&'static str],
    /// The texts of lists at the outside matter: `[library, class]`.
    pub(super) pairs: bool,
}

/// A step on the way to a value.
#[derive(Debug, Default)]
struct Step {
    key: String,
    /// In a list: the number of the value.
    index: u64,
    list: bool,
    below: Below,
}

/// What texts below a step are.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Below {
    /// They matter by their own keys.
    #[default]
    ByKey,
    /// All of them matter.
    Tree,
    /// Chat templates.
    Templates,
    /// Words of a vocabulary.
    Skipped,
}

/// Follows a document and notes its settings.
#[derive(Debug)]
pub(super) struct Settings {
    profile: Profile,
    steps: Vec<Step>,
    depth: usize,
    noted: usize,
    templates: usize,
}

impl Settings {
    pub(super) fn new(profile: Profile) -> Self {
        Self { profile, steps: Vec::new(), depth: 0, noted: 0, templates: 0 }
    }

    /// Another document begins.
    pub(super) fn restart(&mut self) {
        self.depth = 0;
    }

    fn top(&self) -> Option<&Step> {
        self.steps.get(self.depth.checked_sub(1)?)
    }

    fn top_mut(&mut self) -> Option<&mut Step> {
        self.steps.get_mut(self.depth.checked_sub(1)?)
    }

    /// An object or list begins.
    pub(super) fn open(&mut self, list: bool) {
        let below = match self.top() {
            Some(top) if top.below != Below::ByKey || top.list => top.below,
            Some(top) if self.depth == 1 && self.profile.skip.contains(&top.key.as_str()) => Below::Skipped,
            Some(top) if TREES.binary_search(&top.key.as_str()).is_ok() => Below::Tree,
            Some(top) if top.key == "chat_template" => Below::Templates,
            _ => Below::ByKey,
        };
        self.depth = self.depth.saturating_add(1);
        if self.steps.len() < self.depth {
            self.steps.push(Step::default());
        }
        if let Some(step) = self.top_mut() {
            step.key.clear();
            (step.index, step.list, step.below) = (0, list, below);
        }
    }

    /// An object or list ends; it was a value of what is around it.
    pub(super) fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        self.behind_value();
    }

    /// A key of the innermost object.
    pub(super) fn set_key(&mut self, key: &[u8]) {
        if let Some(step) = self.top_mut() {
            step.key.clear();
            match std::str::from_utf8(key) {
                Ok(key) if key.len() <= 200 => step.key.push_str(key),
                _ => step.key.push_str(&text::kept(key, 200)),
            }
        }
    }

    fn behind_value(&mut self) {
        if let Some(step) = self.top_mut() {
            step.index = step.index.saturating_add(1);
        }
    }

    /// Whether a text here matters.
    fn wants(&self) -> bool {
        let Some(top) = self.top() else { return false };
        match top.below {
            Below::Skipped => false,
            Below::Tree | Below::Templates => true,
            Below::ByKey => self.matters(self.name(), top.list) || (!top.list && top.key == "chat_template"),
        }
    }

    fn matters(&self, key: &str, list: bool) -> bool {
        KEYS.binary_search(&key).is_ok()
            || key.ends_with("_file")
            || key.ends_with("name_or_path")
            || self.profile.keys.contains(&key)
            || (self.profile.pairs && list && self.depth == 2)
    }

    /// The key that the value here belongs to: that of the list, for an item of a list.
    fn name(&self) -> &str {
        let keys = self.steps.get(..self.depth).unwrap_or_default();
        keys.iter().rev().find(|step| !step.list).map_or("", |step| step.key.as_str())
    }

    /// A value that is no object or list: notes it if it matters.
    pub(super) fn value(
        &mut self,
        visit: &mut Visit<'_>,
        at: u64,
        value: &[u8],
        cut: bool,
    ) -> Result<(), Fault> {
        if self.wants() {
            self.note(visit, at, value, cut)?;
        }
        self.behind_value();
        Ok(())
    }

    /// A value that cannot matter.
    pub(super) fn skip_value(&mut self) {
        self.behind_value();
    }

    fn note(&mut self, visit: &mut Visit<'_>, at: u64, value: &[u8], cut: bool) -> Result<(), Fault> {
        let Some(top) = self.top() else { return Ok(()) };
        let is_template = if top.below == Below::Templates {
            top.key != "name"
        } else {
            !top.list && top.key == "chat_template"
        };
        if is_template {
            self.templates = self.templates.saturating_add(1);
            let member = match self.templates {
                1 => "chat_template.jinja".to_owned(),
                number => format!("chat_template-{number}.jinja"),
            };
            if cut {
                visit.incomplete("a chat template is too long to be read whole");
            }
            return visit.embed(&member, Input::bytes(value.to_vec()));
        }
        if self.noted >= MOST {
            if self.noted == MOST {
                visit.incomplete(format!("only the first {MOST} settings were noted"));
            }
            self.noted = MOST.saturating_add(1);
            return Ok(());
        }
        self.noted = self.noted.saturating_add(1);
        let key = self.path();
        visit.fact(at, What::Setting { key, value: text::kept(value, LONGEST) });
        Ok(())
    }

    /// The keys and numbers from the outside to the value here.
    pub(super) fn path(&self) -> String {
        let mut path = String::new();
        for step in self.steps.get(..self.depth).unwrap_or_default() {
            if !path.is_empty() {
                path.push('.');
            }
            if step.list {
                path.push_str(&step.index.to_string());
            } else {
                path.push_str(&step.key);
            }
        }
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_sorted_for_the_search() {
        assert!(KEYS.is_sorted() && TREES.is_sorted());
    }
}
