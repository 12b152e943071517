"""Torch checkpoints without torch, whose wheel brings gigabytes of GPU libraries: the three layouts of `torch.save`.

Stand-in classes carry torch's names, so that the standard pickler emits the very opcodes that torch's does. The zip
layout equals a file by torch 2.15 byte for byte, but for the digits of `serialization_id`.
"""

import hashlib
import io
import pickle
import struct
import sys
import tarfile
import zlib
from collections import OrderedDict
from types import ModuleType
from unittest import mock

import numpy

import readers

ALIGNMENT = 64
MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001
SYSTEM = {"protocol_version": PROTOCOL, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}

# Storage class to the numpy type with elements of that size.
STORAGES = {
    "FloatStorage": "<f4",
    "DoubleStorage": "<f8",
    "HalfStorage": "<f2",
    "BFloat16Storage": "<u2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "i1",
    "ByteStorage": "u1",
    "BoolStorage": "?",
    "ComplexFloatStorage": "<c8",
    "ComplexDoubleStorage": "<c16",
}
TORCH_TYPES = {
    "FloatStorage": "float32",
    "DoubleStorage": "float64",
    "HalfStorage": "float16",
    "BFloat16Storage": "bfloat16",
    "LongStorage": "int64",
    "IntStorage": "int32",
    "ShortStorage": "int16",
    "CharStorage": "int8",
    "ByteStorage": "uint8",
    "BoolStorage": "bool",
    "ComplexFloatStorage": "complex64",
    "ComplexDoubleStorage": "complex128",
}
# Newer types have no storage class: their bytes are an UntypedStorage and the type is named beside it.
UNTYPED = {"uint16": "<u2", "uint32": "<u4", "uint64": "<u8", "float8_e4m3fn": "u1", "float8_e5m2": "u1"}


MODULES = {}


def publish(thing, name, module):
    """Name `thing` so that pickle finds it as `module.name`, once MODULES stand among the system's modules."""
    thing.__module__ = module
    thing.__name__ = thing.__qualname__ = name
    setattr(MODULES.setdefault(module, ModuleType(module)), name, thing)
    return thing


def function(name, module):
    return publish(lambda *arguments: arguments, name, module)


REBUILD = {
    name: function(name, "torch._utils") for name in ("_rebuild_tensor_v2", "_rebuild_tensor_v3", "_rebuild_parameter")
}
CLASSES = {name: publish(type(name, (), {}), name, "torch") for name in STORAGES}
UNTYPED_STORAGE = publish(type("UntypedStorage", (), {}), "UntypedStorage", "torch.storage")


class Named:
    """A value that pickles as a global, such as `torch.float32`."""

    def __reduce__(self):
        return self.__name__


TYPES = {name: publish(Named(), name, "torch") for name in ["float32", "strided", *UNTYPED]}


class Device:
    def __reduce__(self):
        return DEVICE, (str(b"cpu", "ascii"),)  # a new string each time, as torch has it


class Size(tuple):
    def __reduce__(self):
        return SIZE, (tuple(self),)


class Linear:
    """A module pickled whole; the attributes of a real one, in their order."""

    def __init__(self, weight, bias):
        self.training = True
        self._parameters = {"weight": weight, "bias": bias}
        self._buffers = {}
        self._non_persistent_buffers_set = set()
        self._backward_pre_hooks = OrderedDict()
        self._backward_hooks = OrderedDict()
        self._is_full_backward_hook = None
        self._forward_hooks = OrderedDict()
        self._forward_hooks_with_kwargs = OrderedDict()
        self._forward_hooks_always_called = OrderedDict()
        self._forward_pre_hooks = OrderedDict()
        self._forward_pre_hooks_with_kwargs = OrderedDict()
        self._state_dict_hooks = OrderedDict()
        self._state_dict_pre_hooks = OrderedDict()
        self._load_state_dict_pre_hooks = OrderedDict()
        self._load_state_dict_post_hooks = OrderedDict()
        self._modules = {}
        self.in_features = weight.tensor.shape[1]
        self.out_features = weight.tensor.shape[0]


DEVICE = function("device", "torch")
SIZE = function("Size", "torch")
publish(Linear, "Linear", "torch.nn.modules.linear")


class Storage:
    def __init__(self, kind, array):
        self.kind = kind
        self.data = array.tobytes()
        self.length = len(self.data) if kind is UNTYPED_STORAGE else array.size


