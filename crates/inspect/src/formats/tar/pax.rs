//! Extended headers of the pax form: lines `length key=value`.

use std::collections::BTreeMap;

/// Reads the records of an extended header into `records`; names the keys that stand there twice with different values.
/// False when the rest cannot be read.
pub(super) fn read(
    mut bytes: &[u8],
    records: &mut BTreeMap<String, Vec<u8>>,
    repeated: &mut Vec<String>,
) -> bool {
    let mut seen = BTreeMap::<String, Vec<u8>>::new();
    let mut whole = true;
    while bytes.first().is_some_and(|byte| *byte != 0) {
        let Some((key, value, rest)) = record(bytes) else {
            whole = false;
            break;
        };
        if let Some(before) = seen.insert(key.clone(), value.to_vec())
            && before != value
            && repeated.len() < 10
            && !key.starts_with("GNU.sparse.")
        {
            repeated.push(key);
        }
        bytes = rest;
    }
    records.extend(seen);
    whole
}

fn record(bytes: &[u8]) -> Option<(String, &[u8], &[u8])> {
    let space = bytes.iter().take(20).position(|byte| *byte == b' ')?;
    let length: usize = std::str::from_utf8(bytes.get(..space)?).ok()?.parse().ok()?;
    let (record, rest) = bytes.split_at_checked(length)?;
    let record = record.get(space.saturating_add(1)..)?.strip_suffix(b"\n")?;
    let equals = record.iter().position(|byte| *byte == b'=')?;
    let (key, value) = record.split_at_checked(equals)?;
    Some((String::from_utf8_lossy(key).into_owned(), value.get(1..)?, rest))
}
