//! A bill as SPDX 3.0.1, with the profiles for models, licences and security.

mod graph;
mod model;

use std::collections::BTreeMap;
use std::io::{self, Write};

use jiff::Timestamp;
use weighbridge_domain::bill::{Base, Bill, Field, File, Part, Stated, Topic, Weakness};
use weighbridge_domain::purl::purl;

use self::graph::Graph;
use self::model::{Document, Element, Entry, Hash, Identifier};

/// Findings told of one rule.
const MOST: usize = 50;

/// What SPDX has for an address that nobody stated.
const NOT_STATED: &str = "NOASSERTION";

/// Said of dates that the profiles want and that nobody stated.
const DATE: &str = "SPDX wants a date here and files state none: it is the one the bill was asked for, or else the \
                    beginning of 1970. The clock was not asked, so that the same files give the same bytes.";

/// Writes the bill.
pub fn write(bill: &Bill, out: impl Write) -> io::Result<()> {
    crate::write(&document(bill), out)
}

fn document(bill: &Bill) -> Document {
    let date = bill.date.unwrap_or(Timestamp::UNIX_EPOCH).to_string();
    let mut graph = Graph::new(&crate::uuid(&bill.manifest.identity), date);
    let maker = format!("{} {}, ruleset {}", bill.maker.name, bill.maker.version, bill.maker.ruleset);
    graph.created_by(&maker);
    let unknown = graph.add(
        "agent",
        Element {
            kind: "Agent",
            name: Some(NOT_STATED.to_owned()),
            comment: Some("Nobody is stated; SPDX wants somebody here.".to_owned()),
            ..Element::default()
        },
    );
    let author = bill.first(Field::Author).map(|author| {
        let (name, comment) = (Some(author.value.clone()), Some(known(author)));
        graph.add("agent", Element { kind: "Agent", name, comment, ..Element::default() })
    });

    let subject = model(bill, &graph, author.unwrap_or_else(|| unknown.clone()));
    let subject = graph.add("model", subject);
    let files = bill.manifest.files.iter();
    let files: Vec<String> = files.map(|one| graph.add("file", file(bill, one))).collect();
    let whole = bill.unread().next().is_none() && bill.notes.is_empty();
    graph.relate(&subject, "contains", files.clone(), if whole { "complete" } else { "incomplete" });

    let datasets = bill.datasets.iter().map(|data| dataset(data, &unknown)).collect::<Vec<_>>();
    let datasets = datasets.into_iter().map(|data| graph.add("dataset", data)).collect();
    graph.relate(&subject, "trainedOn", datasets, "noAssertion");
    let bases = bill.bases.iter().map(|one| base(one, &graph, &unknown)).collect::<Vec<_>>();
    let bases = bases.into_iter().map(|one| graph.add("base", one)).collect();
    graph.relate(&subject, "descendantOf", bases, "noAssertion");
    let parts = bill.parts.iter().map(|part| graph.add("package", package(part))).collect();
    graph.relate(&subject, "dependsOn", parts, "incomplete");
    licences(bill, &mut graph, &subject, &files);
    findings(bill, &mut graph, &subject, &files);
    for statement in statements(bill) {
        graph.annotate(&subject, statement);
    }
    graph.finish(subject)
}

/// How a value is known, and from where.
fn known(stated: &Stated) -> String {
    let word = stated.known.word();
    if stated.place.is_empty() { word.to_owned() } else { format!("{word}, {}", stated.place) }
}

fn joined<'a>(all: impl Iterator<Item = &'a Stated>) -> Option<String> {
    let all: Vec<&str> = all.map(|stated| stated.value.as_str()).collect();
    (!all.is_empty()).then(|| all.join("\n\n"))
}

