//! Makefiles: the commands of their recipes, and those that run while they are read.
//! Specification: the manual of GNU make.

mod line;
mod recipe;
mod variables;

use std::collections::HashMap;

use weighbridge_domain::facts::When;

use self::line::{Assignment, Definition, assignment, defined, included, logical, outside, uncommented};
use self::recipe::{Recipe, calls, shells};
use self::variables::{Variables, called};
use super::command::{self, Runner};
use super::{Format, Support};
use crate::detect::{Probe, Recognition};
use crate::limits::Fault;
use crate::samples::commands;
use crate::text;
use crate::walk::Visit;

/// Makefiles.
pub static FORMAT: Format = Format {
    id: "makefile",
    title: "Makefile",
    extensions: &["mk"],
    support: Support::Inspected,
    carries_code: true,
    refines: &[],
    docs: "The lines of recipes, also those in `define`, and what `$(shell …)` and `!=` run as soon as the file is read, with \
           variables that are set to constants put in their places; of one that is set in several ways, each. Both branches of \
           conditions count. Other functions of `make` are not worked out: what they give is not known. Rules that `$(eval …)` \
           makes, other languages than a shell's, and included files that are not named as makefiles are not inspected, and \
           the report says so.",
    recognise,
    read,
    samples: commands::makefiles,
};

/// The longest file that is read whole.
const LONGEST: u64 = 2 << 20;

/// Programs that read recipes as a shell does.
const SHELLS: [&str; 7] = ["ash", "bash", "busybox", "dash", "ksh", "sh", "zsh"];

fn recognise(probe: &Probe<'_>) -> Recognition {
    let named = is_named(&probe.name) || probe.ends_with(FORMAT.extensions);
    Recognition::guess_if(named && probe.is_text())
}

fn is_named(name: &str) -> bool {
    matches!(name, "bsdmakefile" | "gnumakefile" | "makefile")
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    if visit.input.len() > LONGEST {
        visit.incomplete(format!("only the first {LONGEST} bytes were read"));
    }
    visit.budget.memory(visit.input.len().min(LONGEST).saturating_mul(16))?;
    let source = command::text_of_bytes(&visit.input.read(0, LONGEST)?);
    let mut makefile = Makefile { prefix: '\t', ..Makefile::default() };
    let mut at = 0_usize;
    while let Some((start, line)) = logical(&source, &mut at) {
        visit.budget.tick()?;
        makefile.line(visit, start, line);
    }
    makefile.recipes(visit)
}

/// Bytes of all recipes, with the values in them.
const MOST_TEXT: usize = 32 << 20;

/// The lines of recipes with the numbers of their rules, within bounds.
struct Lines {
    of_rules: Vec<(usize, Recipe)>,
    left: usize,
}

impl Lines {
    fn push(&mut self, rule: usize, recipe: Option<Recipe>) {
        let Some(recipe) = recipe else { return };
        self.left = self.left.saturating_sub(recipe.cost());
        if self.left > 0 {
            self.of_rules.push((rule, recipe));
        }
    }
}

