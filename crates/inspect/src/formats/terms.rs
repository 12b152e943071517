//! Statements of terms beside the texts themselves: in headers of weights, in manifests, in lines of source text, and by
//! the names of base models.

use serde::Deserialize;
use weighbridge_domain::facts::{Licence, LicenceSource, What};

use crate::detect::Probe;
use crate::facts::Facts;
use crate::licence::texts::{Kind, licences};
use crate::licence::{named, of_base_model, of_expression};
use crate::text;
use crate::walk::Visit;

/// Characters kept of what is stated.
const STATED: usize = 200;

/// Statements noted of one reading.
const MOST: usize = 64;

/// A name longer than this is a text.
const LONGEST_NAME: usize = 300;

/// Notes what a key of a header says about terms or base models. A text is only compared with others when the caller has
/// not asked for that too often.
pub(super) fn metadata(visit: &mut Visit<'_>, at: u64, key: &str, value: &str, texts: &mut u64) {
    /// Texts of licences compared for one file.
    const MOST_TEXTS: u64 = 4;
    let key = key.to_ascii_lowercase();
    let last = key.rsplit('.').next().unwrap_or_default();
    let base = key.strip_prefix("general.base_model.").is_some() && matches!(last, "name" | "repo_url");
    if base || key == "base_model" {
        return base_model(visit, at, value);
    }
    let is_terms = matches!(
        &*key,
        "general.license"
            | "general.license.name"
            | "licence"
            | "license"
            | "license_name"
            | "modelspec.license"
    );
    if !is_terms || value.trim().is_empty() {
        return;
    }
    if value.len() > LONGEST_NAME {
        *texts = texts.saturating_add(1);
        if *texts <= MOST_TEXTS {
            for licence in licences(value, Kind::Terms) {
                visit.fact(at, What::Licence(Licence { source: LicenceSource::Metadata, ..licence }));
            }
        }
        return;
    }
    stated(visit, at, LicenceSource::Metadata, value);
}

/// Notes terms by their name.
pub(super) fn stated(visit: &mut Visit<'_>, at: u64, source: LicenceSource, value: &str) {
    for licence in of_name(source, value) {
        visit.fact(at, What::Licence(licence));
    }
}

/// Notes a base model.
pub(super) fn base_model(visit: &mut Visit<'_>, at: u64, name: &str) {
    if !name.trim().is_empty() {
        visit.fact(at, What::Licence(of_model(name)));
    }
}

/// Notes a base model when its terms are known.
pub(super) fn known_base_model(visit: &mut Visit<'_>, at: u64, name: &str) {
    let licence = of_model(name);
    if licence.id.is_some() {
        visit.fact(at, What::Licence(licence));
    }
}

fn of_model(name: &str) -> Licence {
    let id = of_base_model(&name.trim().replace(' ', "-")).map(str::to_owned);
    Licence {
        source: LicenceSource::BaseModel,
        id,
        stated: text::shown(name.trim(), STATED),
        likeness: None,
        nearest: None,
        withholds: None,
    }
}

/// The licences of a name or expression.
pub(super) fn of_name(source: LicenceSource, value: &str) -> Vec<Licence> {
    let stated = text::shown(value.trim(), STATED);
    let one = |id: Option<String>| Licence {
        source,
        id,
        stated: stated.clone(),
        likeness: None,
        nearest: None,
        withholds: None,
    };
    if let Some(id) = named(value) {
        return vec![one(Some(id.into_owned()))];
    }
    let mut found: Vec<Licence> = of_expression(value)
        .into_iter()
        .take(MOST)
        .map(|(_, id)| one(id.map(std::borrow::Cow::into_owned)))
        .collect();
    if found.is_empty() {
        found.push(one(None));
    }
    found
}

/// Bytes in which a line about a licence is looked for.
const HEAD: usize = 8 << 10;

/// Notes a line that names a licence in text of any kind, and what manifests of packages say.
pub(crate) fn note(facts: &mut Facts, reading: usize, probe: &Probe<'_>) {
    const MARK: &[u8] = b"SPDX-License-Identifier:";
    let head = probe.head.get(..HEAD).unwrap_or(&probe.head);
    if let Some(at) = memchr::memmem::find(head, MARK)
        && probe.is_text()
    {
        let line = head.get(at.saturating_add(MARK.len())..).unwrap_or_default();
        let line = line.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
        let value = text::kept(line, STATED);
        let value = value.trim().trim_end_matches(['*', '/', '-', '>', '#', '"', '\'', ' ']);
        if !value.is_empty() {
            push(facts, reading, at as u64, value);
        }
    }
    if let Some(value) = manifest(probe) {
        push(facts, reading, 0, &value);
    }
}

fn push(facts: &mut Facts, reading: usize, at: u64, value: &str) {
    for licence in of_name(LicenceSource::Manifest, value) {
        facts.push_to(reading, Some(at), What::Licence(licence));
    }
}

/// What a manifest that is short enough to be read at once says of its licence.
fn manifest(probe: &Probe<'_>) -> Option<String> {
    let known =
        matches!(&*probe.name, "pyproject.toml" | "cargo.toml" | "package.json" | "metadata" | "pkg-info");
    if !known || !probe.is_only_text() {
        return None;
    }
    let source = std::str::from_utf8(&probe.head).ok()?;
    match &*probe.name {
        "pyproject.toml" => toml::from_str::<Pyproject>(source).ok()?.project?.license?.name(),
        "cargo.toml" => toml::from_str::<Cargo>(source).ok()?.package?.license?.name(),
        "package.json" => serde_json::from_str::<Package>(source).ok()?.license?.name(),
        _ => {
            let header = source.split("\n\n").next().unwrap_or_default();
            let value = |key: &str| header.lines().find_map(|line| line.strip_prefix(key));
            let value = value("License-Expression: ").or_else(|| value("License: "))?.trim();
            (!value.is_empty() && !value.eq_ignore_ascii_case("unknown")).then(|| value.to_owned())
        }
    }
}

#[derive(Deserialize)]
struct Pyproject {
    project: Option<Package>,
}

#[derive(Deserialize)]
struct Cargo {
    package: Option<Package>,
}

#[derive(Deserialize)]
struct Package {
    license: Option<Stated>,
}

/// A licence in a manifest: its name, or a table about it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Stated {
    Name(String),
    Text { text: String },
    Type { r#type: String },
    Other(serde::de::IgnoredAny),
}

impl Stated {
    fn name(self) -> Option<String> {
        match self {
            Self::Name(name) | Self::Text { text: name } | Self::Type { r#type: name } => {
                (name.len() <= LONGEST_NAME && !name.trim().is_empty()).then_some(name)
            }
            Self::Other(_) => None,
        }
    }
}
