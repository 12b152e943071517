//! MXNet: a graph in `-symbol.json`, and lists of arrays in `.params`. Reference: `NDArray::Load` and `nnvm::Graph`.

mod arrays;

use serde_json::Value;
use weighbridge_domain::facts::problem::Kind;

use super::graph::{Operators, References};
use super::json;
use super::layout::{Notes, name};
use super::{Format, Support};
use crate::detect::{Probe, Recognition};
use crate::limits::Fault;
use crate::samples::{mxnet, one};
use crate::walk::Visit;
pub use arrays::FORMAT as PARAMS;

/// Graphs of MXNet.
pub static FORMAT: Format = Format {
    id: "mxnet",
    title: "MXNet graph",
    extensions: &["symbol.json"],
    support: Support::Inspected,
    carries_code: false,
    refines: &["json"],
    docs: "Every node, those of graphs inside nodes too: its operator, what it takes its inputs from, the libraries that its \
           attributes name, and its attributes as metadata.",
    recognise,
    read,
    samples: || one("net-symbol.json", mxnet::symbol("Activation", r#""act_type": "relu""#)),
};

/// Longer names of operators no library has; MXNet before 1.9.1 takes very long to read some.
const LONGEST: usize = 1024;

fn recognise(probe: &Probe<'_>) -> Recognition {
    let has = |key: &[u8]| probe.head.windows(key.len()).any(|window| window == key);
    let object = probe.first_character() == Some(b'{');
    let named = probe.name.ends_with("-symbol.json");
    let nodes = || has(br#""nodes""#) && has(br#""op""#) && has(br#""inputs""#);
    Recognition::certain_if(object && (named || has(br#""arg_nodes""#) && nodes()))
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let mut reader = Reader {
        notes: Notes::default(),
        operators: Operators::default(),
        references: References::default(),
        nodes: 0,
    };
    let root = json::document(visit, &mut reader.notes)?;
    let mut graphs = vec![&root];
    while let Some(graph) = graphs.pop() {
        reader.graph(visit, graph, &mut graphs)?;
    }
    let Reader { mut notes, operators, nodes, .. } = reader;
    notes.metadata(visit, 0, "nodes", &nodes.to_string())?;
    operators.tell(visit, "mxnet", |_, _| false);
    Ok(())
}

struct Reader {
    notes: Notes,
    operators: Operators,
    references: References,
    nodes: u64,
}

impl Reader {
    fn graph<'v>(
        &mut self,
        visit: &mut Visit<'_>,
        graph: &'v Value,
        graphs: &mut Vec<&'v Value>,
    ) -> Result<(), Fault> {
        let Some(nodes) = graph.get("nodes").and_then(Value::as_array) else {
            self.notes.problem(visit, 0, Kind::BadValue, "a graph has no list of nodes");
            return Ok(());
        };
        self.attributes(visit, "graph", graph)?;
        for (place, node) in nodes.iter().enumerate() {
            visit.budget.tick()?;
            self.nodes = self.nodes.saturating_add(1);
            let text = |key: &str| node.get(key).and_then(Value::as_str);
            let called = name(text("name").unwrap_or_default());
            let Some(operator) = text("op") else {
                self.notes.problem(visit, 0, Kind::BadValue, format!("the node `{called}` has no operator"));
                continue;
            };
            if operator.len() > LONGEST {
                let detail =
                    format!("the operator of the node `{called}` has a name of {} bytes", operator.len());
                self.notes.problem(visit, 0, Kind::TooLong, detail);
            }
            let operator = name(operator);
            self.operators.add(visit, &mut self.notes, 0, ["", &operator], || called.clone())?;
            for input in node.get("inputs").and_then(Value::as_array).into_iter().flatten() {
                let from = input.get(0).unwrap_or(input).as_u64();
                if from.is_none_or(|from| from >= place as u64) {
                    let detail =
                        format!("the node `{called}` takes its input from {}", name(&input.to_string()));
                    self.notes.problem(visit, 0, Kind::BadValue, detail);
                }
            }
            graphs.extend(node.get("subgraphs").and_then(Value::as_array).into_iter().flatten());
            self.attributes(visit, &called, node)?;
        }
        for key in ["arg_nodes", "heads"] {
            for item in graph.get(key).and_then(Value::as_array).into_iter().flatten() {
                let node = item.get(0).unwrap_or(item).as_u64();
                if node.is_none_or(|node| node >= nodes.len() as u64) {
                    let detail = format!("`{key}` names the node {}", name(&item.to_string()));
                    self.notes.problem(visit, 0, Kind::BadValue, detail);
                }
            }
        }
        Ok(())
    }

    /// What stands beside an operator; the key changed over the years.
    fn attributes(&mut self, visit: &mut Visit<'_>, called: &str, node: &Value) -> Result<(), Fault> {
        for list in ["attrs", "attr", "param"] {
            for (key, value) in node.get(list).and_then(Value::as_object).into_iter().flatten() {
                let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                self.notes.metadata(visit, 0, &format!("{called}.{}", name(key)), &value)?;
                if matches!(key.as_str(), "lib" | "lib_path" | "library" | "library_path") {
                    self.references.add(visit, &mut self.notes, 0, "library", &value)?;
                }
            }
        }
        Ok(())
    }
}
