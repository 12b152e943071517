//! Models compiled for one kind of device: TensorRT and RKNN. What they compute is native code that only their vendor reads;
//! what can be seen around it is.

use serde_json::Value;
use weighbridge_domain::facts::problem::Kind;

use super::graph::Operators;
use super::layout::Notes;
use super::{Format, Support, program};
use crate::detect::{Probe, Recognition};
use crate::limits::Fault;
use crate::samples::{engine, one};
use crate::walk::Visit;

/// Engines of TensorRT.
pub static TENSORRT: Format = Format {
    id: "tensorrt",
    title: "TensorRT engine",
    extensions: &["engine", "plan", "trt"],
    support: Support::Recognised,
    carries_code: true,
    refines: &[],
    docs: "Recognised by its magic, also behind the description that some exporters put in front. Names of plugins anywhere in \
           it become operators, and programs and libraries in it are inspected as files of their own. The compiled code \
           itself is read by nobody but the vendor.",
    recognise: |probe: &Probe<'_>| Recognition::certain_if(begin(probe).is_some()),
    read: read_tensorrt,
    samples: || one("model.engine", engine::tensorrt("EfficientNMS_TRT", b"")),
};

/// Models of Rockchip's compiler.
pub static RKNN: Format = Format {
    id: "rknn",
    title: "RKNN model",
    extensions: &["rknn"],
    support: Support::Recognised,
    carries_code: true,
    refines: &[],
    docs: "Version and lengths of the header, and the description in JSON at the end as metadata; programs and libraries inside \
           are inspected as files of their own. Encrypted ones are only recognised.",
    recognise: |probe: &Probe<'_>| {
        Recognition::certain_if(probe.starts(b"RKNN\0\0\0\0") || probe.starts(b"CYPTRKNN"))
    },
    read: read_rknn,
    samples: || one("model.rknn", engine::rknn(6, "{\"target_platform\": [\"rk3588\"]}")),
};

/// Where an engine begins behind the description in front of it.
fn begin(probe: &Probe<'_>) -> Option<u64> {
    let is_magic = |at: usize| probe.has_at(at, b"ptrt") || probe.has_at(at, b"ftrt");
    if is_magic(0) {
        return Some(0);
    }
    let length = u32::from_le_bytes(*probe.head.first_chunk()?);
    let at = usize::try_from(length).ok()?.checked_add(4)?;
    (probe.has_at(4, b"{") && is_magic(at)).then_some(at as u64)
}

fn read_tensorrt(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let mut notes = Notes::default();
    let probe = Probe::new(&visit.input, visit.name)?;
    let start = begin(&probe).unwrap_or_default();
    if start > 4 {
        let text = visit.input.read(4, start.saturating_sub(4))?;
        describe(visit, &mut notes, 4, &text)?;
    }
    let mut operators = Operators::default();
    search(visit, &mut notes, start, Some(&mut operators))?;
    operators.tell(visit, "tensorrt", |_, _| false);
    Ok(())
}

fn read_rknn(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let mut notes = Notes::default();
    let head = visit.input.read(0, 24)?;
    if head.starts_with(b"CYPT") {
        return Ok(());
    }
    let number =
        |at: usize| head.get(at..).and_then(|rest| rest.first_chunk()).copied().map(u64::from_le_bytes);
    let (Some(version), Some(length)) = (number(8), number(16)) else {
        return Err(Fault::Truncated { at: visit.input.len() });
    };
    notes.metadata(visit, 8, "version", &version.to_string())?;
    let start = if version > 1 { 24 } else { 64 };
    let size = visit.input.len();
    let Some(end) = length.checked_add(start).filter(|end| *end <= size) else {
        let detail = format!("{length} bytes of model in a file of {size} bytes");
        notes.problem(visit, 16, Kind::BadCount, detail);
        return Err(Fault::Unsupported("its description could not be read".to_owned()));
    };
    search(visit, &mut notes, start, None)?;
    if end == size {
        return Ok(());
    }
    let stated = visit.input.read(end, 8)?;
    let stated = stated.first_chunk().copied().map(u64::from_le_bytes);
    let at = end.saturating_add(8);
    let Some(behind) = stated.and_then(|stated| at.checked_add(stated)).filter(|behind| *behind <= size)
    else {
        let detail =
            format!("{} bytes of description, with {} left", stated.unwrap_or(0), size.saturating_sub(at));
        notes.problem(visit, end, Kind::BadCount, detail);
        return Ok(());
    };
    visit.budget.memory(behind.saturating_sub(at))?;
    let text = visit.input.read(at, behind.saturating_sub(at))?;
    describe(visit, &mut notes, at, &text)?;
    notes.behind(visit, behind..size, 1)
}

