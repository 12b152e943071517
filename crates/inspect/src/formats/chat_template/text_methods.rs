//! Methods, filters and operators on constants, as Python and Jinja2 apply them.

use std::rc::Rc;

use super::fold::Value;

/// Length of the longest text that is put together.
const LONGEST: usize = 64 << 10;

fn bounded(text: String) -> Option<Value> {
    (text.len() <= LONGEST).then(|| Value::Text(Rc::from(text)))
}

/// A value as `~`, `|join` and `|string` write it.
fn written(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.to_string()),
        Value::Integer(value) => Some(value.to_string()),
        Value::List(_) | Value::Dictionary(_) => None,
    }
}

pub(super) fn concatenate(a: &Value, b: &Value) -> Option<Value> {
    let (a, b) = (written(a)?, written(b)?);
    bounded(a + &b)
}

pub(super) fn add(a: &Value, b: &Value) -> Option<Value> {
    match (a, b) {
        (Value::Text(a), Value::Text(b)) => bounded(format!("{a}{b}")),
        (Value::Integer(a), Value::Integer(b)) => a.checked_add(*b).map(Value::Integer),
        (Value::List(a), Value::List(b)) if a.len().saturating_add(b.len()) <= 1024 => {
            Some(Value::List(a.iter().chain(b.iter()).cloned().collect()))
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
        _ => None,
    }
}

/// `text % value`, for `%s`, `%c`, `%d` and `%%`.
pub(super) fn percent(a: &Value, b: &Value) -> Option<Value> {
    let given: Vec<&Value> = match b {
        Value::List(items) => items.iter().collect(),
        other => vec![other],
    };
    printf(a.as_text()?, &given)
}

fn printf(format: &str, given: &[&Value]) -> Option<Value> {
    let mut given = given.iter();
    let mut out = String::new();
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let conversion = chars.find(|c| !matches!(c, '0'..='9' | '-' | '+' | ' ' | '#' | '.'))?;
        match conversion {
            '%' => out.push('%'),
            'c' => match given.next()? {
                Value::Integer(code) => out.push(char::from_u32(u32::try_from(*code).ok()?)?),
                other => out.push_str(&written(other)?),
            },
            's' | 'd' | 'i' | 'r' => out.push_str(&written(given.next()?)?),
            _ => return None,
        }
        if out.len() > LONGEST {
            return None;
        }
    }
    bounded(out)
}

