//! Sources that run code made of text.

use weighbridge_domain::facts::{Term, Use, When};
use weighbridge_domain::{Confidence, Severity};

use super::source::{self, ACTS, Told};
use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::known::effects::Effect;
use crate::samples::script::{page, script};
use crate::samples::source::{forward, function, module};

/// Sources that run code made of text.
pub static RULE: Rule = Rule {
    id: "source-runs-code",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "A source runs text, or code it puts together",
    why: "What `exec`, `eval` and their like will run is not in the source. High when it happens as soon as the file is \
          imported, medium while the model is loaded or answers, low in a function that somebody has to call. Where the text \
          is a constant it was read as a part of the source; that is low, and what it does is reported as if it stood there. Low in \
          scripts and classes that no loader of models runs by itself (JavaScript, Java).",
    advice: "Find out where the text comes from. Replace it by code that can be read.",
    references: &["CWE-94", "CWE-95", "AML.T0011"],
    examples: &[
        Example {
            name: "javascript",
            files: || script("(0, globalThis['ev' + 'al'])(location.hash)"),
            fires: FIRES,
        },
        Example { name: "javascript-twin", files: || script("model.eval(location.hash)"), fires: &[] },
        Example {
            name: "javascript-function",
            files: || page("new Function('x', location.hash)(1)"),
            fires: FIRES,
        },
        Example { name: "javascript-function-twin", files: || page("Function('return this')()"), fires: &[] },
        Example {
            name: "javascript-constructor",
            files: || script("[].at.constructor('void 0')()"),
            fires: FIRES,
        },
        Example {
            name: "javascript-constructor-twin",
            files: || script("new this.constructor('void 0')"),
            fires: &[],
        },
        Example {
            name: "javascript-vm",
            files: || script("import vm from 'vm'\nvm.runInNewContext(process.argv[2])"),
            fires: FIRES,
        },
        Example { name: "exec", files: || module("import sys\nexec(sys.argv[1])"), fires: FIRES },
        Example { name: "exec-twin", files: || module("import sys\nprint(sys.argv[1])"), fires: &[] },
        Example { name: "eval", files: || forward("", "x = eval(x.name)"), fires: FIRES },
        Example { name: "eval-twin", files: || forward("", "x = self.eval(x.name)"), fires: &[] },
        Example { name: "constant", files: || module("x = eval('1 + 2')"), fires: FIRES },
        Example {
            name: "constant-that-acts",
            files: || module("exec('import os; os.system(\"echo weighbridge-demo\")')"),
            fires: &["source-runs-code", "source-starts-process"],
        },
        Example {
            name: "own-function-twin",
            files: || module("def eval(x):\n    return x\neval('1 + 2')"),
            fires: &[],
        },
        Example {
            name: "builtins",
            files: || module("import builtins, sys\nbuiltins.exec(sys.argv[1])"),
            fires: FIRES,
        },
        Example {
            name: "builtins-twin",
            files: || module("import builtins, sys\nbuiltins.len(sys.argv[1])"),
            fires: &[],
        },
        Example {
            name: "item-of-builtins",
            files: || module("import sys\n__builtins__['ex' + 'ec'](sys.argv[1])"),
            fires: FIRES,
        },
        Example {
            name: "item-of-builtins-twin",
            files: || module("import sys\n__builtins__['le' + 'n'](sys.argv[1])"),
            fires: &[],
        },
        Example {
            name: "function-of-code",
            files: || module("import types\ndef demo(code):\n    return types.FunctionType(code, {})"),
            fires: FIRES,
        },
        Example {
            name: "function-of-code-twin",
            files: || module("import types\ndef demo(code):\n    return isinstance(code, types.CodeType)"),
            fires: FIRES,
        },
        Example {
            name: "interpreter",
            files: || module("import ctypes, sys\nctypes.pythonapi.PyRun_SimpleString(sys.argv[1])"),
            fires: FIRES,
        },
        Example {
            name: "interpreter-twin",
            files: || module("import ctypes\nctypes.pythonapi.PyGILState_Check()"),
            fires: &[],
        },
        Example {
            name: "handed-on",
            files: || module("import sys\nlist(map(eval, sys.argv))"),
            fires: FIRES,
        },
        Example {
            name: "handed-on-twin",
            files: || module("import sys\nlist(map(len, sys.argv))"),
            fires: &[],
        },
        Example {
            name: "path",
            files: || module("import runpy, sys\nrunpy.run_path(sys.argv[1])"),
            fires: FIRES,
        },
        Example {
            name: "path-twin",
            files: || module("import os, sys\nos.path.exists(sys.argv[1])"),
            fires: &[],
        },
        Example { name: "function", files: || function("", "exec(x)"), fires: FIRES },
        Example { name: "pattern-twin", files: || module("import re\nre.compile('eval(x)')"), fires: &[] },
    ],
    check: Check::File(check),
};

const FIRES: &[&str] = &["source-runs-code"];

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    let mut told = Told::default();
    for (place, one) in source::uses(facts, Effect::RunsCode) {
        if source::brought(one).is_some() || one.when == When::Installed && !is_constant(one) {
            continue;
        }
        let mild = !source::is_python(one) || one.arguments.is_none() || is_constant(one) || is_compiled(one);
        let severity = if mild { Severity::Low } else { source::at(ACTS, one.when) };
        told.add(findings, place, one, severity, "runs code that is made of values");
    }
}

/// The text is in the source, and was read.
pub(super) fn is_constant(one: &Use) -> bool {
    matches!(source::argument(one, "source", 0), Some(Term::Text { cut: false, .. }))
}

/// Code is made and not yet run.
fn is_compiled(one: &Use) -> bool {
    matches!(
        one.name.rsplit('.').next(),
        Some("compile" | "compile_command" | "CodeType" | "FunctionType" | "timeit" | "repeat")
    )
}
