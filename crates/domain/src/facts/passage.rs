//! Facts about what a model card tells people in its own words.

use serde::Serialize;

use super::card::Topic;

/// What stands below a heading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Passage {
    /// What it is about, by its heading.
    pub topic: Topic,
    /// The text, bounded.
    pub text: String,
}
