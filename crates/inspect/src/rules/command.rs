//! What rules about commands have in common: programs that reach the network, and where their output goes.

use std::net::IpAddr;

use weighbridge_domain::facts::{Command, FeedAs, Program, When};

use crate::known::programs::{self, Asked};
use crate::text;

/// The command as a message shows it.
pub(super) fn shown(command: &Command) -> String {
    let line = command.text.split_whitespace().collect::<Vec<_>>().join(" ");
    text::shown(&line, 120)
}

/// The command runs without anybody asking for that very command: a folder is opened, a model is loaded.
pub(super) fn runs_by_itself(command: &Command) -> bool {
    match command.runner {
        "devcontainer-host" | "direnv" | "editor" => true,
        "python" => matches!(command.when, When::Loaded | When::Served),
        _ => false,
    }
}

/// It makes an image or runs in one, or on a machine that is thrown away afterwards.
pub(super) fn is_contained(command: &Command) -> bool {
    matches!(command.runner, "compose" | "devcontainer" | "dockerfile" | "manifest" | "workflow")
}

/// It fetches from the network what others go on with.
pub(super) fn downloads(program: &Program) -> bool {
    let name = program.name().to_lowercase();
    matches!(
        name.as_str(),
        "aria2c"
            | "axel"
            | "curl"
            | "fetch"
            | "http"
            | "https"
            | "invoke-restmethod"
            | "invoke-webrequest"
            | "irm"
            | "iwr"
            | "lwp-download"
            | "lwp-request"
            | "lynx"
            | "wget"
            | "wget2"
            | "xh"
    ) || matches!(name.as_str(), "gsutil" | "aws" | "s3cmd")
        && program.words.iter().any(|word| word == "cp" || word == "cat")
        || speaks_plainly(&name) && !program.words.iter().any(|word| word == "-z")
}

/// It gives what lies elsewhere, by ways that are not made for that, too.
pub(super) fn fetches(program: &Program) -> bool {
    let has = |wanted: &[&str]| program.arguments().iter().any(|word| wanted.contains(&word.as_str()));
    downloads(program)
        || device(program).is_some()
        || match program.name() {
            "openssl" => has(&["s_client"]),
            "dig" | "drill" | "host" | "nslookup" => true,
            "ssh" => program.arguments().len() > 1,
            _ => false,
        }
}

/// The host of a device of the network that it reads.
fn device(program: &Program) -> Option<&str> {
    let paths =
        program.redirects.iter().filter(|one| one.sign.starts_with('<')).map(|one| one.target.as_str());
    let mut paths = paths.chain(program.arguments().iter().map(String::as_str));
    paths.find_map(|path| path.strip_prefix("/dev/tcp/").or_else(|| path.strip_prefix("/dev/udp/")))
}

/// The first address it is given, with the host alone where it has no more.
pub(super) fn address(program: &Program) -> &str {
    let found = addresses(program).next().or_else(|| device(program));
    let host = || {
        let mut words = program.arguments().iter().map(String::as_str);
        words.find(|word| is_number(word.rsplit('@').next().unwrap_or(word)))
    };
    found.or_else(host).unwrap_or_default()
}

fn speaks_plainly(name: &str) -> bool {
    matches!(name, "nc" | "ncat" | "netcat" | "telnet")
}

/// It can send what it gets.
pub(super) fn sends(program: &Program) -> bool {
    let name = program.name();
    speaks_plainly(name)
        || matches!(
            name,
            "curl"
                | "ftp"
                | "http"
                | "mail"
                | "mailx"
                | "openssl"
                | "scp"
                | "sendmail"
                | "sftp"
                | "socat"
                | "ssh"
                | "wget"
        )
}

/// The addresses among its arguments, as far as they are written.
pub(super) fn addresses(program: &Program) -> impl Iterator<Item = &str> {
    let addresses = program.arguments().iter().map(String::as_str);
    addresses.filter(|word| word.contains("://") || word.split('/').next().is_some_and(is_number))
}

/// The host of an address, without its port.
pub(super) fn host(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    match host.strip_prefix('[') {
        Some(inner) => inner.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    }
}

/// A host that is given by its number and not by a name.
pub(super) fn is_number(address: &str) -> bool {
    host(address).parse::<IpAddr>().is_ok()
}

/// The address leads to this machine.
pub(super) fn is_local(address: &str) -> bool {
    let host = host(address);
    host == "localhost"
        || host.parse::<IpAddr>().is_ok_and(|number| number.is_loopback() || number.is_unspecified())
}

/// Anybody on the way can change what comes from there.
pub(super) fn is_plain(address: &str) -> bool {
    let lower = address.get(..8).unwrap_or(address).to_lowercase();
    (lower.starts_with("http:") || lower.starts_with("ftp:")) && !is_local(address)
}

/// It passes on what it is fed, changed or not.
fn passes(program: &Program) -> bool {
    matches!(
        program.name(),
        "awk"
            | "base32"
            | "base64"
            | "bunzip2"
            | "bzcat"
            | "bzip2"
            | "cat"
            | "cut"
            | "dd"
            | "dos2unix"
            | "echo"
            | "envsubst"
            | "gpg"
            | "grep"
            | "gunzip"
            | "gzip"
            | "head"
            | "jq"
            | "lz4"
            | "openssl"
            | "perl"
            | "printf"
            | "pv"
            | "rev"
            | "sed"
            | "sort"
            | "tac"
            | "tail"
            | "tar"
            | "tee"
            | "tr"
            | "unxz"
            | "uudecode"
            | "xxd"
            | "xz"
            | "xzcat"
            | "zcat"
            | "zstd"
            | "zstdcat"
    )
}

