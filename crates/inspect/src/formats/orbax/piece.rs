//! Pieces of zarr arrays, as files of their own.

use crate::detect::{Probe, Recognition};
use crate::formats::codec::Decoder;
use crate::formats::{Format, Support, streams};
use crate::limits::Fault;
use crate::samples::{archive, one};
use crate::walk::Visit;

/// Pieces of arrays.
pub static FORMAT: Format = Format {
    id: "zarr-piece",
    title: "Piece of a zarr array",
    extensions: &[],
    support: Support::Recognised,
    carries_code: false,
    refines: &["zstd"],
    docs: "A zstd frame under the name of a place in a grid, such as `0.0` or `c/0/0`. Elements that are a program, an archive or \
           a pickle are inspected as a file of their own. An index may stand behind the frame. Pieces in other compressions \
           are read as what they are.",
    recognise: |probe: &Probe<'_>| {
        let place = probe
            .name
            .split('.')
            .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
        Recognition::certain_if((place || probe.name == "c") && probe.starts(b"\x28\xb5\x2f\xfd"))
    },
    read,
    samples: || one("params.kernel/0.0", archive::zstd(&[7; 64])),
};

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let memory = visit.budget.limits().memory;
    let (content, error) = visit.expand(Decoder::zstd(streams::source(&visit.input, 0), memory))?;
    if let Some(error) = error {
        return Err(Fault::Unparsable(format!("it could not be expanded: {error}")));
    }
    streams::embed_if_known(visit, "elements", content)?;
    Ok(())
}
