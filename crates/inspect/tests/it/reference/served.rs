//! Archives around models, images of containers, PMML, and settings: members, names that are asked for, functions.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use weighbridge_domain::facts::Coverage;
use weighbridge_inspect::Facts;
use weighbridge_inspect::input::Input;

use super::{Reference, assert_ordinary, files};

fn inspect(file: &Reference, allowed: &[&str]) -> Facts {
    let (facts, findings) = file.inspect();
    assert_ordinary(&file.path, &findings, allowed);
    for reading in &facts.readings {
        let missed = matches!(reading.coverage, Coverage::NotInspected { .. });
        assert!(!missed, "{}!{}: {:?}", file.path, reading.member, reading.coverage);
    }
    facts
}

/// The parts of an archive by their names and sizes.
fn parts(facts: &Facts, below: &str) -> BTreeMap<String, u64> {
    let inner = facts.readings.iter().filter_map(|reading| {
        let name = if below.is_empty() {
            &*reading.member
        } else {
            reading.member.strip_prefix(below)?.strip_prefix('!')?
        };
        (!name.is_empty() && !name.contains('!')).then(|| (name.to_owned(), reading.size))
    });
    inner.collect()
}

/// The members that are files, by their names and sizes.
fn members(expected: &Value) -> BTreeMap<String, u64> {
    let members = expected["members"].as_array().unwrap().iter().filter(|member| member["kind"] == "file");
    let sizes =
        members.map(|member| (member["name"].as_str().unwrap().to_owned(), member["size"].as_u64().unwrap()));
    sizes.filter(|(_, size)| *size > 0).collect()
}

/// What settings ask for by a name.
fn targets(facts: &Facts) -> Vec<&str> {
    let all = facts.settings().filter(|(_, key, _)| key.rsplit('.').next() == Some("_target_"));
    let mut texts: Vec<_> = all.map(|(_, _, value)| value).collect();
    texts.sort_unstable();
    texts
}

#[test]
fn archives_of_torchserve_hold_what_its_archiver_wrote() {
    for file in files("torchserve") {
        let facts = inspect(&file, &[]);
        assert_eq!(facts.readings[0].format, Some("torchserve"), "{}", file.path);
        assert_eq!(parts(&facts, ""), members(&file.expected), "{}", file.path);
        let found: BTreeMap<_, _> = facts
            .metadata()
            .filter(|(place, ..)| place.format() == "torchserve")
            .map(|(_, key, value)| (key, value))
            .collect();
        assert_eq!(json!(found), file.expected["manifest"], "{}", file.path);
    }
    for file in files("torchserve-gzip") {
        let facts = inspect(&file, &[]);
        let inner = facts.readings[1].member.clone();
        assert_eq!(parts(&facts, &inner), members(&file.expected), "{}", file.path);
    }
}

#[test]
fn models_of_nemo_hold_what_its_connector_wrote() {
    for file in files("nemo") {
        let facts = inspect(&file, &[]);
        assert_eq!(facts.readings[0].format, Some("nemo"), "{}", file.path);
        let found: BTreeMap<_, _> = parts(&facts, "")
            .into_iter()
            .map(|(name, size)| (name.trim_start_matches("./").to_owned(), size))
            .collect();
        let wanted: BTreeMap<_, _> = members(&file.expected)
            .into_iter()
            .map(|(name, size)| (name.trim_start_matches("./").to_owned(), size))
            .collect();
        assert_eq!(found, wanted, "{}", file.path);
        assert_eq!(json!(targets(&facts)), file.expected["targets"], "{}", file.path);
        // The weights are those of another file that torch wrote.
        let weights =
            files("torch-library").into_iter().find(|other| other.path.ends_with("/state.pt")).unwrap();
        let found: BTreeSet<_> = facts.tensors().map(|(_, tensor)| tensor.name.as_str()).collect();
        let wanted: BTreeSet<_> =
            weights.expected["tensors"].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(found, wanted, "{}", file.path);
    }
}

