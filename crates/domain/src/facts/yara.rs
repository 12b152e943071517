//! Facts about rules of YARA that whoever scans brought along.

use serde::Serialize;

use crate::finding::Severity;

/// A rule of YARA matches the bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleMatch {
    /// Its name.
    pub rule: String,
    /// Its namespace: the name of the file it is in.
    pub namespace: String,
    /// Its tags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// What its author says of it, bounded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// How bad its author says it is, when that is one of our words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
}
