//! Constant folding: text and bytes that are put together, turned round and decoded come to what they come to.

mod calls;
mod codecs;

use std::rc::Rc;

use ruff_python_ast::Operator;

pub(super) use self::calls::call;
pub(in crate::formats) use self::codecs::base64;
use self::codecs::decode_by;
use super::value::{Given, LONGEST, MOST_ITEMS, Value};

/// An operator between two values.
pub(super) fn binary(operator: Operator, left: &Value, right: &Value) -> Value {
    match (operator, left, right) {
        (Operator::Add, Value::Bytes(left), Value::Bytes(right)) => {
            Value::bytes(&[&**left, &**right].concat())
        }
        (Operator::Add, Value::Items(kind, left), Value::Items(_, right)) => {
            Value::items(kind, left.iter().chain(right.iter()).cloned().collect())
        }
        (Operator::Add, Value::Text(left), Value::Text(right)) => Value::text(&[&**left, &**right].concat()),
        (Operator::Add, left, right) if left.as_pieces().is_some() || right.as_pieces().is_some() => {
            pieces(&[left.as_pieces().unwrap_or("{}"), right.as_pieces().unwrap_or("{}")].concat())
        }
        (Operator::Mod, Value::Text(format), values) => percent(format, values),
        (Operator::Mult, Value::Text(text), Value::Int(count))
        | (Operator::Mult, Value::Int(count), Value::Text(text)) => {
            let count = usize::try_from(*count).unwrap_or_default();
            match text.len().checked_mul(count) {
                Some(length) if length <= LONGEST => Value::text(&text.repeat(count)),
                _ => Value::Unknown,
            }
        }
        (Operator::Div, left, right) => joined_path(left, right),
        (operator, Value::Int(left), Value::Int(right)) => {
            let number = match operator {
                Operator::Add => left.checked_add(*right),
                Operator::Sub => left.checked_sub(*right),
                Operator::Mult => left.checked_mul(*right),
                Operator::FloorDiv => left.checked_div_euclid(*right),
                Operator::Mod => left.checked_rem_euclid(*right),
                Operator::BitXor => Some(left ^ right),
                Operator::BitAnd => Some(left & right),
                Operator::BitOr => Some(left | right),
                Operator::LShift => u32::try_from(*right).ok().and_then(|by| left.checked_shl(by)),
                Operator::RShift => u32::try_from(*right).ok().and_then(|by| left.checked_shr(by)),
                _ => None,
            };
            number.map_or(Value::Unknown, Value::Int)
        }
        _ => Value::Unknown,
    }
}

/// Text with gaps.
pub(super) fn pieces(text: &str) -> Value {
    if text.len() > LONGEST { Value::Unknown } else { Value::Pieces(Rc::from(text)) }
}

/// `Path(…) / …`
fn joined_path(left: &Value, right: &Value) -> Value {
    let Value::Made(made) = left else { return Value::Unknown };
    if !made.callee.starts_with("pathlib.") {
        return Value::Unknown;
    }
    let mut arguments = match &*made.callee {
        "pathlib.Path.home" => vec![(None, Value::text("~"))],
        _ => made.arguments.clone(),
    };
    if arguments.len() < 32 {
        arguments.push((None, right.clone()));
    }
    Value::made("pathlib.Path", arguments)
}

/// The text of a path that a call was given, with `{}` for what is not known.
pub(super) fn path_text(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) | Value::Pieces(text) => Some(text.to_string()),
        Value::Made(made) if made.callee.starts_with("pathlib.") => join_paths(&made.arguments),
        _ => None,
    }
}

/// Parts of a path put together; `None` when none of them is known.
pub(super) fn join_paths(parts: &[Given]) -> Option<String> {
    let texts: Vec<Option<String>> = parts.iter().take(32).map(|(_, part)| path_text(part)).collect();
    texts.iter().any(Option::is_some).then(|| {
        let texts: Vec<String> =
            texts.into_iter().map(|text| text.unwrap_or_else(|| "{}".to_owned())).collect();
        texts.join("/")
    })
}

