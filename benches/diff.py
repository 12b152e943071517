"""`weighbridge diff` of two files of 1 GiB beside two concurrent `openssl dgst -sha256` over them.

    cargo build --release
    python3 benches/diff.py [--weighbridge target/release/weighbridge] [--runs 5] [--file target/bench/data/large.safetensors]

Makes a second file beside the first, with a few changed values or with every value changed, and removes it afterwards.
Runs both in turn from a warm page cache and prints a Markdown table. The bar is 1.5 times the digests, and 128 MiB.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

BLOCK = 1 << 20


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weighbridge", default="target/release/weighbridge", help="the program to measure")
    parser.add_argument("--runs", type=int, default=5, help="rounds, of which the median counts")
    parser.add_argument("--file", default="target/bench/data/large.safetensors", help="made by benches/compare.py")
    arguments = parser.parse_args()
    old = Path(arguments.file).resolve()
    new = old.with_name(f"second-{os.getpid()}{old.suffix}")
    weighbridge = str(Path(arguments.weighbridge).resolve())

    print("| second file | diff, s | two digests, s | ratio | MiB | says |")
    print("| --- | ---: | ---: | ---: | ---: | --- |")
    try:
        for case, change in {"the same": None, "few values changed": few, "all values changed": every}.items():
            shutil.copyfile(old, new)
            if change:
                change(new)
            measure(case, [weighbridge, "diff", "--format", "human", old, new], old, new, arguments.runs)
    finally:
        new.unlink(missing_ok=True)


def few(path):
    with open(path, "r+b") as file:
        for part in range(1, 10):
            file.seek(path.stat().st_size * part // 10)
            file.write(b"\x01\x02\x03\x04")


def every(path):
    """The lowest bit of every second byte turned, behind the header."""
    size = path.stat().st_size
    mask = int.from_bytes(b"\x01\x00" * (BLOCK // 2), "little")
    with open(path, "r+b") as file:
        at = BLOCK
        while at < size:
            file.seek(at)
            block = file.read(BLOCK)
            turned = int.from_bytes(block, "little") ^ (mask & ((1 << 8 * len(block)) - 1))
            file.seek(at)
            file.write(turned.to_bytes(len(block), "little"))
            at += BLOCK


def measure(case, command, old, new, runs):
    diffs, digests, memory = [], [], 0
    for file in (old, new):
        with open(file, "rb", buffering=0) as opened:
            while opened.read(1 << 22):
                pass
    for _ in range(runs):
        begin = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        said = process.stdout.read().decode()
        _, _, usage = os.wait4(process.pid, 0)
        diffs.append(time.perf_counter() - begin)
        memory = max(memory, usage.ru_maxrss)
        begin = time.perf_counter()
        both = [
            subprocess.Popen(["openssl", "dgst", "-sha256", file], stdout=subprocess.DEVNULL) for file in (old, new)
        ]
        for one in both:
            one.wait()
        digests.append(time.perf_counter() - begin)
    diff, digest = statistics.median(diffs), statistics.median(digests)
    first = said.splitlines()[0] if said else "nothing"
    print(f"| {case} | {diff:.2f} | {digest:.2f} | {diff / digest:.2f} | {memory / 1024:.0f} | {first} |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
