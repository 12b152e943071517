//! Workflows that run text which strangers write.

use std::collections::HashSet;

use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::File;
use crate::samples::commands::workflow;
use crate::text;

/// Workflows that run text which strangers write.
pub static RULE: Rule = Rule {
    id: "workflow-script-injection",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "A workflow puts text that strangers write into a command, or checks out their code with rights of its own",
    why: "Titles, descriptions, comments and names of branches become part of the command before a shell reads it, so that whoever \
          writes them runs commands. High when the workflow has the secrets of the repository (`pull_request_target`, \
          `issue_comment`, `workflow_run` and the like); medium otherwise.",
    advice: "Hand the text over in a variable (`env:`), and quote it; check out foreign code only where there are no secrets.",
    references: &["CWE-94", "CWE-78", "AML.T0010"],
    examples: &[
        Example {
            name: "title",
            files: || run("issues", "echo \"${{ github.event.issue.title }}\""),
            fires: ID,
        },
        Example { name: "title-twin", files: || run("issues", "echo \"$TITLE\""), fires: &[] },
        Example { name: "branch", files: || run("pull_request", "echo ${{ github.head_ref }}"), fires: ID },
        Example {
            name: "comment",
            files: || run("issue_comment", "echo ${{ github.event.comment.body }}"),
            fires: ID,
        },
        Example {
            name: "function",
            files: || run("push", "echo ${{ toJSON(github.event.head_commit.message) }}"),
            fires: ID,
        },
        Example {
            name: "number-twin",
            files: || run("pull_request", "echo ${{ github.event.pull_request.number }}"),
            fires: &[],
        },
        Example { name: "foreign-code", files: || checkout("pull_request_target"), fires: ID },
        Example { name: "foreign-code-twin", files: || checkout("pull_request"), fires: &[] },
    ],
    check: Check::File(check),
};

const ID: &[&str] = &["workflow-script-injection"];

fn run(on: &str, command: &str) -> Vec<File> {
    workflow(&format!(
        "on: [{on}]\njobs:\n  demo:\n    runs-on: ubuntu-24.04\n    steps:\n    - run: |\n        {command}\n"
    ))
}

fn checkout(on: &str) -> Vec<File> {
    let uses = format!("example/checkout@{}", crate::samples::commands::REVISION);
    workflow(&format!(
        "on:\n  {on}:\njobs:\n  demo:\n    steps:\n    - uses: {uses}\n      with:\n        ref: ${{{{ github.event.pull_request.head.sha }}}}\n"
    ))
}

/// What starts a workflow that has the secrets of its repository, and that strangers can start.
const WITH_SECRETS: [&str; 7] = [
    "discussion",
    "discussion_comment",
    "issue_comment",
    "issues",
    "pull_request_target",
    "watch",
    "workflow_run",
];

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    let directives = || facts.directives().filter(|(place, ..)| place.format() == "workflow");
    let starts: HashSet<&str> =
        directives().filter(|(_, key, _)| *key == "on").map(|(.., value)| value).collect();
    let secrets = WITH_SECRETS.iter().any(|one| starts.contains(one));
    for (place, key, value) in directives() {
        if key == "run.expression" && is_foreign(value) {
            let message = format!("`{}` becomes part of a command", text::shown(value, 120));
            findings.add(place, message).severity = if secrets { Severity::High } else { Severity::Medium };
        }
        let head = value.contains("pull_request.head")
            || value.contains("github.head_ref")
            || value.contains("workflow_run.head");
        if key.rsplit('.').next() == Some("ref")
            && head
            && (starts.contains("pull_request_target") || starts.contains("workflow_run"))
        {
            findings.add(
                place,
                format!("`{}` is checked out in a workflow with secrets", text::shown(value, 120)),
            );
        }
    }
}

/// Text that anybody can write.
fn is_foreign(expression: &str) -> bool {
    const TEXTS: [&str; 14] = [
        ".body",
        ".default_branch",
        ".description",
        ".display_title",
        ".email",
        ".head.label",
        ".head.ref",
        ".head.repo.default_branch",
        ".head_branch",
        ".message",
        ".name",
        ".page_name",
        ".ref",
        ".title",
    ];
    let words = expression.split(|c: char| !c.is_ascii_alphanumeric() && !"._-*[]'".contains(c));
    words.into_iter().any(|word| {
        let word = word.trim_matches(['\'', '[', ']']);
        if word == "github.head_ref" {
            return true;
        }
        let Some(event) = word.strip_prefix("github.event.") else { return false };
        let from_stranger = [
            "comment",
            "commits",
            "discussion",
            "head_commit",
            "issue",
            "pages",
            "pull_request",
            "review",
            "workflow_run",
        ];
        let first = event.split(['.', '[']).next().unwrap_or_default();
        let named = event.rsplit('.').next() == Some("name")
            && !event.contains("author")
            && !event.contains("committer");
        from_stranger.contains(&first)
            && TEXTS.iter().any(|end| event.ends_with(end))
            && !named
            && !event.contains("base.")
    })
}
