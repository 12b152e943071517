//! No report gives away a secret that a file holds, wherever the file holds it and whatever quotes it.

use std::fs;

use weighbridge_inspect::diff::{self, Request};
use weighbridge_inspect::report::{Terms, html, json, junit, sarif};
use weighbridge_inspect::samples::pickle::{self, Program};
use weighbridge_inspect::samples::secret::written;
use weighbridge_inspect::samples::{File, notebook, one, write};
use weighbridge_inspect::secrets::{Key, kinds};
use weighbridge_inspect::{Options, Progress, Report, report, scan};

fn scanned(files: &[File], options: &Options) -> Report {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), files).unwrap();
    scan(&[folder.path().to_owned()], options, &Progress::default())
}

/// Every form of a report, with all facts.
fn told(files: &[File]) -> String {
    let report = scanned(files, &Options { facts: true, ..Options::default() });
    let mut all = Vec::new();
    json::write(&report, &mut all).unwrap();
    sarif::write(&report, Terms::default(), &mut all).unwrap();
    html::write(&report, Terms::default(), &mut all).unwrap();
    junit::write(&report, Terms::default(), &mut all).unwrap();
    for finding in &report.findings {
        let (call, excerpt) = report::details(finding);
        all.extend(format!("{} {call:?} {excerpt:?}", finding.message).into_bytes());
    }
    String::from_utf8(all).unwrap()
}

#[test]
fn no_report_gives_away_what_is_quoted() {
    let token = written("ghp_{a:30}{crc}");
    let password = written("{a:14}");
    let address = format!("https://demo:{password}@git.demo.internal/x");
    let files = |name: &str, text: String| one(name, text);
    let cases: [(&str, Vec<File>, &str); 8] = [
        (
            "call",
            pickle::file(Program::new(2).call("os", "system", &format!("echo {token}")).stop()),
            "ghp_…",
        ),
        (
            "nested",
            pickle::file(
                Program::new(2).global("builtins", "eval").text(&token).list().tuple(1).reduce().stop(),
            ),
            "ghp_…",
        ),
        ("address", files("config.json", format!("{{\"_name_or_path\":\"{address}\"}}")), "https://demo:…"),
        (
            "template",
            files("chat_template.jinja", format!("{{{{ messages.__class__.__mro__('{token}') }}}}")),
            "ghp_…",
        ),
        ("image", files("Dockerfile", format!("FROM scratch\nENV TOKEN={token}\n")), "ghp_…"),
        (
            "setting",
            files("config.json", format!("{{\"auto_map\":{{\"AutoModel\":\"{token}--a.B\"}}}}")),
            "ghp_…",
        ),
        (
            "notebook",
            files("a.ipynb", format!("{{\"cells\":[{{\"source\":[\"t = \\\"{token}\\\"\"]}}]}}")),
            "ghp_…",
        ),
        (
            "far",
            pickle::file(
                Program::new(2).call("os", "system", &format!("echo {} {token}", "a ".repeat(480))).stop(),
            ),
            "echo",
        ),
    ];
    for (name, files, shown) in cases {
        let told = told(&files);
        assert!(told.contains(shown), "{name}: `{shown}` is not told");
        for piece in token.as_bytes()[4..].windows(8).chain(password.as_bytes().windows(8)) {
            let piece = String::from_utf8_lossy(piece);
            assert!(!told.contains(piece.as_ref()), "{name}: `{piece}` of the secret is told");
        }
    }
}

#[test]
fn no_report_gives_away_a_secret_of_any_kind() {
    let mut files = Vec::new();
    for (number, example) in kinds().iter().flat_map(|kind| &kind.positive).enumerate() {
        files.extend(one(&format!("notes-{number}.yaml"), format!("{}\n", written(example))));
    }
    let told = told(&files);
    for kind in kinds() {
        assert!(told.contains(&format!("\"kind\": \"{}\"", kind.id)), "{} is not told", kind.id);
        for example in &kind.positive {
            let text = written(example);
            // What the example draws is what must not be there.
            let fixed: Vec<&str> = example.split(['{', '}']).step_by(2).collect();
            for piece in text.as_bytes().windows(12) {
                let piece = String::from_utf8_lossy(piece);
                let drawn = piece.bytes().filter(u8::is_ascii_digit).count() > 1
                    && !fixed.iter().any(|fixed| fixed.contains(piece.as_ref()))
                    && piece.bytes().all(|byte| byte.is_ascii_alphanumeric());
                assert!(!drawn || !told.contains(piece.as_ref()), "{}: `{piece}` is told", kind.id);
            }
        }
    }
}

