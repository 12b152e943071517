//! Zarr: what an array in a folder is, in versions 2 and 3.

use serde_json::Value;
use weighbridge_domain::facts::What;
use weighbridge_domain::facts::problem::Kind;

use super::each;
use crate::detect::{Probe, Recognition};
use crate::formats::graph::Operators;
use crate::formats::json::document;
use crate::formats::layout::{Notes, name};
use crate::formats::{Format, Support, npy};
use crate::limits::Fault;
use crate::samples::orbax;
use crate::walk::Visit;

/// Documents of zarr.
pub static FORMAT: Format = Format {
    id: "zarr",
    title: "Zarr array",
    extensions: &[],
    support: Support::Recognised,
    carries_code: false,
    refines: &["json"],
    docs: "`.zarray`, `.zmetadata` and `zarr.json`: type, shape and codecs of every array. The pieces of arrays beside them are \
           compressed by those codecs and are looked at as files of their own.",
    recognise: |probe: &Probe<'_>| {
        let named = matches!(&*probe.name, ".zarray" | ".zmetadata" | "zarr.json");
        Recognition::certain_if(named && probe.first_character() == Some(b'{'))
    },
    read,
    samples: orbax::zarr,
};

/// Codecs that turn bytes into Python objects without a pickle.
const OF_OBJECTS: [&str; 6] = ["categorize", "json2", "msgpack2", "vlen-array", "vlen-bytes", "vlen-utf8"];

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let mut notes = Notes::default();
    let mut operators = Operators::default();
    let root = document(visit, &mut notes)?;
    let mut arrays = 0_u64;
    each(&root, |path, value| {
        visit.budget.tick()?;
        if value.get("shape").is_some() && value.get("zarr_format").is_some() {
            arrays = arrays.saturating_add(1);
            array(visit, &mut notes, &mut operators, path, value)?;
        }
        Ok(true)
    })?;
    if arrays == 0 && visit.name == ".zarray" {
        notes.problem(visit, 0, Kind::BadValue, "it describes no array");
    }
    operators.tell(visit, "zarr", |_, _| false);
    Ok(())
}

fn array(
    visit: &mut Visit<'_>,
    notes: &mut Notes,
    operators: &mut Operators,
    path: &str,
    array: &Value,
) -> Result<(), Fault> {
    let inside = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}/{key}") };
    let version = array.get("zarr_format").and_then(Value::as_u64);
    if !matches!(version, Some(2 | 3)) {
        notes.problem(visit, 0, Kind::BadValue, "it is of a version of zarr that is not known");
    }
    let grid = array.get("chunk_grid").and_then(|grid| grid.get("configuration")?.get("chunk_shape"));
    for (key, list, least) in [("shape", array.get("shape"), 0), ("chunks", array.get("chunks").or(grid), 1)]
    {
        let numbers = list.and_then(Value::as_array);
        let whole = |number: &Value| number.as_u64().is_some_and(|number| number >= least);
        match numbers {
            Some(numbers) if numbers.iter().all(whole) => {
                let text = Value::Array(numbers.clone()).to_string();
                notes.metadata(visit, 0, &inside(key), &text)?;
            }
            _ => {
                let detail = format!("`{}` is not a list of whole numbers from {least}", inside(key));
                notes.problem(visit, 0, Kind::BadValue, detail);
            }
        }
    }
    let mut codecs: Vec<String> = Vec::new();
    for key in ["compressor", "filters", "codecs", "storage_transformers"] {
        each(array.get(key).unwrap_or(&Value::Null), |path, codec| {
            // A list, or what is inside of a codec; only codecs have names.
            let named = codec.get("id").or_else(|| codec.get("name")).and_then(Value::as_str);
            codecs.extend(named.map(str::to_owned));
            if !(codec.is_object() || codec.is_array() || codec.is_null()) && path.is_empty() {
                notes.problem(visit, 0, Kind::BadValue, format!("`{}` is no codec", inside(key)));
            }
            Ok(true)
        })?;
    }
    let dtype = array.get("dtype").or_else(|| array.get("data_type")).unwrap_or(&Value::Null);
    let written = dtype.as_str().map_or_else(|| dtype.to_string(), str::to_owned);
    notes.metadata(visit, 0, &inside("dtype"), &written)?;
    let pickled = codecs.iter().any(|codec| matches!(codec.as_str(), "pickle" | "numcodecs.pickle"));
    let objects = npy::by_name(&written).is_some_and(|dtype| dtype.objects);
    let packed =
        codecs.iter().any(|codec| OF_OBJECTS.contains(&codec.strip_prefix("numcodecs.").unwrap_or(codec)));
    if pickled || objects && !packed {
        let value = if pickled { format!("{}, in pickles", name(&written)) } else { name(&written) };
        visit.fact(0, What::Metadata { key: npy::PICKLED.to_owned(), value });
    }
    for codec in codecs.iter().filter(|codec| !matches!(codec.as_str(), "pickle" | "numcodecs.pickle")) {
        operators.add(visit, notes, 0, ["", &name(codec)], || path.to_owned())?;
    }
    Ok(())
}
