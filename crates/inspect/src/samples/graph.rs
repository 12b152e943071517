//! Builders of graphs in protocol buffers.

/// Builds a message of protocol buffers field by field.
#[derive(Debug, Clone, Default)]
pub struct Proto(Vec<u8>);

impl Proto {
    /// An empty message.
    pub fn new() -> Self {
        Self::default()
    }

    /// A field with a number.
    #[must_use]
    pub fn number(mut self, field: u32, number: u64) -> Self {
        self.varint(u64::from(field) << 3);
        self.varint(number);
        self
    }

    /// A field with four bytes.
    #[must_use]
    pub fn four(mut self, field: u32, bytes: [u8; 4]) -> Self {
        self.varint(u64::from(field) << 3 | 5);
        self.0.extend(bytes);
        self
    }

    /// A field with bytes.
    #[must_use]
    pub fn bytes(mut self, field: u32, bytes: &[u8]) -> Self {
        self.varint(u64::from(field) << 3 | 2);
        self.varint(bytes.len() as u64);
        self.0.extend(bytes);
        self
    }

    /// A field with text.
    #[must_use]
    pub fn text(self, field: u32, text: &str) -> Self {
        self.bytes(field, text.as_bytes())
    }

    /// A field with a message.
    #[must_use]
    pub fn with(self, field: u32, message: &Self) -> Self {
        self.bytes(field, &message.0)
    }

    /// A field with packed numbers.
    #[must_use]
    pub fn packed(self, field: u32, numbers: &[u64]) -> Self {
        let mut packed = Self::new();
        for number in numbers {
            packed.varint(*number);
        }
        self.with(field, &packed)
    }

    /// Bytes as they are.
    #[must_use]
    pub fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend(bytes);
        self
    }

    /// The bytes of the message.
    pub fn build(self) -> Vec<u8> {
        self.0
    }

    fn varint(&mut self, number: u64) {
        let [low, ..] = number.to_le_bytes();
        match number >> 7 {
            0 => self.0.push(low),
            rest => {
                self.0.push(low | 0x80);
                self.varint(rest);
            }
        }
    }
}

/// An ONNX tensor with this type's number and raw bytes.
pub fn tensor(name: &str, shape: &[u64], kind: u64, raw: &[u8]) -> Proto {
    described(name, shape, kind).bytes(9, raw)
}

/// An ONNX tensor without bytes.
pub fn described(name: &str, shape: &[u64], kind: u64) -> Proto {
    let proto = shape.iter().fold(Proto::new(), |proto, size| proto.number(1, *size));
    proto.number(2, kind).text(8, name)
}

/// An ONNX tensor whose bytes are in another file.
pub fn external(name: &str, shape: &[u64], kind: u64, place: &[(&str, &str)]) -> Proto {
    let entry =
        |proto: Proto, (key, value): &(&str, &str)| proto.with(13, &Proto::new().text(1, key).text(2, value));
    place.iter().fold(described(name, shape, kind), entry).number(14, 1)
}

/// An attribute of an ONNX node that is a number.
pub fn number_attribute(name: &str, number: u64) -> Proto {
    Proto::new().text(1, name).number(3, number).number(20, 2)
}

/// An attribute of an ONNX node that is text.
pub fn text_attribute(name: &str, text: &str) -> Proto {
    Proto::new().text(1, name).text(4, text).number(20, 3)
}

/// An attribute of an ONNX node that is a tensor.
pub fn tensor_attribute(name: &str, tensor: &Proto) -> Proto {
    Proto::new().text(1, name).with(5, tensor).number(20, 4)
}

/// Builds an ONNX model.
#[derive(Debug, Clone)]
pub struct Onnx {
    /// Everything but the graph.
    model: Proto,
    graph: Proto,
    nodes: u64,
}

impl Default for Onnx {
    fn default() -> Self {
        Self::new()
    }
}

impl Onnx {
    /// A model of one set of operators, the standard one, without nodes.
    pub fn new() -> Self {
        Self { model: Proto::new().number(1, 8), graph: Proto::new(), nodes: 0 }.import("", 17)
    }

    /// Imports a set of operators.
    #[must_use]
    pub fn import(mut self, domain: &str, version: u64) -> Self {
        self.model = self.model.with(8, &Proto::new().text(1, domain).number(2, version));
        self
    }

    /// A field of the model.
    #[must_use]
    pub fn field(mut self, field: u32, message: &Proto) -> Self {
        self.model = self.model.with(field, message);
        self
    }

    /// A key with a value.
    #[must_use]
    pub fn property(self, key: &str, value: &str) -> Self {
        self.field(14, &Proto::new().text(1, key).text(2, value))
    }

    /// A node that uses an operator.
    #[must_use]
    pub fn node(self, domain: &str, operator: &str) -> Self {
        self.node_with(domain, operator, &[])
    }

    /// A node with attributes.
    #[must_use]
    pub fn node_with(mut self, domain: &str, operator: &str, attributes: &[Proto]) -> Self {
        let (before, after) = (format!("x{}", self.nodes), format!("x{}", self.nodes + 1));
        let node = Proto::new().text(1, &before).text(2, &after).text(3, &format!("node{}", self.nodes));
        let node = attributes.iter().fold(node.text(4, operator), |node, attribute| node.with(5, attribute));
        self.graph = self.graph.with(1, &if domain.is_empty() { node } else { node.text(7, domain) });
        self.nodes += 1;
        self
    }

    /// A node with a graph inside.
    #[must_use]
    pub fn node_around(self, operator: &str, graph: &Proto) -> Self {
        self.node_with("", operator, &[Proto::new().text(1, "then_branch").with(6, graph).number(20, 5)])
    }

    /// A weight.
    #[must_use]
    pub fn initializer(mut self, tensor: &Proto) -> Self {
        self.graph = self.graph.with(5, tensor);
        self
    }

    /// A sparse weight.
    #[must_use]
    pub fn sparse(mut self, tensor: &Proto) -> Self {
        self.graph = self.graph.with(15, tensor);
        self
    }

    /// A function that is one node.
    #[must_use]
    pub fn function(self, domain: &str, name: &str, inner_domain: &str, inner: &str) -> Self {
        let node = Proto::new().text(1, "x").text(2, "y").text(4, inner).text(7, inner_domain);
        let import = Proto::new().text(1, inner_domain).number(2, 1);
        let function = Proto::new().text(1, name).text(4, "x").text(5, "y").with(7, &node);
        self.field(25, &function.with(9, &import).text(10, domain))
    }

    /// What is done in training.
    #[must_use]
    pub fn training(self, graph: &Proto) -> Self {
        self.field(20, &Proto::new().with(2, graph))
    }

    /// Only its graph.
    pub fn into_graph(self) -> Proto {
        self.graph
    }

    /// The bytes of the file.
    pub fn build(self) -> Vec<u8> {
        self.model.with(7, &self.graph.text(2, "main")).build()
    }
}
