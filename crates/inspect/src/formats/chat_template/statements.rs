//! Tags to steps. A tag that cannot be parsed is noted and skipped, the rest is still read: what a payload stands behind
//! must not hide it.

use super::lexer::{Sign, Token};
use super::parser::{Broken, Parsed, Parser};
use super::syntax::{Block, Id, Step, StepKind, Target, Template};

/// How deeply blocks may be nested.
const DEEPEST: usize = 200;

/// Parses a template; what cannot be parsed is among its faults.
pub(super) fn parse(source: &str) -> Template<'_> {
    let mut statements = Statements { parser: Parser::new(source), open: Vec::new() };
    loop {
        match statements.next() {
            Ok(true) => {}
            Ok(false) => break,
            Err(fault) => statements.parser.recover(&fault),
        }
    }
    if let Some(word) = statements.open.pop() {
        let fault = Broken { at: source.len(), why: unclosed(word) };
        statements.parser.recover(&fault);
    }
    statements.parser.template
}

struct Statements<'s> {
    parser: Parser<'s>,
    /// The words that opened the blocks around this place.
    open: Vec<&'static str>,
}

impl<'s> Statements<'s> {
    fn step(&mut self, kind: StepKind<'s>, at: usize) {
        let nodes = self.parser.template.nodes.len();
        self.parser.template.steps.push(Step { kind, at, nodes });
    }

    /// Reads data or a tag; `false` at the end.
    fn next(&mut self) -> Parsed<bool> {
        let at = self.parser.current.start;
        match self.parser.current.token {
            Token::End => return Ok(false),
            Token::Data(text) => {
                self.parser.advance();
                self.step(StepKind::Data(text), at);
            }
            Token::VariableStart => {
                self.parser.advance();
                let value = self.parser.tuple(true)?;
                self.step(StepKind::Emit(value), at);
                self.end_of(&Token::VariableEnd)?;
            }
            Token::BlockStart => {
                self.parser.advance();
                let word = self.parser.name()?;
                self.tag(word, at)?;
                self.end_of(&Token::BlockEnd)?;
            }
            _ => return self.parser.broken("this cannot stand here"),
        }
        Ok(true)
    }

    fn end_of(&mut self, end: &Token<'s>) -> Parsed<()> {
        // As in Python, a colon may stand at the end of a statement.
        if *end == Token::BlockEnd {
            self.parser.eat(Sign::Colon);
        }
        if self.parser.current.token != *end {
            return self.parser.broken("the tag does not end here");
        }
        self.parser.advance();
        Ok(())
    }

    fn open(&mut self, word: &'static str, block: Block<'s>, at: usize) -> Parsed<()> {
        if self.open.len() >= DEEPEST {
            return self.parser.broken("blocks are nested too deeply");
        }
        self.open.push(word);
        self.step(StepKind::Open(block), at);
        Ok(())
    }

    fn tag(&mut self, word: &'s str, at: usize) -> Parsed<()> {
        match word {
            "if" => {
                self.parser.tuple(false)?;
                self.open("if", Block::If, at)
            }
            "elif" => {
                self.inside("if")?;
                self.parser.tuple(false)?;
                self.step(StepKind::Otherwise, at);
                Ok(())
            }
            "else" => {
                if !matches!(self.open.last(), Some(&("if" | "for"))) {
                    return self.parser.broken("`else` belongs to no block");
                }
                self.step(StepKind::Otherwise, at);
                Ok(())
            }
            "for" => self.for_loop(at),
            "set" => self.set(at),
            "macro" => self.macro_block(at),
            "call" => {
                if self.parser.is(Sign::ParenOpen) {
                    self.signature()?;
                }
                self.parser.expression(true)?;
                self.open("call", Block::Other, at)
            }
            "filter" => {
                self.parser.filters(None)?;
                self.open("filter", Block::Other, at)
            }
            "with" => self.with_block(at),
            "autoescape" => {
                self.parser.expression(true)?;
                self.open("autoescape", Block::Other, at)
            }
            "block" => {
                self.parser.name()?;
                while self.parser.eat_name("scoped") || self.parser.eat_name("required") {}
                self.open("block", Block::Other, at)
            }
            // Marks what the assistant says, for training; an extension of transformers.
            "generation" => self.open("generation", Block::Other, at),
            "trans" => self.trans(at),
            "pluralize" => {
                let _ = self.parser.name();
                self.inside("trans")
            }
            "extends" | "include" | "import" | "from" => self.load(word, at),
            "do" => {
                self.parser.tuple(true)?;
                self.step(StepKind::Evaluate, at);
                Ok(())
            }
            "print" => {
                while self.parser.current.token != Token::BlockEnd {
                    let value = self.parser.expression(true)?;
                    self.step(StepKind::Emit(value), at);
                    if !self.parser.eat(Sign::Comma) {
                        break;
                    }
                }
                Ok(())
            }
            "break" | "continue" | "debug" => Ok(()),
            _ => match word.strip_prefix("end") {
                Some(opened) => self.close(opened, at),
                None => Err(Broken { at, why: "a statement that Jinja does not know" }),
            },
        }
    }