#[test]
fn no_comparison_gives_away_a_secret() {
    let (old, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let tokens = [written("hf_{l:34}"), written("api_org_{l:34}")];
    let keys = [written("{pem:RSA PRIVATE KEY}"), written("{pem:EC PRIVATE KEY}")];
    for (folder, (token, key)) in [&old, &new].into_iter().zip(tokens.iter().zip(&keys)) {
        let text = |name: &str, text: String| {
            fs::File::create(folder.path().join(name))
                .map(|mut file| std::io::Write::write_all(&mut file, text.as_bytes()))
        };
        text("config.json", format!("{{\"model_type\":\"demo\",\"note\":\"{token}\"}}")).unwrap().unwrap();
        text("chat_template.jinja", format!("{{# {token} #}}\n{{{{ messages }}}}\n")).unwrap().unwrap();
        text("modeling_demo.py", format!("TOKEN = '{token}'\nKEY = '''{key}'''\n")).unwrap().unwrap();
    }
    let request = Request { old: old.path().to_owned(), new: new.path().to_owned(), all_digests: false };
    let compared = diff::diff(&request, &Options::default(), &Progress::default()).unwrap();
    let mut all = Vec::new();
    report::diff::json(&compared, &mut all).unwrap();
    report::diff::html(&compared, &mut all).unwrap();
    let mut told = String::from_utf8(all).unwrap();
    told.push_str(&format!("{:?}", compared.changes));
    assert!(told.contains("hf_…") && told.contains("api_org_…") || told.contains("api…"), "{told}");
    for secret in tokens.iter().map(|token| &token[8..]).chain(keys.iter().map(|key| &key[40..])) {
        for piece in secret.as_bytes().windows(12).filter(|piece| piece.iter().all(u8::is_ascii_alphanumeric))
        {
            let piece = String::from_utf8_lossy(piece);
            assert!(!told.contains(piece.as_ref()), "`{piece}` is told");
        }
    }
}

#[test]
fn digests_of_secrets_are_told_only_under_a_key_and_findings_stay_the_same() {
    let files = one("notes.txt", written("token = hf_{l:34}\n"));
    let key = Key::new(b"a key of at least sixteen bytes").map(std::sync::Arc::new);
    let (without, with) = (
        scanned(&files, &Options::default()),
        scanned(&files, &Options { secret_key: key, ..Options::default() }),
    );
    assert_eq!(without.findings.len(), 1);
    assert_eq!(without.findings[0].excerpt, None);
    assert!(with.findings[0].excerpt.as_ref().unwrap().starts_with("keyed digest "));
    assert_eq!(without.findings[0].fingerprint, with.findings[0].fingerprint);
}

#[test]
fn a_secret_is_told_once_where_it_stands() {
    let token = written("hf_{l:34}");
    let template = format!("{{# {token} #}}{{{{ messages }}}}");
    let settings = serde_json::json!({ "chat_template": template }).to_string();
    for (name, text) in [
        ("tokenizer_config.json", settings),
        ("tokenizer.json", format!("{{\"model\":{{\"vocab\":{{\"{token}\":0}}}}}}")),
    ] {
        let report = scanned(&one(name, text.clone()), &Options::default());
        let found: Vec<_> =
            report.findings.iter().filter(|finding| finding.rule == "secret-credential").collect();
        assert_eq!(found.len(), 1, "{name}");
        assert_eq!(found[0].location.offset, text.find("hf_").map(|at| at as u64), "{name}");
    }
}

#[test]
fn a_secret_in_a_cell_is_told_once() {
    let (token, other) = (written("hf_{l:34}"), written("ghp_{a:30}{crc}"));
    let cells = [
        notebook::code(&format!("token = '{token}'")),
        notebook::shown("text/plain", &format!("token {other}")),
    ];
    let found = scanned(&notebook::of(&cells), &Options::default()).findings;
    let secrets: Vec<_> = found.iter().filter(|one| one.rule.starts_with("secret-")).collect();
    assert_eq!(secrets.len(), 2, "{secrets:?}");
}
