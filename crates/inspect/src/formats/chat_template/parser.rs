//! Tokens to expressions, by the grammar of Jinja2's `parser.py`. What Jinja2 accepts is accepted, and some more.

use std::borrow::Cow;

use super::lexer::{Lexer, Sign, Spanned, Token};
use super::syntax::{Arguments, Fault, Id, Kind, Node, Operator, Template};

/// How deeply brackets may be nested. The stack of Jinja2's own parser ends earlier.
const DEEPEST: usize = 96;

/// Why a tag cannot be parsed.
#[derive(Debug)]
pub(super) struct Broken {
    pub(super) at: usize,
    pub(super) why: &'static str,
}

pub(super) type Parsed<T> = Result<T, Broken>;

/// Parses a template.
#[derive(Debug)]
pub(super) struct Parser<'s> {
    lexer: Lexer<'s>,
    pub(super) current: Spanned<'s>,
    /// Where the token before the current one ended.
    pub(super) behind: usize,
    pub(super) template: Template<'s>,
    depth: usize,
    /// Where the tag began.
    tag: usize,
}

impl<'s> Parser<'s> {
    pub(super) fn new(source: &'s str) -> Self {
        let mut lexer = Lexer::new(source);
        let current = lexer.next();
        Self { lexer, current, behind: 0, template: Template::default(), depth: 0, tag: 0 }
    }

