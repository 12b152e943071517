//! XGBoost, LightGBM, CatBoost and skops: trees, features, attributes and names.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use weighbridge_domain::facts::Coverage;
use weighbridge_inspect::Facts;

use super::{assert_ordinary, files};

fn stated(facts: &Facts, path: &str) -> BTreeMap<String, String> {
    assert_eq!(facts.readings[0].coverage, Coverage::Inspected, "{path}");
    facts.metadata().map(|(_, key, value)| (key.to_owned(), value.to_owned())).collect()
}

#[test]
fn boosted_trees_are_what_their_libraries_say() {
    for file in files("xgboost") {
        let (facts, findings) = file.inspect();
        assert_ordinary(&file.path, &findings, &[]);
        let found = stated(&facts, &file.path);
        let model = &file.expected["model"];
        assert_eq!(json!(found["trees"].parse::<u64>().unwrap()), model["trees"], "{}", file.path);
        assert_eq!(json!(found["features"].parse::<u64>().unwrap()), model["features"], "{}", file.path);
        assert_eq!(json!(found["objective"]), model["objective"], "{}", file.path);
        let mut attributes: BTreeMap<_, _> = found
            .iter()
            .filter_map(|(key, value)| Some((key.strip_prefix("attributes.")?.to_owned(), value.clone())))
            .collect();
        // Of what has no place in the binary format, the writer makes an attribute, and the reader takes it out.
        if file.file.extension().is_some_and(|ending| ending == "model") {
            attributes.remove("objective");
        }
        assert_eq!(json!(attributes), model["attributes"], "{}", file.path);
    }
    for file in files("lightgbm") {
        let (facts, findings) = file.inspect();
        assert_ordinary(&file.path, &findings, &[]);
        let found = stated(&facts, &file.path);
        let model = &file.expected["model"];
        let last = found["max_feature_idx"].parse::<u64>().unwrap();
        assert_eq!(json!(found["trees"].parse::<u64>().unwrap()), model["trees"], "{}", file.path);
        assert_eq!(json!(last + 1), model["features"], "{}", file.path);
    }
}

/// The part of a model of CatBoost that is not read.
const UNREAD: &str = "tables for texts and embeddings are not read";

#[test]
fn models_of_catboost_are_what_catboost_says() {
    let others = files("catboost-other").into_iter().map(|file| (file, false));
    for (file, whole) in files("catboost").into_iter().map(|file| (file, true)).chain(others) {
        let (facts, findings) = file.inspect();
        assert_ordinary(&file.path, &findings, &[]);
        let coverage =
            if whole { Coverage::Inspected } else { Coverage::NotInspected { why: UNREAD.to_owned() } };
        let reading = &facts.readings[0];
        assert_eq!((reading.format, &reading.coverage), (Some("catboost"), &coverage), "{}", file.path);
        let found: BTreeMap<_, _> = facts.metadata().map(|(_, key, value)| (key, value)).collect();
        let stated = file.expected["stated"].as_object().unwrap();
        for (key, value) in stated {
            assert_eq!(found.get(key.as_str()).copied(), value.as_str(), "{}: {key}", file.path);
        }
        assert_eq!(
            found.contains_key("tables of categories"),
            stated.contains_key("tables of categories") || file.path.contains("all"),
            "{}",
            file.path
        );
    }
}

#[test]
fn names_in_skops_archives_are_those_that_skops_sees() {
    for file in files("skops") {
        let (facts, findings) = file.inspect();
        assert_ordinary(&file.path, &findings, &[]);
        assert_eq!(facts.readings[0].coverage, Coverage::Inspected, "{}", file.path);
        let names: BTreeSet<_> = facts.objects().map(|(_, object)| object.name.to_string()).collect();
        assert_eq!(json!(names), file.expected["objects"], "{}", file.path);
    }
}
