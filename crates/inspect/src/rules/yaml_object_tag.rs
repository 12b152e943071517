//! YAML tags that make a loader build objects.

use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::known::Capability;
use crate::rules::config_key;
use crate::samples::one;
use crate::samples::yaml::yaml;

/// YAML tags that make a loader build objects.
pub static RULE: Rule = Rule {
    id: "yaml-object-tag",
    severity: Severity::Critical,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "A YAML document makes its loader import or call Python objects by name",
    why: "With tags such as `!!python/object/apply`, a document says which callable its loader calls and with what; so does \
          `!new:` and `!apply:` of HyperPyYAML, which is meant for it. Critical when the name can do harm by itself. High for \
          other Python objects and for objects of other languages: a configuration needs none. For HyperPyYAML, whose \
          documents ordinarily build layers, medium when the name is not known. Low when it can only hold data.",
    advice: "Load it only with a loader that builds nothing but plain values (`yaml.safe_load`). Ask the publisher for a document without such tags.",
    references: &["CWE-502", "CWE-470", "CVE-2020-14343", "CVE-2017-18342", "AML.T0011"],
    examples: &[
        Example {
            name: "apply",
            files: || yaml("run: !!python/object/apply:os.system ['echo weighbridge-demo']\n"),
            fires: &["yaml-object-tag"],
        },
        Example {
            name: "apply-twin",
            files: || yaml("run: ['!!python/object/apply:os.system', 'echo']\n"),
            fires: &[],
        },
        Example {
            name: "new",
            files: || yaml("run: !!python/object/new:subprocess.Popen [['echo', 'weighbridge-demo']]\n"),
            fires: &["yaml-object-tag"],
        },
        Example {
            name: "object",
            files: || yaml("run: !!python/object:demo.Thing {a: 1}\n"),
            fires: &["yaml-object-tag"],
        },
        Example {
            name: "name",
            files: || yaml("run: !!python/name:os.system\n"),
            fires: &["yaml-object-tag"],
        },
        Example {
            name: "module",
            files: || yaml("run: !!python/module:demo\n"),
            fires: &["yaml-object-tag"],
        },
        Example { name: "tuple-twin", files: || yaml("shape: !!python/tuple [640, 640]\n"), fires: &[] },
        Example {
            name: "builtin",
            files: || yaml("run: !!python/object/apply:eval ['0']\n"),
            fires: &["yaml-object-tag"],
        },
        Example {
            name: "verbatim",
            files: || {
                yaml("run: !<tag:yaml.org,2002:python/object/apply:os.system> ['echo weighbridge-demo']\n")
            },
            fires: &["yaml-object-tag"],
        },
        Example {
            name: "other-handle",
            files: || {
                yaml(
                    "%TAG !p! tag:yaml.org,2002:python/\n---\nrun: !p!object/apply:os.system ['echo weighbridge-demo']\n",
                )
            },
            fires: &["yaml-object-tag"],
        },
        Example {
            name: "other-handle-twin",
            files: || {
                yaml("%TAG !p! tag:example.org,2026:python/\n---\nrun: !p!object/apply:os.system ['echo']\n")
            },
            fires: &[],
        },
        Example {
            name: "encoded",
            files: || yaml("run: !!python/object/apply:os%2Esystem ['echo weighbridge-demo']\n"),
            fires: &["yaml-object-tag"],
        },
        Example {
            name: "other-line-break",
            files: || {
                yaml("# a remark\u{2028}run: !!python/object/apply:os.system ['echo weighbridge-demo']\n")
            },
            fires: &["yaml-object-tag"],
        },
        Example {
            name: "other-line-break-twin",
            files: || yaml("# a remark run: !!python/object/apply:os.system ['echo weighbridge-demo']\n"),
            fires: &[],
        },
        Example {
            name: "as-key",
            files: || yaml("? !!python/object/apply:os.system ['echo weighbridge-demo']\n: a\n"),
            fires: &["yaml-object-tag"],
        },
        Example {
            name: "front-matter",
            files: || {
                one(
                    "README.md",
                    "---\nlicense: !!python/object/apply:os.system ['echo weighbridge-demo']\n---\n# Demo\n",
                )
            },
            fires: &["yaml-object-tag"],
        },
        Example {
            name: "front-matter-twin",
            files: || one("README.md", "---\nlicense: mit\n---\n!!python/object/apply:os.system ['echo']\n"),
            fires: &[],
        },
        Example {
            name: "behind-a-fault",
            files: || yaml("a: b: c\nrun: !!python/object/apply:os.system ['echo weighbridge-demo']\n"),
            fires: &["yaml-object-tag", "yaml-unparsed"],
        },
        Example {
            name: "hyper-new",
            files: || yaml("layer: !new:subprocess.Popen\n    args: ['echo', 'weighbridge-demo']\n"),
            fires: &["yaml-object-tag"],
        },
        Example {
            name: "hyper-new-twin",
            files: || yaml("layer: !new:speechbrain.nnet.linear.Linear\n    n_neurons: 2\n"),
            fires: &[],
        },
        Example {
            name: "hyper-apply",
            files: || yaml("x: !apply:os.system ['echo weighbridge-demo']\n"),
            fires: &["yaml-object-tag"],
        },
        Example {
            name: "hyper-unknown",
            files: || yaml("layer: !new:demo.layers.Layer {}\n"),
            fires: &["yaml-object-tag"],
        },
        Example { name: "hyper-loads", files: || yaml("x: !name:torch.load\n"), fires: &["yaml-object-tag"] },
        Example { name: "hyper-name-twin", files: || yaml("x: !name:torch.nn.ReLU\n"), fires: &[] },
        Example {
            name: "hyper-include",
            files: || yaml("x: !include:../../demo/other.yaml\n"),
            fires: &["yaml-object-tag"],
        },
        Example { name: "hyper-include-twin", files: || yaml("x: !include:other.yaml\n"), fires: &[] },
        Example {
            name: "java",
            files: || yaml("x: !!javax.script.ScriptEngineManager [demo]\n"),
            fires: &["yaml-object-tag"],
        },
        Example { name: "own-tag-twin", files: || yaml("x: !demo.Thing [demo]\n"), fires: &[] },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, key, tag) in facts.tags() {
        let Some((severity, message)) = judge(tag) else { continue };
        let finding = findings.add(place, message);
        finding.severity = severity;
        if !key.is_empty() {
            finding.excerpt = Some(crate::text::shown(&format!("{key}: {tag}"), 200));
        }
    }
}

