//! Tensors over whole models.

use serde_json::Value;

use super::{changes, compared, revisions, told};
use weighbridge_inspect::samples::tensor::{Gguf, npy, raw_safetensors};

type Tensor<'a> = (&'a str, &'a str, &'a str, Vec<u8>);

/// A safetensors file with these names, types, shapes and bytes.
fn file(tensors: &[Tensor<'_>]) -> Vec<u8> {
    let (mut header, mut data) = (Vec::new(), Vec::new());
    for (name, dtype, shape, bytes) in tensors {
        let (start, end) = (data.len(), data.len() + bytes.len());
        header.push(format!(
            r#""{name}":{{"dtype":"{dtype}","shape":{shape},"data_offsets":[{start},{end}]}}"#
        ));
        data.extend(bytes);
    }
    let header = format!("{{{}}}", header.join(","));
    let header = format!("{header}{}", " ".repeat(header.len().next_multiple_of(8) - header.len()));
    raw_safetensors(header.len() as u64, header.as_bytes(), &data)
}

fn floats(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn of<'a>(diff: &'a Value, message: &str) -> &'a Value {
    let changes = diff["changes"].as_array().unwrap();
    changes
        .iter()
        .find(|change| change["message"] == message)
        .unwrap_or_else(|| panic!("{message}: {changes:?}"))
}

#[test]
fn tensors_come_go_and_change_type_shape_name_and_values() {
    let old = file(&[
        ("moved", "F32", "[2]", floats(&[3.0, 4.0])),
        ("same", "F32", "[1]", floats(&[1.0])),
        ("shape", "F32", "[2]", floats(&[1.0, 2.0])),
        ("before", "U8", "[3]", vec![7, 8, 9]),
        ("gone", "U8", "[1]", vec![1]),
    ]);
    let new = file(&[
        ("moved", "F32", "[2]", floats(&[3.0, 4.5])),
        ("same", "F32", "[1]", floats(&[1.0])),
        ("shape", "F32", "[2,1]", floats(&[1.0, 2.0])),
        ("after", "U8", "[3]", vec![7, 8, 9]),
        ("come", "U8", "[1]", vec![2]),
    ]);
    let (diff, code) =
        compared(&revisions(&[("m.safetensors", &old)], &[("m.safetensors", &new)]), &["old", "new"]);
    let lines = told(&diff);
    assert_eq!(
        lines,
        [
            "amber tensor m.safetensors: 1 tensor was added",
            "amber tensor m.safetensors: 1 tensor of 3 has other values",
            "amber tensor m.safetensors: 1 tensor has another type or shape",
            "amber tensor m.safetensors: 1 tensor has another name and the same bytes",
            "amber tensor m.safetensors: 1 tensor was removed",
        ]
    );
    assert_eq!((&diff["totals"]["unchanged_tensors"], code), (&1.into(), Some(1)));
    let norms = &of(&diff, "1 tensor of 3 has other values")["details"][0]["norms"];
    assert_eq!(
        (&norms["old"], &norms["difference"], &norms["relative"]),
        (&5.0.into(), &0.5.into(), &0.1.into())
    );
    let renamed = &of(&diff, "1 tensor has another name and the same bytes")["details"][0];
    assert_eq!((&renamed["old"], &renamed["new"]), (&"before".into(), &"after".into()));
    assert_eq!(renamed["old_sha256"], renamed["new_sha256"]);
    assert!(renamed["old_sha256"].is_string());
}

