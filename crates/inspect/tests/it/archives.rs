//! Archives and compressed streams: whatever their readers disagree on, everything inside is found, within bounds.

use proptest::prelude::*;
use weighbridge_inspect::input::Input;
use weighbridge_inspect::samples::archive::{self, Part, Tar, Zip};
use weighbridge_inspect::{Facts, Limits, inspect};

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::facts::{Coverage, What};

const WORDS: &[u8] = b"Ordinary words.\n";

fn read(name: &str, bytes: Vec<u8>, limits: &Limits) -> Facts {
    inspect(&Input::bytes(bytes), name, limits).0
}

fn look(name: &str, bytes: Vec<u8>) -> Facts {
    read(name, bytes, &Limits::default())
}

/// Names and formats of the parts inside.
fn parts(facts: &Facts) -> Vec<(&str, Option<&'static str>)> {
    let inner = facts.readings.iter().filter(|reading| !reading.member.is_empty());
    inner.map(|reading| (&*reading.member, reading.format)).collect()
}

fn is_whole(facts: &Facts) -> bool {
    !facts.readings.iter().any(|reading| matches!(reading.coverage, Coverage::NotInspected { .. }))
}

#[test]
fn members_are_found_whatever_readers_disagree_on() {
    let text = Some("text");
    let stored = || Part::stored("a.txt", WORDS);
    let deflated = || Part::deflated("a.txt", WORDS);
    let prefix = b"\x01\x02\x03 in front";
    for (what, zip) in [
        ("name", Zip::new().part(stored().local(|said| said.name = b"b.txt".to_vec()))),
        ("flags", Zip::new().part(stored().both(|said| said.flags |= 0x2041))),
        ("packed flags", Zip::new().part(deflated().both(|said| said.flags |= 1))),
        ("checksum", Zip::new().part(stored().both(|said| said.crc = 7))),
        ("packed checksum", Zip::new().part(deflated().both(|said| said.crc = 7))),
        ("method", Zip::new().part(deflated().local(|said| said.method = 99))),
        ("size", Zip::new().part(deflated().both(|said| said.size = 1))),
        ("packed size", Zip::new().part(deflated().both(|said| said.packed = 1))),
        ("prefix", Zip::new().prefix(prefix).part(stored())),
        ("prefix and offsets", Zip::new().raw(prefix).part(stored())),
        ("unlisted", Zip::new().part(stored().unlisted()).stored("c.txt", WORDS)),
        ("stream", Zip::new().streamed("a.txt", WORDS)),
    ] {
        let facts = look("a.zip", zip.build());
        assert!(parts(&facts).contains(&("a.txt", text)), "{what}: {facts:?}");
    }
}

#[test]
fn both_contents_of_a_member_are_inspected_when_its_headers_differ() {
    // The directory stores, the header in front deflates.
    let packed = archive::deflate(WORDS);
    let part = Part::new("a.txt", 8, WORDS, packed.clone()).central(|said| {
        (said.method, said.size, said.crc) = (0, said.packed, crc32fast::hash(&packed));
    });
    let facts = look("a.zip", Zip::new().part(part).build());
    let mut sizes: Vec<_> =
        facts.readings.iter().skip(1).map(|reading| (&*reading.member, reading.size)).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [("a.txt", WORDS.len() as u64), ("a.txt", packed.len() as u64)]);
}

#[test]
fn a_tar_that_is_also_a_zip_is_read_as_both() {
    let mut bytes = Tar::new().file("in-tar.txt", WORDS).build();
    bytes = Zip::new().prefix(&bytes).stored("in-zip.txt", WORDS).build();
    let facts = look("a.tar", bytes);
    let names: Vec<_> = parts(&facts).iter().map(|(name, _)| *name).collect();
    assert!(names.contains(&"in-tar.txt") && names.contains(&"in-zip.txt"), "{names:?}");
    assert!(facts.iter().any(|(_, what)| matches!(what, What::Polyglot { .. })));
}

#[test]
fn a_zip_that_ends_a_tar_as_a_member_does_not_make_the_tar_a_zip() {
    let zip = Zip::new().stored("a.txt", WORDS).build();
    let facts = look("a.tar", Tar::new().file("a.zip", &zip).build());
    assert_eq!(parts(&facts), [("a.zip", Some("zip")), ("a.zip!a.txt", Some("text"))]);
    assert!(is_whole(&facts), "{facts:?}");
}

