//! What an operator of a graph can do, judged by its dialect, set and name.
//!
//! The names are data: `known/operators/<dialect>.txt`. A line under a `[section]` is `set: Name, Name` (`-` is the set
//! without a name, `*` is any set), a name may end in `*` for all that begin so, and `set.*` is a whole set; a remark after
//! ` # ` is shown to the reader of a finding. The sections are those of the tables of Python names that make sense for
//! operators, and two more: `[computes]` for what only computes, and `[library]` for what a well-known library brings along.
//! A danger wins over everything, a name over a whole set.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use weighbridge_domain::facts::Operator;

use super::{Capability, table};

/// The dialects with their tables, in alphabetical order.
const TABLES: &[(&str, &str)] = &[
    ("cntk", include_str!("operators/cntk.txt")),
    ("coreml", include_str!("operators/coreml.txt")),
    ("executorch", include_str!("operators/executorch.txt")),
    ("mxnet", include_str!("operators/mxnet.txt")),
    ("ncnn", include_str!("operators/ncnn.txt")),
    ("onnx", include_str!("operators/onnx.txt")),
    ("openvino", include_str!("operators/openvino.txt")),
    ("paddle", include_str!("operators/paddle.txt")),
    ("pmml", include_str!("operators/pmml.txt")),
    ("r", include_str!("operators/r.txt")),
    ("tensorflow", include_str!("operators/tensorflow.txt")),
    ("tensorrt", include_str!("operators/tensorrt.txt")),
    ("tflite", include_str!("operators/tflite.txt")),
    ("torch", include_str!("operators/torch.txt")),
    ("zarr", include_str!("operators/zarr.txt")),
];

/// What an operator can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    /// Compute, by the rules of the dialect or by what the file itself says.
    Computes,
    /// Compute, by the code of a well-known library.
    Library,
    /// Not known: only the code of a library that is not named can say.
    Unknown,
    /// Something that reaches beyond the graph.
    Reaches(Capability),
}

/// What is known of one operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// What it can do.
    pub doing: Doing,
    /// A remark for the reader of a finding.
    pub note: Option<&'static str>,
}

/// Says what an operator can do.
#[must_use]
pub fn classify(operator: &Operator) -> Known {
    let best = OPERATORS.get(operator.dialect).and_then(|table| table.best(&operator.domain, &operator.name));
    // A runtime of ONNX that has an operator of this name takes its own, whatever the file defines.
    let taken = operator.dialect == "onnx"
        && best.is_some_and(|entry| matches!(entry.known.doing, Doing::Reaches(_)));
    if operator.defined && !taken {
        return Known { doing: Doing::Computes, note: None };
    }
    best.map_or(Known { doing: Doing::Unknown, note: None }, |entry| entry.known)
}

static OPERATORS: LazyLock<BTreeMap<&'static str, Table>> =
    LazyLock::new(|| TABLES.iter().map(|(dialect, text)| (*dialect, Table::read(text))).collect());

/// The operators of one dialect, by their names: a graph may ask for hundreds of thousands.
struct Table {
    entries: Vec<Entry>,
    /// Which entries list a name.
    listed: HashMap<&'static str, Vec<usize>>,
    /// Entries with whole sets, and with what names begin with.
    general: Vec<usize>,
}

struct Entry {
    /// Empty for the set without a name.
    set: &'static str,
    /// Empty for a whole set.
    names: Vec<&'static str>,
    /// What names begin with.
    beginnings: Vec<&'static str>,
    known: Known,
}

impl Entry {
    fn is_set(&self) -> bool {
        self.names.is_empty() && self.beginnings.is_empty()
    }
}

impl Table {
    fn read(text: &'static str) -> Self {
        let entries: Vec<Entry> =
            table::read_lines(text).filter_map(|(section, line)| read_entry(section, line)).collect();
        let mut listed: HashMap<&str, Vec<usize>> = HashMap::new();
        for (index, entry) in entries.iter().enumerate() {
            for name in &entry.names {
                listed.entry(name).or_default().push(index);
            }
        }
        let is_general = |(index, entry): (usize, &Entry)| {
            (entry.is_set() || !entry.beginnings.is_empty()).then_some(index)
        };
        let general = entries.iter().enumerate().filter_map(is_general).collect();
        Self { entries, listed, general }
    }

