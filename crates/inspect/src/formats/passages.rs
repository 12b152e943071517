//! The text of a model card: what stands below the headings that readers look for.

use weighbridge_domain::facts::card::Topic;
use weighbridge_domain::facts::{Passage, What};

use crate::limits::Fault;
use crate::text;
use crate::walk::Visit;

/// Passages noted of one card.
const MOST: usize = 32;

/// Bytes kept of one.
const KEPT: usize = 1500;

/// Words that templates leave where nothing was written.
const NOTHING: [&str; 4] = ["[more information needed]", "more information needed", "n/a", "tbd"];

/// A passage that is being read.
struct Open {
    at: u64,
    level: usize,
    topic: Topic,
    text: String,
}

/// Notes the passages of a text that begins at `base` of the reading's bytes.
pub(super) fn note(visit: &mut Visit<'_>, text: &str, base: u64) -> Result<(), Fault> {
    let (mut open, mut noted) = (None::<Open>, 0_usize);
    let (mut fence, mut comment, mut at) = (None, false, base);
    for (number, line) in text.split_inclusive('\n').enumerate() {
        if number.is_multiple_of(4096) {
            visit.budget.tick()?;
        }
        let here = at;
        at = at.saturating_add(line.len() as u64);
        let line = line.trim();
        let mark = ["```", "~~~"].into_iter().find(|mark| line.starts_with(mark));
        if fence.is_some() || mark.is_some() {
            match fence {
                None => fence = mark,
                Some(opened) if mark == Some(opened) => fence = None,
                Some(_) => {}
            }
            continue;
        }
        // What templates say to whoever fills them in.
        if comment || line.starts_with("<!--") {
            comment = !line.contains("-->");
            continue;
        }
        let Some((level, heading)) = heading(line) else {
            if let Some(open) = open.as_mut().filter(|open| open.text.len() <= KEPT) {
                open.text.push_str(line);
                open.text.push(' ');
            }
            continue;
        };
        let topic = topic(heading);
        if topic.is_some() || open.as_ref().is_some_and(|open| level <= open.level) {
            noted = noted.saturating_add(close(visit, open.take(), noted));
        }
        if let Some(topic) = topic {
            open = Some(Open { at: here, level, topic, text: String::new() });
        }
    }
    close(visit, open, noted);
    Ok(())
}

/// Notes a passage that has ended and says something; how many that were.
fn close(visit: &mut Visit<'_>, open: Option<Open>, noted: usize) -> usize {
    let Some(Open { at, topic, text, .. }) = open else { return 0 };
    let words: Vec<&str> = text.split_whitespace().collect();
    let said = words.join(" ");
    if said.is_empty() || NOTHING.contains(&said.to_lowercase().trim_end_matches('.')) || noted >= MOST {
        return 0;
    }
    let text = text::kept(said.as_bytes(), KEPT);
    visit.fact(at, What::Passage(Passage { topic, text }));
    1
}

/// The level and words of a heading: `## Training data`.
fn heading(line: &str) -> Option<(usize, &str)> {
    let rest = line.trim_start_matches('#');
    let level = line.len().saturating_sub(rest.len());
    ((1..=6).contains(&level) && rest.starts_with(' ')).then(|| (level, rest.trim()))
}

/// What a heading is about.
fn topic(heading: &str) -> Option<Topic> {
    let heading = heading.to_lowercase();
    let words = heading.trim_matches(|c: char| !c.is_alphanumeric());
    let has = |parts: &[&str]| parts.iter().any(|part| words.contains(part));
    let is = |whole: &[&str]| whole.contains(&words);
    if has(&["limitation", "out-of-scope", "out of scope", "caveat", "ethical consideration", "known issue"])
        || words.starts_with("bias")
        || is(&["risks", "limits"])
    {
        Some(Topic::Limits)
    } else if has(&["intended use", "intended purpose", "use case"])
        || is(&["uses", "direct use", "downstream use"])
    {
        Some(Topic::IntendedUse)
    } else if has(&["training data", "training set", "training corpus"])
        || is(&["data", "datasets", "dataset"])
    {
        Some(Topic::TrainingData)
    } else if has(&["evaluation", "benchmark"]) || is(&["results", "performance", "metrics"]) {
        Some(Topic::Evaluation)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use weighbridge_domain::facts::What;

    use crate::input::Input;
    use crate::{Limits, inspect};

    /// The passages of a card: topic, and text.
    fn told(body: &str) -> Vec<(&'static str, String)> {
        let card = format!("---\nlicense: mit\n---\n{body}");
        let (facts, _) = inspect(&Input::bytes(card.clone().into_bytes()), "README.md", &Limits::default());
        let passages = facts.facts.iter().filter_map(|fact| match &fact.what {
            What::Passage(passage) => {
                let at = usize::try_from(fact.at.unwrap()).unwrap();
                assert_eq!(card.as_bytes()[at], b'#', "{at}");
                Some((passage.topic.words(), passage.text.clone()))
            }
            _ => None,
        });
        passages.collect()
    }

    #[test]
    fn what_stands_below_a_heading_is_told() {
        let body = "# Demo\nIntro.\n\n## Uses\n\nFor notes.\n\n### Direct Use\nAs it\nis.\n#### How\nSo.\n### Out-of-Scope Use\nNot \
                    for law.\n## Training Data\nRows.\n## Other\nNothing.\n## 📊 Evaluation:\nGood.";
        let expected = [
            ("intended use", "For notes."),
            ("intended use", "As it is. So."),
            ("limits", "Not for law."),
            ("training data", "Rows."),
            ("evaluation", "Good."),
        ];
        assert_eq!(told(body), expected.map(|(topic, text)| (topic, text.to_owned())));
    }

    #[test]
    fn what_says_nothing_is_not() {
        let body = "## Uses\n\n<!-- Say what it is for. -->\n\n[More Information Needed]\n\n## Limitations\n```\n# Training data\nx = 1\n\
                    ```\n#Data\n## Evaluation\n<!-- first\nsecond -->\n";
        assert_eq!(told(body), [("limits", "#Data".to_owned())]);
    }

    #[test]
    fn texts_are_bounded() {
        let body = format!("## Uses\n{}", "many words ".repeat(10_000));
        assert_eq!(told(&body).first().map(|(_, text)| text.len()), Some(super::KEPT));
        assert_eq!(told(&"## Uses\nOne.\n".repeat(99)).len(), super::MOST);
    }
}
