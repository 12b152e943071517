//! The table itself: `known/licences.json`, as read.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use weighbridge_domain::Confidence;

/// Facts about licences, with what they rest on.
#[derive(Debug, Deserialize)]
pub struct Table {
    /// The day the facts were put together.
    pub as_of: String,
    /// One row a licence.
    pub licences: Vec<Row>,
}

/// What one licence says.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Row {
    /// Our id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Of what kind it is.
    pub class: Class,
    /// Its id on the SPDX list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spdx: Option<String>,
    /// Values of the hub's field `license`.
    #[serde(default, skip_serializing)]
    pub hf: Vec<String>,
    /// Values of the hub's field `license_name`.
    #[serde(default, skip_serializing)]
    pub hf_license_name: Vec<String>,
    /// Use that earns money.
    pub commercial: Grant,
    /// Running it for others.
    pub hosted: Grant,
    /// Making models from it.
    pub derivatives: Grant,
    /// Passing it on.
    pub redistribution: Grant,
    /// Duties when it is passed on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribution: Option<String>,
    /// Words that a model made from it, or a product, must show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub naming: Option<String>,
    /// Numbers from which other terms hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub threshold: Vec<Threshold>,
    /// Uses that are barred, or the only ones that are allowed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub field_of_use: Vec<String>,
    /// Limits on what is done with outputs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outputs: Option<String>,
    /// Whether outputs may train other models.
    pub training: Training,
    /// What it asks of works made from it.
    pub copyleft: Copyleft,
    /// Places that are left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub territory: Option<Territory>,
    /// A policy of acceptable use that is a part of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aup: Option<String>,
    /// The licensor may end or narrow it although nobody broke it.
    #[serde(default)]
    pub revocable: Option<bool>,
    /// It ends for whoever sues over the model.
    #[serde(default)]
    pub litigation: Option<bool>,
    /// What else matters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
    /// How sure the row is.
    pub confidence: Confidence,
    /// What it rests on.
    pub source: String,
}

/// Kinds of licences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Approved by the Open Source Initiative.
    Osi,
    /// On the SPDX list, and not approved.
    SpdxNotOsi,
    /// No text, but a family of them.
    Family,
    /// Written for models by those who publish them.
    Custom,
}

/// Whether something is granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grant {
    /// It is.
    Yes,
    /// It is not.
    No,
    /// To some, or up to a point.
    Limited,
    /// As long as the result is not passed on.
    PrivateOnly,
    /// That cannot be said.
    Unclear,
}

impl Grant {
    /// The word in the table.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Limited => "limited",
            Self::PrivateOnly => "private only",
            Self::Unclear => "unclear",
        }
    }
}

/// Whether outputs may train other models.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Training {
    /// They may.
    Yes,
    /// They may not.
    No,
    /// What comes of it is under these terms, too.
    AsDerivative,
    /// What comes of it shows a name.
    Named,
    /// For the same purposes as the model itself.
    SamePurpose,
    /// That cannot be said.
    Unclear,
}

impl Training {
    /// The words in the table.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::AsDerivative => "as a derivative",
            Self::Named => "with the name",
            Self::SamePurpose => "same purposes",
            Self::Unclear => "unclear",
        }
    }
}

/// What is asked of works made from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Copyleft {
    /// Nothing.
    None,
    /// The same terms for the files themselves.
    File,
    /// The same terms for the part itself.
    Weak,
    /// The same terms for the whole.
    Strong,
    /// The same, also when it is only offered over a network.
    Network,
    /// The same restrictions of use, under whatever terms.
    UseRestrictionsPassThrough,
    /// That cannot be said.
    Unclear,
}

/// A number from which other terms hold.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Threshold {
    /// What is counted.
    pub metric: String,
    /// The number.
    pub limit: u64,
    /// `more_than` or `at_least`.
    pub comparison: String,
    /// When it is counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// What holds then.
    pub effect: String,
}

impl Threshold {
    /// The number and what is counted, for people.
    pub fn shown(&self) -> String {
        let comparison = if self.comparison == "at_least" { "at least" } else { "more than" };
        let metric = match self.metric.as_str() {
            "monthly_active_users" => "monthly active users",
            "annual_revenue_usd" => "US dollars of yearly revenue",
            "monthly_revenue_usd" => "US dollars of monthly revenue",
            other => other,
        };
        format!("{comparison} {} {metric}", crate::text::grouped(self.limit))
    }
}

/// Places that are left out.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Territory {
    /// `EU` or the code of a country.
    pub excluded: Vec<String>,
    /// What is left out there.
    pub scope: String,
}

const TEXT: &str = include_str!("../known/licences.json");

/// What the rows rest on: a word, and what it stands for.
pub const SOURCES: [(&str, &str); 4] = [
    ("spdx", "a licence of the SPDX list: its text, and the flags of the list"),
    ("scancode", "the text under this key of the ScanCode LicenseDB"),
    ("hub", "the Hugging Face hub's list of licences for cards"),
    ("stated", "what its publisher and others say of it; the text was not read"),
];

/// The table.
pub fn table() -> &'static Table {
    static TABLE: LazyLock<Table> = LazyLock::new(|| {
        serde_json::from_str(TEXT).unwrap_or(Table { as_of: String::new(), licences: Vec::new() })
    });
    &TABLE
}
