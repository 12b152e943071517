//! The calls that a program makes: those that look the same are one. A file with a million tensors makes a million calls
//! of a handful of kinds.

use std::collections::HashMap;

use weighbridge_domain::facts::{Call, CallKind, Term};

use super::names::{Names, Role};
use super::terms::{Scene, Texts};
use super::value::{MOST_CALLS, Value, View};
use crate::limits::Fault;

/// Distinct calls that are kept.
const MOST: usize = 20_000;
const _: () = assert!(MOST < MOST_CALLS);

/// Calls of one callee that are told apart by all texts, then by names behind the first argument, then by their shape.
const VARIANTS: [(Texts, u16); 3] = [(Texts::All, 64), (Texts::Later, 512), (Texts::None, 512)];

/// Terms kept of all calls together.
const MOST_TERMS: usize = 200_000;

/// A call that was seen.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) call: Call,
    pub(super) at: u64,
    /// The first call of the same shape: the same but for texts.
    pub(super) shape: u16,
    /// What was called; of a helper that makes instances of a class, the class.
    pub(super) callee: Value,
    /// It makes an array type whose elements are objects.
    pub(super) objects: bool,
}

/// All calls.
#[derive(Debug, Default)]
pub(super) struct Calls {
    entries: Vec<Entry>,
    index: HashMap<Box<[u8]>, u16>,
    shapes: HashMap<Box<[u8]>, u16>,
    variants: HashMap<Callee, [u16; 3]>,
    reported: usize,
    terms: usize,
    memory: u64,
    /// Calls beyond what is kept.
    dropped: u64,
    /// Room for a key.
    key: Vec<u8>,
}

/// How something is called, and what: a name, or what calls of a shape return.
type Callee = (u8, u64);

/// A call that is made now.
#[derive(Clone, Copy, Debug)]
pub(super) struct Making<'a> {
    pub(super) kind: CallKind,
    pub(super) callee: Value,
    pub(super) arguments: &'a [Value],
    pub(super) at: u64,
}

impl Calls {
    pub(super) fn get(&self, index: u16) -> Option<&Entry> {
        self.entries.get(usize::from(index))
    }

    pub(super) fn get_mut(&mut self, index: u16) -> Option<&mut Entry> {
        self.entries.get_mut(usize::from(index))
    }

    /// What was called to make this value.
    pub(super) fn maker(&self, value: Value) -> Option<Value> {
        match value.view() {
            View::Result(made) => self.get(made.call).map(|entry| entry.callee),
            _ => None,
        }
    }

    /// Those that were not reported yet.
    pub(super) fn take_new(&mut self) -> impl Iterator<Item = &Entry> {
        let from = std::mem::replace(&mut self.reported, self.entries.len());
        self.entries.get(from..).unwrap_or_default().iter()
    }

    /// Calls beyond those that are kept.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn memory(&self) -> u64 {
        self.memory.saturating_add(self.terms.saturating_mul(size_of::<Term>().saturating_add(64)) as u64)
    }

    pub(super) fn drop_one(&mut self) {
        self.dropped = self.dropped.saturating_add(1);
    }
}

/// What [`place`] found: a call that is known, or where a new one goes.
pub(super) enum Place {
    Known(u16),
    New(Box<New>),
    Full,
}

/// A call that was not seen before.
pub(super) struct New {
    entry: Entry,
    key: Vec<u8>,
    shape: Vec<u8>,
    callee: Callee,
    level: usize,
}

impl Calls {
    /// Room for the key that [`place`] puts together.
    pub(super) fn take_key(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.key)
    }

    /// Gives the room back.
    pub(super) fn keep_key(&mut self, key: Vec<u8>) {
        self.key = key;
    }

    fn callee(&self, kind: CallKind, callee: Value) -> Callee {
        let what = match callee.view() {
            View::Global(index) => u64::from(index),
            View::Result(made) => {
                (1 << 32) | u64::from(self.get(made.call).map_or(made.call, |entry| entry.shape))
            }
            _ => 2 << 32,
        };
        (kind_tag(kind), what)
    }
}

/// Finds the call that looks like this one, or puts a new entry together.
pub(super) fn place(scene: &Scene<'_>, making: Making<'_>, key: &mut Vec<u8>) -> Result<Place, Fault> {
    let calls = scene.calls;
    let callee = calls.callee(making.kind, making.callee);
    let own_identity = names_structured_type(scene, making)?;
    // What is done to an object after it was made tells calls apart only when the object was looked up by name, or its
    // class runs what it is given.
    let runs_state =
        || calls.maker(making.callee).map(|maker| scene.names.role(maker)) == Some(Role::RunsState);
    let state_of_made = matches!(making.kind, CallKind::SetState | CallKind::Fill)
        && !matches!(making.callee.view(), View::Global(_))
        && !runs_state();
    let counts = calls.variants.get(&callee).copied().unwrap_or_default();
    for (level, (texts, most)) in VARIANTS.into_iter().enumerate() {
        let count = counts.get(level).copied().unwrap_or(u16::MAX);
        if texts == Texts::All && count >= most {
            continue;
        }
        begin(key, callee, b'0'.saturating_add(u8::try_from(level).unwrap_or(9)));
        name_maker(making, state_of_made, key);
        let mut partly = Vec::new();
        if making.kind == CallKind::Persistent {
            for id in making.arguments {
                scene.compare_persistent(*id, key)?;
            }
        } else if !state_of_made {
            partly = scene.compare(making.arguments, texts, key)?;
        }
        // What is compared in part is like nothing else; when there are too many, what is not compared is not shown.
        if own_identity || texts == Texts::All && !partly.is_empty() {
            key.extend_from_slice(&making.at.to_le_bytes());
        }
        if texts == Texts::All {
            partly.clear();
        }
        if let Some(&known) = calls.index.get(key.as_slice()) {
            return Ok(Place::Known(known));
        }
        if count < most {
            return new(scene, making, key.clone(), callee, level, Some((texts, &partly)));
        }
    }
    begin(key, callee, b'*');
    name_maker(making, state_of_made, key);
    match calls.index.get(key.as_slice()) {
        Some(&known) => Ok(Place::Known(known)),
        None => new(scene, making, key.clone(), callee, VARIANTS.len(), None),
    }
}

