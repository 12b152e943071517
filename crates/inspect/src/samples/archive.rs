//! Archives and compressed streams, built from a few calls.

mod sevenz;
mod tar;
mod zip;

pub use sevenz::{sevenz, sevenz_packed};
pub use tar::Tar;
pub use zip::{Part, Zip};

use std::io::Write as _;

use lzma_rust2::{LzmaOptions, LzmaWriter, XzOptions, XzWriter};

/// What a writer into memory returns: never an error, so that an empty stream is as good as any answer.
fn written(result: std::io::Result<Vec<u8>>) -> Vec<u8> {
    result.unwrap_or_default()
}

/// Raw deflate.
pub fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    written(writer.write_all(bytes).and_then(|()| writer.finish()))
}

/// One gzip member.
pub fn gzip(name: Option<&str>, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![0x1f, 0x8b, 8, if name.is_some() { 8 } else { 0 }, 0, 0, 0, 0, 0, 255];
    if let Some(name) = name {
        out.extend(name.bytes());
        out.push(0);
    }
    out.extend(deflate(bytes));
    out.extend(crc32fast::hash(bytes).to_le_bytes());
    out.extend(u32::try_from(bytes.len() & 0xffff_ffff).unwrap_or_default().to_le_bytes());
    out
}

/// A zlib stream.
pub fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    written(writer.write_all(bytes).and_then(|()| writer.finish()))
}

/// A zlib stream behind the header of old versions of joblib.
pub fn joblib_zfile(bytes: &[u8]) -> Vec<u8> {
    let mut out = format!("ZF{:<19}", format!("{:#x}", bytes.len())).into_bytes();
    out.extend(zlib(bytes));
    out
}

/// One bzip2 stream.
pub fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut writer = ::bzip2::write::BzEncoder::new(Vec::new(), ::bzip2::Compression::fast());
    written(writer.write_all(bytes).and_then(|()| writer.finish()))
}

/// One xz stream.
pub fn xz(bytes: &[u8]) -> Vec<u8> {
    written(XzWriter::new(Vec::new(), XzOptions::with_preset(0)).and_then(|mut writer| {
        writer.write_all(bytes)?;
        writer.finish()
    }))
}

/// LZMA behind its old header.
pub fn lzma(bytes: &[u8]) -> Vec<u8> {
    let options = LzmaOptions::with_preset(0);
    written(LzmaWriter::new_use_header(Vec::new(), &options, None).and_then(|mut writer| {
        writer.write_all(bytes)?;
        writer.finish()
    }))
}

/// LZMA as zip members have it: a version, then properties without a size.
pub fn zip_lzma(bytes: &[u8]) -> Vec<u8> {
    let alone = lzma(bytes);
    let mut out = vec![9, 20, 5, 0];
    out.extend(alone.iter().take(5));
    out.extend(alone.iter().skip(13));
    out
}

/// One zstd frame.
pub fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

/// A zstd frame of `blocks` blocks that each stand for 128 KiB of one byte.
pub fn zstd_run(blocks: usize) -> Vec<u8> {
    let mut out = vec![0x28, 0xb5, 0x2f, 0xfd, 0, 0x38];
    for block in 1..=blocks {
        // Type 1: one byte, so many times; the lowest bit marks the last block.
        let header = 128 << 10 << 3 | 1 << 1 | u32::from(block == blocks);
        out.extend(header.to_le_bytes().iter().take(3));
        out.push(0);
    }
    out
}

/// A frame that zstd and lz4 decoders pass over.
pub fn skippable(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![0x5e, 0x2a, 0x4d, 0x18];
    out.extend(u32::try_from(bytes.len()).unwrap_or_default().to_le_bytes());
    out.extend(bytes);
    out
}

/// One lz4 frame.
pub fn lz4(bytes: &[u8]) -> Vec<u8> {
    let blocks = lz4_flex::frame::FrameInfo::new().block_size(lz4_flex::frame::BlockSize::Max64KB);
    let mut writer = lz4_flex::frame::FrameEncoder::with_frame_info(blocks, Vec::new());
    written(writer.write_all(bytes).and_then(|()| writer.finish().map_err(std::io::Error::other)))
}
