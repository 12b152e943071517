//! Findings that somebody has looked at: an ignore file names a rule, the digest of the file, a reason and a last day.
//!
//! ```toml
//! [[ignore]]
//! rule = "pickle-unknown-import"
//! digest = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
//! member = "archive/data.pkl"   # only this part of the file; may be left out
//! reason = "our own class; read by two people"
//! expires = 2027-01-31
//! ```
//!
//! A digest, not a name: other bytes under the same name are reported. Behind its last day an entry no longer counts.

use std::fmt;
use std::ops::Range;

use jiff::civil::Date;
use serde::Deserialize;
use toml::Spanned;
use weighbridge_domain::{Digest, Finding};

use crate::report::Report;
use crate::rules;

/// What an ignore file says.
#[derive(Debug, Default)]
pub struct Ignores {
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    rule: &'static str,
    digest: Digest,
    member: Option<String>,
    reason: String,
    expires: Date,
}

/// Why an ignore file cannot be used, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    /// Line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub message: String,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for Malformed {}

/// The file as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    ignore: Vec<WrittenEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenEntry {
    rule: Spanned<String>,
    digest: Spanned<String>,
    member: Option<String>,
    reason: Spanned<String>,
    expires: Spanned<toml::Value>,
}

impl Ignores {
    /// Reads the text of an ignore file.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let malformed = |span: Option<Range<usize>>, message: String| {
            let before = text.get(..span.map_or(0, |span| span.start)).unwrap_or(text);
            Malformed { line: before.matches('\n').count().saturating_add(1), message }
        };
        let written: Written =
            toml::from_str(text).map_err(|error| malformed(error.span(), error.message().to_owned()))?;
        let mut entries = Vec::new();
        for entry in written.ignore {
            let rule = rules::find(entry.rule.get_ref()).ok_or_else(|| {
                malformed(Some(entry.rule.span()), rules::no_such_rule(entry.rule.get_ref()))
            })?;
            let digest = entry
                .digest
                .get_ref()
                .parse()
                .map_err(|error| malformed(Some(entry.digest.span()), format!("`digest`: {error}")))?;
            if entry.reason.get_ref().trim().is_empty() {
                return Err(malformed(Some(entry.reason.span()), "`reason` is empty".to_owned()));
            }
            let expires = date(entry.expires.get_ref()).ok_or_else(|| {
                malformed(Some(entry.expires.span()), "`expires` is not a date such as 2027-01-31".to_owned())
            })?;
            let reason = entry.reason.into_inner();
            entries.push(Entry { rule: rule.id, digest, member: entry.member, reason, expires });
        }
        Ok(Self { entries })
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// There are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Sets aside what an entry names; what an expired one names stays, and a note says so.
    pub fn apply(&self, report: &mut Report, today: Date) {
        let mut notes = Vec::new();
        let digests = report.digests();
        report.set_aside(|finding| {
            let named = |entry: &&Entry| entry.names(finding, digests.get(&finding.location.path));
            let mut candidates: Vec<&Entry> = self.entries.iter().filter(named).collect();
            candidates.sort_by_key(|entry| std::cmp::Reverse(entry.expires));
            let entry = candidates.first()?;
            if entry.expires >= today {
                return Some(("ignored", format!("{} (until {})", entry.reason, entry.expires)));
            }
            let note = format!(
                "`{}` in `{}` was ignored until {} ({}); it is reported again",
                entry.rule, finding.location.path, entry.expires, entry.reason
            );
            if !notes.contains(&note) {
                notes.push(note);
            }
            None
        });
        report.notes.append(&mut notes);
    }
}

impl Entry {
    fn names(&self, finding: &Finding, digest: Option<&Digest>) -> bool {
        self.rule == finding.rule
            && Some(&self.digest) == digest
            && self.member.as_ref().is_none_or(|member| *member == finding.location.member)
    }
}

/// `2027-01-31`, with or without quotes.
fn date(value: &toml::Value) -> Option<Date> {
    match value {
        toml::Value::Datetime(value) if value.time.is_none() => value.to_string().parse().ok(),
        toml::Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        Ignores::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn says_in_which_line_a_mistake_is() {
        assert_eq!(Ignores::parse("").unwrap().len(), 0);
        assert_eq!(refused("# a remark\n[[ignore]\n"), "line 2: unclosed array table, expected `]`");
        assert_eq!(refused("\n[[ignore]]\nrule = \"x\"\n"), "line 2: missing field `digest`");
        assert_eq!(refused("[[ignore]]\nrule = 1\n"), "line 2: invalid type: integer `1`, expected a string");
        let unknown = refused("[[ignore]]\nuntil = 2027-01-31\n");
        assert!(unknown.starts_with("line 2: unknown field `until`"), "{unknown}");
        let rule = "\n\n[[ignore]]\nrule = \"no-such-thing\"\ndigest = \"\"\nreason = \"\"\nexpires = 1\n";
        assert!(refused(rule).starts_with("line 4: no rule is called `no-such-thing`"), "{}", refused(rule));
    }

    #[test]
    fn takes_dates_with_and_without_quotes() {
        let value = |text: &str| toml::from_str::<toml::Table>(&format!("d = {text}")).unwrap()["d"].clone();
        assert_eq!(date(&value("2027-01-31")), Some(Date::constant(2027, 1, 31)));
        assert_eq!(date(&value("\"2027-01-31\"")), Some(Date::constant(2027, 1, 31)));
        assert_eq!(date(&value("2027-01-31T00:00:00Z")), None);
        assert_eq!(date(&value("\"soon\"")), None);
    }
}
