//! The methods of a class, and the methods that their code calls.

use super::pool::{Pool, long, short};
use crate::limits::{Budget, Fault};

/// The methods of a class.
pub(super) struct Methods<'a> {
    bytes: &'a [u8],
    pool: &'a Pool,
    at: usize,
}

impl<'a> Methods<'a> {
    /// Those of a class whose pool ends at this offset.
    pub(super) fn new(bytes: &'a [u8], pool: &'a Pool, behind: usize) -> Self {
        Self { bytes, pool, at: behind.saturating_add(6) }
    }

    /// Tells the number of the name of each method with that of every method that it calls; false when that ended early.
    pub(super) fn each(mut self, budget: &Budget, mut call: impl FnMut(u16, u16)) -> Result<bool, Fault> {
        let mut fault = None;
        let mut goes_on = || match budget.tick() {
            Ok(()) => true,
            Err(over) => {
                fault = Some(over);
                false
            }
        };
        let whole = self.walk(&mut goes_on, &mut call).is_some();
        fault.map_or(Ok(whole), Err)
    }

    fn walk(&mut self, goes_on: &mut impl FnMut() -> bool, call: &mut impl FnMut(u16, u16)) -> Option<()> {
        let interfaces = usize::from(self.short()?);
        self.at = self.at.saturating_add(interfaces.saturating_mul(2));
        for is_method in [false, true] {
            for _ in 0..self.short()? {
                self.at = self.at.saturating_add(2);
                let name = self.short()?;
                self.at = self.at.saturating_add(2);
                for _ in 0..self.short()? {
                    let kind = self.short()?;
                    let length = long(self.bytes, self.at)?;
                    let content = self.at.saturating_add(4);
                    self.at = content.saturating_add(length);
                    let attribute = self.bytes.get(content..self.at)?;
                    if !goes_on() {
                        return None;
                    }
                    if is_method && self.pool.raw(self.bytes, kind) == Some(b"Code") {
                        let code = attribute.get(8..8_usize.saturating_add(long(attribute, 4)?))?;
                        self.pool.raw(self.bytes, name)?;
                        calls(code, |index| call(name, index))?;
                    }
                }
            }
        }
        Some(())
    }

    fn short(&mut self) -> Option<u16> {
        let number = short(self.bytes, self.at);
        self.at = self.at.saturating_add(2);
        number
    }
}

/// Tells the number of every method that code calls; nothing when it is no code.
fn calls(code: &[u8], mut call: impl FnMut(u16)) -> Option<()> {
    let mut at = 0_usize;
    while let Some(opcode) = code.get(at).copied() {
        if matches!(opcode, 0xb6..=0xb9) {
            call(short(code, at.saturating_add(1))?);
        }
        at = at.saturating_add(length(code, at, opcode)?);
    }
    Some(())
}

/// Bytes of the instruction at an offset.
fn length(code: &[u8], at: usize, opcode: u8) -> Option<usize> {
    // Tables begin at a multiple of four.
    let table = at.saturating_add(4) & !3;
    let behind = |entries: usize, before: usize| {
        let bytes = entries.checked_mul(if opcode == 0xaa { 4 } else { 8 })?;
        table.saturating_sub(at).checked_add(before)?.checked_add(bytes)
    };
    Some(match opcode {
        0x10 | 0x12 | 0x15..=0x19 | 0x36..=0x3a | 0xa9 | 0xbc => 2,
        0x11 | 0x13 | 0x14 | 0x84 | 0x99..=0xa8 | 0xb2..=0xb8 | 0xbb | 0xbd | 0xc0 | 0xc1 | 0xc6 | 0xc7 => 3,
        0xc5 => 4,
        0xb9 | 0xba | 0xc8 | 0xc9 => 5,
        0xc4 => {
            if code.get(at.saturating_add(1)) == Some(&0x84) {
                6
            } else {
                4
            }
        }
        0xaa => {
            let low = long(code, table.saturating_add(4))?;
            let high = long(code, table.saturating_add(8))?;
            // Both are numbers with a sign; their distance is not.
            let entries = (high.wrapping_sub(low) & 0xffff_ffff).checked_add(1)?;
            behind(entries, 12)?
        }
        0xab => behind(long(code, table.saturating_add(4))?, 8)?,
        0xca.. => return None,
        _ => 1,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;
    use crate::samples::program;

    #[test]
    fn calls_are_found_behind_tables() {
        // tableswitch of 2..=3 at offset 1, lookupswitch of one pair, wide iinc, invokestatic 7.
        let mut code = vec![0, 0xaa, 0, 0];
        code.extend([0_u8; 4]);
        code.extend([0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0]);
        code.extend([0xab, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 9, 0, 0, 0, 9]);
        code.extend([0xc4, 0x84, 0, 1, 0, 1, 0xb8, 0, 7, 0xb1]);
        let mut found = Vec::new();
        assert_eq!(calls(&code, |index| found.push(index)), Some(()));
        assert_eq!(found, [7]);
        assert_eq!(calls(&[0xfe], |_| ()), None);
    }
    #[test]
    fn methods_are_told_by_number_while_there_is_time() {
        let bytes = program::java_class();
        let (pool, behind) = Pool::read(&bytes).unwrap();
        let mut found = Vec::new();
        let budget = Budget::new(&Limits::default(), None);
        let whole =
            Methods::new(&bytes, &pool, behind).each(&budget, |name, called| found.push((name, called)));
        assert!(whole.unwrap());
        let [(name, _)] = found[..] else { panic!("{found:?}") };
        assert_eq!(pool.text(&bytes, name).as_deref(), Some("main"));
        let budget = Budget::new(&Limits::default(), Some(std::time::Instant::now()));
        let told = Methods::new(&bytes, &pool, behind).each(&budget, |_, _| {});
        assert!(matches!(told, Err(Fault::Limit { .. })));
    }
}
