//! Sources that start processes.

use weighbridge_domain::facts::When;
use weighbridge_domain::{Confidence, Severity};

use super::source::{self, ACTS, Told};
use super::{Check, Example, Findings, Light, Rule, source_installs_packages};
use crate::facts::Facts;
use crate::known::effects::Effect;
use crate::samples::one;
use crate::samples::program::java_calling;
use crate::samples::script::{archive, page, script};
use crate::samples::source::{forward, function, module};

/// Sources that start processes.
pub static RULE: Rule = Rule {
    id: "source-starts-process",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "A source starts a process",
    why: "What a process does is out of sight of whoever reads the model, and it has all rights of the loader. High when it \
          happens as soon as the file is imported, medium when it happens while the model is loaded or answers, low in a \
          function that somebody has to call, or where the name is only handed on. Programs that are only asked for a version, a \
          revision or a device are at most medium. Scripts and classes that no loader of models runs by itself (JavaScript, Java) \
          are a step milder, and low where they call the tools of a build.",
    advice: "Read the line. A model needs no process to answer; a build or a check belongs outside its repository.",
    references: &["CWE-78", "AML.T0010", "AML.T0011"],
    examples: &[
        Example {
            name: "javascript",
            files: || script("require('child_process').execSync('echo weighbridge-demo')"),
            fires: FIRES,
        },
        Example {
            name: "javascript-twin",
            files: || script("require('fs').existsSync('weighbridge-demo')"),
            fires: &[],
        },
        Example {
            name: "javascript-in-page",
            files: || {
                page(
                    "const {spawn: s} = window['require']('child' + '_process'); require('child_process')['ex' + 'ec']('echo weighbridge-demo')",
                )
            },
            fires: FIRES,
        },
        Example {
            name: "javascript-in-page-twin",
            files: || page("/a/.exec('echo weighbridge-demo')"),
            fires: &[],
        },
        Example {
            name: "javascript-class",
            files: || {
                script(
                    "import * as cp from 'node:child_process'\nclass A { constructor() { cp.spawn('echo', ['weighbridge-demo']) } }",
                )
            },
            fires: FIRES,
        },
        Example {
            name: "java-class",
            files: || {
                one(
                    "Main.class",
                    java_calling("<clinit>", ("java/lang/Runtime", "exec", "(Ljava/lang/String;)V")),
                )
            },
            fires: &["embedded-program", "source-starts-process"],
        },
        Example {
            name: "java-class-twin",
            files: || one("Main.class", java_calling("<clinit>", ("java/lang/Runtime", "gc", "()V"))),
            fires: &["embedded-program"],
        },
        Example {
            name: "java-archive",
            files: || archive("run", ("java/lang/ProcessBuilder", "start", "()Ljava/lang/Process;")),
            fires: &["embedded-program", "source-starts-process"],
        },
        Example {
            name: "java-archive-twin",
            files: || archive("run", ("java/lang/ProcessBuilder", "command", "()Ljava/util/List;")),
            fires: &["embedded-program"],
        },
        Example {
            name: "system",
            files: || module("import os\nos.system('echo weighbridge-demo')"),
            fires: FIRES,
        },
        Example {
            name: "system-twin",
            files: || module("import os\nos.path.join('echo', 'weighbridge-demo')"),
            fires: &[],
        },
        Example {
            name: "alias-of-module",
            files: || module("import subprocess as sp\nsp.run(['echo', 'weighbridge-demo'])"),
            fires: FIRES,
        },
        Example {
            name: "alias-of-module-twin",
            files: || module("import json as sp\nsp.run(['echo', 'weighbridge-demo'])"),
            fires: &[],
        },
        Example {
            name: "alias-of-name",
            files: || module("from subprocess import Popen as P\nP(['echo', 'weighbridge-demo'])"),
            fires: FIRES,
        },
        Example {
            name: "alias-of-name-twin",
            files: || module("from subprocess import PIPE as P\nP(['echo', 'weighbridge-demo'])"),
            fires: &[],
        },
        Example {
            name: "star",
            files: || module("from os import *\nsystem('echo weighbridge-demo')"),
            fires: FIRES,
        },
        Example {
            name: "star-twin",
            files: || module("from math import *\nsystem('echo weighbridge-demo')"),
            fires: &[],
        },
        Example {
            name: "variable",
            files: || module("import os\nf = os.system\ng = f\ng('echo weighbridge-demo')"),
            fires: FIRES,
        },
        Example {
            name: "variable-twin",
            files: || module("import os\nf = os.path\ng = f\ng('echo weighbridge-demo')"),
            fires: &[],
        },
        Example {
            name: "variable-given-up-perhaps",
            files: || module("import os\nf = os.system\nif not f:\n    f = None\nf('echo weighbridge-demo')"),
            fires: FIRES,
        },
        Example {
            name: "getattr",
            files: || module("import os\ngetattr(os, 'sys' + 'tem')('echo weighbridge-demo')"),
            fires: FIRES,
        },
        Example {
            name: "getattr-twin",
            files: || module("import os\ngetattr(os, 'get' + 'cwd')('echo weighbridge-demo')"),
            fires: &[],
        },
        Example {
            name: "dunder-import",
            files: || module("__import__('o' 's').system('echo weighbridge-demo')"),
            fires: FIRES,
        },
        Example {
            name: "dunder-import-twin",
            files: || module("__import__('math').system('echo')"),
            fires: &[],
        },
        Example {
            name: "importlib",
            files: || {
                module("import importlib\nm = importlib.import_module('sub%s' % 'process')\nm.call(['echo'])")
            },
            fires: FIRES,
        },
        Example {
            name: "importlib-twin",
            files: || {
                module("import importlib\nm = importlib.import_module('sub%s' % 'modules')\nm.call(['echo'])")
            },
            fires: &[],
        },
        Example {
            name: "globals",
            files: || module("import os\nglobals()['os'].system('echo weighbridge-demo')"),
            fires: FIRES,
        },
        Example {
            name: "globals-twin",
            files: || module("import math\nglobals()['math'].system('echo')"),
            fires: &[],
        },
        Example {
            name: "dictionary-of-module",
            files: || module("import os\nvars(os)['metsys'[::-1]]('echo weighbridge-demo')"),
            fires: FIRES,
        },
        Example {
            name: "dictionary-of-module-twin",
            files: || module("import os\nvars(os)['dwcteg'[::-1]]('echo weighbridge-demo')"),
            fires: &[],
        },
        Example {
            name: "modules",
            files: || module("import sys\nsys.modules['os'].__dict__['system']('echo weighbridge-demo')"),
            fires: FIRES,
        },
        Example {
            name: "modules-twin",
            files: || module("import sys\nsys.modules['os'].__dict__['getcwd']()"),
            fires: &[],
        },
        Example {
            name: "characters",
            files: || {
                module(
                    "import os\ngetattr(os, ''.join(chr(c - 1) for c in [116, 122, 116, 117, 102, 110]))('echo')",
                )
            },
            fires: FIRES,
        },
        Example {
            name: "characters-twin",
            files: || {
                module(
                    "import os\ngetattr(os, ''.join(chr(c - 1) for c in [104, 102, 117, 100, 120, 101]))()",
                )
            },
            fires: &[],
        },
        Example {
            name: "formatted",
            files: || module("m = '{1}{0}'.format('s', 'o')\n__import__(m).system(f'echo {m}')"),
            fires: FIRES,
        },
        Example {
            name: "formatted-twin",
            files: || module("m = '{1}{0}'.format('h', 'mat')\n__import__(m).sqrt(2)"),
            fires: &[],
        },
        Example {
            name: "partial",
            files: || module("import functools, os\nfunctools.partial(os.system, 'echo weighbridge-demo')()"),
            fires: FIRES,
        },
        Example {
            name: "partial-twin",
            files: || module("import functools, os\nfunctools.partial(os.listdir, 'weighbridge-demo')()"),
            fires: &[],
        },
        Example {
            name: "method-caller",
            files: || {
                module("import operator, os\noperator.methodcaller('system', 'echo weighbridge-demo')(os)")
            },
            fires: FIRES,
        },
        Example {
            name: "method-caller-twin",
            files: || module("import operator, os\noperator.methodcaller('listdir', 'weighbridge-demo')(os)"),
            fires: &[],
        },
        Example {
            name: "function-called-on-import",
            files: || module("import os\ndef demo():\n    os.system('echo weighbridge-demo')\ndemo()"),
            fires: FIRES,
        },
        Example {
            name: "class-body",
            files: || module("import os\nclass Demo:\n    x = os.system('echo weighbridge-demo')"),
            fires: FIRES,
        },
        Example {
            name: "class-body-twin",
            files: || module("import os\nclass Demo:\n    x = os.sep"),
            fires: &[],
        },
        Example {
            name: "default-of-argument",
            files: || module("import os\ndef demo(x=os.system('echo weighbridge-demo')):\n    pass"),
            fires: FIRES,
        },
        Example {
            name: "default-of-argument-twin",
            files: || module("import os\ndef demo(x=os.getcwd()):\n    pass"),
            fires: &[],
        },
        Example {
            name: "decorator",
            files: || module("import os\n@os.system\ndef demo():\n    pass"),
            fires: FIRES,
        },
        Example {
            name: "decorator-twin",
            files: || module("import functools\n@functools.cache\ndef demo():\n    pass"),
            fires: &[],
        },
        Example {
            name: "constructor",
            files: || {
                module(
                    "import os\nclass Demo:\n    def __init__(self):\n        os.system('echo weighbridge-demo')",
                )
            },
            fires: FIRES,
        },
        Example {
            name: "forward",
            files: || forward("import os", "os.popen('echo weighbridge-demo')"),
            fires: FIRES,
        },
        Example { name: "forward-twin", files: || forward("import os", "os.getcwd()"), fires: &[] },
        Example {
            name: "kept-as-attribute",
            files: || {
                module(
                    "import os\nclass Demo:\n    def __init__(self):\n        self.f = os.system\n    def forward(self, x):\n        self.f('echo weighbridge-demo')",
                )
            },
            fires: FIRES,
        },
        Example {
            name: "function",
            files: || function("import os", "os.system('echo weighbridge-demo')"),
            fires: FIRES,
        },
        Example { name: "function-twin", files: || function("import os", "os.getpid()"), fires: &[] },
        Example {
            name: "handed-on",
            files: || function("import os, threading", "threading.Thread(target=os.system, args=('echo',))"),
            fires: FIRES,
        },
        Example {
            name: "program",
            files: || module("import os\nif __name__ == '__main__':\n    os.system('echo weighbridge-demo')"),
            fires: FIRES,
        },
        Example {
            name: "python-2",
            files: || module("import os\nprint 'demo'\nos.system('echo weighbridge-demo')"),
            fires: &["source-starts-process", "source-unparsed"],
        },
        Example {
            name: "latin-1",
            files: || {
                crate::samples::one(
                    "demo.py",
                    b"# coding: latin-1\nimport os\nx = '\xe9'\nos.system('echo weighbridge-demo')\n"
                        .to_vec(),
                )
            },
            fires: FIRES,
        },
        Example {
            name: "latin-1-twin",
            files: || crate::samples::one("demo.py", b"# coding: latin-1\nx = '\xe9'\n".to_vec()),
            fires: &[],
        },
        Example {
            name: "lent",
            files: || module("import logging\nlogging.os.system('echo weighbridge-demo')"),
            fires: FIRES,
        },
        Example {
            name: "lent-twin",
            files: || module("from . import os\nos.system('echo weighbridge-demo')"),
            fires: &[],
        },
        Example {
            name: "asked-for-a-revision",
            files: || module("import subprocess\nsubprocess.check_output(['git', 'rev-parse', 'HEAD'])"),
            fires: FIRES,
        },
        Example {
            name: "own-class-twin",
            files: || {
                module("class os:\n    def system(self):\n        pass\nos.system('echo weighbridge-demo')")
            },
            fires: &[],
        },
    ],
    check: Check::File(check),
};

