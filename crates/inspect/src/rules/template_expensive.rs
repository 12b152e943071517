//! Templates that never come to an end, or put out without measure.

use weighbridge_domain::facts::Construct;
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::template::template;
use crate::text;

/// Templates that never come to an end, or put out without measure.
pub static RULE: Rule = Rule {
    id: "template-expensive",
    severity: Severity::Medium,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "Rendering a chat template takes time or memory without measure",
    why: "Templates are rendered for every request, in the server's own process. Loops over large ranges, repeated texts, \
          widths and powers of constants do their work whatever the messages are; a macro that always calls itself ends in \
          an exhausted stack.",
    advice: "Do not serve it. Take the template of the original model.",
    references: &["CWE-400", "CWE-674", "AML.T0029"],
    examples: &[
        Example {
            name: "range",
            files: || template("{% for i in range(1000000) %}x{% endfor %}"),
            fires: &["template-expensive"],
        },
        Example {
            name: "nested-ranges",
            files: || template("{% for i in range(999) %}{% for j in range(999) %}x{% endfor %}{% endfor %}"),
            fires: &["template-expensive"],
        },
        Example {
            name: "ranges-twin",
            files: || {
                template(
                    "{% for i in range(99) %}{% for j in range(99) %}x{% endfor %}{% endfor %}{% for i in range(999) %}x{% endfor %}",
                )
            },
            fires: &[],
        },
        Example {
            name: "repeated-text",
            files: || template("{{ 'ab' * 10000000 }}"),
            fires: &["template-expensive"],
        },
        Example { name: "repeated-text-twin", files: || template("{{ '-' * 100 }}"), fires: &[] },
        Example {
            name: "repeated-list",
            files: || template("{% for i in [1, 2] * 10000000 %}{% endfor %}"),
            fires: &["template-expensive"],
        },
        Example {
            name: "width",
            files: || template("{{ '%100000000d' % 1 }}"),
            fires: &["template-expensive"],
        },
        Example {
            name: "width-method",
            files: || template("{{ '{:>100000000}'.format(1) }}{{ 'x'.center(100000000) }}"),
            fires: &["template-expensive"],
        },
        Example {
            name: "width-twin",
            files: || template("{{ '%08d' % 1 }}{{ 'x'.center(80) }}"),
            fires: &[],
        },
        Example { name: "power", files: || template("{{ 7 ** 10000000 }}"), fires: &["template-expensive"] },
        Example { name: "power-twin", files: || template("{{ 2 ** 10 }}"), fires: &[] },
        Example {
            name: "recursion",
            files: || template("{% macro m() %}x{{ m() }}{% endmacro %}{{ m() }}"),
            fires: &["template-expensive"],
        },
        Example {
            name: "recursion-of-two",
            files: || {
                template(
                    "{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}{{ a() }}{% endmacro %}{{ a() }}",
                )
            },
            fires: &["template-expensive"],
        },
        Example {
            name: "recursion-twin",
            files: || {
                template(
                    "{% macro m(t) %}{% if t.items %}{{ m(t.items) }}{% endif %}{% endmacro %}{{ m(tools) }}",
                )
            },
            fires: &[],
        },
    ],
    check: Check::File(check),
};

/// Repetitions that no conversation needs.
const MANY: u64 = 100_000;

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, construct) in facts.templates() {
        match construct {
            Construct::Repetition { times, text } if *times >= MANY => {
                findings.add(place, format!("repeats {times} times")).excerpt = Some(text::shown(text, 200));
            }
            Construct::Recursion { name } => {
                findings.add(place, format!("the macro `{name}` always calls itself"));
            }
            _ => {}
        }
    }
}
