//! HDF5 files of a few objects.

use super::{File, one};
use crate::formats::hdf5::checksum;

/// A message of a header: its kind and its content.
pub type Message = (u8, Vec<u8>);

/// Bytes of the superblock.
const FRONT: usize = 48;

const SIGNATURE: &[u8] = b"\x89HDF\r\n\x1a\n";

/// A file whose root is one group, as newer libraries write it.
#[derive(Debug, Clone)]
pub struct Hdf5 {
    bytes: Vec<u8>,
    root: Vec<Message>,
}

impl Default for Hdf5 {
    fn default() -> Self {
        Self::new()
    }
}

impl Hdf5 {
    /// A file without objects.
    pub fn new() -> Self {
        let info = [&[0, 0][..], &[0xff; 16]].concat();
        Self { bytes: vec![0; FRONT], root: vec![(0x02, info), (0x0a, vec![0, 0])] }
    }

    /// Where the next bytes will be.
    pub fn end(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// More bytes.
    #[must_use]
    pub fn raw(mut self, bytes: &[u8]) -> Self {
        self.bytes.extend(bytes);
        self
    }

    /// A message of the root.
    #[must_use]
    pub fn message(mut self, kind: u8, content: Vec<u8>) -> Self {
        self.root.push((kind, content));
        self
    }

    /// A link of the root, and what stands behind its name.
    #[must_use]
    pub fn link(self, name: &str, kind: u8, target: &[u8]) -> Self {
        let link = link(name, kind, target);
        self.message(0x06, link)
    }

    /// An object of the root.
    #[must_use]
    pub fn object(self, name: &str, messages: &[Message]) -> Self {
        let at = self.end();
        self.raw(&header(messages)).link(name, 0, &at.to_le_bytes())
    }

    /// A link into another file.
    #[must_use]
    pub fn external_link(self, name: &str, file: &str) -> Self {
        let value = [b"\0", file.as_bytes(), b"\0/weights\0"].concat();
        self.link(name, 64, &[&short(value.len())[..], &value].concat())
    }

    /// A link to a path in this file.
    #[must_use]
    pub fn soft_link(self, name: &str, path: &str) -> Self {
        self.link(name, 1, &[&short(path.len())[..], path.as_bytes()].concat())
    }

    /// A dataset of numbers of four bytes.
    #[must_use]
    pub fn dataset(self, name: &str, shape: &[u64], data: &[u8]) -> Self {
        let at = self.end();
        let layout = contiguous(at, data.len() as u64);
        self.raw(data).object(name, &[(1, space(shape)), (3, float()), (8, layout)])
    }

    /// A dataset of bytes in one chunk that Deflate packed.
    #[must_use]
    pub fn packed(self, name: &str, data: &[u8]) -> Self {
        let packed = super::archive::zlib(data);
        let (at, length) = (self.end(), data.len() as u64);
        let chunk = u8::try_from(data.len()).unwrap_or(u8::MAX);
        let place = [&long(packed.len())[..], &[0; 4], &at.to_le_bytes()].concat();
        let layout = [&[4, 2, 2, 2, 1, chunk, 1, 1][..], &place].concat();
        let byte = [&[0x10, 0, 0, 0][..], &[1, 0, 0, 0], &[0, 0, 8, 0]].concat();
        let filters = vec![2, 1, 1, 0, 0, 0, 1, 0, 6, 0, 0, 0];
        let messages = [(1, space(&[length])), (3, byte), (11, filters), (8, layout)];
        self.raw(&packed).object(name, &messages)
    }

    /// A dataset whose elements are in another file.
    #[must_use]
    pub fn external_dataset(self, name: &str, file: &str) -> Self {
        let names = [b"\0\0\0\0\0\0\0\0", file.as_bytes(), &[0; 8]].concat();
        let at = self.end();
        let heap = [&b"HEAP\0\0\0\0"[..], &long(names.len()), &[0xff; 8], &(at + 32).to_le_bytes()].concat();
        let files = [&[1, 0, 0, 0, 1, 0, 1, 0][..], &at.to_le_bytes(), &long(8), &long(0), &long(8)].concat();
        let layout = contiguous(u64::MAX, 8);
        let messages = [(1, space(&[2])), (3, float()), (8, layout), (7, files)];
        self.raw(&heap).raw(&names).object(name, &messages)
    }

    /// A dataset that is put together from another file.
    #[must_use]
    pub fn virtual_dataset(self, name: &str, file: &str) -> Self {
        let all = [&[3, 0, 0, 0, 1, 0, 0, 0][..], &[0; 8]].concat();
        let map = [&[0][..], &long(1), file.as_bytes(), b"\0/weights\0", &all, &all, &[0; 4]].concat();
        let (file, at) = self.heap(&map);
        let layout = [&[4, 3][..], &at.to_le_bytes(), &1_u32.to_le_bytes()].concat();
        file.object(name, &[(1, space(&[2])), (3, float()), (8, layout)])
    }

    /// A dataset of lists of bytes, with one such list.
    #[must_use]
    pub fn list(self, name: &str, value: &[u8]) -> Self {
        let (file, heap) = self.heap(value);
        let length = u32::try_from(value.len()).unwrap_or(0).to_le_bytes();
        let element = [&length[..], &heap.to_le_bytes(), &1_u32.to_le_bytes()].concat();
        let at = file.end();
        let byte = [&[0x10, 0, 0, 0][..], &[1, 0, 0, 0], &[0, 0, 8, 0]].concat();
        let kind = [&[0x19, 0, 0, 0][..], &[16, 0, 0, 0], &byte].concat();
        let layout = contiguous(at, 16);
        file.raw(&element).object(name, &[(1, space(&[1])), (3, kind), (8, layout)])
    }

    /// A heap with one value.
    fn heap(self, value: &[u8]) -> (Self, u64) {
        let room = value.len().next_multiple_of(8);
        let at = self.end();
        let size = long(32 + room);
        let mut heap =
            [&b"GCOL\x01\0\0\0"[..], &size, &[1, 0, 1, 0, 0, 0, 0, 0], &long(value.len()), value].concat();
        heap.resize(32 + room, 0);
        (self.raw(&heap), at)
    }

    /// A text beside the root.
    #[must_use]
    pub fn attribute(self, name: &str, text: &str) -> Self {
        self.message(0x0c, attribute(name, text.as_bytes()))
    }

    /// The bytes of the file.
    pub fn build(&self) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        let root = bytes.len() as u64;
        bytes.extend(header(&self.root));
        let end = bytes.len() as u64;
        let addresses = [0_u64.to_le_bytes(), [0xff; 8], end.to_le_bytes(), root.to_le_bytes()].concat();
        let front = sealed([SIGNATURE, &[2, 8, 8, 0], &addresses].concat());
        bytes.splice(..FRONT, front);
        bytes
    }
}

