//! PyTorch's types of elements, and the classes of storages that hold them.

use weighbridge_domain::facts::Name;

/// Class of storage, type of its elements, bytes of one.
const TYPES: [(&str, &str, u64); 18] = [
    ("BFloat16Storage", "bfloat16", 2),
    ("BoolStorage", "bool", 1),
    ("ByteStorage", "uint8", 1),
    ("CharStorage", "int8", 1),
    ("ComplexDoubleStorage", "complex128", 16),
    ("ComplexFloatStorage", "complex64", 8),
    ("DoubleStorage", "float64", 8),
    ("FloatStorage", "float32", 4),
    ("HalfStorage", "float16", 2),
    ("IntStorage", "int32", 4),
    ("LongStorage", "int64", 8),
    ("QInt32Storage", "qint32", 4),
    ("QInt8Storage", "qint8", 1),
    ("QUInt2x4Storage", "quint2x4", 1),
    ("QUInt4x2Storage", "quint4x2", 1),
    ("QUInt8Storage", "quint8", 1),
    ("ShortStorage", "int16", 2),
    ("UntypedStorage", "uint8", 1),
];

/// Types whose storages have no class of their own.
const NEWER: [(&str, u64); 9] = [
    ("float4_e2m1fn_x2", 1),
    ("float8_e4m3fn", 1),
    ("float8_e4m3fnuz", 1),
    ("float8_e5m2", 1),
    ("float8_e5m2fnuz", 1),
    ("float8_e8m0fnu", 1),
    ("uint16", 2),
    ("uint32", 4),
    ("uint64", 8),
];

/// Bytes of one element of a storage class.
pub(super) fn item_size(class: &Name) -> Option<u64> {
    let ours = matches!(class.module.as_str(), "torch" | "torch.cuda" | "torch.storage");
    TYPES.iter().find(|(storage, ..)| ours && *storage == class.name).map(|(.., size)| *size)
}

/// The type of the elements of a storage class; the class itself where it is not known.
pub(super) fn of_storage(class: &str) -> &str {
    TYPES.iter().find(|(storage, ..)| *storage == class).map_or(class, |(_, dtype, _)| dtype)
}

/// Bytes of one element of a type.
pub(super) fn size_of_type(dtype: &str) -> Option<u64> {
    let known = TYPES.iter().map(|(_, dtype, size)| (*dtype, *size)).chain(NEWER);
    known.into_iter().find(|(name, _)| *name == dtype).map(|(_, size)| size)
}
