//! How many values a call draws from what it is given: a handful of classes that only hold data never stop when an
//! iterator without an end is put into them.

use weighbridge_domain::facts::{Call, CallKind, Name, Term};

use crate::known::python3_name;

/// So many values, or bytes, are no data.
const MOST: u64 = 100_000_000;
/// The same of bytes that are made at once.
const MOST_BYTES: u64 = 1 << 30;
/// No end.
const ENDLESS: u64 = u64::MAX;

/// What is wrong with the number of values that this call makes, if anything is.
pub(super) fn too_many(call: &Call) -> Option<String> {
    let arguments = arguments(call)?;
    let (module, name) = called(call)?;
    if matches!((module, name), ("builtins", "bytes" | "bytearray"))
        && let Some(count) = arguments.first().and_then(number).filter(|count| *count >= MOST_BYTES)
    {
        return Some(format!("makes {count} bytes"));
    }
    if !takes_all(module, name) {
        return None;
    }
    match arguments.iter().map(yields).max()? {
        ENDLESS => Some("never ends".to_owned()),
        count if count >= MOST => Some(format!("goes through {count} values")),
        _ => None,
    }
}

/// Callables that go through all values of an iterator at once.
fn takes_all(module: &str, name: &str) -> bool {
    match module {
        "builtins" => matches!(
            name,
            "all"
                | "any"
                | "bytearray"
                | "bytes"
                | "dict"
                | "dict.fromkeys"
                | "frozenset"
                | "list"
                | "max"
                | "min"
                | "set"
                | "sorted"
                | "sum"
                | "tuple"
        ),
        "collections" | "_collections" => matches!(
            name,
            "ChainMap"
                | "Counter"
                | "OrderedDict"
                | "OrderedDict.fromkeys"
                | "UserList"
                | "UserString"
                | "defaultdict"
                | "deque"
        ),
        "array" => matches!(name, "array" | "_array_reconstructor"),
        "_operator" | "operator" => matches!(name, "contains" | "countOf" | "indexOf" | "length_hint"),
        "itertools" => matches!(name, "combinations" | "permutations" | "product"),
        "math" => matches!(name, "fsum" | "prod"),
        "heapq" | "_heapq" => matches!(name, "nlargest" | "nsmallest"),
        "numpy" => matches!(name, "array" | "asarray" | "fromiter"),
        _ => false,
    }
}

/// How many values one can draw from something.
fn yields(term: &Term) -> u64 {
    match term {
        Term::Call(call) => yields_of(call).unwrap_or_default(),
        Term::Items { items, omitted, .. } => omitted.saturating_add(items.len() as u64),
        Term::Text { text, .. } => text.len() as u64,
        Term::Bytes { length } => *length,
        _ => 0,
    }
}

fn yields_of(call: &Call) -> Option<u64> {
    let arguments = arguments(call)?;
    let of = |index: usize| arguments.get(index).map_or(0, yields);
    let count = |index: usize| arguments.get(index).and_then(number);
    Some(match called(call)? {
        ("itertools", "count") => ENDLESS,
        ("itertools", "cycle") if of(0) > 0 => ENDLESS,
        ("itertools", "repeat") if arguments.len() == 1 => ENDLESS,
        ("itertools", "repeat") => count(1)?,
        ("itertools", "islice") => {
            let stop = if arguments.len() > 2 { 2 } else { 1 };
            count(stop).map_or_else(|| of(0), |stop| stop.min(of(0)))
        }
        ("itertools", "product") => arguments.iter().map(yields).fold(1, u64::saturating_mul),
        ("itertools", "chain") => arguments.iter().map(yields).fold(0, u64::saturating_add),
        ("builtins", "iter") if arguments.len() == 2 => ENDLESS,
        ("builtins", "zip") => arguments.iter().map(yields).min()?,
        ("builtins", "map") => arguments.iter().skip(1).map(yields).min()?,
        ("builtins", "range") => range(arguments)?,
        ("builtins", "bytes" | "bytearray") if count(0).is_some() => count(0)?,
        (
            "builtins",
            "enumerate" | "filter" | "iter" | "list" | "reversed" | "set" | "tuple" | "bytes" | "bytearray",
        )
        | (
            "itertools",
            "accumulate"
            | "batched"
            | "compress"
            | "dropwhile"
            | "filterfalse"
            | "pairwise"
            | "starmap"
            | "takewhile"
            | "zip_longest"
            | "chain.from_iterable",
        ) => arguments.iter().map(yields).max()?,
        _ => return None,
    })
}

fn range(arguments: &[Term]) -> Option<u64> {
    let bound = |index: usize| arguments.get(index).and_then(signed);
    let (start, stop) = if arguments.len() > 1 { (bound(0)?, bound(1)?) } else { (0, bound(0)?) };
    let step = if arguments.len() > 2 { bound(2)? } else { 1 };
    let length = if step < 0 { start.saturating_sub(stop) } else { stop.saturating_sub(start) };
    let steps = u128::try_from(length).unwrap_or(0).div_ceil(step.unsigned_abs().max(1));
    Some(u64::try_from(steps).unwrap_or(ENDLESS - 1))
}

/// The arguments of an ordinary call.
fn arguments(call: &Call) -> Option<&[Term]> {
    matches!(call.kind, CallKind::Call | CallKind::New).then_some(call.arguments.as_slice())
}

/// The name that is called, as Python 3 calls it.
fn called(call: &Call) -> Option<(&str, &str)> {
    let Term::Global(Name { module, name }) = call.callee.as_ref() else { return None };
    match python3_name(module, name) {
        (std::borrow::Cow::Borrowed(module), std::borrow::Cow::Borrowed(name)) => Some((module, name)),
        _ => None,
    }
}

fn signed(term: &Term) -> Option<i128> {
    match term {
        Term::Literal { text } if text.starts_with('<') => Some(i128::MAX),
        Term::Literal { text } => text.parse().ok(),
        _ => None,
    }
}

fn number(term: &Term) -> Option<u64> {
    signed(term).map(|number| u64::try_from(number.max(0)).unwrap_or(ENDLESS - 1))
}
