//! How much memory a fact takes, roughly.

use weighbridge_domain::facts::{
    Address, Argument, Call, Card, Command, Construct, Entry, EntryKind, Fact, Image, Licence, Made,
    ModelReference, Name, Operator, Origin, Package, Program, Secret, Tensor, Term, Use, What,
};

/// Bytes that an allocation takes beside its content.
const ALLOCATION: usize = 16;

/// The memory of a fact.
pub(super) fn weight(what: &What) -> u64 {
    size_of::<Fact>().saturating_add(content(what)) as u64
}

fn content(what: &What) -> usize {
    match what {
        What::Import(import) => import.name.as_ref().map_or(0, name),
        What::Call(called) => call(called),
        What::Code { names } => all(names, |name| text(name)),
        What::Tensor(one) => tensor(one),
        What::ExternalTensor(one) => text(&one.file).saturating_add(tensor(&one.tensor)),
        What::Metadata { key: one, value: other }
        | What::Setting { key: one, value: other }
        | What::Directive { key: one, value: other }
        | What::Tagged { key: one, tag: other }
        | What::Shard { tensor: one, file: other } => text(one).saturating_add(text(other)),
        What::Entry(Entry { name, kind, .. }) => text(name).saturating_add(match kind {
            EntryKind::Symlink { target } | EntryKind::HardLink { target } => text(target),
            EntryKind::File | EntryKind::Folder | EntryKind::Special => 0,
        }),
        What::Use(Use { name, arguments, within, text: source, .. }) => {
            let arguments = arguments.as_ref().map_or(0, |arguments| all(arguments, argument));
            text(name).saturating_add(arguments).saturating_add(text(within)).saturating_add(text(source))
        }
        What::Command(Command { programs, text: source, .. }) => {
            all(programs, program).saturating_add(text(source))
        }
        What::ModelReference(ModelReference { asked_by, name, revision, text: source, .. }) => {
            let names = text(asked_by).saturating_add(text(name)).saturating_add(some(revision.as_ref()));
            names.saturating_add(text(source))
        }
        What::Image(Image { asked_by, name, tag, digest }) => {
            let names = text(asked_by).saturating_add(text(name));
            names.saturating_add(some(tag.as_ref())).saturating_add(some(digest.as_ref()))
        }
        What::Package(package) => self::package(package),
        What::PackageIndex(index) => text(&index.index),
        What::PackageScript(script) => text(&script.name),
        What::Licence(licence) => self::licence(licence),
        What::Passage(passage) => text(&passage.text),
        What::Secret(Secret { masked, fingerprint, .. }) => {
            text(masked).saturating_add(some(fingerprint.as_ref()))
        }
        What::Address(Address { value, .. }) => text(value),
        What::RuleMatch(found) => {
            let names = text(&found.rule)
                .saturating_add(text(&found.namespace))
                .saturating_add(all(&found.tags, |tag| text(tag)));
            names.saturating_add(some(found.description.as_ref()))
        }
        What::Card(card) => self::card(card),
        What::Template(construct) => texts(construct),
        What::Operator(Operator { domain, name, node, .. }) => {
            text(domain).saturating_add(text(name)).saturating_add(text(node))
        }
        What::Object(object) => name(&object.name).saturating_add(text(&object.path)),
        What::Reference(reference) => text(&reference.target),
        What::Link { target: one, .. } | What::NameDisagrees { extension: one, .. } => text(one),
        What::Problem(problem) | What::Archive(problem) => text(&problem.detail),
        What::Encoded(_)
        | What::Polyglot { .. }
        | What::Program { .. }
        | What::Scattered
        | What::Split { .. }
        | What::Vocabulary { .. }
        | What::Weights(_) => 0,
    }
}

fn text(text: &str) -> usize {
    text.len().saturating_add(ALLOCATION)
}

fn all<T>(items: &[T], one: impl Fn(&T) -> usize) -> usize {
    let content = |sum: usize, item: &T| sum.saturating_add(size_of::<T>()).saturating_add(one(item));
    items.iter().fold(ALLOCATION, content)
}

