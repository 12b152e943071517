//! Pickles built opcode by opcode.

use super::{File, one};

/// A pickle program under construction.
#[derive(Debug, Clone, Default)]
pub struct Program(Vec<u8>);

impl Program {
    /// A program that begins with its protocol.
    pub fn new(protocol: u8) -> Self {
        Self(vec![0x80, protocol])
    }

    /// A program of protocol 0, which says nothing about itself.
    pub fn bare() -> Self {
        Self::default()
    }

    /// Any bytes.
    #[must_use]
    pub fn raw(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.0.extend_from_slice(bytes.as_ref());
        self
    }

    /// `GLOBAL`.
    #[must_use]
    pub fn global(self, module: &str, name: &str) -> Self {
        self.raw(format!("c{module}\n{name}\n"))
    }

    /// Two texts and `STACK_GLOBAL`.
    #[must_use]
    pub fn stack_global(self, module: &str, name: &str) -> Self {
        self.text(module).text(name).raw([0x93])
    }

    /// `INST`: the arguments stand between a mark and it.
    #[must_use]
    pub fn inst(self, module: &str, name: &str) -> Self {
        self.raw(format!("i{module}\n{name}\n"))
    }

    /// `BINUNICODE`.
    #[must_use]
    pub fn text(self, text: &str) -> Self {
        self.raw(b"X").raw(length(text.len())).raw(text)
    }

    /// `BINBYTES`.
    #[must_use]
    pub fn bytes(self, bytes: &[u8]) -> Self {
        self.raw(b"B").raw(length(bytes.len())).raw(bytes)
    }

    /// `BININT`.
    #[must_use]
    pub fn int(self, value: i32) -> Self {
        self.raw(b"J").raw(value.to_le_bytes())
    }

    /// `NONE`.
    #[must_use]
    pub fn none(self) -> Self {
        self.raw(b"N")
    }

    /// `MARK`.
    #[must_use]
    pub fn mark(self) -> Self {
        self.raw(b"(")
    }

    /// A tuple of the last values, up to three.
    #[must_use]
    pub fn tuple(self, count: u8) -> Self {
        self.raw([b")\x85\x86\x87"[usize::from(count)]])
    }

    /// `TUPLE`: of what stands above the mark.
    #[must_use]
    pub fn tuple_to_mark(self) -> Self {
        self.raw(b"t")
    }

    /// `BINPUT`.
    #[must_use]
    pub fn put(self, number: u8) -> Self {
        self.raw([b'q', number])
    }

    /// `BINGET`.
    #[must_use]
    pub fn get(self, number: u8) -> Self {
        self.raw([b'h', number])
    }

    /// `MEMOIZE`.
    #[must_use]
    pub fn memoize(self) -> Self {
        self.raw([0x94])
    }

    /// `POP`.
    #[must_use]
    pub fn pop(self) -> Self {
        self.raw(b"0")
    }

    /// `REDUCE`: calls what is below the tuple of arguments.
    #[must_use]
    pub fn reduce(self) -> Self {
        self.raw(b"R")
    }

    /// `OBJ`: calls the first value above the mark with the others.
    #[must_use]
    pub fn obj(self) -> Self {
        self.raw(b"o")
    }

    /// `NEWOBJ`.
    #[must_use]
    pub fn newobj(self) -> Self {
        self.raw([0x81])
    }

    /// `NEWOBJ_EX`.
    #[must_use]
    pub fn newobj_ex(self) -> Self {
        self.raw([0x92])
    }

    /// `EMPTY_DICT`.
    #[must_use]
    pub fn dict(self) -> Self {
        self.raw(b"}")
    }

    /// `EMPTY_LIST`.
    #[must_use]
    pub fn list(self) -> Self {
        self.raw(b"]")
    }

    /// `SETITEM`.
    #[must_use]
    pub fn setitem(self) -> Self {
        self.raw(b"s")
    }

    /// `APPEND`.
    #[must_use]
    pub fn append(self) -> Self {
        self.raw(b"a")
    }

    /// `BUILD`.
    #[must_use]
    pub fn build(self) -> Self {
        self.raw(b"b")
    }

    /// `BINPERSID`.
    #[must_use]
    pub fn persistent(self) -> Self {
        self.raw(b"Q")
    }

    /// Everything from here on in a frame of this length.
    #[must_use]
    pub fn frame(self, length: u64) -> Self {
        self.raw([0x95]).raw(length.to_le_bytes())
    }

    /// A call with one text.
    #[must_use]
    pub fn call(self, module: &str, name: &str, argument: &str) -> Self {
        self.global(module, name).text(argument).tuple(1).reduce()
    }

    /// `STOP`.
    #[must_use]
    pub fn stop(self) -> Vec<u8> {
        self.raw(b".").0
    }

    /// The bytes, without `STOP`.
    #[must_use]
    pub fn broken(self) -> Vec<u8> {
        self.0
    }
}

