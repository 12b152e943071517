//! Pickles against `CPython`: `pickletools` counts the opcodes, the unpickler itself is asked which names it looks up.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use serde_json::{Value, json};
use weighbridge_domain::facts::What;
use weighbridge_inspect::input::Input;
use weighbridge_inspect::{Facts, Limits, inspect};

use super::files;

/// What we say of the programs in a file, in the reference's words.
fn programs(facts: &Facts) -> Vec<Value> {
    let program = |(place, what): (weighbridge_inspect::facts::Place<'_>, &What)| match what {
        What::Program { protocol, opcodes, end } if place.reading.member.is_empty() => {
            Some(json!({ "offset": place.at, "end": end, "opcodes": opcodes, "protocol": protocol }))
        }
        _ => None,
    };
    facts.iter().filter_map(program).collect()
}

/// The names looked up, as Python 3 calls them.
fn names(facts: &Facts) -> BTreeSet<(String, String)> {
    let outer = facts.names().filter(|(place, _)| place.reading.member.is_empty());
    outer.map(|(_, name)| (name.module.clone(), name.name.clone())).collect()
}

fn compare(format: &str) {
    for reference in files(format) {
        let (facts, _) = reference.inspect();
        let streams = reference.expected["streams"].as_array().unwrap();
        let wanted: Vec<_> = streams
            .iter()
            .map(|stream| {
                let field = |name: &str| stream[name].as_u64().unwrap_or_default();
                let (offset, end, opcodes) = (field("offset"), field("end"), field("opcodes"));
                json!({ "offset": offset, "end": end, "opcodes": opcodes, "protocol": field("protocol") })
            })
            .collect();
        assert_eq!(programs(&facts), wanted, "{}", reference.path);
        let globals = streams.iter().flat_map(|stream| stream["globals"].as_array().unwrap());
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let wanted: BTreeSet<_> = globals.map(|pair| (text(&pair[0]), text(&pair[1]))).collect();
        let found = names(&facts);
        let renamed = found.iter().map(|(module, name)| {
            let (module, name) = weighbridge_inspect::known::python3_name(module, name);
            (module.into_owned(), name.into_owned())
        });
        assert!(
            found == wanted || renamed.collect::<BTreeSet<_>>() == wanted,
            "{}: {found:?} instead of {wanted:?}",
            reference.path
        );
    }
}

#[test]
fn programs_and_names_are_those_that_cpython_sees() {
    compare("pickle");
}

#[test]
fn streams_of_torch_are_those_that_cpython_sees() {
    compare("torch-legacy");
}

#[test]
fn programs_of_text_that_cpython_takes_are_recognised() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/reference/programs/accepted.txt");
    let Ok(mut file) = File::open(&path) else {
        assert!(std::env::var_os("CI").is_none(), "{} was not made; run tests/prepare", path.display());
        eprintln!("NOT TESTED against CPython's unpicklers: run tests/prepare first");
        return;
    };
    let mut lines = String::new();
    file.read_to_string(&mut lines).unwrap();
    let digit =
        |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok()).unwrap();
    let mut missed = Vec::new();
    let mut tested = 0;
    for line in lines.lines() {
        let program: Vec<u8> =
            line.as_bytes().chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect();
        // The name says nothing of what it is.
        let (_, findings) = inspect(&Input::bytes(program.clone()), "notes.txt", &Limits::default());
        if !findings.iter().any(|finding| finding.rule == "pickle-starts-process") {
            missed.push(String::from_utf8_lossy(&program).into_owned());
        }
        tested += 1;
    }
    assert!(missed.is_empty(), "{} of {tested}: {missed:?}", missed.len());
    assert!(tested > 1000, "{tested} programs");
}
