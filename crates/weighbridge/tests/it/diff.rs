//! `diff`, section by section: what was before, what is now, and what is said of it.

use serde_json::Value;
use tempfile::TempDir;
use weighbridge_inspect::samples::archive::Zip;
use weighbridge_inspect::samples::config;
use weighbridge_inspect::samples::pickle::Program;
use weighbridge_inspect::samples::tensor::{Gguf, npy, safetensors};

use crate::run::{Run, folder, run};
use crate::schema::Schema;

mod adapters;
mod notebooks;
mod places;
mod reports;
mod tensors;
mod terms;

type Files<'a> = &'a [(&'a str, &'a [u8])];

/// Both revisions in one folder.
fn revisions(old: Files<'_>, new: Files<'_>) -> TempDir {
    let mut files: Vec<(String, &[u8])> = Vec::new();
    for (side, list) in [("old", old), ("new", new)] {
        files.extend(list.iter().map(|(path, bytes)| (format!("{side}/{path}"), *bytes)));
    }
    let files: Vec<_> = files.iter().map(|(path, bytes)| (path.as_str(), *bytes)).collect();
    let folder = folder(&files);
    for side in ["old", "new"] {
        std::fs::create_dir_all(folder.path().join(side)).unwrap();
    }
    folder
}

/// The JSON of the comparison, checked against its schema, and the exit code.
fn compared(folder: &TempDir, arguments: &[&str]) -> (Value, Option<i32>) {
    let run = run(folder.path(), &[&["diff", "--format", "json"], arguments].concat());
    let diff: Value =
        serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{}{}", run.stdout, run.stderr));
    let schema: Value = serde_json::from_str(include_str!("../../../../docs/diff.schema.json")).unwrap();
    let mut misfits = Vec::new();
    let schema = Schema(schema);
    schema.misfits(&schema.0, &diff, "", &mut misfits);
    assert!(misfits.is_empty(), "{}", misfits.join("\n"));
    (diff, run.code)
}

/// Each change as `risk section place: message`.
fn told(diff: &Value) -> Vec<String> {
    let text = |change: &Value, key: &str| change[key].as_str().unwrap_or_default().to_owned();
    let line = |change: &Value| {
        let member = text(change, "member");
        let member = if member.is_empty() { member } else { format!("!{member}") };
        let (risk, section) = (text(change, "risk"), text(change, "section"));
        format!("{risk} {section} {}{member}: {}", text(change, "path"), text(change, "message"))
    };
    diff["changes"].as_array().unwrap().iter().map(line).collect()
}

fn changes(old: Files<'_>, new: Files<'_>) -> Vec<String> {
    told(&compared(&revisions(old, new), &["old", "new"]).0)
}

#[test]
fn the_same_folder_has_no_changes() {
    let files: Files<'_> = &[("config.json", config::MODEL.as_bytes()), ("a/x.py", b"import math\n")];
    let folder = revisions(files, files);
    let (diff, code) = compared(&folder, &["old", "new", "--threshold", "note"]);
    assert_eq!((told(&diff).len(), code), (0, Some(0)));
    assert_eq!(diff["totals"]["unchanged_files"], 2);
    assert!(run(folder.path(), &["diff", "old", "new"]).stdout.starts_with("nothing changed, 2 unchanged\n"));
}

#[test]
fn files_come_go_and_get_other_names() {
    let old: Files<'_> = &[
        ("words.txt", b"the same\n"),
        ("gone.json", b"{}"),
        ("README.md", b"# one\n"),
        ("kept.txt", b"k\n"),
    ];
    let new: Files<'_> = &[
        ("texts.txt", b"the same\n"),
        ("come.json", b"{\"a\":1}"),
        ("README.md", b"# two\n"),
        ("kept.txt", b"k\n"),
    ];
    let (diff, code) = compared(&revisions(old, new), &["old", "new"]);
    assert_eq!(
        told(&diff),
        [
            "amber file come.json: the file was added",
            "amber file gone.json: the file was removed",
            "note file README.md: it changed",
            "note file texts.txt: it has the bytes of a file that had another name",
        ]
    );
    assert_eq!(code, Some(1));
    let files: Vec<_> =
        diff["files"].as_array().unwrap().iter().map(|file| file["status"].as_str().unwrap()).collect();
    assert_eq!(files, ["changed", "added", "removed", "unchanged", "renamed"]);
}

