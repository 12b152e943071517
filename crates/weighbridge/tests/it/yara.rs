//! `scan --yara`: rules of whoever scans.

use weighbridge_inspect::yara::AVAILABLE;

use crate::run::{folder, run};

const RULE: &[u8] = b"rule words { meta: severity = \"high\" strings: $a = \"demo words\" condition: $a }";

#[test]
fn rules_run_or_the_build_says_that_it_cannot_run_them() {
    let folder = folder(&[("own.yar", RULE), ("model/notes.txt", b"demo words\n")]);
    let run = run(folder.path(), &["scan", "model", "--yara", "own.yar", "--format", "json"]);
    if AVAILABLE {
        assert_eq!(run.code, Some(1), "{}", run.stderr);
        assert!(run.stdout.contains("the rule `words` of `own` matches"), "{}", run.stdout);
    } else {
        assert_eq!(run.code, Some(2));
        assert!(
            run.stderr.contains("this build cannot run rules of YARA, and nothing was scanned"),
            "{}",
            run.stderr
        );
        assert!(run.stderr.contains("--features yara"), "{}", run.stderr);
    }
}

#[test]
fn rules_that_are_not_there_or_have_mistakes_are_no_pass() {
    let folder = folder(&[
        ("bad.yar", b"rule a {\n  condition: b\n}"),
        ("empty/readme.txt", b""),
        ("many/a.yar", RULE),
        ("many/more/b.yara", RULE),
        ("model/notes.txt", b"words\n"),
    ]);
    let asked = |rules: &str| run(folder.path(), &["scan", "model", "--yara", rules]);
    for (rules, why) in [
        ("bad.yar", "bad.yar:2:14: unknown identifier"),
        ("missing.yar", "missing.yar"),
        ("empty", "empty holds no file that ends in .yar or .yara"),
    ] {
        let run = asked(rules);
        assert_eq!(run.code, Some(2), "{rules}: {}", run.stdout);
        assert!(!AVAILABLE || run.stderr.contains(why), "{}", run.stderr);
    }
    if AVAILABLE {
        let run = asked("many");
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert!(run.stdout.contains("rules of YARA in 2 files were run"), "{}", run.stdout);
    }
}
