//! `GraphDef`: nodes, and the library of functions. Which functions a saver uses, and which paths are written out, is known
//! only when all of it was read.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};

use weighbridge_domain::facts::Operator;

use super::node::{self, Node};
use super::paths::{self, From, Names, Origin, Source, Texts};
use super::{CUSTOM_CALL, DIALECT, SAVER};
use crate::formats::graph::{Operators, References};
use crate::formats::layout::{Notes, name};
use crate::formats::protobuf::{Message, Value, Wire};
use crate::known::operators::{Doing, classify};
use crate::limits::Fault;
use crate::walk::Visit;

/// Bytes that a node takes in memory beside its links.
const NODE: u64 = 128;

/// Steps taken to follow the texts of one graph, and paths that are kept.
const STEPS: usize = 1 << 24;
const MOST_PATHS: usize = 10_000;

/// What a path is for that is handed to a function.
const HANDED: &str = "file";

/// What is gathered from all graphs of a file.
#[derive(Debug, Default)]
pub(super) struct Graphs {
    operators: Operators,
    references: References,
    functions: HashSet<String>,
}

impl Graphs {
    /// Notes the operators.
    pub(super) fn tell(self, visit: &mut Visit<'_>) {
        let Self { operators, functions, .. } = self;
        operators.tell(visit, DIALECT, |domain, name| {
            // A function cannot have the name of an operator: loaders refuse it.
            domain.is_empty() && functions.contains(name) && !is_known(name)
        });
    }

    /// Names a file outside.
    pub(super) fn reference(
        &mut self,
        visit: &mut Visit<'_>,
        notes: &mut Notes,
        at: u64,
        role: &'static str,
        target: &str,
    ) -> Result<(), Fault> {
        self.references.add(visit, notes, at, role, target)
    }
}

/// TensorFlow has an operator of this name.
pub(super) fn is_known(name: &str) -> bool {
    let (domain, node) = (String::new(), String::new());
    let operator =
        Operator { dialect: DIALECT, domain, name: name.to_owned(), node, count: 1, defined: false };
    classify(&operator).doing != Doing::Unknown
}

/// One graph with its functions.
#[derive(Debug, Default)]
pub(super) struct Graph {
    names: Names,
    /// The nodes outside of functions.
    nodes: HashMap<u64, Links>,
    functions: BTreeMap<u64, Function>,
    /// Paths that are written out, to be noted when it is known which constants stand for assets.
    written: Vec<Written>,
    /// Constants that stand for assets.
    assets: HashSet<u64>,
    /// Where savers begin.
    savers: Vec<u64>,
    /// Steps taken to follow texts.
    steps: usize,
}

/// What a node outside of functions is connected to.
#[derive(Debug)]
struct Links {
    inputs: Vec<u64>,
    functions: Vec<u64>,
}

/// What one function does, or the nodes outside of functions.
#[derive(Debug, Default)]
struct Function {
    calls: Vec<u64>,
    /// Operators of savers in it.
    of_savers: Vec<OfSaver>,
    /// It gives paths to operators.
    reaches: bool,
    by_name: bool,
}

#[derive(Debug)]
struct OfSaver {
    at: u64,
    node: u64,
    name: String,
    operator: String,
    /// Its path is given by whoever runs the graph, or is written out.
    given: bool,
    by_name: bool,
}

#[derive(Debug)]
struct Written {
    at: u64,
    role: &'static str,
    path: String,
    constant: u64,
    /// It fills a table.
    table: bool,
    /// Functions that it is handed to; only where these reach files is it a path.
    into: Vec<u64>,
}

/// The nodes of a function, or those outside of functions, while they are read.
#[derive(Debug, Default)]
struct Scope {
    name: String,
    texts: Texts,
    asks: Vec<Ask>,
    function: Function,
}

#[derive(Debug)]
struct Ask {
    at: u64,
    node: u64,
    name: String,
    operator: String,
    inputs: Vec<u64>,
    functions: Vec<u64>,
    by_name: bool,
}

impl Graph {
    /// A node is where a saver begins.
    pub(super) fn saver(&mut self, tensor: &str) {
        self.savers.push(self.names.of_input(tensor));
    }

    /// A tensor stands for an asset.
    pub(super) fn asset(&mut self, tensor: &str) {
        self.assets.insert(self.names.of_input(tensor));
    }

