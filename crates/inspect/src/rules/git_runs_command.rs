//! Something that Git runs when it is used in the folder of a model.

use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::{File, one};
use crate::text;

/// Something that Git runs when it is used in the folder of a model.
pub static RULE: Rule = Rule {
    id: "git-runs-command",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "A hook or a setting makes Git run a command in this folder",
    why: "Git runs the hooks in `.git/hooks`, and the commands that `.git/config` names, whenever somebody uses it in the \
          folder; some editors and prompts do so by themselves. `git clone` brings neither, so that they came another way: \
          in an archive, in a copy, or from your own machine. The hooks and filters of Git LFS are not reported.",
    advice: "Clone the repository anew instead of using this copy, or remove the hook or setting if it is not yours.",
    references: &["CWE-829", "CWE-94", "AML.T0010", "AML.T0011"],
    examples: &[
        Example { name: "hook", files: || one("model/.git/hooks/post-checkout", HOOK), fires: RULE_ID },
        Example {
            name: "hook-sample-twin",
            files: || one("model/.git/hooks/post-update.sample", HOOK),
            fires: &[],
        },
        Example { name: "other-folder-twin", files: || one("model/hooks/post-checkout", HOOK), fires: &[] },
        Example {
            name: "monitor",
            files: || config("[core]\n\tfsmonitor = echo weighbridge-demo"),
            fires: RULE_ID,
        },
        Example { name: "monitor-twin", files: || config("[core]\n\tfsmonitor = true"), fires: &[] },
        Example { name: "connection", files: || config("[core] sshCommand = echo"), fires: RULE_ID },
        Example {
            name: "hooks-elsewhere",
            files: || config("[core]\n\thooksPath = ../tools"),
            fires: RULE_ID,
        },
        Example { name: "pager", files: || config("[core]\n\tpager = echo"), fires: RULE_ID },
        Example { name: "filter", files: || config("[filter \"demo\"]\n\tsmudge = echo"), fires: RULE_ID },
        Example {
            name: "filter-twin",
            files: || config("[filter \"lfs\"]\n\tsmudge = git-lfs smudge -- %f\n\trequired = true"),
            fires: &[],
        },
        Example {
            name: "difference",
            files: || config("[diff \"demo\"]\n\ttextconv = echo"),
            fires: RULE_ID,
        },
        Example { name: "alias", files: || config("[alias]\n\tst = !echo"), fires: RULE_ID },
        Example { name: "alias-twin", files: || config("[alias]\n\tst = status"), fires: &[] },
        Example { name: "password", files: || config("[credential]\n\thelper = !echo"), fires: RULE_ID },
        Example { name: "password-twin", files: || config("[credential]\n\thelper = store"), fires: &[] },
        Example {
            name: "address",
            files: || config("[remote \"origin\"]\n\turl = ext::echo"),
            fires: RULE_ID,
        },
        Example { name: "update", files: || config("[submodule \"a\"]\n\tupdate = !echo"), fires: RULE_ID },
        Example { name: "include", files: || config("[include]\n\tpath = ../settings"), fires: RULE_ID },
        Example {
            name: "twin",
            files: || {
                config(
                    "[core]\n\tbare = false\n[remote \"origin\"]\n\turl = https://example.org/m\n\tfetch = +refs/*",
                )
            },
            fires: &[],
        },
    ],
    check: Check::File(check),
};

const RULE_ID: &[&str] = &["git-runs-command"];

const HOOK: &str = "#!/bin/sh\necho weighbridge-demo\n";

fn config(text: &str) -> Vec<File> {
    one("model/.git/config", text)
}

/// The hooks that Git runs.
const HOOKS: [&str; 28] = [
    "applypatch-msg",
    "commit-msg",
    "fsmonitor-watchman",
    "p4-changelist",
    "p4-post-changelist",
    "p4-pre-submit",
    "p4-prepare-changelist",
    "post-applypatch",
    "post-checkout",
    "post-commit",
    "post-index-change",
    "post-merge",
    "post-receive",
    "post-rewrite",
    "post-update",
    "pre-applypatch",
    "pre-auto-gc",
    "pre-commit",
    "pre-merge-commit",
    "pre-push",
    "pre-rebase",
    "pre-receive",
    "prepare-commit-msg",
    "proc-receive",
    "push-to-checkout",
    "reference-transaction",
    "sendemail-validate",
    "update",
];

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for place in facts.parts().filter(|place| place.format() != "git" && place.reading.size > 0) {
        let path = format!("{}/{}", findings.path(), place.reading.member.replace('!', "/"));
        let mut parts = path.trim_end_matches('/').rsplit(['/', '\\']);
        let (name, folder) = (parts.next().unwrap_or_default(), parts.next());
        if folder == Some("hooks") && HOOKS.contains(&name) && parts.any(|part| part == ".git") {
            findings.add(place, format!("Git runs the hook `{name}`"));
        }
    }
    for (place, key, value) in facts.metadata().filter(|(place, ..)| place.format() == "git-config") {
        if runs(key, value) {
            let shown = text::shown(value, 160);
            findings.add(place, format!("Git's setting `{key}` is `{shown}`"));
        }
    }
}

/// Whether Git runs something because of a setting.
fn runs(key: &str, value: &str) -> bool {
    let section = key.split('.').next().unwrap_or_default();
    let last = key.rsplit('.').next().unwrap_or_default();
    let switch = matches!(
        value.to_lowercase().as_str(),
        "" | "0" | "1" | "false" | "no" | "off" | "on" | "true" | "yes"
    );
    let transport =
        value.split_once("::").is_some_and(|(name, _)| name.chars().all(|c| c.is_ascii_alphanumeric()));
    match (section, last) {
        ("core", "askpass" | "editor" | "gitproxy" | "hookspath" | "pager" | "sshcommand" | "worktree")
        | ("sequence", "editor")
        | ("diff", "command" | "external" | "textconv")
        | ("merge", "driver")
        | ("interactive", "difffilter")
        | ("gpg", "program")
        | ("uploadpack", "packobjectshook")
        | ("remote", "receivepack" | "uploadpack" | "vcs")
        | ("browser" | "difftool" | "guitool" | "man" | "mergetool", "cmd" | "path")
        | ("include" | "includeif", "path") => !value.is_empty(),
        ("core", "fsmonitor") | ("pager", _) => !switch,
        ("filter", "clean" | "process" | "smudge") => !is_lfs(value),
        ("credential", "helper") => value.starts_with('!') || value.contains(['/', '\\']),
        ("alias", _) | ("submodule", "update") => value.starts_with('!'),
        ("remote" | "submodule", "pushurl" | "url") => transport || value.starts_with('-'),
        ("url", "insteadof" | "pushinsteadof") => key.contains("::"),
        ("protocol", "allow") => key == "protocol.ext.allow" && value != "never",
        _ => false,
    }
}

/// The filters that `git lfs install` sets.
fn is_lfs(value: &str) -> bool {
    matches!(
        value,
        "git-lfs clean -- %f"
            | "git-lfs filter-process"
            | "git-lfs filter-process --skip"
            | "git-lfs smudge -- %f"
            | "git-lfs smudge --skip -- %f"
    )
}
