//! `OpenVINO`'s intermediate representation: a graph in XML, and its constants in a file of raw numbers beside it.

use weighbridge_domain::facts::Tensor;
use weighbridge_domain::facts::problem::Kind;

use super::graph::{Operators, References};
use super::layout::{self, Notes};
use super::xml::{self, Element, Event};
use super::{Format, Support};
use crate::detect::{Probe, Recognition};
use crate::input::Input;
use crate::limits::Fault;
use crate::samples::{one, openvino};
use crate::text;
use crate::walk::Visit;

/// Graphs of `OpenVINO`.
pub static FORMAT: Format = Format {
    id: "openvino",
    title: "OpenVINO graph",
    extensions: &["xml"],
    support: Support::Inspected,
    carries_code: true,
    refines: &["source"],
    docs: "XML with the root `net` or `model` and `layers`, of versions 2 to 11. Every operator with its set, every constant \
           with its place in the `.bin` file beside it, libraries and addresses that attributes name, `rt_info`, and chat \
           templates in it. Document types are facts and nothing outside is read.",
    recognise,
    read,
    samples: || {
        let mut files = openvino::files("");
        files.extend(one("tokenizer.xml", openvino::with_template("{{ messages[0]['content'] }}")));
        files.push(("tokenizer.bin".to_owned(), openvino::weights()));
        files
    },
};

fn recognise(probe: &Probe<'_>) -> Recognition {
    let named = matches!(xml::root(probe), Some((root, attributes))
        if matches!(root.as_str(), "net" | "Net" | "model") && attributes.iter().any(|(key, _)| key == "name" || key == "version"));
    let layers = |bytes: &[u8]| bytes.windows(7).any(|part| part == b"<layers" || part == b"l\0a\0y\0e");
    Recognition::certain_if(named && (layers(&probe.head) || !probe.is_whole() && layers(probe.more())))
}

/// What is known while the graph is read.
#[derive(Debug, Default)]
struct Graph {
    path: Vec<String>,
    /// Name, kind and set of the layer that is open.
    layer: Option<(String, String)>,
    operators: Operators,
    references: References,
    /// The file of its constants.
    weights: String,
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let mut notes = Notes::default();
    let own = visit.file_name;
    let stem = own.rsplit_once('.').map_or(own, |(stem, _)| stem);
    let mut graph = Graph { weights: format!("{stem}.bin"), ..Graph::default() };
    let read = xml::read(visit, &mut notes, |visit, notes, event| {
        match event {
            Event::Open(element) => {
                graph.open(visit, notes, &element)?;
                graph.path.push(layout::name(element.name));
            }
            Event::Close => {
                if graph.path.pop().as_deref() == Some("layer") {
                    graph.layer = None;
                }
            }
            Event::Text(text) => graph.text(visit, notes, &text)?,
        }
        Ok(())
    });
    graph.operators.tell(visit, "openvino", |_, _| false);
    read
}

impl Graph {
    fn open(&mut self, visit: &mut Visit<'_>, notes: &mut Notes, element: &Element<'_>) -> Result<(), Fault> {
        if self.path.iter().any(|part| matches!(part.as_str(), "rt_info" | "meta_data")) {
            if let Some(value) = element.get("value") {
                self.note(visit, notes, element.at, element.name, value)?;
            }
            return Ok(());
        }
        if element.name == "layer" {
            self.layer(visit, notes, element)?;
        }
        let describes = matches!(element.name, "weights" | "biases" | "custom")
            || element.name == "data" && self.path.last().is_some_and(|parent| parent == "layer");
        if element.name == "layer" || describes {
            for (key, value) in &element.attributes {
                if *key != "name" && names_elsewhere(value) {
                    self.references.add(visit, notes, element.at, "library", value)?;
                }
            }
        }
        if describes && let (Some(offset), Some(size)) = (element.number("offset"), element.number("size")) {
            self.constant(visit, notes, element, offset, size)?;
        }
        Ok(())
    }

