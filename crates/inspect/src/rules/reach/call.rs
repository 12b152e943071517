//! What a call amounts to: the same name is harmless with one operand and dangerous with another.

use weighbridge_domain::Severity;
use weighbridge_domain::facts::{Call, CallKind, Name, Term};

use super::state::States;
use super::{FAMILIAR, Judged, code, is_scanner, wrapped};
use crate::formats::pickle::is_given_bytes;
use crate::known::state::running_keys;
use crate::known::{Capability, Known, classify, python3_name};

/// What a call amounts to; `None` when it is what ordinary files do.
pub(super) fn judge(states: &States<'_>, reading: usize, call: &Call) -> Option<Judged> {
    let judged = judge_called(states, reading, &call.callee, &call.arguments);
    worse(judged, judge_operands(&call.callee, &call.arguments))
}

/// What is worse; of equals the first.
pub(super) fn worse(first: Option<Judged>, second: Option<Judged>) -> Option<Judged> {
    match (first, second) {
        (Some(first), Some(second)) if second.severity > first.severity => Some(second),
        (first, second) => first.or(second),
    }
}

/// What it amounts to that something is called with these operands.
pub(super) fn judge_called(
    states: &States<'_>,
    reading: usize,
    callee: &Term,
    arguments: &[Term],
) -> Option<Judged> {
    match callee {
        Term::Global(name) => judge_named(states, reading, name, arguments),
        Term::Call(made) => judge_result(states, reading, made, arguments),
        _ => None,
    }
}

/// Operands that no call may be given, whatever it does with them: classes that run what is in their state, but where
/// instances are made of them, and methods that something may call.
pub(super) fn judge_operands(callee: &Term, arguments: &[Term]) -> Option<Judged> {
    let made = match callee {
        Term::Global(name) => makes_instances(name),
        _ => false,
    };
    let operands = arguments.iter().skip(usize::from(made));
    // What `__newobj__` and its like are given first is judged with them.
    operands.map(judge_operand).fold(None, worse)
}

fn judge_operand(operand: &Term) -> Option<Judged> {
    match operand {
        Term::Global(name) => {
            let known = classify(&name.module, &name.name);
            let runs = known.capability == Capability::CarriesCode && !running_keys(&name.module).is_empty();
            runs.then(|| {
                Judged::called(name, Capability::CarriesCode, known.note)
                    .with(Severity::High, "it is given to a function, which may set any state")
            })
        }
        Term::Call(call) => {
            let (path, known) = looked_up(call)?;
            let handed = !is_listed(&known) && !is_kept_method(&path) && !is_constant(&path);
            handed.then(|| {
                Judged::called(&path, Capability::Unknown, None)
                    .with(Severity::Medium, "a method of this name is given to what may call it")
            })
        }
        Term::Items { items, .. } => items.iter().map(judge_operand).fold(None, worse),
        _ => None,
    }
}

/// What `getattr` finds, when the call is one.
fn looked_up(call: &Call) -> Option<(Name, Known)> {
    match call.callee.as_ref() {
        Term::Global(name) if is_getattr(name) => attribute(&call.arguments),
        _ => None,
    }
}

