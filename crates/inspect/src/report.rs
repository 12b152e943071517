//! What a scan says: the files, the findings, what was not looked at, and one word. Written as JSON, SARIF, HTML and
//! JUnit by the modules below.

pub mod diff;
mod groups;
pub mod html;
pub mod json;
pub mod junit;
pub mod sarif;
mod sentence;

use std::collections::HashMap;

use serde::Serialize;
use weighbridge_domain::facts::{Coverage, Fact, Reading};
use weighbridge_domain::{Digest, Finding, Location, Severity};

pub use self::groups::{Group, Missed, grouped, missed};
use crate::bill::Sheet;
use crate::rules::{self, Light};
use crate::secrets::Known;
use crate::text;

/// Version of the JSON form of [`Report`]; its first number changes when a field goes or changes its meaning.
pub const SCHEMA: &str = "weighbridge.scan/1.0";

/// What a scan found.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Version of this form.
    pub schema: &'static str,
    /// The paths as they were asked for, fit to be shown: only pages say them, for they may name a person or a machine.
    #[serde(skip)]
    pub asked: Vec<String>,
    /// What made it.
    pub tool: Tool,
    /// The answer in one word.
    pub answer: Answer,
    /// The answer in three lights.
    pub lights: Lights,
    /// Counts over everything.
    pub totals: Totals,
    /// Why, worst first: one line a rule.
    pub reasons: Vec<Reason>,
    /// Every finding that counts, worst first, then by path.
    pub findings: Vec<Finding>,
    /// Findings that an ignore entry or the baseline explains.
    pub set_aside: Vec<SetAside>,
    /// What was not, or not wholly, looked at, and why.
    pub not_inspected: Vec<NotInspected>,
    /// Remarks on the scan itself.
    pub notes: Vec<String>,
    /// Paths that were left out, as asked for; the notes say so.
    #[serde(skip)]
    pub excluded: u64,
    /// Every file.
    pub files: Vec<FileReport>,
    /// The secrets that were found: whoever writes anything of this takes them out.
    #[serde(skip)]
    pub known: Known,
}

/// On what terms a scan passes.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// Findings of this severity and above do not pass.
    pub threshold: Severity,
    /// What was not inspected passes.
    pub allow_incomplete: bool,
}

impl Default for Terms {
    fn default() -> Self {
        Self { threshold: Severity::Medium, allow_incomplete: false }
    }
}

impl Terms {
    /// 0: everything was inspected and nothing is at the threshold. 1: something is. 2: something was not inspected, or
    /// there was nothing to inspect at all.
    pub fn exit_code(self, report: &Report) -> u8 {
        if report.findings.iter().any(|finding| finding.severity >= self.threshold) {
            1
        } else if report.files.is_empty() {
            2
        } else if self.allow_incomplete || report.not_inspected.is_empty() {
            0
        } else {
            2
        }
    }

    /// What the exit code says about the report, in words.
    pub fn meaning(self, report: &Report) -> String {
        let threshold = self.threshold;
        match self.exit_code(report) {
            0 if report.not_inspected.is_empty() => {
                format!("all inspected, nothing at {threshold} or above")
            }
            0 => format!("nothing at {threshold} or above; parts not inspected are allowed"),
            1 => format!("findings at {threshold} or above"),
            _ => "something was not inspected".to_owned(),
        }
    }
}

/// What made a report.
#[derive(Debug, Clone, Serialize)]
pub struct Tool {
    /// `weighbridge`.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// Names the set of rules: changes when a rule is added or changes its severity.
    pub ruleset: String,
}

/// The answer in one word. Never "clean", never "safe".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// A finding is high or critical.
    Stop,
    /// A person has to look: a finding is medium.
    Review,
    /// Nothing above low was found, but not everything was looked at.
    Incomplete,
    /// Everything was looked at and nothing above low was found by this set of rules.
    Unremarkable,
}

impl Answer {
    /// The word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Review => "review",
            Self::Incomplete => "incomplete",
            Self::Unremarkable => "unremarkable",
        }
    }
}

/// Origin, format and content, each on its own.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Lights {
    /// Where it comes from: a scan of files does not ask.
    pub origin: State,
    /// Whether the files are well formed and of the kind that their names say.
    pub format: State,
    /// Whether something in them would act.
    pub content: State,
}

impl Lights {
    /// Each light with its name.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, State)> {
        [("origin", self.origin), ("format", self.format), ("content", self.content)].into_iter()
    }
}

/// The state of a light.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// The question was not asked.
    NotAsked,
    /// Nothing above low was found.
    NothingFound,
    /// Nothing above low was found in what was looked at.
    Incomplete,
    /// A person has to look.
    Review,
    /// High or critical.
    Stop,
}

