//! What is asked for cannot be read, or would rather not be: each is a line in the report, and the rest is inspected.

use std::ffi::OsStr;
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;

use crate::run::{Run, command, ended, folder, run};

/// Scans a folder: the exit code and the report.
fn scanned(folder: &Path, options: &[&str]) -> (i32, Value) {
    let run = run(folder, &[&["scan", ".", "--format", "json"], options].concat());
    (run.code.unwrap(), report(&run))
}

fn report(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}{}", run.stdout, run.stderr))
}

/// What was not inspected: paths and reasons.
fn missed(report: &Value) -> Vec<(&str, &str)> {
    let parts = report["not_inspected"].as_array().unwrap();
    parts.iter().map(|part| (part["path"].as_str().unwrap(), part["why"].as_str().unwrap())).collect()
}

/// Paths of the files that were inspected.
fn seen(report: &Value) -> Vec<&str> {
    let files = report["files"].as_array().unwrap();
    files
        .iter()
        .filter(|file| file["coverage"] != "not-inspected")
        .map(|file| file["path"].as_str().unwrap())
        .collect()
}

#[test]
fn no_two_files_are_shown_as_one() {
    let folder = folder(&[]);
    let names: [&[u8]; 6] =
        [b"\xff.txt", b"\\xff.txt", b"a\x1b.txt", b"a\\u{1b}.txt", b"a\\u{5c}u{1b}.txt", b"\\\\xff.txt"];
    for name in names {
        std::fs::write(folder.path().join(OsStr::from_bytes(name)), "words\n").unwrap();
    }
    let (_, report) = scanned(folder.path(), &[]);
    assert_eq!(seen(&report).len(), names.len(), "{report}");
}

#[test]
fn an_empty_folder_is_not_a_scan() {
    let folder = folder(&[]);
    let (code, report) = scanned(folder.path(), &[]);
    assert_eq!((code, missed(&report)), (2, vec![(".", "no file was found there")]));
    assert_eq!(report["answer"], "incomplete");
}

#[test]
fn an_empty_file_is_inert() {
    let folder = folder(&[("nothing.bin", b"")]);
    let (code, report) = scanned(folder.path(), &[]);
    assert_eq!((code, seen(&report)), (0, vec!["nothing.bin"]));
    assert_eq!(
        report["files"][0]["sha256"],
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
}

#[test]
fn what_may_not_be_read_is_named() {
    let folder =
        folder(&[("notes.txt", b"words\n"), ("secret.txt", b"words\n"), ("locked/inside.txt", b"words\n")]);
    let mode = |path: &str, mode| {
        std::fs::set_permissions(folder.path().join(path), PermissionsExt::from_mode(mode)).unwrap();
    };
    mode(".", 0o755);
    mode("secret.txt", 0o000);
    mode("locked", 0o000);
    let mut command = command(folder.path());
    if std::fs::File::open(folder.path().join("secret.txt")).is_ok() {
        // The administrator may read everything; nobody may not.
        let copy = folder.path().join("../").join(format!("weighbridge-{}", std::process::id()));
        std::fs::copy(env!("CARGO_BIN_EXE_weighbridge"), &copy).unwrap();
        command = std::process::Command::new(&copy);
        command.current_dir(folder.path()).uid(65534).gid(65534);
        let run = ended(command.args(["scan", ".", "--format", "json"]).output().unwrap());
        std::fs::remove_file(copy).unwrap();
        return assert_locked(&run, &mode);
    }
    assert_locked(&ended(command.args(["scan", ".", "--format", "json"]).output().unwrap()), &mode);
}

fn assert_locked(run: &Run, mode: &dyn Fn(&str, u32)) {
    mode("locked", 0o755);
    let report = report(run);
    assert_eq!(
        missed(&report),
        [
            ("locked", "could not be listed: Permission denied (os error 13)"),
            ("secret.txt", "could not be read: Permission denied (os error 13)")
        ]
    );
    assert_eq!((run.code, seen(&report)), (Some(2), vec!["notes.txt"]));
}

#[test]
fn pipes_and_sockets_are_not_waited_for() {
    let folder = folder(&[("notes.txt", b"words\n")]);
    let made = std::process::Command::new("mkfifo").arg(folder.path().join("pipe")).status().unwrap();
    assert!(made.success());
    let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("socket")).unwrap();
    let (code, report) = scanned(folder.path(), &[]);
    assert_eq!(
        missed(&report),
        [("pipe", "it is a pipe, not a file"), ("socket", "it is a socket, not a file")]
    );
    assert_eq!((code, seen(&report)), (2, vec!["notes.txt"]));
    let run = run(folder.path(), &["scan", "pipe", "--format", "json"]);
    assert_eq!(
        (run.code, missed(&self::report(&run))),
        (Some(2), vec![("pipe", "it is a pipe, not a file")])
    );
}

#[test]
fn links_are_followed_to_files_and_never_around_in_circles() {
    let outside = folder(&[("weights.txt", b"elsewhere\n")]);
    let folder = folder(&[("inner/notes.txt", b"words\n")]);
    let link = |target: &Path, name: &str| symlink(target, folder.path().join(name)).unwrap();
    link(Path::new("nowhere"), "dangling");
    link(Path::new("b"), "a");
    link(Path::new("a"), "b");
    link(Path::new(".."), "inner/up");
    link(Path::new("inner/notes.txt"), "second.txt");
    link(outside.path(), "outside");
    link(&outside.path().join("weights.txt"), "outside.txt");
    let (code, report) = scanned(folder.path(), &["--facts"]);
    assert_eq!(
        missed(&report),
        [
            ("a", "a link that leads nowhere: Too many levels of symbolic links (os error 40)"),
            ("b", "a link that leads nowhere: Too many levels of symbolic links (os error 40)"),
            ("dangling", "a link that leads nowhere: No such file or directory (os error 2)"),
            ("outside", "a link to a folder elsewhere; links to folders are not followed"),
        ]
    );
    assert_eq!((code, seen(&report)), (1, vec!["inner/notes.txt", "outside.txt", "second.txt"]));
    let escapes = |index: usize| &report["files"][index]["facts"][0]["escapes"];
    assert_eq!((escapes(1), escapes(2)), (&Value::Bool(true), &Value::Bool(false)));
}

