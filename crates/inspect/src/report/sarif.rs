//! The report as SARIF 2.1.0: our own small model of the parts that are used.
//! Specification: the OASIS standard "Static Analysis Results Interchange Format (SARIF) Version 2.1.0".

mod model;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{self, Write};

use weighbridge_domain::{Confidence, Finding, Location, Severity};

use self::model::{
    Artifact, ArtifactLocation, Base, Component, Configuration, Descriptor, Driver, Help, Invocation, Log,
    Logical, Message, Notice, Notification, Physical, Place, Reference, Region, Relationship,
    ResultProperties, RuleProperties, Run, RunResult, Target, Taxon, Taxonomy, Tool,
};
use super::{Report, Terms};
use crate::docs;
use crate::rules::{RULES, Rule};
use crate::text;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// What paths are relative to.
const BASE: &str = "SCANROOT";

/// The lists that ids of weaknesses and attacks come from: the prefix of the ids, the list's name, and what it lists.
const TAXONOMIES: [(&str, &str, &str); 2] = [
    ("AML.", "ATLAS", "Adversarial threats to machine learning."),
    ("CWE-", "CWE", "Weaknesses of software and hardware."),
];

/// Writes the report as a SARIF log with one run.
pub fn write(report: &Report, terms: Terms, out: impl Write) -> io::Result<()> {
    let files = Files(
        report.files.iter().enumerate().map(|(i, file)| (file.path.as_str(), (i, file.size))).collect(),
    );
    let run = Run {
        tool: Tool { driver: driver(report) },
        original_uri_base_ids: BTreeMap::from([(
            BASE,
            Base {
                description: Message::new(
                    "What was scanned: a folder, or what the scanned paths have in common.",
                ),
            },
        )]),
        invocations: [invocation(report, terms, &files)],
        artifacts: report
            .files
            .iter()
            .map(|file| Artifact {
                location: files.artifact(&file.path, false),
                length: file.size,
                roles: ["analysisTarget"],
                hashes: file.sha256.map(|digest| BTreeMap::from([("sha-256", digest.to_string())])),
            })
            .collect(),
        results: report.findings.iter().map(|finding| result(finding, &files)).collect(),
        taxonomies: TAXONOMIES
            .iter()
            .map(|(prefix, name, about)| Taxonomy {
                name,
                organization: "MITRE",
                short_description: Message::new(*about),
                taxa: references()
                    .filter(|id| id.starts_with(prefix))
                    .collect::<BTreeSet<_>>()
                    .into_iter()
                    .map(|id| Taxon { id })
                    .collect(),
            })
            .collect(),
        column_kind: "unicodeCodePoints",
    };
    super::json::write_value(&Log { schema: SCHEMA, version: "2.1.0", runs: [run] }, &report.known, out)
}

/// Every file's index among the artifacts, and its size.
struct Files<'a>(HashMap<&'a str, (usize, u64)>);

impl Files<'_> {
    fn artifact(&self, path: &str, index: bool) -> ArtifactLocation {
        let index = self.0.get(path).filter(|_| index).map(|(index, _)| *index);
        ArtifactLocation { uri: uri(path), uri_base_id: BASE, index }
    }

    fn place(&self, location: &Location) -> Place {
        let Location { path, member, offset, position } = location;
        // What has no offset in the file itself is about the whole of it.
        let region = self.0.get(path.as_str()).map(|(_, size)| {
            let offset = offset.filter(|offset| member.is_empty() && offset < size);
            let byte_length = if offset.is_some() { 1 } else { *size };
            let position = position.filter(|_| offset.is_some());
            Region {
                byte_offset: offset.unwrap_or(0),
                byte_length,
                start_line: position.map(|position| position.line),
                start_column: position.map(|position| position.column),
            }
        });
        let logical = (!member.is_empty()).then(|| Logical {
            name: member.clone(),
            fully_qualified_name: location.to_string(),
            kind: "member",
        });
        Place {
            physical_location: Physical { artifact_location: self.artifact(path, true), region },
            logical_locations: logical.into_iter().collect(),
        }
    }
}

