//! Builders of TensorFlow's graphs and checkpoints.

use super::File;
use super::graph::Proto;
use crate::formats::sstable::MAGIC;
use crate::formats::sstable::crc32c::{crc32c, masked};

/// A node with this name and operator.
#[derive(Debug, Clone, Default)]
pub struct Node(Proto);

impl Node {
    /// A node without inputs and attributes.
    pub fn new(name: &str, operator: &str) -> Self {
        Self(Proto::new().text(1, name).text(2, operator))
    }

    /// A constant of texts.
    pub fn text(name: &str, texts: &[&str]) -> Self {
        let tensor = texts.iter().fold(Proto::new().number(1, 7), |tensor, text| tensor.text(8, text));
        Self::new(name, "Const").with("value", &Proto::new().with(8, &tensor))
    }

    /// A constant of 32-bit numbers.
    pub fn numbers(name: &str, shape: &[u64], bytes: usize) -> Self {
        let mut dimensions = Proto::new();
        for size in shape {
            dimensions = dimensions.with(2, &Proto::new().number(1, *size));
        }
        let tensor = Proto::new().number(1, 1).with(2, &dimensions).bytes(4, &super::tensor::bytes(bytes));
        Self::new(name, "Const").with("value", &Proto::new().with(8, &tensor))
    }

    /// Another input.
    #[must_use]
    pub fn input(self, name: &str) -> Self {
        Self(self.0.text(3, name))
    }

    /// An attribute with a value.
    #[must_use]
    pub fn with(self, key: &str, value: &Proto) -> Self {
        Self(self.0.with(5, &Proto::new().text(1, key).with(2, value)))
    }

    /// An attribute with a text.
    #[must_use]
    pub fn attribute(self, key: &str, text: &str) -> Self {
        self.with(key, &Proto::new().text(2, text))
    }

    /// An attribute with a list of one text.
    #[must_use]
    pub fn list(self, key: &str, text: &str) -> Self {
        self.with(key, &Proto::new().with(1, &Proto::new().text(2, text)))
    }

    /// An attribute with a function.
    #[must_use]
    pub fn function(self, key: &str, function: &str) -> Self {
        self.with(key, &Proto::new().with(10, &Proto::new().text(1, function)))
    }
}

/// A graph with what is said about it.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    nodes: Proto,
    library: Proto,
    about: Proto,
}

impl Graph {
    /// A graph with nothing in it.
    pub fn new() -> Self {
        Self::default()
    }

    /// Another node.
    #[must_use]
    pub fn node(mut self, Node(node): Node) -> Self {
        self.nodes = self.nodes.bytes(1, &node.build());
        self
    }

    /// A function with these arguments and nodes.
    #[must_use]
    pub fn function(mut self, name: &str, arguments: &[&str], nodes: &[Node]) -> Self {
        let mut signature = Proto::new().text(1, name);
        for argument in arguments {
            signature = signature.with(2, &Proto::new().text(1, argument));
        }
        let mut function = Proto::new().with(1, &signature);
        for node in nodes {
            function = function.with(3, &node.0);
        }
        self.library = self.library.with(1, &function);
        self
    }

    /// The saver: which tensor is asked for to save, and which node is run to restore.
    #[must_use]
    pub fn saver(mut self, save: &str, restore: &str) -> Self {
        self.about = self.about.with(3, &Proto::new().text(2, save).text(3, restore));
        self
    }

    /// An asset: the tensor that stands for it, and its file.
    #[must_use]
    pub fn asset(mut self, tensor: &str, file: &str) -> Self {
        let asset = Proto::new().with(1, &Proto::new().text(1, tensor)).text(2, file);
        self.about = self.about.with(6, &asset);
        self
    }

    /// An asset as version 1 writes it.
    #[must_use]
    pub fn old_asset(mut self, tensor: &str, file: &str) -> Self {
        let asset = Proto::new().with(1, &Proto::new().text(1, tensor)).text(2, file);
        let any = Proto::new().text(1, "type.googleapis.com/tensorflow.AssetFileDef").with(2, &asset);
        let list = Proto::new().with(5, &Proto::new().with(1, &any));
        self.about = self.about.with(4, &Proto::new().text(1, "saved_model_assets").with(2, &list));
        self
    }

    /// A collection of one text.
    #[must_use]
    pub fn collection(mut self, key: &str, value: &[u8]) -> Self {
        let list = Proto::new().with(2, &Proto::new().bytes(1, value));
        self.about = self.about.with(4, &Proto::new().text(1, key).with(2, &list));
        self
    }

    /// A Python object with its settings, as versions before 2.5 wrote them.
    #[must_use]
    pub fn object(mut self, metadata: &str) -> Self {
        let user = Proto::new().text(1, "_tf_keras_layer").text(3, metadata);
        self.about = self.about.with(7, &Proto::new().with(1, &Proto::new().with(4, &user)));
        self
    }

