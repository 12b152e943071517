//! Scripts, and files that build, run and deploy: ordinary ones, and ways to build hostile ones. No command in them does
//! harm: addresses are of the example domains, and what would run says `weighbridge-demo`.

use super::{File, one};

/// A digest of the right length.
pub const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// A revision of the right length.
pub const REVISION: &str = "0123456789abcdef0123456789abcdef01234567";

/// A shell script.
pub fn script(commands: &str) -> Vec<File> {
    one("run.sh", format!("#!/bin/sh\n{commands}\n"))
}

/// A Dockerfile that is ordinary but for these lines.
pub fn dockerfile(lines: &str) -> Vec<File> {
    one("Dockerfile", format!("FROM example/base@{DIGEST}\n{lines}\nUSER demo\n"))
}

/// A workflow with these steps of one job.
pub fn steps(steps: &str) -> Vec<File> {
    workflow(&format!("on: push\npermissions:\n  contents: read\njobs:\n  demo:\n    steps:\n{steps}\n"))
}

/// A workflow.
pub fn workflow(text: &str) -> Vec<File> {
    one(".github/workflows/demo.yml", text)
}

/// A Compose file with one service.
pub fn service(lines: &str) -> Vec<File> {
    let image = format!("example/server@{DIGEST}");
    one("compose.yaml", format!("services:\n  demo:\n    image: {image}\n{lines}\n"))
}

/// A pod with one container.
pub fn pod(lines: &str) -> Vec<File> {
    let head = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: demo\nspec:\n  containers:\n  - name: demo";
    one("pod.yaml", format!("{head}\n    image: example/server@{DIGEST}\n{lines}\n"))
}

pub(crate) fn scripts() -> Vec<File> {
    let mut files = one("train.sh", SCRIPT);
    files.extend(one(".bashrc", "export PATH=\"$HOME/bin:$PATH\"\nalias ll='ls -l'\n"));
    files.extend(one("scripts/pre-commit", "#!/usr/bin/env bash\nexec make check\n"));
    files
}

const SCRIPT: &str = "\
#!/usr/bin/env bash
# Trains and evaluates.
set -euo pipefail
cd \"$(dirname \"$0\")\"
OUT=${OUT:-runs/demo}
for seed in 1 2 3; do
  if [[ ! -d \"$OUT/$seed\" ]]; then
    mkdir -p \"$OUT/$seed\"
    python train.py --seed \"$seed\" --out \"$OUT/$seed\" 2>&1 | tee \"$OUT/$seed/log\"
  fi
done
case \"${1:-}\" in
  eval|test) python evaluate.py --runs \"$OUT\" ;;
  *) echo \"trained into $OUT\" ;;
esac
cat <<EOF > \"$OUT/README\"
Trained on $(date).
EOF
";

pub(crate) fn dockerfiles() -> Vec<File> {
    one("Dockerfile", DOCKERFILE.replace("DIGEST", DIGEST))
}

const DOCKERFILE: &str = "\
# syntax=docker/dockerfile:1@DIGEST
ARG BASE=example/python@DIGEST
FROM ${BASE} AS build
WORKDIR /app
COPY requirements.txt .
RUN --mount=type=cache,target=/var/cache/demo \\
    # Everything is locked.
    pip install --require-hashes -r requirements.txt \\
    && rm -rf /tmp/build

FROM build
COPY --from=build /app /app
COPY <<EOF /app/settings.ini
[demo]
EOF
ENV PORT=8000 \\
    MODE=demo
