//! What is told of small sources.

use weighbridge_domain::facts::{What, When};

use super::{lexer, reader};
use crate::limits::{Budget, Limits};

/// Names that a source calls or hands on, with `!` when it does so as soon as it runs; each once.
fn uses(source: &str) -> Vec<String> {
    let budget = Budget::new(&Limits::default(), None);
    let tokens = lexer::tokens(source, &budget).unwrap();
    let read = reader::read(source, &tokens, &budget, &budget.meter()).unwrap();
    let told = read.found.into_iter().filter_map(|(_, what)| match what {
        What::Use(one) => {
            let loaded = if one.when == When::Called { "" } else { "!" };
            Some(format!("{}{loaded}", one.name))
        }
        _ => None,
    });
    let mut told: Vec<_> = told.collect();
    told.dedup();
    told
}

#[test]
fn names_are_followed_to_what_they_stand_for() {
    for source in [
        "require('child_process').exec('a')",
        "const {exec} = require('node:child_process'); exec('a')",
        "const {exec: e} = require('child_process'); e('a')",
        "import {exec as e} from 'child_process'; e('a')",
        "import * as cp from 'child_process'\ncp.exec('a')",
        "import cp from 'child_process'\ncp['ex' + 'ec']('a')",
        "var cp = require('child' + '_process'), run = cp.exec; run('a')",
        "(await import('child_process')).exec('a')",
        "require(['child', 'process'].join('_')).exec('a')",
        "require(`child_${'process'}`).exec('a')",
        "process.mainModule.require('child_process').exec('a')",
        "require('child_process').exec.call(null, 'a')",
        "const run = require('util').promisify(require('child_process').exec); run('a')",
        "require('\\x63hild_process').exec('a')",
        "(() => { require('child_process').exec('a') })()",
        "!function(){ require('child_process').exec('a') }()",
        "function start() { require('child_process').exec('a') }\nstart()",
        "const start = async () => { require('child_process').exec('a') }; start()",
        "setTimeout(() => require('child_process').exec('a'), 1)",
        "require('sserp_dlihc'.split('').reverse().join('').replace) ; require('ssecorp_dlihc'.split('').reverse().join('')).exec('a')",
    ] {
        assert_eq!(uses(source), ["child_process.exec!"], "{source}");
    }
}

#[test]
fn what_a_function_does_waits_for_its_call() {
    for source in [
        "function start() { require('child_process').exec('a') }",
        "const a = {b: () => require('child_process').exec('a'), c: 1}",
        "class A { b() { require('child_process').exec('a') } }",
        "app.get('/', (req, res) => { require('child_process').exec('a') })",
    ] {
        assert_eq!(uses(source), ["child_process.exec"], "{source}");
    }
}

#[test]
fn code_made_of_text_is_told_however_it_is_called() {
    for source in
        ["eval(a)", "(0, eval)(a)", "globalThis['ev' + 'al'](a)", "window.eval(a)", "const e = eval; e(a)"]
    {
        assert_eq!(uses(source), ["globalThis.eval!"], "{source}");
    }
    for source in [
        "new Function('a', b)(1)",
        "Function(a)()",
        "[].filter.constructor('return a')()",
        "a.constructor.constructor(`b`)()",
    ] {
        assert_eq!(uses(source), ["globalThis.Function!"], "{source}");
    }
    assert_eq!(uses("setTimeout('a()', 1)"), ["globalThis.setTimeout!"]);
    assert_eq!(
        uses("eval(\"require('child_process').exec('a')\")"),
        ["child_process.exec!", "globalThis.eval!"]
    );
    assert_eq!(uses("eval(atob('ZmV0Y2goJ2EnKQ=='))"), ["globalThis.fetch!", "globalThis.eval!"]);
}

#[test]
fn what_only_looks_like_a_call_is_none() {
    for source in [
        "// eval(a)\n/* eval(a) */ 'eval(a)' + `eval(a)` + /eval(a)/",
        "a.eval(b)",
        "model.eval()",
        "const a = {eval: 1, fetch: b}",
        "class A { fetch(a) { return a } }",
        "function f(eval) { eval(a) }",
        "function fetch(a) {}\nfetch(b)",
        "/a/.exec(b)",
        "new this.constructor(a)",
        "setTimeout(a, 1)",
        "Function('return this')()",
        "const exec = a => a; exec('b')",
        "typeof fetch",
        "process.env.NODE_ENV",
    ] {
        assert!(uses(source).is_empty(), "{source}: {:?}", uses(source));
    }
}

#[test]
fn any_bytes_come_to_an_end() {
    for part in
        ["(", "{", "[", "`${", "a=>", "/[", "'", "eval(", "{a:", "function(", "x.", "=", "a?.[", "\\u{"]
    {
        for count in [1, 50, 30_000] {
            uses(&part.repeat(count));
        }
    }
}

#[test]
fn values_that_grow_are_not_built_and_end() {
    let long = "a".repeat(60_000);
    let missed = |rest: &str| {
        let source = format!("var x='{long}';var y=x.split('');var c=require('child_process');{rest}");
        let budget = Budget::new(&Limits { memory: 4 << 20, ..Limits::default() }, None);
        let tokens = lexer::tokens(&source, &budget).unwrap();
        let meter = budget.meter();
        let read = reader::read(&source, &tokens, &budget, &meter).unwrap();
        let kept: usize = read.commands.iter().map(|(_, _, text)| text.len()).sum();
        assert!(kept <= 4 << 20, "{kept}");
        read.missed.is_some() || meter.check().is_err()
    };
    for again in
        ["x.split('');", "y.join('');", "y.reverse();", "x.concat(x);", "z=`${x}`;", "eval(x);", "c.exec(x);"]
    {
        assert!(missed(&again.repeat(4000)), "{again}");
    }
    // Each of these would be hundreds of megabytes.
    let many = "x,".repeat(4000);
    for once in [
        "c.exec(y.join(x))".to_owned(),
        format!("require('path').join({many}x)"),
        format!("c.spawn('a',[{many}x])"),
    ] {
        assert!(!missed(&once), "{}", once.len());
    }
}
