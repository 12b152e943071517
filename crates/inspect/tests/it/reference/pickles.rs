//! Pickles against `CPython`: `pickletools` counts the opcodes, the unpickler itself is asked which names it looks up.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use weighbridge_domain::facts::What;
use weighbridge_inspect::Facts;

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
