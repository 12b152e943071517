//! What other scanners of pickles were told they miss, one advisory or class of gaps a row: the exact findings, and a
//! harmless twin that differs in one fact.

mod containers;
mod known_packages;

use weighbridge_inspect::samples::pickle::{INERT, Program, instance, joblib};
use weighbridge_inspect::{Limits, input::Input, inspect};

/// Rule, severity and member of every finding, in that order.
fn findings(name: &str, bytes: &[u8]) -> Vec<(String, String, String)> {
    let (_, findings) = inspect(&Input::bytes(bytes.to_vec()), name, &Limits::default());
    let mut found: Vec<_> = findings
        .into_iter()
        .map(|finding| (finding.rule, finding.severity.to_string(), finding.location.member))
        .collect();
    found.sort();
    found
}

/// The rule about each capability, by the word of the list of advisories.
fn rule_about(capability: &str) -> &'static str {
    match capability {
        "runs-code" => "pickle-runs-code",
        "starts-process" => "pickle-starts-process",
        "resolves-names" => "pickle-resolves-names",
        "loads" => "pickle-nested-load",
        "native" => "pickle-native-code",
        "writes-files" => "pickle-writes-files",
        "reads-files" => "pickle-reads-files",
        "network" => "pickle-opens-network",
        "process-state" => "pickle-touches-process",
        "carries-code" => "pickle-carries-code",
        "unknown-private" => "pickle-unknown-import",
        other => panic!("no rule is about {other}"),
    }
}

#[test]
fn every_name_of_every_advisory_is_found_however_it_is_written() {
    let mut rows = 0;
    for row in include_str!("../../src/known/advisories.txt").lines() {
        let [id, module, name, capability] = row.split(' ').collect::<Vec<_>>()[..] else { continue };
        if id.starts_with('#') {
            continue;
        }
        rows += 1;
        let argument = |program: Program| program.text(INERT);
        let forms = [
            argument(Program::new(2).global(module, name)).tuple(1).reduce(),
            argument(Program::new(4).stack_global(module, name)).tuple(1).reduce().pop().none(),
            argument(Program::bare().mark()).inst(module, name),
            argument(Program::new(2).mark().global(module, name)).obj(),
            argument(Program::new(4).stack_global(module, name)).tuple(1).newobj(),
            Program::new(4).dict().text("hook").stack_global(module, name).setitem(),
        ];
        for program in forms {
            let bytes = program.clone().stop();
            let found = findings("model.pkl", &bytes);
            let [(rule, severity, member)] = &found[..] else { panic!("{id} {module}.{name}: {found:?}") };
            assert_eq!(rule, rule_about(capability), "{id} {module}.{name}");
            assert!(severity == "critical" || severity == "high", "{id} {module}.{name}: {severity}");
            assert_eq!(member, "");
            // Cut before its end, the call was made all the same.
            let broken = program.raw([0xff]).broken();
            let rules: Vec<_> = findings("model.pkl", &broken).into_iter().map(|(rule, ..)| rule).collect();
            assert!(rules.contains(rule) && rules.contains(&"pickle-broken".to_owned()), "{id}: {rules:?}");
        }
    }
    assert!(rows > 90, "{rows}");
}

type Expected = &'static [(&'static str, &'static str, &'static str)];

struct Gap {
    class: &'static str,
    name: &'static str,
    hostile: Vec<u8>,
    found: Expected,
    twin: Vec<u8>,
}

const SYSTEM: Expected = &[("pickle-starts-process", "critical", "")];

fn system(program: Program) -> Program {
    program.text(INERT).tuple(1).reduce()
}

fn payload() -> Vec<u8> {
    Program::new(2).call("posix", "system", INERT).stop()
}

/// A payload, and the same with the name of a class that holds data.
fn both(program: impl Fn(&str, &str) -> Program) -> (Vec<u8>, Vec<u8>) {
    (program("os", "system").stop(), program("collections", "OrderedDict").stop())
}

fn gap(class: &'static str, found: Expected, (hostile, twin): (Vec<u8>, Vec<u8>)) -> Gap {
    Gap { class, name: "model.pkl", hostile, found, twin }
}