fn model(bill: &Bill, graph: &Graph, supplier: String) -> Element {
    let first = |field| bill.first(field).map(|stated| stated.value.clone());
    let list = |field| bill.all(field).map(|stated| stated.value.clone()).collect::<Vec<_>>();
    let version = first(Field::Version).unwrap_or_else(|| format!("sha256:{}", bill.manifest.digest));
    let fields = [Field::Parameters, Field::ContextLength, Field::VocabularySize, Field::Quantisation];
    let numbers = fields.into_iter().filter_map(|field| Some(Entry::new(field.word(), first(field)?)));
    let metric = bill.results.iter().map(|result| {
        let dataset = result.dataset.as_ref().map_or_else(String::new, |data| format!(" ({data})"));
        Entry::new(format!("{}{dataset}", result.name), &result.value.value)
    });
    let (families, architectures) = (list(Field::Family), list(Field::Architecture));
    Element {
        kind: "ai_AIPackage",
        name: Some(first(Field::Name).unwrap_or_else(|| crate::UNNAMED.to_owned())),
        description: first(Field::Description),
        comment: Some(DATE.to_owned()),
        release_time: Some(graph.date()),
        supplied_by: Some(supplier),
        primary_purpose: Some("model"),
        download_location: Some(NOT_STATED),
        package_version: Some(version),
        package_url: bill.purl.clone(),
        type_of_model: families.into_iter().chain(architectures).collect(),
        domain: list(Field::Task),
        hyperparameter: numbers.collect(),
        metric: metric.collect(),
        about_application: joined(bill.told(Topic::IntendedUse)),
        about_training: joined(bill.told(Topic::TrainingData)),
        limitation: joined(bill.told(Topic::Limits)),
        ..Element::default()
    }
}

fn file(bill: &Bill, file: &File) -> Element {
    let sha256 = file.sha256.iter().map(|sha256| Hash {
        class: "Hash",
        algorithm: "sha256",
        hash_value: sha256.to_string(),
    });
    let reasons = crate::some(bill.missed_of(&file.path), MOST, |missed| match missed.member.as_str() {
        "" => missed.why.clone(),
        member => format!("{member}: {}", missed.why),
    });
    let mut comment = format!("{} bytes", file.size);
    if !file.formats.is_empty() {
        comment.push_str(&format!("; {}", file.formats.join(", ")));
    }
    comment.push_str(&format!("; {}", file.coverage.replace('-', " ")));
    if !reasons.is_empty() {
        comment.push_str(&format!(": {}", reasons.join("; ")));
    }
    Element {
        kind: "software_File",
        name: Some(file.path.clone()),
        comment: Some(comment),
        verified_using: sha256.collect(),
        file_kind: Some("file"),
        ..Element::default()
    }
}

/// When it was built or released no file states. The profile for data sets wants both, and is not claimed.
fn dataset(stated: &Stated, unknown: &str) -> Element {
    Element {
        kind: "dataset_DatasetPackage",
        name: Some(stated.value.clone()),
        comment: Some(format!("{}.", crate::sentence(&known(stated)))),
        originated_by: vec![unknown.to_owned()],
        primary_purpose: Some("data"),
        download_location: Some(NOT_STATED),
        dataset_type: vec!["noAssertion"],
        ..Element::default()
    }
}

fn base(base: &Base, graph: &Graph, unknown: &str) -> Element {
    let relation = base.relation.as_ref().map_or_else(String::new, |relation| format!(", {relation}"));
    Element {
        kind: "ai_AIPackage",
        name: Some(base.name.value.clone()),
        comment: Some(format!("{}{relation}. {DATE}", crate::sentence(&known(&base.name)))),
        release_time: Some(graph.date()),
        supplied_by: Some(unknown.to_owned()),
        primary_purpose: Some("model"),
        download_location: Some(NOT_STATED),
        package_version: Some(NOT_STATED.to_owned()),
        ..Element::default()
    }
}

fn package(part: &Part) -> Element {
    let package = &part.package;
    let places = crate::some(&part.places, MOST, |(place, constraint)| format!("{place} {constraint}"));
    let origin = part.origin().map_or_else(String::new, |origin| format!("; from {origin}"));
    Element {
        kind: "software_Package",
        name: Some(package.name.clone()),
        comment: Some(format!("{}, asked for by {}{origin}", package.ecosystem, places.join("; "))),
        package_version: package.pin.clone(),
        package_url: purl(package.ecosystem, &package.name, package.pin.as_deref()),
        primary_purpose: Some("library"),
        ..Element::default()
    }
}