#[test]
fn images_hold_the_layers_and_files_that_their_writers_put_there() {
    for file in files("image") {
        let facts = inspect(&file, &[]);
        assert_eq!(facts.readings[0].format, Some("oci-image"), "{}", file.path);
        assert_eq!(parts(&facts, ""), members(&file.expected), "{}", file.path);
        // Parts are told by their sizes: the files of the layers are small texts and one file of weights.
        let sizes = |of: &dyn Fn(&str) -> bool| -> Vec<u64> {
            facts.readings.iter().filter(|reading| of(&reading.member)).map(|reading| reading.size).collect()
        };
        let in_layers = sizes(&|member| {
            let mut above = member.rsplit('!');
            let name = above.next().unwrap_or_default();
            name.contains('/')
                && !name.contains("blobs/")
                && above.next().is_some()
                && !name.ends_with("/json")
                && !name.ends_with("/VERSION")
        });
        let wanted: u64 =
            file.expected["files"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
        assert_eq!(in_layers.len() as u64, wanted, "{}: {:?}", file.path, facts.readings);
        let layers = facts.readings.iter().filter(|reading| reading.format == Some("oci-layer")).count();
        assert_eq!(layers, 2, "{}", file.path);
        assert!(facts.tensors().any(|(_, tensor)| tensor.name == "weight"), "{}", file.path);
    }
    for file in files("image-layout") {
        let facts = inspect(&file, &[]);
        let Some(digest) = file.expected["digest"].as_str() else { continue };
        let input = Input::file(File::open(&file.file).unwrap()).unwrap();
        let bytes = input.read(0, input.len()).unwrap();
        let found: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(found, digest, "{}", file.path);
        for (_, reference) in facts.references() {
            assert!(
                file.file.with_file_name(&reference.target).exists(),
                "{}: {}",
                file.path,
                reference.target
            );
        }
    }
}

#[test]
fn pmml_applies_the_functions_that_stand_in_it() {
    for file in files("pmml") {
        let facts = inspect(&file, &[]);
        assert_eq!(facts.readings[0].format, Some("pmml"), "{}", file.path);
        let found: BTreeMap<_, _> =
            facts.operators().map(|(_, one)| (one.name.as_str(), one.count)).collect();
        assert_eq!(json!(found), file.expected["functions"], "{}", file.path);
        let stated: BTreeMap<_, _> = facts.metadata().map(|(_, key, value)| (key, value)).collect();
        for key in ["version", "application"] {
            assert_eq!(stated.get(key).copied(), file.expected[key].as_str(), "{}: {key}", file.path);
        }
    }
}

/// Names that no library has, and an encoding that some readers refuse.
const ALLOWED: [&str; 2] = ["config-instantiates", "json-broken"];

#[test]
fn settings_ask_for_what_their_own_readers_find() {
    for file in files("settings") {
        let (facts, findings) = file.inspect();
        assert!(
            findings.iter().all(|finding| ALLOWED.contains(&finding.rule.as_str())),
            "{}: {findings:?}",
            file.path
        );
        assert_eq!(facts.readings[0].coverage, Coverage::Inspected, "{}", file.path);
        assert_eq!(json!(targets(&facts)), file.expected["targets"], "{}", file.path);
    }
}

#[test]
fn settings_of_git_are_those_that_git_lists() {
    for file in files("git-config") {
        let facts = inspect(&file, &[]);
        assert_eq!(facts.readings[0].format, Some("git-config"), "{}", file.path);
        let mut found: Vec<_> = facts.metadata().map(|(_, key, value)| json!([key, value])).collect();
        found.sort_by_key(Value::to_string);
        let mut wanted = file.expected["pairs"].as_array().unwrap().clone();
        wanted.sort_by_key(Value::to_string);
        assert_eq!(found, wanted, "{}", file.path);
    }
}
