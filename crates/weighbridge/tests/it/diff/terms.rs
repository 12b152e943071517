//! Terms and cards of two revisions.

use weighbridge_inspect::samples::licence::{CARD, text};

use super::{Files, compared, revisions, told};

fn changes(old: Files<'_>, new: Files<'_>) -> Vec<String> {
    let (diff, _) = compared(&revisions(old, new), &["old", "new"]);
    told(&diff)
}

#[test]
fn other_terms_are_amber_wherever_they_are_stated() {
    let (old, new) = (text("Apache-2.0"), text("CC-BY-NC-4.0"));
    let card = CARD.replace("license: apache-2.0", "license: cc-by-nc-4.0");
    let card = card.replace("base_model: example/base-8b", "base_model: meta-llama/Llama-3.1-8B");
    assert_eq!(
        changes(
            &[("README.md", CARD.as_bytes()), ("LICENSE", old.as_bytes())],
            &[("README.md", card.as_bytes()), ("LICENSE", new.as_bytes())],
        )
        .into_iter()
        .filter(|line| line.contains(" licences "))
        .collect::<Vec<_>>(),
        [
            "amber licences LICENSE: the stated terms changed",
            "amber licences README.md: the stated terms changed"
        ]
    );
    let lines = changes(
        &[("README.md", CARD.as_bytes())],
        &[("README.md", CARD.as_bytes()), ("LICENSE", new.as_bytes())],
    );
    assert!(
        lines.contains(&"amber licences LICENSE: terms are stated that were not before".to_owned()),
        "{lines:#?}"
    );
}

#[test]
fn what_a_card_says_no_more_is_a_note() {
    let card = CARD.replace("## Limitations", "## Words").replace("value: 0.5", "value: 0.9");
    let lines = changes(&[("README.md", CARD.as_bytes())], &[("README.md", card.as_bytes())]);
    assert_eq!(
        lines,
        [
            "note card README.md: the results that the card names changed",
            "note card README.md: what the card says about limits changed",
            "note file README.md: it changed"
        ]
    );
}
