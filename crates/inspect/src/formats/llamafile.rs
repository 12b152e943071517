//! llamafile: a program that runs on several systems (Actually Portable Executable), with its weights and arguments in a
//! zip at its end.

use weighbridge_domain::facts::What;

use super::zip;
use super::{Format, Support};
use crate::detect::{Probe, Recognition};
use crate::limits::Fault;
use crate::samples::{llamafile, one};
use crate::text;
use crate::walk::Visit;

/// Programs with weights in them.
pub static FORMAT: Format = Format {
    id: "llamafile",
    title: "llamafile",
    extensions: &["llamafile"],
    support: Support::Recognised,
    carries_code: true,
    refines: &["pe", "script", "shell", "zip"],
    docs: "A portable program (`MZqFpD` or `jartsr`) with a zip at its end. The members of the zip are inspected, weights as \
           well as others; the default arguments in `.args` are facts. The program itself is native code and is not \
           inspected.",
    recognise: |probe: &Probe<'_>| {
        let portable = probe.starts(b"MZqFpD='") || probe.starts(b"jartsr='") || probe.starts(b"APEDBG='");
        Recognition::certain_if(portable && zip::has_member(probe, |_| true))
    },
    read,
    samples: || one("model.llamafile", llamafile::program("-m\nmodel.gguf\n--host\n127.0.0.1\n")),
};

/// The longest list of arguments that is read.
const LONGEST: u64 = 64 << 10;

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let directory = zip::read_directory(visit)?;
    for member in directory.members.iter().filter(|member| member.name == ".args") {
        let Some(content) = zip::open(visit, member)? else { continue };
        let content = text::kept(&content.read(0, LONGEST)?, 64 << 10);
        let mut words = content.split_whitespace().peekable();
        while let Some(word) = words.next() {
            let Some(option) = word.strip_prefix('-') else { continue };
            let (option, value) = option.split_once('=').map_or((option, None), |(a, b)| (a, Some(b)));
            let value = value.or_else(|| words.next_if(|next| !next.starts_with('-'))).unwrap_or_default();
            let key = format!("argument -{}", text::kept(option.as_bytes(), 64));
            visit.fact(member.at, What::Metadata { key, value: text::kept(value.as_bytes(), 256) });
        }
    }
    zip::embed(visit, &directory, |member| member.name != ".args")?;
    visit.incomplete("the program in front of its archive is native code, which is not inspected");
    Ok(())
}
