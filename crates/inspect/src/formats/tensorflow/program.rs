//! Programs of the compiler that nodes carry (`StableHLO` in MLIR, as bytes or as text): which functions outside of them they
//! call.

use weighbridge_domain::facts::Operator;
use weighbridge_domain::facts::problem::Kind;

use super::{CUSTOM_CALL, DIALECT};
use crate::formats::layout::Notes;
use crate::input::Input;
use crate::known::operators::{Doing, classify};
use crate::limits::Fault;
use crate::walk::Visit;

/// The attribute holds a program.
pub(super) fn is_in(operator: &str, key: &str) -> bool {
    matches!((operator, key), ("XlaCallModule", "module") | ("MlirPassthroughOp", "mlir_module"))
}

/// The attribute is the name of a function outside of the graph.
pub(super) fn names(operator: &str, key: &str) -> bool {
    matches!((operator, key), ("XlaCustomCall", "target_name") | ("XlaCustomCallV2", "call_target_name"))
}

/// The longest program that is read.
const LIMIT: u64 = 256 << 20;

/// Names kept of one program.
const MOST: usize = 256;

/// What stands for a call whose target could not be told.
const UNNAMED: &str = "custom_call";

/// The functions that a program calls by name.
pub(super) fn calls(visit: &mut Visit<'_>, notes: &mut Notes, program: &Input) -> Result<Vec<String>, Fault> {
    if program.len() > LIMIT {
        visit.incomplete(format!("a compiled program of more than {LIMIT} bytes"));
        return Ok(Vec::new());
    }
    notes.remember(visit, program.len())?;
    let bytes = program.read(0, LIMIT)?;
    let called = match bytes.strip_prefix(MAGIC) {
        Some(rest) => match strings(rest) {
            Some(strings) => of_strings(visit, &strings)?,
            None => {
                let at = program.range_in(&visit.input).map_or(0, |range| range.start);
                notes.problem(visit, at, Kind::BadValue, "a compiled program has no table of texts");
                visit.incomplete("a compiled program could not be read");
                Vec::new()
            }
        },
        None => of_text(&String::from_utf8_lossy(&bytes)),
    };
    notes.forget(program.len());
    Ok(called)
}

/// What MLIR in bytes begins with.
const MAGIC: &[u8] = b"ML\xefR";

/// The texts of a program in bytes: version, producer, then sections, of which number 0 holds all texts.
fn strings(bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let mut rest = bytes;
    number(&mut rest)?;
    let end = rest.iter().position(|byte| *byte == 0)?;
    rest = rest.get(end.checked_add(1)?..)?;
    let whole = bytes.len().checked_add(MAGIC.len())?;
    while let Some((kind, behind)) = rest.split_first() {
        rest = behind;
        let length = usize::try_from(number(&mut rest)?).ok()?;
        if kind & 0x80 != 0 {
            let alignment = usize::try_from(number(&mut rest)?).ok()?;
            let at = whole.checked_sub(rest.len())?;
            let padding = at.checked_next_multiple_of(alignment.max(1))?.checked_sub(at)?;
            rest = rest.get(padding..)?;
        }
        let (section, behind) = rest.split_at_checked(length)?;
        rest = behind;
        if kind.trailing_zeros() >= 7 {
            return texts(section);
        }
    }
    None
}

/// A count, the lengths with their closing zeros and in reverse order, then the texts.
fn texts(mut section: &[u8]) -> Option<Vec<&[u8]>> {
    let count = usize::try_from(number(&mut section)?).ok().filter(|count| *count <= section.len())?;
    let mut lengths = Vec::with_capacity(count);
    for _ in 0..count {
        lengths.push(usize::try_from(number(&mut section)?).ok()?);
    }
    let mut texts = Vec::with_capacity(count);
    for length in lengths.into_iter().rev() {
        let (text, rest) = section.split_at_checked(length)?;
        section = rest;
        texts.push(text.strip_suffix(&[0]).unwrap_or(text));
    }
    Some(texts)
}

/// A number whose lowest bits say how many bytes it takes.
fn number(bytes: &mut &[u8]) -> Option<u64> {
    let (first, rest) = bytes.split_first()?;
    let more = usize::try_from(first.trailing_zeros()).ok()?;
    let (others, behind) = rest.split_at_checked(more)?;
    *bytes = behind;
    if more == 8 {
        return others.first_chunk().copied().map(u64::from_le_bytes);
    }
    let all = others.iter().rev().fold(0_u64, |all, byte| (all << 8) | u64::from(*byte));
    Some(((all << 8) | u64::from(*first)) >> more.saturating_add(1))
}

/// The targets among the texts of a program that has calls: those that are known as targets, since nothing else tells them
/// from other texts.
fn of_strings(visit: &Visit<'_>, strings: &[&[u8]]) -> Result<Vec<String>, Fault> {
    if !strings.iter().any(|text| text.starts_with(b"custom_call")) {
        return Ok(Vec::new());
    }
    let mut called = Vec::new();
    for text in strings.iter().filter(|text| text.len() < 256) {
        visit.budget.tick()?;
        let Ok(name) = std::str::from_utf8(text) else { continue };
        let (domain, node) = (CUSTOM_CALL.to_owned(), String::new());
        let operator =
            Operator { dialect: DIALECT, domain, name: name.to_owned(), node, count: 1, defined: false };
        if called.len() < MOST && classify(&operator).doing != Doing::Unknown {
            called.push(operator.name);
        }
    }
    if called.is_empty() {
        called.push(UNNAMED.to_owned());
    }
    Ok(called)
}

/// The targets in a program that is written as text: `custom_call @target(`, `call_target_name = "target"`.
fn of_text(text: &str) -> Vec<String> {
    let mut called = Vec::new();
    for (mark, end) in [("custom_call @", '('), ("call_target_name = \"", '"')] {
        for rest in text.split(mark).skip(1).take(MOST) {
            let target = rest.split([end, '\n']).next().unwrap_or_default().trim_matches('"');
            called.push(target.chars().take(256).collect());
        }
    }
    called
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_numbers_of_every_width() {
        for (mut bytes, wanted) in [
            (&b"\x01"[..], Some(0)),
            (b"\xff", Some(127)),
            (b"\x02\x02", Some(128)),
            (b"\0\x01\0\0\0\0\0\0\x80", Some(0x8000_0000_0000_0001)),
            (b"\x02", None),
        ] {
            assert_eq!(number(&mut bytes), wanted);
        }
    }

    #[test]
    fn finds_targets_in_text() {
        let text = "%0 = stablehlo.custom_call @Sharding(%arg0)\n%1 = \"stablehlo.custom_call\"() {call_target_name = \"a_b\"}";
        assert_eq!(of_text(text), ["Sharding", "a_b"]);
    }
}
