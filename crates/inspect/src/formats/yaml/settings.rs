//! The way to each value of a document, and which of them are settings.

use weighbridge_domain::facts::What;

use crate::formats::json;
use crate::input::Input;
use crate::limits::Fault;
use crate::text;
use crate::walk::Visit;

/// Bytes kept of a value.
const VALUE_KEPT: usize = 4096;
/// Bytes kept of a key.
const KEY_KEPT: usize = 256;
/// Settings noted for one document.
const MOST: usize = 10_000;
/// How deeply the parser lets values be nested in blocks is its own affair; paths are noted to this depth.
const DEEPEST: usize = 64;

/// Keys that matter in YAML besides those that do in JSON.
const KEYS: [&str; 4] = ["base_model", "loader_module", "model_code_path", "python_model"];

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
    /// Settings where their own keys say so.
    #[default]
    ByKey,
    Settings,
    /// Settings if they could be names of objects.
    Called,
    Templates,
}

/// Follows a document and notes its settings.
#[derive(Debug)]
pub(super) struct Settings {
    keys: &'static [&'static str],
    steps: Vec<Step>,
    noted: usize,
}

impl Settings {
    /// Besides the keys that matter in every document, these do.
    pub(super) fn new(keys: &'static [&'static str]) -> Self {
        Self { keys, steps: Vec::new(), noted: 0 }
    }

    /// Another document begins.
    pub(super) fn restart(&mut self) {
        self.steps.clear();
    }

    /// What the value here is.
    fn here(&self) -> Below {
        match self.steps.last() {
            None => Below::ByKey,
            Some(top) if top.list || !matches!(top.below, Below::ByKey | Below::Called) => top.below,
            Some(top) if top.key == "chat_template" => Below::Templates,
            Some(top) => {
                let key = top.key.as_str();
                let matters = json::KEYS.binary_search(&key).is_ok()
                    || KEYS.contains(&key)
                    || self.keys.contains(&key)
                    || key.ends_with("_file");
                if matters {
                    Below::Settings
                } else if json::may_be_called(key) {
                    Below::Called
                } else {
                    Below::ByKey
                }
            }
        }
    }

    /// A mapping or list begins.
    pub(super) fn open(&mut self, list: bool) {
        let below = self.here();
        self.steps.push(Step { list, below, ..Step::default() });
    }

    /// A mapping or list ends; it was a value of what is around it.
    pub(super) fn close(&mut self) {
        self.steps.pop();
        self.behind_value();
    }

    /// A key of the innermost mapping.
    pub(super) fn set_key(&mut self, key: &str) {
        if let Some(step) = self.steps.last_mut() {
            step.key.clear();
            step.key.push_str(key.get(..key.floor_char_boundary(KEY_KEPT)).unwrap_or_default());
        }
    }

    pub(super) fn behind_value(&mut self) {
        if let Some(step) = self.steps.last_mut() {
            step.index = step.index.saturating_add(1);
        }
    }

    /// A text, which is noted if it matters.
    pub(super) fn value(&mut self, visit: &mut Visit<'_>, at: u64, value: &str) -> Result<(), Fault> {
        // Resolved when the settings are: the environment of whoever loads them.
        let resolved = value.contains("${oc.env:");
        match self.here() {
            Below::ByKey if !resolved => {}
            Below::Called if !resolved && !json::is_dotted(value) => {}
            Below::Templates => {
                visit.embed("chat_template.jinja", Input::bytes(value.as_bytes().to_vec()))?;
            }
            Below::ByKey | Below::Called | Below::Settings if self.noted < MOST => {
                self.noted = self.noted.saturating_add(1);
                let value = text::kept(value.as_bytes(), VALUE_KEPT);
                visit.fact(at, What::Setting { key: self.path(), value });
            }
            Below::ByKey | Below::Called | Below::Settings => {
                visit.incomplete(format!("only the first {MOST} settings were looked at"));
            }
        }
        self.behind_value();
        Ok(())
    }

    /// The keys and numbers from the outside to the value here.
    pub(super) fn path(&self) -> String {
        let mut path = String::new();
        for step in self.steps.iter().take(DEEPEST) {
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
