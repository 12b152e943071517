//! Zips with a meaning of their own. What a zip holds is inspected; what makes it more than a zip is read where it says so.

use super::zip;
use super::{Format, Support};
use crate::detect::{Probe, Recognition, has_extension};
use crate::limits::Fault;
use crate::samples::archive::Zip;
use crate::samples::{File, one, tensor};
use crate::walk::Visit;

/// A zip with a meaning of its own.
const fn bundle(
    id: &'static str,
    title: &'static str,
    extensions: &'static [&'static str],
    support: Support,
    docs: &'static str,
    recognise: fn(&Probe<'_>) -> Recognition,
    samples: fn() -> Vec<File>,
) -> Format {
    let carries_code = !matches!(support, Support::Inspected);
    Format { id, title, extensions, support, carries_code, refines: &["zip"], docs, recognise, read, samples }
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let directory = zip::read_directory(visit)?;
    zip::embed(visit, &directory, |_| true)
}

fn has_member(probe: &Probe<'_>, name: &str) -> Recognition {
    Recognition::certain_if(zip::has_member(probe, |member| member == name))
}

/// Keras 3.
pub static KERAS: Format = bundle(
    "keras",
    "Keras archive",
    &["keras"],
    Support::Recognised,
    "A zip with `config.json` and `metadata.json`. Its members are inspected; its layers, which can carry code, are not.",
    |probe| match (has_member(probe, "config.json"), has_member(probe, "metadata.json")) {
        (Recognition::Certain, Recognition::Certain) => Recognition::Certain,
        _ => Recognition::No,
    },
    || {
        let zip = Zip::new().stored("metadata.json", b"{\"keras_version\": \"3.8.0\"}");
        one("model.keras", zip.stored("config.json", b"{\"class_name\": \"Sequential\"}").build())
    },
);

/// NumPy archives.
pub static NPZ: Format = bundle(
    "npz",
    "NumPy archive",
    &["npz"],
    Support::Inspected,
    "A zip with a member that ends in `.npy`. Every member is inspected by its content; arrays of objects are pickles.",
    |probe| Recognition::certain_if(zip::has_member(probe, |member| has_extension(member, "npy"))),
    || one("arrays.npz", Zip::new().stored("a.npy", &tensor::npy("'<f4'", "(2,)", &[0; 8])).build()),
);

/// `TorchServe`.
pub static TORCHSERVE: Format = bundle(
    "torchserve",
    "TorchServe archive",
    &["mar"],
    Support::Recognised,
    "A zip with `MAR-INF/MANIFEST.json`. Its members are inspected; the handler that it names is not.",
    |probe| has_member(probe, "MAR-INF/MANIFEST.json"),
    || one("model.mar", Zip::new().stored("MAR-INF/MANIFEST.json", b"{\"runtime\": \"python\"}").build()),
);
