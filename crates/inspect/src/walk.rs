//! Containers inside containers, breadth first, within one budget.

mod content;
mod lines;
mod weight;

use std::collections::VecDeque;
use std::io::Read;
use std::sync::Arc;

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::facts::{Coverage, Fact, Problem, Reading, Tensor, What};

use self::weight::weight;
use crate::detect::{self, Origin, Probe, promised_beyond_text};
use crate::facts::{Facts, Sort};
use crate::formats::text::is_pointer;
use crate::formats::{Format, Support, terms};
use crate::input::{Input, Spool};
use crate::limits::{Budget, Fault};
use crate::secrets::Known;

/// Bytes that a part takes beside its name.
const PART: u64 = 512;

/// A part that waits to be inspected.
struct Part {
    input: Input,
    member: String,
    origin: Option<Origin>,
    depth: usize,
    /// It stands in a text that is looked through as a whole.
    in_text: bool,
}

/// A CRC-32 that some bytes must have; checked while they are read for the digest.
#[derive(Debug)]
pub(crate) struct Checksum {
    pub(crate) reading: usize,
    pub(crate) at: u64,
    pub(crate) range: std::ops::Range<u64>,
    pub(crate) expected: u32,
    pub(crate) name: String,
}

/// Reads everything in `root` into facts. `name` is a hint, and what the facts call the file.
pub(crate) fn walk(root: &Input, name: &str, budget: &mut Budget) -> Facts {
    walk_as(None, root, name, &[], budget)
}

/// The same, with the bytes of every reading.
pub(crate) fn walk_keeping(root: &Input, name: &str, budget: &mut Budget) -> (Facts, Vec<Input>) {
    walk_as_keeping(None, root, name, budget)
}

/// The same, with the file itself read as one given format.
pub(crate) fn walk_as_keeping(
    forced: Option<&'static Format>,
    root: &Input,
    name: &str,
    budget: &mut Budget,
) -> (Facts, Vec<Input>) {
    let mut inputs = Vec::new();
    let facts = walk_through(forced, root, name, &[], budget, Some(&mut inputs));
    (facts, inputs)
}

/// The same, with the file itself read as one given format, whatever its bytes look like. `described` are tensors that
/// another file says are in it.
pub(crate) fn walk_as(
    forced: Option<&'static Format>,
    root: &Input,
    name: &str,
    described: &[Tensor],
    budget: &mut Budget,
) -> Facts {
    walk_through(forced, root, name, described, budget, None)
}

