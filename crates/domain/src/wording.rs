//! Words that a report may not use of a file or of anybody: they claim more than a look at bytes can show.

/// A word that claims too much, and what to say instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// The word, in lower case.
    pub word: &'static str,
    /// What can be said instead.
    pub instead: &'static str,
}

/// Words that promise, words that accuse, and words that endorse.
static CLAIMS: &[Claim] = &[
    Claim { word: "clean", instead: "nothing found by ruleset …" },
    Claim { word: "safe", instead: "nothing found by ruleset …" },
    Claim { word: "safely", instead: "what is done, and what that prevents" },
    Claim { word: "trustworthy", instead: "who signed it, and when" },
    Claim { word: "guaranteed", instead: "what was checked" },
    Claim { word: "guarantees", instead: "what was checked" },
    Claim { word: "certified", instead: "who stated what" },
    Claim { word: "malicious", instead: "what it does, or how it differs from what it claims" },
    Claim { word: "maliciously", instead: "what it does, or how it differs from what it claims" },
    Claim { word: "malware", instead: "a program, and where it is" },
    Claim { word: "infected", instead: "what was found, and where" },
    Claim { word: "backdoored", instead: "what was observed, with which input" },
    Claim { word: "attacker", instead: "somebody who changes the file" },
    Claim { word: "attackers", instead: "somebody who changes the file" },
    Claim { word: "criminal", instead: "what was found" },
    Claim { word: "fraudulent", instead: "how it differs from what it claims" },
];

/// The claims in a text. What stands between backquotes is quoted from a file or a program, and is not ours.
pub fn claims(text: &str) -> Vec<Claim> {
    let ours = text.split('`').step_by(2);
    let words =
        ours.flat_map(|part| part.split(|letter: char| !letter.is_alphanumeric() && !"-_.".contains(letter)));
    words
        .filter_map(|word| {
            let word = word.trim_matches(['-', '_', '.']).to_lowercase();
            CLAIMS.iter().copied().find(|claim| claim.word == word)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn promises_and_accusations_are_found_and_names_are_not() {
        let found = |text| claims(text).iter().map(|claim| claim.word).collect::<Vec<_>>();
        assert_eq!(found("The model is Clean, and safe."), ["clean", "safe"]);
        assert_eq!(found("a (malicious) publisher"), ["malicious"]);
        assert_eq!(
            found("safetensors, `safe_mode` is `safe`, thread-safe, safe_load, unsafe, cleaned"),
            [""; 0]
        );
    }
}
