//! The Python literals of which the header of a numpy array is made.

/// Nesting at which reading ends.
const MOST_DEPTH: usize = 32;

/// A literal.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Literal {
    Text(String),
    Number(u64),
    Bool(bool),
    Tuple(Vec<Self>),
    List(Vec<Self>),
    Dict(Vec<(Self, Self)>),
    /// `None`, a negative number, or one too large.
    Other(&'static str),
}

/// Why a text is not a literal.
#[derive(Debug, PartialEq)]
pub(super) enum Refusal {
    TooDeep,
    Unparsable,
}

/// Reads a text that is one literal.
pub(super) fn parse(text: &str) -> Result<Literal, Refusal> {
    let mut parser = Parser { rest: text, depth: 0 };
    let literal = parser.value()?;
    parser.space();
    if parser.rest.is_empty() { Ok(literal) } else { Err(Refusal::Unparsable) }
}

struct Parser<'a> {
    rest: &'a str,
    depth: usize,
}

impl Parser<'_> {
    fn space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r', '\x0c']);
    }

    fn eat(&mut self, token: &str) -> bool {
        self.space();
        let rest = self.rest.strip_prefix(token);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn value(&mut self) -> Result<Literal, Refusal> {
        self.depth = self.depth.saturating_add(1);
        if self.depth > MOST_DEPTH {
            return Err(Refusal::TooDeep);
        }
        let value = if self.eat("{") {
            self.dict()
        } else if self.eat("[") {
            self.items(']').map(|(items, _)| Literal::List(items))
        } else if self.eat("(") {
            self.items(')').map(|(mut items, comma)| match (items.pop(), comma) {
                (Some(only), false) if items.is_empty() => only,
                (last, _) => {
                    items.extend(last);
                    Literal::Tuple(items)
                }
            })
        } else {
            self.scalar()
        };
        self.depth = self.depth.saturating_sub(1);
        value
    }

    /// Items up to the closing bracket, and whether a comma stood among them.
    fn items(&mut self, close: char) -> Result<(Vec<Literal>, bool), Refusal> {
        let mut items = Vec::new();
        let mut comma = false;
        let mut buffer = [0; 4];
        let close: &str = close.encode_utf8(&mut buffer);
        loop {
            if self.eat(close) {
                return Ok((items, comma));
            }
            if !items.is_empty() && !comma {
                return Err(Refusal::Unparsable);
            }
            items.push(self.value()?);
            let another = self.eat(",");
            comma |= another;
            if !another {
                return if self.eat(close) { Ok((items, comma)) } else { Err(Refusal::Unparsable) };
            }
        }
    }

    fn dict(&mut self) -> Result<Literal, Refusal> {
        let mut pairs = Vec::new();
        loop {
            if self.eat("}") {
                return Ok(Literal::Dict(pairs));
            }
            let key = self.value()?;
            if !self.eat(":") {
                return Err(Refusal::Unparsable);
            }
            pairs.push((key, self.value()?));
            if !self.eat(",") {
                return if self.eat("}") { Ok(Literal::Dict(pairs)) } else { Err(Refusal::Unparsable) };
            }
        }
    }

    fn scalar(&mut self) -> Result<Literal, Refusal> {
        self.space();
        for (word, literal) in [
            ("True", Literal::Bool(true)),
            ("False", Literal::Bool(false)),
            ("None", Literal::Other("`None`")),
        ] {
            if self.eat(word) {
                return Ok(literal);
            }
        }
        let prefix = self.rest.trim_start_matches(['u', 'b', 'U', 'B']);
        if prefix.starts_with(['\'', '"']) && self.rest.len().saturating_sub(prefix.len()) <= 1 {
            self.rest = prefix;
            return self.text();
        }
        let negative = self.eat("-");
        let digits = self.rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let number = self.rest.strip_suffix(digits).filter(|number| !number.is_empty());
        let number = number.ok_or(Refusal::Unparsable)?;
        if number.starts_with('0') && number.bytes().any(|byte| byte != b'0') {
            return Err(Refusal::Unparsable);
        }
        let value = number.parse().map_or(Literal::Other("a number too large"), Literal::Number);
        self.rest = digits;
        // As Python 2 wrote them.
        self.eat("L");
        Ok(if negative { Literal::Other("a negative number") } else { value })
    }

    fn text(&mut self) -> Result<Literal, Refusal> {
        let mut chars = self.rest.chars();
        let quote = chars.next().ok_or(Refusal::Unparsable)?;
        let mut text = String::new();
        loop {
            match chars.next().ok_or(Refusal::Unparsable)? {
                c if c == quote => break,
                '\n' | '\0' => return Err(Refusal::Unparsable),
                '\\' => text.push(escape(&mut chars)?),
                c => text.push(c),
            }
        }
        self.rest = chars.as_str();
        Ok(Literal::Text(text))
    }
}

fn escape(chars: &mut std::str::Chars<'_>) -> Result<char, Refusal> {
    let digits = match chars.next().ok_or(Refusal::Unparsable)? {
        'n' => return Ok('\n'),
        't' => return Ok('\t'),
        'r' => return Ok('\r'),
        'x' => 2,
        'u' => 4,
        'U' => 8,
        c @ ('\\' | '\'' | '"') => return Ok(c),
        _ => return Err(Refusal::Unparsable),
    };
    let digits: String = chars.take(digits).collect();
    u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32).ok_or(Refusal::Unparsable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_headers_as_python_does() {
        let header = "{'descr': [(('t', u\"n\\xe9\"), '<f4', (2,)), ('', '|V3')], 'fortran_order': False, 'shape': (3L, 4), }  \n";
        let Ok(Literal::Dict(pairs)) = parse(header) else { panic!("not a dictionary") };
        let text = |text: &str| Literal::Text(text.to_owned());
        assert_eq!(pairs.len(), 3);
        assert_eq!(pairs[2], (text("shape"), Literal::Tuple(vec![Literal::Number(3), Literal::Number(4)])));
        assert_eq!(
            pairs[0].1,
            Literal::List(vec![
                Literal::Tuple(vec![
                    Literal::Tuple(vec![text("t"), text("né")]),
                    text("<f4"),
                    Literal::Tuple(vec![Literal::Number(2)]),
                ]),
                Literal::Tuple(vec![text(""), text("|V3")]),
            ])
        );
        assert_eq!(parse("()"), Ok(Literal::Tuple(vec![])));
        assert_eq!(parse("(5)"), Ok(Literal::Number(5)));
        assert_eq!(parse("(5,)"), Ok(Literal::Tuple(vec![Literal::Number(5)])));
    }

    #[test]
    fn refuses_what_is_no_literal() {
        for text in
            ["", "{", "{'a'}", "f(1)", "'a' 'b", "[1 2]", "{'a': 1} x", "1 + 1", "'\\q'", "(,)", "04", "'\0'"]
        {
            assert_eq!(parse(text), Err(Refusal::Unparsable), "{text}");
        }
        assert_eq!(parse(&"[".repeat(1000)), Err(Refusal::TooDeep));
    }
}
