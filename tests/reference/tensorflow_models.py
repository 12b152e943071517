"""Files of TensorFlow: made in its own environment, which stands beside this one, and taken over as they are."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import flat
import keras_files


def make(folder):
    here = Path(__file__).parent
    python = Path(sys.prefix).parent / "tensorflow" / "bin" / "python"
    where = folder.path("tensorflow")
    with tempfile.TemporaryDirectory() as made:
        said = Path(made) / "expected.json"
        command = [python, "-B", here / "tensorflow_files.py", where, said]
        done = subprocess.run(command, env=os.environ, capture_output=True, text=True)
        if done.returncode:
            sys.exit(done.stderr)
        expected = json.loads(said.read_text())
    for path, facts in expected.items():
        if facts["format"] == "tflite":
            facts["model"] = flat.read(folder.read(f"tensorflow/{path}"))
        if "settings" in facts:
            facts["objects"] = keras_files.objects(facts.pop("settings"))
        folder.expect(f"tensorflow/{path}", **facts)
