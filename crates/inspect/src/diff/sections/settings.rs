//! Settings: keys of JSON, YAML and headers, each with its old and new value.

use super::{Check, Section, parts};
use crate::diff::change::{Change, Detail, Kind, Risk};
use crate::diff::content::{Content, Settings};
use crate::diff::pair::Pair;
use crate::diff::version::Part;
use crate::text;

/// Settings.
pub static SECTION: Section = Section {
    id: "settings",
    title: "Settings",
    docs: "Keys of JSON and YAML files and of the headers of safetensors and GGUF, with the path to each. A key that makes \
           loaders import or trust code (`auto_map`, `custom_pipeline`, `trust_remote_code`, `_target_`, tags of Python objects and \
           their like) is red when it is new or has another value. Versions and names that only inform are notes; everything \
           else is amber.",
    check: Check::Pair(check),
};

/// Changes of one part that are told one by one.
const MOST: usize = 200;

/// Keys that lead to code, wherever they stand.
const CODE: [&str; 15] = [
    "__class__",
    "__module__",
    "_target_",
    "auto_map",
    "auto_mapping",
    "class_path",
    "custom_code",
    "custom_generate",
    "custom_pipeline",
    "custom_pipelines",
    "kernel_mapping",
    "py/object",
    "py/reduce",
    "py_object",
    "trust_remote_code",
];

/// Keys that only inform.
const INFORMS: [&str; 9] = [
    "_commit_hash",
    "_diffusers_version",
    "_from_model_config",
    "_name_or_path",
    "name_or_path",
    "peft_version",
    "total_size",
    "transformers_version",
    "version",
];

fn check(pair: &Pair, out: &mut Vec<Change>) {
    let none = Settings::new();
    for (old, new) in parts(pair) {
        let Some(part) = new.or(old) else { continue };
        let place = (pair.path(), &*part.member);
        compare("settings", place, old.map_or(&none, keys), new.map_or(&none, keys), old.is_some(), out);
        if let (Some(old), Some(new)) = (old, new) {
            compare("settings", place, &old.metadata, &new.metadata, true, out);
        }
    }
}

/// The keys of a part that are told in this section.
fn keys(part: &Part) -> &Settings {
    static NONE: Settings = Settings::new();
    match &part.content {
        Content::Settings(settings) => settings,
        Content::Vocabulary(vocabulary) if part.format == "gguf" => &vocabulary.settings,
        _ => &NONE,
    }
}

/// Tells what is different; of what was not there before, only what leads to code.
pub(super) fn compare(
    section: &'static str,
    place: (&str, &str),
    old: &Settings,
    new: &Settings,
    was_there: bool,
    out: &mut Vec<Change>,
) {
    let mut changes = Vec::new();
    for (key, value) in new {
        let before = old.get(key);
        if before == Some(value) {
            continue;
        }
        let risk = risk(key, value);
        if !was_there && risk != Risk::Red || before.is_none() && opens(key, value, old) {
            continue;
        }
        let (kind, verb) =
            if before.is_some() { (Kind::Changed, "changed") } else { (Kind::Added, "was added") };
        let message = format!("`{}` {verb}", text::shown(key, 200));
        let change = Change::new(section, risk, kind, place, message).about(key);
        changes.push(change.values(before.map(String::as_str), Some(value)));
    }
    // A file that is gone is told as such.
    for (key, value) in old.iter().filter(|(key, _)| !new.is_empty() && !new.contains_key(*key)) {
        if opens(key, value, new) {
            continue;
        }
        let risk = risk(key, value).min(Risk::Amber);
        let message = format!("`{}` was removed", text::shown(key, 200));
        let change = Change::new(section, risk, Kind::Removed, place, message).about(key);
        changes.push(change.values(Some(value), None));
    }
    changes.sort_by_key(|change| std::cmp::Reverse(change.risk));
    let rest = changes.split_off(changes.len().min(MOST));
    out.append(&mut changes);
    if let Some(worst) = rest.iter().map(|change| change.risk).max() {
        let message = format!("{} differ", text::count(rest.len() as u64, "more key"));
        let details = rest
            .into_iter()
            .map(|change| Detail::new(&change.subject, change.old.as_deref(), change.new.as_deref()));
        out.push(Change::new(section, worst, Kind::Changed, place, message).details(details.collect()));
    }
}

/// Nothing stands here, and in the other revision something does: its keys are told, not that nothing is gone.
fn opens(key: &str, value: &str, other: &Settings) -> bool {
    let below = format!("{key}.");
    let mut from = other.range(below.clone()..);
    matches!(value, "null" | "{}" | "[]" | "~" | "")
        && from.next().is_some_and(|(key, _)| key.starts_with(&below))
}

fn risk(key: &str, value: &str) -> Risk {
    let mut steps = key.split('.');
    if steps.any(|step| CODE.contains(&step)) || value.contains("python/") && value.contains("yaml.org") {
        Risk::Red
    } else if key.rsplit('.').next().is_some_and(|last| INFORMS.contains(&last)) {
        Risk::Note
    } else {
        Risk::Amber
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(old: &[(&str, &str)], new: &[(&str, &str)]) -> Vec<String> {
        let keys = |pairs: &[(&str, &str)]| -> Settings {
            pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
        };
        let mut out = Vec::new();
        compare("settings", ("config.json", ""), &keys(old), &keys(new), true, &mut out);
        out.iter().map(|change| format!("{} {}", change.risk, change.message)).collect()
    }

    #[test]
    fn keys_that_lead_to_code_are_red_when_they_come_and_not_when_they_go() {
        let with = [("auto_map.AutoModel", "\"m.A\""), ("hidden_size", "8"), ("transformers_version", "1")];
        let without = [("hidden_size", "9"), ("transformers_version", "2")];
        assert_eq!(
            told(&without, &with),
            [
                "red `auto_map.AutoModel` was added",
                "amber `hidden_size` changed",
                "note `transformers_version` changed"
            ]
        );
        assert_eq!(told(&with, &without)[0], "amber `hidden_size` changed");
        assert_eq!(told(&with, &without)[1], "amber `auto_map.AutoModel` was removed");
        assert_eq!(told(&with, &with), Vec::<String>::new());
    }

    #[test]
    fn nothing_that_becomes_something_is_told_once() {
        let (nothing, something) = ([("normalizer", "null")], [("normalizer.type", "\"NFC\"")]);
        assert_eq!(told(&nothing, &something), ["amber `normalizer.type` was added"]);
        assert_eq!(told(&something, &nothing), ["amber `normalizer.type` was removed"]);
    }

    #[test]
    fn very_many_keys_are_told_as_one() {
        let names: Vec<String> = (0..1000).map(|i| format!("k{i}")).collect();
        let many: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "1")).collect();
        let told = told(&[("a", "1")], &many);
        assert_eq!(told.len(), MOST + 1);
        assert_eq!(told[MOST], "amber 801 more keys differ");
    }
}
