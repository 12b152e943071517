"""HDF5 as h5py writes it: every layout, index of chunks, kind of link, type and version of the format."""

import h5py
import numpy
from h5py import h5d, h5t


def make(folder):
    for version, libver in (("earliest", "earliest"), ("v108", ("v108", "v108")), ("latest", "latest")):
        for part in (layouts, types, values, links, many):
            with h5py.File(folder.path(f"hdf5/{part.__name__}-{version}.h5"), "w", libver=libver) as file:
                part(file)
    with h5py.File(folder.path("hdf5/user-block.h5"), "w", userblock_size=1024) as file:
        layouts(file)
    with h5py.File(folder.path("hdf5/ordered.h5"), "w", track_order=True) as file:
        many(file)
        values(file)
    with h5py.File(folder.path("hdf5/paged.h5"), "w", fs_strategy="page", fs_persist=True, fs_page_size=4096) as file:
        layouts(file)
    with h5py.File(folder.path("hdf5/changed.h5"), "w") as file:
        changed(file)
    with h5py.File(folder.path("hdf5/empty.h5"), "w"):
        pass
    for path in sorted((folder.root / "hdf5").rglob("*.h5")):
        name = str(path.relative_to(folder.root))
        if name not in folder.expected:
            folder.expect(name, format="hdf5", **read(path))


def layouts(file):
    random = numpy.random.default_rng(23)
    data = random.random((40, 30)).astype("f4")
    file["contiguous"] = data
    file["scalar"] = numpy.float64(1.5)
    file["empty"] = h5py.Empty("f4")
    file["nothing"] = numpy.zeros((0, 3), "i4")
    file.create_dataset("unwritten", (10, 10), "f8")
    file.create_dataset("chunks", data=data, chunks=(16, 16))
    file.create_dataset("one-chunk", data=data, chunks=(40, 30))
    file.create_dataset("one-chunk-packed", data=data, chunks=(40, 30), compression="gzip")
    file.create_dataset("packed", data=data, chunks=(8, 8), compression="gzip", shuffle=True, fletcher32=True)
    file.create_dataset("fixed", data=numpy.arange(3000, dtype="i2"), chunks=(1,))
    file.create_dataset("growing", data=numpy.arange(3000, dtype="i2"), chunks=(1,), maxshape=(None,))
    file.create_dataset("growing-packed", data=numpy.arange(999, dtype="i2"), chunks=(4,), maxshape=(None,), compression="lzf")
    file.create_dataset("growing-twice", data=data, chunks=(4, 4), maxshape=(None, None))
    file.create_dataset("growing-twice-packed", data=data, chunks=(4, 4), maxshape=(None, None), compression="gzip")
    sparse = file.create_dataset("sparse", (100_000,), "f4", chunks=(16,), maxshape=(None,))
    sparse[5] = sparse[70_000] = 1
    early = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    early.set_layout(h5d.CHUNKED)
    early.set_chunk((8, 8))
    early.set_alloc_time(h5d.ALLOC_TIME_EARLY)
    early.set_obj_track_times(False)
    add(file, b"early", data, early)
    compact = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    compact.set_layout(h5d.COMPACT)
    compact.set_obj_track_times(False)
    add(file, b"compact", data[:5, :5].copy(), compact)


def add(file, name, data, properties):
    kind = h5t.py_create(data.dtype)
    dataset = h5d.create(file.id, name, kind, h5py.h5s.create_simple(data.shape), properties)
    dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, data)


def types(file):
    for kind in ("i1", "u1", "<i2", ">i4", "<u8", "<f2", "<f4", ">f8", "S5", "?", "<c8", "V7"):
        file[f"plain/{kind.strip('<>?') or 'b1'}"] = numpy.zeros(3, kind)
    file["text"] = numpy.array(["weigh", "br\u00fccke"], h5py.string_dtype())
    file["bytes"] = numpy.array([b"a", b"bc"], h5py.string_dtype("ascii"))
    file["fixed-text"] = numpy.array([b"caf\xc3\xa9"], h5py.string_dtype("utf-8", 8))
    lists = file.create_dataset("lists", (2,), h5py.vlen_dtype("i4"))
    lists[0], lists[1] = [1, 2, 3], [4]
    pair = numpy.dtype([("x", "<f4"), ("y", ">i2", (2, 3)), ("z", [("inner", "u1"), ("name", "S4")])])
    file["compound"] = numpy.zeros(4, pair)
    file["enumeration"] = numpy.zeros(4, h5py.enum_dtype({"RED": 0, "GREEN": 1, "a longer name": 300}, "i2"))
    file["array"] = numpy.zeros(4, numpy.dtype(("<f8", (2, 2))))
    file.create_dataset("arrays", (3,), numpy.dtype(("<f8", (2, 2))))
    file["reference"] = numpy.array([file["text"].ref, file["lists"].ref], h5py.ref_dtype)
    file["named"] = numpy.dtype("<f4")
    file.create_dataset("of-named", (3,), file["named"])
    file["of-named"].attrs.create("also", 3.5, dtype=file["named"])
    file["opaque"] = numpy.void(b"seven..")


