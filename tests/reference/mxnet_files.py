"""Writes files of MXNet below a folder, and what MXNet reads of them: run in the environment of mxnet.txt.

    python mxnet_files.py FOLDER EXPECTED
"""

import hashlib
import json
import struct
import sys
import types
from pathlib import Path

# Only its drawings and downloads want these.
sys.modules["graphviz"] = sys.modules["requests"] = types.ModuleType("absent")

import numpy

numpy.bool = bool  # numpy gave the name up after MXNet's last version

import mxnet
from mxnet.gluon import nn


def main(folder):
    mxnet.random.seed(7)
    numpy.random.seed(7)
    data = mxnet.sym.Variable("data")
    dense = mxnet.sym.FullyConnected(data, num_hidden=3, name="fc1")
    net = mxnet.sym.SoftmaxOutput(mxnet.sym.BatchNorm(mxnet.sym.Activation(dense, act_type="relu")), name="softmax")
    module = mxnet.mod.Module(net, context=mxnet.cpu())
    module.bind([("data", (2, 4))], [("softmax_label", (2,))])
    module.init_params()
    module.save_checkpoint(str(folder / "module"), 1)

    layers = nn.HybridSequential()
    layers.add(nn.Conv2D(4, 3), nn.BatchNorm(), nn.Dropout(0.5), nn.Dense(2))
    layers.initialize()
    layers.hybridize()
    layers(mxnet.nd.ones((1, 3, 8, 8)))
    layers.export(str(folder / "gluon"))
    layers.save_parameters(str(folder / "parameters.params"))

    loop = mxnet.sym.contrib.foreach(lambda item, state: (item + state, item * 2), data, mxnet.sym.Variable("state"))
    loop[0].save(str(folder / "loop-symbol.json"))

    kinds = ("float32", "float16", "uint8", "int32", "int64", "float64", "int8")
    mxnet.nd.save(str(folder / "kinds.params"), [mxnet.nd.array(numpy.arange(6).reshape(2, 3), dtype=kind) for kind in kinds])
    rows = mxnet.nd.array([[0, 0], [1, 2], [0, 0]]).tostype("row_sparse")
    table = mxnet.nd.array([[0, 1, 0], [2, 0, 3]]).tostype("csr")
    mxnet.nd.save(str(folder / "sparse.params"), {"rows": rows, "table": table, "arg:dense": mxnet.nd.ones((2,))})
    mxnet.nd.save(str(folder / "empty.params"), [])
    (folder / "older.params").write_bytes(older())

    mxnet.npx.set_np()
    numbers = {"table": mxnet.np.ones((2, 3)), "one": mxnet.np.array(5), "none": mxnet.np.zeros((0, 2))}
    numbers["truth"] = mxnet.np.array([True, False], dtype="bool")
    mxnet.npx.save(str(folder / "numpy.params"), numbers)
    mxnet.npx.reset_np()


def older():
    """Arrays as versions before 1.0 and before 0.12 wrote them; this one still reads them."""
    place, data = struct.pack("<iii", 1, 0, 0), numpy.arange(6, dtype="float32").tobytes()
    first = struct.pack("<IIqq", 0xF993FAC8, 2, 2, 3) + place + data
    zeroth = struct.pack("<III", 2, 3, 2) + place + data
    names = b"".join(struct.pack("<Q", len(name)) + name for name in (b"first", b"zeroth"))
    return struct.pack("<QQQ", 0x112, 0, 2) + first + zeroth + struct.pack("<Q", 2) + names


def lists(path):
    with mxnet.util.np_shape(path.name == "numpy.params"):
        loaded = mxnet.nd.load(str(path))
    pairs = loaded.items() if isinstance(loaded, dict) else ((str(place), array) for place, array in enumerate(loaded))
    for name, array in pairs:
        dense = {"shape": list(array.shape), **content(getattr(array, "data", array))}
        yield name, dense
        indexes = {"csr": ("indptr", "indices"), "row_sparse": ("indices",)}.get(array.stype, ())
        for place, index in enumerate(indexes):
            yield f"{name}/index{place}", {"shape": list(getattr(array, index).shape), **content(getattr(array, index))}


def content(array):
    array = array.asnumpy()
    return {"dtype": array.dtype.name, "sha256": hashlib.sha256(array.tobytes()).hexdigest()}


def nodes(graph):
    for node in graph["nodes"]:
        yield node["op"]
        for inner in node.get("subgraphs", ()):
            yield from nodes(inner)


def counted(path):
    mxnet.sym.load(str(path))
    names = list(nodes(json.loads(path.read_text())))
    return {name: names.count(name) for name in names}


def expected(folder):
    for path in sorted(folder.iterdir()):
        if path.name.endswith("-symbol.json"):
            yield path.name, {"format": "mxnet", "operators": counted(path)}
        else:
            yield path.name, {"format": "mxnet-params", "tensors": dict(lists(path))}


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True)
    main(folder)
    Path(sys.argv[2]).write_text(json.dumps(dict(expected(folder))))
