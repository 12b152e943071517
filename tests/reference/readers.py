"""What the reference readers say about a file: the standard library, numpy, joblib, safetensors, gguf, py7zr."""

import ast
import io
import json
import pickle
import pickletools
import tarfile
import zipfile
from unittest import mock

import gguf
import numpy
import py7zr
import safetensors
from joblib.numpy_pickle import NumpyArrayWrapper, NumpyUnpickler

from folder import fingerprint


class Unpickler(pickle.Unpickler):
    """CPython's reader, noting every global and every persistent id it is asked for."""

    def __init__(self, file):
        super().__init__(file)
        self.globals = set()
        self.persistent = []

    def find_class(self, module, name):
        self.globals.add((module, name))
        return super().find_class(module, name)

    def persistent_load(self, identity):
        self.persistent.append(identity)
        return identity[1] if isinstance(identity, tuple) else None


def pickles(data, at=0, count=None):
    """The streams that stand one behind the other from `at`, to the end or `count` of them."""
    streams = []
    while at < len(data) if count is None else len(streams) < count:
        file = io.BytesIO(data)
        file.seek(at)
        unpickler = Unpickler(file)
        unpickler.load()
        stream = disassembled(data, at, unpickler.globals)
        assert stream["end"] == file.tell()
        if unpickler.persistent:
            stream["persistent"] = [plainly(identity) for identity in unpickler.persistent]
        streams.append(stream)
        at = stream["end"]
    return streams


def plainly(identity):
    """A persistent id in JSON, classes by their names."""
    if isinstance(identity, tuple):
        return [plainly(part) for part in identity]
    return [identity.__module__, identity.__name__] if isinstance(identity, type) else identity


def disassembled(data, at, names, gaps=None):
    """One stream as `pickletools` sees it; `gaps` maps where foreign bytes begin to where they end."""
    file = io.BytesIO(data)
    file.seek(at)
    gaps = gaps or {}
    opcodes = 0
    protocol = None
    for opcode, argument, _ in pickletools.genops(file):
        opcodes += 1
        if opcode.name == "PROTO":
            protocol = argument
        file.seek(gaps.get(file.tell(), file.tell()))
    return {
        "offset": at,
        "end": file.tell(),
        "protocol": protocol,
        "opcodes": opcodes,
        "globals": sorted(names),
    }


def joblib(data):
    """A joblib dump: one pickle with the bytes of its arrays between the opcodes."""
    arrays, inner = [], []

    class Recorder(NumpyUnpickler):
        def find_class(self, module, name):
            names.add((module, name))
            return super().find_class(module, name)

    def read(wrapper, unpickler, ensure_native_byte_order):
        begin = unpickler.file_handle.tell()
        before = set(names)
        array = original(wrapper, unpickler, ensure_native_byte_order)
        end = unpickler.file_handle.tell()
        if wrapper.dtype.hasobject:
            names.intersection_update(before)
            inner.extend(pickles(data, begin, count=1))
        arrays.append(
            {
                "offset": begin,
                "data_offset": begin if wrapper.dtype.hasobject else end - array.nbytes,
                "end": end,
                "dtype": wrapper.dtype.str,
                "shape": list(wrapper.shape),
                "order": wrapper.order,
            }
        )
        return array

    names = set()
    original = NumpyArrayWrapper.read
    with mock.patch.object(NumpyArrayWrapper, "read", read):
        Recorder("", io.BytesIO(data), ensure_native_byte_order=False).load()
    gaps = {array["offset"]: array["end"] for array in arrays}
    outer = disassembled(data, 0, names, gaps)
    return {"streams": [outer, *inner], "arrays": arrays}


def npy(data):
    """The header of an array file as numpy reads it, and the pickle of an object array."""
    array = numpy.load(io.BytesIO(data), allow_pickle=True)
    version = numpy.lib.format.read_magic(io.BytesIO(data))
    width = 2 if version == (1, 0) else 4
    begin = 8 + width
    end = begin + int.from_bytes(data[8:begin], "little")
    header = ast.literal_eval(data[begin:end].decode("utf-8" if version == (3, 0) else "latin-1"))
    dtype = numpy.lib.format.descr_to_dtype(header["descr"])
    assert (dtype, header["shape"]) == (array.dtype, array.shape)
    facts = {
        "array": {
            "version": version,
            "descr": header["descr"],
            "shape": header["shape"],
            "fortran_order": header["fortran_order"],
            "data_offset": end,
            "itemsize": dtype.itemsize,
        }
    }
    if dtype.hasobject:
        facts["streams"] = pickles(data, end)
    else:
        assert len(data) == end + array.nbytes
    return facts


def zip(data, inside=None):
    """The members of a zip file, each with what `inside(name, data)` says of it."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [
            {
                "name": entry.filename,
                "kind": "directory" if entry.is_dir() else "file",
                **fingerprint(archive.read(entry)),
                **(inside(entry.filename, archive.read(entry)) if inside else {}),
            }
            for entry in archive.infolist()
        ]


def tar(data):
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        return [
            {
                "name": entry.name,
                "kind": "directory" if entry.isdir() else "file",
                **fingerprint(archive.extractfile(entry).read() if entry.isfile() else b""),
            }
            for entry in archive
        ]


def seven_zip(path):
    with py7zr.SevenZipFile(path) as archive:
        entries = archive.list()
        archive.reset()
        factory = py7zr.io.BytesIOFactory(1 << 30)
        archive.extractall(factory=factory)
        return [
            {
                "name": entry.filename,
                "kind": "directory" if entry.is_directory else "file",
                **fingerprint(b"" if entry.is_directory else factory.get(entry.filename).read()),
            }
            for entry in entries
        ]


def tensors(path):
    """The header of a safetensors file, agreed with the library's own reader."""
    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    metadata = header.pop("__metadata__", None)
    with safetensors.safe_open(path, framework="np") as file:
        assert file.metadata() == metadata
        assert set(file.keys()) == set(header)
        for name, tensor in header.items():
            view = file.get_slice(name)
            assert (view.get_dtype(), view.get_shape()) == (tensor["dtype"], tensor["shape"])
    return {"header_size": size, "metadata": metadata, "tensors": header}


def ggml(path):
    """Keys, types and tensors of a GGUF file. The reader flattens arrays of arrays, and so do we."""
    reader = gguf.GGUFReader(path)
    version = int(reader.fields["GGUF.version"].parts[0][0])
    fields = {
        name: {"types": [kind.name for kind in field.types], "value": value(field)}
        for name, field in reader.fields.items()
        if not name.startswith("GGUF.")
    }
    listed = [
        {
            "name": tensor.name,
            "type": tensor.tensor_type.name,
            "shape": [int(size) for size in tensor.shape],
            "offset": int(tensor.data_offset - reader.data_offset),
            "size": int(tensor.n_bytes),
        }
        for tensor in reader.tensors
    ]
    return {
        "version": version,
        "byte_order": reader.endianess.name.lower(),
        "alignment": int(reader.alignment),
        "data_offset": int(reader.data_offset),
        "fields": fields,
        "tensors": listed,
    }


def value(field):
    """A value in JSON: strings as text, numbers as numbers."""
    strings = gguf.GGUFValueType.STRING in field.types
    parts = [field.parts[index] for index in field.data]
    values = [bytes(part).decode() if strings else part[0].item() for part in parts]
    return values if field.types[0] == gguf.GGUFValueType.ARRAY else values[0]
