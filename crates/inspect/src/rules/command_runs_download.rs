//! Commands that run what they fetch from the network.

mod examples;

use std::collections::HashMap;

use weighbridge_domain::{Confidence, Severity};

use super::command::{
    address, addresses, base, decodes, downloads, fetches, file_run, host, is_number, is_plain,
    runs_by_itself, saved_as, shown, way_to_interpreter,
};
use super::command_unchecked_transport::unchecked;
use super::{Check, Findings, Light, Rule};
use crate::facts::{Facts, Place};
use crate::known::programs::{self, Asked, Language};
use crate::secrets::address::stands_out;
use weighbridge_domain::facts::{Command, Program};

/// Commands that run what they fetch from the network.
pub static RULE: Rule = Rule {
    id: "command-runs-download",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "A command runs what it fetches from the network",
    why: "What runs is not in the repository: it can be another thing tomorrow, or for another reader. High when it runs by \
          itself, is decoded on the way, is fetched from a bare number or from a service that lends names or keeps any text \
          for anybody, or when Python code fetches it over a connection that anybody on the way can change; medium over such \
          a connection elsewhere, and where the host is not known; low over an encrypted connection from a named host, as \
          installers are mostly run. A file whose checksum or signature is verified before it runs is not reported.",
    advice: "Fetch it, read it, and keep it beside the script; or verify its digest before it runs.",
    references: &["CWE-494", "CWE-829", "AML.T0010", "AML.T0011"],
    examples: examples::EXAMPLES,
    check: Check::File(check),
};

const ID: &[&str] = &["command-runs-download"];

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    // What was saved in a part, by the name of the file: the address it came from.
    let mut saved: Saved = HashMap::new();
    for (place, command) in facts.commands() {
        let part = place.reading.member.as_ptr();
        if let Some((address, way)) = piped(command) {
            let decoded = way.iter().filter_map(|at| command.programs.get(*at)).any(decodes);
            report(findings, place, command, &address, decoded);
            continue;
        }
        if by_powershell(command) {
            let address = command.text.find("://").and_then(|at| {
                let from = command.text.get(..at)?.rfind(|c: char| !c.is_ascii_alphabetic());
                let from = from.map_or(0, |from| from.saturating_add(1));
                command.text.get(from..)?.split(['"', '\'', ' ', ')']).next()
            });
            report(findings, place, command, address.unwrap_or_default(), false);
            continue;
        }
        if let Some(address) = command.programs.iter().find_map(at_once) {
            report(findings, place, command, &address, false);
            continue;
        }
        for (at, program) in command.programs.iter().enumerate() {
            if verifies(program) {
                saved.clear();
            }
            let key = |name: &str| (part, name.to_owned());
            let weak = |address: &String| is_number(address) || is_plain(address);
            let run = file_run(program).and_then(|name| saved.remove(&key(name)));
            // What is found by its name, and packages, are usual ways to install something.
            let run = run.or_else(|| {
                let name = installed(program).or_else(|| program.words.first().map(String::as_str))?;
                let key = key(base(name));
                if saved.get(&key).is_some_and(weak) { saved.remove(&key) } else { None }
            });
            // What reads a file hands it to an interpreter.
            let run = run.or_else(|| {
                way_to_interpreter(command, at)?;
                program.arguments().iter().find_map(|word| saved.remove(&key(base(word))))
            });
            let run = run.or_else(|| {
                let path = program.words.iter().find(|word| word.contains('/') && !word.contains(':'))?;
                file_run(program)?;
                let folder = path.trim_start_matches("./").split('/').next()?;
                saved.get(&key(&format!("{folder}/"))).cloned()
            });
            if let Some(address) = run {
                report(findings, place, command, &address, false);
            }
            if saved.len() < MOST_SAVED {
                save(&mut saved, part, command, at);
            }
        }
    }
}

type Saved = HashMap<(*const u8, String), String>;

/// Remembers what a program puts into files.
fn save(saved: &mut Saved, part: *const u8, command: &Command, at: usize) {
    let Some(program) = command.programs.get(at) else { return };
    let from = address(program).to_owned();
    if downloads(program) || matches!(program.name(), "rsync" | "scp") {
        if let Some(name) = saved_as(program).filter(|name| !name.is_empty()) {
            saved.insert((part, name.to_owned()), from.clone());
        }
        let next = program.feeds.and_then(|feed| command.programs.get(feed.to));
        if let Some(tee) = next.filter(|next| next.name() == "tee") {
            for name in tee.arguments().iter().filter(|word| !word.starts_with('-')).take(8) {
                saved.insert((part, base(name).to_owned()), from.clone());
            }
        }
        return;
    }
    let words = program.arguments();
    match (program.name(), words) {
        ("cp" | "install" | "ln" | "mv", [.., old, new]) => {
            let known = saved.get(&(part, base(old).to_owned())).cloned();
            if let Some(address) = known.filter(|_| !new.ends_with('/')) {
                saved.insert((part, base(new).to_owned()), address);
            }
        }
        ("git", [first, .., last]) if first == "clone" && (is_plain(&from) || is_number(&from)) => {
            let folder = base(last).trim_end_matches(".git");
            saved.insert((part, format!("{folder}/")), from);
        }
        _ => {}
    }
}

