//! The vocabulary of Weighbridge. No I/O, no async.
//!
//! ```text
//! source ─▶ fetch ─▶ store ─▶ inspect ─▶ evidence ─▶ policy ─▶ decision ─▶ release ─▶ serve / verify ─▶ observe
//! ```
//!
//! Formats say what is there ([`facts`]), rules say what it means ([`finding`]), policy says what we do about it.

pub mod bill;
pub mod clock;
pub mod digest;
pub mod facts;
pub mod finding;
pub mod purl;
pub mod wording;

pub use clock::{Clock, FixedClock, SystemClock};
pub use digest::Digest;
pub use finding::{Confidence, Finding, Location, Severity};
