//! Configuration files as ordinary models have them.

use serde_json::json;

use super::{File, one};

fn file(path: &str, value: &serde_json::Value) -> File {
    (path.to_owned(), serde_json::to_vec_pretty(value).unwrap_or_default())
}

/// `config.json` of several kinds of models.
pub fn models() -> Vec<File> {
    vec![
        file(
            "llama/config.json",
            &json!({
                "_name_or_path": "example/base-8b", "architectures": ["LlamaForCausalLM"], "attention_bias": false,
                "bos_token_id": 128_000, "eos_token_id": [128_001, 128_008], "hidden_act": "silu", "hidden_size": 4096,
                "model_type": "llama", "rope_scaling": {"factor": 8.0, "rope_type": "llama3"}, "torch_dtype": "bfloat16",
                "quantization_config": {"quant_method": "gptq", "bits": 4, "group_size": 128, "desc_act": false},
                "_attn_implementation": "flash_attention_2", "transformers_version": "4.57.0", "vocab_size": 128_256
            }),
        ),
        file(
            "bert/config.json",
            &json!({
                "architectures": ["BertForSequenceClassification"], "model_type": "bert", "hidden_act": "gelu",
                "id2label": {"0": "negative", "1": "positive"}, "label2id": {"negative": 0, "positive": 1},
                "problem_type": "single_label_classification", "classifier_dropout": null, "attn_implementation": "sdpa",
                "sentence_transformers": {"activation_fn": "torch.nn.modules.activation.Sigmoid", "version": "5.1.0"}
            }),
        ),
        file(
            "unet/config.json",
            &json!({
                "_class_name": "UNet2DConditionModel", "_diffusers_version": "0.35.1", "act_fn": "silu",
                "block_out_channels": [320, 640], "down_block_types": ["CrossAttnDownBlock2D", "DownBlock2D"],
                "_name_or_path": "unet"
            }),
        ),
        file(
            "mistral/params.json",
            &json!({"dim": 4096, "n_layers": 32, "norm_eps": 1e-5, "vocab_size": 32768}),
        ),
    ]
}

/// Tokenizer configurations, one with a template, one with several.
pub fn tokenizers() -> Vec<File> {
    let template = "{% for m in messages %}{{ m.role + ': ' + m.content }}{% endfor %}";
    let token =
        |content: &str| json!({"content": content, "lstrip": false, "normalized": false, "special": true});
    vec![
        file(
            "one/tokenizer_config.json",
            &json!({
                "added_tokens_decoder": {"0": token("<unk>"), "1": token("__class__"), "2": token("{{ x.__class__ }}")},
                "bos_token": "<s>", "chat_template": template, "clean_up_tokenization_spaces": false,
                "model_max_length": 1e30, "pad_token": null, "tokenizer_class": "PreTrainedTokenizerFast",
                "name_or_path": "example/base-8b", "vocab_file": null, "tokenizer_file": null
            }),
        ),
        file(
            "two/tokenizer_config.json",
            &json!({
                "chat_template": [
                    {"name": "default", "template": template},
                    {"name": "tool_use", "template": "{{ tools | tojson(indent=4) }}"}
                ],
                "tokenizer_class": "CohereTokenizer"
            }),
        ),
        file("one/special_tokens_map.json", &json!({"bos_token": token("<s>"), "eos_token": "</s>"})),
        file("three/chat_template.json", &json!({"chat_template": template})),
    ]
}

/// Processor configurations.
pub fn processors() -> Vec<File> {
    vec![
        file(
            "preprocessor_config.json",
            &json!({
                "do_resize": true, "image_mean": [0.48, 0.46, 0.41], "image_processor_type": "CLIPImageProcessor",
                "processor_class": "LlavaProcessor", "size": {"height": 336, "width": 336}
            }),
        ),
        file(
            "processor_config.json",
            &json!({"chat_template": "{{ messages[0].content }}", "processor_class": "LlavaProcessor"}),
        ),
    ]
}

/// Adapter configurations.
pub fn adapters() -> Vec<File> {
    let lora = json!({
        "auto_mapping": null, "base_model_name_or_path": "example/base-8b", "bias": "none", "inference_mode": true,
        "lora_alpha": 16, "peft_type": "LORA", "r": 8, "revision": null, "target_modules": ["q_proj", "v_proj"],
        "task_type": "CAUSAL_LM"
    });
    let mapped = json!({
        "auto_mapping": {"base_model_class": "BertModel", "parent_library": "transformers.models.bert.modeling_bert"},
        "base_model_name_or_path": "example/base", "peft_type": "LORA"
    });
    vec![file("a/adapter_config.json", &lora), file("b/adapter_config.json", &mapped)]
}

/// Pipelines of diffusers.
pub fn pipelines() -> Vec<File> {
    let index = json!({
        "_class_name": "StableDiffusionXLPipeline", "_diffusers_version": "0.35.1", "_name_or_path": "example/base-xl",
        "feature_extractor": [null, null], "force_zeros_for_empty_prompt": true, "image_encoder": [null, null],
        "scheduler": ["diffusers", "EulerDiscreteScheduler"], "text_encoder": ["transformers", "CLIPTextModel"],
        "safety_checker": ["stable_diffusion", "StableDiffusionSafetyChecker"],
        "tokenizer": ["transformers", "CLIPTokenizer"], "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": ["diffusers", "AutoencoderKL"], "onnx_unet": ["onnxruntime.modeling", "OnnxRuntimeModel"]
    });
    vec![file("model_index.json", &index)]
}

/// Modules of sentence-transformers, with the folders that they name.
pub fn modules() -> Vec<File> {
    let list = json!([
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
        {"idx": 2, "name": "2", "path": "2_Dense", "type": "sentence_transformers.models.Dense"},
        {"idx": 3, "name": "3", "path": "3_Normalize", "type": "sentence_transformers.models.Normalize"}
    ]);
    vec![
        file("modules.json", &list),
        file(
            "1_Pooling/config.json",
            &json!({"pooling_mode_cls_token": false, "word_embedding_dimension": 384}),
        ),
        file(
            "2_Dense/config.json",
            &json!({"activation_function": "torch.nn.modules.activation.Tanh", "bias": true, "in_features": 384}),
        ),
        file("sentence_bert_config.json", &json!({"do_lower_case": false, "max_seq_length": 256})),
        file(
            "config_sentence_transformers.json",
            &json!({"__version__": {"sentence_transformers": "5.1.0"}, "prompts": {"query": "query: "}, "similarity_fn_name": "cosine"}),
        ),
    ]
}

/// Vocabularies, with words that mean something elsewhere.
pub fn vocabularies() -> Vec<File> {
    let tokenizer = json!({
        "version": "1.0", "truncation": null, "padding": null,
        "added_tokens": [{"id": 0, "content": "<s>", "special": true}, {"id": 1, "content": "{{ x.__class__ }}"}],
        "normalizer": {"type": "Sequence", "normalizers": [{"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]},
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false},
        "model": {
            "type": "BPE", "unk_token": null, "vocab": {"eval(": 0, "auto_map": 1, "_target_": 2, "os.system": 3},
            "merges": [["ev", "al("], ["auto", "_map"]]
        }
    });
    let mut files = vec![
        file("tokenizer.json", &tokenizer),
        file(
            "vocab.json",
            &json!({"__import__": 0, "trust_remote_code": 1, "_target_": 2, "chat_template": 3}),
        ),
    ];
    files.extend(one("merges.txt", "#version: 0.2\nĠ t\nev al(\n__ class\n"));
    files.extend(one("vocab.txt", "[PAD]\n[UNK]\n__class__\neval(\n"));
    files
}
