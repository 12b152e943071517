//! Options, outputs, errors and exit codes.

use std::path::Path;

use crate::run::{command, folder, run};

#[test]
fn nothing_at_the_threshold_and_everything_inspected_is_exit_code_0() {
    let folder = folder(&[("notes.txt", b"words\n")]);
    let run = run(folder.path(), &["scan", "notes.txt"]);
    assert_eq!(run.code, Some(0));
    assert_eq!(run.stderr, "");
    let ruleset = weighbridge_inspect::report::ruleset();
    insta::assert_snapshot!(run.stdout.replace(&ruleset, "RULESET"), @r"
    unremarkable
    Everything was looked at. Nothing above low was found by ruleset RULESET.

      origin   not asked
      format   nothing found
      content  nothing found

    Files
      notes.txt
        6 bytes, text, inert
        sha256:ff646650bc064e5981d37e75caf62e8551f146dff3b8967dd9cf36d263480e3a

    1 file (6 bytes): nothing found
    ruleset RULESET, exit code 0: all inspected, nothing at medium or above
    ");
}

#[test]
fn what_was_not_inspected_is_exit_code_2_unless_allowed() {
    let folder = folder(&[("unknown.bin", b"\x01\x02\x03\x04"), ("notes.txt", b"words\n")]);
    assert_eq!(run(folder.path(), &["scan", "."]).code, Some(2));
    assert_eq!(run(folder.path(), &["scan", ".", "--allow-incomplete"]).code, Some(0));
    assert_eq!(run(folder.path(), &["scan", ".", "--exclude", "*.bin"]).code, Some(0));
}

#[test]
fn what_is_left_out_is_counted() {
    let folder =
        folder(&[("a/unknown.bin", b"\x01\x02"), ("a/notes.txt", b"words\n"), ("b/notes.txt", b"words\n")]);
    let run = run(folder.path(), &["scan", ".", "--exclude", "*.bin", "--exclude", "/b/"]);
    assert!(run.stdout.contains("note: 2 paths left out, as asked for by --exclude"), "{}", run.stdout);
    assert!(run.stdout.contains("  a/notes.txt\n"), "{}", run.stdout);
    let run = self::run(folder.path(), &["scan", ".", "--exclude", "*.bin", "--exclude", "x/*.bin"]);
    assert!(run.stdout.contains("pattern 2 of --exclude matched nothing"), "{}", run.stdout);
    let run = self::run(folder.path(), &["scan", ".", "--exclude", "**", "--allow-incomplete"]);
    assert_eq!(run.code, Some(2), "nothing was scanned: {}", run.stdout);
}

#[test]
fn several_paths_are_told_apart() {
    let folder = folder(&[("a/notes.txt", b"1\n"), ("b/notes.txt", b"2\n"), ("b/c/notes.txt", b"3\n")]);
    let paths = |arguments: &[&str]| {
        let run = run(folder.path(), &[&["scan", "--format", "json"], arguments].concat());
        let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        let files = report["files"].as_array().unwrap().clone();
        files.iter().map(|file| file["path"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(paths(&["a"]), ["notes.txt"]);
    assert_eq!(paths(&["a/notes.txt"]), ["notes.txt"]);
    assert_eq!(paths(&["a", "b"]), ["a/notes.txt", "b/c/notes.txt", "b/notes.txt"]);
    assert_eq!(paths(&["b", "b/c", "./b/../b/notes.txt"]), ["b/c/notes.txt", "b/notes.txt"]);
    let whole = folder.path().join("a/notes.txt");
    assert_eq!(paths(&[whole.to_str().unwrap(), "b/notes.txt"]), ["a/notes.txt", "b/notes.txt"]);
}

#[test]
fn several_outputs_are_written_at_once_and_their_endings_say_which() {
    let folder = folder(&[("model/notes.txt", b"words\n")]);
    let outputs = ["r.json", "r.sarif", "s.sarif.json", "r.html", "r.xml", "r.txt"];
    let mut arguments = vec!["scan", "model", "--quiet"];
    arguments.extend(outputs.iter().flat_map(|name| ["--output", name]));
    let run = run(folder.path(), &arguments);
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (Some(0), "", ""));
    let begins = |name: &str| {
        let file = std::fs::File::open(folder.path().join(name)).unwrap();
        let bytes = weighbridge_inspect::input::Input::file(file).unwrap().read(0, 40).unwrap();
        String::from_utf8(bytes).unwrap().split_whitespace().take(2).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        outputs.map(begins),
        [
            "{ \"schema\":",
            "{ \"$schema\":",
            "{ \"$schema\":",
            "<!doctype html>",
            "<?xml version=\"1.0\"",
            "unremarkable Everything"
        ]
    );
    let files = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(files, outputs.len() + 1, "nothing else is left behind");
}

#[test]
fn an_output_that_cannot_be_written_is_an_error_before_the_scan() {
    let folder = folder(&[("notes.txt", b"words\n"), ("kept.json/inside", b""), ("precious", b"1")]);
    std::os::unix::fs::symlink("precious", folder.path().join("link.sarif")).unwrap();
    std::os::unix::fs::symlink("gone", folder.path().join("dangling.sarif")).unwrap();
    for (output, why) in [
        ("link.sarif", "link.sarif` cannot be written: it is a link"),
        ("dangling.sarif", "dangling.sarif` cannot be written: it is a link"),
        ("report.pdf", "`report.pdf` does not end like a report"),
        ("gone/report.json", "gone/report.json` cannot be written: its folder is not there"),
        ("kept.json", "cannot be written: it is there and is not a file"),
    ] {
        let run = run(folder.path(), &["scan", "notes.txt", "--output", output]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{output}");
        assert!(run.stderr.contains(why), "{}", run.stderr);
        assert!(run.stderr.lines().last().unwrap().starts_with("hint: "), "{}", run.stderr);
    }
    assert_eq!(std::fs::metadata(folder.path().join("precious")).unwrap().len(), 1);
    for link in ["link.sarif", "dangling.sarif"] {
        std::fs::remove_file(folder.path().join(link)).unwrap();
    }
    std::fs::create_dir(folder.path().join("elsewhere")).unwrap();
    std::fs::create_dir(folder.path().join("model")).unwrap();
    std::os::unix::fs::symlink("../elsewhere", folder.path().join("model/reports")).unwrap();
    let led = self::run(folder.path(), &["scan", "model", "-o", "model/reports/a.json"]);
    assert_eq!((led.code, led.stdout.as_str()), (Some(2), ""));
    let why = "`model/reports/a.json` leads through the link `model/reports` of what is scanned";
    assert!(led.stderr.contains(why), "{}", led.stderr);
    let own = self::run(folder.path(), &["scan", "notes.txt", "-o", "model/reports/a.json"]);
    assert_eq!(own.code, Some(0), "{}", own.stderr);
    for made in ["model", "elsewhere"] {
        std::fs::remove_dir_all(folder.path().join(made)).unwrap();
    }
    std::fs::remove_file(folder.path().join("precious")).unwrap();
    std::fs::write(folder.path().join("config.json"), "{}").unwrap();
    let refused = self::run(folder.path(), &["scan", ".", "-o", "config.json"]);
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(2), ""));
    assert!(
        refused.stderr.contains("config.json` lies inside what is scanned, and is no earlier report"),
        "{}",
        refused.stderr
    );
    assert_eq!(std::fs::metadata(folder.path().join("config.json")).unwrap().len(), 2);
    // A report written there is not scanned the next time.
    for name in ["r.json", "r.sarif", "r.html", "r.xml"] {
        for _ in 0..2 {
            let run = self::run(folder.path(), &["scan", ".", "-o", name, "--exclude", "kept.json"]);
            assert_eq!(run.code, Some(0), "{name}: {}{}", run.stdout, run.stderr);
        }
        std::fs::remove_file(folder.path().join(name)).unwrap();
    }
    let run = run(folder.path(), &["scan", "notes.txt", "-o", "a.json", "-o", "./a.json"]);
    assert!(run.stderr.contains("is named twice by --output"), "{}", run.stderr);
}

#[test]
fn every_error_ends_with_what_to_run_next() {
    let folder =
        folder(&[("notes.txt", b"words\n"), ("bad.toml", b"\n[[ignore]]\nrule = 1\n"), ("bad.json", b"{}")]);
    for (arguments, error, hint) in [
        (
            &["scan"][..],
            "error: the following required arguments were not provided:",
            "weighbridge scan --help",
        ),
        (&["scna"], "error: unrecognized subcommand 'scna'", "weighbridge --help"),
        (
            &["scan", ".", "--threshold", "dire"],
            "error: invalid value 'dire' for '--threshold <SEVERITY>'",
            "weighbridge scan --help",
        ),
        (
            &["scan", ".", "--max-expanded", "10 apples"],
            "error: invalid value '10 apples' for '--max-expanded <SIZE>'",
            "weighbridge scan --help",
        ),
        (
            &["scan", ".", "--exclude", "a[b"],
            "error: `--exclude`: error parsing glob",
            "weighbridge scan --help",
        ),
        (
            &["scan", "--explain", "no-such-rule"],
            "error: no rule is called `no-such-rule`",
            "weighbridge rules",
        ),
        (
            &["scan", "notes.txt", "--ignore", "bad.toml"],
            "error: the ignore file `bad.toml` cannot be used: line 3: ",
            "docs/report.md",
        ),
        (
            &["scan", "notes.txt", "--ignore", "gone.toml"],
            "error: the ignore file `gone.toml` cannot be read: ",
            "weighbridge scan --help",
        ),
        (
            &["scan", "notes.txt", "--baseline", "bad.json"],
            "error: the baseline `bad.json` cannot be used: not a JSON report",
            "weighbridge scan --output baseline.json PATH",
        ),
        (
            &["scan", "--demo", "--demo-dir", "."],
            "error: the samples cannot be written to `.`: it is not empty",
            "--demo-dir",
        ),
        (
            &["scan", "notes.txt", "gone.pt"],
            "error: there is no file or folder `gone.pt`",
            "weighbridge scan --help",
        ),
        (
            &["scan", "gone.pt", "--allow-incomplete"],
            "error: there is no file or folder `gone.pt`",
            "slip in the name",
        ),
        (&["scan", "-"], "error: there is no file or folder `-`", "save what is to be scanned first"),
        (
            &["scan", ".", "--jobs", "x"],
            "error: invalid value 'x' for '--jobs <N>': a number of files is wanted",
            "weighbridge scan --help",
        ),
        (&["man", "nothing"], "error: no command is called `nothing`", "weighbridge --help"),
        (&[], "error: no command was given", "weighbridge scan --demo"),
    ] {
        let run = run(folder.path(), arguments);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(run.stderr.starts_with(error), "{}", run.stderr);
        let last = run.stderr.lines().last().unwrap();
        assert!(last.starts_with("hint: ") && last.contains(hint), "{}", run.stderr);
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let files: Vec<(String, Vec<u8>)> = (0..500).map(|n| (format!("{n}.txt"), b"words\n".to_vec())).collect();
    let files: Vec<_> = files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())).collect();
    let folder = folder(&files);
    let mut command = command(folder.path());
    command.args(["scan", ".", "--format", "json"]);
    let mut child =
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap().as_str()), (Some(0), ""));
}

