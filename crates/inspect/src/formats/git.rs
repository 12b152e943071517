//! What Git keeps beside the files it tracks: its objects, its configuration, and the hooks that it runs or only shows.

use std::io::Read as _;

use super::codec::Decoder;
use super::layout::Notes;
use super::streams::source;
use super::{Format, Support};
use crate::detect::{Probe, Recognition};
use crate::limits::Fault;
use crate::samples::{self, archive};
use crate::walk::Visit;

/// Objects, indexes and hooks that are not run.
pub static DATA: Format = Format {
    id: "git",
    title: "Git's own data",
    extensions: &[],
    support: Support::Inert,
    carries_code: false,
    refines: &["script", "shell", "zlib"],
    docs: "Objects, packs, indexes and bitmaps, each recognised by its name together with its magic; hooks that end in \
           `.sample`, which Git does not run, and those that Git LFS installs, by their exact text. No loader of models \
           opens any of them: what Git checks out of its objects lies beside them and is inspected there. What was \
           deleted since, or never checked out, is not looked at.",
    recognise: |probe| Recognition::certain_if(is_data(probe)),
    read: |_| Ok(()),
    samples: || {
        vec![
            (format!("objects/{}", "0a".repeat(19)), archive::zlib(b"blob 6\0words\n")),
            ("hooks/pre-commit.sample".to_owned(), b"#!/bin/sh\nexit 1\n".to_vec()),
            ("hooks/post-merge".to_owned(), LFS_HOOK.as_bytes().to_vec()),
        ]
    },
};

/// Configuration.
pub static CONFIG: Format = Format {
    id: "git-config",
    title: "Git configuration",
    extensions: &["gitconfig", "gitmodules"],
    support: Support::Inspected,
    carries_code: true,
    refines: &[],
    docs: "Text under one of the names of Git's configuration, with a section of it. Every key and value is read; some \
           of them are commands that Git runs.",
    recognise: |probe| {
        let name = probe.ends_with(CONFIG.extensions) || matches!(&*probe.name, "config" | "config.worktree");
        if !name || !probe.is_text() {
            return Recognition::No;
        }
        let head = String::from_utf8_lossy(&probe.head);
        if head.lines().any(|line| section(line).is_some()) {
            return Recognition::Certain;
        }
        // Nothing but remarks, as far as the head goes.
        let remark = |line: &str| line.trim_start().is_empty() || line.trim_start().starts_with(['#', ';']);
        Recognition::guess_if(!probe.is_whole() && head.lines().all(remark))
    },
    read: read_config,
    samples: || {
        samples::one("config", "[core]\n\tbare = false\n[remote \"origin\"]\n\turl = https://example.org/m\n")
    },
};

/// The hooks that Git brings samples of.
const SAMPLES: [&str; 14] = [
    "applypatch-msg",
    "commit-msg",
    "fsmonitor-watchman",
    "post-update",
    "pre-applypatch",
    "pre-commit",
    "pre-merge-commit",
    "pre-push",
    "pre-rebase",
    "pre-receive",
    "prepare-commit-msg",
    "push-to-checkout",
    "sendemail-validate",
    "update",
];

fn is_data(probe: &Probe<'_>) -> bool {
    let name = probe.name.as_str();
    let version = |magic: &[u8], versions: std::ops::RangeInclusive<u8>| {
        probe.starts(magic) && probe.head.get(magic.len()).is_some_and(|version| versions.contains(version))
    };
    match name.rsplit_once('.') {
        Some((_, "pack")) => version(b"PACK\0\0\0", 2..=3),
        Some((_, "idx")) => version(b"\xfftOc\0\0\0", 2..=2),
        Some((_, "rev")) => version(b"RIDX\0\0\0", 1..=1),
        Some((_, "mtimes")) => version(b"MTME\0\0\0", 1..=1),
        Some((_, "bitmap")) => version(b"BITM\0", 1..=1),
        Some((_, "graph")) => version(b"CGPH", 1..=1),
        Some((stem, "sample")) => SAMPLES.contains(&stem) && probe.is_text(),
        Some(_) => false,
        None if name == "index" => version(b"DIRC\0\0\0", 2..=4),
        None if name == "commit-graph" => version(b"CGPH", 1..=1),
        None if name == "multi-pack-index" => version(b"MIDX", 1..=2),
        None => is_lfs_hook(name, &probe.head) || is_object(probe),
    }
}

/// A loose object: under what is left of its digest, a kind and a length, behind zlib.
fn is_object(probe: &Probe<'_>) -> bool {
    let digest =
        matches!(probe.name.len(), 38 | 62) && probe.name.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !digest || !matches!(probe.head.first_chunk(), Some([0x78, _])) {
        return false;
    }
    let mut head = Vec::new();
    let read = Decoder::zlib(source(probe.input, 0)).take(32).read_to_end(&mut head);
    let mut parts = head.splitn(2, |byte| *byte == b' ');
    let (kind, rest) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let length = rest.split(|byte| *byte == 0).next().unwrap_or_default();
    read.is_ok()
        && matches!(kind, b"blob" | b"tree" | b"commit" | b"tag")
        && !length.is_empty()
        && length.len() < rest.len()
        && length.iter().all(u8::is_ascii_digit)
}

