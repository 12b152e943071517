//! Compiled Python code as `marshal` writes it: recognised by its head, and searched for the names in its tables. The
//! layout differs between versions of Python, that of a name does not. Reference: `Python/marshal.c` of `CPython`.

/// Names that are kept.
const MOST: usize = 256;

/// Whether these bytes begin like a code object: its type, counts that are small, and then the byte code, which has a
/// type and a length of its own. There are four counts in Python 2, and up to six in Python 3.
#[inline]
pub(in crate::formats) fn begins_code(head: &[u8]) -> bool {
    let [b'c' | 0xe3, 0..=32, 0, 0, 0, 0..=32, 0, 0, 0, counts @ ..] = head else { return false };
    [8, 12, 16].into_iter().any(|at| match counts.get(at..) {
        Some([b's' | 0xf3, length @ ..]) => length
            .first_chunk::<4>()
            .is_some_and(|length| (1..1 << 20).contains(&u32::from_le_bytes(*length))),
        _ => false,
    })
}

/// The names and short texts in the tables of a code object and of those inside it, in the order they stand there.
pub(in crate::formats) fn names(bytes: &[u8]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut rest = bytes;
    while let Some((&kind, after)) = rest.split_first() {
        rest = after;
        if let (b's', Some((length, after))) = (kind & 0x7f, rest.split_first_chunk::<4>())
            && let Some(after) =
                usize::try_from(u32::from_le_bytes(*length)).ok().and_then(|length| after.get(length..))
        {
            rest = after;
            continue;
        }
        let Some(name) = name(kind & 0x7f, after) else { continue };
        rest = after.get(name.len()..).unwrap_or_default();
        if !names.iter().any(|other| other == name) {
            if names.len() == MOST {
                break;
            }
            names.push(name.to_owned());
        }
    }
    names
}

/// The text behind the type of one.
fn name(kind: u8, after: &[u8]) -> Option<&str> {
    let (length, text) = match kind {
        b'z' | b'Z' => {
            let (length, text) = after.split_first()?;
            (usize::from(*length), text)
        }
        b'a' | b'A' | b'u' | b't' => {
            let (length, text) = after.split_first_chunk::<4>()?;
            (usize::try_from(u32::from_le_bytes(*length)).ok()?, text)
        }
        _ => return None,
    };
    let text = std::str::from_utf8(text.get(..length)?).ok()?;
    let readable = (2..=200).contains(&text.len()) && text.chars().all(|c| c.is_ascii_graphic() || c == ' ');
    readable.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `marshal.dumps(compile('import os\nos.system("echo demo")', "demo", "exec"))` of Python 3.11.
    const CODE: &[u8] = b"\xe3\0\0\0\0\0\0\0\0\0\0\0\0\x03\0\0\0\0\0\0\0\xf3\x06\0\0\0\x97\0Z\x02ab)\x03\xe9\0\0\0\0Nz\techo demo)\x02\xda\x02os\xda\x06system\xa9\0\xf3\0\0\0\0\xda\x04demo\xda\x08<module>";

    #[test]
    fn finds_the_names_in_the_tables() {
        assert!(begins_code(CODE));
        assert_eq!(names(CODE), ["echo demo", "os", "system", "demo", "<module>"]);
    }

    #[test]
    fn words_are_no_code() {
        assert!(!begins_code(b"configuration of the model"));
        assert!(!begins_code(b"c\0\0\0\0\0\0\0\0"));
        assert!(!begins_code(&[&b"c"[..], &[0; 60]].concat()), "an array of numbers that begins with 99");
        assert!(!begins_code(b"\xe3\0\0\0\0\xff\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"));
    }
}
