//! Which of the G7's minimum elements of a bill of material for AI a bill has (Cybersecurity Working Group, 12 May 2026).

use weighbridge_domain::bill::{Bill, Field, Topic};

/// Whether an element is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// The bill has it.
    Present,
    /// The files of a model can say it, or whoever asks for the bill, and did not.
    Absent,
    /// The files of a model do not tell it.
    Unknowable,
}

impl Presence {
    /// The word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Absent => "absent",
            Self::Unknowable => "cannot be known",
        }
    }
}

/// A cluster of elements.
#[derive(Debug, Clone, Copy)]
pub struct Cluster {
    /// Its name.
    pub title: &'static str,
    elements: &'static [Element],
}

/// An element, and whether a bill has it.
type Element = (&'static str, fn(&Bill) -> Presence);

use Presence::{Absent, Present, Unknowable};

const fn always(_: &Bill) -> Presence {
    Present
}

/// It could be told, and this version does not.
const fn never_written(_: &Bill) -> Presence {
    Absent
}

const fn never(_: &Bill) -> Presence {
    Unknowable
}

const fn if_any(is: bool) -> Presence {
    if is { Present } else { Absent }
}

fn states(bill: &Bill, field: Field) -> Presence {
    if_any(bill.first(field).is_some())
}

fn tells(bill: &Bill, topic: Topic) -> Presence {
    if_any(bill.told(topic).next().is_some())
}

fn has_digests(bill: &Bill) -> Presence {
    if_any(bill.manifest.files.iter().all(|file| file.sha256.is_some()))
}

fn names_data(bill: &Bill) -> Presence {
    if_any(!bill.datasets.is_empty())
}

/// All clusters in the order of the document.
pub static CLUSTERS: [Cluster; 7] = [
    Cluster {
        title: "Metadata",
        elements: &[
            ("author", never_written),
            ("version", always),
            ("data format name", always),
            ("data format version", always),
            ("author signature", never_written),
            ("tool name", always),
            ("tool version", always),
            ("generation context", always),
            ("timestamp", |bill| if_any(bill.date.is_some())),
            ("dependency relationship", always),
        ],
    },
    Cluster {
        title: "System level properties",
        elements: &[
            ("name", never),
            ("components", never),
            ("producer", never),
            ("version", never),
            ("timestamp", never),
            ("data flow", never),
            ("data usage", never),
            ("input and output properties", never),
            ("intended application area", |bill| tells(bill, Topic::IntendedUse)),
        ],
    },
    Cluster {
        title: "Models",
        elements: &[
            ("name", |bill| states(bill, Field::Name)),
            ("identifier", |bill| if_any(bill.purl.is_some())),
            ("version", |bill| states(bill, Field::Version)),
            ("timestamp", never),
            ("producer", |bill| states(bill, Field::Author)),
            ("description", |bill| states(bill, Field::Description)),
            ("hash value", has_digests),
            ("hash algorithm", has_digests),
            ("properties", |bill| if_any(bill.stated.keys().any(|field| *field > Field::Author))),
            ("input and output properties", never_written),
            ("training properties", |bill| tells(bill, Topic::TrainingData)),
            ("licence", |bill| if_any(!bill.terms.is_empty())),
            ("external references", never_written),
        ],
    },
    Cluster {
        title: "Dataset properties",
        elements: &[
            ("name", names_data),
            ("description", never),
            ("content", never),
            ("identifier", names_data),
            ("hash", never),
            ("provenance", never),
            ("statistical properties", never),
            ("sensitivity", never),
            ("dependency relationship", names_data),
            ("licence", never),
        ],
    },
    Cluster {
        title: "Infrastructure",
        elements: &[("software", |bill| if_any(!bill.parts.is_empty())), ("hardware", never)],
    },
    Cluster {
        title: "Security properties",
        elements: &[
            ("security controls", never),
            ("security compliance", never),
            ("cybersecurity policy information", never),
            ("vulnerability referencing", always),
        ],
    },
    Cluster {
        title: "Key performance indicators",
        elements: &[
            ("security metrics", never),
            ("operational performance", |bill| if_any(!bill.results.is_empty())),
        ],
    },
];

impl Cluster {
    /// Each element with whether the bill has it.
    pub fn look(&self, bill: &Bill) -> impl Iterator<Item = (&'static str, Presence)> {
        self.elements.iter().map(|(name, look)| (*name, look(bill)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_as_many_elements_as_the_document_has() {
        let counts: Vec<usize> = CLUSTERS.iter().map(|cluster| cluster.elements.len()).collect();
        assert_eq!(counts, [10, 9, 13, 10, 2, 4, 2]);
        assert_eq!(counts.iter().sum::<usize>(), 50);
    }
}
