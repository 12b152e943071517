//! What was written is what is read: tensors of any type, shape and order, through each format of tensors.

use proptest::collection::vec;
use proptest::prelude::*;
use weighbridge_domain::facts::{Coverage, Tensor};
use weighbridge_inspect::input::Input;
use weighbridge_inspect::samples::tensor::{self, Gguf};
use weighbridge_inspect::{Limits, inspect};

/// What we say of a file in which nothing is wrong.
fn read(name: &str, bytes: Vec<u8>) -> Vec<Tensor> {
    let (facts, findings) = inspect(&Input::bytes(bytes), name, &Limits::default());
    assert!(findings.is_empty(), "{findings:?}");
    assert!(
        facts.readings.iter().all(|reading| reading.coverage == Coverage::Inspected),
        "{:?}",
        facts.readings
    );
    facts.tensors().map(|(_, tensor)| tensor.clone()).collect()
}

/// Types of 8 bits and more, with the bytes of an element; larger first, as the library writes them.
const SAFETENSORS: [(&str, u64); 8] =
    [("I64", 8), ("C64", 8), ("F32", 4), ("U32", 4), ("BF16", 2), ("F16", 2), ("F8_E4M3", 1), ("BOOL", 1)];

/// Types with their number, elements and bytes of a block.
const GGUF: [(&str, u32, u64, u64); 6] = [
    ("F32", 0, 1, 4),
    ("F16", 1, 1, 2),
    ("Q8_0", 8, 32, 34),
    ("Q6_K", 14, 256, 210),
    ("BF16", 30, 1, 2),
    ("MXFP4", 39, 32, 17),
];

