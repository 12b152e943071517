//! What a call amounts to: the same name is harmless with one operand and dangerous with another.

use weighbridge_domain::Severity;
use weighbridge_domain::facts::{Call, CallKind, Name, Term};

use super::state::States;
use super::{FAMILIAR, Judged, is_scanner};
use crate::formats::pickle::is_given_bytes;
use crate::known::state::running_keys;
use crate::known::{Capability, Known, classify, python3_name};

/// What a call amounts to; `None` when it is what ordinary files do.
pub(super) fn judge(states: &States<'_>, reading: usize, call: &Call) -> Option<Judged> {
    match call.callee.as_ref() {
        Term::Global(name) => judge_named(states, reading, name, &call.arguments),
        Term::Call(callee) => judge_result(states, reading, callee),
        _ => None,
    }
}

/// The operand that a call hands control to.
pub(super) fn operand<'a>(name: &Name, arguments: &'a [Term]) -> Option<&'a Name> {
    match arguments.first()? {
        Term::Global(operand) if classify(&name.module, &name.name).capability == Capability::Wraps => {
            Some(operand)
        }
        _ => None,
    }
}

fn judge_named(states: &States<'_>, reading: usize, name: &Name, arguments: &[Term]) -> Option<Judged> {
    let known = classify(&name.module, &name.name);
    let judged = |capability| Judged::called(name, capability, known.note);
    match known.capability {
        Capability::Data if known.exact || arguments.is_empty() => None,
        Capability::Data => Some(
            judged(Capability::Unknown)
                .with(Severity::Medium, "its class is known, but not to be made with operands"),
        ),
        Capability::Value => Some(
            judged(Capability::Unknown)
                .with(Severity::Medium, "ordinary files carry this function and do not call it"),
        ),
        Capability::Rebuild if is_encode(name) && !encodes_bytes(arguments) => Some(
            judged(Capability::Unknown).with(Severity::Medium, "ordinary files encode text as `latin1` only"),
        ),
        Capability::Rebuild => None,
        Capability::Wraps => judge_wrapped(states, reading, name, arguments),
        Capability::ResolvesNames if is_getattr(name) => judge_attribute(name, arguments),
        Capability::ResolvesNames if is_plain_type(name, arguments) => None,
        Capability::ResolvesNames if is_array_of_dill(name, arguments) => None,
        Capability::ResolvesNames if is_itemgetter(name) && arguments.iter().all(is_column) => Some(
            judged(Capability::ResolvesNames)
                .with(Severity::Low, "it picks columns by number or name, and is not called here"),
        ),
        Capability::Loads => match arguments {
            // The bytes are a part of their own, and inspected as such.
            [Term::Bytes { .. }] if name.module == "torch.storage" => None,
            [Term::Bytes { .. } | Term::Text { .. }, ..] if is_given_bytes(name) => {
                Some(judged(Capability::Loads).with(Severity::Medium, "its bytes are inspected on their own"))
            }
            _ => Some(judged(Capability::Loads)),
        },
        Capability::CarriesCode => judge_code(states, reading, name, &known, arguments),
        Capability::Unknown => {
            let judged = judged(Capability::Unknown);
            // Given a text, a class may fetch or open what the text names.
            if is_function(name) && arguments.iter().any(is_active) {
                return Some(judged.with(Severity::High, "it is called with a path, an address or code"));
            }
            let familiar =
                known.note == Some(FAMILIAR) && !is_function(name) && !arguments.iter().any(may_name);
            Some(if familiar { Judged { severity: Severity::Low, ..judged } } else { judged })
        }
        capability => {
            let judged = judged(capability);
            Some(if is_scanner(name) { Judged { severity: Severity::Critical, ..judged } } else { judged })
        }
    }
}

