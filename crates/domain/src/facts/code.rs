//! Facts about program text and what it would do: uses of names, commands, models and images it asks for.

use serde::Serialize;

use super::python::Term;

/// When a piece of program text runs, as far as its place tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// When somebody calls it by name.
    Called,
    /// When the model is built, loaded, or answers: a method or function that loaders and servers call by themselves.
    Served,
    /// As soon as the file is imported, opened or run.
    Loaded,
    /// When a package or an image is built or installed.
    Installed,
}

/// A name that program text uses, resolved through its imports and aliases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Use {
    /// The language: `python`.
    pub language: &'static str,
    /// Dotted name as the language would find it: `os.system`.
    pub name: String,
    /// What it is called with, in the form that pickles' calls have; `None` when it is named and not called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arguments: Option<Vec<Argument>>,
    /// When it runs.
    pub when: When,
    /// The text itself, bounded.
    pub text: String,
}

/// An argument of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Argument {
    /// Its keyword, when it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its value, as far as it is known without running anything.
    pub value: Term,
}

/// Commands that run together: a pipeline, with everything that is substituted into it or wrapped in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Command {
    /// What would run it: `sh`, `dockerfile`, `compose`, `workflow`, `notebook`, `python`, `makefile`.
    pub runner: &'static str,
    /// When it runs.
    pub when: When,
    /// Its programs, those whose output others need before them.
    pub programs: Vec<Program>,
    /// The text itself, bounded.
    pub text: String,
}

/// A program that a command runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Program {
    /// The program and its arguments without quotes and without what only wraps them (`sudo`, `env`); bounded. What stands
    /// for something that is not known is kept as written: `$HOME`, `$(date)`, `<(date)`.
    pub words: Vec<String>,
    /// Where its input comes from and its output goes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub redirects: Vec<Redirect>,
    /// Which program of the same command its output goes to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub feeds: Option<Feed>,
}

impl Program {
    /// Its name without the folder and without the ending of programs of Windows.
    pub fn name(&self) -> &str {
        let path = self.words.first().map_or("", String::as_str);
        let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
        name.strip_suffix(".exe").unwrap_or(name)
    }

    /// Its arguments.
    pub fn arguments(&self) -> &[String] {
        self.words.get(1..).unwrap_or_default()
    }
}

/// A redirection: `>> file`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Redirect {
    /// Its sign, without the number of the stream.
    pub sign: &'static str,
    /// The file; of `<<` and `<<<` the text itself, bounded.
    pub target: String,
}

/// Where the output of a program goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Feed {
    /// Number of the program that gets it.
    pub to: usize,
    /// As what.
    pub as_what: FeedAs,
}

/// As what one program gets the output of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FeedAs {
    /// On its standard input.
    Input,
    /// As a file that is named in its arguments.
    File,
    /// As a part of its arguments.
    Words,
    /// As text that it runs, or as the command itself.
    Code,
}

/// A model, dataset or adapter that text asks a hub for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ModelReference {
    /// What asks: `from_pretrained`, `vllm serve`, `FROM`, `hf download`.
    pub asked_by: String,
    /// The name as written.
    pub name: String,
    /// The revision, tag or digest as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// It allows the model's own code to run.
    pub trusts_remote_code: bool,
    /// The text itself, bounded.
    pub text: String,
}

/// A container image that text builds on or runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Image {
    /// What asks: `FROM`, `COPY --from`, `image`, `uses`, `# syntax`.
    pub asked_by: String,
    /// Name with its registry and without tag and digest.
    pub name: String,
    /// Its tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// Its digest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}