/// Tells calls apart by what was called, where that came out of a call: texts may be all that two of those differ in.
fn name_maker(making: Making<'_>, state_of_made: bool, key: &mut Vec<u8>) {
    if let View::Result(made) = making.callee.view()
        && !state_of_made
    {
        key.extend_from_slice(&made.call.to_le_bytes());
    }
}

fn begin(key: &mut Vec<u8>, (kind, callee): Callee, level: u8) {
    key.clear();
    key.extend_from_slice(&[kind, level]);
    key.extend_from_slice(&callee.to_le_bytes());
}

fn new(
    scene: &Scene<'_>,
    making: Making<'_>,
    key: Vec<u8>,
    callee: Callee,
    level: usize,
    shown: Option<(Texts, &[usize])>,
) -> Result<Place, Fault> {
    let calls = scene.calls;
    if calls.entries.len() >= MOST {
        return Ok(Place::Full);
    }
    let index = u16::try_from(calls.entries.len()).unwrap_or(u16::MAX);
    let mut shape = Vec::new();
    begin(&mut shape, callee, b' ');
    if making.kind != CallKind::Persistent && shown.is_some() {
        scene.compare_shape(making.arguments, &mut shape)?;
    }
    let same_shape = calls.shapes.get(shape.as_slice()).copied().unwrap_or(index);
    let arguments = match shown {
        Some((texts, hidden)) if calls.terms < MOST_TERMS => {
            scene.arguments(making.arguments, texts, hidden)?
        }
        _ => vec![Term::Unknown],
    };
    let shown =
        if making.kind == CallKind::Persistent { Term::Unknown } else { scene.term(making.callee)? };
    let call = Call { kind: making.kind, callee: Box::new(shown), arguments };
    let maker = match making.arguments.first() {
        Some(class) if scene.names.role(making.callee) == Role::MakesFirst => *class,
        _ => making.callee,
    };
    let entry = Entry { call, at: making.at, shape: same_shape, callee: maker, objects: false };
    Ok(Place::New(Box::new(New { entry, key, shape, callee, level })))
}

impl Calls {
    /// Keeps a new call.
    pub(super) fn insert(&mut self, new: New) -> u16 {
        let index = u16::try_from(self.entries.len()).unwrap_or(u16::MAX);
        let New { entry, key, shape, callee, level } = new;
        let keys = key.len().saturating_add(shape.len());
        self.memory = self.memory.saturating_add(256).saturating_add(keys as u64);
        self.terms = self.terms.saturating_add(count_call(&entry.call));
        self.entries.push(entry);
        self.index.insert(key.into_boxed_slice(), index);
        self.shapes.entry(shape.into_boxed_slice()).or_insert(index);
        let counts = self.variants.entry(callee).or_default();
        if let Some(count) = counts.get_mut(level) {
            *count = count.saturating_add(1);
        }
        index
    }
}

/// An array type of several fields: whether there are objects among them is said only later, so each is its own.
fn names_structured_type(scene: &Scene<'_>, making: Making<'_>) -> Result<bool, Fault> {
    let names: &Names = scene.names;
    let Some(first) = making.arguments.first() else { return Ok(false) };
    if names.role(making.callee) != Role::Dtype || making.kind != CallKind::Call {
        return Ok(false);
    }
    Ok(super::leaf::text(scene.source, *first, 16)?.is_some_and(|(text, _)| text.contains('V')))
}

const fn kind_tag(kind: CallKind) -> u8 {
    match kind {
        CallKind::Call => b'c',
        CallKind::New => b'n',
        CallKind::SetState => b's',
        CallKind::Fill => b'f',
        CallKind::Persistent => b'p',
    }
}

fn count_call(call: &Call) -> usize {
    call.arguments
        .iter()
        .map(count_term)
        .sum::<usize>()
        .saturating_add(count_term(&call.callee))
        .saturating_add(1)
}

fn count_term(term: &Term) -> usize {
    match term {
        Term::Call(call) => count_call(call),
        Term::Items { items, .. } => items.iter().map(count_term).sum::<usize>().saturating_add(1),
        Term::Text { text, .. } => (text.len() / 64).saturating_add(1),
        _ => 1,
    }
}