    /// As a `GraphDef`.
    pub fn graph(&self) -> Vec<u8> {
        self.proto().build()
    }

    fn proto(&self) -> Proto {
        let versions = Proto::new().number(1, 1882);
        self.nodes.clone().with(4, &versions).with(2, &self.library)
    }

    fn meta(&self) -> Proto {
        let info = Proto::new().text(4, "serve").text(5, "2.21.0");
        Proto::new().with(1, &info).with(2, &self.proto()).raw(&self.about.clone().build())
    }

    /// As a `MetaGraphDef`.
    pub fn meta_graph(&self) -> Vec<u8> {
        self.meta().build()
    }

    /// As a `SavedModel`.
    pub fn saved_model(&self) -> Vec<u8> {
        Proto::new().number(1, 1).with(2, &self.meta()).build()
    }

    /// As a folder with a `SavedModel` in it.
    pub fn files(&self) -> Vec<File> {
        super::one("saved_model.pb", self.saved_model())
    }
}

/// The function that saves.
pub const SAVE: &str = "__inference__traced_save_1";

/// A small graph as they are: it computes, and a saver saves and restores its variable.
pub fn ordinary() -> Graph {
    let saving = [
        Node::new("Join", "StringJoin").input("file_prefix").input("part:output:0"),
        Node::text("part", &["_temp/part"]),
        Node::new("SaveV2", "SaveV2").input("Join:output:0"),
    ];
    Graph::new()
        .node(Node::numbers("w", &[2, 2], 16))
        .node(Node::new("x", "Placeholder"))
        .node(Node::new("saver_filename", "Placeholder"))
        .node(Node::new("MatMul", "MatMul").input("x").input("w"))
        .node(Node::new("Call", "StatefulPartitionedCall").input("saver_filename").function("f", SAVE))
        .node(Node::new("save/RestoreV2", "RestoreV2").input("saver_filename"))
        .function(SAVE, &["file_prefix"], &saving)
        .saver("Call:0", "save/RestoreV2")
}

