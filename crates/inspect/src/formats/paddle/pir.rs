//! Programs of `PaddlePaddle` since version 3: the same operators, written as JSON.

use serde::de::{MapAccess, SeqAccess};

use weighbridge_domain::facts::problem::Kind;

use crate::detect::{Probe, Recognition};
use crate::formats::graph::Operators;
use crate::formats::json::walk::{Array, Handle, Leaf, Nesting, Object, Value, Walk};
use crate::formats::layout::Notes;
use crate::formats::{Format, Support};
use crate::limits::Fault;
use crate::samples::{one, paddle};
use crate::walk::Visit;

/// `PaddlePaddle` programs as JSON.
pub static FORMAT: Format = Format {
    id: "paddle-pir",
    title: "PaddlePaddle program as JSON",
    extensions: &[],
    support: Support::Inspected,
    carries_code: true,
    refines: &["json"],
    docs: "Every operator of every region and block. Recognised by its magic, `pir`. The weights are in a file of their own.",
    recognise,
    read,
    samples: || one("net.json", paddle::pir("1.conv2d")),
};

/// The longest program that is read.
const LIMIT: u64 = 256 << 20;

const NESTING: Nesting = Nesting { of: "the program", ordinary: 60, most: 120 };

fn recognise(probe: &Probe<'_>) -> Recognition {
    let magic = br#""magic":"pir""#;
    let head = probe.body().iter().copied().filter(|byte| !byte.is_ascii_whitespace()).take(256);
    let head: Vec<u8> = head.collect();
    let found = head.first() == Some(&b'{') && head.windows(magic.len()).any(|window| window == magic);
    Recognition::certain_if(found)
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let mut notes = Notes::default();
    let size = visit.input.len();
    if size > LIMIT {
        return Err(Fault::Unsupported(format!("a program of more than {LIMIT} bytes")));
    }
    notes.remember(visit, size)?;
    let bytes = visit.input.read(0, size)?;
    let Ok(text) = std::str::from_utf8(&bytes) else {
        notes.problem(visit, 0, Kind::BadText, "the program is not UTF-8");
        return Err(Fault::Unsupported("it is not UTF-8".to_owned()));
    };
    let mut operators = Operators::default();
    let result = Walk::read(visit, &mut notes, text, 0, NESTING, Part(&mut operators));
    operators.tell(visit, "paddle", |_, _| false);
    result
}

/// Any part of a program: what it is stands under `#`.
struct Part<'a>(&'a mut Operators);

impl<'de> Handle<'de> for Part<'_> {
    type Out = ();

    fn value(self, _: &mut Walk<'_, '_>, _: Value<'de>) {}

    fn object<A: MapAccess<'de>>(
        self,
        walk: &mut Walk<'_, '_>,
        object: &mut Object<'de, A>,
    ) -> Result<(), A::Error> {
        while let Some(key) = object.key(walk)? {
            if key != "#" {
                object.value(walk, Part(&mut *self.0))?;
                continue;
            }
            let Value::Text(kind) = object.value(walk, Leaf)? else { continue };
            if let Some(name) = operator(&kind) {
                let at = walk.position(&key);
                let added = self.0.add(walk.visit, walk.notes, at, ["", name], String::new);
                walk.check(added)?;
            }
        }
        Ok(())
    }

    fn array<A: SeqAccess<'de>>(self, walk: &mut Walk<'_, '_>, array: &mut Array<A>) -> Result<(), A::Error> {
        while array.item(walk, Part(&mut *self.0))?.is_some() {}
        Ok(())
    }
}

/// The name of the operator that a part is: behind the number of its dialect, where types begin with `t_` and attributes
/// with `a_`. An operator that changes its input in place ends in `_`.
fn operator(kind: &str) -> Option<&str> {
    let (_, name) = kind.split_once('.')?;
    let other = name.starts_with("t_") || name.starts_with("a_");
    (!other).then(|| name.strip_suffix('_').unwrap_or(name))
}
