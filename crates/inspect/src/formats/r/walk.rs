//! The walk over a serialised R object: every item is looked at once, with what is still to come on a stack of our own.
//! The order of everything is that of `R_Unserialize` in R's `serialize.c`.

use std::collections::{BTreeMap, BTreeSet};

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::facts::{Tensor, What};

use super::places::{NIL, Places, Vector};
use super::source::{Form, Source};
use super::task::{Code, Role, Task};
use crate::cursor::Cursor;
use crate::formats::layout::{self, Notes};
use crate::limits::Fault;
use crate::walk::Visit;

/// Items on the stack at once.
const MOST_TASKS: usize = 1_000_000;

/// Bytes kept of a name.
const NAME_KEPT: usize = 256;

/// Names and vectors that are kept.
const MOST_KEPT: usize = 100_000;

/// What was seen.
#[derive(Debug)]
pub(super) struct Walk<'n> {
    source: Source,
    notes: &'n mut Notes,
    tasks: Vec<Task>,
    /// Names of the symbols that may be referred to by number; nothing for environments and the like.
    references: Vec<Option<String>>,
    /// The name that was read last, when it was all of an item.
    head: Option<String>,
    /// The item that was read last is the mark of a promise without a value.
    unbound: bool,
    /// What is called what.
    places: Places,
    dims: BTreeMap<usize, Vec<u64>>,
    vectors: Vec<Vector>,
    pub(super) calls: BTreeMap<(Code, String), (u64, u64)>,
    pub(super) functions: (u64, Option<u64>),
    pub(super) namespaces: BTreeSet<String>,
    pub(super) pointers: (u64, Option<u64>),
}

impl<'n> Walk<'n> {
    pub(super) fn new(cursor: Cursor, form: Form, notes: &'n mut Notes) -> Self {
        let first = Task::Item { role: Role::Value, code: Code::Call, node: NIL };
        Self {
            source: Source { cursor, form },
            notes,
            tasks: vec![first],
            references: Vec::new(),
            head: None,
            unbound: false,
            places: Places::default(),
            dims: BTreeMap::new(),
            vectors: Vec::new(),
            calls: BTreeMap::new(),
            functions: (0, None),
            namespaces: BTreeSet::new(),
            pointers: (0, None),
        }
    }

    /// Versions of the writer, and the encoding.
    pub(super) fn header(&mut self, visit: &mut Visit<'_>) -> Result<(), Fault> {
        let at = self.source.cursor.position();
        let version = self.source.int()?;
        let writer = self.source.int()?.cast_unsigned();
        self.source.int()?;
        match version {
            2 => {}
            3 => {
                let length = self.source.length()?;
                self.source.text(visit, length, NAME_KEPT)?;
            }
            _ => return Err(Fault::Unsupported(format!("version {version} of R's format"))),
        }
        let value = format!("{}.{}.{}", writer >> 16 & 255, writer >> 8 & 255, writer & 255);
        self.notes.metadata(visit, at, "R version", &value)
    }

    pub(super) fn run(&mut self, visit: &mut Visit<'_>) -> Result<u64, Fault> {
        let mut count = 0_u32;
        while let Some(task) = self.tasks.pop() {
            count = count.wrapping_add(1);
            if count.is_multiple_of(4096) {
                visit.budget.tick()?;
            }
            if self.tasks.len() > MOST_TASKS {
                return Err(Fault::Unsupported("it is nested too deeply".to_owned()));
            }
            self.step(visit, task)?;
        }
        Ok(self.source.cursor.position())
    }

    fn push(&mut self, task: Task) {
        self.tasks.push(task);
    }

    fn item(&mut self, role: Role, code: Code, node: usize) {
        self.push(Task::Item { role, code, node });
    }

