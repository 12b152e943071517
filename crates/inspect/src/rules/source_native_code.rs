//! Sources that compile or load native code.

use weighbridge_domain::facts::When;
use weighbridge_domain::{Confidence, Severity};

use super::source::{self, Scale, Told};
use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::known::effects::Effect;
use crate::samples::one;
use crate::samples::program::java_calling;
use crate::samples::script::script;
use crate::samples::source::{function, module};

/// Sources that compile or load native code.
pub static RULE: Rule = Rule {
    id: "source-native-code",
    severity: Severity::Medium,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "A source compiles or loads native code",
    why: "Native code does what it likes, and reading the Python does not tell what that is. Kernels that a model compiles for \
          itself are usual in some repositories: medium when it happens as soon as the file is imported, otherwise low.",
    advice: "Look at the library or the kernel that is loaded, and where it comes from.",
    references: &["CWE-114", "CWE-829", "AML.T0010"],
    examples: &[
        Example {
            name: "javascript",
            files: || script("process.dlopen(module, './demo.node')"),
            fires: FIRES,
        },
        Example {
            name: "java-class",
            files: || {
                one(
                    "Main.class",
                    java_calling("<clinit>", ("java/lang/System", "loadLibrary", "(Ljava/lang/String;)V")),
                )
            },
            fires: &["embedded-program", "source-native-code"],
        },
        Example {
            name: "library",
            files: || module("import ctypes\nctypes.CDLL('./libdemo.so')"),
            fires: FIRES,
        },
        Example { name: "library-twin", files: || module("import ctypes\nctypes.c_int(1)"), fires: &[] },
        Example {
            name: "compiled",
            files: || {
                module(
                    "from torch.utils.cpp_extension import load\nk = load(name='demo', sources=['demo.cpp'])",
                )
            },
            fires: FIRES,
        },
        Example {
            name: "compiled-twin",
            files: || module("from torch.utils.cpp_extension import CUDA_HOME\nk = CUDA_HOME"),
            fires: &[],
        },
        Example {
            name: "operators",
            files: || function("import torch", "torch.ops.load_library(x)"),
            fires: FIRES,
        },
        Example {
            name: "operators-twin",
            files: || function("import torch", "torch.ops.aten.relu(x)"),
            fires: &[],
        },
        Example {
            name: "loader",
            files: || function("from ctypes import cdll", "cdll.LoadLibrary(x)"),
            fires: FIRES,
        },
        Example {
            name: "loader-twin",
            files: || function("from ctypes import sizeof", "sizeof(x)"),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

const FIRES: &[&str] = &["source-native-code"];

const SCALE: Scale = [Severity::Low, Severity::Low, Severity::Medium];

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    let mut told = Told::default();
    for (place, one) in source::uses(facts, Effect::Native) {
        if one.arguments.is_some() && one.when != When::Installed {
            told.add(findings, place, one, source::at_for(SCALE, one), "loads native code");
        }
    }
}
