//! One file in both revisions: read side by side, judged by the rules as a scan would, and compared part by part.

use std::collections::HashMap;
use std::ops::Range;
use std::time::Instant;

use weighbridge_domain::Digest;

use super::cells::Moved;
use super::change::Change;
use super::content::Content;
use super::sections::{Check, SECTIONS, parts};
use super::stream::{Compared, Reader, Shared, compare, compare_ranges};
use super::version::{Held, Version, below, root_of, tensors};
use super::{Missed, Relation};
use crate::digest::digest;
use crate::facts::Facts;
use crate::formats::notebook;
use crate::input::Input;
use crate::limits::{Budget, Fault};
use crate::number::Number;
use crate::scan::find::Asked;
use crate::scan::{Opened, Options, Outcome, Progress};
use crate::text;
use crate::walk::walk_keeping;

/// A file as it was found in either revision.
pub(crate) struct Asking<'a> {
    pub(crate) old: Option<&'a Asked>,
    pub(crate) new: Option<&'a Asked>,
}

/// A file in either revision, read.
#[derive(Default)]
pub(crate) struct Pair {
    pub(crate) old: Option<Version>,
    pub(crate) new: Option<Version>,
    /// Tensors that both have under one name.
    pub(crate) tensors: Vec<Twins>,
    /// Its tensors became known when everything was read, and were not compared with the rest.
    pub(crate) is_late: bool,
    pub(crate) changes: Vec<Change>,
    /// Cells of notebooks that have another number now.
    pub(crate) moved: Moved,
    /// Parts that differ and could not be read.
    pub(crate) unread: Vec<Missed>,
}

impl Asking<'_> {
    pub(crate) fn count(&self) -> u64 {
        u64::from(self.old.is_some()) + u64::from(self.new.is_some())
    }
}

impl Compared {
    /// What is known without a look at the bytes.
    pub(crate) fn at_once(old: &Held, new: &Held) -> Option<Self> {
        if !old.is_like(new) || !old.in_place || !new.in_place {
            None
        } else if old.tensor.length == new.tensor.length {
            old.is_empty().then_some(Self { same: true, norms: None })
        } else {
            Some(Self { same: false, norms: None })
        }
    }
}

impl Pair {
    /// Both are there and have the same bytes.
    pub(crate) fn is_same(&self) -> bool {
        let digest = |version: &Option<Version>| version.as_ref().and_then(|version| version.sha256);
        digest(&self.old).is_some() && digest(&self.old) == digest(&self.new)
    }

    /// Every byte of both was read, or it is only there in one revision.
    pub(crate) fn is_read(&self) -> bool {
        let versions = self.old.as_ref().zip(self.new.as_ref());
        versions.is_none_or(|(old, new)| old.sha256.is_some() && new.sha256.is_some())
    }

    /// Models say which tensors are in it.
    pub(crate) fn described(&mut self) {
        self.unread.clear();
        if let (Some(old), Some(new)) = (&self.old, &self.new) {
            self.is_late = true;
            self.tensors = twins((&old.tensors, ""), (&new.tensors, ""));
        }
    }

    /// Finds cells of notebooks that moved, and calls them as the new revision does.
    fn follow_cells(&mut self) {
        let (Some(old), Some(new)) = (&mut self.old, &self.new) else { return };
        self.moved = Moved::new(old, new);
        if self.moved.is_empty() {
            return;
        }
        for part in old.parts.iter_mut().filter(|part| part.format == notebook::FORMAT.id) {
            let member = below(&old.root, &part.member);
            let renamed = std::mem::take(&mut part.metadata).into_iter();
            part.metadata =
                renamed.map(|(key, value)| (self.moved.text(member, &key).into_owned(), value)).collect();
        }
    }

    /// The folders that everything in either is in.
    pub(crate) fn roots(&self) -> (&str, &str) {
        fn root(version: Option<&Version>) -> &str {
            version.map_or("", |version| &version.root)
        }
        (root(self.old.as_ref()), root(self.new.as_ref()))
    }

    /// What it is called in the report.
    pub(crate) fn path(&self) -> &str {
        self.new.as_ref().or(self.old.as_ref()).map_or("", |version| &version.path)
    }
}

/// A tensor in both revisions, by its place in the list of each.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Twins {
    pub(crate) old: usize,
    pub(crate) new: usize,
    /// Nothing where type or shape differ, or where the bytes could not be compared.
    pub(crate) compared: Option<Compared>,
}

/// What came of a pair: for the report of either scan, and for the comparison.
pub(crate) struct Read {
    pub(crate) old: Option<Outcome>,
    pub(crate) new: Option<Outcome>,
    pub(crate) pair: Pair,
}

/// A file that is open and walked through.
struct Walked<'a> {
    asked: &'a Asked,
    opened: Opened,
    facts: Facts,
    inputs: Vec<Input>,
    tensors: Vec<Held>,
    budget: Budget,
    sha256: Option<Digest>,
}

