//! Lines of a notebook that are no Python: commands for a shell, magics, and calls without brackets.

use ruff_python_ast::IpyEscapeKind;
use ruff_text_size::TextRange;

use crate::formats::command;
use crate::formats::python::reader::Reader;
use crate::formats::python::value::Value;

/// Values that are put into one line.
const MOST_PUT_IN: usize = 16;

impl Reader<'_> {
    /// A line of a notebook that is no Python.
    pub(in crate::formats::python) fn escape(&mut self, range: TextRange, kind: IpyEscapeKind, value: &str) {
        let value = value.trim();
        let (first, rest) = value.split_once(char::is_whitespace).unwrap_or((value, ""));
        match kind {
            IpyEscapeKind::Shell | IpyEscapeKind::ShCap => self.shell(range, value),
            IpyEscapeKind::Magic | IpyEscapeKind::Magic2 => self.magic(range, first, rest.trim()),
            // `/f a` is `f(a)`, `,f a b` is `f("a", "b")`, `;f a b` is `f("a b")`.
            IpyEscapeKind::Paren => {
                let rest = rest.split(',').map(str::trim).collect::<Vec<_>>().join(", ");
                self.run_source(range, &format!("{first}({rest})"));
            }
            IpyEscapeKind::Quote => {
                let words: Vec<String> = rest.split_whitespace().map(|word| format!("{word:?}")).collect();
                self.run_source(range, &format!("{first}({})", words.join(", ")));
            }
            IpyEscapeKind::Quote2 => self.run_source(range, &format!("{first}({rest:?})")),
            _ => {}
        }
    }

    fn shell(&mut self, range: TextRange, line: &str) {
        let line = self.put_in(line);
        if self.spend(line.len()) {
            self.note_commands(range, "notebook", command::read(&line, &[], self.meter));
        }
    }

    /// `{name}` and `$name` stand for what the names of the file stand for.
    fn put_in(&mut self, line: &str) -> String {
        let mut out = String::new();
        let mut rest = line;
        for _ in 0..MOST_PUT_IN {
            let Some(at) = rest.find(['{', '$']) else { break };
            let (before, behind) = rest.split_at_checked(at).unwrap_or((rest, ""));
            let inner = behind.get(1..).unwrap_or_default();
            let length = inner.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(inner.len());
            let name = inner.get(..length).unwrap_or_default();
            let closes = inner.get(length..).is_some_and(|end| end.starts_with('}'));
            let braces = behind.starts_with('{');
            let value = if braces && !closes || name.is_empty() { Value::Unknown } else { self.lookup(name) };
            let taken = length.saturating_add(if braces && closes { 2 } else { 1 });
            out.push_str(before);
            match value {
                Value::Text(text) if text.len() < 4096 => out.push_str(&text),
                _ => out.push_str(behind.get(..taken).unwrap_or_default()),
            }
            rest = behind.get(taken..).unwrap_or_default();
        }
        out.push_str(rest);
        out
    }

    fn magic(&mut self, range: TextRange, name: &str, rest: &str) {
        match name {
            "!" | "bash" | "script" | "sh" | "sx" | "system" => self.shell(range, rest),
            "conda" | "mamba" | "pip" | "uv" => self.shell(range, &format!("{name} {rest}")),
            "alias" => {
                let (_, command) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
                self.shell(range, command);
            }
            // What times or watches a statement runs it.
            "debug" | "lprun" | "memit" | "mprun" | "prun" | "time" | "timeit" => {
                let mut statement = rest;
                while let Some(option) = statement.strip_prefix('-') {
                    let word = option.split_whitespace().next().unwrap_or_default();
                    let behind = option.get(word.len()..).unwrap_or_default().trim_start();
                    // `-n 10`: the value may be a word of its own.
                    let valued =
                        word.len() == 1 && matches!(word, "D" | "T" | "f" | "l" | "m" | "n" | "r" | "s");
                    statement = if valued {
                        behind.split_once(char::is_whitespace).map_or("", |(_, rest)| rest).trim_start()
                    } else {
                        behind
                    };
                }
                if !statement.is_empty() {
                    self.run_source(range, statement);
                }
            }
            "cython" | "load" | "load_ext" | "loadpy" | "macro" | "reload_ext" | "run" | "writefile" => {
                let arguments = [(None, Value::text(rest))];
                self.note_use(range, &format!("IPython.magic.{name}"), Some(&arguments));
            }
            _ => {}
        }
    }

    /// `get_ipython().run_line_magic(name, line)`, `get_ipython().run_cell_magic(name, line, cell)`
    pub(super) fn run_magic(&mut self, range: TextRange, given: &[&str]) {
        match given {
            [name, line] => self.magic(range, name, line),
            [name, line, cell] => {
                let shell = matches!(*name, "!" | "bash" | "cmd" | "powershell" | "sh" | "sx" | "system")
                    || *name == "script" && line.contains("sh");
                if shell {
                    self.shell(range, cell);
                } else if !matches!(
                    *name,
                    "HTML"
                        | "file"
                        | "html"
                        | "javascript"
                        | "js"
                        | "latex"
                        | "markdown"
                        | "svg"
                        | "writefile"
                ) {
                    self.run_source(range, cell);
                }
            }
            _ => {}
        }
    }
}
