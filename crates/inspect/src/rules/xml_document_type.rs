//! XML with a document type.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::{one, openvino, pmml};

/// XML with a document type.
pub static RULE: Rule = Rule {
    id: "xml-document-type",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "A model in XML has a document type, an entity of its own, or a style sheet",
    why: "No library writes them into models. A document type can declare entities: readers that follow them fetch files and \
          addresses, or expand a few lines to gigabytes. An instruction that names a style sheet makes some programs fetch it.",
    advice: "Do not open it with an XML reader that resolves entities. Ask for a file that the library wrote.",
    references: &["CWE-611", "CWE-776", "AML.T0010"],
    examples: &[
        Example {
            name: "openvino",
            files: || openvino::beside(openvino::behind("<!DOCTYPE net>\n")),
            fires: &["xml-document-type"],
        },
        Example {
            name: "outside",
            files: || {
                let prolog = "<!DOCTYPE PMML [<!ENTITY x SYSTEM \"file:///demo\">]>\n";
                one("model.pmml", pmml::behind(prolog, ""))
            },
            fires: &["xml-document-type"],
        },
        Example {
            name: "expansion",
            files: || {
                let prolog =
                    "<!DOCTYPE PMML [<!ENTITY a \"aa\"><!ENTITY b \"&a;&a;\"><!ENTITY c \"&b;&b;\">]>\n";
                one("model.pmml", pmml::behind(prolog, "<!-- --><Extension value=\"&c;\"/>"))
            },
            fires: &["xml-document-type"],
        },
        Example {
            name: "instruction",
            files: || {
                one("model.pmml", pmml::behind("<?xml-stylesheet href=\"http://demo.example/x.xsl\"?>\n", ""))
            },
            fires: &["xml-document-type"],
        },
        Example {
            name: "twin",
            files: || one("model.pmml", pmml::model("<!-- <!DOCTYPE x> --><Extension value=\"&lt;&#65;\"/>")),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    let of_xml = |format: &str| matches!(format, "openvino" | "pmml");
    for (place, problem) in facts.problems(Kind::UnknownCode).filter(|(place, _)| of_xml(place.format())) {
        findings.add(place, &problem.detail);
    }
}
