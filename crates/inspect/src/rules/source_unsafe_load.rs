//! Sources that read formats which can run code.

use weighbridge_domain::facts::{Term, Use};
use weighbridge_domain::{Confidence, Severity};

use super::source::{self, Told, argument, is_word};
use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::known::effects::Effect;
use crate::samples::one;
use crate::samples::program::java_calling;
use crate::samples::source::{function, module};
use crate::text;

/// Sources that read formats which can run code.
pub static RULE: Rule = Rule {
    id: "source-unsafe-load",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "A source loads data in a way that lets the data run code",
    why: "Pickles and what is built on them, YAML with a full loader, and Keras without `safe_mode` run what the file says. \
          Where the file is one of the model's own it is inspected beside this source, and this is low; medium where a \
          protection that holds for everybody is switched off by name (`unsafe_load`, `safe_mode=False`); high where the data comes from another host.",
    advice: "Load weights as safetensors, `torch.load` with `weights_only=True`, YAML with `safe_load`, arrays without pickles.",
    references: &["CWE-502", "AML.T0011"],
    examples: &[
        Example {
            name: "java-class",
            files: || {
                one(
                    "Main.class",
                    java_calling("run", ("java/io/ObjectInputStream", "readObject", "()Ljava/lang/Object;")),
                )
            },
            fires: &["embedded-program", "source-unsafe-load"],
        },
        Example {
            name: "java-class-twin",
            files: || one("Main.class", java_calling("run", ("java/io/ObjectInputStream", "close", "()V"))),
            fires: &["embedded-program"],
        },
        Example { name: "pickle", files: || function("import pickle", "x = pickle.load(x)"), fires: FIRES },
        Example { name: "pickle-twin", files: || function("import pickle", "pickle.dump(x, x)"), fires: &[] },
        Example { name: "joblib", files: || function("import joblib", "x = joblib.load(x)"), fires: FIRES },
        Example { name: "joblib-twin", files: || function("import json", "x = json.load(x)"), fires: &[] },
        Example { name: "dill", files: || function("import dill as d", "x = d.loads(x)"), fires: FIRES },
        Example {
            name: "cloudpickle",
            files: || function("from cloudpickle import loads", "x = loads(x)"),
            fires: FIRES,
        },
        Example { name: "torch", files: || function("import torch", "x = torch.load(x)"), fires: FIRES },
        Example {
            name: "torch-all-objects",
            files: || function("import torch", "x = torch.load(x, weights_only=False)"),
            fires: FIRES,
        },
        Example {
            name: "torch-twin",
            files: || function("import torch", "x = torch.load(x, weights_only=True)"),
            fires: &[],
        },
        Example {
            name: "yaml",
            files: || function("import yaml", "x = yaml.load(x, Loader=yaml.Loader)"),
            fires: FIRES,
        },
        Example {
            name: "yaml-twin",
            files: || function("import yaml", "x = yaml.load(x, Loader=yaml.SafeLoader)"),
            fires: &[],
        },
        Example {
            name: "yaml-by-name",
            files: || function("import yaml", "x = yaml.unsafe_load(x)"),
            fires: FIRES,
        },
        Example {
            name: "yaml-by-name-twin",
            files: || function("import yaml", "x = yaml.safe_load(x)"),
            fires: &[],
        },
        Example {
            name: "numpy",
            files: || function("import numpy as np", "x = np.load(x, allow_pickle=True)"),
            fires: FIRES,
        },
        Example {
            name: "numpy-twin",
            files: || function("import numpy as np", "x = np.load(x)"),
            fires: &[],
        },
        Example {
            name: "keras",
            files: || function("import keras", "x = keras.models.load_model(x, safe_mode=False)"),
            fires: FIRES,
        },
        Example {
            name: "keras-twin",
            files: || function("import keras", "x = keras.models.load_model(x)"),
            fires: &[],
        },
        Example {
            name: "keras-for-all",
            files: || module("import keras\nkeras.config.enable_unsafe_deserialization()"),
            fires: FIRES,
        },
        Example {
            name: "keras-for-all-twin",
            files: || module("import keras\nkeras.config.set_floatx('float16')"),
            fires: &[],
        },
        Example {
            name: "fetched",
            files: || {
                function(
                    "import pickle, requests",
                    "x = pickle.loads(requests.get('https://demo.invalid').content)",
                )
            },
            fires: &["source-opens-network", "source-unsafe-load"],
        },
    ],
    check: Check::File(check),
};

const FIRES: &[&str] = &["source-unsafe-load"];

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    let mut told = Told::default();
    for (place, one) in source::uses(facts, Effect::Loads) {
        let Some(severity) = severity(one) else { continue };
        match source::brought(one) {
            Some((by, Effect::Network)) => {
                let by = text::shown(&by.to_string(), 60);
                let what = format!("lets what `{by}` fetches run code");
                told.add(findings, place, one, Severity::High, &what);
            }
            _ => {
                told.add(findings, place, one, severity, "lets the data it reads run code");
            }
        }
    }
}

/// How bad a load is by itself; `None` when it is protected.
fn severity(one: &Use) -> Option<Severity> {
    one.arguments.as_ref()?;
    let last = one.name.rsplit('.').next().unwrap_or_default();
    let root = one.name.split('.').next().unwrap_or_default();
    Some(match (root, last) {
        ("torch", "load") if one.name.contains("jit") => return None,
        ("torch", "load") if is_word(one, "weights_only", "True") => return None,
        ("numpy", _) if !is_word(one, "allow_pickle", "True") => return None,
        ("yaml" | "ruamel", "load" | "load_all") => match argument(one, "Loader", 1) {
            Some(Term::Global(loader))
                if matches!(&*loader.name, "BaseLoader" | "CBaseLoader" | "CSafeLoader" | "SafeLoader") =>
            {
                return None;
            }
            Some(Term::Global(loader)) if loader.name.contains("Unsafe") => Severity::Medium,
            _ => Severity::Low,
        },
        ("yaml" | "ruamel", name) if name.starts_with("unsafe") => Severity::Medium,
        ("yaml", name) if name.ends_with("Loader") => return None,
        ("keras" | "tensorflow", "load_model") if !is_word(one, "safe_mode", "False") => return None,
        ("keras" | "tensorflow", _) => Severity::Medium,
        ("skops" | "datasets", _) | (_, "Unpickler") => return None,
        _ => Severity::Low,
    })
}
