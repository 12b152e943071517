"""Files of libraries that do not go together with the others: made in environments of their own, which stand beside this one,
and taken over as they are."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import flat
import keras_files


def make(folder):
    for library in ("tensorflow", "mxnet"):
        take_over(folder, library)


def take_over(folder, library):
    here = Path(__file__).parent
    python = Path(sys.prefix).parent / library / "bin" / "python"
    where = folder.path(library)
    with tempfile.TemporaryDirectory() as made:
        said = Path(made) / "expected.json"
        command = [python, "-B", here / f"{library}_files.py", where, said]
        done = subprocess.run(command, env=os.environ, capture_output=True, text=True)
        if done.returncode:
            sys.exit(done.stderr)
        expected = json.loads(said.read_text())
    for path, facts in expected.items():
        if facts["format"] == "tflite":
            facts["model"] = flat.read(folder.read(f"{library}/{path}"))
        if "settings" in facts:
            facts["objects"] = keras_files.objects(facts.pop("settings"))
        folder.expect(f"{library}/{path}", **facts)
