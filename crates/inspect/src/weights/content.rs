//! Whether bytes that were put together from low bits are a file, by its structure, or text.

use std::collections::HashSet;

/// The shortest text: no 64 bytes in a row of random ones are printable.
const SHORTEST_TEXT: usize = 64;

/// Different characters that a text has at least, and different steps from one to the next.
const CHARACTERS: usize = 16;

/// What tools that hide a payload put before it: nothing, its length, and a digest, in bytes or as digits.
const STARTS: [usize; 7] = [0, 4, 8, 36, 40, 68, 72];

/// What is in these bytes: a file somewhere, a file of a kind with a short beginning where a payload would begin, or text.
pub(super) fn of(bytes: &[u8], first: bool) -> Option<String> {
    let may_begin = |pair: &[u8]| {
        let [first, second] = *pair else { return false };
        BEGINS[usize::from(first)] == u16::from(second) || first == 0x80
    };
    bytes
        .windows(2)
        .enumerate()
        .filter(|(_, pair)| may_begin(pair))
        .find_map(|(at, _)| file(bytes.get(at..)?))
        .or_else(|| STARTS.iter().filter(|_| first).find_map(|start| short(bytes.get(*start..)?)))
        .map(str::to_owned)
        .or_else(|| text(bytes))
}

/// The second byte behind each that the files below begin with; 0x80 has several.
const BEGINS: [u16; 256] = {
    let pairs = b"\x7fEMZ\xcf\xfa\xce\xfaPK\0ade\xca\xfe7z\xfd7RaBZ\x89P%P\xd0\xcf#!";
    let mut begins = [u16::MAX; 256];
    let mut index = 0;
    while index < pairs.len() {
        begins[pairs[index] as usize] = pairs[index + 1] as u16;
        index += 2;
    }
    begins
};

/// A file whose beginning is too long to come about by chance.
fn file(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x7f, b'E', b'L', b'F', 1 | 2, 1 | 2, 1, ..] => Some("an ELF program"),
        [b'M', b'Z', ..] => is_pe(bytes).then_some("a PE program"),
        [0xcf | 0xce, 0xfa, 0xed, 0xfe, 7 | 12 | 18, 0, 0, 0 | 1, ..] => Some("a Mach-O program"),
        [b'P', b'K', 3, 4, 0..=63, 0, _, 0..=15, 0 | 8 | 9 | 12 | 14 | 93 | 95, 0, ..] => {
            Some("a zip archive")
        }
        [0x80, 4 | 5, 0x95, _, _, _, _, 0, 0, 0, 0, ..] => Some("a pickle"),
        [0x80, 2..=5, b'c', rest @ ..] => is_global(rest).then_some("a pickle"),
        [0, b'a', b's', b'm', 1, 0, 0, 0, ..] => Some("a WebAssembly module"),
        [b'd', b'e', b'x', b'\n', b'0', b'0'..=b'9', b'0'..=b'9', 0, ..] => Some("Dalvik byte code"),
        [0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 45..=100, ..] => Some("a Java class"),
        [b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c, ..] => Some("a 7z archive"),
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some("an xz stream"),
        [b'R', b'a', b'r', b'!', 0x1a, 7, ..] => Some("a RAR archive"),
        [b'B', b'Z', b'h', b'1'..=b'9', b'1', b'A', b'Y', b'&', b'S', b'Y', ..] => Some("a bzip2 stream"),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("a PNG picture"),
        [b'%', b'P', b'D', b'F', b'-', b'1' | b'2', b'.', ..] => Some("a PDF"),
        [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, ..] => Some("a compound document"),
        [b'#', b'!', b'/', b'b' | b'u', b'i' | b's', b'n' | b'r', b'/', ..] => Some("a script"),
        _ => None,
    }
}

/// A file whose beginning is short, where one would begin.
fn short(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x1f, 0x8b, 8, 0..=31, _, _, _, _, 0 | 2 | 4, 0..=13 | 255, ..] => Some("a gzip stream"),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Some("a zstd stream"),
        [0x80, 2 | 3, b'}' | b']' | b')' | b'(', b'q', 0, ..] => Some("a pickle"),
        [b'c', rest @ ..] => is_global(rest).then_some("a pickle"),
        _ => None,
    }
}