fn walk_through(
    forced: Option<&'static Format>,
    root: &Input,
    name: &str,
    described: &[Tensor],
    budget: &mut Budget,
    mut kept: Option<&mut Vec<Input>>,
) -> Facts {
    let mut facts = Facts { clock: budget.clock(), ..Facts::default() };
    let mut spool = Spool::default();
    budget.begin(root.len());
    let mut queue = VecDeque::from([Part {
        input: root.clone(),
        member: String::new(),
        origin: None,
        depth: 0,
        in_text: false,
    }]);
    while let Some(part) = queue.pop_front() {
        let given = if part.member.is_empty() { name } else { &part.member };
        let probe = budget.tick().and_then(|()| Ok(Probe::new(&part.input, given)?));
        let probe = match probe {
            Ok(probe) => probe.within(part.origin.clone()),
            Err(fault) => {
                facts.begin(&part.member, None, part.input.len());
                facts.not_inspected(fault.to_string());
                if let Some(kept) = &mut kept {
                    kept.resize(facts.readings.len(), part.input.clone());
                }
                continue;
            }
        };
        let formats = match forced {
            Some(format) if part.depth == 0 => vec![format],
            _ => detect::recognise(&probe),
        };
        let first = (facts.readings.len(), facts.facts.len());
        for format in &formats {
            let reading = facts.begin(&part.member, Some(format), part.input.len());
            let mut visit = Visit {
                input: part.input.clone(),
                name: &probe.name,
                file_name: detect::last_part(given),
                root,
                reading,
                is_text: content::is_text(&probe),
                member: &part.member,
                depth: part.depth,
                described: if part.depth == 0 { described } else { &[] },
                facts: &mut facts,
                budget,
                queue: &mut queue,
                spool: &mut spool,
            };
            let result = budget_of(&visit).and_then(|()| (format.read)(&mut visit));
            finish(&mut facts, format, result);
        }
        if let Some(reading) = facts.readings.len().checked_sub(1)
            && !formats.is_empty()
        {
            terms::note(&mut facts, reading, &probe);
        }
        if formats.is_empty() {
            facts.begin(&part.member, None, part.input.len());
            if let Some(format) = part.input.is_empty().then(|| promised_beyond_text(&probe.name)).flatten() {
                let title = format.title;
                facts.not_inspected(format!(
                    "it is empty, under a name that promises {title}: a download that broke off?"
                ));
            } else if part.input.is_empty() {
                facts.coverage(Coverage::Inert);
            } else {
                facts.not_inspected("no format recognised it".to_owned());
            }
        }
        let told = content::look(&mut facts, &probe, &formats, first, part.in_text, budget);
        if let Err(fault) = told {
            facts.not_inspected_in(first.0, fault.to_string());
        }
        let found = facts.facts.get_mut(first.1..).unwrap_or_default();
        if probe.is_text()
            && let Err(fault) = lines::place(found, &part.input, budget)
        {
            facts.not_inspected(fault.to_string());
        }
        if forced.is_none() || part.depth > 0 {
            match budget.tick() {
                Ok(()) => describe(&mut facts, &probe, &formats),
                Err(fault) => facts.not_inspected(fault.to_string()),
            }
        }
        if let Some(kept) = &mut kept {
            kept.resize(facts.readings.len(), part.input.clone());
        }
    }
    facts
}

fn budget_of(visit: &Visit<'_>) -> Result<(), Fault> {
    visit.budget.tick()?;
    visit.budget.facts_left()?;
    if visit.depth > visit.budget.limits().depth {
        let limit = visit.budget.limits().depth.to_string();
        return Err(Fault::Limit { what: "nested containers", limit, option: "--max-depth" });
    }
    Ok(())
}

/// Facts about the part as a whole: its name against its content, and several readings of the same bytes.
fn describe(facts: &mut Facts, probe: &Probe<'_>, formats: &[&'static Format]) {
    // What stands for a file that is elsewhere has that file's name, and counts as not inspected.
    let pointer =
        is_pointer(&probe.head, probe.input.len()) && formats.iter().all(|format| format.id == "text");
    let disagreement = detect::disagreement(probe, formats).filter(|_| !pointer);
    if let Some((extension, claimed)) = disagreement {
        let hides_code = formats.iter().any(|format| format.carries_code)
            && claimed.iter().all(|format| !format.carries_code);
        let claimed = claimed.iter().map(|format| format.id).collect();
        facts.push(None, What::NameDisagrees { extension, claimed, hides_code });
    }
    if formats.len() > 1 {
        facts.push(None, What::Polyglot { formats: formats.iter().map(|format| format.id).collect() });
    }
}

fn finish(facts: &mut Facts, format: &Format, result: Result<(), Fault>) {
    let kind = match &result {
        Ok(()) => {
            // A format may have said that it saw only a part.
            if facts.current_is_undecided() {
                facts.coverage(match format.support {
                    Support::Inspected => Coverage::Inspected,
                    Support::Inert => Coverage::Inert,
                    Support::Recognised => Coverage::NotInspected {
                        why: format!("{} is recognised, but not inspected by this version", format.title),
                    },
                });
            }
            return;
        }
        Err(Fault::Truncated { at }) => Some((Kind::Truncated, Some(*at))),
        Err(Fault::Unparsable(_)) => Some((Kind::Unparsable, None)),
        Err(Fault::Limit { what: "decompressed bytes", .. }) => Some((Kind::Expansion, None)),
        Err(Fault::Limit { what: "nested containers", .. }) => Some((Kind::Nested, None)),
        Err(_) => None,
    };
    let Err(fault) = result else { return };
    if let Some((kind, at)) = kind {
        facts.push(at, What::Problem(Problem::new(kind, fault.to_string())));
    }
    facts.not_inspected(fault.to_string());
}

