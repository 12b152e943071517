//! What calls and filters come to.

use weighbridge_domain::facts::Holder;

use super::{Called, Folder, mixed};
use crate::formats::chat_template::syntax::{Arguments, Id, Kind, Target};
use crate::formats::chat_template::text_methods;
use crate::formats::chat_template::values::{Computed, Fold, Rest, Value, bounded, items_of, lookup};

/// Methods and filters that give a number, or true or false.
fn counts(name: &str) -> bool {
    name.starts_with("is")
        || matches!(
            name,
            "abs"
                | "count"
                | "endswith"
                | "filesizeformat"
                | "find"
                | "float"
                | "index"
                | "int"
                | "length"
                | "rfind"
                | "rindex"
                | "round"
                | "startswith"
                | "sum"
                | "wordcount"
        )
}

/// Methods and filters after which data is still the same data.
fn keeps(name: &str) -> bool {
    !matches!(
        name,
        "center"
            | "decode"
            | "expandtabs"
            | "format"
            | "format_map"
            | "join"
            | "ljust"
            | "replace"
            | "rjust"
            | "translate"
            | "wordwrap"
    )
}

impl<'t, 's> Folder<'t, 's> {
    pub(super) fn call(&mut self, of: Id, arguments: &Arguments<'s>) -> Fold {
        match self.called(of) {
            Called::Function(name) => self.function(name, arguments),
            Called::Method(receiver, method) => self.method(receiver, method, arguments),
            Called::Other => match self.fold(of).holder {
                // What a computed name gave is called.
                Holder::Object => Fold::OBJECT,
                _ => Fold::DATA,
            },
        }
    }

    fn function(&mut self, name: &str, arguments: &Arguments<'s>) -> Fold {
        if let Some(parameters) = self.macros.get(name).cloned() {
            self.bind(&parameters, arguments);
            return self.variable(&output_of(name)).unwrap_or(Fold::BUILT).made();
        }
        let first = arguments.positional.first().map(|id| self.fold(*id).clone());
        match name {
            "namespace" => Fold::NAMESPACE,
            "cycler" | "joiner" => Fold::OBJECT,
            "dict" => {
                let values: Vec<Fold> =
                    arguments.named.iter().map(|(_, id)| self.fold(*id).clone()).collect();
                let pairs = arguments.named.iter().zip(&values).map(|((name, _), value)| {
                    (Value::text(name), value.values.first().cloned().unwrap_or_else(|| Value::text("")))
                });
                let fold = values.iter().fold(first.unwrap_or(Fold::NONE), |all, one| Fold {
                    rest: all.rest.max(one.rest),
                    ..all
                });
                match bounded(Value::Dictionary(pairs.collect())) {
                    Some(value) if !arguments.named.is_empty() => fold.or(&Fold::known(value)),
                    _ => fold,
                }
            }
            "_" | "gettext" => first.unwrap_or(Fold::DATA),
            "range" => Fold::NUMBER,
            "lipsum" | "caller" | "super" => Fold::BUILT,
            // Letters of the format come out as they are.
            "strftime_now" => {
                let directives = |text: &str| {
                    let mut chars = text.chars();
                    while let Some(c) = chars.next() {
                        if (c == '%' && chars.next().is_none()) || c.is_alphabetic() || c == '_' {
                            return false;
                        }
                    }
                    true
                };
                match first.as_ref().and_then(|fold| fold.only()).and_then(Value::as_text) {
                    Some(format) if directives(format) => Fold::DATA,
                    _ => Fold::BUILT,
                }
            }
            _ => Fold::DATA,
        }
    }

    fn method(&self, receiver: Id, name: &str, arguments: &Arguments<'s>) -> Fold {
        let of = self.fold(receiver);
        match (name, of.holder) {
            ("get" | "pop" | "setdefault", _) => {
                let key = arguments.positional.first().map_or(Fold::NONE, |id| self.fold(*id).clone());
                let other = arguments.positional.get(1).map_or(Fold::NONE, |id| self.fold(*id).clone());
                let mut fold = Fold { values: Vec::new(), ..of.clone() };
                for value in &of.values {
                    let found = key.values.iter().filter_map(|key| lookup(value, key));
                    fold = fold.or(&Fold::of(found));
                    if key.rest != Rest::Nothing || key.values.is_empty() {
                        fold = fold.or(&items_of(value));
                    }
                }
                mixed(&fold, &other)
            }
            // `self.block()`, `loop.cycle(…)`, `cycler.next()`.
            (_, Holder::Object) => match name {
                "cycle" => arguments.positional.iter().fold(Fold::NUMBER, |all, id| all.or(self.fold(*id))),
                "changed" => Fold::NUMBER,
                _ => Fold::BUILT,
            },
            _ => self.apply(receiver, name, arguments),
        }
    }

