//! A template to facts: follows assignments, loops and macros through the steps, then notes what each expression does.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use weighbridge_domain::facts::problem::Kind as Problem;
use weighbridge_domain::facts::{Access, Construct, Holder, Made, What};

use super::flow;
use super::fold::{Folder, output_of};
use super::growth::{self, rounds};
use super::statements;
use super::syntax::{Block, Id, Kind, Step, StepKind, Target, Template};
use super::uses;
use super::values::{Fold, Value};
use crate::text;
use crate::walk::Visit;

/// Constructs noted for one template.
const MOST: usize = 10_000;
/// Bytes of output kept for one template.
const MOST_OUTPUT: usize = 1 << 20;

/// Collects constructs, each once.
#[derive(Debug, Default)]
pub(super) struct Notes {
    seen: HashSet<String>,
    found: Vec<(u64, Construct)>,
    pub(super) full: bool,
    output: usize,
}

impl Notes {
    pub(super) fn add(&mut self, at: usize, construct: Construct) {
        if self.found.len() >= MOST {
            self.full = true;
            return;
        }
        let size = if let Construct::Output { text, .. } = &construct { text.len() } else { 0 };
        self.output = self.output.saturating_add(size);
        if self.output > MOST_OUTPUT {
            self.full = true;
        } else if self.seen.insert(key_of(&construct)) {
            self.found.push((at as u64, construct));
        }
    }
}

/// What makes two constructs the same, wherever they stand.
fn key_of(construct: &Construct) -> String {
    match construct {
        Construct::Attribute { name: Some(name), access, made, of, .. } => {
            format!("{access:?} {of:?} {made:?} {name}")
        }
        Construct::Call { name: Some(name), defined, .. } => format!("call {defined} {name}"),
        other => format!("{other:?}"),
    }
}

/// Reads a template into facts.
pub(super) fn read(visit: &mut Visit<'_>, source: &str) {
    let template = statements::parse(source);
    let mut folder = Folder::new(&template.nodes);
    // Twice to learn what the variables may be, once to see which still become more, and once with that knowledge.
    for round in 0..4 {
        if round == 2 {
            folder.widen();
        }
        folder.again();
        follow(&template, &mut folder);
    }

    let mut notes = Notes::default();
    uses::note(source, &template, &folder, &mut notes);
    let counts = growth::note(source, &template, &folder, &mut notes);
    note_steps(source, &template, &folder, &counts, &mut notes);
    note_recursion(&template, &folder, &mut notes);
    for fault in &template.faults {
        for name in uses::internal_names(fault.skipped) {
            let text = text::kept(fault.skipped.as_bytes(), 200);
            notes.add(
                fault.at,
                Construct::Attribute {
                    name: Some(name.to_owned()),
                    access: Access::Unparsed,
                    made: Made::Found,
                    of: Holder::Data,
                    text,
                },
            );
        }
    }
    for (at, construct) in notes.found {
        visit.fact(at, What::Template(construct));
    }
    for fault in template.faults.iter().take(20) {
        visit.problem(fault.at as u64, Problem::Unparsable, fault.why);
    }
    if !template.faults.is_empty() {
        visit.incomplete("a part of the template cannot be parsed as Jinja");
    }
    if folder.exhausted() || notes.full {
        visit.incomplete("the template has more constants than are followed");
    }
}

/// Folds all expressions, with assignments taking effect where they stand.
fn follow<'t, 's>(template: &'t Template<'s>, folder: &mut Folder<'t, 's>) {
    let mut captures: Vec<Option<Capture<'t, 's>>> = Vec::new();
    for step in &template.steps {
        while folder.done() < step.nodes {
            folder.next();
        }
        match &step.kind {
            StepKind::Data(text) => {
                if let Some(Some(capture)) = captures.last_mut() {
                    capture.add(Some(text));
                }
            }
            StepKind::Emit(id) => {
                if let Some(Some(capture)) = captures.last_mut() {
                    capture.add(folder.fold(*id).only().and_then(Value::as_text));
                }
            }
            StepKind::Set(targets, value) => set(template, folder, targets, *value),
            StepKind::Open(block) => {
                if let Some(Some(capture)) = captures.last_mut() {
                    capture.known = false;
                }
                let capture = match block {
                    Block::Capture(targets, filtered) => Some((None, targets.as_slice(), !filtered)),
                    Block::Macro { name, .. } => Some((Some(*name), &[][..], true)),
                    _ => None,
                };
                let capture =
                    capture.map(|(of, targets, known)| Capture { of, targets, text: String::new(), known });
                captures.push(capture);
                open(folder, block);
            }
            StepKind::Close => {
                if let Some(Some(capture)) = captures.pop() {
                    let fold = if capture.known {
                        Fold::known(Value::text(&capture.text)).made()
                    } else {
                        Fold::BUILT
                    };
                    capture.targets.iter().for_each(|target| folder.assign(target, &fold, None));
                    if let Some(name) = capture.of {
                        let output = output_of(name);
                        folder.assign(&Target { name: &output, attribute: None }, &fold, None);
                    }
                }
            }
            StepKind::Otherwise | StepKind::Evaluate | StepKind::Load(..) => {}
        }
    }
    while folder.done() < template.nodes.len() {
        folder.next();
    }
}

