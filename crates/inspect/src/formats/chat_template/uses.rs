//! What expressions do: the attributes they reach, what they call, compare, replace, repeat and put out.

use std::collections::HashSet;

use weighbridge_domain::facts::{Access, Construct, Holder, Made};

use super::fold::{Called, Folder};
use super::growth::rounds;
use super::read::Notes;
use super::syntax::{Arguments, Id, Kind, Operator, Template};
use super::values::{Computed, Rest, Value, lookup};
use crate::text::kept;

/// Bytes kept of an expression as written.
const EXCERPT: usize = 200;

/// An expression as written.
pub(super) fn excerpt(source: &str, template: &Template<'_>, id: Id) -> String {
    let range = template.nodes.get(id).map_or(0..0, |node| node.start..node.end);
    kept(source.get(range).unwrap_or_default().as_bytes(), EXCERPT)
}

struct Uses<'a, 't, 's> {
    source: &'a str,
    template: &'t Template<'s>,
    folder: &'a Folder<'t, 's>,
    notes: &'a mut Notes,
    /// Every name that is used as an attribute or key.
    keys: HashSet<String>,
}

/// Notes what every expression does.
pub(super) fn note<'t, 's>(
    source: &str,
    template: &'t Template<'s>,
    folder: &Folder<'t, 's>,
    notes: &mut Notes,
) {
    let mut keys = HashSet::new();
    for node in &template.nodes {
        match &node.kind {
            Kind::Attribute(_, name) => {
                keys.insert((*name).to_owned());
            }
            Kind::Item(_, key) => keys.extend(folder.fold(*key).texts().map(str::to_owned)),
            _ => {}
        }
    }
    let mut uses = Uses { source, template, folder, notes, keys };
    for (id, node) in template.nodes.iter().enumerate() {
        uses.node(id, node.start, &node.kind);
    }
}

