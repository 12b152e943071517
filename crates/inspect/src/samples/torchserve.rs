//! Archives of `TorchServe`.

use super::archive::Zip;
use super::torch;

/// An archive with this handler and these members besides.
pub fn archive(handler: &str, members: &[(&str, &[u8])]) -> Zip {
    manifest(
        &format!(
            r#"{{"createdOn":"01/01/2026 00:00:00","runtime":"python","model":{{"modelName":"demo","serializedFile":"model.pt","handler":"{handler}","modelVersion":"1.0"}},"archiverVersion":"0.12.0"}}"#
        ),
        members,
    )
}

/// An archive with this manifest.
pub fn manifest(manifest: &str, members: &[(&str, &[u8])]) -> Zip {
    let zip = Zip::new().stored("model.pt", &torch::zip());
    let zip = members.iter().fold(zip, |zip, (name, bytes)| zip.stored(name, bytes));
    zip.stored("MAR-INF/MANIFEST.json", manifest.as_bytes())
}
