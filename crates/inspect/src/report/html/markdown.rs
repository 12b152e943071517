//! The little Markdown of rule texts as HTML: paragraphs, lists, code and emphasis.

use super::escaped;

/// Paragraphs and lists.
pub(super) fn blocks(text: &str) -> String {
    let mut out = String::new();
    for block in text.trim().split("\n\n") {
        let mut items = Vec::new();
        let mut paragraph = Vec::new();
        for line in block.lines().map(str::trim) {
            match line.strip_prefix("- ").or_else(|| line.strip_prefix("* ")) {
                Some(item) => items.push(item.to_owned()),
                None => match items.last_mut() {
                    Some(item) => item.push_str(&format!(" {line}")),
                    None => paragraph.push(line),
                },
            }
        }
        if !paragraph.is_empty() {
            out.push_str(&format!("<p>{}</p>\n", inline(&paragraph.join(" "))));
        }
        if !items.is_empty() {
            let items: String = items.iter().map(|item| format!("<li>{}</li>", inline(item))).collect();
            out.push_str(&format!("<ul>{items}</ul>\n"));
        }
    }
    out
}

/// A text's first sentence, and the rest. A full stop inside code, or of an abbreviation, ends none.
pub(super) fn first_sentence(text: &str) -> (&str, &str) {
    let text = text.trim();
    let mut code = false;
    for (at, c) in text.char_indices() {
        code ^= c == '`';
        let (before, after) = text.split_at(at + c.len_utf8());
        let ends = (c == '.' && after.starts_with(char::is_whitespace)) || after.starts_with("\n\n");
        if ends && !code && !["e.g.", "i.e.", "etc."].iter().any(|short| before.ends_with(short)) {
            return (before, after.trim_start());
        }
    }
    (text, "")
}

/// A text's first paragraph in one line, and the rest.
pub(super) fn first_paragraph(text: &str) -> (String, &str) {
    let (first, rest) = text.trim().split_once("\n\n").unwrap_or((text.trim(), ""));
    (first.lines().map(str::trim).collect::<Vec<_>>().join(" "), rest)
}

/// Code and emphasis.
pub(super) fn inline(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    let mut out = String::new();
    for (index, part) in parts.iter().enumerate() {
        let closed = index + 1 < parts.len();
        if index % 2 == 1 && closed {
            out.push_str(&format!("<code>{}</code>", escaped(part)));
        } else if index % 2 == 1 {
            out.push_str(&format!("`{}", escaped(part)));
        } else {
            out.push_str(&emphasis(part));
        }
    }
    out
}

fn emphasis(text: &str) -> String {
    let parts: Vec<&str> = text.split("**").collect();
    if parts.len().is_multiple_of(2) {
        return escaped(text);
    }
    let mark = |(index, part): (usize, &&str)| match index % 2 {
        1 => format!("<strong>{}</strong>", escaped(part)),
        _ => escaped(part),
    };
    parts.iter().enumerate().map(mark).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn writes_the_markdown_of_rule_texts() {
        assert_eq!(
            super::blocks("Calls `os.system(\"<x>\")` **now**\nor later.\n\n- one\n  goes on\n- two `<b>`\n"),
            "<p>Calls <code>os.system(&quot;&lt;x&gt;&quot;)</code> <strong>now</strong> or later.</p>\n\
             <ul><li>one goes on</li><li>two <code>&lt;b&gt;</code></li></ul>\n"
        );
        assert_eq!(super::inline("a ` b ** c"), "a ` b ** c");
    }

    #[test]
    fn a_sentence_ends_where_people_end_it() {
        for (text, first, rest) in [
            ("One. Two. Three.", "One.", "Two. Three."),
            ("Calls `a. b` e.g. here.\nTwo.", "Calls `a. b` e.g. here.", "Two."),
            ("os.system is called", "os.system is called", ""),
            ("A list:\n\n- one. Two", "A list:", "- one. Two"),
        ] {
            assert_eq!(super::first_sentence(text), (first, rest));
        }
        assert_eq!(super::first_paragraph(" a\n  b\n\n- c\n"), ("a b".to_owned(), "- c"));
    }
}
