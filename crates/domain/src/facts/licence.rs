//! Facts about the terms that a model and its parts come under.

use serde::Serialize;

/// A statement of terms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Licence {
    /// Where it is stated.
    pub source: LicenceSource,
    /// The licence by the id of our table or of the SPDX list; `None` when it is neither.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// As written: the tag, the title, the name; bounded.
    pub stated: String,
    /// For a text: how alike it is to the nearest template, in thousandths.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub likeness: Option<u16>,
    /// For a text that is not quite a template: the nearest one and what differs, bounded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nearest: Option<Nearest>,
    /// For a text that is none that is known and grants nothing: the sentence that keeps the rights back, bounded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withholds: Option<String>,
}

/// Where terms are stated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LicenceSource {
    /// The model card's own field.
    Card,
    /// A text of its own: `LICENSE`, `NOTICE`, `USE_POLICY`.
    Text,
    /// Metadata inside weights.
    Metadata,
    /// A package's or project's manifest, or a line that names a licence in source text.
    Manifest,
    /// The name of a model that this one is made from.
    BaseModel,
}

/// The template that a text comes nearest to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Nearest {
    /// Its id.
    pub id: String,
    /// Lines that differ: `-` of the template, `+` of the text.
    pub difference: Vec<String>,
}
