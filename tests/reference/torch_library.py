"""Files of torch itself, made by an interpreter that has it: `tests/prepare` installs Debian's, because the wheels of
PyPI bring gigabytes of GPU libraries. `torch_files.py` has what that version is too old to write.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path


def make(folder):
    where = folder.path("torch/library/x").parent
    with tempfile.TemporaryDirectory() as made:
        said = Path(made) / "expected.json"
        command = [interpreter(), "-B", Path(__file__).parent / "torch_modules.py", where, said]
        done = subprocess.run(command, env=os.environ, capture_output=True, text=True)
        if done.returncode:
            sys.exit(done.stderr)
        expected = json.loads(said.read_text())
    for path, facts in expected["files"].items():
        folder.expect(f"torch/library/{path}", **facts)


def interpreter():
    for python in ("/usr/bin/python3", shutil.which("python3")):
        if python and subprocess.run([python, "-c", "import torch"], capture_output=True).returncode == 0:
            return python
    sys.exit("no python3 has torch; tests/prepare installs it")
