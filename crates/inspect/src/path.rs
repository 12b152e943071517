//! Names inside archives as tools that unpack them would take them, on any system. They are never used as paths here.

use crate::text;

/// The parts of a name between its separators; some tools take `\` for one.
pub fn parts(name: &str) -> impl Iterator<Item = &str> {
    name.split(['/', '\\']).filter(|part| !part.is_empty() && *part != ".")
}

/// How a name leads out of the folder it is unpacked in.
pub fn escape(name: &str) -> Option<&'static str> {
    let mut characters = name.chars();
    let drive = matches!((characters.next(), characters.next()), (Some('a'..='z' | 'A'..='Z'), Some(':')));
    if name.starts_with("\\\\") || name.starts_with("//") {
        return Some("names another machine");
    }
    if name.starts_with(['/', '\\']) {
        return Some("begins at the root");
    }
    if drive {
        return Some("names a drive");
    }
    climbs(name, 0).then_some("climbs out by `..`")
}

/// Whether a relative name, seen from so many folders deep, climbs above where it may.
pub fn climbs(name: &str, depth: usize) -> bool {
    let mut depth = depth;
    for part in parts(name) {
        if part == ".." {
            match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return true,
            }
        } else {
            depth = depth.saturating_add(1);
        }
    }
    false
}

/// A name without what does not matter to where it leads: `.`, doubled separators, `..` that stays inside.
pub fn normal(name: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for part in parts(name) {
        if part == ".." && kept.last().is_some_and(|last| *last != "..") {
            kept.pop();
        } else {
            kept.push(part);
        }
    }
    kept.join("/")
}

/// The path of a file that another file names, seen from the same place as the path of that other file; nothing when it is
/// not a plain path below its folder.
pub fn beside(file: &str, named: &str) -> Option<String> {
    let plain = !named.is_empty() && !named.contains([':', '\\', '\0']) && !named.starts_with('/');
    if !plain || parts(named).any(|part| part == "..") {
        return None;
    }
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    Some(normal(&format!("{folder}/{named}"))).filter(|path| !path.is_empty())
}

/// A name as file systems see it that ignore case, forms of accents, width, and trailing dots and spaces.
pub fn folded(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for part in normal(name).split('/') {
        if !out.is_empty() {
            out.push('/');
        }
        let part = if part == ".." { part } else { part.trim_end_matches(['.', ' ']) };
        for c in part.chars().filter(|c| !text::is_invisible(*c)) {
            decompose(narrow(c), &mut out);
        }
    }
    out.to_lowercase()
}

/// The ordinary form of full-width letters.
fn narrow(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{3000}' => ' ',
        _ => c,
    }
}

/// Accents, the letters that have them, and those letters without.
const ACCENTS: [(char, &str, &str); 13] = [
    ('\u{300}', "ÀÈÌÒÙàèìòùǸǹ", "AEIOUaeiouNn"),
    ('\u{301}', "ÁÉÍÓÚÝáéíóúýĆćĹĺŃńŔŕŚśŹźΆΈΉΊΌάέήίό", "AEIOUYaeiouyCcLlNnRrSsZzΑΕΗΙΟαεηιο"),
    ('\u{302}', "ÂÊÎÔÛâêîôûĈĉĜĝĤĥĴĵŜŝŴŵŶŷ", "AEIOUaeiouCcGgHhJjSsWwYy"),
    ('\u{303}', "ÃÑÕãñõĨĩŨũ", "ANOanoIiUu"),
    ('\u{304}', "ĀāĒēĪīŌōŪū", "AaEeIiOoUu"),
    ('\u{306}', "ĂăĔĕĞğĬĭŎŏŬŭЙй", "AaEeGgIiOoUuИи"),
    ('\u{307}', "ĊċĖėĠġİŻż", "CcEeGgIZz"),
    ('\u{308}', "ÄËÏÖÜäëïöüÿŸЁё", "AEIOUaeiouyYЕе"),
    ('\u{30a}', "ÅåŮů", "AaUu"),
    ('\u{30b}', "ŐőŰű", "OoUu"),
    ('\u{30c}', "ČčĎďĚěŇňŘřŠšŤťŽž", "CcDdEeNnRrSsTtZz"),
    ('\u{327}', "ÇçĢģĶķĻļŅņŖŗŞşŢţ", "CcGgKkLlNnRrSsTt"),
    ('\u{328}', "ĄąĘęĮįŲų", "AaEeIiUu"),
];

/// Writes a character as its base and its accent, as some file systems do.
fn decompose(c: char, out: &mut String) {
    if let 0xac00..=0xd7a3 = u32::from(c) {
        let index = u32::from(c) - 0xac00;
        let parts = [0x1100 + index / 588, 0x1161 + index % 588 / 28, 0x11a7 + index % 28];
        out.extend(parts.into_iter().filter(|part| *part != 0x11a7).filter_map(char::from_u32));
        return;
    }
    for (accent, with, without) in ACCENTS {
        if !c.is_ascii()
            && let Some((_, base)) = with.chars().zip(without.chars()).find(|(letter, _)| *letter == c)
        {
            out.extend([base, accent]);
            return;
        }
    }
    out.push(c);
}

