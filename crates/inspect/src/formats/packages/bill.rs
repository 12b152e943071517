//! Bills of materials as lists of packages: CycloneDX, SPDX 2 and 3, and Syft's own, as JSON.

use weighbridge_domain::facts::Origin;

use super::tree::{self, Node};
use super::{Book, Entry, hash};
use crate::detect::{Probe, Recognition};
use crate::formats::{Format, Support};
use crate::limits::Fault;
use crate::samples::{one, packages};
use crate::walk::Visit;

/// A bill of materials.
pub static FORMAT: Format = Format {
    id: "bill-of-materials",
    title: "Bill of materials",
    extensions: &["cdx.json", "spdx.json"],
    support: Support::Inspected,
    carries_code: false,
    refines: &["json"],
    docs: "JSON of CycloneDX, SPDX (2.2, 2.3 and 3.0) and Syft: every component with its name, version, ecosystem by its package \
           address, and digests. Vulnerabilities, licences, model cards and relations are not read yet, and the XML and text \
           forms are not recognised.",
    recognise,
    read,
    samples: || {
        let mut files = one("demo.cdx.json", packages::CYCLONEDX);
        files.extend(one("demo.spdx.json", packages::SPDX));
        files
    },
};

fn recognise(probe: &Probe<'_>) -> Recognition {
    let has = |bytes: &[u8], text: &str| memchr::memmem::find(bytes, text.as_bytes()).is_some();
    if probe.first_character() != Some(b'{') {
        return Recognition::No;
    }
    let head = probe.body();
    let cyclone = has(head, "\"bomFormat\"") && has(head, "\"CycloneDX\"");
    let spdx = has(head, "\"spdxVersion\"") || has(head, "spdx.org/rdf/3.") && has(head, "\"@context\"");
    let syft = || has(head, "\"artifacts\"") && has(probe.tail(), "anchore/syft");
    Recognition::certain_if(cyclone || spdx || syft())
}

/// Books by ecosystem: a bill may have packages of many.
struct Bill {
    step: Book,
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let root = tree::json(visit)?;
    let mut bill = Bill { step: Book::lock("") };
    let mut waiting: Vec<&Node> = root.items_of(&["components"]).iter().rev().collect();
    while let Some(component) = waiting.pop() {
        bill.cyclone(visit, component)?;
        waiting.extend(component.items_of(&["components"]).iter().rev());
    }
    for package in root.items_of(&["packages"]) {
        bill.spdx(visit, package)?;
    }
    for element in root.items_of(&["@graph"]) {
        bill.spdx_3(visit, element)?;
    }
    if root.text_of("bomFormat").is_none() {
        for artifact in root.items_of(&["artifacts"]) {
            bill.syft(visit, artifact)?;
        }
    }
    Ok(())
}

impl Bill {
    fn add(
        &mut self,
        visit: &mut Visit<'_>,
        node: &Node,
        address: &str,
        name: &str,
        version: &str,
        hashes: Vec<String>,
    ) -> Result<(), Fault> {
        self.step.step(visit)?;
        let ecosystem = ecosystem(address);
        let mut book = Book::lock(ecosystem);
        let origin = repository(address);
        book.add(visit, node.at, Entry { name, pin: Some(version), hashes, origin, ..Entry::default() })
    }

    fn cyclone(&mut self, visit: &mut Visit<'_>, component: &Node) -> Result<(), Fault> {
        let kind = component.text_of("type").unwrap_or_default();
        if matches!(kind, "file" | "operating-system" | "data" | "device") {
            return Ok(());
        }
        let name = component.text_of("name").unwrap_or_default();
        let group = component.text_of("group").filter(|group| !group.is_empty());
        let address = component.text_of("purl").unwrap_or_default();
        let name = group.map_or_else(|| name.to_owned(), |group| format!("{group}/{name}"));
        let digests = component.items_of(&["hashes"]).iter();
        let hashes =
            digests.filter_map(|one| Some(hash(one.text_of("alg")?, one.text_of("content")?))).collect();
        let version = component.text_of("version").unwrap_or_default();
        self.add(visit, component, address, &name, version, hashes)
    }

