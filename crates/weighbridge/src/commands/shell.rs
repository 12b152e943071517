//! `completions` and `man`: from the same data as the command line itself.

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::command_line::CommandLine;
use crate::failure::Failure;
use crate::output::print;

/// Prints a completion script.
pub(crate) fn completions(shell: Shell) -> Result<u8, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut CommandLine::command(), "weighbridge", &mut script);
    print(|out| out.write_all(&script))?;
    Ok(0)
}

/// Prints the manual page of a command, or of all.
pub(crate) fn man(command: Option<&str>) -> Result<u8, Failure> {
    let mut all = CommandLine::command();
    all.build();
    let page = match command {
        None => all,
        Some(name) => {
            let named = all.find_subcommand(name).cloned();
            let named = named.ok_or_else(|| {
                Failure::new(format!("no command is called `{name}`"), "weighbridge --help")
            })?;
            named.display_name(format!("weighbridge-{name}"))
        }
    };
    print(|mut out| clap_mangen::Man::new(page).render(&mut out))?;
    Ok(0)
}
