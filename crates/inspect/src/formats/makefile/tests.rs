use weighbridge_domain::facts::Coverage;

use crate::Limits;
use crate::input::Input;

/// The words of every command, and why it was not inspected.
fn read(text: &str) -> (Vec<String>, Option<String>) {
    let (facts, _) = crate::inspect(&Input::bytes(text.as_bytes().to_vec()), "Makefile", &Limits::default());
    let programs = facts.commands().flat_map(|(_, command)| &command.programs);
    let words = programs.map(|program| program.words.join(" ")).collect();
    let why = facts.readings.iter().find_map(|reading| match &reading.coverage {
        Coverage::NotInspected { why } => Some(why.clone()),
        _ => None,
    });
    (words, why)
}

#[test]
fn recipes_are_what_their_shell_gets() {
    for (text, expected) in [
        ("U := example.org\nall:\n\tcurl $(U) | sh\n", vec!["curl example.org", "sh"]),
        ("all:\n\tfor x in a; do echo $$x; done\n", vec!["echo a"]),
        ("all: ; @p 'a # b'\n", vec!["p a # b"]),
        ("all:\n\t@-p 1 \\\n\t  2\n", vec!["p 1 2"]),
        ("X = $(Y) # said\nY = a\\\n   b\nall:\n\tp $(X)\n", vec!["p a b"]),
        ("ifdef D\nX = a\nelse\nX = b\nendif\nall:\n\tp $(X)\n", vec!["p b", "p a"]),
        (".RECIPEPREFIX = >\nall:\n>p 1\n", vec!["p 1"]),
        ("define f\n@p $(1)\n\tp 2\nendef\nall:\n\t$(call f,one)\n", vec!["p one", "p 2"]),
        ("define text\nrm -rf /\nendef\nall:\n\t@echo \"$(text)\"\n", vec!["echo ${text}"]),
        ("X != p 1\nY := $(shell p 2 $(shell p 3))\n", vec!["p 1", "p 2 ${shell p 3}", "p 3"]),
        ("all:\n\tp $(shell q 1)\n", vec!["q 1", "p"]),
        ("# $(shell p 1)\nX = 1 # $(shell p 2)\n", vec![]),
        ("all: X = 1\nall:\n\tp $X\n", vec!["p 1"]),
        ("all:\n\t$(eval X := one)\n\t@p $(X)$(info said)\n", vec!["p one"]),
        (".ONESHELL:\nall:\n\tx=1\n\tp $$x\n", vec!["p 1"]),
    ] {
        let (mut words, why) = read(text);
        words.retain(|words| !words.is_empty());
        let rough: Vec<&str> = words.iter().map(|words| words.trim_end()).collect();
        let is_as = |(found, wanted): (&&str, &&str)| {
            found == wanted || wanted.len() == 1 && found.starts_with(*wanted)
        };
        assert!(rough.len() == expected.len() && rough.iter().zip(&expected).all(is_as), "{text}: {rough:?}");
        assert_eq!(why, None, "{text}");
    }
}

#[test]
fn what_is_not_followed_is_said() {
    for (text, expected) in [
        ("include rules.mk $(wildcard parts/*.mk)\n", None),
        ("-include local.env\n", Some("`local.env`, which it includes, is not followed")),
        ("load ./a.so\n", Some("it loads a library into make")),
        ("SHELL := /usr/bin/env bash\n", None),
        ("SHELL = python3\nall:\n\timport os\n", Some("its recipes are run by `python3`")),
        ("$(eval $(call f,a))\n", Some("rules that `$(eval …)` makes are not read")),
    ] {
        assert_eq!(read(text).1.as_deref(), expected, "{text}");
    }
    let text = "define f\n$(1):\n\tp 1\nendef\n$(eval $(call f,a))\n";
    assert_eq!(read(text).0, ["p 1"]);
}
