//! What names stand for in a file, which functions and classes it has, and when their code runs.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use ruff_python_ast::{self as ast, Expr, Stmt};
use weighbridge_domain::facts::{What, When};

use super::Role;
use super::value::Value;

/// The names of a module, class body or function.
#[derive(Debug, Default)]
pub(super) struct Scope<'a> {
    names: HashMap<Cow<'a, str>, Slot>,
    /// Names that belong to the file although a function gives them a value.
    pub(super) of_file: HashSet<&'a str>,
    /// Names of what was decoded or fetched, and by what.
    pub(super) brought: HashMap<&'a str, Rc<str>>,
    /// Names of what functions of the file gave.
    pub(super) given_by: HashMap<&'a str, usize>,
    pub(super) outer: Option<usize>,
}

#[derive(Debug)]
struct Slot {
    now: Value,
    /// What it stood for at some time, when that is of more consequence than what it stands for now.
    before: Option<Value>,
}

impl<'a> Scope<'a> {
    pub(super) fn inside(outer: usize) -> Self {
        Self { outer: Some(outer), ..Self::default() }
    }

    /// Gives a name a value; where that happens only perhaps, a value of consequence stays.
    pub(super) fn bind(&mut self, name: Cow<'a, str>, value: Value, perhaps: bool) {
        match self.names.get_mut(&*name) {
            Some(slot) if slot.now.is_known() && !value.is_known() => {
                if !perhaps {
                    let before = std::mem::replace(&mut slot.now, value);
                    slot.before.get_or_insert(before);
                }
            }
            Some(slot) => slot.now = value,
            None => {
                self.names.insert(name, Slot { now: value, before: None });
            }
        }
    }

    /// What a name stands for here, where its code is read in order.
    pub(super) fn now(&self, name: &str) -> Option<&Value> {
        self.names.get(name).map(|slot| &slot.now)
    }

    /// How many names have a value.
    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    /// The names that stand for something outside the file.
    pub(super) fn outside(&self) -> impl Iterator<Item = (&str, &Rc<str>)> {
        self.names.iter().filter_map(|(name, slot)| match &slot.now {
            Value::Name(outside) => Some((&**name, outside)),
            _ => None,
        })
    }

    /// What a name may stand for when a function inside runs.
    pub(super) fn ever(&self, name: &str) -> Option<&Value> {
        self.names.get(name).map(|slot| slot.before.as_ref().unwrap_or(&slot.now))
    }
}

/// Code that runs together: the top of a file, a function, a method.
#[derive(Debug)]
pub(super) struct Unit {
    /// The classes and functions around its code, joined by `.`.
    pub(super) within: Rc<str>,
    pub(super) when: When,
    /// Units that it calls.
    pub(super) calls: Vec<usize>,
    /// The unit in whose text it stands.
    pub(super) outer: usize,
    /// Units that give it functions which stand in them, and that it calls.
    pub(super) calls_inside: Vec<usize>,
    pub(super) found: Vec<(u64, What)>,
}

/// A class of the file.
#[derive(Debug, Default)]
pub(super) struct Class<'a> {
    pub(super) name: &'a str,
    pub(super) methods: HashMap<&'a str, usize>,
    /// Attributes that its body or methods give a value of consequence.
    pub(super) attributes: HashMap<&'a str, Value>,
    /// Classes of the file that it is made from.
    pub(super) bases: Vec<usize>,
}

/// What is needed to work out what a call of a function gives.
#[derive(Debug, Clone, Copy)]
pub(super) struct Code<'a> {
    pub(super) parameters: Option<&'a ast::Parameters>,
    pub(super) body: Body<'a>,
    /// The scope around it.
    pub(super) scope: usize,
    /// The class whose object it is given first.
    pub(super) class: Option<usize>,
    /// It is called where its name is read.
    pub(super) is_property: bool,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Body<'a> {
    Block(&'a [Stmt]),
    Expression(&'a Expr),
}

/// When a function runs, as far as its name tells.
pub(super) fn when_named(name: &str, in_class: bool, role: Role) -> When {
    const INSTALLING: [&str; 7] = [
        "build_extension",
        "build_extensions",
        "finalize_options",
        "initialize_options",
        "run",
        "build_wheel",
        "build_sdist",
    ];
    const SERVING: [&str; 33] = [
        "call",
        "execute",
        "forward",
        "from_config",
        "from_pretrained",
        "generate",
        "handle",
        "inference",
        "init",
        "init_model",
        "initialize",
        "input_fn",
        "invoke",
        "invocations",
        "load",
        "load_context",
        "load_model",
        "load_state_dict",
        "load_weights",
        "model_fn",
        "output_fn",
        "postprocess",
        "predict",
        "predict_fn",
        "predict_proba",
        "preprocess",
        "post_init",
        "run",
        "setup",
        "setup_model",
        "tokenize",
        "transform",
        "transform_fn",
    ];
    let special = name.len() > 4 && name.starts_with("__") && name.ends_with("__");
    if role == Role::Cell {
        return When::Called;
    }
    if role == Role::Setup && INSTALLING.contains(&name) {
        When::Installed
    } else if special
        || SERVING.contains(&name) && (in_class || !matches!(name, "run" | "load" | "setup" | "call"))
    {
        When::Served
    } else {
        When::Called
    }
}

/// Functions that stand in others are called by those who are given them.
fn call_inside(units: &mut [Unit]) {
    let mut inside: HashMap<usize, Vec<usize>> = HashMap::new();
    for (unit, one) in units.iter().enumerate().skip(1) {
        inside.entry(one.outer).or_default().push(unit);
    }
    for unit in units {
        for given_by in std::mem::take(&mut unit.calls_inside) {
            let all = inside.get(&given_by).into_iter().flatten().take(16);
            unit.calls.extend(all.filter(|_| given_by != 0));
        }
    }
}

/// Code runs whenever code runs that calls it.
pub(super) fn spread(units: &mut [Unit]) {
    call_inside(units);
    let mut waiting: Vec<usize> = (0..units.len()).collect();
    // The earliest first, so that each is looked at few times.
    waiting.sort_by_key(|unit| units.get(*unit).map(|unit| unit.when));
    while let Some(unit) = waiting.pop() {
        let Some((when, calls)) = units.get_mut(unit).map(|unit| (unit.when, unit.calls.clone())) else {
            continue;
        };
        for called in calls {
            if let Some(other) = units.get_mut(called)
                && other.when < when
            {
                other.when = when;
                waiting.push(called);
            }
        }
    }
}
