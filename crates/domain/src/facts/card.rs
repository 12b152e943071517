//! Facts about what a model card tells people.

use serde::Serialize;

/// What a model card tells.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Card {
    /// Each section that a reader looks for, in the order of [`Topic::ALL`].
    pub sections: Vec<Section>,
    /// Models that this one is made from, as written.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub base_models: Vec<String>,
    /// How: `finetune`, `adapter`, `quantized`, `merge`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relation: Option<String>,
    /// Data sets that it names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub datasets: Vec<String>,
    /// What hubs sort it by.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Addresses in it; bounded.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<String>,
    /// Results that it states.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<Metric>,
    /// Numbers of parameters that it states, as written and as numbers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<(String, u64)>,
    /// Lengths of context that it states, as written and in tokens.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub context: Vec<(String, u64)>,
}

/// A part of a card that a reader looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Section {
    /// What it is about.
    pub topic: Topic,
    /// Whether it is there.
    pub state: State,
    /// The first heading about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heading: Option<Heading>,
}

/// Where a heading stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Heading {
    /// Offset in the file.
    pub at: u64,
    /// Line in the file, counted from 1.
    pub line: u64,
}

/// What a section is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
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
    /// Under which terms it comes.
    Licence,
    /// Whom to ask.
    Contact,
}

impl Topic {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::IntendedUse, Self::Limits, Self::TrainingData, Self::Evaluation, Self::Licence, Self::Contact];

    /// The words in reports.
    pub const fn words(self) -> &'static str {
        match self {
            Self::IntendedUse => "intended use",
            Self::Limits => "limits",
            Self::TrainingData => "training data",
            Self::Evaluation => "evaluation",
            Self::Licence => "licence",
            Self::Contact => "contact",
        }
    }
}

/// Whether a section is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It says something.
    There,
    /// It has a heading, and behind it the words of a template, or hardly any.
    Vague,
    /// Nothing is about it.
    Missing,
}

/// A result that a card states.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Metric {
    /// What was measured.
    pub name: String,
    /// The result as written.
    pub value: String,
    /// On which data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dataset: Option<String>,
}