/// One reading of one part: what a format sees and where it puts what it found.
#[derive(Debug)]
pub struct Visit<'a> {
    /// The bytes.
    pub input: Input,
    /// Last part of the name, in lower case; a hint only.
    pub name: &'a str,
    /// The same as it is written.
    pub file_name: &'a str,
    /// What may still be spent.
    pub budget: &'a mut Budget,
    root: &'a Input,
    reading: usize,
    is_text: bool,
    member: &'a str,
    depth: usize,
    described: &'a [Tensor],
    facts: &'a mut Facts,
    queue: &'a mut VecDeque<Part>,
    spool: &'a mut Spool,
}

impl std::fmt::Debug for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.member)
    }
}

impl<'a> Visit<'a> {
    /// Tensors that another file says are in this one.
    pub fn described(&self) -> &'a [Tensor] {
        self.described
    }

    /// Notes a fact at an offset of this reading's bytes.
    pub fn fact(&mut self, at: u64, what: What) {
        match self.budget.fact(weight(&what)) {
            Ok(()) => self.facts.push_to(self.reading, Some(at), what),
            Err(fault) => self.incomplete(fault.to_string()),
        }
    }

    /// The secrets of this file, for those who find more of them.
    pub(crate) fn known(&mut self) -> &mut Known {
        &mut self.facts.known
    }

    /// Notes a contradiction at an offset of this reading's bytes.
    pub fn problem(&mut self, at: u64, kind: Kind, detail: impl Into<String>) {
        self.fact(at, What::Problem(Problem::new(kind, detail)));
    }

    /// Notes that something here was not looked at. The rest of the reading counts, but the part is not inspected.
    pub fn incomplete(&mut self, why: impl Into<String>) {
        self.facts.not_inspected_in(self.reading, why.into());
    }

    /// Queues a part of these bytes, or what came out of them, for inspection under `name`.
    pub fn embed(&mut self, name: &str, input: Input) -> Result<(), Fault> {
        self.budget.member()?;
        let member = if self.member.is_empty() { name.to_owned() } else { format!("{}!{name}", self.member) };
        let format = self.facts.readings.get(self.reading).and_then(|reading| reading.format);
        let origin = format.map(|format| Origin { format, path: name.to_owned() });
        // Its reading has the name, too.
        self.budget.keep((member.len() as u64).saturating_mul(2).saturating_add(PART))?;
        let (depth, in_text) = (self.depth.saturating_add(1), self.is_text);
        self.queue.push_back(Part { input, member, origin, depth, in_text });
        Ok(())
    }

    /// Reads what comes out of a decoder into an input, within the budget. When the decoder fails or the budget ends,
    /// what came out until then is returned with the reason.
    pub fn expand(&mut self, decoder: impl Read) -> Result<(Input, Option<String>), Fault> {
        self.expand_pieces(decoder, |_| 0)
    }

    /// The same for many pieces, each of which costs as much as so many bytes; `owed` says what was not yet paid for.
    /// The decoder is interrupted behind each piece.
    pub(crate) fn expand_pieces<D: Read>(
        &mut self,
        mut decoder: D,
        owed: impl Fn(&mut D) -> u64,
    ) -> Result<(Input, Option<String>), Fault> {
        if self.budget.is_exceeded() {
            let why = "too much was decompressed before".to_owned();
            self.incomplete(why.as_str());
            return Ok((Input::bytes(Vec::new()), Some(why)));
        }
        let mut piece = self.spool.piece();
        let mut block = vec![0; 128 << 10];
        let mut excess = None;
        let error = loop {
            let count = match decoder.read(&mut block) {
                Ok(0) => break None,
                Ok(count) => count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => 0,
                Err(error) => break Some(error.to_string()),
            };
            match self.budget.expand((count as u64).saturating_add(owed(&mut decoder))) {
                Ok(()) => piece.write(block.get(..count).unwrap_or_default())?,
                Err(fault @ Fault::Limit { what: "decompressed bytes", .. }) => {
                    excess = Some(fault.to_string());
                    break excess.clone();
                }
                Err(fault) => return Err(fault),
            }
        };
        let input = piece.into_input()?;
        if let Some(why) = excess {
            if self.budget.first_excess() {
                self.facts.push_to(
                    self.reading,
                    None,
                    What::Problem(Problem::new(Kind::Expansion, why.as_str())),
                );
            }
            self.incomplete(why);
        }
        Ok((input, error))
    }

    /// Asks for a check that `bytes` have this CRC-32. Bytes of the scanned file are checked while they are read for its
    /// digest; others now.
    pub fn crc32(&mut self, at: u64, name: &str, bytes: &Input, expected: u32) -> Result<(), Fault> {
        if let Some(range) = bytes.range_in(self.root) {
            let name = name.to_owned();
            self.facts.checksums.push(Checksum { reading: self.reading, at, range, expected, name });
            return Ok(());
        }
        let mut hasher = crc32fast::Hasher::new();
        let mut reader = bytes.reader();
        let mut block = vec![0; 128 << 10];
        loop {
            self.budget.tick()?;
            match reader.read(&mut block)? {
                0 => break,
                count => hasher.update(block.get(..count).unwrap_or_default()),
            }
        }
        let found = hasher.finalize();
        if found != expected {
            self.problem(at, Kind::Checksum, wrong_crc32(name, expected, found));
        }
        Ok(())
    }

    /// How often `embed` may still be nested: 0 when what is embedded here will not be read.
    pub fn depth_left(&self) -> usize {
        self.budget.limits().depth.saturating_sub(self.depth)
    }
}

