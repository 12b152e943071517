//! Escapes in strings, as Python's `unicode-escape` has them.

/// A string without its escapes, as Python's `unicode-escape` has them; whether all of them were followed.
pub(super) fn unescape(text: &str) -> (String, bool) {
    let mut out = String::with_capacity(text.len());
    let mut known = true;
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(rest.get(..at).unwrap_or_default());
        rest = rest.get(at.saturating_add(1)..).unwrap_or_default();
        let mut chars = rest.chars();
        let Some(c) = chars.next() else { break };
        rest = chars.as_str();
        let hex = match c {
            '\n' => continue,
            '\\' | '\'' | '"' => {
                out.push(c);
                continue;
            }
            'a' => '\u{7}',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            'x' => take_number(&mut rest, 2, 16, &mut known),
            'u' => take_number(&mut rest, 4, 16, &mut known),
            'U' => take_number(&mut rest, 8, 16, &mut known),
            '0'..='7' => {
                let count = rest.chars().take(2).take_while(|c| c.is_digit(8)).count();
                let digits = rest.get(..count).unwrap_or_default();
                rest = rest.get(count..).unwrap_or_default();
                u32::from_str_radix(&format!("{c}{digits}"), 8)
                    .ok()
                    .and_then(char::from_u32)
                    .unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            'N' => {
                let name = rest.strip_prefix('{').and_then(|rest| rest.split_once('}'));
                rest = name.map_or(rest, |(_, behind)| behind);
                named(name.map_or("", |(name, _)| name)).unwrap_or_else(|| {
                    known = false;
                    char::REPLACEMENT_CHARACTER
                })
            }
            other => {
                out.push('\\');
                other
            }
        };
        out.push(hex);
    }
    out.push_str(rest);
    (out, known)
}

fn take_number(rest: &mut &str, digits: usize, radix: u32, known: &mut bool) -> char {
    let value = rest.get(..digits).and_then(|text| u32::from_str_radix(text, radix).ok());
    if value.is_some() {
        *rest = rest.get(digits..).unwrap_or_default();
    }
    value.and_then(char::from_u32).unwrap_or_else(|| {
        *known = false;
        char::REPLACEMENT_CHARACTER
    })
}

/// Characters of Python names by their Unicode name.
fn named(name: &str) -> Option<char> {
    let name = name.to_ascii_uppercase();
    let one = |text: &str| {
        let mut chars = text.chars();
        chars.next().filter(|_| chars.next().is_none())
    };
    match name.as_str() {
        "LOW LINE" | "SPACING UNDERSCORE" => Some('_'),
        "FULL STOP" | "PERIOD" => Some('.'),
        "SPACE" => Some(' '),
        _ => match name.strip_prefix("LATIN SMALL LETTER ") {
            Some(letter) => one(letter).map(|c| c.to_ascii_lowercase()),
            None => name.strip_prefix("LATIN CAPITAL LETTER ").and_then(one),
        },
    }
}
