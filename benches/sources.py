"""`weighbridge scan` over Python sources, on one processor.

    cargo build --release
    python3 benches/sources.py [--weighbridge target/release/weighbridge] [--runs 3] [--most 60] [FOLDER]

Takes sources of installed libraries (FOLDER, by default those of the tests' environment), up to so many megabytes, scans
them from a warm page cache, and prints megabytes a second. The bar is 20.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

LIBRARIES = "target/reference/venv/lib"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weighbridge", default="target/release/weighbridge", help="the program to measure")
    parser.add_argument("--runs", type=int, default=3, help="rounds, of which the median counts")
    parser.add_argument("--most", type=int, default=60, help="megabytes of sources")
    parser.add_argument("folder", nargs="?", default=LIBRARIES)
    arguments = parser.parse_args()
    weighbridge = str(Path(arguments.weighbridge).resolve())
    with tempfile.TemporaryDirectory() as folder:
        files, size = collect(Path(arguments.folder), Path(folder), arguments.most * 1_000_000)
        seconds = statistics.median(run(weighbridge, folder) for _ in range(arguments.runs + 1))
    print(f"{files} files, {size / 1e6:.1f} MB, {seconds:.2f} s: {size / 1e6 / seconds:.1f} MB/s")


def collect(source, target, most):
    files = size = 0
    # Every seventh, so that all libraries are among them.
    everything = sorted(source.rglob("*.py"))
    for start in range(7):
        for path in everything[start::7]:
            length = path.stat().st_size
            if size + length > most or not length:
                continue
            shutil.copyfile(path, target / f"{files}-{path.name}")
            files, size = files + 1, size + length
    return files, size


def run(weighbridge, folder):
    begin = time.monotonic()
    command = [weighbridge, "scan", "--format", "json", folder]
    first = min(os.sched_getaffinity(0))
    subprocess.run(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=lambda: os.sched_setaffinity(0, {first})
    )
    return time.monotonic() - begin


if __name__ == "__main__":
    main()
