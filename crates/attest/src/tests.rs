//! Bills that are put together by hand: packages, results, and what is not known.

use serde_json::{Value, json};
use weighbridge_domain::bill::{
    Bill, File, Known, Maker, Manifest, Part, Stated, Tensors, Terms, TestResult,
};
use weighbridge_domain::facts::{Origin, Package};
use weighbridge_domain::{Digest, bill::Field};

use crate::coverage::{CLUSTERS, Presence};
use crate::{cyclonedx, spdx};

fn stated(value: &str, known: Known) -> Stated {
    Stated { value: value.to_owned(), known, place: "README.md".to_owned() }
}

fn package(name: &str, pin: Option<&str>, hashes: &[&str]) -> Part {
    let package = Package {
        ecosystem: "pypi",
        name: name.to_owned(),
        constraint: pin.map_or_else(String::new, |pin| format!("=={pin}")),
        pin: pin.map(ToOwned::to_owned),
        hashes: hashes.iter().map(|hash| (*hash).to_owned()).collect(),
        origin: Origin::Index,
        group: String::new(),
        locked: false,
    };
    let places = vec![("requirements.txt".to_owned(), package.constraint.clone())];
    Part { package, places }
}

fn bill() -> Bill {
    let file = File {
        path: "model.safetensors".to_owned(),
        size: 8,
        sha256: Some(Digest([1; 32])),
        formats: vec!["safetensors"],
        coverage: "inspected",
        tensors: Tensors::default(),
    };
    Bill {
        maker: Maker { name: "weighbridge", version: "1.0.0", ruleset: "1.0.0+0".to_owned() },
        date: None,
        purl: None,
        manifest: Manifest { digest: Digest([2; 32]), identity: Digest([3; 32]), files: vec![file] },
        stated: [(Field::Name, vec![stated("Demo", Known::Declared)])].into(),
        bases: Vec::new(),
        datasets: Vec::new(),
        terms: Vec::new(),
        passages: Vec::new(),
        results: Vec::new(),
        parts: Vec::new(),
        weaknesses: Vec::new(),
        missed: Vec::new(),
        notes: Vec::new(),
    }
}

fn as_cyclonedx(bill: &Bill) -> Value {
    let mut out = Vec::new();
    cyclonedx::write(bill, &mut out).unwrap();
    serde_json::from_slice(&out).unwrap()
}

/// The elements of one class.
fn as_spdx(bill: &Bill, class: &str) -> Vec<Value> {
    let mut out = Vec::new();
    spdx::write(bill, &mut out).unwrap();
    let document: Value = serde_json::from_slice(&out).unwrap();
    let graph = document["@graph"].as_array().unwrap().iter();
    graph.filter(|element| element["type"] == class).cloned().collect()
}

#[test]
fn of_many_lines_the_first_are_kept_and_the_rest_is_counted() {
    assert_eq!(crate::some(&[1, 2, 3], 2, ToString::to_string), ["1", "2", "and 1 more"]);
    assert_eq!(crate::some(&[1, 2], 2, ToString::to_string), ["1", "2"]);
}

#[test]
fn packages_are_libraries_that_the_model_depends_on() {
    let digest = "ab".repeat(32);
    let one = format!("sha256:{digest}");
    let bill = Bill {
        parts: vec![
            package("Torch_Vision", Some("0.1+cu118"), &[&one]),
            package("numpy", None, &[]),
            package("many", Some("1"), &[&one, "sha512:00"]),
        ],
        ..bill()
    };
    let document = as_cyclonedx(&bill);
    let [pinned, loose, many] = document["components"].as_array().unwrap().as_slice() else {
        panic!("three")
    };
    assert_eq!(pinned["type"], "library");
    assert_eq!(pinned["purl"], "pkg:pypi/torch-vision@0.1%2Bcu118");
    assert_eq!(pinned["hashes"], json!([{ "alg": "SHA-256", "content": digest }]));
    assert_eq!((&loose["purl"], &loose["version"]), (&json!("pkg:pypi/numpy"), &Value::Null));
    // One of several digests is enough for an installer: none of them is the package's.
    assert_eq!(many.get("hashes"), None);
    let needed = json!([
        "file:model.safetensors",
        "package:pypi/torch_vision@0.1+cu118",
        "package:pypi/numpy",
        "package:pypi/many@1"
    ]);
    assert_eq!(document["dependencies"][0]["dependsOn"], needed);

    let packages = as_spdx(&bill, "software_Package");
    assert_eq!(packages[0]["software_packageUrl"], "pkg:pypi/torch-vision@0.1%2Bcu118");
    let related = as_spdx(&bill, "Relationship");
    let related = related.iter().find(|one| one["relationshipType"] == "dependsOn").unwrap();
    assert_eq!(related["to"].as_array().unwrap().len(), 3);
}