proptest! {
    #[test]
    fn safetensors_are_read_as_written(
        mut tensors in vec((0..8_usize, vec(0..6_u64, 0..4), "[a-c./\"\\\\é重]{0,12}"), 0..20),
        reverse: bool,
    ) {
        tensors.sort();
        tensors.dedup_by(|a, b| a.2 == b.2);
        let mut names = std::collections::HashSet::new();
        tensors.retain(|(_, _, name)| name != "__metadata__" && names.insert(name.clone()));
        let mut at = 0;
        let mut entries: Vec<(String, Tensor)> = Vec::new();
        for (kind, shape, name) in tensors {
            let (dtype, size) = SAFETENSORS[kind];
            let length = shape.iter().product::<u64>() * size;
            let entry = format!(
                r#"{}:{{"dtype":"{dtype}","shape":{shape:?},"data_offsets":[{at},{}]}}"#,
                serde_json::to_string(&name).unwrap(),
                at + length
            );
            entries.push((entry, Tensor { name, dtype: dtype.to_owned(), shape, start: at, length }));
            at += length;
        }
        if reverse {
            entries.reverse();
        }
        let (texts, mut expected): (Vec<_>, Vec<_>) = entries.into_iter().unzip();
        let file = tensor::safetensors(&format!("{{{}}}", texts.join(",")), usize::try_from(at).unwrap());
        for tensor in &mut expected {
            tensor.start += file.len() as u64 - at;
        }
        prop_assert_eq!(read("model.safetensors", file), expected);
    }

    #[test]
    fn gguf_is_read_as_written(
        tensors in vec((0..6_usize, 1..4_u64, vec(1..5_u64, 0..3)), 0..20),
        version in 1..=3_u32,
        big: bool,
        alignment in 3..10_u32,
        words in vec("\\PC{0,12}", 0..100),
    ) {
        let mut gguf = Gguf::new().version(version);
        if big {
            gguf = gguf.big();
        }
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        gguf = gguf
            .text("general.architecture", "llama")
            .alignment(1 << alignment)
            .texts("tokenizer.ggml.tokens", &words);
        let mut expected = Vec::new();
        for (index, (kind, blocks, rest)) in tensors.into_iter().enumerate() {
            let (dtype, number, elements, size) = GGUF[kind];
            let mut shape = vec![blocks * elements];
            shape.extend(rest);
            let length = shape.iter().product::<u64>() / elements * size;
            let name = format!("blk.{index}.weight");
            gguf = gguf.tensor(&name, &shape, number, usize::try_from(length).unwrap());
            expected.push(Tensor { name, dtype: dtype.to_owned(), shape, start: 0, length });
        }
        let file = gguf.build();
        // Each begins behind the one before it, at the next multiple; the last one ends the file.
        let mut end = file.len() as u64;
        for tensor in expected.iter_mut().rev() {
            tensor.start = (end - tensor.length) >> alignment << alignment;
            end = tensor.start;
        }
        prop_assert_eq!(read("model.gguf", file), expected);
    }

    #[test]
    fn numpy_arrays_are_read_as_written(
        (descr, size) in prop_oneof![
            Just(("'<f4'", 4)), Just(("'|b1'", 1)), Just(("'>c16'", 16)), Just(("'<U3'", 12)), Just(("'<M8[ns]'", 8)),
            Just(("[('a', '<i4'), ('b', [('c', '|V3'), ('', '|V1')], (2, 2))]", 20)),
        ],
        shape in vec(0..6_u64, 0..4),
        version in 1..=3_u8,
        copies in 1..3_usize,
    ) {
        let written = match shape.as_slice() {
            [] => "()".to_owned(),
            [only] => format!("({only},)"),
            more => format!("({})", more.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")),
        };
        let length = shape.iter().product::<u64>() * size;
        let data = tensor::bytes(usize::try_from(length).unwrap());
        let header = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': {written}, }}");
        let file = tensor::raw_npy(version, &header, &data);
        let expected: Vec<_> = (1..=copies)
            .map(|copy| Tensor {
                name: String::new(),
                dtype: descr.trim_matches('\'').to_owned(),
                shape: shape.clone(),
                start: file.len() as u64 * copy as u64 - length,
                length,
            })
            .collect();
        prop_assert_eq!(read("array.npy", file.repeat(copies)), expected);
    }
}

/// The memory that a header makes us take is bounded, whatever it consists of.
#[test]
fn a_hostile_header_ends_at_the_limit_of_memory() {
    let limits = Limits { memory: 4 << 20, ..Limits::default() };
    let many = |entry: &dyn Fn(usize) -> String| {
        format!("{{{}}}", (0..100_000).map(entry).collect::<Vec<_>>().join(","))
    };
    for (name, header) in [
        ("tensors", many(&|i| format!(r#""{i}":{{"dtype":"U8","shape":[],"data_offsets":[0,1]}}"#))),
        ("numbers", many(&|i| format!(r#""{i}":0"#))),
        ("metadata", format!(r#"{{"__metadata__":{}}}"#, many(&|i| format!(r#""{i}":"""#)))),
        ("fields", format!(r#"{{"a":{}}}"#, many(&|i| format!(r#""{i}":"""#)))),
        ("lists", format!(r#"{{"a":[{}]}}"#, "[],".repeat(100_000) + "0")),
        ("text", format!(r#"{{"__metadata__":{{"a":"{}"}}}}"#, "\\n".repeat(1 << 20))),
    ] {
        let file = tensor::safetensors(&header, 1);
        let (facts, _) = inspect(&Input::bytes(file), "model.safetensors", &limits);
        assert!(facts.facts.len() < 20_000, "{name}: {} facts", facts.facts.len());
        let limited =
            matches!(&facts.readings[0].coverage, Coverage::NotInspected { why } if why.contains("limit"));
        assert!(limited || name == "lists", "{name}: {:?}", facts.readings[0].coverage);
    }
}

/// Where a rule has several severities, its examples show which is meant.
#[test]
fn findings_are_as_severe_as_the_rules_say() {
    use weighbridge_domain::Severity::{High, Info, Low, Medium};
    let gguf = || Gguf::new().text("general.architecture", "llama");
    let u8s = |end: u64| format!(r#"{{"a":{{"dtype":"U8","shape":[{end}],"data_offsets":[0,{end}]}}}}"#);
    let with = |mut file: Vec<u8>, more: &[u8]| {
        file.extend(more);
        file
    };
    for (severity, rule, name, file) in [
        (Low, "tensor-trailing-bytes", "a.safetensors", with(tensor::safetensors(&u8s(2), 2), &[0; 3])),
        (Medium, "tensor-trailing-bytes", "a.safetensors", tensor::safetensors(&u8s(2), 5)),
        (
            High,
            "tensor-trailing-bytes",
            "a.safetensors",
            with(tensor::safetensors(&u8s(2), 2), &weighbridge_inspect::samples::program::elf()),
        ),
        (Info, "tensor-misaligned", "a.safetensors", tensor::raw_safetensors(2, b"{}", &[])),
        (Medium, "tensor-misaligned", "a.gguf", gguf().tensor_at("a", &[1], 0, 4).data(&[1; 32]).build()),
        (Low, "header-bad-value", "a.gguf", Gguf::new().build()),
        (Medium, "header-bad-value", "a.gguf", gguf().raw(b"a.b", 7, &[7]).build()),
        (Medium, "header-duplicate-key", "a.gguf", gguf().text("a.b", "").text("a.b", "").build()),
        (
            High,
            "header-duplicate-key",
            "a.safetensors",
            tensor::safetensors(r#"{"__metadata__":{},"__metadata__":{}}"#, 0),
        ),
    ] {
        let (_, findings) = inspect(&Input::bytes(file), name, &Limits::default());
        let found = findings.iter().find(|finding| finding.rule == rule);
        assert_eq!(found.map(|finding| finding.severity), Some(severity), "{rule} in {name}: {findings:?}");
    }
}
