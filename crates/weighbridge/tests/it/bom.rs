//! `bom`: what stands in a bill of material, and that it is the same whenever and wherever it is written.

mod others;

use serde_json::Value;
use tempfile::TempDir;
use weighbridge_inspect::samples::secret::written as written_secret;
use weighbridge_inspect::samples::tensor::{Gguf, safetensors};
use weighbridge_inspect::samples::{File, write};

use crate::run::{command, ended, folder, run};

const CARD: &str = "---\nlicense: apache-2.0\nlanguage: [en, de]\nlibrary_name: transformers\npipeline_tag: text-generation\n\
    base_model: example/base-8b\nbase_model_relation: finetune\nmodel-index:\n- name: demo\n  results:\n  - dataset: {name: rows, \
    type: rows}\n    metrics:\n    - {type: accuracy, value: 0.5}\ndatasets:\n- example/rows\ntags:\n- demo\n---\n\n# Demo\n\n## Intended use\n\nFor short \
    notes.\n\n## Limitations\n\nNot for law.\n\n## Training data\n\nRows of notes.\n";

const CONFIG: &str = r#"{"architectures": ["LlamaForCausalLM"], "model_type": "llama", "max_position_embeddings": 4096,
    "vocab_size": 32000, "auto_map": {"AutoModel": "modeling_x.X"}}"#;

/// Weights with these tensors: name, type, shape.
fn tensors(tensors: &[(&str, &str, &[u64])]) -> Vec<u8> {
    let (mut end, mut entries) = (0, Vec::new());
    for (name, dtype, shape) in tensors {
        let from = end;
        end += shape.iter().product::<u64>() * if *dtype == "BF16" { 2 } else { 4 };
        let entry = serde_json::json!({ "dtype": dtype, "shape": shape, "data_offsets": [from, end] });
        entries.push(format!("{}:{entry}", Value::from(*name)));
    }
    safetensors(&format!("{{{}}}", entries.join(",")), usize::try_from(end).unwrap())
}

/// A model as hubs have them.
fn model() -> Vec<File> {
    let weights = tensors(&[("a", "F32", &[2, 3]), ("b", "BF16", &[4])]);
    [
        ("README.md", CARD.as_bytes().to_vec()),
        ("config.json", CONFIG.as_bytes().to_vec()),
        ("model.safetensors", weights),
        ("modeling_x.py", b"class X:\n    pass\n".to_vec()),
        ("tokenizer_config.json", br#"{"tokenizer_class": "LlamaTokenizer"}"#.to_vec()),
    ]
    .map(|(path, bytes)| (path.to_owned(), bytes))
    .to_vec()
}

fn written(files: &[File]) -> TempDir {
    let folder = folder(&[]);
    write(folder.path(), files).unwrap();
    folder
}

/// The bill of a folder.
fn bill(folder: &TempDir, arguments: &[&str]) -> Value {
    let run = run(folder.path(), &[&["bom", ".", "--quiet"], arguments].concat());
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    serde_json::from_str(&run.stdout).unwrap()
}

/// The values of a property of ours.
fn properties<'a>(of: &'a Value, name: &str) -> Vec<&'a str> {
    let all = of["properties"].as_array().into_iter().flatten();
    let named = all.filter(|property| property["name"] == format!("weighbridge:{name}"));
    named.filter_map(|property| property["value"].as_str()).collect()
}

