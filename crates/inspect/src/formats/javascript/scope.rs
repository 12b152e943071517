//! Names of a source and what stands behind them, block by block; functions, and which of them run by themselves.

use std::collections::{BTreeSet, HashMap};

use weighbridge_domain::facts::When;

use super::value::Value;

/// What names stand for, innermost block last.
#[derive(Debug, Default)]
pub(super) struct Scopes<'a> {
    bound: HashMap<&'a str, Vec<(usize, Value)>>,
    /// Names that each open block binds.
    blocks: Vec<Vec<&'a str>>,
}

impl<'a> Scopes<'a> {
    pub(super) fn open(&mut self) {
        self.blocks.push(Vec::new());
    }

    pub(super) fn close(&mut self) {
        let depth = self.blocks.len();
        for name in self.blocks.pop().unwrap_or_default() {
            if let Some(values) = self.bound.get_mut(name) {
                while values.last().is_some_and(|(at, _)| *at >= depth) {
                    values.pop();
                }
            }
        }
    }

    /// A name is declared in the innermost block.
    pub(super) fn declare(&mut self, name: &'a str, value: Value) {
        let depth = self.blocks.len();
        let values = self.bound.entry(name).or_default();
        match values.last_mut() {
            Some((at, before)) if *at == depth => *before = value,
            _ => {
                values.push((depth, value));
                if let Some(block) = self.blocks.last_mut() {
                    block.push(name);
                }
            }
        }
    }

    /// A name gets a value, wherever it was declared.
    pub(super) fn assign(&mut self, name: &'a str, value: Value) {
        match self.bound.get_mut(name).and_then(|values| values.last_mut()) {
            Some((_, before)) => *before = value,
            None => {
                self.bound.entry(name).or_default().push((0, value));
            }
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.bound.get(name).and_then(|values| values.last()).map(|(_, value)| value)
    }
}

/// A function of the source.
#[derive(Debug)]
pub(super) struct Function<'a> {
    pub(super) name: &'a str,
    pub(super) parent: usize,
    /// It runs where it stands.
    pub(super) at_once: bool,
}

/// The functions of a source, and who calls whom by name. The first is the source itself.
#[derive(Debug)]
pub(super) struct Functions<'a> {
    pub(super) all: Vec<Function<'a>>,
    pub(super) calls: BTreeSet<(usize, &'a str)>,
}

/// Shorter names are those of minified sources, where many functions share one.
const SHORTEST: usize = 3;

impl<'a> Functions<'a> {
    pub(super) fn new() -> Self {
        Self { all: vec![Function { name: "", parent: 0, at_once: true }], calls: BTreeSet::new() }
    }

    pub(super) fn call(&mut self, by: usize, name: &'a str) {
        if name.len() >= SHORTEST {
            self.calls.insert((by, name));
        }
    }

    /// When each runs.
    pub(super) fn when(&self) -> Vec<When> {
        let mut when = vec![When::Called; self.all.len()];
        let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut inside: HashMap<usize, Vec<usize>> = HashMap::new();
        for (number, function) in self.all.iter().enumerate().skip(1) {
            if function.name.len() >= SHORTEST {
                by_name.entry(function.name).or_default().push(number);
            }
            if function.at_once {
                inside.entry(function.parent).or_default().push(number);
            }
        }
        let mut called: HashMap<usize, Vec<&str>> = HashMap::new();
        for (by, name) in &self.calls {
            called.entry(*by).or_default().push(name);
        }
        let mut waiting = vec![0];
        while let Some(function) = waiting.pop() {
            match when.get_mut(function) {
                Some(when) if *when == When::Called => *when = When::Loaded,
                _ => continue,
            }
            waiting.extend(inside.get(&function).into_iter().flatten());
            for name in called.remove(&function).into_iter().flatten() {
                waiting.extend(by_name.remove(name).into_iter().flatten());
            }
        }
        when
    }

    /// The functions around something, from the outermost on.
    pub(super) fn within(&self, function: usize) -> String {
        let mut names = Vec::new();
        let mut at = function;
        for _ in 0..8 {
            let Some(one) = self.all.get(at).filter(|_| at > 0) else { break };
            if !one.name.is_empty() {
                names.push(one.name);
            }
            at = one.parent;
        }
        names.reverse();
        names.join(".").chars().take(200).collect()
    }
}