/// A graph as text.
pub const TEXT: &str = "# A graph.
node { name: \"w\" op: \"Const\" attr { key: \"value\" value { tensor { dtype: DT_FLOAT tensor_shape { dim { size: 2 } } float_val: 0.5 } } } }
node { name: 'x' op: 'Placeholder' attr { key: 'shape' value { shape { unknown_rank: true } } } }
node < name: \"y\" op: \"Add\" \"V2\" input: [\"w\", \"x\"] >
versions { producer: 1882 }
";

/// The file `checkpoint`.
pub const STATE: &str = "model_checkpoint_path: \"model.ckpt-2\"
all_model_checkpoint_paths: \"model.ckpt-1\"
all_model_checkpoint_paths: \"model.ckpt-2\"
";

/// The settings of a Keras object.
pub const LAYER: &str = r#"{"name":"dense","trainable":true}"#;

/// `fingerprint.pb`.
pub fn fingerprint() -> Vec<u8> {
    let version = Proto::new().number(1, 1);
    (1..=5).fold(Proto::new(), |message, field| message.number(field, u64::MAX / 3)).with(6, &version).build()
}

/// `keras_metadata.pb` with one object.
pub fn keras_metadata(metadata: &str) -> Vec<u8> {
    let object = Proto::new().number(2, 0).text(3, "root").text(4, "_tf_keras_model").text(5, metadata);
    Proto::new().with(1, &object).build()
}

/// Name, type, shape and length of a tensor.
pub type Saved<'a> = (&'a str, u64, &'a [u64], u64);

/// A checkpoint with tensors that lie one behind the other in one file.
pub fn checkpoint(prefix: &str, tensors: &[Saved<'_>]) -> Vec<File> {
    let mut at = 0;
    let mut entries = vec![(Vec::new(), header(1))];
    for (name, dtype, shape, length) in tensors {
        entries.push((name.as_bytes().to_vec(), entry(*dtype, shape, 0, at, *length)));
        at += length;
    }
    let data = super::tensor::bytes(usize::try_from(at).unwrap_or_default());
    vec![
        (format!("{prefix}.index"), Table::new(&entries).build()),
        (format!("{prefix}.data-00000-of-00001"), data),
    ]
}

/// The header of a bundle in so many files.
pub fn header(shards: u64) -> Vec<u8> {
    Proto::new().number(1, shards).with(3, &Proto::new().number(1, 1)).build()
}

/// The entry of a tensor: type, shape, file, offset and length.
pub fn entry(dtype: u64, shape: &[u64], shard: u64, at: u64, length: u64) -> Vec<u8> {
    let mut dimensions = Proto::new();
    for size in shape {
        dimensions = dimensions.with(2, &Proto::new().number(1, *size));
    }
    let entry = Proto::new().number(1, dtype).with(2, &dimensions).number(3, shard);
    entry.number(4, at).number(5, length).four(6, [0; 4]).build()
}

/// A table of keys and values in one block.
#[derive(Debug, Clone)]
pub struct Table {
    /// What stands in front of the block.
    pub front: Vec<u8>,
    /// The block without kind and checksum.
    pub block: Vec<u8>,
    /// How the block says it is compressed.
    pub kind: u8,
    /// What its checksum is changed by.
    pub wrong: u32,
    /// Offset and size that the index gives, when they are not the true ones.
    pub handle: Option<(u64, u64)>,
}

impl Table {
    /// A table with these entries, in this order.
    pub fn new(entries: &[(Vec<u8>, Vec<u8>)]) -> Self {
        Self { front: Vec::new(), block: block(entries, &[0]), kind: 0, wrong: 0, handle: None }
    }

    /// The bytes of the table.
    pub fn build(&self) -> Vec<u8> {
        let mut file = self.front.clone();
        let handle = (file.len() as u64, self.block.len() as u64);
        file.extend(sealed(&self.block, self.kind, self.wrong));
        let meta = (file.len() as u64, block(&[], &[0]).len() as u64);
        file.extend(sealed(&block(&[], &[0]), 0, 0));
        let index = block(&[(vec![0xff], pair(self.handle.unwrap_or(handle)))], &[0]);
        let at = (file.len() as u64, index.len() as u64);
        file.extend(sealed(&index, 0, 0));
        let mut footer = [pair(meta), pair(at)].concat();
        footer.resize(40, 0);
        file.extend(footer);
        file.extend(MAGIC);
        file
    }
}

/// A block with these entries and restarts.
pub fn block(entries: &[(Vec<u8>, Vec<u8>)], restarts: &[u32]) -> Vec<u8> {
    let mut block = Vec::new();
    for (key, value) in entries {
        let lengths = [0, key.len() as u64, value.len() as u64];
        block.extend(lengths.into_iter().flat_map(varint));
        block.extend(key);
        block.extend(value);
    }
    block.extend(restarts.iter().flat_map(|at| at.to_le_bytes()));
    block.extend(u32::try_from(restarts.len()).unwrap_or_default().to_le_bytes());
    block
}

fn sealed(block: &[u8], kind: u8, wrong: u32) -> Vec<u8> {
    let mut bytes = block.to_vec();
    bytes.push(kind);
    let crc = masked(crc32c(&bytes)) ^ wrong;
    bytes.extend(crc.to_le_bytes());
    bytes
}

fn pair((offset, size): (u64, u64)) -> Vec<u8> {
    [varint(offset), varint(size)].concat()
}

fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number > 0x7f {
        bytes.push(u8::try_from(number & 0x7f).unwrap_or_default() | 0x80);
        number >>= 7;
    }
    bytes.push(u8::try_from(number).unwrap_or_default());
    bytes
}

/// MLIR in bytes with these texts in it.
pub fn program(texts: &[&str]) -> Vec<u8> {
    let number = |number: usize| u8::try_from(number << 1 | 1).unwrap_or_default();
    let mut section = vec![number(texts.len())];
    section.extend(texts.iter().rev().map(|text| number(text.len() + 1)));
    for text in texts {
        section.extend(text.bytes());
        section.push(0);
    }
    let mut bytes = b"ML\xefR\x0dStableHLO_v1.0.0\0".to_vec();
    bytes.extend([0, number(section.len())]);
    bytes.extend(section);
    bytes
}

/// A saved model with one more node of this operator.
pub fn with_operator(operator: &str) -> Vec<File> {
    ordinary().node(Node::new("n", operator)).files()
}

/// A saved model in which the input with this number of an operator is this text.
pub fn with_path(operator: &str, number: usize, path: &str) -> Vec<File> {
    ordinary().node(Node::text("path", &[path])).node(taking(operator, number, "path")).files()
}

/// A node of an operator whose input with this number is another node.
pub fn taking(operator: &str, number: usize, input: &str) -> Node {
    (0..number).fold(Node::new("n", operator), |node, _| node.input("x")).input(input)
}

/// A saved model in which an attribute of an operator is this text.
pub fn with_attribute(operator: &str, key: &str, text: &str) -> Vec<File> {
    ordinary().node(Node::new("n", operator).attribute(key, text)).files()
}

/// A saved model with a compiled program that has these texts in it.
pub fn with_program(texts: &[&str]) -> Vec<File> {
    let program = Proto::new().bytes(2, &program(texts));
    ordinary().node(Node::new("n", "XlaCallModule").with("module", &program)).files()
}

/// A saved model that uses an operator, and has a function of that name.
pub fn with_defined(operator: &str) -> Vec<File> {
    let function = [Node::new("n", "Identity")];
    ordinary().node(Node::new("n", operator)).function(operator, &[], &function).files()
}

/// A saved model in which a saver of version 1 takes its path from this node, `save/path`.
pub fn with_saver(path: Node) -> Vec<File> {
    let restore = Node::new("save/RestoreV2", "RestoreV2").input("save/path");
    ordinary().node(path).node(restore).files()
}

/// A saved model whose saver has names of its own.
pub fn with_named_saver(save: &str) -> Vec<File> {
    let saving = [Node::new("SaveV2", "SaveV2").input("path")];
    Graph::new()
        .node(Node::new("x", "Placeholder"))
        .node(Node::new("y", "Identity").input("x"))
        .node(Node::new("Call", "PartitionedCall").input("x").function("f", "keep"))
        .function("keep", &["path"], &saving)
        .saver(save, "")
        .files()
}

/// A saved model of two graphs, of which the second has this operator.
pub fn two_graphs(operator: &str) -> Vec<File> {
    let second = ordinary().node(Node::new("n", operator));
    super::one(
        "saved_model.pb",
        Proto::new().number(1, 1).with(2, &ordinary().meta()).with(2, &second.meta()).build(),
    )
}

/// A saved model with a vocabulary, which the constant calls by another path.
pub fn with_asset(constant: &str, file: &str) -> Vec<File> {
    let table = taking("InitializeTableFromTextFileV2", 1, "path");
    let graph = ordinary().node(Node::text("path", &[constant])).node(table);
    let mut files = graph.asset("path:0", file).files();
    files.push((format!("assets/{file}"), b"words\n".to_vec()));
    files
}

/// A saved model with a constant of these bytes.
pub fn with_text(bytes: &[u8]) -> Vec<File> {
    let tensor = Proto::new().number(1, 7).bytes(8, bytes);
    ordinary().node(Node::new("n", "Const").with("value", &Proto::new().with(8, &tensor))).files()
}

/// A checkpoint of one tensor of text with these bytes.
pub fn checkpoint_of(bytes: &[u8]) -> Vec<File> {
    let length = bytes.len() as u64;
    let mut files = checkpoint("a", &[("t", 4, &[length], length)]);
    if let Some((_, data)) = files.last_mut() {
        *data = bytes.to_vec();
    }
    files
}

/// A checkpoint of one tensor of eight bytes that lies at an offset of one of its files.
pub fn checkpoint_at(at: u64, shard: u64, shards: u64) -> Vec<File> {
    let entries = [(Vec::new(), header(shards)), (b"t".to_vec(), entry(1, &[2], shard, at, 8))];
    vec![
        ("a.index".to_owned(), Table::new(&entries).build()),
        ("a.data-00000-of-00001".to_owned(), super::tensor::bytes(8)),
    ]
}

/// A checkpoint of two tensors of eight bytes, the second at this offset.
pub fn checkpoint_sharing(at: u64) -> Vec<File> {
    let first = (b"a".to_vec(), entry(1, &[2], 0, 0, 8));
    let entries = [(Vec::new(), header(1)), first, (b"b".to_vec(), entry(1, &[2], 0, at, 8))];
    let length = usize::try_from(at).unwrap_or_default() + 8;
    vec![
        ("a.index".to_owned(), Table::new(&entries).build()),
        ("a.data-00000-of-00001".to_owned(), super::tensor::bytes(length)),
    ]
}

/// A checkpoint of one tensor in so many files.
pub fn shards(count: u64) -> Vec<File> {
    let entries = [(Vec::new(), header(count)), (b"t".to_vec(), entry(1, &[2], 0, 0, 8))];
    super::one("a.index", Table::new(&entries).build())
}

/// A checkpoint without tensors whose table was changed.
pub fn table(change: impl Fn(&mut Table)) -> Vec<File> {
    let mut table = Table::new(&[(Vec::new(), header(1))]);
    change(&mut table);
    super::one("a.index", table.build())
}

/// A checkpoint of tensors without bytes under these keys.
pub fn keys(keys: &[&str]) -> Vec<File> {
    let mut entries = vec![(Vec::new(), header(1))];
    entries.extend(keys.iter().map(|key| (key.as_bytes().to_vec(), entry(1, &[0], 0, 0, 0))));
    vec![
        ("a.index".to_owned(), Table::new(&entries).build()),
        ("a.data-00000-of-00001".to_owned(), Vec::new()),
    ]
}

/// A checkpoint without tensors whose only block has these restarts.
pub fn restarts(restarts: &[u32]) -> Vec<File> {
    table(|table| table.block = block(&[(Vec::new(), header(1))], restarts))
}

/// A saved model of which only the beginning is there.
pub fn cut(length: usize) -> Vec<File> {
    let mut model = ordinary().saved_model();
    model.truncate(length);
    super::one("saved_model.pb", model)
}
