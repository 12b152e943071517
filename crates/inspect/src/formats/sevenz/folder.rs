//! Chains of coders of a 7z archive.

use std::io::Read;

use lzma_rust2::filter::bcj::BcjReader;
use lzma_rust2::filter::bcj2::Bcj2Reader;
use lzma_rust2::filter::delta::DeltaReader;

use super::header::{Coder, Folder};
use crate::formats::codec::{Decoder, Source};
use crate::input::Input;

/// How the content of a folder can be had.
pub(super) enum Chain {
    /// It stands there as it is.
    Stored(Input),
    /// It comes out of this.
    Packed(Decoder),
    /// It is encrypted.
    Encrypted,
    /// A method that is not supported.
    Unsupported(String),
}

/// Puts the coders of a folder together.
pub(super) fn open(folder: &Folder, input: &Input, ranges: &[(u64, u64)], memory: u64) -> Chain {
    if folder.is_encrypted() {
        return Chain::Encrypted;
    }
    let mut parts = Parts { folder, input, ranges, memory, left: folder.coders.len() };
    if let ([Coder { method: 0, inputs: 1, outputs: 1, .. }], [port]) =
        (folder.coders.as_slice(), folder.fed.as_slice())
        && let Some(packed) = parts.packed(*port)
    {
        return Chain::Stored(packed);
    }
    match parts.output(folder.main()) {
        Ok(chain) => Chain::Packed(Decoder::chain(chain)),
        Err(why) => Chain::Unsupported(why),
    }
}

struct Parts<'a> {
    folder: &'a Folder,
    input: &'a Input,
    ranges: &'a [(u64, u64)],
    memory: u64,
    /// Coders that may still be put in: each only once, which also ends cycles.
    left: usize,
}

impl Parts<'_> {
    /// The packed stream that feeds an input.
    fn packed(&self, port: usize) -> Option<Input> {
        let index = self.folder.fed.iter().position(|fed| *fed == port)?;
        let (start, end) = self.ranges.get(self.folder.first_packed.checked_add(index)?)?;
        Some(self.input.slice(*start, end.saturating_sub(*start)))
    }

    /// What comes to an input.
    fn input(&mut self, port: usize) -> Result<Source, String> {
        if let Some((_, output)) = self.folder.bound.iter().find(|(bound, _)| *bound == port) {
            return self.output(*output);
        }
        let packed = self.packed(port).ok_or("a chain with a loose end")?;
        Ok(Box::new(packed.reader()))
    }

    /// What comes out of an output.
    fn output(&mut self, output: usize) -> Result<Source, String> {
        self.left = self.left.checked_sub(1).ok_or("a chain that runs in a circle")?;
        let size = *self.folder.sizes.get(output).ok_or("a chain with a loose end")?;
        let (mut inputs, mut outputs) = (0_usize, 0_usize);
        for coder in &self.folder.coders {
            let (first_input, first_output) = (inputs, outputs);
            inputs = inputs.saturating_add(coder.inputs);
            outputs = outputs.saturating_add(coder.outputs);
            if (first_output..outputs).contains(&output) {
                let sources =
                    (first_input..inputs).map(|port| self.input(port)).collect::<Result<Vec<_>, _>>()?;
                let decoded = self.coder(coder, sources, size)?;
                return Ok(Box::new(decoded.take(size)));
            }
        }
        Err("a chain with a loose end".to_owned())
    }

    fn coder(&self, coder: &Coder, mut sources: Vec<Source>, size: u64) -> Result<Source, String> {
        let properties = coder.properties.as_slice();
        if coder.method == 0x0303_011b {
            let reader = Bcj2Reader::try_new(sources, size).map_err(|error| error.to_string())?;
            return Ok(Box::new(reader));
        }
        let (Some(source), true) = (sources.pop(), sources.is_empty()) else {
            return Err(format!("method {:x} with several inputs", coder.method));
        };
        Ok(match coder.method {
            0 => source,
            3 => {
                let distance =
                    properties.first().map_or(1, |distance| usize::from(*distance).saturating_add(1));
                Box::new(DeltaReader::new(source, distance))
            }
            4 | 0x0303_0103 => Box::new(BcjReader::new_x86(source, 0)),
            5 | 0x0303_0205 => Box::new(BcjReader::new_ppc(source, 0)),
            6 | 0x0303_0401 => Box::new(BcjReader::new_ia64(source, 0)),
            7 | 0x0303_0501 => Box::new(BcjReader::new_arm(source, 0)),
            8 | 0x0303_0701 => Box::new(BcjReader::new_arm_thumb(source, 0)),
            9 | 0x0303_0805 => Box::new(BcjReader::new_sparc(source, 0)),
            0xa => Box::new(BcjReader::new_arm64(source, 0)),
            0xb => Box::new(BcjReader::new_riscv(source, 0)),
            0x21 => {
                let dictionary =
                    dictionary(properties.first().copied()).ok_or("LZMA2 with a bad dictionary size")?;
                Box::new(Decoder::lzma2(source, dictionary, self.memory))
            }
            0x03_0101 => {
                let properties = properties.first_chunk::<5>().ok_or("LZMA without properties")?;
                let decoder = Decoder::raw_lzma(source, *properties, Some(size), self.memory);
                Box::new(decoder.map_err(|error| error.to_string())?)
            }
            0x04_0108 => Box::new(Decoder::deflate(source)),
            0x04_0202 => Box::new(Decoder::bzip2(source)),
            0x04f7_1101 => Box::new(Decoder::zstd(source, self.memory)),
            0x03_0401 => return Err("PPMd, which is not supported".to_owned()),
            method => return Err(format!("method {method:x}, which is not supported")),
        })
    }
}

/// The size of a dictionary from the one byte that stands for it.
fn dictionary(byte: Option<u8>) -> Option<u32> {
    match byte? {
        40 => Some(u32::MAX),
        byte @ 0..40 => (2 | u32::from(byte & 1)).checked_shl(u32::from(byte / 2).checked_add(11)?),
        _ => None,
    }
}
