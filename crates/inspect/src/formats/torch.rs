//! PyTorch's files: the zip of today, the stream of pickles before it, and the tar of the first releases.
//!
//! In all three a pickle asks for its tensors' bytes by persistent ids `("storage", class, key, device, elements)`. Each
//! storage asked for must be there with the size its class and its number of elements give.

mod stream;
mod tar;
mod types;

use std::collections::BTreeMap;

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::facts::{Tensor, What};

use super::pickle::{Storage, View, survey};
use super::zip::{self, Directory, Member};
use super::{Format, Support};
use crate::detect::{Recognition, has_extension};
use crate::input::Input;
use crate::limits::Fault;
use crate::samples::torch;
use crate::walk::Visit;

use types::{item_size, of_storage, size_of_type};

pub use stream::FORMAT as STREAM;
pub use tar::FORMAT as TAR;

const ENDINGS: &[&str] = &["pt", "pth", "bin", "ckpt", "pt2", "ptl", "pth.tar"];

/// The zip that `torch.save` writes, and `TorchScript`.
pub static ZIP: Format = Format {
    id: "torch",
    title: "PyTorch zip",
    extensions: ENDINGS,
    support: Support::Inspected,
    carries_code: true,
    refines: &["zip"],
    docs: "A zip with `data.pkl`. Everything that is read of a zip and of a pickle; each storage that a pickle asks for must be \
           a member of the size its class and number of elements give, and only those are taken for raw numbers: every other \
           member is inspected by its content. Tensors are listed under the keys of the dictionaries they are in. The code of TorchScript (`code/`) is read as `torchscript`.",
    recognise: |probe| {
        Recognition::certain_if(zip::has_member(probe, |name| {
            name == "data.pkl" || name.ends_with("/data.pkl")
        }))
    },
    read,
    samples: || vec![("model.pt".to_owned(), torch::zip())],
};

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let directory = zip::read_directory(visit)?;
    let raw = storages(visit, &directory, beside)?;
    zip::embed(visit, &directory, |member: &Member| raw.binary_search(&member.name).is_err())
}

/// The member that holds a storage: in the folder that is called like the program which asks for it.
fn beside(directory: &Directory, folder: &str, key: &str) -> String {
    let own = format!("{folder}/{key}");
    // The programs of TorchScript for phones share the storages of its constants.
    let shared = own.strip_suffix(key).and_then(|own| own.strip_suffix("bytecode/"));
    match shared.map(|root| format!("{root}constants/{key}")) {
        Some(shared) if !directory.members.iter().any(|member| member.name == own) => shared,
        _ => own,
    }
}

/// Notes the tensors of all programs in a zip; the names of the members that are nothing but their bytes, in order.
/// `place` names the member of a storage by the program without its ending and the key.
pub(super) fn storages(
    visit: &mut Visit<'_>,
    directory: &Directory,
    place: fn(&Directory, &str, &str) -> String,
) -> Result<Vec<String>, Fault> {
    let mut storages: BTreeMap<String, Storage> = BTreeMap::new();
    let mut views = Views::new();
    for member in directory.members.iter().filter(|member| has_extension(&member.name, "pkl")) {
        let folder = member.name.trim_end_matches(".pkl");
        let Some(content) = zip::open(visit, member)? else { continue };
        let (asked_for, made) = asked_for(visit, &content)?;
        for storage in asked_for {
            storages.entry(place(directory, folder, &storage.key)).or_insert(storage);
        }
        for view in made {
            views.entry(place(directory, folder, &view.storage)).or_default().push(view);
        }
    }
    let mut raw = Vec::new();
    for (name, storage) in &storages {
        visit.budget.tick()?;
        let Some(member) = directory.members.iter().find(|member| &member.name == name) else {
            visit.problem(
                storage.at,
                Kind::Missing,
                format!("the storage `{name}` is asked for, but no member has that name"),
            );
            continue;
        };
        let start = member.data.unwrap_or(member.at);
        let place = (start, member.method != 0 || member.data.is_none());
        if let Some(length) = note_storage(visit, name, storage, place, views.get(name)) {
            if length != member.size {
                let message = format!(
                    "the storage `{name}` is asked for with {length} bytes, but its member has {} bytes",
                    member.size
                );
                visit.problem(member.at, Kind::SizeMismatch, message);
                continue;
            }
            raw.push(name.clone());
        }
    }
    raw.sort_unstable();
    Ok(raw)
}

