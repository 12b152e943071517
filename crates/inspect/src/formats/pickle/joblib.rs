//! Arrays that joblib writes between the opcodes: a wrapper object describes one, and its bytes follow the `BUILD` that
//! sets the wrapper's state. Reference: `joblib/numpy_pickle.py`.

use weighbridge_domain::facts::Term;

use super::containers::Kind;
use super::leaf;
use super::names::Role;
use super::terms::Scene;
use super::value::{Value, View};
use crate::limits::Fault;

/// The longest name of a file.
const LONGEST_NAME: usize = 1024;

/// An array whose bytes follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Array {
    pub(super) dtype: String,
    pub(super) shape: Vec<u64>,
    /// How many bytes it has, when they are not a program of their own.
    pub(super) length: u64,
    /// Its elements are objects: a program follows instead of bytes.
    pub(super) objects: bool,
    /// Its bytes are aligned: the number of bytes to pass over stands in front.
    pub(super) aligned: bool,
}

/// The array that a wrapper with this state describes; `None` when the state does not say enough for joblib to read one.
pub(super) fn array(scene: &Scene<'_>, state: Value) -> Result<Option<Array>, Fault> {
    let (mut dtype, mut shape, mut aligned) = (None, None, false);
    for (key, value) in pairs(scene, state) {
        let Some((key, _)) = leaf::text(scene.source, key, 64)? else { continue };
        match key.as_str() {
            "dtype" => dtype = element(scene, value),
            "shape" => shape = dimensions(scene, value),
            "numpy_array_alignment_bytes" => aligned = value != Value::NONE,
            _ => {}
        }
    }
    let (Some((dtype, size, objects)), Some(shape)) = (dtype, shape) else { return Ok(None) };
    let length = shape.iter().try_fold(size, |product: u64, dimension| product.checked_mul(*dimension));
    let length = if objects { Some(0) } else { length };
    Ok(length.map(|length| Array { dtype, shape, length, objects, aligned: aligned && !objects }))
}

/// The file that a wrapper of old versions names: in its state, in that of its slots, or among what it is made of.
pub(super) fn file_name(scene: &Scene<'_>, value: Value) -> Result<Option<String>, Fault> {
    let name = |value| Ok::<_, Fault>(leaf::text(scene.source, value, LONGEST_NAME)?.map(|(name, _)| name));
    if matches!(value.view(), View::Text(_)) {
        return name(value);
    }
    let View::Node(index) = value.view() else { return Ok(None) };
    if scene.containers.kind(index) == Some(Kind::Dict) {
        for (key, value) in pairs(scene, value) {
            if leaf::text(scene.source, key, 64)?.is_some_and(|(key, _)| key == "filename") {
                return name(value);
            }
        }
        return Ok(None);
    }
    let (items, _) = scene.containers.items(index).unwrap_or_default();
    for item in items {
        let is_dict = item.as_node().is_some_and(|node| scene.containers.kind(node) == Some(Kind::Dict));
        if let Some(found) = if is_dict { file_name(scene, *item)? } else { None } {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// The state of an array type says that there are objects among the elements.
pub(super) fn has_objects(scene: &Scene<'_>, state: Value) -> bool {
    const HOLDS_REFERENCES: i64 = 1;
    let View::Node(index) = state.view() else { return false };
    let flags = scene.containers.items(index).and_then(|(items, _)| items.get(7).copied());
    matches!(flags.map(Value::view), Some(View::Int(flags)) if flags & HOLDS_REFERENCES != 0)
}

fn pairs<'a>(scene: &Scene<'a>, state: Value) -> impl Iterator<Item = (Value, Value)> + use<'a> {
    let items = match state.view() {
        View::Node(index) => scene.containers.items(index).map(|(items, _)| items),
        _ => None,
    };
    items.unwrap_or_default().as_chunks::<2>().0.iter().map(|[key, value]| (*key, *value))
}

fn dimensions(scene: &Scene<'_>, value: Value) -> Option<Vec<u64>> {
    match value.view() {
        View::EmptyTuple => Some(Vec::new()),
        View::Node(index) => {
            let (items, 0) = scene.containers.items(index)? else { return None };
            items
                .iter()
                .map(|item| match item.view() {
                    View::Int(size) => u64::try_from(size).ok(),
                    _ => None,
                })
                .collect()
        }
        _ => None,
    }
}

/// The name of an array type, the size of an element, and whether it is an object.
fn element(scene: &Scene<'_>, value: Value) -> Option<(String, u64, bool)> {
    let View::Result(made) = value.view() else { return None };
    let entry = scene.calls.get(made.call)?;
    if scene.names.role(entry.callee) != Role::Dtype {
        return None;
    }
    let Some(Term::Text { text, .. }) = entry.call.arguments.first() else { return None };
    let code = text.trim_start_matches(['<', '>', '|', '=']);
    let (kind, digits) = code.split_at_checked(1)?;
    let digits: u64 = digits.parse().ok()?;
    let size = if kind == "U" { digits.checked_mul(4)? } else { digits };
    Some((text.clone(), size, kind == "O" || entry.objects))
}