    /// Reads nodes and library.
    pub(super) fn read(
        &mut self,
        visit: &mut Visit<'_>,
        notes: &mut Notes,
        wire: &mut Wire,
        graphs: &mut Graphs,
        mut message: Message,
    ) -> Result<(), Fault> {
        let mut scope = Scope::default();
        while let Some(field) = wire.next(&mut message)? {
            match (field.number, field.value) {
                (1, Value::Bytes(node)) => {
                    let node = node::read(visit, notes, wire, node, "")?;
                    let links = Links {
                        inputs: node.inputs.iter().map(|input| self.names.of_input(input)).collect(),
                        functions: node.functions.iter().map(|name| self.names.of(name)).collect(),
                    };
                    let size = links.inputs.len().saturating_add(links.functions.len()).saturating_mul(8);
                    notes.remember(visit, NODE.saturating_add(size as u64))?;
                    self.add(visit, notes, graphs, &mut scope, &node)?;
                    self.nodes.insert(self.names.of(&node.name), links);
                }
                (2, Value::Bytes(mut library)) => {
                    while let Some(field) = wire.next(&mut library)? {
                        if let (1, Value::Bytes(function)) = (field.number, field.value) {
                            self.function(visit, notes, wire, graphs, function)?;
                        }
                    }
                }
                (6.., Value::Bytes(bytes)) => notes.disguised(visit, [(bytes.start, bytes.len())])?,
                _ => {}
            }
        }
        self.close(visit, scope);
        Ok(())
    }

    /// `FunctionDef`.
    fn function(
        &mut self,
        visit: &mut Visit<'_>,
        notes: &mut Notes,
        wire: &mut Wire,
        graphs: &mut Graphs,
        message: Message,
    ) -> Result<(), Fault> {
        let mut scope = Scope::default();
        let mut fields = message;
        while let Some(field) = wire.next(&mut fields)? {
            let (1, Value::Bytes(mut signature)) = (field.number, field.value) else { continue };
            while let Some(field) = wire.next(&mut signature)? {
                match (field.number, field.value) {
                    (1, Value::Bytes(name)) => scope.name = wire.text(name, 4096)?,
                    (2, Value::Bytes(mut argument)) => {
                        while let Some(field) = wire.next(&mut argument)? {
                            if let (1, Value::Bytes(name)) = (field.number, field.value) {
                                let name = self.names.of(&wire.text(name, 4096)?);
                                notes.remember(visit, NODE)?;
                                scope.texts.insert(name, Source::Given);
                            }
                        }
                    }
                    _ => {}
                }
            }
        }
        notes.remember(visit, NODE.saturating_add((scope.name.len() as u64).saturating_mul(2)))?;
        graphs.functions.insert(scope.name.clone());
        scope.function.by_name =
            ["traced_save", "traced_restore"].iter().any(|part| scope.name.contains(part));
        let mut fields = message;
        let mut count = 0_u64;
        while let Some(field) = wire.next(&mut fields)? {
            let (3, Value::Bytes(node)) = (field.number, field.value) else { continue };
            count = count.saturating_add(1);
            let node = node::read(visit, notes, wire, node, &scope.name)?;
            self.add(visit, notes, graphs, &mut scope, &node)?;
        }
        let key = format!("functions.{}", scope.name);
        notes.metadata(visit, message.start, &key, &crate::text::count(count, "node"))?;
        self.close(visit, scope);
        Ok(())
    }