impl<'a> Walked<'a> {
    fn new(asked: &'a Asked, options: &Options, deadline: Option<Instant>) -> std::io::Result<Self> {
        let opened = Opened::new(&asked.path)?;
        let mut budget = Budget::new(&options.limits, deadline).with_key(options.secret_key.as_ref());
        let (facts, inputs) = walk_keeping(&opened.input, &asked.shown, &mut budget);
        let tensors = tensors(&facts, &inputs, &opened.input);
        Ok(Self { asked, opened, facts, inputs, tensors, budget, sha256: None })
    }

    fn settle(&mut self, digest: Result<Digest, Fault>) {
        self.sha256 = self.facts.settle(self.asked, &self.opened, Some(digest));
    }

    fn finish(mut self, differs: bool, options: &Options) -> (Outcome, Version) {
        let (size, mark) = (self.opened.size, self.opened.mark);
        let mut version = Version::new(&self.asked.shown, size, self.sha256, self.tensors, &self.facts);
        version.mark = Some(mark);
        version.read_adapter(&self.opened.input);
        if differs {
            version.read_parts(&self.facts, &self.inputs, &self.budget);
        }
        self.facts.note_link(self.asked.link.as_ref());
        (Outcome::of(self.asked, self.facts, (size, self.sha256, Some(mark)), options), version)
    }
}

/// Nothing is known of this file.
pub(crate) fn unread(asking: &Asking<'_>) -> Read {
    let version = |asked: Option<&Asked>| asked.map(|asked| Version::unreadable(&asked.shown));
    let pair = Pair { old: version(asking.old), new: version(asking.new), ..Pair::default() };
    Read { old: asking.old.map(Outcome::unread), new: asking.new.map(Outcome::unread), pair }
}

/// Reads a file of either revision.
pub(crate) fn read(
    asking: &Asking<'_>,
    relation: Relation,
    options: &Options,
    deadline: Option<Instant>,
    progress: &Progress,
) -> Read {
    let (old, new) = rayon::join(
        || asking.old.map(|asked| Walked::new(asked, options, deadline)),
        || asking.new.map(|asked| Walked::new(asked, options, deadline)),
    );
    let mut read = Read { old: None, new: None, pair: Pair::default() };
    let mut unreadable = |old: bool, asked: Option<&Asked>, error: &std::io::Error| {
        let outcome = asked.map(|asked| Outcome::unreadable(asked, error, options));
        let version = asked.map(|asked| Version::unreadable(&asked.shown));
        if old {
            (read.old, read.pair.old) = (outcome, version);
        } else {
            (read.new, read.pair.new) = (outcome, version);
        }
    };
    let old = old.transpose().unwrap_or_else(|error| {
        unreadable(true, asking.old, &error);
        None
    });
    let new = new.transpose().unwrap_or_else(|error| {
        unreadable(false, asking.new, &error);
        None
    });
    match (old, new) {
        (Some(old), Some(new)) => both(old, new, options, progress, &mut read),
        (old, new) => {
            for (walked, is_old) in [(old, true), (new, false)] {
                let Some(mut walked) = walked else { continue };
                let input = walked.opened.input.clone();
                let digest = digest(&input, &mut walked.facts, &walked.budget, &progress.bytes_done, None);
                walked.settle(digest);
                let (outcome, version) = walked.finish(true, options);
                if is_old {
                    (read.old, read.pair.old) = (Some(outcome), Some(version));
                } else {
                    (read.new, read.pair.new) = (Some(outcome), Some(version));
                }
            }
        }
    }
    // A base does not lose what its adapter does not have.
    let is_asked = relation == Relation::Revision || read.pair.new.is_some();
    if is_asked && !read.pair.is_same() && read.pair.is_read() {
        read.pair.follow_cells();
        let mut changes = Vec::new();
        for section in SECTIONS {
            if let Check::Pair(check) = section.check {
                check(&read.pair, &mut changes);
            }
        }
        read.pair.changes = changes;
        read.pair.unread = unread_parts(&read.pair);
    }
    for version in read.pair.old.iter_mut().chain(&mut read.pair.new) {
        version.parts = Vec::new();
    }
    read
}

/// Parts of both revisions that differ, could not be read by their format, and are not compared otherwise.
fn unread_parts(pair: &Pair) -> Vec<Missed> {
    let mut out = Vec::new();
    for (old, new) in parts(pair) {
        let (Some(old), Some(new)) = (old, new) else { continue };
        if old.sha256.is_some() && old.sha256 == new.sha256 {
            continue;
        }
        for part in [old, new] {
            let compared = !matches!(part.content, Content::Other | Content::Unread(_));
            let why = match (&part.content, &part.unread) {
                (Content::Unread(why), _) => Some(why),
                (_, Some(why)) if !compared => Some(why),
                _ => None,
            };
            if let Some(why) = why {
                let (path, member) = (pair.path().to_owned(), text::shown(&part.member, 1024));
                out.push(Missed { path, member, why: text::shown(why, 400) });
            }
        }
    }
    out
}

