//! Actions that are not fixed.

use std::collections::HashSet;

use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::commands::{REVISION, steps};
use crate::text;

/// Actions that are not fixed.
pub static RULE: Rule = Rule {
    id: "workflow-floating-action",
    severity: Severity::Low,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "A workflow uses an action or another workflow by a tag or branch, which can move",
    why: "Whoever controls that repository runs other code in this workflow, with its token and secrets. It happened to widely used \
          actions.",
    advice: "Name the commit (40 hexadecimal digits), with the version in a remark.",
    references: &["CWE-829", "CWE-1357", "CVE-2025-30066", "AML.T0010"],
    examples: &[
        Example { name: "tag", files: || steps("    - uses: example/action@v4"), fires: ID },
        Example { name: "branch", files: || steps("    - uses: example/action/sub@main"), fires: ID },
        Example {
            name: "commit-twin",
            files: || steps(&format!("    - uses: example/action@{REVISION} # v4")),
            fires: &[],
        },
        Example { name: "own-twin", files: || steps("    - uses: ./actions/demo"), fires: &[] },
    ],
    check: Check::File(check),
};

const ID: &[&str] = &["workflow-floating-action"];

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    let mut seen = HashSet::new();
    for (place, image) in
        facts.images().filter(|(_, image)| image.asked_by == "uses" && image.digest.is_none())
    {
        if !seen.insert((&image.name, &image.tag)) {
            continue;
        }
        let name = text::shown(&image.name, 120);
        let tag = image.tag.as_deref().map(|tag| text::shown(tag, 80)).unwrap_or_default();
        findings.add(place, format!("`{name}` is used as `{tag}`, which can move"));
    }
}
