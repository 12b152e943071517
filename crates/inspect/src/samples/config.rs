//! Settings as well-known libraries write them.

/// `config.json`.
pub const MODEL: &str = r#"{
  "_name_or_path": "example/llama-8b",
  "architectures": ["LlamaForCausalLM"],
  "attention_dropout": 0.0,
  "_attn_implementation": "flash_attention_2",
  "bos_token_id": 128000,
  "eos_token_id": [128001, 128008],
  "hidden_act": "silu",
  "hidden_size": 4096,
  "id2label": {"0": "LABEL_0", "1": "LABEL_1"},
  "initializer_range": 0.02,
  "model_type": "llama",
  "quantization_config": {"bits": 4, "quant_method": "awq", "modules_to_not_convert": null},
  "rms_norm_eps": 1e-05,
  "rope_scaling": {"factor": 8.0, "rope_type": "llama3"},
  "torch_dtype": "bfloat16",
  "transformers_version": "4.45.0",
  "use_cache": true
}
"#;

/// `adapter_config.json`.
pub const ADAPTER: &str = r#"{
  "alpha_pattern": {},
  "auto_mapping": null,
  "base_model_name_or_path": "example/llama-8b",
  "bias": "none",
  "inference_mode": true,
  "lora_alpha": 16,
  "peft_type": "LORA",
  "r": 8,
  "revision": null,
  "target_modules": ["q_proj", "v_proj"],
  "task_type": "CAUSAL_LM"
}
"#;

/// `generation_config.json`.
pub const GENERATION: &str = r#"{
  "_from_model_config": true,
  "bos_token_id": 1,
  "do_sample": true,
  "eos_token_id": 2,
  "temperature": 0.6,
  "top_p": 0.9,
  "transformers_version": "4.45.0"
}
"#;

/// `tokenizer_config.json`, whose template knows no name but the usual ones.
pub const TOKENIZER_CONFIG: &str = r#"{
  "add_bos_token": true,
  "added_tokens_decoder": {"0": {"content": "<unk>", "lstrip": false, "special": true}},
  "bos_token": "<s>",
  "chat_template": "{% for message in messages %}{{ '<|' + message['role'] + '|>\n' + message['content'] }}{% endfor %}",
  "clean_up_tokenization_spaces": false,
  "model_max_length": 1000000000000000019884624838656,
  "tokenizer_class": "LlamaTokenizer",
  "tokenizer_file": null,
  "use_default_system_prompt": false
}
"#;

/// `special_tokens_map.json`.
pub const SPECIAL_TOKENS: &str = r#"{"bos_token": {"content": "<s>", "lstrip": false}, "eos_token": "</s>"}"#;

/// `preprocessor_config.json`.
pub const PREPROCESSOR: &str = r#"{
  "do_normalize": true,
  "feature_extractor_type": "CLIPFeatureExtractor",
  "image_mean": [0.48145466, 0.4578275, 0.40821073],
  "image_processor_type": "CLIPImageProcessor",
  "processor_class": "CLIPProcessor",
  "size": {"shortest_edge": 224}
}
"#;

/// `chat_template.json`.
pub const CHAT_TEMPLATE: &str =
    r#"{"chat_template": "{% for message in messages %}{{ message['content'] }}{% endfor %}"}"#;

/// `tokenizer.json`, with words that would be code elsewhere.
pub const TOKENIZER: &str = r#"{
  "version": "1.0",
  "truncation": null,
  "added_tokens": [{"id": 0, "content": "<unk>", "special": true}],
  "normalizer": {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"}]},
  "pre_tokenizer": null,
  "model": {
    "type": "BPE",
    "unk_token": "<unk>",
    "vocab": {"<unk>": 0, "eval(": 1, "os.system": 2, "trust_remote_code": 3, "_file": 4, "http://": 5, "\\ud83d": 6},
    "merges": ["e v", "ev al"]
  }
}
"#;

/// `trainer_state.json`: numbers that only Python reads.
pub const TRAINER_STATE: &str = r#"{
  "best_metric": null,
  "epoch": 1.0,
  "log_history": [{"grad_norm": NaN, "loss": Infinity, "step": 10}],
  "stateful_callbacks": {"TrainerControl": {"args": {"should_save": true}, "attributes": {}}}
}
"#;

/// `modules.json`.
pub const MODULES: &str = r#"[
  {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
  {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
  {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"}
]
"#;

/// `model_index.json`.
pub const PIPELINE: &str = r#"{
  "_class_name": "StableDiffusionPipeline",
  "_diffusers_version": "0.30.0",
  "_name_or_path": "example/diffusion",
  "feature_extractor": ["transformers", "CLIPImageProcessor"],
  "image_encoder": [null, null],
  "requires_safety_checker": true,
  "safety_checker": ["stable_diffusion", "StableDiffusionSafetyChecker"],
  "scheduler": ["diffusers", "PNDMScheduler"],
  "tokenizer": ["transformers", "CLIPTokenizer"],
  "unet": ["diffusers", "UNet2DConditionModel"],
  "vae": ["diffusers", "AutoencoderKL"]
}
"#;