fn gaps() -> Vec<Gap> {
    let plain = |module: &str, name: &str| Program::new(2).global(module, name).tuple(0).reduce().stop();
    let list = |item: Vec<u8>| Program::new(3).bytes(&item).stop();
    vec![
        gap(
            "1 incomplete list",
            SYSTEM,
            both(|module, name| Program::new(2).global(module, name).tuple(0).reduce()),
        ),
        gap(
            "2 sub-module",
            SYSTEM,
            (plain("distutils.command.config", "config.try_run"), plain("datetime", "datetime")),
        ),
        gap(
            "3 private alias",
            SYSTEM,
            (plain("_posixsubprocess", "fork_exec"), plain("_collections", "OrderedDict")),
        ),
        gap(
            "4 text to callable",
            &[("pickle-resolves-names", "critical", "")],
            (plain("pkgutil", "resolve_name"), plain("decimal", "Decimal")),
        ),
        gap(
            "5 dotted attribute",
            SYSTEM,
            both(|module, name| {
                let dotted = format!("{module}.{name}");
                let path =
                    if module == "os" { ("torch.serialization", dotted.as_str()) } else { (module, name) };
                Program::new(4).stack_global(path.0, path.1).tuple(0).reduce()
            }),
        ),
        gap(
            "6 memo by number of values (GHSA-9gvj-pp9x-gcfr)",
            SYSTEM,
            both(|module, name| {
                let program = Program::new(4).text("math").put(7).pop().text(module).memoize().pop();
                program.text(name).memoize().pop().get(1).get(2).raw([0x93]).tuple(0).reduce()
            }),
        ),
        gap(
            "7 operand that is no text (picklescan, modelscan#338)",
            &[("pickle-broken", "medium", ""), ("pickle-computed-import", "high", "")],
            (
                Program::new(4).mark().tuple_to_mark().text("system").raw([0x93]).stop(),
                Program::new(4).text("collections").text("OrderedDict").raw([0x93]).stop(),
            ),
        ),
        gap(
            "7 memo number that was never stored",
            &[("pickle-broken", "medium", ""), ("pickle-starts-process", "critical", "")],
            (
                system(Program::new(4).get(77).pop().global("os", "system")).stop(),
                Program::new(4)
                    .none()
                    .put(77)
                    .pop()
                    .get(77)
                    .pop()
                    .global("collections", "OrderedDict")
                    .stop(),
            ),
        ),
        gap(
            "8 breaks behind the payload",
            &[("pickle-broken", "medium", ""), ("pickle-starts-process", "critical", "")],
            (
                system(Program::new(4).global("os", "system")).raw(b"X\xff\xff\0\0cut").broken(),
                Program::new(4).global("collections", "OrderedDict").tuple(0).reduce().stop(),
            ),
        ),
        Gap {
            name: "weights.safetensors",
            found: &[("name-content-mismatch", "high", ""), ("pickle-starts-process", "critical", "")],
            ..gap("10 ending of another format", SYSTEM, (payload(), Vec::new()))
        },
        Gap { name: "weights", ..gap("10 no ending", SYSTEM, (payload(), Program::new(2).none().stop())) },
        gap(
            "12 result thrown away (GHSA-mxhj-88fx-4pcv)",
            SYSTEM,
            both(|module, name| Program::new(2).mark().global(module, name).obj().pop().int(7)),
        ),
        gap(
            "13 a short name that hides a long one (GHSA-cffv-grgg-g429)",
            SYSTEM,
            both(|module, name| {
                let program = Program::new(2).mark().global("collections", "OrderedDict").tuple(0).reduce();
                program.global(module, name).tuple(0).reduce().global("datetime", "date").tuple_to_mark()
            }),
        ),
        gap(
            "14 nested loader",
            &[("pickle-starts-process", "critical", "bytes@34")],
            (
                Program::new(3)
                    .global("torch.storage", "_load_from_bytes")
                    .bytes(&payload())
                    .tuple(1)
                    .reduce()
                    .stop(),
                Program::new(3)
                    .global("torch.storage", "_load_from_bytes")
                    .bytes(&Program::new(2).list().stop())
                    .tuple(1)
                    .reduce()
                    .stop(),
            ),
        ),
        gap(
            "14 nested value",
            &[("pickle-starts-process", "critical", "bytes@2")],
            (list(payload()), list(Program::new(2).text("posix").text("system").tuple(2).stop())),
        ),
        gap(
            "14 nested twice",
            &[("pickle-starts-process", "critical", "bytes@2!bytes@15")],
            (
                list(
                    Program::new(3).text("0123456").pop().bytes(&payload()).global("datetime", "date").stop(),
                ),
                list(
                    Program::new(3)
                        .text("0123456")
                        .pop()
                        .bytes(b"0123456789abcdef")
                        .global("datetime", "date")
                        .stop(),
                ),
            ),
        ),
        gap(
            "15 carried code (GHSA-9m3x-qqw2-h32h)",
            &[("pickle-carries-code", "high", "")],
            (plain("cloudpickle.cloudpickle", "_make_function"), plain("uuid", "UUID")),
        ),
        gap(
            "16 writes a file without running code (GHSA-m7j5-r2p5-c39r)",
            &[("pickle-writes-files", "critical", "")],
            (plain("logging", "FileHandler"), plain("pathlib", "PurePosixPath")),
        ),
        gap(
            "16 sends a request without running code (GHSA-9726-w42j-3qjr)",
            &[("pickle-opens-network", "critical", "")],
            (
                Program::new(2).call("urllib.request", "urlopen", "http://demo.invalid/").stop(),
                Program::new(2).text("http://demo.invalid/").text("urlopen").tuple(2).stop(),
            ),
        ),
        gap(
            "17 attributes of a module that was imported (modelscan#330)",
            &[("pickle-rebinds-attributes", "critical", ""), ("pickle-resolves-names", "high", "")],
            (
                Program::new(4)
                    .stack_global("collections", "abc.sys")
                    .dict()
                    .text("x")
                    .none()
                    .setitem()
                    .build()
                    .stop(),
                instance(Program::new(4), "collections", "OrderedDict", |program| {
                    program.dict().text("x").none().setitem()
                })
                .stop(),
            ),
        ),
        gap(
            "17 a name put together while loading (modelscan#331)",
            &[("pickle-computed-import", "high", ""), ("pickle-unknown-import", "high", "")],
            (
                Program::new(4)
                    .stack_global("builtins", "str.join")
                    .text("")
                    .mark()
                    .text("o")
                    .text("s")
                    .raw(b"l")
                    .tuple(2)
                    .reduce()
                    .text("system")
                    .raw([0x93])
                    .stop(),
                Program::new(4).text("collections").text("OrderedDict").raw([0x93]).stop(),
            ),
        ),
        gap(
            "18 packed value",
            &[("pickle-starts-process", "critical", "base64@2")],
            (
                Program::new(2).text("gAJjcG9zaXgKc3lzdGVtClgEAAAAZWNob4VSLg==").stop(),
                Program::new(2).text("gAJYBQAAAHBvc2l4WAYAAABzeXN0ZW2GLg==AA==").stop(),
            ),
        ),
        gap(
            "array bytes that are opcodes",
            &[("pickle-hidden-opcodes", "critical", ""), ("pickle-starts-process", "critical", "")],
            (joblib(&Program::bare().call("os", "system", INERT).stop(), false), joblib(&[200; 60], false)),
        ),
        gap(
            "imported, never called",
            SYSTEM,
            both(|module, name| Program::new(4).dict().text("hook").stack_global(module, name).setitem()),
        ),
        gap(
            "two programs in one file",
            SYSTEM,
            (
                [Program::new(2).none().stop(), payload()].concat(),
                [Program::new(2).none().stop(), Program::new(2).none().stop()].concat(),
            ),
        ),
        gap(
            "called through partial (d1.4)",
            SYSTEM,
            both(|module, name| {
                Program::new(2).global("functools", "partial").global(module, name).tuple(1).reduce()
            }),
        ),
        gap(
            "made by the helper of old protocols (d1.4)",
            SYSTEM,
            both(|module, name| {
                let program = Program::new(2).global("copy_reg", "_reconstructor").global(module, name);
                program.global("__builtin__", "object").none().tuple(3).reduce()
            }),
        ),
    ]
}

