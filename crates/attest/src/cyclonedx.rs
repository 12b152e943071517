//! A bill as CycloneDX 1.6, with the model card and the components of a model (ML-BOM).

mod model;
mod parts;

use std::collections::BTreeSet;
use std::io::{self, Write};

use weighbridge_domain::bill::{Bill, Field, File, Stated, Terms, Topic, Weakness};

use self::model::{
    Analysis, Component, Composition, Considerations, Contact, Data, Dependency, Document, Evidence, Hash,
    Licence, LicenceChoice, Lifecycle, Metadata, Metric, ModelCard, Parameters, Pedigree, Property, Rating,
    Reference, Source, State, Tools, Vulnerability,
};

/// The name of the model inside the document.
const MODEL: &str = "model";

/// Findings told of one rule, and reasons of one file.
const MOST: usize = 50;

/// Writes the bill.
pub fn write(bill: &Bill, out: impl Write) -> io::Result<()> {
    crate::write(&document(bill), out)
}

fn document(bill: &Bill) -> Document {
    let tool = Component {
        kind: "application",
        name: bill.maker.name.to_owned(),
        version: Some(bill.maker.version.to_owned()),
        properties: vec![property("ruleset", &bill.maker.ruleset)],
        ..Component::default()
    };
    let packages = parts::packages(&bill.parts);
    let mut components: Vec<Component> = bill.datasets.iter().map(dataset).collect();
    let mut needed: Vec<String> = bill.manifest.files.iter().map(|file| file_ref(&file.path)).collect();
    let mut dependencies: Vec<Dependency> =
        needed.iter().map(|from| Dependency { from: from.clone(), depends_on: Vec::new() }).collect();
    needed.extend(packages.iter().filter_map(|package| package.bom_ref.clone()));
    dependencies.insert(0, Dependency { from: MODEL.to_owned(), depends_on: needed });
    components.extend(packages);
    Document {
        schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
        bom_format: "CycloneDX",
        spec_version: "1.6",
        serial_number: format!("urn:uuid:{}", crate::uuid(&bill.manifest.identity)),
        version: 1,
        metadata: Metadata {
            timestamp: bill.date.map(|date| date.to_string()),
            lifecycles: [Lifecycle { phase: "post-build" }],
            tools: Tools { components: [tool] },
            component: model(bill),
            properties: bill.notes.iter().map(|note| property("note", note)).collect(),
        },
        components,
        dependencies,
        compositions: compositions(bill),
        vulnerabilities: bill.weaknesses.iter().map(|weakness| vulnerability(bill, weakness)).collect(),
    }
}

/// A property in our own namespace.
fn property(name: &str, value: impl Into<String>) -> Property {
    Property { name: format!("weighbridge:{name}"), value: value.into() }
}

fn file_ref(path: &str) -> String {
    format!("file:{path}")
}

fn data_ref(name: &str) -> String {
    format!("data:{name}")
}

fn model(bill: &Bill) -> Component {
    let first = |field| bill.first(field).map(|stated| stated.value.clone());
    let found: Vec<LicenceChoice> = licences(bill.terms.iter().filter(|terms| terms.found), None);
    let files = &bill.manifest.files;
    let mut properties = vec![
        property("manifest:sha256", bill.manifest.digest.to_string()),
        property("files", files.len().to_string()),
        property("bytes", files.iter().map(|file| file.size).sum::<u64>().to_string()),
    ];
    for (field, all) in &bill.stated {
        properties.extend(all.iter().flat_map(|stated| told(field.word(), stated)));
    }
    for terms in bill.terms.iter().filter(|terms| !terms.found) {
        properties.extend(told("licence", &terms.stated));
    }
    for missed in bill.missed_elsewhere() {
        properties.push(property("not-inspected", format!("{}: {}", missed.path, missed.why)));
    }
    Component {
        kind: "machine-learning-model",
        bom_ref: Some(MODEL.to_owned()),
        authors: bill.all(Field::Author).map(|author| Contact { name: author.value.clone() }).collect(),
        name: first(Field::Name).unwrap_or_else(|| crate::UNNAMED.to_owned()),
        version: first(Field::Version),
        description: first(Field::Description),
        licenses: licences(bill.terms.iter().filter(|terms| !terms.found), Some("declared")),
        purl: bill.purl.clone(),
        pedigree: pedigree(bill),
        components: files.iter().map(|one| file(bill, one)).collect(),
        evidence: (!found.is_empty()).then_some(Evidence { licenses: found }),
        model_card: Some(model_card(bill)),
        properties,
        tags: bill.all(Field::Tag).map(|tag| tag.value.clone()).collect(),
        ..Component::default()
    }
}

