//! Names of licences.

use weighbridge_domain::bill::{Stated, Terms};

/// Terms as stated, with their id when the name is one of the SPDX list, however it is written.
pub(super) fn terms(stated: Stated, id: Option<&str>, found: bool) -> Terms {
    let name = id.unwrap_or(&stated.value);
    let spdx = spdx::identifiers::LICENSES.iter().map(|licence| licence.name);
    let spdx = spdx.into_iter().find(|known| known.eq_ignore_ascii_case(name));
    Terms { stated, spdx, found }
}
