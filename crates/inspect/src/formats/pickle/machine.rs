//! The stack machine behind a pickle: what each opcode does to stack, marks and memo, without ever doing it to objects.

use weighbridge_domain::facts::CallKind;
use weighbridge_domain::facts::problem::Kind as Problem;

use super::containers::{Containers, Kind};
use super::context::Context;
use super::joblib::Array;
use super::leaf::Source;
use super::memo::Memo;
use super::value::{Value, View};
use super::views::{Keys, Views};
use crate::limits::Fault;

/// How a program is followed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Mode {
    /// Everything is noted, and what a loader would fail at is noted and passed over.
    Walk,
    /// Nothing is noted; ends where a loader would fail, or where a name is looked up.
    Try,
    /// Everything is noted; ends where a loader would fail.
    Strict,
}

/// Why the hot loop ends.
#[derive(Debug)]
pub(super) enum Flow {
    /// So many bytes are needed, from the opcode on.
    Short(usize),
    /// The opcode was followed; the next one is there.
    Jump(u64),
    /// Raw bytes of an array are next.
    Array,
    /// The program ends as programs do.
    Stop,
    /// No loader could go on here.
    Broken(Problem, String),
    /// A name was looked up, in a program that is only tried.
    Reached,
    Fault(Box<Fault>),
}

impl From<Fault> for Flow {
    fn from(fault: Fault) -> Self {
        Self::Fault(Box::new(fault))
    }
}

pub(super) type Followed<T> = Result<T, Flow>;

/// The state of one program.
#[derive(Debug)]
pub(super) struct Machine {
    pub(super) stack: Vec<Value>,
    marks: Vec<usize>,
    /// Values below belong to an open mark and cannot be taken.
    fence: usize,
    pub(super) memo: Memo,
    pub(super) containers: Containers,
    pub(super) mode: Mode,
    pub(super) start: u64,
    pub(super) protocol: u8,
    pub(super) declared: bool,
    pub(super) opcodes: u64,
    pub(super) frame_end: Option<u64>,
    pub(super) need: usize,
    pub(super) array: Option<Array>,
    /// The tensors of the program, when somebody wants them.
    pub(super) views: Option<Box<Views>>,
    /// A frame that would end behind the end of the input.
    pub(super) long_frame: Option<(u64, String)>,
}

/// What a value is asked of that is not there.
#[cold]
pub(super) fn underflow() -> Flow {
    Flow::Broken(Problem::Fault, "takes a value from an empty stack".to_owned())
}

#[cold]
fn no_mark() -> Flow {
    Flow::Broken(Problem::Fault, "looks for a mark that was never set".to_owned())
}

impl Machine {
    pub(super) fn new(start: u64) -> Self {
        Self {
            stack: Vec::new(),
            marks: Vec::new(),
            fence: 0,
            memo: Memo::default(),
            containers: Containers::default(),
            mode: Mode::Walk,
            start,
            protocol: 0,
            declared: false,
            opcodes: 0,
            frame_end: None,
            need: 1,
            array: None,
            views: None,
            long_frame: None,
        }
    }

    /// Bytes of memory.
    pub(super) fn memory(&self) -> u64 {
        let stack = self.stack.len().saturating_mul(size_of::<Value>());
        let marks = self.marks.len().saturating_mul(size_of::<usize>());
        (stack.saturating_add(marks) as u64)
            .saturating_add(self.memo.memory())
            .saturating_add(self.containers.memory())
            .saturating_add(self.views.as_ref().map_or(0, |views| views.memory()))
    }

    #[inline]
    pub(super) fn push(&mut self, value: Value) {
        self.stack.push(value);
    }

    #[inline]
    pub(super) fn pop(&mut self) -> Followed<Value> {
        if self.stack.len() <= self.fence {
            return Err(underflow());
        }
        self.stack.pop().ok_or_else(underflow)
    }

    #[inline]
    pub(super) fn top(&self) -> Followed<Value> {
        if self.stack.len() <= self.fence {
            return Err(underflow());
        }
        self.stack.last().copied().ok_or_else(underflow)
    }

    #[inline]
    pub(super) fn mark(&mut self) {
        self.marks.push(self.stack.len());
        self.fence = self.stack.len();
    }

    /// Takes the last mark away; gives the number of values below it.
    #[inline]
    pub(super) fn unmark(&mut self) -> Followed<usize> {
        let mark = self.marks.pop().ok_or_else(no_mark)?;
        self.fence = self.marks.last().copied().unwrap_or(0);
        Ok(mark)
    }

    /// `POP`: a value, or the mark above it.
    pub(super) fn drop_top(&mut self) -> Followed<()> {
        if self.marks.last() == Some(&self.stack.len()) {
            self.unmark().map(drop)
        } else {
            self.pop().map(drop)?;
            self.forget_views();
            Ok(())
        }
    }

