//! Scripts against bash, makefiles against GNU make, Dockerfiles against dockerfile-parse, and YAML that deploys against `PyYAML`.

use serde_json::{Value, json};
use weighbridge_domain::facts::{Command, Coverage};
use weighbridge_inspect::Facts;

use super::files;

/// The words of every program, in order.
fn programs(facts: &Facts) -> Vec<Vec<String>> {
    facts.commands().flat_map(|(_, command)| &command.programs).map(|program| program.words.clone()).collect()
}

fn is_inspected(facts: &Facts) -> bool {
    facts.readings.iter().all(|reading| reading.coverage == Coverage::Inspected)
}

#[test]
fn scripts_call_what_bash_calls_with_the_same_words() {
    for reference in files("shell").into_iter().chain(files("makefile")) {
        let (facts, _) = reference.inspect();
        let mut calls = programs(&facts);
        calls.retain(|words| words[0] == "p");
        let expected = reference.expected["calls"].as_array().unwrap();
        let least = if reference.path.matches('/').count() > 1 { 2 } else { 30 };
        assert!(expected.len() >= least, "{}", reference.path);
        let calls: Vec<Value> = calls.iter().map(|call| json!(call)).collect();
        let missed: Vec<_> = expected.iter().filter(|call| !calls.contains(call)).collect();
        let wrong: Vec<_> = calls.iter().filter(|call| !expected.contains(call)).collect();
        assert!(missed.is_empty() && wrong.is_empty(), "{}: {missed:?}\n{wrong:?}", reference.path);
        assert_eq!(calls.len(), expected.len(), "{}", reference.path);
        assert!(is_inspected(&facts), "{:?}", facts.readings);
    }
}

fn images(facts: &Facts) -> Vec<String> {
    let whole = facts.images().map(|(_, image)| {
        let tag = image.tag.as_ref().map(|tag| format!(":{tag}")).unwrap_or_default();
        let digest = image.digest.as_ref().map(|digest| format!("@{digest}")).unwrap_or_default();
        format!("{}{tag}{digest}", image.name)
    });
    whole.collect()
}

#[test]
fn dockerfiles_build_on_and_run_what_another_reader_says() {
    for reference in files("dockerfile") {
        let (facts, _) = reference.inspect();
        assert_eq!(json!(images(&facts)), reference.expected["images"], "{}", reference.path);
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut std::fs::File::open(&reference.file).unwrap(), &mut bytes).unwrap();
        let line = |at: u64| bytes[..usize::try_from(at).unwrap()].split(|byte| *byte == b'\n').count() - 1;
        let found: Vec<(usize, &Command)> =
            facts.commands().map(|(place, command)| (line(place.at.unwrap()), command)).collect();
        let runs = reference.expected["runs"].as_array().unwrap();
        let starts: Vec<usize> =
            runs.iter().map(|run| usize::try_from(run["line"].as_u64().unwrap()).unwrap()).collect();
        for (number, run) in runs.iter().enumerate() {
            let end = starts.get(number + 1).copied().unwrap_or(usize::MAX);
            let within = found.iter().filter(|(line, _)| (starts[number]..end).contains(line));
            let words: Vec<&String> =
                within.flat_map(|(_, one)| &one.programs).flat_map(|one| &one.words).collect();
            let expected = run["words"].as_array().unwrap().iter();
            let expected: Vec<_> = expected.filter(|word| *word != "&&" && *word != "exec").collect();
            assert_eq!(json!(words), json!(expected), "{}", reference.path);
        }
        assert!(is_inspected(&facts), "{:?}", facts.readings);
    }
}

#[test]
fn yaml_that_deploys_has_the_images_and_commands_that_another_reader_finds() {
    for format in ["compose", "manifest", "workflow"] {
        for reference in files(format) {
            let (facts, _) = reference.inspect();
            let mut images = images(&facts);
            images.sort();
            assert_eq!(json!(images), reference.expected["images"], "{}", reference.path);
            let mut runs = programs(&facts);
            runs.sort();
            assert_eq!(json!(runs), reference.expected["runs"], "{}", reference.path);
            assert!(is_inspected(&facts), "{:?}", facts.readings);
        }
    }
}