/// A call of what came out of another call.
fn judge_result(states: &States<'_>, reading: usize, callee: &Call) -> Option<Judged> {
    let judged = judge(states, reading, callee);
    let Term::Global(name) = callee.callee.as_ref() else { return judged };
    let known = classify(&name.module, &name.name);
    if let Some(judged) = judged {
        let called = is_itemgetter(name).then(|| Judged::called(name, known.capability, known.note));
        return Some(called.unwrap_or(judged));
    }
    if known.capability == Capability::Wraps {
        return None;
    }
    if is_plain_type(name, &callee.arguments) {
        return None;
    }
    if is_getattr(name)
        && let Some((path, known)) = attribute(&callee.arguments)
    {
        return (!is_listed(&known)).then(|| {
            Judged::called(&path, Capability::Unknown, None)
                .with(Severity::Medium, "a method of this name is called")
        });
    }
    Some(Judged::called(name, Capability::Unknown, None).with(Severity::Medium, "what it returns is called"))
}

/// Something that only hands on to its first operand.
fn judge_wrapped(states: &States<'_>, reading: usize, name: &Name, arguments: &[Term]) -> Option<Judged> {
    let unknown = |note| Some(Judged::called(name, Capability::Unknown, None).with(Severity::Medium, note));
    let (first, rest) = arguments.split_first()?;
    match first {
        Term::Global(operand) => match classify(&operand.module, &operand.name).capability {
            Capability::Data if is_lazy(name) => judge_named(states, reading, operand, &[Term::Unknown]),
            Capability::Data if hands_all_on(name) && rest.iter().any(may_name) => {
                judge_named(states, reading, operand, rest)
            }
            Capability::Data | Capability::Value | Capability::Rebuild => None,
            _ if is_lazy(name) => judge_named(states, reading, operand, &[Term::Unknown]),
            // Helpers that make instances hand on a base class and a state, which are not operands of the class.
            Capability::CarriesCode => judge_named(states, reading, operand, &[]),
            _ => judge_named(states, reading, operand, rest),
        },
        Term::Unknown => unknown("its operand is not known"),
        _ => None,
    }
}

fn is_lazy(name: &Name) -> bool {
    matches!(name.name.as_str(), "map" | "filter" | "imap" | "ifilter")
}

/// Calls its first operand with the others, sooner or later.
fn hands_all_on(name: &Name) -> bool {
    matches!(name.name.as_str(), "partial" | "__newobj__" | "__newobj_ex__")
}

/// Whether something in it could be a path, an address or a command to the constructor that is given it.
pub(super) fn may_name(term: &Term) -> bool {
    match term {
        Term::Text { .. } | Term::Bytes { .. } | Term::Unknown | Term::Items { omitted: 1.., .. } => true,
        // The keys of keywords are names of parameters.
        Term::Items { kind, items, .. } if kind == "dict" => items.chunks(2).any(|pair| match pair {
            [Term::Text { text, .. }, value] if is_plain(text) => may_name(value),
            _ => pair.iter().any(may_name),
        }),
        Term::Items { items, .. } => items.iter().any(may_name),
        Term::Call(call) => {
            // Arrays and tensors are rebuilt from texts that name their types.
            let rebuilt = match call.callee.as_ref() {
                Term::Global(name) => {
                    classify(&name.module, &name.name).capability == Capability::Rebuild && !is_encode(name)
                }
                _ => false,
            };
            !rebuilt && call.kind != CallKind::Persistent && call.arguments.iter().any(may_name)
        }
        Term::Literal { .. } | Term::Global(_) => false,
    }
}

/// `getattr(object, name)`.
fn judge_attribute(name: &Name, arguments: &[Term]) -> Option<Judged> {
    let reaches = || Some(Judged::called(name, Capability::ResolvesNames, None));
    let Some((path, known)) = attribute(arguments) else { return reaches() };
    if is_listed(&known) || is_kept_method(&path) {
        return None;
    }
    if known.capability.is_dangerous() {
        let severity = Severity::Critical;
        let note = known.note.map(str::to_owned).or_else(|| Some("reached through `getattr`".to_owned()));
        return Some(Judged { name: path, capability: known.capability, severity, note });
    }
    let Some(Term::Text { text, .. }) = arguments.get(1) else { return reaches() };
    let (Some(class), plain) = (arguments.first(), is_plain(text)) else { return reaches() };
    match class {
        Term::Global(class) if plain && is_builtin_type(class) => None,
        Term::Global(class) if plain && is_class(class) => {
            match classify(&class.module, &class.name).capability {
                Capability::Data => None,
                Capability::Unknown => Some(Judged::called(&path, Capability::Unknown, None)),
                _ => reaches(),
            }
        }
        Term::Call(_) if plain => Some(
            Judged::called(&path, Capability::Unknown, None)
                .with(Severity::Medium, "a method of an object is looked up"),
        ),
        _ => reaches(),
    }
}