    fn inside(&self, word: &str) -> Parsed<()> {
        if self.open.last() == Some(&word) { Ok(()) } else { self.parser.broken("this belongs to no block") }
    }

    fn close(&mut self, word: &str, at: usize) -> Parsed<()> {
        if !self.open.contains(&word) {
            return Err(Broken { at, why: "the end of a block that was not opened" });
        }
        // The name of a block may stand behind its end.
        if word == "block" {
            let _ = self.parser.name();
        }
        let mut crossed = false;
        while let Some(opened) = self.open.pop() {
            self.step(StepKind::Close, at);
            if opened == word {
                break;
            }
            crossed = true;
        }
        if crossed { Err(Broken { at, why: "the end of a block inside another" }) } else { Ok(()) }
    }

    fn for_loop(&mut self, at: usize) -> Parsed<()> {
        let targets = self.targets()?;
        if !self.parser.eat_name("in") {
            return self.parser.broken("`in` is missing");
        }
        let values = self.parser.tuple(false)?;
        if self.parser.eat_name("if") {
            self.parser.expression(true)?;
        }
        self.parser.eat_name("recursive");
        self.open("for", Block::For { targets, values }, at)
    }

    fn set(&mut self, at: usize) -> Parsed<()> {
        let targets = self.targets()?;
        if self.parser.eat(Sign::Assign) {
            let value = self.parser.tuple(true)?;
            self.step(StepKind::Set(targets, value), at);
            return Ok(());
        }
        let filtered = self.parser.eat(Sign::Pipe);
        if filtered {
            self.parser.filters(None)?;
        }
        self.open("set", Block::Capture(targets, filtered), at)
    }

    fn macro_block(&mut self, at: usize) -> Parsed<()> {
        let name = self.parser.name()?;
        let parameters = self.signature()?;
        self.open("macro", Block::Macro { name, parameters }, at)
    }

    fn with_block(&mut self, at: usize) -> Parsed<()> {
        self.open("with", Block::Other, at)?;
        let mut first = true;
        while self.parser.current.token != Token::BlockEnd {
            if !std::mem::take(&mut first) && !self.parser.eat(Sign::Comma) {
                return self.parser.broken("`,` is missing");
            }
            let targets = self.targets()?;
            if !self.parser.eat(Sign::Assign) {
                return self.parser.broken("`=` is missing");
            }
            let value = self.parser.expression(true)?;
            self.step(StepKind::Set(targets, value), at);
        }
        Ok(())
    }

    fn trans(&mut self, at: usize) -> Parsed<()> {
        while self.parser.current.token != Token::BlockEnd {
            self.parser.expression(true)?;
            if self.parser.eat(Sign::Assign) {
                self.parser.expression(true)?;
            }
            self.parser.eat(Sign::Comma);
        }
        self.open("trans", Block::Other, at)
    }

    fn load(&mut self, word: &'s str, at: usize) -> Parsed<()> {
        let target = self.parser.expression(true)?;
        self.step(StepKind::Load(word, target), at);
        // `as name`, `import a as b, c`, `ignore missing`, `with context`: words and commas.
        while !matches!(self.parser.current.token, Token::BlockEnd | Token::End) {
            if !self.parser.eat(Sign::Comma) {
                self.parser.name()?;
            }
        }
        Ok(())
    }