#[test]
fn a_model_that_is_cut_into_other_files_is_the_same_model() {
    let a = ("a", "F32", "[2]", floats(&[1.0, 2.0]));
    let b = ("b", "F32", "[1]", floats(&[3.0]));
    let whole = file(&[a.clone(), b.clone()]);
    let (one, two) = (file(&[b]), file(&[a]));
    let (diff, _) = compared(
        &revisions(
            &[("model.safetensors", &whole)],
            &[("model-00001-of-00002.safetensors", &one), ("model-00002-of-00002.safetensors", &two)],
        ),
        &["old", "new"],
    );
    assert!(told(&diff).iter().all(|line| line.starts_with("amber file ")), "{:?}", told(&diff));
    assert_eq!(diff["totals"]["unchanged_tensors"], 2);
    let moved = file(&[("a", "F32", "[2]", floats(&[1.0, 2.5]))]);
    let lines = changes(
        &[("model.safetensors", &whole)],
        &[("model-00001-of-00002.safetensors", &one), ("model-00002-of-00002.safetensors", &moved)],
    );
    assert!(
        lines.contains(
            &"amber tensor model-00002-of-00002.safetensors: 1 tensor of 2 has other values".to_owned()
        ),
        "{lines:?}"
    );
}

#[test]
fn the_furthest_is_told_first() {
    let names: Vec<String> = (0..12).map(|i| format!("t{i:02}")).collect();
    let model = |by: f32| {
        let tensor = |(name, i): (&'_ String, u8)| -> (String, Vec<u8>) {
            (name.clone(), floats(&[1.0 + by * f32::from(i)]))
        };
        let tensors: Vec<_> = names.iter().zip(1..).map(tensor).collect();
        let tensors: Vec<Tensor<'_>> =
            tensors.iter().map(|(name, bytes)| (name.as_str(), "F32", "[1]", bytes.clone())).collect();
        file(&tensors)
    };
    let folder = revisions(&[("m.safetensors", &model(0.0))], &[("m.safetensors", &model(1.0))]);
    let (diff, _) = compared(&folder, &["old", "new"]);
    let details = of(&diff, "12 tensors of 12 have other values")["details"].as_array().unwrap();
    let first: Vec<_> = details.iter().take(2).map(|detail| detail["name"].as_str().unwrap()).collect();
    assert_eq!(first, ["t11", "t10"]);
    let shown = crate::run::run(folder.path(), &["diff", "old", "new"]).stdout;
    assert_eq!(shown.matches(" moved by ").count() + shown.matches("moved by 1200").count(), 11, "{shown}");
    assert!(shown.contains("and 2 more; --verbose shows more"), "{shown}");
}

#[test]
fn quantised_blocks_are_only_said_to_differ() {
    let model = |salt: u8| {
        let mut bytes = Gguf::new().text("general.architecture", "x").tensor("q", &[32], 8, 34).build();
        *bytes.last_mut().unwrap() ^= salt;
        bytes
    };
    let (diff, _) = compared(&revisions(&[("m.gguf", &model(0))], &[("m.gguf", &model(1))]), &["old", "new"]);
    let message =
        "1 tensor of 1 has other values, 1 of types whose values are not read: only their bytes are compared";
    let detail = &of(&diff, message)["details"][0];
    assert!(detail["norms"].is_null() && detail["old_sha256"] != detail["new_sha256"], "{detail}");
}

#[test]
fn arrays_and_values_that_are_no_numbers_are_compared() {
    let array = |value: f32| npy("'<f4'", "(1,)", &value.to_le_bytes());
    let (diff, _) =
        compared(&revisions(&[("a.npy", &array(1.0))], &[("a.npy", &array(f32::NAN))]), &["old", "new"]);
    let norms = &of(&diff, "1 tensor of 1 has other values")["details"][0]["norms"];
    assert_eq!((&norms["old"], &norms["new"]), (&1.0.into(), &Value::Null));
}

#[test]
fn two_files_of_other_names_are_compared_with_each_other() {
    let old = file(&[("a", "F32", "[1]", floats(&[1.0]))]);
    let new = file(&[("a", "F32", "[1]", floats(&[2.0]))]);
    let folder = revisions(&[("v1.safetensors", &old)], &[("v2.safetensors", &new)]);
    let (diff, code) = compared(&folder, &["old/v1.safetensors", "new/v2.safetensors"]);
    assert_eq!(
        (told(&diff), code),
        (vec!["amber tensor v2.safetensors: 1 tensor of 1 has other values".to_owned()], Some(1))
    );
    assert_eq!(
        compared(&folder, &["old/v1.safetensors", "new/v2.safetensors", "--threshold", "red"]).1,
        Some(0)
    );
}