/// A private method that a distribution of scipy keeps as an attribute of itself.
fn is_kept_method(path: &Name) -> bool {
    path.module.starts_with("scipy.stats.")
        && path.name.ends_with("_gen._entropy")
        && path.name.matches('.').count() == 1
}

/// The attribute that `getattr` with these operands finds, as a path from its module, and what is known of it.
fn attribute(arguments: &[Term]) -> Option<(Name, Known)> {
    let [object, Term::Text { text, cut: false }, ..] = arguments else { return None };
    let class = match object {
        Term::Global(name) => name,
        Term::Call(call) => class_of(call)?,
        _ => return None,
    };
    let (module, name) = if is_builtin_type(class) {
        // Python 2 calls some of them otherwise than the tables do.
        python3_name(&class.module, &class.name)
    } else {
        (class.module.as_str().into(), class.name.as_str().into())
    };
    let path = Name { module: module.into_owned(), name: format!("{name}.{text}") };
    let known = classify(&path.module, &path.name);
    Some((path, known))
}

/// A type of plain values, whose methods reach nothing else.
fn is_builtin_type(name: &Name) -> bool {
    let (module, name) = python3_name(&name.module, &name.name);
    module == "builtins"
        && matches!(
            &*name,
            "bool"
                | "bytearray"
                | "bytes"
                | "complex"
                | "dict"
                | "float"
                | "frozenset"
                | "int"
                | "list"
                | "set"
                | "str"
                | "tuple"
        )
}

/// The class that a call makes an instance of, as serialisers do.
pub(super) fn class_of(call: &Call) -> Option<&Name> {
    match (call.kind, call.callee.as_ref(), call.arguments.first()) {
        (CallKind::New, Term::Global(class), _) => Some(class),
        (CallKind::Call, Term::Global(helper), Some(Term::Global(class)))
            if matches!(helper.module.as_str(), "copyreg" | "copy_reg") =>
        {
            Some(class)
        }
        (CallKind::Call, Term::Global(class), _) if is_class(class) => Some(class),
        _ => None,
    }
}

/// Something that makes functions or classes of what the file carries.
fn judge_code(
    states: &States<'_>,
    reading: usize,
    name: &Name,
    known: &Known,
    arguments: &[Term],
) -> Option<Judged> {
    if name.name == "type" && matches!(arguments, [Term::Literal { .. }]) {
        return None;
    }
    if !running_keys(&name.module).is_empty() {
        let harmless = arguments.is_empty() && states.are_harmless(reading, name);
        return (!harmless).then(|| Judged::called(name, Capability::CarriesCode, known.note));
    }
    let judged = Judged::called(name, Capability::CarriesCode, known.note);
    let mut words = Vec::new();
    for argument in arguments {
        collect_words(argument, &mut words);
    }
    Some(match dangerous_name(&words) {
        Some(named) => judged.with(Severity::Critical, &format!("the code names `{named}`")),
        None => judged,
    })
}

/// The first of the names in a code object that is dangerous by itself, or together with another one.
pub(crate) fn dangerous_name(words: &[&str]) -> Option<String> {
    const MOST: usize = 64;
    let words = words.get(..MOST).unwrap_or(words);
    // Words may stand together by chance, and reading attributes by name is what ordinary code does too.
    let is_dangerous = |module: &str, name: &str| {
        matches!(
            classify(module, name).capability,
            Capability::RunsCode
                | Capability::StartsProcess
                | Capability::Native
                | Capability::Loads
                | Capability::WritesFiles
                | Capability::Network
        )
    };
    words.iter().find_map(|first| {
        let mut others = words.iter().filter(|second| second != &first);
        match others.find(|second| is_dangerous(first, second)) {
            Some(second) => Some(format!("{first}.{second}")),
            None if *first == "__import__" || is_dangerous("builtins", first) => Some((*first).to_owned()),
            None => None,
        }
    })
}

