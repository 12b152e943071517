//! Models of TensorFlow Lite.

use super::{Flat, file, table, text};

/// Builds a model: one operator over three tensors, of which one has bytes.
#[derive(Debug, Clone)]
pub struct TfLite {
    version: u32,
    code: u32,
    custom: Option<String>,
    kind: u32,
    tensors: [u32; 3],
    buffer: u32,
    weight: Vec<u8>,
    options: Vec<u8>,
    beyond: Option<(u64, u64)>,
    subgraph: u32,
    metadata: Option<String>,
}

impl Default for TfLite {
    fn default() -> Self {
        Self::new()
    }
}

impl TfLite {
    /// A model that adds a weight.
    pub fn new() -> Self {
        Self {
            version: 3,
            code: 0,
            custom: None,
            kind: 0,
            tensors: [0, 1, 2],
            buffer: 1,
            weight: vec![1; 16],
            options: Vec::new(),
            beyond: None,
            subgraph: 0,
            metadata: None,
        }
    }

    /// Another version of the schema.
    #[must_use]
    pub fn version(mut self, version: u32) -> Self {
        self.version = version;
        self
    }

    /// Its operator has this number.
    #[must_use]
    pub fn code(mut self, code: u32) -> Self {
        self.code = code;
        self
    }

    /// Its operator is one of its own with this name.
    #[must_use]
    pub fn custom(mut self, name: &str) -> Self {
        self.code = 32;
        self.custom = Some(name.to_owned());
        self
    }

    /// The operator is of this kind in the list of kinds.
    #[must_use]
    pub fn kind(mut self, kind: u32) -> Self {
        self.kind = kind;
        self
    }

    /// The operator takes two tensors and gives one, by their numbers.
    #[must_use]
    pub fn tensors(mut self, tensors: [u32; 3]) -> Self {
        self.tensors = tensors;
        self
    }

    /// The weight is in this buffer.
    #[must_use]
    pub fn buffer(mut self, buffer: u32) -> Self {
        self.buffer = buffer;
        self
    }

    /// The bytes of the weight.
    #[must_use]
    pub fn weight(mut self, bytes: &[u8]) -> Self {
        self.weight = bytes.to_vec();
        self
    }

    /// The options of the operator.
    #[must_use]
    pub fn options(mut self, bytes: &[u8]) -> Self {
        self.options = bytes.to_vec();
        self
    }

    /// The weight lies behind the tables: offset and length.
    #[must_use]
    pub fn beyond(mut self, offset: u64, length: u64) -> Self {
        self.beyond = Some((offset, length));
        self
    }

    /// The signature is of this subgraph.
    #[must_use]
    pub fn subgraph(mut self, subgraph: u32) -> Self {
        self.subgraph = subgraph;
        self
    }

    /// With metadata that describe it so.
    #[must_use]
    pub fn metadata(mut self, description: &str) -> Self {
        self.metadata = Some(description.to_owned());
        self
    }

    /// The bytes of the file.
    pub fn build(&self) -> Vec<u8> {
        let mut code = vec![
            (0, Flat::Byte(u8::try_from(self.code.min(127)).unwrap_or(127))),
            (3, Flat::Word(self.code)),
        ];
        code.extend(self.custom.iter().map(|name| (1, text(name))));
        let tensor = |name: &str, buffer: u32| {
            table(vec![(0, Flat::Words(vec![1, 4])), (2, Flat::Word(buffer)), (3, text(name))])
        };
        let [one, other, out] = self.tensors;
        let mut operator =
            vec![(0, Flat::Word(self.kind)), (1, Flat::Words(vec![one, other])), (2, Flat::Words(vec![out]))];
        if !self.options.is_empty() {
            operator.push((5, Flat::Bytes(self.options.clone())));
        }
        let graph = table(vec![
            (0, Flat::List(vec![tensor("in", 0), tensor("weight", self.buffer), tensor("out", 0)])),
            (1, Flat::Words(vec![0])),
            (2, Flat::Words(vec![2])),
            (3, Flat::List(vec![table(operator)])),
            (4, text("main")),
        ]);
        let weight = match self.beyond {
            Some((offset, length)) => table(vec![(1, Flat::Long(offset)), (2, Flat::Long(length))]),
            None => table(vec![(0, Flat::Bytes(self.weight.clone()))]),
        };
        let signature = table(vec![(2, text("serving_default")), (4, Flat::Word(self.subgraph))]);
        let mut buffers = vec![table(vec![]), weight];
        let mut fields = vec![
            (0, Flat::Word(self.version)),
            (1, Flat::List(vec![table(code)])),
            (2, Flat::List(vec![graph])),
            (3, text("demo")),
            (7, Flat::List(vec![signature])),
        ];
        if let Some(description) = &self.metadata {
            let inner = file(Some(*b"M001"), &table(vec![(0, text("demo")), (1, text(description))]));
            buffers.push(table(vec![(0, Flat::Bytes(inner))]));
            let described = table(vec![(0, text("TFLITE_METADATA")), (1, Flat::Word(2))]);
            fields.push((6, Flat::List(vec![described])));
        }
        fields.push((4, Flat::List(buffers)));
        file(Some(*b"TFL3"), &table(fields))
    }
}
