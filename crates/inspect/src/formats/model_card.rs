//! Model cards: Markdown with YAML in front, which hubs and programs read.
//! Specification: the model card pages of the Hugging Face hub.

mod body;
mod matter;

use weighbridge_domain::facts::card::{Heading, Metric, Topic};
use weighbridge_domain::facts::{Card, LicenceSource, What};

use self::matter::Value;
use super::{Format, Support, passages, terms, yaml};
use crate::detect::{Probe, Recognition};
use crate::limits::Fault;
use crate::samples;
use crate::text;
use crate::walk::Visit;

/// Model card.
pub static FORMAT: Format = Format {
    id: "model-card",
    title: "Model card",
    extensions: &["md"],
    support: Support::Inspected,
    carries_code: false,
    refines: &["text"],
    docs: "Markdown that begins with a line `---`. The YAML up to the next such line is read: licence, base model, library, \
           data sets, results, and tags that ask for objects. In the text behind it, the headings and how much stands below \
           each, addresses, and the numbers of parameters and of context that it states; the first 4 MiB of it. What \
           stands below headings about intended use, limits, training data and evaluation is noted, too.",
    recognise: |probe| Recognition::guess_if(is_card(probe)),
    read,
    samples: || samples::one("README.md", samples::licence::CARD),
};

/// The longest front matter that is read, and the longest text.
const LONGEST: u64 = 4 << 20;

/// Names kept of one list.
const MOST: usize = 200;

/// Statements of terms kept.
const MOST_TERMS: usize = 32;

/// Characters kept of a name.
const KEPT: usize = 200;

fn is_card(probe: &Probe<'_>) -> bool {
    let head = probe.head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&probe.head);
    let begins = head.starts_with(b"---\n") || head.starts_with(b"---\r\n");
    begins && probe.ends_with(&["md", "markdown"]) && probe.is_text()
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    const KEYS: &[&str] = &[
        "datasets",
        "language",
        "license",
        "license_link",
        "license_name",
        "model_name",
        "pipeline_tag",
        "tags",
    ];
    let bytes = visit.input.read(0, LONGEST)?;
    let source = String::from_utf8_lossy(&bytes);
    let body = source.strip_prefix('\u{feff}').unwrap_or(&source);
    let mark = source.len().saturating_sub(body.len());
    let begin = body.find('\n').map_or(body.len(), |at| at.saturating_add(1));
    let rest = body.get(begin..).unwrap_or_default();
    let mut length = 0_usize;
    for line in rest.split_inclusive('\n') {
        if line.trim_end() == "---" {
            break;
        }
        length = length.saturating_add(line.len());
    }
    if length == rest.len() && visit.input.len() > LONGEST {
        visit.incomplete(format!("only the first {LONGEST} bytes were read"));
    }
    let matter = rest.get(..length).unwrap_or_default();
    let base = mark.saturating_add(begin) as u64;
    let prose = rest.get(length..).unwrap_or_default();
    passages::note(visit, prose, base.saturating_add(length as u64))?;
    let prose = prose.split_once('\n').map_or("", |(_, prose)| prose);
    let before = source.len().saturating_sub(prose.len());
    let lines = source.get(..before).unwrap_or_default().matches('\n').count() as u64;
    let begin = Heading { at: before as u64, line: lines.saturating_add(1) };
    let values = matter::values(matter, visit.budget);
    licences(visit, matter, base, &values);
    visit.budget.tick()?;
    let card = card(&values, prose, begin);
    visit.fact(base, What::Card(card));
    yaml::read_text(visit, matter, base, KEYS)
}

/// The values of a key, alone or in a list.
fn of_key<'v>(values: &'v [Value], key: &str) -> impl Iterator<Item = &'v Value> {
    let is_number = |rest: &str| rest.bytes().all(|byte| byte.is_ascii_digit());
    let is_of = move |value: &&Value| {
        let rest = value.path.strip_prefix(key);
        rest.is_some_and(|rest| rest.is_empty() || rest.strip_prefix('.').is_some_and(is_number))
    };
    values.iter().filter(is_of).filter(|value| !value.text.trim().is_empty()).take(MOST)
}

/// Terms by the card's own field, and of the models that it names.
fn licences(visit: &mut Visit<'_>, matter: &str, base: u64, values: &[Value]) {
    let at = |value: &Value| {
        let offset = matter.char_indices().nth(value.chars).map_or(0, |(offset, _)| offset);
        base.saturating_add(offset as u64)
    };
    let name = of_key(values, "license_name").next().map(|value| value.text.as_str());
    for value in of_key(values, "license").take(MOST_TERMS) {
        // Under `other`, the name says which.
        let stated = match (value.text.trim().to_ascii_lowercase().as_str(), name) {
            ("other", Some(name)) => name,
            _ => &value.text,
        };
        terms::stated(visit, at(value), LicenceSource::Card, stated);
    }
    for value in of_key(values, "base_model").take(MOST_TERMS) {
        terms::base_model(visit, at(value), &value.text);
    }
}

fn card(values: &[Value], prose: &str, begin: Heading) -> Card {
    let list = |key: &str| -> Vec<String> {
        of_key(values, key).map(|value| text::shown(value.text.trim(), KEPT)).collect()
    };
    let first = |key: &str| of_key(values, key).next().map(|value| text::shown(&value.text, KEPT));
    let datasets = list("datasets");
    let metrics = metrics(values);
    let mut said = Vec::new();
    for (topic, is_said) in [
        (Topic::TrainingData, !datasets.is_empty()),
        (Topic::Evaluation, !metrics.is_empty()),
        (Topic::Licence, of_key(values, "license").next().is_some()),
    ] {
        if is_said {
            said.push(topic);
        }
    }
    Card {
        sections: body::sections(prose, begin, &said),
        base_models: list("base_model"),
        relation: first("base_model_relation"),
        datasets,
        tags: list("tags"),
        links: body::links(prose),
        metrics,
        parameters: body::parameters(
            prose,
            &of_key(values, "model_name").map(|value| &*value.text).collect::<Vec<_>>(),
        ),
        context: body::context(prose),
    }
}

/// The results of `model-index`.
fn metrics(values: &[Value]) -> Vec<Metric> {
    let mut metrics: Vec<(String, Metric)> = Vec::new();
    for value in values.iter().filter(|value| value.path.starts_with("model-index.")) {
        let Some((outer, rest)) = value.path.split_once(".metrics.") else { continue };
        let Some((number, key)) = rest.split_once('.') else { continue };
        let place = format!("{outer}.metrics.{number}");
        if metrics.last().is_none_or(|(last, _)| *last != place) {
            if metrics.len() >= MOST {
                break;
            }
            let dataset = format!("{outer}.dataset.name");
            let dataset = of_key(values, &dataset).next().map(|value| text::shown(&value.text, KEPT));
            let metric = Metric { name: String::new(), value: String::new(), dataset };
            metrics.push((place, metric));
        }
        let Some((_, metric)) = metrics.last_mut() else { continue };
        match key {
            "name" => metric.name = text::shown(&value.text, KEPT),
            "type" if metric.name.is_empty() => metric.name = text::shown(&value.text, KEPT),
            "value" => metric.value = text::shown(&value.text, KEPT),
            _ => {}
        }
    }
    metrics.into_iter().map(|(_, metric)| metric).collect()
}
