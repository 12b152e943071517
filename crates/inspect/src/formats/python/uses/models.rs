//! Models that a file asks a hub for.

use ruff_python_ast as ast;
use ruff_text_size::Ranged as _;
use weighbridge_domain::facts::{ModelReference, What};

use crate::formats::python::reader::Reader;
use crate::formats::python::value::Value;

impl<'a> Reader<'a> {
    /// A model is asked for.
    pub(super) fn asks_hub(&mut self, asked_by: &str, call: &'a ast::ExprCall) {
        let arguments = self.arguments(call, 8);
        let of = |wanted: &[&str]| {
            let mut named = arguments
                .iter()
                .filter(|(name, _)| name.as_deref().is_some_and(|name| wanted.contains(&name)));
            named.next().map(|(_, value)| value)
        };
        let trusts = of(&["trust_remote_code"]).is_some_and(|value| matches!(value, Value::Word("True")));
        let position = usize::from(asked_by == "transformers.pipeline");
        let positional = arguments.get(position).filter(|(name, _)| name.is_none()).map(|(_, value)| value);
        let name = of(&[
            "repo_id",
            "model",
            "pretrained_model_name_or_path",
            "repo_or_dir",
            "model_name",
            "model_id",
        ]);
        let mut name = name.or(positional).and_then(Value::as_text).unwrap_or_default().to_owned();
        if asked_by == "torch.hub.load"
            && let Some(Value::Text(model)) = arguments.get(1).map(|(_, value)| value)
        {
            name = format!("{name} {model}");
        }
        if trusts {
            let all: Vec<_> = arguments.iter().take(8).cloned().collect();
            self.note_use(call.range(), asked_by, Some(&all));
        }
        if name.is_empty() || name.len() > 300 {
            return;
        }
        let reference = ModelReference {
            asked_by: asked_by.to_owned(),
            name,
            revision: of(&["revision"]).and_then(Value::as_text).map(str::to_owned),
            trusts_remote_code: trusts,
            text: self.line(call.range().start().to_usize()),
        };
        self.note(call.range(), What::ModelReference(reference));
    }
}
