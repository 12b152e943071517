//! Objects as R writes them.

use super::archive;
use super::{File, one};

/// A serialised object under construction, in R's binary form.
#[derive(Debug, Clone)]
pub struct Object(Vec<u8>);

impl Default for Object {
    fn default() -> Self {
        Self::new()
    }
}

impl Object {
    /// With the header of R 4.4.
    pub fn new() -> Self {
        let mut bytes = b"X\n".to_vec();
        for number in [3, 0x0004_0401, 0x0003_0500, 5] {
            bytes.extend(i32::to_be_bytes(number));
        }
        bytes.extend(b"UTF-8");
        Self(bytes)
    }

    /// A number: the flags of an item, a length.
    #[must_use]
    pub fn int(mut self, number: i32) -> Self {
        self.0.extend(number.to_be_bytes());
        self
    }

    /// A text item.
    #[must_use]
    pub fn text(self, text: &str) -> Self {
        let mut next = self.int(0x0004_0009).int(i32::try_from(text.len()).unwrap_or_default());
        next.0.extend(text.bytes());
        next
    }

    /// A name that was not written before.
    #[must_use]
    pub fn symbol(self, name: &str) -> Self {
        self.int(1).text(name)
    }

    /// A vector of one text.
    #[must_use]
    pub fn string(self, text: &str) -> Self {
        self.int(16).int(1).text(text)
    }

    /// A vector of doubles, with these flags besides its type.
    #[must_use]
    pub fn doubles(self, flags: i32, numbers: &[f64]) -> Self {
        let mut next = self.int(0x0e | flags).int(i32::try_from(numbers.len()).unwrap_or_default());
        next.0.extend(numbers.iter().flat_map(|number| number.to_be_bytes()));
        next
    }

    /// The end of a list.
    #[must_use]
    pub fn end(self) -> Self {
        self.int(254)
    }

    /// A call of a function with one text.
    #[must_use]
    pub fn call(self, function: &str, argument: &str) -> Self {
        self.int(6).symbol(function).int(2).string(argument).end()
    }

    /// A promise without a value, which stands for what follows.
    #[must_use]
    pub fn promise(self) -> Self {
        self.int(0x405).int(253).int(252)
    }

    /// The whole.
    pub fn build(self) -> Vec<u8> {
        self.0
    }

    /// The whole as `saveRDS` writes it.
    pub fn rds(self) -> Vec<File> {
        one("model.rds", archive::gzip(None, &self.0))
    }

    /// The whole as the only value of a workspace.
    pub fn workspace(self) -> Vec<File> {
        let header = Self::new().build();
        let mut bytes = b"RDX3\n".to_vec();
        bytes.extend(&header);
        bytes.extend(0x402_i32.to_be_bytes());
        bytes.extend(Self(Vec::new()).symbol("model").build());
        bytes.extend(self.0.get(header.len()..).unwrap_or_default());
        bytes.extend(254_i32.to_be_bytes());
        one("model.RData", archive::gzip(None, &bytes))
    }
}

/// A list of coefficients and a formula with an environment, as `lm` returns it.
pub fn model() -> Object {
    let mut object = Object::new().int(0x313).int(2);
    object = object.doubles(0x200, &[1.0, 2.0]);
    object = object.int(0x402).symbol("names").int(16).int(2).text("(Intercept)").text("x").end();
    // y ~ log(x), of the class formula, with the workspace as its environment.
    object = object.int(0x306).int(0x402).symbol("class").string("formula");
    object = object.int(0x402).symbol(".Environment").int(253).end();
    object = object.symbol("~").int(2).symbol("y").int(2).int(6).symbol("log").int(2).symbol("x").end().end();
    object = object.int(0x402).int(0x1ff).int(16).int(2).text("coefficients").text("terms");
    object = object.int(0x402).int(0x2ff).string("lm").end();
    object
}

/// What R writes: a model, a workspace, a matrix as text.
pub fn ordinary() -> Vec<File> {
    let mut files = model().rds();
    files.extend(model().workspace());
    let text = "A\n3\n263169\n197888\n5\nUTF-8\n526\n2\n1.5\nNA\n1026\n1\n262153\n3\ndim\n13\n2\n1\n2\n254\n";
    files.extend(one("matrix.rds", text));
    files
}
