//! How much a file may cost to inspect, and what is said when it would cost more.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::secrets::Key;

/// Bounds on the work for one file.
#[derive(Debug, Clone)]
pub struct Limits {
    /// How deeply containers may be nested.
    pub depth: usize,
    /// How many bytes may come out of decompression.
    pub expanded: u64,
    /// How many members may be inspected.
    pub members: u64,
    /// Bytes of memory for what a file makes us remember.
    pub memory: u64,
    /// Time for the whole scan.
    pub time: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 8, expanded: 10 << 30, members: 100_000, memory: 256 << 20, time: None }
    }
}

/// Why the inspection of a part ended early. What was found until then stays.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The bytes end before what was announced.
    #[error("ends early, at byte {at}")]
    Truncated {
        /// Where more bytes were wanted.
        at: u64,
    },
    /// It is not what it looked like, and nothing can be read behind this point.
    #[error("cannot be parsed: {0}")]
    Unparsable(String),
    /// It could not be read.
    #[error("could not be read: {0}")]
    Io(#[from] io::Error),
    /// It would cost more than is allowed.
    #[error("limit reached: {what} ({limit}); raise it with {option}")]
    Limit {
        /// What there is too much of.
        what: &'static str,
        /// How much is allowed.
        limit: String,
        /// The command line option that allows more.
        option: &'static str,
    },
    /// It is of a variant that is not understood.
    #[error("{0}")]
    Unsupported(String),
}

/// Every file may expand to this part of the limit, however small it is: 1 GiB unless told otherwise.
const FREE_PART: u64 = 10;

/// Beyond that, a file may expand to this many times its own size. Deflate reaches 1032 on zeros, and weights that are
/// mostly zeros come near it, but only constant bytes stay there over a gibibyte.
const MOST_RATIO: u64 = 200;

/// Facts kept of one file. Rules look at each of them, and each takes memory; ordinary files have some thousands.
const MOST_FACTS: u64 = 500_000;

/// What is left of the limits while one file is inspected.
#[derive(Debug)]
pub struct Budget {
    limits: Limits,
    size: u64,
    expanded: u64,
    excess_told: bool,
    entries: u64,
    members: u64,
    facts: u64,
    kept: u64,
    deadline: Option<Instant>,
    key: Option<Arc<Key>>,
}

impl Budget {
    /// The whole of these limits; `deadline` is shared by all files of a scan.
    pub fn new(limits: &Limits, deadline: Option<Instant>) -> Self {
        Self {
            limits: limits.clone(),
            size: 0,
            expanded: 0,
            excess_told: false,
            entries: 0,
            members: 0,
            facts: 0,
            kept: 0,
            deadline,
            key: None,
        }
    }

    /// The same, with the key for digests of secrets.
    #[must_use]
    pub(crate) fn with_key(self, key: Option<&Arc<Key>>) -> Self {
        Self { key: key.cloned(), ..self }
    }

    /// The key for digests of secrets.
    pub(crate) fn key(&self) -> Option<&Key> {
        self.key.as_deref()
    }

    /// The file to be inspected has this size.
    pub(crate) fn begin(&mut self, size: u64) {
        self.size = size;
    }

    /// The limits it started with.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Takes `bytes` of decompressed content.
    pub fn expand(&mut self, bytes: u64) -> Result<(), Fault> {
        self.expanded = self.expanded.saturating_add(bytes);
        if self.expanded > self.limits.expanded {
            let limit = format!("{} bytes", self.limits.expanded);
            return Err(Fault::Limit { what: "decompressed bytes", limit, option: "--max-expanded" });
        }
        let free = self.limits.expanded / FREE_PART;
        if self.expanded > free.max(self.size.saturating_mul(MOST_RATIO)) {
            let limit = format!("{free} bytes and {MOST_RATIO} times the size of the file");
            return Err(Fault::Limit { what: "decompressed bytes", limit, option: "--max-expanded" });
        }
        self.tick()
    }

    /// Takes one entry of an archive's listing; there may be as many as members.
    pub(crate) fn entry(&mut self) -> Result<(), Fault> {
        self.entries = self.entries.saturating_add(1);
        if self.entries > self.limits.members {
            let limit = self.limits.members.to_string();
            return Err(Fault::Limit { what: "members", limit, option: "--max-members" });
        }
        self.tick()
    }

    /// Whether this is the first time that more came out of decompression than is allowed.
    pub(crate) fn first_excess(&mut self) -> bool {
        !std::mem::replace(&mut self.excess_told, true)
    }

    /// Whether more came out of decompression than is allowed.
    pub(crate) fn is_exceeded(&self) -> bool {
        self.excess_told
    }

