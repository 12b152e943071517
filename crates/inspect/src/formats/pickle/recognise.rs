//! Is this a pickle? Answered by following its first opcodes; words that only begin like one do not get far.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::facts::{Name, Term};

use super::act::is_path;
use super::context::Context;
use super::machine::{Machine, Mode};
use super::opcodes::End;
use super::walk::{Watch, drive};
use crate::cursor::Cursor;
use crate::detect::{Probe, Recognition};
use crate::input::Input;
use crate::known::classify;
use crate::limits::Fault;

/// Bytes that are followed.
const HEAD: u64 = 64 << 10;
/// Bytes that are followed behind the end of another program.
const NEXT: u64 = 4 << 10;
/// Blocks that are followed where a few values fill the first bytes.
const MOST_WINDOWS: usize = 64;
/// Bytes of memory for a first look.
const MOST_MEMORY: u64 = 32 << 20;
/// Programs of one value before one that does something.
const MOST_BEFORE: usize = 8;
/// So few opcodes may be words.
const FEW: u64 = 8;
/// So few opcodes may stand behind a version by chance.
const DECLARED: u64 = 3;
/// Bytes in which the opcodes behind a version are counted.
const GLANCE: u64 = 64;
/// Endings that only pickles have.
const OWN: &[&str] = &["pkl", "pickle", "pk", "joblib", "dill"];

/// Endings whose loaders take whatever comes for a pickle: there, words that look a name up are none.
const LOADED: &[&str] = &["pkl", "pickle", "pk", "joblib", "dill", "pt", "pth", "bin", "ckpt", "dat"];

/// What came of following the first opcodes.
#[derive(Debug)]
struct Taste {
    end: End,
    opcodes: u64,
    /// Offset behind the last opcode.
    at: u64,
    names: usize,
    /// Names that can do harm, whatever follows: the loader has looked them up by then.
    dangers: usize,
    /// Calls of what was looked up.
    calls: usize,
    /// Calls that are given something.
    weighty: usize,
    containers: bool,
    /// Values were stored in the memo.
    memo: bool,
    /// It begins with its version.
    declared: bool,
}

/// Follows `input` up to `windows` blocks.
fn taste(input: &Input, windows: usize) -> Option<Taste> {
    if input.read(0, 1).is_ok_and(|first| first == [0x80]) {
        return taste_as(Mode::Walk, input, windows);
    }
    // Nothing says that this is a program; then it has to be a flawless one, or to call what can do harm.
    let strict = taste_as(Mode::Strict, input, windows)?;
    if matches!(strict.end, End::Broken(_, Kind::Fault, _)) && strict.dangers == 0 && strict.weighty == 0 {
        let lenient = taste_as(Mode::Walk, input, windows)?;
        if lenient.dangers > 0 && lenient.calls > 0 {
            return Some(lenient);
        }
    }
    Some(strict)
}

fn taste_as(mode: Mode, input: &Input, windows: usize) -> Option<Taste> {
    let mut context = Context::shallow();
    let mut cursor = Cursor::new(input);
    let mut machine = Machine::new(0);
    machine.mode = mode;
    let end = match drive(&mut machine, &mut context, &mut cursor, &mut Few { left: windows }, 0) {
        Ok(end) => end,
        Err(Fault::Limit { .. }) => End::Broken(cursor.position(), Kind::Truncated, String::new()),
        Err(_) => return None,
    };
    // Many a binary file begins with what could be a persistent id, and goes on with what could be done to it.
    let calls = context.calls.take_new().map(|entry| &entry.call);
    let calls: Vec<_> = calls.filter(|call| matches!(*call.callee, Term::Global(_))).collect();
    let weighty = calls.iter().filter(|call| !call.arguments.is_empty()).count();
    let calls = calls.len();
    let declared = machine.declared && input.read(0, 1).is_ok_and(|first| first == [0x80]);
    let names = context.names.take_new().filter_map(|entry| entry.import.name.as_ref());
    let dangers = names.filter(|name| if declared { is_danger(name) } else { is_known_danger(name) }).count();
    Some(Taste {
        end,
        dangers,
        opcodes: machine.opcodes,
        at: cursor.position(),
        names: context.names.len(),
        calls,
        weighty,
        containers: machine.containers.len() > 0,
        memo: !machine.memo.is_empty(),
        declared,
    })
}

