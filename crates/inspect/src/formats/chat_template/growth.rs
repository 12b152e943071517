//! How long texts and lists get, whatever the messages are: the steps are gone through as rendering would, with lengths
//! in place of values.

mod size;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use weighbridge_domain::facts::Construct;

use super::fold::{Called, Folder};
use super::read::{self, Notes};
use super::syntax::{Arguments, Block, Id, Kind, Operator, StepKind, Target, Template};
use super::uses;
use super::values::Value;
use size::Size;

/// What is too long for any conversation.
const LONG: u64 = 1 << 27;
/// Rounds of a loop that are gone through, by how many loops are around it.
const ROUNDS: [u64; 4] = [32, 8, 2, 1];
/// Expressions that are measured, once and again.
const MOST: u64 = 2_000_000;
/// How often all steps are gone through, so that macros may use those behind them.
const PASSES: usize = 40;
/// A length to find out how often a macro puts out what it is given.
const GIVEN: u64 = 1 << 20;
/// Shorter texts are not taken to be full of what is replaced in them.
const FULL: u64 = 4096;

/// What a macro puts out: so much of its own, and so often what it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Output {
    own: u64,
    times: u64,
}

type Variables<'s> = BTreeMap<(&'s str, Option<&'s str>), Size>;

struct Growth<'a, 't, 's> {
    template: &'t Template<'s>,
    folder: &'a Folder<'t, 's>,
    /// The step behind the end of each block, by its first step.
    ends: HashMap<usize, usize>,
    sizes: Vec<Size>,
    variables: Variables<'s>,
    macros: HashMap<&'s str, Output>,
    /// Macros that may call themselves: how often, data decides.
    circular: BTreeSet<&'s str>,
    /// What is put out, for each capture around this place.
    out: Vec<u64>,
    loops: usize,
    work: u64,
    /// The first expression that is too long.
    found: Option<(Id, u64)>,
}

/// Notes the first place where a text or list gets too long; gives how many items each expression has at least.
pub(super) fn note(
    source: &str,
    template: &Template<'_>,
    folder: &Folder<'_, '_>,
    notes: &mut Notes,
) -> Vec<u64> {
    let mut growth = Growth {
        template,
        folder,
        ends: ends(template),
        sizes: vec![Size::DATA; template.nodes.len()],
        variables: BTreeMap::new(),
        macros: HashMap::new(),
        circular: read::circular_calls(template, folder),
        out: vec![0],
        loops: 0,
        work: 0,
        found: None,
    };
    for _ in 0..PASSES {
        let before = growth.macros.clone();
        growth.variables.clear();
        growth.go(0, template.steps.len());
        if growth.macros == before || growth.found.is_some() || growth.work > MOST {
            break;
        }
    }
    if let Some((id, size)) = growth.found {
        let at = template.nodes.get(id).map_or(0, |node| node.start);
        notes.add(at, Construct::Growth { size, text: uses::excerpt(source, template, id) });
    }
    growth.sizes.iter().map(|size| if size.sized { size.count } else { 1 }).collect()
}

fn ends(template: &Template<'_>) -> HashMap<usize, usize> {
    let mut ends = HashMap::new();
    let mut open = Vec::new();
    for (at, step) in template.steps.iter().enumerate() {
        match step.kind {
            StepKind::Open(_) => open.push(at),
            StepKind::Close => {
                if let Some(first) = open.pop() {
                    ends.insert(first, at);
                }
            }
            _ => {}
        }
    }
    ends
}

impl<'s> Growth<'_, '_, 's> {
    fn size(&self, id: Id) -> Size {
        self.sizes.get(id).copied().unwrap_or(Size::DATA)
    }

    fn put(&mut self, weight: u64) {
        if let Some(out) = self.out.last_mut() {
            *out = out.saturating_add(weight);
        }
    }

    fn assign(&mut self, target: &Target<'s>, size: Size) {
        self.variables.insert((target.name, target.attribute), size);
    }

    fn find(&mut self, id: Id, weight: u64) {
        if weight >= LONG && self.found.is_none() {
            self.found = Some((id, weight));
        }
    }

