//! Tests over the whole crate.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod any_bytes;
mod archives;
mod bounds;
mod gaps;
mod licences;
mod peers;
mod recognition;
mod reference;
mod scripts;
mod secrets;
mod slices;
mod templates;
mod tensors;
mod wording;
mod yara;