fn short(number: usize) -> [u8; 2] {
    u16::try_from(number).unwrap_or(u16::MAX).to_le_bytes()
}

fn long(number: usize) -> [u8; 8] {
    (number as u64).to_le_bytes()
}

/// The bytes with their checksum behind them.
fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.extend(checksum(&bytes).to_le_bytes());
    bytes
}

/// A header with these messages.
pub fn header(messages: &[Message]) -> Vec<u8> {
    let mut content = Vec::new();
    for (kind, data) in messages {
        content.push(*kind);
        content.extend(short(data.len()));
        content.push(0);
        content.extend(data);
    }
    let length = u32::try_from(content.len()).unwrap_or(u32::MAX).to_le_bytes();
    sealed([&b"OHDR\x02\x02"[..], &length, &content].concat())
}

/// A link, and what stands behind its name.
pub fn link(name: &str, kind: u8, target: &[u8]) -> Vec<u8> {
    let length = u8::try_from(name.len()).unwrap_or(u8::MAX);
    [&[1, 8, kind, length][..], name.as_bytes(), target].concat()
}

/// A shape.
pub fn space(shape: &[u64]) -> Vec<u8> {
    let mut space = vec![2, u8::try_from(shape.len()).unwrap_or(u8::MAX), 0, u8::from(!shape.is_empty())];
    space.extend(shape.iter().flat_map(|dimension| dimension.to_le_bytes()));
    space
}

/// The type of numbers of four bytes with a fraction.
pub fn float() -> Vec<u8> {
    [&[0x11, 0x20, 31, 0][..], &[4, 0, 0, 0], &[0, 0, 32, 0, 23, 8, 0, 23], &[127, 0, 0, 0]].concat()
}

