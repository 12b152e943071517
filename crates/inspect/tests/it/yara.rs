//! Rules of YARA that a scan brings along.
#![cfg(feature = "yara")]

use std::sync::Arc;

use weighbridge_inspect::samples::archive::Zip;
use weighbridge_inspect::samples::{File, one, write};
use weighbridge_inspect::yara::{Mistake, Rules, Source};
use weighbridge_inspect::{Limits, Options, Progress, Report, scan};

fn source(path: &str, text: &str) -> Source {
    Source { path: path.to_owned(), text: text.to_owned() }
}

fn mistake(text: &str) -> Mistake {
    Rules::compile(&[source("own.yar", text)]).unwrap_err()
}

fn scanned(rules: &[&str], files: &[File], limits: Limits) -> Report {
    let sources: Vec<_> =
        rules.iter().enumerate().map(|(number, text)| source(&format!("rules-{number}.yar"), text)).collect();
    let yara = Some(Arc::new(Rules::compile(&sources).unwrap()));
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), files).unwrap();
    scan(&[folder.path().to_owned()], &Options { yara, limits, ..Options::default() }, &Progress::default())
}

fn told(report: &Report) -> Vec<(String, String, Option<u64>, String)> {
    let findings = report.findings.iter().filter(|finding| finding.rule == "yara-match");
    findings
        .map(|one| {
            (one.severity.to_string(), one.location.member.clone(), one.location.offset, one.message.clone())
        })
        .collect()
}

/// Hexadecimal patterns, regular expressions, counts and offsets, as rules of others have them.
const REAL: &str = r#"
import "math"
import "elf"

private rule is_program { condition: uint32(0) == 0x464c457f }

rule Program_In_Model : program linux {
    meta:
        author = "demo"
        description = "a program \x1b[31m beside a model"
        severity = "HIGH"
    condition:
        is_program and filesize < 1MB and elf.type == elf.ET_DYN
}

rule Packed_Words {
    meta:
        severity = "dreadful"
    strings:
        $one = { 50 ?? 43 4b [2-8] ( 45 44 | 65 64 ) }
        $two = /echo\s+"?demo"?/ nocase wide ascii
    condition:
        $one at 4 or #two >= 2
}

rule Even { condition: math.entropy(0, filesize) > 7.9 }
"#;

#[test]
fn rules_match_files_and_members_with_their_own_words() {
    let program = weighbridge_inspect::samples::program::elf();
    let mut files = one("library.so", program.clone());
    files.extend(one("inner.zip", Zip::new().stored("a/b.bin", b"....PACK....ED").build()));
    files.extend(one("words.txt", "ECHO demo\necho \"demo\"\n"));
    files.extend(one("other.txt", "echo demo\n"));
    let report = scanned(&[REAL], &files, Limits::default());
    let text = |text: &str| text.to_owned();
    let mut told = told(&report);
    told.sort();
    assert_eq!(
        told,
        [
            (
                text("high"),
                text(""),
                None,
                text(
                    r"the rule `Program_In_Model` of `rules-0` matches (`program`, `linux`): a program \u{1b}[31m beside a model"
                )
            ),
            (text("medium"), text(""), Some(0), text("the rule `Packed_Words` of `rules-0` matches")),
            (text("medium"), text("a/b.bin"), Some(4), text("the rule `Packed_Words` of `rules-0` matches")),
        ]
    );
}

#[test]
fn a_mistake_is_told_with_file_line_and_column() {
    assert_eq!(mistake("rule a {\n  condition: b\n}").at, Some((2, 14)));
    assert_eq!(mistake("rule a {\n  condition:\n").path, "own.yar");
    let module = mistake("import \"pe\"\nrule a { condition: pe.is_pe }");
    assert_eq!(module.at, Some((1, 1)));
    assert!(module.to_string().starts_with("own.yar:1:1: unknown module"), "{module}");
    assert!(
        mistake("include \"other.yar\"\nrule a { condition: true }").what.contains("include"),
        "{module}"
    );
}

#[test]
fn files_are_namespaces_and_may_use_the_same_names() {
    let rule = "rule same { condition: true }";
    let report = scanned(&[rule, rule], &one("a.txt", "words"), Limits::default());
    let messages: Vec<_> = told(&report).into_iter().map(|(.., message)| message).collect();
    assert_eq!(messages, ["the rule `same` of `rules-0` matches", "the rule `same` of `rules-1` matches"]);
}

/// A file beyond what is held in memory, with words across the end of a block.
fn long() -> (Vec<File>, Limits) {
    let mut bytes = vec![b'x'; 3 << 20];
    bytes[(1 << 20) - 4..(1 << 20) + 4].copy_from_slice(b"demo.txt");
    (one("long.txt", bytes), Limits { memory: 1 << 20, ..Limits::default() })
}

#[test]
fn what_is_long_is_looked_at_in_blocks_that_overlap() {
    let (files, limits) = long();
    let report = scanned(&["rule a { strings: $a = \"demo.txt\" condition: #a == 1 }"], &files, limits);
    let offsets: Vec<_> = told(&report).into_iter().map(|(_, _, at, _)| at).collect();
    assert_eq!(offsets, [Some((1 << 20) - 4)]);
    assert!(report.not_inspected.iter().all(|one| !one.why.contains("YARA")), "{:?}", report.not_inspected);
}

#[test]
fn what_rules_ask_of_the_whole_is_not_known_of_what_is_long() {
    let (files, limits) = long();
    let report = scanned(&["rule a { condition: filesize > 1 }"], &files, limits);
    assert!(told(&report).is_empty());
    let why: Vec<_> = report.not_inspected.iter().map(|one| one.why.as_str()).collect();
    assert!(why.iter().any(|why| why.contains("run over it in blocks")), "{why:?}");
}

#[test]
fn without_time_nothing_is_passed_over_in_silence() {
    let limits = Limits { time: Some(std::time::Duration::ZERO), ..Limits::default() };
    let report = scanned(&["rule a { condition: true }"], &one("a.txt", "words"), limits);
    assert!(told(&report).is_empty());
    assert!(!report.not_inspected.is_empty());
}