fn is_danger(name: &Name) -> bool {
    classify(&name.module, &name.name).capability.is_dangerous()
}

/// A danger that lines of words do not look like by chance: an identifier of a module that is known for it. Loaders take
/// the dots in the names of programs that declare no protocol for letters.
fn is_known_danger(name: &Name) -> bool {
    let known = classify(&name.module, &name.name);
    let listed = || known.exact || classify(&name.module, "anything").capability.is_dangerous();
    is_path(name.module.as_bytes())
        && is_path(name.name.as_bytes())
        && !name.name.contains('.')
        && known.capability.is_dangerous()
        && listed()
}

pub(super) fn recognise(probe: &Probe<'_>) -> Recognition {
    if begins_with_no_id(&probe.head) {
        return Recognition::No;
    }
    let known_version = !matches!(probe.head.as_slice(), [0x80, 6..=0xff, ..]);
    if known_version && is_declared(probe.input) {
        return Recognition::Certain;
    }
    let Some(taste) = taste_head(probe.input, HEAD) else { return Recognition::No };
    if known_version && taste.is_program(probe.input, HEAD) {
        return Recognition::Certain;
    }
    // One number or text says nothing about itself; nor does what breaks early.
    let whole = matches!(taste.end, End::Stop) && taste.at == probe.input.len();
    let named = probe.ends_with(LOADED) && taste.names > 0;
    let begun = taste.opcodes > u64::from(!probe.is_text());
    Recognition::guess_if(named || probe.ends_with(OWN) && (whole || begun))
}

/// A first opcode that asks for a persistent id no loader takes: it must be ASCII. So begins every zip, and its other
/// bytes may well look like opcodes.
fn begins_with_no_id(head: &[u8]) -> bool {
    let line = head.strip_prefix(b"P").and_then(|rest| rest.split(|byte| *byte == b'\n').next());
    line.is_some_and(|line| line.iter().any(|byte| !byte.is_ascii() || byte.is_ascii_control()))
}

/// Whether another program begins here.
pub(super) fn begins_program(rest: &Input) -> bool {
    is_declared(rest) || taste_head(rest, NEXT).is_some_and(|taste| taste.is_program(rest, NEXT))
}

/// Whether it begins with its version and more opcodes than by chance: then it is a program, whatever follows.
fn is_declared(input: &Input) -> bool {
    let glance = || taste(&input.slice(0, GLANCE), MOST_WINDOWS);
    input.read(0, 1).is_ok_and(|first| first == [0x80])
        && glance().is_some_and(|taste| taste.declared && taste.opcodes > DECLARED)
}

/// Follows the first bytes; further when one of the first values is longer than those.
fn taste_head(input: &Input, head: u64) -> Option<Taste> {
    let first = taste(&input.slice(0, head), MOST_WINDOWS)?;
    let undecided = matches!(first.end, End::Broken(_, Kind::Truncated, _)) && input.len() > head;
    if undecided && first.opcodes <= FEW && !first.is_program(input, head) {
        return taste(input, MOST_WINDOWS);
    }
    Some(first)
}

/// Ends a walk after some windows.
pub(super) struct Few {
    left: usize,
}

#[cfg(test)]
impl Few {
    pub(super) fn unbounded() -> Self {
        Self { left: usize::MAX }
    }
}

impl Watch for Few {
    fn between(&mut self, _: &mut Context<'_>, memory: u64) -> Result<(), Fault> {
        self.left = self.left.saturating_sub(1);
        if self.left == 0 || memory > MOST_MEMORY {
            return Err(Fault::Limit { what: "bytes of a first look", limit: String::new(), option: "" });
        }
        Ok(())
    }
}

/// Whether a value is a whole program that looks names up, or one that breaks only after a call.
pub(in crate::formats) fn is_program(value: &[u8]) -> bool {
    let Some(taste) = taste(&Input::bytes(value.to_vec()), usize::MAX) else { return false };
    match taste.end {
        End::Stop => taste.names > 0,
        End::Broken(_, Kind::Truncated, _) if taste.declared => taste.names > 0,
        _ => taste.weighty > 0,
    }
}

