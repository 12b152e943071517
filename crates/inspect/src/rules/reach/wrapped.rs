//! Calls that hand on to one of their operands: they amount to what that one does with what it is given.

use weighbridge_domain::Severity;
use weighbridge_domain::facts::{Call, Name, Term};

use super::Judged;
use super::call::{
    class_of, is_builtin_type, is_partial, judge_called, judge_named, judge_operands, may_name, worse,
};
use super::state::{States, iterates};
use crate::known::{Capability, classify};

/// States of one partial function that are looked at.
const MOST_STATES: usize = 16;

/// Something that only hands on to its first operand.
pub(super) fn judge_wrapped(
    states: &States<'_>,
    reading: usize,
    name: &Name,
    arguments: &[Term],
) -> Option<Judged> {
    let doubt = |note| Some(Judged::called(name, Capability::Unknown, None).with(Severity::Medium, note));
    let (first, rest) = arguments.split_first()?;
    if matches!(first, Term::Unknown) {
        return doubt("its operand is not known");
    }
    let called = |arguments: &[Term]| judge_called(states, reading, first, arguments);
    match (name.name.as_str(), first) {
        // What iterators hand on is made up while loading.
        ("iter", _) if !rest.is_empty() => called(&[]),
        ("iter" | "next" | "getitem", Term::Call(made)) => {
            if name.name == "iter" && is_plain_collection(made) {
                return None;
            }
            doubt("it asks an object for its items")
        }
        _ if iterates(name) && name.name != "iter" => called(&[Term::Unknown]),
        ("_reconstructor", Term::Global(class)) => {
            let judged = judge_named(states, reading, class, &[]);
            // The constructor of the base is given the state.
            let base = match rest.split_first() {
                Some((Term::Global(base), _)) if is_plain_base(base) => None,
                Some((Term::Global(base), state)) => judge_named(states, reading, base, state),
                Some(_) => doubt("the base of its class is not known"),
                None => None,
            };
            worse(judged, base)
        }
        ("_rebuild_from_type" | "_rebuild_from_type_v2" | "_reconstruct_array", Term::Global(maker)) => {
            // It sets a state itself, of what this makes.
            match classify(&maker.module, &maker.name).capability {
                Capability::Data | Capability::Value => {
                    doubt("it is given another function than serialisers give it")
                }
                Capability::Rebuild => {
                    let operands = match rest.get(usize::from(name.name != "_reconstruct_array")) {
                        Some(Term::Items { items, .. }) => items.as_slice(),
                        Some(Term::Call(_) | Term::Global(_)) => {
                            return doubt("what it hands on is not known");
                        }
                        _ => &[Term::Unknown],
                    };
                    worse(judge_named(states, reading, maker, operands), judge_operands(first, operands))
                }
                _ => judge_named(states, reading, maker, rest),
            }
        }
        (_, Term::Global(operand)) => judge_kept(states, reading, operand, rest),
        // An object that may be called one day; or what is called by now.
        (_, Term::Call(made)) if is_partial(name) => match made.callee.as_ref() {
            Term::Global(inner) if is_partial(inner) => judge_each(states, reading, made, rest, |operands| {
                judge_wrapped(states, reading, inner, operands)
            }),
            // An object that may be called one day.
            _ if class_of(made).is_some() => None,
            _ => called(rest),
        },
        (_, Term::Call(_)) => doubt("it is given what another call returns"),
        _ => None,
    }
}

/// A class or function that is kept with the first of its operands, or an instance is made of.
fn judge_kept(states: &States<'_>, reading: usize, operand: &Name, rest: &[Term]) -> Option<Judged> {
    match classify(&operand.module, &operand.name).capability {
        Capability::Data if rest.iter().any(may_name) => judge_named(states, reading, operand, rest),
        Capability::Data | Capability::Value => None,
        _ => judge_named(states, reading, operand, rest),
    }
}

/// A call of a partial function: what it was made of and what its states say it is, with these operands behind.
pub(super) fn judge_partial(
    states: &States<'_>,
    reading: usize,
    partial: &Call,
    arguments: &[Term],
) -> Option<Judged> {
    judge_each(states, reading, partial, arguments, |operands| {
        let (callee, operands) = operands.split_first()?;
        match callee {
            Term::Unknown => judge_wrapped_unknown(partial),
            _ => judge_called(states, reading, callee, operands),
        }
    })
}

fn judge_wrapped_unknown(partial: &Call) -> Option<Judged> {
    let name = partial_of(partial)?;
    Some(
        Judged::called(name, Capability::Unknown, None)
            .with(Severity::Medium, "its state says what it calls, and is not known"),
    )
}

