//! Small files that would cost much: each ends at a bound, and what was not looked at is said.

use std::time::Duration;

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::facts::{Coverage, What};
use weighbridge_inspect::input::Input;
use weighbridge_inspect::samples::pickle::Program;
use weighbridge_inspect::samples::{archive, tensor};
use weighbridge_inspect::{Facts, Limits, inspect};

fn read(name: &str, bytes: impl Into<Vec<u8>>, limits: &Limits) -> Facts {
    inspect(&Input::bytes(bytes.into()), name, limits).0
}

/// Why the file itself was not inspected.
fn missed(facts: &Facts) -> &str {
    match facts.readings.first().map(|reading| &reading.coverage) {
        Some(Coverage::NotInspected { why }) => why,
        _ => "",
    }
}

fn of_memory(memory: u64) -> Limits {
    Limits { memory, ..Limits::default() }
}

#[test]
fn without_time_nothing_is_read_and_the_file_is_not_inspected() {
    let limits = Limits { time: Some(Duration::ZERO), ..Limits::default() };
    let facts = read("words.png", &b"Ordinary words.\n"[..], &limits);
    assert_eq!(missed(&facts), "limit reached: time (0ns); raise it with --time");
    assert_eq!((facts.readings.len(), facts.facts.len()), (1, 0));
}

#[test]
fn yaml_is_read_to_a_depth() {
    for bytes in ["? ".repeat(2000), "- ".repeat(2000), "? - ".repeat(2000)] {
        let facts = read("a.yaml", bytes, &Limits::default());
        assert_eq!(missed(&facts), "the document cannot be read to its end");
        let told = |what: &What| matches!(what, What::Problem(problem) if problem.detail == "not YAML: its values are nested too deeply");
        assert!(facts.facts.iter().any(|fact| told(&fact.what)));
    }
    assert_eq!(missed(&read("a.yaml", "- ".repeat(500), &Limits::default())), "");
}

#[test]
fn yaml_that_has_to_be_read_ahead_is_charged_and_its_tags_are_found() {
    let document = |count| format!("a: !!python/none x\nb: [[{}]]\n", "a,".repeat(count));
    let facts = read("a.yaml", document(50_000), &of_memory(1 << 20));
    assert_eq!(missed(&facts), "limit reached: memory (1048576 bytes); raise it with --max-memory");
    assert!(facts.tags().any(|(_, _, tag)| tag == "tag:yaml.org,2002:python/none"));
    assert_eq!(missed(&read("a.yaml", document(1000), &of_memory(1 << 20))), "");
}

#[test]
fn facts_take_memory() {
    let keys: String = (0..40).map(|depth| format!("{}{}:\n", " ".repeat(depth), "k".repeat(200))).collect();
    let document = |count| keys.clone() + &format!("{}- !!python/none a\n", " ".repeat(40)).repeat(count);
    let facts = read("a.yaml", document(1000), &of_memory(1 << 20));
    assert_eq!(missed(&facts), "limit reached: memory (1048576 bytes); raise it with --max-memory");
    let kept: usize = facts.tags().map(|(_, key, tag)| key.len() + tag.len()).sum();
    assert!((1 << 19..1 << 20).contains(&kept), "{kept}");
    assert_eq!(missed(&read("a.yaml", document(50), &of_memory(1 << 20))), "");
}

#[test]
fn names_of_parts_take_memory() {
    let outer = "x".repeat(20_000) + ".zip";
    let inner = (0..100).fold(archive::Zip::new(), |zip, number| zip.stored(&format!("{number}"), b"a"));
    let zip = archive::Zip::new().stored(&outer, &inner.build()).build();
    let facts = read("a.zip", zip.clone(), &of_memory(1 << 20));
    assert!(facts.readings.len() < 60, "{}", facts.readings.len());
    assert!(facts.readings.iter().any(|reading| matches!(
        &reading.coverage,
        Coverage::NotInspected { why } if why.contains("memory (1048576 bytes)")
    )));
    assert_eq!(read("a.zip", zip, &Limits::default()).readings.len(), 102);
}

#[test]
fn long_templates_are_charged_and_cut() {
    let template = |count| format!("{{{{ 1{} }}}}", "<1".repeat(count));
    let facts = read("a.jinja", template(100_000), &of_memory(16 << 20));
    assert_eq!(missed(&facts), "limit reached: memory (16777216 bytes); raise it with --max-memory");
    let facts = read("a.jinja", "words ".repeat(200_000), &Limits::default());
    assert!(missed(&facts).starts_with("only the first 1048576 bytes of the template were read"));
    assert_eq!(missed(&read("a.jinja", template(1000), &Limits::default())), "");
}

#[test]
fn many_small_compressed_streams_cost_what_setting_them_up_costs() {
    let limits = Limits { expanded: 100 << 20, ..Limits::default() };
    for (name, piece) in [("a.gz", archive::gzip(None, b"a")), ("a.bz2", archive::bzip2(b"a"))] {
        let facts = read(name, piece.repeat(2000), &limits);
        assert!(missed(&facts).contains("limit reached: decompressed bytes"), "{name}: {}", missed(&facts));
        let told = |what: &What| matches!(what, What::Problem(problem) if problem.kind == Kind::Expansion);
        assert!(facts.facts.iter().any(|fact| told(&fact.what)), "{name}");
        let facts = read(name, piece.repeat(10), &limits);
        assert_eq!((missed(&facts), facts.readings[1].size), ("", 10), "{name}");
    }
}

#[test]
fn what_comes_out_of_values_is_charged() {
    use std::io::Write as _;
    let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(&vec![0; 1 << 20]).unwrap();
    let packed = packer.finish().unwrap();
    let limits = |expanded| Limits { expanded, ..Limits::default() };
    let values = |count| {
        let values = (0..count).fold(Program::new(4), |program, _| program.bytes(&packed).pop());
        values.none().stop()
    };
    let digits: String = packed.iter().map(|byte| format!("{byte:02x}")).collect();
    let entries: Vec<_> = (0..40).map(|key| format!(r#""{key}":"{digits}""#)).collect();
    let header = format!(r#"{{"__metadata__":{{{}}}}}"#, entries.join(","));
    for (name, bytes) in [("model.pkl", values(40)), ("model.safetensors", tensor::safetensors(&header, 0))] {
        let facts = read(name, bytes.clone(), &limits(100 << 20));
        assert!(missed(&facts).starts_with("limit reached: decompressed bytes"), "{}", missed(&facts));
        assert_eq!(facts.problems(Kind::Expansion).count(), 1, "{name}");
        assert_eq!(missed(&read(name, bytes, &limits(1 << 30))), "", "{name}");
    }
}
