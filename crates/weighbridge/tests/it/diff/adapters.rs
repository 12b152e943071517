//! Adapters against each other and against their base.

use super::{Files, compared, revisions, told};
use weighbridge_inspect::samples::tensor::safetensors;

/// Tensors of 32-bit floats by name and shape.
fn file(tensors: &[(&str, &[u64])]) -> Vec<u8> {
    let (mut header, mut at) = (Vec::new(), 0);
    for (name, shape) in tensors {
        let end = at + 4 * shape.iter().product::<u64>();
        header.push(format!(r#""{name}":{{"dtype":"F32","shape":{shape:?},"data_offsets":[{at},{end}]}}"#));
        at = end;
    }
    safetensors(&format!("{{{}}}", header.join(",")), usize::try_from(at).unwrap())
}

const CONFIG: &[u8] =
    br#"{"peft_type": "LORA", "r": 2, "target_modules": ["q_proj"], "base_model_name_or_path": "x/y"}"#;

const A: &str = "base_model.model.layers.0.q_proj.lora_A.weight";
const B: &str = "base_model.model.layers.0.q_proj.lora_B.weight";

fn with(tensors: &[(&str, &[u64])]) -> Vec<String> {
    let base = file(&[("layers.0.q_proj.weight", &[4, 4]), ("layers.0.k_proj.weight", &[4, 4])]);
    let adapter = file(tensors);
    let base: Files<'_> = &[("config.json", b"{}"), ("model.safetensors", &base)];
    let new: Files<'_> = &[("adapter_config.json", CONFIG), ("adapter_model.safetensors", &adapter)];
    let (diff, _) = compared(&revisions(base, new), &["old", "new"]);
    assert_eq!(diff["relation"], "adapter");
    told(&diff)
}

#[test]
fn an_adapter_that_fits_its_base_is_told_with_what_it_touches() {
    assert_eq!(
        with(&[(A, &[2, 4]), (B, &[4, 2])]),
        ["amber adapter adapter_config.json: the adapter touches 1 of 2 tensors of the base, with rank 2"]
    );
}

#[test]
fn what_does_not_fit_the_base_is_told() {
    let lines = with(&[
        (A, &[3, 5]),
        (B, &[4, 2]),
        ("base_model.model.layers.0.k_proj.weight", &[4, 4]),
        ("base_model.model.layers.0.k_proj.lora_A.weight", &[2, 4]),
        ("base_model.model.layers.7.q_proj.lora_A.weight", &[2, 4]),
        ("other", &[1]),
    ]);
    for what in [
        "red adapter adapter_config.json: 1 tensor of the adapter would replace a tensor of the base and is not among the modules to save",
        "amber adapter adapter_config.json: 1 tensor of the adapter belongs to a module that the base does not have",
        "amber adapter adapter_config.json: 1 tensor of the adapter does not fit the shape of the base",
    ] {
        assert!(lines.contains(&what.to_owned()), "{what} in {lines:#?}");
    }
    let others =
        lines.iter().filter(|line| !line.contains(" finding ") && !line.contains(" touches 2 of 2 "));
    assert_eq!(others.count(), 3, "{lines:#?}");
    assert!(
        lines.iter().any(|line| line
            .contains("new medium finding: `base_model.model.layers.0.q_proj.lora_A.weight` has the rank 3")),
        "{lines:#?}"
    );
}

#[test]
fn two_adapters_are_revisions_and_only_what_is_new_is_told() {
    let config = String::from_utf8(CONFIG.to_vec()).unwrap();
    let other = config.replace("x/y", "z/y").replace("\"r\": 2", "\"r\": 2, \"lora_alpha\": 4");
    let (stray, odd) = ("base_model.model.layers.0.k_proj.lora_A.weight", "odd");
    let old = file(&[(A, &[2, 4]), (B, &[4, 2]), (stray, &[2, 4])]);
    let new = file(&[(A, &[2, 4]), (B, &[4, 2]), (stray, &[2, 4]), (odd, &[1])]);
    let (diff, _) = compared(
        &revisions(
            &[("adapter_config.json", CONFIG), ("adapter_model.safetensors", &old)],
            &[("adapter_config.json", other.as_bytes()), ("adapter_model.safetensors", &new)],
        ),
        &["old", "new"],
    );
    assert_eq!(diff["relation"], "revision");
    assert_eq!(
        told(&diff),
        [
            "amber finding adapter_model.safetensors: new medium finding: `odd` is no part of an adapter of the kind LORA",
            "amber settings adapter_config.json: `lora_alpha` was added",
            "amber settings adapter_config.json: `base_model_name_or_path` changed",
            "amber tensor adapter_model.safetensors: 1 tensor was added",
        ]
    );
}
