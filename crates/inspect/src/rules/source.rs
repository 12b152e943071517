//! Uses of names in program text, with what they do and when: what the rules about sources share.

use std::collections::HashSet;

use weighbridge_domain::facts::{Argument, Call, CallKind, Name, Term, Use, When};
use weighbridge_domain::{Finding, Severity};

use super::Findings;
use crate::facts::{Facts, Place};
use crate::known::effects::{Effect, effect_in};
use crate::text;

/// How bad something is that runs when it is called, when a model is served, and when the file is loaded.
pub(super) type Scale = [Severity; 3];

/// From that which is done by libraries of all kinds to that which nothing should do on import.
pub(super) const ACTS: Scale = [Severity::Low, Severity::Medium, Severity::High];

/// Uses of names that do something.
pub(super) fn uses(facts: &Facts, wanted: Effect) -> impl Iterator<Item = (Place<'_>, &Use)> {
    let wanted = move |one: &Use| effect_in(one.language, &one.name) == Some(wanted);
    facts.uses().filter(move |(place, one)| (place.is_of_python() || !is_python(one)) && wanted(one))
}

/// It is of the language that loaders of models run. Others run when somebody opens a page or starts a program.
pub(super) fn is_python(one: &Use) -> bool {
    one.language == "python"
}

/// How bad it is at that time.
pub(super) fn at(scale: Scale, when: When) -> Severity {
    let [called, served, loaded] = scale;
    match when {
        When::Called => called,
        When::Served => served,
        When::Loaded | When::Installed => loaded,
    }
}

/// The same, a step milder in languages that loaders of models do not run.
pub(super) fn at_for(scale: Scale, one: &Use) -> Severity {
    let [called, served, loaded] = scale;
    let scale = if is_python(one) { [called, served, loaded] } else { [called, called, served] };
    at(scale, one.when)
}

/// When it runs, as the end of a sentence.
pub(super) fn words(when: When) -> &'static str {
    match when {
        When::Called => "when it is called",
        When::Served => "when the model is loaded or answers",
        When::Loaded => "as soon as the file is imported",
        When::Installed => "when it is installed",
    }
}

/// The call as people read it.
pub(super) fn shown(one: &Use) -> String {
    match call(one) {
        Some(call) => text::shown(&call.to_string(), 120),
        None => text::shown(&one.name, 120),
    }
}

fn call(one: &Use) -> Option<Call> {
    let arguments = one.arguments.as_ref()?;
    let (module, name) = one.name.rsplit_once('.').unwrap_or(("", &one.name));
    let callee = Term::Global(Name { module: module.to_owned(), name: name.to_owned() });
    let own = |name: &Option<String>| name.as_deref() == Some("self");
    let values = arguments.iter().filter(|argument| !own(&argument.name));
    let named = |argument: &Argument| match &argument.name {
        Some(name) => Term::Literal { text: format!("{name}={}", argument.value) },
        None => argument.value.clone(),
    };
    let arguments = values.map(named).collect();
    Some(Call { kind: CallKind::Call, callee: Box::new(callee), arguments })
}

/// What was told already: of mild findings about one name, one is enough.
#[derive(Debug, Default)]
pub(super) struct Told<'a> {
    mild: HashSet<(usize, &'a str)>,
}

impl<'a> Told<'a> {
    /// Adds a finding about a use, unless it says what another one says.
    pub(super) fn add<'f>(
        &mut self,
        findings: &'f mut Findings<'_>,
        place: Place<'_>,
        one: &'a Use,
        severity: Severity,
        what: &str,
    ) -> Option<&'f mut Finding> {
        let part = std::ptr::from_ref(place.reading).addr();
        if severity <= Severity::Low && !self.mild.insert((part, &one.name)) {
            return None;
        }
        let shown = shown(one);
        let message = match one.arguments {
            Some(_) => format!("`{shown}` {what} {}", words(one.when)),
            None => format!("`{shown}`, which {what}, is handed on"),
        };
        let finding = findings.add(place, message);
        finding.severity = severity;
        finding.excerpt = Some(text::shown(&one.text, 300));
        finding.call = call(one);
        Some(finding)
    }
}

/// The value of an argument, by its name or else by its place.
pub(super) fn argument<'a>(one: &'a Use, name: &str, position: usize) -> Option<&'a Term> {
    let arguments = one.arguments.as_ref()?;
    let named = arguments.iter().find(|argument| argument.name.as_deref() == Some(name));
    let positional = arguments.iter().filter(|argument| argument.name.is_none()).nth(position);
    named.or(positional).map(|argument| &argument.value)
}

/// An argument that has only a name is this word.
pub(super) fn is_word(one: &Use, name: &str, word: &str) -> bool {
    matches!(argument(one, name, usize::MAX), Some(Term::Literal { text }) if text == word)
}

/// The first call inside a value that does one of these things.
pub(super) fn made_by<'a>(
    value: &'a Term,
    language: &str,
    wanted: &dyn Fn(&str, Effect) -> bool,
) -> Option<&'a Name> {
    match value {
        Term::Call(call) => {
            if let Term::Global(name) = &*call.callee
                && let full = name.to_string()
                && effect_in(language, &full).is_some_and(|effect| wanted(&full, effect))
            {
                return Some(name);
            }
            call.arguments.iter().find_map(|argument| made_by(argument, language, wanted))
        }
        Term::Items { items, .. } => items.iter().find_map(|item| made_by(item, language, wanted)),
        _ => None,
    }
}

/// The first call inside the arguments that gives what was encoded or lay elsewhere.
pub(super) fn brought(one: &Use) -> Option<(&Name, Effect)> {
    let wanted = |name: &str, effect: Effect| {
        matches!(effect, Effect::Decodes | Effect::Network) && name != "ast.literal_eval"
            || name.starts_with("marshal.")
    };
    let arguments = one.arguments.as_ref()?;
    let name = arguments.iter().find_map(|argument| made_by(&argument.value, one.language, &wanted))?;
    Some((name, effect_in(one.language, &name.to_string()).unwrap_or(Effect::Decodes)))
}

/// Texts inside a value.
pub(super) fn texts(value: &Term) -> Vec<&str> {
    match value {
        Term::Text { text, .. } => vec![text],
        Term::Call(call) => call.arguments.iter().flat_map(texts).collect(),
        Term::Items { items, .. } => items.iter().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}
