//! Text in lines of a certain width.

use std::io::{self, Write};

use super::Look;

/// Writes words in lines of at most `width` characters; what has no spaces is never broken.
pub(super) fn wrapped(
    text: &str,
    first: &str,
    rest: &str,
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut used = visible(first);
    write!(out, "{first}")?;
    let mut begun = false;
    for word in text.split_whitespace() {
        let length = visible(word);
        if begun && used + 1 + length > width {
            write!(out, "\n{rest}")?;
            used = visible(rest);
        } else if begun {
            write!(out, " ")?;
            used += 1;
        }
        write!(out, "{word}")?;
        used += length;
        begun = true;
    }
    writeln!(out)
}

/// Writes text as it is in lines of at most `width` characters: broken behind a space where there is one near the end of the
/// line, and anywhere else otherwise.
pub(super) fn folded(
    text: &str,
    first: &str,
    rest: &str,
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut prefix = first;
    let mut left: Vec<char> = text.chars().collect();
    while !left.is_empty() || prefix == first {
        let room = width.saturating_sub(visible(prefix)).max(8);
        let mut end = left.len().min(room);
        if left.len() > room {
            let space = left.iter().take(room + 1).rposition(|c| *c == ' ').filter(|at| *at > room / 2);
            end = space.unwrap_or(room);
        }
        let line: String = left.drain(..end).collect();
        writeln!(out, "{prefix}{line}")?;
        if left.first() == Some(&' ') {
            left.remove(0);
        }
        prefix = rest;
    }
    Ok(())
}

/// Writes the little Markdown of rule texts: paragraphs and lists, wrapped.
pub(crate) fn markdown(
    text: &str,
    first: &str,
    rest: &str,
    look: Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut prefix = first;
    for (index, block) in text.trim().split("\n\n").enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        for item in items(block) {
            let (text, hanging) = match item.strip_prefix("- ") {
                Some(_) => (item.as_str(), format!("{rest}  ")),
                None => (item.as_str(), rest.to_owned()),
            };
            wrapped(&text.replace("**", ""), prefix, &hanging, look.width, out)?;
            prefix = rest;
        }
    }
    Ok(())
}

/// The paragraph and the items of a list, each in one line.
fn items(block: &str) -> Vec<String> {
    let mut items: Vec<String> = Vec::new();
    for line in block.lines().map(str::trim) {
        match items.last_mut() {
            Some(item) if !line.starts_with("- ") => item.push_str(&format!(" {line}")),
            _ => items.push(line.to_owned()),
        }
    }
    items
}

/// Characters that take room: escape sequences of ours do not.
fn visible(text: &str) -> usize {
    let mut count = 0;
    let mut escape = false;
    for c in text.chars() {
        match (escape, c) {
            (false, '\x1b') => escape = true,
            (false, _) => count += 1,
            (true, 'm') => escape = false,
            (true, _) => {}
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_what_has_no_words() {
        let folded = |text: &str| {
            let mut out = Vec::new();
            folded(text, "\x1b[2mcall\x1b[0m  ", "      ", 16, &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(folded("f(1,  2)"), "\x1b[2mcall\x1b[0m  f(1,  2)\n");
        assert_eq!(folded("f(12345, 678, 90)"), "\x1b[2mcall\x1b[0m  f(12345,\n      678, 90)\n");
        assert_eq!(folded("0123456789abcdef"), "\x1b[2mcall\x1b[0m  0123456789\n      abcdef\n");
    }

    #[test]
    fn wraps_at_words_and_indents() {
        let mut out = Vec::new();
        let text = "One `two` **three**\nfour.\n\n- five six seven\n- eight";
        let look = Look { width: 16, verbose: false };
        markdown(text, "\x1b[2mwhy\x1b[0m ", "    ", look, &mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "\x1b[2mwhy\x1b[0m One `two`\n    three four.\n\n    - five six\n      seven\n    - eight\n"
        );
    }
}