impl Uses<'_, '_, '_> {
    fn excerpt(&self, id: Id) -> String {
        excerpt(self.source, self.template, id)
    }

    fn node(&mut self, id: Id, at: usize, kind: &Kind<'_>) {
        match kind {
            Kind::Text(text, known) => self.name_like(at, text, !known),
            Kind::Attribute(_, name) => self.attribute(id, at, Some(name), Access::Dot),
            Kind::Item(of, key) => {
                self.attributes(id, at, Some(*of), *key, Access::Subscript);
                self.table(at, *of, *key);
            }
            Kind::Call(of, arguments) => {
                self.arguments(at, arguments);
                self.call(id, at, *of, arguments);
            }
            Kind::Filter(of, name, arguments) => {
                self.arguments(at, arguments);
                self.filter(id, at, *of, name, arguments);
            }
            Kind::Test(of, "in" | "eq" | "equalto" | "sameas" | "==" | "ne" | "!=", arguments) => {
                for value in &arguments.positional {
                    self.comparison(at, *of, *value);
                }
            }
            Kind::Binary(operator, left, right) => self.binary(id, at, *operator, *left, *right),
            _ => {}
        }
        let computed = matches!(
            kind,
            Kind::Binary(..) | Kind::Call(..) | Kind::Filter(..) | Kind::Slice(..) | Kind::Item(..)
        );
        if computed {
            let texts: Vec<_> = self.folder.fold(id).texts().map(str::to_owned).collect();
            for text in texts {
                self.name_like(at, &text, true);
            }
        }
    }

    /// A text that could be the name of an attribute.
    fn name_like(&mut self, at: usize, text: &str, computed: bool) {
        let like = text.contains('_') && text.len() <= EXCERPT && !text.contains(char::is_whitespace);
        if like {
            self.notes.add(at, Construct::Text { text: text.to_owned(), computed });
        }
    }

    fn arguments(&mut self, at: usize, arguments: &Arguments<'_>) {
        for (name, _) in &arguments.named {
            self.name_like(at, name, false);
        }
    }

    fn attribute(&mut self, id: Id, at: usize, name: Option<&str>, access: Access) {
        self.made_attribute(id, at, name, access, Made::Found, Holder::Data);
    }

    fn made_attribute(
        &mut self,
        id: Id,
        at: usize,
        name: Option<&str>,
        access: Access,
        made: Made,
        of: Holder,
    ) {
        let name = name.map(|name| kept(name.as_bytes(), EXCERPT));
        let text = self.excerpt(id);
        self.notes.add(at, Construct::Attribute { name, access, made, of, text });
    }

    /// The attributes that an expression may name.
    fn attributes(&mut self, id: Id, at: usize, of: Option<Id>, name: Id, access: Access) {
        let folder = self.folder;
        let key = folder.fold(name);
        let base = of.map(|of| folder.fold(of));
        let mut holder = base.map_or(Holder::Data, |base| base.holder);
        // What a table certainly has is an item, whatever the name is made of.
        let has = |key: &Value| {
            base.is_some_and(|base| base.only().is_some_and(|table| lookup(table, key).is_some()))
        };
        if key.rest == Rest::Nothing && key.values.iter().all(has) {
            holder = Holder::Data;
        }
        let made = match key.computed {
            Computed::No if key.rest == Rest::Built => self.built(name),
            Computed::No => Made::Found,
            Computed::Yes => self.built(name),
            Computed::Translated => Made::Translated,
        };
        for name in key.texts() {
            for part in name.split(if access == Access::Filter { '.' } else { '\0' }) {
                self.made_attribute(id, at, Some(part), access, made.clone(), holder);
            }
        }
        let unknown = match (access, key.rest) {
            (_, Rest::Built) => true,
            (Access::Filter, Rest::Data) => key.values.is_empty(),
            (_, Rest::Data) => holder == Holder::Object,
            _ => false,
        };
        if unknown {
            self.made_attribute(id, at, None, access, made, holder);
        }
    }

    /// What a text that is put together begins and ends with.
    fn built(&self, id: Id) -> Made {
        let end = |last: bool| {
            let mut id = id;
            while let Some(Kind::Binary(Operator::Concatenate | Operator::Add, left, right)) =
                self.template.nodes.get(id).map(|node| &node.kind)
            {
                id = if last { *right } else { *left };
            }
            let text = self.folder.fold(id).only().and_then(Value::as_text);
            text.map(|text| kept(text.as_bytes(), EXCERPT)).unwrap_or_default()
        };
        Made::Built(end(false), end(true))
    }

    fn call(&mut self, id: Id, at: usize, of: Id, arguments: &Arguments<'_>) {
        let text = self.excerpt(id);
        let key = match self.template.nodes.get(of).map(|node| &node.kind) {
            Some(Kind::Item(_, key)) => self.folder.fold(*key).texts().next().map(str::to_owned),
            _ => None,
        };
        let (name, defined) = match (self.folder.called(of), key) {
            (_, Some(key)) => (Some(format!(".{key}")), false),
            (Called::Function(name), _) if self.folder.is_macro(name) => (Some(name.to_owned()), true),
            // A variable is what it was made of: `{% set f = value.name %}{{ f() }}`.
            (Called::Function(name), _) if self.folder.is_variable(name) => match self.folder.origin(of) {
                Some(origin) if &*origin != name => (Some(origin.to_string()), self.folder.is_macro(&origin)),
                _ => (Some(name.to_owned()), true),
            },
            (Called::Function(name), _) => (Some(name.to_owned()), false),
            (Called::Method(_, name), _) => (Some(format!(".{name}")), false),
            (Called::Other, _) => (None, self.is_listed_macro(of)),
        };
        let name = name.map(|name| kept(name.as_bytes(), EXCERPT));
        self.notes.add(at, Construct::Call { name, defined, text });
        match self.folder.called(of) {
            Called::Method(value, name) => self.method(id, at, value, name, arguments),
            Called::Function("lipsum") => self.sizes(id, at, arguments),
            Called::Function("range") => {
                let count = rounds(self.template, self.folder, id);
                self.repetition(id, at, count);
            }
            _ => {}
        }
    }

    /// An item of a list that the template itself made.
    fn is_listed_macro(&self, callee: Id) -> bool {
        let Some(Kind::Item(list, _)) = self.template.nodes.get(callee).map(|node| &node.kind) else {
            return false;
        };
        let Some(Kind::Name(name)) = self.template.nodes.get(*list).map(|node| &node.kind) else {
            return false;
        };
        self.folder.is_variable(name) && self.folder.origin(*list).is_some_and(|origin| *origin == **name)
    }

    fn method(&mut self, id: Id, at: usize, value: Id, name: &str, arguments: &Arguments<'_>) {
        let first = arguments.positional.first().copied();
        match (name, first) {
            ("format" | "format_map", _) => {
                self.format_fields(id, at, value);
                self.format_widths(id, at, value, arguments);
            }
            (
                "startswith" | "endswith" | "find" | "rfind" | "index" | "rindex" | "count" | "__contains__",
                Some(literal),
            ) => {
                self.comparison(at, value, literal);
            }
            ("replace", Some(literal)) => self.replacement(at, value, literal, arguments),
            ("get", Some(key)) => {
                self.table(at, value, key);
                let names: Vec<String> = self.folder.fold(key).texts().map(str::to_owned).collect();
                for name in &names {
                    self.attribute(id, at, Some(name), Access::Subscript);
                }
            }
            ("center" | "ljust" | "rjust" | "zfill" | "expandtabs", _) => self.sizes(id, at, arguments),
            _ => {}
        }
    }

    fn filter(&mut self, id: Id, at: usize, of: Option<Id>, name: &str, arguments: &Arguments<'_>) {
        let first = arguments.positional.first().copied();
        let named = arguments.named.iter().find(|(name, _)| *name == "attribute").map(|(_, id)| *id);
        let first_text = first.and_then(|id| self.folder.fold(id).texts().next().map(str::to_owned));
        match name {
            "attr" => match first.or_else(|| arguments.named.first().map(|(_, id)| *id)) {
                Some(name) => self.attributes(id, at, of, name, Access::Filter),
                None => self.attribute(id, at, None, Access::Filter),
            },
            // `map("attr", "name")` applies the filter `attr`.
            "map" if first_text.as_deref() == Some("attr") => {
                if let Some(name) = arguments.positional.get(1) {
                    self.attributes(id, at, None, *name, Access::Filter);
                }
            }
            "selectattr" | "rejectattr" | "groupby" => {
                if let Some(name) = first.or(named) {
                    self.attributes(id, at, None, name, Access::Filter);
                }
                if let Some(value) = arguments.positional.get(2) {
                    self.comparison(at, first.unwrap_or(id), *value);
                }
            }
            "select" | "reject" => {
                if let (Some(of), Some(value)) = (of, arguments.positional.get(1)) {
                    self.comparison(at, of, *value);
                }
            }
            "replace" => {
                if let (Some(of), Some(literal)) = (of, first) {
                    self.replacement(at, of, literal, arguments);
                }
            }
            "batch" | "center" | "indent" | "slice" => self.sizes(id, at, arguments),
            "format" => {
                if let Some(of) = of {
                    self.format_widths(id, at, of, arguments);
                }
            }
            _ => {}
        }
        if let Some(name) = named {
            self.attributes(id, at, None, name, Access::Filter);
        }
    }

    fn binary(&mut self, id: Id, at: usize, operator: Operator, left: Id, right: Id) {
        match operator {
            Operator::In | Operator::NotIn => {
                if self.folder.fold(left).texts().next().is_some() {
                    self.comparison(at, right, left);
                }
                let listed = self.folder.fold(right).values.iter().any(|v| matches!(v, Value::List(_)));
                if listed {
                    self.comparison(at, left, right);
                }
            }
            Operator::Equal | Operator::NotEqual | Operator::Order => {
                let literal =
                    |id: Id| matches!(self.template.nodes.get(id).map(|n| &n.kind), Some(Kind::Text(..)));
                let known = |id: Id| self.folder.fold(id).texts().next().is_some();
                if literal(right) || (known(right) && !literal(left)) {
                    self.comparison(at, left, right);
                } else if known(left) {
                    self.comparison(at, right, left);
                }
            }
            Operator::Multiply => {
                let length = |id: Id| match self.folder.fold(id).values.first() {
                    Some(Value::Text(text)) => Some(text.len() as u64),
                    Some(Value::List(items)) => Some(items.len() as u64),
                    _ => None,
                };
                let (a, b) = (length(left).or(length(right)), self.number(left).or(self.number(right)));
                if let (Some(length), Some(times)) = (a, b) {
                    self.repetition(id, at, length.saturating_mul(times));
                }
            }
            Operator::Power => {
                if let (Some(2..), Some(exponent)) = (self.number(left), self.number(right)) {
                    self.repetition(id, at, exponent);
                }
            }
            Operator::Modulo => {
                self.widths(id, at, left);
                // `%*d` takes its width from what is given.
                if self.folder.fold(left).texts().any(|text| text.contains('*'))
                    && let Some(Kind::List(items)) = self.template.nodes.get(right).map(|node| &node.kind)
                    && let Some(size) = items.iter().filter_map(|item| self.number(*item)).max()
                {
                    self.repetition(id, at, size);
                }
            }
            _ => {}
        }
    }

    fn number(&self, id: Id) -> Option<u64> {
        self.folder.fold(id).values.iter().find_map(|value| match value {
            Value::Integer(value) => u64::try_from(*value).ok(),
            _ => None,
        })
    }

    /// The largest number that is given.
    fn sizes(&mut self, id: Id, at: usize, arguments: &Arguments<'_>) {
        let given = arguments.positional.iter().chain(arguments.named.iter().map(|(_, id)| id));
        if let Some(size) = given.filter_map(|id| self.number(*id)).max() {
            self.repetition(id, at, size);
        }
    }

    /// The widths in a format string, and those that are given to it.
    fn format_widths(&mut self, id: Id, at: usize, format: Id, arguments: &Arguments<'_>) {
        let given = |text: &str| text.contains('*') || text.contains(":{") || text.contains(['<', '>', '^']);
        self.widths(id, at, format);
        if self.folder.fold(format).texts().any(given) {
            self.sizes(id, at, arguments);
        }
    }

    fn repetition(&mut self, id: Id, at: usize, times: u64) {
        if times > 1 {
            let text = self.excerpt(id);
            self.notes.add(at, Construct::Repetition { times, text });
        }
    }

    /// The widths in a format string: `%1000d`, `{:>1000}`.
    fn widths(&mut self, id: Id, at: usize, format: Id) {
        let widest = self
            .folder
            .fold(format)
            .texts()
            .flat_map(|text| text.split(['%', ':']).skip(1))
            .filter_map(|field| {
                let digits = field.trim_start_matches(|c: char| !c.is_ascii_digit());
                let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
                digits.get(..end)?.parse::<u64>().ok()
            })
            .max();
        if let Some(widest) = widest {
            self.repetition(id, at, widest);
        }
    }

    /// The attributes that the fields of a format string reach: `"{0.name[key]}"`.
    fn format_fields(&mut self, id: Id, at: usize, format: Id) {
        let texts: Vec<String> = self.folder.fold(format).texts().map(str::to_owned).collect();
        for field in texts.iter().flat_map(|text| text.split('{').skip(1)) {
            let path = field.split(['}', ':', '!']).next().unwrap_or_default();
            for part in path.split(['.', '[', ']']).skip(1).filter(|part| !part.is_empty()) {
                self.attribute(id, at, Some(part), Access::Format);
            }
        }
        if self.folder.fold(format).rest == Rest::Built {
            self.attribute(id, at, None, Access::Format);
        }
    }

    /// A value is compared with a text, or with each text of a list.
    fn comparison(&mut self, at: usize, subject: Id, literal: Id) {
        let constant = self.folder.origin(subject).is_none() && !self.folder.fold(subject).values.is_empty();
        let written = self.template.nodes.get(subject).map(|node| &node.kind);
        if constant || matches!(written, Some(Kind::Literal | Kind::Integer(_) | Kind::Text(..))) {
            return;
        }
        let texts: Vec<String> = self.folder.fold(literal).values.iter().flat_map(texts_in).collect();
        for literal in texts {
            let construct = Construct::Comparison {
                subject: self.excerpt(subject),
                origin: self.folder.origin(subject).map(|origin| kept(origin.as_bytes(), EXCERPT)),
                key: self.keys.contains(&literal),
                literal: kept(literal.as_bytes(), EXCERPT),
            };
            self.notes.add(at, construct);
        }
    }

    /// A value is looked up in a table of the template.
    fn table(&mut self, at: usize, table: Id, key: Id) {
        if self.folder.fold(key).values.is_empty() {
            let texts: Vec<String> = self
                .folder
                .fold(table)
                .values
                .iter()
                .filter_map(|value| if let Value::Dictionary(pairs) = value { Some(pairs) } else { None })
                .flat_map(|pairs| pairs.iter().filter_map(|(key, _)| key.as_text().map(str::to_owned)))
                .take(64)
                .collect();
            for literal in texts {
                let construct = Construct::Comparison {
                    subject: self.excerpt(key),
                    origin: self.folder.origin(key).map(|origin| kept(origin.as_bytes(), EXCERPT)),
                    key: self.keys.contains(&literal),
                    literal: kept(literal.as_bytes(), EXCERPT),
                };
                self.notes.add(at, construct);
            }
        }
    }

    fn replacement(&mut self, at: usize, value: Id, literal: Id, arguments: &Arguments<'_>) {
        let text = |id: Id| self.folder.fold(id).texts().next().map(|text| kept(text.as_bytes(), EXCERPT));
        if let Some(literal) = text(literal) {
            let construct = Construct::Replacement {
                origin: self.folder.origin(value).map(|origin| kept(origin.as_bytes(), EXCERPT)),
                literal,
                replacement: arguments.positional.get(1).and_then(|id| text(*id)),
            };
            self.notes.add(at, construct);
        }
    }
}

