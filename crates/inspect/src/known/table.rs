//! The tables of names, read from text when the first name is asked for.
//!
//! A table is lines under `[section]` headers. A line is `module: name, dotted.name` or `module.*` for a module and all
//! below it, and may end in ` # ` and a remark for the reader of a finding. The section is a capability, with
//! ` weights-only` behind it if torch's weights-only loader has the names in its list.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::{Capability, Known, is_private};

/// All that is known, built once.
pub(super) static TABLE: LazyLock<Table> = LazyLock::new(Table::read);

pub(super) struct Table {
    /// Sorted by module.
    entries: Vec<Entry>,
    /// Where the entries of a module begin and end.
    modules: HashMap<&'static str, std::ops::Range<usize>>,
    /// Where a module and name are listed.
    exact: HashMap<(&'static str, &'static str), usize>,
    /// Where the standard library lists a danger of this name.
    lent: HashMap<&'static str, Vec<usize>>,
    /// Parts of the longest listed module.
    deepest: usize,
    /// By the first part of their module.
    families: HashMap<&'static str, Vec<Entry>>,
    /// What families do not give.
    taken_back: Vec<Entry>,
    /// Sorted: names of classes that are dangerous somewhere, which no pattern may allow elsewhere.
    dangerous_classes: Vec<&'static str>,
    /// `module` of Python 2, and the same of Python 3.
    renamed_modules: HashMap<&'static str, &'static str>,
    /// `module name` of Python 2 by its module: the name, and the same of Python 3.
    renamed_names: HashMap<&'static str, Vec<(&'static str, &'static str)>>,
}

/// One line of a table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) module: &'static str,
    /// Empty for a whole tree: the module and everything below it.
    pub(super) names: &'static str,
    pub(super) capability: Capability,
    pub(super) weights_only: bool,
    /// About Python itself.
    pub(super) standard: bool,
    note: Option<&'static str>,
}

