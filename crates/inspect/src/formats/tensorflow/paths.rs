//! Which inputs and attributes of operators are paths or addresses, and where texts come from that reach them.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};

/// Where an operator takes a path from, and what is there.
#[derive(Debug, Clone, Copy)]
pub(super) enum From {
    /// The input of this number.
    Input(usize),
    /// The attribute of this name.
    Attribute(&'static str),
}

/// Operators that are given paths or addresses.
const PATHS: &[(&str, From, &str)] = &[
    ("CSVDataset", From::Input(0), DATA),
    ("CSVDatasetV2", From::Input(0), DATA),
    ("CacheDataset", From::Input(1), "cache"),
    ("CacheDatasetV2", From::Input(1), "cache"),
    ("CalibrationStatisticsSaver", From::Attribute("output_file_path"), OUTPUT),
    ("CreateSummaryDbWriter", From::Input(1), OUTPUT),
    ("CreateSummaryFileWriter", From::Input(1), OUTPUT),
    ("DTensorRestoreV2", From::Input(0), CHECKPOINT),
    ("DatasetToTFRecord", From::Input(1), OUTPUT),
    ("DebugIdentity", From::Attribute(URLS), DEBUG),
    ("DebugIdentityV2", From::Attribute(URLS), DEBUG),
    ("DebugIdentityV3", From::Attribute(URLS), DEBUG),
    ("DebugNanCount", From::Attribute(URLS), DEBUG),
    ("DebugNumericSummary", From::Attribute(URLS), DEBUG),
    ("DebugNumericSummaryV2", From::Attribute(URLS), DEBUG),
    ("DecodeProto", From::Attribute(DESCRIPTORS), "descriptors"),
    ("DecodeProtoV2", From::Attribute(DESCRIPTORS), "descriptors"),
    ("DistributedSave", From::Input(1), OUTPUT),
    ("DumpTensor", From::Attribute("log_dir_path"), OUTPUT),
    ("EncodeProto", From::Attribute(DESCRIPTORS), "descriptors"),
    ("ExperimentalCSVDataset", From::Input(0), DATA),
    ("ExperimentalDatasetToTFRecord", From::Input(1), OUTPUT),
    ("ExperimentalLMDBDataset", From::Input(0), DATA),
    ("ExperimentalMatchingFilesDataset", From::Input(0), DATA),
    ("ExperimentalSqlDataset", From::Input(1), DATA),
    ("FixedLengthRecordDataset", From::Input(0), DATA),
    ("FixedLengthRecordDatasetV2", From::Input(0), DATA),
    ("FixedUnigramCandidateSampler", From::Attribute("vocab_file"), VOCABULARY),
    ("GenerateVocabRemapping", From::Input(0), VOCABULARY),
    ("GenerateVocabRemapping", From::Input(1), VOCABULARY),
    ("ImmutableConst", From::Attribute("memory_region_name"), DATA),
    (TABLES[0], From::Input(1), VOCABULARY),
    (TABLES[1], From::Input(1), VOCABULARY),
    ("LMDBDataset", From::Input(0), DATA),
    ("ListSnapshotChunksDataset", From::Input(0), DATA),
    ("LoadAndRemapMatrix", From::Input(0), CHECKPOINT),
    ("LoadDataset", From::Input(0), DATA),
    ("MatchingFiles", From::Input(0), "file"),
    ("MatchingFilesDataset", From::Input(0), DATA),
    ("MergeV2Checkpoints", From::Input(0), CHECKPOINT),
    ("MergeV2Checkpoints", From::Input(1), CHECKPOINT),
    ("PrintV2", From::Attribute("output_stream"), OUTPUT),
    ("ReadFile", From::Input(0), "file"),
    ("RecordInput", From::Attribute("file_pattern"), DATA),
    ("Restore", From::Input(0), CHECKPOINT),
    ("RestoreSlice", From::Input(0), CHECKPOINT),
    ("RestoreV2", From::Input(0), CHECKPOINT),
    ("Save", From::Input(0), CHECKPOINT),
    ("SaveDataset", From::Input(1), OUTPUT),
    ("SaveDatasetV2", From::Input(1), OUTPUT),
    ("SaveSlices", From::Input(0), CHECKPOINT),
    ("SaveV2", From::Input(0), CHECKPOINT),
    ("Skipgram", From::Attribute("filename"), DATA),
    ("SnapshotChunkDataset", From::Input(0), DATA),
    ("SnapshotDataset", From::Input(1), "cache"),
    ("SnapshotDatasetReader", From::Input(0), DATA),
    ("SnapshotDatasetV2", From::Input(1), "cache"),
    ("SqlDataset", From::Input(1), DATA),
    ("TFRecordDataset", From::Input(0), DATA),
    ("TFRecordDatasetV2", From::Input(0), DATA),
    ("TextLineDataset", From::Input(0), DATA),
    ("WriteFile", From::Input(0), OUTPUT),
];

const CHECKPOINT: &str = "checkpoint";
const DATA: &str = "pipeline data";
const DEBUG: &str = "debug output";
const OUTPUT: &str = "output";
const URLS: &str = "debug_urls";
const DESCRIPTORS: &str = "descriptor_source";
pub(super) const VOCABULARY: &str = "vocabulary";

/// Operators that fill a table from a file: the one use that the assets of a model have.
pub(super) const TABLES: [&str; 2] = ["InitializeTableFromTextFile", "InitializeTableFromTextFileV2"];

/// Operators that savers use.
const SAVER: [&str; 8] = [
    "DTensorRestoreV2",
    "MergeV2Checkpoints",
    "Restore",
    "RestoreSlice",
    "RestoreV2",
    "Save",
    "SaveSlices",
    "SaveV2",
];

/// It is an operator that savers use.
pub(super) fn is_of_savers(operator: &str) -> bool {
    SAVER.contains(&operator)
}

/// Where this operator takes paths from, and what they are for.
pub(super) fn of(operator: &str) -> impl Iterator<Item = (From, &'static str)> {
    PATHS.iter().filter(move |(name, ..)| *name == operator).map(|(_, from, role)| (*from, *role))
}

/// A text that reaches an attribute of this name is a path that is looked at.
pub(super) fn is_attribute(operator: &str, key: &str) -> bool {
    of(operator).any(|(from, _)| matches!(from, From::Attribute(name) if name == key))
}

/// It leads to one place, wherever the process runs: an absolute path, one with `..`, an address.
pub(super) fn is_elsewhere(path: &str) -> bool {
    // What says that there is no file.
    let none = ["local://", "bytes://", "memmapped_package://"].iter().any(|scheme| path.starts_with(scheme));
    let drive = matches!(path.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
    let up = path.split(['/', '\\']).any(|part| part == "..");
    let encoded = path.to_ascii_lowercase();
    let encoded = ["%2e%2e", "%2f", "%5c"].iter().any(|code| encoded.contains(code));
    !none && (path.starts_with(['/', '\\', '~']) || drive || up || encoded || path.contains("://"))
}

/// What a text is made of.
#[derive(Debug)]
pub(super) enum Source {
    /// Texts that are written out.
    Written(Vec<String>),
    /// Those of other nodes.
    Same(Vec<u64>),
    /// Those of other nodes, one behind the other, with this between them.
    Joined(Vec<u64>, String),
    /// What whoever runs the graph says.
    Given,
}

/// Where a text can come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin<'a> {
    /// It is, or begins with, this text, which that node holds.
    Text(Cow<'a, str>, u64),
    /// Whoever runs the graph says it.
    Given,
    /// The graph computes it.
    Computed,
}

/// Texts of the nodes of one graph or function, by the name of the node.
#[derive(Debug, Default)]
pub(super) struct Texts {
    sources: HashMap<u64, Source>,
}

/// Names are kept as numbers that nobody can foresee.
#[derive(Debug, Default)]
pub(super) struct Names(RandomState);

impl Names {
    /// The number of the node that an input is from: `node`, `node:1`, `node:output:1` or `^node`.
    pub(super) fn of_input(&self, input: &str) -> u64 {
        let input = input.strip_prefix('^').unwrap_or(input);
        self.of(input.split(':').next().unwrap_or(input))
    }

    pub(super) fn of(&self, name: &str) -> u64 {
        self.0.hash_one(name)
    }
}

/// How far a text is followed, in how many steps, and to how many places.
const DEPTH: usize = 24;
const STEPS: usize = 2048;
const MOST: usize = 64;

impl Texts {
    pub(super) fn insert(&mut self, node: u64, source: Source) {
        self.sources.insert(node, source);
    }

    /// Where the text that this node hands on can come from; takes its steps from those that are left.
    pub(super) fn origins(&self, node: u64, left: &mut usize) -> Vec<Origin<'_>> {
        let mut search = Search { sources: &self.sources, steps: STEPS.min(*left) };
        let taken = search.steps;
        let origins = search.follow(node, DEPTH);
        *left = left.saturating_sub(taken.saturating_sub(search.steps));
        origins
    }
}

struct Search<'a> {
    sources: &'a HashMap<u64, Source>,
    steps: usize,
}