/// A makefile while it is read.
#[derive(Debug, Default)]
struct Makefile<'s> {
    variables: Variables,
    /// What begins the line of a recipe.
    prefix: char,
    /// A rule is open: lines with the prefix are its recipe.
    in_rule: bool,
    /// Recipes with the number of their rule.
    recipes: Vec<(usize, usize, &'s str)>,
    rules: usize,
    /// All lines of a recipe are one text for the shell.
    one_shell: bool,
    /// Variables of several lines.
    defined: HashMap<String, Vec<(usize, &'s str)>>,
    /// The one that is open, and how many more inside.
    open: Option<(String, usize)>,
    evaluates: bool,
}

impl<'s> Makefile<'s> {
    fn line(&mut self, visit: &mut Visit<'_>, start: usize, line: &'s str) {
        if let Some((name, depth)) = &mut self.open {
            match defined(line) {
                Definition::End if *depth == 0 => self.open = None,
                Definition::End => *depth = depth.saturating_sub(1),
                Definition::Begin(_) => *depth = depth.saturating_add(1),
                Definition::None => self.defined.entry(name.clone()).or_default().push((start, line)),
            }
            return;
        }
        if self.in_rule && line.starts_with(self.prefix) {
            let behind = self.prefix.len_utf8();
            let text = line.get(behind..).unwrap_or_default();
            self.recipes.push((self.rules, start.saturating_add(behind), text));
            return;
        }
        if let Definition::Begin(name) = defined(line) {
            // What is defined again counts as well.
            self.open = Some((name.to_owned(), 0));
            self.in_rule = false;
            return;
        }
        let whole = line;
        let line = uncommented(line);
        let bare = line.trim_start();
        shells(visit, When::Loaded, start, line, &self.variables);
        self.evaluate(line);
        let first = bare.split_whitespace().next().unwrap_or_default();
        match first {
            "" | "ifeq" | "ifneq" | "ifdef" | "ifndef" | "else" | "endif" | "vpath" | "undefine" => return,
            _ if first.starts_with("ifeq(") || first.starts_with("ifneq(") => return,
            "include" | "-include" | "sinclude" => {
                self.in_rule = false;
                let names = self.variables.expanded(bare.get(first.len()..).unwrap_or_default());
                if let Some(name) = included(&names).find(|name| !is_followed(name)) {
                    visit.incomplete(format!(
                        "`{}`, which it includes, is not followed",
                        text::shown(name, 120)
                    ));
                }
                return;
            }
            "load" | "-load" => {
                visit.incomplete("it loads a library into make");
                return;
            }
            _ => {}
        }
        if let Some(found) = assignment(line) {
            self.in_rule = false;
            self.assign(visit, start, line, found);
        } else if let Some(colon) = outside(line, |rest| rest.starts_with(':')) {
            self.rule(start, whole, colon);
        }
    }

    fn assign(&mut self, visit: &mut Visit<'_>, start: usize, line: &str, found: Assignment<'_>) {
        let value = line.get(found.value..).unwrap_or_default();
        if found.sign == "!=" {
            self.variables.forget(found.name);
            emit(
                visit,
                When::Loaded,
                &Recipe::new(value, start.saturating_add(found.value), '\t', &self.variables),
            );
            return;
        }
        if found.name == ".RECIPEPREFIX" {
            self.prefix = value.trim_start().chars().next().unwrap_or('\t');
        }
        self.variables.set(found.name, found.sign, value);
    }

    fn rule(&mut self, start: usize, line: &'s str, colon: usize) {
        let behind = colon.saturating_add(1);
        let rest = line.get(behind..).unwrap_or_default();
        self.one_shell |= line.trim_start().starts_with(".ONESHELL");
        let recipe = outside(rest, |rest| rest.starts_with([';', '#']))
            .filter(|at| rest.get(*at..).is_some_and(|rest| rest.starts_with(';')));
        let target = uncommented(rest).trim_start_matches(':');
        let found = assignment(target);
        if let Some(found) = found.filter(|found| recipe.is_none_or(|recipe| found.value <= recipe)) {
            // A variable of this target alone.
            let value = target.get(found.value..).unwrap_or_default();
            self.variables.set(found.name, "=", value);
            self.in_rule = false;
            return;
        }
        self.in_rule = true;
        self.rules = self.rules.saturating_add(1);
        if let Some(recipe) = recipe.map(|recipe| recipe.saturating_add(1)) {
            let text = rest.get(recipe..).unwrap_or_default();
            let from = start.saturating_add(behind).saturating_add(recipe);
            self.recipes.push((self.rules, from, text));
        }
    }

    /// Takes what a line has make read as a part of the file: variables. Of anything else it is said that it is not read.
    fn evaluate(&mut self, line: &str) {
        for (function, inner) in calls(line) {
            match (function, assignment(inner).filter(|_| !inner.contains('\n'))) {
                ("eval", Some(found)) => {
                    let value = inner.get(found.value..).unwrap_or_default();
                    self.variables.set(found.name, found.sign, value);
                }
                ("eval" | "guile", _) => self.evaluates = true,
                _ => {}
            }
        }
    }

    /// Notes what recipes run, when all variables are known.
    fn recipes(&mut self, visit: &mut Visit<'_>) -> Result<(), Fault> {
        let shell = self.variables.expanded("$(SHELL)");
        let program = shell.split_whitespace().next_back().unwrap_or("sh");
        let program = program.rsplit('/').next().unwrap_or(program);
        if !program.starts_with('$') && !SHELLS.contains(&program) {
            visit.incomplete(format!("its recipes are run by `{}`", text::shown(program, 80)));
        }
        for (_, _, text) in self.recipes.clone() {
            self.evaluate(text);
        }
        let mut lines = Lines { of_rules: Vec::new(), left: MOST_TEXT };
        for (rule, from, text) in &self.recipes {
            visit.budget.tick()?;
            shells(visit, When::Called, *from, text, &self.variables);
            match called(text).and_then(|(name, given)| Some((self.defined.get(name)?, given))) {
                Some((body, given)) => {
                    let variables = self.variables.with_arguments(&given);
                    for (from, line) in body {
                        lines.push(*rule, Recipe::of_line(line, *from, self.prefix, &variables));
                    }
                }
                None => lines.push(*rule, Recipe::of_line(text, *from, self.prefix, &self.variables)),
            }
            if lines.left == 0 {
                break;
            }
        }
        if self.evaluates {
            visit.incomplete("rules that `$(eval …)` makes are not read");
            for (from, line) in self.defined.values().flatten() {
                let Some(text) = line.strip_prefix(self.prefix) else { continue };
                let from = from.saturating_add(self.prefix.len_utf8());
                lines.push(0, Recipe::of_line(text, from, self.prefix, &self.variables));
            }
        }
        if lines.left == 0 || self.variables.are_tangled() {
            visit.incomplete("its variables and recipes name each other too often");
        }
        let lines = lines.of_rules;
        if self.one_shell {
            for rule in lines.chunk_by(|(one, _), (other, _)| one == other) {
                visit.budget.tick()?;
                emit(visit, When::Called, &Recipe::joined(rule.iter().map(|(_, recipe)| recipe)));
            }
            return Ok(());
        }
        for (_, recipe) in lines {
            visit.budget.tick()?;
            emit(visit, When::Called, &recipe);
        }
        Ok(())
    }
}

/// The scan recognises it by its name, wherever it lies.
fn is_followed(name: &str) -> bool {
    let last = name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase();
    is_named(&last) || last.trim_end_matches([')', '}']).rsplit('.').next() == Some("mk")
}

fn emit(visit: &mut Visit<'_>, when: When, recipe: &Recipe) {
    for (text, pieces) in &recipe.texts {
        let from = pieces.first().map_or(0, |(_, from)| *from);
        command::emit(visit, Runner::new("makefile", when, from).pieces(pieces), text);
    }
}

#[cfg(test)]
mod tests;
