//! When code runs, what names come to, and that nothing in a source can bring the reader down.

use weighbridge_domain::facts::{Coverage, What, When};

use crate::input::Input;
use crate::limits::Limits;
use crate::{Facts, inspect};

fn read(name: &str, source: impl Into<Vec<u8>>) -> Facts {
    inspect(&Input::bytes(source.into()), name, &Limits::default()).0
}

/// The names that are called, and when.
fn called(name: &str, source: &str) -> Vec<(String, When)> {
    let facts = read(name, source);
    facts
        .uses()
        .filter(|(_, one)| one.arguments.is_some())
        .map(|(_, one)| (one.name.clone(), one.when))
        .collect()
}

fn when(name: &str, source: &str) -> When {
    let found = called(name, &format!("import os\n{source}\n"));
    let [(name, when)] = found.as_slice() else { panic!("{source}: {found:?}") };
    assert_eq!(name, "os.system", "{source}");
    *when
}

#[test]
fn code_runs_when_its_place_says() {
    use When::{Called, Installed, Loaded, Served};
    for (source, wanted) in [
        ("os.system('a')", Loaded),
        ("if x:\n  for y in z:\n    try: os.system('a')\n    except E: pass", Loaded),
        ("class A:\n  b = os.system('a')", Loaded),
        ("def f(a=os.system('a')): pass", Loaded),
        ("def f(a: os.system('a')): pass", Loaded),
        ("x: os.system('a') = 1", Loaded),
        ("def f(): os.system('a')\nf()", Loaded),
        ("def f(): os.system('a')\ndef g(): f()\ng()", Loaded),
        ("def g(): f()\ng()\ndef f(): os.system('a')", Loaded),
        ("f = lambda: os.system('a')\nf()", Loaded),
        ("(lambda: os.system('a'))()", Loaded),
        ("class A:\n  def __init__(self): self.b()\n  def b(self): os.system('a')\nA()", Loaded),
        ("class A:\n  def b(self): os.system('a')\nclass B(A): pass\nB().b()", Loaded),
        ("class A:\n  def b(self): os.system('a')\na = A()\na.b()", Loaded),
        ("import threading\ndef f(): os.system('a')\nthreading.Thread(target=f).start()", Loaded),
        ("import atexit\n@atexit.register\ndef f(): os.system('a')", Loaded),
        ("def d(f): os.system('a')\n@d\ndef g(): pass", Loaded),
        ("[os.system(x) for x in y]", Loaded),
        ("def f(): os.system('a')", Called),
        ("f = lambda: os.system('a')", Called),
        ("class A:\n  def b(self): os.system('a')", Called),
        ("if __name__ == '__main__': os.system('a')", Called),
        ("def f(): os.system('a')\nif '__main__' == __name__: f()", Called),
        ("if x and __name__ == '__main__': os.system('a')", Called),
        ("if x or __name__ == '__main__': os.system('a')", Loaded),
        ("class A:\n  def forward(self, x): os.system('a')", Served),
        ("class A:\n  def forward(self, x): self.b()\n  def b(self): os.system('a')", Served),
        ("class A:\n  def __init__(self):\n    def f(): os.system('a')\n    f()", Served),
        ("def model_fn(folder): os.system('a')", Served),
        ("def handle(data, context): os.system('a')", Served),
    ] {
        assert_eq!(when("demo.py", source), wanted, "{source}");
    }
    assert_eq!(when("setup.py", "os.system('a')"), Installed);
    assert_eq!(when("setup.py", "if __name__ == '__main__': os.system('a')"), Installed);
    assert_eq!(when("setup.py", "class A(B):\n  def run(self): os.system('a')"), Installed);
    assert_eq!(when("setup.py", "def f(): os.system('a')"), Called);
}

#[test]
fn names_are_followed_where_they_lead_and_no_further() {
    for (source, wanted) in [
        ("import os as o\no.system(1)", "os.system"),
        ("import os.path\nos.system(1)", "os.system"),
        ("from os import system as s\ndef f():\n  s(1)", "os.system"),
        ("def f():\n  s(1)\nfrom os import system as s", "os.system"),
        ("import os\nf = os.system\ndef g():\n  f(1)\nf = None", "os.system"),
        ("import os\na, (b, *c) = 1, (os.system, 2)\nb(1)", "os.system"),
        ("import os\na, b = 1, os.system\nb(1)", "os.system"),
        ("import os\nd = {'f': os.system}\nd['f'](1)", "os.system"),
        ("import os\n[os.getcwd, os.system][-1](1)", "os.system"),
        ("import os\nf = print if x else os.system\nf(1)", "os.system"),
        ("import os\nf = os.system if x else print\nf(1)", "os.system"),
        ("import os\n(f := os.system)(1)", "os.system"),
        ("import operator, os\noperator.attrgetter('system')(os)(1)", "os.system"),
        ("import importlib as i\ni.import_module('os').system(1)", "os.system"),
        ("__import__(name='os')", ""),
        ("import builtins\nbuiltins.__import__('os').system(1)", "os.system"),
        ("with __import__('os') as o:\n  o.system(1)", "os.system"),
        ("import os\ndef f(os):\n  os.system(1)", ""),
        ("import os\ndef f():\n  os = 1\n  os.system(1)", ""),
        ("import os\nclass os: pass\nos.system(1)", ""),
        ("from .os import system\nsystem(1)", ""),
        ("import os\nx: os.system(1) = 1", "os.system"),
        ("get_ipython().system('a')", "IPython.get_ipython.system"),
    ] {
        let found = called("demo.py", source);
        let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, Vec::from_iter((!wanted.is_empty()).then_some(wanted)), "{source}");
    }
}

