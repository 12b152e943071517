//! The keys of a GGUF file with all of their values, long arrays by their digest, and its vocabulary.
//! A file that is bent out of shape is left to the format's own reader, which says so.

use super::content::{Content, MOST_KEYS};
use super::vocabulary::{Hashed, Vocabulary, numbered};
use crate::cursor::Cursor;
use crate::input::Input;
use crate::limits::{Budget, Fault};

/// The longest text that is read.
const LONGEST: u64 = 16 << 20;

/// Words of a vocabulary that are read.
const MOST_WORDS: u64 = 4_000_000;

/// Items up to which an array is written out.
const SHORT: u64 = 16;

/// Reads the keys of versions 2 and 3, little-endian.
pub(crate) fn read(input: &Input, budget: &Budget) -> Result<Content, String> {
    let mut cursor = Cursor::at(input, 4);
    let vocabulary = keys(&mut cursor, budget).map_err(|fault| fault.to_string())?;
    Ok(Content::Vocabulary(Box::new(vocabulary)))
}

fn keys(cursor: &mut Cursor, budget: &Budget) -> Result<Vocabulary, Fault> {
    if !matches!(cursor.u32()?, 2 | 3) {
        return Err(Fault::Unsupported(
            "of this version or order of bytes, keys are not compared".to_owned(),
        ));
    }
    cursor.skip(8)?;
    let count = cursor.u64()?;
    let mut vocabulary = Vocabulary::default();
    for _ in 0..count {
        budget.tick()?;
        let key = text(cursor)?;
        let kind = cursor.u32()?;
        let value = match kind {
            STRING => format!("{:?}", text(cursor)?),
            ARRAY => array(cursor, &key, &mut vocabulary, budget)?,
            kind => scalar(cursor, kind)?,
        };
        // Chat templates are parts of their own.
        if key.starts_with("tokenizer.chat_template") || value.is_empty() {
            continue;
        }
        if vocabulary.settings.len() >= MOST_KEYS {
            return Err(Fault::Unsupported(format!("more than {MOST_KEYS} keys")));
        }
        vocabulary.settings.insert(key, value);
    }
    Ok(vocabulary)
}

const STRING: u32 = 8;
const ARRAY: u32 = 9;

fn text(cursor: &mut Cursor) -> Result<String, Fault> {
    let length = cursor.u64()?;
    if length > LONGEST || length > cursor.remaining() {
        return Err(Fault::Unsupported(format!("a text of {length} bytes")));
    }
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    Ok(String::from_utf8_lossy(cursor.take(length)?).into_owned())
}

fn size(kind: u32) -> Option<u64> {
    Some(match kind {
        0 | 1 | 7 => 1,
        2 | 3 => 2,
        4..=6 => 4,
        10..=12 => 8,
        _ => return None,
    })
}

fn scalar(cursor: &mut Cursor, kind: u32) -> Result<String, Fault> {
    Ok(match kind {
        0 | 7 => cursor.u8()?.to_string(),
        1 => i8::from_le_bytes([cursor.u8()?]).to_string(),
        2 => cursor.u16()?.to_string(),
        3 => i16::from_le_bytes(cursor.array()?).to_string(),
        4 => cursor.u32()?.to_string(),
        5 => i32::from_le_bytes(cursor.array()?).to_string(),
        6 => f32::from_le_bytes(cursor.array()?).to_string(),
        10 => cursor.u64()?.to_string(),
        11 => i64::from_le_bytes(cursor.array()?).to_string(),
        12 => f64::from_le_bytes(cursor.array()?).to_string(),
        _ => return Err(Fault::Unsupported(format!("a value of the type number {kind}"))),
    })
}

/// A short array written out, a long one by its length and digest; nothing for what goes into the vocabulary.
fn array(
    cursor: &mut Cursor,
    key: &str,
    vocabulary: &mut Vocabulary,
    budget: &Budget,
) -> Result<String, Fault> {
    let kind = cursor.u32()?;
    let count = cursor.u64()?;
    if count > cursor.remaining() {
        return Err(Fault::Unsupported(format!("an array of {count} items")));
    }
    let mut hashed = Hashed::default();
    if kind == STRING {
        let is_words = key == "tokenizer.ggml.tokens" && count <= MOST_WORDS;
        let mut words = Vec::new();
        for index in 0..count {
            if index.is_multiple_of(4096) {
                budget.tick()?;
            }
            let word = text(cursor)?;
            hashed.add(&word);
            if is_words || count <= SHORT {
                words.push(word);
            }
        }
        if is_words {
            vocabulary.words = numbered(words.into_iter());
            return Ok(String::new());
        }
        if key == "tokenizer.ggml.merges" {
            vocabulary.merges = Some(hashed.finish());
            return Ok(String::new());
        }
        if count <= SHORT {
            return Ok(format!("{words:?}"));
        }
    } else if count <= SHORT && size(kind).is_some() {
        let items: Result<Vec<String>, Fault> = (0..count).map(|_| scalar(cursor, kind)).collect();
        return Ok(format!("[{}]", items?.join(", ")));
    } else {
        let size = size(kind).ok_or_else(|| {
            Fault::Unsupported(format!("an array whose items are of the type number {kind}"))
        })?;
        let mut left = count.saturating_mul(size);
        while left > 0 {
            budget.tick()?;
            let length = usize::try_from(left.min(64 << 10)).unwrap_or(1);
            hashed.add_bytes(cursor.take(length)?);
            left = left.saturating_sub(length as u64);
        }
    }
    let (_, digest) = hashed.finish();
    Ok(format!("{count} items, sha256 {digest}…"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;
    use crate::samples::tensor::Gguf;

    #[test]
    fn reads_keys_and_the_vocabulary() {
        let file = Gguf::new()
            .text("general.name", "a")
            .number("x.count", 3)
            .texts("tokenizer.ggml.tokens", &["<s>", "a"])
            .texts("tokenizer.ggml.merges", &["a b"])
            .text("tokenizer.chat_template", "{{ x }}")
            .array("tokenizer.ggml.scores", 6, 20, &[0; 80])
            .build();
        let budget = Budget::new(&Limits::default(), None);
        let Ok(Content::Vocabulary(read)) = read(&Input::bytes(file), &budget) else { panic!("it is read") };
        assert_eq!((read.words["a"], read.merges.unwrap().0), (1, 1));
        let keys: Vec<_> = read.settings.iter().map(|(key, value)| format!("{key}={value}")).collect();
        assert_eq!(&keys[..1], ["general.name=\"a\""]);
        assert!(keys[1].starts_with("tokenizer.ggml.scores=20 items, sha256 "), "{keys:?}");
        assert_eq!(keys[2], "x.count=3");
    }
}
