"""Writes a folder of ordinary model files with the libraries that write them in the wild, and `expected.json`,
which holds what the reference readers say of each.

    python make.py FOLDER

`expected.json` has `libraries` (name to version) and `files` (path to facts): `size`, `sha256`, `format`, and

streams     for each pickle: `offset` and `end`, `protocol` (null without a PROTO opcode), the number of `opcodes` by
            pickletools, the distinct `globals` that find_class was asked for, the `persistent` ids
arrays      joblib: for each array between the opcodes its `offset` (of the padding), `data_offset`, `end`, and type
array       npy: `version`, `descr`, `shape`, `fortran_order`, `data_offset`, `itemsize`
members     archives: for each member `name`, `kind`, `size`, `sha256`, and what is known of its content
tensors     safetensors: name to `dtype`, `shape`, `data_offsets`; torch: name to `type`, `shape`, `sha256`; gguf: a list, offsets counted from `data_offset`
operators   onnx: set, name, how many nodes, and whether the model defines it, in order
tensors     onnx: `name`, `type`, `shape`, and the `digest` of its bytes in the file, or `location`, `offset`, `length` as written
properties  onnx: the metadata; `imports` the sets of operators with their versions
fields      gguf: key to `types` and `value`; arrays of arrays are flattened, as the gguf package reads them
operators, tensors, properties   coreml: as for onnx; `tensors` of weights: name, type, how many `values`, and the `digest`
operators   tensorflow: name to how many nodes use it, in all graphs and functions; `functions` name to number of nodes;
            `constants` a list of name, type and shape; checkpoints: `tensors` name to `dtype`, `shape`, and of the bytes
            `length` and `sha256`
datasets    hdf5, keras: path to `dtype`, `shape`, `start`, `length` in the file; `attributes` to their values
objects     keras: module and name of every class and function that Keras would look up, and how often
expanded    compressed files: `size` and `sha256` of what is inside; every offset counts there

The bytes are the same on every run of one Python: the clock stands still, hashes and threads are fixed. Only
HDF5 notes the hour of some of its objects, and packages of Core ML name their parts at random.
"""

import importlib.metadata
import os
import shutil
import sys
import time
import warnings

FIXED = {"PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "TZ": "UTC"}
CLOCK = 1_750_000_000


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: make.py FOLDER")
    if FIXED.items() - os.environ.items():
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | FIXED)
    time.time = lambda: CLOCK
    warnings.simplefilter("ignore")

    import archives
    import arrays
    import boosting
    import coreml
    import flat
    import graphs
    import hdf5
    import intermediate
    import keras_files
    import models
    import plain
    import r_objects
    import tensors
    import tensorflow_models
    import torch_files
    from folder import Folder

    shutil.rmtree(sys.argv[1], ignore_errors=True)
    folder = Folder(sys.argv[1])
    learning = (plain, arrays, models, boosting, flat, torch_files, tensors, tensorflow_models)
    for part in (*learning, archives, graphs, coreml, hdf5, keras_files, intermediate, r_objects):
        part.make(folder)
    folder.finish(versions())


def versions():
    installed = {each.name: each.version for each in importlib.metadata.distributions()}
    return installed | {"python": sys.version.split()[0]}


if __name__ == "__main__":
    main()
