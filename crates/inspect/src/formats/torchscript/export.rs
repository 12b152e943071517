//! `torch.export`: a zip with a graph in JSON and raw weights; packages of `AOTInductor` carry compiled libraries.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::{MapAccess, SeqAccess};
use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::facts::{Tensor, What};

use crate::detect::{Probe, Recognition, has_extension};
use crate::formats::graph::Operators;
use crate::formats::json::walk::{Array, Handle, Nesting, Object, Value, Walk};
use crate::formats::layout::{self, Notes};
use crate::formats::zip::{self, Member};
use crate::formats::{Format, Support};
use crate::limits::Fault;
use crate::samples::{one, torchscript};
use crate::walk::Visit;

/// Archives of `torch.export`.
pub static FORMAT: Format = Format {
    id: "torch-export",
    title: "torch.export archive",
    extensions: &["pt2"],
    support: Support::Recognised,
    carries_code: true,
    refines: &["torch", "zip"],
    docs: "A zip with `archive_format` and `models/`, or (before torch 2.8) `serialized_exported_program.json`. Weights are \
           tensors by the type and sizes that their list gives; constants that are pickles are walked; every other member, \
           such as the libraries of AOTInductor, is inspected by its content. This was not yet compared with what torch \
           says of its own files: archives count as not inspected, whatever is found.",
    recognise: |probe: &Probe<'_>| {
        let old = |name: &str| base(name) == "serialized_exported_program.json";
        let new = |name: &str| base(name) == "archive_format" || name.contains("/data/aotinductor/");
        Recognition::certain_if(zip::has_member(probe, |name| old(name) || new(name)))
    },
    read,
    samples: || one("model.pt2", torchscript::export("torch.ops.aten.linear.default").build()),
};

/// Graphs in such archives.
pub static GRAPH: Format = Format {
    id: "torch-export-graph",
    title: "torch.export graph",
    extensions: &[],
    refines: &["json"],
    docs: "`models/*.json` and `serialized_exported_program.json` of a `torch.export` archive: the operators of its nodes.",
    recognise: |probe: &Probe<'_>| {
        let is_graph = |path: &str| {
            base(path) == "serialized_exported_program.json"
                || path.split('/').any(|part| part == "models") && has_extension(path, "json")
        };
        Recognition::certain_if(probe.path_in("torch-export").is_some_and(is_graph) && probe.is_text())
    },
    read: read_graph,
    ..FORMAT
};

fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The longest list of weights that is read.
const LONGEST_LIST: u64 = 16 << 20;

/// `model_weights_config.json` and its like.
#[derive(Debug, Deserialize)]
struct List {
    config: BTreeMap<String, Payload>,
}

#[derive(Debug, Deserialize)]
struct Payload {
    path_name: String,
    #[serde(default)]
    use_pickle: bool,
    tensor_meta: Option<Meta>,
}

#[derive(Debug, Deserialize)]
struct Meta {
    dtype: u64,
    sizes: Vec<Size>,
}

#[derive(Debug, Deserialize)]
struct Size {
    as_int: Option<u64>,
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let directory = zip::read_directory(visit)?;
    let mut notes = Notes::default();
    let mut raw: Vec<String> = Vec::new();
    for member in directory.members.iter().filter(|member| member.name.ends_with("_config.json")) {
        let Some((folder, _)) = member.name.rsplit_once('/').filter(|(folder, _)| folder.contains("data/"))
        else {
            continue;
        };
        let Some(content) = zip::open(visit, member)? else { continue };
        let bytes = content.read(0, LONGEST_LIST)?;
        notes.remember(visit, (bytes.len() as u64).saturating_mul(4))?;
        let Ok(list) = serde_json::from_slice::<List>(&bytes) else {
            let detail = format!("`{}` is no list of tensors", member.name);
            notes.problem(visit, member.at, Kind::Unparsable, detail);
            continue;
        };
        for (name, payload) in list.config {
            visit.budget.tick()?;
            let path = format!("{folder}/{}", payload.path_name);
            let Some(found) = directory.members.iter().find(|member| member.name == path) else {
                let detail = format!("the tensor `{}` is not in the archive", layout::name(&name));
                notes.problem(visit, member.at, Kind::Missing, detail);
                continue;
            };
            if !payload.use_pickle && tensor(visit, &mut notes, &name, &payload, found) {
                raw.push(path);
            }
        }
    }
    raw.sort_unstable();
    zip::embed(visit, &directory, |member| {
        let word = ["archive_format", "archive_version", "byteorder", "version", "serialization_id"];
        raw.binary_search(&member.name).is_err()
            && !word.contains(&base(&member.name))
            && !member.name.contains("/.data/")
    })
}

