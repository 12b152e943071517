//! The types of TensorFlow's tensors.

/// Number, name, and bits of an element where it has a fixed size.
type Row = (u64, &'static str, Option<u64>);

/// As `types.proto` has them. What is smaller than a byte takes a byte all the same.
const TYPES: [Row; 33] = [
    (1, "DT_FLOAT", Some(32)),
    (2, "DT_DOUBLE", Some(64)),
    (3, "DT_INT32", Some(32)),
    (4, "DT_UINT8", Some(8)),
    (5, "DT_INT16", Some(16)),
    (6, "DT_INT8", Some(8)),
    (7, "DT_STRING", None),
    (8, "DT_COMPLEX64", Some(64)),
    (9, "DT_INT64", Some(64)),
    (10, "DT_BOOL", Some(8)),
    (11, "DT_QINT8", Some(8)),
    (12, "DT_QUINT8", Some(8)),
    (13, "DT_QINT32", Some(32)),
    (14, "DT_BFLOAT16", Some(16)),
    (15, "DT_QINT16", Some(16)),
    (16, "DT_QUINT16", Some(16)),
    (17, "DT_UINT16", Some(16)),
    (18, "DT_COMPLEX128", Some(128)),
    (19, "DT_HALF", Some(16)),
    (20, "DT_RESOURCE", None),
    (21, "DT_VARIANT", None),
    (22, "DT_UINT32", Some(32)),
    (23, "DT_UINT64", Some(64)),
    (24, "DT_FLOAT8_E5M2", Some(8)),
    (25, "DT_FLOAT8_E4M3FN", Some(8)),
    (26, "DT_FLOAT8_E4M3FNUZ", Some(8)),
    (27, "DT_FLOAT8_E4M3B11FNUZ", Some(8)),
    (28, "DT_FLOAT8_E5M2FNUZ", Some(8)),
    (29, "DT_INT4", Some(8)),
    (30, "DT_UINT4", Some(8)),
    (31, "DT_INT2", Some(8)),
    (32, "DT_UINT2", Some(8)),
    (33, "DT_FLOAT4_E2M1FN", Some(8)),
];

/// A type that is a reference to a variable has this added.
const REFERENCE: u64 = 100;

fn find(number: u64) -> Option<&'static Row> {
    let number = number.checked_sub(REFERENCE).filter(|number| *number > 0).unwrap_or(number);
    TYPES.iter().find(|(known, ..)| *known == number)
}

/// The name of a type; a type that is not known is called by its number.
pub(in crate::formats) fn name(number: u64) -> String {
    find(number).map_or_else(|| format!("DT_{number}"), |(_, name, _)| (*name).to_owned())
}

/// It is one of the types.
pub(in crate::formats) fn is_known(number: u64) -> bool {
    find(number).is_some()
}

/// Bits of an element, where all are of one size.
pub(in crate::formats) fn bits(number: u64) -> Option<u64> {
    find(number).and_then(|(.., bits)| *bits)
}

/// The number of the type with this name.
pub(in crate::formats) fn number(name: &str) -> Option<u64> {
    let (name, add) = name.strip_suffix("_REF").map_or((name, 0), |name| (name, REFERENCE));
    let (number, ..) = TYPES.iter().find(|(_, known, _)| *known == name)?;
    Some(number.saturating_add(add))
}
