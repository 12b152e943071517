//! Python code in a configuration: compiled and in base64, or as text.

use std::collections::BTreeSet;

use crate::formats::pickle;

/// Names kept of one piece of code.
const MOST_NAMES: usize = 256;

/// Bytes kept of one name.
const LONGEST_NAME: usize = 200;

/// The names that code uses, in the order in which it mentions them.
pub(super) fn names(code: &str) -> Vec<String> {
    let bytes = base64(code);
    let names = if pickle::begins_code(&bytes) { pickle::code_names(&bytes) } else { Vec::new() };
    if !names.is_empty() {
        return names;
    }
    // Readers take what is no base64 for the code itself.
    let raw: Vec<u8> = code.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect();
    if pickle::begins_code(&raw) {
        return pickle::code_names(&raw);
    }
    words(code)
}

/// Whether a text is compiled code.
pub(super) fn is_code(text: &str) -> bool {
    pickle::begins_code(&base64(text))
}

fn words(code: &str) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let word = |c: char| c.is_alphanumeric() || c == '_';
    code.split(|c| !word(c))
        .filter(|word| {
            (2..LONGEST_NAME).contains(&word.len()) && !word.starts_with(|c: char| c.is_ascii_digit())
        })
        .filter(|word| seen.insert(*word))
        .take(MOST_NAMES)
        .map(str::to_owned)
        .collect()
}

/// The bytes behind base64, read as Python reads it: other characters are passed over.
pub(super) fn base64(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .bytes()
        .take_while(|byte| *byte != b'=')
        .filter(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
        .collect();
    pickle::base64(&digits).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_both_forms() {
        let compiled = "4wAAAAAAAAAAAAAAAAMAAAAAAAAA8wYAAACXAFoCYWIpA+kAAAAATnoJZWNobyBkZW1vKQLaAm9z\n2gZzeXN0ZW2pAPMAAAAA2gRkZW1v2gg8bW9kdWxlPg==\n";
        assert!(is_code(compiled));
        assert_eq!(names(compiled), ["echo demo", "os", "system", "demo", "<module>"]);
        assert_eq!(names("lambda x: os.system(x)"), ["lambda", "os", "system"]);
        assert!(!is_code("sigmoid"));
    }
}
