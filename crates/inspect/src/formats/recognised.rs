//! Formats that are told apart but not read yet: a report lists such files as not inspected.

use super::{Format, Support};
use crate::detect::{Probe, Recognition};
use crate::samples;

/// A format that is recognised and not read.
const fn recognised(
    id: &'static str,
    title: &'static str,
    extensions: &'static [&'static str],
    carries_code: bool,
    docs: &'static str,
    recognise: fn(&Probe<'_>) -> Recognition,
    samples: fn() -> Vec<samples::File>,
) -> Format {
    Format {
        id,
        title,
        extensions,
        support: Support::Recognised,
        carries_code,
        refines: &[],
        docs,
        recognise,
        read: |_| Ok(()),
        samples,
    }
}

/// Arrow IPC files.
pub static ARROW: Format = recognised(
    "arrow",
    "Arrow table",
    &["arrow", "feather"],
    false,
    "Recognised by its magic.",
    |probe| Recognition::certain_if(probe.starts(b"ARROW1\0\0")),
    || samples::one("table.arrow", b"ARROW1\0\0"),
);

/// HDF5, and so Keras `.h5`.
pub static HDF5: Format = recognised(
    "hdf5",
    "HDF5",
    &["h5", "hdf5", "hdf"],
    true,
    "Recognised by its signature at offset 0, 512, 1024 or 2048. A Keras model in it can carry code.",
    |probe| {
        let found = [0, 512, 1024, 2048].iter().any(|at| probe.has_at(*at, b"\x89HDF\r\n\x1a\n"));
        Recognition::certain_if(found)
    },
    || samples::one("weights.h5", b"\x89HDF\r\n\x1a\n\0\0\0\0"),
);

/// Parquet tables.
pub static PARQUET: Format = recognised(
    "parquet",
    "Parquet table",
    &["parquet"],
    false,
    "Recognised by its magic at both ends.",
    |probe| Recognition::certain_if(probe.starts(b"PAR1") && probe.tail().ends_with(b"PAR1")),
    || samples::one("table.parquet", b"PAR1\0\0\0\0PAR1"),
);

/// PDF documents.
pub static PDF: Format = recognised(
    "pdf",
    "PDF document",
    &["pdf"],
    true,
    "Recognised by its magic. It may carry scripts for its viewer.",
    |probe| Recognition::certain_if(probe.starts(b"%PDF-")),
    || samples::one("paper.pdf", "%PDF-1.4\n%%EOF\n"),
);

/// `SQLite` databases.
pub static SQLITE: Format = recognised(
    "sqlite",
    "SQLite database",
    &["sqlite", "sqlite3", "db"],
    false,
    "Recognised by its magic.",
    |probe| Recognition::certain_if(probe.starts(b"SQLite format 3\0")),
    || samples::one("index.sqlite", b"SQLite format 3\0"),
);

/// TensorFlow graphs.
pub static TENSORFLOW: Format = recognised(
    "tensorflow",
    "TensorFlow graph",
    &["pb"],
    true,
    "Protobuf has no magic: recognised by its name. Operators can read and write files.",
    |probe| {
        Recognition::guess_if(probe.ends_with(&["pb"]) && matches!(probe.head.first(), Some(0x08 | 0x0a)))
    },
    || samples::one("saved_model.pb", b"\x08\x01\x12\x00"),
);

/// TensorFlow Lite.
pub static TFLITE: Format = recognised(
    "tflite",
    "TensorFlow Lite",
    &["tflite"],
    true,
    "Recognised by its file identifier. Custom operators run native code.",
    |probe| Recognition::certain_if(probe.has_at(4, b"TFL3")),
    || samples::one("model.tflite", b"\x1c\0\0\0TFL3\0\0\0\0"),
);