const FIRES: &[&str] = &["source-starts-process"];

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    let mut told = Told::default();
    let installs = source_installs_packages::only(facts);
    for (place, one) in source::uses(facts, Effect::StartsProcess) {
        // What encoded text or other hosts give, what installs, and what an installation does, have rules of their own.
        let elsewhere =
            one.when == When::Installed || installs.contains(&source_installs_packages::spot(place));
        if elsewhere || source::brought(one).is_some() {
            continue;
        }
        let severity = match one.arguments {
            // Handed on where the file is imported, it is there to be called.
            None if one.when >= When::Loaded && source::is_python(one) => Severity::Medium,
            None => Severity::Low,
            Some(_) if !source::is_python(one) && builds(one) => Severity::Low,
            Some(_) if asks(one) => source::at_for(ACTS, one).min(Severity::Medium),
            Some(_) => source::at_for(ACTS, one),
        };
        told.add(findings, place, one, severity, "starts a process");
    }
}

/// What scripts that build something start.
#[rustfmt::skip]
const BUILDERS: [&str; 20] = [
    "bun", "cargo", "cmake", "deno", "emcc", "esbuild", "git", "jest", "make", "node", "npm", "npx", "open", "pnpm", "rollup", "tsc",
    "vite", "webpack", "xdg-open", "yarn",
];

