//! Runs the rules over the facts about files.

use std::collections::BTreeMap;

use weighbridge_domain::Finding;
use weighbridge_domain::facts::Coverage;

use super::findings::run;
use super::{Check, RULES};
use crate::facts::Facts;
use crate::secrets::Known;

/// What every rule finds in one file. When the time ends before that, the file is not inspected.
pub(crate) fn judge_file(path: &str, facts: &mut Facts, found: &mut Vec<Finding>) {
    for rule in RULES {
        if let Check::File(check) | Check::Weights(check) | Check::Yara(check) = rule.check
            && facts.clock.goes_on()
        {
            run(rule, path, &facts.known, found, |findings| check(facts, findings));
        }
    }
    if facts.clock.is_stopped() {
        let why = facts.clock.fault().to_string();
        let told = facts.readings.first().is_some_and(
            |outer| matches!(&outer.coverage, Coverage::NotInspected { why: told } if told.contains(&why)),
        );
        if !told {
            facts.not_inspected_in(0, format!("its findings are not complete: {why}"));
        }
    }
}

/// What every rule finds in a folder, until the time of one of its files is over.
pub(crate) fn judge_folder(files: &[(&str, &Facts)], found: &mut Vec<Finding>) {
    let known = Known::of_all(files.iter().map(|(_, facts)| &facts.known));
    for rule in RULES {
        if let Check::Folder(check) = rule.check
            && files.iter().all(|(_, facts)| facts.clock.goes_on())
        {
            run(rule, "", &known, found, |findings| check(files, findings));
        }
    }
}

/// What every rule finds in all files of a scan, until the time of one of them is over.
pub(crate) fn judge_scan(files: &BTreeMap<&str, &Facts>, found: &mut Vec<Finding>) {
    let known = Known::of_all(files.values().map(|facts| &facts.known));
    for rule in RULES {
        if let Check::Scan(check) = rule.check
            && files.values().all(|facts| facts.clock.goes_on())
        {
            run(rule, "", &known, found, |findings| check(files, findings));
        }
    }
}