#[test]
fn a_model_is_described_by_what_its_files_say() {
    let document = bill(&written(&model()), &[]);
    let model = &document["metadata"]["component"];
    assert_eq!(model["type"], "machine-learning-model");
    assert_eq!(model["name"], "unnamed model");
    assert_eq!(model["licenses"][0]["license"]["id"], "Apache-2.0");
    assert_eq!(model["licenses"][0]["license"]["acknowledgement"], "declared");
    assert_eq!(model["pedigree"]["ancestors"][0]["group"], "example");
    assert_eq!(model["pedigree"]["ancestors"][0]["name"], "base-8b");
    let card = &model["modelCard"];
    assert_eq!(card["modelParameters"]["modelArchitecture"], "LlamaForCausalLM");
    assert_eq!(card["modelParameters"]["architectureFamily"], "llama");
    assert_eq!(card["modelParameters"]["task"], "text-generation");
    assert_eq!(card["modelParameters"]["datasets"][0]["ref"], "data:example/rows");
    assert_eq!(card["considerations"]["useCases"][0], "For short notes.");
    assert_eq!(card["considerations"]["technicalLimitations"][0], "Not for law.");
    let results = serde_json::json!([{ "type": "accuracy", "value": "0.5", "slice": "rows" }]);
    assert_eq!(card["quantitativeAnalysis"]["performanceMetrics"], results);
    assert_eq!(properties(&model["pedigree"]["ancestors"][0], "relation"), ["finetune"]);
    assert_eq!(properties(card, "declared:training-data"), ["Rows of notes."]);
    for (name, value) in [
        ("read:architecture", "LlamaForCausalLM"),
        ("source:architecture", "config.json"),
        ("read:context-length", "4096"),
        ("read:vocabulary-size", "32000"),
        ("read:tokenizer", "LlamaTokenizer"),
        ("declared:task", "text-generation"),
        ("source:task", "README.md"),
        ("counted:parameters", "10"),
    ] {
        assert_eq!(properties(model, name), [value], "{name}");
    }
    assert_eq!(properties(model, "counted:tensor-type"), ["BF16 (1 tensor)", "F32 (1 tensor)"]);
    assert_eq!(document["components"][0]["type"], "data");
    assert!(document["metadata"].get("timestamp").is_none());
    assert!(model.get("purl").is_none());
}

