//! The text of a card: its headings and what stands below each, addresses, and the numbers that it states.

use std::sync::LazyLock;

use regex::Regex;
use weighbridge_domain::facts::card::{Heading, Section, State, Topic};

/// A heading with its text.
#[derive(Debug, Default)]
struct Part {
    heading: String,
    depth: usize,
    words: usize,
    boilerplate: bool,
    place: Option<Heading>,
}

/// Words of a section that says something.
const LEAST_WORDS: usize = 8;

/// Addresses and numbers kept.
const MOST: usize = 200;

/// What headings about a topic have in them.
const fn headings(topic: Topic) -> &'static [&'static str] {
    match topic {
        Topic::IntendedUse => &[
            "intended",
            "use case",
            "uses",
            "direct use",
            "downstream use",
            "usage",
            "purpose",
            "how to use",
            "applications",
        ],
        Topic::Limits => &[
            "limit",
            "bias",
            "risk",
            "out-of-scope",
            "out of scope",
            "caveat",
            "ethic",
            "known issue",
            "responsib",
        ],
        Topic::TrainingData => {
            &["training data", "dataset", "data set", "corpus", "corpora", "pretraining", "training", "data"]
        }
        Topic::Evaluation => {
            &["evaluation", "result", "benchmark", "performance", "metric", "accuracy", "comparison"]
        }
        Topic::Licence => &["licence", "license", "terms"],
        Topic::Contact => &[
            "contact",
            "author",
            "citation",
            "cite",
            "maintainer",
            "feedback",
            "acknowledg",
            "developed by",
            "about us",
        ],
    }
}

/// Words that templates have where nothing was written.
const BOILERPLATE: [&str; 6] =
    ["more information needed", "to be added", "coming soon", "todo", "tbd", "add a description"];

/// What is there of each topic. What the front matter says counts for the topics that it is about.
/// `begin` is where the text begins in the file.
pub(super) fn sections(body: &str, begin: Heading, said: &[Topic]) -> Vec<Section> {
    let parts = parts(body, begin);
    let has_address = body.contains("mailto:") || EMAIL.is_match(body);
    let section = |topic: Topic| {
        let of = |state, heading| Section { topic, state, heading };
        if said.contains(&topic) || topic == Topic::Contact && has_address {
            return of(State::There, None);
        }
        let about = |part: &&Part| headings(topic).iter().any(|words| part.heading.contains(words));
        let mut found = parts.iter().enumerate().filter(|(_, part)| about(part)).peekable();
        let Some((_, first)) = found.peek() else { return of(State::Missing, None) };
        let heading = first.place;
        let says = |index: usize, part: &Part| {
            let below =
                parts.iter().skip(index.saturating_add(1)).take_while(|below| below.depth > part.depth);
            std::iter::once(part).chain(below).any(|part| part.words >= LEAST_WORDS && !part.boilerplate)
        };
        let says = found.any(|(index, part)| says(index, part));
        of(if says { State::There } else { State::Vague }, heading)
    };
    Topic::ALL.into_iter().map(section).collect()
}