/// `"…" % values`
fn percent(format: &str, values: &Value) -> Value {
    let one = [values.clone()];
    let values: &[Value] = match values {
        Value::Items("tuple", items) => items,
        _ => &one,
    };
    let mut values = values.iter();
    let mut out = String::new();
    let mut known = true;
    let mut rest = format.chars().peekable();
    while let Some(c) = rest.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        if rest.peek() == Some(&'%') {
            rest.next();
            out.push('%');
            continue;
        }
        // Flags, width and precision say how, not what.
        for c in rest.by_ref() {
            if c.is_ascii_alphabetic() {
                known &= put(&mut out, values.next(), c == 'c');
                break;
            }
        }
        if out.len() > LONGEST {
            return Value::Unknown;
        }
    }
    if known { Value::text(&out) } else { pieces(&out) }
}

/// Writes a value into text; false when it is not known.
fn put(out: &mut String, value: Option<&Value>, as_character: bool) -> bool {
    match value {
        Some(Value::Text(text)) => out.push_str(text),
        Some(Value::Int(number)) if as_character => {
            out.push(u32::try_from(*number).ok().and_then(char::from_u32).unwrap_or('?'));
        }
        Some(Value::Int(number)) => out.push_str(&number.to_string()),
        Some(Value::Word(word)) => out.push_str(word),
        Some(Value::Pieces(text)) => {
            out.push_str(text);
            return false;
        }
        _ => {
            out.push_str("{}");
            return false;
        }
    }
    true
}

/// `"…".format(…)`
fn format(format: &str, arguments: &[Given]) -> Value {
    let mut positional = arguments.iter().filter(|(name, _)| name.is_none()).map(|(_, value)| value);
    let mut out = String::new();
    let mut known = true;
    let mut rest = format;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, behind) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.push_str(before);
        if let Some(after) = behind.strip_prefix("{{") {
            out.push('{');
            rest = after;
        } else if let Some(after) = behind.strip_prefix("}}") {
            out.push('}');
            rest = after;
        } else if let Some((field, after)) = behind.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
            let name = field.split([':', '!']).next().unwrap_or_default();
            let value = if name.is_empty() {
                positional.next()
            } else if let Ok(number) = name.parse::<usize>() {
                arguments.get(number).map(|(_, value)| value)
            } else {
                arguments.iter().find(|(keyword, _)| keyword.as_deref() == Some(name)).map(|(_, value)| value)
            };
            known &= put(&mut out, value, field.ends_with(":c"));
            rest = after;
        } else {
            return Value::Unknown;
        }
        if out.len() > LONGEST {
            return Value::Unknown;
        }
    }
    out.push_str(rest);
    if known { Value::text(&out) } else { pieces(&out) }
}

/// Items that a value has when something goes over it.
pub(super) fn items_of(value: &Value) -> Option<Vec<Value>> {
    match value {
        Value::Items(kind, items) if *kind != "dict" => Some(items.to_vec()),
        Value::Text(text) if text.len() <= MOST_ITEMS => {
            Some(text.chars().map(|c| Value::text(c.encode_utf8(&mut [0; 4]))).collect())
        }
        Value::Bytes(bytes) if bytes.len() <= MOST_ITEMS => {
            Some(bytes.iter().map(|byte| Value::Int(i64::from(*byte))).collect())
        }
        _ => None,
    }
}

