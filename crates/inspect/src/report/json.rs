//! The report as JSON, in the form that `docs/report.md` and `docs/report.schema.json` describe.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CharEscape, Formatter, PrettyFormatter, Serializer};

use super::Report;
use crate::secrets::{Known, Masking};
use crate::text;

/// Writes the report, indented, with a line end.
pub fn write(report: &Report, out: impl Write) -> io::Result<()> {
    write_value(report, &report.known, out)
}

/// Writes any value so that it can be shown on a terminal: characters that steer one, or do not show, are escaped. Facts quote
/// what they saw, so secrets are taken out of all that is written.
pub(super) fn write_value(value: &impl Serialize, known: &Known, out: impl Write) -> io::Result<()> {
    let mut out = Masking::knowing(known, out);
    value.serialize(&mut Serializer::with_formatter(&mut out, Escaping(PrettyFormatter::new())))?;
    out.write_all(b"\n")?;
    out.finish()
}

/// Indents like [`PrettyFormatter`] and escapes what [`text::is_invisible`] tells.
struct Escaping<'a>(PrettyFormatter<'a>);

impl Formatter for Escaping<'_> {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some((at, c)) = rest.char_indices().find(|(_, c)| text::is_invisible(*c)) {
            let (before, after) = rest.split_at(at);
            out.write_all(before.as_bytes())?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = after.split_at(c.len_utf8()).1;
        }
        out.write_all(rest.as_bytes())
    }

    fn write_char_escape<W: ?Sized + Write>(&mut self, out: &mut W, escape: CharEscape) -> io::Result<()> {
        self.0.write_char_escape(out, escape)
    }

    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_array(out)
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array(out)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(out, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array_value(out)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object(out)
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object(out)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(out, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object_value(out)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_value(out)
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn escapes_what_a_terminal_would_obey_and_keeps_the_value() {
        let text = "a\u{9b}31m\u{202e}b\u{e0041}\x7f é\n\"";
        let mut out = Vec::new();
        super::write_value(&[text], &super::Known::default(), &mut out).unwrap();
        let out = String::from_utf8(out).unwrap();
        assert_eq!(out, "[\n  \"a\\u009b31m\\u202eb\\udb40\\udc41\\u007f é\\n\\\"\"\n]\n");
        assert_eq!(serde_json::from_str::<[String; 1]>(&out).unwrap(), [text]);
    }
}