/// The sentence about a CRC-32 that does not match.
pub(crate) fn wrong_crc32(name: &str, expected: u32, found: u32) -> String {
    format!("`{name}` has CRC-32 {found:08x}, but {expected:08x} is recorded")
}

impl Facts {
    fn begin(&mut self, member: &str, format: Option<&Format>, size: u64) -> usize {
        self.readings.push(Reading {
            member: Arc::from(member),
            format: format.map(|format| format.id),
            size,
            coverage: Coverage::Inspected,
        });
        self.undecided = true;
        self.readings.len().saturating_sub(1)
    }

    fn current_is_undecided(&self) -> bool {
        self.undecided
    }

    fn coverage(&mut self, coverage: Coverage) {
        if let Some(reading) = self.readings.last_mut() {
            reading.coverage = coverage;
        }
        self.undecided = false;
    }

    fn not_inspected(&mut self, why: String) {
        self.not_inspected_in(self.readings.len().saturating_sub(1), why);
    }

    pub(crate) fn not_inspected_in(&mut self, reading: usize, why: String) {
        if let Some(reading) = self.readings.get_mut(reading) {
            match &mut reading.coverage {
                Coverage::NotInspected { why: before } if !before.contains(&why) && before.len() < 400 => {
                    before.push_str("; ");
                    before.push_str(&why);
                }
                Coverage::NotInspected { .. } => {}
                other => *other = Coverage::NotInspected { why },
            }
        }
        self.undecided = false;
    }

    fn push(&mut self, at: Option<u64>, what: What) {
        self.push_to(self.readings.len().saturating_sub(1), at, what);
    }

    pub(crate) fn push_to(&mut self, reading: usize, at: Option<u64>, what: What) {
        self.sorts.add(Sort::of(&what));
        self.facts.push(Fact { reading, at, position: None, what });
    }
}
