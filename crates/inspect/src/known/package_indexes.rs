//! Places that packages are taken from, run by those who make them.

use std::collections::HashMap;
use std::sync::LazyLock;

/// The lines of each section.
static PLACES: LazyLock<HashMap<&'static str, Vec<&'static str>>> = LazyLock::new(|| {
    let mut places: HashMap<&'static str, Vec<&'static str>> = HashMap::new();
    let mut section = "";
    for line in include_str!("package_indexes.txt").lines() {
        match line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            Some(name) => section = name,
            None if line.is_empty() || line.starts_with('#') => {}
            None => places.entry(section).or_default().push(line),
        }
    }
    places
});

fn of(section: &str) -> &'static [&'static str] {
    PLACES.get(section).map_or(&[], Vec::as_slice)
}

/// The names and addresses of the hosts that tools ask when nothing else is said.
pub(crate) fn usual() -> impl Iterator<Item = (&'static str, &'static str)> {
    static USUAL: LazyLock<Vec<(&'static str, String)>> = LazyLock::new(|| {
        let read = |line: &&'static str| {
            let (name, labels) = line.split_once(' ')?;
            let host: Vec<&str> = labels.split('.').rev().collect();
            Some((name, format!("https://{}/", host.join("."))))
        };
        of("usual").iter().filter_map(read).collect()
    });
    USUAL.iter().map(|(name, address)| (*name, address.as_str()))
}

/// What stands behind the address of one of these hosts.
pub(crate) fn behind_usual<'a>(url: &'a str, names: &[&str]) -> Option<&'a str> {
    usual().filter(|(name, _)| names.contains(name)).find_map(|(_, address)| {
        url.strip_prefix(address).or_else(|| (url == address.trim_end_matches('/')).then_some(""))
    })
}

/// An address of this kind is where the makers of packages put them.
pub(crate) fn is_address(url: &str) -> bool {
    let known = of("addresses").iter().any(|known| {
        url.strip_prefix(known)
            .is_some_and(|rest| known.ends_with('/') || rest.is_empty() || rest.starts_with('/'))
    });
    let names: Vec<&str> = usual().map(|(name, _)| name).collect();
    known || behind_usual(url, &names).is_some() || is_release(url)
}

/// A file of a release, beside the repository it was made of: `https://github.com/owner/name/releases/download/tag/file`.
fn is_release(url: &str) -> bool {
    let parts: Vec<&str> = url.split('/').skip(3).collect();
    let host = url.starts_with("https://github.com/");
    host && matches!(parts.as_slice(), [_, _, "releases", "download", tag, _] if *tag != "latest")
}

/// A repository of makers whose packages many use.
pub(crate) fn is_repository(url: &str) -> bool {
    let whole = url.strip_prefix("ssh://git@github.com/").map(|rest| format!("https://github.com/{rest}"));
    let url = whole.as_deref().unwrap_or(url);
    of("repositories").iter().any(|known| url.starts_with(known))
}

/// A channel of conda that many use.
pub(crate) fn is_channel(name: &str) -> bool {
    let name = name.trim_end_matches('/');
    let name = ["https://conda.anaconda.org/", "https://repo.anaconda.com/pkgs/", "pkgs/"]
        .iter()
        .find_map(|start| name.strip_prefix(start))
        .unwrap_or(name);
    // A label of a channel, or a platform in it.
    of("channels").contains(&name.split('/').next().unwrap_or(name))
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
            ("https://github.com/example/demo/releases/download/v1.0/demo-1.0.whl", true),
            ("https://github.com/example/demo/releases/download/latest/demo-1.0.whl", false),
            ("https://github.com/example/demo/archive/main.zip", false),
            ("https://example.org/", false),
        ] {
            assert_eq!(super::is_address(url), expected, "{url}");
        }
        assert!(super::is_repository("ssh://git@github.com/huggingface/transformers.git"));
        assert!(!super::is_repository("https://github.com/huggingface-demo/transformers"));
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
