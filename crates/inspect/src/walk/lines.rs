//! Where in a text the facts about it are: offsets become lines and columns, in one more pass over what was read.

use memchr::{memchr_iter, memrchr};
use weighbridge_domain::facts::Fact;
use weighbridge_domain::finding::Position;

use crate::input::Input;
use crate::limits::{Budget, Fault};

/// Bytes read at once.
const BLOCK: u64 = 256 << 10;

/// Gives each fact that has an offset in this text its line and column.
pub(super) fn place(facts: &mut [Fact], input: &Input, budget: &mut Budget) -> Result<(), Fault> {
    let mut facts: Vec<&mut Fact> = facts.iter_mut().filter(|fact| fact.at.is_some()).collect();
    facts.sort_by_key(|fact| fact.at);
    let mut reached = Reached { at: 0, line: 1, column: 1 };
    let (mut start, mut block) = (0_u64, Vec::new());
    for fact in facts {
        let at = fact.at.unwrap_or_default().min(input.len());
        while reached.at < at {
            let end = start.saturating_add(block.len() as u64);
            if reached.at >= end {
                budget.tick()?;
                start = reached.at;
                block = input.read(start, BLOCK)?;
                if block.is_empty() {
                    return Ok(());
                }
                continue;
            }
            let from = usize::try_from(reached.at.saturating_sub(start)).unwrap_or(usize::MAX);
            let to = usize::try_from(at.min(end).saturating_sub(start)).unwrap_or(usize::MAX);
            reached.pass(block.get(from..to).unwrap_or_default());
        }
        fact.position = Some(Position { line: reached.line, column: reached.column });
    }
    Ok(())
}

/// How far the text was passed through.
struct Reached {
    at: u64,
    line: u64,
    column: u64,
}

impl Reached {
    fn pass(&mut self, text: &[u8]) {
        self.at = self.at.saturating_add(text.len() as u64);
        let lines = memchr_iter(b'\n', text).count() as u64;
        self.line = self.line.saturating_add(lines);
        let rest = match memrchr(b'\n', text) {
            Some(last) => {
                self.column = 1;
                text.get(last.saturating_add(1)..).unwrap_or_default()
            }
            None => text,
        };
        // Bytes that go on with a character are not one.
        let characters = rest.iter().filter(|byte| **byte & 0xc0 != 0x80).count() as u64;
        self.column = self.column.saturating_add(characters);
    }
}

#[cfg(test)]
mod tests {
    use weighbridge_domain::facts::What;

    use super::*;
    use crate::limits::Limits;

    fn positions(text: &[u8], offsets: &[u64]) -> Vec<Option<(u64, u64)>> {
        let fact = |at: &u64| Fact { reading: 0, at: Some(*at), position: None, what: What::Scattered };
        let mut facts: Vec<Fact> = offsets.iter().map(fact).collect();
        let mut budget = Budget::new(&Limits::default(), None);
        place(&mut facts, &Input::bytes(text.to_vec()), &mut budget).unwrap();
        facts.iter().map(|fact| fact.position.map(|found| (found.line, found.column))).collect()
    }

    #[test]
    fn offsets_become_lines_and_columns_of_characters() {
        let text = "one\nzw\u{f6}lf x\r\n\nlast".as_bytes();
        let found = positions(text, &[18, 0, 4, 10, 3, 14, 99]);
        let expected = [(4, 4), (1, 1), (2, 1), (2, 6), (1, 4), (3, 1), (4, 5)];
        assert_eq!(found, expected.map(Some));
    }

    #[test]
    fn lines_are_counted_over_blocks() {
        let mut text = "ab\n".repeat(200_000).into_bytes();
        let long = text.len() as u64;
        text.extend(vec![b'x'; 600_000]);
        let found = positions(&text, &[long + 500_000, long, 299_998]);
        assert_eq!(found, [Some((200_001, 500_001)), Some((200_001, 1)), Some((100_000, 2))]);
    }
}
