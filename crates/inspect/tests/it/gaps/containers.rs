//! Gaps around the pickle: archives that loaders take and scanners stumble over, names, and the old stream of PyTorch.

use weighbridge_inspect::samples::archive::{Part, Zip};
use weighbridge_inspect::samples::pickle::{INERT, Program};
use weighbridge_inspect::samples::torch;
use weighbridge_inspect::{Options, Progress, samples, scan};

type Found = Vec<(String, String, String)>;

const NUMBERS: &[u8] = &[0, 0, 128, 63, 0, 0, 0, 64];

fn payload() -> Vec<u8> {
    Program::new(2).call("posix", "system", INERT).stop()
}

fn ordinary() -> Vec<u8> {
    torch::state_dict("FloatStorage", "0", 2).stop()
}

/// PyTorch's zip, with its program as this part.
fn around(data: Part) -> Vec<u8> {
    let zip = Zip::new().part(data).stored("model/byteorder", b"little");
    zip.stored("model/data/0", NUMBERS).stored("model/version", b"3\n").build()
}

fn data(program: &[u8]) -> Part {
    Part::stored("model/data.pkl", program)
}

/// Rule, severity and member of every finding of a whole scan, checksums and all.
fn findings(name: &str, bytes: &[u8]) -> Found {
    let folder = tempfile::tempdir().unwrap();
    samples::write(folder.path(), &samples::one(name, bytes)).unwrap();
    let report = scan(&[folder.path().to_owned()], &Options::default(), &Progress::default());
    let mut found: Found = report
        .findings
        .into_iter()
        .map(|finding| (finding.rule, finding.severity.to_string(), finding.location.member))
        .collect();
    found.sort();
    found.dedup();
    found
}

struct Gap {
    class: &'static str,
    name: &'static str,
    hostile: Vec<u8>,
    found: &'static [(&'static str, &'static str, &'static str)],
    twin: Vec<u8>,
}

fn gaps() -> Vec<Gap> {
    let zip = |class, change: fn(Part) -> Part, found| Gap {
        class,
        name: "model.pt",
        hostile: around(change(data(&payload()))),
        found,
        twin: around(data(&ordinary())),
    };
    vec![
        Gap {
            class: "9 a second pickle under another ending (CVE-2025-1889)",
            name: "model.pt",
            hostile: torch::zip_of(&ordinary(), NUMBERS).stored("model/config.dat", &payload()).build(),
            found: &[("pickle-starts-process", "critical", "model/config.dat")],
            twin: torch::zip_of(&ordinary(), NUMBERS).stored("model/config.dat", b"words").build(),
        },
        zip(
            "9 another name in front of the member (CVE-2025-1944)",
            |part| part.local(|said| said.name = b"model/data.pkx".to_vec()),
            &[
                ("archive-header-mismatch", "high", ""),
                ("pickle-starts-process", "critical", "model/data.pkl"),
            ],
        ),
        zip(
            "9 flags (CVE-2025-1945)",
            |part| part.both(|said| said.flags |= 1),
            &[
                ("archive-header-mismatch", "high", ""),
                ("pickle-starts-process", "critical", "model/data.pkl"),
            ],
        ),
        zip(
            "9 checksum (CVE-2025-10156)",
            |part| part.both(|said| said.crc ^= 1),
            &[("archive-checksum", "low", ""), ("pickle-starts-process", "critical", "model/data.pkl")],
        ),
        Gap {
            class: "9 bytes in front",
            name: "model.pt",
            hostile: Zip::new().prefix(b"\x01\x02\x03 in front").part(data(&payload())).build(),
            found: &[
                ("archive-leading-bytes", "medium", ""),
                ("pickle-starts-process", "critical", "model/data.pkl"),
            ],
            twin: torch::zip(),
        },
        Gap {
            class: "10 a pickle under an ending of PyTorch (CVE-2025-10155)",
            name: "model.bin",
            hostile: payload(),
            found: &[("pickle-starts-process", "critical", "")],
            twin: Program::new(2).none().stop(),
        },
        Gap {
            class: "11 magic number that is computed (GHSA-97f8-7cmv-76j2)",
            name: "model.pth",
            hostile: {
                let number = Program::new(2).global("builtins", "int").text("119547037146038801333356");
                let magic = number.tuple(1).reduce().stop();
                let usual = Program::new(2).raw(b"\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19").stop();
                let stream = torch::stream_of(&torch::machine(), payload(), &["7"], 2);
                [&magic, stream.strip_prefix(usual.as_slice()).unwrap()].concat()
            },
            found: &[("pickle-starts-process", "critical", ""), ("pickle-trailing-data", "medium", "")],
            twin: torch::stream(),
        },
        Gap {
            class: "11 a name among the sizes of the old stream",
            name: "model.pth",
            hostile: torch::stream_of(&payload(), torch::object(), &["7"], 2),
            found: &[("pickle-starts-process", "critical", ""), ("torch-header-program", "high", "")],
            twin: torch::stream(),
        },
        Gap {
            class: "18 packed member",
            name: "model.pt",
            hostile: around(Part::deflated("model/data.pkl", &payload())),
            found: &[("pickle-starts-process", "critical", "model/data.pkl")],
            twin: around(Part::deflated("model/data.pkl", &ordinary())),
        },
    ]
}

#[test]
fn what_is_wrong_around_a_pickle_hides_nothing_in_it() {
    let mut wrong = String::new();
    for gap in gaps() {
        let text = |(rule, severity, member): &(&str, &str, &str)| {
            ((*rule).to_owned(), (*severity).to_owned(), (*member).to_owned())
        };
        let expected: Found = gap.found.iter().map(text).collect();
        let found = findings(gap.name, &gap.hostile);
        if found != expected {
            wrong.push_str(&format!("{}: {found:?} instead of {expected:?}\n", gap.class));
        }
        let found = findings(gap.name, &gap.twin);
        if !found.is_empty() {
            wrong.push_str(&format!("twin of {}: {found:?}\n", gap.class));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
