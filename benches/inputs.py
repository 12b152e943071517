"""Writes what the scanners are measured on: three large weight files, many small pickles, a pickle of many opcodes.

python inputs.py FOLDER        (with numpy)
"""

import collections
import json
import pickle
import random
import struct
import sys
import zipfile
from pathlib import Path

import numpy

TENSORS = 64
TENSOR_SIZE = 16 << 20
ALIGNMENT = 32  # what GGUF takes when nothing else is said
F16 = 1  # ggml_type
STRING = 8  # gguf_metadata_value_type


def blocks():
    """The bytes of the tensors: 1 GiB that no compression makes smaller, the same on every run."""
    source = random.Random(1)
    return (source.randbytes(TENSOR_SIZE) for _ in range(TENSORS))


def safetensors(path):
    header = {
        f"layers.{index}.weight": {
            "dtype": "F16",
            "shape": [TENSOR_SIZE // 8192, 4096],
            "data_offsets": [index * TENSOR_SIZE, (index + 1) * TENSOR_SIZE],
        }
        for index in range(TENSORS)
    }
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        file.writelines(blocks())


def gguf(path):
    def string(text):
        return struct.pack("<Q", len(text)) + text.encode()

    header = struct.pack("<4sLQQ", b"GGUF", 3, TENSORS, 1)
    header += string("general.architecture") + struct.pack("<L", STRING) + string("llama")
    for index in range(TENSORS):
        shape = (4096, TENSOR_SIZE // 8192)
        header += string(f"blk.{index}.weight") + struct.pack("<LQQLQ", 2, *shape, F16, index * TENSOR_SIZE)
    header += b"\0" * (-len(header) % ALIGNMENT)
    with open(path, "wb") as file:
        file.write(header)
        file.writelines(blocks())


def torch(path):
    """A state dict: a stored zip, its pickle written opcode by opcode."""

    def text(string):
        return b"X" + struct.pack("<L", len(string)) + string.encode()

    length = TENSOR_SIZE // 2
    number = b"J" + struct.pack("<l", length)
    program = b"\x80\x02}("
    for index in range(TENSORS):
        storage = b"(" + text("storage") + b"ctorch\nHalfStorage\n" + text(str(index)) + text("cpu") + number + b"tQ"
        view = b"(" + storage + b"K\0" + number + b"\x85K\x01\x85\x89ccollections\nOrderedDict\n)Rt"
        program += text(f"layers.{index}.weight") + b"ctorch._utils\n_rebuild_tensor_v2\n" + view + b"R"
    program += b"u."
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("archive/data.pkl", program)
        archive.writestr("archive/byteorder", b"little")
        for index, block in enumerate(blocks()):
            archive.writestr(f"archive/data/{index}", block)
        archive.writestr("archive/version", b"3\n")


def small_pickles(folder, count=2000):
    source = random.Random(2)
    folder.mkdir()
    for index in range(count):
        numbers = numpy.frombuffer(source.randbytes(8 * source.randrange(8, 400)), "<i8")
        subject = (
            {"step": index, "loss": source.random(), "tags": [f"tag-{step}" for step in range(index % 60)]},
            collections.OrderedDict(
                (f"layer.{step}", [source.random() for _ in range(8)]) for step in range(index % 40)
            ),
            {"weights": numbers, "shape": numbers.shape},
            [numbers.astype("f4"), numpy.float64(source.random()), {"name": "scaler"}],
        )[index % 4]
        (folder / f"{index:04}.pkl").write_bytes(pickle.dumps(subject, protocol=2 + index % 4))


def many_opcodes(path, size=100 << 20, record_size=78):
    source = random.Random(3)
    records = [
        {
            "id": index,
            "name": f"record-{index:08}",
            "score": source.random(),
            "box": (source.randrange(4096), source.randrange(4096), source.random()),
            "tags": [f"tag-{index % 977}", None],
        }
        for index in range(size // record_size)
    ]
    with open(path, "wb") as file:
        pickle.dump(records, file, protocol=4)


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    safetensors(folder / "large.safetensors")
    gguf(folder / "large.gguf")
    torch(folder / "large.pt")
    small_pickles(folder / "small-pickles")
    many_opcodes(folder / "many-opcodes.pkl")
    (folder / "tiny.pkl").write_bytes(pickle.dumps({"step": 1}))


if __name__ == "__main__":
    main()
