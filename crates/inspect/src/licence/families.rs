//! Base models by name: which licence their publisher gave them.

use super::row;

/// Lines of the table: a pattern, and an id.
const TEXT: &str = include_str!("../known/base_models.txt");

/// The lines of a table of ours without its remarks.
pub(super) fn lines(text: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once(char::is_whitespace)).map(|(first, rest)| (first, rest.trim()))
}

/// The id of the licence that a base model of this name came under. A name is no proof, only a reason to ask.
pub fn of_base_model(name: &str) -> Option<&'static str> {
    let name = name.trim().trim_end_matches('/');
    let name = name.strip_prefix("https://huggingface.co/").unwrap_or(name).to_lowercase();
    let own = name.rsplit('/').next().unwrap_or(&name);
    if name.split('/').count() > 2 || name.starts_with(['.', '/', '~']) || name.contains([':', '\\']) {
        return None;
    }
    let found = lines(TEXT)
        .find(|(pattern, _)| is_like(if pattern.contains('/') { &name } else { own }, pattern.as_bytes()))?;
    row(found.1).map(|row| row.id.as_str())
}

/// The text is of this pattern, in which `*` stands for any text.
fn is_like(text: &str, pattern: &[u8]) -> bool {
    let pieces: Vec<&[u8]> = pattern.split(|byte| *byte == b'*').collect();
    let Some(((first, more), mut rest)) = pieces.split_first().zip(Some(text.as_bytes())) else {
        return false;
    };
    rest = match rest.strip_prefix(*first) {
        Some(rest) if more.is_empty() => return rest.is_empty(),
        Some(rest) => rest,
        None => return false,
    };
    let Some((last, between)) = more.split_last() else { return false };
    for piece in between {
        match memchr::memmem::find(rest, piece) {
            Some(at) => rest = rest.get(at.saturating_add(piece.len())..).unwrap_or_default(),
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_names_a_row_and_can_be_reached() {
        for (pattern, id) in lines(TEXT) {
            assert!(row(id).is_some(), "{id}");
            let name = pattern.replace('*', "x");
            assert_eq!(of_base_model(&name), Some(id), "{pattern} is hidden by one before it");
        }
    }

    #[test]
    fn names_are_compared_whole_and_copies_keep_the_last_part() {
        for (name, id) in [
            ("meta-llama/Llama-3.1-8B-Instruct", Some("llama3.1")),
            ("unsloth/Llama-3.2-1B", Some("llama3.2")),
            ("https://huggingface.co/google/gemma-2-9b", Some("gemma")),
            ("google/gemma-4-26b", Some("apache-2.0")),
            ("Qwen/Qwen2.5-3B-Instruct", Some("qwen-research")),
            ("Qwen/Qwen2.5-7B", Some("apache-2.0")),
            ("black-forest-labs/FLUX.1-Fill-dev", Some("flux-1-dev-nc")),
            ("example/llama-8b", None),
            ("./Llama-3.1-8B", None),
            ("/models/meta-llama/Llama-3.1-8B", None),
            ("my-llama-2-7b", None),
        ] {
            assert_eq!(of_base_model(name), id, "{name}");
        }
    }
}
