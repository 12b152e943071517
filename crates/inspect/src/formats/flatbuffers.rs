//! `FlatBuffers` read at their offsets, without a schema: every table, list and text is checked against the end of the
//! bytes before it is followed. Reference: the verifier of the `FlatBuffers` library.

use weighbridge_domain::facts::problem::Kind;

use super::layout::Notes;
use crate::input::Input;
use crate::limits::Fault;
use crate::text;
use crate::walk::Visit;

/// Bytes read at once.
const BLOCK: u64 = 16 << 10;

/// Bytes kept of a text.
const TEXT_KEPT: u64 = 1 << 20;

/// Why a table could not be read.
#[derive(Debug)]
pub(super) enum Stop {
    /// It points out of the bytes, or contradicts itself.
    Broken { at: u64, kind: Kind, detail: String },
    /// Anything else.
    Fault(Fault),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Self {
        Self::Fault(error.into())
    }
}

impl Stop {
    /// Notes what is broken; what else there was to read here counts as not inspected.
    pub(super) fn tell(self, visit: &mut Visit<'_>, notes: &mut Notes) -> Result<(), Fault> {
        match self {
            Self::Fault(fault) => Err(fault),
            Self::Broken { at, kind, detail } => {
                notes.problem(visit, at, kind, detail);
                visit.incomplete("a table could not be followed");
                Ok(())
            }
        }
    }
}

/// Reads tables.
#[derive(Debug)]
pub(super) struct Flat {
    input: Input,
    window: Vec<u8>,
    base: u64,
    /// Reads that may still be made: tables can be shared so that few bytes describe many things.
    work: u64,
    /// Where the last thing that was looked at ends.
    furthest: u64,
}

/// A table: where it is, and where its fields are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Table {
    pub(super) at: u64,
    fields: u64,
    /// Bytes of the list of fields, and of the table.
    listed: u64,
    size: u64,
}

/// A list: where its items begin, and how many there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct List {
    pub(super) at: u64,
    pub(super) count: u64,
    width: u64,
}

impl List {
    /// Its length in bytes.
    pub(super) fn bytes(&self) -> u64 {
        self.count.saturating_mul(self.width)
    }
}

impl Flat {
    pub(super) fn new(input: &Input) -> Self {
        let work = input.len().saturating_mul(4).saturating_add(1 << 20);
        Self { input: input.clone(), window: Vec::new(), base: 0, work, furthest: 0 }
    }

    /// Length of all the bytes.
    pub(super) fn len(&self) -> u64 {
        self.input.len()
    }

    /// Where the last thing that was looked at ends.
    pub(super) fn furthest(&self) -> u64 {
        self.furthest
    }

    /// Offset and length of what may follow the last thing: it begins there, or a little further on.
    pub(super) fn behind(&self) -> impl Iterator<Item = (u64, u64)> {
        let (end, size) = (self.furthest, self.len());
        (end..end.saturating_add(17).min(size)).map(move |at| (at, size.saturating_sub(at)))
    }

    /// Something that tables point to ends here.
    pub(super) fn reach(&mut self, end: u64) {
        self.furthest = self.furthest.max(end);
    }

    fn bytes<const N: usize>(&mut self, at: u64) -> Result<[u8; N], Stop> {
        self.work = self.work.checked_sub(1).ok_or_else(|| {
            Stop::Fault(Fault::Unsupported("its tables are shared too often to be followed".to_owned()))
        })?;
        let inside = |window: &[u8], base: u64| {
            let start = usize::try_from(at.checked_sub(base)?).ok()?;
            window.get(start..)?.first_chunk::<N>().copied()
        };
        if let Some(bytes) = inside(&self.window, self.base) {
            return Ok(bytes);
        }
        self.base = at & !(BLOCK / 2).saturating_sub(1);
        self.window = self.input.read(self.base, BLOCK)?;
        inside(&self.window, self.base).ok_or_else(|| self.outside(at, "a value"))
    }

    fn outside(&self, at: u64, what: &str) -> Stop {
        let detail = format!("{what} lies at byte {at}, but there are {} bytes", self.len());
        Stop::Broken { at: at.min(self.len()), kind: Kind::OutOfBounds, detail }
    }

    pub(super) fn u32_at(&mut self, at: u64) -> Result<u32, Stop> {
        self.bytes(at).map(u32::from_le_bytes)
    }

    fn u16_at(&mut self, at: u64) -> Result<u64, Stop> {
        self.bytes(at).map(|bytes| u64::from(u16::from_le_bytes(bytes)))
    }

    /// What the offset at `at` points to.
    fn target(&mut self, at: u64, what: &str) -> Result<u64, Stop> {
        let offset = u64::from(self.u32_at(at)?);
        let target = at.saturating_add(offset);
        if offset == 0 || target.saturating_add(4) > self.len() {
            return Err(self.outside(target, what));
        }
        Ok(target)
    }

