//! Programs of ExecuTorch.

use super::{Flat, file_behind, table, text};

/// Builds a program: one operator, one backend with a blob in a segment, one constant in another.
#[derive(Debug, Clone)]
pub struct Program {
    operator: String,
    called: u32,
    backend: String,
    blob: Vec<u8>,
    sizes: Vec<u32>,
    longer: u64,
    behind: Vec<u8>,
}

impl Default for Program {
    fn default() -> Self {
        Self::new()
    }
}

impl Program {
    /// A program that adds.
    pub fn new() -> Self {
        Self {
            operator: "aten::add".to_owned(),
            called: 0,
            backend: "XnnpackBackend".to_owned(),
            blob: b"XH00 what the backend is given".to_vec(),
            sizes: vec![2, 2],
            longer: 0,
            behind: Vec::new(),
        }
    }

    /// Its operator.
    #[must_use]
    pub fn operator(mut self, name: &str) -> Self {
        name.clone_into(&mut self.operator);
        self
    }

    /// The number of the operator that it calls.
    #[must_use]
    pub fn called(mut self, number: u32) -> Self {
        self.called = number;
        self
    }

    /// Its backend.
    #[must_use]
    pub fn backend(mut self, id: &str) -> Self {
        id.clone_into(&mut self.backend);
        self
    }

    /// What the backend is given.
    #[must_use]
    pub fn blob(mut self, bytes: &[u8]) -> Self {
        self.blob = bytes.to_vec();
        self
    }

    /// Dimensions of the constant, which has sixteen bytes.
    #[must_use]
    pub fn sizes(mut self, sizes: &[u32]) -> Self {
        self.sizes = sizes.to_vec();
        self
    }

    /// Says that the last segment is so much longer.
    #[must_use]
    pub fn longer(mut self, bytes: u64) -> Self {
        self.longer = bytes;
        self
    }

    /// Bytes behind the last segment.
    #[must_use]
    pub fn behind(mut self, bytes: &[u8]) -> Self {
        self.behind = bytes.to_vec();
        self
    }

    /// The bytes of the file.
    pub fn build(&self) -> Vec<u8> {
        let constant = vec![1; 16];
        let tensor =
            table(vec![(0, Flat::Byte(6)), (2, Flat::Words(self.sizes.clone())), (5, Flat::Word(1))]);
        let call = table(vec![(0, Flat::Word(self.called)), (1, Flat::Words(vec![0]))]);
        let step = table(vec![(0, Flat::Byte(1)), (1, call)]);
        let handed = table(vec![(0, Flat::Byte(1)), (1, Flat::Word(0))]);
        let plan = table(vec![
            (0, text("forward")),
            (2, Flat::List(vec![table(vec![(0, Flat::Byte(5)), (1, tensor)])])),
            (5, Flat::List(vec![table(vec![(2, Flat::List(vec![step]))])])),
            (6, Flat::List(vec![table(vec![(0, text(&self.operator)), (1, text("out"))])])),
            (7, Flat::List(vec![table(vec![(0, text(&self.backend)), (1, handed)])])),
        ]);
        let room = self.blob.len().next_multiple_of(16);
        let segment =
            |offset: usize, length: u64| table(vec![(0, Flat::Long(offset as u64)), (1, Flat::Long(length))]);
        let root = table(vec![
            (0, Flat::Word(0)),
            (1, Flat::List(vec![plan])),
            (
                4,
                Flat::List(vec![
                    segment(0, self.blob.len() as u64),
                    segment(room, constant.len() as u64 + self.longer),
                ]),
            ),
            (5, table(vec![(0, Flat::Word(1)), (1, Flat::Longs(vec![0, 0]))])),
        ]);
        let header = |program: usize, base: usize| {
            let longs = [program as u64, base as u64].map(u64::to_le_bytes).concat();
            [&b"eh00"[..], &24_u32.to_le_bytes(), &longs].concat()
        };
        let length = file_behind(Some(*b"ET12"), &header(0, 0), &root).len();
        let base = length.next_multiple_of(16);
        let mut out = file_behind(Some(*b"ET12"), &header(length, base), &root);
        out.resize(base, 0);
        out.extend(&self.blob);
        out.resize(base + room, 0);
        out.extend(constant);
        out.extend(&self.behind);
        out
    }
}
