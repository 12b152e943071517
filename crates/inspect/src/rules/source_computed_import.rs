//! Python sources that take modules and functions by names which they work out.

use weighbridge_domain::facts::{Term, Use, When};
use weighbridge_domain::{Confidence, Severity};

use super::source::{self, Scale, Told};
use super::{Check, Example, Findings, Light, Rule};
use crate::facts::{Facts, Place};
use crate::known::effects::Effect;
use crate::samples::source::{function, module};

/// Python sources that take modules and functions by names which they work out.
pub static RULE: Rule = Rule {
    id: "source-computed-import",
    severity: Severity::High,
    confidence: Confidence::Medium,
    light: Light::Content,
    since: "0.1.0",
    summary: "A Python source imports by a name that is not in it, or calls a function of `os` and its like by such a name",
    why: "What runs is decided by a value: a name from a file, from another host, or put together so that nobody sees it. High \
          for a function of the modules that start processes and run code, when it is called as soon as the file is imported; \
          medium for a module loaded from a path at that time. Imports by name alone are usual in libraries: low.",
    advice: "Find out where the name comes from, or replace it by an import that can be read.",
    references: &["CWE-470", "AML.T0011"],
    examples: &[
        Example {
            name: "function-of-system",
            files: || module("import os, sys\ngetattr(os, sys.argv[1])('echo weighbridge-demo')"),
            fires: FIRES,
        },
        Example {
            name: "function-of-system-twin",
            files: || module("import os, sys\ngetattr(os, 'getcwd')()"),
            fires: &[],
        },
        Example {
            name: "function-among-all",
            files: || {
                module(
                    "import os\n[v for k, v in os.__dict__.items() if k == 'demo'][0]('echo weighbridge-demo')",
                )
            },
            fires: FIRES,
        },
        Example {
            name: "function-among-all-twin",
            files: || module("import math\n[v for k, v in math.__dict__.items() if k == 'demo'][0]('echo')"),
            fires: &[],
        },
        Example {
            name: "class-among-all",
            files: || module("().__class__.__base__.__subclasses__()[1]('demo')"),
            fires: FIRES,
        },
        Example {
            name: "class-among-all-twin",
            files: || module("class Demo: pass\nDemo.__subclasses__()[1]('demo')"),
            fires: &[],
        },
        Example {
            name: "function-of-library-twin",
            files: || module("import torch\nimport sys\ngetattr(torch, sys.argv[1])(1)"),
            fires: &[],
        },
        Example {
            name: "module",
            files: || function("import importlib", "return importlib.import_module(x)"),
            fires: FIRES,
        },
        Example {
            name: "module-twin",
            files: || function("import importlib", "return importlib.import_module('json')"),
            fires: &[],
        },
        Example {
            name: "module-beside-twin",
            files: || function("import importlib", "return importlib.import_module(f'.{x}', __name__)"),
            fires: &[],
        },
        Example {
            name: "dunder-import",
            files: || module("import sys\n__import__(sys.argv[1])"),
            fires: FIRES,
        },
        Example {
            name: "dunder-import-twin",
            files: || module("import sys\n__import__('json')"),
            fires: &[],
        },
        Example {
            name: "path",
            files: || {
                module("from importlib import util\ns = util.spec_from_file_location('demo', '/tmp/demo.py')")
            },
            fires: FIRES,
        },
        Example {
            name: "path-twin",
            files: || module("from importlib import util\ns = util.find_spec('demo')"),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

const FIRES: &[&str] = &["source-computed-import"];

/// Modules whose functions act.
const ACTING: [&str; 9] =
    ["_posixsubprocess", "builtins", "ctypes", "importlib", "nt", "os", "posix", "pty", "subprocess"];

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    let mut told = Told::default();
    let attributes =
        facts.uses().filter(|(place, one)| place.is_of_python() && one.name == "builtins.getattr");
    for (place, one) in attributes {
        if is_acting(one) {
            const SCALE: Scale = [Severity::Low, Severity::Medium, Severity::High];
            told.add(
                findings,
                place,
                one,
                source::at(SCALE, one.when),
                "calls a function by a name that is worked out",
            );
        }
    }
    for (place, one) in source::uses(facts, Effect::Imports) {
        if one.arguments.is_some() && one.when != When::Installed && !is_beside(one) {
            import(findings, &mut told, place, one);
        }
    }
}

fn import<'a>(findings: &mut Findings<'_>, told: &mut Told<'a>, place: Place<'_>, one: &'a Use) {
    let plain =
        matches!(one.name.as_str(), "builtins.__import__" | "importlib.import_module" | "importlib.reload");
    let severity = match one.when {
        When::Loaded | When::Installed if !plain => Severity::Medium,
        _ => Severity::Low,
    };
    let what = if plain {
        "imports a module by a name that is worked out"
    } else if one.name.ends_with("__subclasses__") {
        "takes a class out of all that there are,"
    } else {
        "loads a module from a path"
    };
    told.add(findings, place, one, severity, what);
}

fn is_acting(one: &Use) -> bool {
    let object = match source::argument(one, "object", 0) {
        Some(Term::Global(name)) => name.to_string(),
        _ => return false,
    };
    ACTING.contains(&object.trim_start_matches('.'))
}

/// The name begins with a dot: a module of the same package.
fn is_beside(one: &Use) -> bool {
    matches!(source::argument(one, "name", 0), Some(Term::Text { text, .. }) if text.starts_with('.'))
}