    /// Takes up what a node does.
    fn add(
        &self,
        visit: &mut Visit<'_>,
        notes: &mut Notes,
        graphs: &mut Graphs,
        scope: &mut Scope,
        node: &Node,
    ) -> Result<(), Fault> {
        let full = || match scope.name.as_str() {
            "" => node.name.clone(),
            function => format!("{function}/{}", node.name),
        };
        let of_savers = paths::is_of_savers(&node.operator);
        if !of_savers {
            graphs.operators.add(visit, notes, node.at, ["", &node.operator], full)?;
        }
        for called in &node.calls {
            graphs.operators.add(visit, notes, node.at, [CUSTOM_CALL, called], full)?;
        }
        let key = self.names.of(&node.name);
        // What is behind a `^` has to be done before, and hands nothing on.
        let data = node.inputs.iter().filter(|input| !input.starts_with('^'));
        let inputs: Vec<u64> = data.map(|input| self.names.of_input(input)).collect();
        let functions: Vec<u64> = node.functions.iter().map(|name| self.names.of(name)).collect();
        if let Some(source) = source(node, &inputs) {
            let texts: usize = node.constant.iter().map(String::len).sum();
            notes.remember(visit, NODE.saturating_add(texts as u64))?;
            scope.texts.insert(key, source);
        }
        for (attribute, text) in &node.texts {
            let path = text.strip_prefix("file://").filter(|_| attribute == "output_stream").unwrap_or(text);
            let role = paths::of(&node.operator).map(|(_, role)| role).next();
            if let Some(role) = role.filter(|_| paths::is_elsewhere(text)) {
                graphs.reference(visit, notes, node.at, role, path)?;
            }
        }
        scope.function.calls.extend(&functions);
        // Functions that are called without an attribute have the name of the operator.
        let called = self.names.of(&node.operator);
        scope.function.calls.push(called);
        let takes = paths::of(&node.operator).any(|(from, _)| matches!(from, From::Input(_)));
        scope.function.reaches |= takes;
        if takes || !functions.is_empty() {
            let size = inputs.len().saturating_add(functions.len()).saturating_mul(8);
            notes.remember(visit, NODE.saturating_mul(2).saturating_add(size as u64))?;
            let by_name = node.name.split('/').any(is_saver_by_name);
            let operator = node.operator.clone();
            let name = if of_savers { full() } else { String::new() };
            scope.asks.push(Ask { at: node.at, node: key, name, operator, inputs, functions, by_name });
        }
        notes.remember(visit, 8)
    }

    /// All nodes of a function are known.
    fn close(&mut self, visit: &mut Visit<'_>, mut scope: Scope) {
        let mut left = STEPS.saturating_sub(self.steps);
        for ask in std::mem::take(&mut scope.asks) {
            let Ask { at, node, name, operator, inputs, functions, by_name } = ask;
            let mut given = true;
            for (from, role) in paths::of(&operator) {
                let From::Input(number) = from else { continue };
                let origins = inputs
                    .get(number)
                    .map(|input| scope.texts.origins(*input, &mut left))
                    .unwrap_or_default();
                given &= !origins.contains(&Origin::Computed);
                let table = paths::TABLES.contains(&operator.as_str());
                self.write(origins, at, role, table && scope.name.is_empty(), &[]);
            }
            if !functions.is_empty() {
                for input in &inputs {
                    self.write(
                        scope.texts.origins(*input, &mut left),
                        at,
                        HANDED,
                        scope.name.is_empty(),
                        &functions,
                    );
                }
            }
            if paths::is_of_savers(&operator) {
                scope.function.of_savers.push(OfSaver { at, node, name, operator, given, by_name });
            }
        }
        self.steps = STEPS.saturating_sub(left);
        if left == 0 || self.written.len() >= MOST_PATHS {
            visit.incomplete("not every text was followed to the operators that it reaches");
        }
        let key = self.names.of(&scope.name);
        match self.functions.entry(key) {
            Entry::Vacant(entry) => {
                entry.insert(scope.function);
            }
            Entry::Occupied(mut entry) => {
                let Function { calls, of_savers, reaches, by_name } = scope.function;
                let function = entry.get_mut();
                function.calls.extend(calls);
                function.of_savers.extend(of_savers);
                function.reaches |= reaches;
                function.by_name |= by_name;
            }
        }
    }

    fn write(&mut self, origins: Vec<Origin<'_>>, at: u64, role: &'static str, table: bool, into: &[u64]) {
        for origin in origins {
            if let Origin::Text(path, constant) = origin
                && paths::is_elsewhere(&path)
                && self.written.len() < MOST_PATHS
            {
                self.written.push(Written {
                    at,
                    role,
                    path: name(&path),
                    constant,
                    table,
                    into: into.to_vec(),
                });
            }
        }
    }