    fn spdx(&mut self, visit: &mut Visit<'_>, package: &Node) -> Result<(), Fault> {
        let Some(name) = package.text_of("name") else { return Ok(()) };
        let references = package.items_of(&["externalRefs"]).iter();
        let address = references
            .filter(|one| one.text_of("referenceType") == Some("purl"))
            .find_map(|one| one.text_of("referenceLocator"));
        let sums = package.items_of(&["checksums"]).iter();
        let hashes = sums
            .filter_map(|one| Some(hash(one.text_of("algorithm")?, one.text_of("checksumValue")?)))
            .collect();
        let version = package.text_of("versionInfo").unwrap_or_default();
        self.add(visit, package, address.unwrap_or_default(), name, version, hashes)
    }

    fn spdx_3(&mut self, visit: &mut Visit<'_>, element: &Node) -> Result<(), Fault> {
        let kind = element.text_of("type").or_else(|| element.text_of("@type")).unwrap_or_default();
        let is_package = ["software_Package", "ai_AIPackage", "dataset_DatasetPackage"];
        let Some(name) = element.text_of("name").filter(|_| is_package.contains(&kind)) else {
            return Ok(());
        };
        let identifiers = element.items_of(&["externalIdentifier"]).iter();
        let address = element.text_of("software_packageUrl").or_else(|| {
            identifiers
                .filter(|one| one.text_of("externalIdentifierType") == Some("packageUrl"))
                .find_map(|one| one.text_of("identifier"))
        });
        let sums = element.items_of(&["verifiedUsing"]).iter();
        let hashes =
            sums.filter_map(|one| Some(hash(one.text_of("algorithm")?, one.text_of("hashValue")?))).collect();
        let version = element.text_of("software_packageVersion").unwrap_or_default();
        self.add(visit, element, address.unwrap_or_default(), name, version, hashes)
    }

    fn syft(&mut self, visit: &mut Visit<'_>, artifact: &Node) -> Result<(), Fault> {
        let Some(name) = artifact.text_of("name") else { return Ok(()) };
        let address = artifact.text_of("purl").unwrap_or_default();
        let version = artifact.text_of("version").unwrap_or_default();
        self.add(visit, artifact, address, name, version, Vec::new())
    }
}

/// Ecosystems of package addresses that have another name here, or the same.
const ECOSYSTEMS: [&str; 18] = [
    "apk",
    "cargo",
    "composer",
    "conan",
    "conda",
    "cran",
    "deb",
    "docker",
    "gem",
    "generic",
    "github",
    "golang",
    "huggingface",
    "maven",
    "mlflow",
    "npm",
    "nuget",
    "oci",
];

/// Whose package an address is: `pkg:pypi/name@1`.
fn ecosystem(address: &str) -> &'static str {
    let kind = address.strip_prefix("pkg:").and_then(|rest| rest.split('/').find(|part| !part.is_empty()));
    let kind = kind.unwrap_or_default().to_ascii_lowercase();
    match kind.as_str() {
        "pypi" => "pypi",
        "rpm" => "rpm",
        "" => "unknown",
        kind => ECOSYSTEMS.iter().find(|known| **known == kind).copied().unwrap_or("other"),
    }
}

/// Where it was taken from, when its address says that it was no index.
fn repository(address: &str) -> Option<Origin> {
    let (_, qualifiers) = address.split_once('?')?;
    let value = |key: &str| {
        let pairs = qualifiers.split('#').next().unwrap_or_default().split('&');
        pairs
            .filter_map(|pair| pair.split_once('='))
            .find(|(name, _)| *name == key)
            .map(|(_, value)| decoded(value))
    };
    if let Some(url) = value("vcs_url") {
        return Some(super::origin(&url).0);
    }
    value("download_url").map(|url| super::origin(&url).0)
}

/// Text without percent encoding.
fn decoded(text: &str) -> String {
    text.replace("%3A", ":")
        .replace("%3a", ":")
        .replace("%2F", "/")
        .replace("%2f", "/")
        .replace("%40", "@")
        .replace("%2B", "+")
}