/// `text.format(…)`: fields by number, by name or in turn.
fn braces(format: &str, given: &[Value], named: &[(&str, Value)]) -> Option<Value> {
    let mut out = String::new();
    let mut next = given.iter();
    let mut rest = format;
    while let Some(at) = rest.find(['{', '}']) {
        out.push_str(rest.get(..at)?);
        let tail = rest.get(at..)?;
        if let Some(behind) = tail.strip_prefix("{{").or_else(|| tail.strip_prefix("}}")) {
            out.push_str(tail.get(..1)?);
            rest = behind;
            continue;
        }
        let (field, behind) = tail.strip_prefix('{')?.split_once('}')?;
        let (name, specification) = field.split_once([':', '!']).unwrap_or((field, ""));
        let value = if name.is_empty() {
            next.next()?
        } else if let Ok(index) = name.parse::<usize>() {
            given.get(index)?
        } else {
            named.iter().find(|(found, _)| *found == name).map(|(_, value)| value)?
        };
        match (specification, value) {
            ("c", Value::Integer(code)) => out.push(char::from_u32(u32::try_from(*code).ok()?)?),
            _ => out.push_str(&written(value)?),
        }
        if out.len() > LONGEST {
            return None;
        }
        rest = behind;
    }
    out.push_str(rest);
    bounded(out)
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

/// A method or filter by its name, where it makes a text or list of a constant.
pub(super) fn apply(value: &Value, name: &str, given: &[Value], named: &[(&str, Value)]) -> Option<Value> {
    let argument = |at: usize| given.get(at).and_then(Value::as_text);
    if let Value::List(items) = value {
        return match name {
            "join" => joined(items.iter(), argument(0).unwrap_or_default()),
            "reverse" => Some(Value::List(items.iter().rev().cloned().collect())),
            _ => None,
        };
    }
    if let Value::Dictionary(pairs) = value {
        return match name {
            "join" => joined(pairs.iter().map(|(key, _)| key), argument(0).unwrap_or_default()),
            "keys" | "list" => Some(Value::List(pairs.iter().map(|(key, _)| key.clone()).collect())),
            "values" => Some(Value::List(pairs.iter().map(|(_, value)| value.clone()).collect())),
            "get" => {
                let key = given.first()?;
                pairs.iter().find(|(found, _)| found == key).map(|(_, value)| value.clone())
            }
            _ => None,
        };
    }
    let text = written(value)?;
    let letters = |trimmed: Option<&str>| trimmed.map(|text| text.chars().collect::<Vec<char>>());
    match name {
        "string" | "e" | "escape" | "safe" => bounded(text),
        "lower" | "casefold" => bounded(text.to_lowercase()),
        "upper" => bounded(text.to_uppercase()),
        "swapcase" => bounded(text.chars().map(swapped).collect()),
        "title" | "capitalize" => {
            let mut chars = text.chars();
            let first = chars.next()?.to_uppercase();
            bounded(first.chain(chars.flat_map(char::to_lowercase)).collect())
        }
        "strip" | "trim" => match letters(argument(0)) {
            Some(letters) => bounded(text.trim_matches(letters.as_slice()).to_owned()),
            None => bounded(text.trim().to_owned()),
        },
        "lstrip" => match letters(argument(0)) {
            Some(letters) => bounded(text.trim_start_matches(letters.as_slice()).to_owned()),
            None => bounded(text.trim_start().to_owned()),
        },
        "rstrip" => match letters(argument(0)) {
            Some(letters) => bounded(text.trim_end_matches(letters.as_slice()).to_owned()),
            None => bounded(text.trim_end().to_owned()),
        },
        "removeprefix" => bounded(text.strip_prefix(argument(0)?).unwrap_or(&text).to_owned()),
        "removesuffix" => bounded(text.strip_suffix(argument(0)?).unwrap_or(&text).to_owned()),
        "replace" => replaced(&text, argument(0)?, argument(1)?),
        "reverse" => bounded(text.chars().rev().collect()),
        "split" | "rsplit" => split(&text, argument(0)),
        // A text is joined character by character, or is what stands between the items of a list.
        "join" => match given.first() {
            Some(Value::List(items)) => joined(items.iter(), &text),
            Some(Value::Dictionary(pairs)) => joined(pairs.iter().map(|(key, _)| key), &text),
            Some(Value::Text(between)) => {
                let chars: Vec<_> = text.chars().map(|c| Value::text(c.encode_utf8(&mut [0; 4]))).collect();
                joined(chars.iter(), between)
            }
            _ => bounded(text),
        },
        "format" if text.contains('%') && !text.contains('{') => {
            printf(&text, &given.iter().collect::<Vec<_>>())
        }
        "format" => braces(&text, given, named),
        _ => None,
    }
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

fn replaced(text: &str, from: &str, to: &str) -> Option<Value> {
    let most = text.len().saturating_add(text.matches(from).count().saturating_mul(to.len()));
    if most > LONGEST { None } else { bounded(text.replace(from, to)) }
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
        assert_eq!(text(percent(&Value::text("cla%s%c%d%%"), &given)), "class_7%");
        let given = [Value::text("a"), Value::text("b")];
        assert_eq!(text(braces("{}-{1}-{k}{{}}{2:c}", &given, &[("k", Value::text("c"))])), "?");
        assert_eq!(text(braces("{}-{1}-{k}{{}}", &given, &[("k", Value::text("c"))])), "a-b-c{}");
        assert_eq!(text(braces("{0:c}", &[Value::Integer(95)], &[])), "_");
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
