//! Variables of a makefile that are constants, or one of a few.

use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;

/// Variables that are remembered, and values of one.
const MOST: usize = 1024;
const MOST_VALUES: usize = 4;

/// Bytes of a value.
const LONGEST: usize = 4096;

/// How deeply values name each other.
const DEEPEST: usize = 8;

/// Values put in their places in one file.
const MOST_WORK: usize = 1_000_000;

/// What every make knows.
const GIVEN: [(&str, &str); 7] = [
    ("AR", "ar"),
    ("CC", "cc"),
    ("CXX", "g++"),
    ("LD", "ld"),
    ("MAKE", "make"),
    ("RM", "rm -f"),
    ("SHELL", "/bin/sh"),
];

/// The variables of one file.
#[derive(Debug, Clone, Default)]
pub(super) struct Variables {
    values: Rc<HashMap<String, Vec<String>>>,
    /// What was given to a call: `$(1)` and on.
    given: Vec<String>,
    work: Rc<Cell<usize>>,
}

impl Variables {
    /// Takes an assignment. Every one counts: which branch of a condition is taken is not known.
    pub(super) fn set(&mut self, name: &str, sign: &str, value: &str) {
        let value = joined(value);
        let value = if sign.ends_with(":=") { self.expanded(&value) } else { value };
        if value.len() > LONGEST || self.values.len() >= MOST || names_itself(&value, name) {
            return;
        }
        let known = Rc::make_mut(&mut self.values).entry(name.to_owned()).or_default();
        match sign {
            "?=" if !known.is_empty() => {}
            "+=" if !known.is_empty() => {
                for one in known.iter_mut().filter(|one| one.len().saturating_add(value.len()) < LONGEST) {
                    one.push(' ');
                    one.push_str(&value);
                }
            }
            _ => {
                known.retain(|one| *one != value);
                known.insert(0, value);
                known.truncate(MOST_VALUES);
            }
        }
    }

    /// The value is not known any more.
    pub(super) fn forget(&mut self, name: &str) {
        Rc::make_mut(&mut self.values).remove(name);
    }

    /// They name each other so often that not all was worked out.
    pub(super) fn are_tangled(&self) -> bool {
        self.work.get() >= MOST_WORK
    }

    /// How many values the variables of a text have at most.
    pub(super) fn choices(&self, text: &str) -> usize {
        let mut most = 1;
        let mut names: Vec<&str> = references(text).collect();
        for _ in 0..DEEPEST {
            names.sort_unstable();
            names.dedup();
            self.work.set(self.work.get().saturating_add(names.len()));
            if self.are_tangled() {
                break;
            }
            let values: Vec<&Vec<String>> =
                names.drain(..).filter_map(|name| self.values.get(name)).collect();
            most = values.iter().map(|values| values.len()).fold(most, usize::max);
            names.extend(values.into_iter().flatten().flat_map(|value| references(value)));
        }
        most
    }

    /// The value of a variable, with those in it put in their places; of several, the one with this number.
    pub(super) fn value(&self, name: &str, choice: usize, depth: usize) -> Option<String> {
        self.work.set(self.work.get().saturating_add(1));
        if self.are_tangled() {
            return None;
        }
        let given = name.parse().ok().and_then(|number: usize| self.given.get(number.checked_sub(1)?));
        if let Some(given) = given {
            return Some(given.clone());
        }
        let Some(values) = self.values.get(name) else {
            return GIVEN.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        };
        let value = values.get(choice).or(values.last())?;
        Some(if depth < DEEPEST {
            self.filled(value, choice, depth.saturating_add(1))
        } else {
            value.clone()
        })
    }

    /// A text with the variables in their places; what is not known stays.
    pub(super) fn expanded(&self, text: &str) -> String {
        self.filled(text, 0, 0)
    }

    fn filled(&self, text: &str, choice: usize, depth: usize) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            out.push_str(rest.get(..at).unwrap_or_default());
            let behind = rest.get(at..).unwrap_or_default();
            let (name, length) =
                reference(behind).unwrap_or(("", if behind.starts_with("$$") { 2 } else { 1 }));
            let value = self
                .value(name, choice, depth)
                .filter(|value| out.len().saturating_add(value.len()) <= LONGEST);
            let written = behind.get(..length).unwrap_or(behind);
            out.push_str(value.as_deref().unwrap_or(written));
            rest = behind.get(length..).unwrap_or_default();
        }
        out.push_str(rest);
        out
    }

    /// The same, with what was given to a call.
    pub(super) fn with_arguments(&self, given: &[&str]) -> Self {
        let given = given.iter().take(32).map(|value| self.expanded(value)).collect();
        Self { given, ..self.clone() }
    }
}

/// The variable that is all of a recipe, by its name or by `call`, with what is given to it.
pub(super) fn called(recipe: &str) -> Option<(&str, Vec<&str>)> {
    let text = recipe.trim_start_matches(['@', '-', '+', ' ', '\t']).trim_end();
    let inner = text.strip_prefix("$(").and_then(|text| text.strip_suffix(')'));
    let inner = inner.or_else(|| text.strip_prefix("${").and_then(|text| text.strip_suffix('}')))?;
    let Some(call) = inner.strip_prefix("call ") else {
        return is_name(inner).then_some((inner, Vec::new()));
    };
    let mut given = call.split(',');
    let name = given.next()?.trim();
    is_name(name).then(|| (name, given.collect()))
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.contains(|c: char| c.is_whitespace() || matches!(c, '$' | '(' | ')' | '{' | '}' | ',' | ':'))
}

fn names_itself(value: &str, name: &str) -> bool {
    references(value).any(|one| one == name)
}

/// The names that a text refers to.
fn references(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            rest = rest.get(rest.find('$')?..)?;
            match reference(rest) {
                Some((name, length)) => {
                    rest = rest.get(length..)?;
                    return Some(name);
                }
                None => rest = rest.get(if rest.starts_with("$$") { 2 } else { 1 }..)?,
            }
        }
    })
}

/// The variable that a text which begins with `$` names, and the length of that: `$(NAME)`, `${NAME}`, `$N`.
pub(super) fn reference(text: &str) -> Option<(&str, usize)> {
    let rest = text.strip_prefix('$')?;
    let end = match rest.chars().next()? {
        '(' => ')',
        '{' => '}',
        c if c.is_ascii_alphanumeric() || c == '_' => return Some((rest.get(..1)?, 2)),
        _ => return None,
    };
    let name = rest.get(1..)?.split(end).next()?;
    let closed = rest.get(1..)?.get(name.len()..)?.starts_with(end);
    (closed && is_name(name)).then(|| (name, name.len().saturating_add(3)))
}

/// A value as make keeps it: one line, without what stands around it.
fn joined(value: &str) -> String {
    let mut out = String::new();
    for (number, line) in value.split('\n').enumerate() {
        let line = line.trim_end_matches('\r');
        let line = if number == 0 { line.trim_start() } else { line.trim_start_matches([' ', '\t']) };
        if number > 0 {
            out.push(' ');
        }
        match line.strip_suffix('\\') {
            Some(line) => out.push_str(line.trim_end()),
            None => out.push_str(line),
        }
    }
    out.replace("\\#", "#")
}