    /// The entry that says most about an operator.
    fn best(&self, set: &str, name: &str) -> Option<&Entry> {
        let listed = self.listed.get(name).map(Vec::as_slice).unwrap_or_default();
        let begins = |entry: &Entry| entry.beginnings.iter().any(|beginning| name.starts_with(beginning));
        let general = self
            .general
            .iter()
            .filter(|index| self.entries.get(**index).is_some_and(|entry| entry.is_set() || begins(entry)));
        listed
            .iter()
            .chain(general)
            .filter_map(|index| Some((index, self.entries.get(*index)?)))
            .filter(|(_, entry)| entry.set == "*" || entry.set == set)
            .max_by_key(|(index, entry)| {
                (matches!(entry.known.doing, Doing::Reaches(_)), !entry.is_set(), **index)
            })
            .map(|(_, entry)| entry)
    }
}

fn read_entry(section: &str, line: &'static str) -> Option<Entry> {
    let (line, note) = line.split_once(" # ").map_or((line, None), |(line, note)| (line, Some(note)));
    let doing = match section {
        "computes" => Doing::Computes,
        "library" => Doing::Library,
        other => Doing::Reaches(table::of_section(other)?),
    };
    let known = Known { doing, note };
    let Some((set, listed)) = line.split_once(": ") else {
        return Some(Entry {
            set: line.strip_suffix(".*")?,
            names: Vec::new(),
            beginnings: Vec::new(),
            known,
        });
    };
    let set = if set == "-" { "" } else { set };
    let (beginnings, names): (Vec<_>, Vec<_>) = listed.split(", ").partition(|name| name.ends_with('*'));
    let beginnings = beginnings.into_iter().map(|name| name.strip_suffix('*').unwrap_or(name)).collect();
    Some(Entry { set, names, beginnings, known })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doing(dialect: &'static str, domain: &str, name: &str) -> Doing {
        let (domain, name) = (domain.to_owned(), name.to_owned());
        classify(&Operator { dialect, domain, name, node: String::new(), count: 1, defined: false }).doing
    }

    #[test]
    fn every_line_of_every_table_is_read() {
        for (dialect, text) in TABLES {
            let said = text.lines().filter(|line| !(line.is_empty() || line.starts_with(['#', '['])));
            let read = OPERATORS.get(dialect).map(|table| table.entries.len());
            assert_eq!(read, Some(said.count()), "{dialect}");
        }
    }

    #[test]
    fn a_danger_wins_and_a_name_wins_over_its_set() {
        for (domain, name, wanted) in [
            ("", "Conv", Doing::Computes),
            ("ai.onnx.ml", "TreeEnsemble", Doing::Computes),
            ("ai.onnx.ml", "Conv", Doing::Unknown),
            ("", "Conv2", Doing::Unknown),
            ("com.microsoft", "FusedMatMul", Doing::Computes),
            ("com.example", "Conv", Doing::Unknown),
            ("com.example", "PyOp", Doing::Reaches(Capability::RunsCode)),
            ("", "PyFuncStateless", Doing::Reaches(Capability::RunsCode)),
            ("com.microsoft", "PythonOpGrad", Doing::Reaches(Capability::ResolvesNames)),
            ("com.microsoft", "EPContext", Doing::Reaches(Capability::CarriesCode)),
            ("com.microsoft.extensions", "AzureTextToText", Doing::Reaches(Capability::Network)),
            ("ai.onnx.contrib", "GPT2Tokenizer", Doing::Library),
        ] {
            assert_eq!(doing("onnx", domain, name), wanted, "{domain} {name}");
        }
        assert_eq!(doing("nobody", "", "Conv"), Doing::Unknown);
    }

    /// Every operator of a graph is looked up, and hostile graphs have hundreds of thousands.
    #[test]
    fn few_entries_have_to_be_tried_one_by_one() {
        for (dialect, table) in &*OPERATORS {
            let most = table.listed.values().map(Vec::len).max().unwrap_or_default();
            assert!(most <= 8 && table.general.len() <= 100, "{dialect}: {most}, {}", table.general.len());
        }
    }

    #[test]
    fn what_the_file_defines_only_computes_unless_the_runtime_has_its_own() {
        let (domain, name) = ("local".to_owned(), "DemoOp".to_owned());
        let mut operator =
            Operator { dialect: "onnx", domain, name, node: String::new(), count: 1, defined: true };
        assert_eq!(classify(&operator).doing, Doing::Computes);
        operator.defined = false;
        assert_eq!(classify(&operator).doing, Doing::Unknown);
        operator.defined = true;
        "ai.onnx.contrib".clone_into(&mut operator.domain);
        "PyOp".clone_into(&mut operator.name);
        assert!(matches!(classify(&operator).doing, Doing::Reaches(_)));
    }
}
