//! Format strings as Python applies them.

use super::{LONGEST, bounded, written};
use crate::formats::chat_template::values::{Value, lookup};

/// `text % value`.
pub(in super::super) fn percent(a: &Value, b: &Value) -> Option<Value> {
    let given: Vec<&Value> = match b {
        Value::List(items) => items.iter().collect(),
        other => vec![other],
    };
    printf(a.as_text()?, &given)
}

/// `%s`, `%c`, `%d` and `%%` with widths, and `%(key)s`.
pub(super) fn printf(format: &str, given: &[&Value]) -> Option<Value> {
    let mut given = given.iter().copied();
    let mut out = String::new();
    let mut rest = format;
    while let Some((before, field)) = rest.split_once('%') {
        out.push_str(before);
        let keyed = match field.strip_prefix('(') {
            Some(keyed) => {
                let (key, behind) = keyed.split_once(')')?;
                Some((lookup(given.clone().next()?, &Value::text(key))?, behind))
            }
            None => None,
        };
        let field = keyed.as_ref().map_or(field, |(_, behind)| behind);
        let at = field.find(|c: char| !matches!(c, '0'..='9' | '-' | '+' | ' ' | '#' | '.'))?;
        let (flags, behind) = field.split_at_checked(at)?;
        let mut chars = behind.chars();
        let conversion = chars.next()?;
        rest = chars.as_str();
        if conversion == '%' {
            out.push('%');
            continue;
        }
        let value = match keyed {
            Some((value, _)) => value,
            None => given.next()?.clone(),
        };
        let text = match (conversion, &value) {
            ('c', Value::Integer(code)) => char::from_u32(u32::try_from(*code).ok()?)?.to_string(),
            ('c' | 's', Value::Text(_)) | ('d' | 'i' | 's' | 'r', Value::Integer(_)) => written(&value)?,
            _ => return None,
        };
        let left = flags.starts_with('-');
        let digits = flags.trim_start_matches('-');
        let (width, precision) = digits.split_once('.').map_or((digits, None), |(w, p)| (w, Some(p)));
        // Zeros and signs go before numbers only.
        if !width.is_empty() && (width.starts_with('0') || !width.bytes().all(|byte| byte.is_ascii_digit())) {
            return None;
        }
        let text = match precision {
            None => text,
            Some(count) if conversion == 's' => text.chars().take(count.parse().unwrap_or(0)).collect(),
            Some(_) => return None,
        };
        let missing = missing(&text, width)?;
        out.push_str(&if left {
            surrounded(&text, ' ', 0, missing)
        } else {
            surrounded(&text, ' ', missing, 0)
        });
        if out.len() > LONGEST {
            return None;
        }
    }
    out.push_str(rest);
    bounded(out)
}

/// How many characters a text lacks of a width.
fn missing(text: &str, width: &str) -> Option<usize> {
    let width: usize = if width.is_empty() { 0 } else { width.parse().ok()? };
    (width <= LONGEST).then(|| width.saturating_sub(text.chars().count()))
}

pub(super) fn surrounded(text: &str, fill: char, before: usize, behind: usize) -> String {
    let fill = |count: usize| std::iter::repeat_n(fill, count);
    fill(before).chain(text.chars()).chain(fill(behind)).collect()
}

/// `text.format(…)`: fields by number, by name or in turn.
pub(super) fn braces(format: &str, given: &[Value], named: &[(&str, Value)]) -> Option<Value> {
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
        if field.contains(['!', '{']) {
            return None;
        }
        let (name, specification) = field.split_once(':').unwrap_or((field, ""));
        let value = if name.is_empty() {
            next.next()?
        } else if let Ok(index) = name.parse::<usize>() {
            given.get(index)?
        } else {
            named.iter().find(|(found, _)| *found == name).map(|(_, value)| value)?
        };
        out.push_str(&specified(value, specification)?);
        if out.len() > LONGEST {
            return None;
        }
        rest = behind;
    }
    out.push_str(rest);
    bounded(out)
}

/// A value by what stands behind the colon: fill, alignment, width and precision.
fn specified(value: &Value, specification: &str) -> Option<String> {
    let sides = |c: char| matches!(c, '<' | '>' | '^');
    let mut chars = specification.chars();
    let (first, second) = (chars.next(), chars.next());
    let (fill, side, rest) = match (first, second) {
        (Some(fill), Some(side)) if sides(side) => (fill, Some(side), chars.as_str()),
        (Some(side), _) if sides(side) => (' ', Some(side), specification.get(1..)?),
        _ => (' ', None, specification),
    };
    let (text, rest) = match value {
        Value::Integer(code) if rest.ends_with('c') => {
            (char::from_u32(u32::try_from(*code).ok()?)?.to_string(), rest.strip_suffix('c')?)
        }
        Value::Integer(number) => (number.to_string(), rest.strip_suffix('d').unwrap_or(rest)),
        other => (written(other)?, rest.strip_suffix('s').unwrap_or(rest)),
    };
    let (width, precision) = rest.split_once('.').map_or((rest, None), |(w, p)| (w, Some(p)));
    let text = match (precision, value) {
        (None, _) => text,
        (Some(count), Value::Text(_)) => text.chars().take(count.parse().ok()?).collect(),
        _ => return None,
    };
    let width_is_plain = width.bytes().all(|byte| byte.is_ascii_digit()) && !width.starts_with('0');
    if !width_is_plain {
        return None;
    }
    let missing = missing(&text, width)?;
    let right = matches!(value, Value::Integer(_));
    let before = match side {
        Some('<') => 0,
        Some('^') => missing / 2,
        Some(_) => missing,
        None => {
            if right {
                missing
            } else {
                0
            }
        }
    };
    Some(surrounded(&text, fill, before, missing.saturating_sub(before)))
}
