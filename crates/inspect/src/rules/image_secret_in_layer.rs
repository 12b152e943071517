//! Secrets that stay in an image or stand in its configuration.

use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::commands::{dockerfile, pod, service};
use crate::secrets::{is_secret_variable, is_variable_value};
use crate::text;

/// Secrets that stay in an image or stand in its configuration.
pub static RULE: Rule = Rule {
    id: "image-secret-in-layer",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    light: Light::Content,
    since: "0.1.0",
    summary: "A variable that is named like a secret has a value that stays in the image or stands in its configuration",
    why: "`ENV` and `ARG` stay readable in the layers and the history of an image, for everybody who can fetch it. Medium in a \
          Dockerfile; low in other configuration. Words that stand for a value, and addresses of files, are not reported.",
    advice: "Revoke the secret, and hand it over when it is needed: `RUN --mount=type=secret`, a secret of the cluster, an \
             `env_file` that is not published.",
    references: &["CWE-798", "CWE-538"],
    examples: &[
        Example {
            name: "variable",
            files: || dockerfile("ENV DEMO_API_KEY=Zr8vQm1LpX4tB"),
            fires: &["image-secret-in-layer", "secret-password"],
        },
        Example {
            name: "variable-old-form",
            files: || dockerfile("ENV DEMO_PASSWORD Zr8vQm1LpX4tB"),
            fires: ID,
        },
        Example {
            name: "argument",
            files: || dockerfile("ARG HUB_TOKEN=Zr8vQm1LpX4tB"),
            fires: &["image-secret-in-layer", "secret-password"],
        },
        Example { name: "argument-twin", files: || dockerfile("ARG HUB_TOKEN"), fires: &[] },
        Example { name: "unknown-twin", files: || dockerfile("ARG TOKEN\nENV HUB_TOKEN=$TOKEN"), fires: &[] },
        Example {
            name: "placeholder-twin",
            files: || dockerfile("ENV HUB_TOKEN=your-token-here"),
            fires: &[],
        },
        Example {
            name: "other-twin",
            files: || dockerfile("ENV TOKENIZERS_PARALLELISM=disabled MAX_TOKENS=100000000"),
            fires: &[],
        },
        Example {
            name: "file-twin",
            files: || dockerfile("ENV DEMO_PASSWORD_FILE=/run/secrets/demo"),
            fires: &[],
        },
        Example {
            name: "composed",
            files: || service("    environment:\n      DEMO_SECRET: Zr8vQm1LpX4tB"),
            fires: &["image-secret-in-layer", "secret-password"],
        },
        Example {
            name: "composed-list",
            files: || service("    environment:\n    - DEMO_SECRET=Zr8vQm1LpX4tB"),
            fires: &["image-secret-in-layer", "secret-password"],
        },
        Example {
            name: "composed-twin",
            files: || service("    environment:\n    - DEMO_SECRET=${DEMO_SECRET}"),
            fires: &[],
        },
        Example {
            name: "pod",
            files: || pod("    env:\n    - name: HUB_TOKEN\n      value: Zr8vQm1LpX4tB"),
            fires: ID,
        },
        Example {
            name: "pod-twin",
            files: || {
                pod(
                    "    env:\n    - name: HUB_TOKEN\n      valueFrom: {secretKeyRef: {name: hub, key: token}}",
                )
            },
            fires: &[],
        },
    ],
    check: Check::File(check),
};

const ID: &[&str] = &["image-secret-in-layer"];

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, key, value) in facts.directives() {
        let severity = match place.format() {
            "dockerfile" if key.starts_with("ARG.") || key.starts_with("ENV.") => Severity::Medium,
            "compose" if key.contains(".environment.") => Severity::Low,
            "manifest" if key.starts_with("env.") => Severity::Low,
            _ => continue,
        };
        let name = key.rsplit('.').next().unwrap_or_default();
        if is_secret_variable(name) && is_variable_value(value) {
            let message = format!(
                "`{}` has a value of {}",
                text::shown(name, 80),
                text::count(value.chars().count() as u64, "character")
            );
            findings.add(place, message).severity = severity;
        }
    }
}
