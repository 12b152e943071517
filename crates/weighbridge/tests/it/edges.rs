//! Which crates know of which: siblings never import each other, and what is heavy has one owner.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Each crate with those of ours that it may name.
const OURS: [(&str, &[&str]); 4] = [
    ("weighbridge-domain", &[]),
    ("weighbridge-inspect", &["weighbridge-domain"]),
    ("weighbridge-attest", &["weighbridge-domain"]),
    ("weighbridge", &["weighbridge-attest", "weighbridge-domain", "weighbridge-inspect"]),
];

/// Others' crates that only one of ours may name.
const OWNED: [(&str, &str); 5] = [
    ("clap", "weighbridge"),
    ("indicatif", "weighbridge"),
    ("rayon", "weighbridge-inspect"),
    ("ruff_python_parser", "weighbridge-inspect"),
    ("spdx", "weighbridge-inspect"),
];

/// Each crate of the workspace with what it depends on.
fn dependencies() -> BTreeMap<String, Vec<String>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut cargo = Command::new(env!("CARGO"));
    let metadata =
        cargo.current_dir(root).args(["metadata", "--format-version", "1", "--no-deps", "--offline"]);
    let metadata: Value = serde_json::from_slice(&metadata.output().unwrap().stdout).unwrap();
    let name = |value: &Value| value["name"].as_str().unwrap().to_owned();
    let of = |package: &Value| {
        let named = package["dependencies"].as_array().unwrap().iter();
        named.filter(|dependency| dependency["kind"].is_null()).map(name).collect()
    };
    metadata["packages"].as_array().unwrap().iter().map(|package| (name(package), of(package))).collect()
}

#[test]
fn crates_depend_only_downwards() {
    let found = dependencies();
    let known: BTreeMap<&str, &[&str]> = OURS.into_iter().collect();
    assert_eq!(
        found.keys().map(String::as_str).collect::<Vec<_>>(),
        known.keys().copied().collect::<Vec<_>>()
    );
    for (name, dependencies) in &found {
        for other in dependencies.iter().filter(|other| found.contains_key(*other)) {
            assert!(known[name.as_str()].contains(&other.as_str()), "`{name}` must not name `{other}`");
        }
        for (heavy, owner) in OWNED {
            let named = dependencies.iter().any(|other| other == heavy);
            assert!(!named || name == owner, "`{name}` must not name `{heavy}`, which is `{owner}`'s");
        }
    }
}