class Tensor:
    """A view of a storage; pickles as a call of torch's rebuild function."""

    def __init__(self, storage, shape, stride, offset=0, named=None):
        self.storage, self.shape, self.stride, self.offset, self.named = storage, shape, stride, offset, named

    def __reduce__(self):
        view = (self.storage, self.offset, self.shape, self.stride, False, OrderedDict())
        if self.named:
            return REBUILD["_rebuild_tensor_v3"], (*view, self.named)
        return REBUILD["_rebuild_tensor_v2"], view

    def transposed(self):
        return Tensor(self.storage, self.shape[::-1], self.stride[::-1], self.offset, self.named)


class Parameter:
    def __init__(self, tensor):
        self.tensor = tensor

    def __reduce__(self):
        return REBUILD["_rebuild_parameter"], (self.tensor, True, OrderedDict())


def tensor(array, name="FloatStorage"):
    array = numpy.asarray(array, STORAGES.get(name) or UNTYPED[name])
    stride = tuple(step // array.itemsize for step in array.strides)
    if name in UNTYPED:
        return Tensor(Storage(UNTYPED_STORAGE, array), array.shape, stride, named=TYPES[name])
    return Tensor(Storage(CLASSES[name], array), array.shape, stride)


def pickled(subject, identify):
    """Pickle with torch's protocol, storages replaced by what `identify` says of them."""

    class Pickler(pickle.Pickler):
        def persistent_id(self, value):
            return identify(value)

    file = io.BytesIO()
    Pickler(file, protocol=2).dump(subject)
    return file.getvalue()


def zip_layout(subject, name="archive"):
    """`torch.save` since 1.6."""
    keys = {}

    def identify(value):
        if isinstance(value, Storage):
            return "storage", value.kind, keys.setdefault(value, str(len(keys))), "cpu", value.length

    members = {
        "data.pkl": pickled(subject, identify),
        ".format_version": b"1",
        ".storage_alignment": b"%d" % ALIGNMENT,
        "byteorder": b"little",
        **{f"data/{key}": storage.data for storage, key in keys.items()},
        "version": b"3\n",
        ".data/serialization_id": b"0849488847965048735003329453285208849438",
    }
    return stored_zip({f"{name}/{member}": data for member, data in members.items()})


def stored_zip(members):
    """A zip as torch's writer lays it out: stored, sizes behind the data, each member's data aligned."""
    body, directory = b"", b""
    for name, data in members.items():
        name = name.encode()
        begin = len(body)
        padding = -(begin + 30 + len(name) + 4) % ALIGNMENT
        extra = b"FB" + struct.pack("<H", padding) + b"Z" * padding
        sizes = struct.pack("<3L", zlib.crc32(data), len(data), len(data))
        body += struct.pack("<4s5H3L2H", b"PK\3\4", 0, 0x808, 0, 0, 0, 0, 0, 0, len(name), len(extra)) + name + extra
        body += data + b"PK\7\x08" + sizes
        directory += struct.pack("<4s6H", b"PK\1\2", 0, 0, 0x808, 0, 0, 0) + sizes
        directory += struct.pack("<5H2L", len(name), 0, 0, 0, 0, 0, begin) + name
    count, at, end = len(members), len(body), len(body) + len(directory)
    far = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 0x31E, 45, 0, 0, count, count, len(directory), at)
    far += struct.pack("<4sLQL", b"PK\6\7", 0, end, 1)
    near = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(directory), at, 0)
    return body + directory + far + near


def stream_layout(subject):
    """`torch.save` before 1.6: five pickles, then the raw storages under the addresses they had in memory."""
    addresses = {}

    def identify(value):
        if isinstance(value, Storage):
            address = addresses.setdefault(value, 94709840690000 + 64 * len(addresses))
            return "storage", value.kind, str(address), "cpu", value.length, None

    body = pickled(subject, identify)
    held = {str(address): storage for storage, address in addresses.items()}
    head = b"".join(pickle.dumps(each, protocol=2) for each in (MAGIC, PROTOCOL, SYSTEM))
    raw = b"".join(struct.pack("<q", held[key].length) + held[key].data for key in sorted(held))
    return head + body + pickle.dumps(sorted(held), protocol=2) + raw


def tar_layout(tensors):
    """`torch.save` of the first releases: a tar of the system, the storages, the tensors and the pickle."""
    keys = {tensor: 7000 + index for index, tensor in enumerate(tensors.values())}
    storages = pickle.dumps(len(keys), protocol=2)
    views = pickle.dumps(len(keys), protocol=2)
    for tensor, key in keys.items():
        storage, rank = tensor.storage, len(tensor.shape)
        storages += pickle.dumps((key, "cpu", storage.kind), protocol=2)
        storages += struct.pack("<q", storage.length) + storage.data
        views += pickle.dumps((key, key, storage.kind), protocol=2)
        views += struct.pack(f"<{2 * rank + 2}q", rank, *tensor.shape, *tensor.stride, tensor.offset)
    members = {
        "sys_info": pickle.dumps(SYSTEM, protocol=2),
        "pickle": pickled(OrderedDict(tensors), lambda value: str(keys[value]) if isinstance(value, Tensor) else None),
        "storages": storages + pickle.dumps([], protocol=2),
        "tensors": views,
    }
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, data in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return file.getvalue()


