//! Zips with a meaning of their own. What a zip holds is inspected; what makes it more than a zip is read where it says so.

use weighbridge_domain::facts::What;

use super::{Format, Support, java, zip};
use crate::detect::{Probe, Recognition, has_extension};
use crate::input::Input;
use crate::limits::Fault;
use crate::samples::archive::Zip;
use crate::samples::{File, one, program, tensor};
use crate::text;
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
        let mut directory = zip::read_directory(visit)?;
        // Members may share bytes, which are read once for each.
        let mut allowed = visit.input.len().saturating_mul(4);
        for member in &directory.members {
            visit.budget.tick()?;
            let is_class = has_extension(&member.name, "class");
            let wanted = is_class || member.name == "META-INF/MANIFEST.MF";
            if wanted && member.packed > allowed {
                visit.incomplete("its classes overlap so often that some were not read");
                break;
            }
            allowed = allowed.saturating_sub(if wanted { member.packed } else { 0 });
            let Some(content) = wanted.then(|| zip::open(visit, member)).transpose()?.flatten() else {
                continue;
            };
            let told = if is_class { java::tell(visit, &content, false) } else { manifest(visit, &content) };
            if let Err(fault) = told {
                visit.incomplete(format!("`{}`: {fault}", text::shown(&member.name, 120)));
            }
        }
        directory.members.retain(|member| !has_extension(&member.name, "class"));
        zip::embed(visit, &directory, |_| true)
    },
    ..bundle(
        "java-archive",
        "Java archive",
        &["jar", "war", "ear"],
        Support::Recognised,
        "A zip with `META-INF/MANIFEST.MF` and classes. What its classes call is told as of any Java class, and what the \
         manifest says is started; other members are inspected.",
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

/// Lines of a manifest that say what is started, and from where more is loaded.
#[rustfmt::skip]
const STARTED: [&str; 5] = ["Agent-Class", "Class-Path", "Launcher-Agent-Class", "Main-Class", "Premain-Class"];

/// Tells what the manifest of an archive says is started.
fn manifest(visit: &mut Visit<'_>, content: &Input) -> Result<(), Fault> {
    let bytes = content.read(0, 64 << 10)?;
    let lines = String::from_utf8_lossy(&bytes).replace("\r\n", "\n").replace("\n ", "");
    for line in lines.lines() {
        if let Some((key, value)) = line.split_once(": ")
            && STARTED.contains(&key)
        {
            let (key, value) = (format!("manifest.{key}"), text::kept(value.trim().as_bytes(), 300));
            visit.fact(0, What::Metadata { key, value });
        }
    }
    Ok(())
}

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