    /// Takes one fact of this size.
    pub(crate) fn fact(&mut self, size: u64) -> Result<(), Fault> {
        self.facts = self.facts.saturating_add(1);
        self.kept = self.kept.saturating_add(size);
        self.facts_left()
    }

    /// Checks that facts may still be kept.
    pub(crate) fn facts_left(&self) -> Result<(), Fault> {
        if self.facts > MOST_FACTS {
            return Err(Fault::Unsupported(format!(
                "the file has more than {MOST_FACTS} names, tensors and other things to look at"
            )));
        }
        self.memory(self.kept)
    }

    /// Takes memory that is kept until the file is done.
    pub(crate) fn keep(&mut self, bytes: u64) -> Result<(), Fault> {
        self.kept = self.kept.saturating_add(bytes);
        self.memory(self.kept)
    }

    /// Takes one member.
    pub fn member(&mut self) -> Result<(), Fault> {
        self.members = self.members.saturating_add(1);
        if self.members > self.limits.members {
            let limit = self.limits.members.to_string();
            return Err(Fault::Limit { what: "members", limit, option: "--max-members" });
        }
        self.tick()
    }

    /// Checks that remembering this many bytes at once is allowed.
    pub fn memory(&self, bytes: u64) -> Result<(), Fault> {
        if bytes > self.limits.memory {
            return Err(too_much_memory(self.limits.memory));
        }
        Ok(())
    }

    /// Checks the time; to be called now and then in every loop whose length the file decides.
    pub fn tick(&self) -> Result<(), Fault> {
        match self.deadline {
            Some(deadline) if Instant::now() >= deadline => Err(time_is_over(self.limits.time)),
            _ => Ok(()),
        }
    }

    /// The time that is left, when there is an end to it.
    #[cfg(feature = "yara")]
    pub(crate) fn left(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// The time and the memory for a reader that keeps what it finds until it is told.
    pub(crate) fn meter(&self) -> Meter {
        Meter { clock: self.clock(), most: self.limits.memory, kept: AtomicU64::new(self.kept) }
    }

    /// The same for what is done with the facts.
    pub(crate) fn clock(&self) -> Clock {
        Clock::new(self.deadline, self.limits.time)
    }
}

/// The deadline for whoever looks through facts.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    deadline: Option<Instant>,
    time: Option<Duration>,
    steps: AtomicU64,
    stopped: AtomicBool,
}

/// Steps between two looks at the time.
const STEPS: u64 = 64;

impl Clock {
    pub(crate) fn new(deadline: Option<Instant>, time: Option<Duration>) -> Self {
        Self { deadline, time, steps: AtomicU64::new(0), stopped: AtomicBool::new(false) }
    }

    /// Takes a small step; false when there is no time for it.
    pub(crate) fn step(&self) -> bool {
        self.deadline.is_none()
            || (!self.is_stopped()
                && (!self.steps.fetch_add(1, Ordering::Relaxed).is_multiple_of(STEPS) || self.goes_on()))
    }

    /// Looks at the time; false when it is over.
    pub(crate) fn goes_on(&self) -> bool {
        if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            self.stopped.store(true, Ordering::Relaxed);
        }
        !self.is_stopped()
    }

    /// Something was not done, because the time was over.
    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    /// Why something was not done.
    pub(crate) fn fault(&self) -> Fault {
        time_is_over(self.time)
    }
}

/// The time, and the memory for what is kept until it is a fact, of readers that have no budget at hand.
#[derive(Debug)]
pub(crate) struct Meter {
    clock: Clock,
    most: u64,
    kept: AtomicU64,
}

impl Meter {
    /// Takes a small step; false when there is no time for it, or no memory for more.
    pub(crate) fn step(&self) -> bool {
        !self.is_full() && self.clock.step()
    }

    /// Takes a step that keeps this many bytes; false when there is no room for them.
    pub(crate) fn keep(&self, bytes: usize) -> bool {
        self.kept.fetch_add(bytes as u64, Ordering::Relaxed);
        self.step()
    }

    fn is_full(&self) -> bool {
        self.kept.load(Ordering::Relaxed) > self.most
    }

    /// What there was not enough of, when something was not done.
    pub(crate) fn check(&self) -> Result<(), Fault> {
        if self.is_full() {
            return Err(too_much_memory(self.most));
        }
        if self.clock.is_stopped() { Err(self.clock.fault()) } else { Ok(()) }
    }
}

fn too_much_memory(most: u64) -> Fault {
    Fault::Limit { what: "memory", limit: format!("{most} bytes"), option: "--max-memory" }
}

fn time_is_over(time: Option<Duration>) -> Fault {
    Fault::Limit { what: "time", limit: format!("{:?}", time.unwrap_or_default()), option: "--time" }
}
