//! What a rule has to say about a file.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::facts::Call;

/// How bad it would be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Poor hygiene.
    Low,
    /// A person has to look.
    Medium,
    /// A strong sign of an attack, or a reader would be confused.
    High,
    /// Code runs when the file is loaded, or a callable known to be dangerous is reached.
    Critical,
}

impl Severity {
    /// All severities, worst first.
    pub const ALL: [Self; 5] = [Self::Critical, Self::High, Self::Medium, Self::Low, Self::Info];

    /// The word used in reports and on the command line.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// How sure the rule is that it saw what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Might well be something ordinary.
    Low,
    /// Ordinary files rarely look like this.
    Medium,
    /// Read from the structure itself.
    High,
}

impl Confidence {
    /// The word used in reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A place in a text, as editors count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Position {
    /// The line, from 1.
    pub line: u64,
    /// The character of that line, from 1.
    pub column: u64,
}

/// Where something is: `path!member!member@offset`, or `path!member:line:column` in a text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Location {
    /// Path of the file as reported, with `/` between its parts.
    pub path: String,
    /// Path inside the file, `!` between nested containers; empty for the file itself.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub member: String,
    /// Byte offset inside the member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// The same place in a text.
    #[serde(default, flatten, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        if !self.member.is_empty() {
            write!(f, "!{}", self.member)?;
        }
        match (self.position, self.offset) {
            (Some(Position { line, column }), _) => write!(f, ":{line}:{column}"),
            (None, Some(offset)) => write!(f, "@{offset}"),
            (None, None) => Ok(()),
        }
    }
}

/// One thing that one rule found in one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Id of the rule.
    pub rule: String,
    /// How bad it would be.
    pub severity: Severity,
    /// How sure the rule is.
    pub confidence: Confidence,
    /// Where it is.
    pub location: Location,
    /// What it is, in one sentence.
    pub message: String,
    /// The hostile text or call as a person would read it; bounded, control characters escaped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excerpt: Option<String>,
    /// The call that would be made, as a tree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<Call>,
    /// Stays the same while the finding does: rule, path, member and message, not the offset.
    pub fingerprint: String,
}