    fn step(&mut self, visit: &mut Visit<'_>, task: Task) -> Result<(), Fault> {
        match task {
            Task::Item { role, code, node } => self.read_item(visit, role, code, node)?,
            Task::List { left: 0, .. }
            | Task::Texts { left: 0, .. }
            | Task::ConstantsLeft { left: 0, .. } => {}
            Task::List { left, next, code, node } => {
                let below = self.place(visit, node, next.to_string())?;
                let (left, next) = (left.saturating_sub(1), next.saturating_add(1));
                self.push(Task::List { left, next, code, node });
                self.item(Role::Value, code, below);
            }
            Task::Texts { left, names, node } => {
                self.push(Task::Texts { left: left.saturating_sub(1), names, node });
                let text = self.text_item(visit)?;
                if names {
                    self.notes.remember(visit, 64)?;
                    self.places.name_element(node, text);
                }
            }
            Task::Operands { code, node } => {
                let qualified = matches!(self.head.as_deref(), Some("::" | ":::"));
                self.item(Role::Operands { index: 0, qualified }, code, node);
            }
            Task::ForgetHead => self.head = None,
            Task::Promise { code, node } => {
                let code = if self.unbound { Code::Promise } else { code };
                self.item(Role::Value, code, node);
            }
            Task::Compiled { node } => {
                // The instructions are a vector of numbers.
                self.push(Task::Constants { node });
                self.item(Role::Value, Code::Function, node);
            }
            Task::Constants { node } => {
                let left = self.source.length()?;
                self.push(Task::ConstantsLeft { left, node });
            }
            Task::ConstantsLeft { left, node } => {
                self.push(Task::ConstantsLeft { left: left.saturating_sub(1), node });
                match self.source.int()? {
                    21 => self.push(Task::Compiled { node }),
                    kind @ (2 | 6 | 239 | 240 | 243 | 244) => {
                        self.push(Task::LanguageOf { kind, head: false, node });
                    }
                    _ => self.item(Role::Value, Code::Function, node),
                }
            }
            Task::Language { head, node } => {
                let kind = self.source.int()?;
                self.push(Task::LanguageOf { kind, head, node });
            }
            Task::LanguageOf { kind, head, node } => self.language(kind, head, node)?,
        }
        Ok(())
    }

    /// A call or list among the constants of byte code.
    fn language(&mut self, mut kind: i32, head: bool, node: usize) -> Result<(), Fault> {
        if kind == 243 {
            self.source.int()?;
            return Ok(());
        }
        if kind == 244 {
            self.source.int()?;
            kind = self.source.int()?;
        }
        if !matches!(kind, 2 | 6 | 239 | 240) {
            self.item(if head { Role::Head } else { Role::Value }, Code::Function, node);
            return Ok(());
        }
        self.push(Task::Language { head: false, node });
        self.push(Task::Language { head: matches!(kind, 6 | 240), node });
        self.item(Role::Value, Code::Function, node);
        if matches!(kind, 239 | 240) {
            self.item(Role::Attributes, Code::Function, node);
        }
        Ok(())
    }

    /// A place below another; the same place when there are too many.
    fn place(&mut self, visit: &Visit<'_>, parent: usize, name: String) -> Result<usize, Fault> {
        if self.places.len() >= MOST_KEPT {
            return Ok(parent);
        }
        self.notes.remember(visit, 96)?;
        Ok(self.places.add(parent, name))
    }

    fn refer(&mut self, visit: &Visit<'_>, name: Option<String>) -> Result<(), Fault> {
        self.notes.remember(visit, 64)?;
        self.references.push(name);
        Ok(())
    }

    /// A text that is an item: its flags, its length, its bytes.
    fn text_item(&mut self, visit: &Visit<'_>) -> Result<String, Fault> {
        let at = self.source.cursor.position();
        let flags = self.source.int()?;
        if flags & 0xff != 9 {
            return Err(Fault::Unparsable(format!("there is no text at byte {at}")));
        }
        match self.source.int()? {
            -1 => Ok("NA".to_owned()),
            length => {
                let length = u64::try_from(length)
                    .map_err(|_| Fault::Unparsable(format!("a text at byte {at} has {length} bytes")))?;
                self.source.text(visit, length, NAME_KEPT)
            }
        }
    }

    /// A name by itself.
    fn name(&mut self, role: Role, code: Code, at: u64, name: Option<String>) {
        let called = matches!(role, Role::Head | Role::Class);
        if let Some(name) = name.as_ref().filter(|_| called) {
            let name = if role == Role::Class { format!("altrep {name}") } else { name.clone() };
            if self.calls.len() < MOST_KEPT {
                let (_, count) = self.calls.entry((code, name)).or_insert((at, 0));
                *count = count.saturating_add(1);
            }
        }
        self.head = name;
    }