#[test]
fn colour_is_for_terminals_or_when_asked_for() {
    let folder = folder(&[("unknown.bin", b"\x01\x02\x03\x04")]);
    let with = |variable: &str| {
        let output = command(folder.path()).env(variable, "1").args(["scan", "."]).output().unwrap();
        String::from_utf8(output.stdout).unwrap().contains('\x1b')
    };
    assert!(!with("LANG"));
    assert!(!with("NO_COLOR"));
    assert!(with("CLICOLOR_FORCE"));
}

#[test]
fn the_demo_says_where_it_is_and_keeps_only_what_was_asked_for() {
    let folder = folder(&[]);
    let demo =
        |more: &[&str]| run(folder.path(), &[&["scan", "--demo", "--exclude", "rules"], more].concat());
    let kept = demo(&["--demo-dir", "samples", "--format", "json"]);
    assert!(kept.stderr.contains("harmless samples are written to samples, and kept"), "{}", kept.stderr);
    let report: serde_json::Value = serde_json::from_str(&kept.stdout).unwrap();
    assert!(folder.path().join("samples/formats/text/notes.txt").exists());
    assert!(report["totals"]["files"].as_u64().unwrap() >= 2);
    for rule in weighbridge_inspect::rules::RULES {
        assert!(folder.path().join("samples/rules").join(rule.id).is_dir(), "{} is not shown", rule.id);
    }

    let gone = demo(&[]);
    let place = gone.stderr.split("written to ").nth(1).unwrap().split(',').next().unwrap();
    assert!(!Path::new(place).exists(), "{place} is still there");
}

#[test]
fn completions_and_manual_pages_know_the_options() {
    let here = Path::new(".");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = run(here, &["completions", shell]).stdout;
        assert!(script.contains("max-expanded"), "{shell}");
    }
    let page = run(here, &["man", "scan"]).stdout;
    assert!(
        page.starts_with(".ie") && page.contains(".TH weighbridge-scan 1") && page.contains("max\\-expanded"),
        "{page}"
    );
    assert!(run(here, &["man"]).stdout.contains(".TH weighbridge 1"));
}