/// A method of text, bytes or a list.
pub(super) fn method(object: &Value, name: &str, arguments: &[Given]) -> Value {
    let first = arguments.first().map(|(_, value)| value);
    let second = arguments.get(1).map(|(_, value)| value);
    match (object, name) {
        (Value::Text(text), "join") => first.map_or(Value::Unknown, |items| join(text, items)),
        (Value::Text(text), "format") => format(text, arguments),
        (Value::Text(text), "encode") => Value::bytes(text.as_bytes()),
        (Value::Text(text), "lower") => Value::text(&text.to_lowercase()),
        (Value::Text(text), "upper") => Value::text(&text.to_uppercase()),
        (Value::Text(text), "swapcase") => {
            let swap = |c: char| {
                if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }
            };
            Value::text(&text.chars().map(swap).collect::<String>())
        }
        (Value::Text(text), "strip") if arguments.is_empty() => Value::text(text.trim()),
        (Value::Text(text), "replace") => {
            match (first.and_then(Value::as_text), second.and_then(Value::as_text)) {
                (Some(from), Some(to)) if !from.is_empty() && to.len() <= from.len().saturating_add(16) => {
                    Value::text(&text.replace(from, to))
                }
                _ => Value::Unknown,
            }
        }
        (Value::Text(text), "split") => {
            let parts: Vec<Value> = match first.and_then(Value::as_text) {
                Some(by) if !by.is_empty() => text.split(by).take(MOST_ITEMS).map(Value::text).collect(),
                _ => text.split_whitespace().take(MOST_ITEMS).map(Value::text).collect(),
            };
            Value::items("list", parts)
        }
        (Value::Bytes(bytes), "decode") => match first.and_then(Value::as_text) {
            Some("hex" | "base64" | "rot13" | "rot_13") => {
                first.map_or(Value::Unknown, |codec| decode_by(object, codec))
            }
            _ => text_of(bytes),
        },
        (Value::Text(_), "decode") => first.map_or(Value::Unknown, |codec| decode_by(object, codec)),
        (Value::Bytes(_) | Value::Text(_) | Value::Pieces(_), "strip" | "rstrip" | "lstrip") => {
            object.clone()
        }
        (Value::Items(kind, items), "copy") => Value::items(kind, items.to_vec()),
        (Value::Items("dict", _), "get" | "pop" | "setdefault" | "__getitem__") => {
            first.map_or(Value::Unknown, |key| of_dict(object, key))
        }
        (Value::Items("dict", items), "values") => {
            Value::items("list", items.chunks_exact(2).filter_map(|pair| pair.last().cloned()).collect())
        }
        (Value::Items("dict", items), "items") => {
            let pair = |pair: &[Value]| Value::items("tuple", pair.to_vec());
            Value::items("list", items.chunks_exact(2).map(pair).collect())
        }
        (Value::Items(_, items), "pop" | "__getitem__") => match first {
            None => items.last().cloned().unwrap_or(Value::Unknown),
            Some(Value::Int(at)) => at_index(items, *at),
            _ => Value::Unknown,
        },
        _ => Value::Unknown,
    }
}

/// The bytes of all text among arguments.
pub(super) fn length(arguments: &[Given]) -> usize {
    fn of(value: &Value) -> usize {
        match value {
            Value::Items(_, items) => items.iter().map(|item| item.as_pieces().map_or(8, str::len)).sum(),
            value => value.as_pieces().map_or(8, str::len),
        }
    }
    arguments.iter().map(|(_, value)| of(value)).sum()
}

/// `items[key]` of a dictionary.
pub(super) fn of_dict(items: &Value, key: &Value) -> Value {
    let Value::Items("dict", items) = items else { return Value::Unknown };
    let same = |one: &Value| match (one, key) {
        (Value::Text(one), Value::Text(other)) => one == other,
        (Value::Int(one), Value::Int(other)) => one == other,
        _ => false,
    };
    let mut pairs = items.chunks_exact(2);
    let pair = pairs.find(|pair| pair.first().is_some_and(same));
    pair.and_then(|pair| pair.last()).cloned().unwrap_or(Value::Unknown)
}

/// `items[at]` of a list.
pub(super) fn at_index(items: &[Value], at: i64) -> Value {
    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let at = if at < 0 { at.saturating_add(length) } else { at };
    let item = usize::try_from(at).ok().and_then(|at| items.get(at));
    item.cloned().unwrap_or(Value::Unknown)
}

fn join(by: &str, items: &Value) -> Value {
    let Some(items) = items_of(items) else { return Value::Unknown };
    let mut out = String::new();
    let mut known = true;
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push_str(by);
        }
        known &= put(&mut out, Some(item), false);
        if out.len() > LONGEST {
            return Value::Unknown;
        }
    }
    if known { Value::text(&out) } else { pieces(&out) }
}

fn text_of(bytes: &[u8]) -> Value {
    std::str::from_utf8(bytes).map_or_else(
        |_| Value::text(&bytes.iter().map(|byte| char::from(*byte)).collect::<String>()),
        Value::text,
    )
}

