//! 7z archives with one solid block.

use super::lzma;

/// A 7z archive whose files (name, content, Unix mode with type) are stored.
pub fn sevenz(files: &[(&str, &[u8], u32)]) -> Vec<u8> {
    let content: Vec<u8> = files.iter().flat_map(|(_, content, _)| content.iter().copied()).collect();
    let header = header(files, content.len(), content.len(), &[1, 0]);
    archive(&[content, header.clone()].concat(), header.len())
}

/// The same, with files and header packed by LZMA.
pub fn sevenz_packed(files: &[(&str, &[u8], u32)]) -> Vec<u8> {
    let content: Vec<u8> = files.iter().flat_map(|(_, content, _)| content.iter().copied()).collect();
    let (packed, coder) = packed(&content);
    let header = header(files, packed.len(), content.len(), &coder);
    let (packed_header, coder) = self::packed(&header);
    let mut outer = vec![0x17];
    outer.extend(streams(packed.len(), packed_header.len(), header.len(), &coder));
    outer.push(0);
    archive(&[packed, packed_header, outer.clone()].concat(), outer.len())
}

/// Wraps bytes, the last of which are the header.
fn archive(bytes: &[u8], header: usize) -> Vec<u8> {
    let (before, last) = bytes.split_at(bytes.len() - header);
    let mut start = (before.len() as u64).to_le_bytes().to_vec();
    start.extend((header as u64).to_le_bytes());
    start.extend(crc32fast::hash(last).to_le_bytes());
    let mut out = b"7z\xbc\xaf\x27\x1c\0\x04".to_vec();
    out.extend(crc32fast::hash(&start).to_le_bytes());
    out.extend(start);
    out.extend(bytes);
    out
}

fn packed(bytes: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let alone = lzma(bytes);
    let mut coder = vec![0x23, 3, 1, 1, 5];
    coder.extend(alone.iter().take(5));
    (alone.into_iter().skip(13).collect(), coder)
}

/// A number in the form of two bytes and up.
fn number(out: &mut Vec<u8>, number: usize) {
    out.push(0xe0);
    out.extend(u32::try_from(number).unwrap_or_default().to_le_bytes().iter().take(3));
}

/// Streams: one folder with one coder.
fn streams(at: usize, packed: usize, size: usize, coder: &[u8]) -> Vec<u8> {
    let mut out = vec![6];
    number(&mut out, at);
    out.extend([1, 9]);
    number(&mut out, packed);
    out.extend([0, 7, 11, 1, 0, 1]);
    out.extend(coder);
    out.push(12);
    number(&mut out, size);
    out.push(0);
    out
}

fn header(files: &[(&str, &[u8], u32)], packed: usize, size: usize, coder: &[u8]) -> Vec<u8> {
    let mut out = vec![1, 4];
    out.extend(streams(0, packed, size, coder));
    out.extend([8, 13]);
    number(&mut out, files.len());
    out.push(9);
    files.iter().rev().skip(1).rev().for_each(|(_, content, _)| number(&mut out, content.len()));
    out.extend([10, 1]);
    out.extend(files.iter().flat_map(|(_, content, _)| crc32fast::hash(content).to_le_bytes()));
    out.extend([0, 0, 5]);
    number(&mut out, files.len());
    let mut names = vec![0];
    for (name, ..) in files {
        names.extend(name.encode_utf16().chain([0]).flat_map(u16::to_le_bytes));
    }
    let mut attributes = vec![1, 0];
    attributes.extend(files.iter().flat_map(|(.., mode)| (mode << 16 | 0x8000).to_le_bytes()));
    for (mark, bytes) in [(17, names), (21, attributes)] {
        out.push(mark);
        number(&mut out, bytes.len());
        out.extend(bytes);
    }
    out.extend([0, 0]);
    out
}