/// Headings of both kinds, and lines in bold that stand for one.
fn parts(body: &str, begin: Heading) -> Vec<Part> {
    let mut parts = vec![Part::default()];
    let (mut fenced, mut before, mut hidden) = (false, String::new(), false);
    let (mut next, mut above) = (begin, begin);
    for line in body.split_inclusive('\n') {
        let here = next;
        let at = here.at.saturating_add(line.len() as u64);
        next = Heading { at, line: here.line.saturating_add(1) };
        let last = std::mem::replace(&mut above, here);
        let trimmed = line.trim();
        if trimmed.starts_with("```") || trimmed.starts_with("~~~") {
            fenced = !fenced;
            continue;
        }
        // Remarks of templates are not shown to anybody.
        if !hidden && trimmed.starts_with("<!--") {
            hidden = true;
        }
        if hidden {
            hidden = !trimmed.contains("-->");
            continue;
        }
        let under = !trimmed.is_empty() && trimmed.bytes().all(|byte| matches!(byte, b'=' | b'-'));
        let heading = if fenced {
            None
        } else if let Some(rest) = trimmed.strip_prefix('#') {
            let depth = trimmed.len().saturating_sub(rest.trim_start_matches('#').len());
            Some((depth, rest.trim_matches('#').to_owned()))
        } else if under && trimmed.len() > 2 && !before.is_empty() {
            Some((if trimmed.starts_with('=') { 1 } else { 2 }, before.clone()))
        } else {
            let bold = trimmed.trim_start_matches(['-', ' ']).strip_prefix("**");
            let bold = bold.and_then(|rest| rest.split_once("**")).filter(|(title, _)| title.len() < 60);
            bold.map(|(title, _)| (7, title.to_owned()))
        };
        if let Some((depth, heading)) = heading {
            let place = Some(if under { last } else { here });
            parts.push(Part { heading: heading.trim().to_lowercase(), depth, place, ..Part::default() });
        }
        if let Some(part) = parts.last_mut()
            && !trimmed.starts_with('#')
        {
            part.words =
                part.words.saturating_add(trimmed.split_whitespace().filter(|word| word.len() > 1).count());
            let lower = trimmed.to_lowercase();
            part.boilerplate |=
                BOILERPLATE.iter().any(|words| lower.trim_matches(['[', ']', '.']).starts_with(words));
        }
        trimmed.clone_into(&mut before);
    }
    parts
}

/// Addresses in a text, each once.
pub(super) fn links(body: &str) -> Vec<String> {
    let mut links: Vec<String> = Vec::new();
    for found in LINK.find_iter(body).take(MOST.saturating_mul(4)) {
        let link = found.as_str().trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '"', '*', '_']);
        if links.len() < MOST && !links.iter().any(|known| known == link) {
            links.push(link.to_owned());
        }
    }
    links
}

/// Numbers of parameters that a text states: `7B parameters`, `350M-parameter`, and of its first heading and the names of
/// the model, `Demo-7B`.
pub(super) fn parameters(body: &str, names: &[&str]) -> Vec<(String, u64)> {
    let mut found: Vec<(String, u64)> = Vec::new();
    let mut keep = |text: &str, digits: &str, unit: &str| {
        if let Some(count) = number(digits, unit)
            && found.len() < MOST
            && !found.iter().any(|(_, known)| *known == count)
        {
            found.push((text.trim().to_owned(), count));
        }
    };
    for caught in PARAMETERS.captures_iter(body).take(MOST) {
        if let (Some(whole), Some(digits), Some(unit)) = (caught.get(0), caught.get(1), caught.get(2)) {
            keep(whole.as_str(), digits.as_str(), unit.as_str());
        }
    }
    let title = body.lines().find_map(|line| line.trim().strip_prefix("# ")).unwrap_or_default();
    for (text, digits, unit) in std::iter::once(&title).chain(names).flat_map(|name| sizes(name)) {
        keep(&text, &digits, &unit);
    }
    found
}

/// Sizes in a name: `Demo-7B-v2`. Of several experts (`8x7B`) nothing can be said.
fn sizes(name: &str) -> Vec<(String, String, String)> {
    let words = name.split(|c: char| c.is_whitespace() || matches!(c, '-' | '_' | '/' | '(' | ')' | ':'));
    let found = words.filter_map(|word| {
        let caught = SIZE.captures(word)?;
        Some((word.to_owned(), caught.get(1)?.as_str().to_owned(), caught.get(2)?.as_str().to_owned()))
    });
    found.take(4).collect()
}

/// Lengths of context that a text states, in tokens.
pub(super) fn context(body: &str) -> Vec<(String, u64)> {
    let mut found: Vec<(String, u64)> = Vec::new();
    for caught in CONTEXT.captures_iter(body).take(MOST) {
        let (Some(whole), Some(digits)) = (caught.get(0), caught.get(1)) else { continue };
        let Ok(count) = digits.as_str().replace([',', ' '], "").parse::<u64>() else { continue };
        let unit = caught.get(2).map_or("", |unit| unit.as_str());
        let factor = match unit {
            "" => 1,
            "k" | "K" => 1000,
            _ => 1_000_000,
        };
        let count = count.saturating_mul(factor);
        if count >= 256 && !found.iter().any(|(_, known)| *known == count) {
            found.push((whole.as_str().trim().to_owned(), count));
        }
    }
    found
}

