//! What is compared, section by section.
//!
//! To add one: a file in `sections/` with a `pub(crate) static SECTION`, and a line in [`SECTIONS`].

pub mod adapter;
pub mod card;
pub mod code;
pub mod files;
pub mod findings;
pub mod licences;
pub mod names;
pub mod packages;
pub mod settings;
pub mod template;
pub mod tensors;
pub mod tokenizer;

use std::borrow::Cow;
use std::collections::HashMap;

use super::Whole;
use super::change::Change;
use super::pair::Pair;
use super::version::{Part, below};

/// Every section, in the order in which changes of the same risk are told.
pub static SECTIONS: &[&Section] = &[
    &findings::SECTION,
    &code::SECTION,
    &files::FORMATS,
    &names::SECTION,
    &packages::SECTION,
    &settings::SECTION,
    &template::SECTION,
    &tokenizer::SECTION,
    &adapter::SECTION,
    &licences::SECTION,
    &card::SECTION,
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

/// The parts of a pair, matched by member and format, cells of notebooks by what they are: those of both revisions, then those of the old one alone.
pub(crate) fn parts(pair: &Pair) -> Vec<(Option<&Part>, Option<&Part>)> {
    let old: &[Part] = pair.old.as_ref().map_or(&[], |version| &version.parts);
    let new: &[Part] = pair.new.as_ref().map_or(&[], |version| &version.parts);
    let (old_root, new_root) = pair.roots();
    let mut waiting: HashMap<(Cow<'_, str>, &str), Vec<usize>> = HashMap::new();
    for (index, part) in old.iter().enumerate().rev() {
        let member = pair.moved.member(below(old_root, &part.member));
        waiting.entry((member, part.format)).or_default().push(index);
    }
    let mut left: Vec<Option<&Part>> = old.iter().map(Some).collect();
    let mut out = Vec::new();
    for part in new {
        let key = (Cow::Borrowed(below(new_root, &part.member)), part.format);
        let twin = waiting.get_mut(&key).and_then(Vec::pop);
        out.push((twin.and_then(|twin| left.get_mut(twin)?.take()), Some(part)));
    }
    out.extend(left.into_iter().flatten().map(|part| (Some(part), None)));
    out
}