EXPOSE 8000
USER demo
HEALTHCHECK --interval=30s CMD [\"python\", \"check.py\"]
ENTRYPOINT [\"python\", \"serve.py\"]
";

pub(crate) fn compositions() -> Vec<File> {
    one("docker-compose.yml", COMPOSE.replace("DIGEST", DIGEST))
}

const COMPOSE: &str = "\
services:
  server: &server
    image: example/server@DIGEST
    command: python serve.py --port 8000
    environment:
      MODE: demo
    ports: ['127.0.0.1:8000:8000']
    volumes:
    - ./models:/models:ro
    healthcheck:
      test: [CMD, python, check.py]
  second:
    <<: *server
    entrypoint: [python, other.py]
";

pub(crate) fn workflows() -> Vec<File> {
    let mut files = one(".github/workflows/check.yml", WORKFLOW.replace("REVISION", REVISION));
    files.extend(one(".gitlab-ci.yml", PIPELINE.replace("DIGEST", DIGEST)));
    files
}

const WORKFLOW: &str = "\
name: check
on:
  push:
  pull_request:
permissions:
  contents: read
jobs:
  test:
    runs-on: ubuntu-24.04
    steps:
    - uses: actions/checkout@REVISION
    - name: Test
      run: |
        python -m venv env
        env/bin/python -m pytest --junitxml=\"${{ runner.temp }}/report.xml\"
";

const PIPELINE: &str = "\
image: example/python@DIGEST
test:
  script:
  - python -m pytest
  - |
    echo done
    date
";

pub(crate) fn manifests() -> Vec<File> {
    one("deployment.yaml", MANIFEST.replace("DIGEST", DIGEST).replace("REVISION", REVISION))
}

const MANIFEST: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: demo
spec:
  template:
    spec:
      containers:
      - name: demo
        image: example/vllm@DIGEST
        args: [--model, example/model, --revision, REVISION, --port, '8000']
        env:
        - name: MODE
          value: demo
        securityContext:
          runAsNonRoot: true
          allowPrivilegeEscalation: false
          capabilities:
            drop: [ALL]
";

pub(crate) fn modelfiles() -> Vec<File> {
    let mut files = one("Modelfile", MODELFILE);
    files.extend(one("model.gguf", super::llamafile::weights()));
    files
}

const MODELFILE: &str = "\
# A demo.
FROM ./model.gguf
PARAMETER temperature 0.7
PARAMETER stop \"<|end|>\"
SYSTEM \"\"\"You answer
in one sentence.\"\"\"
TEMPLATE \"{{ .System }} {{ .Prompt }}\"
";

pub(crate) fn makefiles() -> Vec<File> {
    one("Makefile", MAKEFILE)
}

const MAKEFILE: &str = "\
PYTHON ?= python3
FILES := $(wildcard src/*.py)
HEAD := $(shell git rev-parse HEAD)

.PHONY: test
test: $(FILES)
\t@$(PYTHON) -m pytest \\
\t    tests
\tfor file in $^; do echo $$file; done
";

pub(crate) fn development_containers() -> Vec<File> {
    one(".devcontainer/devcontainer.json", CONTAINER.replace("DIGEST", DIGEST))
}

const CONTAINER: &str = "\
// What everybody works in.
{
  \"name\": \"demo\",
  \"image\": \"example/python@DIGEST\",
  \"customizations\": { \"vscode\": { \"extensions\": [], }, },
}
";

pub(crate) fn tasks() -> Vec<File> {
    one(".vscode/tasks.json", TASKS)
}

const TASKS: &str = "\
{
  \"version\": \"2.0.0\", // of the schema
  \"tasks\": [{ \"label\": \"test\", \"type\": \"shell\", \"command\": \"python\", \"args\": [\"-m\", \"pytest\"] }]
}
";

pub(crate) fn servers() -> Vec<File> {
    one("mcp.json", SERVERS)
}

const SERVERS: &str = "\
{
  \"mcpServers\": {
    \"files\": { \"command\": \"npx\", \"args\": [\"-y\", \"@example/server-files@1.2.3\", \"./data\"] },
    \"local\": { \"command\": \"python\", \"args\": [\"server.py\"] }
  }
}
";

pub(crate) fn units() -> Vec<File> {
    one(
        "demo.service",
        "[Unit]\nDescription=Demo\n[Service]\nExecStart=/usr/bin/python3 /opt/demo/serve.py\n",
    )
}
