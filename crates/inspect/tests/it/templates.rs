//! How severe computed names in templates are, and that hostile templates are read quickly.

use std::time::{Duration, Instant};

use weighbridge_domain::Severity;
use weighbridge_inspect::samples::{template, write};
use weighbridge_inspect::{Options, Progress, scan};

/// The worst finding of a rule in a template.
fn worst(rule: &str, source: &str) -> Option<Severity> {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &template::template(source)).unwrap();
    let report = scan(&[folder.path().to_owned()], &Options::default(), &Progress::default());
    report.findings.iter().filter(|finding| finding.rule == rule).map(|finding| finding.severity).max()
}

#[test]
fn computed_names_are_as_severe_as_what_they_are_looked_up_in() {
    for (source, expected) in [
        ("{{ lipsum['con' ~ 'tent'] }}", Some(Severity::High)),
        ("{{ cycler[messages[0].content] }}", Some(Severity::High)),
        ("{{ 'a'[tools|join] }}", Some(Severity::High)),
        ("{{ [][tools|join] }}", Some(Severity::High)),
        ("{{ messages['_' ~ tools ~ '_'][messages[0].content] }}", Some(Severity::High)),
        ("{{ messages['c0ntent'.translate({48: 'o'})] }}", Some(Severity::High)),
        ("{{ messages['x'.translate(tools)] }}", Some(Severity::High)),
        ("{{ messages['class'.center(9, '_')] }}", Some(Severity::Critical)),
        ("{{ messages['_' ~ tools ~ '_'] }}", Some(Severity::Medium)),
        ("{{ messages['con' ~ 'tent'] }}", None),
        ("{{ messages['a' ~ tools ~ 'b'] }}", None),
        ("{{ messages[loop.index0]['role'] }}{{ message[key] }}{{ tools[i] }}", None),
    ] {
        assert_eq!(worst("template-sandbox-escape", source), expected, "{source}");
    }
}

#[test]
fn growth_is_found_without_growing() {
    let nested =
        "{% for a in messages %}".repeat(150) + "{% set n.a = n.a ~ 'ab' %}" + &"{% endfor %}".repeat(150);
    let branches = "{% if a %}{% set b = b ~ c %}".repeat(150) + &"{% endif %}".repeat(150);
    let lists = "{% set a = [a, a] %}{% set b = {'a': a, 'b': a} %}".repeat(2_000);
    let replaced = format!("{{{{ 'a'{} }}}}", "|replace('a', 'aa')".repeat(20_000));
    let macros: String = (0..2_000)
        .map(|n| format!("{{% macro m{n}(x) %}}{{{{ m{0}(x) }}}}{{{{ m{0}(x) }}}}{{% endmacro %}}", n + 1))
        .collect();
    for (source, grows) in
        [(nested, false), (branches, false), (lists, true), (replaced, true), (macros, true)]
    {
        let begin = Instant::now();
        let found = worst("template-expensive", &source);
        let took = begin.elapsed();
        assert_eq!(found, grows.then_some(Severity::Medium), "{}", source.get(..60).unwrap());
        assert!(took < Duration::from_secs(20), "{took:?}: {}", source.get(..60).unwrap());
    }
}