/// The command is a constant, and one of those that scripts use which build something.
fn builds(one: &weighbridge_domain::facts::Use) -> bool {
    let arguments = one.arguments.iter().flatten();
    let words: Vec<&str> = arguments
        .flat_map(|argument| source::texts(&argument.value))
        .flat_map(str::split_whitespace)
        .collect();
    let plain = words.iter().all(|word| {
        !word.contains([';', '|', '&', '`', '$', '>', '<', '\n'])
            && !matches!(*word, "-e" | "--eval" | "-p" | "--print")
    });
    plain && words.first().is_some_and(|program| BUILDERS.contains(program))
}

/// The command is a constant, and asks a usual program about the machine or the folder.
fn asks(one: &weighbridge_domain::facts::Use) -> bool {
    let Some(first) = source::argument(one, "args", 0) else { return false };
    let words: Vec<&str> = source::texts(first).into_iter().flat_map(str::split_whitespace).collect();
    let plain = words.iter().all(|word| !word.contains([';', '|', '&', '`', '$', '>', '<', '\n']));
    let asked = match words.as_slice() {
        ["git", rest @ ..] => {
            rest.iter().any(|word| matches!(*word, "describe" | "log" | "rev-parse" | "status"))
        }
        ["nvidia-smi" | "sysctl" | "uname" | "which" | "lscpu", ..]
        | ["xcrun", "--find", _]
        | [_, "--version" | "-version" | "-V" | "-print-multiarch"] => true,
        _ => false,
    };
    plain && asked
}
