//! A pickle that calls or loads native code.

use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule, reach};
use crate::facts::Facts;
use crate::known::Capability;
use crate::samples::pickle::{INERT, Program, file};

/// A pickle that calls or loads native code.
pub static RULE: Rule = Rule {
    id: "pickle-native-code",
    severity: Severity::Critical,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "Loading the pickle loads a native library or calls into one",
    why: "`ctypes`, `cffi` and the library loaders of other packages run machine code in the process that loads the file, past everything Python could check.",
    advice: "Do not load it. Ask the publisher for safetensors, or for a file that holds data only.",
    references: &["CWE-502", "CWE-114", "AML.T0011", "GHSA-q5qq-mvfm-j35x", "GHSA-5hvc-6wx8-mvv4"],
    examples: &[
        Example {
            name: "library",
            files: || file(Program::new(2).call("ctypes", "CDLL", "libdemo.so").stop()),
            fires: &["pickle-native-code"],
        },
        Example {
            name: "private",
            files: || file(Program::new(2).call("_ctypes", "dlopen", "libdemo.so").stop()),
            fires: &["pickle-native-code"],
        },
        Example {
            name: "numpy",
            files: || file(Program::new(2).call("numpy.ctypeslib", "load_library", "demo").stop()),
            fires: &["pickle-native-code"],
        },
        Example {
            name: "operators",
            files: || file(Program::new(2).call("torch.ops", "load_library", "libdemo.so").stop()),
            fires: &["pickle-native-code"],
        },
        Example {
            name: "imported-only",
            files: || file(Program::new(2).global("ctypes", "CDLL").stop()),
            fires: &["pickle-native-code"],
        },
        Example {
            name: "twin",
            files: || file(Program::new(2).global("numpy", "ndarray").text(INERT).tuple(2).stop()),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    reach::report(facts, findings, Capability::Native);
}