/// A `set` block or macro: what its body puts out becomes the value.
struct Capture<'t, 's> {
    /// The macro.
    of: Option<&'s str>,
    targets: &'t [Target<'s>],
    text: String,
    known: bool,
}

impl Capture<'_, '_> {
    fn add(&mut self, text: Option<&str>) {
        match text {
            Some(text) if self.text.len() < 64 << 10 => self.text.push_str(text),
            _ => self.known = false,
        }
    }
}

fn set<'s>(template: &Template<'s>, folder: &mut Folder<'_, 's>, targets: &[Target<'s>], value: Id) {
    let kind = template.nodes.get(value).map(|node| &node.kind);
    if let ([target], Some(Kind::Call(_, arguments))) = (targets, kind) {
        // `namespace(name=value)`
        for (name, id) in &arguments.named {
            let (fold, origin) = (folder.fold(*id).clone(), folder.origin(*id));
            folder.assign(&Target { name: target.name, attribute: Some(name) }, &fold, origin);
        }
    }
    match (targets, kind) {
        ([target], _) => {
            let (fold, origin) = (folder.fold(value).clone(), folder.origin(value));
            folder.grow(target, value);
            folder.assign(target, &fold, origin);
        }
        (_, Some(Kind::List(items))) => {
            for (target, id) in targets.iter().zip(items) {
                let (fold, origin) = (folder.fold(*id).clone(), folder.origin(*id));
                folder.assign(target, &fold, origin);
            }
        }
        _ => {
            for (at, target) in targets.iter().enumerate() {
                let fold = folder.fold(value).part(at);
                folder.assign(target, &fold, folder.origin(value));
            }
        }
    }
}

fn open<'s>(folder: &mut Folder<'_, 's>, block: &Block<'s>) {
    match block {
        Block::For { targets, values } => {
            let origin = folder.origin(*values);
            let fold = folder.items(*values);
            for (at, target) in targets.iter().enumerate() {
                let fold = if targets.len() == 1 { fold.clone() } else { fold.part(at) };
                folder.assign(target, &fold, origin.clone());
            }
        }
        Block::Macro { name, parameters } => {
            for (parameter, default) in parameters {
                if let Some(id) = default {
                    let fold = folder.fold(*id).clone();
                    folder.assign(&Target { name: parameter, attribute: None }, &fold, None);
                }
            }
            folder.define(name, parameters.iter().map(|(name, _)| *name).collect());
        }
        Block::If | Block::Capture(..) | Block::Other => {}
    }
}

/// Output, loads and loops.
fn note_steps(
    source: &str,
    template: &Template<'_>,
    folder: &Folder<'_, '_>,
    counts: &[u64],
    notes: &mut Notes,
) {
    let mut loops: Vec<u64> = Vec::new();
    for (at, step) in template.steps.iter().enumerate() {
        match &step.kind {
            StepKind::Data(text) => {
                let next = template.steps.get(at.saturating_add(1));
                let continued = next.is_some_and(|step| matches!(step.kind, StepKind::Emit(_)));
                flow::note_output(notes, step.at, text, continued);
            }
            StepKind::Emit(id) | StepKind::Set(_, id) => flow::note_flow(template, folder, *id, notes),
            StepKind::Load(statement, target) => {
                let target = folder.fold(*target).texts().next().map(|name| text::kept(name.as_bytes(), 200));
                notes.add(step.at, Construct::Load { statement: (*statement).to_owned(), target });
            }
            StepKind::Open(block) => {
                let outer = loops.last().copied().unwrap_or(1);
                let times = match block {
                    Block::For { values, .. } => {
                        let rounds = rounds(template, folder, *values);
                        outer.saturating_mul(rounds.max(counts.get(*values).copied().unwrap_or(1)))
                    }
                    Block::Macro { .. } => 1,
                    _ => outer,
                };
                loops.push(times);
                if let (Block::For { values, .. }, true) = (block, times > 1) {
                    let text = uses::excerpt(source, template, *values);
                    notes.add(step.at, Construct::Repetition { times, text });
                }
            }
            StepKind::Close => {
                loops.pop();
            }
            StepKind::Otherwise | StepKind::Evaluate => {}
        }
    }
}

