//! R objects that something outside of the file has to make.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::r::Object;

/// R objects that something outside of the file has to make.
pub static RULE: Rule = Rule {
    id: "r-outside-object",
    severity: Severity::Medium,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "An R object has a part that only a hook or a class of some package can make",
    why: "A persistent object is made by whatever function the reader passes as `refhook`; a vector of a class (ALTREP) that \
          R itself does not have runs code of a package when its elements are read, and R's own mapped vectors open the file \
          that they name.",
    advice: "Ask which package wrote it and what the part is for.",
    references: &["CWE-470", "AML.T0010"],
    examples: &[
        Example {
            name: "hook",
            files: || Object::new().int(247).int(0).int(1).text("demo").rds(),
            fires: &["r-outside-object"],
        },
        Example {
            name: "hook-twin",
            files: || Object::new().int(249).int(0).int(2).text("stats").text("4.4.1").rds(),
            fires: &[],
        },
        Example { name: "class", files: || altrep("mmap_real").rds(), fires: &["r-outside-object"] },
        Example { name: "class-twin", files: || altrep("compact_intseq").rds(), fires: &[] },
    ],
    check: Check::File(check),
};

/// A vector of a class: the class, its package and type; its state; no attributes.
fn altrep(class: &str) -> Object {
    let class =
        Object::new().int(238).int(2).symbol(class).int(2).symbol("base").int(2).int(13).int(1).int(13);
    class.end().doubles(0, &[3.0, 1.0, 1.0]).end()
}

/// Classes of R itself that only hold numbers and texts.
const OWN: [&str; 10] = [
    "base",
    "compact_intseq",
    "compact_realseq",
    "deferred_string",
    "wrap_complex",
    "wrap_integer",
    "wrap_list",
    "wrap_logical",
    "wrap_raw",
    "wrap_real",
];

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, problem) in facts.problems(Kind::UnknownCode).filter(|(place, _)| place.format() == "r") {
        findings.add(place, &problem.detail);
    }
    for (place, operator) in facts.operators() {
        let class = operator.name.as_str();
        let own = OWN.contains(&class) || class == "wrap_string";
        if operator.dialect == "r" && operator.domain == "altrep" && !own {
            findings.add(place, format!("a vector is of the class `{class}`"));
        }
    }
}
