//! Programs: native executables and libraries, byte code, scripts. Recognised by their structure, never by two letters that
//! random weights contain.

use super::{Format, Support, java};
use crate::detect::{Probe, Recognition};
use crate::samples::{self, program};

/// A program of some kind, recognised by `recognise`.
const fn program_format(
    id: &'static str,
    title: &'static str,
    extensions: &'static [&'static str],
    docs: &'static str,
    recognise: fn(&Probe<'_>) -> Recognition,
    samples: fn() -> Vec<samples::File>,
) -> Format {
    Format {
        id,
        title,
        extensions,
        support: Support::Recognised,
        carries_code: true,
        refines: &[],
        docs,
        recognise,
        read: |_| Ok(()),
        samples,
    }
}

/// Dalvik byte code.
pub static DEX: Format = program_format(
    "dex",
    "Dalvik byte code",
    &["dex"],
    "Recognised by its magic, version, and the file and header sizes it states.",
    |probe| {
        let size = number::<4>(probe, 32).map(u32_le);
        let header = number::<4>(probe, 36).map(u32_le);
        let fits = size.map(u64::from) == Some(probe.input.len()) && header == Some(0x70);
        Recognition::certain_if(probe.starts(b"dex\n0") && fits)
    },
    || samples::one("classes.dex", program::dex()),
);

/// ELF: programs and libraries of Linux and others.
pub static ELF: Format = program_format(
    "elf",
    "ELF program or library",
    &["so", "elf", "o"],
    "Recognised by class, byte order, version, type, and the size its header states.",
    |probe| {
        let [class, order, version] = number::<3>(probe, 4).unwrap_or_default();
        let little = order == 1;
        let kind = number::<2>(probe, 16)
            .map(|b| if little { u16::from_le_bytes(b) } else { u16::from_be_bytes(b) });
        let (at, wanted) = if class == 1 { (40, 52) } else { (52, 64) };
        let size = number::<2>(probe, at)
            .map(|b| if little { u16::from_le_bytes(b) } else { u16::from_be_bytes(b) });
        let plausible = matches!(class, 1 | 2)
            && matches!(order, 1 | 2)
            && version == 1
            && matches!(kind, Some(1..=4))
            && size == Some(wanted);
        Recognition::certain_if(probe.starts(b"\x7fELF") && plausible)
    },
    || samples::one("library.so", program::elf()),
);

/// Mach-O: programs and libraries of macOS.
pub static MACH_O: Format = program_format(
    "mach-o",
    "Mach-O program or library",
    &["dylib"],
    "Recognised by its magic, processor and number of load commands; fat files by a small number of slices.",
    |probe| {
        let thin = matches!(probe.head.first_chunk::<4>(), Some([0xce | 0xcf, 0xfa, 0xed, 0xfe]));
        let processor = number::<4>(probe, 4).map(u32_le).map(|cpu| cpu & 0x00ff_ffff);
        let kind = number::<4>(probe, 12).map(u32_le);
        let commands = number::<4>(probe, 16).map(u32_le);
        let thin = thin
            && matches!(processor, Some(7 | 12 | 18))
            && matches!(kind, Some(1..=12))
            && matches!(commands, Some(1..=10_000));
        let slices = number::<4>(probe, 4).map(u32::from_be_bytes);
        let fat =
            probe.starts(b"\xca\xfe\xba\xbe") && matches!(slices, Some(1..=30)) && !java::is_class(probe);
        Recognition::certain_if(thin || fat)
    },
    || samples::one("library.dylib", program::mach_o()),
);

/// PE: programs and libraries of Windows.
pub static PE: Format = program_format(
    "pe",
    "PE program or library",
    &["exe", "dll", "sys", "pyd", "scr"],
    "Recognised by the PE header that the DOS header points to, its machine and its number of sections.",
    |probe| {
        let at = number::<4>(probe, 60).map(u32_le).and_then(|at| usize::try_from(at).ok());
        let plausible = at.is_some_and(|at| {
            let machine = number::<2>(probe, at.saturating_add(4)).map(u16::from_le_bytes);
            let sections = number::<2>(probe, at.saturating_add(6)).map(u16::from_le_bytes);
            probe.has_at(at, b"PE\0\0")
                && matches!(machine, Some(0x14c | 0x8664 | 0x1c0 | 0x1c4 | 0xaa64 | 0x200 | 0x5064))
                && matches!(sections, Some(1..=96))
        });
        Recognition::certain_if(probe.starts(b"MZ") && plausible)
    },
    || samples::one("program.exe", program::pe()),
);

/// Scripts that name their interpreter, when that is no shell.
pub static SCRIPT: Format = program_format(
    "script",
    "Script with an interpreter line",
    &[],
    "Text that begins with `#!` and the path of an interpreter.",
    |probe| {
        let shebang = probe.head.strip_prefix(b"#!").map(<[u8]>::trim_ascii_start);
        let interpreter = shebang.is_some_and(|rest| rest.starts_with(b"/"));
        Recognition::certain_if(interpreter && probe.is_text())
    },
    || samples::one("run.pl", "#!/usr/bin/perl\nprint 'weighbridge-demo';\n"),
);

/// WebAssembly.
pub static WASM: Format = program_format(
    "wasm",
    "WebAssembly module",
    &["wasm", "o"],
    "Recognised by its magic and version; object files that compilers make for it are such modules, too.",
    |probe| Recognition::certain_if(probe.starts(b"\0asm\x01\0\0\0")),
    || samples::one("module.wasm", program::wasm()),
);

fn number<const N: usize>(probe: &Probe<'_>, at: usize) -> Option<[u8; N]> {
    probe.head.get(at..)?.first_chunk().copied()
}

fn u32_le(bytes: [u8; 4]) -> u32 {
    u32::from_le_bytes(bytes)
}