fn judge(tag: &str) -> Option<(Severity, String)> {
    if let Some(core) = tag.strip_prefix("tag:yaml.org,2002:") {
        let Some(python) = core.strip_prefix("python/") else {
            return core
                .contains('.')
                .then(|| (Severity::High, format!("makes an object of the class `{core}`")));
        };
        return python_tag(python);
    }
    if tag.starts_with("!ruby/") || tag.starts_with("ruby/") {
        return Some((Severity::High, format!("makes a Ruby object: `{tag}`")));
    }
    let (kind, name) = tag.strip_prefix('!')?.split_once(':')?;
    let verb = match kind {
        "new" => "makes an object of",
        "apply" => "calls",
        "name" | "module" => "imports",
        "include" => {
            let outside = config_key::is_absolute(name)
                || name.contains("://")
                || name.split(['/', '\\']).any(|part| part == "..");
            return outside
                .then(|| (Severity::Medium, format!("includes `{name}` from outside of its folder")));
        }
        _ => return None,
    };
    let capability = config_key::capability(name);
    let severity = match severity_of(capability) {
        Severity::High if is_layer(name) => return None,
        Severity::High => Severity::Medium,
        Severity::Low => return None,
        other => other,
    };
    Some((severity, format!("{verb} `{name}`, which {}", capability.words())))
}

fn python_tag(tag: &str) -> Option<(Severity, String)> {
    let (kind, name) = tag.split_once(':')?;
    let verb = match kind {
        "object/apply" => "calls",
        "object/new" | "object" => "makes an object of",
        "name" => "imports",
        "module" => return Some((Severity::High, format!("imports the module `{name}`"))),
        _ => return Some((Severity::High, format!("has the tag `python/{kind}` for `{name}`"))),
    };
    let capability = config_key::capability(name);
    Some((severity_of(capability), format!("{verb} `{name}`, which {}", capability.words())))
}

fn severity_of(capability: Capability) -> Severity {
    match capability {
        dangerous if dangerous.is_dangerous() => Severity::Critical,
        Capability::Data | Capability::Value | Capability::Rebuild => Severity::Low,
        _ => Severity::High,
    }
}

/// A class of the libraries whose layers such documents are made of.
fn is_layer(name: &str) -> bool {
    const LIBRARIES: &[&str] = &["hyperpyyaml.", "speechbrain.", "torch.nn.", "torch.optim.", "torchaudio."];
    const ACTS: &[&str] = &[
        "download",
        "fetch",
        "foreign_class",
        "from_hparams",
        "from_pretrained",
        "import_from_path",
        "load",
        "run",
        "save",
    ];
    let last = name.rsplit('.').next().unwrap_or(name);
    LIBRARIES.iter().any(|library| name.starts_with(library)) && !ACTS.iter().any(|act| last.starts_with(act))
}
