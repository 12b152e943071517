//! What must hold for every format and every rule, because they are in the slices.

use std::collections::BTreeSet;
use std::sync::Arc;

use weighbridge_inspect::formats::{FORMATS, Support};
use weighbridge_inspect::rules::{Check, RULES, Rule};
use weighbridge_inspect::samples::{File, write};
use weighbridge_inspect::{Options, Progress, Report, scan, yara};

fn scan_files(files: &[File], weights: bool) -> Report {
    scan_with(files, &Options { weights, ..Options::default() })
}

fn scan_with(files: &[File], options: &Options) -> Report {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), files).unwrap();
    scan(&[folder.path().to_owned()], options, &Progress::default())
}

/// What a rule asks for to see its examples.
fn asks_for_weights(rule: &Rule) -> bool {
    matches!(rule.check, Check::Weights(_))
}

/// What a rule asks for to see its examples; nothing when this build has not got it.
fn asked_by(rule: &Rule) -> Option<Options> {
    let mut options = Options { weights: asks_for_weights(rule), ..Options::default() };
    if let Check::Yara(_) = rule.check {
        if !yara::AVAILABLE {
            return None;
        }
        options.yara =
            Some(Arc::new(yara::Rules::compile(&weighbridge_inspect::samples::yara::rules()).unwrap()));
    }
    Some(options)
}

fn sorted_and_unique(ids: &[&str]) {
    let sorted: BTreeSet<_> = ids.iter().copied().collect();
    assert_eq!(ids, sorted.into_iter().collect::<Vec<_>>());
}

#[test]
fn ids_are_unique_sorted_and_named_like_their_files() {
    let rules: Vec<_> = RULES.iter().map(|rule| rule.id).collect();
    sorted_and_unique(&rules);
    let root = env!("CARGO_MANIFEST_DIR");
    for id in rules {
        let file = format!("{root}/src/rules/{}.rs", id.replace('-', "_"));
        assert!(std::path::Path::new(&file).exists(), "{id} is not in {file}");
    }
    sorted_and_unique(&FORMATS.iter().map(|format| format.id).filter(|id| *id != "text").collect::<Vec<_>>());
}

#[test]
fn every_example_fires_exactly_the_rules_it_names() {
    let mut wrong = String::new();
    for rule in RULES {
        let options = asked_by(rule);
        for example in rule.examples {
            let report = scan_with(&(example.files)(), &options.clone().unwrap_or_default());
            let fired: BTreeSet<_> = report.findings.iter().map(|finding| finding.rule.as_str()).collect();
            let expected: BTreeSet<_> = example.fires.iter().copied().filter(|_| options.is_some()).collect();
            if fired != expected {
                wrong.push_str(&format!("{}/{}: {fired:?} instead of {expected:?}\n", rule.id, example.name));
                for finding in &report.findings {
                    wrong.push_str(&format!(
                        "    {} {}: {}\n",
                        finding.rule, finding.location, finding.message
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_rule_is_shown_by_an_example_and_by_a_silent_twin() {
    for rule in RULES {
        assert!(
            rule.examples.iter().any(|example| example.fires.contains(&rule.id)),
            "{} never fires",
            rule.id
        );
        assert!(
            rule.examples.iter().any(|example| example.fires.is_empty()),
            "{} has no silent twin",
            rule.id
        );
        for text in [rule.summary, rule.why, rule.advice] {
            assert!(!text.trim().is_empty(), "{} does not say all of what, why and what to do", rule.id);
        }
    }
}

#[test]
fn samples_of_every_format_are_recognised_inspected_and_silent() {
    for format in FORMATS {
        let files = (format.samples)();
        assert!(!files.is_empty(), "{} has no sample", format.id);
        let report = scan_files(&files, false);
        // A program is not a model file: that it is there is what has to be said.
        let expected = |rule: &str| rule == "embedded-program" && format.support == Support::Recognised;
        let loud = report.findings.iter().filter(|finding| !expected(&finding.rule));
        let loud: Vec<_> = loud.map(|f| (&f.rule, f.severity, &f.location, &f.message)).collect();
        assert!(loud.is_empty(), "{}: {loud:?}", format.id);
        let recognised = report.files.iter().any(|file| {
            file.formats.contains(&format.id) || file.parts.iter().any(|part| part.format == Some(format.id))
        });
        assert!(recognised, "{}: {:?}", format.id, report.files);
        assert_eq!(
            report.not_inspected.is_empty(),
            format.support != Support::Recognised,
            "{}: {:?}",
            format.id,
            report.not_inspected
        );
    }
}

#[test]
fn without_the_option_numbers_are_not_read_and_with_it_samples_stay_ordinary() {
    for rule in RULES.iter().filter(|rule| asks_for_weights(rule)) {
        for example in rule.examples {
            let report = scan_files(&(example.files)(), false);
            assert!(report.findings.is_empty(), "{}/{}: {:?}", rule.id, example.name, report.findings);
            assert_eq!(report.notes, ["the numbers in tensors were not read; --weights reads them"]);
        }
    }
    for format in FORMATS {
        let report = scan_files(&(format.samples)(), true);
        let loud = report.findings.iter().filter(|finding| finding.rule.starts_with("weights-"));
        let loud: Vec<_> = loud.map(|f| (&f.rule, &f.location, &f.message)).collect();
        assert!(loud.is_empty(), "{}: {loud:?}", format.id);
    }
}
