//! The manifest of a Core ML package, which says where its parts are.

use serde::de::MapAccess;

use crate::detect::{Probe, Recognition};
use crate::formats::graph::References;
use crate::formats::json::walk::{HEADER, Handle, Leaf, Object, Skip, Value, Walk};
use crate::formats::layout::Notes;
use crate::formats::{Format, Support};
use crate::limits::Fault;
use crate::path;
use crate::samples::coreml;
use crate::walk::Visit;
use weighbridge_domain::facts::problem::Kind;

/// The manifest of a Core ML package.
pub static FORMAT: Format = Format {
    id: "coreml-package",
    title: "Manifest of a Core ML package",
    extensions: &[],
    support: Support::Inspected,
    carries_code: false,
    refines: &["json"],
    docs: "`Manifest.json` of an `.mlpackage`: the path of every item, which is in the folder `Data` beside it. The items are \
           inspected as what they are.",
    recognise,
    read,
    samples: || coreml::package("conv", "com.apple.CoreML/model.mlmodel"),
};

/// The longest manifest that is read.
const LIMIT: u64 = 16 << 20;

/// The folder of the items.
const FOLDER: &str = "Data";

fn recognise(probe: &Probe<'_>) -> Recognition {
    let key = br#""itemInfoEntries""#;
    let named = || probe.body().windows(key.len()).any(|window| window == key);
    Recognition::certain_if(probe.first_character() == Some(b'{') && probe.is_text() && named())
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let mut notes = Notes::default();
    let size = visit.input.len();
    if size > LIMIT {
        return Err(Fault::Unsupported(format!("a manifest of more than {LIMIT} bytes")));
    }
    notes.remember(visit, size)?;
    let bytes = visit.input.read(0, size)?;
    let Ok(text) = std::str::from_utf8(&bytes) else {
        notes.problem(visit, 0, Kind::BadText, "the manifest is not UTF-8");
        return Err(Fault::Unsupported("it is not UTF-8".to_owned()));
    };
    let mut references = References::default();
    let manifest = Manifest { references: &mut references, depth: 0 };
    Walk::read(visit, &mut notes, text, 0, HEADER, manifest)
}

/// The manifest, its entries, and what they say: objects in an object in an object.
struct Manifest<'a> {
    references: &'a mut References,
    depth: u8,
}

impl<'de> Handle<'de> for Manifest<'_> {
    type Out = ();

    fn value(self, _: &mut Walk<'_, '_>, _: Value<'de>) {}

    fn object<A: MapAccess<'de>>(
        self,
        walk: &mut Walk<'_, '_>,
        object: &mut Object<'de, A>,
    ) -> Result<(), A::Error> {
        while let Some(key) = object.key(walk)? {
            match (self.depth, &*key) {
                (0, "itemInfoEntries") | (1, _) => {
                    let inner =
                        Manifest { references: &mut *self.references, depth: self.depth.saturating_add(1) };
                    object.value(walk, inner)?;
                }
                (2, "path") => {
                    let Value::Text(item) = object.value(walk, Leaf)? else { continue };
                    let at = walk.position(&key);
                    let plain = path::beside("", &item).is_some();
                    let target = if plain { format!("{FOLDER}/{item}") } else { item.into_owned() };
                    let noted = self.references.add(walk.visit, walk.notes, at, "item", &target);
                    walk.check(noted)?;
                }
                _ => object.value(walk, Skip)?,
            }
        }
        Ok(())
    }
}
