//! Files of `FlatBuffers`, written front to back: what a field points to is written behind it.

pub mod executorch;
pub mod ort;
pub mod tflite;

/// A value of a field, or an item of a list.
#[derive(Debug, Clone)]
pub enum Flat {
    /// No value.
    None,
    /// One byte.
    Byte(u8),
    /// Four bytes.
    Word(u32),
    /// Eight bytes.
    Long(u64),
    /// A text.
    Text(String),
    /// A list of bytes.
    Bytes(Vec<u8>),
    /// A list of words of four bytes.
    Words(Vec<u32>),
    /// A list of words of eight bytes.
    Longs(Vec<u64>),
    /// A list of texts or tables.
    List(Vec<Self>),
    /// A table, field by field.
    Table(Vec<Self>),
}

/// A text.
pub fn text(text: &str) -> Flat {
    Flat::Text(text.to_owned())
}

/// A table whose fields with these numbers have these values.
pub fn table(fields: Vec<(usize, Flat)>) -> Flat {
    let count = fields.iter().map(|(index, _)| index + 1).max().unwrap_or_default();
    let mut all = vec![Flat::None; count];
    for (index, value) in fields {
        if let Some(field) = all.get_mut(index) {
            *field = value;
        }
    }
    Flat::Table(all)
}

/// A file with this root and, when given, this identifier.
pub fn file(identifier: Option<[u8; 4]>, root: &Flat) -> Vec<u8> {
    file_behind(identifier, &[], root)
}

/// The same, with bytes between the identifier and the first table.
pub fn file_behind(identifier: Option<[u8; 4]>, between: &[u8], root: &Flat) -> Vec<u8> {
    let mut out = vec![0; 4];
    out.extend(identifier.into_iter().flatten());
    out.extend(between);
    point(&mut out, 0, root);
    out
}

/// Writes the value at the end and the offset to it at `at`.
fn point(out: &mut Vec<u8>, at: usize, value: &Flat) {
    out.resize(out.len().next_multiple_of(8), 0);
    let target = match value {
        Flat::Table(fields) => write_table(out, fields),
        Flat::Text(text) => write_list(out, text.as_bytes(), text.len(), true),
        Flat::Bytes(bytes) => write_list(out, bytes, bytes.len(), false),
        Flat::Words(words) => {
            let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
            write_list(out, &bytes, words.len(), false)
        }
        Flat::Longs(longs) => {
            // The length stands in front of the items, which begin at a multiple of eight.
            out.extend([0; 4]);
            let bytes: Vec<u8> = longs.iter().flat_map(|long| long.to_le_bytes()).collect();
            write_list(out, &bytes, longs.len(), false)
        }
        Flat::List(items) => {
            let list = write_list(out, &vec![0; items.len() * 4], items.len(), false);
            for (index, item) in items.iter().enumerate() {
                point(out, list + 4 + index * 4, item);
            }
            list
        }
        Flat::None | Flat::Byte(_) | Flat::Word(_) | Flat::Long(_) => return,
    };
    put(out, at, target - at);
}

fn put(out: &mut [u8], at: usize, number: usize) {
    let bytes = u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes();
    if let Some(place) = out.get_mut(at..at + 4) {
        place.copy_from_slice(&bytes);
    }
}

fn write_list(out: &mut Vec<u8>, bytes: &[u8], count: usize, ended: bool) -> usize {
    let at = out.len();
    out.extend(u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
    out.extend(bytes);
    if ended {
        out.push(0);
    }
    at
}

fn write_table(out: &mut Vec<u8>, fields: &[Flat]) -> usize {
    let mut places = Vec::new();
    let mut size = 4_usize;
    for field in fields {
        let width = match field {
            Flat::None => 0,
            Flat::Byte(_) => 1,
            Flat::Long(_) => 8,
            _ => 4,
        };
        size = if width > 1 { size.next_multiple_of(width) } else { size };
        places.push(if width == 0 { 0 } else { size });
        size += width;
    }
    let listed = 4 + 2 * fields.len();
    let list = out.len();
    for number in [listed, size].into_iter().chain(places.iter().copied()) {
        out.extend(u16::try_from(number).unwrap_or(u16::MAX).to_le_bytes());
    }
    out.resize(out.len().next_multiple_of(8), 0);
    let table = out.len();
    out.resize(table + size, 0);
    put(out, table, table - list);
    for (field, place) in fields.iter().zip(places) {
        let at = table + place;
        match field {
            Flat::None => {}
            Flat::Byte(byte) => {
                if let Some(place) = out.get_mut(at) {
                    *place = *byte;
                }
            }
            Flat::Word(word) => {
                if let Some(place) = out.get_mut(at..at + 4) {
                    place.copy_from_slice(&word.to_le_bytes());
                }
            }
            Flat::Long(long) => {
                if let Some(place) = out.get_mut(at..at + 8) {
                    place.copy_from_slice(&long.to_le_bytes());
                }
            }
            other => point(out, at, other),
        }
    }
    table
}