    pub(super) fn advance(&mut self) -> Token<'s> {
        self.behind = self.current.end;
        if matches!(self.current.token, Token::VariableStart | Token::BlockStart) {
            self.tag = self.current.start;
        }
        let next = self.lexer.next();
        std::mem::replace(&mut self.current, next).token
    }

    pub(super) fn broken<T>(&self, why: &'static str) -> Parsed<T> {
        let why = if let Token::Bad(why) = self.current.token { why } else { why };
        Err(Broken { at: self.current.start, why })
    }

    /// Notes a fault and goes on behind the tag it is in.
    pub(super) fn recover(&mut self, fault: &Broken) {
        self.depth = 0;
        if !matches!(self.current.token, Token::BlockEnd | Token::VariableEnd) {
            self.lexer.recover();
        }
        let skipped = self.lexer.since(self.tag);
        self.template.faults.push(Fault { at: fault.at, why: fault.why, skipped });
        self.advance();
    }

    pub(super) fn is(&self, sign: Sign) -> bool {
        self.current.token == Token::Sign(sign)
    }

    pub(super) fn is_name(&self, name: &str) -> bool {
        matches!(self.current.token, Token::Name(found) if found == name)
    }

    pub(super) fn eat(&mut self, sign: Sign) -> bool {
        let found = self.is(sign);
        if found {
            self.advance();
        }
        found
    }

    pub(super) fn eat_name(&mut self, name: &str) -> bool {
        let found = self.is_name(name);
        if found {
            self.advance();
        }
        found
    }

    fn expect(&mut self, sign: Sign, why: &'static str) -> Parsed<()> {
        if self.eat(sign) { Ok(()) } else { self.broken(why) }
    }

    pub(super) fn name(&mut self) -> Parsed<&'s str> {
        match self.current.token {
            Token::Name(name) => {
                self.advance();
                Ok(name)
            }
            _ => self.broken("a name is missing"),
        }
    }

    fn add(&mut self, kind: Kind<'s>, start: usize) -> Id {
        self.template.nodes.push(Node { kind, start, end: self.behind });
        self.template.nodes.len().saturating_sub(1)
    }

    fn start_of(&self, id: Id) -> usize {
        self.template.nodes.get(id).map_or(0, |node| node.start)
    }

    /// An expression, or several with commas between them, which make a tuple.
    pub(super) fn tuple(&mut self, conditional: bool) -> Parsed<Id> {
        let start = self.current.start;
        let first = self.expression(conditional)?;
        if !self.is(Sign::Comma) {
            return Ok(first);
        }
        let mut items = vec![first];
        while self.eat(Sign::Comma) {
            let ends = matches!(self.current.token, Token::BlockEnd | Token::VariableEnd)
                || self.is(Sign::ParenClose)
                || (!conditional && self.is_name("recursive"));
            if ends {
                break;
            }
            items.push(self.expression(conditional)?);
        }
        Ok(self.add(Kind::List(items), start))
    }

    /// An expression; `conditional` when `x if y else z` may stand here.
    pub(super) fn expression(&mut self, conditional: bool) -> Parsed<Id> {
        self.depth = self.depth.saturating_add(1);
        if self.depth > DEEPEST {
            return self.broken("brackets are nested too deeply");
        }
        let start = self.current.start;
        let mut value = self.operation()?;
        while conditional && self.eat_name("if") {
            let test = self.operation()?;
            let no = if self.eat_name("else") { Some(self.expression(true)?) } else { None };
            value = self.add(Kind::Choice { test, yes: value, no }, start);
        }
        self.depth = self.depth.saturating_sub(1);
        Ok(value)
    }

    /// Operands with operators between them, ordered by precedence without recursion.
    fn operation(&mut self) -> Parsed<Id> {
        let mut operands: Vec<Id> = Vec::new();
        let mut waiting: Vec<(Operator, usize)> = Vec::new();
        loop {
            // Behind an operator that binds more strongly, Jinja2 takes `not` for a name.
            while self.is_name("not") && waiting.last().is_none_or(|(before, _)| precedence(*before) <= 3) {
                waiting.push((Operator::Not, self.current.start));
                self.advance();
            }
            operands.push(self.operand()?);
            let at = self.current.start;
            let Some(operator) = self.operator()? else { break };
            while waiting.last().is_some_and(|(before, _)| precedence(*before) >= precedence(operator)) {
                self.apply(&mut operands, &mut waiting);
            }
            waiting.push((operator, at));
        }
        while !waiting.is_empty() {
            self.apply(&mut operands, &mut waiting);
        }
        match operands.pop() {
            Some(value) => Ok(value),
            None => self.broken("an expression is missing"),
        }
    }

    fn apply(&mut self, operands: &mut Vec<Id>, waiting: &mut Vec<(Operator, usize)>) {
        let Some((operator, at)) = waiting.pop() else { return };
        let Some(right) = operands.pop() else { return };
        let node = if operator == Operator::Not {
            self.add(Kind::Not(right), at)
        } else {
            let Some(left) = operands.pop() else { return };
            let start = self.start_of(left);
            self.add(Kind::Binary(operator, left, right), start)
        };
        // What was read ahead is not part of it.
        let end = self.template.nodes.get(right).map_or(0, |right| right.end);
        if let Some(node) = self.template.nodes.get_mut(node) {
            node.end = end;
        }
        operands.push(node);
    }

    fn operator(&mut self) -> Parsed<Option<Operator>> {
        let operator = match &self.current.token {
            Token::Name("or") => Operator::Or,
            Token::Name("and") => Operator::And,
            Token::Name("in") => Operator::In,
            Token::Name("not") => {
                self.advance();
                if !self.is_name("in") {
                    return self.broken("`in` is missing behind `not`");
                }
                Operator::NotIn
            }
            Token::Sign(sign) => match sign {
                Sign::Equal => Operator::Equal,
                Sign::NotEqual => Operator::NotEqual,
                Sign::Less | Sign::LessEqual | Sign::Greater | Sign::GreaterEqual => Operator::Order,
                Sign::Plus => Operator::Add,
                Sign::Minus => Operator::Subtract,
                Sign::Tilde => Operator::Concatenate,
                Sign::Times => Operator::Multiply,
                Sign::Divide | Sign::FloorDivide => Operator::Divide,
                Sign::Modulo => Operator::Modulo,
                Sign::Power => Operator::Power,
                _ => return Ok(None),
            },
            _ => return Ok(None),
        };
        self.advance();
        Ok(Some(operator))
    }

    /// A value with its signs, attributes, subscripts, calls, filters and tests.
    fn operand(&mut self) -> Parsed<Id> {
        let start = self.current.start;
        let mut negative = false;
        while self.is(Sign::Minus) || self.is(Sign::Plus) {
            negative ^= self.is(Sign::Minus);
            self.advance();
        }
        let value = self.primary()?;
        let mut value = self.postfix(value)?;
        if negative {
            value = self.add(Kind::Negative(value), start);
        }
        loop {
            if self.is(Sign::Pipe) {
                value = self.filters(Some(value))?;
            } else if self.eat_name("is") {
                value = self.test(value)?;
            } else if self.is(Sign::ParenOpen) || self.is(Sign::BracketOpen) || self.is(Sign::Dot) {
                value = self.postfix(value)?;
            } else {
                return Ok(value);
            }
        }
    }

    fn primary(&mut self) -> Parsed<Id> {
        let start = self.current.start;
        if matches!(self.current.token, Token::Bad(_) | Token::End | Token::BlockEnd | Token::VariableEnd) {
            return self.broken("an expression is missing");
        }
        let kind = match self.advance() {
            Token::Name("true" | "True" | "false" | "False" | "none" | "None") | Token::Float => {
                Kind::Literal
            }
            Token::Name(name) => Kind::Name(name),
            Token::Integer(value) => Kind::Integer(value),
            Token::Text(text, known) => self.adjacent(text, known),
            Token::Sign(Sign::ParenOpen) => {
                if self.eat(Sign::ParenClose) {
                    Kind::List(Vec::new())
                } else {
                    let inner = self.tuple(true)?;
                    self.expect(Sign::ParenClose, "`)` is missing")?;
                    return Ok(inner);
                }
            }
            Token::Sign(Sign::BracketOpen) => Kind::List(self.items(Sign::BracketClose)?),
            Token::Sign(Sign::BraceOpen) => self.dictionary()?,
            _ => return Err(Broken { at: start, why: "an expression is missing" }),
        };
        Ok(self.add(kind, start))
    }

    /// Strings that stand side by side are one.
    fn adjacent(&mut self, first: Cow<'s, str>, known: bool) -> Kind<'s> {
        let (mut text, mut known) = (first, known);
        while let Token::Text(next, all) = &self.current.token {
            text.to_mut().push_str(next);
            known &= *all;
            self.advance();
        }
        Kind::Text(text, known)
    }

    fn items(&mut self, close: Sign) -> Parsed<Vec<Id>> {
        let mut items = Vec::new();
        while !self.eat(close) {
            if !items.is_empty() {
                self.expect(Sign::Comma, "`,` is missing")?;
                if self.eat(close) {
                    break;
                }
            }
            items.push(self.expression(true)?);
        }
        Ok(items)
    }

    fn dictionary(&mut self) -> Parsed<Kind<'s>> {
        let mut pairs = Vec::new();
        while !self.eat(Sign::BraceClose) {
            if !pairs.is_empty() {
                self.expect(Sign::Comma, "`,` is missing")?;
                if self.eat(Sign::BraceClose) {
                    break;
                }
            }
            let key = self.expression(true)?;
            self.expect(Sign::Colon, "`:` is missing")?;
            pairs.push((key, self.expression(true)?));
        }
        Ok(Kind::Dictionary(pairs))
    }

    fn postfix(&mut self, mut value: Id) -> Parsed<Id> {
        loop {
            let start = self.start_of(value);
            let kind = if self.eat(Sign::Dot) {
                match self.current.token {
                    Token::Name(name) => {
                        self.advance();
                        Kind::Attribute(value, name)
                    }
                    Token::Integer(index) => {
                        let at = self.current.start;
                        self.advance();
                        let index = self.add(Kind::Integer(index), at);
                        Kind::Item(value, index)
                    }
                    _ => return self.broken("a name is missing behind `.`"),
                }
            } else if self.eat(Sign::BracketOpen) {
                self.subscript(value)?
            } else if self.is(Sign::ParenOpen) {
                Kind::Call(value, self.arguments()?)
            } else {
                return Ok(value);
            };
            value = self.add(kind, start);
        }
    }

    fn subscript(&mut self, value: Id) -> Parsed<Kind<'s>> {
        let start = self.current.start;
        let mut keys = Vec::new();
        let mut kind = None;
        while !self.eat(Sign::BracketClose) {
            if !keys.is_empty() || kind.is_some() {
                self.expect(Sign::Comma, "`]` is missing")?;
                if self.eat(Sign::BracketClose) {
                    break;
                }
            }
            let first = if self.is(Sign::Colon) { None } else { Some(self.expression(true)?) };
            if !self.is(Sign::Colon) {
                keys.extend(first);
                continue;
            }
            let mut parts = [first, None, None];
            for part in parts.iter_mut().skip(1) {
                if self.eat(Sign::Colon) && !self.ends_slice_part() {
                    *part = Some(self.expression(true)?);
                }
            }
            kind = Some(Kind::Slice(value, parts));
        }
        Ok(match (kind, keys.as_slice()) {
            (Some(slice), _) => slice,
            (None, [key]) => Kind::Item(value, *key),
            (None, _) => {
                let key = self.add(Kind::List(keys), start);
                Kind::Item(value, key)
            }
        })
    }

    fn ends_slice_part(&self) -> bool {
        self.is(Sign::Colon) || self.is(Sign::BracketClose) || self.is(Sign::Comma)
    }

    fn arguments(&mut self) -> Parsed<Arguments<'s>> {
        let mut arguments = Arguments::default();
        self.expect(Sign::ParenOpen, "`(` is missing")?;
        let mut first = true;
        while !self.eat(Sign::ParenClose) {
            if !std::mem::take(&mut first) {
                self.expect(Sign::Comma, "`,` is missing")?;
                if self.eat(Sign::ParenClose) {
                    break;
                }
            }
            let _ = self.eat(Sign::Times) || self.eat(Sign::Power);
            let (word, end) = (self.current.token.clone(), self.current.end);
            let value = self.expression(true)?;
            match word {
                Token::Name(name) if self.is(Sign::Assign) && self.behind == end => {
                    self.advance();
                    let value = self.expression(true)?;
                    arguments.named.push((name, value));
                }
                _ => arguments.positional.push(value),
            }
        }
        Ok(arguments)
    }

    /// The names of a filter or test may have dots; the last part says what it is.
    fn dotted(&mut self) -> Parsed<&'s str> {
        let mut name = self.name()?;
        while self.eat(Sign::Dot) {
            name = self.name()?;
        }
        Ok(name)
    }

    /// Filters one behind the other; without a value at the head of a `filter` block.
    pub(super) fn filters(&mut self, value: Option<Id>) -> Parsed<Id> {
        let start = value.map_or(self.current.start, |value| self.start_of(value));
        let mut value = value;
        let mut inline = value.is_none();
        loop {
            if !std::mem::take(&mut inline) && !self.eat(Sign::Pipe) {
                break;
            }
            let name = self.dotted()?;
            let arguments = if self.is(Sign::ParenOpen) { self.arguments()? } else { Arguments::default() };
            value = Some(self.add(Kind::Filter(value, name, arguments), start));
        }
        match value {
            Some(value) => Ok(value),
            None => self.broken("a filter is missing"),
        }
    }

    fn test(&mut self, value: Id) -> Parsed<Id> {
        let start = self.start_of(value);
        let negated = self.eat_name("not");
        let name = self.dotted()?;
        let mut arguments = Arguments::default();
        match &self.current.token {
            Token::Sign(Sign::ParenOpen) => arguments = self.arguments()?,
            Token::Name("else" | "or" | "and" | "is") => {}
            Token::Name(_)
            | Token::Text(..)
            | Token::Integer(_)
            | Token::Float
            | Token::Sign(Sign::BracketOpen | Sign::BraceOpen) => {
                let argument = self.primary()?;
                arguments.positional.push(self.postfix(argument)?);
            }
            _ => {}
        }
        let test = self.add(Kind::Test(value, name, arguments), start);
        Ok(if negated { self.add(Kind::Not(test), start) } else { test })
    }
}

fn precedence(operator: Operator) -> u8 {
    match operator {
        Operator::Or => 1,
        Operator::And => 2,
        Operator::Not => 3,
        Operator::Equal | Operator::NotEqual | Operator::Order | Operator::In | Operator::NotIn => 4,
        Operator::Add | Operator::Subtract => 5,
        Operator::Concatenate => 6,
        Operator::Multiply | Operator::Divide | Operator::Modulo => 7,
        Operator::Power => 8,
    }
}
