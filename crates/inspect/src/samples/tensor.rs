//! Builders of files of tensors.

/// A safetensors file with this header text, padded as the library pads it, and this many bytes of data.
pub fn safetensors(header: &str, data: usize) -> Vec<u8> {
    let padded = format!("{header}{}", " ".repeat(header.len().next_multiple_of(8) - header.len()));
    raw_safetensors(padded.len() as u64, padded.as_bytes(), &bytes(data))
}

/// A safetensors file that says its header is `length` bytes long.
pub fn raw_safetensors(length: u64, header: &[u8], data: &[u8]) -> Vec<u8> {
    let mut file = length.to_le_bytes().to_vec();
    file.extend(header);
    file.extend(data);
    file
}

/// Bytes that are not zero.
pub fn bytes(count: usize) -> Vec<u8> {
    (0..count).map(|i| u8::try_from(i % 251 + 1).unwrap_or_default()).collect()
}

/// A numpy array with this type and shape as Python writes them, and these bytes behind its header.
pub fn npy(descr: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    raw_npy(1, &format!("{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}"), data)
}

/// A numpy array with this version and header, padded as numpy pads it.
pub fn raw_npy(version: u8, header: &str, data: &[u8]) -> Vec<u8> {
    let width = if version == 1 { 2 } else { 4 };
    let length = (8 + width + header.len() + 1).next_multiple_of(64) - 8 - width;
    let mut file = b"\x93NUMPY".to_vec();
    file.extend([version, 0]);
    file.extend(u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes().iter().take(width));
    file.extend(header.bytes());
    file.resize(8 + width + length - 1, b' ');
    file.push(b'\n');
    file.extend(data);
    file
}

/// The beginning of a file of one of the formats before GGUF: its magic and the numbers behind it.
pub fn ggml(mut magic: [u8; 4], numbers: &[u32]) -> Vec<u8> {
    magic.reverse();
    let mut file = magic.to_vec();
    file.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
    file
}

/// Builds a GGUF file.
#[derive(Debug, Clone)]
pub struct Gguf {
    version: u32,
    big: bool,
    keys: u64,
    tensors: u64,
    alignment: usize,
    /// Keys with their values, then descriptions of tensors, then their bytes.
    values: Vec<u8>,
    descriptions: Vec<u8>,
    data: Vec<u8>,
    counts: Option<(u64, u64)>,
}

impl Default for Gguf {
    fn default() -> Self {
        Self::new()
    }
}

impl Gguf {
    /// A file of version 3 without keys and tensors.
    pub fn new() -> Self {
        Self {
            version: 3,
            big: false,
            keys: 0,
            tensors: 0,
            alignment: 32,
            values: Vec::new(),
            descriptions: Vec::new(),
            data: Vec::new(),
            counts: None,
        }
    }

    /// Another version; to be said first.
    #[must_use]
    pub fn version(mut self, version: u32) -> Self {
        self.version = version;
        self
    }

    /// Big-endian; to be said first.
    #[must_use]
    pub fn big(mut self) -> Self {
        self.big = true;
        self
    }

    /// Says that it has these numbers of tensors and keys.
    #[must_use]
    pub fn counts(mut self, tensors: u64, keys: u64) -> Self {
        self.counts = Some((tensors, keys));
        self
    }

    fn ordered<const N: usize>(&self, mut little: [u8; N]) -> [u8; N] {
        if self.big {
            little.reverse();
        }
        little
    }

    fn length(&self, length: u64) -> Vec<u8> {
        if self.version == 1 {
            return self.ordered(u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes()).to_vec();
        }
        self.ordered(length.to_le_bytes()).to_vec()
    }

    fn word(&self, text: &[u8]) -> Vec<u8> {
        let mut bytes = self.length(text.len() as u64);
        bytes.extend(text);
        bytes
    }

    /// A key with the number of its value's type and the bytes of the value.
    #[must_use]
    pub fn raw(mut self, key: &[u8], kind: u32, value: &[u8]) -> Self {
        self.keys += 1;
        self.values.extend(self.word(key));
        self.values.extend(self.ordered(kind.to_le_bytes()));
        self.values.extend(value);
        self
    }

    /// A key with a text.
    #[must_use]
    pub fn text(self, key: &str, text: &str) -> Self {
        let value = self.word(text.as_bytes());
        self.raw(key.as_bytes(), 8, &value)
    }

    /// A key with a number of 32 bits.
    #[must_use]
    pub fn number(self, key: &str, number: u32) -> Self {
        let value = self.ordered(number.to_le_bytes());
        self.raw(key.as_bytes(), 4, &value)
    }

    /// A key with texts.
    #[must_use]
    pub fn texts(self, key: &str, texts: &[&str]) -> Self {
        let mut value = self.ordered(8_u32.to_le_bytes()).to_vec();
        value.extend(self.length(texts.len() as u64));
        value.extend(texts.iter().flat_map(|text| self.word(text.as_bytes())));
        self.raw(key.as_bytes(), 9, &value)
    }

    /// A key with an array that says it has `count` items of a type, and these bytes.
    #[must_use]
    pub fn array(self, key: &str, kind: u32, count: u64, items: &[u8]) -> Self {
        let mut value = self.ordered(kind.to_le_bytes()).to_vec();
        value.extend(self.length(count));
        value.extend(items);
        self.raw(key.as_bytes(), 9, &value)
    }

    /// Sets `general.alignment`.
    #[must_use]
    pub fn alignment(mut self, alignment: u32) -> Self {
        self.alignment = usize::try_from(alignment).unwrap_or(32);
        self.number("general.alignment", alignment)
    }

    /// A tensor of this type and length at the next offset.
    #[must_use]
    pub fn tensor(mut self, name: &str, shape: &[u64], kind: u32, length: usize) -> Self {
        self.data.resize(self.data.len().next_multiple_of(self.alignment), 0);
        let offset = self.data.len() as u64;
        self.data.extend(bytes(length));
        self.tensor_at(name, shape, kind, offset)
    }

    /// The description of a tensor.
    #[must_use]
    pub fn tensor_at(mut self, name: &str, shape: &[u64], kind: u32, offset: u64) -> Self {
        self.tensors += 1;
        let mut description = self.word(name.as_bytes());
        description.extend(self.ordered(u32::try_from(shape.len()).unwrap_or(u32::MAX).to_le_bytes()));
        description.extend(shape.iter().flat_map(|dimension| self.length(*dimension)));
        description.extend(self.ordered(kind.to_le_bytes()));
        description.extend(self.ordered(offset.to_le_bytes()));
        self.descriptions.extend(description);
        self
    }

    /// More bytes of data.
    #[must_use]
    pub fn data(mut self, data: &[u8]) -> Self {
        self.data.extend(data);
        self
    }

    /// The bytes of the file.
    pub fn build(&self) -> Vec<u8> {
        let mut file = b"GGUF".to_vec();
        let (tensors, keys) = self.counts.unwrap_or((self.tensors, self.keys));
        file.extend(self.ordered(self.version.to_le_bytes()));
        file.extend(self.length(tensors));
        file.extend(self.length(keys));
        file.extend(&self.values);
        file.extend(&self.descriptions);
        if self.tensors > 0 || !self.data.is_empty() {
            file.resize(file.len().next_multiple_of(self.alignment), 0);
        }
        file.extend(&self.data);
        file
    }
}
