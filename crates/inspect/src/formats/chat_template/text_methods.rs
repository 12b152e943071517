//! Methods, filters and operators on constants, as Python and Jinja2 apply them. Nothing where that is not certain.

mod formats;

use std::rc::Rc;

use super::values::Value;

/// Length of the longest text that is put together.
const LONGEST: usize = 64 << 10;

fn bounded(text: String) -> Option<Value> {
    (text.len() <= LONGEST).then(|| Value::Text(Rc::from(text)))
}

fn bounded_list(items: Vec<Value>) -> Option<Value> {
    super::values::bounded(Value::List(items.into()))
}

/// A value as `~`, `|join` and `|string` write it.
fn written(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.to_string()),
        Value::Integer(value) => Some(value.to_string()),
        Value::List(_) | Value::Dictionary(_) => None,
    }
}

pub(super) use formats::percent;

pub(super) fn concatenate(a: &Value, b: &Value) -> Option<Value> {
    let (a, b) = (written(a)?, written(b)?);
    bounded(a + &b)
}

pub(super) fn add(a: &Value, b: &Value) -> Option<Value> {
    match (a, b) {
        (Value::Text(a), Value::Text(b)) => bounded(format!("{a}{b}")),
        (Value::Integer(a), Value::Integer(b)) => a.checked_add(*b).map(Value::Integer),
        (Value::List(a), Value::List(b)) if a.len().saturating_add(b.len()) <= 1024 => {
            bounded_list(a.iter().chain(b.iter()).cloned().collect())
        }
        _ => None,
    }
}

pub(super) fn subtract(a: &Value, b: &Value) -> Option<Value> {
    match (a, b) {
        (Value::Integer(a), Value::Integer(b)) => a.checked_sub(*b).map(Value::Integer),
        _ => None,
    }
}

pub(super) fn multiply(a: &Value, b: &Value) -> Option<Value> {
    match (a, b) {
        (Value::Integer(a), Value::Integer(b)) => a.checked_mul(*b).map(Value::Integer),
        (Value::Text(text), Value::Integer(times)) | (Value::Integer(times), Value::Text(text)) => {
            let times = usize::try_from(*times).unwrap_or(0);
            (text.len().saturating_mul(times) <= LONGEST).then(|| Value::Text(Rc::from(text.repeat(times))))
        }
        (Value::List(items), Value::Integer(times)) | (Value::Integer(times), Value::List(items)) => {
            let times = usize::try_from(*times).unwrap_or(0);
            (items.len().saturating_mul(times) <= 1024).then_some(())?;
            bounded_list(std::iter::repeat_n(items, times).flat_map(|items| items.iter().cloned()).collect())
        }
        _ => None,
    }
}

pub(super) fn power(a: &Value, b: &Value) -> Option<Value> {
    match (a, b) {
        (Value::Integer(a), Value::Integer(b)) => a.checked_pow(u32::try_from(*b).ok()?).map(Value::Integer),
        _ => None,
    }
}

pub(super) fn index(value: &Value, at: i64) -> Option<Value> {
    let position = |length: usize| {
        let length = i64::try_from(length).ok()?;
        usize::try_from(if at < 0 { at.checked_add(length)? } else { at }).ok()
    };
    match value {
        Value::Text(text) => {
            let at = position(text.chars().count())?;
            text.chars().nth(at).map(|c| Value::text(c.encode_utf8(&mut [0; 4])))
        }
        Value::List(items) => items.get(position(items.len())?).cloned(),
        Value::Integer(_) | Value::Dictionary(_) => None,
    }
}

/// `value[start:stop:step]`.
pub(super) fn slice(value: &Value, start: Option<i64>, stop: Option<i64>, step: i64) -> Option<Value> {
    match value {
        Value::Text(text) => {
            let chars: Vec<char> = text.chars().collect();
            Some(Value::Text(Rc::from(picked(&chars, start, stop, step)?.into_iter().collect::<String>())))
        }
        Value::List(items) => Some(Value::List(picked(items, start, stop, step)?.into())),
        Value::Integer(_) | Value::Dictionary(_) => None,
    }
}

