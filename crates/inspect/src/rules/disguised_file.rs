//! A tensor or a value of a header that is a file of another format.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::flax;
use crate::samples::hdf5::Hdf5;
use crate::samples::mxnet;
use crate::samples::orbax;
use crate::samples::pickle::Program;
use crate::samples::{self, File, archive, tensor};

/// A tensor or a value of a header that is a file of another format.
pub static RULE: Rule = Rule {
    id: "disguised-file",
    severity: Severity::Medium,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "A tensor or a metadata value is a whole pickle or archive",
    why: "Formats of tensors are chosen because they hold nothing that acts. A pickle or an archive inside, plain or \
          encoded, is nothing for the loader of that format, and all the more for a program that takes it out again. What \
          is in it was inspected, and its findings stand beside this one.",
    advice: "Ask the publisher what reads it. Load the tensors without it, and do not unpack it.",
    references: &["CWE-506", "CWE-502", "AML.T0010", "AML.T0018"],
    examples: &[
        Example {
            name: "pickle-in-base64",
            files: || metadata("gAJjcG9zaXgKc3lzdGVtClgEAAAAZWNob4VSLg=="),
            fires: &["disguised-file", "pickle-starts-process"],
        },
        Example {
            name: "pickle-in-hexadecimal",
            files: || metadata("800263706f7369780a73797374656d0a58040000006563686f85522e"),
            fires: &["disguised-file", "pickle-starts-process"],
        },
        Example {
            name: "pickle-in-a-link",
            files: || {
                metadata("data:application/octet-stream;base64,gAJjcG9zaXgKc3lzdGVtClgEAAAAZWNob4VSLg==")
            },
            fires: &["disguised-file", "pickle-starts-process"],
        },
        Example {
            name: "plain-pickle",
            files: || metadata(r"cposix\nsystem\n(S'echo weighbridge-demo'\ntR."),
            fires: &["disguised-file", "pickle-starts-process"],
        },
        Example {
            name: "pickle-as-text",
            files: || metadata(r"\u0080\u0002cposix\nsystem\nX\u0004\u0000\u0000\u0000echo\u0085R."),
            fires: &["disguised-file", "pickle-starts-process"],
        },
        Example {
            name: "harmless-pickle",
            files: || metadata("gAJjY29sbGVjdGlvbnMKT3JkZXJlZERpY3QKKVIu"),
            fires: &["disguised-file"],
        },
        Example {
            name: "words-in-base64",
            files: || metadata("gAJ3b3JkcyBhcmUgbm90aGluZyB0byBsb2FkLg=="),
            fires: &[],
        },
        Example { name: "words", files: || metadata("configuration of the model."), fires: &[] },
        Example { name: "digest", files: || metadata(&"80025a7f".repeat(8)), fires: &[] },
        Example { name: "pickle-as-a-tensor", files: || of_tensor(&pickle("posix", "system")), fires: BOTH },
        Example {
            name: "plain-pickle-as-a-tensor",
            files: || of_tensor(b"cposix\nsystem\n(S'echo weighbridge-demo'\ntR."),
            fires: BOTH,
        },
        Example {
            name: "harmless-pickle-as-a-tensor",
            files: || of_tensor(&pickle("collections", "Counter")),
            fires: &["disguised-file"],
        },
        Example {
            name: "archive-as-a-tensor",
            files: || of_tensor(&archive::Zip::new().stored("model.pkl", &pickle("posix", "system")).build()),
            fires: &["archive-leading-bytes", "disguised-file", "pickle-starts-process", "polyglot-file"],
        },
        Example {
            name: "numbers",
            files: || {
                let mut numbers = pickle("posix", "system");
                numbers[2..].reverse();
                of_tensor(&numbers)
            },
            fires: &[],
        },
        Example {
            name: "flax-array",
            files: || {
                let hidden = pickle("os", "system");
                flax::with(flax::array("uint8", &[u8::try_from(hidden.len()).unwrap_or(0)], &hidden))
            },
            fires: &["disguised-file", "pickle-starts-process"],
        },
        Example {
            name: "flax-array-twin",
            files: || flax::with(flax::array("uint8", &[32], &[7; 32])),
            fires: &[],
        },
        Example {
            name: "flax-bytes",
            files: || flax::with(flax::bytes(&pickle("os", "system"))),
            fires: &["disguised-file", "pickle-starts-process"],
        },
        Example {
            name: "flax-extension",
            files: || flax::with(flax::extension(5, &pickle("os", "system"))),
            fires: &["disguised-file", "header-bad-value", "pickle-starts-process"],
        },
        Example {
            name: "ocdbt",
            files: || {
                let hidden = pickle("os", "system");
                let values = [b"ordinary", &hidden[..]].concat();
                let place = "d/00000000000000000000000000000000";
                orbax::database_of(place, &values, (hidden.len(), 8), orbax::ZARRAY)
            },
            fires: &["disguised-file", "pickle-starts-process"],
        },
        Example {
            name: "value-before-it",
            files: || of_tensor(b"N0cposix\nsystem\n(S'echo weighbridge-demo'\ntR."),
            fires: BOTH,
        },
        Example {
            name: "number-before-it",
            files: || of_tensor(b"I1\n0cposix\nsystem\n(S'echo weighbridge-demo'\ntR."),
            fires: BOTH,
        },
        Example {
            name: "list-before-it",
            files: || of_tensor(b"]q\0cposix\nsystem\n(S'echo weighbridge-demo'\ntR."),
            fires: BOTH,
        },
        Example {
            name: "text-before-it",
            files: || of_tensor(b"V\n0cposix\nsystem\n(S'echo weighbridge-demo'\ntR."),
            fires: BOTH,
        },
        Example {
            name: "short",
            files: || of_tensor(b"cos\nabort\n(tR."),
            fires: &["disguised-file", "pickle-touches-process"],
        },
        Example {
            name: "words-before-it",
            files: || of_tensor(b"I1\n0 is the first of the numbers"),
            fires: &[],
        },
        Example {
            name: "hdf5-packed",
            files: || samples::one("model.h5", Hdf5::new().packed("bytes", &pickle("os", "system")).build()),
            fires: BOTH,
        },
        Example {
            name: "hdf5-packed-twin",
            files: || samples::one("model.h5", Hdf5::new().packed("bytes", &[7; 60]).build()),
            fires: &[],
        },
        Example {
            name: "mxnet",
            files: || {
                let hidden = pickle("os", "system");
                mxnet::weighing(mxnet::array(3, &[hidden.len() as u64], &hidden))
            },
            fires: &["disguised-file", "pickle-starts-process"],
        },
        Example {
            name: "mxnet-twin",
            files: || mxnet::weighing(mxnet::array(3, &[32], &[7; 32])),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

const BOTH: &[&str] = &["disguised-file", "pickle-starts-process"];

fn pickle(module: &str, name: &str) -> Vec<u8> {
    Program::new(2).global(module, name).text("echo weighbridge-demo").tuple(1).reduce().stop()
}

fn metadata(value: &str) -> Vec<File> {
    let header = format!(r#"{{"__metadata__":{{"note":"{value}"}}}}"#);
    samples::one("model.safetensors", tensor::safetensors(&header, 0))
}

fn of_tensor(bytes: &[u8]) -> Vec<File> {
    let length = bytes.len();
    let header = format!(r#"{{"a":{{"dtype":"U8","shape":[{length}],"data_offsets":[0,{length}]}}}}"#);
    let mut file = tensor::safetensors(&header, 0);
    file.extend(bytes);
    samples::one("model.safetensors", file)
}

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, problem) in facts.problems(Kind::Disguised) {
        findings.add(place, &problem.detail);
    }
}
