//! What scripts and byte code are worth, and what ordinary ones are not.

use weighbridge_domain::Severity;
use weighbridge_inspect::samples::{File, one, program, script, write};
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