#[test]
fn what_comes_out_of_a_cut_stream_is_inspected_to_the_last_byte() {
    let content: Vec<u8> =
        (0..40_000_u32).flat_map(|n| (n.wrapping_mul(2_654_435_761) >> 7).to_string().into_bytes()).collect();
    for (name, packed) in [
        ("a.gz", archive::gzip(None, &content)),
        ("a.zlib", archive::zlib(&content)),
        ("a.bz2", archive::bzip2(&content)),
        ("a.xz", archive::xz(&content)),
        ("a.lzma", archive::lzma(&content)),
        ("a.zst", archive::zstd(&content)),
        ("a.lz4", archive::lz4(&content)),
    ] {
        let whole = look(name, packed.clone());
        assert!(is_whole(&whole), "{name}: {whole:?}");
        assert_eq!(whole.readings[1].size, content.len() as u64, "{name}");
        let mut most = 0;
        for tenths in [3, 7, 9] {
            let facts = look(name, packed[..packed.len() * tenths / 10].to_vec());
            assert!(!is_whole(&facts), "{name} cut to {tenths} tenths is said to be whole");
            most = facts.readings.get(1).map_or(0, |reading| reading.size).max(most);
        }
        // Codecs that work block by block give out whole blocks only.
        let block = if name == "a.bz2" { 100_000 } else { 140_000 };
        assert!(most + block > content.len() as u64 * 9 / 10, "{name}: {most} of {}", content.len());
    }
}

#[test]
fn joblib_headers_are_passed_over() {
    let facts = look("model.joblib", archive::joblib_zfile(WORDS));
    assert_eq!(parts(&facts), [("model.joblib", Some("text"))]);
}

#[test]
fn a_bomb_ends_at_the_limit_and_what_came_before_it_is_inspected() {
    let limits = Limits { expanded: 1 << 20, ..Limits::default() };
    let mut content = WORDS.to_vec();
    content.resize(4 << 20, b' ');
    for (name, bytes) in [
        ("a.gz", archive::gzip(None, &content)),
        ("a.zip", Zip::new().deflated("a", &content).deflated("b", &content).build()),
        ("a.7z", archive::sevenz_packed(&[("a", &content, 0o10_0644)])),
    ] {
        let facts = read(name, bytes, &limits);
        assert_eq!(facts.problems(Kind::Expansion).count(), 1, "{name}: {facts:?}");
        assert_eq!(facts.readings[1].format, Some("text"), "{name}");
        assert!(facts.readings.iter().skip(1).map(|reading| reading.size).sum::<u64>() <= 1 << 20, "{name}");
        assert!(!is_whole(&facts), "{name}");
    }
}

#[test]
fn a_small_file_may_not_expand_two_hundredfold_beyond_a_tenth_of_the_limit() {
    let limits = Limits { expanded: 10 << 20, ..Limits::default() };
    let zeros = |size| archive::gzip(None, &vec![0; size]);
    assert_eq!(read("a.gz", zeros(1 << 20), &limits).problems(Kind::Expansion).count(), 0);
    assert_eq!(read("a.gz", zeros(2 << 20), &limits).problems(Kind::Expansion).count(), 1);
    let mut noise = vec![0; 2 << 20];
    for (number, byte) in (0_u32..).zip(noise.iter_mut().take(64 << 10)) {
        *byte = number.wrapping_mul(2_654_435_761).wrapping_mul(number).to_be_bytes()[0];
    }
    assert_eq!(read("a.gz", archive::gzip(None, &noise), &limits).problems(Kind::Expansion).count(), 0);
}

#[test]
fn members_that_share_their_bytes_are_inspected_once() {
    let inner = Part::stored("a.txt", WORDS);
    let mut zip = Zip::new().part(inner.clone());
    for number in 0..500 {
        zip = zip.list(&Part::stored(&format!("{number}.txt"), WORDS), 0);
    }
    let facts = look("a.zip", zip.build());
    assert_eq!(parts(&facts).len(), 1);
    assert!(facts.archive_problems(Kind::Overlap).next().is_some());
}

#[test]
fn more_members_than_allowed_are_not_passed_over_in_silence() {
    let limits = Limits { members: 10, ..Limits::default() };
    let names: Vec<String> = (0..30).map(|number| format!("{number}.txt")).collect();
    let zip = names.iter().fold(Zip::new(), |zip, name| zip.stored(name, WORDS)).build();
    let tar = names.iter().fold(Tar::new(), |tar, name| tar.file(name, WORDS)).build();
    let files: Vec<(&str, &[u8], u32)> = names.iter().map(|name| (name.as_str(), WORDS, 0o10_0644)).collect();
    for (name, bytes) in [("a.zip", zip), ("a.tar", tar), ("a.7z", archive::sevenz(&files))] {
        let facts = read(name, bytes, &limits);
        assert!(!is_whole(&facts), "{name}");
        assert!(parts(&facts).len() <= 10, "{name}");
    }
}

fn any_part() -> impl Strategy<Value = Part> {
    let name = prop_oneof!["[a-z]{1,8}\\.txt", "\\PC{0,12}", Just("../x".to_owned())];
    let content = prop_oneof![Just(WORDS.to_vec()), prop::collection::vec(any::<u8>(), 0..60)];
    (name, content, any::<(bool, bool, bool, u16, u32)>()).prop_map(|(name, content, said)| {
        let (packed, listed, bent, bits, number) = said;
        let part = if packed { Part::deflated(&name, &content) } else { Part::stored(&name, &content) };
        let part = if listed || number % 3 > 0 { part } else { part.unlisted() };
        match (bent, bits % 6) {
            (false, _) => part,
            (_, 0) => part.local(|said| said.packed = number),
            (_, 1) => part.central(|said| said.packed = number % 200),
            (_, 2) => part.both(|said| said.flags = bits),
            (_, 3) => part.both(|said| said.method = bits % 100),
            (_, 4) => part.central(|said| said.size = number),
            _ => part.mode(number),
        }
    })
}