#[test]
fn no_name_steers_a_reader_in_any_format() {
    let folder = folder(&[]);
    let names: [&[u8]; 4] = [
        b"a\x1b[31mred\x1b]0;title\x07.txt",
        b"line\nfeed\rreturn\ttab.txt",
        "bidi\u{202e}txt.exe\u{200b}\u{9b}31m.txt".as_bytes(),
        b"not utf-8 \xff\xfe <script>alert(1)</script> & \"'.txt".as_slice(),
    ];
    for name in names {
        let name = String::from_utf8_lossy(name).replace('/', "\u{2215}").into_bytes();
        std::fs::write(folder.path().join(OsStr::from_bytes(&name)), "words\n").unwrap();
    }
    std::fs::write(folder.path().join(OsStr::from_bytes(b"raw\xff.txt")), "words\n").unwrap();
    for format in ["human", "json", "sarif", "html", "junit"] {
        let run = run(folder.path(), &["scan", ".", "--format", format, "--verbose"]);
        assert_eq!(run.code, Some(1), "the names themselves are told: {}", run.stderr);
        let steering = |c: &char| *c != '\n' && weighbridge_inspect::text::is_invisible(*c);
        assert_eq!(run.stdout.chars().find(steering), None, "{format}: {}", run.stdout);
        let page = run.stdout.split("<script>").next().unwrap();
        assert!(!(format == "html" && page.contains("alert(1)<")), "{page}");
    }
    let (_, report) = scanned(folder.path(), &[]);
    assert!(seen(&report).contains(&"raw\\xff.txt"), "{report}");
    let told = report["findings"].as_array().unwrap();
    assert!(told.iter().all(|finding| finding["rule"] == "archive-deceptive-name"), "{report}");
    assert_eq!(told.len(), 3);
}

#[test]
fn a_file_that_changes_while_it_is_read_has_no_digest() {
    let folder = folder(&[("notes.txt", b"words\n"), ("growing.txt", &b"0123456\n".repeat(8 << 20))]);
    let path = folder.path().join("growing.txt");
    let (begun, stop) = (Barrier::new(2), AtomicBool::new(false));
    let (code, report) = std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut file = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
            begun.wait();
            while !stop.load(Ordering::Relaxed) {
                file.write_all(b"more\n").unwrap();
            }
        });
        begun.wait();
        let result = scanned(folder.path(), &[]);
        stop.store(true, Ordering::Relaxed);
        result
    });
    assert_eq!(missed(&report), [("growing.txt", "it changed while it was read; scan it again")]);
    assert_eq!((code, seen(&report)), (2, vec!["notes.txt"]));
    assert_eq!(report["files"][0].get("sha256"), None);
}

#[test]
fn a_file_with_more_bytes_than_it_says_is_not_inspected() {
    let Some(path) = Some("/proc/self/status").filter(|path| Path::new(path).exists()) else { return };
    let run = run(Path::new("/"), &["scan", path, "--format", "json"]);
    let report = report(&run);
    assert_eq!(missed(&report), [("status", "it has more than the 0 bytes that it says it has")]);
    assert_eq!(run.code, Some(2));
}

#[test]
fn thousands_of_files_are_a_list_like_any_other() {
    let folder = folder(&[]);
    for number in 0..2000 {
        let path = folder.path().join(format!("{:02}", number % 50));
        std::fs::create_dir_all(&path).unwrap();
        std::fs::write(path.join(format!("{number}.txt")), format!("{number}\n")).unwrap();
    }
    let (code, report) = scanned(folder.path(), &[]);
    assert_eq!((code, &report["totals"]["files"]), (0, &Value::from(2000)));
    let paths = seen(&report);
    assert!(paths.len() == 2000 && paths.is_sorted());
}

#[test]
fn no_time_is_a_limit_like_any_other() {
    let folder = folder(&[("notes.txt", b"words\n")]);
    let (code, report) = scanned(folder.path(), &["--time", "0"]);
    let why = "not listed: limit reached: time (0ns); raise it with --time";
    assert_eq!((code, missed(&report)), (2, vec![(".", why)]));
    let run = run(folder.path(), &["scan", "notes.txt", "--time", "0", "--format", "json"]);
    let why = "limit reached: time (0ns); raise it with --time";
    assert_eq!((run.code, missed(&self::report(&run))), (Some(2), vec![("notes.txt", why)]));
}

#[test]
fn the_same_files_give_the_same_report() {
    let files: Vec<(String, Vec<u8>)> =
        (0..60).map(|n| (format!("{}/{n}.txt", n % 7), vec![b'x'; n])).collect();
    let files: Vec<_> = files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())).collect();
    let (first, second) = (folder(&files), folder(&files));
    for format in ["human", "json", "sarif", "html", "junit"] {
        let output =
            |folder: &Path, jobs| run(folder, &["scan", ".", "--format", format, "--jobs", jobs]).stdout;
        assert!(output(first.path(), "1") == output(second.path(), "4"), "{format}");
    }
}
