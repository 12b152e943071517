//! PMML: models of statistics in XML. Readers written in Java look functions up by the names of classes.
//! Specification: PMML 4.4 of the Data Mining Group.

use std::collections::{BTreeMap, BTreeSet};

use weighbridge_domain::facts::{Operator, Reference, What};

use super::layout::{self, Notes};
use super::xml::{self, Element, Event};
use super::{Format, Support};
use crate::detect::{Probe, Recognition};
use crate::limits::Fault;
use crate::samples::{one, pmml};
use crate::text;
use crate::walk::Visit;

/// PMML.
pub static FORMAT: Format = Format {
    id: "pmml",
    title: "PMML model",
    extensions: &["pmml", "xml"],
    support: Support::Inspected,
    carries_code: true,
    refines: &["source"],
    docs: "XML with the root `PMML`. Every function that is applied, those that the file defines, elements and extensions \
           that carry scripts, addresses in attributes, and document types, of which nothing outside is read.",
    recognise: |probe: &Probe<'_>| {
        Recognition::certain_if(xml::root(probe).is_some_and(|(root, _)| root == "PMML"))
    },
    read,
    samples: || one("model.pmml", pmml::model("")),
};

#[derive(Debug, Default)]
struct Model {
    functions: BTreeMap<String, (u64, u64)>,
    defined: BTreeSet<String>,
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let mut notes = Notes::default();
    let mut model = Model::default();
    let read = xml::read(visit, &mut notes, |visit, notes, event| match event {
        Event::Open(element) => model.open(visit, notes, &element),
        Event::Close | Event::Text(_) => Ok(()),
    });
    for (function, (at, count)) in model.functions {
        let defined = model.defined.contains(&function);
        let (domain, name) = function.rsplit_once('.').filter(|_| !defined).unwrap_or(("", &function));
        let (domain, name) = (domain.to_owned(), name.to_owned());
        let operator = Operator { dialect: "pmml", domain, name, node: String::new(), count, defined };
        visit.fact(at, What::Operator(operator));
    }
    read
}

impl Model {
    fn open(&mut self, visit: &mut Visit<'_>, notes: &mut Notes, element: &Element<'_>) -> Result<(), Fault> {
        match element.name {
            "PMML" => {
                if let Some(version) = element.get("version") {
                    notes.metadata(visit, element.at, "version", version)?;
                }
            }
            "Application" => {
                if let Some(name) = element.get("name") {
                    notes.metadata(visit, element.at, "application", name)?;
                }
            }
            "Apply" => {
                let function = layout::name(element.get("function").unwrap_or_default());
                if !self.functions.contains_key(&function) {
                    notes.remember(visit, 512)?;
                }
                let (_, count) = self.functions.entry(function).or_insert((element.at, 0));
                *count = count.saturating_add(1);
            }
            "DefineFunction" => {
                notes.remember(visit, 512)?;
                self.defined.insert(layout::name(element.get("name").unwrap_or_default()));
            }
            "include" => {
                let target = element.get("href").unwrap_or_default();
                reference(visit, element.at, "document", target);
                return Ok(());
            }
            _ => {}
        }
        let script = is_script(element.name)
            || element.name == "Extension"
                && ["name", "extender"].iter().any(|key| element.get(key).is_some_and(is_script));
        if script {
            let name = element.get("name").unwrap_or(element.name);
            notes.metadata(visit, element.at, "script", name)?;
        }
        for (key, value) in &element.attributes {
            let key = key.rsplit(':').next().unwrap_or(key);
            if matches!(key, "href" | "uri" | "src") && is_address(value) {
                reference(visit, element.at, "document", value);
            } else if matches!(key, "schemaLocation" | "noNamespaceSchemaLocation") {
                for place in value.split_whitespace().filter(|place| !is_usual(place)) {
                    reference(visit, element.at, "schema", place);
                }
            }
        }
        Ok(())
    }
}

fn reference(visit: &mut Visit<'_>, at: u64, role: &'static str, target: &str) {
    let target = text::kept(target.as_bytes(), 1024);
    visit.fact(at, What::Reference(Reference { role, target, range: None }));
}

/// Where the schemas of PMML are.
fn is_usual(place: &str) -> bool {
    let rest = place.strip_prefix("http://").or_else(|| place.strip_prefix("https://")).unwrap_or(place);
    let host = rest.split('/').next().unwrap_or_default();
    matches!(host, "www.dmg.org" | "dmg.org" | "www.w3.org") || !place.contains(['/', '\\', ':'])
}

fn is_address(value: &str) -> bool {
    value.contains("://") || value.starts_with("//") || value.starts_with("\\\\")
}

/// A name by which extensions of readers carry programs.
fn is_script(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let whole = ["groovy", "jython", "beanshell", "rcode", "python", "javacode"];
    let ordinary = ["manuscript", "transcript"].iter().any(|word| name.ends_with(word));
    let script = name.starts_with("script") || name.ends_with("script") && !ordinary;
    script || whole.contains(&name.as_str())
}
