//! Places that packages are taken from, run by those who make them.

use std::sync::LazyLock;

/// Beginnings of addresses, and channels.
static PLACES: LazyLock<(Vec<&'static str>, Vec<&'static str>)> = LazyLock::new(|| {
    let text = include_str!("package_indexes.txt");
    let (addresses, channels) = text.split_once("[channels]").unwrap_or((text, ""));
    let lines = |part: &'static str| {
        part.lines().filter(|line| !line.is_empty() && !line.starts_with(['#', '['])).collect()
    };
    (lines(addresses), lines(channels))
});

/// An address of this kind is where the makers of packages put them.
pub(crate) fn is_address(url: &str) -> bool {
    PLACES.0.iter().any(|known| {
        url.strip_prefix(known)
            .is_some_and(|rest| known.ends_with('/') || rest.is_empty() || rest.starts_with('/'))
    })
}

/// A channel of conda that many use.
pub(crate) fn is_channel(name: &str) -> bool {
    let name = name.trim_end_matches('/');
    let name = ["https://conda.anaconda.org/", "https://repo.anaconda.com/pkgs/", "pkgs/"]
        .iter()
        .find_map(|start| name.strip_prefix(start))
        .unwrap_or(name);
    // A label of a channel, or a platform in it.
    PLACES.1.contains(&name.split('/').next().unwrap_or(name))
}

#[cfg(test)]
mod tests {
    #[test]
    fn known_places_are_told_from_others_that_begin_like_them() {
        for (url, expected) in [
            ("https://download.pytorch.org/whl/cu124", true),
            ("https://pypi.nvidia.com", true),
            ("https://pypi.nvidia.com/simple", true),
            ("https://pypi.nvidia.com.example.org/simple", false),
            ("http://download.pytorch.org/whl/cu124", false),
            ("https://example.org/", false),
        ] {
            assert_eq!(super::is_address(url), expected, "{url}");
        }
        for (channel, expected) in [
            ("conda-forge", true),
            ("https://conda.anaconda.org/conda-forge", true),
            ("conda-forge/label/rc", true),
            ("nvidia/label/cuda-12.1", true),
            ("example", false),
            ("https://example.org/conda-forge", false),
        ] {
            assert_eq!(super::is_channel(channel), expected, "{channel}");
        }
    }
}