impl Table {
    fn read() -> Self {
        let mut entries = Vec::with_capacity(2048);
        entries.extend(read_entries(include_str!("python.txt"), true));
        entries.extend(read_entries(include_str!("packages.txt"), false));
        entries.extend(read_entries(include_str!("libraries.txt"), false));
        entries.sort_by_key(|entry| entry.module);
        let mut exact = HashMap::with_capacity(8192);
        let mut lent: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, entry) in entries.iter().enumerate().filter(|(_, entry)| !entry.is_tree()) {
            for name in entry.names.split(", ") {
                exact.entry((entry.module, name)).or_insert(at);
                if entry.standard && entry.capability.is_dangerous() && !entry.module.starts_with('*') {
                    lent.entry(name).or_default().push(at);
                }
            }
        }
        let deepest = entries.iter().map(|entry| entry.module.split('.').count()).max().unwrap_or_default();
        let mut dangerous_classes: Vec<&str> = entries
            .iter()
            .filter(|entry| entry.capability.is_dangerous())
            .flat_map(|entry| entry.names.split(", "))
            .filter(|name| is_class_like(name))
            .collect();
        dangerous_classes.sort_unstable();
        let mut modules: HashMap<&str, std::ops::Range<usize>> = HashMap::with_capacity(2048);
        for (at, entry) in entries.iter().enumerate() {
            modules.entry(entry.module).or_insert(at..at).end = at + 1;
        }
        let (mut renamed_modules, mut renamed_names) = (HashMap::new(), HashMap::new());
        for (old, new) in
            read_lines(include_str!("python2.txt")).filter_map(|(_, line)| line.split_once(": "))
        {
            match old.split_once(' ') {
                Some((module, name)) => {
                    renamed_names.entry(module).or_insert_with(Vec::new).push((name, new));
                }
                None => {
                    renamed_modules.insert(old, new);
                }
            }
        }
        let mut families: HashMap<&str, Vec<Entry>> = HashMap::new();
        let mut taken_back = Vec::new();
        for entry in read_entries(include_str!("families.txt"), false) {
            match entry.module.strip_prefix('!') {
                Some(module) => taken_back.push(Entry { module, ..entry }),
                None => families.entry(split_first(entry.module).0).or_default().push(entry),
            }
        }
        Self {
            entries,
            modules,
            exact,
            lent,
            deepest,
            families,
            taken_back,
            dangerous_classes,
            renamed_modules,
            renamed_names,
        }
    }

    /// What a loader of Python 3 makes of a module.
    pub(super) fn renamed_module(&self, module: &str) -> Option<&'static str> {
        self.renamed_modules.get(module).copied()
    }

    /// What a loader of Python 3 makes of a name: its module and name.
    pub(super) fn renamed_name(&self, module: &str, name: &str) -> Option<&'static str> {
        let names = self.renamed_names.get(module)?;
        names.iter().find(|(old, _)| *old == name).map(|(_, new)| *new)
    }

    fn of_module(&self, module: &str) -> &[Entry] {
        let range = self.modules.get(module).cloned().unwrap_or_default();
        self.entries.get(range).unwrap_or_default()
    }

    pub(super) fn exact(&self, module: &str, name: &str) -> Option<&Entry> {
        self.entries.get(*self.exact.get(&(module, name))?)
    }

    /// The innermost tree around `module` whose capability is wanted.
    pub(super) fn tree(&self, module: &str, wanted: impl Fn(Capability) -> bool) -> Option<&Entry> {
        // What is longer than the longest module is below the same trees.
        let end = module.match_indices('.').nth(self.deepest).map_or(module.len(), |(at, _)| at);
        let start = module.get(..end);
        let outwards = std::iter::successors(start, |inner| Some(inner.rsplit_once('.')?.0));
        outwards
            .flat_map(|module| self.of_module(module))
            .find(|entry| entry.is_tree() && wanted(entry.capability))
    }

    /// The worst that a path of attributes, not listed itself, leads to: `os.system` by way of `logging`, the
    /// `__globals__` of a harmless class, a module that another module imports.
    pub(super) fn reached(&self, module: &str, name: &str) -> Option<Known> {
        let full = format!("{module}.{name}");
        let bare = name.trim_start_matches('_');
        let dotted = name.contains('.');
        let standard = is_private(module) || self.tree(module, |_| true).is_some_and(|entry| entry.standard);
        let borrowed = (dotted || standard).then(|| self.along(bare)).into_iter().flatten();
        let harmless = standard && self.tree(module, Capability::is_dangerous).is_none();
        let aliases = self.lent.get(bare).filter(|_| harmless).into_iter().flatten();
        let aliases = aliases.filter_map(|at| self.entries.get(*at));
        let lent = self.exact("**", bare);
        let methods = name.split('.').skip(1).filter_map(|attribute| self.exact("*", attribute));
        // Serialisers write `Class.member`; a path that starts at anything else, or passes through the machinery of
        // the interpreter, reaches whatever its author likes.
        let head = name.split('.').next().unwrap_or_default();
        let lower_case = dotted && head.starts_with(char::is_lowercase) && self.exact(module, head).is_none();
        let escape = (lower_case || name.split('.').any(is_special)).then_some(Known {
            note: Some("a path of attributes that names of ordinary classes and functions do not have (GHSA-5j3x-jp52-966f)"),
            ..Known::plain(Capability::ResolvesNames)
        });
        let entries = self.along(&full).chain(borrowed).chain(aliases).chain(lent).chain(methods);
        let known = entries.map(|entry| Known { exact: false, ..entry.known() });
        escape.into_iter().chain(known).max_by_key(Known::rank)
    }

    /// The dangers met on the way along a path of modules and attributes.
    fn along(&self, path: &str) -> impl Iterator<Item = &Entry> {
        let tree = self.tree(path, Capability::is_dangerous);
        let steps = path
            .match_indices('.')
            .take(self.deepest)
            .filter_map(|(at, dot)| Some((path.get(..at)?, path.get(at + dot.len()..)?)));
        let listed = steps.flat_map(|(module, rest)| {
            self.of_module(module)
                .iter()
                .filter(move |entry| entry.capability.is_dangerous() && entry.begins(rest))
        });
        tree.into_iter().chain(listed)
    }

    pub(super) fn family(&self, module: &str, name: &str) -> Option<&Entry> {
        let clashes = self.dangerous_classes.binary_search(&name).is_ok();
        let matches = |entry: &&Entry| {
            let names = entry.names.split(", ");
            path_matches(Some(entry.module), Some(module))
                && names.into_iter().any(|pattern| {
                    pattern == name || !clashes && is_class_like(name) && word_matches(pattern, name)
                })
        };
        let family = self.families.get(split_first(module).0)?.iter().find(matches)?;
        (!self.taken_back.iter().any(|entry| matches(&entry))).then_some(family)
    }
}

