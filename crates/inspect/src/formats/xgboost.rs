//! XGBoost models: JSON, UBJSON, and the binary format of versions before 3.1.
//! Schema: `doc/model.schema` and `src/tree/tree_model.cc` of XGBoost.

pub(super) mod document;
mod legacy;
mod model;
pub(super) mod text;
mod tree;
mod ubjson;

use super::layout::Notes;
use super::{Format, Support};
use crate::detect::{Probe, Recognition};
use crate::limits::Fault;
use crate::samples::{boosting, one};
use crate::walk::Visit;
use document::Gather;

/// XGBoost.
pub static FORMAT: Format = Format {
    id: "xgboost",
    title: "XGBoost model",
    extensions: &["bin", "model", "ubj", "xgb"],
    support: Support::Inspected,
    carries_code: false,
    refines: &["json"],
    docs: "Models as JSON, as UBJSON, and in the binary format of versions before 3.1. Every tree: the lengths of its lists, \
           that every child is there and has one parent, its depth, its features and its categories. The numbers of trees, \
           features and classes against each other, the names of the booster and of the objective, `base_score`, and keys \
           that the format does not have. Attributes and the names of features are kept as metadata. Of a tree's numbers, \
           thresholds and weights are not looked at.",
    recognise,
    read,
    samples: || {
        let model = boosting::Xgboost::new();
        [
            one("model.json", model.json()),
            one("model.ubj", model.ubjson()),
            one("binary.model", boosting::legacy(2)),
        ]
        .concat()
    },
};

/// How an encoding is told from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Text,
    Ubjson,
    Binary,
}

fn encoding(probe: &Probe<'_>) -> Option<Encoding> {
    let contains = |bytes: &[u8], word: &[u8]| bytes.windows(word.len()).any(|window| window == word);
    let parts = |head: &[u8], tail: &[u8]| {
        contains(head, b"\"learner\"")
            && (contains(head, b"\"gradient_booster\"") || contains(tail, b"\"learner_model_param\""))
    };
    let head = probe.body();
    if let Some(rest) = head.strip_prefix(b"{").map(<[u8]>::trim_ascii_start)
        && rest.starts_with(b"\"")
    {
        let first = rest.starts_with(b"\"learner\"") || rest.starts_with(b"\"version\"");
        return (first && parts(rest, probe.tail())).then_some(Encoding::Text);
    }
    if ubjson::begins(&probe.head) {
        return Some(Encoding::Ubjson);
    }
    legacy::begins(&probe.head).then_some(Encoding::Binary)
}

fn recognise(probe: &Probe<'_>) -> Recognition {
    Recognition::certain_if(encoding(probe).is_some())
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let probe = Probe::new(&visit.input, visit.name)?;
    let mut notes = Notes::default();
    let root = match encoding(&probe) {
        Some(Encoding::Binary) => return legacy::read(visit, &mut notes),
        Some(Encoding::Ubjson) => {
            let mut gather = Gather::new(visit, &mut notes);
            let root = ubjson::read(&mut gather)?;
            (root, gather.trees)
        }
        Some(Encoding::Text) | None => {
            let input = visit.input.clone();
            let mut gather = Gather::new(visit, &mut notes);
            let root = text::read(&mut gather, &input)?;
            (root, gather.trees)
        }
    };
    model::check(visit, &mut notes, &root.0, &root.1)
}
