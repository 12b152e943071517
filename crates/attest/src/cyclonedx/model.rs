//! The parts of CycloneDX 1.6 that are written. Specification: ECMA-424.

use serde::Serialize;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Document {
    #[serde(rename = "$schema")]
    pub(super) schema: &'static str,
    pub(super) bom_format: &'static str,
    pub(super) spec_version: &'static str,
    pub(super) serial_number: String,
    pub(super) version: u32,
    pub(super) metadata: Metadata,
    pub(super) components: Vec<Component>,
    pub(super) dependencies: Vec<Dependency>,
    pub(super) compositions: Vec<Composition>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) vulnerabilities: Vec<Vulnerability>,
}

#[derive(Debug, Serialize)]
pub(super) struct Metadata {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) timestamp: Option<String>,
    pub(super) lifecycles: [Lifecycle; 1],
    pub(super) tools: Tools,
    pub(super) component: Component,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) properties: Vec<Property>,
}

#[derive(Debug, Serialize)]
pub(super) struct Lifecycle {
    pub(super) phase: &'static str,
}

#[derive(Debug, Serialize)]
pub(super) struct Tools {
    pub(super) components: [Component; 1],
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Component {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    #[serde(rename = "bom-ref", skip_serializing_if = "Option::is_none")]
    pub(super) bom_ref: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) authors: Vec<Contact>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) group: Option<String>,
    pub(super) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) hashes: Vec<Hash>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) licenses: Vec<LicenceChoice>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) purl: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pedigree: Option<Pedigree>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) components: Vec<Self>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) evidence: Option<Evidence>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) model_card: Option<ModelCard>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) data: Vec<Data>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) properties: Vec<Property>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tags: Vec<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct Contact {
    pub(super) name: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Hash {
    pub(super) alg: &'static str,
    pub(super) content: String,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct LicenceChoice {
    pub(super) license: Licence,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Licence {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) acknowledgement: Option<&'static str>,
}

#[derive(Debug, Serialize)]
pub(super) struct Pedigree {
    pub(super) ancestors: Vec<Component>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) notes: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct Evidence {
    pub(super) licenses: Vec<LicenceChoice>,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ModelCard {
    pub(super) model_parameters: Parameters,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) quantitative_analysis: Option<Analysis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) considerations: Option<Considerations>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) properties: Vec<Property>,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Parameters {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) task: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) architecture_family: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) model_architecture: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) datasets: Vec<Reference>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct Reference {
    #[serde(rename = "ref")]
    pub(super) target: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Analysis {
    pub(super) performance_metrics: Vec<Metric>,
}

#[derive(Debug, Serialize)]
pub(super) struct Metric {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) slice: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Considerations {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) use_cases: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) technical_limitations: Vec<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct Data {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) name: String,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Property {
    pub(super) name: String,
    pub(super) value: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Dependency {
    #[serde(rename = "ref")]
    pub(super) from: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) depends_on: Vec<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct Composition {
    pub(super) aggregate: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) assemblies: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) dependencies: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Vulnerability {
    #[serde(rename = "bom-ref")]
    pub(super) bom_ref: String,
    pub(super) id: &'static str,
    pub(super) source: Source,
    pub(super) ratings: [Rating; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) cwes: Vec<u32>,
    pub(super) description: String,
    pub(super) detail: String,
    pub(super) recommendation: String,
    pub(super) analysis: State,
    pub(super) affects: Vec<Reference>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) properties: Vec<Property>,
}

#[derive(Debug, Serialize)]
pub(super) struct Source {
    pub(super) name: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Rating {
    pub(super) severity: &'static str,
    pub(super) method: &'static str,
}

#[derive(Debug, Serialize)]
pub(super) struct State {
    pub(super) state: &'static str,
}
