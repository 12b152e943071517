//! `torch.package`: a zip with a model's pickle and the Python sources that its classes need, which run when it loads.

use weighbridge_domain::facts::What;

use crate::detect::{Probe, Recognition, has_extension};
use crate::formats::torch;
use crate::formats::zip::{self, Directory};
use crate::formats::{Format, Support};
use crate::limits::Fault;
use crate::samples::{one, torchscript};
use crate::text;
use crate::walk::Visit;

/// Archives of `torch.package`.
pub static FORMAT: Format = Format {
    id: "torch-package",
    title: "torch.package archive",
    extensions: &["pt", "pt2"],
    support: Support::Inspected,
    carries_code: true,
    refines: &["torch", "zip"],
    docs: "A zip with `.data/extern_modules`. The list of modules that it imports from outside is a fact; its Python sources, \
           which run when the package is imported, count as not inspected; pickles and everything else in it are \
           inspected by their content. Tensors are listed as those of a PyTorch zip.",
    recognise: |probe: &Probe<'_>| {
        Recognition::certain_if(zip::has_member(probe, |name| is_data(name, "extern_modules")))
    },
    read,
    samples: || one("package.pt", torchscript::package().build()),
};

/// A member of the folder `.data`.
fn is_data(name: &str, file: &str) -> bool {
    name.strip_suffix(file)
        .and_then(|folder| folder.strip_suffix(".data/"))
        .is_some_and(|before| before.is_empty() || before.ends_with('/'))
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let directory = zip::read_directory(visit)?;
    for member in &directory.members {
        visit.budget.tick()?;
        if is_data(&member.name, "extern_modules")
            && let Some(content) = zip::open(visit, member)?
        {
            let value = text::kept(&content.read(0, 64 << 10)?, 64 << 10);
            let value = value.split_whitespace().collect::<Vec<_>>().join(", ");
            visit.fact(member.at, What::Metadata { key: "extern_modules".to_owned(), value });
        } else if has_extension(&member.name, "py") {
            let value = text::shown(&member.name, 256);
            visit.fact(member.at, What::Metadata { key: "source".to_owned(), value });
        }
    }
    let raw = torch::storages(visit, &directory, storage)?;
    zip::embed(visit, &directory, |member| {
        let listed = ["extern_modules", "version", "python_version"];
        raw.binary_search(&member.name).is_err() && !listed.iter().any(|file| is_data(&member.name, file))
    })
}

/// The member that holds a storage, wherever the program is that asks for it.
fn storage(directory: &Directory, _: &str, key: &str) -> String {
    let list = directory.members.iter().find(|member| is_data(&member.name, "extern_modules"));
    let data = list.and_then(|list| list.name.strip_suffix("extern_modules")).unwrap_or(".data/");
    format!("{data}{key}.storage")
}
