//! What scripts and byte code are worth, and what ordinary ones are not.

use weighbridge_domain::Severity;
use weighbridge_inspect::samples::{File, commands, notebook, one, program, script, source, write};
use weighbridge_inspect::{Options, Progress, Report, scan};

fn scanned(files: &[File]) -> Report {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), files).unwrap();
    scan(&[folder.path().to_owned()], &Options::default(), &Progress::default())
}

fn worst(files: &[File]) -> Option<(Severity, String)> {
    let report = scanned(files);
    report.findings.into_iter().map(|finding| (finding.severity, finding.rule)).max()
}

#[test]
fn nothing_above_low_is_found_in_demonstrations_and_the_tools_that_build_them() {
    let (worst, rule) = worst(&script::demonstration()).unwrap();
    assert!(worst <= Severity::Low, "{rule} {worst}");
}

#[test]
fn what_a_script_does_at_once_is_worse_than_what_waits_for_a_call() {
    let acts = "require('child_process').exec('echo weighbridge-demo')";
    let decodes = "eval(atob('dm9pZCAw'))";
    for (lines, at_once, waiting) in
        [(acts, Severity::Medium, Severity::Low), (decodes, Severity::High, Severity::Medium)]
    {
        assert_eq!(worst(&script::script(lines)).unwrap().0, at_once, "{lines}");
        assert_eq!(worst(&script::function(lines)).unwrap().0, waiting, "{lines}");
    }
}

#[test]
fn an_installer_over_an_encrypted_connection_from_a_named_host_is_low_and_any_other_is_not() {
    let download = |files: Vec<File>| {
        let found = scanned(&files).findings.into_iter();
        found.filter(|one| one.rule == "command-runs-download").map(|one| one.severity).max()
    };
    for (address, severity) in [
        ("https://example.org/demo.sh", Severity::Low),
        ("http://example.org/demo.sh", Severity::Medium),
        ("-k https://example.org/demo.sh", Severity::Medium),
        ("$URL", Severity::Medium),
        ("https://$HOST/demo.sh", Severity::Medium),
        ("https://192.0.2.7/demo.sh", Severity::High),
        ("https://demo.ngrok.io/demo.sh", Severity::High),
        ("https://pastebin.com/raw/demo", Severity::High),
    ] {
        let line = format!("curl -LsSf {address} | sh");
        for files in [
            commands::script(&line),
            commands::dockerfile(&format!("RUN {line}")),
            commands::steps(&format!("    - run: {line}")),
            one("rules.mk", format!("all:\n\t{}\n", line.replace('$', "$$"))),
            notebook::of(&[notebook::code(&format!("!{line}"))]),
        ] {
            let (name, _) = &files[0];
            assert_eq!(download(files.clone()), Some(severity), "{name}: {line}");
        }
    }
    for (address, when_called) in
        [("https://example.org", Severity::Low), ("http://example.org", Severity::High)]
    {
        let line = format!("os.system('curl -LsSf {address}/demo.sh | sh')");
        assert_eq!(download(source::function("import os", &line)), Some(when_called), "{line}");
        assert_eq!(download(source::module(&format!("import os\n{line}"))), Some(Severity::High), "{line}");
    }
    for (line, severity) in [
        ("powershell -Command \"iex (iwr https://example.org/demo)\"", Severity::Low),
        ("powershell -Command \"iex (iwr http://example.org/demo)\"", Severity::Medium),
    ] {
        assert_eq!(download(commands::script(line)), Some(severity), "{line}");
    }
}

#[test]
fn asking_a_usual_program_is_low_and_what_differs_in_one_word_is_not() {
    let started = |files: Vec<File>| {
        let found = scanned(&files).findings.into_iter();
        found.filter(|one| one.rule == "source-starts-process").map(|one| one.severity).max()
    };
    for (command, served, loaded) in [
        ("['git', 'rev-parse', 'HEAD']", Severity::Low, Severity::Low),
        ("['git', '-C', 'a', 'describe', '--tags']", Severity::Low, Severity::Low),
        ("['gcc', '--version']", Severity::Low, Severity::Low),
        ("['nvidia-smi', '--query-gpu=name']", Severity::Low, Severity::Medium),
        ("['system_profiler', 'SPDisplaysDataType']", Severity::Low, Severity::Medium),
        ("['git', 'log', '--output=a']", Severity::Medium, Severity::High),
        ("['git', 'log'], executable='echo'", Severity::Medium, Severity::High),
        ("['./gcc', '--version']", Severity::Low, Severity::Medium),
        ("['git', '-c', 'core.pager=echo', 'log']", Severity::Medium, Severity::High),
        ("['git', '-c', 'safe.directory=*', 'log']", Severity::Low, Severity::Medium),
        ("['sysctl', '-w', 'a=b']", Severity::Medium, Severity::High),
        ("['git', 'push']", Severity::Medium, Severity::High),
        ("'git log; echo weighbridge-demo', shell=True", Severity::Medium, Severity::High),
        ("['echo', 'weighbridge-demo']", Severity::Medium, Severity::High),
    ] {
        let line = format!("subprocess.run({command})");
        assert_eq!(started(source::forward("import subprocess", &line)), Some(served), "{line}");
        assert_eq!(started(source::module(&format!("import subprocess\n{line}"))), Some(loaded), "{line}");
    }
}

#[test]
fn object_files_of_web_assembly_have_the_name_that_they_should() {
    let rules: Vec<_> =
        scanned(&one("module.o", program::wasm())).findings.into_iter().map(|one| one.rule).collect();
    assert_eq!(rules, ["embedded-program"]);
}

#[test]
fn magic_of_classes_and_fat_programs_is_told_apart_and_more_is_asked_for_than_that() {
    let formats = |name: &str, bytes: Vec<u8>| scanned(&one(name, bytes)).files[0].formats.clone();
    assert_eq!(formats("a", program::java_class()), ["java-class"]);
    let mut random = b"\xca\xfe\xba\xbe\0\0\0\x3d".to_vec();
    random.extend([0x9c; 500]);
    assert_eq!(formats("a", random), [] as [&str; 0]);
    let mut fat = b"\xca\xfe\xba\xbe\0\0\0\x02".to_vec();
    fat.extend([0; 500]);
    assert_eq!(formats("a", fat), ["mach-o"]);
}
