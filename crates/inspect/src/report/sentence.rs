//! The answer as people read it first.

use std::fmt::Write as _;

use weighbridge_domain::{Finding, Severity};

use super::{Answer, Report};
use crate::rules::{self, Light};
use crate::text;

impl Report {
    /// What the answer means, in one or two sentences for people; no reader has to look further down to learn that something
    /// was set aside.
    pub fn sentence(&self) -> String {
        let aside = self.told_aside();
        let apart = if aside.is_empty() { String::new() } else { format!(", apart from {aside}") };
        let besides = if aside.is_empty() { String::new() } else { format!(" This is apart from {aside}.") };
        let acts = |finding: &&Finding| {
            finding.severity == Severity::Critical
                && rules::find(&finding.rule).is_none_or(|rule| rule.light == Light::Content)
        };
        match self.answer {
            Answer::Stop if self.findings.iter().any(|finding| acts(&finding)) => {
                format!(
                    "Do not load this: it could run a program on your computer when it is opened.{besides}"
                )
            }
            Answer::Stop if self.worst() == Some(Severity::Critical) => {
                format!(
                    "Do not load this: it could reach beyond its own files when it is opened or unpacked.{besides}"
                )
            }
            Answer::Stop => {
                format!("Do not load this: what was found would act, or would mislead its reader.{besides}")
            }
            Answer::Review => {
                format!("Do not load this before a person has looked at what was found.{besides}")
            }
            Answer::Incomplete => {
                format!("Not everything was looked at. In the rest, nothing above low was found{apart}.")
            }
            Answer::Unremarkable => {
                let ruleset = &self.tool.ruleset;
                format!("Everything was looked at. Nothing above low was found by ruleset {ruleset}{apart}.")
            }
        }
    }

    /// `3 findings set aside (1 critical, 2 low)`; empty when nothing was.
    fn told_aside(&self) -> String {
        let mut counts = String::new();
        for severity in Severity::ALL {
            let count = self.set_aside.iter().filter(|aside| aside.finding.severity == severity).count();
            if count > 0 {
                let comma = if counts.is_empty() { "" } else { ", " };
                let _ = write!(counts, "{comma}{count} {severity}");
            }
        }
        match self.set_aside.len() as u64 {
            0 => String::new(),
            count => format!("{} set aside ({counts})", text::count(count, "finding")),
        }
    }
}