const LFS_HOOK: &str = "#!/bin/sh\ncommand -v git-lfs >/dev/null 2>&1 || { printf >&2 \"\\n%s\\n\\n\" \"This \
    repository is configured for Git LFS but 'git-lfs' was not found on your path.\"; exit 2; }\ngit lfs post-merge \
    \"$@\"\n";

/// A hook that Git LFS installs: a check that it is there, and its call, and nothing else.
fn is_lfs_hook(name: &str, head: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(head) else { return false };
    let lines: Vec<_> = text.lines().take(4).collect();
    let [first, check, call] = lines.as_slice() else { return false };
    let words = check
        .strip_prefix("command -v git-lfs >/dev/null 2>&1 || { ")
        .and_then(|rest| {
            rest.strip_prefix("echo >&2 \"").or_else(|| rest.strip_prefix("printf >&2 \"\\n%s\\n\\n\" \""))
        })
        .and_then(|rest| rest.strip_suffix("\"; exit 2; }"));
    matches!(name, "post-checkout" | "post-commit" | "post-merge" | "pre-push")
        && *first == "#!/bin/sh"
        && words.is_some_and(|words| !words.contains(['"', '$', '`']))
        && *call == format!("git lfs {name} \"$@\"")
}

/// The bytes of a configuration that are read.
const LONGEST: u64 = 1 << 20;

fn read_config(visit: &mut Visit<'_>) -> Result<(), Fault> {
    if visit.input.len() > LONGEST {
        return Err(Fault::Unsupported(format!("a configuration of more than {LONGEST} bytes")));
    }
    let bytes = visit.input.read(0, LONGEST)?;
    let text = String::from_utf8_lossy(&bytes);
    let mut notes = Notes::default();
    let mut inside = String::new();
    let mut at = 0_u64;
    let mut lines = text.split_inclusive('\n');
    while let Some(first) = lines.next() {
        let start = at;
        at = at.saturating_add(first.len() as u64);
        // A backslash at the end of a line continues it.
        let mut line = first.trim_end().to_owned();
        while line.ends_with('\\') {
            line.pop();
            let Some(next) = lines.next() else { break };
            at = at.saturating_add(next.len() as u64);
            line.push_str(next.trim_end());
        }
        let mut rest = line.trim();
        if let Some((name, behind)) = section(rest) {
            inside = name;
            rest = behind.trim();
        }
        if rest.is_empty() || rest.starts_with(['#', ';']) {
            continue;
        }
        let (key, value) = rest.split_once('=').unwrap_or((rest, "true"));
        let key = format!("{inside}.{}", key.trim().to_lowercase());
        notes.metadata(visit, start, &key, &unquoted(value))?;
        visit.budget.tick()?;
    }
    Ok(())
}

/// The section that a line begins, as the first part of its keys, and what follows on the line.
fn section(line: &str) -> Option<(String, &str)> {
    let (header, behind) = line.trim().strip_prefix('[')?.split_once(']')?;
    let (name, below) = header.split_once('"').map_or((header, None), |(name, below)| (name, Some(below)));
    let name = name.trim().to_lowercase();
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.')) {
        return None;
    }
    let name = match below {
        Some(below) => format!("{name}.{}", below.trim_end_matches('"')),
        None => name,
    };
    Some((name, behind))
}

/// A value without the quotes, escapes and remarks around it.
fn unquoted(value: &str) -> String {
    let mut out = String::new();
    // Spaces behind the last letter belong to the value only in quotes.
    let mut end = 0;
    let mut quoted = false;
    let mut letters = value.trim().chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => {
                quoted = !quoted;
                continue;
            }
            '\\' => out.extend(letters.next()),
            '#' | ';' if !quoted => break,
            other => out.push(other),
        }
        if quoted || letter == '\\' || !letter.is_whitespace() {
            end = out.len();
        }
    }
    out.truncate(end);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_hooks_of_git_lfs_and_nothing_added_to_them() {
        assert!(is_lfs_hook("post-merge", LFS_HOOK.as_bytes()));
        assert!(!is_lfs_hook("pre-push", LFS_HOOK.as_bytes()));
        for (from, to) in [
            ("path.", "path.\"; echo \""),
            ("path.", "$(echo)"),
            ("path.", "`echo`"),
            ("@\"\n", "@\"\necho\n"),
        ] {
            assert!(LFS_HOOK.contains(from));
            assert!(!is_lfs_hook("post-merge", LFS_HOOK.replacen(from, to, 1).as_bytes()), "{to}");
        }
    }

    #[test]
    fn reads_sections_and_values_as_git_does() {
        assert_eq!(section("[core]"), Some(("core".to_owned(), "")));
        assert_eq!(section("[Filter \"lfs\"] clean = a"), Some(("filter.lfs".to_owned(), " clean = a")));
        assert_eq!(section("words"), None);
        assert_eq!(section("[[1, 2]]"), None);
        assert_eq!(unquoted(" \"a # b\" # remark"), "a # b");
        assert_eq!(unquoted("a\\\"b ; remark"), "a\"b");
    }
}
