//! Pipelines without the folders of their components.

use std::collections::{BTreeMap, BTreeSet};

use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::{File, config, one};
use crate::text;

/// Pipelines without the folders of their components.
pub static RULE: Rule = Rule {
    id: "pipeline-component-missing",
    severity: Severity::Low,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "A pipeline names a component whose folder was not scanned",
    why: "What is not there was not inspected; a loader may fetch it from wherever the pipeline says it came from. An index with \
          none of its components at all is not told.",
    advice: "Scan the whole repository of the pipeline.",
    references: &["CWE-345"],
    examples: &[
        Example {
            name: "one-missing",
            files: || pipeline(&["unet"]),
            fires: &["pipeline-component-missing"],
        },
        Example { name: "all-there", files: || pipeline(&["scheduler", "unet"]), fires: &[] },
        Example { name: "index-alone", files: || one("model_index.json", config::PIPELINE), fires: &[] },
    ],
    check: Check::Scan(check),
};

fn pipeline(there: &[&str]) -> Vec<File> {
    let index = r#"{"_class_name":"DemoPipeline","scheduler":["diffusers","PNDMScheduler"],"unet":["diffusers","UNet2DModel"],"image_encoder":[null,null]}"#;
    let mut files = one("model_index.json", index);
    files
        .extend(there.iter().map(|name| (format!("{name}/config.json"), b"{\"act_fn\": \"silu\"}".to_vec())));
    files
}

fn check(files: &BTreeMap<&str, &Facts>, findings: &mut Findings<'_>) {
    for (path, facts) in files {
        let indexes = facts.settings().filter(|(place, ..)| place.format() == "pipeline-index");
        // `component.0` is the library, `component.1` the class.
        let named: Vec<_> = indexes
            .filter_map(|(place, key, _)| Some((place, key.strip_suffix(".1")?)))
            .filter(|(_, key)| !key.contains('.'))
            .collect();
        // Looking at the folder of each file would take the square of their number.
        if named.is_empty() {
            continue;
        }
        let folder = path.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
        let there: BTreeSet<&str> = files
            .range(folder.as_str()..)
            .map_while(|(path, _)| path.strip_prefix(folder.as_str()))
            .filter_map(|rest| rest.split_once('/').map(|(first, _)| first))
            .collect();
        if !named.iter().any(|(_, component)| there.contains(component)) {
            continue;
        }
        for (place, component) in named.iter().filter(|(_, component)| !there.contains(component)) {
            let message = format!("there is no folder for its component `{}`", text::shown(component, 80));
            findings.add_in((*path).to_owned(), *place, message);
        }
    }
}
