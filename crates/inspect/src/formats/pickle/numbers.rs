//! Numbers in lines of text, as any unpickler of `CPython` takes them: the one written in C ends a line at its first NUL
//! and also knows octal numbers as C writes them; the one written in Python takes infinite ones, white space and
//! underscores.

/// A number of a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Integer {
    Small(i64),
    /// It takes more bits.
    Big,
}

/// The argument of `INT` or `LONG`, in the base that it says itself.
pub(super) fn integer(line: &[u8]) -> Option<Integer> {
    let short = until_nul(line);
    python(line, true).or_else(|| python(short, true)).or_else(|| strtol(line, short))
}

/// The number of a place in the memo, in decimal digits.
pub(super) fn place(line: &[u8]) -> Option<Integer> {
    let number = python(line, false).or_else(|| python(until_nul(line), false))?;
    match number {
        Integer::Small(..0) => None,
        other => Some(other),
    }
}

/// The argument of `FLOAT`.
pub(super) fn is_float(line: &[u8]) -> bool {
    let parses = |line: &[u8]| {
        let text: String = trim(line).iter().copied().map(char::from).collect();
        let between = |index: usize, step: isize| {
            let beside = index.checked_add_signed(step).and_then(|index| text.as_bytes().get(index));
            beside.is_some_and(u8::is_ascii_digit)
        };
        let underscored =
            text.bytes().enumerate().all(|(at, byte)| byte != b'_' || between(at, -1) && between(at, 1));
        underscored && text.replace('_', "").parse::<f64>().is_ok()
    };
    parses(line) || parses(until_nul(line))
}

fn until_nul(line: &[u8]) -> &[u8] {
    line.split(|byte| *byte == 0).next().unwrap_or_default()
}

const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

fn trim_start(mut line: &[u8]) -> &[u8] {
    while let Some((first, rest)) = line.split_first()
        && is_space(*first)
    {
        line = rest;
    }
    line
}

fn trim(line: &[u8]) -> &[u8] {
    let mut line = trim_start(line);
    while let Some((last, rest)) = line.split_last()
        && is_space(*last)
    {
        line = rest;
    }
    line
}

fn sign(line: &[u8]) -> (bool, &[u8]) {
    match line {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, line),
    }
}

/// `int(line, 0)`, or `int(line)` without prefixes.
fn python(line: &[u8], prefixes: bool) -> Option<Integer> {
    let (negative, digits) = sign(trim(line));
    let (base, digits) = match digits {
        [b'0', b'x' | b'X', rest @ ..] if prefixes => (16, rest.strip_prefix(b"_").unwrap_or(rest)),
        [b'0', b'o' | b'O', rest @ ..] if prefixes => (8, rest.strip_prefix(b"_").unwrap_or(rest)),
        [b'0', b'b' | b'B', rest @ ..] if prefixes => (2, rest.strip_prefix(b"_").unwrap_or(rest)),
        [b'0', rest @ ..] if prefixes && rest.iter().any(|byte| !matches!(byte, b'0' | b'_')) => return None,
        _ => (10, digits),
    };
    let lone = |pair: &[u8]| pair == b"__";
    if digits.starts_with(b"_") || digits.ends_with(b"_") || digits.windows(2).any(lone) {
        return None;
    }
    value(negative, base, digits.iter().copied().filter(|byte| *byte != b'_'))
}

/// `strtol(line, 0)`, which takes nothing for zero where the line ends at once.
fn strtol(line: &[u8], short: &[u8]) -> Option<Integer> {
    if short.is_empty() {
        return (!line.is_empty()).then_some(Integer::Small(0));
    }
    let (negative, digits) = sign(trim_start(short));
    let octal = digits.strip_prefix(b"0")?;
    match value(negative, 8, octal.iter().copied())? {
        Integer::Big => None,
        Integer::Small(number) => Some(Integer::Small(number)),
    }
}

fn value(negative: bool, base: u32, digits: impl Iterator<Item = u8>) -> Option<Integer> {
    let mut number = Some(0_i64);
    let mut any = false;
    for digit in digits {
        let digit = i64::from(char::from(digit).to_digit(base)?);
        let digit = if negative { digit.checked_neg()? } else { digit };
        number = number.and_then(|number| number.checked_mul(i64::from(base))?.checked_add(digit));
        any = true;
    }
    any.then(|| number.map_or(Integer::Big, Integer::Small))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_those_that_cpython_takes() {
        for (line, expected) in [
            (&b"5"[..], 5),
            (b"+5", 5),
            (b" -5\t", -5),
            (b"\x0b5", 5),
            (b"5\x0c", 5),
            (b"0x10", 16),
            (b"-0X_1f", -31),
            (b"0b1", 1),
            (b"0o17", 15),
            (b"017", 15),
            (b"00", 0),
            (b"0_0", 0),
            (b"1_000", 1000),
            (b"5\0anything", 5),
            (b"\0", 0),
            (b"-9223372036854775808", i64::MIN),
        ] {
            assert_eq!(integer(line), Some(Integer::Small(expected)), "{line:?}");
        }
        for line in [&b"99999999999999999999"[..], b"0xffffffffffffffffff", b"-99999999999999999999"] {
            assert_eq!(integer(line), Some(Integer::Big), "{line:?}");
        }
        for line in
            [&b""[..], b" ", b"-", b"x", b"1x", b"08", b"1__0", b"_1", b"1_", b"0x", b"1 2", b"\xb9", b"1.0"]
        {
            assert_eq!(integer(line), None, "{line:?}");
        }
    }

    #[test]
    fn places_are_decimal() {
        for (line, expected) in [(&b"1_0"[..], 10), (b"010", 10), (b" 7 ", 7), (b"-0", 0), (b"3\0x", 3)] {
            assert_eq!(place(line), Some(Integer::Small(expected)), "{line:?}");
        }
        assert_eq!(place(b"99999999999999999999"), Some(Integer::Big));
        for line in [&b""[..], b"-1", b"0x1", b"1_", b"x"] {
            assert_eq!(place(line), None, "{line:?}");
        }
    }

    #[test]
    fn floats_are_those_that_cpython_takes() {
        for line in [&b"1e5"[..], b" 1.", b".5\t", b"-inf", b"NaN", b"1_0.0_1e1_0", b"2\0x", b"1e999"] {
            assert!(is_float(line), "{line:?}");
        }
        for line in [&b""[..], b"x", b"1__0", b"_1", b"1_", b"1_e5", b"0x1", b"\0"] {
            assert!(!is_float(line), "{line:?}");
        }
    }
}