impl State {
    /// The words.
    pub const fn word(self) -> &'static str {
        match self {
            Self::NotAsked => "not asked",
            Self::NothingFound => "nothing found",
            Self::Incomplete => "incomplete",
            Self::Review => "review",
            Self::Stop => "stop",
        }
    }
}

/// Reasons that are shown to people at first sight.
pub const MOST_REASONS: usize = 5;

/// Counts over everything.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Totals {
    /// Files seen.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Parts inspected: files, and members of archives at any depth.
    pub parts: u64,
    /// Findings of each severity.
    pub critical: u64,
    /// Findings of each severity.
    pub high: u64,
    /// Findings of each severity.
    pub medium: u64,
    /// Findings of each severity.
    pub low: u64,
    /// Findings of each severity.
    pub info: u64,
    /// Parts that were not, or not wholly, looked at.
    pub not_inspected: u64,
}

impl Totals {
    /// How many findings of each severity there are, worst first; empty when there are none.
    pub fn found(&self) -> String {
        let counts = [self.critical, self.high, self.medium, self.low, self.info];
        let counts = counts.into_iter().zip(Severity::ALL).filter(|(count, _)| *count > 0);
        counts.map(|(count, severity)| format!("{count} {severity}")).collect::<Vec<_>>().join(", ")
    }
}

/// All findings of one rule, in one line.
#[derive(Debug, Clone, Serialize)]
pub struct Reason {
    /// The rule.
    pub rule: String,
    /// The worst severity among them.
    pub severity: Severity,
    /// How many.
    pub count: u64,
    /// What the rule finds.
    pub summary: String,
    /// The first of them, as `path!member@offset`, or `path!member:line:column` in a text.
    pub first: String,
}

/// A finding that does not count, and why.
#[derive(Debug, Clone, Serialize)]
pub struct SetAside {
    /// The finding.
    pub finding: Finding,
    /// `ignored` or `baseline`.
    pub by: &'static str,
    /// The reason given.
    pub reason: String,
}

/// A part that was not, or not wholly, looked at.
#[derive(Debug, Clone, Serialize)]
pub struct NotInspected {
    /// The file.
    pub path: String,
    /// The part of it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub member: String,
    /// What it was recognised as.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<&'static str>,
    /// Why.
    pub why: String,
}

impl NotInspected {
    /// `path!member`.
    pub fn place(&self) -> Location {
        let (path, member) = (self.path.clone(), self.member.clone());
        Location { path, member, offset: None, position: None }
    }
}

/// One file.
#[derive(Debug, Clone, Serialize)]
pub struct FileReport {
    /// Its path below what was asked for, with `/` between its parts; escaped where it is not UTF-8.
    pub path: String,
    /// Its length in bytes.
    pub size: u64,
    /// Its digest; absent when it could not be read or digests were switched off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Digest>,
    /// Ids of the formats that its bytes are.
    pub formats: Vec<&'static str>,
    /// `inspected`, `inert`, or `not-inspected` when any part of it was not.
    pub coverage: &'static str,
    /// Everything inside it: members at any depth; bounded.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Reading>,
    /// Everything observed; only when asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<Fact>,
    /// What a bill of material is made from; only when asked for.
    #[serde(skip)]
    pub sheet: Option<Box<Sheet>>,
}

impl Report {
    /// Puts a report together from what the scan collected.
    pub(crate) fn new(
        mut files: Vec<FileReport>,
        mut findings: Vec<Finding>,
        mut not_inspected: Vec<NotInspected>,
        notes: Vec<String>,
        parts: u64,
    ) -> Self {
        files.sort_by(|a, b| a.path.cmp(&b.path));
        findings.sort_by(worst_first);
        not_inspected.sort_by(|a, b| (&a.path, &a.member).cmp(&(&b.path, &b.member)));
        let mut report = Self {
            schema: SCHEMA,
            asked: Vec::new(),
            tool: Tool { name: "weighbridge", version: env!("CARGO_PKG_VERSION"), ruleset: ruleset() },
            answer: Answer::Unremarkable,
            lights: Lights {
                origin: State::NotAsked,
                format: State::NothingFound,
                content: State::NothingFound,
            },
            totals: Totals {
                files: files.len() as u64,
                bytes: files.iter().map(|file| file.size).sum(),
                parts,
                ..Totals::default()
            },
            reasons: Vec::new(),
            findings,
            set_aside: Vec::new(),
            not_inspected,
            notes,
            excluded: 0,
            files,
            known: Known::default(),
        };
        report.conclude();
        report
    }

