//! RAR: recognised, not read. No open implementation of its decompression exists that we could use.

use super::{Format, Support};
use crate::detect::Recognition;
use crate::samples;

/// RAR.
pub static FORMAT: Format = Format {
    id: "rar",
    title: "RAR",
    extensions: &["rar"],
    support: Support::Recognised,
    carries_code: false,
    refines: &[],
    docs: "Recognised by its signature (versions 1.5 to 5). Its members are not listed and not inspected.",
    recognise: |probe| {
        Recognition::certain_if(probe.starts(b"Rar!\x1a\x07\0") || probe.starts(b"Rar!\x1a\x07\x01\0"))
    },
    read: |_| Ok(()),
    samples: || {
        samples::one(
            "notes.rar",
            b"Rar!\x1a\x07\x01\0\x33\x92\xb5\xe5\x0a\x01\x05\x06\0\x05\x01\x01\x80\x80\0",
        )
    },
};
