//! The formats that came before GGUF: `ggml`, `ggmf`, `ggjt`, `ggla` (adapters), `ggsa` and `ggsn` (sessions).

use weighbridge_domain::facts::What;
use weighbridge_domain::facts::problem::Kind;

use super::{Format, Support};
use crate::cursor::Cursor;
use crate::detect::Recognition;
use crate::limits::Fault;
use crate::samples::{self, tensor};
use crate::walk::Visit;

/// The formats that came before GGUF.
pub static FORMAT: Format = Format {
    id: "ggml",
    title: "GGML before GGUF",
    extensions: &["ggml"],
    support: Support::Recognised,
    carries_code: false,
    refines: &[],
    docs: "Recognised by the magic numbers `ggml`, `ggmf`, `ggjt`, `ggla`, `ggsa` and `ggsn`; versions and the numbers \
           behind them are checked for plausibility. How the rest is laid out depends on the program that wrote it, so \
           it is not inspected: convert such a file to GGUF.",
    recognise: |probe| {
        let known = MAGICS.iter().any(|magic| probe.starts(&reversed(*magic)) || probe.starts(magic));
        Recognition::certain_if(known && !probe.is_text())
    },
    read,
    samples: || samples::one("model.ggml", tensor::ggml(*b"ggjt", &[3, 32_000, 4096, 256, 32, 32, 128, 2])),
};

/// As numbers they read forwards; little-endian files have them backwards.
const MAGICS: [[u8; 4]; 6] = [*b"ggml", *b"ggmf", *b"ggjt", *b"ggla", *b"ggsa", *b"ggsn"];

/// Versions each magic had at most; `ggml` has none.
const VERSIONS: [(&[u8; 4], u32); 5] = [(b"ggmf", 1), (b"ggjt", 3), (b"ggla", 1), (b"ggsa", 1), (b"ggsn", 9)];

/// No number that describes the size of a model is larger.
const MOST: u32 = 100_000_000;

fn reversed(mut magic: [u8; 4]) -> [u8; 4] {
    magic.reverse();
    magic
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let mut cursor = Cursor::new(&visit.input);
    let first: [u8; 4] = cursor.array()?;
    let big = MAGICS.contains(&first);
    let magic = if big { first } else { reversed(first) };
    let mut number = |visit: &Visit<'_>| -> Result<u32, Fault> {
        visit.budget.tick()?;
        cursor.array().map(if big { u32::from_be_bytes } else { u32::from_le_bytes })
    };
    if let Some((_, most)) = VERSIONS.iter().find(|(of, _)| **of == magic) {
        let version = number(visit)?;
        visit.fact(4, What::Metadata { key: "version".to_owned(), value: version.to_string() });
        if !(1..=*most).contains(&version) {
            visit.problem(4, Kind::BadValue, format!("version {version} of a format that had {most}"));
        }
    }
    if matches!(&magic, b"ggml" | b"ggmf" | b"ggjt") {
        for index in 0..7_u64 {
            let value = number(visit)?;
            if value > MOST {
                let detail = format!("the parameter {index} of the model is {value}");
                visit.problem(8, Kind::BadValue, detail);
            }
        }
    }
    Ok(())
}
