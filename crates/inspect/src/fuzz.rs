//! The one body of the fuzz target, and its seeds: every format and every rule is in it by being in its slice.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use crate::bill::Sheet;
use crate::facts::Facts;
use crate::formats::FORMATS;
use crate::input::Input;
use crate::limits::{Budget, Limits};
use crate::rules::{RULES, judge_file, judge_folder, judge_scan};
use crate::samples::File;
use crate::weights::Weighing;
use crate::{digest, walk};

/// Inspects bytes as the format that the first byte picks from [`FORMATS`]; beyond their number, as what they look like.
pub fn inspect(data: &[u8]) -> Facts {
    let Some((first, bytes)) = data.split_first() else { return Facts::default() };
    let format = FORMATS.get(usize::from(*first)).copied();
    let limits = Limits {
        depth: 4,
        expanded: 16 << 20,
        members: 500,
        memory: 32 << 20,
        time: Some(Duration::from_secs(5)),
    };
    let name = match format {
        Some(format) => {
            format.extensions.first().map_or_else(|| format.id.to_owned(), |end| format!("file.{end}"))
        }
        None => "file".to_owned(),
    };
    let input = Input::bytes(bytes.to_vec());
    let mut budget = Budget::new(&limits, limits.time.map(|time| Instant::now() + time));
    let (mut facts, inputs) = walk::walk_as_keeping(format, &input, &name, &mut budget);
    let mut weighing = Weighing::new(&facts, &inputs, &input);
    // The digest of bytes in memory only fails when the time is over, which is an answer too.
    let _ = digest::digest(&input, &mut facts, &budget, &AtomicU64::new(0), Some(&mut weighing));
    let _ = weighing.finish(&mut facts, &budget);
    let mut findings = Vec::new();
    judge_file(&name, &mut facts, &mut findings);
    judge_folder(&[(&name, &facts)], &mut findings);
    judge_scan(&BTreeMap::from([(name.as_str(), &facts)]), &mut findings);
    Sheet::of(&name, &facts);
    facts
}

/// Every sample and every example, once as its own format and once as what it looks like.
pub fn seeds() -> Vec<File> {
    let mut seeds = Vec::new();
    let mut add = |name: String, first: usize, bytes: &[u8]| {
        let mut seed = vec![u8::try_from(first).unwrap_or(u8::MAX)];
        seed.extend(bytes);
        seeds.push((name, seed));
    };
    for (index, format) in FORMATS.iter().enumerate() {
        for (number, (_, bytes)) in (format.samples)().iter().enumerate() {
            add(format!("{}-{number}", format.id), index, bytes);
            add(format!("{}-{number}-any", format.id), usize::MAX, bytes);
        }
    }
    for rule in RULES {
        for example in rule.examples {
            for (number, (_, bytes)) in (example.files)().iter().enumerate() {
                add(format!("{}-{}-{number}", rule.id, example.name), usize::MAX, bytes);
            }
        }
    }
    seeds
}
