//! Addresses of packages. Specification: package-url, ECMA-427.

use std::fmt::Write as _;

/// The address of a package, where its ecosystem has addresses that a name and a version are enough for.
pub fn purl(ecosystem: &str, name: &str, version: Option<&str>) -> Option<String> {
    let name = match ecosystem {
        "pypi" => name.to_lowercase().replace('_', "-"),
        "npm" => name.to_lowercase(),
        "cargo" | "conda" | "cran" | "gem" | "nuget" => name.to_owned(),
        _ => return None,
    };
    let scoped = (ecosystem == "npm").then(|| name.split_once('/')).flatten();
    if name.is_empty() || scoped.is_none() && name.contains('/') {
        return None;
    }
    let mut out = format!("pkg:{ecosystem}/");
    if let Some((scope, name)) = scoped {
        out.push_str(&format!("{}/{}", encoded(scope), encoded(name)));
    } else {
        out.push_str(&encoded(&name));
    }
    if let Some(version) = version.filter(|version| !version.is_empty()) {
        out.push_str(&format!("@{}", encoded(version)));
    }
    Some(out)
}

/// Text with everything but what stands for itself written as `%NN`.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// It has the form of the address of a package: `pkg:type/name`, of printable ASCII without spaces.
pub fn is_purl(text: &str) -> bool {
    let Some((kind, rest)) = text.strip_prefix("pkg:").and_then(|rest| rest.split_once('/')) else {
        return false;
    };
    let path = rest.split(['?', '#']).next().unwrap_or_default();
    let names = path.rsplit_once('@').map_or(path, |(names, _)| names);
    let begins = kind.starts_with(|c: char| c.is_ascii_lowercase());
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-".contains(c);
    begins
        && kind.chars().all(allowed)
        && !names.is_empty()
        && names.split('/').all(|part| !part.is_empty() && part != "." && part != "..")
        && text.chars().all(|c| c.is_ascii_graphic() && !"\"<>\\^`{|}".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_versions_are_encoded() {
        for (ecosystem, name, version, expected) in [
            ("pypi", "Torch_Vision", Some("0.1+cu118"), "pkg:pypi/torch-vision@0.1%2Bcu118"),
            ("pypi", "numpy", None, "pkg:pypi/numpy"),
            ("npm", "@Scope/Name", Some("1.0.0"), "pkg:npm/%40scope/name@1.0.0"),
            ("conda", "a b?c#d@e", Some("1/2"), "pkg:conda/a%20b%3Fc%23d%40e@1%2F2"),
            ("pypi", "größe%2F\n", Some(""), "pkg:pypi/gr%C3%B6%C3%9Fe%252f%0A"),
        ] {
            assert_eq!(purl(ecosystem, name, version).as_deref(), Some(expected));
            assert!(is_purl(expected), "{expected}");
        }
    }

    #[test]
    fn none_is_made_up_where_a_name_is_not_enough() {
        for (ecosystem, name) in
            [("deb", "bash"), ("maven", "a/b"), ("unknown", "x"), ("pypi", ""), ("pypi", "a/b")]
        {
            assert_eq!(purl(ecosystem, name, Some("1")), None, "{ecosystem} {name}");
        }
    }

    #[test]
    fn what_is_no_address_is_told() {
        assert!(is_purl("pkg:huggingface/example/demo@abc123?repository_url=https://hub.example.org"));
        for text in [
            "",
            "pkg:",
            "pkg:pypi",
            "pkg:pypi/",
            "pkg:pypi/a b",
            "pkg:Py/a",
            "pypi/a",
            "pkg:1/a",
            "pkg:a/../b",
            "pkg:a//b",
        ] {
            assert!(!is_purl(text), "{text}");
        }
    }
}
