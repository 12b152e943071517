//! The numbers in tensors, when a scan is asked to read them: from the blocks that are read for the digest, and without
//! loading anything. What is told is facts about bits: numbers that are none, zeros, tensors that are the same, neurons
//! that stand out, and low bits that are something of their own.

mod content;
mod finite;
mod neurons;
mod sample;

use std::collections::{BTreeMap, HashMap, HashSet};

use weighbridge_domain::facts::{Weights, What};

use self::finite::not_finite;
use self::neurons::Neurons;
use self::sample::{SAMPLE, look};
use crate::diff::version::{Held, tensors};
use crate::facts::Facts;
use crate::input::Input;
use crate::limits::{Budget, Fault};
use crate::number::Number;

/// Bytes read at once where the digest does not read them.
const BLOCK: u64 = 512 << 10;

/// Numbers from one sample to the next; whole bytes, whatever bits are taken of each.
const STEP: u64 = 128 << 10;

/// The fewest numbers of a sample.
const SHORTEST_SAMPLE: usize = 64;

/// Facts of one kind told of one file.
const TOLD: usize = 200;

/// The fewest numbers of a tensor that is worth a word for being zero, or the same as another.
const WORTH: u64 = 1024;

/// Different numbers in a sample of a tensor that was trained, and not set.
const VARIED: usize = 64;

/// Entropy of a byte, in bits, below which it is not that of trained numbers: in a sample theirs is above 7.
const ODD: f64 = 6.5;

/// How often each byte is paid for: hostile headers name the same bytes many times.
const TIMES: u64 = 4;

/// The tensors of one file while their numbers are read.
#[derive(Debug)]
pub(crate) struct Weighing {
    /// By their places in the file; those that are not in it as they are at the end.
    pieces: Vec<Piece>,
    /// The first that has not begun.
    next: usize,
    active: Vec<usize>,
    counts: BTreeMap<usize, Counts>,
}

/// What is counted of one reading.
#[derive(Debug, Default)]
struct Counts {
    tensors: u64,
    bytes: u64,
    others: u64,
    types: BTreeMap<String, u64>,
}

/// What a tensor is a part of.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Model<'a> {
    Part(usize),
    Folder(&'a str),
}

/// A tensor that is read.
#[derive(Debug)]
struct Piece {
    held: Held,
    number: Number,
    reading: usize,
    bytes: Input,
    state: State,
}

impl Piece {
    fn start(&self) -> u64 {
        self.held.range.as_ref().map_or(u64::MAX, |range| range.start)
    }

    fn end(&self) -> u64 {
        self.held.range.as_ref().map_or(u64::MAX, |range| range.end)
    }

    fn name(&self) -> String {
        let Held { tensor, member, .. } = &self.held;
        if tensor.name.is_empty() { member.to_string() } else { tensor.name.clone() }
    }

    /// An archive often holds one model in several formats. Arrays that are files of their own are parts of what they are in.
    fn model(&self) -> Model<'_> {
        if !self.held.tensor.name.is_empty() {
            return Model::Part(self.reading);
        }
        Model::Folder(self.held.member.rsplit_once('!').map_or("", |(outer, _)| outer))
    }

    /// Dimensions of more than one.
    fn is_matrix(&self) -> bool {
        self.held.tensor.shape.iter().filter(|size| **size > 1).count() > 1
    }
}

