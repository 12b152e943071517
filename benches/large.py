"""Weighbridge beside `openssl dgst -sha256` over the same large files: wall time, processor time and memory.

    cargo build --release
    target/reference/venv/bin/python benches/large.py [--weighbridge target/release/weighbridge] [--runs 5] [CASE...]

`tests/prepare` makes the environments that this needs. It writes 1 GiB for each case to target/bench/large when that case
is asked for, and removes it again unless --keep is given; then it runs both in turn, several rounds, from a warm page
cache. The digests of openssl run over all files of a case, one behind the other.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import compare
from compare import BENCH, median, run, warm

HERE = Path(__file__).resolve().parent
PLACE = BENCH / "large"
REFERENCE = HERE.parent / "target" / "reference"
COUNT, SIZE = 64, 16 << 20
SHAPE = (SIZE // 4 // 1024, 1024)
LIMIT = 300


def blocks():
    """1 GiB that looks like weights: little of it is the same, and gzip makes it a little smaller."""
    import numpy

    random = numpy.random.default_rng(1)
    for _ in range(COUNT):
        yield random.standard_normal(SHAPE, "f4")


def hdf5(folder, **options):
    import h5py

    with h5py.File(folder / "model.weights.h5", "w") as file:
        for index, block in enumerate(blocks()):
            file.create_dataset(f"layers/dense_{index}/vars/0", data=block, **options)


def hdf5_chunked(folder):
    hdf5(folder, chunks=(256, 1024), compression="gzip", compression_opts=1, shuffle=True)


def onnx_external(folder):
    import onnx
    from onnx import TensorProto, helper

    nodes, weights, at = [], [], 0
    with open(folder / "model.onnx.data", "wb") as data:
        for index, block in enumerate(blocks()):
            tensor = TensorProto(name=f"weight.{index}", data_type=TensorProto.FLOAT, dims=SHAPE)
            tensor.data_location = TensorProto.EXTERNAL
            for key, value in (("location", "model.onnx.data"), ("offset", at), ("length", block.nbytes)):
                tensor.external_data.add(key=key, value=str(value))
            weights.append(tensor)
            nodes.append(helper.make_node("MatMul", ["x", tensor.name], [f"y.{index}"]))
            data.write(block.tobytes())
            at += block.nbytes
    graph = helper.make_graph(nodes, "main", [], [], weights)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]), folder / "model.onnx")


def onnx_inline(folder):
    import onnx
    from onnx import helper, numpy_helper

    weights = [numpy_helper.from_array(block, f"weight.{index}") for index, block in enumerate(blocks())]
    nodes = [helper.make_node("MatMul", ["x", weight.name], [f"y.{weight.name}"]) for weight in weights]
    graph = helper.make_graph(nodes, "main", [], [], weights)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]), folder / "model.onnx")


SAVED_MODEL = """
import sys, numpy, tensorflow as tf
random = numpy.random.default_rng(1)
module = tf.Module()
module.weights = [tf.Variable(random.standard_normal(({rows}, {columns}), "f4")) for _ in range({count})]
module.call = tf.function(lambda x: tf.add_n([tf.matmul(x, weight) for weight in module.weights]),
    input_signature=[tf.TensorSpec([None, {rows}], tf.float32)])
tf.saved_model.save(module, sys.argv[1])
"""


def saved_model(folder):
    script = SAVED_MODEL.format(rows=SHAPE[0], columns=SHAPE[1], count=COUNT)
    python = REFERENCE / "tensorflow" / "bin" / "python"
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}
    subprocess.run([python, "-c", script, folder], check=True, env=environment, capture_output=True)


def safetensors(folder):
    from inputs import safetensors

    safetensors(folder / "model.safetensors")


def torch(folder):
    from inputs import torch

    torch(folder / "model.pt")


def keras(folder):
    """The archive of Keras: weights as HDF5 in a zip, stored."""
    import zipfile

    hdf5(folder)
    with zipfile.ZipFile(folder / "model.keras", "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.15.1", "date_saved": "2025-06-15@15:06:40"}))
        layer = {"module": "keras.layers", "class_name": "Dense", "config": {"units": 1024}, "registered_name": None}
        network = {"module": "keras", "class_name": "Sequential", "config": {"layers": [layer]}, "registered_name": None}
        archive.writestr("config.json", json.dumps(network))
        archive.write(folder / "model.weights.h5", "model.weights.h5")
    (folder / "model.weights.h5").unlink()


def npz(folder):
    import numpy

    numpy.savez(folder / "weights.npz", **{f"layer.{index}": block for index, block in enumerate(blocks())})


CASES = {
    "hdf5": hdf5,
    "hdf5-gzip": hdf5_chunked,
    "keras": keras,
    "onnx-external": onnx_external,
    "onnx-inline": onnx_inline,
    "saved-model": saved_model,
    "torch": torch,
    "npz": npz,
    "safetensors": safetensors,
}


def main():
    arguments = parse()
    weighbridge = Path(arguments.weighbridge).resolve()
    (BENCH / "home").mkdir(parents=True, exist_ok=True)
    print("No tool can show less memory than this script has when it starts one.\n")
    print("| 1 GiB of | GiB | Weighbridge | `openssl dgst -sha256` | × | processor | processor of openssl | MiB | answer |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |")
    for case in arguments.cases or CASES:
        folder = PLACE / case
        if not (folder / "made").exists():
            shutil.rmtree(folder, ignore_errors=True)
            (folder / "files").mkdir(parents=True)
            subprocess.run([sys.executable, __file__, "--write", case, folder / "files"], check=True)
            (folder / "made").touch()
        try:
            print(row(case, folder / "files", weighbridge, arguments.runs), flush=True)
        finally:
            if not arguments.keep:
                shutil.rmtree(folder)


def row(case, folder, weighbridge, rounds):
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    commands = {
        "ours": [weighbridge, "scan", "--format", "json", folder],
        "digests": ["openssl", "dgst", "-sha256", *files],
    }
    runs = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            for file in files:
                warm(file)
            runs[name].append(run(command, LIMIT))
    ours, digests = (median(runs[name], "seconds") for name in commands)
    processor, other = (median(runs[name], "processor") for name in commands)
    answer = compare.answer("weighbridge", runs["ours"][-1])
    size = sum(file.stat().st_size for file in files) / 2**30
    memory = median(runs["ours"], "memory") / 2**20
    return (
        f"| {case} | {size:.2f} | {ours:.2f} s | {digests:.2f} s | {ours / digests:.2f} | {processor:.2f} s | "
        f"{other:.2f} s | {memory:.0f} | {answer} |"
    )


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weighbridge", default="target/release/weighbridge", help="the program to measure")
    parser.add_argument("--runs", type=int, default=5, help="rounds, of which the median counts")
    parser.add_argument("--keep", action="store_true", help="leave the files where they are for the next time")
    parser.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(CASES))
    arguments = parser.parse_args()
    if unknown := set(arguments.cases) - set(CASES):
        parser.error(f"no such case: {', '.join(sorted(unknown))}")
    return arguments


if __name__ == "__main__":
    # A process of its own writes the files, so that its memory is not this one's.
    if sys.argv[1:2] == ["--write"]:
        CASES[sys.argv[2]](Path(sys.argv[3]))
    else:
        main()