/// `value[…]` with numbers that are known.
pub(super) fn sliced(value: &Value, lower: Option<i64>, upper: Option<i64>, step: Option<i64>) -> Value {
    let (step, length) = match value {
        Value::Text(text) => (step.unwrap_or(1), text.chars().count()),
        Value::Bytes(bytes) => (step.unwrap_or(1), bytes.len()),
        Value::Items(_, items) => (step.unwrap_or(1), items.len()),
        _ => return Value::Unknown,
    };
    if step == 0 {
        return Value::Unknown;
    }
    let indexes = indexes(length, lower, upper, step);
    match value {
        Value::Text(text) => {
            let letters: Vec<char> = text.chars().collect();
            Value::text(&indexes.filter_map(|index| letters.get(index)).collect::<String>())
        }
        Value::Bytes(bytes) => {
            Value::bytes(&indexes.filter_map(|index| bytes.get(index).copied()).collect::<Vec<_>>())
        }
        Value::Items(kind, items) => {
            Value::items(kind, indexes.filter_map(|index| items.get(index).cloned()).collect())
        }
        _ => Value::Unknown,
    }
}

/// The indexes of a slice, as Python counts them.
fn indexes(length: usize, lower: Option<i64>, upper: Option<i64>, step: i64) -> impl Iterator<Item = usize> {
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let (least, most) = if step > 0 { (0, length) } else { (-1, length.saturating_sub(1)) };
    let fixed = |at: i64| {
        let at = if at < 0 { at.saturating_add(length) } else { at };
        at.clamp(least, most)
    };
    let (first, last) = if step > 0 { (0, length) } else { (length.saturating_sub(1), -1) };
    let start = lower.map_or(first, fixed);
    let end = upper.map_or(last, fixed);
    let next = move |at: &i64| at.checked_add(step);
    std::iter::successors(Some(start), next)
        .take_while(move |at| if step > 0 { *at < end } else { *at > end })
        .filter_map(|at| usize::try_from(at).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Given {
        (None, Value::text(text))
    }

    #[test]
    fn undoes_what_hides_text() {
        let decoded = |name: &str, encoded: &str| match call(name, &[text(encoded)]) {
            Some(Value::Bytes(bytes)) => String::from_utf8(bytes.to_vec()).unwrap(),
            other => panic!("{name}: {other:?}"),
        };
        assert_eq!(decoded("base64.b64decode", "d2VpZ2hicmlkZ2U="), "weighbridge");
        assert_eq!(decoded("base64.b32decode", "O5SWSZ3IMJZGSZDHMU======"), "weighbridge");
        assert_eq!(decoded("builtins.bytes.fromhex", "77 65 69 67 68"), "weigh");
        let rot = call("codecs.decode", &[text("bf.flfgrz"), text("rot_13")]);
        assert_eq!(rot.unwrap().as_text(), Some("os.system"));
    }

    #[test]
    fn slices_count_as_in_python() {
        let of = |lower, upper, step| sliced(&Value::text("abcdef"), lower, upper, step);
        for (value, wanted) in [
            (of(None, None, Some(-1)), "fedcba"),
            (of(Some(1), Some(-1), None), "bcde"),
            (of(Some(-2), None, None), "ef"),
            (of(Some(4), Some(1), Some(-2)), "ec"),
            (of(None, Some(99), Some(2)), "ace"),
            (of(Some(9), None, None), ""),
        ] {
            assert_eq!(value.as_text(), Some(wanted));
        }
    }

    #[test]
    fn formats_as_python_does_and_leaves_gaps() {
        let formatted =
            percent("%s.%-3s%%", &Value::items("tuple", vec![Value::text("os"), Value::text("system")]));
        assert_eq!(formatted.as_text(), Some("os.system%"));
        let formatted =
            format("{1}{{{0}}}{a}", &[text("x"), text("y"), (Some(Rc::from("a")), Value::Unknown)]);
        assert_eq!((formatted.as_text(), formatted.as_pieces()), (None, Some("y{x}{}")));
    }
}