impl Weighing {
    /// Which tensors of a file are to be read; `inputs` are the bytes of its readings.
    pub(crate) fn new(facts: &Facts, inputs: &[Input], root: &Input) -> Self {
        let places = facts.facts.iter().filter(|fact| {
            matches!(fact.what, What::Tensor(_)) && fact.reading < facts.readings.len().min(inputs.len())
        });
        let inside = inputs.iter().filter(|input| input.range_in(root).is_none()).map(Input::len);
        let mut allowed = inside.fold(root.len(), u64::saturating_add).saturating_mul(TIMES);
        let mut weighing = Self { pieces: Vec::new(), next: 0, active: Vec::new(), counts: BTreeMap::new() };
        let mut seen = HashSet::new();
        for (held, fact) in tensors(facts, inputs, root).into_iter().zip(places) {
            let Some(input) = inputs.get(fact.reading) else { continue };
            let counts = weighing.counts.entry(fact.reading).or_default();
            let length = held.tensor.length;
            let bytes = input.slice(held.tensor.start, length);
            let number = held.number.filter(|_| held.in_place && bytes.len() == length && length <= allowed);
            let Some(number) = number else {
                // What has no type is a range that a model names, and no tensor of its own.
                counts.others += u64::from(!held.tensor.dtype.is_empty());
                continue;
            };
            counts.tensors += 1;
            let state = State::new(&held, number);
            let mut piece = Piece { held, number, reading: fact.reading, bytes, state };
            if number.is_float() && piece.is_matrix() && length / number.size() >= WORTH {
                *counts.types.entry(piece.held.tensor.dtype.clone()).or_default() += 1;
            }
            // The same bytes in the same place are one tensor under several names.
            let place = match &piece.held.range {
                Some(range) => (usize::MAX, range.start, range.end),
                None => (fact.reading, piece.held.tensor.start, length),
            };
            if length == 0 || !seen.insert(place) {
                continue;
            }
            allowed -= length;
            counts.bytes += length;
            piece.state.left = length;
            weighing.pieces.push(piece);
        }
        weighing.pieces.sort_by_key(Piece::start);
        weighing
    }

    /// Whether any tensor lies in these bytes of the file.
    pub(crate) fn wants(&self, at: u64, count: u64) -> bool {
        let next = self.pieces.get(self.next).map(Piece::start);
        !self.active.is_empty() || next.is_some_and(|start| start < at.saturating_add(count))
    }

    /// The next bytes of the file.
    pub(crate) fn take(&mut self, at: u64, bytes: &[u8]) {
        let end = at.saturating_add(bytes.len() as u64);
        while self.pieces.get(self.next).is_some_and(|piece| piece.start() < end) {
            self.active.push(self.next);
            self.next += 1;
        }
        let pieces = &mut self.pieces;
        self.active.retain(|index| {
            let Some(piece) = pieces.get_mut(*index) else { return false };
            let within = |offset: u64| {
                usize::try_from(offset.clamp(at, end) - at).unwrap_or(usize::MAX).min(bytes.len())
            };
            let (from, to) = (within(piece.start()), within(piece.end()));
            piece.state.take(bytes.get(from..to).unwrap_or_default());
            piece.end() > end
        });
    }

    /// Reads what does not lie in the file as it is, and notes what all of it shows.
    pub(crate) fn finish(mut self, facts: &mut Facts, budget: &Budget) -> Result<(), Fault> {
        let mut outcome = Ok(());
        for piece in &mut self.pieces {
            if outcome.is_ok() {
                outcome = piece.read(budget);
            }
            piece.state.settle();
        }
        let same = outcome.is_ok().then(|| self.same(budget));
        let mut notes = Notes { facts, told: HashMap::new() };
        for piece in &mut self.pieces {
            if piece.state.left > 0 {
                let counts = self.counts.entry(piece.reading).or_default();
                counts.tensors = counts.tensors.saturating_sub(1);
                counts.bytes = counts.bytes.saturating_sub(piece.held.tensor.length);
                counts.others += 1;
            } else {
                notes.tell(piece);
            }
        }
        match same {
            Some(Ok(same)) => {
                for (first, second) in same {
                    if let (Some(first), Some(second)) = (self.pieces.get(first), self.pieces.get(second)) {
                        let length = second.held.tensor.length;
                        let what = Weights::Same { first: first.name(), second: second.name(), length };
                        notes.note(second, what);
                    }
                }
            }
            Some(Err(fault)) => outcome = Err(fault),
            None => {}
        }
        for (reading, Counts { tensors, bytes, others, types }) in self.counts {
            let what = Weights::Read { tensors, bytes, others, types };
            notes.facts.push_to(reading, None, What::Weights(what));
        }
        outcome
    }

