//! Licences by the names that people write: `MIT License`, `Apache License, Version 2.0`, `Llama 3 Community Licence`.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::{base, table};

/// The id of a licence with this name; of the table or of the SPDX list.
pub(super) fn id_of(name: &str) -> Option<&'static str> {
    IDS.get(&words(name)).copied()
}

/// Ids of licences whose names have all of these words, the shortest names first.
pub(super) fn with_words(name: &str) -> Vec<&'static str> {
    let wanted = words(name);
    if wanted.iter().all(|word| word.len() < 3) {
        return Vec::new();
    }
    let has_all = |known: &&Vec<String>| wanted.iter().all(|word| known.contains(word));
    let mut found: Vec<(usize, &str)> =
        IDS.keys().filter(has_all).filter_map(|known| Some((known.len(), *IDS.get(known)?))).collect();
    found.sort_unstable();
    let mut ids: Vec<&str> = Vec::new();
    for (_, id) in found {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids
}

/// The words of a name that tell it from others.
fn words(name: &str) -> Vec<String> {
    const SAID_OF_ALL: [&str; 8] =
        ["agreement", "international", "licence", "license", "the", "unported", "v", "version"];
    let lower = name.to_lowercase();
    let is_apart = |c: char| !c.is_alphanumeric() && c != '+';
    let mut words: Vec<String> = Vec::new();
    for word in lower.split(is_apart).filter(|word| !word.is_empty() && !SAID_OF_ALL.contains(word)) {
        let number = word.strip_prefix('v').filter(|rest| is_number(rest)).unwrap_or(word);
        // `2` and `2.0` are one version.
        if number == "0" && words.last().is_some_and(|before| is_number(before)) {
            continue;
        }
        words.push(number.to_owned());
    }
    words
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit())
}

/// Ids by the words of ids, names and tags; what stands first in the table counts.
static IDS: LazyLock<HashMap<Vec<String>, &'static str>> = LazyLock::new(|| {
    let mut ids: HashMap<Vec<String>, &'static str> = HashMap::new();
    let mut add = |name: &str, id: &'static str| {
        let words = words(name);
        if !words.is_empty() {
            ids.entry(words).or_insert(id);
        }
    };
    let rows = &table().licences;
    for row in rows {
        add(&row.id, &row.id);
    }
    for row in rows {
        add(&row.name, &row.id);
        row.hf.iter().chain(&row.hf_license_name).for_each(|name| add(name, &row.id));
    }
    for listed in spdx::identifiers::LICENSES {
        let of_row = |row: &&super::Row| {
            row.spdx.as_ref().is_some_and(|id| base(id).eq_ignore_ascii_case(base(listed.name)))
        };
        let id = rows.iter().find(of_row).map_or(listed.name, |row| row.id.as_str());
        add(listed.name, id);
        add(listed.full_name, id);
        add(listed.full_name.strip_suffix(" only").unwrap_or(listed.full_name), id);
    }
    ids
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn licences_are_known_by_the_names_that_people_write() {
        for (name, id) in [
            ("MIT License", "mit"),
            ("The MIT licence", "mit"),
            ("MIT No Attribution", "MIT-0"),
            ("MIT-0", "MIT-0"),
            ("Apache License, Version 2.0", "apache-2.0"),
            ("Apache 2", "apache-2.0"),
            ("BSD 3-Clause License", "bsd-3-clause"),
            ("BSD 3-Clause \"New\" or \"Revised\" License", "bsd-3-clause"),
            ("GNU General Public License v3.0", "gpl-3.0"),
            ("GNU Affero General Public License v3.0 or later", "agpl-3.0"),
            ("Creative Commons Attribution Non Commercial 4.0 International", "cc-by-nc-4.0"),
            ("Llama 3.1 Community License Agreement", "llama3.1"),
            ("Gemma Terms of Use", "gemma"),
        ] {
            assert_eq!(id_of(name), Some(id), "{name}");
        }
        for name in
            ["", "License", "the version", "MIT or so", "Apache License 3.0", "Llama 9 Community License"]
        {
            assert_eq!(id_of(name), None, "{name}");
        }
        assert_eq!(with_words("Llama 3 Community")[..2], ["llama3", "llama3.1"]);
        assert!(with_words("1 0").is_empty());
    }
}