/// A statement: how it is known stands in the name of the property, where it is from in one of its own.
fn told(name: &str, stated: &Stated) -> impl Iterator<Item = Property> + use<> {
    let value = property(&format!("{}:{name}", stated.known.word()), &stated.value);
    let source = (!stated.place.is_empty()).then(|| property(&format!("source:{name}"), &stated.place));
    std::iter::once(value).chain(source)
}

fn licences<'a>(
    terms: impl Iterator<Item = &'a Terms>,
    acknowledgement: Option<&'static str>,
) -> Vec<LicenceChoice> {
    let mut choices: Vec<LicenceChoice> = Vec::new();
    for terms in terms {
        let name = terms.spdx.is_none().then(|| terms.stated.value.clone());
        let choice = LicenceChoice { license: Licence { id: terms.spdx, name, acknowledgement } };
        if !choices.contains(&choice) {
            choices.push(choice);
        }
    }
    choices
}

fn pedigree(bill: &Bill) -> Option<Pedigree> {
    let ancestors: Vec<Component> = bill
        .bases
        .iter()
        .map(|base| {
            let value = &base.name.value;
            // The names of hubs have the owner in front.
            let (group, name) = match value.split_once('/') {
                Some((group, name)) if !group.is_empty() && !name.is_empty() && !name.contains('/') => {
                    (Some(group.to_owned()), name.to_owned())
                }
                _ => (None, value.clone()),
            };
            let relation = base.relation.iter().map(|relation| property("relation", relation));
            Component {
                kind: "machine-learning-model",
                bom_ref: Some(format!("base:{value}")),
                group,
                name,
                properties: told("base-model", &base.name).chain(relation).collect(),
                ..Component::default()
            }
        })
        .collect();
    let relations: BTreeSet<&str> = bill.bases.iter().filter_map(|base| base.relation.as_deref()).collect();
    let relations: Vec<&str> = relations.into_iter().collect();
    let notes = (!relations.is_empty()).then(|| format!("As stated: {}.", relations.join(", ")));
    (!ancestors.is_empty()).then_some(Pedigree { ancestors, notes })
}

fn model_card(bill: &Bill) -> ModelCard {
    let first = |field| bill.first(field).map(|stated| stated.value.clone());
    let texts = |topic| bill.told(topic).map(|stated| stated.value.clone()).collect::<Vec<_>>();
    let model_parameters = Parameters {
        task: first(Field::Task),
        architecture_family: first(Field::Family),
        model_architecture: first(Field::Architecture),
        datasets: bill.datasets.iter().map(|data| Reference { target: data_ref(&data.value) }).collect(),
    };
    let metrics: Vec<Metric> = bill
        .results
        .iter()
        .map(|result| Metric {
            kind: result.name.clone(),
            value: result.value.value.clone(),
            slice: result.dataset.clone(),
        })
        .collect();
    let (use_cases, technical_limitations) = (texts(Topic::IntendedUse), texts(Topic::Limits));
    let says = !use_cases.is_empty() || !technical_limitations.is_empty();
    let mut properties = Vec::new();
    for (topic, stated) in &bill.passages {
        let mut all = told(&topic.words().replace(' ', "-"), stated);
        // The texts of these have places of their own.
        if matches!(topic, Topic::IntendedUse | Topic::Limits) {
            all.next();
        }
        properties.extend(all);
    }
    ModelCard {
        model_parameters,
        quantitative_analysis: (!metrics.is_empty()).then_some(Analysis { performance_metrics: metrics }),
        considerations: says.then_some(Considerations { use_cases, technical_limitations }),
        properties,
    }
}

