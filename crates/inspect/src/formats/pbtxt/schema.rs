//! The fields of TensorFlow's messages that are read, by the names that they have in the text form.

use std::str::FromStr;

use crate::formats::tensorflow::dtype;

/// A message: names of fields with their numbers.
#[derive(Debug)]
pub(in crate::formats) struct Message {
    fields: &'static [(&'static str, u32, Kind)],
}

/// What a field holds.
#[derive(Debug, Clone, Copy)]
pub(in crate::formats) enum Kind {
    Message(&'static Message),
    /// Text or bytes.
    Bytes,
    /// A whole number, a truth or a choice.
    Number,
    Float,
    Double,
}

impl Message {
    /// Number and kind of the field with this name.
    pub(in crate::formats) fn find(&self, name: &str) -> Option<(u32, Kind)> {
        self.fields.iter().find(|(field, ..)| *field == name).map(|(_, number, kind)| (*number, *kind))
    }
}

/// What a word is as a number; a choice that is not known is none of those that matter.
pub(super) fn number(word: &str) -> u64 {
    match word {
        "true" | "True" | "t" => return 1,
        "false" | "False" | "f" => return 0,
        _ => {}
    }
    let (negative, digits) = word.strip_prefix('-').map_or((false, word), |digits| (true, digits));
    let lower = digits.to_ascii_lowercase();
    let number = if let Some(digits) = lower.strip_prefix("0x") {
        u64::from_str_radix(digits, 16).ok()
    } else if let Some(digits) = lower.strip_prefix('0').filter(|digits| !digits.is_empty()) {
        u64::from_str_radix(digits, 8).ok()
    } else {
        lower.parse().ok()
    };
    let number = number.or_else(|| dtype::number(word)).unwrap_or_default();
    if negative { number.wrapping_neg() } else { number }
}

/// What a word is as a number with a fraction.
pub(super) fn float<F: FromStr + Default>(word: &str) -> F {
    word.trim_end_matches(['f', 'F']).parse().or_else(|_| word.parse()).unwrap_or_default()
}

/// `saved_model.pbtxt`.
pub(in crate::formats) static SAVED_MODEL: Message = Message {
    fields: &[
        ("saved_model_schema_version", 1, Kind::Number),
        ("meta_graphs", 2, Kind::Message(&META_GRAPH)),
    ],
};

/// `*.meta` in text form.
pub(in crate::formats) static META_GRAPH: Message = Message {
    fields: &[
        ("meta_info_def", 1, Kind::Message(&META_INFO)),
        ("graph_def", 2, Kind::Message(&GRAPH)),
        ("saver_def", 3, Kind::Message(&SAVER)),
        ("collection_def", 4, Kind::Message(&COLLECTION_ENTRY)),
        ("asset_file_def", 6, Kind::Message(&ASSET)),
        ("object_graph_def", 7, Kind::Message(&OBJECT_GRAPH)),
    ],
};

/// `graph.pbtxt`.
pub(in crate::formats) static GRAPH: Message = Message {
    fields: &[
        ("node", 1, Kind::Message(&NODE)),
        ("library", 2, Kind::Message(&LIBRARY)),
        ("version", 3, Kind::Number),
        ("versions", 4, Kind::Message(&VERSIONS)),
    ],
};

static META_INFO: Message = Message {
    fields: &[
        ("meta_graph_version", 1, Kind::Bytes),
        ("tags", 4, Kind::Bytes),
        ("tensorflow_version", 5, Kind::Bytes),
        ("tensorflow_git_version", 6, Kind::Bytes),
    ],
};

static VERSIONS: Message =
    Message { fields: &[("producer", 1, Kind::Number), ("min_consumer", 2, Kind::Number)] };

static NODE: Message = Message {
    fields: &[
        ("name", 1, Kind::Bytes),
        ("op", 2, Kind::Bytes),
        ("input", 3, Kind::Bytes),
        ("device", 4, Kind::Bytes),
        ("attr", 5, Kind::Message(&ATTR_ENTRY)),
    ],
};

static ATTR_ENTRY: Message =
    Message { fields: &[("key", 1, Kind::Bytes), ("value", 2, Kind::Message(&ATTR_VALUE))] };

static ATTR_VALUE: Message = Message {
    fields: &[
        ("list", 1, Kind::Message(&LIST)),
        ("s", 2, Kind::Bytes),
        ("i", 3, Kind::Number),
        ("b", 5, Kind::Number),
        ("type", 6, Kind::Number),
        ("tensor", 8, Kind::Message(&TENSOR)),
        ("func", 10, Kind::Message(&FUNC)),
    ],
};

static LIST: Message = Message {
    fields: &[
        ("s", 2, Kind::Bytes),
        ("i", 3, Kind::Number),
        ("tensor", 8, Kind::Message(&TENSOR)),
        ("func", 9, Kind::Message(&FUNC)),
    ],
};

static FUNC: Message =
    Message { fields: &[("name", 1, Kind::Bytes), ("attr", 2, Kind::Message(&ATTR_ENTRY))] };

static TENSOR: Message = Message {
    fields: &[
        ("dtype", 1, Kind::Number),
        ("tensor_shape", 2, Kind::Message(&SHAPE)),
        ("tensor_content", 4, Kind::Bytes),
        ("float_val", 5, Kind::Float),
        ("double_val", 6, Kind::Double),
        ("int_val", 7, Kind::Number),
        ("string_val", 8, Kind::Bytes),
        ("scomplex_val", 9, Kind::Float),
        ("int64_val", 10, Kind::Number),
        ("bool_val", 11, Kind::Number),
        ("dcomplex_val", 12, Kind::Double),
        ("half_val", 13, Kind::Number),
        ("variant_val", 15, Kind::Message(&VARIANT)),
        ("uint32_val", 16, Kind::Number),
        ("uint64_val", 17, Kind::Number),
        ("float8_val", 18, Kind::Bytes),
    ],
};

static VARIANT: Message = Message {
    fields: &[
        ("type_name", 1, Kind::Bytes),
        ("metadata", 2, Kind::Bytes),
        ("tensors", 3, Kind::Message(&TENSOR)),
    ],
};

static SHAPE: Message =
    Message { fields: &[("dim", 2, Kind::Message(&DIMENSION)), ("unknown_rank", 3, Kind::Number)] };

static DIMENSION: Message = Message { fields: &[("size", 1, Kind::Number)] };

static LIBRARY: Message = Message { fields: &[("function", 1, Kind::Message(&FUNCTION))] };

static FUNCTION: Message = Message {
    fields: &[
        ("signature", 1, Kind::Message(&SIGNATURE)),
        ("node_def", 3, Kind::Message(&NODE)),
        ("attr", 5, Kind::Message(&ATTR_ENTRY)),
    ],
};

static SIGNATURE: Message =
    Message { fields: &[("name", 1, Kind::Bytes), ("input_arg", 2, Kind::Message(&ARGUMENT))] };

static ARGUMENT: Message = Message { fields: &[("name", 1, Kind::Bytes)] };

static SAVER: Message = Message {
    fields: &[
        ("filename_tensor_name", 1, Kind::Bytes),
        ("save_tensor_name", 2, Kind::Bytes),
        ("restore_op_name", 3, Kind::Bytes),
    ],
};

static COLLECTION_ENTRY: Message =
    Message { fields: &[("key", 1, Kind::Bytes), ("value", 2, Kind::Message(&COLLECTION))] };

static COLLECTION: Message = Message {
    fields: &[
        ("node_list", 1, Kind::Message(&TEXTS)),
        ("bytes_list", 2, Kind::Message(&TEXTS)),
        ("any_list", 5, Kind::Message(&ANYS)),
    ],
};

static ANYS: Message = Message { fields: &[("value", 1, Kind::Message(&ANY))] };

static ANY: Message = Message {
    fields: &[("type_url", 1, Kind::Bytes), ("value", 2, Kind::Bytes), (EXPANDED, 2, Kind::Message(&ASSET))],
};

/// What stands for the name of a message that is written out in an `Any`.
pub(super) const EXPANDED: &str = "[]";

static TEXTS: Message = Message { fields: &[("value", 1, Kind::Bytes)] };

static ASSET: Message =
    Message { fields: &[("tensor_info", 1, Kind::Message(&ARGUMENT)), ("filename", 2, Kind::Bytes)] };

static OBJECT_GRAPH: Message = Message { fields: &[("nodes", 1, Kind::Message(&OBJECT))] };

static OBJECT: Message = Message {
    fields: &[("user_object", 4, Kind::Message(&USER_OBJECT)), ("registered_name", 13, Kind::Bytes)],
};

static USER_OBJECT: Message =
    Message { fields: &[("identifier", 1, Kind::Bytes), ("metadata", 3, Kind::Bytes)] };