fn length(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes()
}

/// The argument of calls in examples.
pub const INERT: &str = "echo weighbridge-demo";

/// A file `model.pkl` with these bytes.
pub fn file(bytes: impl Into<Vec<u8>>) -> Vec<File> {
    one("model.pkl", bytes)
}

/// An instance as `NEWOBJ` makes it, with its state.
pub fn instance(
    program: Program,
    module: &str,
    name: &str,
    state: impl FnOnce(Program) -> Program,
) -> Program {
    state(program.stack_global(module, name).memoize().tuple(0).newobj().memoize()).build()
}

/// Compiled code as `marshal` writes it, without instructions, that names two things.
pub fn compiled(first: &str, second: &str) -> Vec<u8> {
    let name = |name: &str| [&[b'z', u8::try_from(name.len()).unwrap_or(0)], name.as_bytes()].concat();
    let counts = [&b"\xe3"[..], &[0; 20]].concat();
    [counts, b"s\x02\0\0\0\x97\0".to_vec(), vec![b')', 2], name(first), name(second), vec![b')', 0]].concat()
}

/// Plain data and an array, as protocol 4 writes them.
fn vectors() -> Vec<u8> {
    let program = Program::new(4).dict().memoize().mark();
    let program = program.text("names").memoize().list().memoize().mark().text("a").text("b").raw(b"e");
    let program = program.text("weights").memoize();
    let program = program.stack_global("numpy._core.multiarray", "_reconstruct").memoize();
    let program = program.stack_global("numpy", "ndarray").memoize().int(0).tuple(1).memoize();
    let program = program.bytes(b"b").memoize().tuple(3).memoize().reduce().memoize();
    let program = program.mark().int(1).int(2).tuple(1).memoize();
    let program = program
        .stack_global("numpy", "dtype")
        .memoize()
        .text("f4")
        .raw([0x89, 0x88])
        .tuple(3)
        .memoize()
        .reduce();
    let program = program.memoize().mark().int(3).text("<").none().none().none().int(-1).int(-1).int(0);
    let program = program.tuple_to_mark().memoize().build().raw([0x89]).bytes(&[0, 0, 128, 63, 0, 0, 0, 64]);
    program.memoize().tuple_to_mark().memoize().build().raw(b"u").stop()
}

/// An array as joblib writes it: its bytes stand between the opcodes, in newer files behind padding and its length.
pub fn joblib(payload: &[u8], aligned: bool) -> Vec<u8> {
    let program = Program::new(4).dict().memoize().text("weights").memoize();
    let count = i32::try_from(payload.len()).unwrap_or(0);
    let program = instance(program, "joblib.numpy_pickle", "NumpyArrayWrapper", |program| {
        let program = program.dict().memoize().mark().text("subclass").stack_global("numpy", "ndarray");
        let program = program.text("shape").int(count).tuple(1).text("order").text("C");
        let program = program
            .text("dtype")
            .stack_global("numpy", "dtype")
            .text("u1")
            .raw([0x89, 0x88])
            .tuple(3)
            .reduce();
        let program = program.mark().int(3).text("|").none().none().none().int(-1).int(-1).int(0);
        let program = program.tuple_to_mark().build().text("allow_mmap").raw([0x88]);
        let program = if aligned { program.text("numpy_array_alignment_bytes").int(16) } else { program };
        program.raw(b"u")
    });
    let padding = if aligned { vec![3, 0xff, 0xff, 0xff] } else { Vec::new() };
    program.raw(padding).raw(payload).setitem().stop()
}

/// What old versions of joblib write for an array that is in a file of its own.
pub fn array_file(name: &str) -> Vec<u8> {
    let program = Program::new(2).global("joblib.numpy_pickle", "NDArrayWrapper").tuple(0).newobj();
    let program = program.dict().mark().text("filename").text(name).text("subclass");
    program.global("numpy", "ndarray").text("allow_mmap").raw([0x88]).raw(b"u").build().stop()
}

/// Ordinary pickles.
pub fn ordinary() -> Vec<File> {
    let text = b"(dp0\nVlayers\np1\n(lp2\nI1\naI2\naL3L\nasVscale\np3\nF0.5\nsVon\np4\nI01\ns.";
    let ordered = Program::new(2).global("collections", "OrderedDict").put(0).tuple(0).reduce().put(1);
    let ordered = ordered.text("epoch").put(2).int(3).setitem();
    vec![
        ("vectors.pkl".to_owned(), vectors()),
        ("text.pickle".to_owned(), text.to_vec()),
        ("ordered.pkl".to_owned(), ordered.stop()),
        ("array.joblib".to_owned(), joblib(&[7, 200, 13, 64, 99, 1], true)),
        ("old.joblib".to_owned(), joblib(&[7, 200, 13, 64, 99, 1], false)),
        ("several.pkl".to_owned(), [Program::new(3).int(1).stop(), Program::new(4).list().stop()].concat()),
    ]
}