/// Device names of Windows, with whatever ending.
pub fn reserved(name: &str) -> Option<&str> {
    parts(name).find(|part| {
        let stem = part.split(['.', ':']).next().unwrap_or_default().trim_end().to_ascii_uppercase();
        let numbered = |prefix: &str| {
            stem.strip_prefix(prefix).is_some_and(|rest| matches!(rest.as_bytes(), [b'1'..=b'9']))
        };
        matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$")
            || numbered("COM")
            || numbered("LPT")
    })
}

/// Characters that make text around them read backwards.
pub fn is_bidirectional(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// An invisible character, other than those that belong to emoji and to scripts that join letters.
pub fn invisible(name: &str) -> Option<char> {
    let mut before = '\0';
    name.chars().find(|c| {
        let joins = matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe0e}' | '\u{fe0f}') && !before.is_ascii();
        before = *c;
        text::is_invisible(*c) && !c.is_control() && !is_bidirectional(*c) && !joins
    })
}

/// Places that nothing should be linked to or written to.
pub fn is_sensitive(target: &str) -> bool {
    const PLACES: [&str; 11] =
        ["etc", "proc", "sys", "dev", "root", "home", "boot", "run", "Users", "Windows", "var/run"];
    let absolute =
        target.strip_prefix('/').or_else(|| target.get(1..).and_then(|rest| rest.strip_prefix(":\\")));
    let rest = absolute.map_or_else(|| normal(&target.replace("..", "")), normal);
    target.starts_with('~')
        || parts(target).any(|part| matches!(part, ".ssh" | ".aws" | ".bashrc" | ".profile"))
        || PLACES.iter().any(|place| {
            rest.strip_prefix(place).is_some_and(|behind| behind.is_empty() || behind.starts_with('/'))
        })
}

/// Whether `short` is what a writer makes of `long` for readers that know only ASCII or short names: characters are left
/// out or replaced by one of `?_#`.
pub(crate) fn explains(long: &[u8], short: &[u8]) -> bool {
    let mut rest = long.iter();
    short.iter().all(|byte| matches!(byte, b'?' | b'_' | b'#' | 0x80..) || rest.any(|other| other == byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_lead_out_are_told_from_those_that_do_not() {
        for name in [
            "/etc/passwd",
            "\\x",
            "//host/share",
            "\\\\host\\share",
            "C:\\x",
            "c:x",
            "../x",
            "a/../../x",
            "a\\..\\..\\x",
            "a/./../..",
        ] {
            assert!(escape(name).is_some(), "{name}");
        }
        for name in ["a", "a/b", "./a", "a/../b", "..a/b", "a..", "...", "ab:c", ".", ""] {
            assert_eq!(escape(name), None, "{name}");
        }
    }

    #[test]
    fn names_that_a_file_system_takes_for_one_fold_to_one() {
        for (a, b) in [
            ("Model.bin", "model.BIN"),
            ("caf\u{e9}", "cafe\u{301}"),
            ("a//b", "./a/b"),
            ("x.", "x"),
            ("ｍodel", "model"),
            ("한", "\u{1112}\u{1161}\u{11ab}"),
            ("mo\u{200b}del", "model"),
        ] {
            assert_eq!(folded(a), folded(b));
        }
        assert_ne!(folded("café"), folded("cafe"));
        assert_ne!(folded("a/b"), folded("ab"));
    }

    #[test]
    fn device_names_are_found_with_and_without_ending() {
        for name in ["aux", "a/NUL.txt", "com1", "LPT9.tar.gz", "con ", "prn:x"] {
            assert!(reserved(name).is_some(), "{name}");
        }
        for name in ["auxiliary", "com0", "com10", "console", "nul_", "a.con"] {
            assert_eq!(reserved(name), None, "{name}");
        }
    }

    #[test]
    fn joiners_are_invisible_only_where_nothing_is_joined() {
        assert_eq!(invisible("❤\u{fe0f}.txt"), None);
        assert_eq!(invisible("می\u{200c}خواهم"), None);
        assert_eq!(invisible("mo\u{200d}del"), Some('\u{200d}'));
        assert_eq!(invisible("mo\u{200b}del"), Some('\u{200b}'));
    }

    #[test]
    fn short_names_of_old_headers_are_explained_by_the_long_ones() {
        assert!(explains("folder/größe.txt".as_bytes(), b"folder/gr??e.txt"));
        assert!(explains(b"a/very/long/name", b"a/very/lo"));
        assert!(!explains(b"good.txt", b"evil.txt"));
    }
}