/// Notes a tensor; true when its member has just its bytes.
fn tensor(visit: &mut Visit<'_>, notes: &mut Notes, name: &str, payload: &Payload, member: &Member) -> bool {
    let Some(meta) = &payload.tensor_meta else { return false };
    let Some((dtype, width)) = dtype(meta.dtype) else {
        let dtype = meta.dtype.to_string();
        let detail = format!("the tensor `{}` has the type {dtype}, which is not known", layout::name(name));
        notes.unknown_type(visit, member.at, &dtype, detail);
        return false;
    };
    let Some(shape) = meta.sizes.iter().map(|size| size.as_int).collect::<Option<Vec<_>>>() else {
        return false;
    };
    let length = shape.iter().try_fold(width, |product, size| product.checked_mul(*size));
    // Views of a larger storage are stored with all of it.
    let Some(length) = length.filter(|length| *length <= member.size) else {
        let detail = format!(
            "the tensor `{}` is larger than its {} bytes in the archive",
            layout::name(name),
            member.size
        );
        notes.problem(visit, member.at, Kind::SizeMismatch, detail);
        return false;
    };
    let start = member.data.unwrap_or(member.at);
    let tensor = Tensor { name: layout::name(name), dtype: dtype.to_owned(), shape, start, length };
    visit.fact(start, What::Tensor(tensor));
    if member.method != 0 || member.data.is_none() {
        visit.fact(start, What::Scattered);
    }
    true
}

/// Name and bytes of an element by `torch._export.serde.schema.ScalarType`.
fn dtype(number: u64) -> Option<(&'static str, u64)> {
    Some(match number {
        1 => ("uint8", 1),
        2 => ("int8", 1),
        3 => ("int16", 2),
        4 => ("int32", 4),
        5 => ("int64", 8),
        6 => ("float16", 2),
        7 => ("float32", 4),
        8 => ("float64", 8),
        9 => ("complex32", 4),
        10 => ("complex64", 8),
        11 => ("complex128", 16),
        12 => ("bool", 1),
        13 => ("bfloat16", 2),
        28 => ("uint16", 2),
        29 => ("float8_e4m3fn", 1),
        30 => ("float8_e5m2", 1),
        31 => ("float8_e4m3fnuz", 1),
        32 => ("float8_e5m2fnuz", 1),
        _ => return None,
    })
}

/// The longest graph that is read.
const LONGEST_GRAPH: u64 = 64 << 20;

const NESTING: Nesting = Nesting { of: "the graph", ordinary: 120, most: 120 };

fn read_graph(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let size = visit.input.len();
    if size > LONGEST_GRAPH {
        return Err(Fault::Unsupported(format!("a graph of more than {LONGEST_GRAPH} bytes")));
    }
    let mut notes = Notes::default();
    notes.remember(visit, size)?;
    let bytes = visit.input.read(0, size)?;
    let Ok(source) = std::str::from_utf8(&bytes) else {
        return Err(Fault::Unsupported("it is not UTF-8".to_owned()));
    };
    let mut graph = Graph::default();
    Walk::read(visit, &mut notes, source, 0, NESTING, Node { graph: &mut graph, target: false })?;
    graph.operators.tell(visit, "torch", |_, _| false);
    Ok(())
}

#[derive(Debug, Default)]
struct Graph {
    operators: Operators,
}

struct Node<'g> {
    graph: &'g mut Graph,
    /// It is what a node calls.
    target: bool,
}

impl<'de> Handle<'de> for Node<'_> {
    type Out = ();

    fn value(self, walk: &mut Walk<'_, '_>, value: Value<'de>) {
        let Value::Text(target) = value else { return };
        // `torch.ops.NAMESPACE.NAME.OVERLOAD`; functions of Python have other paths.
        let path = target.strip_prefix("torch.ops.").filter(|_| self.target);
        let Some((domain, rest)) = path.and_then(|path| path.split_once('.')) else { return };
        let name = rest.split('.').next().unwrap_or(rest);
        let domain = if domain == "aten" { "" } else { domain };
        let at = walk.position(&target);
        let key = [&*layout::name(domain), &*layout::name(name)];
        let room = self.graph.operators.add(walk.visit, walk.notes, at, key, String::new);
        if let Err(fault) = room {
            walk.visit.incomplete(fault.to_string());
        }
    }

    fn object<A: MapAccess<'de>>(
        self,
        walk: &mut Walk<'_, '_>,
        object: &mut Object<'de, A>,
    ) -> Result<(), A::Error> {
        while let Some(key) = object.key(walk)? {
            let target = key == "target";
            object.value(walk, Node { graph: &mut *self.graph, target })?;
        }
        Ok(())
    }

    fn array<A: SeqAccess<'de>>(self, walk: &mut Walk<'_, '_>, array: &mut Array<A>) -> Result<(), A::Error> {
        while array.item(walk, Node { graph: &mut *self.graph, target: self.target })?.is_some() {}
        Ok(())
    }
}