/// Macros that call themselves, directly or through others, and always.
fn note_recursion(template: &Template<'_>, folder: &Folder<'_, '_>, notes: &mut Notes) {
    let (calls, places) = calls(template, folder, true);
    for name in circular(&calls) {
        if let Some(at) = places.get(name) {
            notes.add(*at, Construct::Recursion { name: text::kept(name.as_bytes(), 100) });
        }
    }
}

/// Macros that may call themselves, directly or through others.
pub(super) fn circular_calls<'s>(template: &Template<'s>, folder: &Folder<'_, 's>) -> BTreeSet<&'s str> {
    let (calls, _) = calls(template, folder, false);
    circular(&calls)
}

/// Which macro calls which, when `always` only those calls that nothing may skip; and where macros are.
fn calls<'s>(
    template: &Template<'s>,
    folder: &Folder<'_, 's>,
    always: bool,
) -> (Calls<'s>, BTreeMap<&'s str, usize>) {
    let conditional = uses::conditional(template);
    let mut calls: Calls<'_> = BTreeMap::new();
    let mut blocks: Vec<Option<&str>> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let mut next: Id = 0;
    for Step { kind, at, nodes } in &template.steps {
        // The macro around this place, when nothing stands between them that may skip it.
        let around = match blocks.last() {
            Some(Some(name)) => Some(*name),
            _ => None,
        };
        for id in next..*nodes {
            let node = template.nodes.get(id).map(|node| &node.kind);
            if let (Some(Kind::Call(of, _)), Some(caller)) = (node, around)
                && let Some(Kind::Name(callee)) = template.nodes.get(*of).map(|node| &node.kind)
                && folder.is_macro(callee)
                && !(always && conditional.get(id).copied().unwrap_or(true))
            {
                calls.entry(caller).or_default().insert(callee);
            }
        }
        next = *nodes;
        match kind {
            StepKind::Open(Block::Macro { name, .. }) => {
                places.entry(name).or_insert(*at);
                blocks.push(Some(name));
            }
            StepKind::Open(Block::If | Block::For { .. }) if always => blocks.push(None),
            StepKind::Open(_) => blocks.push(around),
            StepKind::Close => {
                blocks.pop();
            }
            _ => {}
        }
    }
    (calls, places)
}

/// Which macros call which.
type Calls<'s> = BTreeMap<&'s str, BTreeSet<&'s str>>;

/// Those that stand in a circle of calls: what is left when those without callees or callers are taken away.
fn circular<'s>(calls: &Calls<'s>) -> BTreeSet<&'s str> {
    let mut callers: Calls<'s> = BTreeMap::new();
    for (caller, callees) in calls {
        for callee in callees {
            callers.entry(callee).or_default().insert(caller);
        }
    }
    let mut left: BTreeSet<&str> = calls.keys().copied().filter(|name| callers.contains_key(name)).collect();
    peel(&mut left, calls, &callers);
    peel(&mut left, &callers, calls);
    left
}

/// Takes away, one after the other, those whose `links` lead to nobody who is left; `back` has the same links reversed.
fn peel<'s>(left: &mut BTreeSet<&'s str>, links: &Calls<'s>, back: &Calls<'s>) {
    let count = |name: &&'s str| links.get(name).map_or(0, |linked| linked.intersection(left).count());
    let mut counts: BTreeMap<&str, usize> = left.iter().map(|name| (*name, count(name))).collect();
    let mut waiting: Vec<&str> =
        counts.iter().filter(|(_, count)| **count == 0).map(|(name, _)| *name).collect();
    while let Some(name) = waiting.pop() {
        left.remove(name);
        for linked in back.get(name).into_iter().flatten() {
            if let Some(count) = counts.get_mut(linked).filter(|count| **count > 0) {
                *count = count.saturating_sub(1);
                if *count == 0 {
                    waiting.push(linked);
                }
            }
        }
    }
}