#[test]
fn results_keep_what_they_are_about() {
    let (name, dataset) = ("accuracy".to_owned(), Some("rows".to_owned()));
    let results = vec![TestResult { name, value: stated("0.5", Known::Declared), dataset }];
    let bill = Bill { results, ..bill() };
    let document = as_cyclonedx(&bill);
    let metrics =
        &document["metadata"]["component"]["modelCard"]["quantitativeAnalysis"]["performanceMetrics"];
    assert_eq!(*metrics, json!([{ "type": "accuracy", "value": "0.5", "slice": "rows" }]));
    let metric = &as_spdx(&bill, "ai_AIPackage")[0]["ai_metric"][0];
    assert_eq!((&metric["key"], &metric["value"]), (&json!("accuracy (rows)"), &json!("0.5")));
}

#[test]
fn terms_that_are_declared_and_terms_that_were_found_are_told_apart() {
    let found = Stated { place: "model.safetensors".to_owned(), ..stated("MIT License", Known::Read) };
    let terms = vec![
        Terms { stated: stated("apache-2.0", Known::Declared), spdx: Some("Apache-2.0"), found: false },
        Terms { stated: stated("my own/terms", Known::Declared), spdx: None, found: false },
        Terms { stated: found, spdx: Some("MIT"), found: true },
    ];
    let bill = Bill { terms, ..bill() };
    let model = &as_cyclonedx(&bill)["metadata"]["component"];
    let declared = json!([
        { "license": { "id": "Apache-2.0", "acknowledgement": "declared" } },
        { "license": { "name": "my own/terms", "acknowledgement": "declared" } }
    ]);
    assert_eq!(model["licenses"], declared);
    assert_eq!(model["evidence"]["licenses"], json!([{ "license": { "id": "MIT" } }]));

    let expressions = as_spdx(&bill, "simplelicensing_LicenseExpression");
    let expressions: Vec<_> =
        expressions.iter().map(|one| &one["simplelicensing_licenseExpression"]).collect();
    assert_eq!(expressions, ["Apache-2.0", "LicenseRef-my-own-terms", "MIT"]);
    let file = as_spdx(&bill, "software_File")[0]["spdxId"].clone();
    let related = as_spdx(&bill, "Relationship");
    let concluded = related.iter().find(|one| one["relationshipType"] == "hasConcludedLicense").unwrap();
    assert_eq!(concluded["from"], file);
}

#[test]
fn what_nobody_states_is_not_made_up() {
    let model = &as_spdx(&bill(), "ai_AIPackage")[0];
    assert_eq!(model["releaseTime"], "1970-01-01T00:00:00Z");
    assert_eq!(model["software_downloadLocation"], "NOASSERTION");
    assert_eq!(model["software_packageVersion"], format!("sha256:{}", Digest([2; 32])));
    assert!(model["comment"].as_str().unwrap().contains("wants a date"));
    let with_data = Bill { datasets: vec![stated("rows", Known::Declared)], ..bill() };
    let data = &as_spdx(&with_data, "dataset_DatasetPackage")[0];
    assert_eq!((data.get("builtTime"), data.get("releaseTime")), (None, None), "{data}");
    let claimed = &as_spdx(&with_data, "SpdxDocument")[0]["profileConformance"];
    assert!(!claimed.as_array().unwrap().contains(&json!("dataset")), "{claimed}");
    let document = as_cyclonedx(&bill());
    assert_eq!(document["serialNumber"], "urn:uuid:03030303-0303-8303-8303-030303030303");
    for absent in ["purl", "version", "licenses", "authors", "description", "pedigree"] {
        assert_eq!(document["metadata"]["component"].get(absent), None, "{absent}");
    }
}

#[test]
fn an_element_is_present_once_the_bill_has_it() {
    let models = CLUSTERS.iter().find(|cluster| cluster.title == "Models").unwrap();
    let presence = |bill: &Bill, name: &str| models.look(bill).find(|(known, _)| *known == name).unwrap().1;
    assert_eq!(presence(&bill(), "name"), Presence::Present);
    assert_eq!(presence(&bill(), "identifier"), Presence::Absent);
    let named = Bill { purl: Some("pkg:huggingface/a/b".to_owned()), ..bill() };
    assert_eq!(presence(&named, "identifier"), Presence::Present);
    assert_eq!(presence(&named, "timestamp"), Presence::Unknowable);
}
