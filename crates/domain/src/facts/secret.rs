//! Facts about what should not travel with a model: secrets, and addresses that text names. Never the secret itself.

use serde::Serialize;

/// How a secret or an address was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// As it is.
    Plain,
    /// In base64.
    Base64,
    /// In escapes of characters.
    Escapes,
    /// In UTF-16.
    Utf16,
}

/// Something that opens a door, described without giving it away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Secret {
    /// Id of its kind in the table of kinds.
    pub kind: &'static str,
    /// What everybody may see of it: the beginning that all secrets of the kind share, and the last two characters.
    pub masked: String,
    /// Keyed digest of the secret, when a key was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// Its length in bytes.
    pub length: u64,
    /// Whether its checksum fits, when its kind has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checksum: Option<bool>,
    /// How it was written.
    pub encoding: Encoding,
}

/// What an address is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AddressKind {
    /// An address with a scheme.
    Url,
    /// A number of the internet protocol.
    Ip,
    /// The name of a host.
    Host,
    /// Where money is sent to.
    Wallet,
    /// A folder that another machine shares.
    Unc,
}

/// What stands out about an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AddressClass {
    /// Nothing.
    Ordinary,
    /// A number instead of a name.
    Raw,
    /// A port that is not the ordinary one of its scheme, on a host that has a public number.
    Port,
    /// A service that shows its user what others send to it.
    Capture,
    /// A service that lends a name to a machine behind a router, or keeps any text for anybody.
    Tunnel,
    /// A service that gives names to addresses that change.
    Dynamic,
    /// A service of the Tor network.
    Onion,
    /// Where a cloud tells a machine its credentials.
    CloudMetadata,
    /// A file of the machine, or of one that it mounts.
    File,
}

/// Where text names an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AddressContext {
    /// In program text that an interpreter runs.
    Code,
    /// In settings, and in what a model says of itself.
    Settings,
    /// In text for people: cards, notes, remarks in programs.
    Prose,
}

/// An address that text names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Address {
    /// What it is of.
    pub kind: AddressKind,
    /// What stands out about it.
    pub class: AddressClass,
    /// The address as written, bounded, without user and password.
    pub value: String,
    /// Where it is named.
    pub context: AddressContext,
}