fn both(mut old: Walked<'_>, mut new: Walked<'_>, options: &Options, progress: &Progress, read: &mut Read) {
    let roots = (root_of(&old.facts), root_of(&new.facts));
    let mut twins = twins((&old.tensors, &roots.0), (&new.tensors, &roots.1));
    let mut shared = Vec::new();
    let mut of = Vec::new();
    for (index, twin) in twins.iter_mut().enumerate() {
        let (a, b) = (&old.tensors[twin.old], &new.tensors[twin.new]);
        if let Some(known) = Compared::at_once(a, b) {
            twin.compared = Some(known);
        } else if let (true, Some(old), Some(new)) = (a.is_like(b), &a.range, &b.range) {
            shared.push(Shared { old: old.clone(), new: new.clone(), number: a.number.and(b.number) });
            of.push(index);
        }
    }
    let (old_input, new_input) = (old.opened.input.clone(), new.opened.input.clone());
    let (old_digest, new_digest, compared) = compare(
        Reader::new(&old_input, &mut old.facts, &old.budget, &progress.bytes_done),
        Reader::new(&new_input, &mut new.facts, &new.budget, &progress.bytes_done),
        &shared,
    );
    for (index, compared) in of.into_iter().zip(compared) {
        twins[index].compared = compared;
    }
    old.settle(old_digest);
    new.settle(new_digest);
    let same = old.sha256.is_some() && old.sha256 == new.sha256;
    // Storages that several tensors share are read once; what lies over each other without end is not.
    let mut again = Again {
        known: HashMap::new(),
        left: old_input.len().saturating_add(new_input.len()).saturating_mul(4),
    };
    for twin in twins.iter_mut().filter(|twin| twin.compared.is_none()) {
        let (a, b) = (&old.tensors[twin.old], &new.tensors[twin.new]);
        if same {
            twin.compared = Some(Compared { same: true, norms: None });
        } else if a.is_like(b)
            && let (Some(x), Some(y)) = (bytes_of(&old, a), bytes_of(&new, b))
        {
            let number = a.number.and(b.number);
            twin.compared = again.compare((&a.range, &x), (&b.range, &y), number, &old.budget);
        }
    }
    if old.sha256.is_none() || new.sha256.is_none() {
        // What changed while it was read was not compared.
        for twin in &mut twins {
            twin.compared = None;
        }
    }
    let (old, new) = rayon::join(|| old.finish(!same, options), || new.finish(!same, options));
    (read.old, read.pair.old) = (Some(old.0), Some(old.1));
    (read.new, read.pair.new) = (Some(new.0), Some(new.1));
    read.pair.tensors = twins;
}

/// Where a tensor is in either file, and how its numbers are understood.
type Places = (Range<u64>, Range<u64>, Option<Number>);

/// Tensors that are compared one by one, behind the pass over both files.
struct Again {
    known: HashMap<Places, Option<Compared>>,
    /// Bytes that may still be read.
    left: u64,
}

impl Again {
    fn compare(
        &mut self,
        (old, x): (&Option<Range<u64>>, &Input),
        (new, y): (&Option<Range<u64>>, &Input),
        number: Option<Number>,
        budget: &Budget,
    ) -> Option<Compared> {
        let places = old.clone().zip(new.clone()).map(|(old, new)| (old, new, number));
        if let Some(known) = places.as_ref().and_then(|places| self.known.get(places)) {
            return *known;
        }
        self.left = self.left.checked_sub(x.len())?;
        let compared = compare_ranges(x, y, number, budget).ok();
        if let Some(places) = places {
            self.known.insert(places, compared);
        }
        compared
    }
}

/// The bytes of a tensor, also of one that came out of a decoder.
fn bytes_of(walked: &Walked<'_>, held: &Held) -> Option<Input> {
    if !held.in_place {
        return None;
    }
    if let Some(range) = &held.range {
        return Some(walked.opened.input.slice(range.start, range.end.saturating_sub(range.start)));
    }
    let is_its = |reading: &weighbridge_domain::facts::Reading| {
        reading.member == held.member && reading.format == Some(held.format)
    };
    let reading = walked.facts.readings.iter().position(is_its)?;
    let bytes = walked.inputs.get(reading)?.slice(held.tensor.start, held.tensor.length);
    (bytes.len() == held.tensor.length).then_some(bytes)
}

/// Tensors of one name in one member; of several with one name, the first with the first. With them the folder that
/// everything in either file is in.
fn twins((old, old_root): (&[Held], &str), (new, new_root): (&[Held], &str)) -> Vec<Twins> {
    fn key<'a>(root: &str, held: &'a Held) -> (&'a str, &'a str) {
        (below(root, &held.member), below(root, &held.tensor.name))
    }
    let mut waiting: HashMap<(&str, &str), Vec<usize>> = HashMap::new();
    for (index, held) in old.iter().enumerate().rev() {
        waiting.entry(key(old_root, held)).or_default().push(index);
    }
    let mut twins = Vec::new();
    for (index, held) in new.iter().enumerate() {
        if let Some(old) = waiting.get_mut(&key(new_root, held)).and_then(Vec::pop) {
            twins.push(Twins { old, new: index, compared: None });
        }
    }
    twins
}
