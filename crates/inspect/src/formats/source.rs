//! Source text: what interpreters, compilers, browsers and build tools run. Recognised by name, since text has no magic.

use super::{Format, Support};
use crate::detect::{Probe, Recognition};
use crate::samples;

/// Python source.
pub static PYTHON: Format = Format {
    id: "python",
    title: "Python source",
    extensions: &["py", "pyi", "pyw", "pyx"],
    support: Support::Recognised,
    carries_code: true,
    refines: &[],
    docs: "Recognised by its name. Repositories with custom code run it when a loader is told to trust them.",
    recognise: |probe| text_named(probe, &["py", "pyi", "pyw", "pyx"]),
    read: |_| Ok(()),
    samples: || samples::one("modeling_demo.py", "import math\n"),
};

/// Source text in other languages.
pub static SOURCE: Format = Format {
    id: "source",
    title: "Source text",
    extensions: ENDINGS,
    support: Support::Recognised,
    carries_code: true,
    refines: &[],
    docs: "Programs, pages, and files that steer builds in other languages, recognised by their names.",
    recognise: |probe| {
        let whole = matches!(
            probe.name.as_str(),
            "dockerfile" | "containerfile" | "makefile" | "modelfile" | ".envrc"
        );
        if whole && probe.is_text() { Recognition::Guess } else { text_named(probe, ENDINGS) }
    },
    read: |_| Ok(()),
    samples: || samples::one("kernel.cu", "__global__ void demo() {}\n"),
};

const ENDINGS: &[&str] = &[
    "bat", "c", "cc", "cfg", "cmd", "cpp", "cu", "cuh", "desktop", "go", "h", "hpp", "hta", "htm", "html",
    "ini", "java", "jl", "js", "lua", "mjs", "php", "pl", "ps1", "r", "rb", "rs", "svg", "toml", "ts", "vbs",
    "xml",
];

fn text_named(probe: &Probe<'_>, endings: &[&str]) -> Recognition {
    Recognition::guess_if(probe.ends_with(endings) && probe.is_text())
}
