//! The checkpoint between a downloaded model and the machine that runs it.

use std::path::PathBuf;
use std::process::ExitCode;

use weighbridge_inspect::{Options, Progress, scan};

fn main() -> ExitCode {
    let paths: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let report = scan(&paths, &Options::default(), &Progress::default());
    anstream::println!("{}", serde_json::to_string_pretty(&report).unwrap_or_default());
    ExitCode::SUCCESS
}
