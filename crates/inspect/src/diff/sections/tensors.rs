//! Tensors, over the whole model and not file by file: a model that is cut into other files is the same model.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use sha2::{Digest as _, Sha256};
use weighbridge_domain::Digest;
use weighbridge_domain::facts::Tensor;

use super::{Check, Section};
use crate::diff::change::{Change, Detail, Kind, MOST_DETAILS, Risk};
use crate::diff::stream::{Compared, compare_ranges};
use crate::diff::version::{Held, Version};
use crate::diff::{Missed, Revision, Whole};
use crate::text;

/// Tensors.
pub static SECTION: Section = Section {
    id: "tensor",
    title: "Tensors",
    docs: "Tensors of every format that tells them, by their names: added, removed, renamed, of another type or shape, with other \
           values. Compared over the whole folder, so that files may be cut differently or be of another format. Values are \
           compared byte by byte while the files are hashed; where their type is understood (floating point of 8 to 64 bits, \
           whole numbers), the Euclidean norm before, now and of the difference says how far they moved, the furthest first. \
           Quantised blocks are only said to differ. Where the bytes are not at hand (compressed chunks, other files) and the \
           files differ, tensors are not compared, never unchanged. Digests are given for the first 64 MiB of tensors that are \
           told, and for all with `--tensor-digests`. Every change is amber.",
    check: Check::Whole(check),
};

/// Bytes of tensors that get a digest when not all do.
const HASHED: u64 = 64 << 20;

/// A tensor and the file it is in.
#[derive(Clone, Copy)]
struct Place<'a> {
    version: &'a Version,
    held: &'a Held,
}

impl<'a> Place<'a> {
    /// Arrays that are files of their own have no other name than these.
    fn name(&self) -> &'a str {
        match (self.held.tensor.name.as_str(), &*self.held.member) {
            ("", "") => &self.version.path,
            ("", member) => member,
            (name, _) => name,
        }
    }
}

/// The tensors of one folder.
#[derive(Default)]
struct Group<'a> {
    files: BTreeSet<&'a str>,
    moved: Vec<(Place<'a>, Place<'a>, Compared)>,
    shaped: Vec<(Place<'a>, Place<'a>)>,
    unread: Vec<Place<'a>>,
    added: Vec<Place<'a>>,
    removed: Vec<Place<'a>>,
    compared: u64,
}

fn check(whole: &Whole<'_>, out: &mut Vec<Change>) {
    if whole.is_adapter() {
        return;
    }
    let mut groups: BTreeMap<String, Group<'_>> = BTreeMap::new();
    let (mut left_old, mut left_new) = (Vec::new(), Vec::new());
    for pair in whole.pairs {
        let (old, new) = (pair.old.as_ref(), pair.new.as_ref());
        if let (Some(old), Some(new)) = (old, new) {
            for twin in &pair.tensors {
                let a = Place { version: old, held: &old.tensors[twin.old] };
                let b = Place { version: new, held: &new.tensors[twin.new] };
                let compared = if pair.is_late { compare(a, b, whole) } else { twin.compared };
                groups.entry(model(&new.path)).or_default().put(a, b, compared, whole);
            }
        }
        // What was not read to its end may have more.
        if !pair.is_read() {
            continue;
        }
        let taken = |old: bool| -> HashSet<usize> {
            pair.tensors.iter().map(|twin| if old { twin.old } else { twin.new }).collect()
        };
        left(old, &taken(true), &mut left_old);
        left(new, &taken(false), &mut left_new);
    }
    for (a, b) in strays(&mut left_old, &mut left_new) {
        let compared = compare(a, b, whole);
        groups.entry(model(&b.version.path)).or_default().put(a, b, compared, whole);
    }
    for place in left_old {
        groups.entry(model(&place.version.path)).or_default().gone(place);
    }
    for place in left_new {
        groups.entry(model(&place.version.path)).or_default().come(place);
    }
    let mut hashing = Hashing { whole, left: if whole.all_digests { u64::MAX } else { HASHED } };
    for (model, group) in groups {
        group.tell(&model, &mut hashing, out);
    }
}

