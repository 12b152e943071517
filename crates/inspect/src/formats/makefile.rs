//! Makefiles: the commands of their recipes, and those that run while they are read.

use weighbridge_domain::facts::When;

use super::command::{self, Runner};
use super::{Format, Support};
use crate::detect::{Probe, Recognition};
use crate::limits::Fault;
use crate::samples::commands;
use crate::walk::Visit;

/// Makefiles.
pub static FORMAT: Format = Format {
    id: "makefile",
    title: "Makefile",
    extensions: &["mk"],
    support: Support::Recognised,
    carries_code: true,
    refines: &[],
    docs: "The lines of recipes, and what `$(shell …)` and `!=` run as soon as the file is read, with variables that are set to \
           constants put in their places. Conditions, included files and the functions of `make` are not followed.",
    recognise,
    read,
    samples: commands::makefiles,
};

/// The longest file that is read whole.
const LONGEST: u64 = 2 << 20;
/// Variables that are remembered.
const MOST_VARIABLES: usize = 256;

fn recognise(probe: &Probe<'_>) -> Recognition {
    let named = matches!(probe.name.as_str(), "bsdmakefile" | "gnumakefile" | "makefile")
        || probe.ends_with(FORMAT.extensions);
    Recognition::guess_if(named && probe.is_text())
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    if visit.input.len() > LONGEST {
        visit.incomplete(format!("only the first {LONGEST} bytes were read"));
    }
    let source = command::text_of_bytes(&visit.input.read(0, LONGEST)?);
    let mut variables: Vec<(String, String)> = Vec::new();
    let mut at = 0_usize;
    let mut defines = false;
    while let Some((start, line)) = logical(&source, &mut at) {
        visit.budget.tick()?;
        if let Some(recipe) = line.strip_prefix('\t') {
            let sign =
                recipe.len().saturating_sub(recipe.trim_start_matches(['@', '-', '+', ' ', '\t']).len());
            let from = start.saturating_add(1).saturating_add(sign);
            emit(visit, When::Called, from, recipe.get(sign..).unwrap_or_default(), &variables);
            continue;
        }
        let plain = line.trim();
        if plain.starts_with("define ") || plain == "endef" {
            defines = plain != "endef";
            continue;
        }
        // Of what is defined in lines, only those of recipes are commands for certain.
        if defines {
            continue;
        }
        if plain.starts_with('#') {
            continue;
        }
        shells(visit, start, line, &variables);
        if let Some((name, value)) = plain.split_once("!=") {
            let from = start.saturating_add(line.find("!=").unwrap_or_default()).saturating_add(2);
            if is_name(name.trim()) {
                emit(visit, When::Loaded, from, value, &variables);
            }
        } else if let Some((name, value)) = plain.split_once('=')
            && is_name(name.trim_end_matches(['?', ':', '+']).trim())
            && variables.len() < MOST_VARIABLES
            && value.len() <= 1024
            && !value.contains('$')
        {
            let name = name.trim_end_matches(['?', ':', '+']).trim().trim_start_matches("export ").trim();
            variables.retain(|(known, _)| known != name);
            variables.push((name.to_owned(), value.trim().to_owned()));
        } else if let Some((rule, recipe)) = line.split_once(';')
            && rule.contains(':')
            && !rule.contains('=')
        {
            let from = start.saturating_add(rule.len()).saturating_add(1);
            emit(visit, When::Called, from, recipe, &variables);
        }
    }
    Ok(())
}

fn is_name(text: &str) -> bool {
    let text = text.trim_start_matches("export ").trim_start_matches("override ").trim();
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c))
}

/// A line with those that continue it.
fn logical<'s>(source: &'s str, at: &mut usize) -> Option<(usize, &'s str)> {
    let start = *at;
    let rest = source.get(start..).filter(|rest| !rest.is_empty())?;
    let mut length = 0_usize;
    for line in rest.split_inclusive('\n') {
        length = length.saturating_add(line.len());
        if !line.trim_end_matches(['\n', '\r']).ends_with('\\') {
            break;
        }
    }
    *at = start.saturating_add(length);
    Some((start, rest.get(..length)?.trim_end_matches(['\n', '\r'])))
}

fn emit(visit: &mut Visit<'_>, when: When, from: usize, recipe: &str, variables: &[(String, String)]) {
    let (text, pieces) = for_shell(recipe, from);
    let runner = Runner::new("makefile", when, from as u64).pieces(&pieces).knowing(variables);
    command::emit(visit, runner, &text);
}

/// What `$(shell …)` in a line runs.
fn shells(visit: &mut Visit<'_>, start: usize, line: &str, variables: &[(String, String)]) {
    for (at, sign) in line.match_indices("$(shell ").take(64) {
        let behind = at.saturating_add(sign.len());
        let rest = line.get(behind..).unwrap_or_default();
        let mut open = 1_usize;
        let end = rest.find(|c: char| {
            open = match c {
                '(' => open.saturating_add(1),
                ')' => open.saturating_sub(1),
                _ => open,
            };
            open == 0
        });
        let inner = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
        emit(visit, When::Loaded, start.saturating_add(behind), inner, variables);
    }
}

/// A recipe as its shell gets it: variables of `make` become variables, `$$` becomes `$`. And where its pieces stand.
fn for_shell(recipe: &str, from: usize) -> (String, Vec<(usize, u64)>) {
    let mut text = String::new();
    let mut pieces = vec![(0, from as u64)];
    let mut letters = recipe.char_indices().peekable();
    let mut open: Vec<char> = Vec::new();
    while let Some((at, c)) = letters.next() {
        let next = letters.peek().map(|(_, c)| *c);
        match (c, next) {
            ('$', Some('$')) => {
                letters.next();
                text.push('$');
                let behind = from.saturating_add(at).saturating_add(2);
                pieces.push((text.len(), behind as u64));
            }
            ('$', Some(bracket @ ('(' | '{'))) => {
                letters.next();
                text.push_str(if open.is_empty() { "${" } else { "__" });
                open.push(if bracket == '(' { ')' } else { '}' });
            }
            ('(' | '{', _) if !open.is_empty() => {
                open.push(if c == '(' { ')' } else { '}' });
                text.push('_');
            }
            (c, _) if open.last() == Some(&c) => {
                open.pop();
                text.push(if open.is_empty() { '}' } else { '_' });
            }
            // Inside, nothing is for the shell.
            ('\'' | '"' | '`' | '\\', _) if !open.is_empty() => text.push('_'),
            (c, _) => text.push(c),
        }
    }
    (text, pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recipes_are_what_their_shell_gets() {
        for (recipe, expected) in [
            ("curl $(URL) | sh", "curl ${URL} | sh"),
            ("for x in a; do echo $$x; done", "for x in a; do echo $x; done"),
            ("rm $@ $(addprefix $(A)/,b 'c')", "rm $@ ${addprefix __A_/,b _c_}"),
            ("$$(date)", "$(date)"),
        ] {
            assert_eq!(for_shell(recipe, 0).0, expected, "{recipe}");
        }
        assert_eq!(for_shell("a$$b$$c", 10).1, [(0, 10), (2, 13), (4, 16)]);
    }
}