/// The id of the file with this path.
fn file_id<'a>(bill: &Bill, ids: &'a [String], path: &str) -> Option<&'a str> {
    bill.file(path).and_then(|number| ids.get(number)).map(String::as_str)
}

/// Terms that are declared are the model's; those found in a text, the text's.
fn licences(bill: &Bill, graph: &mut Graph, subject: &str, files: &[String]) {
    for terms in &bill.terms {
        let mut expression = Element {
            kind: "simplelicensing_LicenseExpression",
            comment: Some(known(&terms.stated)),
            license_expression: terms.spdx.map(ToOwned::to_owned),
            ..Element::default()
        };
        if terms.spdx.is_none() {
            let text =
                format!("{}\n\nThis is how the terms are named; their text is not here.", terms.stated.value);
            let text = graph.add(
                "licence-text",
                Element {
                    kind: "simplelicensing_SimpleLicensingText",
                    license_text: Some(text),
                    ..Element::default()
                },
            );
            let letters = terms.stated.value.chars();
            let letters = letters.map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' });
            let id = format!("LicenseRef-{}", letters.collect::<String>());
            expression.custom_id_to_uri = vec![Entry::new(&id, text)];
            expression.license_expression = Some(id);
        }
        let expression = graph.add("licence", expression);
        let path = terms.stated.place.split('!').next().unwrap_or_default();
        match file_id(bill, files, path).filter(|_| terms.found) {
            Some(file) => graph.relate(file, "hasConcludedLicense", vec![expression], "noAssertion"),
            None => graph.relate(subject, "hasDeclaredLicense", vec![expression], "noAssertion"),
        }
    }
}

fn findings(bill: &Bill, graph: &mut Graph, subject: &str, files: &[String]) {
    let mut affected: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for weakness in &bill.weaknesses {
        let id = graph.add("finding", finding(weakness));
        for (path, ..) in &weakness.findings {
            let all = affected.entry(path).or_default();
            if !all.contains(&id) {
                all.push(id.clone());
            }
        }
    }
    for (path, weaknesses) in affected {
        let file = file_id(bill, files, path).unwrap_or(subject);
        graph.relate(file, "hasAssociatedVulnerability", weaknesses, "noAssertion");
    }
}

fn finding(weakness: &Weakness) -> Element {
    let lines = crate::some(&weakness.findings, MOST, |(_, severity, line)| format!("{severity}: {line}"));
    let references = weakness.references.iter().map(|reference| Identifier {
        class: "ExternalIdentifier",
        external_identifier_type: if reference.starts_with("CVE-") { "cve" } else { "securityOther" },
        identifier: (*reference).to_owned(),
    });
    Element {
        kind: "security_Vulnerability",
        name: Some(weakness.rule.to_owned()),
        summary: Some(format!("{}.", crate::sentence(weakness.summary))),
        description: Some(format!("{}\n\n{}", weakness.why.trim(), lines.join("\n"))),
        comment: Some(format!("Severity by its rule: {}. {}", weakness.severity, weakness.advice.trim())),
        external_identifier: references.collect(),
        ..Element::default()
    }
}

/// What else is known of the model, a line each.
fn statements(bill: &Bill) -> Vec<String> {
    let mut lines = vec![format!("manifest sha256 (counted): {}", bill.manifest.digest)];
    for (field, all) in &bill.stated {
        let all = all.iter().map(|stated| format!("{} ({}): {}", field.word(), known(stated), stated.value));
        lines.extend(all);
    }
    for (topic, stated) in bill.passages.iter().filter(|(topic, _)| *topic == Topic::Evaluation) {
        lines.push(format!("{} ({}): {}", topic.words(), known(stated), stated.value));
    }
    let elsewhere = bill.missed_elsewhere();
    lines.extend(elsewhere.map(|missed| format!("not inspected: {}: {}", missed.path, missed.why)));
    lines.extend(bill.notes.iter().map(|note| format!("note: {note}")));
    lines
}
