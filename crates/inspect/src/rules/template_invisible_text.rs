//! Templates that put out characters that nobody sees.

use weighbridge_domain::facts::Construct;
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::template::template;
use crate::text;

/// Templates that put out characters that nobody sees.
pub static RULE: Rule = Rule {
    id: "template-invisible-text",
    severity: Severity::Medium,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "A chat template puts out invisible characters",
    why: "Characters without width, and those that turn the direction of writing, hide text from the person who reads the \
          template while the model reads it: tag characters spell whole sentences, and a reversed line shows another order \
          than the model gets.",
    advice: "Read the text with the characters shown, as in the excerpt. Remove them, or take the original template.",
    references: &["CWE-1007", "CVE-2021-42574", "AML.T0051"],
    examples: &[
        Example {
            name: "zero-width",
            files: || template("You are\u{200b} an assistant."),
            fires: &["template-invisible-text"],
        },
        Example {
            name: "escaped",
            files: || template(r"{{ 'You are\u200b an assistant.' }}"),
            fires: &["template-invisible-text"],
        },
        Example {
            name: "direction",
            files: || template("You are \u{202e}tnatsissa na\u{202c}."),
            fires: &["template-invisible-text"],
        },
        Example {
            name: "tags",
            files: || template("Hello\u{e0068}\u{e0069}"),
            fires: &["template-invisible-text"],
        },
        Example {
            name: "twin",
            files: || template("<｜User｜>\t{{ 'größe 👩\u{200d}🔬 ❤\u{fe0f} tool▁calls\n' }}"),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, construct) in facts.templates() {
        let Construct::Output { text, .. } = construct else { continue };
        let mut before = ' ';
        let hidden = text.char_indices().find(|(_, c)| {
            let joins_pictures = matches!(c, '\u{200d}' | '\u{200c}') && !before.is_ascii();
            before = *c;
            text::is_invisible(*c)
                && !c.is_control()
                && !matches!(c, '\u{fe00}'..='\u{fe0f}')
                && !joins_pictures
        });
        if let Some((at, c)) = hidden {
            let from =
                text.get(..at).map_or(0, |lead| lead.char_indices().rev().nth(40).map_or(0, |(at, _)| at));
            let around = text.get(from..).unwrap_or(text);
            findings.add(place, format!("puts out the invisible character U+{:04X}", u32::from(c))).excerpt =
                Some(text::shown(around, 160));
        }
    }
}