    /// `POP_MARK`.
    pub(super) fn drop_to_mark(&mut self) -> Followed<()> {
        let mark = self.unmark()?;
        self.stack.truncate(mark);
        self.forget_views();
        Ok(())
    }

    /// A new container of the last `count` values.
    #[inline]
    pub(super) fn collect(&mut self, source: &Source<'_>, kind: Kind, count: usize) -> Followed<()> {
        let from =
            self.stack.len().checked_sub(count).filter(|from| *from >= self.fence).ok_or_else(underflow)?;
        self.collect_from(source, kind, from)
    }

    /// A new container of the values above the last mark.
    #[inline]
    pub(super) fn collect_to_mark(&mut self, source: &Source<'_>, kind: Kind) -> Followed<()> {
        let from = self.unmark()?;
        if kind == Kind::Dict && self.stack.len().wrapping_sub(from) % 2 == 1 {
            return Err(Flow::Broken(
                Problem::Fault,
                "makes a dictionary of a key without a value".to_owned(),
            ));
        }
        self.collect_from(source, kind, from)
    }

    #[inline]
    fn collect_from(&mut self, source: &Source<'_>, kind: Kind, from: usize) -> Followed<()> {
        let items = self.stack.get(from..).unwrap_or_default();
        if let Some(views) = &mut self.views {
            let keys = if kind == Kind::Dict { Keys::Pairs(items) } else { Keys::Numbers(0) };
            views.absorb(source, from, from, keys)?;
        }
        let value = if kind == Kind::Tuple && items.is_empty() {
            Value::EMPTY_TUPLE
        } else {
            self.containers.make(kind, items).unwrap_or(Value::UNKNOWN)
        };
        self.stack.truncate(from);
        self.stack.push(value);
        Ok(())
    }

    /// A new, empty container.
    #[inline]
    pub(super) fn empty(&mut self, kind: Kind) {
        let value = self.containers.make(kind, &[]).unwrap_or(Value::UNKNOWN);
        self.stack.push(value);
    }

    /// `APPEND`, `SETITEM`: puts the last `count` values into what is below them.
    #[inline]
    pub(super) fn fill(
        &mut self,
        context: &mut Context<'_>,
        source: &Source<'_>,
        kind: Kind,
        count: usize,
        at: u64,
    ) -> Followed<()> {
        let from =
            self.stack.len().checked_sub(count).filter(|from| *from > self.fence).ok_or_else(underflow)?;
        self.fill_from(context, source, kind, from, at)
    }

    /// `APPENDS`, `SETITEMS`, `ADDITEMS`: puts the values above the last mark into what is below it.
    #[inline]
    pub(super) fn fill_to_mark(
        &mut self,
        context: &mut Context<'_>,
        source: &Source<'_>,
        kind: Kind,
        at: u64,
    ) -> Followed<()> {
        let from = self.unmark()?;
        if from <= self.fence {
            return Err(underflow());
        }
        if kind == Kind::Dict && self.stack.len().wrapping_sub(from) % 2 == 1 {
            return Err(Flow::Broken(Problem::Fault, "sets a key without a value".to_owned()));
        }
        self.fill_from(context, source, kind, from, at)
    }

    #[inline]
    fn fill_from(
        &mut self,
        context: &mut Context<'_>,
        source: &Source<'_>,
        kind: Kind,
        from: usize,
        at: u64,
    ) -> Followed<()> {
        let target = self.stack.get(from.wrapping_sub(1)).copied().ok_or_else(underflow)?;
        let items = self.stack.get(from..).unwrap_or_default();
        if let Some(views) = &mut self.views {
            let before = target.as_node().and_then(|node| self.containers.items(node));
            let before = before.map_or(0, |(items, more)| more.saturating_add(items.len() as u64));
            let keys = if kind == Kind::Dict { Keys::Pairs(items) } else { Keys::Numbers(before) };
            views.absorb(source, from.saturating_sub(1), from, keys)?;
        }
        if let Some(index) = target.as_node()
            && self.containers.kind(index) == Some(kind)
        {
            if self.mode == Mode::Walk {
                self.containers.extend(index, items);
            }
            self.stack.truncate(from);
            return Ok(());
        }
        if !items.is_empty() {
            self.fill_other(context, source, kind, target, from, at)?;
        }
        self.stack.truncate(from);
        Ok(())
    }

