//! Facts about templates.

use serde::Serialize;

/// A construct in a template that a rule may care about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "construct", rename_all = "kebab-case")]
pub enum Construct {
    /// `value.name`, `value["name"]` or a filter that does the same.
    Attribute {
        /// The name, when it is known without running the template.
        name: Option<String>,
        /// The expression as written, bounded.
        text: String,
    },
}
