//! A comparison as JSON, in the form that `docs/diff.md` and `docs/diff.schema.json` describe, and as one HTML page.

use std::io::{self, Write};

use crate::diff::Diff;
use crate::diff::change::Change;
use crate::text;

/// Writes the comparison as JSON, indented, with a line end.
pub fn json(diff: &Diff, out: impl Write) -> io::Result<()> {
    super::json::write_value(diff, &diff.known, out)
}

/// Writes the comparison as a page.
pub fn html(diff: &Diff, out: impl Write) -> io::Result<()> {
    super::html::diff::write(diff, out)
}

/// `path!member` of a change, fit to be shown; the model as a whole has a name too.
pub fn place(change: &Change) -> String {
    if change.path.is_empty() {
        return "the whole model".to_owned();
    }
    let path = text::shown(&change.path, 1000);
    if change.member.is_empty() { path } else { format!("{path}!{}", text::shown(&change.member, 1000)) }
}

/// A line of a line diff, fit to be shown: a tab is two characters, so that it is not taken for spaces.
pub fn line(text: &str, limit: usize) -> String {
    text::shown(&text.replace('\t', "\\t"), limit)
}

/// A norm, or a ratio of norms, in four digits.
pub fn number(value: f64) -> String {
    let size = value.abs();
    if !value.is_finite() {
        let word = if value.is_nan() { "not a number" } else { "without bound" };
        word.to_owned()
    } else if value == 0.0 || (0.001..1e6).contains(&size) {
        let decimals = if size >= 100.0 { 1 } else { 4 };
        format!("{value:.decimals$}")
    } else {
        format!("{value:.3e}")
    }
}

/// A ratio in percent, in three digits or so.
pub fn percent(value: f64) -> String {
    let percent = value * 100.0;
    match percent.abs() {
        size if !size.is_finite() => number(value),
        size if size >= 10.0 => format!("{percent:.1} %"),
        size if size >= 0.01 => format!("{percent:.3} %"),
        _ => format!("{} %", number(percent)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_lines_are_harmless() {
        let numbers = [0.0, 0.12345, 12.0, 1234.5, 1e-9, 2.5e7, f64::NAN, f64::INFINITY].map(number);
        let expected =
            ["0.0000", "0.1235", "12.0000", "1234.5", "1.000e-9", "2.500e7", "not a number", "without bound"];
        assert_eq!(numbers, expected);
        assert_eq!([0.25, 0.0123, 1e-9].map(percent), ["25.0 %", "1.230 %", "1.000e-7 %"]);
        assert_eq!(line("+\ta\x1b[31m", 99), "+\\ta\\u{1b}[31m");
    }
}
