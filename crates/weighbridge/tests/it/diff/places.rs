//! Tensors whose bytes are not simply in the file that names them.

use super::{Files, changes, compared, revisions, told};
use weighbridge_inspect::samples::archive::Zip;
use weighbridge_inspect::samples::graph::{Onnx, external};
use weighbridge_inspect::samples::hdf5::Hdf5;
use weighbridge_inspect::samples::tensor::safetensors;
use weighbridge_inspect::samples::torch::state_dict;
use weighbridge_inspect::samples::torch7::module;

/// A model whose two weights of two floats are in a file beside it.
fn model(name: &str) -> Vec<u8> {
    let weight = |weight: &str, at: &str| {
        external(weight, &[2], 1, &[("location", name), ("offset", at), ("length", "8")])
    };
    Onnx::new().node("", "Add").initializer(&weight("v", "0")).initializer(&weight("w", "8")).build()
}

#[test]
fn tensors_in_a_file_beside_the_model_are_compared() {
    let (a, b) = (model("a.bin"), model("b.bin"));
    let with = |last: u8| [[0, 0, 128, 63].repeat(3), vec![0, 0, 0, last]].concat();
    let (old, new) = (with(64), with(65));
    // Both models call their tensors the same.
    let old: Files<'_> = &[("a.onnx", &a), ("b.onnx", &b), ("a.bin", &old), ("b.bin", &old)];
    let new: Files<'_> = &[("a.onnx", &a), ("b.onnx", &b), ("a.bin", &new), ("b.bin", old[3].1)];
    let (diff, _) = compared(&revisions(old, new), &["old", "new"]);
    assert_eq!(told(&diff), ["amber tensor a.bin: 1 tensor of 2 has other values"]);
    let detail = &diff["changes"][0]["details"][0];
    assert_eq!((detail["name"].as_str(), detail["norms"]["difference"].as_f64()), (Some("w"), Some(6.0)));
    assert_eq!(
        (&diff["totals"]["unchanged_tensors"], &diff["totals"]["not_compared"]),
        (&3.into(), &0.into())
    );
    assert_eq!(diff["files"][0]["new"]["formats"][0], "tensor-data");
}

#[test]
fn a_graph_that_is_wired_in_another_way_is_not_the_same() {
    let (one, two) =
        (Onnx::new().node("", "Add").node("", "Mul"), Onnx::new().node("", "Mul").node("", "Add"));
    let lines = changes(&[("m.onnx", &one.build())], &[("m.onnx", &two.build())]);
    assert_eq!(lines, ["amber file m.onnx: it changed in a way that is not read"]);
}

#[test]
fn tensors_that_are_not_in_one_piece_are_not_compared_and_not_the_same() {
    let file = |text: &str| {
        Hdf5::new()
            .dataset("here", &[1], &[0; 4])
            .external_dataset("there", "x.raw")
            .attribute("a", text)
            .build()
    };
    let (diff, _) = compared(&revisions(&[("m.h5", &file("x"))], &[("m.h5", &file("y"))]), &["old", "new"]);
    assert!(
        told(&diff).contains(&"amber tensor m.h5: 1 tensor could not be compared".to_owned()),
        "{diff:#}"
    );
    assert_eq!(diff["totals"]["unchanged_tensors"], 1);
    let missed = &diff["not_compared"][0];
    assert_eq!(
        (missed["path"].as_str(), missed["why"].as_str()),
        (Some("m.h5"), Some("1 tensor could not be compared"))
    );
    let torch = |zip: Zip| zip.deflated("m/data/0", &[7; 8]).build();
    let zip = |version: &[u8]| {
        torch(
            Zip::new()
                .stored("m/data.pkl", &state_dict("FloatStorage", "0", 2).stop())
                .stored("m/version", version),
        )
    };
    let lines = changes(&[("m.pt", &zip(b"3\n"))], &[("m.pt", &zip(b"4\n"))]);
    assert!(lines.contains(&"amber tensor m.pt: 1 tensor could not be compared".to_owned()), "{lines:?}");
}

#[test]
fn tensors_that_lie_over_each_other_are_not_read_without_end() {
    let file = |last: u8| {
        let entries = (0..40).map(|name| {
            format!(
                r#""t{name:02}":{{"dtype":"U8","shape":[{}],"data_offsets":[{name},{}]}}"#,
                960,
                name + 960
            )
        });
        let header = format!("{{{}}}", entries.collect::<Vec<_>>().join(","));
        [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &[7; 999], &[last]].concat()
    };
    let (diff, _) =
        compared(&revisions(&[("m.safetensors", &file(1))], &[("m.safetensors", &file(2))]), &["old", "new"]);
    let missed = diff["not_compared"][0]["why"].as_str().unwrap();
    assert!(missed.ends_with(" tensors could not be compared"), "{diff:#}");
}

#[test]
fn a_tensor_in_the_middle_of_a_storage_is_compared_where_it_is() {
    let file = |last: u8| {
        let items = module("nn.X", |items| {
            let view = items.object(8, "torch.FloatTensor").ints(&[1]).longs(&[1, 1, 2]);
            view.object(9, "torch.FloatStorage").longs(&[2]).ints(&[0, 0x4000_0000 | i32::from(last) << 16])
        });
        items.file().remove(0).1
    };
    let lines = changes(&[("m.t7", &file(0))], &[("m.t7", &file(1))]);
    assert!(lines.iter().any(|line| line.starts_with("amber tensor m.t7: 1 tensor of ")), "{lines:?}");
}

/// What `torch.save` writes to a file of this name.
fn torch(name: &str, last: u8) -> Vec<u8> {
    let member = |member: &str| format!("{name}/{member}");
    Zip::new()
        .stored(&member("data.pkl"), &state_dict("FloatStorage", "0", 2).stop())
        .stored(&member("byteorder"), b"little")
        .stored(&member("data/0"), &[0, 0, 0, 0, 0, 0, 0, last])
        .stored(&member("version"), b"3\n")
        .build()
}

#[test]
fn the_folder_that_everything_in_an_archive_is_in_may_have_another_name() {
    let folder = revisions(&[("v1.pt", &torch("v1", 64))], &[("v2.pt", &torch("v2", 65))]);
    let (diff, _) = compared(&folder, &["old/v1.pt", "new/v2.pt"]);
    assert_eq!(told(&diff), ["amber tensor v2.pt: 1 tensor of 1 has other values"]);
}

#[test]
fn a_model_of_another_format_is_the_same_model() {
    let data = [0, 0, 0, 0, 0, 0, 0, 64];
    let mut weights = safetensors(r#"{"weight":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 8);
    let begin = weights.len() - data.len();
    weights.truncate(begin);
    weights.extend(data);
    let (diff, _) = compared(
        &revisions(&[("pytorch_model.bin", &torch("archive", 64))], &[("model.safetensors", &weights)]),
        &["old", "new"],
    );
    assert_eq!(
        told(&diff),
        [
            "amber file model.safetensors: the file was added",
            "amber file pytorch_model.bin: the file was removed",
        ]
    );
    assert_eq!(diff["totals"]["unchanged_tensors"], 1);
}
