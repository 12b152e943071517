//! Types of numpy arrays: how many bytes an element has, and whether it is or contains Python objects.

use std::fmt;

use super::literal::Literal;

/// What matters of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::formats) struct Dtype {
    /// Bytes of an element.
    pub(in crate::formats) size: u64,
    /// It is, or contains, Python objects.
    pub(in crate::formats) objects: bool,
}

/// The type of this name, as `dtype.name` gives it, or as a `descr` has it; `ml_dtypes` adds those for learning, of which
/// the ones of less than a byte take a whole one in memory.
pub(in crate::formats) fn by_name(name: &str) -> Option<Dtype> {
    let size = match name {
        "bool" | "bool_" | "int8" | "uint8" | "int4" | "uint4" | "int2" | "uint2" => 1,
        "int16" | "uint16" | "float16" | "bfloat16" => 2,
        "int32" | "uint32" | "float32" => 4,
        "int64" | "uint64" | "float64" | "complex64" => 8,
        "float128" | "complex128" => 16,
        "complex256" => 32,
        _ if ["float8_", "float6_", "float4_"].iter().any(|small| name.starts_with(small)) => 1,
        _ => {
            let object = |part: &str| part.trim_start_matches(['<', '>', '|', '=']).starts_with(['O', 'o']);
            if name.split(',').any(object) {
                return Some(Dtype { size: 8, objects: true });
            }
            return scalar(name);
        }
    };
    Some(Dtype { size, objects: false })
}

/// The type that a `descr` describes; `None` when numpy may know it and we do not.
pub(super) fn of(descr: &Literal) -> Option<Dtype> {
    match descr {
        Literal::Text(text) => scalar(text),
        Literal::Tuple(parts) => match parts.as_slice() {
            [base, shape] => repeated(of(base)?, shape),
            _ => None,
        },
        Literal::List(fields) => {
            let none = Dtype { size: 0, objects: false };
            fields.iter().try_fold(none, |sum, field| {
                let Literal::Tuple(parts) = field else { return None };
                let field = match parts.as_slice() {
                    [name, base] if is_name(name) => of(base)?,
                    [name, base, shape] if is_name(name) => repeated(of(base)?, shape)?,
                    _ => return None,
                };
                let size = sum.size.checked_add(field.size)?;
                Some(Dtype { size, objects: sum.objects || field.objects })
            })
        }
        _ => None,
    }
}

/// A name, or a title and a name.
fn is_name(name: &Literal) -> bool {
    match name {
        Literal::Text(_) => true,
        Literal::Tuple(parts) => matches!(parts.as_slice(), [Literal::Text(_), Literal::Text(_)]),
        _ => false,
    }
}

fn repeated(base: Dtype, shape: &Literal) -> Option<Dtype> {
    let count = match shape {
        Literal::Number(count) => *count,
        Literal::Tuple(dimensions) => {
            dimensions.iter().try_fold(1_u64, |count, dimension| match dimension {
                Literal::Number(dimension) => count.checked_mul(*dimension),
                _ => None,
            })?
        }
        _ => return None,
    };
    Some(Dtype { size: base.size.checked_mul(count)?, ..base })
}

/// A type as numpy writes it: order of bytes, kind, size, unit.
fn scalar(text: &str) -> Option<Dtype> {
    let text = text.strip_prefix(['<', '>', '|', '=']).unwrap_or(text);
    let mut chars = text.chars();
    let kind = chars.next()?;
    let rest = chars.as_str();
    let unit = rest.find('[').and_then(|at| rest.get(at..)).unwrap_or_default();
    let digits = rest.strip_suffix(unit)?;
    if !is_digits(digits) || !(unit.is_empty() || matches!(kind, 'M' | 'm') && is_unit(unit)) {
        return None;
    }
    let size = if digits.is_empty() { None } else { Some(digits.parse::<u64>().ok()?) };
    let size = match (kind, size) {
        ('O', _) => return Some(Dtype { size: size.unwrap_or(8), objects: true }),
        ('?', None) => 1,
        ('b', Some(size @ 1))
        | ('i' | 'u', Some(size @ (1 | 2 | 4 | 8)))
        | ('f', Some(size @ (2 | 4 | 8 | 12 | 16)))
        | ('c', Some(size @ (8 | 16 | 24 | 32)))
        | ('M' | 'm', Some(size @ 8))
        | ('S' | 'a' | 'V', Some(size)) => size,
        ('S' | 'a' | 'V' | 'U', None) => 0,
        ('U', Some(size)) => size.checked_mul(4)?,
        _ => return None,
    };
    Some(Dtype { size, objects: false })
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `[ns]`, `[25us]`, `[D/3]`.
fn is_unit(text: &str) -> bool {
    const UNITS: [&str; 14] = ["Y", "M", "W", "D", "h", "m", "s", "ms", "us", "μs", "ns", "ps", "fs", "as"];
    let unit = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or_default();
    let (unit, divisor) = unit.split_once('/').unwrap_or((unit, ""));
    is_digits(divisor) && UNITS.contains(&unit.trim_start_matches(|c: char| c.is_ascii_digit()))
}

impl fmt::Display for Literal {
    /// As Python writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (open, items, close) = match self {
            Self::Text(text) => return write!(f, "'{}'", text.replace('\\', "\\\\").replace('\'', "\\'")),
            Self::Number(number) => return write!(f, "{number}"),
            Self::Bool(value) => return f.write_str(if *value { "True" } else { "False" }),
            Self::Other(what) => return f.write_str(what),
            Self::Dict(_) => return f.write_str("{…}"),
            Self::Tuple(items) => ("(", items, if items.len() == 1 { ",)" } else { ")" }),
            Self::List(items) => ("[", items, "]"),
        };
        f.write_str(open)?;
        for (index, item) in items.iter().enumerate() {
            write!(f, "{}{item}", if index > 0 { ", " } else { "" })?;
        }
        f.write_str(close)
    }
}

#[cfg(test)]
mod tests {
    use super::super::literal::parse;
    use super::*;

    fn size(descr: &str) -> Option<(u64, bool)> {
        of(&parse(descr).unwrap()).map(|dtype| (dtype.size, dtype.objects))
    }

    #[test]
    fn knows_sizes_and_finds_objects_at_any_depth() {
        for (descr, expected) in [
            ("'<f4'", (4, false)),
            ("'|b1'", (1, false)),
            ("'<U10'", (40, false)),
            ("'|S0'", (0, false)),
            ("'<M8[25us]'", (8, false)),
            ("'|O'", (8, true)),
            ("[('a', '<i4'), (('t', 'b'), '<f8', (2, 3)), ('', '|V4')]", (56, false)),
            ("[('a', [('b', '<i2'), ('c', '|O')])]", (10, true)),
            ("('<f4', (2,))", (8, false)),
            ("[]", (0, false)),
        ] {
            assert_eq!(size(descr), Some(expected), "{descr}");
        }
    }

    #[test]
    fn does_not_guess() {
        for descr in [
            "'f4,O'",
            "'object'",
            "'<f4[s]'",
            "'<f5'",
            "{'a': 1}",
            "[('a',)]",
            "'<U99999999999999999999'",
            "3",
        ] {
            assert_eq!(size(descr), None, "{descr}");
        }
    }
}
