//! What an earlier report already said. A finding is known when the earlier report has one with the same fingerprint in
//! a file with the same digest: other bytes are a new matter, whatever they are called.

use std::collections::{HashMap, HashSet};
use std::fmt;

use serde::Deserialize;
use weighbridge_domain::{Digest, Location};

use crate::report::{Report, SCHEMA};

/// The findings of an earlier report.
#[derive(Debug)]
pub struct Baseline {
    known: HashSet<(String, Digest)>,
}

/// The text is not a report that this version reads.
#[derive(Debug)]
pub enum NotAReport {
    /// It is not JSON of that form.
    Form(serde_json::Error),
    /// It has another version.
    Schema(String),
}

impl fmt::Display for NotAReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form(error) => write!(f, "not a JSON report of a scan: {error}"),
            Self::Schema(schema) => write!(f, "its form is `{schema}`; this version reads `{SCHEMA}`"),
        }
    }
}

impl std::error::Error for NotAReport {}

/// What is read of a report.
#[derive(Deserialize)]
struct Earlier {
    schema: String,
    findings: Vec<EarlierFinding>,
    set_aside: Vec<EarlierAside>,
    files: Vec<EarlierFile>,
}

#[derive(Deserialize)]
struct EarlierAside {
    finding: EarlierFinding,
    by: String,
}

#[derive(Deserialize)]
struct EarlierFinding {
    fingerprint: String,
    location: Location,
}

#[derive(Deserialize)]
struct EarlierFile {
    path: String,
    sha256: Option<Digest>,
}

impl Baseline {
    /// Reads a report written by [`crate::report::json`].
    pub fn parse(text: &[u8]) -> Result<Self, NotAReport> {
        let earlier: Earlier = serde_json::from_slice(text).map_err(NotAReport::Form)?;
        let major = |schema: &str| schema.rsplit_once('.').map(|(major, _)| major.to_owned());
        if major(&earlier.schema) != major(SCHEMA) {
            return Err(NotAReport::Schema(earlier.schema));
        }
        let digests: HashMap<String, Digest> =
            earlier.files.into_iter().filter_map(|file| Some((file.path, file.sha256?))).collect();
        // What was ignored then is not known now: its ignore entry must still hold.
        let aside = earlier.set_aside.into_iter().filter(|aside| aside.by == "baseline");
        let findings = earlier.findings.into_iter().chain(aside.map(|aside| aside.finding));
        let known = findings
            .filter_map(|finding| Some((finding.fingerprint, *digests.get(&finding.location.path)?)))
            .collect();
        Ok(Self { known })
    }

    /// Sets aside what is known.
    pub fn apply(&self, report: &mut Report) {
        let digests = report.digests();
        report.set_aside(|finding| {
            let digest = *digests.get(&finding.location.path)?;
            self.known
                .contains(&(finding.fingerprint.clone(), digest))
                .then(|| ("baseline", "in the earlier report".to_owned()))
        });
    }
}