    /// Everything was read: what belongs to savers is told from what does not.
    pub(super) fn finish(
        mut self,
        visit: &mut Visit<'_>,
        notes: &mut Notes,
        graphs: &mut Graphs,
    ) -> Result<(), Fault> {
        let reaching = self.reaching();
        for written in std::mem::take(&mut self.written) {
            let Written { at, role, path, constant, table, into } = written;
            let handed = into.is_empty() || into.iter().any(|function| reaching.contains(function));
            if handed && !(table && self.assets.contains(&constant)) {
                graphs.reference(visit, notes, at, role, &path)?;
            }
        }
        let (nodes, functions) = self.of_savers();
        let outside = self.names.of("");
        let each =
            |(name, function): (u64, Function)| function.of_savers.into_iter().map(move |each| (name, each));
        let mut of_savers: Vec<(u64, OfSaver)> = self.functions.into_iter().flat_map(each).collect();
        of_savers.sort_by_key(|(_, each)| each.at);
        for (name, each) in of_savers {
            let within = if name == outside {
                nodes.contains(&each.node) || each.by_name
            } else {
                functions.contains(&name)
            };
            let domain = if within && each.given { SAVER } else { "" };
            graphs.operators.add(visit, notes, each.at, [domain, &each.operator], || each.name.clone())?;
        }
        Ok(())
    }

    /// Functions that give paths to operators, themselves or by others that they call.
    fn reaching(&self) -> HashSet<u64> {
        let mut callers: HashMap<u64, Vec<u64>> = HashMap::new();
        let mut reaching = HashSet::new();
        let mut queue = Vec::new();
        for (name, function) in &self.functions {
            for called in &function.calls {
                callers.entry(*called).or_default().push(*name);
            }
            if function.reaches && reaching.insert(*name) {
                queue.push(*name);
            }
        }
        while let Some(name) = queue.pop() {
            for caller in callers.get(&name).into_iter().flatten() {
                if reaching.insert(*caller) {
                    queue.push(*caller);
                }
            }
        }
        reaching
    }

    /// Nodes outside of functions, and functions, that savers need.
    fn of_savers(&self) -> (HashSet<u64>, HashSet<u64>) {
        let mut nodes = HashSet::new();
        let mut functions = HashSet::new();
        let mut queue = self.savers.clone();
        let mut called: Vec<u64> =
            self.functions.iter().filter(|(_, function)| function.by_name).map(|(name, _)| *name).collect();
        while let Some(node) = queue.pop() {
            if nodes.insert(node)
                && let Some(links) = self.nodes.get(&node)
            {
                queue.extend(&links.inputs);
                called.extend(&links.functions);
            }
        }
        while let Some(name) = called.pop() {
            if functions.insert(name)
                && let Some(function) = self.functions.get(&name)
            {
                called.extend(&function.calls);
            }
        }
        (nodes, functions)
    }
}

/// `save`, `save_1`, …: the scope that savers put their nodes into.
fn is_saver_by_name(scope: &str) -> bool {
    let rest = scope.strip_prefix("save");
    rest.is_some_and(|rest| {
        let digits = rest.strip_prefix('_').filter(|digits| !digits.is_empty());
        rest.is_empty() || digits.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
    })
}

/// The text of these inputs; of a node without inputs, nothing is known.
fn same(inputs: Option<&[u64]>) -> Option<Source> {
    inputs.filter(|inputs| !inputs.is_empty()).map(|inputs| Source::Same(inputs.to_vec()))
}

/// What text a node hands on.
fn source(node: &Node, inputs: &[u64]) -> Option<Source> {
    match node.operator.as_str() {
        "Const" | "HostConst" if !node.constant.is_empty() => Some(Source::Written(node.constant.clone())),
        "Placeholder" | "PlaceholderV2" | "_Arg" | "ReadVariableOp" => Some(Source::Given),
        "Identity"
        | "IdentityN"
        | "RefIdentity"
        | "Switch"
        | "RefSwitch"
        | "StopGradient"
        | "Snapshot"
        | "EnsureShape"
        | "ExpandDims"
        | "Squeeze"
        | "Reshape"
        | "StridedSlice"
        | "GatherV2"
        | "ShardedFilename"
        | "ShardedFilespec"
        | "PlaceholderWithDefault"
        | "Unpack"
        | "Tile"
        | "BroadcastTo"
        | "Enter"
        | "Exit" => same(inputs.get(..1)),
        "Fill" => same(inputs.get(1..2)),
        "Select" | "SelectV2" => same(inputs.get(1..3)),
        "Pack" | "Merge" | "ConcatV2" | "Concat" => same(Some(inputs)),
        "StringJoin" => {
            let separator = node.texts.iter().find(|(key, _)| key == "separator");
            let separator = separator.map(|(_, text)| text.clone()).unwrap_or_default();
            Some(Source::Joined(inputs.to_vec(), separator))
        }
        "Add" | "AddV2" => Some(Source::Joined(inputs.to_vec(), String::new())),
        _ => None,
    }
}