impl<'a> Search<'a> {
    fn follow(&mut self, node: u64, depth: usize) -> Vec<Origin<'a>> {
        self.steps = self.steps.saturating_sub(1);
        let Some(depth) = depth.checked_sub(1).filter(|_| self.steps > 0) else {
            return vec![Origin::Computed];
        };
        match self.sources.get(&node) {
            None => vec![Origin::Computed],
            Some(Source::Given) => vec![Origin::Given],
            Some(Source::Written(texts)) => {
                self.steps = self.steps.saturating_sub(texts.len());
                texts.iter().take(MOST).map(|text| Origin::Text(Cow::Borrowed(text), node)).collect()
            }
            Some(Source::Same(nodes)) => {
                let mut found = Vec::new();
                for node in nodes.iter().take(MOST) {
                    found.extend(self.follow(*node, depth));
                }
                found.truncate(MOST);
                found
            }
            Some(Source::Joined(nodes, separator)) => vec![self.join(nodes, separator, depth)],
        }
    }

    /// What texts are that are put one behind the other, as far as they are written out.
    fn join(&mut self, nodes: &[u64], separator: &str, depth: usize) -> Origin<'a> {
        let mut whole = String::new();
        let mut first = None;
        for node in nodes.iter().take(MOST) {
            match self.follow(*node, depth).into_iter().next() {
                Some(Origin::Text(part, node)) => {
                    if first.is_some() {
                        whole.push_str(separator);
                    }
                    first.get_or_insert(node);
                    whole.push_str(&part);
                }
                other if first.is_none() => return other.unwrap_or(Origin::Computed),
                _ => break,
            }
            if whole.len() > LONGEST {
                break;
            }
        }
        first.map_or(Origin::Computed, |node| Origin::Text(Cow::Owned(whole), node))
    }
}

/// Bytes of a joined text; paths are shorter.
const LONGEST: usize = 4096;
