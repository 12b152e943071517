//! A pickle that loads another pickle or model.

use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule, reach};
use crate::facts::Facts;
use crate::known::Capability;
use crate::samples::pickle::{INERT, Program, file, instance};

/// A pickle that loads another pickle or model.
pub static RULE: Rule = Rule {
    id: "pickle-nested-load",
    severity: Severity::Critical,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "Loading the pickle loads another pickle or model",
    why: "What is loaded inside is a program as well, and a loader that was told to be careful is careful about the outer one only. Bytes that stand in the file are inspected as a part of their own, and then this is medium; a path, an address, or bytes that are computed cannot be inspected, and then it is critical. `torch.storage._load_from_bytes` with bytes is how tensors are pickled, and is not reported.",
    advice: "Do not load it unless everything inside was inspected and the publisher can say why it is nested.",
    references: &["CWE-502", "AML.T0011", "GHSA-565g-hwwr-4pp3"],
    examples: &[
        Example {
            name: "bytes",
            files: || {
                file(Program::new(3).global("pickle", "loads").bytes(&payload()).tuple(1).reduce().stop())
            },
            fires: &["pickle-nested-load", "pickle-starts-process"],
        },
        Example {
            name: "computed",
            files: || {
                file(
                    Program::new(3)
                        .global("pickle", "loads")
                        .call("base64", "b64decode", "gA==")
                        .tuple(1)
                        .reduce()
                        .stop(),
                )
            },
            fires: &["pickle-nested-load", "pickle-unknown-import"],
        },
        Example {
            name: "path",
            files: || file(Program::new(2).call("joblib", "load", "model.joblib").stop()),
            fires: &["pickle-nested-load"],
        },
        Example {
            name: "embeddings",
            files: || {
                file(
                    instance(Program::new(4), "flair.embeddings.token", "FlairEmbeddings", Program::dict)
                        .stop(),
                )
            },
            fires: &["pickle-nested-load"],
        },
        Example {
            name: "layer",
            files: || file(Program::new(2).call("keras.layers", "TFSMLayer", "saved_model").stop()),
            fires: &["pickle-nested-load"],
        },
        Example {
            name: "imported-only",
            files: || file(Program::new(2).global("torch", "load").stop()),
            fires: &["pickle-nested-load"],
        },
        Example {
            name: "storage",
            files: || {
                file(
                    Program::new(3)
                        .global("torch.storage", "_load_from_bytes")
                        .bytes(&payload())
                        .tuple(1)
                        .reduce()
                        .stop(),
                )
            },
            fires: &["pickle-starts-process"],
        },
        Example {
            name: "value",
            files: || file(Program::new(3).bytes(&payload()).stop()),
            fires: &["pickle-starts-process"],
        },
        Example {
            name: "base64",
            files: || file(Program::new(2).text("gAJjcG9zaXgKc3lzdGVtClgEAAAAZWNob4VSLg==").stop()),
            fires: &["pickle-starts-process"],
        },
        Example {
            name: "hexadecimal",
            files: || {
                file(Program::new(2).text("800263706f7369780a73797374656d0a58040000006563686f85522e").stop())
            },
            fires: &["pickle-starts-process"],
        },
        Example {
            name: "latin1",
            files: || {
                file(
                    Program::new(2)
                        .global("_codecs", "encode")
                        .text("\u{80}\u{2}cposix\nsystem\nX\u{4}\0\0\0echo\u{85}R.")
                        .text("latin1")
                        .tuple(2)
                        .reduce()
                        .stop(),
                )
            },
            fires: &["pickle-starts-process"],
        },
        Example {
            name: "zlib",
            files: || file(Program::new(3).bytes(&packed()).stop()),
            fires: &["pickle-starts-process"],
        },
        Example {
            name: "storage-twin",
            files: || {
                file(
                    Program::new(3)
                        .global("torch.storage", "_load_from_bytes")
                        .bytes(&Program::new(2).int(7).list().tuple(2).stop())
                        .tuple(1)
                        .reduce()
                        .stop(),
                )
            },
            fires: &[],
        },
        Example {
            name: "value-twin",
            files: || {
                file(
                    Program::new(3)
                        .bytes(
                            &Program::new(2)
                                .text("posix")
                                .text("system")
                                .text(INERT)
                                .mark()
                                .tuple_to_mark()
                                .stop(),
                        )
                        .stop(),
                )
            },
            fires: &[],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    reach::report(facts, findings, Capability::Loads);
}

fn payload() -> Vec<u8> {
    Program::new(2).call("posix", "system", "echo").stop()
}

fn packed() -> Vec<u8> {
    use std::io::Read as _;
    let mut packed = Vec::new();
    let encoder =
        flate2::read::ZlibEncoder::new(&*payload(), flate2::Compression::default()).read_to_end(&mut packed);
    debug_assert!(encoder.is_ok(), "bytes in memory can be packed");
    packed
}