def subjects():
    """What people save."""
    random = numpy.random.default_rng(11)
    weight = tensor(random.random((4, 3)))
    layers = {
        f"layers.{index}.{part}": tensor(random.random(shape))
        for index in range(4)
        for part, shape in (("weight", (32, 32)), ("bias", (32,)))
    }
    moments = {
        index: {"step": tensor(5.0), "exp_avg": tensor(random.random(6)), "exp_avg_sq": tensor(random.random(6))}
        for index in range(2)
    }
    group = {"lr": 1e-3, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.01, "amsgrad": False, "params": [0, 1]}
    return {
        "state-dict": OrderedDict(layers),
        "half": OrderedDict(weight=tensor(random.random((8, 8)), "HalfStorage")),
        "types": {name: tensor([0, 1], name) for name in [*STORAGES, *UNTYPED]},
        "views": {"whole": weight, "transposed": weight.transposed(), "row": Tensor(weight.storage, (3,), (1,), 3)},
        "shapes": {"nought": tensor(1.5), "empty": tensor(numpy.zeros((0, 4))), "one": tensor([1.0])},
        "parameters": OrderedDict(weight=Parameter(weight)),
        "optimizer": {"state": moments, "param_groups": [group]},
        "scheduler": {"base_lrs": [0.1], "last_epoch": 3, "_step_count": 4, "_last_lr": [0.05]},
        "checkpoint": {
            "epoch": 3,
            "model": OrderedDict(layers),
            "device": Device(),
            "dtype": TYPES["float32"],
            "size": Size((1, 2)),
            "best": None,
        },
        "module": Linear(Parameter(tensor(random.random((1, 2)))), Parameter(tensor([0.5]))),
        "tied": OrderedDict([("embed.weight", weight), ("head.weight", weight), ("list", [weight, {"deep": weight}])]),
        "large": OrderedDict(embedding=tensor(random.random((512, 512)))),
        "many": OrderedDict((f"t{index}", tensor([index])) for index in range(300)),
    }


def make(folder):
    with mock.patch.dict(sys.modules, MODULES):
        for name, subject in subjects().items():
            held = dict(tensors(subject))
            data = zip_layout(subject)
            folder.add(f"torch/{name}.pt", data, format="torch-zip", members=readers.zip(data, inside), tensors=held)
            data = stream_layout(subject)
            streams = readers.pickles(data, count=5)
            folder.add(f"torch/{name}-legacy.pt", data, format="torch-legacy", streams=streams, tensors=held)
        layers = {name: tensor(numpy.ones(shape)) for name, shape in (("weight", (3, 2)), ("bias", (3,)))}
        data = tar_layout(layers)
        folder.add("torch/first-releases.pt", data, format="torch-tar", members=readers.tar(data))


def tensors(subject, path=()):
    """Every tensor by the keys that lead to it: its type, its shape, and what its bytes are, from the first to the last."""
    if isinstance(subject, Parameter):
        subject = subject.tensor
    if isinstance(subject, Tensor):
        storage = subject.storage
        dtype = subject.named.__name__ if subject.named else TORCH_TYPES[storage.kind.__name__]
        size = numpy.dtype(UNTYPED[dtype] if subject.named else STORAGES[storage.kind.__name__]).itemsize
        extent = 1 + sum((count - 1) * step for count, step in zip(subject.shape, subject.stride))
        begin = subject.offset * size
        held = storage.data[begin : begin + (0 if 0 in subject.shape else extent) * size]
        yield ".".join(path), {"type": dtype, "shape": subject.shape, "sha256": hashlib.sha256(held).hexdigest()}
    elif isinstance(subject, Linear):
        yield from tensors(subject._parameters, path)
    elif isinstance(subject, dict):
        for key, value in subject.items():
            yield from tensors(value, (*path, str(key)))
    elif isinstance(subject, list):
        for index, value in enumerate(subject):
            yield from tensors(value, (*path, str(index)))


def inside(name, data):
    return {"streams": readers.pickles(data)} if name.endswith("/data.pkl") else {}
