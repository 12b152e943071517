//! Cards and texts of licences.

use super::File;

/// A card that says what a reader looks for.
pub const CARD: &str = "---\nlicense: apache-2.0\nlanguage: [en, de]\nlibrary_name: transformers\nbase_model: example/base-8b\n\
datasets:\n- example/rows\ntags:\n- text-generation\n- custom_code\nmodel-index:\n- name: demo\n  results:\n  \
- task: {type: text-generation, name: 'Text generation'}\n    dataset: {name: example/rows, type: example/rows}\n    \
metrics:\n    - type: accuracy\n      value: 0.5\n---\n\n# A model\n\nLoad it with \
`AutoModel.from_pretrained(\"example/demo\")`.\n\n## Intended use\n\nFor summaries of short notes that people wrote about \
their own work.\n\n## Limitations\n\nIt knows two languages only, and does badly on long tables of numbers.\n\n\
## Evaluation\n\nIt is right in nine of ten cases on rows that we kept apart.\n\n## Contact\n\n\
Write to models@example.org.\n\n---\nEnd.\n";

/// A card with this front matter and the sections that a reader looks for.
pub fn card(matter: &str) -> String {
    let prose = CARD.split_once("\n---\n").map_or("", |(_, prose)| prose);
    format!("---\n{matter}\n---\n{prose}")
}

/// The text of a licence of the SPDX list.
pub fn text(id: &str) -> String {
    spdx::license_id(id).map_or_else(String::new, |known| known.text().to_owned())
}

/// The beginning of a licence of a model: its title and the line with its date.
pub const LLAMA_TITLE: &str =
    "LLAMA 3.1 COMMUNITY LICENSE AGREEMENT\nLlama 3.1 Version Release Date: July 23, 2024\n";

/// A card with this front matter, and other files beside it.
pub fn beside(matter: &str, others: Vec<File>) -> Vec<File> {
    let mut files = super::one("README.md", card(matter));
    files.extend(others);
    files
}
