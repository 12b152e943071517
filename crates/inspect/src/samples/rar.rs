//! RAR archives, whose members are stored.

const WORDS: &[u8] = b"Ordinary words.\n";

/// Of version 5, with one member.
pub fn new(name: &str) -> Vec<u8> {
    let mut out = b"Rar!\x1a\x07\x01\0\x33\x92\xb5\xe5\x0a\x01\x05\x06\0\x05\x01\x01\x80\x80\0".to_vec();
    let length = |length: usize| u8::try_from(length).unwrap_or(127);
    let mut header = vec![2, 2, length(WORDS.len()), 4, length(WORDS.len())];
    header.extend([0x80 | 0x24, 0x80 | 0x03, 0x02]);
    header.extend(crc32fast::hash(WORDS).to_le_bytes());
    header.extend([0, 1, length(name.len())]);
    header.extend(name.bytes());
    block(&mut out, &header);
    out.extend(WORDS);
    block(&mut out, &[5, 4, 0]);
    out
}

fn block(out: &mut Vec<u8>, header: &[u8]) {
    let mut sized = vec![u8::try_from(header.len()).unwrap_or(127)];
    sized.extend(header);
    out.extend(crc32fast::hash(&sized).to_le_bytes());
    out.extend(sized);
}

/// Of version 4, with one member.
pub fn old(name: &str) -> Vec<u8> {
    let mut out = b"Rar!\x1a\x07\0\xcf\x90\x73\0\0\x0d\0\0\0\0\0\0\0".to_vec();
    let size = u32::try_from(WORDS.len()).unwrap_or_default();
    let mut header = b"\x74\x20\x80".to_vec();
    header.extend(u16::try_from(32 + name.len()).unwrap_or_default().to_le_bytes());
    header.extend(size.to_le_bytes());
    header.extend(size.to_le_bytes());
    header.push(3);
    header.extend(crc32fast::hash(WORDS).to_le_bytes());
    header.extend([0, 0, 0, 0, 29, 0x30]);
    header.extend(u16::try_from(name.len()).unwrap_or_default().to_le_bytes());
    header.extend(0o10_0644_u32.to_le_bytes());
    header.extend(name.bytes());
    let sum = crc32fast::hash(&header).to_le_bytes();
    out.extend(sum.iter().take(2));
    out.extend(header);
    out.extend(WORDS);
    out.extend(b"\xc4\x3d\x7b\0\x40\x07\0");
    out
}