    /// The table that the offset at `at` points to.
    pub(super) fn root(&mut self, at: u64) -> Result<Table, Stop> {
        let at = self.target(at, "a table")?;
        let distance = i64::from(i32::from_le_bytes(self.bytes(at)?));
        let fields = at.checked_add_signed(distance.saturating_neg());
        let fields = fields.filter(|fields| fields.saturating_add(4) <= self.len());
        let Some(fields) = fields else { return Err(self.outside(at, "the list of a table's fields")) };
        let (listed, size) = (self.u16_at(fields)?, self.u16_at(fields.saturating_add(2))?);
        if listed < 4
            || !listed.is_multiple_of(2)
            || fields.saturating_add(listed) > self.len()
            || size < 4
            || at.saturating_add(size) > self.len()
        {
            let detail = format!("a table of {size} bytes with a list of fields of {listed} bytes");
            return Err(Stop::Broken { at, kind: Kind::OutOfBounds, detail });
        }
        self.reach(at.saturating_add(size));
        self.reach(fields.saturating_add(listed));
        Ok(Table { at, fields, listed, size })
    }

    /// Where a field of so many bytes is, when the table has it.
    pub(super) fn field(&mut self, table: &Table, index: u64, width: u64) -> Result<Option<u64>, Stop> {
        let place = index.saturating_mul(2).saturating_add(4);
        if place >= table.listed {
            return Ok(None);
        }
        let offset = self.u16_at(table.fields.saturating_add(place))?;
        if offset == 0 {
            return Ok(None);
        }
        if offset < 4 || offset.saturating_add(width) > table.size {
            let detail = format!("field {index} lies at byte {offset} of a table of {} bytes", table.size);
            return Err(Stop::Broken { at: table.at, kind: Kind::OutOfBounds, detail });
        }
        Ok(Some(table.at.saturating_add(offset)))
    }

    fn number<const N: usize>(&mut self, table: &Table, index: u64) -> Result<Option<[u8; N]>, Stop> {
        match self.field(table, index, N as u64)? {
            Some(at) => self.bytes(at).map(Some),
            None => Ok(None),
        }
    }

    pub(super) fn u8(&mut self, table: &Table, index: u64) -> Result<u8, Stop> {
        Ok(self.number::<1>(table, index)?.map_or(0, |[byte]| byte))
    }

    pub(super) fn u32(&mut self, table: &Table, index: u64) -> Result<u32, Stop> {
        Ok(self.number(table, index)?.map_or(0, u32::from_le_bytes))
    }

    pub(super) fn i32(&mut self, table: &Table, index: u64) -> Result<i32, Stop> {
        Ok(self.number(table, index)?.map_or(0, i32::from_le_bytes))
    }

    pub(super) fn u64(&mut self, table: &Table, index: u64) -> Result<u64, Stop> {
        Ok(self.number(table, index)?.map_or(0, u64::from_le_bytes))
    }

    /// The table that a field points to.
    pub(super) fn table(&mut self, table: &Table, index: u64) -> Result<Option<Table>, Stop> {
        match self.field(table, index, 4)? {
            Some(at) => self.root(at).map(Some),
            None => Ok(None),
        }
    }

    /// The list that a field points to, of items of so many bytes; an empty one when there is none.
    pub(super) fn list(&mut self, table: &Table, index: u64, width: u64) -> Result<List, Stop> {
        let Some(at) = self.field(table, index, 4)? else { return Ok(List { width, ..List::default() }) };
        self.list_at(at, width)
    }

    fn list_at(&mut self, at: u64, width: u64) -> Result<List, Stop> {
        let at = self.target(at, "a list")?;
        let count = u64::from(self.u32_at(at)?);
        let list = List { at: at.saturating_add(4), count, width };
        if list.at.saturating_add(list.bytes()) > self.len() {
            let detail = format!(
                "a list of {count} items of {width} bytes at byte {at}, but there are {} bytes",
                self.len()
            );
            return Err(Stop::Broken { at, kind: Kind::BadCount, detail });
        }
        self.reach(list.at.saturating_add(list.bytes()));
        Ok(list)
    }

    /// The table that is an item of a list.
    pub(super) fn item(&mut self, list: &List, index: u64) -> Result<Table, Stop> {
        self.root(list.at.saturating_add(index.saturating_mul(4)))
    }

    /// An item of a list of words of four bytes.
    pub(super) fn word(&mut self, list: &List, index: u64) -> Result<u32, Stop> {
        self.u32_at(list.at.saturating_add(index.saturating_mul(4)))
    }

    /// An item of a list of words of eight bytes.
    pub(super) fn long(&mut self, list: &List, index: u64) -> Result<u64, Stop> {
        self.bytes(list.at.saturating_add(index.saturating_mul(8))).map(u64::from_le_bytes)
    }

    /// A text that is an item of a list.
    pub(super) fn text_item(&mut self, list: &List, index: u64) -> Result<String, Stop> {
        let text = self.list_at(list.at.saturating_add(index.saturating_mul(4)), 1)?;
        self.keep(&text)
    }

    /// The text that a field points to.
    pub(super) fn text(&mut self, table: &Table, index: u64) -> Result<Option<String>, Stop> {
        match self.field(table, index, 4)? {
            Some(at) => {
                let text = self.list_at(at, 1)?;
                self.keep(&text).map(Some)
            }
            None => Ok(None),
        }
    }

    fn keep(&mut self, text: &List) -> Result<String, Stop> {
        self.work = self.work.saturating_sub(text.count / 8);
        let bytes = self.input.read(text.at, text.count.min(TEXT_KEPT))?;
        Ok(text::kept(&bytes, bytes.len()))
    }
}
