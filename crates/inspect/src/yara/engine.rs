//! The engine: YARA-X.

use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use weighbridge_domain::Severity;
use weighbridge_domain::facts::{RuleMatch, What};
use yara_x::{Compiler, MetaValue, ScanError, ScanResults, Scanner, SourceCode, blocks};

use super::{Mistake, Source};
use crate::facts::Facts;
use crate::input::Input;
use crate::limits::{Budget, Fault};
use crate::text;

/// The longest part that is held in memory as a whole; less when `--max-memory` is.
const WHOLE: u64 = 64 << 20;
/// Longer parts are looked at in blocks of this length, which share so many bytes with the next.
const BLOCK: u64 = 16 << 20;
const SHARED: u64 = 1 << 20;
/// Time for one part, when no time is set for the scan.
const LONGEST: Duration = Duration::from_secs(300);
/// Tags of a rule that are kept.
const MOST_TAGS: usize = 20;

/// What only conditions ask that are worked out over a whole part.
const OF_WHOLE: [&str; 6] = ["import", "filesize", "entrypoint", "int8", "int16", "int32"];

/// Rules that are ready to run.
#[derive(Debug)]
pub struct Rules {
    rules: yara_x::Rules,
    /// Some ask for what is only known of a part that is seen as a whole.
    of_whole: bool,
}

impl Rules {
    /// Makes rules ready. Each file is a namespace of its own; no file may include another.
    pub fn compile(sources: &[Source]) -> Result<Self, Mistake> {
        let mut compiler = Compiler::new();
        compiler.enable_includes(false);
        let mut namespaces = HashSet::new();
        for source in sources {
            let stem = Path::new(&source.path).file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let namespace = if namespaces.contains(&stem) { source.path.clone() } else { stem };
            compiler.new_namespace(&namespace);
            namespaces.insert(namespace);
            let code = SourceCode::from(source.text.as_str()).with_origin(&source.path);
            compiler.add_source(code).map_err(|error| {
                let label = error.labels().next();
                let at = label.as_ref().map(|label| place(&source.text, label.span().start()));
                let detail = label.map(|label| label.text().to_owned()).filter(|text| !text.is_empty());
                let title = error.title().to_owned();
                let what = match detail {
                    Some(detail) if detail != title => format!("{title}: {detail}"),
                    _ => title,
                };
                Mistake { path: source.path.clone(), at, what: text::shown(&what, 400) }
            })?;
        }
        let of_whole = sources.iter().any(|source| OF_WHOLE.iter().any(|word| source.text.contains(word)));
        Ok(Self { rules: compiler.build(), of_whole })
    }

    /// Runs the rules over every part of a file.
    pub(crate) fn run(&self, facts: &mut Facts, inputs: &[Input], budget: &mut Budget) {
        let mut before: Option<&Input> = None;
        for (reading, input) in inputs.iter().enumerate() {
            // Several readings of the same bytes stand behind each other.
            let again = before.is_some_and(|before| {
                input.len() == before.len() && input.range_in(before) == Some(0..input.len())
            });
            before = Some(input);
            if again {
                continue;
            }
            match self.matches(input, budget) {
                Ok((found, missed)) => {
                    for (at, what) in found {
                        match budget.fact(size_of::<What>() as u64) {
                            Ok(()) => facts.push_to(reading, at, What::RuleMatch(what)),
                            Err(fault) => facts.not_inspected_in(reading, fault.to_string()),
                        }
                    }
                    if let Some(why) = missed {
                        facts.not_inspected_in(reading, why);
                    }
                }
                Err(fault) => {
                    facts.not_inspected_in(
                        reading,
                        format!("not all rules of YARA were run over it: {fault}"),
                    );
                }
            }
        }
    }

    /// What matches, and what was not looked at.
    fn matches(&self, input: &Input, budget: &Budget) -> Result<(Vec<Match>, Option<String>), Fault> {
        budget.tick()?;
        let whole = WHOLE.min(budget.limits().memory);
        let time = budget.left().unwrap_or(LONGEST).max(Duration::from_secs(1));
        if input.len() <= whole {
            let bytes = input.read(0, whole)?;
            let mut scanner = Scanner::new(&self.rules);
            scanner.set_timeout(time);
            let results = scanner.scan(&bytes).map_err(|error| fault(&error, time))?;
            return Ok((told(&results), None));
        }
        let mut scanner = blocks::Scanner::new(&self.rules);
        scanner.set_timeout(time);
        let block = BLOCK.min(whole);
        let mut at = 0;
        while at < input.len() {
            budget.tick()?;
            let base = usize::try_from(at).map_err(|_| Fault::Unsupported("it is too long".to_owned()))?;
            let bytes = input.read(at, block)?;
            scanner.scan(base, &bytes).map_err(|error| fault(&error, time))?;
            let end = at.saturating_add(bytes.len() as u64);
            if bytes.is_empty() || end >= input.len() {
                break;
            }
            at = end.saturating_sub(SHARED.min(block / 2));
        }
        let results = scanner.finish().map_err(|error| fault(&error, time))?;
        let missed = self.of_whole.then(|| {
            format!(
                "rules of YARA were run over it in blocks, since it is longer than {}; what they ask of it as a whole is \
                 not known",
                text::bytes(whole)
            )
        });
        Ok((told(&results), missed))
    }
}

/// A rule that matches, and the offset of the first of its patterns.
type Match = (Option<u64>, RuleMatch);

fn told(results: &ScanResults<'_, '_>) -> Vec<Match> {
    let rules = results.matching_rules();
    rules
        .map(|rule| {
            let at = rule
                .patterns()
                .filter_map(|pattern| pattern.matches().next())
                .map(|found| found.range().start)
                .min();
            let meta = |wanted: &str| {
                rule.metadata().find_map(|(key, value)| match value {
                    MetaValue::String(text) if key == wanted => Some(text.to_owned()),
                    // What has escapes in it.
                    MetaValue::Bytes(bytes) if key == wanted => Some(text::kept(bytes, 300)),
                    _ => None,
                })
            };
            let severity = meta("severity").and_then(|word| {
                Severity::ALL.into_iter().find(|severity| word.eq_ignore_ascii_case(severity.word()))
            });
            let tags = rule.tags().take(MOST_TAGS).map(|tag| text::shown(tag.identifier(), 60)).collect();
            let found = RuleMatch {
                rule: text::shown(rule.identifier(), 120),
                namespace: text::shown(rule.namespace(), 120),
                tags,
                description: meta("description").map(|words| text::kept(words.as_bytes(), 300)),
                severity,
            };
            (at.map(|at| at as u64), found)
        })
        .collect()
}

fn fault(error: &ScanError, time: Duration) -> Fault {
    match error {
        ScanError::Timeout => Fault::Unsupported(format!("they took more than {} seconds", time.as_secs())),
        other => Fault::Unsupported(text::shown(&other.to_string(), 200)),
    }
}

/// Line and column of an offset, from 1.
fn place(source: &str, at: usize) -> (usize, usize) {
    let before = source.get(..source.floor_char_boundary(at)).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}
