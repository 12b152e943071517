//! Where money is sent to.

use weighbridge_domain::facts::secret::{AddressClass, AddressContext, AddressKind};
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule, address};
use crate::facts::Facts;
use crate::samples::one;

/// The rule.
pub static RULE: Rule = Rule {
    id: "address-wallet",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    light: Light::Content,
    since: "0.1.0",
    summary: "Program text, a setting or a description names a wallet",
    why: "Programs that extort, and programs that mine on the machines of others, name the wallet that is paid. Its checksum fits, so it is no accident. In settings and descriptions, where makers ask for donations, it has the severity low; text for people is not looked at for this.",
    advice: "See what the program does with it.",
    references: &["CWE-506", "AML.T0048"],
    examples: EXAMPLES,
    check: Check::File(check),
};

const EXAMPLES: &[Example] = &[
    Example {
        name: "program",
        files: || one("miner.py", "TO = 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4'\n"),
        fires: &["address-wallet"],
    },
    Example {
        name: "program-twin",
        files: || one("miner.py", "TO = 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5'\n"),
        fires: &[],
    },
    Example {
        name: "older-form",
        files: || one("miner.py", "wallet = '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa'\n"),
        fires: &["address-wallet"],
    },
    Example {
        name: "ethereum",
        files: || one("settings.yaml", "pay_to: '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed'\n"),
        fires: &["address-wallet"],
    },
    Example {
        name: "ethereum-twin",
        files: || one("settings.yaml", "pay_to: '0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed'\n"),
        fires: &[],
    },
    Example {
        name: "card",
        files: || one("README.md", "Donate: bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4\n"),
        fires: &[],
    },
];

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, address) in address::named(facts, &[AddressClass::Ordinary]) {
        if address.kind == AddressKind::Wallet {
            let finding = findings
                .add(place, format!("{}, a wallet whose checksum fits", address::told(place, address)));
            if address.context != AddressContext::Code {
                finding.severity = Severity::Low;
            }
        }
    }
}
