//! The checkpoint between a downloaded model and the machine that runs it.

mod command_line;
mod commands;
mod failure;
mod human;
mod output;
mod progress;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use command_line::{Command, CommandLine};
use failure::Failure;

fn main() -> ExitCode {
    // What panics say may quote what was read.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(String::new, |place| format!(" at {place}"));
        let _ = writeln!(std::io::stderr(), "a defect of Weighbridge{place}, please report it");
    }));
    let result = match CommandLine::try_parse() {
        Ok(command_line) => run(command_line.command),
        Err(error) => refuse(&error),
    };
    match result {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            failure.print();
            ExitCode::from(2)
        }
    }
}

fn run(command: Command) -> Result<u8, Failure> {
    match command {
        Command::Scan(arguments) => commands::scan::run(&arguments),
        Command::Diff(arguments) => commands::diff::run(&arguments),
        Command::Bom(arguments) => commands::bom::run(&arguments),
        Command::Licence(arguments) => commands::licence::run(&arguments),
        Command::Rules => commands::lists::rules(),
        Command::Formats => commands::lists::formats(),
        Command::Completions { shell } => commands::shell::completions(shell),
        Command::Man { command } => commands::shell::man(command.as_deref()),
    }
}

/// Prints the help that was asked for, or says what is wrong with the command line.
fn refuse(error: &clap::Error) -> Result<u8, Failure> {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            output::print(|out| write!(out, "{}", error.render().ansi()))?;
            Ok(0)
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let help = error.render();
            let help = help.ansi();
            Err(Failure::new(format!("no command was given\n\n{help}"), "weighbridge scan --demo"))
        }
        _ => Err(Failure::usage(error)),
    }
}