fn number(digits: &str, unit: &str) -> Option<u64> {
    let unit: u64 = match unit.to_ascii_lowercase().as_str() {
        "b" | "billion" => 1_000_000_000,
        "m" | "million" => 1_000_000,
        _ => return None,
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let part = part.get(..part.len().min(3)).unwrap_or_default();
    let tenths = 10_u64.checked_pow(u32::try_from(part.len()).ok()?)?;
    let whole = whole.parse::<u64>().ok()?.checked_mul(unit)?;
    let part =
        if part.is_empty() { 0 } else { part.parse::<u64>().ok()?.checked_mul(unit)?.checked_div(tenths)? };
    whole.checked_add(part)
}

fn pattern(text: &str) -> Regex {
    // The patterns are ours; one that matches nothing stands for one that cannot be.
    Regex::new(text).or_else(|_| Regex::new(r"[^\s\S]")).unwrap_or_else(|_| unreachable!("it is a pattern"))
}

static LINK: LazyLock<Regex> = LazyLock::new(|| pattern(r"https?://[^\s()<>\[\]{}`|\\\x22]{3,500}"));
static EMAIL: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]{1,63}\.[A-Za-z]{2,20}"));
static PARAMETERS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"\b(\d{1,4}(?:\.\d{1,3})?) ?-?(B|M|billion|million)[ -]{1,2}(?:trainable |total |model )?param")
});
static SIZE: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(\d{1,4}(?:\.\d{1,3})?)([BbM])$"));
static CONTEXT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(\d{1,3}(?:,\d{3})+|\d{1,7}) ?(k|m)?(?:[ -]tokens?)?(?: of)?[ -]context(?: window| length)?\b",
    )
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_they_are_written() {
        let body = "# Demo-7B-Instruct\nA 350M-parameter model, not of 1.5 billion parameters. Mixtral-8x7B is other.\n";
        let numbers: Vec<u64> = parameters(body, &[]).into_iter().map(|(_, count)| count).collect();
        assert_eq!(numbers, [350_000_000, 1_500_000_000, 7_000_000_000]);
        let lengths: Vec<u64> = context("with a 128K context and 8,192 tokens of context")
            .into_iter()
            .map(|(_, count)| count)
            .collect();
        assert_eq!(lengths, [128_000, 8192]);
    }

    #[test]
    fn sections_are_there_vague_or_missing() {
        let body = "# Demo\n\n## Intended uses\n\nFor summaries of short notes that people wrote about their work.\n\n\
                    ## Training Data\n\n[More Information Needed]\n\n## Evaluation\n\n### Results\n\nIt is right in nine of \
                    ten cases on our own rows.\n\n## Bias\n\n<!-- This section is meant to convey a lot of things. -->\n";
        let sections = sections(body, Heading { at: 100, line: 5 }, &[Topic::Licence]);
        let states: Vec<State> = sections.iter().map(|section| section.state).collect();
        let expected = [State::There, State::Vague, State::Vague, State::There, State::There, State::Missing];
        assert_eq!(states, expected);
        let lines: Vec<Option<u64>> =
            sections.iter().map(|section| section.heading.map(|heading| heading.line)).collect();
        assert_eq!(lines, [Some(7), Some(21), Some(11), Some(15), None, None]);
        let bias = sections[1].heading.unwrap();
        assert_eq!(bias.at - 100, body.find("## Bias").unwrap() as u64);
        // A heading that is underlined is the line above.
        let under = super::sections("a\n\nUses\n----\nfew\n", Heading { at: 0, line: 1 }, &[]);
        assert_eq!(under[0].heading, Some(Heading { at: 3, line: 3 }));
    }
}