/// What it is fed in this way is what it runs.
fn runs(program: &Program, as_what: FeedAs) -> bool {
    let words: Vec<&str> = program.words.iter().map(String::as_str).collect();
    let asked = programs::asked(&words);
    match as_what {
        FeedAs::Code => true,
        FeedAs::Input => asked == Some(Asked::Input),
        FeedAs::File => {
            matches!(asked, Some(Asked::File(at)) if words.get(at).is_some_and(|word| word.starts_with("<(")))
        }
        FeedAs::Words => {
            words.first().is_some_and(|word| *word == "{}")
                || matches!(asked, Some(Asked::Code(at)) if words.get(at).is_some_and(|word| word.contains("{}")))
        }
    }
}

/// The numbers of the programs through which the output of one goes, up to the one that runs it.
pub(super) fn way_to_interpreter(command: &Command, from: usize) -> Option<Vec<usize>> {
    let mut way = Vec::new();
    let mut at = from;
    while way.len() < 32 {
        let feed = command.programs.get(at)?.feeds?;
        let next = command.programs.get(feed.to)?;
        way.push(feed.to);
        if runs(next, feed.as_what) {
            return Some(way);
        }
        if !passes(next) {
            return None;
        }
        at = feed.to;
    }
    None
}

/// The output of this program goes, perhaps through others, to one that meets a condition.
pub(super) fn reaches(command: &Command, from: usize, met: impl Fn(&Program) -> bool) -> bool {
    let mut at = from;
    for _ in 0..32 {
        let Some(next) = command.programs.get(at).and_then(|program| program.feeds).map(|feed| feed.to)
        else {
            return false;
        };
        match command.programs.get(next) {
            Some(program) if met(program) => return true,
            Some(program) if passes(program) => at = next,
            _ => return false,
        }
    }
    false
}

/// It makes text of an encoded form that people cannot read.
pub(super) fn decodes(program: &Program) -> bool {
    let has = |options: &[&str]| program.arguments().iter().any(|word| options.contains(&word.as_str()));
    let cluster = |letter: char| {
        program
            .arguments()
            .iter()
            .any(|word| word.starts_with('-') && !word.starts_with("--") && word.contains(letter))
    };
    match program.name() {
        "base64" | "base32" | "basenc" => has(&["--decode", "--dec"]) || cluster('d') || cluster('D'),
        "openssl" => cluster('d') && has(&["base64", "enc"]),
        "xxd" => cluster('r'),
        "rev" | "uudecode" => true,
        "tr" => program.arguments().iter().any(|word| word.contains("n-za-m") || word.contains("N-ZA-M")),
        "printf" | "echo" => program
            .arguments()
            .iter()
            .any(|word| word.matches("\\x").count() >= 4 || word.matches("\\0").count() >= 4),
        _ => false,
    }
}

/// Where a program that downloads puts what it gets: the last part of the path.
pub(super) fn saved_as(program: &Program) -> Option<&str> {
    let words = program.arguments();
    let wget = program.name().starts_with("wget");
    for (at, word) in words.iter().enumerate() {
        let next = || words.get(at.saturating_add(1)).map(String::as_str);
        let cluster = word.starts_with('-') && !word.starts_with("--");
        let named = match word.as_str() {
            "--output" | "--output-document" | "-OutFile" | "--out" => next(),
            other => {
                match other.strip_prefix("--output=").or_else(|| other.strip_prefix("--output-document=")) {
                    Some(value) => Some(value),
                    None if cluster && !wget && word.ends_with('o') => next(),
                    None if cluster && wget && word.ends_with('O') => next(),
                    None => None,
                }
            }
        };
        if let Some(named) = named {
            return Some(base(named)).filter(|name| *name != "-");
        }
    }
    if let Some(redirect) = program.redirects.iter().find(|one| one.sign == ">") {
        return Some(base(&redirect.target)).filter(|name| *name != "null");
    }
    let remote = words.iter().any(|word| {
        word == "--remote-name" || word.starts_with('-') && !word.starts_with("--") && word.contains('O')
    });
    if matches!(program.name(), "rsync" | "scp") {
        return words
            .iter()
            .find(|word| word.contains(':'))
            .map(|word| base(word.rsplit(':').next().unwrap_or(word)));
    }
    let address = if wget || remote { addresses(program).last() } else { None };
    address.map(|address| base(address.split(['?', '#']).next().unwrap_or(address)))
}

/// The last part of a path.
pub(super) fn base(path: &str) -> &str {
    path.trim_end_matches('/').rsplit(['/', '\\']).next().unwrap_or(path)
}

/// The file that a program runs, if it does: an interpreter's script, or itself.
pub(super) fn file_run(program: &Program) -> Option<&str> {
    let words: Vec<&str> = program.words.iter().map(String::as_str).collect();
    match programs::asked(&words) {
        Some(Asked::File(at)) => program.words.get(at).map(|word| base(word)),
        Some(Asked::Input) => {
            program.redirects.iter().find(|one| one.sign == "<").map(|one| base(&one.target))
        }
        Some(Asked::Code(_)) => None,
        None => program.words.first().filter(|word| word.contains('/')).map(|word| base(word)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_hosts_apart() {
        for (address, host_of, number, local, plain) in [
            ("https://example.org/a", "example.org", false, false, false),
            ("http://user@192.0.2.7:8080/a", "192.0.2.7", true, false, true),
            ("http://localhost:8000", "localhost", false, true, false),
            ("http://[::1]/a", "::1", true, true, false),
            ("192.0.2.7/a", "192.0.2.7", true, false, false),
        ] {
            assert_eq!(
                (host(address), is_number(address), is_local(address), is_plain(address)),
                (host_of, number, local, plain)
            );
        }
    }
}