/// The worst of what a partial function may be, with these operands behind those that it was given.
fn judge_each(
    states: &States<'_>,
    reading: usize,
    partial: &Call,
    arguments: &[Term],
    judge: impl Fn(&[Term]) -> Option<Judged>,
) -> Option<Judged> {
    let own = judge(&[partial.arguments.as_slice(), arguments].concat());
    let others = states.partials(reading, partial);
    if others.is_empty() {
        return own;
    }
    // A state may name a partial function that has a state, and so on.
    let Some(_inside) = states.enter().filter(|_| others.len() <= MOST_STATES) else {
        return worse(own, judge_wrapped_unknown(partial));
    };
    let others = others.iter().map(|state| match operands(state) {
        Some(operands) => judge(&[operands.as_slice(), arguments].concat()),
        None => judge_wrapped_unknown(partial),
    });
    others.fold(own, worse)
}

/// The name of `partial`, when the call makes one.
pub(super) fn partial_of(made: &Call) -> Option<&Name> {
    let class = match made.callee.as_ref() {
        Term::Global(name) if is_partial(name) => Some(name),
        _ => class_of(made),
    };
    class.filter(|name| is_partial(name))
}

/// A state that a partial function is given.
pub(super) fn judge_state(
    states: &States<'_>,
    reading: usize,
    partial: &Call,
    state: &[Term],
) -> Option<Judged> {
    let name = partial_of(partial)?;
    match operands(state) {
        Some(operands) => worse(
            judge_wrapped(states, reading, name, &operands),
            judge_operands(&Term::Global(name.clone()), &operands),
        ),
        None => judge_wrapped_unknown(partial),
    }
}

/// What a state says a partial function calls, and with what.
fn operands(state: &[Term]) -> Option<Vec<Term>> {
    let [Term::Items { kind, items, omitted: 0 }] = state else { return None };
    let [function, Term::Items { items: arguments, omitted: 0, .. }, keywords, _] = items.as_slice() else {
        return None;
    };
    if kind != "tuple" || matches!(function, Term::Unknown) {
        return None;
    }
    if matches!(keywords, Term::Items { omitted: 1.., .. }) {
        return None;
    }
    let keywords = std::iter::once(keywords).filter(|term| !matches!(term, Term::Literal { .. }));
    Some(std::iter::once(function).chain(arguments).chain(keywords).cloned().collect())
}

/// Functions that make an object anew, and call one of their operands for it.
pub(super) fn judge_rebuilt(
    states: &States<'_>,
    reading: usize,
    name: &Name,
    arguments: &[Term],
) -> Option<Judged> {
    let doubt = |note| Some(Judged::called(name, Capability::Unknown, None).with(Severity::Medium, note));
    if !name.module.starts_with("numpy.random") || !name.name.ends_with("_ctor") {
        return None;
    }
    let made = match arguments.first() {
        Some(Term::Global(class)) if name.name == "__bit_generator_ctor" => {
            judge_named(states, reading, class, &[])
        }
        None | Some(Term::Unknown | Term::Text { .. } | Term::Global(_)) => None,
        Some(Term::Call(made)) if class_of(made).is_some() || is_rebuilt(made) => None,
        Some(_) => doubt("it is made of something else than a generator"),
    };
    let maker = match arguments.get(1) {
        None => None,
        Some(Term::Global(maker)) if is_generator_maker(maker) => None,
        Some(Term::Global(maker)) => judge_named(states, reading, maker, &[Term::Unknown])
            .or_else(|| doubt("it calls another function than serialisers give it")),
        Some(_) => doubt("it calls something that is not known"),
    };
    worse(made, maker)
}

fn is_generator_maker(name: &Name) -> bool {
    name.module == "numpy.random._pickle" && name.name == "__bit_generator_ctor"
}

fn is_rebuilt(made: &Call) -> bool {
    match made.callee.as_ref() {
        Term::Global(name) => classify(&name.module, &name.name).capability == Capability::Rebuild,
        _ => false,
    }
}

/// A base whose constructor only takes data.
fn is_plain_base(base: &Name) -> bool {
    let known = classify(&base.module, &base.name);
    is_builtin_type(base) || known.capability == Capability::Data && known.exact
}

/// A collection of the standard library, whose iterators are written as `iter` of it.
fn is_plain_collection(made: &Call) -> bool {
    match made.callee.as_ref() {
        Term::Global(name) => {
            let known = classify(&name.module, &name.name);
            let standard = matches!(
                name.module.as_str(),
                "builtins"
                    | "__builtin__"
                    | "collections"
                    | "array"
                    | "_collections"
                    | "numpy.core.multiarray"
                    | "numpy._core.multiarray"
                    | "numpy._core.numeric"
            );
            standard
                && (known.capability == Capability::Data && known.exact
                    || known.capability == Capability::Rebuild)
        }
        _ => false,
    }
}