#[test]
fn every_file_is_there_with_its_digest() {
    let document = bill(&written(&model()), &[]);
    let files = document["metadata"]["component"]["components"].as_array().unwrap();
    let names: Vec<_> = files.iter().map(|file| file["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        ["README.md", "config.json", "model.safetensors", "modeling_x.py", "tokenizer_config.json"]
    );
    let code = &files[3];
    assert_eq!(code["hashes"][0]["alg"], "SHA-256");
    let digest = "a73ff4d9531545586640490f68f9030d42bed0a0a49d783912c34f15acb6975d";
    assert_eq!(code["hashes"][0]["content"], digest);
    let needed = document["dependencies"][0]["dependsOn"].as_array().unwrap();
    assert_eq!(needed.len(), 5);
    assert_eq!(document["compositions"][0]["aggregate"], "complete");
}

#[test]
fn packages_that_files_ask_for_are_parts_that_the_model_needs() {
    let mut files = model();
    files.push(("requirements.txt".to_owned(), b"Torch_Vision==0.1+cu118\nnumpy>=1.2\n".to_vec()));
    files.push(("more/requirements.txt".to_owned(), b"numpy<3\n".to_vec()));
    let document = bill(&written(&files), &[]);
    let packages: Vec<&Value> =
        document["components"].as_array().unwrap().iter().filter(|one| one["type"] == "library").collect();
    let [numpy, vision] = packages.as_slice() else { panic!("{packages:?}") };
    assert_eq!(vision["purl"], "pkg:pypi/torch-vision@0.1%2Bcu118");
    assert_eq!((&vision["version"], &vision["name"]), (&"0.1+cu118".into(), &"Torch_Vision".into()));
    assert_eq!((&numpy["purl"], numpy.get("version")), (&"pkg:pypi/numpy".into(), None));
    let asked = ["requirements.txt: >=1.2", "more/requirements.txt: <3"];
    assert_eq!(properties(numpy, "asked-for"), asked);
    let needed = document["dependencies"][0]["dependsOn"].as_array().unwrap();
    assert!(needed.contains(&numpy["bom-ref"]) && needed.contains(&vision["bom-ref"]));
}

#[test]
fn no_secret_is_written_into_a_document() {
    let secret = written_secret("hf_{l:34}");
    assert_eq!(secret.len(), 37);
    let mut files = model();
    files[0]
        .1
        .extend_from_slice(format!("\n## Use cases\n\nLoad it with {secret} from the hub.\n").as_bytes());
    let listed = format!(
        "--extra-index-url https://user:{secret}@example.org/\ndemo @ https://{secret}@example.org/demo.zip\n"
    );
    files.push(("requirements.txt".to_owned(), listed.into_bytes()));
    files.push((format!("{secret}.txt"), b"x".to_vec()));
    for format in ["cyclonedx", "spdx"] {
        let run = run(written(&files).path(), &["bom", ".", "--format", format]);
        assert!(run.stdout.contains("Load it with hf_") && run.stdout.contains("demo.zip"), "{}", run.stdout);
        assert!(!run.stdout.contains(&secret[10..]) && !run.stderr.contains(&secret[10..]), "{}", run.stdout);
    }
}

#[test]
fn what_was_left_out_on_request_is_counted() {
    let document = bill(&written(&model()), &["--exclude", "*.py"]);
    assert_eq!(properties(&document["metadata"], "note"), ["1 path left out, as asked for"]);
    assert_eq!(document["compositions"][0]["aggregate"], "incomplete");
    let other = bill(&written(&model()), &["--exclude", "*.other"]);
    assert_eq!(other["compositions"][0]["aggregate"], "complete");
}

#[test]
fn findings_are_vulnerabilities_of_the_files_they_are_in() {
    let document = bill(&written(&model()), &[]);
    let of_rule = |document: &Value| {
        let all = document["vulnerabilities"].as_array().cloned().unwrap_or_default();
        all.into_iter().find(|one| one["id"] == "config-remote-code")
    };
    let found = of_rule(&document).unwrap();
    assert_eq!(found["ratings"][0]["severity"], "medium");
    assert_eq!(found["cwes"], serde_json::json!([829, 494]));
    assert_eq!(found["affects"], serde_json::json!([{ "ref": "file:config.json" }]));
    assert_eq!(found["analysis"]["state"], "in_triage");
    assert!(found["detail"].as_str().unwrap().contains("config.json:2:"), "{found}");
    // With its harmless twin, there is none.
    let harmless: Vec<File> = model().into_iter().filter(|(path, _)| path != "config.json").collect();
    assert_eq!(of_rule(&bill(&written(&harmless), &[])), None);
}

#[test]
fn the_same_files_give_the_same_bytes_anywhere_and_in_any_order() {
    for format in ["cyclonedx", "spdx"] {
        let document = |files: &[File], jobs: &str| {
            run(written(files).path(), &["bom", ".", "--quiet", "--format", format, "--jobs", jobs]).stdout
        };
        let (forwards, mut backwards) = (model(), model());
        backwards.reverse();
        let first = document(&forwards, "1");
        assert!(first.len() > 1000, "{first}");
        assert!(first == document(&backwards, "4"), "{format}");
        // Another byte makes another document, with another number.
        let mut other = model();
        other[3].1.push(b'\n');
        let number = |text: &str| text.split("urn:uuid:").nth(1).unwrap()[..36].to_owned();
        assert_ne!(number(&first), number(&document(&other, "1")), "{format}");
    }
}

#[test]
fn a_document_in_the_folder_is_not_about_itself() {
    let folder = written(&model());
    let run = |_: u8| run(folder.path(), &["bom", ".", "--quiet", "--output", "bom.cdx.json"]);
    let read = || crate::pages::read(&folder.path().join("bom.cdx.json"));
    assert_eq!(run(1).code, Some(0));
    let first = read();
    assert_eq!(run(2).code, Some(0));
    assert!(first.contains("\"CycloneDX\"") && first == read());
}

#[test]
fn what_is_given_stands_first_and_is_marked() {
    let given =
        ["--name", "Demo", "--model-version", "abc123", "--purl", "pkg:huggingface/example/demo@abc123"];
    let folder = written(&model());
    let document = bill(&folder, &[&given[..], &["--date", "2026-01-31"]].concat());
    let model = &document["metadata"]["component"];
    assert_eq!((&model["name"], &model["version"]), (&"Demo".into(), &"abc123".into()));
    assert_eq!(model["purl"], "pkg:huggingface/example/demo@abc123");
    assert_eq!(properties(model, "given:name"), ["Demo"]);
    assert_eq!(document["metadata"]["timestamp"], "2026-01-31T00:00:00Z");
    assert_ne!(document["serialNumber"], bill(&folder, &[])["serialNumber"]);
    // The environment's date counts as given.
    let mut dated = command(folder.path());
    let dated =
        ended(dated.args(["bom", ".", "-q"]).env("SOURCE_DATE_EPOCH", "1769817600").output().unwrap());
    assert!(dated.stdout.contains("2026-01-31T00:00:00Z"));
    for wrong in [["--purl", "example/demo"], ["--name", ""], ["--date", "tomorrow"]] {
        let refused = run(folder.path(), &[&["bom", "."], &wrong[..]].concat());
        assert_eq!((refused.code, refused.stdout.as_str()), (Some(2), ""), "{wrong:?}");
        assert!(refused.stderr.contains("is wanted"), "{}", refused.stderr);
    }
}

#[test]
fn weights_that_describe_themselves_are_listened_to() {
    let gguf = Gguf::new()
        .text("general.architecture", "llama")
        .text("general.name", "Demo \u{202e}7B")
        .text("general.license", "mit")
        .text("general.base_model.0.name", "Base")
        .text("general.dataset.0.name", "Rows")
        .text("tokenizer.ggml.model", "gpt2")
        .tensor("q", &[32, 2], 8, 68)
        .build();
    let folder = folder(&[("model.gguf", &gguf)]);
    let document = bill(&folder, &[]);
    let model = &document["metadata"]["component"];
    assert_eq!(model["name"], "Demo \\u{202e}7B");
    assert_eq!(model["licenses"][0]["license"]["id"], "MIT");
    assert_eq!(model["pedigree"]["ancestors"][0]["name"], "Base");
    assert_eq!(document["components"][0]["name"], "Rows");
    assert_eq!(properties(model, "read:architecture-family"), ["llama"]);
    assert_eq!(properties(model, "counted:parameters"), ["64"]);
    assert_eq!(properties(model, "counted:tensor-type"), ["Q8_0 (1 tensor)"]);
}

#[test]
fn the_same_tensors_in_two_forms_count_once_and_others_not_at_all() {
    let count = |files: &[(&str, &[u8])]| {
        let document = bill(&folder(files), &[]);
        properties(&document["metadata"]["component"], "counted:parameters").join(" ")
    };
    let (six, four) = (tensors(&[("a", "F32", &[2, 3])]), tensors(&[("b", "F32", &[4])]));
    assert_eq!(count(&[("model.safetensors", &six), ("model.fp16.safetensors", &six)]), "6");
    let shards = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];
    assert_eq!(count(&[(shards[0], &six), (shards[1], &four)]), "10");
    assert_eq!(count(&[("unet/model.safetensors", &six), ("vae/model.safetensors", &four)]), "10");
    assert_eq!(count(&[("model.safetensors", &six), ("other.safetensors", &four)]), "");
}