fn picked<T: Clone>(items: &[T], start: Option<i64>, stop: Option<i64>, step: i64) -> Option<Vec<T>> {
    let length = i64::try_from(items.len()).ok()?;
    let (lowest, highest) = if step > 0 { (0, length) } else { (-1, length.checked_sub(1)?) };
    let bound = |at: Option<i64>, missing: i64| match at {
        None => missing,
        Some(at) if at < 0 => at.saturating_add(length).clamp(lowest, highest),
        Some(at) => at.clamp(lowest, highest),
    };
    let (first, last) = if step > 0 { (0, length) } else { (highest, -1) };
    let (mut at, stop) = (bound(start, first), bound(stop, last));
    let mut out = Vec::new();
    while step != 0 && (if step > 0 { at < stop } else { at > stop }) {
        out.push(items.get(usize::try_from(at).ok()?)?.clone());
        at = at.checked_add(step)?;
    }
    Some(out)
}

/// A method or filter by its name.
pub(super) fn apply(value: &Value, name: &str, given: &[Value], named: &[(&str, Value)]) -> Option<Value> {
    if !named.is_empty() && name != "format" {
        return None;
    }
    if matches!(name, "length" | "count") && given.is_empty() {
        return length(value).and_then(|length| i64::try_from(length).ok()).map(Value::Integer);
    }
    match value {
        Value::List(items) => of_list(items, name, given),
        Value::Dictionary(pairs) => of_table(pairs, name, given),
        Value::Integer(number) => match (name, given) {
            ("abs", []) => number.checked_abs().map(Value::Integer),
            ("int" | "round", []) => Some(value.clone()),
            ("string" | "e" | "escape" | "safe", []) => bounded(number.to_string()),
            ("join", [_]) => None,
            _ => of_text(&number.to_string(), name, given, named),
        },
        Value::Text(text) => of_text(text, name, given, named),
    }
}

fn length(value: &Value) -> Option<usize> {
    match value {
        Value::Text(text) => Some(text.chars().count()),
        Value::List(items) => Some(items.len()),
        // Keys may stand twice.
        Value::Dictionary(_) | Value::Integer(_) => None,
    }
}

fn between(given: &[Value]) -> Option<&str> {
    match given {
        [] => Some(""),
        [between] => between.as_text(),
        _ => None,
    }
}

fn of_list(items: &[Value], name: &str, given: &[Value]) -> Option<Value> {
    match name {
        "join" => joined(items.iter(), between(given)?),
        "reverse" => Some(Value::List(items.iter().rev().cloned().collect())),
        "list" | "copy" => Some(Value::List(items.into())),
        _ => None,
    }
}

fn of_table(pairs: &[(Value, Value)], name: &str, given: &[Value]) -> Option<Value> {
    let keys = || pairs.iter().map(|(key, _)| key);
    match name {
        "join" => joined(keys(), between(given)?),
        "keys" | "list" => bounded_list(keys().cloned().collect()),
        "values" => bounded_list(pairs.iter().map(|(_, value)| value.clone()).collect()),
        "items" => bounded_list(
            pairs.iter().map(|(key, value)| Value::List(Rc::from([key.clone(), value.clone()]))).collect(),
        ),
        _ => None,
    }
}