fn driver(report: &Report) -> Driver<'_> {
    let notice = |id, text: &str| Notice { id, short_description: Message::new(text) };
    Driver {
        name: "Weighbridge",
        version: report.tool.version,
        semantic_version: report.tool.version,
        rules: RULES.iter().copied().map(descriptor).collect(),
        notifications: [
            notice("not-inspected", "A part was not, or not wholly, looked at."),
            notice("note", "A remark on the scan itself."),
        ],
        supported_taxonomies: TAXONOMIES
            .iter()
            .enumerate()
            .map(|(index, (_, name, _))| Component { name, index })
            .collect(),
        properties: BTreeMap::from([
            ("ruleset", report.tool.ruleset.as_str()),
            ("answer", report.answer.word()),
        ]),
    }
}

fn descriptor(rule: &'static Rule) -> Descriptor {
    let mut tags = vec!["security".to_owned()];
    tags.extend(rule.references.iter().filter_map(|id| {
        let number: u32 = id.strip_prefix("CWE-")?.parse().ok()?;
        Some(format!("external/cwe/cwe-{number:03}"))
    }));
    let relationships = rule.references.iter().filter_map(|id| {
        let index = TAXONOMIES.iter().position(|(prefix, ..)| id.starts_with(prefix))?;
        let name = TAXONOMIES.get(index)?.1;
        Some(Relationship {
            target: Target { id, tool_component: Component { name, index } },
            kinds: ["relevant"],
        })
    });
    Descriptor {
        id: rule.id,
        short_description: Message::new(format!("{}.", docs::sentence(rule.summary))),
        full_description: Message::new(rule.why.trim()),
        default_configuration: Configuration { level: level(rule.severity) },
        help: Help {
            text: format!("{}\n\n{}", rule.why.trim(), rule.advice.trim()),
            markdown: docs::rule(rule),
        },
        relationships: relationships.collect(),
        properties: RuleProperties {
            tags,
            precision: match rule.confidence {
                Confidence::High => "very-high",
                Confidence::Medium => "high",
                Confidence::Low => "medium",
            },
            security_severity: match rule.severity {
                Severity::Critical => "9.5",
                Severity::High => "8.0",
                Severity::Medium => "5.5",
                Severity::Low => "2.5",
                Severity::Info => "0.5",
            },
        },
    }
}

fn invocation(report: &Report, terms: Terms, files: &Files<'_>) -> Invocation {
    let exit_code = terms.exit_code(report);
    let missed = report.not_inspected.iter().map(|part| Notification {
        descriptor: Reference { id: "not-inspected", index: 0 },
        level: if terms.allow_incomplete { "note" } else { "warning" },
        message: Message::new(format!("Not inspected: {}.", part.why)),
        locations: vec![files.place(&part.place())],
    });
    let notes = report.notes.iter().map(|note| Notification {
        descriptor: Reference { id: "note", index: 1 },
        level: "note",
        message: Message::new(format!("{}.", docs::sentence(note))),
        locations: Vec::new(),
    });
    Invocation {
        execution_successful: terms.allow_incomplete || report.not_inspected.is_empty(),
        exit_code,
        exit_code_description: match exit_code {
            0 => "nothing at the threshold",
            1 => "findings at the threshold",
            _ => "something was not inspected",
        },
        tool_execution_notifications: missed.chain(notes).collect(),
    }
}

fn result<'a>(finding: &'a Finding, files: &Files<'_>) -> RunResult<'a> {
    let call = finding.call.as_ref().map(|call| text::shown(&call.to_string(), 1000));
    let mut message = docs::sentence(&finding.message);
    if let (Some(call), _) = super::details(finding) {
        message.push_str(&format!(": {call}"));
    }
    RunResult {
        rule_id: &finding.rule,
        rule_index: RULES.iter().position(|rule| rule.id == finding.rule),
        level: level(finding.severity),
        message: Message::new(message + "."),
        locations: [files.place(&finding.location)],
        partial_fingerprints: BTreeMap::from([("weighbridge/v1", finding.fingerprint.as_str())]),
        properties: ResultProperties {
            severity: finding.severity.word(),
            confidence: finding.confidence,
            call,
            excerpt: finding.excerpt.as_deref(),
        },
    }
}

fn references() -> impl Iterator<Item = &'static str> {
    RULES.iter().flat_map(|rule| rule.references.iter().copied())
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// A path as a relative reference of RFC 3986.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn paths_are_relative_references() {
        assert_eq!(super::uri("a b/ü:c%.bin"), "a%20b/%C3%BC%3Ac%25.bin");
    }
}
