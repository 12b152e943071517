//! skops: a zip with `schema.json`, a tree of nodes that each name a Python object and the loader that builds it.
//! Reference: `skops/io/_general.py` and `_audit.py`, protocol 2.

mod node;

use std::collections::HashSet;

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::facts::{Object, What};

use super::layout::Notes;
use super::xgboost::document::{Gather, Value};
use super::xgboost::text;
use super::zip::{self, Member};
use super::{Format, Support};
use crate::detect::{Probe, Recognition};
use crate::input::Input;
use crate::limits::Fault;
use crate::samples::one;
use crate::walk::Visit;
use node::Tree;

/// skops.
pub static FORMAT: Format = Format {
    id: "skops",
    title: "skops archive",
    extensions: &["skops"],
    support: Support::Inspected,
    carries_code: false,
    refines: &["npz", "zip"],
    docs: "A zip with `schema.json`. Every node of the schema: the module and the class, function or method that it names, \
           its loader, whether that loader builds what is named, and the members that it takes its arrays from. The other \
           members are inspected by their content. Protocols above 2 count as not inspected.",
    recognise: |probe: &Probe<'_>| Recognition::certain_if(zip::has_member(probe, |member| member == SCHEMA)),
    read,
    samples: || one("model.skops", crate::samples::skops::archive(crate::samples::skops::ORDINARY)),
};

/// The member that says what is in the others.
const SCHEMA: &str = "schema.json";

/// The newest protocol that is known.
const PROTOCOL: u64 = 2;

/// Longest schema that is read.
const LONGEST: u64 = 64 << 20;

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let directory = zip::read_directory(visit)?;
    let names: HashSet<&str> = directory.members.iter().map(|member| member.name.as_str()).collect();
    let mut notes = Notes::default();
    let mut first = None;
    for member in directory.members.iter().filter(|member| member.name == SCHEMA) {
        if let Some(schema) = content(visit, member)? {
            let read = read_schema(visit, &mut notes, member.at, &schema, &names);
            first = first.or(read.err());
        }
    }
    zip::embed(visit, &directory, |member| member.name != SCHEMA)?;
    first.map_or(Ok(()), Err)
}

/// The content of a member; the checksum of what is stored is checked where it is passed over.
fn content(visit: &mut Visit<'_>, member: &Member) -> Result<Option<Input>, Fault> {
    match member.data {
        Some(data) if member.method == 0 && !member.encrypted => {
            Ok(Some(visit.input.slice(data, member.packed)))
        }
        _ => zip::open(visit, member),
    }
}

fn read_schema(
    visit: &mut Visit<'_>,
    notes: &mut Notes,
    at: u64,
    schema: &Input,
    names: &HashSet<&str>,
) -> Result<(), Fault> {
    if schema.len() > LONGEST {
        return Err(Fault::Unsupported(format!("a schema of more than {LONGEST} bytes")));
    }
    let mut gather = Gather::new(visit, notes);
    gather.forest = false;
    let root = text::read(&mut gather, schema)?;
    match root.get("protocol").and_then(Value::count) {
        Some(protocol) if protocol > PROTOCOL => {
            visit
                .incomplete(format!("its protocol is {protocol}, and only those up to {PROTOCOL} are known"));
        }
        _ => {}
    }
    let mut tree = Tree::default();
    tree.walk(visit, &root)?;
    for (kind, detail) in &tree.problems {
        notes.problem(visit, at, *kind, detail.as_str());
    }
    if tree.objects.is_empty() {
        notes.problem(visit, at, Kind::BadValue, "the schema has no nodes");
    }
    for file in &tree.files {
        if node::is_plain(file) {
            if !names.contains(file.as_str()) {
                let detail =
                    format!("`{}` is named in the schema, but is no member", super::layout::name(file));
                notes.problem(visit, at, Kind::Missing, detail);
            }
        } else {
            visit.fact(at, node::reference(file));
        }
    }
    for (name, (path, count)) in tree.objects {
        visit.fact(at, What::Object(Object { dialect: "skops", name, path, count }));
    }
    Ok(())
}
