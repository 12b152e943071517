//! Lines of a makefile: where one ends, what is a remark, what assigns.

/// A line with those that continue it.
pub(super) fn logical<'s>(source: &'s str, at: &mut usize) -> Option<(usize, &'s str)> {
    let start = *at;
    let rest = source.get(start..).filter(|rest| !rest.is_empty())?;
    let mut length = 0_usize;
    for line in rest.split_inclusive('\n') {
        length = length.saturating_add(line.len());
        let line = line.trim_end_matches(['\n', '\r']);
        let slashes = line.len().saturating_sub(line.trim_end_matches('\\').len());
        if slashes.is_multiple_of(2) {
            break;
        }
    }
    *at = start.saturating_add(length);
    Some((start, rest.get(..length)?.trim_end_matches(['\n', '\r'])))
}

/// Where something is outside of calls and references.
pub(super) fn outside(text: &str, is_it: impl Fn(&str) -> bool) -> Option<usize> {
    let mut open: Vec<char> = Vec::new();
    let mut before = None;
    for (at, c) in text.char_indices() {
        match c {
            '(' if before == Some('$') || open.last() == Some(&')') => open.push(')'),
            '{' if before == Some('$') || open.last() == Some(&'}') => open.push('}'),
            _ if open.last() == Some(&c) => {
                open.pop();
            }
            _ if open.is_empty() && before != Some('\\') && text.get(at..).is_some_and(&is_it) => {
                return Some(at);
            }
            _ => {}
        }
        // `$$` begins no reference.
        before = if c == '$' && before == Some('$') { None } else { Some(c) };
    }
    None
}

/// A line without its remark.
pub(super) fn uncommented(line: &str) -> &str {
    let end = outside(line, |rest| rest.starts_with('#'));
    end.and_then(|end| line.get(..end)).unwrap_or(line)
}

/// An assignment: its value begins at this offset of the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Assignment<'l> {
    pub(super) name: &'l str,
    pub(super) sign: &'static str,
    pub(super) value: usize,
}

/// Words in front of an assignment.
const MODIFIERS: [&str; 4] = ["export", "override", "private", "unexport"];

pub(super) fn assignment(line: &str) -> Option<Assignment<'_>> {
    const SIGNS: [&str; 7] = [":::=", "::=", ":=", "?=", "+=", "!=", "="];
    let sign_of = |rest: &str| SIGNS.into_iter().find(|sign| rest.starts_with(sign));
    let at = outside(line, |rest| rest.starts_with(':') || sign_of(rest).is_some())?;
    let sign = sign_of(line.get(at..)?)?;
    let mut name = line.get(..at)?.trim();
    while let Some((first, rest)) = name.split_once(char::is_whitespace) {
        if !MODIFIERS.contains(&first) {
            break;
        }
        name = rest.trim();
    }
    let is_one = !name.is_empty() && (name.contains('$') || !name.contains(char::is_whitespace));
    is_one.then_some(Assignment { name, sign, value: at.saturating_add(sign.len()) })
}

/// What a line is to a variable of several lines.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Definition<'l> {
    Begin(&'l str),
    End,
    None,
}

pub(super) fn defined(line: &str) -> Definition<'_> {
    let mut words = line.split_whitespace().skip_while(|word| MODIFIERS.contains(word));
    match (words.next(), words.next()) {
        (Some("define"), Some(name)) => Definition::Begin(name.trim_end_matches([':', '=', '?', '+', '!'])),
        (Some("endef"), _) => Definition::End,
        _ => Definition::None,
    }
}

/// The names behind `include`; what stands in brackets is one.
pub(super) fn included(names: &str) -> impl Iterator<Item = &str> {
    let mut rest = names;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\\');
        let end = outside(rest, |rest| rest.starts_with(char::is_whitespace)).unwrap_or(rest.len());
        let (name, behind) = rest.split_at_checked(end)?;
        rest = behind;
        (!name.is_empty()).then_some(name)
    })
}