#[test]
fn commands_and_models_are_told_with_their_words() {
    let facts = read(
        "demo.py",
        "import subprocess, os\nfrom transformers import AutoModel\nos.system('a \"b c\" | d')\n\
         subprocess.run(['bash', '-c', f'e {x}'], check=True)\nos.execvp('f', ['f', 'g'])\n\
         AutoModel.from_pretrained('h/i', revision='j', trust_remote_code=True)\n",
    );
    let commands: Vec<String> = facts
        .commands()
        .map(|(_, command)| {
            let programs = command.programs.iter().map(|program| program.words.join(" "));
            programs.collect::<Vec<_>>().join(" | ")
        })
        .collect();
    assert_eq!(commands, ["a b c | d", "bash -c e {} | e {}", "f g"]);
    let models: Vec<_> = facts
        .iter()
        .filter_map(|(_, what)| match what {
            What::ModelReference(model) => {
                Some((model.asked_by.as_str(), model.name.as_str(), model.revision.as_deref()))
            }
            _ => None,
        })
        .collect();
    assert_eq!(models, [("AutoModel.from_pretrained", "h/i", Some("j"))]);
}

#[test]
fn ordinary_names_cost_nothing() {
    let source = "import torch, os\nclass A(torch.nn.Module):\n  def forward(self, x):\n    return torch.cat([x, len(x)])\n";
    assert!(read("demo.py", source.repeat(100)).facts.is_empty());
}

#[test]
fn offsets_are_those_of_the_file() {
    let facts = read("demo.py", b"# coding: latin-1\n# \xe9\xe9\nimport os\nos.system('a')\n".to_vec());
    assert_eq!(facts.uses().next().and_then(|(place, _)| place.at), Some(33));
}

#[test]
fn a_source_nested_in_any_way_gets_an_answer_on_the_stack_of_a_thread() {
    let block = |head: &str, depth: usize| -> String {
        (0..depth).map(|deep| format!("{}{head}\n", " ".repeat(deep))).collect()
    };
    let mut sources: Vec<String> = [
        "(",
        "[",
        "{",
        "{a:",
        "-",
        "~",
        "not ",
        "lambda: ",
        "a.",
        "a(",
        "a[",
        "1**",
        "1 if 1 else ",
        "async ",
        "await ",
        "f'{",
        "f\"{f'{",
        "f'{a:{",
        "*",
        "**",
        "x = ",
        "a := ",
        "yield ",
        "del ",
        "@",
        "class a(",
        "def f(a=",
        "if a: ",
        "match a:\n case [",
        "a < ",
        "a and ",
        "a + ",
        "a, ",
        "(a for a in ",
        "print ",
        "case ",
        "type x = ",
        "else: ",
        "import ",
        "from a import (",
        "try: ",
        "with (",
        "with a as (",
        "for (",
        "raise ",
        "return ",
        "\\\n",
        "'a' ",
        "''' ",
        "f'''{",
        "t'{",
        "!",
        "%%",
        "a?\n",
        ": ",
        "; ",
        "-> ",
        "(\n if a:\n",
        "{{",
        "a: ",
        "global ",
        "\u{c}",
        "0x",
        "b'",
        "elif a:\n",
    ]
    .iter()
    .flat_map(|piece| [150, 4000, 25_000].map(|count| piece.repeat(count)))
    .collect();
    for (open, close) in
        [("(", ")"), ("[", "]"), ("a(", ")"), ("f'{", "}'"), ("{1: ", "}"), ("-(", ")"), ("a[b.", "c]")]
    {
        for depth in [150, 19_000, 30_000] {
            sources.push(format!("{}1{}", open.repeat(depth), close.repeat(depth)));
            sources.push(format!(
                "import os\nx ={}1{}\nos.system('a')\n",
                open.repeat(depth),
                close.repeat(depth)
            ));
        }
    }
    for head in
        ["if a:", "def f():", "class a:", "with a:", "for a in b:", "while a:", "try:", "match a:\n case a:"]
    {
        sources.extend([block(head, 99), block(head, 1500), format!("(\n{}", block(head, 600))]);
    }
    let thread = std::thread::Builder::new().stack_size(1 << 20).spawn(move || {
        for source in sources {
            let facts = read("demo.py", source.clone());
            let told = facts.readings.first().map(|reading| &reading.coverage);
            let short: String = source.chars().take(40).collect();
            assert!(matches!(told, Some(Coverage::Inspected | Coverage::NotInspected { .. })), "{short}");
        }
    });
    thread.unwrap().join().unwrap();
}

