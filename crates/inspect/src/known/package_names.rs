//! Names of packages that many ask for, and names that could be taken for one of them.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// How a name could be taken for a well-known one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Likeness {
    /// Looks the same: letters of other alphabets, digits for letters, other separators.
    Looks,
    /// One slip of the hand away.
    Slip,
    /// The same words in another order.
    Order,
    /// Two slips away from a long name.
    Slips,
    /// The name with a word before or behind it that promises more.
    Affix,
}

/// A name that could be taken for a well-known one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Alike {
    /// The well-known name.
    pub(crate) known: &'static str,
    /// How it is like it.
    pub(crate) likeness: Likeness,
}

/// A well-known name in the forms in which it is compared.
struct Known {
    name: &'static str,
    bare: String,
    letters: u32,
}

/// The well-known names of a registry.
#[derive(Default)]
struct Names {
    names: HashSet<String>,
    list: Vec<Known>,
    skeletons: HashMap<String, &'static str>,
    words: HashMap<Vec<String>, &'static str>,
}

static NAMES: LazyLock<HashMap<&'static str, Names>> = LazyLock::new(|| {
    let mut all: HashMap<&'static str, Names> = HashMap::new();
    let mut section = "";
    for line in include_str!("package_names.txt").lines().filter(|line| !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            section = name;
            continue;
        }
        let names = all.entry(section).or_default();
        for name in line.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            names.add(name);
        }
    }
    all
});

impl Names {
    fn add(&mut self, name: &'static str) {
        let bare = bare(name);
        self.skeletons.entry(skeleton(&bare)).or_insert(name);
        self.words.entry(words(name)).or_insert(name);
        self.list.push(Known { name, letters: letters(&bare), bare });
        self.names.insert(normal(name));
    }
}

/// The well-known name that this one could be taken for; nothing when it is one itself.
pub(crate) fn alike(ecosystem: &str, name: &str) -> Option<Alike> {
    let names = NAMES.get(if ecosystem == "conda" { "pypi" } else { ecosystem })?;
    let normal = normal(name);
    let is_honest = NAMES.get("honest").is_some_and(|honest| honest.names.contains(&normal));
    if is_honest || names.names.contains(&normal) || name.len() > 100 {
        return None;
    }
    let bare = bare(name);
    let looks = names.skeletons.get(&skeleton(&bare)).map(|known| (*known, Likeness::Looks));
    let (known, likeness) = looks.or_else(|| names.near(name, &normal, &bare))?;
    // Who owns a scope owns every name in it.
    let scope =
        |name: &str| name.starts_with('@').then(|| name.split('/').next().map(str::to_owned)).flatten();
    (scope(known).is_none() || scope(known) != scope(name)).then_some(Alike { known, likeness })
}

impl Names {
    /// The well-known name that another is near to without looking the same.
    fn near(&self, name: &str, normal: &str, bare: &str) -> Option<(&'static str, Likeness)> {
        if !name.is_ascii() {
            return None;
        }
        let mask = letters(bare);
        let near = self.list.iter().filter_map(|known| {
            let length = known.bare.len();
            let most = if length >= LONG { 2 } else { usize::from(length >= SHORT) };
            let differ = (known.letters ^ mask).count_ones() as usize;
            let lengths = length.abs_diff(bare.len());
            if most == 0 || lengths > most || differ > 2 * most || is_version(&known.bare, bare) {
                return None;
            }
            let slips = slips(known.bare.as_bytes(), bare.as_bytes());
            (slips <= most).then_some((slips, known.name))
        });
        let near = near.min_by_key(|(slips, _)| *slips);
        if let Some((1, known)) = near {
            return Some((known, Likeness::Slip));
        }
        let words = words(name);
        if words.len() > 1
            && let Some(known) = self.words.get(&words)
        {
            return Some((known, Likeness::Order));
        }
        if let Some((_, known)) = near {
            return Some((known, Likeness::Slips));
        }
        let known = affixed(normal).find(|rest| self.names.contains(*rest))?;
        let known =
            self.list.iter().find(|one| self::normal(one.name) == known && one.bare.len() >= SHORT)?;
        Some((known.name, Likeness::Affix))
    }
}

/// Names of fewer letters have too many neighbours.
const SHORT: usize = 5;

/// Names of so many letters may have two slips in them.
const LONG: usize = 12;

/// Words before and behind a name that promise another build of it.
const AFFIXES: [&str; 16] = [
    "cpu", "cuda", "cuda11", "cuda12", "fixed", "free", "gpu", "js", "latest", "lib", "new", "node",
    "official", "py", "python", "updated",
];

/// What is left of a name without such a word.
fn affixed(name: &str) -> impl Iterator<Item = &str> {
    AFFIXES
        .iter()
        .flat_map(move |affix| {
            let behind = name.strip_suffix(affix).and_then(|rest| rest.strip_suffix('-'));
            let before = name.strip_prefix(affix).and_then(|rest| rest.strip_prefix('-'));
            [behind, before]
        })
        .flatten()
}

/// They differ only by a number at the end, which makers write there themselves.
fn is_version(known: &str, name: &str) -> bool {
    let stem = |text: &str| text.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let (known_stem, name_stem) = (stem(known), stem(name));
    (known_stem < known.len() || name_stem < name.len()) && known.get(..known_stem) == name.get(..name_stem)
}

