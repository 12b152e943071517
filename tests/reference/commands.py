"""Scripts as bash reads them, Dockerfiles as dockerfile-parse does, and YAML that deploys as PyYAML does."""

import io
import json
import random
import shlex
import subprocess
import tempfile

import dockerfile_parse
import yaml

# What every script calls: writes down its arguments.
NOTE = "p() { printf '%s\\0' \"$@\" $'\\1' >> \"$LOG\"; }\nexport -f p\n"

CONSTRUCTS = r"""#!/usr/bin/env bash
# Every command runs once, in whatever order.
set -e
if p 1 "if"; then p 2; else :; fi
for x in only; do p 3 "$x"; done
while p 4; do p 5; break; done
until ! p 6; do p 7 \
    'continued'; break; done
case "abc" in
  x|y) : ;;
  (a*) p 8 ;;
esac
f() {
  p 9 | cat
}
f
function g { p 10; }; g
{ p 11; p 12; } | cat
(p 13 && p 14) || :
[[ abc =~ ^(a|b)b*c ]] && p 15
v=$(p 16; echo "$(p 17)") && p 18 >/dev/null
w=`p 19` ; p 20 <<'E' > /dev/null
p not a command
E
cat <<E
$(p 21) and text with 'quotes
E
cat <<-E
	x
	E
p 22 <<< "x"; (( 1 + (2) )); p 23 # p not
a=(b $(p 24) "c d")
sh -c ': a' ; p 25 &
wait
! p 26 || :
time p 27
p 28 2>&1 | cat |& cat
eval "p 29 'a b'"
cat <(p 30)
"""

DOCKERFILES = {
    "plain": r"""# A remark.
FROM example/base:1.2
LABEL name="a b"
RUN echo one && echo 'two words' \
    # A remark inside.
    && echo "three"

COPY a b /c/
ENV A=1 B="two words"
CMD ["python", "serve.py", "--port", "8000"]
""",
    "stages": r"""ARG BASE=example/base:3
FROM ${BASE} AS build
RUN \
  make \
    all
FROM --platform=linux/amd64 example/other@sha256:DIGEST
COPY --from=build /a /a
ENTRYPOINT exec python serve.py "$@"
user demo
run date
""".replace("DIGEST", "0" * 64),
}

COMPOSE = """services:
  one: &one
    image: example/server:1
    command: [python, serve.py, "--name", "two words"]
  two:
    <<: *one
    image: "example/other:2"
    command: python serve.py --name 'two words'
    entrypoint:
      - sh
      - run.sh
"""

WORKFLOW = """name: demo
on: {push: {branches: [main]}}
jobs:
  one:
    runs-on: example
    container: example/image:1
    steps:
    - run: make one
    - name: Several
      run: |
        make two "a b"

        make three
    - run: >-
        make four
        five
"""

MANIFEST = """apiVersion: apps/v1
kind: Deployment
spec:
  template:
    spec:
      initContainers:
      - {name: a, image: example/init:1, command: [sh, run.sh]}
      containers:
      - name: b
        image: example/server:2
        command: ["python"]
        args:
        - serve.py
        - --name=two words
---
apiVersion: v1
kind: Service
spec: {}
"""


def make(folder):
    script(folder, "commands/constructs.sh", CONSTRUCTS)
    script(folder, "commands/words.sh", words())
    for name, text in DOCKERFILES.items():
        dockerfile(folder, f"commands/{name}/Dockerfile", text)
    settings(folder, "commands/compose.yaml", COMPOSE, "compose")
    settings(folder, "commands/workflow.yml", WORKFLOW, "workflow")
    settings(folder, "commands/deployment.yaml", MANIFEST, "manifest")


def words():
    """Words with all kinds of quotes in a row."""
    pick = random.Random(4)
    pieces = ["a", "b-c", "'d  e'", "\"f 'g\"", "\\ h", "\\\\", '"$v"', "$v.", "$v\\\n.", "${v}", '"${u:-i j}"', "$'k\\x41\\n\\'l'",
              '"m\\"n\\$o"', "''", "é", "{", "=", "'#'r", "\\\n", "t:u", '"$w"', "@", ",", "%"]
    lines = ["v='one  two'", "w=", "set -f"]
    for _ in range(300):
        line = ["p"]
        for _ in range(pick.randint(0, 5)):
            line.append("".join(pick.choices(pieces, k=pick.randint(1, 4))))
        lines.append(" ".join(line) + pick.choice(["", " # end", ";", " && :", " "]))
    return "\n".join(lines) + "\n"


def script(folder, path, text):
    """What bash calls `p` with, in any order."""
    with tempfile.NamedTemporaryFile() as log:
        environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "LOG": log.name}
        subprocess.run(["bash", "-c", NOTE + text], capture_output=True, timeout=60, env=environment, check=True)
        noted = log.read().decode()
    calls, call = [], ["p"]
    for word in noted.split("\0")[:-1]:
        if word == "\1":
            calls.append(call)
            call = ["p"]
        else:
            call.append(word)
    folder.add(path, text.encode(), format="shell", calls=sorted(calls))


def dockerfile(folder, path, text):
    """Its images, and its commands with the number of the line they begin at."""
    parser = dockerfile_parse.DockerfileParser(fileobj=io.BytesIO(text.encode()))
    runs = []
    for one in parser.structure:
        if one["instruction"].upper() in ("RUN", "CMD", "ENTRYPOINT"):
            value = one["value"]
            listed = json.loads(value) if value.startswith("[") else shlex.split(value)
            runs.append({"line": one["startline"], "words": listed})
    folder.add(path, text.encode(), format="dockerfile", images=parser.parent_images, runs=runs)


def settings(folder, path, text, kind):
    """The images and commands in it, in any order."""
    images, runs = [], []
    for document in yaml.safe_load_all(text):
        walk(document, kind, images, runs)
    folder.add(path, text.encode(), format=kind, images=sorted(images), runs=sorted(runs))


def walk(value, kind, images, runs):
    if isinstance(value, list):
        for item in value:
            walk(item, kind, images, runs)
    if not isinstance(value, dict):
        return
    images += [value[key] for key in ("image", "container") if isinstance(value.get(key), str)]
    if kind == "manifest" and "command" in value:
        runs.append(value["command"] + value.get("args", []))
    for key in {"compose": ("command", "entrypoint"), "workflow": ("run",), "manifest": ()}[kind]:
        if isinstance(value.get(key), list):
            runs.append(value[key])
        elif key in value:
            runs.extend(shlex.split(line) for line in value[key].splitlines() if line.strip())
    for inner in value.values():
        walk(inner, kind, images, runs)
