//! MNN: a graph in `FlatBuffers`, without a magic of its own. Schema: `MNN.fbs`.

use super::flatbuffers::{Flat, List, Stop};
use super::graph::{Operators, References, TENSOR_DATA};
use super::layout::Notes;
use super::{Format, Support};
use crate::detect::{Probe, Recognition};
use crate::limits::Fault;
use crate::samples::{engine, one};
use crate::walk::Visit;

/// Graphs of MNN.
pub static FORMAT: Format = Format {
    id: "mnn",
    title: "MNN model",
    extensions: &["mnn"],
    support: Support::Recognised,
    carries_code: false,
    refines: &[],
    docs: "Known by its name only. Of every graph the operators that plugins or other engines have to bring, the files that \
           operators take their weights from, and who exported it. Weights are not looked at.",
    recognise: |probe: &Probe<'_>| Recognition::guess_if(probe.ends_with(&["mnn"]) && !probe.is_text()),
    read,
    samples: || one("model.mnn", engine::mnn(70, "", "")),
};

/// Numbers of operators that name another: one of a plugin, one of an engine that the model was made with.
const PLUGIN: i32 = 256;
const EXTRA: i32 = 512;

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let flat = Flat::new(&visit.input);
    let mut reader = Reader {
        visit,
        notes: Notes::default(),
        flat,
        operators: Operators::default(),
        references: References::default(),
        count: 0,
    };
    let result = reader.net();
    let Reader { visit, mut notes, operators, count, .. } = reader;
    notes.metadata(visit, 0, "operators", &count.to_string())?;
    operators.tell(visit, "mnn", |_, _| false);
    result.or_else(|stop| stop.tell(visit, &mut notes))
}

struct Reader<'v, 'a> {
    visit: &'v mut Visit<'a>,
    notes: Notes,
    flat: Flat,
    operators: Operators,
    references: References,
    count: u64,
}

impl Reader<'_, '_> {
    fn net(&mut self) -> Result<(), Stop> {
        let net = self.flat.root(0)?;
        for (field, key) in [(0, "bizCode"), (11, "mnn_uuid")] {
            if let Some(text) = self.flat.text(&net, field)?.filter(|text| !text.is_empty()) {
                self.notes.metadata(self.visit, net.at, key, &text)?;
            }
        }
        let operators = self.flat.list(&net, 3, 4)?;
        self.operators(&operators)?;
        let graphs = self.flat.list(&net, 10, 4)?;
        for index in 0..graphs.count {
            let graph = self.flat.item(&graphs, index)?;
            let operators = self.flat.list(&graph, 4, 4)?;
            self.operators(&operators)?;
        }
        Ok(())
    }

    fn operators(&mut self, list: &List) -> Result<(), Stop> {
        for index in 0..list.count {
            self.visit.budget.tick()?;
            self.count = self.count.saturating_add(1);
            let operator = self.flat.item(list, index)?;
            let kind = self.flat.i32(&operator, 5)?;
            let set = match kind {
                PLUGIN => "Plugin",
                EXTRA => "Extra",
                _ => "",
            };
            if !set.is_empty() {
                let main = self.flat.table(&operator, 2)?;
                let named =
                    main.map(|main| self.flat.text(&main, 0)).transpose()?.flatten().unwrap_or_default();
                let called = self.flat.text(&operator, 3)?.unwrap_or_default();
                self.operators.add(self.visit, &mut self.notes, operator.at, [set, &named], || called)?;
            }
            if let Some(file) = self.flat.text(&operator, 7)?.filter(|file| !file.is_empty()) {
                self.references.add(self.visit, &mut self.notes, operator.at, TENSOR_DATA, &file)?;
            }
        }
        Ok(())
    }
}
