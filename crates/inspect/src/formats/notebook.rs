//! Notebooks of Jupyter: cells of program text and words, and what they showed when they were last run.
//! Format: the documentation of nbformat, versions 3 and 4.

mod cell;
mod markup;

use serde_json::Value;
use weighbridge_domain::facts::What;

use super::json;
use super::layout::Notes;
use super::{Format, Support};
use crate::detect::{Probe, Recognition};
use crate::input::Input;
use crate::limits::Fault;
use crate::samples::notebook;
use crate::text;
use crate::walk::Visit;

pub use cell::FORMAT as CELL;

/// Notebook.
pub static FORMAT: Format = Format {
    id: "notebook",
    title: "Jupyter notebook",
    extensions: &["ipynb"],
    support: Support::Inspected,
    carries_code: true,
    refines: &["json"],
    docs: "JSON named `.ipynb`, of nbformat 3 and 4. Every code cell is a part of its own, `cell[N]` counted from 0, and read \
           as Python is; so are lines for a shell and magics. Of outputs, of cells of words and of the state of widgets, markup \
           that a page would run is a fact; attachments are parts. Cells in other languages than Python are not inspected.",
    recognise,
    read,
    samples: notebook::ordinary,
};

/// Cells, and outputs of one cell, that are looked at.
const MOST: usize = 20_000;

fn recognise(probe: &Probe<'_>) -> Recognition {
    let named = probe.ends_with(FORMAT.extensions);
    Recognition::certain_if(named && probe.first_character() == Some(b'{'))
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let mut notes = Notes::default();
    let document = json::document(visit, &mut notes)?;
    let metadata = document.get("metadata").unwrap_or(&Value::Null);
    if let Some(arguments) = metadata.get("kernelspec").and_then(|kernel| kernel.get("argv")) {
        let value = text::kept(arguments.to_string().as_bytes(), 1024);
        visit.fact(0, What::Metadata { key: "kernelspec.argv".to_owned(), value });
    }
    let language = metadata
        .get("kernelspec")
        .and_then(|kernel| kernel.get("language"))
        .or_else(|| metadata.get("language_info").and_then(|info| info.get("name")))
        .and_then(Value::as_str)
        .unwrap_or("python")
        .to_ascii_lowercase();
    if let Some(widgets) = metadata.get("widgets") {
        markup::tell_all(visit, "metadata.widgets", widgets);
    }
    if document.get("cells").is_none() && document.get("worksheets").is_none() {
        return Err(Fault::Unsupported("it has no cells, as a notebook has".to_owned()));
    }
    let sheets = document.get("worksheets").and_then(Value::as_array).into_iter().flatten();
    let lists = sheets.filter_map(|sheet| sheet.get("cells")).chain(document.get("cells"));
    let cells = lists.filter_map(Value::as_array).flatten();
    let mut other = false;
    for (index, cell) in cells.enumerate() {
        visit.budget.tick()?;
        if index >= MOST {
            visit.incomplete(format!("only the first {MOST} cells were looked at"));
            break;
        }
        other |= read_cell(visit, index, cell, &language)?;
    }
    if other {
        visit.incomplete(format!("cells in `{}` are not read", text::shown(&language, 40)));
    }
    Ok(())
}

/// Reads a cell; true when it is in another language.
fn read_cell(visit: &mut Visit<'_>, index: usize, cell: &Value, language: &str) -> Result<bool, Fault> {
    let kind = cell.get("cell_type").and_then(Value::as_str).unwrap_or_default();
    let source = cell.get("source").or_else(|| cell.get("input")).map(lines).unwrap_or_default();
    for (name, bundle) in cell.get("attachments").and_then(Value::as_object).into_iter().flatten() {
        for (kind, data) in bundle.as_object().into_iter().flatten() {
            let data = lines(data);
            if kind.contains("svg") || kind.contains("html") {
                markup::tell(visit, &format!("cells[{index}].attachments"), &data);
            } else if let Some(bytes) = super::python::base64(data.as_bytes()) {
                visit.embed(&format!("cell[{index}]/{}", text::shown(name, 80)), Input::bytes(bytes))?;
            }
        }
    }
    if kind != "code" {
        markup::tell(visit, &format!("cells[{index}].source"), &source);
        return Ok(false);
    }
    let outputs = cell.get("outputs").and_then(Value::as_array).into_iter().flatten();
    for (number, output) in outputs.take(MOST).enumerate() {
        let data = output.get("data").unwrap_or(output);
        for (kind, value) in data.as_object().into_iter().flatten() {
            let key = format!("cells[{index}].outputs[{number}].{}", text::shown(kind, 40));
            match kind.as_str() {
                "application/javascript" | "javascript" | "text/javascript" => {
                    let value = text::kept(lines(value).as_bytes(), 1024);
                    visit.fact(0, What::Metadata { key, value });
                }
                "html" | "image/svg+xml" | "svg" | "text/html" | "text/markdown" => {
                    markup::tell(visit, &key, &lines(value));
                }
                _ => {}
            }
        }
    }
    let own = cell.get("language").and_then(Value::as_str).unwrap_or(language);
    let is_python = own.contains("python") || matches!(own, "py" | "sage" | "ipy");
    if !source.trim().is_empty() && (is_python || source.trim_start().starts_with("%%")) {
        visit.embed(&format!("cell[{index}]"), Input::bytes(source.into_bytes()))?;
    }
    Ok(!is_python)
}

/// Text that is one value or a list of lines.
fn lines(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(lines) => lines.iter().filter_map(Value::as_str).collect(),
        _ => String::new(),
    }
}