fn some(one: Option<&String>) -> usize {
    one.map_or(0, |one| text(one))
}

fn program(program: &Program) -> usize {
    let redirects = all(&program.redirects, |redirect| text(&redirect.target));
    all(&program.words, |word| text(word)).saturating_add(redirects)
}

fn argument(argument: &Argument) -> usize {
    some(argument.name.as_ref()).saturating_add(term(&argument.value))
}

fn package(package: &Package) -> usize {
    let Package { name, constraint, pin, hashes, origin, group, .. } = package;
    let origin = match origin {
        Origin::Index => 0,
        Origin::NamedIndex { index: one } | Origin::Url { url: one } | Origin::Path { path: one } => {
            text(one)
        }
        Origin::Repository { url, revision } => text(url).saturating_add(some(revision.as_ref())),
    };
    let names = text(name)
        .saturating_add(text(constraint))
        .saturating_add(some(pin.as_ref()))
        .saturating_add(text(group));
    names.saturating_add(all(hashes, |hash| text(hash))).saturating_add(origin)
}

fn licence(licence: &Licence) -> usize {
    let nearest = licence
        .nearest
        .as_ref()
        .map_or(0, |nearest| text(&nearest.id).saturating_add(all(&nearest.difference, |line| text(line))));
    some(licence.id.as_ref()).saturating_add(text(&licence.stated)).saturating_add(nearest)
}

fn card(card: &Card) -> usize {
    let Card { sections, base_models, relation, datasets, tags, links, metrics, parameters, context } = card;
    let lists = [base_models, datasets, tags, links].into_iter();
    let lists = lists.fold(0, |sum: usize, list| sum.saturating_add(all(list, |one| text(one))));
    let metrics = all(metrics, |metric| {
        text(&metric.name).saturating_add(text(&metric.value)).saturating_add(some(metric.dataset.as_ref()))
    });
    let numbers =
        all(parameters, |(shown, _)| text(shown)).saturating_add(all(context, |(shown, _)| text(shown)));
    let rest = all(sections, |_| 0).saturating_add(some(relation.as_ref())).saturating_add(numbers);
    lists.saturating_add(metrics).saturating_add(rest)
}

fn name(name: &Name) -> usize {
    text(&name.module).saturating_add(text(&name.name))
}

fn tensor(tensor: &Tensor) -> usize {
    text(&tensor.name).saturating_add(text(&tensor.dtype)).saturating_add(all(&tensor.shape, |_| 0))
}

fn call(call: &Call) -> usize {
    let callee = size_of::<Term>().saturating_add(ALLOCATION).saturating_add(term(&call.callee));
    callee.saturating_add(all(&call.arguments, term))
}

fn term(one: &Term) -> usize {
    match one {
        Term::Text { text: content, .. } | Term::Literal { text: content } => text(content),
        Term::Global(global) => name(global),
        Term::Call(inner) => call(inner),
        Term::Items { kind, items, .. } => text(kind).saturating_add(all(items, term)),
        Term::Bytes { .. } | Term::Unknown => 0,
    }
}

fn texts(construct: &Construct) -> usize {
    match construct {
        Construct::Attribute { name, made, text: source, .. } => {
            let made = match made {
                Made::Built(one, other) => text(one).saturating_add(text(other)),
                Made::Found | Made::Translated => 0,
            };
            some(name.as_ref()).saturating_add(made).saturating_add(text(source))
        }
        Construct::Load { statement: one, target: other }
        | Construct::Call { name: other, text: one, .. } => text(one).saturating_add(some(other.as_ref())),
        Construct::Comparison { subject, origin, literal, .. } => {
            text(subject).saturating_add(some(origin.as_ref())).saturating_add(text(literal))
        }
        Construct::Replacement { origin, literal, replacement } => {
            some(origin.as_ref()).saturating_add(text(literal)).saturating_add(some(replacement.as_ref()))
        }
        Construct::Text { text: one, .. }
        | Construct::Output { text: one, .. }
        | Construct::Repetition { text: one, .. }
        | Construct::Growth { text: one, .. }
        | Construct::Recursion { name: one } => text(one),
    }
}