    /// Sets findings aside: `explain` gives who did and why.
    pub fn set_aside(&mut self, mut explain: impl FnMut(&Finding) -> Option<(&'static str, String)>) {
        for finding in std::mem::take(&mut self.findings) {
            match explain(&finding) {
                Some((by, reason)) => self.set_aside.push(SetAside { finding, by, reason }),
                None => self.findings.push(finding),
            }
        }
        self.set_aside.sort_by(|a, b| worst_first(&a.finding, &b.finding));
        self.conclude();
    }

    /// The digests of the files, where they are known.
    pub(crate) fn digests(&self) -> HashMap<String, Digest> {
        self.files.iter().filter_map(|file| Some((file.path.clone(), file.sha256?))).collect()
    }

    /// The worst severity found.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }

    /// Derives the answer, the lights, the counts and the reasons from the findings.
    fn conclude(&mut self) {
        let incomplete = !self.not_inspected.is_empty();
        let count =
            |severity| self.findings.iter().filter(|finding| finding.severity == severity).count() as u64;
        self.totals = Totals {
            critical: count(Severity::Critical),
            high: count(Severity::High),
            medium: count(Severity::Medium),
            low: count(Severity::Low),
            info: count(Severity::Info),
            not_inspected: self.not_inspected.len() as u64,
            ..self.totals
        };
        let state = |light: Light| {
            let findings = self.findings.iter();
            let worst = findings
                .filter(|finding| rules::find(&finding.rule).is_none_or(|rule| rule.light == light))
                .map(|finding| finding.severity)
                .max();
            match worst {
                Some(Severity::Critical | Severity::High) => State::Stop,
                Some(Severity::Medium) => State::Review,
                _ if incomplete => State::Incomplete,
                _ => State::NothingFound,
            }
        };
        self.lights =
            Lights { origin: State::NotAsked, format: state(Light::Format), content: state(Light::Content) };
        self.answer = match self.worst() {
            Some(Severity::Critical | Severity::High) => Answer::Stop,
            Some(Severity::Medium) => Answer::Review,
            _ if incomplete => Answer::Incomplete,
            _ => Answer::Unremarkable,
        };
        self.reasons.clear();
        for finding in &self.findings {
            if let Some(reason) = self.reasons.iter_mut().find(|reason| reason.rule == finding.rule) {
                reason.count = reason.count.saturating_add(1);
                continue;
            }
            self.reasons.push(Reason {
                rule: finding.rule.clone(),
                severity: finding.severity,
                count: 1,
                summary: rules::find(&finding.rule).map_or_else(String::new, |rule| rule.summary.to_owned()),
                first: finding.location.to_string(),
            });
        }
    }
}

/// The order of findings everywhere: the worst first, then by place.
fn worst_first(a: &Finding, b: &Finding) -> std::cmp::Ordering {
    let worst = b.severity.cmp(&a.severity).then_with(|| a.location.cmp(&b.location));
    worst.then_with(|| (&a.rule, &a.message).cmp(&(&b.rule, &b.message)))
}

/// The call and the excerpt of a finding, where they say more than its message, bounded and escaped.
pub fn details(finding: &Finding) -> (Option<String>, Option<String>) {
    let call = finding.call.as_ref().map(|call| text::shown(&call.to_string(), 1000));
    let excerpt = finding.excerpt.as_ref().map(|excerpt| text::shown(excerpt, 1000));
    let excerpt =
        excerpt.filter(|excerpt| call.as_ref() != Some(excerpt) && !finding.message.contains(excerpt));
    (call.filter(|call| !finding.message.contains(call)), excerpt)
}

impl FileReport {
    /// The coverage of a file of which something was not looked at.
    pub(crate) const NOT_INSPECTED: &'static str = "not-inspected";

    /// The coverage of a file is that of its worst part.
    pub(crate) fn coverage_of(readings: &[Reading]) -> &'static str {
        let not = |reading: &Reading| matches!(reading.coverage, Coverage::NotInspected { .. });
        if readings.iter().any(not) {
            Self::NOT_INSPECTED
        } else if readings.iter().all(|reading| reading.coverage == Coverage::Inert) {
            "inert"
        } else {
            "inspected"
        }
    }
}

/// A short name for the set of rules.
pub fn ruleset() -> String {
    use sha2::{Digest as _, Sha256};
    let mut hasher = Sha256::new();
    for rule in rules::RULES {
        hasher.update(format!("{} {}\n", rule.id, rule.severity));
    }
    let digest: String = hasher.finalize().iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("{}+{digest}", env!("CARGO_PKG_VERSION"))
}
