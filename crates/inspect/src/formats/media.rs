//! Images, sound and vocabularies: inert. What stands behind the end of a PNG is looked at on its own.

use weighbridge_domain::facts::problem::Kind;

use super::{Format, Support};
use crate::cursor::Cursor;
use crate::detect::{Probe, Recognition};
use crate::limits::Fault;
use crate::samples;
use crate::walk::Visit;

/// Pictures.
pub static IMAGE: Format = Format {
    id: "image",
    title: "Picture",
    extensions: &["png", "jpg", "jpeg", "gif", "webp", "bmp", "ico", "tif", "tiff"],
    support: Support::Inert,
    carries_code: false,
    refines: &[],
    docs: "PNG, JPEG, GIF, WebP, BMP, ICO and TIFF by their magic. Bytes behind the end of a PNG are inspected on their own.",
    recognise: |probe| {
        let bmp = probe.starts(b"BM") && probe.has_at(6, &[0; 4]);
        let magic: [&[u8]; 6] = [PNG, b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*"];
        let webp = probe.starts(b"RIFF") && probe.has_at(8, b"WEBP");
        let icon = probe.starts(b"\0\0\x01\0") && probe.ends_with(&["ico"]);
        Recognition::certain_if(magic.iter().any(|magic| probe.starts(magic)) || bmp || webp || icon)
    },
    read,
    samples: || samples::one("figure.png", samples::picture()),
};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let mut cursor = Cursor::new(&visit.input);
    if cursor.peek(PNG.len()).ok() != Some(PNG) {
        return Ok(());
    }
    cursor.skip(PNG.len() as u64)?;
    loop {
        visit.budget.tick()?;
        let length = u32::from_be_bytes(cursor.array()?);
        let kind = cursor.array::<4>()?;
        cursor.skip(u64::from(length).saturating_add(4))?;
        if &kind == b"IEND" {
            break;
        }
    }
    let end = cursor.position();
    if cursor.remaining() > 0 {
        visit.problem(
            end,
            Kind::TrailingBytes,
            format!("{} behind the end of the picture", crate::text::count(cursor.remaining(), "byte")),
        );
        visit.embed("trailing-data", visit.input.from(end))?;
    }
    Ok(())
}

/// Sound.
pub static SOUND: Format = Format {
    id: "sound",
    title: "Sound",
    extensions: &["wav", "flac", "ogg", "mp3"],
    support: Support::Inert,
    carries_code: false,
    refines: &[],
    docs: "WAV, FLAC, Ogg and MP3 by their magic.",
    recognise: |probe: &Probe<'_>| {
        let wav = probe.starts(b"RIFF") && probe.has_at(8, b"WAVE");
        Recognition::certain_if(
            wav || [&b"fLaC"[..], b"OggS", b"ID3"].iter().any(|magic| probe.starts(magic)),
        )
    },
    read: |_| Ok(()),
    samples: || samples::one("sample.wav", b"RIFF\x04\0\0\0WAVE"),
};

/// SentencePiece vocabularies.
pub static SENTENCEPIECE: Format = Format {
    id: "sentencepiece",
    title: "SentencePiece vocabulary",
    extensions: &["model", "spm"],
    support: Support::Inert,
    carries_code: false,
    refines: &[],
    docs: "Protobuf has no magic: recognised by its name and its first piece. A list of pieces with scores; nothing in it acts.",
    recognise: |probe| {
        let first_piece = matches!(probe.head.first_chunk(), Some([0x0a, 4..=127, 0x0a, _]));
        Recognition::guess_if(first_piece && probe.ends_with(&["model", "spm"]))
    },
    read: |_| Ok(()),
    samples: || samples::one("tokenizer.model", b"\x0a\x0e\x0a\x05<unk>\x15\0\0\0\0\x18\x02"),
};