/// The model that a file is a part of: its path without its ending, and without `-00001-of-00002`.
fn model(path: &str) -> String {
    let (folder, file) = path.rsplit_once('/').map_or(("", path), |(folder, file)| (folder, file));
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let digits = |text: &str| text.len() == 5 && text.bytes().all(|c| c.is_ascii_digit());
    let part = stem
        .rsplit_once("-of-")
        .filter(|(_, count)| digits(count))
        .and_then(|(rest, _)| rest.rsplit_once('-'));
    let stem = part.filter(|(_, number)| digits(number)).map_or(stem, |(stem, _)| stem);
    if folder.is_empty() { stem.to_owned() } else { format!("{folder}/{stem}") }
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The tensors of a file that have no twin in the file of the same name.
fn left<'a>(version: Option<&'a Version>, taken: &HashSet<usize>, out: &mut Vec<Place<'a>>) {
    let Some(version) = version else { return };
    let tensors = version.tensors.iter().enumerate().filter(|(index, _)| !taken.contains(index));
    out.extend(tensors.map(|(_, held)| Place { version, held }));
}

/// Takes out tensors of one name that are in files of other names in the same folder, or of another format.
fn strays<'a>(old: &mut Vec<Place<'a>>, new: &mut Vec<Place<'a>>) -> Vec<(Place<'a>, Place<'a>)> {
    type Key<'a> = (&'a str, &'a str, &'a str);
    fn key<'a>(place: &Place<'a>, is_same_format: bool) -> Key<'a> {
        let format = if is_same_format { place.held.format } else { "" };
        (folder(&place.version.path), format, &place.held.tensor.name)
    }
    let mut pairs = Vec::new();
    for is_same_format in [true, false] {
        // Of those that there are once in both.
        let mut known: HashMap<Key<'a>, (usize, usize)> = HashMap::new();
        for place in &*old {
            known.entry(key(place, is_same_format)).or_default().0 += 1;
        }
        for place in &*new {
            known.entry(key(place, is_same_format)).or_default().1 += 1;
        }
        let is_stray = |place: &Place<'a>| {
            !place.held.tensor.name.is_empty() && known.get(&key(place, is_same_format)) == Some(&(1, 1))
        };
        let (strays, rest): (Vec<_>, Vec<_>) = old.iter().partition(|place| is_stray(place));
        let mut strays: HashMap<Key<'a>, Place<'a>> =
            strays.into_iter().map(|place| (key(&place, is_same_format), place)).collect();
        *old = rest;
        new.retain(|place| match strays.remove(&key(place, is_same_format)) {
            Some(before) => {
                pairs.push((before, *place));
                false
            }
            None => true,
        });
    }
    pairs
}

/// Reads both again; nothing where the bytes are not at hand.
fn compare(a: Place<'_>, b: Place<'_>, whole: &Whole<'_>) -> Option<Compared> {
    if let Some(known) = Compared::at_once(a.held, b.held) {
        return Some(known);
    }
    let (old, new) = (a.held.range.as_ref()?, b.held.range.as_ref()?);
    if a.version.sha256.is_some() && a.version.sha256 == b.version.sha256 && old == new {
        return Some(Compared { same: true, norms: None });
    }
    let old = whole.bytes(Revision::Old, a.version, old)?;
    let new = whole.bytes(Revision::New, b.version, new)?;
    compare_ranges(&old, &new, a.held.number.and(b.held.number), &whole.budget()).ok()
}

/// `F32 [2, 3]`.
fn shown(tensor: &Tensor) -> String {
    let shape: Vec<String> = tensor.shape.iter().take(8).map(u64::to_string).collect();
    let more = if tensor.shape.len() > 8 { ", …" } else { "" };
    format!("{} [{}{more}]", tensor.dtype, shape.join(", "))
}