fn file(bill: &Bill, file: &File) -> Component {
    let mut properties = vec![property("size", file.size.to_string())];
    properties.extend(file.formats.iter().map(|format| property("format", *format)));
    properties.push(property("coverage", file.coverage));
    let tensors = &file.tensors;
    if tensors.count > 0 {
        properties.push(property("counted:tensors", tensors.count.to_string()));
        properties.push(property("counted:parameters", tensors.elements.to_string()));
        let types = tensors.types.iter();
        properties
            .extend(types.map(|(name, count)| property("counted:tensor-type", format!("{name} ({count})"))));
    }
    let reasons = crate::some(bill.missed_of(&file.path), MOST, |missed| match missed.member.as_str() {
        "" => missed.why.clone(),
        member => format!("{member}: {}", missed.why),
    });
    properties.extend(reasons.into_iter().map(|reason| property("not-inspected", reason)));
    Component {
        kind: "file",
        bom_ref: Some(file_ref(&file.path)),
        name: file.path.clone(),
        hashes: file
            .sha256
            .iter()
            .map(|sha256| Hash { alg: "SHA-256", content: sha256.to_string() })
            .collect(),
        properties,
        ..Component::default()
    }
}

fn dataset(stated: &Stated) -> Component {
    Component {
        kind: "data",
        bom_ref: Some(data_ref(&stated.value)),
        name: stated.value.clone(),
        data: vec![Data { kind: "dataset", name: stated.value.clone() }],
        properties: told("dataset", stated).collect(),
        ..Component::default()
    }
}

/// How much of what there is stands in the document.
fn compositions(bill: &Bill) -> Vec<Composition> {
    let whole = bill.unread().next().is_none() && bill.notes.is_empty();
    let part = |aggregate, assemblies, dependencies| Composition { aggregate, assemblies, dependencies };
    let mut compositions = vec![
        part(if whole { "complete" } else { "incomplete" }, vec![MODEL.to_owned()], Vec::new()),
        // What files ask for is known, and not what a program that loads the model brings along.
        part("incomplete", Vec::new(), vec![MODEL.to_owned()]),
    ];
    let missed = bill.manifest.files.iter().filter(|file| file.coverage == "not-inspected");
    let missed: Vec<String> = missed.map(|file| file_ref(&file.path)).collect();
    if !missed.is_empty() {
        compositions.push(part("incomplete", missed, Vec::new()));
    }
    if !bill.datasets.is_empty() {
        let datasets = bill.datasets.iter().map(|data| data_ref(&data.value)).collect();
        compositions.push(part("unknown", datasets, Vec::new()));
    }
    compositions
}

fn vulnerability(bill: &Bill, weakness: &Weakness) -> Vulnerability {
    let target = |path: &str| if bill.file(path).is_some() { file_ref(path) } else { MODEL.to_owned() };
    let affected: BTreeSet<Reference> =
        weakness.findings.iter().map(|(path, ..)| Reference { target: target(path) }).collect();
    let cwe = |reference: &str| reference.strip_prefix("CWE-").and_then(|number| number.parse().ok());
    let others = weakness.references.iter().filter(|reference| cwe(reference).is_none());
    let lines = crate::some(&weakness.findings, MOST, |(_, severity, line)| format!("{severity}: {line}"));
    Vulnerability {
        bom_ref: format!("finding:{}", weakness.rule),
        id: weakness.rule,
        source: Source { name: format!("weighbridge ruleset {}", bill.maker.ruleset) },
        ratings: [Rating { severity: weakness.severity.word(), method: "other" }],
        cwes: weakness.references.iter().filter_map(|reference| cwe(reference)).collect(),
        description: format!("{}. {}", crate::sentence(weakness.summary), weakness.why.trim()),
        detail: lines.join("\n"),
        recommendation: weakness.advice.trim().to_owned(),
        analysis: State { state: "in_triage" },
        affects: affected.into_iter().collect(),
        properties: others.map(|reference| property("reference", *reference)).collect(),
    }
}