    /// Tensors of varied numbers in one model whose bytes are the same, each with the first of its kind.
    fn same(&self, budget: &Budget) -> Result<Vec<(usize, usize)>, Fault> {
        let mut known: HashMap<(Model<'_>, u32, u64), usize> = HashMap::new();
        let mut same = Vec::new();
        for (index, piece) in self.pieces.iter().enumerate() {
            let state = &piece.state;
            if state.left > 0 || state.distinct < VARIED || state.elements < WORTH {
                continue;
            }
            let key = (piece.model(), state.checksum.clone().finalize(), piece.held.tensor.length);
            let first = *known.entry(key).or_insert(index);
            if let Some(other) = self.pieces.get(first).filter(|_| first != index)
                && are_same(&other.bytes, &piece.bytes, budget)?
            {
                same.push((first, index));
            }
        }
        Ok(same)
    }
}

fn are_same(one: &Input, other: &Input, budget: &Budget) -> Result<bool, Fault> {
    let mut at = 0;
    while at < one.len() {
        budget.tick()?;
        let (a, b) = (one.read(at, BLOCK)?, other.read(at, BLOCK)?);
        if a != b || a.is_empty() {
            return Ok(false);
        }
        at += a.len() as u64;
    }
    Ok(true)
}

impl Piece {
    /// Reads what was not read for the digest.
    fn read(&mut self, budget: &Budget) -> Result<(), Fault> {
        // What the digest began to read and did not end could not be read.
        if self.state.left < self.held.tensor.length {
            return Ok(());
        }
        let mut at = 0;
        while at < self.bytes.len() {
            budget.tick()?;
            let block = self.bytes.read(at, BLOCK)?;
            if block.is_empty() {
                return Err(Fault::Truncated { at });
            }
            self.state.take(&block);
            at += block.len() as u64;
        }
        Ok(())
    }
}

/// Where facts go, so many of each kind.
struct Notes<'a> {
    facts: &'a mut Facts,
    told: HashMap<std::mem::Discriminant<Weights>, usize>,
}

impl Notes<'_> {
    fn note(&mut self, piece: &Piece, what: Weights) {
        let told = self.told.entry(std::mem::discriminant(&what)).or_default();
        *told += 1;
        if *told <= TOLD {
            self.facts.push_to(piece.reading, Some(piece.held.tensor.start), What::Weights(what));
        }
    }

    /// What a tensor shows on its own.
    fn tell(&mut self, piece: &mut Piece) {
        let outliers = piece.state.neurons.take().and_then(|neurons| neurons.outliers());
        let hidden = piece.state.hidden.take();
        let (tensor, state) = (piece.name(), &piece.state);
        let elements = state.elements;
        if state.nan > 0 || state.infinite > 0 {
            let (tensor, nan, infinite) = (tensor.clone(), state.nan, state.infinite);
            self.note(piece, Weights::NotFinite { tensor, elements, nan, infinite });
        }
        if state.is_zero && piece.number.is_float() && piece.is_matrix() && elements >= WORTH {
            self.note(piece, Weights::Zero { tensor: tensor.clone(), elements });
        }
        if let Some(neurons::Outliers { neurons, numbers, ratio }) = outliers {
            self.note(piece, Weights::Outliers { tensor: tensor.clone(), neurons, numbers, ratio });
        }
        if let Some((element, bits, content)) = hidden {
            self.note(piece, Weights::Hidden { tensor: tensor.clone(), element, bits, content });
        }
        let (odd, samples, bits) = (piece.state.odd, piece.state.samples, piece.state.entropy);
        if odd > 0 {
            let bits = (bits * 100.0).round() / 100.0;
            self.note(piece, Weights::Entropy { tensor, odd, samples, bits });
        }
    }
}

