//! Functions in Torch files.

use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::torch7::{self, Items};
use crate::text;

/// Functions in Torch files.
pub static RULE: Rule = Rule {
    id: "lua-function",
    severity: Severity::Critical,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "A Torch file carries functions, or objects of classes that are not Torch's",
    why: "Lua's byte code is not checked when it is loaded: a function from a file can do whatever the process can. Critical \
          when it has the names of what starts processes, loads code or calls native code; high otherwise. An object of a \
          class that does not belong to Torch and its usual packages is read by code of another package: medium.",
    advice: "Do not load it. Ask for the weights without functions (`clearState`, tensors only).",
    references: &["CWE-502", "AML.T0010", "AML.T0011"],
    examples: &[
        Example {
            name: "function",
            files: || torch7::module("nn.Linear", |items| items.function("print")).file(),
            fires: &["lua-function"],
        },
        Example {
            name: "function-that-executes",
            files: || Items::new().function("os execute").file(),
            fires: &["lua-function"],
        },
        Example {
            name: "function-that-recurs",
            files: || Items::new().ints(&[8, 1]).text("\x1bLJ\x01io\x05popen").ints(&[0]).file(),
            fires: &["lua-function"],
        },
        Example {
            name: "function-twin",
            files: || torch7::module("nn.Linear", |items| items.key("os execute")).file(),
            fires: &[],
        },
        Example {
            name: "class",
            files: || torch7::module("demo.Layer", |items| items.ints(&[0])).file(),
            fires: &["lua-function"],
        },
        Example {
            name: "class-twin",
            files: || torch7::module("nn.gModule", |items| items.ints(&[0])).file(),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

/// Packages of classes that belong to Torch.
const PACKAGES: [&str; 16] = [
    "cudnn.", "cunn.", "cutorch.", "dpnn.", "fbcunn.", "fbnn.", "graph.", "image.", "inn.", "nn.",
    "nngraph.", "nnx.", "optim.", "rnn.", "stn.", "torch.",
];

/// Names that together reach the system.
const REACHING: [&[&str]; 8] = [
    &["os", "execute"],
    &["io", "popen"],
    &["loadstring"],
    &["loadlib"],
    &["dofile"],
    &["loadfile"],
    &["ffi", "load"],
    &["ffi", "cdef"],
];

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, key, value) in facts.metadata().filter(|(place, ..)| place.format() == "torch7") {
        if key == "function" {
            let words: Vec<&str> = value.split(' ').collect();
            let reached = REACHING.iter().find(|names| names.iter().all(|name| words.contains(name)));
            let (what, severity) = match reached {
                Some(names) => (format!(" that names `{}`", names.join(".")), Severity::Critical),
                None => (String::new(), Severity::High),
            };
            findings.add(place, format!("a function in Lua's byte code{what}")).severity = severity;
        } else if key == "class" && !PACKAGES.iter().any(|package| value.starts_with(package)) {
            let message = format!("an object of the class `{}`", text::shown(value, 80));
            findings.add(place, message).severity = Severity::Medium;
        }
    }
}
