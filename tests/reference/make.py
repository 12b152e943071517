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
operators   onnx, ort: set, name, how many nodes, and whether the model defines it, in order
tensors     onnx, ort, executorch: `name`, `type`, `shape`, and the `digest` of its bytes in the file, or `location`, `offset`, `length` as written
properties  onnx, ort: the metadata; `imports` the sets of operators with their versions
fields      gguf: key to `types` and `value`; arrays of arrays are flattened, as the gguf package reads them
operators   mxnet: name to how many nodes use it; `tensors` as for flax, sparse ones with their indexes
operators, tensors, properties   coreml: as for onnx; `tensors` of weights: name, type, how many `values`, and the `digest`
operators   tensorflow: name to how many nodes use it, in all graphs and functions; `functions` name to number of nodes;
            `constants` a list of name, type and shape; checkpoints: `tensors` name to `dtype`, `shape`, and of the bytes
            `length` and `sha256`
members     nemo, torchserve, images: as of other archives; `targets` what settings ask for by `_target_`, `files` the
            digests of the files in the layers of an image, `manifest` what TorchServe wrote
functions   pmml: those applied and how often, with the `version` and the `application`
packages    lists of packages: name, version and digests of each; requirements: name, constraint, place and digests, with the
            `indexes` and further `lists`
pairs       git-config: keys and values
calls       shell, makefile: the words of every command `p`; dockerfile, compose, workflow, manifest: `images`, and the words of `runs`
python      sources: whether CPython parses it; `calls` of names that act, with their lines
attributes  templates: names behind a dot or in brackets, `calls` what is called, `loads` statements with their targets
datasets    hdf5, keras: path to `dtype`, `shape`, `start`, `length` in the file; `attributes` to their values
tensors     flax: path to `dtype`, `shape` and the `sha256` of its bytes
objects     keras: module and name of every class and function that Keras would look up, and how often
expanded    compressed files: `size` and `sha256` of what is inside; every offset counts there

The bytes are the same on every run of one Python: the clock stands still, hashes and threads are fixed. Only what
notes the hour or a number of its own differs: HDF5 in some of its objects, CatBoost, TensorFlow, packages of Core ML,
and images.
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
    import checkpoints
    import commands
    import coreml
    import elsewhere
    import flat
    import graphs
    import hdf5
    import intermediate
    import keras_files
    import mobile
    import models
    import packages
    import plain
    import r_objects
    import served
    import settings
    import sources
    import templates
    import tensors
    import torch_files
    import torch_library
    from folder import Folder

    shutil.rmtree(sys.argv[1], ignore_errors=True)
    folder = Folder(sys.argv[1])
    learning = (plain, arrays, models, boosting, flat, torch_files, tensors, elsewhere)
    graph_files = (graphs, mobile, coreml, hdf5, keras_files, intermediate, checkpoints)
    for part in (*learning, archives, *graph_files, r_objects, torch_library, served, settings, templates, commands, packages, sources):
        part.make(folder)
    folder.finish(versions())


def versions():
    installed = {each.name: each.version for each in importlib.metadata.distributions()}
    return installed | {"python": sys.version.split()[0]}


if __name__ == "__main__":
    main()
