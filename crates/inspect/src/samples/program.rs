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

/// The beginning of a Java class file.
pub fn java_class() -> Vec<u8> {
    header(32, &[(0, &[0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 61])])
}

/// A Dalvik header without classes.
pub fn dex() -> Vec<u8> {
    header(112, &[(0, b"dex\n035\0"), (32, &[112]), (36, &[0x70])])
}

/// An empty WebAssembly module.
pub fn wasm() -> Vec<u8> {
    b"\0asm\x01\0\0\0".to_vec()
}