#[test]
fn every_class_of_gaps_is_closed_and_its_twin_is_silent() {
    let mut wrong = String::new();
    for gap in gaps() {
        let expected: Vec<_> = gap
            .found
            .iter()
            .map(|(rule, severity, member)| {
                ((*rule).to_owned(), (*severity).to_owned(), (*member).to_owned())
            })
            .collect();
        let found = findings(gap.name, &gap.hostile);
        if found != expected {
            wrong.push_str(&format!("{}: {found:?} instead of {expected:?}\n", gap.class));
        }
        let found = findings("model.pkl", &gap.twin);
        if !found.is_empty() {
            wrong.push_str(&format!("twin of {}: {found:?}\n", gap.class));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn words_are_not_taken_for_programs() {
    for text in [
        "cat\ndog\nbird\n",
        "config\ndocs\n.gitignore\n",
        "(see below)\n\nsome words. And more.\n",
        "(dot.\n",
        "N.B. this is a note.\n",
        "I am here.\nYou are there.\n",
        "import os\nsystem\n",
        "]\n",
        "{\"a\": [1, 2]}\n",
        "class Foo:\n    pass\n",
        "# title\n\n(c) somebody\n",
        "Some notes\nS'more\n",
        "Very long words\n.\n",
        "(if\n  (foo)\n  (bar))\n",
        "PK is not a zip\n",
        "cab\ncable\ncacao\ncache\ndog\n",
        "certifi==2023.7.22\ncharset-normalizer==3.2.0\n",
        "convert the model\nuse example.com for more.\n",
        "cat\nsys.path\nplatform\n",
        "cat\nplatform\nos\n",
    ] {
        let (facts, findings) = inspect(&Input::bytes(text.into()), "README", &Limits::default());
        assert!(facts.readings.iter().all(|reading| reading.format != Some("pickle")), "{text:?}");
        assert!(findings.is_empty(), "{text:?}: {findings:?}");
    }
    let words: String = (0..20_000).map(|number| format!("word{number}\n")).collect();
    let (facts, _) = inspect(&Input::bytes(words.into()), "words.txt", &Limits::default());
    assert_eq!(facts.readings[0].format, Some("text"));
}

#[test]
fn a_program_is_found_behind_any_beginning_that_a_loader_accepts() {
    for beginning in [
        "N0".repeat(50_000),
        "(1".repeat(50_000),
        format!("V{}\n0", "x".repeat(300_000)),
        format!("S'{}'\n0", "x".repeat(300_000)),
        format!("c{0}\n{0}\n0", "collections"),
        "I1\n0".to_owned(),
        "(lp0\n0".to_owned(),
        "]0".to_owned(),
    ] {
        let program =
            Program::bare().raw(beginning.as_bytes()).raw(format!("cos\nsystem\n(S'{INERT}'\ntR.")).broken();
        for name in ["model.pkl", "notes.txt", "README"] {
            let found = findings(name, &program);
            let rules: Vec<_> = found.iter().map(|(rule, ..)| rule.as_str()).collect();
            assert!(
                rules.contains(&"pickle-starts-process"),
                "{:?} as {name}: {rules:?}",
                &beginning[..9.min(beginning.len())]
            );
        }
    }
}

#[test]
fn a_name_that_can_do_harm_is_found_in_front_of_words() {
    for hostile in
        ["(icode\ninteract\nHello, this is a readme file\n", "cos\nabort\n)RWords.\n", "cos\nsystem\n.hello"]
    {
        for name in ["model.pkl", "model.bin", "README.md", "notes.txt"] {
            let found = findings(name, hostile.as_bytes());
            assert!(
                found.iter().any(|(rule, ..)| rule.starts_with("pickle-")),
                "{name} {hostile:?}: {found:?}"
            );
        }
    }
    for unknown in ["cevilmod\nrun\n)RHello world\n", "cevilmod\nx\n.hello world", "cevilmod\nx\nHello"] {
        for name in ["model.pkl", "model.bin", "model.pt"] {
            let found = findings(name, unknown.as_bytes());
            assert!(
                found.iter().any(|(rule, ..)| rule == "pickle-unknown-import"),
                "{name} {unknown:?}: {found:?}"
            );
        }
    }
}
