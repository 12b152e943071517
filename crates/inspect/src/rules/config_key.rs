//! What rules about settings share: keys by their paths, names of Python objects, paths of files.

use crate::known::{self, Capability};

/// The last key of a path that is not an index.
pub(super) fn last(path: &str) -> &str {
    let index = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit());
    path.rsplit('.').find(|part| !index(part)).unwrap_or(path)
}

/// One of these keys is in the path.
pub(super) fn has(path: &str, keys: &[&str]) -> bool {
    path.split('.').any(|part| keys.contains(&part))
}

/// What the object with this dotted name can do: where the module ends is not known, so the worst danger of all
/// readings counts, and the last dot where there is none.
pub(super) fn capability(path: &str) -> Capability {
    let path = path.trim();
    let Some((module, name)) = path.rsplit_once('.') else {
        return known::classify("builtins", path).capability;
    };
    let whole = known::classify(module, name).capability;
    let steps =
        path.match_indices('.').take(16).filter_map(|(at, _)| Some((path.get(..at)?, path.get(at + 1..)?)));
    let dangers = steps
        .filter(|(_, rest)| !rest.contains('.') || rest.chars().next().is_some_and(char::is_uppercase))
        .map(|(module, rest)| known::classify(module, rest).capability)
        .filter(|capability| capability.is_dangerous());
    dangers.max().unwrap_or(whole)
}

/// A path that does not begin where the file is: on Unix, on Windows, in a home folder, on a share.
pub(super) fn is_absolute(path: &str) -> bool {
    let drive = matches!(path.as_bytes(), [letter, b':', b'/' | b'\\', ..] if letter.is_ascii_alphabetic());
    drive || path.starts_with(['/', '~']) || path.starts_with("\\\\")
}
