//! Values of options: sizes, durations, severities, patterns.

use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use jiff::Timestamp;
use weighbridge_domain::Severity;

/// `10GiB`, `500MB`, `4096`.
pub(crate) fn size(text: &str) -> Result<u64, String> {
    const UNITS: [(&str, u64); 10] = [
        ("", 1),
        ("B", 1),
        ("KiB", 1 << 10),
        ("MiB", 1 << 20),
        ("GiB", 1 << 30),
        ("TiB", 1 << 40),
        ("kB", 1000),
        ("MB", 1_000_000),
        ("GB", 1_000_000_000),
        ("TB", 1_000_000_000_000),
    ];
    let known =
        |unit: &str| UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit)).map(|(_, value)| *value);
    measure(text, known)
        .ok_or_else(|| "a size is a whole number with KiB, MiB, GiB, kB, MB, GB, such as 10GiB".to_owned())
}

/// How many files at once.
pub(crate) fn jobs(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| "a number of files is wanted, such as 4; 0 is one for each core".to_owned())
}

/// `30s`, `5m`, `2h`, `500ms`; a bare number counts seconds.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let known = |unit: &str| match unit {
        "ms" => Some(1),
        "s" | "" => Some(1000),
        "m" | "min" => Some(60_000),
        "h" => Some(3_600_000),
        _ => None,
    };
    let milliseconds = measure(text, known);
    milliseconds
        .map(Duration::from_millis)
        .ok_or_else(|| "a duration is a whole number with ms, s, m or h, such as 30s".to_owned())
}

/// Words for people, on one line.
pub(crate) fn words(text: &str) -> Result<String, String> {
    let text = text.trim();
    let fits = !text.is_empty() && text.chars().count() <= 300 && !text.contains(char::is_control);
    if fits { Ok(text.to_owned()) } else { Err("one line of at most 300 characters is wanted".to_owned()) }
}

/// `2026-01-31`, `2026-01-31T12:00:00Z`, `1769817600`.
pub(crate) fn date(text: &str) -> Result<Timestamp, String> {
    let seconds = || Timestamp::from_second(text.parse().ok()?).ok();
    let day = || format!("{text}T00:00:00Z").parse().ok();
    let whole = text.parse::<Timestamp>().ok().or_else(day).or_else(seconds);
    let whole = whole.and_then(|date| Timestamp::from_second(date.as_second()).ok());
    let known = whole.filter(|date| (0..=253_402_300_799).contains(&date.as_second()));
    known.ok_or_else(|| "a date is wanted, such as 2026-01-31, or seconds since 1970".to_owned())
}

fn measure(text: &str, known: impl Fn(&str) -> Option<u64>) -> Option<u64> {
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    number.parse::<u64>().ok()?.checked_mul(known(unit.trim())?)
}

/// The names of the severities.
pub(crate) fn severities() -> impl TypedValueParser<Value = Severity> {
    PossibleValuesParser::new(Severity::ALL.map(Severity::word)).map(|word| {
        Severity::ALL.into_iter().find(|severity| severity.word() == word).unwrap_or(Severity::Medium)
    })
}

/// Patterns of paths: without `/` they match names in every folder.
pub(crate) fn patterns(patterns: &[String]) -> Result<GlobSet, globset::Error> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let whole = match pattern.trim_end_matches('/') {
            name if !name.contains('/') => format!("**/{name}"),
            path => path.trim_start_matches("./").trim_start_matches('/').to_owned(),
        };
        set.add(GlobBuilder::new(&whole).literal_separator(true).build()?);
    }
    set.build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_sizes_and_durations() {
        for (text, value) in
            [("0", 0), ("4096", 4096), ("10GiB", 10 << 30), ("1 kB", 1000), ("2mib", 2 << 20)]
        {
            assert_eq!(size(text), Ok(value), "{text}");
        }
        for (text, value) in [("0", 0), ("30s", 30_000), ("5m", 300_000), ("250ms", 250), ("1h", 3_600_000)] {
            assert_eq!(duration(text), Ok(Duration::from_millis(value)), "{text}");
        }
        for text in ["", "GiB", "-1", "1.5GiB", "10XB", "99999999999TiB"] {
            assert!(size(text).is_err(), "{text}");
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn reads_dates() {
        for (text, seconds) in [
            ("0", 0),
            ("1769817600", 1_769_817_600),
            ("2026-01-31", 1_769_817_600),
            ("2026-01-31T00:00:00Z", 1_769_817_600),
            ("2026-01-31T01:00:00.5+01:00", 1_769_817_600),
        ] {
            assert_eq!(date(text).map(Timestamp::as_second), Ok(seconds), "{text}");
        }
        for text in ["", "now", "-1", "2026-13-01", "1960-01-01", "99999999999999999999"] {
            assert!(date(text).is_err(), "{text}");
        }
    }

    #[test]
    fn words_are_one_line() {
        assert_eq!(words(" a model ").as_deref(), Ok("a model"));
        for text in ["", "  ", "a\nb", &"x".repeat(301)] {
            assert!(words(text).is_err(), "{text}");
        }
    }

    #[test]
    fn patterns_match_names_everywhere_and_paths_as_a_whole() {
        let matches = |pattern: &str, path: &str| patterns(&[pattern.to_owned()]).unwrap().is_match(path);
        assert!(matches("*.bin", "a/b.bin"));
        assert!(matches(".git", "x/.git"));
        assert!(matches("logs/", "logs"));
        assert!(matches("/a/*.bin", "a/b.bin"));
        assert!(!matches("a/*.bin", "a/b/c.bin"));
        assert!(matches("a/**/*.bin", "a/b/c.bin"));
        assert!(!matches("b.bin", "ab.bin"));
    }
}
