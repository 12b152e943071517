//! Commands that do not check whom they talk to.

use weighbridge_domain::facts::Program;
use weighbridge_domain::{Confidence, Severity};

use super::command::{addresses, is_local, shown};
use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::commands::{dockerfile, script};

/// Commands that do not check whom they talk to.
pub static RULE: Rule = Rule {
    id: "command-unchecked-transport",
    severity: Severity::Medium,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "A command or variable switches off the check of certificates or signatures",
    why: "Anybody on the way can answer in the place of the server. Medium where that is what gets installed or checked out, \
          low elsewhere. This machine itself may have any certificate.",
    advice: "Trust the certificate of the server that is meant, instead of every one.",
    references: &["CWE-295", "CWE-347", "AML.T0010"],
    examples: &[
        Example { name: "curl", files: || script("curl -sSLk https://example.org/demo -o demo"), fires: ID },
        Example {
            name: "curl-twin",
            files: || script("curl -sSL https://example.org/demo -o k"),
            fires: &[],
        },
        Example {
            name: "curl-here-twin",
            files: || script("curl -k https://localhost:8443/health"),
            fires: &[],
        },
        Example {
            name: "curl-long",
            files: || script("curl --insecure https://example.org/demo"),
            fires: ID,
        },
        Example {
            name: "wget",
            files: || script("wget --no-check-certificate https://example.org/demo"),
            fires: ID,
        },
        Example {
            name: "pip",
            files: || script("pip install --trusted-host example.org -r requirements.txt"),
            fires: ID,
        },
        Example { name: "pip-twin", files: || script("pip install -r requirements.txt"), fires: &[] },
        Example {
            name: "git",
            files: || script("git -c http.sslVerify=false clone https://example.org/demo"),
            fires: ID,
        },
        Example {
            name: "git-setting",
            files: || script("git config --global http.sslVerify false"),
            fires: ID,
        },
        Example {
            name: "git-setting-twin",
            files: || script("git config --global http.sslVerify true"),
            fires: &[],
        },
        Example { name: "npm", files: || script("npm config set strict-ssl false"), fires: ID },
        Example { name: "conda", files: || script("conda config --set ssl_verify false"), fires: ID },
        Example {
            name: "apt",
            files: || dockerfile("RUN apt-get install -y --allow-unauthenticated demo"),
            fires: ID,
        },
        Example { name: "variable", files: || dockerfile("ENV GIT_SSL_NO_VERIFY=1"), fires: ID },
        Example { name: "variable-twin", files: || dockerfile("ENV GIT_SSL_CAINFO=/etc/ca.pem"), fires: &[] },
    ],
    check: Check::File(check),
};

const ID: &[&str] = &["command-unchecked-transport"];

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, command) in facts.commands() {
        if let Some((what, severity)) = command.programs.iter().find_map(unchecked) {
            findings.add(place, format!("`{}`: {what}", shown(command))).severity = severity;
        }
    }
    for (place, key, value) in facts.directives() {
        let name = key.rsplit('.').next().unwrap_or_default();
        let contained = matches!(place.format(), "compose" | "dockerfile" | "manifest");
        if contained && switches_off(name, value) {
            let value = crate::text::shown(value, 40);
            let message = format!("the variable `{name}` is `{value}`: certificates are not checked");
            findings.add(place, message).severity = Severity::Medium;
        }
    }
}

fn switches_off(name: &str, value: &str) -> bool {
    let value = value.to_lowercase();
    let off = matches!(value.as_str(), "0" | "false" | "no" | "off");
    let on = matches!(value.as_str(), "1" | "true" | "yes" | "on");
    match name {
        "GIT_SSL_NO_VERIFY" | "HF_HUB_DISABLE_SSL_VERIFY" | "PIP_NO_VERIFY" => on,
        "CONDA_SSL_VERIFY"
        | "NODE_TLS_REJECT_UNAUTHORIZED"
        | "NPM_CONFIG_STRICT_SSL"
        | "PYTHONHTTPSVERIFY" => off,
        "PIP_TRUSTED_HOST" | "UV_INSECURE_HOST" => !value.is_empty(),
        _ => false,
    }
}

pub(super) fn unchecked(program: &Program) -> Option<(&'static str, Severity)> {
    let words = program.arguments();
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
    let certificates = "certificates are not checked";
    let signatures = "signatures of packages are not checked";
    let name = program.name();
    let switch = |word: &String| {
        let letters = word.strip_prefix('-').filter(|rest| !rest.starts_with('-')).unwrap_or_default();
        // Letters behind one that takes a value belong to that value.
        let letters = letters
            .split(['o', 'H', 'd', 'X', 'u', 'e', 'A', 'F', 'T', 'b', 'c', 'm', 'w', 'x', 'E', 'K'])
            .next();
        letters.is_some_and(|letters| letters.contains('k'))
    };
    match name {
        "curl" if addresses(program).any(is_local) => None,
        "curl" if has(&["--insecure", "--proxy-insecure"]) || words.iter().any(switch) => {
            Some((certificates, Severity::Low))
        }
        "wget" if has(&["--no-check-certificate"]) => Some((certificates, Severity::Low)),
        "git" => {
            let text = words.join(" ").to_lowercase();
            let off =
                ["http.sslverify=false", "http.sslverify=0", "http.sslverify false", "http.sslverify 0"];
            off.iter().any(|one| text.contains(one)).then_some((certificates, Severity::Medium))
        }
        "npm" | "yarn" | "conda" | "pnpm" => {
            let text = words.join(" ").to_lowercase();
            let off = ["strict-ssl false", "strict-ssl=false", "ssl_verify false", "ssl_verify no"];
            off.iter().any(|one| text.contains(one)).then_some((certificates, Severity::Medium))
        }
        "apt" | "apt-get" | "dnf" | "microdnf" | "yum" | "zypper" | "apk" => {
            let off = [
                "--allow-unauthenticated",
                "--nogpgcheck",
                "--no-gpg-check",
                "--no-gpg-checks",
                "--allow-untrusted",
                "--force-yes",
            ];
            has(&off).then_some((signatures, Severity::Low))
        }
        _ if (name.starts_with("pip") || name == "uv" || name.starts_with("python"))
            && words.iter().any(|word| {
                ["--trusted-host", "--allow-insecure-host"].iter().any(|one| word.starts_with(one))
            }) =>
        {
            Some((certificates, Severity::Medium))
        }
        "export" => {
            let off = words
                .iter()
                .filter_map(|word| word.split_once('='))
                .any(|(name, value)| switches_off(name, value));
            off.then_some((certificates, Severity::Low))
        }
        _ => None,
    }
}