    /// Goes through steps; the blocks among them are whole.
    fn go(&mut self, from: usize, to: usize) {
        let mut at = from;
        while at < to && self.work <= MOST.saturating_mul(2) {
            let Some(step) = self.template.steps.get(at) else { break };
            self.measure(at, step.nodes);
            match &step.kind {
                StepKind::Data(text) => self.put(text.len() as u64),
                StepKind::Emit(id) => {
                    let weight = self.size(*id).weight;
                    self.put(weight);
                    let out = self.out.last().copied().unwrap_or(0);
                    self.find(*id, out);
                }
                StepKind::Set(targets, value) => self.set(targets, *value),
                StepKind::Open(block) => {
                    let end = self.ends.get(&at).copied().unwrap_or(to).min(to);
                    self.block(block, at.saturating_add(1), end);
                    at = end;
                }
                StepKind::Otherwise | StepKind::Close | StepKind::Evaluate | StepKind::Load(..) => {}
            }
            at = at.saturating_add(1);
        }
    }

    /// Measures the expressions of a step.
    fn measure(&mut self, step: usize, to: Id) {
        let before = step.checked_sub(1).and_then(|before| self.template.steps.get(before));
        let from = before.map_or(0, |step| step.nodes);
        self.work = self.work.saturating_add((to.saturating_sub(from) as u64).saturating_add(1));
        for id in from..to {
            let Some(node) = self.template.nodes.get(id) else { break };
            let size = self.measured(id, &node.kind);
            self.find(id, size.weight);
            if let Some(slot) = self.sizes.get_mut(id) {
                *slot = size;
            }
        }
    }

