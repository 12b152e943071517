//! Facts about the numbers in tensors, noted when a scan is asked to read them.

use std::collections::BTreeMap;

use serde::Serialize;

/// What the numbers of tensors show.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "shows", rename_all = "kebab-case")]
pub enum Weights {
    /// How much of a part was read.
    Read {
        /// Tensors whose numbers were read.
        tensors: u64,
        /// Their bytes.
        bytes: u64,
        /// Tensors whose numbers were not: quantised blocks, other types, or bytes that do not lie there as they are.
        others: u64,
        /// How many matrices of plain floating point there are of each type, in the format's own words.
        types: BTreeMap<String, u64>,
    },
    /// Some numbers are none, or infinite.
    NotFinite {
        /// Name of the tensor.
        tensor: String,
        /// All its numbers.
        elements: u64,
        /// Those that are no number.
        nan: u64,
        /// Those that are infinite.
        infinite: u64,
    },
    /// A matrix of zeros.
    Zero {
        /// Name of the tensor.
        tensor: String,
        /// All its numbers.
        elements: u64,
    },
    /// Two tensors in different places have the same bytes.
    Same {
        /// The tensor that comes first.
        first: String,
        /// The other.
        second: String,
        /// Bytes of each.
        length: u64,
    },
    /// Few neurons of a classifying layer are much heavier than the rest.
    Outliers {
        /// Name of the tensor.
        tensor: String,
        /// All neurons.
        neurons: u64,
        /// The numbers of those that stand out, from 0.
        numbers: Vec<u64>,
        /// The greatest norm in parts of the median.
        ratio: f64,
    },
    /// The low bits of the numbers, put together, are a file or text.
    Hidden {
        /// Name of the tensor.
        tensor: String,
        /// The number of the tensor's element from which they are taken.
        element: u64,
        /// Which bits.
        bits: String,
        /// What they are.
        content: String,
    },
    /// The low bits of varied numbers repeat themselves, as those of trained numbers do not.
    Entropy {
        /// Name of the tensor.
        tensor: String,
        /// Samples that are so.
        odd: u64,
        /// All samples.
        samples: u64,
        /// The least entropy of the low byte, in bits.
        bits: f64,
    },
}
