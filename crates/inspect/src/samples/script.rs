//! Scripts and pages as demonstrations of models in a browser have them, and lines that act with arguments that do nothing.

use super::archive::Zip;
use super::{File, one, program};

/// Ordinary scripts.
pub fn ordinary() -> Vec<File> {
    let mut files = one("index.js", DEMO);
    files.extend(one("vendor.min.js", MINIFIED));
    files
}

/// A demonstration that asks its server for a file, and is built by usual tools.
pub fn demonstration() -> Vec<File> {
    let mut files =
        one("index.js", format!("{DEMO}const vocabulary = await (await fetch(\"./vocab.json\")).json();\n"));
    files.extend(one("vite.config.mjs", BUILD));
    files.extend(one("loader.js", "var f = Function('return this')(), g = eval(\"1\");\nmodule.exports = (a) => new Function('x', a);\n"));
    files.extend(pages());
    files
}

/// Ordinary pages.
pub fn pages() -> Vec<File> {
    one("index.html", PAGE)
}

/// A script with these lines at its top.
pub fn script(lines: &str) -> Vec<File> {
    one("demo.js", format!("{lines}\n"))
}

/// A script with these lines in a function that nothing calls.
pub fn function(lines: &str) -> Vec<File> {
    script(&format!("export function demonstrate(x) {{\n  {lines}\n}}"))
}

/// A page with a script.
pub fn page(lines: &str) -> Vec<File> {
    one(
        "demo.html",
        format!("<!DOCTYPE html>\n<html><body><p>eval(a)</p>\n<script>\n{lines}\n</script></body></html>\n"),
    )
}

/// An archive with a class whose method calls another.
pub fn archive(own: &str, called: (&str, &str, &str)) -> Vec<File> {
    let manifest = b"Manifest-Version: 1.0\r\nMain-Class: demo.Main\r\n";
    let zip = Zip::new().stored("META-INF/MANIFEST.MF", manifest);
    one("demo.jar", zip.stored("demo/Main.class", &program::java_calling(own, called)).build())
}

/// So many names as tools write them that make scripts unreadable.
pub fn obscured(count: u32) -> String {
    (0..count).map(|number| format!("const _0x{:04x} = {number};\n", 0x3a10 + number)).collect()
}

const DEMO: &str = r#"import { pipeline, env } from "https://cdn.jsdelivr.net/npm/@huggingface/transformers@3.0.0";

// Runs in the browser: no eval("…"), no server.
env.allowLocalModels = false;
const status = document.getElementById("status");
const words = /["'`]eval\(/g;

async function answer(text) {
  const model = await pipeline("text-classification", "demo/model", { dtype: "q8" });
  const [{ label, score }] = await model(text.replace(words, ""));
  return `${label}: ${(score * 100).toFixed(1)} %`;
}

document.getElementById("go").addEventListener("click", async () => {
  status.textContent = "…";
  status.textContent = await answer(document.getElementById("text").value);
});

const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
worker.onmessage = (event) => { status.textContent = event.data ?? "?"; };
"#;

const MINIFIED: &str = "!function(e,t){\"object\"==typeof exports&&\"undefined\"!=typeof module?module.exports=t():e.demo=t()}\
    (this,(function(){\"use strict\";var e=/[&<>\"']/g,t=Function(\"return this\")();function n(t){return t.replace(e,(function(e){return\"&#\"\
    +e.charCodeAt(0)+\";\"}))}var r=t.Promise,o=1/2/3;return{exec:function(t){return e.exec(n(t))},eval:function(e){return r.resolve(e/o)}}}));\n";

const BUILD: &str = "import { execSync } from 'node:child_process';\nimport { defineConfig } from 'vite';\n\n\
    const commit = execSync('git rev-parse --short HEAD').toString().trim();\n\
    export default defineConfig({ define: { COMMIT: JSON.stringify(commit), MODE: process.env.NODE_ENV } });\n";

const PAGE: &str = r#"<!DOCTYPE html>
<html lang="en">
<head><title>Demo</title><meta charset="utf-8">
<style>p > b { color: red }</style>
<script type="application/ld+json">{"name": "eval(atob('demo'))"}</script>
<script src="https://cdn.jsdelivr.net/npm/onnxruntime-web/dist/ort.min.js"></script>
</head>
<body onload="start()"><!-- <script>eval(atob("demo"))</script> -->
<p>Type <b>eval(x)</b>.</p>
<script type="module">
  const session = await ort.InferenceSession.create('./model.onnx');
  const feeds = { input: new ort.Tensor('float32', Float32Array.from([1, 2, 3]), [1, 3]) };
  console.log((await session.run(feeds)).output.data);
</script>
</body>
</html>
"#;
