//! What is still to be read of a serialised R object, and what it is for.

/// Where code stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Code {
    /// A call or formula that is kept as a value.
    Call,
    /// In a function.
    Function,
    /// In a promise that was not evaluated: R evaluates it when the value is first used.
    Promise,
}

impl Code {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Function => "function",
            Self::Promise => "promise",
        }
    }
}

/// What an item is for whatever is around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// A value.
    Value,
    /// What a call calls.
    Head,
    /// The operands of a call from this one on; of one that looks a name up in a package.
    Operands { index: u8, qualified: bool },
    /// The attributes of what is called so.
    Attributes,
    /// The name of the class of a vector that makes its elements when they are wanted.
    Class,
}

/// What is still to be read.
#[derive(Debug, Clone, Copy)]
pub(super) enum Task {
    Item {
        role: Role,
        code: Code,
        node: usize,
    },
    /// So many items of a list; the number of the next.
    List {
        left: u64,
        next: u64,
        code: Code,
        node: usize,
    },
    /// So many texts, each an item; kept as the names of the elements of what is called so.
    Texts {
        left: u64,
        names: bool,
        node: usize,
    },
    /// The operands of the call whose head was read last.
    Operands {
        code: Code,
        node: usize,
    },
    /// What was called is not a name.
    ForgetHead,
    /// The expression of a promise whose value was read last.
    Promise {
        code: Code,
        node: usize,
    },
    /// Byte code: its instructions, then its constants.
    Compiled {
        node: usize,
    },
    Constants {
        node: usize,
    },
    ConstantsLeft {
        left: u64,
        node: usize,
    },
    /// A call or list of byte code.
    Language {
        head: bool,
        node: usize,
    },
    /// The same, of a known kind.
    LanguageOf {
        kind: i32,
        head: bool,
        node: usize,
    },
}
