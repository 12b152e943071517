//! Documentation in Markdown, derived from the slices: what `--explain` prints, what the pages under `docs/` say, and
//! the help text in SARIF.

use std::fmt::Write as _;

use crate::formats::{FORMATS, Format, Support};
use crate::rules::{Check, Light, RULES, Rule};

/// Everything about a rule but its heading.
pub fn rule(rule: &Rule) -> String {
    let mut out = format!("{}.\n\n", sentence(rule.summary));
    let light = match rule.light {
        Light::Format => "format",
        Light::Content => "content",
    };
    let _ = writeln!(
        out,
        "Severity at worst **{}**, confidence at best **{}**; lights **{light}**; since {}.\n",
        rule.severity, rule.confidence, rule.since
    );
    if let Check::Yara(_) = rule.check {
        out.push_str("Looked for with `--yara` only.\n\n");
    }
    if let Check::Weights(_) = rule.check {
        out.push_str("Looked for with `--weights` only.\n\n");
    }
    let _ = writeln!(out, "**Why it matters.** {}\n", rule.why.trim());
    let _ = writeln!(out, "**What to do.** {}", rule.advice.trim());
    if !rule.references.is_empty() {
        let _ = writeln!(out, "\nReferences: {}.", rule.references.join(", "));
    }
    out
}

/// The page about all rules.
pub fn rules_page() -> String {
    let mut out = page("Rules", "What is looked for, why, and what to do about it.");
    out.push_str("| rule | severity | finds |\n| --- | --- | --- |\n");
    for rule in RULES {
        let summary = sentence(rule.summary).replace('|', "\\|");
        let _ = writeln!(out, "| [`{0}`](#{0}) | {1} | {summary} |", rule.id, rule.severity);
    }
    for entry in RULES {
        let _ = write!(out, "\n## {}\n\n{}", entry.id, rule(entry));
        out.push_str("\n| example | rules that fire |\n| --- | --- |\n");
        for example in entry.examples {
            let fires = match example.fires {
                [] => "none".to_owned(),
                ids => format!("`{}`", ids.join("`, `")),
            };
            let _ = writeln!(out, "| {} | {fires} |", example.name);
        }
    }
    out
}

/// The page about all formats.
pub fn formats_page() -> String {
    let mut out = page(
        "Formats",
        "What is read, and how far. Files are recognised by their content; a name is only a hint.",
    );
    out.push_str(
        "| format | id | name endings | support | can carry code |\n| --- | --- | --- | --- | --- |\n",
    );
    for format in FORMATS {
        let _ = writeln!(
            out,
            "| [{}](#{}) | `{}` | {} | {} | {} |",
            format.title,
            format.id,
            format.id,
            endings(format),
            support(format.support),
            if format.carries_code { "yes" } else { "no" },
        );
    }
    out.push_str(
        "\n- **inspected**: tensors, operators and every part that could carry code are read.\n\
         - **inert**: recognised; carries no code and is left at that.\n\
         - **recognised**: recognised and *not* inspected; the report says so, and the scan ends with exit code 2.\n",
    );
    for format in FORMATS {
        let _ = write!(
            out,
            "\n## {}\n\n{} ({}). {}\n",
            format.id,
            format.title,
            support(format.support),
            format.docs.trim()
        );
    }
    out
}

/// The word for a kind of support.
pub fn support(support: Support) -> &'static str {
    match support {
        Support::Inspected => "inspected",
        Support::Inert => "inert",
        Support::Recognised => "recognised",
    }
}

fn endings(format: &Format) -> String {
    format.extensions.iter().map(|ending| format!("`.{ending}`")).collect::<Vec<_>>().join(" ")
}

/// The head of a generated page.
pub fn page(title: &str, about: &str) -> String {
    format!(
        "<!-- Generated from the code; `WEIGHBRIDGE_BLESS=1 cargo test -p weighbridge` writes it anew. -->\n\n# {title}\n\n{about}\n\n"
    )
}

/// Text that begins with a capital letter and has no full stop.
pub fn sentence(text: &str) -> String {
    let text = text.trim().trim_end_matches('.');
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}
