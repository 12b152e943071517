//! The words of `TorchScript`: `torch/csrc/jit/frontend/{lexer.h, builtin_functions.cpp, ir_emitter.cpp}`.

/// Keywords.
pub(super) const KEYWORDS: &[&str] = &[
    "False", "None", "True", "and", "as", "assert", "break", "class", "continue", "def", "del", "elif", "else", "for",
    "from", "global", "if", "import", "in", "is", "not", "or", "pass", "raise", "return", "while", "with",
];

/// Keywords of Python that `TorchScript` does not have.
pub(super) const FOREIGN_KEYWORDS: &[&str] =
    &["async", "await", "except", "finally", "lambda", "nonlocal", "try", "yield"];

/// Functions that need no module, and types, which are called too.
pub(super) const FUNCTIONS: &[&str] = &[
    "Any", "AnyEnumType", "Await", "Device", "Dict", "Enum", "Exception", "Future", "Generator", "Interface", "List",
    "Module", "ModuleInterface", "NamedTuple", "Optional", "PyObject", "QScheme", "RRef", "Storage", "Stream", "Tensor",
    "Tuple", "Union", "abs", "all", "annotate", "any", "awaitable", "awaitable_nowait", "awaitable_wait", "bin", "bool",
    "chr", "complex", "dict", "divmod", "enumerate", "float", "fork", "format", "getattr", "hasattr", "hash", "hex",
    "id", "int", "isinstance", "len", "list", "max", "min", "number", "oct", "ord", "pow", "print", "range", "reversed",
    "round", "rpc_async", "rpc_remote", "rpc_sync", "set", "slice", "sorted", "str", "sum", "super", "tuple", "type",
    "unchecked_cast", "unchecked_unwrap_optional", "uninitialized", "wait", "zip",
];

/// Names that stand for values.
pub(super) const VALUES: &[&str] = &["inf", "infj", "nan", "nanj", "self"];

/// Names with double underscores on both sides that `TorchScript` writes or lets a class define; sorted.
pub(super) const UNDERSCORED: &[&str] = &[
    "__abs__", "__add__", "__and__", "__annotations__", "__bool__", "__buffers__", "__call__", "__complex__",
    "__constants__", "__contains__", "__delitem__", "__enter__", "__eq__", "__exit__", "__float__", "__floordiv__",
    "__forward_hooks__", "__forward_pre_hooks__", "__ge__", "__getitem__", "__getstate__", "__gt__", "__hash__",
    "__iadd__", "__iand__", "__init__", "__int__", "__invert__", "__ior__", "__isub__", "__iter__", "__itruediv__",
    "__ixor__", "__le__", "__len__", "__lshift__", "__lt__", "__matmul__", "__mod__", "__mul__", "__ne__", "__neg__",
    "__new__", "__next__", "__or__", "__overloads__", "__parameters__", "__pow__", "__radd__", "__repr__", "__rmul__",
    "__rshift__", "__setitem__", "__setstate__", "__str__", "__sub__", "__torch__", "__truediv__", "__xor__",
];

#[cfg(test)]
mod tests {
    #[test]
    fn names_are_sorted() {
        assert!(super::UNDERSCORED.is_sorted());
    }
}
