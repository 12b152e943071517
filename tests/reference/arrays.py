"""Array files by numpy: npy of many types, orders and header versions, and npz."""

import io

import numpy

import readers

DTYPES = [
    *("?", "i1", "u1", "<i2", ">i2", "<u2", "<i4", ">i4", "<u4", "<i8", ">i8", "<u8"),
    *("<f2", ">f2", "<f4", ">f4", "<f8", ">f8", "<f16", "<c8", "<c16", "<c32"),
    *("S7", "<U7", ">U7", "V5", "<M8[s]", "<M8[25us]", "<m8[D]", "<M8"),
]

STRUCTURED = {
    "plain": [("id", "<i4"), ("score", "<f8"), ("name", "<U10")],
    "nested": [("point", [("x", "<f4"), ("y", "<f4")]), ("grid", "<i2", (2, 3))],
    "titled": [(("a longer title", "short"), "<i4"), ("other", "|S3")],
}


def make(folder):
    for dtype in map(numpy.dtype, DTYPES):
        name = str(dtype.str).translate(str.maketrans("<>|?[]", "lbnx--")).rstrip("-")
        add(folder, f"dtype-{name}", numpy.zeros((3, 4), dtype))
    for name, dtype in STRUCTURED.items():
        add(folder, f"structured-{name}", numpy.zeros(5, dtype))
    add(folder, "structured-aligned", numpy.zeros(5, numpy.dtype([("a", "i1"), ("b", "f8")], align=True)))
    add(folder, "structured-objects", numpy.array([(1, {"a": [1, 2]}), (2, None)], [("id", "i4"), ("extra", "O")]))

    cube = numpy.arange(60.0).reshape(3, 4, 5)
    add(folder, "order-c", cube)
    add(folder, "order-fortran", numpy.asfortranarray(cube))
    add(folder, "shape-nought", numpy.array(4.0))
    add(folder, "shape-empty", numpy.zeros((4, 0, 2), "f4"))
    add(folder, "shape-many", numpy.zeros((1,) * 32, "i1"))
    add(folder, "large", numpy.random.default_rng(1).standard_normal((300, 400)).astype("f4"))

    add(folder, "version-1", cube, (1, 0))
    add(folder, "version-2", cube, (2, 0))
    add(folder, "version-3", cube, (3, 0))
    add(folder, "version-2-long-header", numpy.zeros(1, [(f"feature_{index:05}", "<f4") for index in range(3000)]))
    add(folder, "version-3-unicode-names", numpy.zeros(2, [("\u540d\u524d", "<i4"), ("caf\u00e9 \u2615", "<f4")]))

    benign = numpy.array([{"a": 1}, ["b", 2.5], None, "text", numpy.arange(3)], dtype=object)
    add(folder, "objects", benign)
    add(folder, "objects-fortran", numpy.asfortranarray(numpy.array([["a", 1], ["b", 2]], dtype=object)))
    add(folder, "objects-empty", numpy.empty(0, dtype=object))

    archives = {
        "plain": (numpy.savez, {"weights": cube, "bias": numpy.zeros(3, "f2")}),
        "compressed": (numpy.savez_compressed, {"weights": cube, "layer/0/kernel": numpy.ones((4, 4))}),
        "objects": (numpy.savez_compressed, {"vocabulary": benign, "ids": numpy.arange(5)}),
        "empty": (numpy.savez, {}),
    }
    for name, (save, members) in archives.items():
        file = io.BytesIO()
        save(file, **members)
        data = file.getvalue()
        facts = readers.zip(data, lambda _, member: readers.npy(member))
        folder.add(f"numpy/{name}.npz", data, format="npz", members=facts)


def add(folder, name, array, version=None):
    file = io.BytesIO()
    numpy.lib.format.write_array(file, array, version, allow_pickle=True)
    data = file.getvalue()
    folder.add(f"numpy/{name}.npy", data, format="npy", **readers.npy(data))
