//! Facts about templates.

use serde::Serialize;

/// A construct in a template that a rule may care about. Texts are bounded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "construct", rename_all = "kebab-case")]
pub enum Construct {
    /// `value.name`, `value["name"]` or a filter that does the same.
    Attribute {
        /// The name, when it is known without running the template.
        name: Option<String>,
        /// In which way.
        access: Access,
        /// How the name came to be.
        made: Made,
        /// What it is an attribute or item of.
        of: Holder,
        /// The expression as written.
        text: String,
    },
    /// A text that an expression contains, or puts together from constants.
    Text {
        /// The text.
        text: String,
        /// It does not stand in the template as it is.
        computed: bool,
    },
    /// Another template is loaded.
    Load {
        /// `include`, `import`, `from` or `extends`.
        statement: String,
        /// Which, when it is known without running the template.
        target: Option<String>,
    },
    /// Something is called.
    Call {
        /// What: a name, or a method's name behind a dot; nothing when it is neither.
        name: Option<String>,
        /// It is a macro or variable of this template.
        defined: bool,
        /// The expression as written.
        text: String,
    },
    /// Text that rendering puts out as it stands.
    Output {
        /// The text.
        text: String,
        /// The value of an expression follows directly.
        continued: bool,
    },
    /// A value is compared with a text, or searched for it.
    Comparison {
        /// The value as written.
        subject: String,
        /// The attribute, key or variable that the value comes from.
        origin: Option<String>,
        /// The text.
        literal: String,
        /// The template also uses the text as a key.
        key: bool,
    },
    /// A text in a value is replaced by another.
    Replacement {
        /// The attribute, key or variable that the value comes from.
        origin: Option<String>,
        /// The text that goes.
        literal: String,
        /// The text that comes.
        replacement: Option<String>,
    },
    /// Something is repeated, whatever the messages are.
    Repetition {
        /// How often, or how many characters come out.
        times: u64,
        /// The expression as written.
        text: String,
    },
    /// A text or list doubles and doubles, whatever the messages are.
    Growth {
        /// How long it gets, or longer.
        size: u64,
        /// The expression as written.
        text: String,
    },
    /// A macro calls itself without a condition.
    Recursion {
        /// Its name.
        name: String,
    },
}

/// How the name of an attribute came to be.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Made {
    /// It stands in the template, or is data.
    Found,
    /// It is put together, and begins and ends with these, as far as that is known.
    Built(String, String),
    /// It is put together with a table of characters.
    Translated,
}

/// What an attribute or item is taken of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Holder {
    /// A text, number, list or table that stands in the template.
    Constant,
    /// What the template is rendered with: messages, tools, settings.
    Data,
    /// A namespace that the template made.
    Namespace,
    /// A function, macro or other object that every template has, or what a computed name gave.
    Object,
}

/// In which way an attribute is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// `value.name`.
    Dot,
    /// `value["name"]`.
    Subscript,
    /// A filter such as `attr` or `map(attribute=…)`.
    Filter,
    /// A format string such as `"{0.name}"`.
    Format,
    /// Seen in a tag that cannot be parsed.
    Unparsed,
}
