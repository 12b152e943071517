//! ORT format models of ONNX Runtime: an ONNX graph in `FlatBuffers`. Schema: `ort.fbs`.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::facts::{Tensor, What};

use super::flatbuffers::{Flat, Stop, Table};
use super::graph::Operators;
use super::layout::{Notes, name};
use super::{Format, Support};
use crate::detect::{Probe, Recognition};
use crate::limits::Fault;
use crate::samples::flat::ort;
use crate::samples::one;
use crate::walk::Visit;

/// ORT format.
pub static FORMAT: Format = Format {
    id: "ort",
    title: "ORT model",
    extensions: &["ort"],
    support: Support::Inspected,
    carries_code: true,
    refines: &[],
    docs: "Every node of the graph and of the graphs inside its nodes, with its operator, judged as those of ONNX; every \
           initialiser with its type, dimensions and place; metadata. Initialisers and texts in attributes that are a \
           program, an archive or a pickle are inspected as files of their own.",
    recognise: |probe: &Probe<'_>| Recognition::certain_if(probe.has_at(4, b"ORTM")),
    read,
    samples: || one("model.ort", ort::model("", "Add", &[2, 2], 16)),
};

/// Types of elements by their number, with the bytes that one takes; 0 where that is not the same for all.
const KINDS: [(&str, u64); 21] = [
    ("UNDEFINED", 0),
    ("FLOAT", 4),
    ("UINT8", 1),
    ("INT8", 1),
    ("UINT16", 2),
    ("INT16", 2),
    ("INT32", 4),
    ("INT64", 8),
    ("STRING", 0),
    ("BOOL", 1),
    ("FLOAT16", 2),
    ("DOUBLE", 8),
    ("UINT32", 4),
    ("UINT64", 8),
    ("COMPLEX64", 8),
    ("COMPLEX128", 16),
    ("BFLOAT16", 2),
    ("FLOAT8E4M3FN", 1),
    ("FLOAT8E4M3FNUZ", 1),
    ("FLOAT8E5M2", 1),
    ("FLOAT8E5M2FNUZ", 1),
];

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let flat = Flat::new(&visit.input);
    let operators = Operators::default();
    let mut reader = Reader { visit, notes: Notes::default(), flat, operators, blobs: Vec::new() };
    let result = reader.session();
    let Reader { visit, mut notes, flat, operators, mut blobs } = reader;
    operators.tell(visit, "onnx", |_, _| false);
    blobs.extend(flat.behind());
    notes.disguised(visit, blobs)?;
    result.or_else(|stop| stop.tell(visit, &mut notes))
}

struct Reader<'v, 'a> {
    visit: &'v mut Visit<'a>,
    notes: Notes,
    flat: Flat,
    operators: Operators,
    blobs: Vec<(u64, u64)>,
}

impl Reader<'_, '_> {
    fn session(&mut self) -> Result<(), Stop> {
        let session = self.flat.root(0)?;
        let version = self.flat.text(&session, 0)?;
        self.notes.metadata(self.visit, session.at, "ort_version", &version.unwrap_or_default())?;
        let Some(model) = self.flat.table(&session, 1)? else {
            self.notes.problem(self.visit, session.at, Kind::Missing, "it has no model");
            return Ok(());
        };
        for (field, key) in [(2, "producer_name"), (4, "domain"), (6, "doc_string")] {
            if let Some(text) = self.flat.text(&model, field)?.filter(|text| !text.is_empty()) {
                self.notes.metadata(self.visit, model.at, key, &text)?;
            }
        }
        let properties = self.flat.list(&model, 9, 4)?;
        for index in 0..properties.count {
            let pair = self.flat.item(&properties, index)?;
            let (key, value) = (self.flat.text(&pair, 0)?, self.flat.text(&pair, 1)?);
            self.notes.metadata(self.visit, pair.at, &key.unwrap_or_default(), &value.unwrap_or_default())?;
        }
        let mut open = Vec::new();
        open.extend(self.flat.table(&model, 7)?);
        // A graph inside a node can only be a deeper one: a table that points back is followed no further than this.
        let mut graphs = 0_u64;
        while let Some(graph) = open.pop() {
            graphs = graphs.saturating_add(1);
            self.notes.remember(self.visit, 64)?;
            self.graph(&graph, &mut open)?;
            if graphs > self.flat.len() {
                return Err(Fault::Unsupported("its graphs are inside each other".to_owned()).into());
            }
        }
        Ok(())
    }

