//! Sources that use the network.

use weighbridge_domain::facts::When;
use weighbridge_domain::{Confidence, Severity};

use super::source::{self, ACTS, Told};
use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::known::effects::Effect;
use crate::samples::one;
use crate::samples::program::java_calling;
use crate::samples::script::{page, script};
use crate::samples::source::{forward, function, module};

/// Sources that use the network.
pub static RULE: Rule = Rule {
    id: "source-opens-network",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "A source talks to other hosts",
    why: "A model that is loaded needs no network; code that uses it can send what it sees, or fetch what nobody reviewed. \
          High when it happens as soon as the file is imported, medium while the model is loaded or answers, low in a function \
          that somebody has to call, or where a client is only made ready. Low in scripts and classes that no loader of models \
          runs by itself (JavaScript, Java).",
    advice: "Find out what is sent and fetched. Load models where other hosts cannot be reached.",
    references: &["CWE-829", "AML.T0025", "AML.T0010"],
    examples: &[
        Example { name: "javascript", files: || script("fetch('https://demo.invalid')"), fires: FIRES },
        Example {
            name: "javascript-twin",
            files: || script("cache.fetch('https://demo.invalid')"),
            fires: &[],
        },
        Example {
            name: "javascript-node",
            files: || script("require('net').connect(1, 'demo.invalid')"),
            fires: FIRES,
        },
        Example {
            name: "javascript-node-twin",
            files: || script("require('path').join('demo.invalid')"),
            fires: &[],
        },
        Example { name: "javascript-request", files: || page("const r = new XMLHttpRequest"), fires: FIRES },
        Example {
            name: "javascript-request-twin",
            files: || page("const r = typeof XMLHttpRequest"),
            fires: &[],
        },
        Example {
            name: "java-class",
            files: || {
                one(
                    "Main.class",
                    java_calling("run", ("java/net/URL", "openStream", "()Ljava/io/InputStream;")),
                )
            },
            fires: &["embedded-program", "source-opens-network"],
        },
        Example {
            name: "get",
            files: || module("import requests\nrequests.get('https://demo.invalid')"),
            fires: FIRES,
        },
        Example {
            name: "get-twin",
            files: || module("import requests\nrequests.utils.quote('demo')"),
            fires: &[],
        },
        Example {
            name: "urlopen",
            files: || forward("import urllib.request as u", "u.urlopen('https://demo.invalid')"),
            fires: FIRES,
        },
        Example {
            name: "urlopen-twin",
            files: || forward("import urllib.parse as u", "u.urlparse('https://demo.invalid')"),
            fires: &[],
        },
        Example {
            name: "method-of-client",
            files: || module("import requests\ns = requests.Session()\ns.post('https://demo.invalid')"),
            fires: FIRES,
        },
        Example {
            name: "method-of-client-twin",
            files: || module("from demo import Session\ns = Session()\ns.post('https://demo.invalid')"),
            fires: &[],
        },
        Example {
            name: "socket",
            files: || {
                function(
                    "import socket",
                    "s = socket.socket()\ns.connect(('demo.invalid', 443))\ns.sendall(b'demo')",
                )
            },
            fires: FIRES,
        },
        Example { name: "socket-twin", files: || function("import socket", "socket.AF_INET"), fires: &[] },
        Example {
            name: "handed-on-twin",
            files: || function("import requests", "isinstance(x, requests.Session)"),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

const FIRES: &[&str] = &["source-opens-network"];

/// Names that make something ready to be used.
#[rustfmt::skip]
const READY: [&str; 21] = [
    "AsyncClient", "Client", "ClientSession", "Context", "FTP", "HTTPConnection", "HTTPConnectionPool", "HTTPSConnection",
    "Http", "PoolManager", "Request", "Resolver", "SSHClient", "Session", "WebSocketApp", "client", "getaddrinfo", "gethostbyname", "resource", "session",
    "socket",
];

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    let mut told = Told::default();
    for (place, one) in source::uses(facts, Effect::Network) {
        if one.when == When::Installed {
            continue;
        }
        let ready = READY.contains(&one.name.rsplit('.').next().unwrap_or_default());
        let severity =
            if ready || !source::is_python(one) { Severity::Low } else { source::at(ACTS, one.when) };
        told.add(findings, place, one, severity, "uses the network");
    }
}
