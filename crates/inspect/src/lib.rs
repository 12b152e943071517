//! Bytes in, facts and findings out: reads model files without loading them. Synchronous, bounded, no network.
//!
//! [`formats`] say what is there, [`rules`] say what it means; [`scan()`] goes over files and puts a [`Report`] together.
//!
//! ```
//! use weighbridge_inspect::{Options, Progress, scan};
//!
//! let folder = tempfile::tempdir()?;
//! std::fs::write(folder.path().join("notes.txt"), "nothing but words\n")?;
//! let report = scan(&[folder.path().to_owned()], &Options::default(), &Progress::default());
//! assert_eq!(report.answer.word(), "unremarkable");
//! assert!(report.files[0].sha256.is_some());
//! # Ok::<(), std::io::Error>(())
//! ```

pub mod baseline;
pub mod bill;
pub mod cursor;
pub mod detect;
pub mod diff;
mod digest;
pub mod docs;
pub mod facts;
pub mod formats;
pub mod fuzz;
pub mod ignore;
pub mod input;
pub mod known;
pub mod licence;
pub mod limits;
mod number;
pub mod path;
pub mod report;
pub mod rules;
pub mod samples;
pub mod scan;
pub mod secrets;
pub mod text;
pub mod walk;
mod weights;
pub mod yara;

pub use facts::Facts;
pub use limits::Limits;
pub use report::Report;
pub use scan::{Options, Progress, scan};

use std::time::Instant;

use input::Input;
use limits::Budget;
use weighbridge_domain::Finding;

/// Inspects one input: all facts about it, and what the rules over single files find. `name` is a hint.
pub fn inspect(input: &Input, name: &str, limits: &Limits) -> (Facts, Vec<Finding>) {
    let deadline = limits.time.and_then(|time| Instant::now().checked_add(time));
    let mut budget = Budget::new(limits, deadline);
    let mut facts = walk::walk(input, name, &mut budget);
    if let Err(fault) =
        digest::digest(input, &mut facts, &budget, &std::sync::atomic::AtomicU64::new(0), None)
    {
        facts.not_inspected_in(0, fault.to_string());
    }
    let mut findings = Vec::new();
    rules::judge_file(name, &mut facts, &mut findings);
    (facts, findings)
}
