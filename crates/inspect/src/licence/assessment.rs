//! Everything that says under which terms a model comes, each with what follows for an intended use.

use std::collections::BTreeSet;
use std::io::{self, Write};

use serde::Serialize;
use weighbridge_domain::facts::{LicenceSource, Nearest, What};

use super::evaluate::{Answer, Use, Verdict, evaluate};
use super::{Row, named, of_base_model, row, table};
use crate::report::Report;
use crate::rules::licence_conflict;
use crate::text;

/// Version of the JSON form; its first number changes when a field goes or changes its meaning.
pub const SCHEMA: &str = "weighbridge.licence/1.0";

/// What follows for a model or a licence.
#[derive(Debug, Serialize)]
pub struct Assessment {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// The day of the facts.
    pub as_of: &'static str,
    /// Always true: these are facts, not advice.
    pub not_legal_advice: bool,
    /// The use that was asked about.
    pub intended: Use,
    /// The strictest of what follows from the statements.
    pub answer: Answer,
    /// What is open about the whole.
    pub open: Vec<String>,
    /// The statements.
    pub statements: Vec<Statement>,
}

/// A statement with what follows from it.
#[derive(Debug, Serialize)]
pub struct Statement {
    /// Where it is stated; nothing when it was asked about by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<LicenceSource>,
    /// The file.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// As written.
    pub stated: String,
    /// The licence, when it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// For a text: how alike it is to its template, in thousandths.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub likeness: Option<u16>,
    /// For an unclear text: the nearest template and what differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nearest: Option<Nearest>,
    /// What the SPDX list says of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listed: Option<Listed>,
    /// What the table says of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terms: Option<&'static Row>,
    /// It counts for the answer. What manifests of packages say is about code.
    pub counts: bool,
    /// What follows.
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// What the SPDX list says of a licence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// Its id.
    pub id: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Approved by the Open Source Initiative.
    pub osi_approved: bool,
    /// Free by the Free Software Foundation.
    pub fsf_libre: bool,
    /// Its id is not to be used any more.
    pub deprecated: bool,
}

/// What the SPDX list says of a licence by our id or its own.
pub fn listed(id: &str) -> Option<Listed> {
    let id = row(id).map_or(Some(id), |row| row.spdx.as_deref())?;
    let known = spdx::license_id(id)?;
    Some(Listed {
        id: known.name,
        name: known.full_name,
        osi_approved: known.is_osi_approved(),
        fsf_libre: known.is_fsf_free_libre(),
        deprecated: known.is_deprecated(),
    })
}

/// What follows from a licence by its id, tag or name, or from the name of a well-known base model.
pub fn of_name(name: &str, intended: &Use) -> Option<Assessment> {
    let (source, id) = match named(name) {
        Some(id) => (None, id.into_owned()),
        None => (Some(LicenceSource::BaseModel), of_base_model(name)?.to_owned()),
    };
    let statement = Statement::new(source, String::new(), name.to_owned(), Some(id), intended);
    Some(Assessment::new(vec![statement], intended.clone(), Vec::new()))
}

/// What follows from a report with all facts.
pub fn of_report(report: &Report, intended: &Use) -> Assessment {
    let mut statements = Vec::new();
    let mut seen = BTreeSet::new();
    for file in &report.files {
        for fact in &file.facts {
            let What::Licence(licence) = &fact.what else { continue };
            let same = (licence.source, licence.id.clone(), licence.stated.clone(), &file.path);
            if !seen.insert(same) {
                continue;
            }
            let (stated, id) = (licence.stated.clone(), licence.id.clone());
            let mut statement = Statement::new(Some(licence.source), file.path.clone(), stated, id, intended);
            (statement.likeness, statement.nearest) = (licence.likeness, licence.nearest.clone());
            statements.push(statement);
        }
    }
    let mut open = Vec::new();
    if !statements.iter().any(|statement| statement.counts) {
        open.push("nothing says under which terms the model comes".to_owned());
    }
    // Whichever of them holds, nobody can say: `scan` tells the same.
    let conflicts = report.findings.iter().filter(|finding| finding.rule == licence_conflict::RULE.id);
    open.extend(conflicts.map(|conflict| format!("what is stated contradicts itself: {}", conflict.message)));
    let unread = report
        .not_inspected
        .iter()
        .filter(|missed| matches!(missed.format, Some("licence-text" | "model-card")));
    open.extend(unread.map(|missed| format!("`{}` was not inspected: {}", missed.path, missed.why)));
    Assessment::new(statements, intended.clone(), open)
}

impl Assessment {
    fn new(mut statements: Vec<Statement>, intended: Use, open: Vec<String>) -> Self {
        statements.sort_by_key(|statement| (!statement.counts, std::cmp::Reverse(statement.verdict.answer)));
        let counting = statements.iter().filter(|statement| statement.counts);
        let strictest = counting.map(|statement| statement.verdict.answer).max();
        let least = if open.is_empty() { Answer::Allow } else { Answer::NeedsCounsel };
        let answer = strictest.unwrap_or(Answer::NeedsCounsel).max(least);
        let as_of = table().as_of.as_str();
        Self { schema: SCHEMA, as_of, not_legal_advice: true, intended, answer, open, statements }
    }

    /// Writes it as JSON.
    pub fn json(&self, out: &mut dyn Write) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut *out, self)?;
        writeln!(out)
    }

    /// 0 allow, 1 refuse, 3 needs counsel.
    pub const fn exit_code(&self) -> u8 {
        match self.answer {
            Answer::Allow => 0,
            Answer::Refuse => 1,
            Answer::NeedsCounsel => 3,
        }
    }
}

impl Statement {
    fn new(
        source: Option<LicenceSource>,
        path: String,
        stated: String,
        id: Option<String>,
        intended: &Use,
    ) -> Self {
        let terms = id.as_deref().and_then(row);
        let listed = id.as_deref().and_then(listed);
        let verdict = match (terms, &id, source) {
            (Some(row), ..) => evaluate(row, intended),
            (None, Some(id), _) => Verdict::open(format!(
                "`{}` is on the SPDX list, and not in the table of terms",
                text::shown(id, 80)
            )),
            (None, None, Some(LicenceSource::BaseModel)) => {
                Verdict::open("the terms of this base model are not known by its name")
            }
            (None, None, Some(LicenceSource::Text)) => {
                Verdict::open("the text is none that is known: somebody has to read it")
            }
            (None, None, _) => Verdict::open("no licence of this name is known: find its text"),
        };
        let counts = source != Some(LicenceSource::Manifest);
        Self { source, path, stated, id, likeness: None, nearest: None, listed, terms, counts, verdict }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_licences_and_of_base_models_are_found() {
        let intended = Use { commercial: true, ..Use::default() };
        let codes = |name| of_name(name, &intended).map(|assessment| assessment.exit_code());
        assert_eq!(codes("apache-2.0"), Some(0));
        assert_eq!(codes("CC-BY-NC-4.0"), Some(1));
        assert_eq!(codes("other"), Some(3));
        assert_eq!(codes("0BSD"), Some(3));
        assert_eq!(codes("black-forest-labs/FLUX.1-dev"), Some(1));
        assert_eq!(codes("nobody/nothing"), None);
    }

    #[test]
    fn the_list_says_who_approved_it() {
        let flags = |id| listed(id).map(|listed| (listed.osi_approved, listed.fsf_libre));
        assert_eq!(flags("apache-2.0"), Some((true, true)));
        assert_eq!(flags("wtfpl"), Some((false, true)));
        assert_eq!(flags("llama2"), None);
    }
}
