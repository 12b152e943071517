//! Walks programs from their first opcode to their last.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::facts::{Tensor, Term, What};

use super::context::{Context, Storage};
use super::joblib::Array;
use super::leaf::Source;
use super::machine::{Machine, Mode};
use super::opcodes::{End, Step};
use super::payload;
use super::terms::Scene;
use super::views::View;
use crate::cursor::Cursor;
use crate::input::Input;
use crate::limits::{Budget, Fault};
use crate::walk::Visit;

/// Programs inside the arrays of programs.
const MOST_NESTED: usize = 8;
/// A container that is worth more values than this, to somebody who walks through it, is a trap.
const MOST_VALUES: u32 = 100_000_000;
/// Nesting that readers can follow.
const MOST_NESTING: u16 = 10_000;

/// What came of a walk.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Offset behind the last opcode.
    pub(crate) end: u64,
    /// It ended with `STOP`; otherwise no loader could go on at `end`.
    pub(crate) stopped: bool,
    /// What it leaves on the stack.
    pub(crate) root: Option<Term>,
    /// The tensors in that, when storages were asked for.
    pub(crate) views: Vec<View>,
}

/// Walks one program from where the cursor is; the cursor is then behind it. All facts about it are noted; where it
/// breaks, those until then, and the part is not inspected.
pub(crate) fn walk_program(
    visit: &mut Visit<'_>,
    cursor: &mut Cursor,
    context: &mut Context<'_>,
) -> Result<Outcome, Fault> {
    let start = cursor.position();
    let mut machine = Machine::new(start);
    machine.views = context.storages.is_some().then(Box::default);
    let input = cursor.input().clone();
    let mut watch = Watched { visit, input: &input };
    let walked = drive(&mut machine, context, cursor, &mut watch, 0).and_then(|end| {
        watch.between(context, machine.memory())?;
        Ok(end)
    });
    let end = match walked {
        Ok(end) => end,
        Err(fault) => {
            context.report(visit, None);
            return Err(fault);
        }
    };
    judge_size(&machine, context, start);
    let stopped = matches!(end, End::Stop);
    if let Some((at, detail)) = machine.long_frame.take().filter(|_| stopped) {
        context.problem(at, Kind::Framing, detail);
    }
    if let End::Broken(at, kind, detail) = end {
        visit.incomplete(format!("breaks at byte {at}: {detail}"));
        context.problem(at, kind, detail);
    }
    let source = Source { window: &[], base: 0, input: &input };
    let scene = Scene {
        source: &source,
        containers: &machine.containers,
        names: &context.names,
        calls: &context.calls,
    };
    let root = machine.stack.last().map(|root| scene.term(*root)).transpose();
    let views = take_views(&mut machine);
    let (protocol, opcodes, end) = (machine.protocol, machine.opcodes, cursor.position());
    context.report(visit, stopped.then_some((start, What::Program { protocol, opcodes, end })));
    Ok(Outcome { end, stopped, root: root?, views })
}

fn take_views(machine: &mut Machine) -> Vec<View> {
    let place = machine.stack.len().saturating_sub(1);
    machine.views.take().map_or_else(Vec::new, |views| views.finish(place))
}

fn judge_size(machine: &Machine, context: &mut Context<'_>, start: u64) {
    let values = machine.containers.heaviest();
    if values > MOST_VALUES {
        let detail = "containers share each other so often that walking through them never ends";
        context.problem(start, Kind::Expansion, detail);
    }
    if machine.containers.deepest() > MOST_NESTING {
        context.problem(start, Kind::TooDeep, format!("containers are nested more than {MOST_NESTING} deep"));
    }
}

/// Tells `storages` of every storage that the programs in `input` ask for, gives the tensors that they make of them, and
/// notes nothing: the part is read on its own.
pub(crate) fn survey(
    visit: &mut Visit<'_>,
    input: &Input,
    storages: &mut dyn FnMut(Storage),
) -> Result<Vec<View>, Fault> {
    let mut views = Vec::new();
    let mut cursor = Cursor::new(input);
    let mut context = Context::surveying(storages);
    while cursor.remaining() > 0 {
        let mut machine = Machine::new(cursor.position());
        machine.views = Some(Box::default());
        let end = drive(&mut machine, &mut context, &mut cursor, &mut Surveyed(visit.budget), 0)?;
        views.append(&mut take_views(&mut machine));
        if !matches!(end, End::Stop) {
            break;
        }
    }
    Ok(views)
}

/// What is spent is watched, and nothing is looked into.
struct Surveyed<'b>(&'b Budget);

impl Watch for Surveyed<'_> {
    fn between(&mut self, context: &mut Context<'_>, memory: u64) -> Result<(), Fault> {
        self.0.tick()?;
        self.0.memory(memory.saturating_add(context.memory()))
    }
}

