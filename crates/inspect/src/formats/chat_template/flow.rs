//! What a template puts out as it stands.

use weighbridge_domain::facts::Construct;

use super::fold::{Called, Folder};
use super::read::Notes;
use super::syntax::{Id, Kind, Operator, Template};
use crate::text::kept;

/// Bytes kept of a text that is put out.
const LONGEST_OUTPUT: usize = 64 << 10;

pub(super) fn note_output(notes: &mut Notes, at: usize, text: &str, continued: bool) {
    if !text.trim().is_empty() {
        if text.len() > LONGEST_OUTPUT {
            notes.full = true;
        }
        notes.add(at, Construct::Output { text: kept(text.as_bytes(), LONGEST_OUTPUT), continued });
    }
}

/// Notes the constants that flow from an expression to the output.
pub(super) fn note_flow(template: &Template<'_>, folder: &Folder<'_, '_>, id: Id, notes: &mut Notes) {
    let mut waiting = vec![(id, false)];
    while let Some((id, continued)) = waiting.pop() {
        let Some(node) = template.nodes.get(id) else { continue };
        if !matches!(node.kind, Kind::Text(..) | Kind::Name(_) | Kind::Choice { .. }) {
            let mut whole = folder.fold(id).texts().peekable();
            if whole.peek().is_some() {
                whole.for_each(|text| note_output(notes, node.start, text, continued));
                continue;
            }
        }
        match &node.kind {
            Kind::Text(text, _) => note_output(notes, node.start, text, continued),
            Kind::Binary(Operator::Add | Operator::Concatenate, left, right) => {
                waiting.push((*left, true));
                waiting.push((*right, continued));
            }
            Kind::Binary(Operator::And | Operator::Or, left, right) => {
                waiting.push((*left, continued));
                waiting.push((*right, continued));
            }
            Kind::Binary(Operator::Modulo | Operator::Multiply, left, _) => waiting.push((*left, continued)),
            Kind::Choice { yes, no, .. } => {
                waiting.push((*yes, continued));
                waiting.extend(no.map(|no| (no, continued)));
            }
            Kind::Filter(of, name, arguments) => {
                waiting.extend(of.map(|of| (of, continued)));
                if matches!(*name, "default" | "d") {
                    waiting.extend(arguments.positional.iter().map(|id| (*id, continued)));
                }
            }
            Kind::Call(of, arguments) => match folder.called(*of) {
                Called::Method(value, "join" | "format" | "replace") => {
                    waiting.push((value, true));
                    waiting.extend(arguments.positional.iter().map(|id| (*id, continued)));
                }
                Called::Method(value, _) => waiting.push((value, continued)),
                _ => waiting.extend(arguments.named.iter().map(|(_, id)| (*id, continued))),
            },
            Kind::List(items) => waiting.extend(items.iter().map(|id| (*id, continued))),
            Kind::Item(of, _) | Kind::Slice(of, _) => waiting.push((*of, continued)),
            Kind::Dictionary(pairs) => waiting.extend(pairs.iter().map(|(_, id)| (*id, continued))),
            _ => {}
        }
    }
}
