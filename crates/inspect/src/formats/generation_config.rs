//! `generation_config.json`: how a model writes, and sometimes whose code does it.

use super::json::{self, Scope};
use super::{Format, Support};
use crate::samples::{self, config};

/// `generation_config.json`.
pub static FORMAT: Format = Format {
    id: "generation-config",
    title: "Generation settings",
    extensions: &[],
    support: Support::Inspected,
    carries_code: false,
    refines: &["json"],
    docs: "`generation_config.json`, read like other JSON.",
    recognise: |probe| json::is_named(probe, &["generation_config.json"]),
    read: |visit| json::read(visit, Scope::Any),
    samples: || samples::one("generation_config.json", config::GENERATION),
};
