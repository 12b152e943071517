//! What others say of our bills: the strict validator of CycloneDX, and the model of SPDX 3.

use std::path::PathBuf;
use std::process::Command;

use weighbridge_inspect::rules;
use weighbridge_inspect::samples::tensor::{Gguf, raw_safetensors};
use weighbridge_inspect::samples::{File, graph};

use super::{model, tensors, written};
use crate::run::{ended, folder, run};
use crate::validators::made;

/// Complaints, a line each. What SPDX's model reads, it writes again as the same graph.
const JUDGE: &str = "
import io, json, pathlib, sys
import spdx_python_model
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

def plain(value):
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items() if key != '@id'}
    if isinstance(value, list):
        return sorted(map(plain, value), key=lambda one: json.dumps(one, sort_keys=True))
    return '_:' if isinstance(value, str) and value.startswith('_:') else value

def named(value):
    if isinstance(value, dict):
        yield from ([value['bom-ref']] if 'bom-ref' in value else [])
        value = list(value.values())
    for one in value if isinstance(value, list) else []:
        yield from named(one)

strict = JsonStrictValidator(SchemaVersion.V1_6)
for path in map(pathlib.Path, sys.argv[1:]):
    text = path.read_text()
    document = json.loads(text)
    if 'bomFormat' in document:
        for error in strict.validate_str(text, all_errors=True) or []:
            print(path.name, str(error)[:300])
        names = list(named(document))
        if len(names) != len(set(names)):
            print(path.name, 'has a reference twice')
        wanted = [ref for one in document['dependencies'] for ref in (one['ref'], *one.get('dependsOn', []))]
        wanted += [one['ref'] for each in document.get('vulnerabilities', []) for one in each['affects']]
        wanted += [ref for one in document['compositions'] for ref in one.get('assemblies', [])]
        if not set(wanted) <= set(names):
            print(path.name, 'names what is not there', sorted(set(wanted) - set(names))[:5])
    else:
        model, objects = spdx_python_model.load(path)
        if objects.missing_ids:
            print(path.name, 'names what is not there', sorted(objects.missing_ids)[:5])
        out = io.BytesIO()
        model.JSONLDSerializer().write(objects, out)
        if plain(json.loads(out.getvalue())) != plain(document):
            print(path.name, 'is not what it was')
";

/// Models of several kinds.
fn models() -> Vec<(&'static str, Vec<File>)> {
    let weights = Gguf::new()
        .text("general.architecture", "llama")
        .text("general.name", "Demo")
        .text("general.license", "llama3.1")
        .text("general.base_model.0.name", "Base")
        .text("general.dataset.0.name", "Rows")
        .tensor("q", &[32], 8, 34)
        .build();
    let mut onnx = graph::weighing(&graph::tensor("w", &[2], 1, &[0; 8]));
    onnx.push(("requirements.txt".to_owned(), b"Torch_Vision==0.1+cu118\nnumpy>=1.2\n".to_vec()));
    vec![
        ("folder", model()),
        ("gguf", vec![("model.gguf".to_owned(), weights)]),
        ("onnx", onnx),
        ("hostile", hostile()),
    ]
}

/// Names and texts that want to be something else.
fn hostile() -> Vec<File> {
    let card = "---\nlicense:\n- \"<b>\\u202e\"\n- urn:cdx:x\n- MIT\n- noassertion\n- gfdl-1.1-invariants\ndatasets:\n- \"\\\"}], \\n\"\n- \"\\0\"\n- a\n- a\n- ../../x\n\
                base_model:\n- /\n- //\n- a/\n- \"\\u200b\"\n- a/b/c\ntags: [\"\", \" \", \"\\x1b[31m\"]\npipeline_tag: [x, y]\n\
                model_name: \"\\n\"\n---\n## Uses\n\u{202e}]]> ${x} \u{0} {{x}}\n## Limitations\n<script>\n";
    let names = ["urn:cdx:1/1#x", "a\u{1b}[31m b\n", "\"],{", "%2e%2e", "file:x", " ", "…\u{200b}", "model"];
    let mut files: Vec<File> = names.iter().map(|name| ((*name).to_owned(), b"x".to_vec())).collect();
    let header =
        br#"{"__metadata__": {"modelspec.title": "\ud83d\ude00\u0000", "modelspec.license": "a b/c"}}"#;
    for (name, bytes) in [
        ("README.md", card.as_bytes().to_vec()),
        ("model.safetensors", raw_safetensors(header.len() as u64, header, &[])),
        ("requirements.txt", b"a\x00b==1\n\xff==2\n@x/y==../..\n".to_vec()),
        (&"x".repeat(200), tensors(&[("\u{202e}", "F32", &[1])])),
    ] {
        files.push((name.to_owned(), bytes));
    }
    files.extend((rules::find("pickle-starts-process").unwrap().examples[0].files)());
    files
}

#[test]
fn others_read_our_bills() {
    let Some(python) = made("venv/bin/python") else { return };
    let out = folder(&[]);
    let mut paths: Vec<PathBuf> = Vec::new();
    let mut bills = |name: &str, model: &std::path::Path| {
        for format in ["cyclonedx", "spdx"] {
            let path = out.path().join(format!("{name}.{format}.json"));
            let arguments = [
                "bom",
                ".",
                "--quiet",
                "--allow-incomplete",
                "--format",
                format,
                "--output",
                path.to_str().unwrap(),
            ];
            let run = run(model, &arguments);
            assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{name}");
            paths.push(path);
        }
    };
    for (name, files) in models() {
        bills(name, written(&files).path());
    }
    // Files of every format, and findings of every rule.
    let demo = folder(&[]);
    run(demo.path(), &["scan", "--demo", "--demo-dir", ".", "--quiet"]);
    bills("demo", demo.path());
    let judge =
        |paths: &[PathBuf]| ended(Command::new(&python).args(["-c", JUDGE]).args(paths).output().unwrap());
    let said = judge(&paths);
    assert_eq!((said.code, said.stdout.as_str()), (Some(0), ""), "{}", said.stderr);

    // The judge does find what is wrong.
    let wrong = |name: &str, from: &str, to: &str| {
        let path = out.path().join(name);
        let text = crate::pages::read(&path);
        assert!(text.contains(from), "{name}");
        std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
        path
    };
    let said = judge(&[
        wrong("folder.cyclonedx.json", "\"SHA-256\"", "\"SHA-257\""),
        wrong("gguf.cyclonedx.json", "\"dependsOn\": [", "\"dependsOn\": [\"file:other\","),
        wrong("folder.spdx.json", "#file-1\"", "#file-99\""),
    ]);
    for complaint in ["folder.cyclonedx.json", "gguf.cyclonedx.json names", "folder.spdx.json names"] {
        assert!(said.stdout.contains(complaint), "{complaint}: {} {}", said.stdout, said.stderr);
    }
}
