//! What a name does that program text uses. The names are data: `effects.txt` for Python, `effects/` for other languages, in
//! the form of the other tables.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::table::read_lines;

/// What a function, class or object of Python does to the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Undoes an encoding: Base64, compression, a cipher.
    Decodes,
    /// Reads files.
    Reads,
    /// Writes, moves or removes files.
    Writes,
    /// Reads the environment or stored credentials.
    Environment,
    /// Fetches a model, and perhaps its code, by name.
    Hub,
    /// Reads a format that can run code.
    Loads,
    /// Imports a module by a name or path that is a value.
    Imports,
    /// Talks to other hosts.
    Network,
    /// Compiles, loads or calls native code.
    Native,
    /// Runs text, code or a function that is a value.
    RunsCode,
    /// Starts a process.
    StartsProcess,
}

impl Effect {
    fn of_section(word: &str) -> Option<Self> {
        Some(match word {
            "decodes" => Self::Decodes,
            "reads" => Self::Reads,
            "writes" => Self::Writes,
            "environment" => Self::Environment,
            "hub" => Self::Hub,
            "loads" => Self::Loads,
            "imports" => Self::Imports,
            "network" => Self::Network,
            "native" => Self::Native,
            "runs-code" => Self::RunsCode,
            "starts-process" => Self::StartsProcess,
            _ => return None,
        })
    }
}

#[derive(Debug, Default)]
struct Table {
    names: HashMap<String, Effect>,
    /// The names of a module, as they are listed.
    modules: HashMap<&'static str, Vec<&'static str>>,
    trees: HashMap<&'static str, Effect>,
    /// First parts of all of these.
    roots: HashSet<&'static str>,
}

static PYTHON: LazyLock<Table> = LazyLock::new(|| read(include_str!("effects.txt")));
static JAVASCRIPT: LazyLock<Table> = LazyLock::new(|| read(include_str!("effects/javascript.txt")));
static JAVA: LazyLock<Table> = LazyLock::new(|| read(include_str!("effects/java.txt")));

fn read(text: &'static str) -> Table {
    let mut table = Table::default();
    for (section, line) in read_lines(text) {
        let Some(effect) = Effect::of_section(section) else { continue };
        let (module, names) = line.split_once(": ").unwrap_or((line, ""));
        table.roots.insert(module.split('.').next().unwrap_or_default());
        if let Some(tree) = line.strip_suffix(".*") {
            table.trees.insert(tree, effect);
            continue;
        }
        for name in names.split(", ").filter(|name| !name.is_empty()) {
            table.names.insert(format!("{module}.{name}"), effect);
            table.modules.entry(module).or_default().push(name);
        }
    }
    table
}

/// What a dotted name of Python does, if that is known.
#[must_use]
pub fn effect(name: &str) -> Option<Effect> {
    look_up(&PYTHON, name)
}

/// What a dotted name of a language does, if that is known.
#[must_use]
pub fn effect_in(language: &str, name: &str) -> Option<Effect> {
    match language {
        "python" => look_up(&PYTHON, name),
        "javascript" => look_up(&JAVASCRIPT, name),
        "java" => look_up(&JAVA, name),
        _ => None,
    }
}

fn look_up(table: &Table, name: &str) -> Option<Effect> {
    let root = name.split_once('.').map_or(name, |(root, _)| root);
    if !table.roots.contains(root) {
        return None;
    }
    if let Some(effect) = table.names.get(name) {
        return Some(*effect);
    }
    let mut outer = name;
    while let Some((start, _)) = outer.rsplit_once('.') {
        if let Some(effect) = table.trees.get(start) {
            return Some(*effect);
        }
        outer = start;
    }
    None
}

/// Whether something may be known of a module or what is in it.
#[must_use]
pub fn has_effects(module: &str) -> bool {
    PYTHON.roots.contains(module.split('.').next().unwrap_or_default())
}

/// The names directly in a module that something is known of.
pub fn names_of(module: &str) -> impl Iterator<Item = &'static str> {
    let of_module = PYTHON.modules.get(module).into_iter().flatten();
    of_module.map(|name| name.split_once('.').map_or(*name, |(first, _)| first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_do_what_the_table_says_and_others_nothing() {
        assert_eq!(effect("os.system"), Some(Effect::StartsProcess));
        assert_eq!(effect("sh.ls"), Some(Effect::StartsProcess));
        assert_eq!(effect("requests.Session.post"), Some(Effect::Network));
        for name in ["os.path.join", "os", "system", "torch.nn.Linear", "builtins.len", "shutil"] {
            assert_eq!(effect(name), None, "{name}");
        }
        assert!(has_effects("os.path") && !has_effects("torchvision"));
    }

    #[test]
    fn every_line_of_the_table_is_read() {
        let all = [
            include_str!("effects.txt"),
            include_str!("effects/javascript.txt"),
            include_str!("effects/java.txt"),
        ];
        for (section, line) in all.into_iter().flat_map(read_lines) {
            assert!(Effect::of_section(section).is_some(), "{section}");
            assert!(line.ends_with(".*") || line.contains(": "), "{line}");
        }
    }

    #[test]
    fn a_name_is_looked_up_in_its_own_language() {
        assert_eq!(effect_in("javascript", "child_process.exec"), Some(Effect::StartsProcess));
        assert_eq!(effect_in("javascript", "globalThis.fetch"), Some(Effect::Network));
        assert_eq!(effect_in("java", "java.lang.Runtime.exec"), Some(Effect::StartsProcess));
        for (language, name) in
            [("python", "child_process.exec"), ("javascript", "os.system"), ("c", "os.system")]
        {
            assert_eq!(effect_in(language, name), None, "{language} {name}");
        }
    }
}
