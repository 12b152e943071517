//! What is compared, section by section.
//!
//! To add one: a file in `sections/` with a `pub(crate) static SECTION`, and a line in [`SECTIONS`].

pub mod adapter;
pub mod code;
pub mod files;
pub mod findings;
pub mod names;
pub mod settings;
pub mod template;
pub mod tensors;
pub mod tokenizer;

use super::Whole;
use super::change::Change;
use super::pair::Pair;
use super::version::Part;

/// Every section, in the order in which changes of the same risk are told.
pub static SECTIONS: &[&Section] = &[
    &findings::SECTION,
    &code::SECTION,
    &files::FORMATS,
    &names::SECTION,
    &settings::SECTION,
    &template::SECTION,
    &tokenizer::SECTION,
    &adapter::SECTION,
    &tensors::SECTION,
    &files::SECTION,
];

/// One kind of comparison.
pub struct Section {
    /// Its name, in lower case.
    pub id: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// What is compared and what a change means, in Markdown.
    pub docs: &'static str,
    pub(crate) check: Check,
}

impl std::fmt::Debug for Section {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id)
    }
}

/// What a section looks at.
pub(crate) enum Check {
    /// One file in both revisions, or in one of them. Never called for a file that is the same in both.
    Pair(fn(&Pair, &mut Vec<Change>)),
    /// Everything, when all files are read. What others found is there already.
    Whole(fn(&Whole<'_>, &mut Vec<Change>)),
}

/// The section with this id.
pub fn find(id: &str) -> Option<&'static Section> {
    SECTIONS.iter().copied().find(|section| section.id == id)
}

/// The parts of a pair, matched by member and format: those of both revisions, then those of the old one alone.
pub(crate) fn parts(pair: &Pair) -> Vec<(Option<&Part>, Option<&Part>)> {
    let old: &[Part] = pair.old.as_ref().map_or(&[], |version| &version.parts);
    let new: &[Part] = pair.new.as_ref().map_or(&[], |version| &version.parts);
    let mut waiting: std::collections::HashMap<(&str, &str), Vec<&Part>> = std::collections::HashMap::new();
    for part in old.iter().rev() {
        waiting.entry((&part.member, part.format)).or_default().push(part);
    }
    let mut out: Vec<(Option<&Part>, Option<&Part>)> = new
        .iter()
        .map(|part| (waiting.get_mut(&(&*part.member, part.format)).and_then(Vec::pop), Some(part)))
        .collect();
    let is_left = |part: &&Part| {
        let left = waiting.get(&(&*part.member, part.format));
        left.is_some_and(|left| left.iter().any(|other| std::ptr::eq(*other, *part)))
    };
    out.extend(old.iter().filter(is_left).map(|part| (Some(part), None)));
    out
}
