"""`weighbridge scan --weights` of files of 1 GiB beside `openssl dgst -sha256` over them.

    cargo build --release
    target/reference/venv/bin/python benches/weights.py [--weighbridge target/release/weighbridge] [--runs 5] [TYPE...]

Writes 64 tensors of normal numbers in one safetensors file for each type (with numpy) to target/bench/weights, and removes it
again; runs both in turn from a warm page cache and prints a Markdown table. The bar is 1.5 times the digest, and 64 MiB.
"""

import argparse
import json
import shutil
import struct
import sys
from pathlib import Path

import numpy
from compare import BENCH, median, run, warm

TENSORS, SIZE = 64, 16 << 20
LIMIT = 300
TYPES = {"F32": "<f4", "F16": "<f2", "BF16": None, "F64": "<f8", "I8": "i1"}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weighbridge", default="target/release/weighbridge", help="the program to measure")
    parser.add_argument("--runs", type=int, default=5, help="rounds, of which the median counts")
    parser.add_argument("types", nargs="*", metavar="TYPE", help=", ".join(TYPES))
    arguments = parser.parse_args()
    if unknown := set(arguments.types) - set(TYPES):
        parser.error(f"no such type: {', '.join(sorted(unknown))}")
    weighbridge = Path(arguments.weighbridge).resolve()
    folder = BENCH / "weights"
    (BENCH / "home").mkdir(parents=True, exist_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    print("| 1 GiB of | `scan --weights` | `scan` | `openssl dgst -sha256` | × | processor | of openssl | MiB |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    try:
        for dtype in arguments.types or TYPES:
            print(row(dtype, write(folder, dtype), weighbridge, arguments.runs), flush=True)
    finally:
        shutil.rmtree(folder)


def write(folder, dtype):
    """Numbers as training leaves them, and not bits of every kind."""
    path = folder / "model.safetensors"
    random = numpy.random.default_rng(1)
    count = SIZE // {"F32": 4, "F64": 8, "I8": 1}.get(dtype, 2)
    header = {
        f"layers.{index}.weight": {
            "dtype": dtype,
            "shape": [count // 1024, 1024],
            "data_offsets": [index * SIZE, (index + 1) * SIZE],
        }
        for index in range(TENSORS)
    }
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _ in range(TENSORS):
            numbers = random.standard_normal(count, "f4")
            if dtype == "BF16":
                block = (numbers.view("<u4") >> 16).astype("<u2")
            else:
                block = (numbers * (30 if dtype == "I8" else 0.02)).astype(TYPES[dtype])
            file.write(block.tobytes())
    return path


def row(dtype, file, weighbridge, rounds):
    commands = {
        "weights": [weighbridge, "scan", "--weights", "--format", "json", file],
        "scan": [weighbridge, "scan", "--format", "json", file],
        "digest": ["openssl", "dgst", "-sha256", file],
    }
    runs = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            warm(file.parent)
            runs[name].append(run(command, LIMIT))
    weights, scan, digest = (median(runs[name], "seconds") for name in commands)
    processor, other = median(runs["weights"], "processor"), median(runs["digest"], "processor")
    memory = median(runs["weights"], "memory") / 2**20
    return (
        f"| {dtype} | {weights:.2f} s | {scan:.2f} s | {digest:.2f} s | {weights / digest:.2f} | {processor:.2f} s | "
        f"{other:.2f} s | {memory:.0f} |"
    )


if __name__ == "__main__":
    sys.exit(main())
