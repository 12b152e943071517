//! JSON as editors take it: remarks and commas at the end become blanks, so that every place stays.

/// The same text without remarks, and without commas before a bracket that closes.
pub(super) fn without_remarks(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut comma: Option<usize> = None;
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '"' => quoted(rest),
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end.saturating_add(2)),
            _ => c.len_utf8(),
        };
        let (piece, behind) = rest.split_at(length);
        rest = behind;
        match c {
            '/' if length > 1 => {
                out.extend(
                    piece
                        .chars()
                        .flat_map(|c| std::iter::repeat_n(if c == '\n' { '\n' } else { ' ' }, c.len_utf8())),
                );
                continue;
            }
            '}' | ']' => {
                if let Some(at) = comma.take() {
                    out.replace_range(at..at.saturating_add(1), " ");
                }
            }
            ',' => comma = Some(out.len()),
            c if c.is_whitespace() => {}
            _ => comma = None,
        }
        out.push_str(piece);
    }
    out
}

/// The length of the text in quotes that begins here.
fn quoted(source: &str) -> usize {
    let mut escaped = false;
    for (at, c) in source.char_indices().skip(1) {
        match c {
            '"' if !escaped => return at.saturating_add(1),
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    source.len()
}

#[cfg(test)]
mod tests {
    use super::without_remarks;

    #[test]
    fn remarks_and_commas_become_blanks() {
        for (source, expected) in [
            ("{\"a\": 1, // x\n}", "{\"a\": 1      \n}"),
            ("[1, /* ö\n */ 2,]", "[1,      \n    2 ]"),
            ("{\"a//b\": \"c\\\"/*\",}", "{\"a//b\": \"c\\\"/*\" }"),
            ("/*", "  "),
        ] {
            assert_eq!(without_remarks(source), expected);
            assert_eq!(without_remarks(source).len(), source.len());
        }
    }
}