/// Whether bytes may begin a program: with its version, or with words or values that numbers and texts seldom begin with.
pub(in crate::formats) fn begins_disguised(head: &[u8]) -> bool {
    let words = head.iter().all(|byte| matches!(byte, b'\n' | b' '..=b'~'));
    let line = head.iter().position(|byte| *byte == b'\n');
    match *head {
        [0x80, 0..=5, ..] => true,
        [b'c' | b'(', ..] | [b'S', b'\'' | b'"', ..] => words,
        [b'I' | b'L' | b'F', b'0'..=b'9' | b'-' | b'+', ..] => words && line.is_some(),
        [b'V', ..] => {
            let next = line.and_then(|line| head.get(line.saturating_add(1)));
            words && next.is_some_and(|next| goes_on(*next))
        }
        [b'N' | b']' | b'}' | b')' | 0x88 | 0x89, next, ..] => goes_on(next),
        [b'K', _, next, ..] => goes_on(next) && !words,
        _ => false,
    }
}

/// An opcode that may follow a first value.
const fn goes_on(opcode: u8) -> bool {
    matches!(opcode, b'0' | b'(' | b'c' | b'p' | b'q' | b'N' | b']' | b'}' | b')' | 0x94)
}

/// Whether bytes that are not there to be loaded are a program all the same: a whole one, or one that names what can do
/// harm.
pub(in crate::formats) fn is_disguised(input: &Input) -> bool {
    if !begins_disguised(&input.read(0, 16).unwrap_or_default()) {
        return false;
    }
    taste(input, MOST_WINDOWS).is_some_and(|taste| {
        let whole = matches!(taste.end, End::Stop) && taste.ends_here(input);
        whole && (taste.declared || taste.names > 0) || taste.weighty > 0 || taste.dangers > 0
    })
}

impl Taste {
    /// Whether a loader would take `input` for a program, judged by its first `head` bytes.
    fn is_program(&self, input: &Input, head: u64) -> bool {
        let goes_on = input.len() > head;
        match &self.end {
            End::Stop | End::Broken(..) if self.dangers > 0 => true,
            End::Stop if self.declared || self.calls > 0 => true,
            End::Stop if self.containers || self.memo => self.ends_here(input) || self.leads_to_danger(input),
            End::Stop => self.names > 0 && self.at == input.len() || self.leads_to_danger(input),
            End::Broken(..) if self.weighty > 0 => true,
            End::Broken(_, Kind::Truncated, _) if self.declared => goes_on || self.opcodes > 1,
            End::Broken(_, Kind::Truncated, _) => goes_on && (self.memo || self.opcodes > FEW),
            End::Broken(..) => self.declared && (self.opcodes > DECLARED || self.names > 0),
            End::Reached => false,
        }
    }

    /// Another program follows, which names what can do harm.
    fn leads_to_danger(&self, input: &Input) -> bool {
        let mut at = self.at;
        for _ in 0..MOST_BEFORE {
            let Some(next) = taste(&input.from(at).slice(0, NEXT), MOST_WINDOWS) else { return false };
            if next.dangers > 0 {
                return true;
            }
            if !matches!(next.end, End::Stop) {
                return false;
            }
            at = at.saturating_add(next.at);
        }
        false
    }

    /// Nothing follows but padding or another program.
    fn ends_here(&self, input: &Input) -> bool {
        let rest = input.read(self.at, 64).unwrap_or_default();
        let next = || taste(&input.from(self.at).slice(0, NEXT), MOST_WINDOWS);
        rest.iter().all(|byte| *byte == 0 || byte.is_ascii_whitespace())
            || next().is_some_and(|next| {
                next.declared
                    || (matches!(next.end, End::Stop) && (next.containers || next.memo || next.calls > 0))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::RULES;
    use crate::samples::pickle;

    #[test]
    fn what_a_glance_decides_a_long_look_decides_too() {
        let examples = RULES.iter().flat_map(|rule| rule.examples).flat_map(|example| (example.files)());
        let (mut decided, mut not) = (0, 0);
        for (name, bytes) in examples.chain(pickle::ordinary()) {
            for length in [bytes.len(), bytes.len() / 2, 70, 30, 12] {
                let input = Input::bytes(bytes.get(..length).unwrap_or(&bytes).to_vec());
                if is_declared(&input) {
                    assert!(taste_head(&input, HEAD).unwrap().is_program(&input, HEAD), "{name}: {length}");
                    decided += 1;
                } else if bytes.first() == Some(&0x80) {
                    not += 1;
                }
            }
        }
        assert!(decided > 500 && not > 5, "{decided} {not}");
    }
}
