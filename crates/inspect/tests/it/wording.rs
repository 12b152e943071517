//! No text of the product claims more than a look at bytes can show, of a file or of anybody.

use weighbridge_domain::facts::Coverage;
use weighbridge_domain::wording::claims;
use weighbridge_inspect::Limits;
use weighbridge_inspect::diff::sections::SECTIONS;
use weighbridge_inspect::formats::FORMATS;
use weighbridge_inspect::input::Input;
use weighbridge_inspect::rules::RULES;

fn check(wrong: &mut String, place: &str, text: &str) {
    for claim in claims(text) {
        wrong.push_str(&format!("{place}: `{}` in {text:?}; say {}\n", claim.word, claim.instead));
    }
}

#[test]
fn rules_formats_and_sections_claim_nothing() {
    let mut wrong = String::new();
    for rule in RULES {
        for text in [rule.summary, rule.why, rule.advice] {
            check(&mut wrong, rule.id, text);
        }
    }
    for format in FORMATS {
        check(&mut wrong, format.id, format.title);
        check(&mut wrong, format.id, format.docs);
    }
    for section in SECTIONS {
        check(&mut wrong, section.id, section.title);
        check(&mut wrong, section.id, section.docs);
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn what_is_said_of_any_example_claims_nothing() {
    let mut wrong = String::new();
    for example in RULES.iter().flat_map(|rule| rule.examples) {
        for (name, bytes) in (example.files)() {
            let (facts, findings) =
                weighbridge_inspect::inspect(&Input::bytes(bytes), &name, &Limits::default());
            for finding in findings {
                check(&mut wrong, &finding.rule, &finding.message);
            }
            for reading in facts.readings {
                if let Coverage::NotInspected { why } = reading.coverage {
                    check(&mut wrong, example.name, &why);
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