impl<'a> Group<'a> {
    fn put(&mut self, a: Place<'a>, b: Place<'a>, compared: Option<Compared>, whole: &Whole<'_>) {
        self.compared += 1;
        match compared {
            _ if !a.held.is_like(b.held) => {
                self.file(b);
                self.shaped.push((a, b));
            }
            Some(compared) if compared.same => whole.count_unchanged_tensor(),
            Some(compared) => {
                self.file(b);
                self.moved.push((a, b, compared));
            }
            None => {
                self.file(b);
                self.unread.push(b);
            }
        }
    }

    fn come(&mut self, place: Place<'a>) {
        self.file(place);
        self.added.push(place);
    }

    fn gone(&mut self, place: Place<'a>) {
        self.file(place);
        self.removed.push(place);
    }

    fn file(&mut self, place: Place<'a>) {
        self.files.insert(&place.version.path);
    }

    fn tell(mut self, model: &str, hashing: &mut Hashing<'_, '_>, out: &mut Vec<Change>) {
        for path in &self.files {
            hashing.whole.explain(path);
        }
        let only = if self.files.len() == 1 { self.files.iter().next().copied() } else { None };
        let several = format!("{model}*");
        let path = only.unwrap_or(&several);
        let mut push = |kind, what: &str, count: usize, details: Vec<Detail>| {
            if count > 0 {
                let verb = if count == 1 {
                    what.replace("were ", "was ").replace("have ", "has ")
                } else {
                    what.to_owned()
                };
                let message = format!("{} {verb}", text::count(count as u64, "tensor"));
                out.push(Change::new("tensor", Risk::Amber, kind, (path, ""), message).details(details));
            }
        };
        let far =
            |norms: Option<f64>| norms.map_or(-1.0, |far| if far.is_nan() { f64::INFINITY } else { far });
        self.moved.sort_by(|(_, a, x), (_, b, y)| {
            let relative = |compared: &Compared| far(compared.norms.map(|norms| norms.relative));
            relative(y).total_cmp(&relative(x)).then_with(|| a.name().cmp(b.name()))
        });
        let blind = self.moved.iter().filter(|(_, _, compared)| compared.norms.is_none()).count();
        let details = self.moved.iter().enumerate().map(|(index, (a, b, compared))| Detail {
            norms: compared.norms,
            old_sha256: (index < MOST_DETAILS).then(|| hashing.digest(Revision::Old, *a)).flatten(),
            new_sha256: (index < MOST_DETAILS).then(|| hashing.digest(Revision::New, *b)).flatten(),
            ..Detail::new(b.name(), Some(&shown(&a.held.tensor)), Some(&shown(&b.held.tensor)))
        });
        let of = format!("of {} have other values", self.compared);
        let what = if blind == 0 {
            of
        } else {
            format!("{of}, {blind} of types whose values are not read: only their bytes are compared")
        };
        push(Kind::Changed, &what, self.moved.len(), details.collect());
        for places in [&mut self.added, &mut self.removed] {
            places.sort_by(|a, b| (a.name(), &a.version.path).cmp(&(b.name(), &b.version.path)));
        }
        self.shaped.sort_by(|(_, a), (_, b)| a.name().cmp(b.name()));
        let details = self
            .shaped
            .iter()
            .map(|(a, b)| Detail::new(b.name(), Some(&shown(&a.held.tensor)), Some(&shown(&b.held.tensor))));
        push(Kind::Changed, "have another type or shape", self.shaped.len(), details.collect());
        let added: Vec<_> =
            self.added.iter().map(|place| (*place, hashing.digest(Revision::New, *place))).collect();
        let removed: Vec<_> =
            self.removed.iter().map(|place| (*place, hashing.digest(Revision::Old, *place))).collect();
        let (renamed, added, removed) = renamed(added, removed);
        push(Kind::Renamed, "have another name and the same bytes", renamed.len(), renamed);
        push(Kind::Added, "were added", added.len(), added);
        push(Kind::Removed, "were removed", removed.len(), removed);
        let unread = self.unread.iter();
        let unread = unread.map(|place| Detail::new(place.name(), None, Some(&shown(&place.held.tensor))));
        push(Kind::Changed, "could not be compared", self.unread.len(), unread.collect());
        let mut parts: BTreeMap<(&str, &str), u64> = BTreeMap::new();
        for place in &self.unread {
            *parts.entry((&place.version.path, &place.held.member)).or_default() += 1;
        }
        for ((path, member), count) in parts {
            let why = format!("{} could not be compared", text::count(count, "tensor"));
            hashing.whole.miss(Missed { path: path.to_owned(), member: text::shown(member, 1024), why });
        }
    }
}