def values(file):
    """Attributes of every kind, few and many, short and long."""
    group = file.create_group("group")
    for place in (file, group):
        place.attrs["text"] = "caf\u00e9"
        place.attrs["ascii"] = b"bytes"
        place.attrs["fixed"] = numpy.bytes_("fixed")
        place.attrs["number"] = 17
        place.attrs["negative"] = numpy.int16(-3)
        place.attrs["big"] = numpy.array(513, ">u2")
        place.attrs["fraction"] = 0.25
        place.attrs["single"] = numpy.float32(1.5)
        place.attrs["truth"] = True
        place.attrs["list"] = [1, 2, 3]
        place.attrs["texts"] = ["a", "bc"]
        place.attrs["names"] = numpy.array([b"dense", b"dense_1"])
        place.attrs["empty"] = h5py.Empty("f4")
    file.attrs["long"] = "x" * 40_000
    crowded = file.create_group("crowded")
    for index in range(200):
        crowded.attrs[f"attribute-{index}"] = f"value {index}"
    if not file.userblock_size and file.libver[0] != "earliest":
        crowded.attrs["huge"] = numpy.zeros(100_000, "u1")


def links(file):
    file["a/b/weights"] = numpy.ones(3, "f4")
    file["a/hard"] = file["a/b/weights"]
    file["soft"] = h5py.SoftLink("/a/b/weights")
    file["nowhere"] = h5py.SoftLink("/not/there")
    file["a/relative"] = h5py.SoftLink("b/weights")
    file["gr\u00f6\u00dfe"] = 1


def many(file):
    """Groups of many links, with names of many lengths."""
    for index in range(700):
        group = file.require_group(("few", "many")[index % 20 > 0])
        group[f"layer-{index}" + "-long" * (index % 9)] = numpy.full(2, index, "i2")
    for index in range(30):
        file[f"deep{'/deeper' * index}/w{index}"] = numpy.float32(index)


def changed(file):
    """Things that were removed and written again."""
    for index in range(60):
        file[f"dataset-{index}"] = numpy.full(50, index, "f4")
        file.attrs[f"attribute-{index}"] = "text" * index
    for index in range(0, 60, 2):
        del file[f"dataset-{index}"]
        del file.attrs[f"attribute-{index}"]
    file["again"] = numpy.zeros(70, "f8")
    grown = file.create_dataset("grown", data=numpy.arange(40), chunks=(8,), maxshape=(None,))
    grown.resize((400,))
    grown[:] = 1
    grown.resize((90,))


def read(path):
    """Datasets and attributes as h5py finds them; of several names of one object, that nearest to the root."""
    datasets, attributes = {}, {}
    with h5py.File(path) as file:

        def note(name, item):
            for key in item.attrs:
                shown = value(item.attrs[key], item.attrs.get_id(key))
                if shown is not None:
                    attributes[f"{name}@{key}" if name else key] = shown
            if isinstance(item, h5py.Dataset):
                datasets[name] = dataset(item)

        note("", file)
        seen, waiting = {file.id}, [file]
        for group in waiting:
            for name in group:
                if isinstance(group.get(name, getlink=True), h5py.HardLink) and (item := group[name]).id not in seen:
                    seen.add(item.id)
                    note(item.name.lstrip("/"), item)
                    if isinstance(item, h5py.Group):
                        waiting.append(item)
    return {"datasets": datasets, "attributes": attributes}


def dataset(item):
    layout = item.id.get_create_plist().get_layout()
    start, length = None, item.id.get_storage_size()
    if layout == h5d.CHUNKED:
        chunks = [item.id.get_chunk_info(index) for index in range(item.id.get_num_chunks())]
        start = min((chunk.byte_offset for chunk in chunks), default=0)
        length = sum(chunk.size for chunk in chunks)
    elif layout == h5d.CONTIGUOUS:
        # Of what was never written the offset is none, or nonsense behind a user block.
        start = item.id.get_offset() if length else 0
    shape = [] if item.shape is None else list(item.shape)
    return {"dtype": describe(item.id.get_type()), "shape": shape, "start": start, "length": length}


def describe(kind):
    size, name = kind.get_size(), kind.get_class()
    order = lambda: "|" if size < 2 else ">" if kind.get_order() == h5t.ORDER_BE else "<"
    if name == h5t.INTEGER:
        return f"{order()}{'u' if kind.get_sign() == h5t.SGN_NONE else 'i'}{size}"
    if name == h5t.FLOAT:
        return f"{order()}f{size}"
    if name == h5t.STRING:
        return "text" if kind.is_variable_str() else f"|S{size}"
    if name == h5t.OPAQUE:
        tag = kind.get_tag().decode()
        return f"|V{size} {tag}".strip()
    if name == h5t.COMPOUND:
        members = range(kind.get_nmembers())
        fields = (f"{kind.get_member_name(i).decode()}: {describe(kind.get_member_type(i))}" for i in members)
        return "{" + ", ".join(fields) + "}"
    if name == h5t.REFERENCE:
        return "reference"
    if name == h5t.ENUM:
        names = [kind.get_member_name(index) for index in range(kind.get_nmembers())]
        return "|b1" if names == [b"FALSE", b"TRUE"] and size == 1 else f"enum {describe(kind.get_super())}"
    if name == h5t.VLEN:
        return f"list of {describe(kind.get_super())}"
    if name == h5t.ARRAY:
        return f"{list(kind.get_array_dims())} of {describe(kind.get_super())}"
    raise ValueError(name)


def value(found, attribute):
    """An attribute as we write it; nothing for what has no elements, and of large ones only what they are."""
    if isinstance(found, h5py.Empty):
        return None
    array = numpy.asarray(found)
    if array.size > 64:
        return f"an array of {array.size} \u00d7 {describe(attribute.get_type())}"
    return ", ".join(map(text, array.reshape(-1).tolist()))


def text(item):
    if isinstance(item, bytes):
        return item.decode()
    if isinstance(item, (bool, numpy.bool_)):
        return str(int(item))
    return str(item)
