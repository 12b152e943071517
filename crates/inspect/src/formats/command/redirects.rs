//! Redirections, and the documents that stand in a script behind the command that reads them.

use weighbridge_domain::facts::{Feed, Program};

use super::shell::{MOST_WORDS, Redirected, Shell, append, feed};
use super::word::Word;
use super::wrapping::kept;

impl Shell<'_, '_> {
    /// A redirection, if one begins here.
    pub(super) fn redirect(&mut self, redirects: &mut Vec<Redirected>) -> bool {
        let rest = self.rest();
        let stream = rest.bytes().take_while(u8::is_ascii_digit).count();
        let behind = rest.get(stream..).unwrap_or_default();
        let of_process = behind.starts_with("<(") || behind.starts_with(">(");
        let signs = ["&>>", "&>", "<<<", "<<-", "<<", "<>", "<&", ">>", ">&", ">|", "<", ">"];
        let Some(sign) = signs.into_iter().find(|sign| behind.starts_with(sign)) else { return false };
        if of_process || stream > 0 && sign.starts_with('&') || stream > 2 {
            return false;
        }
        self.skip(stream.saturating_add(sign.len()));
        self.blanks();
        if matches!(sign, "<<" | "<<-") {
            let word = self.document(sign == "<<-");
            redirects.push(Redirected { sign: "<<", word });
            return true;
        }
        let word = self.word();
        let stream_again =
            matches!(sign, ">&" | "<&") && word.text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        if !stream_again && redirects.len() < MOST_WORDS {
            let sign = match sign {
                "&>" | ">&" | ">|" => ">",
                "&>>" => ">>",
                "<&" => "<",
                other => other,
            };
            redirects.push(Redirected { sign, word });
        }
        true
    }

    /// The document whose end is named here.
    fn document(&mut self, indented: bool) -> Word {
        let delimiter = self.word();
        let from = match self.jump {
            Some((_, to)) => to,
            None => self.line_end(),
        };
        let line_end = self.jump.map_or(from, |(line_end, _)| line_end);
        let start = if self.jump.is_some() { from } else { from.saturating_add(1).min(self.end) };
        let mut to = start;
        let mut body_end = None;
        for line in self.source.get(start..self.end).unwrap_or_default().split_inclusive('\n') {
            let text = line.trim_end_matches(['\n', '\r']);
            let text = if indented { text.trim_start_matches('\t') } else { text };
            if text == delimiter.text {
                body_end = Some(to);
                to = to.saturating_add(line.len());
                break;
            }
            to = to.saturating_add(line.len());
        }
        if body_end.is_none() {
            self.unread("a document whose end is not there");
        }
        self.jump = Some((line_end, to));
        let body_end = body_end.unwrap_or(to);
        if !delimiter.plain {
            let text = self.source.get(start..body_end).unwrap_or_default();
            return Word::quote(text);
        }
        let (at, end) = (self.at, self.end);
        (self.at, self.end) = (start, body_end);
        let mut word = Word::quote("");
        self.quoted(&mut word, None);
        (self.at, self.end) = (at, end);
        word
    }

    /// Where the line ends that is read now, with those that continue it.
    fn line_end(&self) -> usize {
        let rest = self.rest();
        let mut from = 0_usize;
        while let Some(length) = rest.get(from..).and_then(|rest| rest.find('\n')) {
            let end = from.saturating_add(length);
            if !rest.get(..end).is_some_and(|line| line.ends_with('\\')) {
                return self.at.saturating_add(end);
            }
            from = end.saturating_add(1);
        }
        self.end
    }
}

/// What is redirected into a group goes to one of its programs.
pub(super) fn redirect_group(programs: &mut Vec<Program>, into: Feed, redirects: Vec<Redirected>) {
    for redirect in redirects {
        for one in redirect.word.substitutions {
            let from = programs.len();
            append(programs, one.programs);
            feed(programs, from, into);
        }
        if let Some(program) = programs.get_mut(into.to) {
            program.redirects.push(kept(redirect.sign, &redirect.word.text));
        }
    }
}