    #[cold]
    fn fill_other(
        &mut self,
        context: &mut Context<'_>,
        source: &Source<'_>,
        kind: Kind,
        target: Value,
        from: usize,
        at: u64,
    ) -> Followed<()> {
        match target.view() {
            View::Global(_) | View::Result(_) | View::Unknown => {
                let items: Vec<Value> = self.stack.iter().skip(from).take(8).copied().collect();
                self.note_call(context, source, CallKind::Fill, target, &items, at)?;
                Ok(())
            }
            View::ByteArray(_) if kind == Kind::List || self.sets_places(from) => Ok(()),
            View::Node(index)
                if kind == Kind::Dict
                    && self.containers.kind(index) == Some(Kind::List)
                    && self.sets_places(from) =>
            {
                Ok(())
            }
            _ => self.fault(context, at, "puts items into something that takes none"),
        }
    }

    /// The keys from there on may be numbers of places in a list.
    fn sets_places(&self, from: usize) -> bool {
        let mut keys = self.stack.iter().skip(from).step_by(2);
        keys.all(|key| {
            matches!(
                key.view(),
                View::Int(_)
                    | View::Bool(_)
                    | View::Number(_)
                    | View::Global(_)
                    | View::Result(_)
                    | View::Unknown
            )
        })
    }

    /// Something at which one loader fails, and another does not.
    #[cold]
    pub(super) fn differs(&self, context: &mut Context<'_>, at: u64, detail: &str) {
        if self.mode == Mode::Walk {
            context.problem(at, Problem::Fault, detail);
        }
    }

    /// Something at which a loader fails. A walk goes on: other readers may not.
    #[cold]
    pub(super) fn fault(&self, context: &mut Context<'_>, at: u64, detail: &str) -> Followed<()> {
        if self.mode == Mode::Walk {
            context.problem(at, Problem::Fault, detail);
            return Ok(());
        }
        Err(Flow::Broken(Problem::Fault, detail.to_owned()))
    }

    /// `GET`.
    #[inline]
    pub(super) fn recall(&mut self, context: &mut Context<'_>, number: u64, at: u64) -> Followed<()> {
        let value = self.memo.get(number);
        if value.is_missing() {
            self.fault(context, at, "recalls a memo number that was never stored")?;
            self.push(Value::UNKNOWN);
        } else {
            if let Some(views) = &mut self.views {
                views.recall(number, self.stack.len());
            }
            self.push(value);
        }
        Ok(())
    }

    /// `PUT`.
    #[inline]
    pub(super) fn store(
        &mut self,
        context: &mut Context<'_>,
        source: &Source<'_>,
        number: u64,
        at: u64,
    ) -> Followed<()> {
        let value = self.top()?;
        if number > (1 << 24) && number > source.input.len() && self.mode == Mode::Walk {
            let detail = format!("memo number {number} makes readers reserve memory for as many values");
            context.problem(at, Problem::Expansion, detail);
        }
        self.memo.put(number, value);
        if let Some(views) = &mut self.views {
            views.store(number, self.stack.len().saturating_sub(1));
        }
        Ok(())
    }

    /// `MEMOIZE`.
    #[inline]
    pub(super) fn memoize(&mut self) -> Followed<()> {
        let value = self.top()?;
        if let Some(views) = &mut self.views {
            views.store(self.memo.next(), self.stack.len().saturating_sub(1));
        }
        self.memo.memoize(value);
        Ok(())
    }

    /// What is known of tensors that are no longer on the stack.
    fn forget_views(&mut self) {
        if let Some(views) = &mut self.views {
            views.drop_from(self.stack.len());
        }
    }

    /// Ends the state that a trial changed.
    pub(super) fn restore(&mut self, saved: Saved) {
        self.stack = saved.stack;
        self.marks = saved.marks;
        self.fence = saved.fence;
        self.frame_end = saved.frame_end;
        self.opcodes = saved.opcodes;
        self.protocol = saved.protocol;
        self.memo.end_trial();
        self.containers.truncate(saved.containers);
        self.mode = Mode::Walk;
        self.views = saved.views;
        self.array = None;
        self.need = 1;
    }

    /// Keeps the state that a trial may change.
    pub(super) fn save(&mut self, mode: Mode) -> Saved {
        self.memo.begin_trial();
        self.mode = mode;
        Saved {
            stack: self.stack.clone(),
            marks: self.marks.clone(),
            fence: self.fence,
            frame_end: self.frame_end.take(),
            opcodes: self.opcodes,
            protocol: self.protocol,
            containers: self.containers.len(),
            views: self.views.take(),
        }
    }
}

/// The state before a trial.
#[derive(Debug)]
pub(super) struct Saved {
    stack: Vec<Value>,
    marks: Vec<usize>,
    fence: usize,
    frame_end: Option<u64>,
    opcodes: u64,
    protocol: u8,
    containers: usize,
    views: Option<Box<Views>>,
}

impl Saved {
    /// Bytes that were copied.
    pub(super) fn size(&self) -> u64 {
        self.stack.len().saturating_add(self.marks.len()).saturating_mul(8) as u64
    }
}
