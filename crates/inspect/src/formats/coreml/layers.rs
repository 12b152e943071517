//! The layers of neural networks, from a table.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A kind of layer.
pub(super) struct Layer {
    pub(super) name: &'static str,
    pub(super) inner: Vec<Inner>,
}

/// Something inside a layer.
pub(super) struct Inner {
    /// The numbers of the fields that lead to it.
    pub(super) path: Vec<u32>,
    pub(super) name: &'static str,
    /// A network; else weights.
    pub(super) network: bool,
}

/// The kind of layer whose field has this number.
pub(super) fn find(number: u32) -> Option<&'static Layer> {
    LAYERS.get(&number)
}

static LAYERS: LazyLock<BTreeMap<u32, Layer>> =
    LazyLock::new(|| include_str!("layers.txt").lines().filter_map(read).collect());

fn read(line: &'static str) -> Option<(u32, Layer)> {
    let mut words = line.split(' ');
    let number = words.next()?.parse().ok()?;
    let name = words.next()?;
    let inner = words.filter_map(|word| {
        let (path, name) = word.split_once('=')?;
        let path = path.split('.').filter_map(|number| number.parse().ok()).collect();
        let network = name.starts_with('@');
        Some(Inner { path, name: name.trim_start_matches('@'), network })
    });
    Some((number, Layer { name, inner: inner.collect() }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::known::operators::{Doing, classify};
    use weighbridge_domain::facts::Operator;

    #[test]
    fn every_layer_of_the_table_is_read_and_known() {
        let lines = include_str!("layers.txt").lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(LAYERS.len(), lines);
        for layer in LAYERS.values().filter(|layer| layer.name != "custom") {
            let operator = Operator {
                dialect: "coreml",
                domain: "layer".to_owned(),
                name: layer.name.to_owned(),
                node: String::new(),
                count: 1,
                defined: false,
            };
            assert_eq!(classify(&operator).doing, Doing::Computes, "{}", layer.name);
        }
        let branch = find(605).unwrap();
        assert!(branch.inner.iter().all(|inner| inner.network && inner.path.len() == 1));
        let lstm = find(420).unwrap();
        assert!(
            lstm.inner.iter().any(|inner| inner.path == [20, 60] && inner.name == "inputGatePeepholeVector")
        );
    }
}
