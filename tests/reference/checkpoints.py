"""Checkpoints of JAX's libraries: Flax's MessagePack.

Flax itself wants all of JAX. The module that writes its files needs of that only the class of its arrays and the type
bfloat16, so that it is loaded alone; everything that is saved here is an array of numpy.
"""

import enum
import hashlib
import importlib.util
import pathlib
import sys
import types

import ml_dtypes
import msgpack
import numpy


def make(folder):
    flax = serialization()
    random = numpy.random.default_rng(5)

    def layer(width, kind=numpy.float32):
        return {"bias": numpy.zeros(width, kind), "kernel": random.random((3, width)).astype(kind)}

    kinds = ("bool", "int8", "uint16", "int32", "uint64", "float16", "float32", "float64", "complex64", "complex128")
    small = (ml_dtypes.bfloat16, ml_dtypes.float8_e4m3fn, ml_dtypes.float8_e5m2, ml_dtypes.int4, ml_dtypes.uint4)
    trees = {
        "model": {"params": {"Dense_0": layer(4), "Dense_1": layer(2)}, "step": numpy.int32(7)},
        "half": {"params": {"Dense_0": layer(4, ml_dtypes.bfloat16)}},
        "kinds": {kind: numpy.arange(6).reshape(2, 3).astype(kind) for kind in kinds}
        | {numpy.dtype(kind).name: numpy.arange(3).astype(kind) for kind in small},
        "plain": {"text": "ordinary", "none": None, "truth": True, "count": -3, "ratio": 0.5, "phase": 1 + 2j, "raw": b"abc"},
        "lists": {"moments": [numpy.arange(3), {"mu": (numpy.zeros((0, 2)), numpy.float64(1))}, []]},
        "large": {"table": numpy.arange(3000, dtype="int64").reshape(30, 100)},
        "wide": {f"layer{place}": layer(1) for place in range(300)},
    }
    for name, tree in trees.items():
        flax.MAX_CHUNK_SIZE = 4096 if name == "large" else 2**30
        written = flax.msgpack_serialize(flax.to_state_dict(tree))
        flax.msgpack_restore(written)
        folder.add(f"flax/{name}.msgpack", written, format="flax", tensors=arrays(flax, written))
    folder.add("flax/array.msgpack", flax.msgpack_serialize(numpy.arange(4)), format="flax", tensors=arrays(flax, flax.msgpack_serialize(numpy.arange(4))))


def serialization():
    jax = types.ModuleType("jax")
    jax.Array = type("Array", (), {})
    jax.numpy = types.SimpleNamespace(bfloat16=numpy.dtype(ml_dtypes.bfloat16))
    jax.tree_util = types.SimpleNamespace(Partial=type("Partial", (), {}), tree_map=tree_map)
    folder = pathlib.Path(importlib.util.find_spec("flax").submodule_search_locations[0])
    spec = importlib.util.spec_from_file_location("flax_serialization", folder / "serialization.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["jax"] = jax
    spec.loader.exec_module(module)
    del sys.modules["jax"]
    return module


def tree_map(function, tree):
    """As JAX does it: maps by the order of their keys."""
    if isinstance(tree, dict):
        return {key: tree_map(function, tree[key]) for key in sorted(tree)}
    return None if tree is None else function(tree)


class Type(enum.IntEnum):
    ARRAY = 1
    SCALAR = 3


def arrays(flax, written):
    """Every array as it stands in the file, pieces of larger ones too."""
    found = {}

    def walk(path, value):
        if isinstance(value, dict):
            for key, item in value.items():
                walk(path + (key,), item)
        elif isinstance(value, msgpack.ExtType) and value.code in list(Type):
            array = flax._ndarray_from_bytes(value.data)
            found["/".join(path)] = {
                "dtype": array.dtype.name,
                "shape": list(array.shape),
                "sha256": hashlib.sha256(array.tobytes()).hexdigest(),
            }

    walk((), msgpack.unpackb(written, ext_hook=msgpack.ExtType))
    return found
