//! Files and text in the low bits of numbers.

use weighbridge_domain::facts::Weights;
use weighbridge_domain::{Confidence, Severity};

use crate::facts::Facts;
use crate::rules::{Check, Example, Findings, Light, Rule};
use crate::samples::pickle::Program;
use crate::samples::{File, archive, one, program, weights};
use crate::text;

/// Files and text in the low bits of numbers.
pub static RULE: Rule = Rule {
    id: "weights-hidden-payload",
    severity: Severity::Low,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "The low bits of numbers, put together, are a file or text",
    why: "Changing the lowest bits or bytes of weights changes what a model answers very little, so that a payload can travel \
          in them past everything that looks at files. Loading the tensors does not run it: a program beside them has to put \
          it together again. Looked at are the beginning of each tensor and a sample of it every 131072 numbers, for files by \
          their structure and for text; what is encrypted, or spread in another way, cannot be told from trained numbers.",
    advice: "Find out who put it there: it does not come about by training. Look for what takes it out in the code beside the \
             model. Converting the weights to a narrower type and back removes what was in the bits that go.",
    references: &["CWE-506", "AML.T0010", "AML.T0018"],
    examples: &[
        Example {
            name: "program-in-low-bytes",
            files: || bytes(2, &program::elf()),
            fires: &["weights-hidden-payload"],
        },
        Example { name: "program-in-low-bytes-twin", files: || bytes(2, &[]), fires: &[] },
        Example {
            name: "program-in-all-but-the-highest-byte",
            files: || bytes(3, &program::pe()),
            fires: &["weights-hidden-payload"],
        },
        Example {
            name: "program-in-all-but-the-highest-byte-twin",
            files: || bytes(3, &program::pe()[1..]),
            fires: &[],
        },
        Example {
            name: "archive-in-lowest-bit",
            files: || bits(1, &archive::Zip::new().stored("a", b"weighbridge-demo").build()),
            fires: &["weights-hidden-payload"],
        },
        Example { name: "archive-in-lowest-bit-twin", files: || bits(1, &[]), fires: &[] },
        Example {
            name: "pickle-behind-its-length-and-digest",
            files: || {
                let pickle = Program::new(4).call("posix", "system", "echo weighbridge-demo").stop();
                bits(4, &[&[0; 4][..], &[b'7'; 64], &pickle].concat())
            },
            fires: &["weights-hidden-payload"],
        },
        Example {
            name: "pickle-behind-its-length-and-digest-twin",
            files: || bits(4, &[&[0; 4][..], &[b'7'; 64]].concat()),
            fires: &[],
        },
        Example { name: "text-in-lowest-bits", files: || bits(2, TEXT), fires: &["weights-hidden-payload"] },
        Example { name: "text-in-lowest-bits-twin", files: || bits(2, &TEXT[..60]), fires: &[] },
        Example {
            name: "text-in-bfloat16",
            files: || {
                let mut data = weights::brain(&weights::trained(5, 2048));
                weights::hide_in_bits(&mut data, 2, 1, TEXT);
                one("model.safetensors", weights::safetensors(&[("w", "BF16", &[32, 64], data)]))
            },
            fires: &["weights-hidden-payload"],
        },
        Example {
            name: "text-in-bfloat16-twin",
            files: || {
                let data = weights::brain(&weights::trained(5, 2048));
                one("model.safetensors", weights::safetensors(&[("w", "BF16", &[32, 64], data)]))
            },
            fires: &[],
        },
    ],
    check: Check::Weights(check),
};

const TEXT: &[u8] = b"curl is what a real one would call here; this one says echo weighbridge-demo, and that is all it does.\n";

/// Trained numbers with a payload in their lowest bytes.
fn bytes(count: usize, payload: &[u8]) -> Vec<File> {
    let mut data = weights::single(&weights::trained(3, 4096));
    weights::hide_in_bytes(&mut data, 4, count, payload);
    one("model.safetensors", weights::safetensors(&[("w", "F32", &[64, 64], data)]))
}

/// The same, in their lowest bits.
fn bits(count: usize, payload: &[u8]) -> Vec<File> {
    let mut data = weights::single(&weights::trained(4, 4096));
    weights::hide_in_bits(&mut data, 4, count, payload);
    one("model.safetensors", weights::safetensors(&[("w", "F32", &[64, 64], data)]))
}

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, weights) in facts.weights() {
        if let Weights::Hidden { tensor, element, bits, content } = weights {
            let tensor = text::shown(tensor, 200);
            let from = if *element == 0 { String::new() } else { format!(", from number {element} on") };
            findings.add(place, format!("`{tensor}` holds {content} in the {bits} of its numbers{from}"));
        }
    }
}
