//! Tensors, over the whole model and not file by file: a model that is cut into other files is the same model.

use std::collections::{BTreeMap, HashMap, HashSet};

use sha2::{Digest as _, Sha256};
use weighbridge_domain::Digest;
use weighbridge_domain::facts::Tensor;

use super::{Check, Section};
use crate::diff::change::{Change, Detail, Kind, Risk};
use crate::diff::stream::{Compared, compare_ranges};
use crate::diff::version::{Held, Version};
use crate::diff::{Missed, Revision, Whole};
use crate::text;

/// Tensors.
pub static SECTION: Section = Section {
    id: "tensor",
    title: "Tensors",
    docs: "Tensors of safetensors, GGUF, numpy and torch files by their names: added, removed, renamed, of another type or shape, with \
           other values. Compared over the whole folder, so that files may be cut differently. Values are compared byte by \
           byte while the files are hashed; where their type is understood (floating point of 8 to 64 bits, whole numbers), the \
           Euclidean norm before, now and of the difference says how far they moved, the furthest first. Quantised blocks are \
           only said to differ. Digests are given for the first 64 MiB of tensors that are told, and for all with \
           `--tensor-digests`. Every change is amber.",
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

/// The tensors of one folder.
#[derive(Default)]
struct Group<'a> {
    files: HashSet<&'a str>,
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
                groups.entry(model(&new.path)).or_default().put(a, b, twin.compared, whole);
            }
        }
        let taken = |old: bool| -> HashSet<usize> {
            pair.tensors.iter().map(|twin| if old { twin.old } else { twin.new }).collect()
        };
        left(old, &taken(true), &mut left_old);
        left(new, &taken(false), &mut left_new);
    }
    let strays = strays(&left_old, &left_new);
    let mut matched: (HashSet<usize>, HashSet<usize>) = Default::default();
    for (a, b) in strays {
        matched.0.insert(a);
        matched.1.insert(b);
        let (a, b) = (left_old[a], left_new[b]);
        let compared = compare(a, b, whole);
        groups.entry(model(&b.version.path)).or_default().put(a, b, compared, whole);
    }
    for (_, place) in left_old.iter().enumerate().filter(|(index, _)| !matched.0.contains(index)) {
        groups.entry(model(&place.version.path)).or_default().gone(*place);
    }
    for (_, place) in left_new.iter().enumerate().filter(|(index, _)| !matched.1.contains(index)) {
        groups.entry(model(&place.version.path)).or_default().come(*place);
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

/// Tensors that are in one file each of both revisions, in files of other names in the same folder.
fn strays(old: &[Place<'_>], new: &[Place<'_>]) -> Vec<(usize, usize)> {
    type Key<'a> = (&'a str, &'a str, &'a str);
    fn by_name<'a>(places: &[Place<'a>]) -> HashMap<Key<'a>, Vec<usize>> {
        let mut named: HashMap<Key<'a>, Vec<usize>> = HashMap::new();
        for (index, place) in places.iter().enumerate() {
            let key = (folder(&place.version.path), place.held.format, place.held.tensor.name.as_str());
            named.entry(key).or_default().push(index);
        }
        named
    }
    let old = by_name(old);
    let mut pairs = Vec::new();
    for (index, place) in new.iter().enumerate() {
        let key = (folder(&place.version.path), place.held.format, place.held.tensor.name.as_str());
        if let Some([before]) = old.get(&key).map(Vec::as_slice) {
            pairs.push((*before, index));
        }
    }
    // One old tensor must not stand for several new ones.
    let mut count: HashMap<usize, usize> = HashMap::new();
    for (before, _) in &pairs {
        *count.entry(*before).or_default() += 1;
    }
    pairs.retain(|(before, _)| count.get(before) == Some(&1));
    pairs
}

