//! Software packages as components.

use weighbridge_domain::bill::Part;
use weighbridge_domain::purl::purl;

use super::model::{Component, Hash};
use super::property;

/// Digests listed of one package.
const MOST_HASHES: usize = 100;

/// The packages, each once.
pub(super) fn packages(parts: &[Part]) -> Vec<Component> {
    parts.iter().map(package).collect()
}

fn package(part: &Part) -> Component {
    let package = &part.package;
    let (kind, name, version) = (package.ecosystem, &package.name, package.pin.clone());
    let mut hashes: Vec<Hash> = package.hashes.iter().filter_map(|hash| digest(hash)).collect();
    let mut properties = vec![property("ecosystem", kind)];
    for (place, constraint) in &part.places {
        let asked = if constraint.is_empty() { "any version" } else { constraint };
        properties.push(property("asked-for", format!("{place}: {asked}")));
    }
    if !package.group.is_empty() {
        properties.push(property("group", &package.group));
    }
    if let Some(origin) = part.origin() {
        properties.push(property("origin", origin));
    }
    properties.push(property("locked", package.locked.to_string()));
    if package.hashes.len() != 1 || hashes.is_empty() {
        // Any of them will do: they are of several files.
        hashes.clear();
        let shown = crate::some(&package.hashes, MOST_HASHES, Clone::clone);
        properties.extend(shown.iter().map(|hash| property("hash", hash.as_str())));
    }
    let pin = version.as_ref().map_or_else(String::new, |version| format!("@{version}"));
    Component {
        kind: "library",
        bom_ref: Some(format!("package:{kind}/{}{pin}", name.to_lowercase())),
        name: name.clone(),
        purl: purl(kind, name, version.as_deref()),
        version,
        hashes,
        properties,
        ..Component::default()
    }
}

/// `sha256:…` with as many digits as it must have.
fn digest(text: &str) -> Option<Hash> {
    const KINDS: [(&str, &str, usize); 5] = [
        ("md5", "MD5", 32),
        ("sha1", "SHA-1", 40),
        ("sha256", "SHA-256", 64),
        ("sha384", "SHA-384", 96),
        ("sha512", "SHA-512", 128),
    ];
    let (name, content) = text.split_once(':')?;
    let (_, alg, digits) = KINDS.into_iter().find(|(known, ..)| known.eq_ignore_ascii_case(name))?;
    let fits = content.len() == digits && content.bytes().all(|byte| byte.is_ascii_hexdigit());
    fits.then(|| Hash { alg, content: content.to_lowercase() })
}
