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
        let name = probe.name.as_str();
        if NAMES.contains(&name) && probe.is_text() { Recognition::Guess } else { text_named(probe, ENDINGS) }
    },
    read: |_| Ok(()),
    samples: || samples::one("kernel.cu", "__global__ void demo() {}\n"),
};

#[rustfmt::skip]
const ENDINGS: &[&str] = &[
    "applescript", "awk", "bat", "bzl", "c", "cc", "cfg", "cjs", "cl", "cmake", "cmd", "cpp", "cs", "csh", "cts", "cu",
    "cuh", "cxx", "erl", "ex", "exs", "fish", "go", "gradle", "groovy", "h", "hip", "hpp", "hs",
    "hta", "htm", "html", "inf", "ini", "java", "jl", "js", "jse", "jsx", "kt", "kts", "lua", "m", "mjs",
    "mm", "mts", "nix", "php", "pl", "plist", "pm", "proto", "ps1", "psd1", "psm1", "pxd", "r", "rb", "reg", "rs", "scala",
    "scpt", "sql", "svg", "swift", "tcl", "toml", "ts", "tsx", "vb", "vbe", "vbs", "vue", "wsf", "wsh",
    "xml", "zig",
];

/// Names without an ending, or with one of ordinary text, under which programs look for what they run.
#[rustfmt::skip]
const NAMES: &[&str] = &[
    ".npmrc", "build.bazel", "cmakelists.txt", "gemfile", "jenkinsfile", "justfile", "procfile", "rakefile", "vagrantfile",
];

fn text_named(probe: &Probe<'_>, endings: &[&str]) -> Recognition {
    Recognition::guess_if(probe.ends_with(endings) && probe.is_text())
}
