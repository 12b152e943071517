//! What Python's installers are asked for. Specification: dependency specifiers (PEP 508) and version specifiers (PEP 440).

/// One requirement, in parts as written.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Requirement<'a> {
    pub(super) name: &'a str,
    pub(super) constraint: &'a str,
    /// What stands behind `@`.
    pub(super) address: Option<&'a str>,
    /// What stands behind `;`.
    pub(super) marker: &'a str,
}

impl<'a> Requirement<'a> {
    /// Reads a requirement; nothing when it is not one.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let text = text.trim();
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
        let end = text.find(|c| !is_name(c)).unwrap_or(text.len());
        let (name, rest) = text.split_at_checked(end)?;
        let ends_well = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        if !ends_well(name.chars().next()) || !ends_well(name.chars().next_back()) {
            return None;
        }
        let mut rest = rest.trim_start();
        if let Some(inside) = rest.strip_prefix('[') {
            let (extras, behind) = inside.split_once(']')?;
            if !extras.split(',').map(str::trim).all(|extra| extra.chars().all(is_name)) {
                return None;
            }
            rest = behind.trim_start();
        }
        if let Some(address) = rest.strip_prefix('@') {
            // In an address, a semicolon belongs to it unless there is space in front.
            let address = address.trim_start();
            let end = address.find(char::is_whitespace).unwrap_or(address.len());
            let (address, behind) = address.split_at_checked(end)?;
            let behind = behind.trim_start();
            let marker = if behind.is_empty() { "" } else { behind.strip_prefix(';')? };
            let address = Some(address).filter(|address| !address.is_empty())?;
            return Some(Self { name, constraint: "", address: Some(address), marker: marker.trim() });
        }
        let (constraint, marker) = rest.split_once(';').unwrap_or((rest, ""));
        let constraint = constraint.trim();
        let bare = constraint.strip_prefix('(').and_then(|inside| inside.strip_suffix(')'));
        let constraint = bare.unwrap_or(constraint).trim();
        is_constraint(constraint).then_some(Self { name, constraint, address: None, marker: marker.trim() })
    }
}

/// Operators of versions, the longer first.
const OPERATORS: [&str; 8] = ["===", "~=", "==", "!=", "<=", ">=", "<", ">"];

/// The clauses of a constraint: operator and version.
pub(super) fn clauses(constraint: &str) -> impl Iterator<Item = Option<(&'static str, &str)>> {
    let clauses = constraint.split(',').map(str::trim).filter(|clause| !clause.is_empty());
    clauses.map(|clause| {
        let operator = OPERATORS.into_iter().find(|operator| clause.starts_with(operator))?;
        let version = clause.strip_prefix(operator)?.trim();
        let allowed =
            |c: char| c.is_alphanumeric() || matches!(c, '.' | '*' | '+' | '!' | '-' | '_' | '$' | '{' | '}');
        (!version.is_empty() && version.chars().all(allowed)).then_some((operator, version))
    })
}

fn is_constraint(text: &str) -> bool {
    clauses(text).all(|clause| clause.is_some())
}

/// The one version that a constraint allows.
pub(super) fn pin(constraint: &str) -> Option<&str> {
    let mut all = clauses(constraint);
    match (all.next()??, all.next()) {
        (("==", version), None) if !version.contains('*') => Some(version),
        (("===", version), None) => Some(version),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_are_read_in_parts() {
        let parsed = |text| {
            let all = Requirement::parse(text)?;
            Some((all.name, all.constraint, all.address, all.marker))
        };
        for (text, expected) in [
            ("torch", ("torch", "", None, "")),
            ("torch == 2.1.0", ("torch", "== 2.1.0", None, "")),
            (
                "a.b-c[x, y] (>=1,<2); python_version < '3.9'",
                ("a.b-c", ">=1,<2", None, "python_version < '3.9'"),
            ),
            (
                "a @ https://example.org/a;b.whl ; extra == 'x'",
                ("a", "", Some("https://example.org/a;b.whl"), "extra == 'x'"),
            ),
            ("a@git+https://example.org/a@v1", ("a", "", Some("git+https://example.org/a@v1"), "")),
        ] {
            assert_eq!(parsed(text), Some(expected), "{text}");
        }
        for text in ["", "-e .", "./a", "a b", "a ==", "a >= 1 2", "-a", "a-", "a[", "a @", "!x", "a = 1"] {
            assert_eq!(parsed(text), None, "{text}");
        }
        for (constraint, expected) in [
            ("==1.0", Some("1.0")),
            ("===x", Some("x")),
            ("==1.*", None),
            (">=1", None),
            ("==1,!=2", None),
            ("", None),
        ] {
            assert_eq!(pin(constraint), expected, "{constraint}");
        }
    }
}
