//! What Python's reader takes and the standard does not have: replaced in place, so that every offset stays.

/// Replaces `NaN` and infinities by zeros, numbers too large for a float too, and lone surrogates by U+FFFD.
pub(super) fn replace(bytes: &mut [u8]) {
    let mut rest = bytes;
    loop {
        let end = find(rest, b'"', b'"').unwrap_or(rest.len());
        let (outside, inside) = rest.split_at_mut(end);
        numbers(outside);
        let Some((_, inside)) = inside.split_first_mut() else { return };
        let Some(end) = string(inside) else { return };
        let (_, behind) = inside.split_at_mut(end);
        rest = behind;
    }
}

/// Where the first of two bytes stands, looked for in eight bytes at once: vocabularies have many megabytes.
fn find(bytes: &[u8], one: u8, other: u8) -> Option<usize> {
    const LOW: u64 = u64::from_le_bytes([1; 8]);
    const HIGH: u64 = u64::from_le_bytes([0x80; 8]);
    let (one_of_each, other_of_each) = (u64::from_le_bytes([one; 8]), u64::from_le_bytes([other; 8]));
    // The lowest bit that is set stands in the first byte that is zero.
    let zeros = |word: u64| word.wrapping_sub(LOW) & !word & HIGH;
    let (words, rest) = bytes.as_chunks::<8>();
    let mut at = 0_usize;
    for word in words {
        let word = u64::from_le_bytes(*word);
        let found = zeros(word ^ one_of_each) | zeros(word ^ other_of_each);
        if found != 0 {
            return Some(at.saturating_add(found.trailing_zeros() as usize / 8));
        }
        at = at.saturating_add(8);
    }
    Some(at.saturating_add(rest.iter().position(|byte| *byte == one || *byte == other)?))
}

/// Where the string that begins here ends, behind its quote.
fn string(bytes: &mut [u8]) -> Option<usize> {
    let mut at = 0_usize;
    loop {
        let rest = bytes.get(at..)?;
        at = at.saturating_add(find(rest, b'"', b'\\')?);
        let next = at.saturating_add(1);
        if bytes.get(at) == Some(&b'"') {
            return Some(next);
        }
        at = at.saturating_add(if bytes.get(next) == Some(&b'u') { escape(bytes, at) } else { 2 });
    }
}

/// How long the escape is that begins here: a lone surrogate becomes U+FFFD, a pair is passed over.
fn escape(bytes: &mut [u8], at: usize) -> usize {
    let unit = |bytes: &[u8], at: usize| {
        let escape = bytes.get(at..at.saturating_add(6))?;
        let digits = std::str::from_utf8(escape.strip_prefix(b"\\u")?).ok()?;
        u16::from_str_radix(digits, 16).ok()
    };
    match unit(bytes, at) {
        Some(0xd800..=0xdbff) if matches!(unit(bytes, at.saturating_add(6)), Some(0xdc00..=0xdfff)) => 12,
        Some(0xd800..=0xdfff) => {
            let digits = bytes.get_mut(at.saturating_add(2)..at.saturating_add(6));
            if let Some(digits) = digits {
                digits.copy_from_slice(b"fffd");
            }
            6
        }
        _ => 2,
    }
}

/// Numbers in what stands between two strings.
fn numbers(bytes: &mut [u8]) {
    // Shorter or without any letter, and it has none of them.
    if bytes.len() < 3
        || bytes.len() < 300 && bytes.iter().fold(0, |all, byte| all | byte) & 0x40 == 0
        || !bytes.iter().any(|byte| matches!(byte, b'N' | b'I' | b'e' | b'E')) && bytes.len() < 300
    {
        return;
    }
    let separates =
        |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b',' | b':' | b'[' | b']' | b'{' | b'}');
    for token in bytes.split_mut(separates) {
        let odd = match &*token {
            b"NaN" | b"Infinity" | b"-Infinity" => true,
            number if number.len() > 300 || number.iter().any(|byte| matches!(byte, b'e' | b'E')) => {
                is_too_large(number)
            }
            _ => false,
        };
        if let (true, Some((first, rest))) = (odd, token.split_first_mut()) {
            *first = b'0';
            rest.fill(b' ');
        }
    }
}

/// A number as JSON writes it that no float can hold.
fn is_too_large(token: &[u8]) -> bool {
    let digits = token.strip_prefix(b"-").unwrap_or(token);
    let plausible = digits.first().is_some_and(u8::is_ascii_digit);
    let number = std::str::from_utf8(token).ok().and_then(|text| text.parse::<f64>().ok());
    plausible && number.is_some_and(f64::is_infinite)
}

#[cfg(test)]
mod tests {
    fn replaced(text: &str) -> String {
        let mut bytes = text.as_bytes().to_vec();
        super::replace(&mut bytes);
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn replaces_what_only_python_reads() {
        for (text, expected) in [
            (r#"{"a":NaN,"b":[-Infinity , Infinity]}"#, r#"{"a":0  ,"b":[0         , 0       ]}"#),
            (r#"{"a":1e999,"b":-1E400,"c":1e30}"#, r#"{"a":0    ,"b":0     ,"c":1e30}"#),
            (r#"["NaN, \" NaN", "\\", NaN]"#, r#"["NaN, \" NaN", "\\", 0  ]"#),
            (r#"["\ud83d\ude00 \ud83d \ude00"]"#, r#"["\ud83d\ude00 \ufffd \ufffd"]"#),
            (r#"["\\ud83d", "\u00e9", "\u12"#, r#"["\\ud83d", "\u00e9", "\u12"#),
            ("NaN", "0  "),
            ("[NaNs, eval]", "[NaNs, eval]"),
        ] {
            assert_eq!(replaced(text), expected);
        }
        for at in 0..20 {
            let text = format!("[\"{}\\\"\", NaN, \"{0}\", NaN]", "é".repeat(at));
            assert_eq!(replaced(&text), text.replace("NaN", "0  "), "{at}");
        }
        let long = format!("[{}]", "9".repeat(400));
        assert_eq!(replaced(&long).trim_end_matches([' ', ']']), "[0");
    }
}