/// A name as registries compare it.
pub(crate) fn normal(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        let c = if matches!(c, '_' | '.') { '-' } else { c };
        if c != '-' || !out.ends_with('-') {
            out.extend(c.to_lowercase());
        }
    }
    out
}

/// A name without separators.
fn bare(name: &str) -> String {
    normal(name).chars().filter(|c| *c != '-').collect()
}

/// The words of a name in alphabetical order.
fn words(name: &str) -> Vec<String> {
    let normal = normal(name);
    let mut words: Vec<String> =
        normal.split(['-', '/', '@']).filter(|word| !word.is_empty()).map(str::to_owned).collect();
    words.sort_unstable();
    words
}

/// The letters that a name has, as bits; digits share some with letters, which only costs time.
fn letters(bare: &str) -> u32 {
    bare.bytes().fold(0, |mask, byte| mask | 1 << (byte & 31))
}

/// A name as an eye may take it: letters and digits that look alike are the same.
fn skeleton(bare: &str) -> String {
    let plain: String = bare.chars().map(plain).collect();
    plain.replace("rn", "m").replace("vv", "w").replace("cl", "d")
}

/// Letters and digits that look alike as one of them. From the confusable characters of Unicode, those of names.
fn plain(c: char) -> char {
    match c {
        '0' | 'ο' | 'о' | 'օ' | 'ө' => 'o',
        '1' | 'i' | '|' | 'ı' | 'і' | 'ι' | 'ӏ' | 'ⅼ' | 'ł' => 'l',
        '5' | 'ѕ' => 's',
        'а' | 'α' | 'ɑ' => 'a',
        'е' | 'ё' | 'є' | 'ε' => 'e',
        'р' | 'ρ' => 'p',
        'с' | 'ϲ' => 'c',
        'у' | 'γ' | 'υ' => 'y',
        'х' | 'χ' => 'x',
        'т' | 'τ' => 't',
        'к' | 'κ' => 'k',
        'м' => 'm',
        'н' | 'һ' => 'h',
        'в' | 'β' => 'b',
        'ԁ' => 'd',
        'ԛ' => 'q',
        'ԝ' | 'ω' => 'w',
        'ѵ' | 'ν' => 'v',
        'ј' => 'j',
        'ɡ' => 'g',
        'п' | 'η' => 'n',
        '\u{ff41}'..='\u{ff5a}' => char::from_u32(u32::from(c) - 0xff41 + 0x61).unwrap_or(c),
        other => other,
    }
}

/// How many letters must be added, removed, replaced, or swapped with the next to make one name of the other.
fn slips(a: &[u8], b: &[u8]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = Vec::with_capacity(b.len() + 1);
        row.push(i + 1);
        for (j, y) in b.iter().enumerate() {
            let mut best = (above[j] + usize::from(x != y)).min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut above, row);
    }
    above.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(ecosystem: &str, name: &str) -> Option<(&'static str, Likeness)> {
        alike(ecosystem, name).map(|alike| (alike.known, alike.likeness))
    }

    #[test]
    fn names_that_could_be_taken_for_another_are_told_with_it() {
        for (name, expected) in [
            ("t0rch", ("torch", Likeness::Looks)),
            ("nurnpy", ("numpy", Likeness::Looks)),
            ("trаnsformers", ("transformers", Likeness::Looks)),
            ("hugging-face-hub", ("huggingface-hub", Likeness::Looks)),
            ("sci-kit-learn", ("scikit-learn", Likeness::Looks)),
            ("reqeusts", ("requests", Likeness::Slip)),
            ("requestss", ("requests", Likeness::Slip)),
            ("numpi", ("numpy", Likeness::Slip)),
            ("transfomers", ("transformers", Likeness::Slip)),
            ("hub-huggingface", ("huggingface-hub", Likeness::Order)),
            ("tranformer", ("transformers", Likeness::Slips)),
            ("transformers-gpu", ("transformers", Likeness::Affix)),
            ("python-diffusers", ("diffusers", Likeness::Affix)),
        ] {
            assert_eq!(told("pypi", name), Some(expected), "{name}");
        }
        assert_eq!(
            told("npm", "@modelcontextprotocoI/sdk"),
            Some(("@modelcontextprotocol/sdk", Likeness::Looks))
        );
        assert_eq!(told("npm", "loadsh"), Some(("lodash", Likeness::Slip)));
    }

    #[test]
    fn well_known_names_and_their_writings_are_not_told() {
        for name in [
            "torch",
            "Torch",
            "huggingface_hub",
            "ruamel.yaml",
            "jax",
            "flax",
            "ray",
            "tqdm",
            "ujson",
            "keras",
            "kerasx2",
        ] {
            assert_eq!(told("pypi", name), None, "{name}");
        }
        for (ecosystem, names) in NAMES.iter().filter(|(ecosystem, _)| **ecosystem != "honest") {
            for known in &names.list {
                assert_eq!(told(ecosystem, known.name), None, "{}", known.name);
            }
        }
        assert_eq!(told("cargo", "t0rch"), None);
    }
}
