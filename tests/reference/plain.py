"""Pickles of plain data, of the standard library's types, of numpy arrays and scalars: every protocol."""

import array
import collections
import datetime
import decimal
import fractions
import pathlib
import pickle
import pickletools
import re
import types
import uuid

import numpy
import scipy.sparse

import readers

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


def numbers():
    powers = [
        sign * 2**bit + step
        for bit in (7, 8, 15, 16, 31, 32, 63, 64, 100, 3000)
        for sign in (1, -1)
        for step in (-1, 0, 1)
    ]
    return [
        None,
        True,
        False,
        0,
        1,
        -1,
        *powers,
        0.0,
        -0.0,
        1.5,
        1e300,
        5e-324,
        float("inf"),
        -float("inf"),
        float("nan"),
    ]


def texts():
    return [
        "",
        "ascii",
        "line\nbreak\r\n",
        "back\\slash \\u0041",
        "quote ' \" ",
        "caf\u00e9 \u20ac \U0001f600",
        "nul \0",
        "lone \ud800 surrogate",
        "x" * 255,
        "y" * 256,
        "z" * 70000,
        b"",
        b"bytes",
        bytes(range(256)),
        b"b" * 70000,
        bytearray(b"mutable"),
        bytearray(70000),
    ]


def containers():
    shared = ["shared"]
    loop = [1]
    loop.append(loop)
    knot = {"self": None}
    knot["self"] = (knot, knot)
    nested = []
    for depth in range(40):
        nested = [depth, nested]
    return [
        (),
        (1,),
        (1, 2),
        (1, 2, 3),
        (1, 2, 3, 4),
        [],
        {},
        set(),
        frozenset(),
        {1, 2, 3},
        frozenset({4, 5}),
        shared,
        shared,
        (shared, shared),
        loop,
        knot,
        nested,
        list(range(2500)),
        {key: str(key) for key in range(2500)},
        [[index] for index in range(600)],
        set(range(1500)),
    ]


def standard_library():
    return {
        "ordered": collections.OrderedDict(a=1, b=2),
        "default": collections.defaultdict(list, a=[1]),
        "counter": collections.Counter("weighbridge"),
        "deque": collections.deque([1, 2, 3], maxlen=5),
        "moment": datetime.datetime(2026, 2, 3, 4, 5, 6, 7, datetime.UTC),
        "day": datetime.date(2026, 2, 3),
        "hour": datetime.time(4, 5, 6),
        "span": datetime.timedelta(days=1, microseconds=2),
        "zone": datetime.timezone(datetime.timedelta(hours=-5), "EST"),
        "decimal": decimal.Decimal("3.14159265358979323846"),
        "fraction": fractions.Fraction(22, 7),
        "uuid": uuid.UUID(int=0x1234),
        "complex": 1 + 2j,
        "range": range(1, 10, 2),
        "slice": slice(1, None, 3),
        "ellipsis": ...,
        "path": pathlib.PurePosixPath("weights/model.bin"),
        "namespace": types.SimpleNamespace(learning_rate=1e-4, steps=100),
        "pattern": re.compile(r"layer\.(\d+)", re.IGNORECASE),
        "array": array.array("d", [1.0, 2.0]),
        "classes": [int, str, dict, collections.OrderedDict],
    }


def numpy_objects():
    random = numpy.random.default_rng(7)
    kinds = [
        "?",
        "i1",
        "u1",
        "<i2",
        ">i2",
        "<i4",
        "<i8",
        ">i8",
        "<f2",
        "<f4",
        ">f4",
        "<f8",
        "<c8",
        "<c16",
        "S5",
        "<U5",
        "<M8[ns]",
        "<m8[D]",
        "V3",
    ]
    structured = numpy.dtype([("id", "<i4"), ("box", "<f4", (2, 2)), ("name", "U8")])
    return {
        "arrays": [numpy.zeros((2, 3), kind) for kind in kinds],
        "scalars": [numpy.zeros(1, kind)[0] for kind in kinds],
        "dtypes": [numpy.dtype(kind) for kind in kinds],
        "fortran": numpy.asfortranarray(random.random((3, 4))),
        "strided": numpy.arange(20)[::3],
        "empty": numpy.empty((0, 3), "f4"),
        "nought": numpy.array(3.5),
        "structured": numpy.ones(3, structured),
        "record": numpy.rec.array([(1, 2.0), (3, 4.0)], names="a,b"),
        "masked": numpy.ma.masked_array([1.0, 2.0, 3.0], mask=[False, True, False]),
        "matrix": numpy.matrix([[1, 2], [3, 4]]),
        "objects": numpy.array([{"a": 1}, ["b"], None], dtype=object),
        "large": random.standard_normal((200, 100)).astype("f4"),
        "polynomial": numpy.polynomial.Polynomial([1, 2, 3]),
        "generators": [
            numpy.random.default_rng(1),
            numpy.random.RandomState(2),
            numpy.random.Generator(numpy.random.Philox(3)),
        ],
        "sparse": [scipy.sparse.eye(4, format=form) for form in ("csr", "csc", "coo", "bsr", "dia", "lil", "dok")],
    }


def make(folder):
    subjects = {
        "numbers": numbers(),
        "texts": texts(),
        "containers": containers(),
        "standard-library": standard_library(),
        "numpy": numpy_objects(),
    }
    for name, subject in subjects.items():
        for protocol in PROTOCOLS:
            data = pickle.dumps(subject, protocol)
            add(folder, f"pickles/{name}-{protocol}.pkl", data)
            add(folder, f"pickles/{name}-{protocol}-optimised.pkl", pickletools.optimize(data))
    for protocol in PROTOCOLS:
        add(folder, f"pickles/none-{protocol}.pkl", pickle.dumps(None, protocol))
        add(
            folder,
            f"pickles/python-3-names-{protocol}.pkl",
            pickle.dumps(subjects["standard-library"], protocol, fix_imports=False),
        )
        add(folder, f"pickles/pure-python-{protocol}.pkl", pickle._dumps(subjects["texts"], protocol))
    small = [{"step": 1}, [1.5, "two"], numpy.arange(5), collections.OrderedDict(a=1)]
    add(
        folder,
        "pickles/several.pkl",
        b"".join(pickle.dumps(each, protocol) for each in small for protocol in PROTOCOLS),
    )


def add(folder, path, data):
    folder.add(path, data, format="pickle", streams=readers.pickles(data))
