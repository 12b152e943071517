//! What programs print, when that is written in their arguments: also what comes out of decoders that get it.

use weighbridge_domain::facts::Program;

/// Programs that one text goes through.
const MOST: usize = 8;
/// The longest text.
const LONGEST: usize = 64 << 10;

/// What the program of this number prints.
pub(super) fn of(programs: &[Program], at: usize) -> Option<String> {
    through(programs, at, MOST)
}

fn through(programs: &[Program], at: usize, depth: usize) -> Option<String> {
    let deeper = depth.checked_sub(1)?;
    let program = programs.get(at)?;
    if let Some(text) = printed(program) {
        return Some(text);
    }
    let has = |letters: &[char], long: &[&str]| {
        program.arguments().iter().any(|word| {
            long.contains(&word.as_str())
                || word.starts_with('-') && !word.starts_with("--") && word.contains(letters)
        })
    };
    let input = || {
        let document = program.redirects.iter().find(|one| matches!(one.sign, "<<" | "<<<"));
        document.map(|one| one.target.clone()).or_else(|| {
            let feeds = |one: &Program| one.feeds.is_some_and(|feed| feed.to == at);
            let from = programs.iter().position(feeds).filter(|from| *from != at)?;
            through(programs, from, deeper)
        })
    };
    let text = match program.name() {
        "base64" if has(&['d', 'D'], &["--decode"]) => {
            let bytes = crate::formats::python::base64(input()?.trim().as_bytes())?;
            String::from_utf8(bytes).ok()?
        }
        "openssl"
            if has(&['d'], &[])
                && program.words.iter().any(|word| matches!(word.as_str(), "-base64" | "base64")) =>
        {
            let bytes = crate::formats::python::base64(input()?.trim().as_bytes())?;
            String::from_utf8(bytes).ok()?
        }
        "rev" => {
            let text = input()?;
            text.lines().map(|line| line.chars().rev().collect::<String>() + "\n").collect()
        }
        "tr" if program.arguments().iter().any(|word| word.contains("n-za-m") || word.contains("N-ZA-M")) => {
            let turn = |c: char| match c {
                'a'..='m' | 'A'..='M' => char::from_u32(u32::from(c).wrapping_add(13)).unwrap_or(c),
                'n'..='z' | 'N'..='Z' => char::from_u32(u32::from(c).wrapping_sub(13)).unwrap_or(c),
                _ => c,
            };
            input()?.chars().map(turn).collect()
        }
        "xxd" if has(&['r'], &[]) => {
            let text = input()?;
            let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(16)).collect();
            let bytes = digits.chunks_exact(2).filter_map(|pair| match pair {
                [high, low] => u8::try_from(high.wrapping_mul(16).wrapping_add(*low)).ok(),
                _ => None,
            });
            String::from_utf8(bytes.collect()).ok()?
        }
        "cat" | "tee" if program.arguments().iter().all(|word| word == "-") || program.name() == "tee" => {
            input()?
        }
        _ => return None,
    };
    (text.len() <= LONGEST).then_some(text)
}

/// What a program prints, when that is written in its arguments.
fn printed(program: &Program) -> Option<String> {
    match program.name() {
        name @ ("echo" | "printf") => {
            let escapes = name == "printf" || program.arguments().iter().any(|word| word.starts_with("-e"));
            let words = program.arguments().iter().skip_while(|word| word.starts_with('-'));
            let words: Vec<&str> = words.map(String::as_str).collect();
            let text = words.join(" ");
            // `echo` of some shells undoes them in any case.
            Some(if escapes || text.contains("\\x") { unescaped(&text) } else { text })
        }
        "cat" => program.redirects.iter().find(|one| one.sign == "<<").map(|one| one.target.clone()),
        _ => None,
    }
}

fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut letters = text.chars().peekable();
    while let Some(c) = letters.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        let (radix, most) = match letters.peek() {
            Some('x') => (16, 2),
            Some('0'..='7') => (8, 4),
            Some('n') => {
                letters.next();
                out.push('\n');
                continue;
            }
            _ => {
                out.push('\\');
                continue;
            }
        };
        if radix == 16 {
            letters.next();
        }
        let mut number = 0_u32;
        for _ in 0..most {
            let Some(digit) = letters.peek().and_then(|c| c.to_digit(radix)) else { break };
            letters.next();
            number = number.saturating_mul(radix).saturating_add(digit);
        }
        out.extend(char::from_u32(number));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::unescaped;

    #[test]
    fn undoes_escapes() {
        assert_eq!(unescaped(r"\x61\0142\143\n%s\q"), "abc\n%s\\q");
    }
}
