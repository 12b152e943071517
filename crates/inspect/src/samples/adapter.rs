//! Adapters as PEFT writes them.

use super::{File, config, one, tensor};

/// A file of tensors with these names and shapes.
pub fn tensors(names: &[(&str, &[u64])]) -> Vec<u8> {
    let mut header = String::new();
    let mut end = 0;
    for (name, shape) in names {
        let start = end;
        end += 4 * shape.iter().product::<u64>();
        let comma = if header.is_empty() { "" } else { "," };
        header.push_str(&format!(
            r#"{comma}"{name}":{{"dtype":"F32","shape":{shape:?},"data_offsets":[{start},{end}]}}"#
        ));
    }
    tensor::safetensors(&format!("{{{header}}}"), usize::try_from(end).unwrap_or_default())
}

/// The settings of a `LoRA` of rank 8, its tensors, and these besides.
pub fn lora(more: &[(&str, &[u64])]) -> Vec<File> {
    let mut names: Vec<(&str, &[u64])> = vec![
        ("base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight", &[8, 4]),
        ("base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight", &[4, 8]),
        ("base_model.model.model.layers.0.self_attn.v_proj.lora_A.weight", &[8, 4]),
        ("base_model.model.model.layers.0.self_attn.v_proj.lora_B.weight", &[2, 8]),
    ];
    names.extend(more);
    let mut files = one("adapter_config.json", config::ADAPTER);
    files.extend(one("adapter_model.safetensors", tensors(&names)));
    files
}

/// An adapter of another kind: its settings without braces, and its tensors.
pub fn of(settings: &str, names: &[(&str, &[u64])]) -> Vec<File> {
    let mut files = one("adapter_config.json", format!("{{\"auto_mapping\":null,{settings}}}"));
    files.extend(one("adapter_model.safetensors", tensors(names)));
    files
}