#[test]
fn values_that_grow_by_themselves_cost_little() {
    let line = format!("x=({})\n", ["x"; 64].join(","));
    let facts = read("demo.py", format!("import os\nx=()\n{}os.system(x)\n", line.repeat(16)));
    assert_eq!(facts.uses().count(), 1);
    let text = format!("x=('{}',)\n", "y".repeat(300));
    let line = format!("x=({})\n", ["x"; 12].join(","));
    let calls = "os.system(x)\n".repeat(400);
    let source = format!("import os\n{text}{}{calls}", line.repeat(4));
    let facts = read("demo.py", source);
    let kept: usize = facts.uses().map(|(_, one)| format!("{one:?}").len()).sum();
    assert!(facts.uses().count() >= 400 && kept < 400 * 40_000, "{kept}");
}

#[test]
fn text_that_is_run_too_deep_is_said_to_be_missed() {
    let mut source = "import os; os.system('a')".to_owned();
    for _ in 0..8 {
        source = format!("exec({source:?})");
    }
    let facts = read("demo.py", source);
    assert!(matches!(facts.readings[0].coverage, Coverage::NotInspected { .. }), "{:?}", facts.readings);
}

#[test]
fn encodings_that_hide_code_are_not_read() {
    for line in [
        "# coding: u7",
        "# coding: -utf-7",
        "# coding coding: utf-7",
        "# a coding\r# coding: utf-7",
        "# coding: cp932",
        "# vim: set fileencoding=gbk",
        &format!("#{} coding: utf-7", " ".repeat(400)),
    ] {
        let facts = read("demo.py", format!("{line}\nx = 1\n"));
        assert!(matches!(facts.readings[0].coverage, Coverage::NotInspected { .. }), "{line}");
    }
    for line in [
        "# -*- coding: utf-8 -*-",
        "# coding: latin-1",
        "#coding=UTF8",
        "# no coding here",
        "# coding: cp1252",
    ] {
        let facts = read("demo.py", format!("{line}\nx = 1\n"));
        assert_eq!(facts.readings[0].coverage, Coverage::Inspected, "{line}");
    }
}

#[test]
fn what_is_bound_again_and_again_comes_to_an_end() {
    let names = |count: usize| (0..count).map(|at| format!("a{at}")).collect::<Vec<_>>().join(",");
    let calls = "x=f('a')\n".repeat(2000);
    for source in [
        format!("def f(x):\n from os import {}\n{calls}", names(2000)),
        format!("def f(x):\n import {}\n{calls}", names(2000)),
        format!("def f({}): return 1\n{calls}", names(2000)),
        format!("def f({}): pass\n{}", names(4000), "f(a=1,b=2,c=3,d=4,e=5,f=6,g=7)\n".repeat(4000)),
        format!("class f:\n def __init__(s,{}): pass\n{calls}", names(2000)),
        format!("def f(x):\n global {}\n a0=1\n{calls}", names(2000)),
        "exec(\"exec('import os')\")\n".repeat(12_000),
    ] {
        let facts = read("demo.py", source.clone());
        let short: String = source.chars().take(30).collect();
        assert!(matches!(facts.readings[0].coverage, Coverage::NotInspected { .. }), "{short}");
    }
}

#[test]
fn commands_in_a_source_take_the_memory_that_there_is() {
    let source = format!("import os\nx='curl u; '*1000\n{}", "os.system(x)\n".repeat(200));
    let limits = Limits { memory: 4 << 20, ..Limits::default() };
    let facts = inspect(&Input::bytes(source.into_bytes()), "demo.py", &limits).0;
    let Coverage::NotInspected { why } = &facts.readings[0].coverage else { panic!("{:?}", facts.readings) };
    assert!(why.contains("--max-memory"), "{why}");
}

#[test]
fn pickles_in_a_source_are_parts() {
    let program = r"b'cos\nsystem\n(S\'a\'\ntR.'";
    for line in [
        format!("pickle.loads({program})"),
        format!("pickle.Unpickler(io.BytesIO({program})).load()"),
        format!("exec(\"pickle.loads({})\")", program.replace('\\', "\\\\")),
    ] {
        let facts = read("demo.py", format!("import io, pickle\n{line}\n"));
        let formats: Vec<_> = facts.readings.iter().filter_map(|reading| reading.format).collect();
        assert_eq!(formats, ["python", "pickle"], "{line}");
    }
    assert_eq!(read("demo.py", "import pickle\npickle.loads(b'')\npickle.loads(b'a')\n").readings.len(), 1);
}