/// A member of an enumeration by its name.
fn is_constant(path: &Name) -> bool {
    let last = path.name.rsplit('.').next().unwrap_or_default();
    last.contains(|c: char| c.is_ascii_uppercase()) && !last.contains(|c: char| c.is_ascii_lowercase())
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

pub(super) fn judge_named(
    states: &States<'_>,
    reading: usize,
    name: &Name,
    arguments: &[Term],
) -> Option<Judged> {
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
        Capability::Rebuild => wrapped::judge_rebuilt(states, reading, name, arguments),
        Capability::Wraps => wrapped::judge_wrapped(states, reading, name, arguments),
        Capability::ResolvesNames if is_getattr(name) => judge_attribute(name, arguments),
        Capability::ResolvesNames if name.name == "_ufunc_reconstruct" && names_listed(arguments) => None,
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
        Capability::CarriesCode => code::judge_code(states, reading, name, &known, arguments),
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
fn judge_result(states: &States<'_>, reading: usize, callee: &Call, arguments: &[Term]) -> Option<Judged> {
    if let Term::Global(name) = callee.callee.as_ref()
        && is_partial(name)
    {
        let judged = wrapped::judge_partial(states, reading, callee, arguments);
        return worse(judged, judge_operands(&callee.callee, &callee.arguments));
    }
    let judged = judge(states, reading, callee);
    let returned = |name: &Name| {
        Judged::called(name, Capability::Unknown, None).with(Severity::Medium, "what it returns is called")
    };
    let Term::Global(name) = callee.callee.as_ref() else {
        return judged.or_else(|| Some(returned(first_name(callee)?)));
    };
    let known = classify(&name.module, &name.name);
    if let Some(judged) = judged {
        let called = is_itemgetter(name).then(|| Judged::called(name, known.capability, known.note));
        return Some(called.unwrap_or(judged));
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
    Some(returned(name))
}

/// What a call begins with.
fn first_name(call: &Call) -> Option<&Name> {
    match call.callee.as_ref() {
        Term::Global(name) => Some(name),
        Term::Call(call) => first_name(call),
        _ => None,
    }
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

/// The two operands name something that is listed as harmless.
fn names_listed(arguments: &[Term]) -> bool {
    let [Term::Text { text: module, cut: false }, Term::Text { text: name, cut: false }] = arguments else {
        return false;
    };
    is_listed(&classify(module, name))
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

/// Types of plain values, whose methods reach nothing else.
const PLAIN_TYPES: [&str; 12] = [
    "bool",
    "bytearray",
    "bytes",
    "complex",
    "dict",
    "float",
    "frozenset",
    "int",
    "list",
    "set",
    "str",
    "tuple",
];

pub(super) fn is_builtin_type(name: &Name) -> bool {
    let (module, name) = python3_name(&name.module, &name.name);
    module == "builtins" && PLAIN_TYPES.contains(&&*name)
}

/// The class that a call makes an instance of, as serialisers do.
pub(super) fn class_of(call: &Call) -> Option<&Name> {
    match (call.kind, call.callee.as_ref(), call.arguments.first()) {
        (CallKind::New, Term::Global(class), _) => Some(class),
        (CallKind::Call, Term::Global(helper), Some(Term::Global(class))) if makes_instances(helper) => {
            Some(class)
        }
        (CallKind::Call, Term::Global(class), _)
            if is_class(class) || !running_keys(&class.module).is_empty() =>
        {
            Some(class)
        }
        _ => None,
    }
}

/// Makes an instance of its first operand, as `NEWOBJ` does.
pub(super) fn makes_instances(name: &Name) -> bool {
    matches!(name.module.as_str(), "copyreg" | "copy_reg")
        && matches!(name.name.as_str(), "_reconstructor" | "__newobj__" | "__newobj_ex__")
}

pub(super) fn is_partial(name: &Name) -> bool {
    matches!(name.module.as_str(), "functools" | "_functools") && name.name == "partial"
}

fn is_getattr(name: &Name) -> bool {
    matches!(name.module.as_str(), "builtins" | "__builtin__") && name.name == "getattr"
}

/// How dill spells a type of plain values.
fn is_plain_type(name: &Name, arguments: &[Term]) -> bool {
    let [Term::Text { text, cut: false }] = arguments else { return false };
    let plain = || text == "object" || PLAIN_TYPES.contains(&text.as_str());
    name.module == "dill._dill" && name.name == "_load_type" && plain()
}

/// How dill makes arrays of numpy: of a function that serialisers call to make an object anew.
fn is_array_of_dill(name: &Name, arguments: &[Term]) -> bool {
    let [Term::Global(maker), ..] = arguments else { return false };
    name.module == "dill._dill"
        && name.name == "_create_array"
        && maker.name == "_reconstruct"
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
pub(super) fn is_plain(name: &str) -> bool {
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
