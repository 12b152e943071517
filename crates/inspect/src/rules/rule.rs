//! What a rule is made of.

use std::collections::BTreeMap;

use weighbridge_domain::{Confidence, Severity};

use super::Findings;
use crate::facts::Facts;
use crate::samples::File;

/// One thing that can be wrong with a file.
pub struct Rule {
    /// A noun phrase that names what is wrong, in kebab case; the name of its file and its anchor in the documentation.
    pub id: &'static str,
    /// How bad it is at worst; a finding may be milder where [`Rule::why`] says so.
    pub severity: Severity,
    /// How sure it is at best.
    pub confidence: Confidence,
    /// Which of the lights of the report it lights.
    pub light: Light,
    /// Version it came with.
    pub since: &'static str,
    /// What it finds, in one sentence.
    pub summary: &'static str,
    /// Why it matters, in Markdown.
    pub why: &'static str,
    /// What to do about it, in Markdown.
    pub advice: &'static str,
    /// `CWE-…`, `CVE-…`, `GHSA-…`, `AML.…` (ATLAS) ids.
    pub references: &'static [&'static str],
    /// Files that it must and must not fire on; every technique stands beside its harmless twin.
    pub examples: &'static [Example],
    /// Finds it.
    pub check: Check,
}

/// What a rule looks at.
#[derive(Clone, Copy)]
pub enum Check {
    /// One file and everything inside it.
    File(fn(&Facts, &mut Findings<'_>)),
    /// The same, of which there are facts only when a scan is asked to read the numbers in tensors.
    Weights(fn(&Facts, &mut Findings<'_>)),
    /// The same, of which there are facts only when rules of YARA are brought along.
    Yara(fn(&Facts, &mut Findings<'_>)),
    /// All files of a folder, with their names.
    Folder(fn(&[(&str, &Facts)], &mut Findings<'_>)),
    /// All files of a scan, with their paths.
    Scan(fn(&BTreeMap<&str, &Facts>, &mut Findings<'_>)),
}

/// One of the lights of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Light {
    /// Is the file well formed, and of the kind that its name says?
    Format,
    /// Is there something in it that would act?
    Content,
}

/// Files, and the exact set of rules that fire on them.
pub struct Example {
    /// What it shows, as a file name without ending.
    pub name: &'static str,
    /// Builds the files.
    pub files: fn() -> Vec<File>,
    /// Ids of all rules that fire, in alphabetical order; empty for a twin that must be silent.
    pub fires: &'static [&'static str],
}

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id)
    }
}
