//! What licences allow: a table of facts with its sources, how licences are recognised by tag, name and text, and what
//! follows for an intended use. Facts, not legal advice.

pub mod assessment;
pub mod evaluate;
mod families;
pub(crate) mod matching;
mod names;
mod page;
pub mod places;
mod table;
pub mod texts;
mod titles;

pub use self::evaluate::{Use, Verdict, evaluate};
pub use self::families::of_base_model;
pub use self::page::licences_page;
pub use self::table::{Class, Copyleft, Grant, Row, SOURCES, Table, Territory, Threshold, Training, table};

use std::borrow::Cow;

/// The row with this id of ours.
pub fn row(id: &str) -> Option<&'static Row> {
    table().licences.iter().find(|row| row.id == id)
}

/// The licence that a tag, an id or a name stands for: by our id, or by that of the SPDX list where we have no row.
pub fn named(stated: &str) -> Option<Cow<'static, str>> {
    let stated = stated.trim();
    let wanted = stated.to_ascii_lowercase().replace(' ', "-");
    let rows = || table().licences.iter();
    let exact = rows().find(|row| row.id == wanted || row.hf.contains(&wanted));
    let by_spdx = || rows().find(|row| row.spdx.as_ref().is_some_and(|id| is_same_spdx(id, stated)));
    let by_name = || rows().find(|row| row.hf_license_name.contains(&wanted));
    if let Some(row) = exact.or_else(by_spdx).or_else(by_name) {
        return Some(Cow::Borrowed(row.id.as_str()));
    }
    let listed = spdx::identifiers::LICENSES.iter().find(|listed| listed.name.eq_ignore_ascii_case(stated));
    listed.map(|listed| listed.name).or_else(|| names::id_of(stated)).map(Cow::Borrowed)
}

/// Ids of licences with a similar id, or with all of these words in their names.
pub fn near(id: &str) -> Vec<&'static str> {
    let wanted = id.to_ascii_lowercase();
    let mut near: Vec<(usize, &str)> = table()
        .licences
        .iter()
        .map(|row| (crate::text::distance(&wanted, &row.id), row.id.as_str()))
        .filter(|(distance, near)| distance * 3 <= near.len() || wanted.len() > 2 && near.contains(&wanted))
        .collect();
    near.sort_unstable();
    let mut ids: Vec<&'static str> = near.into_iter().map(|(_, id)| id).collect();
    for id in names::with_words(id) {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids.truncate(5);
    ids
}

/// Two ids of the SPDX list that stand for one text: which versions of a GNU licence apply is said elsewhere.
fn is_same_spdx(one: &str, other: &str) -> bool {
    base(one).eq_ignore_ascii_case(base(other))
}

/// An id of the SPDX list without what is said about later versions.
pub(crate) fn base(id: &str) -> &str {
    let id = id.strip_suffix('+').unwrap_or(id);
    id.strip_suffix("-only").or_else(|| id.strip_suffix("-or-later")).unwrap_or(id)
}

/// The licences of an expression of the SPDX list, each by our id where we have a row; none when it is no expression.
pub fn of_expression(expression: &str) -> Vec<(String, Option<Cow<'static, str>>)> {
    let words = expression.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '/' | ','));
    let mut found = Vec::new();
    let mut exception = false;
    for word in words.filter(|word| !word.is_empty()) {
        match word.to_ascii_uppercase().as_str() {
            "AND" | "OR" => exception = false,
            "WITH" => exception = true,
            _ if exception => {}
            _ => found.push((word.to_owned(), named(word))),
        }
    }
    // Words that are not ids make it a name, not an expression.
    if found.len() > 1 && found.iter().any(|(word, id)| id.is_none() && !word.starts_with("LicenseRef-")) {
        return vec![(expression.trim().to_owned(), named(expression))];
    }
    found
}

/// Two licences of which one may stand for the other: the same, or one names only a family that the other is of.
pub fn are_compatible(one: &str, other: &str) -> bool {
    let is_of = |family: &str, member: &str| {
        row(family).is_some_and(|row| row.class == Class::Family)
            && (matches!(family, "other" | "unknown") || member.to_ascii_lowercase().contains(family))
    };
    one.eq_ignore_ascii_case(other) || is_same_spdx(one, other) || is_of(one, other) || is_of(other, one)
}

#[cfg(test)]
mod tests;
