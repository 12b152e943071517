//! Whether a constraint allows a version, where that is beyond doubt.

/// The numbers of a plain release.
type Release = Vec<u64>;

/// Whether a constraint allows a version; nothing where either is of a kind that is not compared here.
pub(super) fn allows(ecosystem: &str, constraint: &str, version: &str) -> Option<bool> {
    let version = release(version)?;
    let npm = ecosystem == "npm";
    if constraint.is_empty() || matches!(constraint, "*" | "latest" | "x") {
        return Some(true);
    }
    if constraint.contains("||") {
        let ways: Option<Vec<bool>> = constraint.split("||").map(|way| all(npm, way, &version)).collect();
        return ways.map(|ways| ways.contains(&true));
    }
    all(npm, constraint, &version)
}

/// Every clause of a constraint; a hyphen between two versions is not compared.
fn all(npm: bool, constraint: &str, version: &Release) -> Option<bool> {
    if constraint.contains(" - ") {
        return None;
    }
    let mut allowed = true;
    let joined = ["=", "<", ">", "~", "^", "!"]
        .iter()
        .fold(constraint.to_owned(), |text, sign| text.replace(&format!("{sign} "), sign));
    for part in joined.split([',', ' ']).map(str::trim).filter(|part| !part.is_empty()) {
        allowed &= one(npm, part, version)?;
    }
    Some(allowed)
}

fn one(npm: bool, clause: &str, version: &Release) -> Option<bool> {
    let at = clause.find(|c: char| !"=<>~^!".contains(c))?;
    let (sign, wanted) = clause.split_at_checked(at)?;
    let wanted = wanted.strip_prefix('v').unwrap_or(wanted);
    let stem = wanted.trim_end_matches(".*").trim_end_matches(".x");
    let any = stem.len() < wanted.len();
    let numbers = release(stem)?;
    let below_next = |kept: usize| {
        let mut next: Release = numbers.iter().copied().take(kept).collect();
        *next.last_mut()? = next.last()?.checked_add(1)?;
        Some(compare(version, &numbers).is_ge() && compare(version, &next).is_lt())
    };
    let starts =
        |kept: usize| (0..kept).all(|i| version.get(i).unwrap_or(&0) == numbers.get(i).unwrap_or(&0));
    let length = numbers.len();
    Some(match sign {
        "" | "=" if npm => {
            starts(if any || length < 3 { length } else { 3 })
                && (any || length < 3 || compare(version, &numbers).is_eq())
        }
        "" | "==" | "===" | "=" if any => starts(length),
        "" | "==" | "===" | "=" => compare(version, &numbers).is_eq(),
        "!=" if any => !starts(length),
        "!=" => compare(version, &numbers).is_ne(),
        ">=" => compare(version, &numbers).is_ge(),
        ">" => compare(version, &numbers).is_gt(),
        "<=" => compare(version, &numbers).is_le(),
        "<" => compare(version, &numbers).is_lt(),
        "~=" => below_next(length.checked_sub(1).filter(|kept| *kept > 0)?)?,
        "~" => below_next(length.min(2))?,
        "^" => {
            let first = numbers.iter().position(|number| *number > 0).unwrap_or(length.saturating_sub(1));
            below_next(first + 1)?
        }
        _ => return None,
    })
}

fn release(text: &str) -> Option<Release> {
    let numbers: Option<Release> = text.split('.').map(|part| part.parse().ok()).collect();
    numbers.filter(|numbers| !numbers.is_empty())
}

fn compare(a: &Release, b: &Release) -> std::cmp::Ordering {
    let length = a.len().max(b.len());
    let padded =
        |numbers: &Release| (0..length).map(|i| numbers.get(i).copied().unwrap_or(0)).collect::<Vec<_>>();
    padded(a).cmp(&padded(b))
}

#[cfg(test)]
mod tests {
    use super::allows;

    #[test]
    fn constraints_allow_what_their_tools_allow() {
        for (ecosystem, constraint, version, expected) in [
            ("pypi", ">=1,<2", "1.5", Some(true)),
            ("pypi", ">=1,<2", "2.0", Some(false)),
            ("pypi", "==1.0", "1.0.0", Some(true)),
            ("pypi", "==1.*", "1.9", Some(true)),
            ("pypi", "~=1.4.2", "1.4.9", Some(true)),
            ("pypi", "~=1.4.2", "1.5.0", Some(false)),
            ("pypi", "~=1.4", "1.9", Some(true)),
            ("pypi", "!=1.5", "1.5", Some(false)),
            ("pypi", "^1.2", "1.9.1", Some(true)),
            ("pypi", "^0.2.3", "0.3.0", Some(false)),
            ("pypi", ">=1.0rc1", "1.0", None),
            ("pypi", ">=1", "1.0+cu12", None),
            ("npm", "^1.2.3", "1.9.0", Some(true)),
            ("npm", "^1.2.3", "2.0.0", Some(false)),
            ("npm", "~1.2.3", "1.3.0", Some(false)),
            ("npm", "~1.2", "1.2.9", Some(true)),
            ("npm", "1", "1.9.0", Some(true)),
            ("npm", "1.x", "2.0.0", Some(false)),
            ("npm", "1.2.3", "1.2.4", Some(false)),
            ("npm", "^1.0.0 || >= 3", "4.0.0", Some(true)),
            ("npm", "^1.0.0 || ^2.0.0", "4.0.0", Some(false)),
            ("npm", "1 - 2", "4.0.0", None),
            ("npm", "workspace:*", "4.0.0", None),
            ("npm", "", "4.0.0", Some(true)),
        ] {
            assert_eq!(allows(ecosystem, constraint, version), expected, "{constraint} {version}");
        }
    }
}