/// What a description in JSON says, as far as it is text.
fn describe(visit: &mut Visit<'_>, notes: &mut Notes, at: u64, text: &[u8]) -> Result<(), Fault> {
    visit.budget.memory((text.len() as u64).saturating_mul(8))?;
    let Ok(root) = serde_json::from_slice::<Value>(text) else {
        notes.problem(visit, at, Kind::BadValue, "its description is not JSON");
        return Ok(());
    };
    let mut waiting = vec![(String::new(), &root)];
    while let Some((key, value)) = waiting.pop() {
        visit.budget.tick()?;
        match value {
            Value::Object(map) => waiting.extend(map.iter().map(|(key, value)| (key.clone(), value))),
            Value::Array(items) => waiting.extend(items.iter().map(|item| (key.clone(), item))),
            Value::String(text) => notes.metadata(visit, at, &key, text)?,
            _ => {}
        }
    }
    Ok(())
}

/// Bytes looked at together, and how far what is looked for may reach beyond.
const BLOCK: usize = 1 << 20;
const REACH: usize = 128;

/// Looks for programs and libraries, and for the names of plugins.
fn search(
    visit: &mut Visit<'_>,
    notes: &mut Notes,
    start: u64,
    mut plugins: Option<&mut Operators>,
) -> Result<(), Fault> {
    let mut base = start;
    while base < visit.input.len() {
        visit.budget.tick()?;
        let block =
            visit.input.read(base, (BLOCK as u64).saturating_add((REACH as u64).saturating_mul(2)))?;
        // What stands before a place belongs to it too.
        let first = if base == start { 0 } else { REACH };
        for (place, byte) in block.iter().enumerate().take(BLOCK.saturating_add(REACH)).skip(first) {
            let rest = block.get(place..).unwrap_or_default();
            let at = base.saturating_add(place as u64);
            match byte {
                0x7f if rest.starts_with(b"\x7fELF") => {
                    program(visit, notes, at)?;
                }
                b'M' if rest.starts_with(b"MZ") && points_to_header(visit, rest, at)? => {
                    program(visit, notes, at)?;
                }
                b'_' if rest.starts_with(b"_TRT") && !rest.get(4).is_some_and(|byte| is_word(*byte)) => {
                    let before = block.get(place.saturating_sub(REACH)..place).unwrap_or_default();
                    let length = before.iter().rev().take_while(|byte| is_word(**byte)).count();
                    let name = before.get(before.len().saturating_sub(length)..).unwrap_or_default();
                    if let Some(operators) = plugins.as_deref_mut().filter(|_| length > 0) {
                        let name = format!("{}_TRT", String::from_utf8_lossy(name));
                        operators.add(visit, notes, at, ["", &name], String::new)?;
                    }
                }
                b'I' if rest.starts_with(b"IPluginV2") => {
                    if let Some(operators) = plugins.as_deref_mut() {
                        operators.add(visit, notes, at, ["", "IPluginV2"], String::new)?;
                    }
                }
                _ => {}
            }
        }
        base = base.saturating_add(BLOCK as u64);
    }
    Ok(())
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// What begins like a DOS program has the header of a PE where it says.
fn points_to_header(visit: &Visit<'_>, rest: &[u8], at: u64) -> Result<bool, Fault> {
    let header = rest.get(60..).and_then(|rest| rest.first_chunk()).copied().map(u32::from_le_bytes);
    let Some(header) = header.filter(|header| (64..1 << 20).contains(header)) else { return Ok(false) };
    Ok(visit.input.read(at.saturating_add(header.into()), 4)? == b"PE\0\0")
}

/// Queues a program or library, when it is one.
fn program(visit: &mut Visit<'_>, notes: &mut Notes, at: u64) -> Result<(), Fault> {
    let bytes = visit.input.from(at);
    let probe = Probe::new(&bytes, "")?;
    let is = |format: &Format| (format.recognise)(&probe) == Recognition::Certain;
    if is(&program::ELF) || is(&program::PE) {
        notes.part(visit, &format!("program-at-{at}"), bytes)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Input;
    use crate::{Limits, inspect};

    #[test]
    fn names_across_the_ends_of_blocks_are_seen_whole_and_once() {
        for before in (BLOCK - 40..BLOCK + 40).chain(BLOCK + REACH - 20..BLOCK + REACH + 20) {
            let mut file = b"ptrt".to_vec();
            file.resize(before, 0);
            file.extend(b"NMS_TRT");
            file.resize(BLOCK * 2, 0);
            let (facts, _) = inspect(&Input::bytes(file), "a.engine", &Limits::default());
            let names: Vec<_> =
                facts.operators().map(|(_, found)| (found.name.as_str(), found.count)).collect();
            assert_eq!(names, [("NMS_TRT", 1)], "{before}");
        }
    }
}
