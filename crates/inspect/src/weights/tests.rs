//! What is read with the digest, alone, through containers, and not at all.

use std::sync::atomic::AtomicU64;

use super::*;
use crate::digest::digest;
use crate::limits::Limits;
use crate::samples::{archive, program, tensor, weights as build};
use crate::walk::walk_keeping;

/// What the numbers of a file show.
fn weigh(name: &str, bytes: Vec<u8>, with_digest: bool) -> Vec<Weights> {
    let root = Input::bytes(bytes);
    let mut budget = Budget::new(&Limits::default(), None);
    let (mut facts, inputs) = walk_keeping(&root, name, &mut budget);
    let mut weighing = Weighing::new(&facts, &inputs, &root);
    if with_digest {
        digest(&root, &mut facts, &budget, &AtomicU64::new(0), Some(&mut weighing)).unwrap();
    }
    weighing.finish(&mut facts, &budget).unwrap();
    facts.weights().map(|(_, weights)| weights.clone()).collect()
}

fn told(weights: &[Weights]) -> Vec<String> {
    weights.iter().map(|weights| format!("{weights:?}")).collect()
}

/// Two tensors over several blocks, the second at an odd offset, and a payload behind the first sample.
fn large() -> Vec<u8> {
    let mut first = build::single(&build::trained(1, 300_000));
    build::hide_in_bytes(&mut first[4 * 131_072..], 4, 1, &program::elf());
    first[1_000_003..1_000_005].copy_from_slice(&[0x7f, 0x7f]);
    let mut second = build::single(&build::trained(2, 200_000));
    second[799_996..].copy_from_slice(&f32::NAN.to_le_bytes());
    build::safetensors(&[
        ("odd", "U8", &[3], vec![1, 2, 3]),
        ("first", "F32", &[300, 1000], first.clone()),
        ("second", "F32", &[200, 1000], second),
        ("third", "F32", &[300, 1000], first),
    ])
}

#[test]
fn what_is_read_with_the_digest_shows_what_is_read_alone() {
    let with = told(&weigh("model.safetensors", large(), true));
    assert_eq!(with, told(&weigh("model.safetensors", large(), false)));
    for what in [
        "Hidden { tensor: \"first\", element: 131072, bits: \"lowest byte\", content: \"an ELF program\" }",
        "NotFinite { tensor: \"second\", elements: 200000, nan: 1, infinite: 0 }",
        "Same { first: \"first\", second: \"third\", length: 1200000 }",
        "Read { tensors: 4, bytes: 3200003, others: 0, types: {\"F32\": 3} }",
    ] {
        assert!(with.iter().any(|told| told == what), "{what} is not among {with:#?}");
    }
}

#[test]
fn numbers_are_read_through_containers_and_decoders() {
    let mut data = build::single(&build::trained(1, 4096));
    data[..4].copy_from_slice(&f32::INFINITY.to_le_bytes());
    let array = tensor::npy("'<f4'", "(64, 64)", &data);
    let zip = archive::Zip::new().stored("a.npy", &array).build();
    for (name, bytes) in [
        ("a.npy", array.clone()),
        ("a.npz", zip),
        ("a.npy.gz", archive::gzip(None, &array)),
        (
            "a.gguf",
            tensor::Gguf::new()
                .text("general.architecture", "a")
                .tensor_at("w", &[64, 64], 0, 0)
                .data(&data)
                .build(),
        ),
    ] {
        let weights = told(&weigh(name, bytes, true));
        assert!(weights.iter().any(|told| told.contains("infinite: 1")), "{name}: {weights:?}");
    }
}

#[test]
fn what_is_not_read_is_counted() {
    let gguf = tensor::Gguf::new().text("general.architecture", "a").tensor("w", &[32], 2, 18).build();
    let weights = weigh("a.gguf", gguf, true);
    assert!(matches!(weights[..], [Weights::Read { tensors: 0, others: 1, .. }]), "{weights:?}");
}

#[test]
fn bytes_that_are_named_over_and_over_are_paid_for_a_bounded_number_of_times() {
    let tensors: Vec<String> = (0..50)
        .map(|i| format!("\"t{i}\":{{\"dtype\":\"U8\",\"shape\":[{0}],\"data_offsets\":[0,{0}]}}", 1000 - i))
        .collect();
    let header = format!("{{{}}}", tensors.join(","));
    let file = tensor::safetensors(&header, 1000);
    let length = file.len() as u64;
    let weights = weigh("a.safetensors", file, true);
    let Weights::Read { tensors, bytes, others, .. } = &weights[0] else { panic!("{weights:?}") };
    assert!(*bytes <= 4 * length && *others > 0 && tensors + others == 50, "{weights:?}");
}