#[cfg(unix)]
#[test]
fn what_could_not_be_read_is_named_and_has_its_own_exit_code() {
    let folder = written(&model());
    std::os::unix::fs::symlink("nowhere", folder.path().join("lost")).unwrap();
    let run = run(folder.path(), &["bom", "."]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("not read to its end: lost"), "{}", run.stderr);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(document["compositions"][0]["aggregate"], "incomplete");
    let model = &document["metadata"]["component"];
    assert!(properties(model, "not-inspected")[0].starts_with("lost: a link that leads nowhere"));
}

#[test]
fn what_was_not_inspected_is_named_and_has_the_exit_code_of_a_scan() {
    let whole = tensors(&[("w", "F32", &[4])]);
    for (name, bytes) in
        [("weights.xyz", b"\x00\x01\x02\x03 nothing known".to_vec()), ("m.safetensors", whole[..20].to_vec())]
    {
        let folder = folder(&[(name, &bytes)]);
        let run = |arguments: &[&str]| run(folder.path(), &[arguments, &["."]].concat());
        let written = run(&["bom", "--quiet"]);
        assert_eq!((written.code, written.stderr.as_str()), (Some(2), ""), "{name}");
        assert_eq!(run(&["bom", "--quiet", "--allow-incomplete"]).code, Some(0));
        let scan = run(&["scan", "--quiet", "--threshold", "critical"]);
        assert_eq!(scan.code, written.code, "{name}");
        let document: Value = serde_json::from_str(&written.stdout).unwrap();
        let file = &document["metadata"]["component"]["components"][0];
        assert_eq!(properties(file, "coverage"), ["not-inspected"]);
        assert_eq!(properties(file, "not-inspected").len(), 1);
        let missed = &document["compositions"][2];
        assert_eq!(
            (&missed["aggregate"], &missed["assemblies"][0]),
            (&"incomplete".into(), &format!("file:{name}").into())
        );
    }
}

#[test]
fn there_is_no_bill_of_nothing() {
    let empty = folder(&[]);
    for path in [".", "missing"] {
        let run = run(empty.path(), &["bom", path, "--output", "x.json"]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
        assert!(run.stderr.contains("there is no file"), "{}", run.stderr);
        assert!(!empty.path().join("x.json").exists());
    }
}

#[test]
fn the_minimum_elements_are_told_on_request() {
    let folder = written(&model());
    let run = run(folder.path(), &["bom", ".", "--coverage", "--output", "/dev/null"]);
    assert_eq!(run.code, Some(2), "a device is not written to");
    let run = crate::run::run(folder.path(), &["bom", ".", "--coverage"]);
    let said = run.stderr;
    for line in [
        "Models\n",
        "  present          hash value, hash algorithm, properties",
        "Infrastructure\n",
        "cannot be known",
    ] {
        assert!(said.contains(line), "{said}");
    }
}
