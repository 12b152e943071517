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
          widths and powers of constants do their work whatever the messages are; a text that is put to itself again and \
          again doubles each time; a macro that always calls itself ends in \
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
        Example {
            name: "doubled-text",
            files: || {
                template(&format!("{{% set a = 'ab' %}}{}{{{{ a }}}}", "{% set a = a ~ a %}".repeat(60)))
            },
            fires: &["template-expensive"],
        },
        Example {
            name: "doubled-text-twin",
            files: || {
                template(&format!("{{% set a = 'ab' %}}{}{{{{ a }}}}", "{% set a = a ~ 'ab' %}".repeat(60)))
            },
            fires: &[],
        },
        Example {
            name: "doubled-data",
            files: || {
                template(&format!(
                    "{{% set a = messages[0].content %}}{}{{{{ a }}}}",
                    "{% set a = a + a %}".repeat(60)
                ))
            },
            fires: &["template-expensive"],
        },
        Example {
            name: "doubled-list",
            files: || template(&format!("{{% set a = [1] %}}{}", "{% set a = a + a %}".repeat(60))),
            fires: &["template-expensive"],
        },
        Example {
            name: "nested-list",
            files: || {
                template(&format!("{{% set a = [1] %}}{}{{{{ a }}}}", "{% set a = [a, a] %}".repeat(60)))
            },
            fires: &["template-expensive"],
        },
        Example {
            name: "doubled-in-a-loop",
            files: || {
                template(
                    "{% set n = namespace(a='ab') %}{% for m in messages %}{% set n.a = n.a ~ n.a %}{% endfor %}{{ n.a }}",
                )
            },
            fires: &["template-expensive"],
        },
        Example {
            name: "doubled-in-a-loop-twin",
            files: || {
                template(
                    "{% set n = namespace(a='ab') %}{% for m in messages %}{% set n.a = n.a ~ m.content %}{% endfor %}{{ n.a }}",
                )
            },
            fires: &[],
        },
        Example {
            name: "doubled-in-each-round-twin",
            files: || {
                template(
                    "{% for m in messages %}{% set a = m.content %}{% set a = a ~ a %}{{ a }}{% endfor %}",
                )
            },
            fires: &[],
        },
        Example {
            name: "replaced-again-and-again",
            files: || template(&format!("{{{{ messages[0].content{} }}}}", "|replace('a', 'aa')".repeat(60))),
            fires: &["template-expensive"],
        },
        Example {
            name: "replaced-again-and-again-twin",
            files: || template(&format!("{{{{ messages[0].content{} }}}}", "|replace('a', 'bb')".repeat(60))),
            fires: &[],
        },
        Example {
            name: "replaced-by-long-texts",
            files: || template("{{ ('a' * 9999)|replace('a', 'b' * 9999)|replace('b', 'c' * 9999) }}"),
            fires: &["template-expensive"],
        },
        Example {
            name: "macros-in-macros",
            files: || {
                template(
                    &(0..40)
                        .map(|n| {
                            format!(
                                "{{% macro m{n}(x) %}}{{{{ m{0}(x) }}}}{{{{ m{0}(x) }}}}{{% endmacro %}}",
                                n + 1
                            )
                        })
                        .chain(["{% macro m40(x) %}ab{% endmacro %}{{ m0(1) }}".to_owned()])
                        .collect::<String>(),
                )
            },
            fires: &["template-expensive"],
        },
        Example {
            name: "macro-of-itself",
            files: || {
                template(&format!(
                    "{{% macro m(x) %}}{{{{ x }}}}{{{{ x }}}}{{% endmacro %}}{{{{ {}'ab'{} }}}}",
                    "m(".repeat(60),
                    ")".repeat(60)
                ))
            },
            fires: &["template-expensive"],
        },
        Example {
            name: "macro-of-itself-twin",
            files: || {
                template(
                    "{% macro m(x) %}{{ x }}{{ x }}{% endmacro %}{{ m(m(m('ab'))) }}{% macro t(x) %}{% for i in x %}{{ t(i) }}{{ t(x[0]) }}{% endfor %}{% endmacro %}{{ t(tools) }}",
                )
            },
            fires: &[],
        },
        Example {
            name: "power-of-ten",
            files: || template("{{ '_' * 10 ** 9 }}"),
            fires: &["template-expensive"],
        },
        Example {
            name: "width-of-a-text",
            files: || template("{{ '%1000000000s' % messages }}"),
            fires: &["template-expensive"],
        },
        Example {
            name: "width-that-is-given",
            files: || template("{{ '%*d' % (10 ** 9, 1) }}"),
            fires: &["template-expensive"],
        },
        Example {
            name: "width-in-a-width",
            files: || template("{{ '{:{}}'.format(1, 10 ** 9) }}"),
            fires: &["template-expensive"],
        },
        Example {
            name: "width-filter",
            files: || template("{{ messages[0].content|center(10 ** 9) }}"),
            fires: &["template-expensive"],
        },
        Example {
            name: "width-filter-twin",
            files: || template("{{ messages[0].content|center(10 ** 2) }}"),
            fires: &[],
        },
        Example {
            name: "width-by-name",
            files: || template("{{ messages[0].content|indent(width=1000000000) }}"),
            fires: &["template-expensive"],
        },
        Example {
            name: "range-in-a-list",
            files: || template("{{ range(10 ** 9)|list|length }}"),
            fires: &["template-expensive"],
        },
        Example {
            name: "range-in-a-list-twin",
            files: || template("{{ range(10 ** 3)|list|length }}"),
            fires: &[],
        },
        Example {
            name: "nested-loops",
            files: || {
                template(
                    "{% for i in range(300) %}{% for j in range(300) %}{% for k in range(300) %}x{% endfor %}{% endfor %}{% endfor %}",
                )
            },
            fires: &["template-expensive"],
        },
        Example {
            name: "nested-loops-over-a-list",
            files: || {
                template("{% set l = [1] * 5000 %}{% for i in l %}{% for j in l %}x{% endfor %}{% endfor %}")
            },
            fires: &["template-expensive"],
        },
        Example {
            name: "nested-loops-over-data-twin",
            files: || {
                template(
                    "{% for m in messages %}{% for t in tools %}{% for k in t %}{{ m[k] }}{% endfor %}{% endfor %}{% endfor %}",
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
            Construct::Growth { size, text } => {
                let finding =
                    findings.add(place, format!("makes a text or list of {size} characters or more"));
                finding.excerpt = Some(text::shown(text, 200));
            }
            Construct::Recursion { name } => {
                findings.add(place, format!("the macro `{name}` always calls itself"));
            }
            _ => {}
        }
    }
}
