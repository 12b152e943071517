"""Objects and workspaces as R itself writes them, and what R says is in them. `tests/prepare` installs R."""

import subprocess
from collections import defaultdict
from pathlib import Path

SCRIPT = Path(__file__).with_suffix(".R")


def make(folder):
    place = folder.path("r/x").parent
    printed = subprocess.run(
        ["Rscript", "--vanilla", SCRIPT, place], check=True, stdout=subprocess.PIPE, text=True
    ).stdout
    vectors = defaultdict(dict)
    for line in printed.splitlines():
        name, path, kind, shape = line.split("\t")
        vectors[name][path] = {"dtype": kind, "shape": [int(size) for size in shape.split(",")]}
    for path in sorted(place.iterdir()):
        told = {"vectors": vectors[path.name]} if path.name in vectors else {}
        folder.expect(f"r/{path.name}", format="r" if told else "r-other", **told)
