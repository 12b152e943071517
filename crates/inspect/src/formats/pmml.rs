//! PMML: models of statistics in XML. Readers written in Java look functions up by the names of classes.
//! Specification: PMML 4.4 of the Data Mining Group.

use std::collections::BTreeSet;

use super::graph::{Operators, References};
use super::layout::{self, Notes};
use super::xml::{self, Element, Event};
use super::{Format, Support};
use crate::detect::{Probe, Recognition};
use crate::limits::Fault;
use crate::samples::{one, pmml};
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
    recognise: |probe: &Probe<'_>| match xml::root(probe) {
        Some((root, _)) if root == "PMML" => Recognition::Certain,
        // Its readers take a file by its name, however far back the root stands and whatever the encoding.
        _ => Recognition::guess_if(probe.ends_with(&["pmml"]) && (probe.is_text() || xml::begins(probe))),
    },
    read,
    samples: || one("model.pmml", pmml::model("")),
};

/// The set of functions that are classes.
const JAVA: &str = "java";

#[derive(Debug, Default)]
struct Model {
    functions: Operators,
    references: References,
    defined: BTreeSet<String>,
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let mut notes = Notes::default();
    let mut model = Model::default();
    let read = xml::read(visit, &mut notes, |visit, notes, event| match event {
        Event::Open(element) => model.open(visit, notes, &element),
        Event::Close | Event::Text(_) => Ok(()),
    });
    let defined = model.defined;
    model.functions.tell(visit, "pmml", |_, name| defined.contains(name));
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
                let function = element.get("function").unwrap_or_default();
                // Readers written in Java take a name with a dot for a class, unless the file defines it.
                let set = if function.contains('.') { JAVA } else { "" };
                self.functions.add(visit, notes, element.at, [set, &layout::name(function)], String::new)?;
            }
            "DefineFunction" => {
                notes.remember(visit, 512)?;
                self.defined.insert(layout::name(element.get("name").unwrap_or_default()));
            }
            "include" => {
                let target = element.get("href").unwrap_or_default();
                return self.references.add(visit, notes, element.at, "document", target);
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
                self.references.add(visit, notes, element.at, "document", value)?;
            } else if matches!(key, "schemaLocation" | "noNamespaceSchemaLocation") {
                for place in value.split_whitespace().filter(|place| !is_usual(place)) {
                    self.references.add(visit, notes, element.at, "schema", place)?;
                }
            }
        }
        Ok(())
    }
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