/// What happens between two windows of a walk.
pub(super) trait Watch {
    /// Spends, and looks into what was found meanwhile.
    fn between(&mut self, context: &mut Context<'_>, memory: u64) -> Result<(), Fault>;
}

struct Watched<'v, 'b> {
    visit: &'v mut Visit<'b>,
    input: &'v Input,
}

impl Watch for Watched<'_, '_> {
    fn between(&mut self, context: &mut Context<'_>, memory: u64) -> Result<(), Fault> {
        self.visit.budget.tick()?;
        self.visit.budget.memory(memory.saturating_add(context.memory()))?;
        payload::embed(context, self.visit, self.input)
    }
}

/// Follows a program to its end.
pub(super) fn drive(
    machine: &mut Machine,
    context: &mut Context<'_>,
    cursor: &mut Cursor,
    watch: &mut dyn Watch,
    nested: usize,
) -> Result<End, Fault> {
    loop {
        match machine.step(context, cursor)? {
            Step::More => {}
            Step::End(end) => return Ok(end),
            Step::Array => {
                if let Some(array) = machine.array.take()
                    && let Some(end) = pass_array(machine, context, cursor, watch, &array, nested)?
                {
                    return Ok(end);
                }
            }
        }
        watch.between(context, machine.memory())?;
    }
}

/// Passes over the bytes of an array, which joblib's loader reads here; others read on, and take them for opcodes.
fn pass_array(
    machine: &mut Machine,
    context: &mut Context<'_>,
    cursor: &mut Cursor,
    watch: &mut dyn Watch,
    array: &Array,
    nested: usize,
) -> Result<Option<End>, Fault> {
    let at = cursor.position();
    if array.objects {
        if nested >= MOST_NESTED {
            return Ok(Some(End::Broken(at, Kind::TooDeep, "programs are nested too deeply".to_owned())));
        }
        let mut inner = Machine::new(at);
        let end = drive(&mut inner, context, cursor, watch, nested.saturating_add(1))?;
        machine.opcodes = machine.opcodes.saturating_add(inner.opcodes);
        return Ok(if matches!(end, End::Stop) { None } else { Some(end) });
    }
    let input = cursor.input().clone();
    let padding = if array.aligned {
        input.read(at, 1)?.first().map_or(1, |pad| u64::from(*pad).saturating_add(1))
    } else {
        0
    };
    let start = at.saturating_add(padding);
    let end = start.saturating_add(array.length);
    if end > input.len() {
        let left = input.len().saturating_sub(start);
        context.problem(
            at,
            Kind::Truncated,
            format!("an array of {} bytes begins where {left} are left", array.length),
        );
        return Ok(None);
    }
    if read_as_opcodes(machine, context, cursor, watch, Mode::Try)? {
        context.problem(at, Kind::Overlap, "the bytes of an array are opcodes too, and look names up");
        read_as_opcodes(machine, context, cursor, watch, Mode::Strict)?;
    }
    context.tensor(Tensor {
        name: String::new(),
        dtype: array.dtype.clone(),
        shape: array.shape.clone(),
        start,
        length: array.length,
    });
    cursor.seek(end);
    Ok(None)
}

/// Reads on as a loader does that knows nothing of arrays; everything is as before then. True when it looks a name up.
fn read_as_opcodes(
    machine: &mut Machine,
    context: &mut Context<'_>,
    cursor: &mut Cursor,
    watch: &mut dyn Watch,
    mode: Mode,
) -> Result<bool, Fault> {
    let at = cursor.position();
    if !cursor.peek(1).is_ok_and(|first| first.first().is_some_and(|first| is_opcode(*first))) {
        return Ok(false);
    }
    // Each byte is tried a bounded number of times, whatever the arrays are.
    let mut left =
        context.tries.unwrap_or_else(|| cursor.input().len().saturating_mul(4).saturating_add(1 << 20));
    let saved = machine.save(mode);
    left = left.saturating_sub(saved.size());
    let before = machine.opcodes;
    let mut reached = false;
    let result = loop {
        if left < machine.opcodes.saturating_sub(before) {
            context.incomplete = Some("array bytes were not all tried as opcodes".to_owned());
            break Ok(());
        }
        match machine.step(context, cursor) {
            Ok(Step::More | Step::Array) => {}
            Ok(Step::End(end)) => {
                reached = matches!(end, End::Reached);
                break Ok(());
            }
            Err(fault) => break Err(fault),
        }
        if let Err(fault) = watch.between(context, machine.memory()) {
            break Err(fault);
        }
    };
    context.tries = Some(left.saturating_sub(machine.opcodes.saturating_sub(before)));
    machine.restore(saved);
    cursor.seek(at);
    result.map(|()| reached)
}

/// The byte is an opcode.
const fn is_opcode(byte: u8) -> bool {
    matches!(byte,
        b'(' | b')' | b'.' | b'0' | b'1' | b'2' | b'B' | b'C' | b'F' | b'G' | b'I' | b'J' | b'K' | b'L' | b'M' | b'N'
        | b'P' | b'Q' | b'R' | b'S' | b'T' | b'U' | b'V' | b'X' | b']' | b'a'..=b'e' | b'g'..=b'j' | b'l' | b'o'..=b'u'
        | b'}' | 0x80..=0x98)
}