impl Entry {
    const fn is_tree(&self) -> bool {
        self.names.is_empty()
    }

    /// Whether a path of attributes starts with a listed name.
    fn begins(&self, path: &str) -> bool {
        let starts =
            |listed| path.strip_prefix(listed).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        !self.is_tree() && self.names.split(", ").any(starts)
    }

    pub(super) const fn known(&self) -> Known {
        let Self { capability, weights_only, note, .. } = *self;
        Known { capability, exact: !self.is_tree(), weights_only, note }
    }
}

/// The lines of a table that say something, each with the section it stands in.
pub(super) fn read_lines(text: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let mut section = "";
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).filter_map(move |line| {
        let header = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        section = header.unwrap_or(section);
        header.is_none().then_some((section, line))
    })
}

pub(super) fn read_entries(text: &'static str, standard: bool) -> impl Iterator<Item = Entry> {
    read_lines(text).filter_map(move |(section, line)| read_entry(section, line, standard))
}

pub(super) fn read_entry(section: &'static str, line: &'static str, standard: bool) -> Option<Entry> {
    let (line, note) = line.split_once(" # ").map_or((line, None), |(line, note)| (line, Some(note)));
    let (module, names) = line.split_once(": ").or_else(|| Some((line.strip_suffix(".*")?, "")))?;
    let (word, weights_only) =
        section.strip_suffix(" weights-only").map_or((section, false), |word| (word, true));
    Some(Entry { module, names, capability: of_section(word)?, weights_only, standard, note })
}

fn is_special(attribute: &str) -> bool {
    attribute.len() > 4 && attribute.starts_with("__") && attribute.ends_with("__")
}

/// `CapWord`; neither a constant (`MODEL_NAMES`) nor a one-letter alias of a module (`F`).
fn is_class_like(name: &str) -> bool {
    name.len() > 1
        && name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
        && (!name.contains('_') || name.contains(|letter: char| letter.is_ascii_lowercase()))
}

/// Matches the parts of a module path one by one; `**` stands for any number of parts.
fn path_matches(pattern: Option<&str>, module: Option<&str>) -> bool {
    let Some(pattern) = pattern else { return module.is_none() };
    let (head, rest) = split_first(pattern);
    if head == "**" {
        return path_matches(rest, module)
            || module.is_some_and(|module| path_matches(Some(pattern), split_first(module).1));
    }
    module.is_some_and(|module| {
        let (part, others) = split_first(module);
        word_matches(head, part) && path_matches(rest, others)
    })
}

fn split_first(path: &str) -> (&str, Option<&str>) {
    path.split_once('.').map_or((path, None), |(part, rest)| (part, Some(rest)))
}

/// Matches one word against a pattern in which one `*` may stand for any text.
fn word_matches(pattern: &str, word: &str) -> bool {
    pattern.split_once('*').map_or(pattern == word, |(start, end)| {
        word.strip_prefix(start).is_some_and(|rest| rest.ends_with(end))
    })
}

/// The capability a section of a table is about.
pub(super) fn of_section(word: &str) -> Option<Capability> {
    Some(match word {
        "data" => Capability::Data,
        "value" => Capability::Value,
        "rebuild" => Capability::Rebuild,
        "wraps" => Capability::Wraps,
        "runs-code" => Capability::RunsCode,
        "starts-process" => Capability::StartsProcess,
        "resolves-names" => Capability::ResolvesNames,
        "loads" => Capability::Loads,
        "native" => Capability::Native,
        "writes-files" => Capability::WritesFiles,
        "reads-files" => Capability::ReadsFiles,
        "network" => Capability::Network,
        "process-state" => Capability::ProcessState,
        "carries-code" => Capability::CarriesCode,
        "unknown" => Capability::Unknown,
        "unknown-private" => Capability::UnknownPrivate,
        _ => return None,
    })
}
