//! PyTorch storages that are asked for and those that are there.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::{one, torch};

/// PyTorch storages that are asked for and those that are there.
pub static RULE: Rule = Rule {
    id: "storage-contradiction",
    severity: Severity::Medium,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "The storages that a PyTorch file asks for are not those that it has",
    why: "`torch.save` writes exactly the storages that its pickle asks for. Where they differ, the file is incomplete, or was \
          changed by hand: bytes that nothing asks for are a place to hide something. A tensor \
          that ends behind its storage reads memory that is not its own, where a loader does not look.",
    advice: "Fetch the file again and compare its digest with the publisher's. Do not load it if the digests agree.",
    references: &["CWE-1284", "AML.T0018"],
    examples: &[
        Example {
            name: "no-such-storage",
            files: || {
                one(
                    "model.pt",
                    torch::zip_of(&torch::state_dict("FloatStorage", "1", 2).stop(), &[0; 8]).build(),
                )
            },
            fires: &["storage-contradiction"],
        },
        Example {
            name: "two-sizes",
            files: || {
                let mut twice = torch::state_dict("FloatStorage", "0", 2).stop();
                twice.extend(torch::state_dict("ByteStorage", "0", 8).stop());
                one("model.pt", torch::zip_of(&twice, &[0; 8]).build())
            },
            fires: &["storage-contradiction"],
        },
        Example {
            name: "too-short",
            files: || {
                one(
                    "model.pt",
                    torch::zip_of(&torch::state_dict("FloatStorage", "0", 2).stop(), &[0; 4]).build(),
                )
            },
            fires: &["storage-contradiction"],
        },
        Example {
            name: "tensor-longer-than-its-storage",
            files: || {
                one(
                    "model.pt",
                    torch::zip_of(&torch::state_dict("FloatStorage", "0", 1).stop(), &[0; 4]).build(),
                )
            },
            fires: &["storage-contradiction"],
        },
        Example { name: "as-written", files: || one("model.pt", torch::zip()), fires: &[] },
        Example {
            name: "stream-without-storage",
            files: || one("model.pth", torch::stream_of(&torch::machine(), torch::object(), &[], 2)),
            fires: &["storage-contradiction"],
        },
        Example {
            name: "stream-with-unknown-storage",
            files: || one("model.pth", torch::stream_of(&torch::machine(), torch::object(), &["8"], 2)),
            fires: &["pickle-trailing-data", "storage-contradiction"],
        },
        Example { name: "stream-as-written", files: || one("model.pth", torch::stream()), fires: &[] },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for kind in [Kind::Disagreement, Kind::Hidden, Kind::Missing, Kind::SizeMismatch, Kind::UnknownType] {
        for (place, problem) in facts.problems(kind).filter(|(place, _)| place.format().starts_with("torch"))
        {
            findings.add(place, &problem.detail);
        }
    }
}
