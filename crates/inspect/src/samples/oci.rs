//! Container images.

use sha2::{Digest as _, Sha256};

use super::archive::{self, Tar};
use super::{File, one};

/// The file that a layer adds.
pub const LAYER: &[u8] = b"Ordinary words.\n";

/// A layer with a file, links as systems have them, a program with another user's rights, and a removed file.
pub fn layer(content: &[u8]) -> Vec<u8> {
    Tar::new()
        .folder("usr/")
        .file("usr/notes.txt", content)
        .symlink("etc/alternatives/notes", "/usr/notes.txt")
        .entry(b"usr/passwd", b'0', b"", 0o4755, LAYER.len(), LAYER)
        .file(".wh.gone", b"")
        .build()
}

/// The digest of some bytes.
pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The documents and blobs of an image: path and bytes.
fn parts(content: &[u8]) -> Vec<File> {
    let layer = archive::gzip(None, &layer(content));
    let config =
        br#"{"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":[]}}"#;
    let named = |kind: &str, bytes: &[u8]| {
        let digest = digest(bytes);
        format!(
            r#"{{"mediaType":"application/vnd.oci.image.{kind}","digest":"sha256:{digest}","size":{}}}"#,
            bytes.len()
        )
    };
    let manifest = format!(
        r#"{{"schemaVersion":2,"config":{},"layers":[{}]}}"#,
        named("config.v1+json", config),
        named("layer.v1.tar+gzip", &layer)
    );
    let index =
        format!(r#"{{"schemaVersion":2,"manifests":[{}]}}"#, named("manifest.v1+json", manifest.as_bytes()));
    let mut files = one("oci-layout", r#"{"imageLayoutVersion":"1.0.0"}"#);
    files.extend(one("index.json", index));
    for bytes in [config.to_vec(), layer, manifest.into_bytes()] {
        files.extend(one(&format!("blobs/sha256/{}", digest(&bytes)), bytes));
    }
    files
}

/// A folder with an image.
pub fn folder() -> Vec<File> {
    parts(LAYER)
}

/// A tar with an image.
pub fn image(content: &[u8]) -> Tar {
    packed(parts(content))
}

/// A tar with these parts.
pub fn packed(parts: Vec<File>) -> Tar {
    parts.into_iter().fold(Tar::new(), |tar, (name, bytes)| tar.file(&name, &bytes))
}

/// An image as older versions of `docker save` write it.
pub fn saved() -> Tar {
    let name = digest(LAYER);
    let manifest =
        format!(r#"[{{"Config":"{name}.json","RepoTags":["demo:1"],"Layers":["{name}/layer.tar"]}}]"#);
    Tar::new()
        .folder(&format!("{name}/"))
        .file(&format!("{name}/VERSION"), b"1.0")
        .file(&format!("{name}/layer.tar"), &layer(LAYER))
        .file(&format!("{name}.json"), br#"{"architecture":"amd64","os":"linux"}"#)
        .file("manifest.json", manifest.as_bytes())
}
