//! Texts compared with the templates of the SPDX list: which they are, which they contain, and what else they say.
//!
//! Texts are compared as pairs of neighbouring words, counted (Sørensen and Dice). The templates are put together when the
//! first text is compared.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::{base, row, table};

/// A word that is compared, with the line it stands in.
#[derive(Debug, Clone, Copy)]
struct Word<'t> {
    text: &'t str,
    line: usize,
}

/// A template.
struct Template {
    id: &'static str,
    text: &'static str,
    /// Its pairs of words, sorted.
    pairs: Vec<u32>,
    /// It is an exception to licences, and none itself.
    is_exception: bool,
}

impl Template {
    fn new(id: &'static str, text: &'static str, is_exception: bool) -> Self {
        let mut pairs = pairs(&words(text));
        pairs.sort_unstable();
        Self { id, text, pairs, is_exception }
    }
}

/// What a text is like.
#[derive(Debug, Default)]
pub(crate) struct Likeness {
    /// Templates that it is, or that are in it: ids, with likeness in thousandths.
    pub(crate) found: Vec<(&'static str, u16)>,
    /// The nearest template, when the text is not quite one: its id, likeness in thousandths, and lines that differ.
    pub(crate) nearest: Option<(&'static str, u16, Vec<String>)>,
}

/// From which likeness on a text is a template, if nothing in it says otherwise.
const ALIKE: u16 = 900;

/// Which part of a template must be in a text for it to be in there.
const CONTAINED: u16 = 930;

/// From which likeness on a template is named as the nearest.
const NEAR: u16 = 400;

/// Pairs that a template needs to be looked for inside longer texts.
const LEAST_PAIRS: usize = 40;

/// Words beside those of the template that change nothing: a name, a heading, a remark about files.
const FREE_WORDS: usize = 25;

/// Lines shown of a difference, and characters of each.
const MOST_LINES: usize = 8;
const LINE_SHOWN: usize = 160;

/// Words that change what is allowed when they stand beside the words of a template.
const WEIGHTY: [&str; 30] = [
    "academic",
    "attribution",
    "commercial",
    "commercially",
    "compete",
    "competing",
    "educational",
    "ethical",
    "evaluation",
    "evil",
    "forbidden",
    "government",
    "military",
    "monthly",
    "noncommercial",
    "nonprofit",
    "personal",
    "profit",
    "prohibited",
    "prohibits",
    "resale",
    "research",
    "restriction",
    "restrictions",
    "revenue",
    "sale",
    "sell",
    "surveillance",
    "users",
    "weapons",
];

/// Compares a text with all templates.
pub(crate) fn compare(text: &str) -> Likeness {
    let words = words(text);
    let pairs = pairs(&words);
    let mut sorted = pairs.clone();
    sorted.sort_unstable();
    let candidates = candidates(&sorted);
    // Of several with the same words, the one with the shortest id is the plain one.
    let plainest = |candidate: &&Candidate| (candidate.dice, std::cmp::Reverse(candidate.template.id.len()));
    let Some(best) = candidates.iter().max_by_key(plainest) else {
        return Likeness::default();
    };
    let mut left = Counted::new(&sorted);
    let mut inside: Vec<&Candidate> = Vec::new();
    if best.dice >= ALIKE {
        left.take_if(&best.template.pairs, 0);
        inside.push(best);
    }
    let mut contained: Vec<&Candidate> = candidates
        .iter()
        .filter(|candidate| candidate.contained >= CONTAINED && candidate.template.pairs.len() >= LEAST_PAIRS)
        .collect();
    // The longest first, but none that says a little more for one that says just this.
    let fits = |one: &Candidate| (one.common * 2).saturating_sub(one.template.pairs.len());
    contained.sort_by_key(|one| std::cmp::Reverse((fits(one), plainest(one))));
    for candidate in contained {
        // Collections have the same text for several parts.
        while left.take_if(&candidate.template.pairs, CONTAINED) {
            inside.push(candidate);
        }
    }
    if !inside.is_empty() {
        return judge(text, &words, &pairs, &inside);
    }
    let nearest = (best.dice >= NEAR).then(|| {
        let beside = beside(&words, &pairs, &[best]);
        (best.template.id, best.dice, difference(text, &words, &beside, best.template, &sorted))
    });
    Likeness { found: Vec::new(), nearest }
}

/// A template that may be it.
struct Candidate {
    template: &'static Template,
    /// Likeness, in thousandths.
    dice: u16,
    /// How much of the template is in the text, in thousandths.
    contained: u16,
    /// Pairs that both have.
    common: usize,
}

/// The templates that have much in common with these sorted pairs.
fn candidates(sorted: &[u32]) -> Vec<Candidate> {
    /// Bits of a set in which a pair is looked up at once.
    const BITS: usize = 1 << 17;
    let place = |pair: u32| (pair as usize % BITS / 64, 1_u64 << (pair % 64));
    let mut set = vec![0_u64; BITS / 64];
    for pair in sorted {
        let (at, bit) = place(*pair);
        if let Some(word) = set.get_mut(at) {
            *word |= bit;
        }
    }
    let mut rough: Vec<(u16, u16, &'static Template)> = TEMPLATES
        .iter()
        .map(|template| {
            let is_there = |pair: &&u32| {
                let (at, bit) = place(**pair);
                set.get(at).is_some_and(|word| word & bit != 0)
            };
            let hits = template.pairs.iter().filter(is_there).count();
            let (own, all) = (template.pairs.len(), template.pairs.len() + sorted.len());
            (thousandths(2 * hits.min(sorted.len()), all), thousandths(hits, own), template)
        })
        .collect();
    rough.sort_by_key(|(dice, contained, template)| std::cmp::Reverse((*dice, *contained, template.id)));
    let (first, rest) = rough.split_at(rough.len().min(12));
    let inside = rest.iter().filter(|(_, contained, _)| *contained >= CONTAINED);
    first
        .iter()
        .chain(inside)
        .map(|(.., template)| {
            let common = common(&template.pairs, sorted);
            let all = template.pairs.len() + sorted.len();
            let (dice, contained) = (thousandths(2 * common, all), thousandths(common, template.pairs.len()));
            Candidate { template, dice, contained, common }
        })
        .collect()
}

/// What follows from templates that were found.
fn judge(text: &str, words: &[Word<'_>], pairs: &[u32], inside: &[&Candidate]) -> Likeness {
    let beside = beside(words, pairs, inside);
    let weighty = beside.iter().any(|index| words.get(*index).is_some_and(|word| is_weighty(word.text)));
    // Collections of many licences say much between them.
    let own: usize = inside.iter().map(|candidate| candidate.template.pairs.len()).sum();
    let count = inside.iter().filter(|candidate| !candidate.template.is_exception).count();
    let many = count != 1 || words.len() > own.saturating_mul(3);
    let free = FREE_WORDS.max(own / 10);
    let licences = || inside.iter().filter(|one| !one.template.is_exception);
    let mut found: Vec<(&'static str, u16)> = Vec::new();
    for one in licences() {
        if !found.iter().any(|(id, _)| *id == one.template.id) {
            found.push((one.template.id, one.dice.max(one.contained)));
        }
    }
    let single = licences().next().filter(|_| !many);
    match single {
        Some(one) if weighty || beside.len() > free => {
            let mut sorted = pairs.to_vec();
            sorted.sort_unstable();
            let lines = difference(text, words, &beside, one.template, &sorted);
            let nearest = Some((one.template.id, one.dice.min(999), lines));
            Likeness { found: Vec::new(), nearest }
        }
        _ => Likeness { found, nearest: None },
    }
}

fn is_weighty(word: &str) -> bool {
    WEIGHTY.binary_search(&word).is_ok()
}

/// Indexes of the words that belong to none of these templates, but for lines about copyright, headings and addresses.
fn beside(words: &[Word<'_>], pairs: &[u32], inside: &[&Candidate]) -> Vec<usize> {
    let mut left: HashMap<u32, u32> = HashMap::new();
    for pair in inside.iter().flat_map(|candidate| &candidate.template.pairs) {
        *left.entry(*pair).or_default() += 1;
    }
    let mut known = vec![false; words.len()];
    for (at, pair) in pairs.iter().enumerate() {
        if let Some(count) = left.get_mut(pair).filter(|count| **count > 0) {
            *count -= 1;
            for known in known.iter_mut().skip(at).take(2) {
                *known = true;
            }
        }
    }
    let mut lengths: HashMap<usize, usize> = HashMap::new();
    for word in words {
        *lengths.entry(word.line).or_default() += 1;
    }
    let is_beside = |(index, word): (usize, &Word<'_>)| {
        let short = lengths.get(&word.line).is_some_and(|length| *length < 6);
        (known.get(index) == Some(&false) && (!short || is_weighty(word.text))).then_some(index)
    };
    words.iter().enumerate().filter_map(is_beside).collect()
}

/// Lines that only the text has, and lines that only the template has.
fn difference(
    text: &str,
    words: &[Word<'_>],
    beside: &[usize],
    template: &Template,
    sorted: &[u32],
) -> Vec<String> {
    let mut lines: Vec<usize> = Vec::new();
    for line in beside.iter().filter_map(|index| words.get(*index)).map(|word| word.line) {
        if lines.last() != Some(&line) {
            lines.push(line);
        }
    }
    let shown = |mark: char, line: &str| format!("{mark} {}", crate::text::shown(line.trim(), LINE_SHOWN));
    let source: Vec<&str> = text.lines().collect();
    let mut out: Vec<String> = lines
        .iter()
        .filter_map(|line| source.get(*line))
        .take(MOST_LINES)
        .map(|line| shown('+', line))
        .collect();
    let own = self::words(template.text);
    let own_pairs = pairs(&own);
    let mut missing: HashMap<usize, (usize, usize)> = HashMap::new();
    for (pair, word) in own_pairs.iter().zip(&own) {
        let (gone, all) = missing.entry(word.line).or_default();
        *all += 1;
        *gone += usize::from(sorted.binary_search(pair).is_err());
    }
    let template_lines = template
        .text
        .lines()
        .enumerate()
        .filter(|(line, _)| missing.get(line).is_some_and(|(gone, all)| *all > 3 && gone * 2 > *all));
    out.extend(template_lines.take(MOST_LINES).map(|(_, line)| shown('-', line)));
    out
}

/// Pairs with how often each is left.
struct Counted(HashMap<u32, u32>);

impl Counted {
    fn new(pairs: &[u32]) -> Self {
        let mut counts = HashMap::new();
        for pair in pairs {
            *counts.entry(*pair).or_default() += 1;
        }
        Self(counts)
    }

    /// Takes these pairs out, if so many thousandths of them are there.
    fn take_if(&mut self, pairs: &[u32], least: u16) -> bool {
        let mut taken = Vec::with_capacity(pairs.len());
        for pair in pairs {
            if let Some(count) = self.0.get_mut(pair).filter(|count| **count > 0) {
                *count -= 1;
                taken.push(*pair);
            }
        }
        let enough = thousandths(taken.len(), pairs.len()) >= least;
        if !enough {
            for pair in taken {
                *self.0.entry(pair).or_default() += 1;
            }
        }
        enough
    }
}

/// How many pairs two sorted lists have in common, each as often as in both.
fn common(one: &[u32], other: &[u32]) -> usize {
    let (mut one, mut other) = (one.iter().peekable(), other.iter().peekable());
    let mut count = 0;
    while let (Some(a), Some(b)) = (one.peek(), other.peek()) {
        match a.cmp(b) {
            std::cmp::Ordering::Less => {
                one.next();
            }
            std::cmp::Ordering::Greater => {
                other.next();
            }
            std::cmp::Ordering::Equal => {
                count += 1;
                one.next();
                other.next();
            }
        }
    }
    count
}

fn thousandths(part: usize, whole: usize) -> u16 {
    u16::try_from((part * 1000).checked_div(whole).unwrap_or_default()).unwrap_or(1000).min(1000)
}

/// The words of a text as titles are compared with them: in lower case, one space between them.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((word, behind)) = next_word(rest) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&word.to_ascii_lowercase());
        rest = behind;
    }
    out
}

/// The next word of a text, of ASCII letters, digits and `+`, and what is behind it.
fn next_word(text: &str) -> Option<(&str, &str)> {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+' || byte >= 0x80;
    let start = text.bytes().position(is_part)?;
    let rest = text.get(start..)?;
    let end = rest.bytes().position(|byte| !is_part(byte)).unwrap_or(rest.len());
    Some((rest.get(..end)?, rest.get(end..)?))
}

/// The words of a text that are compared: without lines about copyright, single letters and what stands in `<…>`.
fn words(text: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    for (line, content) in text.lines().enumerate() {
        if is_about_copyright(content) {
            continue;
        }
        let mut rest = content;
        while let Some((word, behind)) = next_word(rest) {
            let before = rest.get(..rest.len().saturating_sub(behind.len() + word.len())).unwrap_or_default();
            rest = behind;
            if before.ends_with('<')
                && let Some((inside, after)) = behind.split_once('>')
                && inside.len() < 60
            {
                rest = after;
                continue;
            }
            if word.len() > 1 && !matches!(word, "http" | "https" | "www") {
                words.push(Word { text: word, line });
            }
        }
    }
    words
}

/// A line that says whose it is, and since when.
fn is_about_copyright(line: &str) -> bool {
    let line = line.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '(' && c != '©');
    let begins = |word: &str| line.get(..word.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(word));
    if begins("all rights reserved") {
        return true;
    }
    if !(begins("copyright") || begins("(c)") || line.starts_with('©')) {
        return false;
    }
    let line = line.to_lowercase();
    let marked = line.contains("(c)") || line.contains('©') || line.bytes().any(|byte| byte.is_ascii_digit());
    let holder = line.contains('<') || line.contains('[') || line.contains("year");
    (marked || holder) && line.split_whitespace().count() < 20
}

/// Each word with the one behind it, as a number.
fn pairs(words: &[Word<'_>]) -> Vec<u32> {
    let numbers: Vec<u32> = words.iter().map(|word| number(word.text)).collect();
    let pair = |(one, other): (&u32, &u32)| (one.rotate_left(5) ^ other).wrapping_mul(0x9e37_79b1);
    numbers.iter().zip(numbers.iter().skip(1)).map(pair).collect()
}

/// A word as a number, the same for both spellings of a licence and for letters of either case.
fn number(word: &str) -> u32 {
    let fold = |hash: u32, byte: u8| (hash ^ u32::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0193);
    let spelt = word.len() == 7 && word.eq_ignore_ascii_case("licence");
    (if spelt { "license" } else { word }).bytes().fold(0x811c_9dc5, fold)
}

/// Texts on the list of which a part is used alone: an id, what the part begins with, and what stands behind it.
const PARTS: [(&str, &str, &str); 2] = [
    ("Apache-2.0", "Licensed under the Apache License, Version 2.0", ""),
    ("LGPL-3.0-only", "GNU LESSER GENERAL PUBLIC LICENSE", "GNU GENERAL PUBLIC LICENSE"),
];

static TEMPLATES: LazyLock<Vec<Template>> = LazyLock::new(|| {
    let plain = |id: &str| {
        let is_current = spdx::license_id(id).is_some_and(|known| !known.is_deprecated() || known.is_gnu());
        is_current && base(id) == id && !id.contains("-with-") && !id.contains("-invariants")
    };
    let texts = spdx::text::LICENSE_TEXTS.iter().filter(|(id, _)| plain(id));
    let licences = texts.map(|(id, text)| Template::new(ours(id), text, false));
    let exceptions = spdx::text::EXCEPTION_TEXTS.iter().map(|(id, text)| Template::new(id, text, true));
    let parts = PARTS.iter().filter_map(|(id, from, to)| {
        let text = spdx::license_id(id)?.text();
        let text = text.get(text.find(from)?..)?;
        let end = if to.is_empty() { text.len() } else { text.find(to)? };
        Some(Template::new(ours(base(id)), text.get(..end)?, false))
    });
    // Many texts come without what stands behind this: how to put them to use.
    let ends = spdx::text::LICENSE_TEXTS.iter().filter(|(id, _)| plain(id)).filter_map(|(id, text)| {
        let end = text.find("END OF TERMS AND CONDITIONS")?;
        Some(Template::new(ours(id), text.get(..end)?, false))
    });
    licences.chain(exceptions).chain(parts).chain(ends).filter(|template| template.pairs.len() > 8).collect()
});

/// Our id for one of the SPDX list, where we have a row.
fn ours(id: &'static str) -> &'static str {
    let found = table().licences.iter().find(|row| row.spdx.as_deref().is_some_and(|spdx| base(spdx) == id));
    found.and_then(|found| row(&found.id)).map_or(id, |row| row.id.as_str())
}
