//! Headers of programs that do nothing: enough to be recognised, nothing to run.

/// Numbers put into zeroed bytes: (offset, bytes).
fn header(length: usize, fields: &[(usize, &[u8])]) -> Vec<u8> {
    let mut bytes = vec![0; length];
    for (at, field) in fields {
        for (to, from) in bytes.iter_mut().skip(*at).zip(*field) {
            *to = *from;
        }
    }
    bytes
}

/// An ELF header of a 64-bit library without sections or segments.
pub fn elf() -> Vec<u8> {
    header(64, &[(0, b"\x7fELF\x02\x01\x01"), (16, &[3, 0, 62, 0, 1]), (52, &[64])])
}

/// A DOS and a PE header without code.
pub fn pe() -> Vec<u8> {
    header(256, &[(0, b"MZ"), (60, &[128]), (128, b"PE\0\0\x64\x86\x01\0")])
}

/// A Mach-O header with one empty load command.
pub fn mach_o() -> Vec<u8> {
    header(64, &[(0, &[0xcf, 0xfa, 0xed, 0xfe, 7, 0, 0, 1]), (12, &[6, 0, 0, 0, 1])])
}

/// A class file of Java that calls an ordinary method.
pub fn java_class() -> Vec<u8> {
    java_calling("main", ("java/lang/String", "trim", "()Ljava/lang/String;"))
}

/// A Dalvik header without classes.
pub fn dex() -> Vec<u8> {
    header(112, &[(0, b"dex\n035\0"), (32, &[112]), (36, &[0x70])])
}

/// An empty WebAssembly module.
pub fn wasm() -> Vec<u8> {
    b"\0asm\x01\0\0\0".to_vec()
}

/// A class file in the making.
struct Class {
    pool: Vec<u8>,
    entries: u16,
}

impl Class {
    fn add(&mut self, tag: u8, content: &[u8]) -> u16 {
        self.pool.push(tag);
        self.pool.extend(content);
        self.entries += 1;
        self.entries
    }

    fn text(&mut self, text: &str) -> u16 {
        let length = u16::try_from(text.len()).unwrap_or_default();
        self.add(1, &[&length.to_be_bytes(), text.as_bytes()].concat())
    }

    fn class(&mut self, name: &str) -> u16 {
        let name = self.text(name);
        self.add(7, &name.to_be_bytes())
    }

    fn method(&mut self, class: &str, name: &str, kind: &str) -> u16 {
        let class = self.class(class);
        let (name, kind) = (self.text(name), self.text(kind));
        let name_and_type = self.add(12, &[name.to_be_bytes(), kind.to_be_bytes()].concat());
        self.add(10, &[class.to_be_bytes(), name_and_type.to_be_bytes()].concat())
    }
}

/// A class file with one method of this name, whose code calls one method: its class, name and type. It is no code that
/// could run: nothing is on the stack.
pub fn java_calling(own: &str, (class, name, kind): (&str, &str, &str)) -> Vec<u8> {
    let mut made = Class { pool: Vec::new(), entries: 0 };
    let this = made.class("demo/Main");
    let parent = made.class("java/lang/Object");
    let called = made.method(class, name, kind);
    let (own, kind, code) = (made.text(own), made.text("()V"), made.text("Code"));
    let [high, low] = called.to_be_bytes();
    let instructions = [0xb6, high, low, 0xb1];
    let mut bytes = vec![0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 61];
    bytes.extend((made.entries + 1).to_be_bytes());
    bytes.extend(made.pool);
    for number in [0x21, this, parent, 0, 0, 1, 8, own, kind, 1, code] {
        bytes.extend(number.to_be_bytes());
    }
    bytes.extend([0, 0, 0, 16, 0, 1, 0, 1, 0, 0, 0, 4]);
    bytes.extend(instructions);
    bytes.extend([0; 6]);
    bytes
}
