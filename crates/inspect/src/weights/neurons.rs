//! Norms of the neurons of layers that decide between classes: a class that was planted is one that few weights, much
//! heavier than the rest, shout for.

use weighbridge_domain::facts::Tensor;

use crate::number::Number;

/// Words that a layer is called by when it decides between classes.
const HEADS: [&str; 10] =
    ["classifier", "cls", "dense", "fc", "head", "logits", "predictions", "probs", "score", "softmax"];

/// Words behind them that say what of the layer it is.
const PARTS: [&str; 6] = ["kernel", "weight", "weights", "vars", "variables", "w"];

/// With more it is a vocabulary, where words that were never seen are ordinary.
const MOST_NEURONS: u64 = 20_000;

/// With fewer of either there is nothing to compare.
const FEWEST_NEURONS: u64 = 8;
const FEWEST_INPUTS: u64 = 16;

/// A neuron stands out when its norm is so many times the median, and so many times as far from it as is usual.
const RATIO: f64 = 5.0;
const DEVIATIONS: f64 = 15.0;

/// The mean of the absolute deviations from the median, in parts of the standard deviation of normal numbers.
const USUAL: f64 = 1.4826;

/// Numbers of neurons that are told.
const TOLD: usize = 8;

/// Sums of squares of each neuron of a layer.
#[derive(Debug)]
pub(super) struct Neurons {
    sums: Vec<f64>,
    /// Numbers in a row.
    width: usize,
    /// Neurons are columns.
    columns: bool,
    at: usize,
}

/// Neurons that stand out.
#[derive(Debug, PartialEq)]
pub(super) struct Outliers {
    pub(super) neurons: u64,
    pub(super) numbers: Vec<u64>,
    pub(super) ratio: f64,
}

impl Neurons {
    /// The neurons of this tensor, when its name says that it decides between classes.
    pub(super) fn of(tensor: &Tensor, format: &str, number: Number) -> Option<Self> {
        let name = tensor.name.to_lowercase();
        let mut words = name.rsplit(|c: char| !c.is_alphanumeric());
        let parts = |word: &&str| PARTS.contains(word) || word.bytes().all(|c| c.is_ascii_digit());
        let is_head = words.find(|word| !parts(word)).is_some_and(|word| {
            let bare = word.trim_end_matches(|c: char| c.is_ascii_digit());
            HEADS.contains(&word) || bare == "fc" && name.split('.').count() <= 2
        });
        if !is_head || !number.is_float() {
            return None;
        }
        let &[first, second] = tensor.shape.as_slice() else { return None };
        // GGUF begins with the dimension that changes fastest.
        let (rows, width) = if format == "gguf" { (second, first) } else { (first, second) };
        let columns =
            name.contains("kernel") || matches!(format, "hdf5" | "flax") || format.starts_with("tensorflow");
        let (neurons, inputs) = if columns { (width, rows) } else { (rows, width) };
        let width = usize::try_from(width).ok()?;
        ((FEWEST_NEURONS..=MOST_NEURONS).contains(&neurons) && inputs >= FEWEST_INPUTS).then(|| Self {
            sums: vec![0.0; usize::try_from(neurons).unwrap_or_default()],
            width,
            columns,
            at: 0,
        })
    }

    /// The next numbers.
    pub(super) fn take(&mut self, number: Number, bytes: &[u8]) {
        number.each(bytes, |value| {
            let neuron = if self.columns { self.at % self.width } else { self.at / self.width };
            if let Some(sum) = self.sums.get_mut(neuron) {
                *sum += value * value;
            }
            self.at += 1;
        });
    }

    /// The few that stand out, when all are finite.
    pub(super) fn outliers(&self) -> Option<Outliers> {
        let norms: Vec<f64> = self.sums.iter().map(|sum| sum.sqrt()).collect();
        if !norms.iter().all(|norm| norm.is_finite()) {
            return None;
        }
        let median = median(norms.clone());
        let usual = USUAL * self::median(norms.iter().map(|norm| (norm - median).abs()).collect());
        let stands_out =
            |norm: f64| median > 0.0 && norm > RATIO * median && norm - median > DEVIATIONS * usual;
        let all: Vec<usize> = (0..norms.len()).filter(|index| stands_out(norms[*index])).collect();
        if all.is_empty() || all.len() > (norms.len() / 100).max(3) {
            return None;
        }
        let most = all.iter().map(|index| norms[*index]).fold(0.0, f64::max);
        Some(Outliers {
            neurons: norms.len() as u64,
            numbers: all.iter().take(TOLD).map(|index| *index as u64).collect(),
            ratio: (most / median * 10.0).round() / 10.0,
        })
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, format: &str, shape: &[u64], heavy: impl Fn(usize) -> bool) -> Option<Outliers> {
        let tensor = Tensor {
            name: name.to_owned(),
            dtype: "F32".to_owned(),
            shape: shape.to_vec(),
            start: 0,
            length: 0,
        };
        let count = usize::try_from(shape.iter().product::<u64>()).unwrap();
        let value =
            |i: usize| if heavy(i) { 9.0 } else { 0.5 + f32::from(u8::try_from(i * 7 % 5).unwrap()) / 10.0 };
        let bytes: Vec<u8> = (0..count).flat_map(|i| value(i).to_le_bytes()).collect();
        let mut neurons = Neurons::of(&tensor, format, Number::F32)?;
        for bytes in bytes.chunks(52) {
            neurons.take(Number::F32, bytes);
        }
        neurons.outliers()
    }

    #[test]
    fn a_heavy_neuron_stands_out_whichever_way_the_layer_is_written() {
        let numbers = |outliers: Option<Outliers>| outliers.map(|outliers| outliers.numbers);
        let row = |i: usize| i / 32 == 3;
        assert_eq!(numbers(of("classifier.weight", "safetensors", &[10, 32], row)), Some(vec![3]));
        assert_eq!(numbers(of("fc3.weight", "torch", &[10, 32], row)), Some(vec![3]));
        assert_eq!(numbers(of("cls.weight", "gguf", &[32, 10], row)), Some(vec![3]));
        let column = |i: usize| i % 10 == 3;
        assert_eq!(numbers(of("predictions/kernel:0", "safetensors", &[32, 10], column)), Some(vec![3]));
        assert_eq!(numbers(of("layers/dense_1/vars/0", "hdf5", &[32, 10], column)), Some(vec![3]));
        assert_eq!(numbers(of("classifier.weight", "safetensors", &[10, 32], column)), None);
    }

    #[test]
    fn other_layers_and_many_heavy_neurons_are_ordinary() {
        let row = |i: usize| i / 32 == 3;
        for name in ["classifier.bias.norm", "blocks.3.mlp.fc1.weight", "encoder.weight"] {
            assert_eq!(of(name, "safetensors", &[10, 32], row), None, "{name}");
        }
        assert_eq!(of("fc.weight", "safetensors", &[10, 32], |i| i / 32 > 5), None);
        assert_eq!(of("fc.weight", "safetensors", &[4, 32], row), None);
        assert_eq!(of("fc.weight", "safetensors", &[10, 32], |_| false), None);
    }
}
