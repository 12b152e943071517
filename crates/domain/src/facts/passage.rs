//! Facts about what a model card tells people in its own words.

use serde::Serialize;

/// What stands below a heading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Passage {
    /// What it is about, by its heading.
    pub topic: Topic,
    /// The text, bounded.
    pub text: String,
}

/// What a passage is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Topic {
    /// What the model is for.
    IntendedUse,
    /// What it is not for, and where it fails.
    Limits,
    /// What it was trained on.
    TrainingData,
    /// How well it does.
    Evaluation,
}

impl Topic {
    /// The word in documents.
    pub const fn word(self) -> &'static str {
        match self {
            Self::IntendedUse => "intended-use",
            Self::Limits => "limits",
            Self::TrainingData => "training-data",
            Self::Evaluation => "evaluation",
        }
    }
}