/// A text, or the texts of a list.
fn texts_in(value: &Value) -> Vec<String> {
    match value {
        Value::Text(text) => vec![text.to_string()],
        Value::List(items) => items.iter().filter_map(Value::as_text).take(64).map(str::to_owned).collect(),
        Value::Integer(_) | Value::Dictionary(_) => Vec::new(),
    }
}

/// Names such as `__class__` in a piece of source.
pub(super) fn internal_names(source: &str) -> impl Iterator<Item = &str> {
    source
        .split(|c: char| c != '_' && !c.is_alphanumeric())
        .filter(|word| word.len() > 4 && word.starts_with("__") && word.ends_with("__"))
}

/// Which expressions are evaluated only sometimes: the branches of a choice, the right of `and` and `or`.
pub(super) fn conditional(template: &Template<'_>) -> Vec<bool> {
    let mut marks = vec![false; template.nodes.len()];
    let mark = |marks: &mut Vec<bool>, id: Id| {
        if let Some(mark) = marks.get_mut(id) {
            *mark = true;
        }
    };
    for (id, node) in template.nodes.iter().enumerate().rev() {
        match &node.kind {
            Kind::Choice { yes, no, .. } => {
                mark(&mut marks, *yes);
                if let Some(no) = no {
                    mark(&mut marks, *no);
                }
            }
            Kind::Binary(Operator::And | Operator::Or, _, right) => mark(&mut marks, *right),
            _ => {}
        }
        if marks.get(id).copied().unwrap_or_default() {
            node.kind.for_parts(|part| mark(&mut marks, part));
        }
    }
    marks
}
