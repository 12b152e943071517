//! Names of container images.

use weighbridge_domain::facts::Image;

use crate::text;

/// Bytes kept of a name.
const KEPT: usize = 512;

/// `registry/name:tag@digest` in its parts.
pub(super) fn image(asked_by: &str, reference: &str) -> Image {
    let reference = text::kept(reference.trim().as_bytes(), KEPT);
    let (name, digest) = match reference.split_once('@') {
        Some((name, digest)) => (name, Some(digest.to_owned())),
        None => (reference.as_str(), None),
    };
    let colon = name.rfind(':').filter(|at| !name.get(*at..).is_some_and(|rest| rest.contains('/')));
    let (name, tag) = match colon.and_then(|at| Some((name.get(..at)?, name.get(at.saturating_add(1)..)?))) {
        Some((name, tag)) => (name, Some(tag.to_owned())),
        None => (name, None),
    };
    Image { asked_by: asked_by.to_owned(), name: name.to_owned(), tag, digest }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_names_of_images_apart() {
        for (reference, name, tag, digest) in [
            ("ubuntu", "ubuntu", None, None),
            ("a/b:1", "a/b", Some("1"), None),
            ("host:5000/a/b", "host:5000/a/b", None, None),
            ("host:5000/a:2@sha256:00", "host:5000/a", Some("2"), Some("sha256:00")),
        ] {
            let found = image("FROM", reference);
            assert_eq!(
                (found.name.as_str(), found.tag.as_deref(), found.digest.as_deref()),
                (name, tag, digest)
            );
        }
    }
}