/// A tensor while it is read.
#[derive(Debug)]
struct State {
    number: Number,
    /// Bytes that were not read.
    left: u64,
    /// Numbers that were.
    elements: u64,
    /// The first bytes of a number that is cut by the end of a block.
    cut: Vec<u8>,
    /// The beginning, until there is enough for a sample.
    beginning: Option<Vec<u8>>,
    next_sample: u64,
    checksum: crc32fast::Hasher,
    nan: u64,
    infinite: u64,
    is_zero: bool,
    neurons: Option<Box<Neurons>>,
    /// Different numbers in the most varied sample.
    distinct: usize,
    hidden: Option<(u64, String, String)>,
    /// Samples of which the entropy is known, those that are odd, and the least of these.
    samples: u64,
    odd: u64,
    entropy: f64,
}

impl State {
    fn new(held: &Held, number: Number) -> Self {
        Self {
            number,
            left: 0,
            elements: 0,
            cut: Vec::new(),
            beginning: Some(Vec::new()),
            next_sample: STEP,
            checksum: crc32fast::Hasher::new(),
            nan: 0,
            infinite: 0,
            is_zero: true,
            neurons: Neurons::of(&held.tensor, held.format, number).map(Box::new),
            distinct: 0,
            hidden: None,
            samples: 0,
            odd: 0,
            entropy: 8.0,
        }
    }

    /// Bytes of one number.
    fn size(&self) -> usize {
        usize::try_from(self.number.size()).unwrap_or(8)
    }

    /// The next bytes.
    fn take(&mut self, mut bytes: &[u8]) {
        self.left = self.left.saturating_sub(bytes.len() as u64);
        self.checksum.update(bytes);
        self.is_zero = self.is_zero && bytes.iter().all(|byte| *byte == 0);
        let size = self.size();
        if !self.cut.is_empty() {
            let (more, rest) = bytes.split_at((size - self.cut.len()).min(bytes.len()));
            self.cut.extend(more);
            bytes = rest;
            if self.cut.len() < size {
                return;
            }
            let whole = std::mem::take(&mut self.cut);
            self.numbers(&whole);
        }
        let (whole, rest) = bytes.split_at(bytes.len() - bytes.len() % size);
        if !whole.is_empty() {
            self.numbers(whole);
        }
        self.cut.extend(rest);
    }

    /// The next whole numbers.
    fn numbers(&mut self, bytes: &[u8]) {
        let size = self.size();
        let (nan, infinite) = not_finite(self.number, bytes);
        self.nan += nan;
        self.infinite += infinite;
        if let Some(neurons) = &mut self.neurons {
            neurons.take(self.number, bytes);
        }
        if let Some(beginning) = &mut self.beginning {
            let missing = (SAMPLE * size).saturating_sub(beginning.len()).min(bytes.len());
            beginning.extend(&bytes[..missing]);
            if beginning.len() >= SAMPLE * size {
                self.begin();
            }
        }
        let count = (bytes.len() / size) as u64;
        while self.next_sample < self.elements + count {
            // What was cut off by the end of a block is made up for in the next.
            let at = self.next_sample.max(self.elements).next_multiple_of(8);
            let from = usize::try_from(at - self.elements).unwrap_or(usize::MAX).saturating_mul(size);
            let sample = bytes.get(from..).unwrap_or_default();
            if sample.len() < SHORTEST_SAMPLE * size {
                break;
            }
            self.sample(at, &sample[..sample.len().min(SAMPLE * size)]);
            self.next_sample = (at / STEP + 1) * STEP;
        }
        self.elements += count;
    }

    /// Looks at the beginning, of which there is enough, or no more.
    fn begin(&mut self) {
        if let Some(beginning) = self.beginning.take().filter(|beginning| !beginning.is_empty()) {
            self.sample(0, &beginning);
        }
    }

    fn sample(&mut self, element: u64, bytes: &[u8]) {
        let shown = look(self.number, bytes, element == 0);
        self.distinct = self.distinct.max(shown.distinct);
        if let (None, Some((bits, content))) = (&self.hidden, shown.hidden) {
            self.hidden = Some((element, bits, content));
        }
        if let Some(entropy) = shown.entropy {
            self.samples += 1;
            self.odd += u64::from(entropy < ODD);
            self.entropy = self.entropy.min(entropy);
        }
    }

    /// There are no more bytes.
    fn settle(&mut self) {
        self.begin();
    }
}

#[cfg(test)]
mod tests;
