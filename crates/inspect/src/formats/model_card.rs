//! Model cards: Markdown with YAML in front, which hubs and programs read.
//! Specification: the model card pages of the Hugging Face hub.

use super::{Format, Support, passages, yaml};
use crate::detect::{Probe, Recognition};
use crate::limits::Fault;
use crate::samples;
use crate::walk::Visit;

/// Model card.
pub static FORMAT: Format = Format {
    id: "model-card",
    title: "Model card",
    extensions: &["md"],
    support: Support::Inspected,
    carries_code: false,
    refines: &["text"],
    docs: "Markdown that begins with a line `---`. The YAML up to the next such line is read: licence, base model, library, \
           data sets, and tags that ask for objects. Of the text behind it, what stands below headings about its intended use, \
           its limits, its training data and its evaluation is noted.",
    recognise: |probe| Recognition::guess_if(is_card(probe)),
    read,
    samples: || {
        samples::one(
            "README.md",
            "---\nlicense: apache-2.0\nlanguage: [en, de]\nlibrary_name: transformers\nbase_model: example/base-8b\n\
             datasets:\n- example/rows\ntags:\n- text-generation\n- custom_code\nmodel-index:\n- name: demo\n  results:\n  \
             - task: {type: text-generation, name: 'Text generation'}\n    metrics:\n    - type: accuracy\n      \
             value: 0.5\n---\n\n# A model\n\nLoad it with `AutoModel.from_pretrained(\"example/demo\")`.\n\n---\nEnd.\n",
        )
    },
};

/// The longest front matter that is read.
const LONGEST: u64 = 4 << 20;

fn is_card(probe: &Probe<'_>) -> bool {
    let head = probe.head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&probe.head);
    let begins = head.starts_with(b"---\n") || head.starts_with(b"---\r\n");
    begins && probe.ends_with(&["md", "markdown"]) && probe.is_text()
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    const KEYS: &[&str] = &[
        "datasets",
        "language",
        "license",
        "license_link",
        "license_name",
        "model_name",
        "pipeline_tag",
        "tags",
    ];
    let bytes = visit.input.read(0, LONGEST)?;
    let source = String::from_utf8_lossy(&bytes);
    let body = source.strip_prefix('\u{feff}').unwrap_or(&source);
    let mark = source.len().saturating_sub(body.len());
    let begin = body.find('\n').map_or(body.len(), |at| at.saturating_add(1));
    let rest = body.get(begin..).unwrap_or_default();
    let mut length = 0_usize;
    for line in rest.split_inclusive('\n') {
        if line.trim_end() == "---" {
            break;
        }
        length = length.saturating_add(line.len());
    }
    if length == rest.len() && visit.input.len() > LONGEST {
        visit.incomplete(format!("only the first {LONGEST} bytes were read"));
    }
    let matter = rest.get(..length).unwrap_or_default();
    let base = mark.saturating_add(begin) as u64;
    let prose = rest.get(length..).unwrap_or_default();
    passages::note(visit, prose, base.saturating_add(length as u64))?;
    yaml::read_text(visit, matter, base, KEYS)
}
