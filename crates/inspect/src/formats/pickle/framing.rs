//! What a program says about itself: its protocol, and the frames it is cut into. Readers differ in how they take it.

use weighbridge_domain::facts::problem::Kind as Problem;

use super::context::Context;
use super::leaf::Source;
use super::machine::{Machine, Mode};

impl Machine {
    /// An opcode is partly behind the end of its frame: the reader written in C goes on, the one written in Python stops.
    pub(super) fn straddle(&mut self, context: &mut Context<'_>, at: u64) {
        self.frame_end = None;
        if self.mode == Mode::Walk {
            context.problem(
                at,
                Problem::Framing,
                "an opcode crosses the end of its frame; readers differ in what they do",
            );
        }
    }

    /// `PROTO`.
    pub(super) fn declare(&mut self, context: &mut Context<'_>, version: u8, at: u64) {
        if self.mode == Mode::Walk {
            if self.declared {
                context.problem(
                    at,
                    Problem::Version,
                    format!("declares protocol {version} after protocol {}", self.protocol),
                );
            } else if at != self.start {
                context.problem(
                    at,
                    Problem::Version,
                    format!("declares protocol {version} only after other opcodes"),
                );
            }
            if version > 5 {
                context.problem(
                    at,
                    Problem::Version,
                    format!("declares protocol {version}, which no reader knows"),
                );
            }
        }
        self.declared = true;
        self.protocol = version;
    }

    /// `FRAME`.
    pub(super) fn frame(&mut self, context: &mut Context<'_>, source: &Source<'_>, length: u64, at: u64) {
        let start = at.saturating_add(9);
        let end = start.saturating_add(length);
        let walks = self.mode == Mode::Walk;
        if self.frame_end.is_some_and(|end| end > start) && walks {
            context.problem(
                at,
                Problem::Framing,
                "a frame begins inside another; readers differ in what they do",
            );
        }
        self.frame_end = Some(end);
        if end > source.input.len() {
            self.frame_end = None;
            if walks && self.long_frame.is_none() {
                let left = source.input.len().saturating_sub(start);
                let detail = format!(
                    "a frame of {length} bytes begins where {left} are left; readers differ in what they do"
                );
                self.long_frame = Some((at, detail));
            }
        }
    }
}