    /// What a loop or `set` assigns to, in any nesting of parentheses.
    fn targets(&mut self) -> Parsed<Vec<Target<'s>>> {
        let mut targets = Vec::new();
        let mut depth = 0_usize;
        loop {
            while self.parser.eat(Sign::ParenOpen) {
                depth = depth.saturating_add(1);
            }
            let name = self.parser.name()?;
            let attribute = if self.parser.eat(Sign::Dot) { Some(self.parser.name()?) } else { None };
            targets.push(Target { name, attribute });
            let mut comma = self.parser.eat(Sign::Comma);
            while depth > 0 && self.parser.eat(Sign::ParenClose) {
                depth = depth.saturating_sub(1);
                comma = self.parser.eat(Sign::Comma);
            }
            let ends = matches!(self.parser.current.token, Token::BlockEnd)
                || self.parser.is(Sign::Assign)
                || self.parser.is_name("in");
            if !comma || (depth == 0 && ends) {
                break;
            }
        }
        if depth > 0 { self.parser.broken("`)` is missing") } else { Ok(targets) }
    }

    fn signature(&mut self) -> Parsed<Vec<(&'s str, Option<Id>)>> {
        let mut parameters = Vec::new();
        if !self.parser.eat(Sign::ParenOpen) {
            return self.parser.broken("`(` is missing");
        }
        while !self.parser.eat(Sign::ParenClose) {
            if !parameters.is_empty() {
                if !self.parser.eat(Sign::Comma) {
                    return self.parser.broken("`,` is missing");
                }
                if self.parser.eat(Sign::ParenClose) {
                    break;
                }
            }
            let name = self.parser.name()?;
            let default =
                if self.parser.eat(Sign::Assign) { Some(self.parser.expression(true)?) } else { None };
            parameters.push((name, default));
        }
        Ok(parameters)
    }
}

fn unclosed(word: &str) -> &'static str {
    match word {
        "if" => "an `if` that is not closed",
        "for" => "a `for` that is not closed",
        "macro" => "a `macro` that is not closed",
        _ => "a block that is not closed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_jinja2_takes() {
        for source in [
            "{{ a if b else c if d else e }}{{ a if b }}",
            "{% for a, (b, c) in x.items() if a is not none recursive %}{{ loop(b) }}{% else %}q{% endfor %}",
            "{% macro f(a, b=1, c='x') %}{{ caller(a) }}{% endmacro %}{% call(x) f(1, *y, **z) %}{{ x }}{% endcall %}",
            "{% set a, b = 1, 2 %}{% set ns.x %}q{% endset %}{% set q | upper %}z{% endset %}",
            "{% filter upper|trim %}x{% endfilter %}{% with a=1, b=2 %}{{ a }}{% endwith %}{% with %}{% endwith %}",
            "{% block a scoped required %} {% endblock a %}{% autoescape true %}{{ x|e }}{% endautoescape %}",
            "{% include ['a', 'b'] ignore missing with context %}{% from 'c' import d as e, f %}{% import 'g' as h %}",
            "{{ x[1:2, ::3] }}{{ x[] }}{{ -x ** 2 + 3 // 4 % 5 ~ 'a' 'b' }}{{ +1 }}{{ a, b }}",
            "{{ not a and b or c in d not in e }}{{ a in not }}{{ x is divisibleby 3 and y is not sameas none }}",
            "{{ {'a': [1, (2,), ()], 'b': {},} }}{{ 1_000 + 0x1f + 1.5e3 }}{{ a.b.0['c'](d)(e=f)|g(h)|i is j }}",
            "{%- for x in y: -%}{% break %}{%+ continue +%}{%- endfor -%}{% if a, b %}{% elif c %}{% else: %}{% endif %}",
            "{% raw %}{{ ? }}{% endraw %}{# {% ? %} #}{{ 'a\\'b' \"c\" }}{% print a, b %}{% do x.y(1) %}",
            "{% generation %}x{% endgeneration %}{% trans a=b %}x{% pluralize %}y{% endtrans %}{{ ünï }}",
        ] {
            let faults = parse(source).faults;
            assert!(faults.is_empty(), "{source}: {faults:?}");
        }
    }

    #[test]
    fn notes_what_jinja2_refuses_and_goes_on() {
        for source in [
            "{{ }}",
            "{{ a b }}",
            "{{ a ? }}",
            "{{ (a }}",
            "{{ a) }}",
            "{{ 'a }}",
            "{% if %}{% endif %}",
            "{% nothing %}",
            "{% endif %}",
            "{% for a b in c %}{% endfor %}",
            "{% if a %}{% endfor %}{% endif %}",
            "{% set = 1 %}",
            "{% else %}",
            "{{ a.b. }}",
            "{{ a | }}",
            "{{ a is }}",
            "{{ {a} }}",
            "{{ a not b }}",
        ] {
            let whole = format!("{source}{{{{ found }}}}");
            let template = parse(&whole);
            assert!(!template.faults.is_empty(), "{source}");
            let names = ["{{ (a }}", "{{ 'a }}"].contains(&source)
                || template
                    .nodes
                    .iter()
                    .any(|node| matches!(node.kind, super::super::syntax::Kind::Name("found")));
            assert!(names, "{source}");
        }
    }
}
