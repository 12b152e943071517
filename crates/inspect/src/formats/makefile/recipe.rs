//! Lines of recipes, as their shell gets them.

use weighbridge_domain::facts::When;

use super::emit;
use super::variables::{Variables, reference};
use crate::walk::Visit;

/// Calls of `shell` in one line.
const MOST_CALLS: usize = 64;

/// Bytes of a line, with the values in it.
const LONGEST: usize = 64 << 10;

/// A text for the shell, once for each way to read it, and where its pieces stand.
#[derive(Debug)]
pub(super) struct Recipe {
    pub(super) texts: Vec<(String, Vec<(usize, u64)>)>,
}

impl Recipe {
    /// A line of a recipe without what tells make how to run it; nothing where nothing is left.
    pub(super) fn of_line(line: &str, from: usize, prefix: char, variables: &Variables) -> Option<Self> {
        let sign = line.len().saturating_sub(line.trim_start_matches(['@', '-', '+', ' ', '\t']).len());
        let text = line.get(sign..).filter(|text| !text.is_empty())?;
        Some(Self::new(text, from.saturating_add(sign), prefix, variables))
    }

    /// Bytes that it takes.
    pub(super) fn cost(&self) -> usize {
        let each = self
            .texts
            .iter()
            .map(|(text, pieces)| text.len().saturating_add(pieces.len().saturating_mul(16)));
        each.fold(64, usize::saturating_add)
    }

    /// A text that stands at this place.
    pub(super) fn new(text: &str, from: usize, prefix: char, variables: &Variables) -> Self {
        let mut texts: Vec<(String, Vec<(usize, u64)>)> = Vec::new();
        for choice in 0..variables.choices(text) {
            let one = for_shell(text, from, prefix, variables, choice);
            if texts.iter().all(|(known, _)| *known != one.0) {
                texts.push(one);
            }
        }
        Self { texts }
    }

    /// Lines that are one text.
    pub(super) fn joined<'r>(lines: impl Iterator<Item = &'r Self>) -> Self {
        let (mut text, mut pieces) = (String::new(), Vec::new());
        for (line, places) in lines.filter_map(|recipe| recipe.texts.first()) {
            pieces.extend(places.iter().map(|(at, from)| (at.saturating_add(text.len()), *from)));
            text.push_str(line);
            text.push('\n');
        }
        Self { texts: vec![(text, pieces)] }
    }
}

/// What `$(shell …)` in a line runs.
pub(super) fn shells(visit: &mut Visit<'_>, when: When, start: usize, line: &str, variables: &Variables) {
    for (sign, opening, closing) in [("$(shell", '(', ')'), ("${shell", '{', '}')] {
        for (at, _) in line.match_indices(sign).take(MOST_CALLS) {
            let behind = at.saturating_add(sign.len());
            let rest = line.get(behind..).unwrap_or_default();
            if !rest.starts_with(char::is_whitespace) {
                continue;
            }
            let mut open = 1_usize;
            let end = rest.find(|c: char| {
                if c == opening {
                    open = open.saturating_add(1);
                } else if c == closing {
                    open = open.saturating_sub(1);
                }
                open == 0
            });
            let inner = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
            emit(visit, when, &Recipe::new(inner, start.saturating_add(behind), '\t', variables));
        }
    }
}

/// A recipe as its shell gets it: variables of `make` that are constants are put in their places, others become variables
/// of the shell, and `$$` becomes `$`.
fn for_shell(
    recipe: &str,
    from: usize,
    prefix: char,
    variables: &Variables,
    choice: usize,
) -> (String, Vec<(usize, u64)>) {
    let mut text = String::new();
    let mut pieces = vec![(0, from as u64)];
    let mut at = 0_usize;
    while let Some(c) = recipe.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = recipe.get(at..).unwrap_or_default();
        let mut length = c.len_utf8();
        if c == '\n' {
            text.push(c);
            // Each line of a recipe begins with the mark of recipes, which is no part of the text.
            if rest.get(1..).is_some_and(|rest| rest.starts_with(prefix)) {
                length = length.saturating_add(prefix.len_utf8());
            }
        } else if c != '$' {
            text.push(c);
            at = at.saturating_add(length);
            continue;
        } else if rest.starts_with("$$") {
            text.push('$');
            length = 2;
        } else if let Some((name, whole)) = reference(rest) {
            match variables
                .value(name, choice, 0)
                .filter(|value| text.len().saturating_add(value.len()) <= LONGEST)
            {
                // What is not known in a value stands in the shell's own form.
                Some(value) => text.push_str(&plain(&value)),
                None => text.push_str(&format!("${{{name}}}")),
            }
            length = whole;
        } else if rest.starts_with("$(") || rest.starts_with("${") {
            length = call(rest);
            let inner = rest.get(2..length.saturating_sub(1)).unwrap_or_default();
            let function = inner.split_whitespace().next().unwrap_or_default();
            // These give nothing.
            if !matches!(function, "error" | "eval" | "info" | "warning") {
                text.push_str(&opaque(inner));
            }
        } else {
            // `$@`, `$<` and their like: a file.
            length = 1_usize.saturating_add(rest.chars().nth(1).map_or(0, char::len_utf8));
            text.push_str("${__}");
        }
        at = at.saturating_add(length);
        pieces.push((text.len(), from.saturating_add(at) as u64));
    }
    (text, pieces)
}

/// A value in a recipe.
fn plain(value: &str) -> String {
    let none = Variables::default();
    if value.contains('$') { for_shell(value, 0, '\t', &none, 0).0 } else { value.to_owned() }
}

/// The length of a call or a reference that a text begins with.
fn call(text: &str) -> usize {
    let mut open: Vec<char> = Vec::new();
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '(' => open.push(')'),
            '{' => open.push('}'),
            _ if open.last() == Some(&c) => {
                open.pop();
            }
            _ => {}
        }
        if open.is_empty() {
            return at.saturating_add(c.len_utf8());
        }
    }
    text.len()
}

/// The functions that a line calls, with what is given to each.
pub(super) fn calls(line: &str) -> impl Iterator<Item = (&str, &str)> {
    let begins = line.match_indices(['(', '{']).take(MOST_CALLS);
    begins.filter_map(|(at, _)| {
        let text = line.get(at.checked_sub(1)?..).filter(|text| text.starts_with('$'))?;
        let inner = text.get(2..call(text).saturating_sub(1))?;
        inner.split_once(char::is_whitespace)
    })
}

/// What a function gives is not known; its words stay to be seen, as a variable of the shell that nobody sets.
fn opaque(inner: &str) -> String {
    let word = |c: char| {
        if matches!(c, '(' | ')' | '{' | '}' | '\'' | '"' | '`' | '\\' | '$' | '\n') { '_' } else { c }
    };
    format!("${{{}}}", inner.chars().map(word).collect::<String>())
}