    /// A method of a text, or the filter of the same name.
    fn apply(&self, receiver: Id, name: &str, arguments: &Arguments<'s>) -> Fold {
        let of = self.fold(receiver);
        let given = self.all(&arguments.positional);
        let named: Option<Vec<_>> =
            arguments.named.iter().map(|(name, id)| Some((*name, self.fold(*id).only()?.clone()))).collect();
        let mut fold = Fold { values: Vec::new(), ..of.clone() };
        if of.values.is_empty() && of.rest <= Rest::Data {
            if counts(name) {
                return Fold::NUMBER;
            }
            let everything = arguments.positional.iter().chain(arguments.named.iter().map(|(_, id)| id));
            let underscored =
                everything.clone().any(|id| self.fold(*id).texts().any(|text| text.contains("__")));
            let replaces = matches!(name, "replace" | "decode");
            let object = of.holder == Holder::Object;
            if object || underscored || (!keeps(name) && !replaces) {
                fold = Fold::BUILT;
            }
        }
        for value in &of.values {
            let applied = match (&given, &named) {
                (Some(given), Some(named)) => text_methods::apply(value, name, given, named),
                _ => None,
            };
            fold = match applied {
                Some(value) => fold.or(&Fold::known(value)),
                None if counts(name) => fold.or(&Fold::NUMBER),
                None => fold.or(&Fold::BUILT),
            };
        }
        if counts(name) {
            return Fold { computed: Computed::No, ..fold };
        }
        let texts = fold.is_made() && !matches!(name, "items" | "keys" | "values" | "list");
        let computed = if name == "translate" {
            Computed::Translated
        } else if texts && of.is_sized() {
            Computed::Yes
        } else {
            Computed::No
        };
        Fold { computed: fold.computed.max(computed), ..fold }
    }

    pub(super) fn filter(&self, of: Id, name: &str, arguments: &Arguments<'s>) -> Fold {
        let value = self.fold(of);
        match name {
            "default" | "d" => {
                let other = arguments.positional.first().map_or(Fold::NUMBER, |id| self.fold(*id).clone());
                mixed(value, &other)
            }
            "first" | "last" | "random" | "min" | "max" => {
                let none = Fold { values: Vec::new(), ..value.clone() };
                let items = value.values.iter().map(|value| {
                    let end = match name {
                        "first" => text_methods::index(value, 0),
                        "last" => text_methods::index(value, -1),
                        _ => None,
                    };
                    match (value, end) {
                        (Value::Text(_), Some(end)) => Fold::known(end).made(),
                        (_, Some(end)) => Fold::known(end),
                        _ => items_of(value),
                    }
                });
                items.fold(none, |all, one| all.or(&one))
            }
            "e" | "escape" | "forceescape" | "safe" => value.clone(),
            // The same items, but which of them, and in which order or shape?
            "unique" | "sort" | "map" | "select" | "reject" | "selectattr" | "rejectattr" | "dictsort"
            | "batch" | "slice" | "groupby" => {
                if value.is_sized() {
                    value.or(&Fold::BUILT)
                } else {
                    value.clone()
                }
            }
            // `a|join` of what is not known is put together all the same.
            "join" if value.values.is_empty() => Fold::BUILT,
            "attr" => {
                let name = arguments.positional.first().map_or(Fold::DATA, |id| self.fold(*id).clone());
                let computed = name.computed != Computed::No || name.rest != Rest::Nothing;
                let holder = if computed { Holder::Object } else { value.holder };
                Fold { holder, ..Fold::DATA }
            }
            _ => self.apply(of, name, arguments),
        }
    }

    fn bind(&mut self, parameters: &[&'s str], arguments: &Arguments<'s>) {
        let positional = parameters.iter().copied().zip(arguments.positional.iter().copied());
        let given: Vec<_> = positional.chain(arguments.named.iter().copied()).collect();
        for (name, id) in given {
            let (fold, origin) = (self.fold(id).clone(), self.origin(id));
            self.assign(&Target { name, attribute: None }, &fold, origin);
        }
    }

    /// What a call of this expression reaches.
    pub(in super::super) fn called(&self, of: Id) -> Called<'t> {
        match self.nodes.get(of).map(|node| &node.kind) {
            Some(Kind::Name(name)) => Called::Function(name),
            Some(Kind::Attribute(receiver, name)) => Called::Method(*receiver, name),
            Some(Kind::Item(receiver, key)) => match self.nodes.get(*key).map(|node| &node.kind) {
                Some(Kind::Text(name, _)) => Called::Method(*receiver, name),
                _ => Called::Other,
            },
            _ => Called::Other,
        }
    }
}

/// The variable that what a macro puts out is kept under.
pub(in crate::formats::chat_template) fn output_of(name: &str) -> String {
    format!("{name}()")
}