    fn set(&mut self, targets: &[Target<'s>], value: Id) {
        let size = self.size(value);
        if let ([target], Some(Kind::Call(_, arguments))) =
            (targets, self.template.nodes.get(value).map(|node| &node.kind))
        {
            for (name, id) in &arguments.named {
                let target = Target { name: target.name, attribute: Some(name) };
                self.assign(&target, self.size(*id));
            }
        }
        match (targets, self.template.nodes.get(value).map(|node| &node.kind)) {
            ([_, _, ..], Some(Kind::List(items))) => {
                let sizes: Vec<Size> = items.iter().map(|id| self.size(*id)).collect();
                for (target, size) in targets.iter().zip(sizes) {
                    self.assign(target, size);
                }
            }
            _ => targets.iter().for_each(|target| self.assign(target, size)),
        }
    }

    fn block(&mut self, block: &Block<'s>, from: usize, to: usize) {
        match block {
            Block::For { targets, values } => self.repeat(targets, *values, from, to),
            Block::If => self.branches(from, to),
            Block::Capture(targets, _) => {
                self.out.push(0);
                self.go(from, to);
                let size = Size::text(self.out.pop().unwrap_or(0));
                for target in targets {
                    self.assign(target, size);
                }
            }
            Block::Macro { name, parameters } => {
                // The real one last: what was measured then stays.
                let found = self.found;
                let more = if parameters.is_empty() { 0 } else { self.expand(parameters, GIVEN, from, to) };
                self.found = found;
                let own = self.expand(parameters, 1, from, to);
                self.macros.insert(name, Output { own, times: more.saturating_sub(own) / (GIVEN - 1) });
            }
            Block::Other => self.go(from, to),
        }
    }

    /// What a macro puts out when it is given so much.
    fn expand(&mut self, parameters: &[(&'s str, Option<Id>)], given: u64, from: usize, to: usize) -> u64 {
        let before = self.variables.clone();
        let loops = std::mem::take(&mut self.loops);
        self.work = self.work.saturating_add(before.len() as u64);
        for (name, _) in parameters {
            self.variables.insert((name, None), Size { weight: given, ..Size::DATA });
        }
        self.out.push(0);
        self.go(from, to);
        self.variables = before;
        self.loops = loops;
        self.out.pop().unwrap_or(0)
    }

    /// A loop: what it assigns to names is gone after each round, what it assigns to namespaces stays.
    fn repeat(&mut self, targets: &[Target<'s>], values: Id, from: usize, to: usize) {
        let size = self.size(values);
        let known = match rounds(self.template, self.folder, values) {
            1 if size.sized => size.count,
            1 => u64::MAX,
            known => known,
        };
        let most = ROUNDS.get(self.loops).copied().unwrap_or(1);
        self.loops = self.loops.saturating_add(1);
        let item = Size { count: size.weight, ..size };
        for _ in 0..known.min(most) {
            if self.found.is_some() || self.work > MOST {
                break;
            }
            let before: Vec<_> = self
                .variables
                .iter()
                .filter(|((_, attribute), _)| attribute.is_none())
                .map(|(k, v)| (*k, *v))
                .collect();
            self.work = self.work.saturating_add(before.len() as u64);
            for target in targets {
                self.assign(target, item);
            }
            self.go(from, to);
            self.variables.retain(|(_, attribute), _| attribute.is_some());
            self.variables.extend(before);
        }
        self.loops = self.loops.saturating_sub(1);
    }

    /// One of the branches is rendered; the longest of what they assign counts.
    fn branches(&mut self, from: usize, to: usize) {
        let before = self.variables.clone();
        let out = self.out.last().copied().unwrap_or(0);
        let (mut after, mut longest) = (before.clone(), out);
        self.work = self.work.saturating_add(before.len() as u64);
        let mut start = from;
        for end in self.alternatives(from, to) {
            self.variables.clone_from(&before);
            self.work = self.work.saturating_add(before.len() as u64);
            if let Some(slot) = self.out.last_mut() {
                *slot = out;
            }
            self.go(start, end);
            for (key, size) in std::mem::take(&mut self.variables) {
                after.entry(key).and_modify(|before| *before = before.max(size)).or_insert(size);
            }
            longest = longest.max(self.out.last().copied().unwrap_or(0));
            start = end;
        }
        self.variables = after;
        if let Some(slot) = self.out.last_mut() {
            *slot = longest;
        }
    }

    /// Where the branches of a block end.
    fn alternatives(&self, from: usize, to: usize) -> Vec<usize> {
        let mut found = Vec::new();
        let mut at = from;
        while at < to {
            match self.template.steps.get(at).map(|step| &step.kind) {
                Some(StepKind::Open(_)) => at = self.ends.get(&at).copied().unwrap_or(to),
                Some(StepKind::Otherwise) if at > from => found.push(at),
                _ => {}
            }
            at = at.saturating_add(1);
        }
        found.push(to);
        found
    }

    fn measured(&self, id: Id, kind: &Kind<'s>) -> Size {
        // What is known is known exactly.
        if let Some(value) = self.folder.fold(id).only() {
            return Size::of(value);
        }
        match kind {
            Kind::Name(name) => self.variables.get(&(*name, None)).copied().unwrap_or(Size::DATA),
            Kind::Attribute(of, name) => {
                let variable = match self.template.nodes.get(*of).map(|node| &node.kind) {
                    Some(Kind::Name(of)) => self.variables.get(&(*of, Some(*name))),
                    _ => None,
                };
                variable.copied().unwrap_or_else(|| Size { sized: false, ..self.size(*of) })
            }
            Kind::Item(of, _) => {
                let of = self.size(*of);
                Size { count: of.weight, ..of }
            }
            Kind::Slice(of, _) | Kind::Negative(of) => self.size(*of),
            Kind::Binary(operator, left, right) => self.binary(*operator, *left, *right),
            Kind::Choice { yes, no, .. } => {
                no.map_or(self.size(*yes), |no| self.size(*yes).max(self.size(no)))
            }
            Kind::List(items) => Size::all(items.iter().map(|id| self.size(*id))),
            Kind::Dictionary(pairs) => Size::all(pairs.iter().map(|(_, id)| self.size(*id))),
            Kind::Filter(Some(of), name, arguments) => self.applied(*of, name, arguments),
            Kind::Call(of, arguments) => match self.folder.called(*of) {
                Called::Method(receiver, name) => self.applied(receiver, name, arguments),
                Called::Function("range") => {
                    let known = rounds(self.template, self.folder, id);
                    let given = arguments.positional.iter().map(|id| self.size(*id).number).max();
                    let count = if known > 1 { known } else { given.unwrap_or(1) };
                    Size { sized: true, count, weight: 1, number: count }
                }
                Called::Function(name) => self.expanded(name, arguments),
                Called::Other => Size::DATA,
            },
            _ => Size::DATA,
        }
    }

    /// What a macro puts out.
    fn expanded(&self, name: &str, arguments: &Arguments<'s>) -> Size {
        match self.macros.get(name) {
            Some(output) if !self.circular.contains(name) => {
                let given = self.given(arguments).map(|size| size.weight).max().unwrap_or(1);
                Size::text(output.times.saturating_mul(given).saturating_add(output.own))
            }
            _ => Size::DATA,
        }
    }

    fn given<'g>(&'g self, arguments: &'g Arguments<'s>) -> impl Iterator<Item = Size> + 'g {
        let all = arguments.positional.iter().chain(arguments.named.iter().map(|(_, id)| id));
        all.map(|id| self.size(*id))
    }

    fn binary(&self, operator: Operator, left: Id, right: Id) -> Size {
        let (a, b) = (self.size(left), self.size(right));
        let (most, sum) = (a.max(b), a.weight.saturating_add(b.weight));
        match operator {
            Operator::And | Operator::Or => most,
            Operator::Concatenate => Size::text(sum),
            Operator::Add if a.sized || b.sized => {
                Size { sized: true, count: a.count.saturating_add(b.count), weight: sum, number: 1 }
            }
            // Numbers or data.
            Operator::Add => Size { weight: sum, number: a.number.saturating_add(b.number), ..Size::DATA },
            Operator::Multiply if a.sized || b.sized => {
                let times = if a.sized { b.number } else { a.number };
                let (count, weight) = (most.count.saturating_mul(times), most.weight.saturating_mul(times));
                Size { sized: true, count, weight, number: 1 }
            }
            // The digits of both.
            Operator::Multiply => {
                Size { weight: sum, number: a.number.saturating_mul(b.number), ..Size::DATA }
            }
            Operator::Power => {
                let power = u32::try_from(b.number).unwrap_or(u32::MAX);
                let number = a.number.saturating_pow(power);
                let digits = if a.number > 1 { a.weight.saturating_mul(b.number) } else { 1 };
                Size { weight: digits, number, ..Size::DATA }
            }
            Operator::Modulo if a.sized => Size::text(sum),
            Operator::Modulo | Operator::Divide | Operator::Subtract => Size { weight: 1, ..most },
            _ => Size::DATA,
        }
    }

    /// A method or filter.
    fn applied(&self, of: Id, name: &str, arguments: &Arguments<'s>) -> Size {
        let size = self.size(of);
        let sum = self.given(arguments).fold(size.weight, |sum, given| sum.saturating_add(given.weight));
        match name {
            "length" | "count" if size.sized => Size { number: size.count, ..Size::DATA },
            "int" | "float" | "abs" | "round" | "sum" => Size { weight: 1, sized: false, ..size },
            "center" | "ljust" | "rjust" | "zfill" => {
                let width = self.given(arguments).map(|size| size.number).max().unwrap_or(0);
                Size::text(size.weight.max(width))
            }
            "replace" => self.replaced(size, arguments),
            "join" => {
                // The text between the items, or the items between a text.
                let other =
                    self.given(arguments).next().unwrap_or(Size { count: 0, weight: 0, ..Size::DATA });
                let (list, between) = if other.count > size.count { (other, size) } else { (size, other) };
                let between = list.count.saturating_mul(between.weight);
                Size::text(list.weight.saturating_add(if list.sized { between } else { 0 }))
            }
            "format" | "default" | "d" => Size { weight: sum, count: sum, ..size },
            "batch" | "slice" => {
                let times = self.given(arguments).map(|size| size.number).max().unwrap_or(1);
                Size { count: size.count.max(times), ..size }
            }
            "get" | "pop" => Size { count: size.weight, ..size },
            _ => size,
        }
    }

    fn replaced(&self, size: Size, arguments: &Arguments<'s>) -> Size {
        let text =
            |at: usize| arguments.positional.get(at).and_then(|id| self.folder.fold(*id).texts().next());
        let long = arguments.positional.get(1).map_or(1, |id| self.size(*id).weight);
        let times = match (text(0), text(1)) {
            // What comes has more of what goes.
            (Some(from), Some(to)) if from.is_empty() || to.matches(from).nth(1).is_some() => {
                (to.len() as u64).div_ceil((from.len() as u64).max(1)).max(2)
            }
            (Some(from), _) if size.weight >= FULL => long.div_ceil((from.len() as u64).max(1)).max(1),
            _ => return Size { weight: size.weight.saturating_add(long), ..size },
        };
        let weight = size.weight.saturating_mul(times);
        Size { sized: true, count: weight, weight, number: 1 }
    }
}

/// How often a loop goes round, where constants decide it; otherwise 1.
pub(super) fn rounds(template: &Template<'_>, folder: &Folder<'_, '_>, values: Id) -> u64 {
    let node = template.nodes.get(values).map(|node| &node.kind);
    if let Some(Kind::Call(of, arguments)) = node
        && matches!(folder.called(*of), Called::Function("range"))
    {
        let numbers: Vec<i64> = arguments
            .positional
            .iter()
            .filter_map(|id| match folder.fold(*id).values.last() {
                Some(Value::Integer(value)) => Some(*value),
                _ => None,
            })
            .collect();
        let (start, stop, step) = match *numbers.as_slice() {
            [stop] => (0, stop, 1),
            [start, stop] => (start, stop, 1),
            [start, stop, step, ..] => (start, stop, step),
            [] => return 1,
        };
        return start.abs_diff(stop).checked_div(step.unsigned_abs()).unwrap_or(1).max(1);
    }
    match folder.fold(values).only() {
        Some(Value::List(items)) => (items.len() as u64).max(1),
        _ => 1,
    }
}