/// Those among the new ones that have the bytes of one that is gone.
fn renamed(
    added: Vec<(Place<'_>, Option<Digest>)>,
    removed: Vec<(Place<'_>, Option<Digest>)>,
) -> (Vec<Detail>, Vec<Detail>, Vec<Detail>) {
    let mut known: HashMap<(Digest, String), Vec<usize>> = HashMap::new();
    for (index, (place, digest)) in removed.iter().enumerate().rev() {
        if let Some(digest) = digest.filter(|_| place.held.tensor.length > 0) {
            known.entry((digest, shown(&place.held.tensor))).or_default().push(index);
        }
    }
    let mut taken = HashSet::new();
    let (mut renamed, mut rest) = (Vec::new(), Vec::new());
    for (place, digest) in added {
        let tensor = &place.held.tensor;
        let before = digest
            .and_then(|digest| known.get_mut(&(digest, shown(tensor))))
            .and_then(Vec::pop)
            .and_then(|index| removed.get(index).map(|(place, _)| (index, place)));
        if let Some((index, before)) = before {
            taken.insert(index);
            let detail = Detail::new(place.name(), Some(before.name()), Some(place.name()));
            renamed.push(Detail { old_sha256: digest, new_sha256: digest, ..detail });
        } else {
            rest.push(Detail { new_sha256: digest, ..Detail::new(place.name(), None, Some(&shown(tensor))) });
        }
    }
    let gone = removed.into_iter().enumerate().filter(|(index, _)| !taken.contains(index));
    let gone = gone.map(|(_, (place, digest))| Detail {
        old_sha256: digest,
        ..Detail::new(place.name(), Some(&shown(&place.held.tensor)), None)
    });
    (renamed, rest, gone.collect())
}

/// What may still be hashed.
struct Hashing<'w, 'a> {
    whole: &'w Whole<'a>,
    left: u64,
}

impl Hashing<'_, '_> {
    /// The digest of a tensor's bytes, while there are not too many.
    fn digest(&mut self, revision: Revision, place: Place<'_>) -> Option<Digest> {
        let length = place.held.tensor.length;
        let range = place.held.range.as_ref()?;
        self.left = self.left.checked_sub(length)?;
        let bytes = self.whole.bytes(revision, place.version, range)?;
        let budget = self.whole.budget();
        let mut hasher = Sha256::new();
        let mut at = 0;
        while at < length {
            budget.tick().ok()?;
            let block = bytes.read(at, 512 << 10).ok().filter(|block| !block.is_empty())?;
            hasher.update(&block);
            at += block.len() as u64;
        }
        Some(Digest(hasher.finalize().into()))
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn parts_of_a_model_are_one_model() {
        for (path, model) in [
            ("model-00001-of-00002.safetensors", "model"),
            ("a/model.safetensors", "a/model"),
            ("model-q4-00003-of-00010.gguf", "model-q4"),
            ("x-1-of-2.bin", "x-1-of-2"),
            ("weights", "weights"),
        ] {
            assert_eq!(super::model(path), model);
        }
    }
}
