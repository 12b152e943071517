//! Files of Torch for Lua.

use super::{File, one};

/// Items under construction, in the binary form.
#[derive(Debug, Clone)]
pub struct Items(Vec<u8>);

impl Default for Items {
    fn default() -> Self {
        Self::new()
    }
}

impl Items {
    /// Nothing yet.
    pub fn new() -> Self {
        Self(Vec::with_capacity(64))
    }

    /// Numbers of four bytes.
    #[must_use]
    pub fn ints(mut self, numbers: &[i32]) -> Self {
        self.0.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        self
    }

    /// Numbers of eight bytes.
    #[must_use]
    pub fn longs(mut self, numbers: &[i64]) -> Self {
        self.0.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        self
    }

    /// A text behind its length.
    #[must_use]
    pub fn text(self, text: &str) -> Self {
        let mut next = self.ints(&[i32::try_from(text.len()).unwrap_or_default()]);
        next.0.extend(text.bytes());
        next
    }

    /// A text as an item: mostly a key.
    #[must_use]
    pub fn key(self, text: &str) -> Self {
        self.ints(&[2]).text(text)
    }

    /// The beginning of an object.
    #[must_use]
    pub fn object(self, index: i32, class: &str) -> Self {
        self.ints(&[4, index]).text("V 1").text(class)
    }

    /// A tensor of two numbers, and its storage.
    #[must_use]
    pub fn tensor(self, index: i32, shape: &[i64]) -> Self {
        let dimensions = i32::try_from(shape.len()).unwrap_or_default();
        let next = self.object(index, "torch.FloatTensor").ints(&[dimensions]).longs(shape);
        let next = next.longs(&vec![1; shape.len()]).longs(&[1]);
        let mut next = next.object(index + 1, "torch.FloatStorage").longs(&[2]);
        next.0.extend([0, 0, 128, 63, 0, 0, 0, 64]);
        next
    }

    /// A function with these words in its code, and nothing that it closes over.
    #[must_use]
    pub fn function(self, words: &str) -> Self {
        self.ints(&[6]).text(&format!("\x1bLJ\x01\x02{}\x03", words.replace(' ', "\x05"))).ints(&[0])
    }

    /// The whole, as a file.
    pub fn file(self) -> Vec<File> {
        one("model.t7", self.0)
    }
}

/// A module whose table also has this one value more, under `extra`.
pub fn module(class: &str, extra: impl FnOnce(Items) -> Items) -> Items {
    let items = Items::new().object(1, class).ints(&[3, 2, 3]);
    let items = items.key("weight").tensor(3, &[1, 2]);
    let items = items.key("train").ints(&[5, 0]);
    extra(items.key("extra"))
}

/// What Torch wrote: a module, a table, a tensor as text.
pub fn ordinary() -> Vec<File> {
    let mut files = module("nn.Linear", |items| items.ints(&[0])).file();
    files.extend(one("table.th", Items::new().ints(&[3, 1, 1]).key("epoch").ints(&[1]).longs(&[0]).0));
    let text = "4\n1\n3\nV 1\n18\ntorch.DoubleTensor\n2\n1 2\n2 1\n1\n4\n2\n3\nV 1\n19\ntorch.DoubleStorage\n2\n1.5 -2\n";
    files.extend(one("text.t7", text));
    files
}