fn of_text(text: &str, name: &str, given: &[Value], named: &[(&str, Value)]) -> Option<Value> {
    let argument = |at: usize| given.get(at).and_then(Value::as_text);
    let letters = || -> Option<Vec<char>> {
        match given {
            [] => Some(vec![' ', '\t', '\n', '\r', '\u{b}', '\u{c}', '\u{1c}', '\u{1d}', '\u{1e}', '\u{1f}']),
            [Value::Text(letters)] => Some(letters.chars().collect()),
            _ => None,
        }
    };
    match name {
        "string" | "e" | "escape" | "safe" | "forceescape" => bounded(text.to_owned()),
        "lower" => bounded(text.to_lowercase()),
        "upper" => bounded(text.to_uppercase()),
        "casefold" | "swapcase" | "title" | "capitalize" if !text.is_ascii() => None,
        "casefold" => bounded(text.to_ascii_lowercase()),
        "swapcase" => bounded(text.chars().map(swapped).collect()),
        "title" => bounded(titled(text)),
        "capitalize" => {
            let (first, rest) = text.split_at_checked(1)?;
            bounded(first.to_ascii_uppercase() + &rest.to_ascii_lowercase())
        }
        "strip" | "trim" => bounded(text.trim_matches(letters()?.as_slice()).to_owned()),
        "lstrip" => bounded(text.trim_start_matches(letters()?.as_slice()).to_owned()),
        "rstrip" => bounded(text.trim_end_matches(letters()?.as_slice()).to_owned()),
        "removeprefix" => bounded(text.strip_prefix(argument(0)?).unwrap_or(text).to_owned()),
        "removesuffix" => bounded(text.strip_suffix(argument(0)?).unwrap_or(text).to_owned()),
        "replace" => replaced(text, argument(0)?, argument(1)?, given.get(2)),
        "reverse" => bounded(text.chars().rev().collect()),
        "list" if text.len() <= 1024 => {
            bounded_list(text.chars().map(|c| Value::text(c.encode_utf8(&mut [0; 4]))).collect())
        }
        "center" | "ljust" | "rjust" | "zfill" => padded(text, name, given),
        "translate" => translated(text, given.first()?),
        "truncate" | "wordwrap" | "indent" if given.len() <= 1 && text.len() <= 64 => {
            // Short words stay as they are.
            let Some(Value::Integer(width)) = given.first() else { return bounded(text.to_owned()) };
            let fits = !text.contains(char::is_whitespace)
                && (name == "indent" || usize::try_from(*width).is_ok_and(|width| text.len() <= width));
            if fits { bounded(text.to_owned()) } else { None }
        }
        "int" if given.is_empty() => text.trim().parse().ok().map(Value::Integer),
        "split" | "rsplit" if given.len() <= 1 => split(text, argument(0)),
        // A text is joined character by character, or is what stands between the items of a list.
        "join" => match given {
            [Value::List(items)] => joined(items.iter(), text),
            [Value::Dictionary(pairs)] => joined(pairs.iter().map(|(key, _)| key), text),
            [Value::Text(between)] => {
                let chars: Vec<_> = text.chars().map(|c| Value::text(c.encode_utf8(&mut [0; 4]))).collect();
                joined(chars.iter(), between)
            }
            [] => bounded(text.to_owned()),
            _ => None,
        },
        "format" if text.contains('%') && !text.contains('{') => {
            formats::printf(text, &given.iter().collect::<Vec<_>>())
        }
        "format" => formats::braces(text, given, named),
        _ => None,
    }
}

/// Every word begins with a capital; what is no letter ends a word.
fn titled(text: &str) -> String {
    let mut inside = false;
    let letter = |c: char| {
        let out = if inside { c.to_ascii_lowercase() } else { c.to_ascii_uppercase() };
        inside = c.is_ascii_alphabetic();
        out
    };
    text.chars().map(letter).collect()
}

fn padded(text: &str, name: &str, given: &[Value]) -> Option<Value> {
    let (width, fill) = match given {
        [Value::Integer(width)] => (*width, if name == "zfill" { '0' } else { ' ' }),
        [Value::Integer(width), Value::Text(fill)] if name != "zfill" => {
            let mut chars = fill.chars();
            (*width, chars.next().filter(|_| chars.next().is_none())?)
        }
        _ => return None,
    };
    if name == "zfill" && text.starts_with(['+', '-']) {
        return None;
    }
    let width = usize::try_from(width).unwrap_or(0);
    let missing = width.saturating_sub(text.chars().count());
    if missing > LONGEST {
        return None;
    }
    let left = match name {
        "ljust" => 0,
        // As CPython does it, the odd one stands left when the width is odd.
        "center" => (missing / 2).saturating_add(missing & width & 1),
        _ => missing,
    };
    bounded(formats::surrounded(text, fill, left, missing.saturating_sub(left)))
}