/// A few changes to valid bytes: at these places (as a part of the whole) these bytes.
fn any_change() -> impl Strategy<Value = Vec<(u16, u8)>> {
    prop::collection::vec((any::<u16>(), prop_oneof![any::<u8>(), Just(0), Just(0xff)]), 0..6)
}

fn change(mut bytes: Vec<u8>, changes: &[(u16, u8)], cut: u16) -> Vec<u8> {
    for (place, byte) in changes {
        let at = (bytes.len() * usize::from(*place)) >> 16;
        if let Some(to) = bytes.get_mut(at) {
            *to = *byte;
        }
    }
    if cut < 0x2000 {
        bytes.truncate((bytes.len() * usize::from(cut)) >> 13);
    }
    bytes
}

fn small() -> Limits {
    Limits { depth: 3, expanded: 1 << 20, members: 200, memory: 8 << 20, time: None }
}

fn bounded(name: &str, bytes: Vec<u8>) {
    let length = bytes.len() as u64;
    let facts = read(name, bytes, &small());
    assert!(facts.readings.len() <= 2 * 201, "{} readings", facts.readings.len());
    let inner: u64 = facts.readings.iter().skip(1).map(|reading| reading.size).sum();
    // Each part is at most all that is stored, a few times over, or what came out of decompression.
    assert!(inner <= 64 * (length + (1 << 20)), "{inner} bytes inside {length}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn ordinary_zips_are_read_whole_and_as_they_were_written(
        contents in prop::collection::btree_map("word-[a-z]{1,9}", prop::collection::vec(32_u8..127, 1..400), 0..12),
        kinds in prop::collection::vec(0_u8..3, 12),
    ) {
        // No kind of file but text begins like this.
        let contents: std::collections::BTreeMap<_, _> =
            contents.into_iter().map(|(name, content)| (name, [b"Words: ", content.as_slice()].concat())).collect();
        let mut zip = Zip::new();
        for ((name, content), kind) in contents.iter().zip(&kinds) {
            zip = match kind {
                0 => zip.stored(name, content),
                1 => zip.deflated(name, content),
                _ => zip.streamed(name, content),
            };
        }
        let (facts, findings) = inspect(&Input::bytes(zip.build()), "a.zip", &Limits::default());
        prop_assert!(findings.is_empty(), "{findings:?}");
        let mut found: Vec<_> = facts.readings.iter().skip(1).map(|r| (r.member.to_string(), r.size)).collect();
        found.sort();
        found.dedup();
        let expected: Vec<_> = contents.iter().map(|(name, content)| (name.clone(), content.len() as u64)).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn bent_zips_are_read_within_bounds(
        members in prop::collection::vec(any_part(), 0..8),
        prefix in prop::collection::vec(any::<u8>(), 0..9),
        count in any::<u16>(),
        changes in any_change(),
        cut in any::<u16>(),
    ) {
        let zip = members.iter().fold(Zip::new().prefix(&prefix), Zip::part);
        let bytes = if count % 4 == 0 { zip.build_counting(count) } else { zip.build() };
        bounded("a.zip", change(bytes, &changes, cut));
    }

    #[test]
    fn bent_tars_are_read_within_bounds(
        kinds in prop::collection::vec((any::<u8>(), "\\PC{0,9}", 0_usize..700), 0..8),
        changes in any_change(),
        cut in any::<u16>(),
    ) {
        let mut tar = Tar::gnu();
        for (kind, name, size) in &kinds {
            let kind = *b"0012345xgLKSDMVZ".get(usize::from(kind & 15)).unwrap();
            let content = b"17 path=../notes\n11 size=9\n".repeat(30);
            tar = tar.entry(name.as_bytes(), kind, b"../x", 0o4755, *size, &content[..*size]);
        }
        bounded("a.tar", change(tar.build(), &changes, cut));
    }

    #[test]
    fn bent_streams_and_7z_are_read_within_bounds(
        which in 0_usize..10,
        content in prop::collection::vec(any::<u8>(), 0..300),
        changes in any_change(),
        cut in any::<u16>(),
    ) {
        let file = [("a.txt", content.as_slice(), 0o10_0644), ("b", b"", 0o04_0755)];
        let (name, bytes) = match which {
            0 => ("a.gz", archive::gzip(Some("a"), &content)),
            1 => ("a.zlib", archive::zlib(&content)),
            2 => ("a.bz2", archive::bzip2(&content)),
            3 => ("a.xz", archive::xz(&content)),
            4 => ("a.lzma", archive::lzma(&content)),
            5 => ("a.zst", archive::zstd(&content)),
            6 => ("a.lz4", archive::lz4(&content)),
            7 => ("a.7z", archive::sevenz(&file)),
            8 => ("a.7z", archive::sevenz_packed(&file)),
            _ => ("a.zst", [archive::skippable(&content), archive::zstd_run(2)].concat()),
        };
        bounded(name, change(bytes, &changes, cut));
    }
}
