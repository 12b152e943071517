//! safetensors: a JSON header that names tensors, then their bytes.
//! Specification: the format section of the safetensors project's README.

use super::{Format, Support};
use crate::detect::{Probe, Recognition};
use crate::samples;

/// safetensors.
pub static FORMAT: Format = Format {
    id: "safetensors",
    title: "safetensors",
    extensions: &["safetensors"],
    support: Support::Recognised,
    carries_code: false,
    refines: &[],
    docs: "Recognised by its header.",
    recognise,
    read: |_| Ok(()),
    samples: || {
        samples::one(
            "model.safetensors",
            samples::safetensors(r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 8),
        )
    },
};

/// The longest header that the reference reader accepts.
const HEADER_LIMIT: u64 = 100_000_000;

fn recognise(probe: &Probe<'_>) -> Recognition {
    let length = probe.head.first_chunk().map(|bytes| u64::from_le_bytes(*bytes));
    let plausible = length.is_some_and(|length| length <= HEADER_LIMIT.max(probe.input.len()));
    Recognition::certain_if(plausible && probe.has_at(8, b"{"))
}
