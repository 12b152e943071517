//! What any text may hold, whatever it was read as: secrets, and addresses.

use weighbridge_domain::facts::secret::AddressContext;
use weighbridge_domain::facts::{Command, ModelReference, Term, Use, What};

use super::weight::weight;
use crate::detect::Probe;
use crate::facts::Facts;
use crate::formats::Format;
use crate::limits::{Budget, Fault};
use crate::secrets::{Collected, Form, Scope, Text, is_secret_variable, is_variable_value};

/// Longer files are data: only what nothing ordinary looks like is looked for in them.
const LONG: u64 = 16 << 20;

/// Text of any form.
pub(super) fn is_text(probe: &Probe<'_>) -> bool {
    form(probe).is_some()
}

fn form(probe: &Probe<'_>) -> Option<Form> {
    match probe.head.as_slice() {
        [0xff, 0xfe, _, _, ..] => Some(Form::Utf16Little),
        [0xfe, 0xff, _, _, ..] => Some(Form::Utf16Big),
        [] => None,
        _ => probe.is_text().then_some(Form::Plain),
    }
}

/// Looks through a part: all of it when it is text, and otherwise what was read from it as text. `first` is its first
/// reading and the first fact about it.
pub(super) fn look(
    facts: &mut Facts,
    probe: &Probe<'_>,
    formats: &[&'static Format],
    first: (usize, usize),
    in_text: bool,
    budget: &mut Budget,
) -> Result<(), Fault> {
    let mut collected = Collected::default();
    let is = |id: &str| formats.iter().any(|format| format.id == id);
    // The strings of pickles are looked at one by one.
    let of_strings = ["pickle", "torch-stream", "torch-tar", "tensor-data"].into_iter().any(is);
    match form(probe).filter(|_| !of_strings) {
        // A template in settings was looked at with them.
        Some(_) if in_text && is("chat-template") => {}
        Some(form) => {
            let text = Text { scope: scope(probe), context: context(probe, formats), form };
            collected.read(probe.input, text, budget)?;
        }
        None => {
            let strings = facts.facts.get(first.1..).unwrap_or_default().iter();
            for fact in strings {
                let (text, scope) = match &fact.what {
                    What::Metadata { key, value } | What::Setting { key, value } => {
                        (format!("{key}={value}"), Scope::All)
                    }
                    What::Entry(entry) => (entry.name.clone(), Scope::Strict),
                    _ => continue,
                };
                let text_of = Text { scope, context: AddressContext::Settings, form: Form::Plain };
                collected.string(fact.at.unwrap_or_default(), text.as_bytes(), text_of, budget.key());
            }
        }
    }
    let own = facts.facts.get(first.1..).unwrap_or_default();
    for fact in own {
        put_together(&fact.what, &mut collected);
    }
    let is_cell = in_text && is("notebook-cell");
    for (at, what) in collected.into_facts(&mut facts.known) {
        // What stands in a cell was found in the notebook's own text already.
        if is_cell && is_told(facts, &what) {
            continue;
        }
        budget.fact(weight(&what))?;
        facts.push_to(first.0, Some(at), what);
    }
    Ok(())
}

/// The same secret is among the facts.
fn is_told(facts: &Facts, what: &What) -> bool {
    let What::Secret(one) = what else { return false };
    facts
        .secrets()
        .any(|(_, told)| (told.kind, &told.masked, told.length) == (one.kind, &one.masked, one.length))
}

/// What program text puts together of several pieces stands nowhere in it: its secrets are to be known, too. And so is what
/// the rules call a secret.
fn put_together(what: &What, collected: &mut Collected) {
    /// Shorter texts hold no secret that is known by itself.
    const SHORTEST: usize = 16;
    let mut one = |text: &str, source: &str| {
        if text.len() >= SHORTEST && !source.contains(text) {
            collected.remember(text.as_bytes());
        }
    };
    match what {
        What::Directive { key, value } => {
            let name = key.rsplit('.').next().unwrap_or_default();
            if is_secret_variable(name) && is_variable_value(value) {
                collected.keep(value.as_bytes());
            }
        }
        What::Entry(entry) => collected.remember(entry.name.as_bytes()),
        What::Use(Use { arguments: Some(arguments), text: source, .. }) => {
            let mut terms: Vec<&Term> = arguments.iter().map(|argument| &argument.value).collect();
            while let Some(term) = terms.pop() {
                match term {
                    Term::Text { text, .. } => one(text, source),
                    Term::Items { items, .. } => terms.extend(items),
                    Term::Call(call) => terms.extend(&call.arguments),
                    _ => {}
                }
            }
        }
        What::Command(Command { programs, text: source, .. }) => {
            programs.iter().flat_map(|program| &program.words).for_each(|word| one(word, source));
        }
        What::ModelReference(ModelReference { name, revision, text: source, .. }) => {
            [Some(name), revision.as_ref()].into_iter().flatten().for_each(|text| one(text, source));
        }
        _ => {}
    }
}

/// Vocabularies hold every odd text there is, and lists of packages hold digests.
fn scope(probe: &Probe<'_>) -> Scope {
    let name = probe.name.as_str();
    let vocabulary = matches!(
        name,
        "tokenizer.json"
            | "vocab.json"
            | "vocab.txt"
            | "merges.txt"
            | "added_tokens.json"
            | "bpe.codes"
            | "encoder.json"
    );
    let listed = matches!(
        name,
        "package-lock.json"
            | "yarn.lock"
            | "poetry.lock"
            | "uv.lock"
            | "pdm.lock"
            | "cargo.lock"
            | "pnpm-lock.yaml"
            | "record"
    );
    let data = probe.ends_with(&["csv", "jsonl", "map", "min.js", "ndjson", "svg", "tsv", "vocab", "bpe"]);
    if vocabulary || listed || data || probe.input.len() > LONG { Scope::Strict } else { Scope::All }
}

/// Where an address in this text would be named.
fn context(probe: &Probe<'_>, formats: &[&'static Format]) -> AddressContext {
    const PROSE: &[&str] =
        &["cff", "htm", "html", "ipynb", "log", "markdown", "md", "rst", "svg", "txt", "xml"];
    const SETTINGS: &[&str] =
        &["cfg", "conf", "env", "ini", "json", "properties", "service", "toml", "yaml", "yml"];
    let name = probe.name.as_str();
    let code = formats.iter().any(|format| {
        matches!(
            format.id,
            "python"
                | "source"
                | "script"
                | "chat-template"
                | "dockerfile"
                | "shell"
                | "makefile"
                | "notebook"
        )
    });
    if probe.ends_with(PROSE) || !name.contains('.') && !code && !name.starts_with(".env") {
        AddressContext::Prose
    } else if probe.ends_with(SETTINGS) || name.starts_with(".env") || !code {
        AddressContext::Settings
    } else {
        AddressContext::Code
    }
}