/// Names in the tables of a code object.
fn collect_words<'a>(term: &'a Term, words: &mut Vec<&'a str>) {
    const MOST: usize = 64;
    match term {
        Term::Text { text, cut: false } if words.len() < MOST && is_plain(text.trim_start_matches('_')) => {
            words.push(text);
        }
        Term::Items { items, .. } => items.iter().for_each(|item| collect_words(item, words)),
        Term::Call(call) => call.arguments.iter().for_each(|argument| collect_words(argument, words)),
        _ => {}
    }
}

fn is_getattr(name: &Name) -> bool {
    matches!(name.module.as_str(), "builtins" | "__builtin__") && name.name == "getattr"
}

/// How dill spells a type of plain values.
fn is_plain_type(name: &Name, arguments: &[Term]) -> bool {
    let [Term::Text { text, cut: false }] = arguments else { return false };
    let plain = || {
        matches!(
            text.as_str(),
            "bool"
                | "bytearray"
                | "bytes"
                | "complex"
                | "dict"
                | "float"
                | "frozenset"
                | "int"
                | "list"
                | "object"
                | "set"
                | "str"
                | "tuple"
        )
    };
    name.module == "dill._dill" && name.name == "_load_type" && plain()
}

/// How dill makes arrays of numpy: of a function that serialisers call to make an object anew.
fn is_array_of_dill(name: &Name, arguments: &[Term]) -> bool {
    let [Term::Global(maker), ..] = arguments else { return false };
    name.module == "dill._dill"
        && name.name == "_create_array"
        && classify(&maker.module, &maker.name).capability == Capability::Rebuild
}

fn is_itemgetter(name: &Name) -> bool {
    matches!(name.module.as_str(), "operator" | "_operator") && name.name == "itemgetter"
}

/// A number, or a text that may be the name of a column.
fn is_column(term: &Term) -> bool {
    match term {
        Term::Literal { text } => text.parse::<i64>().is_ok(),
        Term::Text { text, cut: false } => !text.contains("__"),
        Term::Items { items, omitted: 0, .. } => items.iter().all(is_column),
        _ => false,
    }
}

fn is_encode(name: &Name) -> bool {
    name.module == "_codecs" && name.name == "encode"
}

fn encodes_bytes(arguments: &[Term]) -> bool {
    match arguments {
        [Term::Text { .. } | Term::Unknown] => true,
        [Term::Text { .. } | Term::Unknown, Term::Text { text, .. }] => {
            matches!(text.as_str(), "latin1" | "latin-1")
        }
        _ => false,
    }
}

/// The very path is listed as harmless.
fn is_listed(known: &Known) -> bool {
    matches!(known.capability, Capability::Data | Capability::Value | Capability::Rebuild) && known.exact
}

/// A name without underscores in front.
fn is_plain(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Named as classes are.
fn is_class(name: &Name) -> bool {
    let last = name.name.rsplit('.').next().unwrap_or_default();
    last.trim_start_matches('_').starts_with(|c: char| c.is_ascii_uppercase())
}

/// Named as functions are.
fn is_function(name: &Name) -> bool {
    !is_class(name)
}

/// A text that is an address, a path or code.
fn is_active(term: &Term) -> bool {
    match term {
        Term::Text { text, .. } => {
            text.contains("://")
                || text.starts_with(['/', '~', '\\'])
                || text.contains("../")
                || text.contains("__")
                || (text.contains('(') && text.contains(')'))
                || text.contains("import ")
        }
        Term::Items { items, .. } => items.iter().any(is_active),
        _ => false,
    }
}
