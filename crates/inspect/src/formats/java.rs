//! Class files of Java: the constant pool, and which of its methods the code calls. The Java Virtual Machine Specification,
//! chapter 4.

mod code;
mod pool;

use std::collections::BTreeMap;

use weighbridge_domain::facts::{Use, What, When};

use self::code::Methods;
use self::pool::{Pool, Room};
use super::{Format, Support};
use crate::detect::{Probe, Recognition};
use crate::input::Input;
use crate::known::effects::effect_in;
use crate::limits::Fault;
use crate::samples::{self, program};
use crate::text;
use crate::walk::Visit;

/// Class files.
pub static CLASS: Format = Format {
    id: "java-class",
    title: "Java class",
    extensions: &["class"],
    support: Support::Recognised,
    carries_code: true,
    refines: &[],
    docs: "Recognised by its magic, a plausible version and a constant pool in which this class and its super class are \
           classes; Mach-O, whose fat magic is the same, has none. Facts are its name, that of its super class, and the \
           methods it calls that reach processes, the network, native code, classes by name, scripts, or objects that are \
           read back, each with the method that calls it. What runs when the class is loaded is told from what has to be \
           called. What the code does with them is not followed. Up to 16 MiB are read.",
    recognise: |probe| Recognition::certain_if(is_class(probe)),
    read: |visit| {
        let input = visit.input.clone();
        tell(visit, &input, true)
    },
    samples: || samples::one("Main.class", program::java_class()),
};

/// The magic of class files.
const MAGIC: &[u8] = b"\xca\xfe\xba\xbe";
/// The longest class that is read.
const LONGEST: u64 = 16 << 20;

/// The bytes begin as a class does.
pub(super) fn is_class(probe: &Probe<'_>) -> bool {
    let Some(rest) = probe.head.strip_prefix(MAGIC) else { return false };
    let version = rest.get(2..4).and_then(<[u8]>::first_chunk).map(|bytes| u16::from_be_bytes(*bytes));
    if !matches!(version, Some(45..=100)) {
        return false;
    }
    match Pool::read(&probe.head) {
        Ok((pool, behind)) => pool.names(&probe.head, behind).is_some(),
        // The pool is longer than the head.
        Err(room) => room == Room::Short && !probe.is_whole(),
    }
}

/// Tells of a class; of one among many in an archive, only what it calls.
pub(super) fn tell(visit: &mut Visit<'_>, input: &Input, alone: bool) -> Result<(), Fault> {
    if input.len() > LONGEST {
        return Err(Fault::Unsupported(format!("the class is longer than {}", text::bytes(LONGEST))));
    }
    visit.budget.memory(input.len().saturating_mul(4))?;
    let bytes = input.read(0, LONGEST)?;
    let unreadable = || Fault::Unparsable("its constant pool cannot be read".to_owned());
    let (pool, behind) = Pool::read(&bytes).map_err(|_| unreadable())?;
    let (name, parent) = pool.names(&bytes, behind).ok_or_else(unreadable)?;
    if alone {
        for (key, value) in [("class", &name), ("super-class", &parent)] {
            visit.fact(0, What::Metadata { key: key.to_owned(), value: text::kept(value.as_bytes(), 300) });
        }
    }
    // By the number of its name: one name may be as long as 64 KiB, and stand behind every call.
    let mut called: BTreeMap<(u16, When), u16> = BTreeMap::new();
    let whole = Methods::new(&bytes, &pool, behind).each(visit.budget, |method, index| {
        let when = pool.raw(&bytes, method).map_or(When::Called, when);
        called.entry((index, when)).or_insert(method);
    })?;
    for (index, at, full, kind) in pool.methods(&bytes) {
        visit.budget.tick()?;
        if effect_in("java", &full).is_none() {
            continue;
        }
        let by = called.range((index, When::Called)..=(index, When::Installed)).next_back();
        let (when, method) = by.map_or((When::Called, None), |((_, when), method)| (*when, Some(*method)));
        let within = match method.and_then(|method| pool.text(&bytes, method)) {
            Some(method) if !method.is_empty() => format!("{name}.{method}"),
            _ => name.clone(),
        };
        let Some(kind) = pool.text(&bytes, kind) else { continue };
        let one = Use {
            language: "java",
            text: text::kept(format!("{full}{kind}").as_bytes(), 200),
            name: full,
            arguments: Some(Vec::new()),
            when,
            within: text::kept(within.as_bytes(), 200),
        };
        visit.fact(if alone { at } else { 0 }, What::Use(one));
    }
    if !whole {
        visit.incomplete("the code of a class could not be read to its end");
    }
    Ok(())
}

/// When a method runs.
fn when(method: &[u8]) -> When {
    match method {
        b"<clinit>" | b"agentmain" | b"premain" => When::Loaded,
        // What reads objects back calls these.
        b"finalize" | b"readExternal" | b"readObject" | b"readObjectNoData" | b"readResolve"
        | b"validateObject" => When::Served,
        _ => When::Called,
    }
}