/// `text.translate({…})`: characters by their numbers.
fn translated(text: &str, table: &Value) -> Option<Value> {
    let Value::Dictionary(_) = table else { return None };
    let mut out = String::new();
    for c in text.chars() {
        match super::values::lookup(table, &Value::Integer(u32::from(c).into())) {
            None => out.push(c),
            Some(Value::Text(to)) => out.push_str(&to),
            Some(Value::Integer(to)) => out.push(char::from_u32(u32::try_from(to).ok()?)?),
            Some(_) => return None,
        }
        if out.len() > LONGEST {
            return None;
        }
    }
    bounded(out)
}

fn swapped(c: char) -> char {
    if c.is_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }
}

fn joined<'v>(items: impl Iterator<Item = &'v Value>, between: &str) -> Option<Value> {
    let mut out = String::new();
    for (at, item) in items.enumerate() {
        if at > 0 {
            out.push_str(between);
        }
        out.push_str(&written(item)?);
        if out.len() > LONGEST {
            return None;
        }
    }
    bounded(out)
}

fn replaced(text: &str, from: &str, to: &str, most: Option<&Value>) -> Option<Value> {
    let count = match most {
        None => usize::MAX,
        Some(Value::Integer(count)) => usize::try_from(*count).unwrap_or(usize::MAX),
        Some(_) => return None,
    };
    let times = text.matches(from).count().min(count);
    let length = text.len().saturating_add(times.saturating_mul(to.len()));
    if length > LONGEST { None } else { bounded(text.replacen(from, to, count)) }
}

fn split(text: &str, at: Option<&str>) -> Option<Value> {
    let parts: Vec<_> = match at {
        Some("") => return None,
        Some(at) => text.split(at).take(1024).map(Value::text).collect(),
        None => text.split_whitespace().take(1024).map(Value::text).collect(),
    };
    Some(Value::List(parts.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: Option<Value>) -> String {
        value.map_or_else(|| "?".to_owned(), |value| value.as_text().unwrap_or("?").to_owned())
    }

    #[test]
    fn formats_as_python_does() {
        let given = Value::List(Rc::from([Value::text("ss"), Value::Integer(95), Value::Integer(7)]));
        assert_eq!(text(formats::percent(&Value::text("cla%s%c%d%%"), &given)), "class_7%");
        let given = [Value::text("a"), Value::text("b")];
        assert_eq!(text(formats::braces("{}-{1}-{k}{{}}{2:c}", &given, &[("k", Value::text("c"))])), "?");
        assert_eq!(text(formats::braces("{}-{1}-{k}{{}}", &given, &[("k", Value::text("c"))])), "a-b-c{}");
        assert_eq!(text(formats::braces("{0:c}", &[Value::Integer(95)], &[])), "_");
    }

    #[test]
    fn slices_as_python_does() {
        let word = Value::text("__ssalc__");
        assert_eq!(text(slice(&word, None, None, -1)), "__class__");
        assert_eq!(text(slice(&word, Some(2), Some(-2), 1)), "ssalc");
        assert_eq!(text(slice(&word, Some(-1), Some(0), -3)), "_ls");
        assert_eq!(slice(&word, None, None, 0).unwrap().as_text(), Some(""));
        assert_eq!(text(index(&word, -1)), "_");
        assert_eq!(index(&word, 9), None);
    }

    #[test]
    fn never_makes_a_text_that_is_too_long() {
        assert_eq!(multiply(&Value::text("ab"), &Value::Integer(1 << 40)), None);
        let long = Value::Text(Rc::from("a".repeat(60 << 10)));
        assert_eq!(add(&long, &long), None);
        assert_eq!(apply(&long, "replace", &[Value::text("a"), Value::text("bbbb")], &[]), None);
    }
}
