"""Scripts as bash reads them, makefiles as GNU make does, Dockerfiles as dockerfile-parse does, and YAML that deploys as PyYAML does."""

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

MAKEFILE = r"""# Every `p` runs once, in whatever order; `q` never does.
PYTHON ?= python3
DIRS := src tests
export OWN = value
LONG = a \
       b  # A remark.
LATER = $(DEFINED) $$v
DEFINED = put in
HASH = a\#b
JOINED := one
JOINED += two
DASHED := $(shell p 1 from shell $(DIRS))
CALLED != p 2 'from  assignment'

ifeq ($(shell p 3 in a condition),)
NESTED := ${shell p 4 ${DIRS}}
endif
ifdef NEVER
$(shell q 1)
else ifneq ($(DIRS),src tests)
$(shell q 2)
else
$(shell p 5)
endif

define canned
@p 6 $(1) "$(2)"
-p 7 $(1)
endef

define many
p 8
	@p 9 a \
	  b
endef

define help
q is a word here
endef

.PHONY: all
all: plain inline own prerequisites pattern.x double last

plain:
	@p 10 $(DIRS) '$(DIRS)' "${DIRS}"
	-p 11 $(LONG)$(HASH)
	 +@-p 12 ; v=$$(p 13 inside) ; p 14
	v=1; p 15 $(LATER)
	@p 16 \
	    'continued  here' $(JOINED) \
	    end
	p 17 'a \
	b'
	if true; then \
	    p 18; \
	else \
	    q 3; \
	fi
	# A remark of the shell: p nothing
	for x in a; do p 19 $$x; done # end
	@echo "$(help)" > /dev/null

	p 20 $D; : $(shell p 21 later)
ifdef NEVER
	q 4
else
	p 22
endif

inline: ; p 23 'a # b'; p 24
D = single

own: TARGET = of this
own:
	p 25 $(TARGET)
	$(call canned,first,second word)
	$(many)

prerequisites: first second
	@p 26 "$(OWN)"
first second:;
	@:

%.x:
	p 27 > /dev/null || q 5 $(PYTHON:3=)

double::
	p 29
double::
	p 30 > /dev/$(subst a,u,nall); p 31

last:
	@$(RM) none
	@true $(foreach one,a,$(shell p 32 $(DIRS)))
	$(eval LAST := p 33 $(DIRS))
	@$(LAST)
"""

MORE = {
    "prefix/Makefile": r""".RECIPEPREFIX = >
all:
> @p 1 \
>   two
> p 'a \
> b'
""",
    "together/Makefile": r""".ONESHELL:
all:
	@v=kept
	p 1 $$v
	if true
	then p 2
	fi
	p 3 <<'E'
	x
	E
""",
}

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
    makefile(folder, "commands/Makefile", MAKEFILE)
    for name, text in MORE.items():
        makefile(folder, f"commands/{name}", text)
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
    folder.add(path, text.encode(), format="shell", calls=noted(["bash", "-c", NOTE + text]))


def makefile(folder, path, text):
    """What make's shell calls `p` with, in any order; it is bash, which reads `p` first."""
    with tempfile.TemporaryDirectory() as place, open(f"{place}/p", "w") as note:
        note.write(NOTE)
        note.flush()
        with open(f"{place}/Makefile", "w") as out:
            out.write(text)
        command = ["make", "--directory", place, "SHELL=/bin/bash"]
        folder.add(path, text.encode(), format="makefile", calls=noted(command, BASH_ENV=note.name))


def noted(command, **environment):
    """The calls of `p` that a command makes, sorted."""
    with tempfile.NamedTemporaryFile() as log:
        environment |= {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "LOG": log.name}
        subprocess.run(command, capture_output=True, timeout=60, env=environment, check=True)
        noted = log.read().decode()
    calls, call = [], ["p"]
    for word in noted.split("\0")[:-1]:
        if word == "\1":
            calls.append(call)
            call = ["p"]
        else:
            call.append(word)
    return sorted(calls)


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