    fn graph(&mut self, graph: &Table, open: &mut Vec<Table>) -> Result<(), Stop> {
        let tensors = self.flat.list(graph, 0, 4)?;
        for index in 0..tensors.count {
            let tensor = self.flat.item(&tensors, index)?;
            self.tensor(&tensor)?;
        }
        let sparse = self.flat.list(graph, 7, 4)?;
        for index in 0..sparse.count {
            let parts = self.flat.item(&sparse, index)?;
            for part in 0..2 {
                if let Some(tensor) = self.flat.table(&parts, part)? {
                    self.tensor(&tensor)?;
                }
            }
        }
        let nodes = self.flat.list(graph, 2, 4)?;
        for index in 0..nodes.count {
            self.visit.budget.tick()?;
            let node = self.flat.item(&nodes, index)?;
            let called = self.flat.text(&node, 0)?.unwrap_or_default();
            let set = self.flat.text(&node, 2)?.unwrap_or_default();
            let operator = self.flat.text(&node, 5)?.unwrap_or_default();
            self.operators.add(self.visit, &mut self.notes, node.at, [&set, &operator], || called)?;
            let attributes = self.flat.list(&node, 10, 4)?;
            for index in 0..attributes.count {
                let attribute = self.flat.item(&attributes, index)?;
                self.attribute(&attribute, open)?;
            }
        }
        Ok(())
    }

    fn attribute(&mut self, attribute: &Table, open: &mut Vec<Table>) -> Result<(), Stop> {
        let text = self.flat.list(attribute, 5, 1)?;
        if text.count > 0 {
            self.blobs.push((text.at, text.count));
        }
        if let Some(tensor) = self.flat.table(attribute, 6)? {
            self.tensor(&tensor)?;
        }
        open.extend(self.flat.table(attribute, 7)?);
        let tensors = self.flat.list(attribute, 11, 4)?;
        for index in 0..tensors.count {
            let tensor = self.flat.item(&tensors, index)?;
            self.tensor(&tensor)?;
        }
        let graphs = self.flat.list(attribute, 12, 4)?;
        for index in 0..graphs.count {
            open.push(self.flat.item(&graphs, index)?);
        }
        Ok(())
    }

    fn tensor(&mut self, tensor: &Table) -> Result<(), Stop> {
        self.visit.budget.tick()?;
        let called = name(&self.flat.text(tensor, 0)?.unwrap_or_default());
        let dimensions = self.flat.list(tensor, 2, 8)?;
        let mut shape = Vec::new();
        let mut elements = Some(1_u64);
        for index in 0..dimensions.count {
            let dimension = self.flat.long(&dimensions, index)?;
            elements = elements.and_then(|elements| elements.checked_mul(dimension));
            if shape.len() < 64 {
                shape.push(dimension);
            }
        }
        let number = self.flat.i32(tensor, 3)?;
        let kind = usize::try_from(number).ok().and_then(|number| KINDS.get(number));
        if kind.is_none() {
            let detail = format!("`{called}` is of the type number {number}");
            self.notes.unknown_type(self.visit, tensor.at, &number.to_string(), detail);
        }
        let data = self.flat.list(tensor, 4, 1)?;
        if data.count == 0 {
            return Ok(());
        }
        self.blobs.push((data.at, data.count));
        let wanted = kind
            .filter(|(_, bytes)| *bytes > 0)
            .map(|(_, bytes)| elements.and_then(|n| n.checked_mul(*bytes)));
        if wanted.is_some_and(|wanted| wanted != Some(data.count)) {
            let detail =
                format!("`{called}` has {} bytes, but its type and dimensions want others", data.count);
            self.notes.problem(self.visit, tensor.at, Kind::SizeMismatch, detail);
        }
        let dtype = kind.map_or_else(|| number.to_string(), |(kind, _)| (*kind).to_owned());
        let tensor = Tensor { name: called, dtype, shape, start: data.at, length: data.count };
        self.notes.remember_tensor(self.visit, &tensor)?;
        self.visit.fact(tensor.start, What::Tensor(tensor));
        Ok(())
    }
}
