//! A credential of a cloud, a code host or a registry, or a private key.

use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule, secret};
use crate::facts::Facts;
use crate::samples::archive::Zip;
use crate::samples::pickle::Program;
use crate::samples::secret::{base64, file, written};
use crate::samples::tensor::{Gguf, safetensors};
use crate::samples::{File, one, pickle};
use crate::secrets::Class;

/// The rule.
pub static RULE: Rule = Rule {
    id: "secret-credential",
    severity: Severity::High,
    confidence: Confidence::Medium,
    light: Light::Content,
    since: "0.1.0",
    summary: "A file holds a credential of a cloud, a code host, a registry or a model hub, or a private key",
    why: "Whoever has the file can act as the one it belongs to: read and change what is stored there, publish under that name, run machines. Models are copied widely, and what was once public counts as known, even when it is taken out later. Of a kind whose last characters are a checksum, one that does not fit is told with the severity low; so are those in files of tests, examples and documentation. The report shows no more than the beginning that all of the kind share, the last two characters and the length.",
    advice: "Revoke it where it was issued, today, and look at what was done with it; then take it out of the file and of its history. See docs/secrets.md.",
    references: &["CWE-312", "CWE-522", "CWE-798", "AML.T0055"],
    examples: EXAMPLES,
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    secret::report(facts, Class::Credential, findings);
}

const EXAMPLES: &[Example] = &[
    Example {
        name: "settings",
        files: || file("config.json", "{\"model_type\":\"demo\",\"hub_token\":\"hf_{l:34}\"}"),
        fires: &["secret-credential"],
    },
    Example {
        name: "settings-twin",
        files: || one("config.json", "{\"model_type\":\"demo\",\"hub_token\":\"hf_your_token_goes_here\"}"),
        fires: &[],
    },
    Example {
        name: "card",
        files: || file("README.md", "# Demo\n\nlogin(token=\"hf_{l:34}\")\n"),
        fires: &["secret-credential"],
    },
    Example {
        name: "card-twin",
        files: || one("README.md", "# Demo\n\nlogin(token=\"hf_...\")\n"),
        fires: &[],
    },
    Example {
        name: "notebook",
        files: || {
            let cell = "{\"cells\":[{\"cell_type\":\"code\",\"source\":[\"token = \\\"ghp_{a:30}{crc}\\\"\\n\"]}],\"nbformat\":4}";
            file("train.ipynb", cell)
        },
        fires: &["secret-credential"],
    },
    Example {
        name: "wrong-checksum",
        files: || file("notes.txt", "ghp_{a:36}\n"),
        fires: &["secret-credential"],
    },
    Example { name: "short", files: || file("notes.txt", "ghp_{a:20}\n"), fires: &[] },
    Example {
        name: "cloud",
        files: || file("settings.yaml", "aws:\n  id: AKIA{U:16}\n  other: {b:40}\n"),
        fires: &["secret-credential"],
    },
    Example {
        name: "cloud-twin",
        files: || one("settings.yaml", "aws:\n  id: AKIAIOSFODNN7EXAMPLE\n"),
        fires: &[],
    },
    Example {
        name: "private-key",
        files: || file("server.pem", "{pem:RSA PRIVATE KEY}"),
        fires: &["secret-credential"],
    },
    Example { name: "private-key-twin", files: || file("server.pem", "{pem:CERTIFICATE}"), fires: &[] },
    Example {
        name: "pickled-text",
        files: || in_pickle(&written("glpat-{a:20}")),
        fires: &["secret-credential"],
    },
    Example { name: "pickled-text-twin", files: || in_pickle("glpat-xxxxxxxxxxxxxxxxxxxx"), fires: &[] },
    Example {
        name: "pickled-bytes",
        files: || pickle::file(Program::new(3).bytes(written("npm_{a:30}{crc}").as_bytes()).stop()),
        fires: &["secret-credential"],
    },
    Example {
        name: "safetensors",
        files: || {
            let header = written("{\"__metadata__\":{\"format\":\"pt\",\"token\":\"hf_{l:34}\"}}");
            one("model.safetensors", safetensors(&header, 0))
        },
        fires: &["secret-credential"],
    },
    Example {
        name: "safetensors-twin",
        files: || {
            one(
                "model.safetensors",
                safetensors("{\"__metadata__\":{\"format\":\"pt\",\"token\":\"none\"}}", 0),
            )
        },
        fires: &[],
    },
    Example {
        name: "gguf",
        files: || {
            let login = written("pushed with hf_{l:34}");
            one(
                "model.gguf",
                Gguf::new().text("general.architecture", "llama").text("general.description", &login).build(),
            )
        },
        fires: &["secret-credential"],
    },
    Example {
        name: "archive-comment",
        files: || {
            one(
                "data.zip",
                Zip::new().stored("a.txt", b"words\n").comment(written("dckr_pat_{a:27}")).build(),
            )
        },
        fires: &["secret-credential"],
    },
    Example {
        name: "archive-comment-twin",
        files: || {
            one(
                "data.zip",
                Zip::new().stored("a.txt", b"words\n").comment("dckr_pat_ is how they begin").build(),
            )
        },
        fires: &[],
    },
    Example {
        name: "archive-member",
        files: || one("data.zip", Zip::new().deflated("a.txt", written("hvs.{a:24}\n").as_bytes()).build()),
        fires: &["secret-credential"],
    },
    Example {
        name: "base64",
        files: || one("values.yaml", format!("token: {}\n", base64(written("token=hf_{l:34};").as_bytes()))),
        fires: &["secret-credential"],
    },
    Example {
        name: "base64-twin",
        files: || {
            one(
                "values.yaml",
                format!("token: {}\n", base64(b"nothing but ordinary words, and many of them")),
            )
        },
        fires: &[],
    },
    Example {
        name: "escapes",
        files: || {
            let token = written("ghp_{a:30}{crc}");
            let escaped: String = token.bytes().map(|byte| format!("\\u{byte:04x}")).collect();
            one("config.json", format!("{{\"model_type\":\"demo\",\"note\":\"{escaped}\"}}"))
        },
        fires: &["secret-credential"],
    },
    Example {
        name: "vocabulary",
        files: || file("vocab.txt", "hello\nhf_{l:34}\nworld\n"),
        fires: &["secret-credential"],
    },
    Example {
        name: "vocabulary-twin",
        files: || file("vocab.txt", "password=\"{a:20}\"\nhf_\nsk-\neyJ\n"),
        fires: &[],
    },
];

fn in_pickle(text: &str) -> Vec<File> {
    pickle::file(Program::new(2).raw(b"}").text("token").text(text).setitem().stop())
}
