//! What the rules about operators share.

use weighbridge_domain::facts::Operator;

use crate::facts::{Facts, Place};
use crate::known::Capability;
use crate::known::operators::{Doing, classify};

/// Operators that reach beyond the graph, with what they can do and the sentence about each.
pub(super) fn reaching(facts: &Facts) -> impl Iterator<Item = (Place<'_>, Capability, String)> {
    facts.operators().filter_map(|(place, operator)| {
        let known = classify(operator);
        let Doing::Reaches(capability) = known.doing else { return None };
        let note = known.note.map_or_else(String::new, |note| format!(": it {note}"));
        Some((
            place,
            capability,
            format!("{} {}{note}{}", named(operator), capability.words(), used(operator)),
        ))
    })
}

/// The operator with its set.
pub(super) fn named(operator: &Operator) -> String {
    let Operator { domain, name, .. } = operator;
    if domain.is_empty() {
        return format!("the operator `{name}`");
    }
    format!("the operator `{name}` of the set `{domain}`")
}

/// Where it is used, as the end of a sentence.
pub(super) fn used(operator: &Operator) -> String {
    let Operator { node, count, .. } = operator;
    match (node.is_empty(), *count) {
        (true, 0 | 1) => String::new(),
        (true, count) => format!(" ({count} nodes)"),
        (false, 0 | 1) => format!(" (`{node}`)"),
        (false, count) => format!(" ({count} nodes, the first is `{node}`)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_name_the_operator_its_set_and_its_nodes() {
        let mut operator = Operator {
            dialect: "onnx",
            domain: "com.example".to_owned(),
            name: "Run".to_owned(),
            node: "n1".to_owned(),
            count: 3,
            defined: false,
        };
        assert_eq!(named(&operator), "the operator `Run` of the set `com.example`");
        assert_eq!(used(&operator), " (3 nodes, the first is `n1`)");
        operator.count = 1;
        assert_eq!(used(&operator), " (`n1`)");
        operator.node.clear();
        assert_eq!(used(&operator), "");
        operator.domain.clear();
        assert_eq!(named(&operator), "the operator `Run`");
    }
}