    fn read_item(&mut self, visit: &mut Visit<'_>, role: Role, code: Code, node: usize) -> Result<(), Fault> {
        let at = self.source.cursor.position();
        let flags = self.source.int()?;
        let kind = flags & 0xff;
        let has = |bit: i32| flags & bit != 0;
        let (attributes, tagged) = (has(0x200), has(0x400));
        self.unbound = kind == 252;
        if role == Role::Head && !matches!(kind, 1 | 255) {
            self.push(Task::ForgetHead);
        }
        match kind {
            0 | 241 | 242 | 250..=254 => {}
            1 => {
                let name = self.text_item(visit)?;
                self.refer(visit, Some(name.clone()))?;
                self.name(role, code, at, Some(name));
            }
            255 => {
                let number = match flags >> 8 {
                    0 => self.source.int()?,
                    number => number,
                };
                let index = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
                let Some(name) = index.and_then(|index| self.references.get(index)) else {
                    return Err(Fault::Unparsable(format!("reference {number} at byte {at} is to nothing")));
                };
                let name = name.clone();
                self.name(role, code, at, name);
            }
            2 | 3 | 5 | 6 | 17 => self.pair(visit, at, kind, role, code, node, attributes, tagged)?,
            4 => {
                self.source.int()?;
                self.refer(visit, None)?;
                for _ in 0..4 {
                    self.item(Role::Value, code, node);
                }
            }
            7 | 8 => {
                let length = self.source.length()?;
                let name = self.source.text(visit, length, NAME_KEPT)?;
                self.name(role, code, at, Some(name));
                self.attributes(attributes, code, node);
            }
            9 => {
                return Err(Fault::Unparsable(format!("a text at byte {at} stands for an object")));
            }
            10 => self.vector(visit, at, node, "logical", 4, attributes, code)?,
            13 => self.vector(visit, at, node, "integer", 4, attributes, code)?,
            14 => self.vector(visit, at, node, "double", 8, attributes, code)?,
            15 => self.vector(visit, at, node, "complex", 16, attributes, code)?,
            24 => self.vector(visit, at, node, "raw", 1, attributes, code)?,
            16 => {
                let left = self.source.length()?;
                self.attributes(attributes, code, node);
                if role == Role::Head && left == 1 {
                    // A call may name its function as a text.
                    let name = self.text_item(visit)?;
                    self.name(role, code, at, Some(name));
                    return Ok(());
                }
                let names = self.places.own(node) == "@names";
                let of = if names { self.places.parent(node) } else { node };
                self.push(Task::Texts { left, names, node: of });
            }
            19 | 20 => {
                let left = self.source.length()?;
                self.attributes(attributes, code, node);
                self.push(Task::List { left, next: 0, code, node });
            }
            21 => {
                self.source.int()?;
                self.attributes(attributes, code, node);
                self.push(Task::Compiled { node });
            }
            22 => {
                self.refer(visit, None)?;
                self.pointers = (self.pointers.0.saturating_add(1), self.pointers.1.or(Some(at)));
                self.attributes(attributes, code, node);
                self.item(Role::Value, code, node);
                self.item(Role::Value, code, node);
            }
            23 => {
                self.refer(visit, None)?;
                self.pointers = (self.pointers.0.saturating_add(1), self.pointers.1.or(Some(at)));
                self.attributes(attributes, code, node);
            }
            25 => self.attributes(attributes, code, node),
            238 => {
                let state = self.place(visit, node, "@state".to_owned())?;
                self.item(Role::Attributes, code, node);
                self.item(Role::Value, code, state);
                self.item(Role::Class, code, node);
            }
            247..=249 => self.outside(visit, at, kind)?,
            _ => {
                let detail = format!("an object of the unknown type {kind} at byte {at}");
                self.notes.unknown_type(visit, at, &kind.to_string(), detail.clone());
                return Err(Fault::Unsupported(detail));
            }
        }
        Ok(())
    }

    fn attributes(&mut self, there: bool, code: Code, node: usize) {
        if there {
            self.item(Role::Attributes, code, node);
        }
    }

    /// A pair, a call, a function or a promise: attributes and tag, then both halves.
    #[expect(clippy::too_many_arguments, reason = "all of them are what the flags of one item say")]
    fn pair(
        &mut self,
        visit: &mut Visit<'_>,
        at: u64,
        kind: i32,
        role: Role,
        code: Code,
        node: usize,
        attributes: bool,
        tagged: bool,
    ) -> Result<(), Fault> {
        // The tag of a pair is a name; it stands between the attributes, which are rare, and both halves.
        let named = matches!(kind, 2) && tagged && !attributes;
        let tag = if named { self.tag(visit)? } else { None };
        let below = match (&tag, role) {
            (Some(tag), Role::Attributes) => self.place(visit, node, format!("@{tag}"))?,
            (Some(tag), _) => self.place(visit, node, tag.clone())?,
            (None, _) => node,
        };
        match kind {
            6 => {
                self.push(Task::Operands { code, node });
                self.item(Role::Head, code, node);
            }
            3 => {
                self.functions = (self.functions.0.saturating_add(1), self.functions.1.or(Some(at)));
                let code = code.max(Code::Function);
                self.item(Role::Value, code, node);
                self.item(Role::Value, code, node);
            }
            5 => {
                self.push(Task::Promise { code, node });
                self.item(Role::Value, code, node);
            }
            _ => {
                let (first, rest) = match role {
                    Role::Operands { index, qualified } => {
                        let rest = Role::Operands { index: index.saturating_add(1), qualified };
                        (if qualified && index == 1 { Role::Head } else { Role::Value }, rest)
                    }
                    Role::Class => (Role::Class, Role::Value),
                    Role::Attributes => (Role::Value, Role::Attributes),
                    Role::Value | Role::Head => (Role::Value, role),
                };
                self.item(rest, code, node);
                self.item(first, code, below);
            }
        }
        if tagged && !named {
            self.item(Role::Value, code, node);
        }
        self.attributes(attributes, code, node);
        Ok(())
    }

