//! Tests of the command as its users run it.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod bad_input;
mod bom;
mod diff;
mod edges;
mod exceptions;
mod formats;
mod licence;
mod options;
mod page;
mod pages;
mod picture;
mod run;
mod schema;
mod secrets;
mod validators;
mod wording;
mod yara;
