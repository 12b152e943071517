//! The table of kinds of secrets and of files that hold them, read from `known/secrets.toml` when it is first asked for.

use std::sync::{LazyLock, OnceLock};

use regex::bytes::{Regex, RegexBuilder};
use serde::Deserialize;

/// How bad it is when somebody else has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Clouds, code hosts, registries, private keys.
    Credential,
    /// Keys of services and databases.
    Service,
    /// An address that takes messages from whoever knows it.
    Webhook,
    /// Something that is only named so.
    Password,
}

/// One kind of secret.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    /// Its name in facts.
    pub id: String,
    /// Its name for people.
    pub title: String,
    /// How bad it is.
    pub class: Class,
    /// Texts that every one of them has, in any case.
    #[serde(default)]
    pub anchors: Vec<String>,
    regex: String,
    /// The anchor is an ordinary word.
    #[serde(default)]
    pub loose: bool,
    #[serde(default)]
    pub(super) inside: bool,
    #[serde(default)]
    pub(super) before: usize,
    #[serde(default)]
    pub(super) shown: usize,
    #[serde(default = "entropy")]
    pub(super) entropy: f64,
    #[serde(default)]
    pub(super) check: String,
    #[serde(default)]
    pub(super) companions: Vec<String>,
    nearby: Option<String>,
    /// Examples, to be written out by [`crate::samples::secret::written`].
    pub positive: Vec<String>,
    /// What looks similar and is none, in the same form.
    pub negative: Vec<String>,
    #[serde(skip)]
    compiled: OnceLock<Option<Regex>>,
    #[serde(skip)]
    compiled_nearby: OnceLock<Option<Regex>>,
}

/// Bits a character that a secret has at least, unless told otherwise.
const fn entropy() -> f64 {
    2.5
}

/// What may stand between a name and its value.
const ASSIGNED: &str =
    r#"[\w.\-]{0,20}(?:\(\w{0,20})?["'\\\]]{0,4}\s{0,3}(?::=|=>|=|:|,)\s{0,3}[bru]?["'\\]{0,4}"#;

/// Names of secrets, whatever stands behind them, and such that others begin with, too.
const NAMED: &str = r"(?:(?:password|passwd|passphrase|secret|api[_-]?key|access_token|auth_token|access_key|private_token|credential)[\w-]{0,20}|(?:[_.-]?pass|[_.-]?pwd|(?:private|encryption)[_-]?key|_?token)\d?)";

impl Kind {
    /// What stands at the anchor.
    pub(super) fn regex(&self) -> Option<&Regex> {
        let compile =
            || compile(&format!(r"\A(?:{})", self.regex.replace("{=}", ASSIGNED).replace("{named}", NAMED)));
        self.compiled.get_or_init(compile).as_ref()
    }

    /// The secret where it has no anchor of its own, and another kind stands beside it.
    pub(super) fn nearby(&self) -> Option<&Regex> {
        self.compiled_nearby.get_or_init(|| self.nearby.as_deref().and_then(compile)).as_ref()
    }
}

fn compile(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(pattern).unicode(false).build().ok()
}

/// Files that hold secrets, by name.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretFile {
    /// What they hold.
    pub title: String,
    #[serde(default)]
    names: Vec<String>,
    #[serde(default)]
    paths: Vec<String>,
    #[serde(default)]
    endings: Vec<String>,
    /// Only when a secret was found in it.
    #[serde(default)]
    pub with_secret: bool,
}

/// All of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    pub(super) kind: Vec<Kind>,
    file: Vec<SecretFile>,
}

pub(super) static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let table = toml::from_str(include_str!("../known/secrets.toml"));
    debug_assert!(table.is_ok(), "{:?}", table.as_ref().err());
    table.unwrap_or(Table { kind: Vec::new(), file: Vec::new() })
});

/// Every kind of secret that is looked for.
pub fn kinds() -> &'static [Kind] {
    &TABLE.kind
}

/// The kind with this id.
pub fn find(id: &str) -> Option<&'static Kind> {
    kinds().iter().find(|kind| kind.id == id)
}

/// What a file with this path is made to hold.
pub fn file(path: &str) -> Option<&'static SecretFile> {
    let path = path.replace(['\\', '!'], "/").to_ascii_lowercase();
    let name = path.rsplit('/').next().unwrap_or_default();
    let ends =
        |whole: &String| path.strip_suffix(whole.as_str()).is_some_and(|b| b.is_empty() || b.ends_with('/'));
    let has_ending =
        |ending: &String| name.strip_suffix(ending.as_str()).is_some_and(|stem| stem.ends_with('.'));
    TABLE.file.iter().find(|file| {
        file.names.iter().any(|known| known == name)
            || file.paths.iter().any(ends)
            || file.endings.iter().any(has_ending)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_written_well_and_has_examples_of_both_sorts() {
        assert!(kinds().len() > 90, "{}", kinds().len());
        let mut ids: Vec<_> = kinds().iter().map(|kind| &kind.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), kinds().len(), "an id is used twice");
        for kind in kinds() {
            assert!(kind.regex().is_some(), "{}", kind.id);
            assert!(kind.nearby.is_none() || kind.nearby().is_some(), "{}", kind.id);
            assert!(!kind.anchors.is_empty() && !kind.title.is_empty(), "{}", kind.id);
            assert!(!kind.positive.is_empty() && !kind.negative.is_empty(), "{}", kind.id);
            assert!(kind.companions.iter().all(|id| find(id).is_some()), "{}", kind.id);
            assert!(super::super::checks::is_known(&kind.check), "{}: {}", kind.id, kind.check);
        }
    }

    #[test]
    fn files_are_known_by_name_by_path_and_by_ending() {
        for path in
            [".netrc", "home/.aws/credentials", "a.zip!b/id_rsa", "keys/Demo.P12", ".docker/config.json"]
        {
            assert!(file(path).is_some(), "{path}");
        }
        for path in ["netrc.md", "credentials", "config.json", "id_rsa.pub", "p12"] {
            assert!(file(path).is_none(), "{path}");
        }
    }
}
