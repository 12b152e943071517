//! The sorts of fact, and which of them there are about a file: most rules look at one sort, and are done at once where
//! there is none of it.

use weighbridge_domain::facts::What;

macro_rules! sorts {
    ($($sort:ident)*) => {
        /// A sort of fact, named like its variant of [`What`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Sort {$(
            $sort,
        )*}

        impl Sort {
            pub(crate) const fn of(what: &What) -> Self {
                match what {$(
                    What::$sort { .. } => Self::$sort,
                )*}
            }
        }
    };
}

sorts! {
    Address
    Archive
    Call
    Card
    Code
    Command
    Directive
    Encoded
    Entry
    ExternalTensor
    Image
    Import
    Licence
    Link
    Metadata
    ModelReference
    NameDisagrees
    Object
    Operator
    Package
    PackageIndex
    PackageScript
    Passage
    Polyglot
    Problem
    Program
    Reference
    RuleMatch
    Scattered
    Secret
    Setting
    Shard
    Split
    Tagged
    Template
    Tensor
    Use
    Vocabulary
    Weights
}

/// Sorts of fact.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sorts(u64);

impl Sorts {
    pub(crate) const fn has(self, sort: Sort) -> bool {
        self.0 >> sort as u8 & 1 == 1
    }

    pub(crate) const fn add(&mut self, sort: Sort) {
        self.0 |= 1 << sort as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::FORMATS;
    use crate::input::Input;
    use crate::limits::Limits;
    use crate::rules::{RULES, judge_file};

    #[test]
    fn rules_find_the_same_when_they_look_at_everything() {
        let examples = RULES.iter().flat_map(|rule| rule.examples).flat_map(|example| (example.files)());
        let samples = FORMATS.iter().flat_map(|format| (format.samples)());
        let mut files = 0;
        for (name, bytes) in examples.chain(samples) {
            let (mut facts, found) = crate::inspect(&Input::bytes(bytes), &name, &Limits::default());
            assert!(facts.facts.iter().all(|fact| facts.sorts.has(Sort::of(&fact.what))), "{name}");
            facts.sorts = Sorts(u64::MAX);
            facts.reached = std::sync::OnceLock::new();
            let mut all = Vec::new();
            judge_file(&name, &mut facts, &mut all);
            assert_eq!(format!("{found:?}"), format!("{all:?}"), "{name}");
            files += 1;
        }
        assert!(files > 1000, "{files}");
    }
}
