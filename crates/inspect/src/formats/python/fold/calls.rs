//! What functions of the standard library make of constants.

use super::codecs::{base32, base64, bytes_of, decode_by, hexadecimal, inflated};
use super::{at_index, items_of, join_paths, of_dict, path_text, pieces, text_of};
use crate::formats::python::value::{Given, Value};

/// What a function of the standard library makes of values that are known; `None` when it is none of those followed.
pub(in crate::formats::python) fn call(name: &str, arguments: &[Given]) -> Option<Value> {
    let first = arguments.first().map_or(&Value::Unknown, |(_, value)| value);
    let second = arguments.get(1).map_or(&Value::Unknown, |(_, value)| value);
    Some(match (name, first) {
        ("builtins.chr" | "builtins.unichr", Value::Int(number)) => {
            let c = u32::try_from(*number).ok().and_then(char::from_u32)?;
            Value::text(c.encode_utf8(&mut [0; 4]))
        }
        ("builtins.ord", Value::Text(text)) => Value::Int(i64::from(u32::from(text.chars().next()?))),
        ("builtins.int", Value::Text(text)) => {
            let radix = if let Value::Int(radix) = second { u32::try_from(*radix).ok()? } else { 10 };
            let digits = text.trim().trim_start_matches("0x");
            (2..=36)
                .contains(&radix)
                .then(|| i64::from_str_radix(digits, radix).ok())
                .flatten()
                .map(Value::Int)?
        }
        ("builtins.str" | "builtins.unicode", Value::Bytes(bytes)) => text_of(bytes),
        ("builtins.str" | "builtins.repr", Value::Int(number)) => Value::text(&number.to_string()),
        ("builtins.str" | "builtins.unicode", Value::Text(_) | Value::Pieces(_))
        | ("builtins.bytes" | "builtins.bytearray", Value::Bytes(_))
        | ("builtins.dict", Value::Items("dict", _)) => first.clone(),
        ("builtins.bytes" | "builtins.bytearray", Value::Text(text)) => Value::bytes(text.as_bytes()),
        ("builtins.bytes" | "builtins.bytearray", Value::Items(_, items)) => {
            let byte = |item: &Value| match item {
                Value::Int(number) => u8::try_from(*number).ok(),
                _ => None,
            };
            Value::bytes(&items.iter().map(byte).collect::<Option<Vec<u8>>>()?)
        }
        ("builtins.dict", _) if arguments.iter().all(|(name, _)| name.is_some()) => {
            let pair =
                |(name, value): &Given| [Value::text(name.as_deref().unwrap_or_default()), value.clone()];
            Value::items("dict", arguments.iter().flat_map(pair).collect())
        }
        // What comes out is what went in.
        (
            "builtins.iter"
            | "builtins.staticmethod"
            | "builtins.classmethod"
            | "copy.copy"
            | "copy.deepcopy",
            _,
        ) if arguments.len() == 1 => first.clone(),
        ("typing.cast", _) => second.clone(),
        ("builtins.next", Value::Items(_, items)) => items.first()?.clone(),
        ("operator.getitem", Value::Items("dict", _)) => of_dict(first, second),
        ("operator.getitem", Value::Items(_, items)) => match second {
            Value::Int(at) => at_index(items, *at),
            _ => return None,
        },
        ("builtins.list" | "builtins.tuple" | "builtins.sorted", value) if !arguments.is_empty() => {
            Value::items("list", items_of(value)?)
        }
        ("builtins.reversed", value) => Value::items("list", items_of(value)?.into_iter().rev().collect()),
        ("builtins.range", Value::Int(end)) => match second {
            Value::Unknown if (0..=1024).contains(end) => {
                Value::items("list", (0..*end).map(Value::Int).collect())
            }
            _ => return None,
        },
        ("builtins.map", Value::Name(function)) => {
            let each = |item| call(function, &[(None, item)]);
            Value::items("list", items_of(second)?.into_iter().map(each).collect::<Option<Vec<_>>>()?)
        }
        (
            "builtins.bytes.fromhex"
            | "builtins.bytearray.fromhex"
            | "binascii.unhexlify"
            | "binascii.a2b_hex"
            | "base64.b16decode",
            _,
        ) => Value::bytes(&hexadecimal(&bytes_of(first)?)?),
        (
            "base64.b64decode"
            | "base64.urlsafe_b64decode"
            | "base64.standard_b64decode"
            | "base64.decodebytes"
            | "base64.decodestring"
            | "binascii.a2b_base64",
            _,
        ) => Value::bytes(&base64(&bytes_of(first)?)?),
        ("base64.b32decode", _) => Value::bytes(&base32(&bytes_of(first)?)?),
        ("zlib.decompress", Value::Bytes(bytes)) => {
            Value::bytes(&inflated(flate2::read::ZlibDecoder::new(&**bytes))?)
        }
        ("gzip.decompress", Value::Bytes(bytes)) => {
            Value::bytes(&inflated(flate2::read::GzDecoder::new(&**bytes))?)
        }
        ("bz2.decompress", Value::Bytes(bytes)) => {
            Value::bytes(&inflated(bzip2::read::BzDecoder::new(&**bytes))?)
        }
        ("codecs.decode", Value::Bytes(_) | Value::Text(_)) => match decode_by(first, second) {
            Value::Unknown => return None,
            known => known,
        },
        ("os.path.join", _) => {
            let joined = join_paths(arguments)?;
            let whole = arguments.iter().all(|(_, part)| matches!(part, Value::Text(_)));
            if whole { Value::text(&joined) } else { pieces(&joined) }
        }
        (
            "os.path.expanduser" | "os.path.expandvars" | "os.path.abspath" | "os.path.normpath"
            | "os.path.realpath",
            value,
        ) => match value {
            Value::Text(_) | Value::Pieces(_) => value.clone(),
            Value::Made(_) => pieces(&path_text(value)?),
            _ => return None,
        },
        _ => return None,
    })
}
