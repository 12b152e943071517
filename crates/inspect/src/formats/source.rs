//! Source text: what interpreters, compilers, browsers and build tools run. Recognised by name, since text has no magic.

use super::{Format, Support};
use crate::detect::{Probe, Recognition};
use crate::samples;

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
    "applescript", "awk", "bat", "bzl", "c", "cc", "cfg", "cl", "cmake", "cmd", "cpp", "cs", "csh", "cts", "cu",
    "cuh", "cxx", "erl", "ex", "exs", "fish", "go", "gradle", "groovy", "h", "hip", "hpp", "hs", "inf", "ini", "java", "jl", "jse", "jsx", "kt", "kts", "lua", "m", "mm", "mts", "nix", "php", "pl", "plist", "pm", "proto", "ps1", "psd1", "psm1", "pxd", "pyx", "r", "rb", "reg", "rs", "scala",
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
