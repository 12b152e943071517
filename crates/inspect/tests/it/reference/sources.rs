//! Python sources: what CPython's parser takes we take, and the calls that it sees through imports we see, too.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read as _;

use weighbridge_domain::Severity;
use weighbridge_domain::facts::problem::Kind;

use super::files;

/// How the names of sources of models begin.
const MODELS: [&str; 7] = [
    "configuration_",
    "image_processing_",
    "modeling_",
    "pipeline_",
    "processing_",
    "tokenization_",
    "unet_",
];

#[test]
fn sources_are_parsed_as_cpython_parses_them_and_have_its_calls() {
    let (mut calls, mut parsed, mut models, mut high) = (0, 0, 0, 0);
    for file in files("python") {
        let (facts, findings) = file.inspect();
        let error = facts.problems(Kind::Unparsable).next();
        let is_python = file.expected["python"].as_bool().unwrap();
        assert_eq!(error.is_none(), is_python, "{}: {error:?}", file.path);
        let mut source = Vec::new();
        File::open(&file.file).unwrap().read_to_end(&mut source).unwrap();
        let lines: Vec<usize> = std::iter::once(0)
            .chain(source.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1))
            .collect();
        let found: BTreeSet<(&str, usize)> = facts
            .uses()
            .filter(|(_, one)| one.arguments.is_some())
            .map(|(place, one)| {
                let at = usize::try_from(place.at.unwrap()).unwrap();
                (one.name.as_str(), lines.partition_point(|line| *line <= at))
            })
            .collect();
        for call in file.expected["calls"].as_array().into_iter().flatten() {
            let (name, line) = (call[0].as_str().unwrap(), call[1].as_u64().unwrap());
            let wanted = (name, usize::try_from(line).unwrap());
            // Those in annotations and of names that a function hides are not; what is found is told in order.
            assert!(found.contains(&wanted), "{}: {wanted:?} is not among {found:?}", file.path);
            calls += 1;
        }
        parsed += usize::from(is_python);
        // Modelling code is worth a word at most; few libraries run code or processes when they are imported.
        let name = file.path.rsplit('/').next().unwrap();
        let is_model = MODELS.iter().any(|start| name.starts_with(start));
        models += usize::from(is_model);
        let most = if is_model { Severity::Low } else { Severity::High };
        high += usize::from(findings.iter().any(|finding| finding.severity == Severity::High));
        let loud: Vec<_> = findings
            .iter()
            .filter(|finding| finding.severity > most && !file.path.starts_with("sources/grammar/"))
            .map(|finding| format!("{} {}", finding.rule, finding.message))
            .collect();
        assert!(loud.is_empty(), "{}: {loud:#?}", file.path);
    }
    assert!(
        parsed == 0 || parsed > 300 && calls > 300 && models > 100,
        "{parsed} sources, {calls} calls, {models} models"
    );
    assert!(high * 25 <= parsed, "{high} of {parsed} sources run something on import");
}
