//! What a loader of pickles reaches: every name once, with what it can do and how bad that is, after the ordinary uses of
//! names that look bad were set apart. The rules about pickles pick theirs by capability.

mod call;
mod code;
mod state;
mod wrapped;

use std::collections::HashSet;

use weighbridge_domain::Severity;
use weighbridge_domain::facts::{Call, CallKind, Name, Term, What};

pub(crate) use code::dangerous_name;
pub(super) use state::passes_on;

use self::state::States;
use super::Findings;
use crate::facts::{Facts, Place, Sort};
use crate::known::{Capability, classify};
use crate::text;

/// A name that a loader reaches and that is not known to be harmless there.
#[derive(Debug, Clone)]
pub(crate) struct Reach {
    /// Index of the fact that says so.
    fact: usize,
    /// The name.
    pub(crate) name: Name,
    /// What it can do.
    pub(crate) capability: Capability,
    /// How bad that is.
    pub(crate) severity: Severity,
    /// What there is to say about it.
    pub(crate) note: Option<String>,
}

/// What a call amounts to.
#[derive(Debug, Clone)]
struct Judged {
    name: Name,
    capability: Capability,
    severity: Severity,
    note: Option<String>,
}

impl Judged {
    fn called(name: &Name, capability: Capability, note: Option<&str>) -> Self {
        let severity = called(capability);
        Self { name: name.clone(), capability, severity, note: note.map(str::to_owned) }
    }

    fn with(self, severity: Severity, note: &str) -> Self {
        Self { severity, note: Some(note.to_owned()), ..self }
    }

    fn at(self, fact: usize) -> Reach {
        let Self { name, capability, severity, note } = self;
        Reach { fact, name, capability, severity, note }
    }
}

/// How bad it is when a loader looks a name up and does no more.
fn imported(capability: Capability) -> Option<Severity> {
    Some(match capability {
        Capability::Data | Capability::Value | Capability::Rebuild | Capability::Wraps => return None,
        Capability::RunsCode | Capability::StartsProcess | Capability::Native => Severity::Critical,
        Capability::Unknown => Severity::Medium,
        _ => Severity::High,
    })
}

/// How bad it is when a loader calls it.
fn called(capability: Capability) -> Severity {
    match capability {
        Capability::RunsCode
        | Capability::StartsProcess
        | Capability::Native
        | Capability::ResolvesNames
        | Capability::Loads
        | Capability::WritesFiles
        | Capability::Network => Severity::Critical,
        Capability::ReadsFiles
        | Capability::ProcessState
        | Capability::CarriesCode
        | Capability::UnknownPrivate => Severity::High,
        Capability::Unknown
        | Capability::Wraps
        | Capability::Data
        | Capability::Value
        | Capability::Rebuild => Severity::Medium,
    }
}

impl Facts {
    /// What loaders reach with one of these capabilities, worked out once for all rules.
    pub(crate) fn reached(&self, capabilities: &[Capability]) -> impl Iterator<Item = (Place<'_>, &Reach)> {
        let all = self.reached.get_or_init(|| judge(self));
        all.iter().filter(|reach| capabilities.contains(&reach.capability)).filter_map(|reach| {
            let fact = self.facts.get(reach.fact)?;
            let reading = self.readings.get(fact.reading)?;
            Some((Place { reading, at: fact.at, position: fact.position }, reach))
        })
    }

    /// The call by which something is reached.
    pub(crate) fn call(&self, reach: &Reach) -> Option<&Call> {
        match &self.facts.get(reach.fact)?.what {
            What::Call(call) => Some(call),
            _ => None,
        }
    }
}

/// Adds a finding for everything that is reached with a capability.
pub(crate) fn report(facts: &Facts, findings: &mut Findings<'_>, capability: Capability) {
    for (place, reach) in facts.reached(&[capability]) {
        add(facts, findings, place, reach);
    }
}

fn add(facts: &Facts, findings: &mut Findings<'_>, place: Place<'_>, reach: &Reach) {
    let call = facts.call(reach);
    let what = reach.capability.words();
    let note = reach.note.as_ref().map_or_else(String::new, |note| format!(" ({note})"));
    let message = match call {
        Some(call) => {
            let shown = text::shown(&call.to_string(), 160);
            format!("`{shown}` is called on loading: `{}` {what}{note}", reach.name)
        }
        None => format!("`{}` is imported on loading and {what}{note}", reach.name),
    };
    let finding = findings.add(place, message);
    finding.severity = reach.severity;
    show(finding, call);
}

/// Shows a call with a finding: as a line, and as a tree.
pub(crate) fn show(finding: &mut weighbridge_domain::Finding, call: Option<&Call>) {
    finding.excerpt = call.map(|call| text::shown(&call.to_string(), 1000));
    finding.call = call.cloned();
}