/// The package that a program installs from a file.
fn installed(program: &Program) -> Option<&str> {
    let words = program.arguments();
    let installs = match program.name() {
        "dpkg" => words.iter().any(|word| matches!(word.as_str(), "-i" | "--install")),
        "rpm" => words.iter().any(|word| word.starts_with("-i") || word.starts_with("-U")),
        "apt" | "apt-get" | "dnf" | "yum" => words.iter().any(|word| word == "install"),
        _ => false,
    };
    words
        .iter()
        .rfind(|word| installs && matches!(word.rsplit('.').next(), Some("deb" | "rpm")))
        .map(String::as_str)
}

/// The address of what a program fetches and runs in one.
fn at_once(program: &Program) -> Option<String> {
    let words = program.arguments();
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
    let runs = match program.name() {
        "bunx" | "npx" | "pnpx" | "uvx" => true,
        "bun" | "deno" => has(&["run", "x"]),
        "pipx" => has(&["run"]),
        "rpm" => installed(program).is_some_and(is_plain),
        _ => false,
    };
    let given = addresses(program).find(|word| !word.starts_with("--"));
    if runs && let Some(address) = given {
        return Some(address.trim_start_matches("git+").to_owned());
    }
    one_liner(program)
}

/// A program in one line that fetches text and runs it.
fn one_liner(program: &Program) -> Option<String> {
    let words: Vec<&str> = program.words.iter().map(String::as_str).collect();
    let Some(Asked::Code(at)) = programs::asked(&words) else { return None };
    if programs::language(program.name()) != Some(Language::Other) {
        return None;
    }
    let code = words.get(at)?;
    let start = ["https://", "http://", "ftp://"].iter().find_map(|scheme| code.find(scheme))?;
    let runs = ["eval", "exec", "include", "instance_eval", "require", "runInThisContext", "system"];
    let mut names = code.split(|c: char| !c.is_alphanumeric() && c != '_');
    names.find(|name| runs.contains(name))?;
    let fetches =
        ["file_get_contents", "open", "URI", "fetch", "Net::HTTP", "LWP", "curl_exec", "get(", "include"];
    let address = code.get(start..)?;
    let end = address.find(['"', '\'', ' ', '`', ')']).unwrap_or(address.len());
    fetches.iter().any(|word| code.contains(word)).then(|| address.get(..end).unwrap_or_default().to_owned())
}

/// Files that are remembered.
const MOST_SAVED: usize = 1000;

/// What is fetched and goes to an interpreter: its address, and the programs on the way.
fn piped(command: &Command) -> Option<(String, Vec<usize>)> {
    command.programs.iter().enumerate().filter(|(_, program)| fetches(program)).find_map(|(at, program)| {
        let way = way_to_interpreter(command, at)?;
        Some((address(program).to_owned(), way))
    })
}

/// Checks a digest or a signature.
fn verifies(program: &Program) -> bool {
    let checks = |word: &String| {
        matches!(word.as_str(), "-c" | "--check" | "--verify" | "verify" | "verify-blob" | "dgst")
            || word.starts_with("--check")
    };
    let name = program.name();
    (name.ends_with("sum") || matches!(name, "cosign" | "gpg" | "gpgv" | "minisign" | "openssl" | "shasum"))
        && (name == "gpgv" || program.words.iter().any(checks))
}

/// PowerShell's own way to do it.
fn by_powershell(command: &Command) -> bool {
    let programs = command.programs.iter().filter(|program| {
        matches!(program.name().to_lowercase().as_str(), "iex" | "invoke-expression" | "powershell" | "pwsh")
    });
    programs.map(|program| program.words.join(" ").to_lowercase()).any(|text| {
        let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '-');
        let runs = words.any(|word| matches!(word, "iex" | "invoke-expression"));
        let fetches = ["iwr", "irm", "invoke-webrequest", "invoke-restmethod", "downloadstring"];
        runs && fetches.iter().any(|word| text.contains(word))
    })
}

fn is_encrypted(address: &str) -> bool {
    address.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"))
}

/// It is written out, and leads to another machine.
fn is_name(host: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    host.contains('.') && host.bytes().all(plain)
}

fn report(findings: &mut Findings<'_>, place: Place<'_>, command: &Command, address: &str, decoded: bool) {
    let host = host(address);
    let unchecked = command.programs.iter().any(|program| unchecked(program).is_some());
    let plain = is_plain(address) || unchecked;
    let severity = if runs_by_itself(command)
        || decoded
        || stands_out(host)
        || is_number(address)
        || plain && command.runner == "python"
    {
        Severity::High
    } else if !plain && is_encrypted(address) && is_name(host) {
        Severity::Low
    } else {
        Severity::Medium
    };
    findings.add(place, format!("`{}` runs what it fetches", shown(command))).severity = severity;
}