fn compare(a: Place<'_>, b: Place<'_>, whole: &Whole<'_>) -> Option<Compared> {
    if !a.held.is_like(b.held) {
        return None;
    }
    let ranges = (&a.held.range, &b.held.range);
    let same_file = a.version.sha256.is_some() && a.version.sha256 == b.version.sha256;
    if a.held.tensor.length == 0 || same_file && ranges.0.is_some() && ranges.0 == ranges.1 {
        return Some(Compared { same: true, norms: None });
    }
    let old = whole.bytes(Revision::Old, &a.version.path, ranges.0.as_ref()?)?;
    let new = whole.bytes(Revision::New, &b.version.path, ranges.1.as_ref()?)?;
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
            _ if (&a.held.tensor.dtype, &a.held.tensor.shape)
                != (&b.held.tensor.dtype, &b.held.tensor.shape) =>
            {
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
            relative(y).total_cmp(&relative(x)).then_with(|| a.held.tensor.name.cmp(&b.held.tensor.name))
        });
        let blind = self.moved.iter().filter(|(_, _, compared)| compared.norms.is_none()).count();
        let details = self.moved.iter().map(|(a, b, compared)| Detail {
            norms: compared.norms,
            old_sha256: hashing.digest(Revision::Old, *a),
            new_sha256: hashing.digest(Revision::New, *b),
            ..Detail::new(&b.held.tensor.name, Some(shown(&a.held.tensor)), Some(shown(&b.held.tensor)))
        });
        let of = format!("of {} have other values", self.compared);
        let what = if blind == 0 {
            of
        } else {
            format!("{of}, {blind} of types whose values are not read: only their bytes are compared")
        };
        push(Kind::Changed, &what, self.moved.len(), details.collect());
        for places in [&mut self.added, &mut self.removed] {
            places.sort_by(|a, b| {
                (&a.held.tensor.name, &a.version.path).cmp(&(&b.held.tensor.name, &b.version.path))
            });
        }
        self.shaped.sort_by(|(_, a), (_, b)| a.held.tensor.name.cmp(&b.held.tensor.name));
        let details = self.shaped.iter().map(|(a, b)| {
            Detail::new(&b.held.tensor.name, Some(shown(&a.held.tensor)), Some(shown(&b.held.tensor)))
        });
        push(Kind::Changed, "have another type or shape", self.shaped.len(), details.collect());
        let added: Vec<_> =
            self.added.iter().map(|place| (*place, hashing.digest(Revision::New, *place))).collect();
        let removed: Vec<_> =
            self.removed.iter().map(|place| (*place, hashing.digest(Revision::Old, *place))).collect();
        let (renamed, added, removed) = renamed(added, removed);
        push(Kind::Renamed, "have another name and the same bytes", renamed.len(), renamed);
        push(Kind::Added, "were added", added.len(), added);
        push(Kind::Removed, "were removed", removed.len(), removed);
        let unread = self
            .unread
            .iter()
            .map(|place| Detail::new(&place.held.tensor.name, None, Some(shown(&place.held.tensor))));
        push(Kind::Changed, "could not be compared", self.unread.len(), unread.collect());
        if let Some(first) = self.unread.first() {
            hashing.whole.missed.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(Missed {
                path: first.version.path.clone(),
                member: first.held.member.to_string(),
                why: format!("{} could not be compared", text::count(self.unread.len() as u64, "tensor")),
            });
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
            let names = (before.held.tensor.name.clone(), tensor.name.clone());
            let detail = Detail::new(&tensor.name, Some(names.0), Some(names.1));
            renamed.push(Detail { old_sha256: digest, new_sha256: digest, ..detail });
        } else {
            rest.push(Detail { new_sha256: digest, ..Detail::new(&tensor.name, None, Some(shown(tensor))) });
        }
    }
    let gone = removed.into_iter().enumerate().filter(|(index, _)| !taken.contains(index));
    let gone = gone.map(|(_, (place, digest))| Detail {
        old_sha256: digest,
        ..Detail::new(&place.held.tensor.name, Some(shown(&place.held.tensor)), None)
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
        let bytes = self.whole.bytes(revision, &place.version.path, range)?;
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