/// The header of MS-DOS points to that of PE.
fn is_pe(bytes: &[u8]) -> bool {
    let at = bytes.get(60..64).and_then(|at| at.first_chunk::<4>());
    let at = at.and_then(|at| usize::try_from(u32::from_le_bytes(*at)).ok());
    at.is_some_and(|at| bytes.get(at..).is_some_and(|rest| rest.starts_with(b"PE\0\0")))
}

/// A module and a name, each with an end of line.
fn is_global(bytes: &[u8]) -> bool {
    let mut lines = bytes.splitn(3, |byte| *byte == b'\n');
    let is_name = |line: &[u8]| {
        (2..=100).contains(&line.len())
            && line.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'))
    };
    matches!((lines.next(), lines.next(), lines.next()), (Some(module), Some(name), Some(_))
        if is_name(module) && is_name(name) && module.len() + name.len() >= 8)
}

/// The longest text, when it is long and varied.
fn text(bytes: &[u8]) -> Option<String> {
    let is_printable = |byte: &u8| matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~');
    // A long text fills a piece that begins at a multiple of its half.
    if !bytes.chunks_exact(SHORTEST_TEXT / 2).any(|piece| piece.iter().all(is_printable)) {
        return None;
    }
    let run = bytes.split(|byte| !is_printable(byte)).max_by_key(|run| run.len())?;
    if run.len() < SHORTEST_TEXT {
        return None;
    }
    let mut counts = [0_usize; 128];
    for byte in run {
        counts[usize::from(byte & 0x7f)] += 1;
    }
    // Numbers that count up or down step by step.
    let steps: HashSet<u8> = run.windows(2).map(|pair| pair[1].wrapping_sub(pair[0])).collect();
    let words = run.iter().filter(|byte| byte.is_ascii_alphanumeric() || **byte == b' ').count();
    let is_varied = counts.iter().filter(|count| **count > 0).count() >= CHARACTERS
        && steps.len() >= CHARACTERS
        && counts.iter().all(|count| count * 3 < run.len())
        && words * 3 > run.len() * 2;
    let beginning = String::from_utf8_lossy(run.get(..24)?);
    is_varied.then(|| format!("text (`{beginning}…`)"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::pickle::Program;
    use crate::samples::{archive, program, tensor};

    /// Bytes that are as good as random.
    fn noise(count: u64) -> Vec<u8> {
        (1..=count).map(|i| (i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 37).to_le_bytes()[0]).collect()
    }

    #[test]
    fn files_are_known_by_their_structure_wherever_they_begin() {
        let zip = archive::Zip::new().stored("a", b"b").build();
        let pickle = Program::new(4).global("posix", "system").stop();
        for (bytes, what) in [
            (program::elf(), "an ELF program"),
            (program::pe(), "a PE program"),
            (program::mach_o(), "a Mach-O program"),
            (program::wasm(), "a WebAssembly module"),
            (program::dex(), "Dalvik byte code"),
            (program::java_class(), "a Java class"),
            (zip, "a zip archive"),
            (pickle, "a pickle"),
        ] {
            for before in [0, 4, 77] {
                let bytes = [noise(before), bytes.clone(), noise(50)].concat();
                assert_eq!(of(&bytes, false).as_deref(), Some(what), "{before}");
            }
        }
        assert_eq!(of(&archive::gzip(None, b"a"), true).as_deref(), Some("a gzip stream"));
        assert_eq!(of(&archive::gzip(None, b"a"), false), None);
    }

    #[test]
    fn neither_noise_nor_a_pattern_is_content() {
        assert_eq!(of(&noise(1 << 16), true), None);
        assert_eq!(of(&b"UUUUVVVV".repeat(100), true), None);
        assert_eq!(of(&b"MZ\0\0".repeat(100), true), None);
        assert_eq!(of(&tensor::bytes(1000), true), None);
        let words = "Text that somebody wrote, with all that belongs to it: words, marks, and an end.";
        assert_eq!(of(words.as_bytes(), false).as_deref(), Some("text (`Text that somebody wrote…`)"));
        assert_eq!(of(words.as_bytes().get(..63).unwrap(), false), None);
    }
}
