//! How deep a syntax tree can be, judged from the tokens before there is a tree. Whoever walks a tree, or throws it away,
//! goes as deep as it is.

use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{Mode, lexer};

/// How deep and how large a tree of some text will be.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Shape {
    /// Levels that the parser nests when it reads: brackets, blocks, operators before their operand.
    pub(super) nested: usize,
    /// Levels of the tree; long sums and long chains of attributes are deep trees, too.
    pub(super) depth: usize,
    pub(super) tokens: usize,
}

/// The levels between two brackets.
#[derive(Debug, Default, Clone, Copy)]
struct Level {
    /// Since the last comma or end of a line.
    nested: usize,
    chained: usize,
}

/// Looks over the tokens.
pub(super) fn shape(source: &str) -> Shape {
    let mut lexer = lexer::lex(source, Mode::Ipython);
    let mut shape = Shape::default();
    let mut levels: Vec<Level> = vec![Level::default()];
    // Sums over the levels below the last.
    let mut below = Level::default();
    let mut indent = 0_usize;
    loop {
        let kind = lexer.next_token();
        shape.tokens = shape.tokens.saturating_add(1);
        let Some(level) = levels.last_mut() else { break };
        match kind {
            TokenKind::EndOfFile => break,
            TokenKind::Indent => indent = indent.saturating_add(1),
            TokenKind::Dedent => indent = indent.saturating_sub(1),
            TokenKind::Newline => {
                levels.clear();
                levels.push(Level::default());
                below = Level::default();
                continue;
            }
            TokenKind::Comma | TokenKind::Semi => *level = Level::default(),
            TokenKind::Lpar
            | TokenKind::Lsqb
            | TokenKind::Lbrace
            | TokenKind::FStringStart
            | TokenKind::TStringStart => {
                level.chained = level.chained.saturating_add(1);
                below.nested = below.nested.saturating_add(level.nested).saturating_add(1);
                below.chained = below.chained.saturating_add(level.chained).saturating_add(1);
                levels.push(Level::default());
            }
            TokenKind::Rpar
            | TokenKind::Rsqb
            | TokenKind::Rbrace
            | TokenKind::FStringEnd
            | TokenKind::TStringEnd => {
                if levels.len() > 1 {
                    levels.pop();
                    if let Some(outer) = levels.last() {
                        below.nested = below.nested.saturating_sub(outer.nested.saturating_add(1));
                        below.chained = below.chained.saturating_sub(outer.chained.saturating_add(1));
                    }
                }
                continue;
            }
            TokenKind::Not
            | TokenKind::Minus
            | TokenKind::Plus
            | TokenKind::Tilde
            | TokenKind::Lambda
            | TokenKind::Else
            | TokenKind::DoubleStar
            | TokenKind::Await
            | TokenKind::Async
            | TokenKind::Yield
            | TokenKind::Star
            | TokenKind::Colon
            | TokenKind::Equal
            | TokenKind::ColonEqual => level.nested = level.nested.saturating_add(1),
            TokenKind::Name
            | TokenKind::Int
            | TokenKind::Float
            | TokenKind::Complex
            | TokenKind::String
            | TokenKind::FStringMiddle
            | TokenKind::TStringMiddle
            | TokenKind::Comment
            | TokenKind::NonLogicalNewline => continue,
            _ => level.chained = level.chained.saturating_add(1),
        }
        let level = levels.last().copied().unwrap_or_default();
        let nested = below.nested.saturating_add(level.nested).saturating_add(indent);
        let chained = below.chained.saturating_add(level.chained);
        shape.nested = shape.nested.max(nested);
        shape.depth = shape.depth.max(nested.saturating_add(chained));
    }
    shape
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_is_that_of_brackets_blocks_and_chains() {
        let flat = shape(&"x = f(a, b)\n".repeat(1000));
        assert!(flat.nested < 4 && flat.depth < 8, "{flat:?}");
        let list = shape(&format!("x = [{}]\n", "-1, {'a': 2}, ".repeat(1000)));
        assert!(list.nested < 8 && list.depth < 12, "{list:?}");
        for (source, nested, depth) in [
            ("(".repeat(500), 500, 500),
            (format!("x = {}1", "-".repeat(500)), 500, 500),
            (format!("x = {}1", "not ".repeat(500)), 500, 500),
            (format!("x = {}1", "lambda: ".repeat(500)), 500, 500),
            (format!("x = 1{}", "**1".repeat(500)), 500, 500),
            (format!("x = 1{}", " if 1 else 1".repeat(500)), 500, 500),
            (format!("x = a{}", ".a".repeat(500)), 0, 500),
            (format!("x = 1{}", " * 1".repeat(500)), 0, 500),
            (format!("x = a{}", "()".repeat(500)), 0, 500),
            ((0..100).map(|deep| format!("{}if a:\n", " ".repeat(deep))).collect(), 99, 99),
        ] {
            let shape = shape(&source);
            assert!(shape.nested >= nested && shape.depth >= depth, "{shape:?} {nested} {depth} {source}");
        }
    }
}