/// Elements in one piece.
pub fn contiguous(at: u64, length: u64) -> Vec<u8> {
    [&[3, 1][..], &at.to_le_bytes(), &length.to_le_bytes()].concat()
}

/// Elements in chunks of this many, which an index of chunks of an older kind would name, if there was one.
pub fn chunked(count: u32) -> Vec<u8> {
    [&[3, 2, 2][..], &[0xff; 8], &count.to_le_bytes(), &[4, 0, 0, 0]].concat()
}

/// Opaque elements of so many bytes.
pub fn opaque(length: usize) -> Vec<u8> {
    [&[0x15, 0, 0, 0][..], &u32::try_from(length).unwrap_or(0).to_le_bytes()].concat()
}

/// A text beside an object.
pub fn attribute(name: &str, text: &[u8]) -> Vec<u8> {
    let size = u32::try_from(text.len()).unwrap_or(0).to_le_bytes();
    let kind = [&[0x13, 0, 0, 0][..], &size].concat();
    let space = space(&[]);
    let lengths = [short(name.len() + 1), short(kind.len()), short(space.len())].concat();
    [&[3, 0][..], &lengths, &[0], name.as_bytes(), &[0], &kind, &space, text].concat()
}

/// A file as older libraries write it: a table of symbols, and headers without checksums.
pub fn older() -> Vec<u8> {
    let old_header = |messages: &[(u16, Vec<u8>)]| {
        let mut content = Vec::new();
        for (kind, data) in messages {
            let room = data.len().next_multiple_of(8);
            content.extend([&kind.to_le_bytes()[..], &short(room), &[0; 4], data].concat());
            content.resize(content.len() + room - data.len(), 0);
        }
        let count = short(messages.len());
        let length = u32::try_from(content.len()).unwrap_or(0).to_le_bytes();
        [&[1, 0][..], &count, &[1, 0, 0, 0], &length, &[0; 4], &content].concat()
    };
    let shape = [&[1, 1, 0, 0, 0, 0, 0, 0][..], &long(2)].concat();
    let (heap, names, tree, table, data) = (96_u64, 128_u64, 144_u64, 208_u64, 256_u64);
    let dataset = old_header(&[(1, shape), (3, float()), (8, contiguous(data, 8))]);
    let (first, root) = (264_u64, 264 + dataset.len() as u64);
    let root_header = old_header(&[(0x11, [tree.to_le_bytes(), heap.to_le_bytes()].concat())]);
    let end = root + root_header.len() as u64;
    let addresses = [0_u64.to_le_bytes(), [0xff; 8], end.to_le_bytes(), [0xff; 8]].concat();
    let entry = [&[0; 8][..], &root.to_le_bytes(), &[0; 24]].concat();
    [
        [SIGNATURE, &[0, 0, 0, 0, 0, 8, 8, 0, 4, 0, 16, 0, 0, 0, 0, 0], &addresses, &entry].concat(),
        [&b"HEAP\0\0\0\0"[..], &long(16), &[0xff; 8], &names.to_le_bytes()].concat(),
        b"\0\0\0\0\0\0\0\0weights\0".to_vec(),
        [&b"TREE\0\0\x01\0"[..], &[0xff; 16], &long(0), &table.to_le_bytes(), &long(8), &[0; 16]].concat(),
        [&b"SNOD\x01\0\x01\0"[..], &long(8), &first.to_le_bytes(), &[0; 24]].concat(),
        vec![1; 8],
        dataset,
        root_header,
    ]
    .concat()
}

/// Ordinary files.
pub fn ordinary() -> Vec<File> {
    let opaque = [(1, space(&[1])), (3, opaque(4)), (8, vec![3, 0, 4, 0, 1, 2, 3, 4])];
    let sparse = [(1, space(&[8])), (3, float()), (8, chunked(4))];
    let file = Hdf5::new().attribute("keras_version", "3.8.0").dataset("kernel", &[1, 2], &[1; 8]);
    let file = file
        .object("note", &opaque)
        .object("sparse", &sparse)
        .soft_link("alias", "kernel")
        .list("names", b"dense");
    [one("model.weights.h5", file.build()), one("older.h5", older())].concat()
}
