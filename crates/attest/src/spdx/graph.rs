//! The elements of a document, numbered as they come.

use std::collections::BTreeMap;

use super::model::{Creation, Document, Element, Node};

/// The node that says who made all the others, and when.
const CREATION: &str = "_:creation";

/// What the profiles of the document are.
const PROFILES: [&str; 5] = ["core", "software", "ai", "simpleLicensing", "security"];

/// Elements that are being put together.
pub(super) struct Graph {
    base: String,
    date: String,
    made: BTreeMap<&'static str, usize>,
    makers: (String, String),
    elements: Vec<Element>,
}

impl Graph {
    /// An empty one, whose ids begin with this one.
    pub(super) fn new(uuid: &str, date: String) -> Self {
        let (made, makers, elements) = (BTreeMap::new(), (String::new(), String::new()), Vec::new());
        Self { base: format!("urn:uuid:{uuid}#"), date, made, makers, elements }
    }

    /// The date of everything.
    pub(super) fn date(&self) -> String {
        self.date.clone()
    }

    /// Who made it, and with what.
    pub(super) fn created_by(&mut self, name: &str) {
        let named = |kind| Element { kind, name: Some(name.to_owned()), ..Element::default() };
        let agent = self.add("maker", named("SoftwareAgent"));
        let tool = self.add("tool", named("Tool"));
        self.makers = (agent, tool);
    }

    /// Adds an element, and gives its id.
    pub(super) fn add(&mut self, what: &'static str, element: Element) -> String {
        let number = self.made.entry(what).or_default();
        *number += 1;
        let spdx_id = format!("{}{what}-{number}", self.base);
        self.elements.push(Element { spdx_id: spdx_id.clone(), creation_info: CREATION, ..element });
        spdx_id
    }

    /// Adds a relationship, if there is anything at its other end.
    pub(super) fn relate(
        &mut self,
        from: &str,
        relationship_type: &'static str,
        to: Vec<String>,
        completeness: &'static str,
    ) {
        if to.is_empty() {
            return;
        }
        self.add(
            "relationship",
            Element {
                kind: "Relationship",
                from: Some(from.to_owned()),
                relationship_type: Some(relationship_type),
                to,
                completeness: Some(completeness),
                ..Element::default()
            },
        );
    }

    /// Adds a remark on an element.
    pub(super) fn annotate(&mut self, subject: &str, statement: String) {
        self.add(
            "annotation",
            Element {
                kind: "Annotation",
                annotation_type: Some("other"),
                subject: Some(subject.to_owned()),
                statement: Some(statement),
                ..Element::default()
            },
        );
    }

    /// The document about this element.
    pub(super) fn finish(mut self, subject: String) -> Document {
        let element: Vec<String> = self.elements.iter().map(|element| element.spdx_id.clone()).collect();
        let sbom = self.add(
            "sbom",
            Element {
                kind: "software_Sbom",
                profile_conformance: PROFILES.to_vec(),
                root_element: vec![subject],
                element: element.clone(),
                sbom_type: vec!["analyzed"],
                ..Element::default()
            },
        );
        let all = std::iter::once(sbom.clone()).chain(element).collect();
        self.add(
            "document",
            Element {
                kind: "SpdxDocument",
                profile_conformance: PROFILES.to_vec(),
                root_element: vec![sbom],
                element: all,
                ..Element::default()
            },
        );
        let (agent, tool) = self.makers;
        let creation = Creation {
            kind: "CreationInfo",
            id: CREATION,
            spec_version: "3.0.1",
            created: self.date,
            created_by: vec![agent],
            created_using: vec![tool],
            comment: Some(super::DATE),
        };
        let elements = self.elements.into_iter().map(|element| Node::Element(Box::new(element)));
        let graph = std::iter::once(Node::Creation(creation)).chain(elements).collect();
        Document { context: "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", graph }
    }
}