fn judge(facts: &Facts) -> Vec<Reach> {
    if !facts.sorts.has(Sort::Call) && !facts.sorts.has(Sort::Import) {
        return Vec::new();
    }
    let states = States::of(facts);
    let mut reaches = Vec::new();
    // Names that are only called, and how is judged with the call; names that are handed to something, and those that
    // are together with what they could be called with.
    let mut judged: HashSet<(usize, &Name)> = HashSet::new();
    let mut passed: HashSet<(usize, &Name)> = HashSet::new();
    let mut armed: HashSet<(usize, &Name)> = HashSet::new();
    let mut inner: HashSet<(usize, &Call)> = HashSet::new();
    let mut operands: HashSet<(usize, &Call)> = HashSet::new();
    for (index, fact) in facts.facts.iter().enumerate().take_while(|_| facts.clock.step()) {
        let What::Call(call) = &fact.what else { continue };
        note_arguments(fact.reading, call, &mut passed);
        if may_call_later(call) && call.arguments.iter().any(call::may_name) {
            call.arguments.iter().for_each(|argument| note_armed(fact.reading, argument, &mut armed));
        }
        if let (CallKind::SetState, Term::Call(made)) = (call.kind, call.callee.as_ref())
            && let Some(judged) = wrapped::judge_state(&states, fact.reading, made, &call.arguments)
        {
            reaches.push(judged.at(index));
        }
        if !matches!(call.kind, CallKind::Call | CallKind::New) {
            continue;
        }
        match call.callee.as_ref() {
            Term::Global(name) => {
                judged.insert((fact.reading, name));
                if let Some(operand) = call::operand(name, &call.arguments) {
                    judged.insert((fact.reading, operand));
                }
            }
            Term::Call(callee) => {
                inner.insert((fact.reading, callee));
            }
            _ => continue,
        }
        if let Some(judged) = call::judge(&states, fact.reading, call) {
            if judged.capability == Capability::CarriesCode {
                operands.extend(call.arguments.iter().filter_map(|argument| match argument {
                    Term::Call(call) => Some((fact.reading, call)),
                    _ => None,
                }));
            }
            reaches.push(judged.at(index));
        }
    }
    // A call that another one calls the result of is shown inside that one; so is the code of a function.
    reaches.retain(|reach| match facts.facts.get(reach.fact).map(|fact| (fact.reading, &fact.what)) {
        Some((reading, What::Call(call))) => {
            let shown = reach.capability == Capability::CarriesCode && operands.contains(&(reading, call));
            !shown && !inner.contains(&(reading, call))
        }
        _ => true,
    });
    let reported: HashSet<(usize, Name)> = reaches
        .iter()
        .filter_map(|reach| Some((facts.facts.get(reach.fact)?.reading, reach.name.clone())))
        .collect();
    let mut seen = HashSet::new();
    for (index, fact) in facts.facts.iter().enumerate().take_while(|_| facts.clock.step()) {
        let What::Import(import) = &fact.what else { continue };
        let Some(name) = &import.name else { continue };
        let key = (fact.reading, name);
        let only_called = judged.contains(&key) && !passed.contains(&key);
        if only_called || reported.contains(&(fact.reading, name.clone())) || !seen.insert(key) {
            continue;
        }
        let known = classify(&name.module, &name.name);
        let Some(mut severity) = imported(known.capability) else { continue };
        if states.are_harmless(fact.reading, name) {
            continue;
        }
        if is_scanner(name) {
            severity = Severity::Critical;
        }
        if known.note == Some(FAMILIAR) {
            severity = if armed.contains(&key) { Severity::Medium } else { Severity::Low };
        }
        let note = known.note.map(str::to_owned);
        reaches.push(Reach { fact: index, name: name.clone(), capability: known.capability, severity, note });
    }
    reaches
}

/// Whether a call hands on callables with what they are called with: any call may, and so does the state of `partial`.
fn may_call_later(call: &Call) -> bool {
    match (call.kind, call.callee.as_ref()) {
        (CallKind::Call | CallKind::New, _) => true,
        (CallKind::SetState, Term::Call(made)) => match made.callee.as_ref() {
            Term::Global(name) => classify(&name.module, &name.name).capability == Capability::Wraps,
            _ => false,
        },
        _ => false,
    }
}

/// What is remarked of classes in packages that are known, though not class by class.
const FAMILIAR: &str = "known package, review";

/// Scanners of files like this one: nothing else in a pickle has a reason to reach for them.
fn is_scanner(name: &Name) -> bool {
    let root = name.module.split('.').next().unwrap_or_default();
    matches!(root, "fickling" | "picklescan" | "modelscan" | "modelaudit" | "modelaudit_picklescan")
}

/// What a call is given, but for the operand that it is judged by.
fn note_arguments<'a>(reading: usize, call: &'a Call, passed: &mut HashSet<(usize, &'a Name)>) {
    let judged = match call.callee.as_ref() {
        Term::Global(name) => call::operand(name, &call.arguments).is_some(),
        _ => false,
    };
    let arguments = call.arguments.iter().skip(usize::from(judged));
    arguments.for_each(|argument| note_passed(reading, argument, passed));
}

/// What could be called with a text that is beside it: other than instances that serialisers make.
fn note_armed<'a>(reading: usize, term: &'a Term, armed: &mut HashSet<(usize, &'a Name)>) {
    match term {
        Term::Call(call) => match call.callee.as_ref() {
            Term::Global(name) if call::is_partial(name) => {
                call.arguments.iter().for_each(|argument| note_armed(reading, argument, armed));
            }
            _ => note_arguments(reading, call, armed),
        },
        Term::Items { items, .. } => items.iter().for_each(|item| note_armed(reading, item, armed)),
        _ => note_passed(reading, term, armed),
    }
}

fn note_passed<'a>(reading: usize, term: &'a Term, passed: &mut HashSet<(usize, &'a Name)>) {
    match term {
        Term::Global(name) => {
            passed.insert((reading, name));
        }
        Term::Call(call) => note_arguments(reading, call, passed),
        Term::Items { items, .. } => items.iter().for_each(|item| note_passed(reading, item, passed)),
        _ => {}
    }
}
