//! Zips with a meaning of their own. What a zip holds is inspected; what makes it more than a zip is read where it says so.

use super::zip;
use super::{Format, Support};
use crate::detect::{Probe, Recognition, has_extension};
use crate::limits::Fault;
use crate::samples::archive::Zip;
use crate::samples::{File, one, program, tensor};
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

/// Archives of Java classes.
pub static JAVA_ARCHIVE: Format = Format {
    read: |visit| {
        let directory = zip::read_directory(visit)?;
        zip::embed(visit, &directory, |member| !has_extension(&member.name, "class"))
    },
    ..bundle(
        "java-archive",
        "Java archive",
        &["jar", "war", "ear"],
        Support::Recognised,
        "A zip with `META-INF/MANIFEST.MF` and classes. Its classes are not looked at one by one; other members are \
         inspected.",
        |probe| match (
            has_member(probe, "META-INF/MANIFEST.MF"),
            zip::has_member(probe, |member| has_extension(member, "class")),
        ) {
            (Recognition::Certain, true) => Recognition::Certain,
            _ => Recognition::No,
        },
        || {
            let zip = Zip::new().stored("META-INF/MANIFEST.MF", b"Manifest-Version: 1.0\n");
            one("tool.jar", zip.stored("Main.class", &program::java_class()).build())
        },
    )
};

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