/// The tensors in each storage.
type Views = BTreeMap<String, Vec<View>>;

/// The storages that the programs in `content` ask for, each once, told from each other by their keys; and the tensors
/// that they make of them.
fn asked_for(visit: &mut Visit<'_>, content: &Input) -> Result<(Vec<Storage>, Vec<View>), Fault> {
    let mut storages: BTreeMap<String, Storage> = BTreeMap::new();
    let mut differing = Vec::new();
    let mut collect = |storage: Storage| match storages.get(&storage.key) {
        None => {
            storages.insert(storage.key.clone(), storage);
        }
        Some(known) if known.class == storage.class && known.elements == storage.elements => {}
        Some(_) => differing.push(storage),
    };
    let views = survey(visit, content, &mut collect)?;
    differing.truncate(16);
    for storage in differing {
        let message =
            format!("the storage `{}` is asked for with two different classes or sizes", storage.key);
        visit.problem(storage.at, Kind::Disagreement, message);
    }
    Ok((storages.into_values().collect(), views))
}

/// Notes the tensors in a storage, or itself as one when there are none, and gives its length in bytes where its class is
/// known.
fn note_storage(
    visit: &mut Visit<'_>,
    name: &str,
    storage: &Storage,
    (start, packed): (u64, bool),
    views: Option<&Vec<View>>,
) -> Option<u64> {
    let tell = |visit: &mut Visit<'_>, tensor: Tensor| {
        let start = tensor.start;
        visit.fact(start, What::Tensor(tensor));
        if packed {
            visit.fact(start, What::Scattered);
        }
    };
    let class = storage.class.as_ref();
    let length = class.and_then(item_size).and_then(|size| storage.elements.checked_mul(size));
    let (Some(class), Some(length)) = (class, length) else {
        let class = class.map_or("?", |class| &class.name);
        let message = format!("the storage `{name}` has the class `{class}`, which is not known");
        visit.problem(storage.at, Kind::UnknownType, message);
        return None;
    };
    for view in views.into_iter().flatten() {
        let dtype = view.dtype.as_deref().unwrap_or_else(|| of_storage(&class.name));
        let Some(size) = size_of_type(dtype).or_else(|| item_size(class)) else { continue };
        let (first, bytes) = (view.offset.saturating_mul(size), extent(view).saturating_mul(size));
        let end = first.saturating_add(bytes);
        if end > length {
            let message = format!(
                "the tensor `{}` ends at byte {end} of the storage `{name}`, which has {length}",
                view.name
            );
            visit.problem(view.at, Kind::SizeMismatch, message);
            continue;
        }
        let start = start.saturating_add(first);
        let tensor = Tensor {
            name: view.name.clone(),
            dtype: dtype.to_owned(),
            shape: view.shape.clone(),
            start,
            length: bytes,
        };
        tell(visit, tensor);
    }
    if views.is_none() {
        let dtype = class.name.clone();
        let tensor = Tensor { name: name.to_owned(), dtype, shape: vec![storage.elements], start, length };
        tell(visit, tensor);
    }
    Some(length)
}

/// How many elements of its storage there are from the first element of a tensor to its last.
fn extent(view: &View) -> u64 {
    if view.shape.contains(&0) {
        return 0;
    }
    view.shape.iter().zip(&view.stride).fold(1, |extent, (size, stride)| {
        extent.saturating_add(size.saturating_sub(1).saturating_mul(*stride))
    })
}