    fn layer(&mut self, visit: &Visit<'_>, notes: &mut Notes, element: &Element<'_>) -> Result<(), Fault> {
        let name = layout::name(element.get("name").unwrap_or_default());
        let kind = layout::name(element.get("type").unwrap_or_default());
        let set = element.get("version").unwrap_or_default();
        let standard = set.strip_prefix("opset").is_some_and(|number| number.parse::<u8>().is_ok());
        let domain = if standard { String::new() } else { layout::name(set) };
        self.operators.add(visit, notes, element.at, [&domain, &kind], || name.clone())?;
        self.layer = Some((name, kind));
        Ok(())
    }

    /// A constant in the file beside the graph.
    fn constant(
        &mut self,
        visit: &mut Visit<'_>,
        notes: &mut Notes,
        element: &Element<'_>,
        offset: u64,
        size: u64,
    ) -> Result<(), Fault> {
        let name = self.layer.as_ref().map(|(name, _)| name.clone()).unwrap_or_default();
        let dtype = element.get("element_type").or_else(|| element.get("precision")).unwrap_or_default();
        let written = element.get("shape").unwrap_or_default();
        let sizes = written.split(',').map(str::trim).filter(|size| !size.is_empty());
        let Ok(shape) = sizes.map(str::parse).collect::<Result<Vec<u64>, _>>() else {
            let detail = format!("the constant `{name}` has the shape `{}`", text::shown(written, 80));
            notes.problem(visit, element.at, Kind::SizeMismatch, detail);
            return Ok(());
        };
        if let Some(bits) = bits(dtype).filter(|_| element.get("shape").is_some()) {
            let count = shape.iter().try_fold(bits, |product, size| product.checked_mul(*size));
            if count.map(|bits| bits.div_ceil(8)) != Some(size) {
                let detail = format!("the constant `{name}` of {dtype} {shape:?} is stored in {size} bytes");
                notes.problem(visit, element.at, Kind::SizeMismatch, detail);
            }
        }
        let dtype = layout::name(dtype);
        let tensor = Tensor { name, dtype, shape, start: offset, length: size };
        self.references.tensor(visit, notes, element.at, &self.weights, tensor)
    }

    fn text(&self, visit: &mut Visit<'_>, notes: &mut Notes, text: &str) -> Result<(), Fault> {
        let Some(last) = self.path.last().filter(|_| self.path.iter().any(|part| part == "rt_info")) else {
            return Ok(());
        };
        let last = last.clone();
        self.note(visit, notes, 0, &last, text.trim())
    }

    /// A note of whoever made the graph.
    fn note(
        &self,
        visit: &mut Visit<'_>,
        notes: &mut Notes,
        at: u64,
        key: &str,
        value: &str,
    ) -> Result<(), Fault> {
        if matches!(key, "chat_template" | "simplified_chat_template") {
            notes.remember(visit, value.len() as u64)?;
            return visit.embed("chat_template.jinja", Input::bytes(value.as_bytes().to_vec()));
        }
        let within = self.layer.as_ref().map(|(name, _)| format!("{name}.")).unwrap_or_default();
        notes.metadata(visit, at, &format!("{within}rt_info.{key}"), value)
    }
}

/// A library of native code, or an address.
fn names_elsewhere(value: &str) -> bool {
    let file = value.rsplit(['/', '\\']).next().unwrap_or(value).to_ascii_lowercase();
    let library =
        [".so", ".dll", ".dylib"].iter().any(|ending| file.ends_with(ending)) || file.contains(".so.");
    library || value.split_once("://").is_some_and(|(scheme, _)| !scheme.is_empty() && scheme.len() < 12)
}

/// Bits of an element.
fn bits(dtype: &str) -> Option<u64> {
    Some(match dtype {
        "u1" => 1,
        "u2" => 2,
        "i4" | "u4" | "nf4" | "f4e2m1" => 4,
        "i8" | "u8" | "boolean" | "f8e4m3" | "f8e5m2" | "f8e8m0" => 8,
        "i16" | "u16" | "f16" | "bf16" => 16,
        "i32" | "u32" | "f32" => 32,
        "i64" | "u64" | "f64" => 64,
        _ => return None,
    })
}
