//! What is said when a command cannot do its work: what went wrong, and the next command to run.

use std::fmt::Display;
use std::io::Write as _;

use anstyle::{AnsiColor, Style};
use clap::CommandFactory as _;
use weighbridge_inspect::secrets::masked;

use crate::command_line::CommandLine;

/// Why a command ends without having done its work.
#[derive(Debug)]
pub(crate) struct Failure {
    /// What went wrong.
    cause: String,
    /// What to do next.
    hint: String,
}

impl Failure {
    pub(crate) fn new(cause: impl Display, hint: impl Into<String>) -> Self {
        Self { cause: cause.to_string(), hint: hint.into() }
    }

    /// A command line that cannot be understood.
    pub(crate) fn usage(error: &clap::Error) -> Self {
        let text = error.render().to_string();
        let text = text.strip_prefix("error: ").unwrap_or(&text);
        let cause = text.split("\n\nUsage: ").next().unwrap_or(text);
        let cause = cause.split("\n\nFor more").next().unwrap_or(cause).trim_end();
        let commands = CommandLine::command();
        let command = std::env::args().nth(1).filter(|name| commands.find_subcommand(name).is_some());
        Self::new(
            cause,
            command
                .map_or_else(|| "weighbridge --help".to_owned(), |name| format!("weighbridge {name} --help")),
        )
    }

    pub(crate) fn print(&self) {
        let red = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
        let cyan = Style::new().bold().fg_color(Some(AnsiColor::Cyan.into()));
        let mut out = anstream::stderr().lock();
        // There is nobody to tell when standard error is closed.
        let _ = writeln!(out, "{red}error:{red:#} {}", masked(&self.cause));
        let _ = writeln!(out, "{cyan}hint:{cyan:#} {}", masked(&self.hint));
    }
}