    /// The name of an element of a list.
    fn tag(&mut self, visit: &mut Visit<'_>) -> Result<Option<String>, Fault> {
        let position = self.source.cursor.position();
        let kind = self.source.int()? & 0xff;
        self.source.cursor.seek(position);
        if !matches!(kind, 1 | 255) {
            return Err(Fault::Unparsable(format!("there is no name at byte {position}")));
        }
        self.read_item(visit, Role::Value, Code::Call, NIL)?;
        Ok(self.head.clone())
    }

    /// A vector of numbers.
    #[expect(clippy::too_many_arguments, reason = "all of them are what the flags of one item say")]
    fn vector(
        &mut self,
        visit: &mut Visit<'_>,
        at: u64,
        node: usize,
        dtype: &'static str,
        width: u64,
        attributes: bool,
        code: Code,
    ) -> Result<(), Fault> {
        let length = self.source.length()?;
        let start = self.source.cursor.position();
        let binary = self.source.form != Form::Ascii;
        if binary && length.saturating_mul(width) > self.source.cursor.remaining() {
            let detail = format!("a vector of {length} elements in a file of {} bytes", visit.input.len());
            self.notes.problem(visit, at, Kind::BadCount, detail);
            return Err(Fault::Truncated { at: visit.input.len() });
        }
        let is_dim = self.places.own(node) == "@dim";
        if is_dim && dtype == "integer" && length <= 16 {
            let of = self.places.parent(node);
            let mut shape = Vec::new();
            for _ in 0..length {
                shape.push(u64::try_from(self.source.int()?).unwrap_or_default());
            }
            self.dims.insert(of, shape);
        } else {
            self.source.skip(visit, length, width)?;
        }
        let hidden = self.places.own(node).starts_with('@');
        if !hidden && binary && code == Code::Call && self.vectors.len() < MOST_KEPT {
            self.notes.remember(visit, 64)?;
            let bytes = length.saturating_mul(width);
            self.vectors.push(Vector { node, dtype, length, start, bytes });
        }
        self.attributes(attributes, code, node);
        Ok(())
    }

    /// A package, a name space, or an object that only the program that wrote it knows.
    fn outside(&mut self, visit: &mut Visit<'_>, at: u64, kind: i32) -> Result<(), Fault> {
        self.source.int()?;
        let count = self.source.length()?;
        let mut texts = Vec::new();
        for _ in 0..count {
            let text = self.text_item(visit)?;
            if texts.len() < 4 {
                texts.push(text);
            }
        }
        self.refer(visit, None)?;
        let name = texts.first().cloned().unwrap_or_default();
        if kind == 247 {
            let detail =
                format!("an object that only the writer's own hook can make: `{}`", layout::name(&name));
            self.notes.problem(visit, at, Kind::UnknownCode, detail);
        } else if self.namespaces.len() < 1000 {
            self.namespaces.insert(name);
        }
        Ok(())
    }

    /// Notes the vectors, each by the names of what it is in.
    pub(super) fn tensors(&mut self, visit: &mut Visit<'_>) -> Result<(), Fault> {
        for vector in std::mem::take(&mut self.vectors) {
            let name = layout::name(&self.places.path(vector.node));
            let shape = self.dims.get(&vector.node).cloned();
            let shape = shape.unwrap_or_else(|| vec![vector.length]);
            let tensor = Tensor {
                name,
                dtype: vector.dtype.to_owned(),
                shape,
                start: vector.start,
                length: vector.bytes,
            };
            self.notes.remember_tensor(visit, &tensor)?;
            visit.fact(vector.start, What::Tensor(tensor));
        }
        Ok(())
    }
}
