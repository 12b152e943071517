//! Lines of a Dockerfile: what continues them, remarks, and the documents behind them.

use super::instructions::Build;
use crate::limits::Fault;
use crate::walk::Visit;

/// Reads a Dockerfile instruction by instruction.
pub(super) struct Reader<'s> {
    source: &'s str,
    at: usize,
    escape: char,
}

/// An instruction.
pub(super) struct Instruction {
    /// Where it begins.
    pub(super) at: usize,
    /// Its name in upper case.
    pub(super) name: String,
    /// What follows, byte for byte as it stands in the file: lines are continued by `\`, remarks are blank.
    pub(super) text: String,
    /// Where that begins.
    pub(super) from: usize,
    /// The documents that it reads, as they are named.
    pub(super) documents: Vec<Document>,
    /// All of these as they stand in the file, behind the text.
    pub(super) behind: String,
}

/// A document behind an instruction.
pub(super) struct Document {
    /// The word that ends it.
    pub(super) name: String,
    pub(super) from: usize,
    pub(super) text: String,
}

impl<'s> Reader<'s> {
    pub(super) fn new(source: &'s str) -> Self {
        Self { source, at: 0, escape: '\\' }
    }

    pub(super) fn read(mut self, visit: &mut Visit<'_>) -> Result<(), Fault> {
        let mut build = Build::default();
        if self.source.starts_with('\u{feff}') {
            self.at = 3;
        }
        self.directives(visit);
        while let Some(mut instruction) = self.instruction(visit) {
            visit.budget.tick()?;
            build.take(visit, &mut instruction);
        }
        build.finish(visit);
        Ok(())
    }

    fn line(&mut self) -> Option<(usize, &'s str)> {
        let rest = self.source.get(self.at..).filter(|rest| !rest.is_empty())?;
        let line = rest.split_inclusive('\n').next()?;
        let at = self.at;
        self.at = at.saturating_add(line.len());
        Some((at, line))
    }

    /// The lines before everything else that say how the file is read.
    fn directives(&mut self, visit: &mut Visit<'_>) {
        loop {
            let before = self.at;
            let directive = self.line().and_then(|(at, line)| {
                let (key, value) = line.trim().strip_prefix('#')?.split_once('=')?;
                let key = key.trim().to_lowercase();
                matches!(key.as_str(), "syntax" | "escape" | "check").then(|| (at, key, value.trim()))
            });
            match directive {
                Some((at, key, value)) if key == "syntax" => Build::syntax(visit, at as u64, value),
                Some((_, key, "`")) if key == "escape" => self.escape = '`',
                Some(_) => {}
                None => {
                    self.at = before;
                    return;
                }
            }
        }
    }

    fn instruction(&mut self, visit: &mut Visit<'_>) -> Option<Instruction> {
        let (at, first) = loop {
            let (at, line) = self.line()?;
            if !line.trim().is_empty() && !line.trim_start().starts_with('#') {
                break (at, line);
            }
        };
        let mut text = String::new();
        let mut open = self.add(&mut text, first);
        while open {
            let Some((_, line)) = self.line() else { break };
            if line.trim().is_empty() || line.trim_start().starts_with('#') {
                text.extend(std::iter::repeat_n(' ', line.len()));
            } else {
                open = self.add(&mut text, line);
            }
        }
        let lead = text.len().saturating_sub(text.trim_start().len());
        let body = text.get(lead..).unwrap_or_default();
        let length = body.find(|c: char| c.is_whitespace() || c == '\\').unwrap_or(body.len());
        let name = body.get(..length).unwrap_or_default().to_uppercase();
        let from = at.saturating_add(lead).saturating_add(length);
        let rest = body.get(length..).unwrap_or_default().to_owned();
        let mut instruction = Instruction {
            at: at.saturating_add(lead),
            name,
            text: rest,
            from,
            documents: Vec::new(),
            behind: String::new(),
        };
        let inner = instruction.text.split_whitespace().next().unwrap_or_default().to_uppercase();
        let name = if instruction.name == "ONBUILD" { &inner } else { &instruction.name };
        if matches!(name.as_str(), "ADD" | "COPY" | "RUN") {
            self.documents(visit, &mut instruction);
        }
        Some(instruction)
    }

    /// Adds a line; whether the next one continues it.
    fn add(&self, text: &mut String, line: &str) -> bool {
        let plain = line.trim_end();
        let Some(before) = plain.strip_suffix(self.escape) else {
            text.push_str(line);
            return false;
        };
        // What stands between the sign and the end of the line does not count.
        text.push_str(before);
        let broken = line.ends_with('\n');
        let space = line.len().saturating_sub(before.len()).saturating_sub(if broken { 2 } else { 1 });
        text.extend(std::iter::repeat_n(' ', space));
        text.push_str(if broken { "\\\n" } else { " " });
        true
    }

    /// Reads the documents that an instruction names.
    fn documents(&mut self, visit: &mut Visit<'_>, instruction: &mut Instruction) {
        for (indented, end) in named(&instruction.text).into_iter().take(16) {
            let from = self.at;
            let mut text = String::new();
            loop {
                let Some((_, line)) = self.line() else {
                    visit.incomplete("a document whose end is not there was not understood");
                    break;
                };
                let plain = line.trim_end_matches(['\n', '\r']);
                instruction.behind.push_str(line);
                if (if indented { plain.trim_start_matches('\t') } else { plain }) == end {
                    break;
                }
                text.push_str(line);
            }
            instruction.documents.push(Document { name: end, from, text });
        }
    }
}

/// The ends of the documents that a text names, and whether they are indented.
fn named(text: &str) -> Vec<(bool, String)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("<<") {
        rest = behind;
        if before.ends_with('<') || behind.starts_with('<') {
            continue;
        }
        let (indented, behind) = match behind.strip_prefix('-') {
            Some(behind) => (true, behind),
            None => (false, behind),
        };
        let behind = behind.trim_start_matches(['"', '\'']);
        let length = behind.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(behind.len());
        let word = behind.get(..length).unwrap_or_default();
        if word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            found.push((indented, word.to_owned()));
        }
    }
    found
}
