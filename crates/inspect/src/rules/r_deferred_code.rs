//! Code in R objects that runs when they are used.

use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::r::{self, Object};

/// Code in R objects that runs when they are used.
pub static RULE: Rule = Rule {
    id: "r-deferred-code",
    severity: Severity::Critical,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "An R object has code in it that runs when the object is used, or that reaches the system",
    why: "A promise in a serialised object is a value that is not there yet: R evaluates its code when the value is first used, \
          which for a workspace or a printed object is at once (CVE-2024-27322). Critical when that code can start processes, \
          reach files or evaluate text; high for any other code in a promise. Functions and calls that are kept as values \
          run only when somebody calls them: high when they start processes, load native code or fetch something. The \
          formulas and functions of ordinary models are not reported.",
    advice: "Do not load it. Ask for the coefficients in a format without code.",
    references: &["CVE-2024-27322", "CWE-502", "AML.T0010", "AML.T0011"],
    examples: &[
        Example {
            name: "promise",
            files: || Object::new().promise().call("system", "echo weighbridge-demo").rds(),
            fires: &["r-deferred-code"],
        },
        Example {
            name: "promise-in-a-workspace",
            files: || Object::new().promise().call("eval", "0").workspace(),
            fires: &["r-deferred-code"],
        },
        Example {
            name: "promise-of-anything",
            files: || Object::new().promise().call("demo", "0").rds(),
            fires: &["r-deferred-code"],
        },
        Example {
            name: "promise-kept",
            files: || Object::new().int(5).string("value").call("demo", "0").rds(),
            fires: &[],
        },
        Example {
            name: "name-from-a-package",
            files: || {
                let call = Object::new().promise().int(6).int(6).symbol("::").int(2).symbol("base").int(2);
                call.symbol("system").end().int(2).string("echo weighbridge-demo").end().rds()
            },
            fires: &["r-deferred-code"],
        },
        Example {
            name: "function-as-text",
            files: || Object::new().promise().int(6).string("system").int(2).string("0").end().rds(),
            fires: &["r-deferred-code"],
        },
        Example {
            name: "function",
            files: || {
                let function = Object::new().int(0x403).int(253).end();
                function.call("download.file", "https://demo.example/x").rds()
            },
            fires: &["r-deferred-code"],
        },
        Example {
            name: "function-twin",
            files: || Object::new().int(0x403).int(253).end().call("sum", "x").rds(),
            fires: &[],
        },
        Example {
            name: "compiled",
            files: || {
                let code = Object::new().int(0x403).int(253).end().int(21).int(1).int(13).int(1).int(12);
                // One constant, a call: no tag, its head, its operands.
                let call = code.int(1).int(6).end().int(0).symbol("system");
                call.int(2).end().int(0).string("0").int(0).end().rds()
            },
            fires: &["r-deferred-code"],
        },
        Example {
            name: "compiled-twin",
            files: || {
                let code = Object::new().int(0x403).int(253).end().int(21).int(1).int(13).int(1).int(12);
                let call = code.int(1).int(6).end().int(0).symbol("sum");
                call.int(2).end().int(0).symbol("system").int(0).end().rds()
            },
            fires: &[],
        },
        Example {
            name: "call",
            files: || Object::new().call("dyn.load", "demo.so").rds(),
            fires: &["r-deferred-code"],
        },
        Example { name: "model", files: || r::model().rds(), fires: &[] },
    ],
    check: Check::File(check),
};

/// Functions that no model needs to call, wherever they stand.
const DANGEROUS: [&str; 20] = [
    ".C",
    "Sys.setenv",
    "download.file",
    "dyn.load",
    "file.remove",
    "install.packages",
    "library.dynam",
    "pipe",
    "setInternet2",
    "shell",
    "shell.exec",
    "socketConnection",
    "source",
    "sys.source",
    "system",
    "system2",
    "unlink",
    "url",
    "writeBin",
    "writeLines",
];

/// Functions that reach all others.
const REACHING: [&str; 10] = [
    ".Call",
    ".External",
    ".External2",
    ".Internal",
    "do.call",
    "eval",
    "evalq",
    "get",
    "match.fun",
    "parse",
];

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, operator) in facts.operators().filter(|(_, operator)| operator.dialect == "r") {
        let name = operator.name.as_str();
        let dangerous = DANGEROUS.contains(&name);
        let (what, severity) = match operator.domain.as_str() {
            "promise" if dangerous || REACHING.contains(&name) => ("a promise", Severity::Critical),
            "promise" => ("a promise", Severity::High),
            "function" if dangerous => ("a function", Severity::High),
            "call" if dangerous => ("a call that is kept as a value", Severity::High),
            _ => continue,
        };
        findings.add(place, format!("{what} calls `{name}`")).severity = severity;
    }
}
