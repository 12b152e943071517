//! Names of licences.

use weighbridge_domain::bill::{Stated, Terms};

/// Terms as stated, with their id when the name is one of the SPDX list, however it is written.
pub(super) fn terms(stated: Stated, id: Option<&str>, found: bool) -> Terms {
    let name = id.unwrap_or(&stated.value);
    let known = spdx::identifiers::LICENSES.iter().map(|licence| licence.name).filter(|id| is_of_list(id));
    let spdx = known.into_iter().find(|known| known.eq_ignore_ascii_case(name));
    Terms { stated, spdx, found }
}

/// The table has names that are not on the list: they stand for a part of a longer one, or for none.
fn is_of_list(id: &str) -> bool {
    id != "NOASSERTION" && !id.ends_with("-invariants")
}

#[cfg(test)]
mod tests {
    use super::*;
    use weighbridge_domain::bill::Known;

    #[test]
    fn names_of_the_list_are_known_however_they_are_written() {
        let spdx = |value: &str| {
            let stated = Stated { value: value.to_owned(), known: Known::Declared, place: String::new() };
            terms(stated, None, false).spdx
        };
        assert_eq!(spdx("apache-2.0"), Some("Apache-2.0"));
        assert_eq!(spdx("GFDL-1.3-no-invariants-only"), Some("GFDL-1.3-no-invariants-only"));
        for other in ["", "other", "llama3.1", "NOASSERTION", "gfdl-1.3-no-invariants", "Apache 2"] {
            assert_eq!(spdx(other), None, "{other}");
        }
    }
}