#[test]
fn packages_that_come_from_elsewhere_are_red_and_those_in_another_version_are_amber() {
    let list = |text: &'static str| ("requirements.txt", text.as_bytes());
    let old =
        list("numpy==2.1.2 --hash=sha256:00\ntorch==2.5.1 --hash=sha256:11\nscipy==1.15.0\neinops==0.8.0\n");
    let new = list(
        "--extra-index-url https://packages.example.org/simple\nnumpy==2.1.3 --hash=sha256:22\n\
         torch==2.5.1 --hash=sha256:33\nscipy @ https://example.org/scipy.whl\ntimm==1.0.12\n",
    );
    let told = changes(&[old], &[new]);
    let about: Vec<&str> = told
        .iter()
        .filter_map(|line| line.split_once(" packages requirements.txt: "))
        .map(|(_, rest)| rest)
        .collect();
    assert_eq!(
        about,
        [
            "1 place for packages added that may answer for any name",
            "1 package from another place",
            "1 package with other digests under the same version",
            "1 package added",
            "1 package in another version",
            "1 package removed",
        ]
    );
    assert!(told[0].starts_with("red "), "{told:?}");
    assert!(!told.iter().any(|line| line.contains(" file ")), "{told:?}");
}

#[test]
fn a_format_that_can_run_code_is_red_and_one_that_cannot_is_not() {
    let weights = safetensors(r#"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}"#, 2);
    let pickle = Program::new(4).call("collections", "OrderedDict", "x").stop();
    let (safe, code) = (("pytorch_model.bin", weights.as_slice()), ("pytorch_model.bin", pickle.as_slice()));
    let there = changes(&[safe], &[code]);
    assert!(
        there.contains(
            &"red format pytorch_model.bin: its format changed to one that can run code".to_owned()
        ),
        "{there:?}"
    );
    let back = changes(&[code], &[safe]);
    assert!(back.contains(&"amber format pytorch_model.bin: its format changed".to_owned()), "{back:?}");
    let added = changes(&[], &[code]);
    assert!(
        added[0].starts_with(
            "red format pytorch_model.bin: a file that can run code when it is loaded was added"
        ),
        "{added:?}"
    );
}

#[test]
fn code_is_compared_line_by_line() {
    let (old, new) = (b"import math\nx = 1\n".as_slice(), b"import os\nx = 1\n".as_slice());
    let (diff, _) = compared(&revisions(&[("a.py", old)], &[("a.py", new), ("b.py", old)]), &["old", "new"]);
    assert_eq!(
        told(&diff)[..2],
        [
            "red code a.py: Python source changed: 1 line added, 1 removed",
            "red code b.py: Python source was added: 2 lines added, 0 removed",
        ]
    );
    assert_eq!(
        diff["changes"][0]["lines"]["hunks"][0]["lines"],
        serde_json::json!(["-import math", "+import os", " x = 1"])
    );
    let gone = changes(&[("a.py", old)], &[]);
    assert_eq!(gone, ["amber code a.py: Python source was removed: 0 lines added, 2 removed"]);
}

#[test]
fn very_long_and_hostile_code_is_bounded_and_escaped() {
    let many = |salt: u32| (0..40_000).map(|i| format!("x{salt} = {i}\n")).collect::<String>().into_bytes();
    let folder = revisions(
        &[("a.py", &many(1)), ("b.py", b"")],
        &[("a.py", &many(2)), ("b.py", b"\x1b]0;owned\x07\t\xe2\x80\xae#<script>\n")],
    );
    let (diff, _) = compared(&folder, &["old", "new"]);
    let changes = diff["changes"].as_array().unwrap();
    let lines = changes.iter().map(|change| &change["lines"]).find(|lines| lines["added"] == 40_000).unwrap();
    assert_eq!(lines["omitted"], 79_000);
    let run = run(folder.path(), &["diff", "old", "new", "--output", "x.html", "--verbose"]);
    assert!(run.stdout.contains("+\\u{1b}]0;owned\\u{7}\\t\\u{202e}#<script>"), "{}", run.stdout);
    assert!(!run.stdout.contains('\x1b') && !run.stdout.contains('\u{202e}'));
    let page =
        std::fs::File::open(folder.path().join("x.html")).map(std::io::read_to_string).unwrap().unwrap();
    assert!(page.contains("#&lt;script&gt;") && !page.contains("#<script>") && !page.contains('\u{202e}'));
}

#[test]
fn text_that_is_too_long_is_said_to_be_changed_and_not_compared() {
    let long = |end: &str| [vec![b'#'; 1 << 20], end.as_bytes().to_vec()].concat();
    let (diff, code) =
        compared(&revisions(&[("a.py", &long("1"))], &[("a.py", &long("2"))]), &["old", "new"]);
    assert_eq!(
        told(&diff),
        ["red code a.py: Python source changed; it is too long to be compared line by line"]
    );
    assert_eq!((diff["not_compared"][0]["why"].as_str(), code), (Some("longer than 1.0 MiB"), Some(1)));
}

#[test]
fn settings_have_old_and_new_values_and_those_that_lead_to_code_are_red() {
    let old = br#"{"hidden_size": 8, "rope": {"theta": 1.5}, "transformers_version": "4.45"}"#;
    let new = br#"{"hidden_size": 16, "auto_map": {"AutoModel": "m.A"}, "transformers_version": "4.46"}"#;
    let (diff, _) = compared(&revisions(&[("config.json", old)], &[("config.json", new)]), &["old", "new"]);
    assert_eq!(
        told(&diff),
        [
            "red settings config.json: `auto_map.AutoModel` was added",
            "amber finding config.json: new medium finding: has `m.A` imported from files of the repository",
            "amber settings config.json: `hidden_size` changed",
            "amber settings config.json: `rope.theta` was removed",
            "note finding config.json: new low finding: `m.py`, with the class `m.A`, is not among the files that were scanned",
            "note settings config.json: `transformers_version` changed",
        ]
    );
    assert_eq!((&diff["changes"][2]["old"], &diff["changes"][2]["new"]), (&"8".into(), &"16".into()));
    let yaml = changes(
        &[("a.yaml", b"a: 1\nb: [1]\n")],
        &[("a.yaml", b"a: 1\nb: [2]\nc: !!python/name:os.getcwd\n")],
    );
    assert!(yaml.iter().any(|line| line.starts_with("red settings a.yaml: `c` was added")), "{yaml:?}");
    assert!(yaml.contains(&"amber settings a.yaml: `b.0` changed".to_owned()), "{yaml:?}");
}

#[test]
fn templates_are_compared_wherever_they_stand() {
    let (one, two) = ("{{ messages[0]['content'] }}", "{{ messages[0]['content'] }}\nadded");
    let json = |text: &str| format!(r#"{{"chat_template": "{}"}}"#, text.replace('\n', "\\n")).into_bytes();
    let gguf = |text: &str| {
        Gguf::new()
            .text("general.architecture", "x")
            .text("tokenizer.chat_template", text)
            .tensor("a", &[4], 0, 16)
            .build()
    };
    let lines = changes(
        &[("tokenizer_config.json", &json(one)), ("m.gguf", &gguf(one)), ("x.jinja", one.as_bytes())],
        &[("tokenizer_config.json", &json(two)), ("m.gguf", &gguf(two)), ("x.jinja", two.as_bytes())],
    );
    for place in
        ["tokenizer_config.json!chat_template.jinja", "m.gguf!tokenizer.chat_template.jinja", "x.jinja"]
    {
        let line = format!("amber template {place}: the chat template changed: 2 lines added, 1 removed");
        assert!(lines.contains(&line), "{lines:?}");
    }
    assert_eq!(lines.len(), 3, "{lines:?}");
}

#[test]
fn words_of_tokenizers_come_go_and_move() {
    let new = config::TOKENIZER
        .replace(r#""os.system": 2, "#, r#""<hi>": 2, "#)
        .replace(r#""eval(": 1"#, r#""eval(": 9"#)
        .replace(r#""e v", "#, r#""e v", "x y", "#)
        .replace(r#""prepend": "▁""#, r#""prepend": "_""#);
    let lines =
        changes(&[("tokenizer.json", config::TOKENIZER.as_bytes())], &[("tokenizer.json", new.as_bytes())]);
    assert_eq!(
        lines,
        [
            "amber tokenizer tokenizer.json: 1 token was added",
            "amber tokenizer tokenizer.json: 1 token was given other ids",
            "amber tokenizer tokenizer.json: the merges changed",
            "amber tokenizer tokenizer.json: `normalizer.normalizers.0.prepend` changed",
            "amber tokenizer tokenizer.json: 1 token was removed",
        ]
    );
    let words = |words: &[&str]| {
        Gguf::new().text("general.architecture", "x").texts("tokenizer.ggml.tokens", words).build()
    };
    let gguf = changes(&[("m.gguf", &words(&["a", "b"]))], &[("m.gguf", &words(&["a", "c"]))]);
    assert_eq!(
        gguf,
        ["amber tokenizer m.gguf: 1 token was added", "amber tokenizer m.gguf: 1 token was removed"]
    );
}

#[test]
fn findings_are_new_gone_or_the_same_also_under_another_name() {
    let call = |argument: &str| Program::new(4).call("os", "system", argument).stop();
    let (one, two) = (call("echo weighbridge-demo"), call("echo other"));
    let (diff, _) = compared(&revisions(&[("a.pkl", &one)], &[("b.pkl", &one)]), &["old", "new"]);
    assert_eq!(diff["new_findings"].as_array().unwrap().len(), 0);
    let lines = changes(&[("a.pkl", &one)], &[("a.pkl", &two)]);
    assert!(
        lines[0].starts_with("red finding a.pkl: new critical finding: `os.system(\"echo other\")`"),
        "{lines:?}"
    );
    assert!(lines.contains(&"note finding : 1 finding is gone".to_owned()), "{lines:?}");
    let names = changes(
        &[("a.pkl", &Program::new(4).call("collections", "OrderedDict", "x").stop())],
        &[("a.pkl", &one)],
    );
    assert!(names.contains(&"amber names a.pkl: 1 Python name is new".to_owned()), "{names:?}");
}

#[test]
fn what_cannot_be_compared_ends_with_exit_code_2() {
    let folder = revisions(&[("a.txt", b"a\n")], &[("a.txt", b"a\n")]);
    let refused = |arguments: &[&str]| -> Run {
        let run = run(folder.path(), &[&["diff"], arguments].concat());
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{}", run.stderr);
        run
    };
    assert!(refused(&["old", "missing"]).stderr.contains("`missing` could not be read"));
    assert!(refused(&["missing", "old"]).stderr.contains("`missing` could not be read"));
    std::fs::write(folder.path().join("m.zip"), Zip::new().deflated("a.txt", b"a\n").build()).unwrap();
    let mixed = refused(&["old", "m.zip"]).stderr;
    assert!(mixed.contains("`m.zip` is a file and `old` a folder"), "{mixed}");
    assert!(mixed.contains("unpack the file if it is an archive"), "{mixed}");
}

#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_read_is_not_compared_and_not_the_same() {
    let folder = revisions(&[("a.txt", b"a\n")], &[("a.txt", b"a\n")]);
    std::os::unix::fs::symlink("nowhere", folder.path().join("old/b.txt")).unwrap();
    std::os::unix::fs::symlink("nowhere", folder.path().join("new/b.txt")).unwrap();
    let (diff, code) = compared(&folder, &["old", "new"]);
    assert_eq!((diff["not_compared"][0]["path"].as_str(), code), (Some("b.txt"), Some(2)));
    assert_eq!(compared(&folder, &["old", "new", "--allow-incomplete"]).1, Some(0));
    assert_eq!(compared(&folder, &["old", "new", "--time", "0s"]).1, Some(2));
    assert_eq!(compared(&folder, &["old", "new", "--exclude", "b.txt"]).1, Some(0));
}

#[cfg(target_os = "linux")]
#[test]
fn of_a_file_that_was_not_read_to_its_end_nothing_is_said_to_be_gone() {
    let weights = safetensors(r#"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}"#, 2);
    let folder = revisions(&[("m.safetensors", &weights), ("a.py", b"x = 1\n")], &[]);
    for old in ["old/m.safetensors", "old/a.py"] {
        // It has more bytes than it says it has.
        let (diff, code) = compared(&folder, &[old, "/proc/self/status"]);
        assert_eq!((told(&diff), code), (Vec::new(), Some(2)), "{diff:#}");
        assert_eq!(diff["files"][0]["status"], "not-compared");
    }
}

#[cfg(unix)]
#[test]
fn what_is_no_file_in_one_revision_is_not_compared() {
    let folder = revisions(&[("a.py", b"x = 1\n")], &[]);
    drop(std::os::unix::net::UnixListener::bind(folder.path().join("new/a.py")).unwrap());
    for paths in [["old", "new"], ["old/a.py", "new/a.py"]] {
        let (diff, _) = compared(&folder, &paths);
        assert_eq!(diff["not_compared"][0]["why"], "it is a socket, not a file");
    }
}

#[test]
fn members_of_archives_are_compared_one_by_one() {
    let archive = |files: &[(&str, &[u8])]| {
        files.iter().fold(Zip::new(), |zip, (name, bytes)| zip.deflated(name, bytes)).build()
    };
    let array = |last: u8| npy("'|u1'", "(2,)", &[1, last]);
    let pickle = Program::new(4).call("collections", "OrderedDict", "x").stop();
    let old = archive(&[("m.py", b"x = 1\n"), ("a.npy", &array(2)), ("n.txt", b"1\n")]);
    let new = archive(&[("m.py", b"x = 2\n"), ("a.npy", &array(4)), ("n.txt", b"2\n"), ("p.pkl", &pickle)]);
    let lines = changes(&[("m.zip", &old)], &[("m.zip", &new)]);
    for line in [
        "red code m.zip!m.py: Python source changed: 1 line added, 1 removed",
        "red format m.zip!p.pkl: a member that can run code when it is loaded was added: Python pickle",
        "amber tensor m.zip: 1 tensor of 1 has other values",
        "note format m.zip!n.txt: a member (Plain text) changed",
    ] {
        assert!(lines.contains(&line.to_owned()), "{line} in {lines:?}");
    }
}
