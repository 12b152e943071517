//! Default arguments of a llamafile that open it to others.

use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::{llamafile, one};
use crate::text;

/// Default arguments of a llamafile that open it to others.
pub static RULE: Rule = Rule {
    id: "llamafile-arguments",
    severity: Severity::Medium,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "The default arguments of a llamafile open it to the network, to files, or switch its sandbox off",
    why: "Whoever starts the program gets these arguments without being asked. Medium when it listens to other machines, fetches \
          something or runs without its sandbox; low when it serves, reads or writes other files.",
    advice: "Start it with arguments of your own: they come behind those in the file.",
    references: &["CWE-1188", "AML.T0010"],
    examples: &[
        Example {
            name: "listens",
            files: || one("model.llamafile", llamafile::program("-m\nmodel.gguf\n--host\n0.0.0.0\n")),
            fires: &["embedded-program", "llamafile-arguments"],
        },
        Example {
            name: "no-sandbox",
            files: || one("model.llamafile", llamafile::program("-m\nmodel.gguf\n--unsecure\n")),
            fires: &["embedded-program", "llamafile-arguments"],
        },
        Example {
            name: "log-file",
            files: || one("model.llamafile", llamafile::program("-m\nmodel.gguf\n--log-file\n/tmp/demo\n")),
            fires: &["embedded-program", "llamafile-arguments"],
        },
        Example {
            name: "served-folder",
            files: || one("model.llamafile", llamafile::program("-m\nmodel.gguf\n--path\n/\n")),
            fires: &["embedded-program", "llamafile-arguments"],
        },
        Example {
            name: "ordinary",
            files: || {
                one("model.llamafile", llamafile::program("-m\nmodel.gguf\n-c\n0\n--host\nlocalhost\n...\n"))
            },
            fires: &["embedded-program"],
        },
        Example { name: "weights-alone", files: || one("model.gguf", llamafile::weights()), fires: &[] },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, key, value) in facts.metadata().filter(|(place, ..)| place.format() == "llamafile") {
        let Some(option) = key.strip_prefix("argument ") else { continue };
        let (what, severity) = match option {
            "--host" if matches!(value, "127.0.0.1" | "localhost" | "::1") => continue,
            "--host" => ("listens to other machines", Severity::Medium),
            "--unsecure" => ("runs without its sandbox", Severity::Medium),
            "--hf-repo" | "-hf" | "-hfr" | "--model-url" | "-mu" | "--rpc" => {
                ("reaches other machines", Severity::Medium)
            }
            "--log-file" | "--logdir" | "--slot-save-path" | "--prompt-cache" | "-ld" => {
                ("writes files", Severity::Low)
            }
            "--path" | "--public" | "-f" | "--file" | "--lookup-cache-static" => {
                ("reads or serves other files", Severity::Low)
            }
            "--recompile" => ("compiles code for the graphics card", Severity::Low),
            _ => continue,
        };
        let message = format!("`{option} {}` among its arguments: it {what}", text::shown(value, 80));
        findings.add(place, message).severity = severity;
    }
}
