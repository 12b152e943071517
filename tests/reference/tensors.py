"""Weights without code: safetensors and GGUF, by their own packages."""

import json

import gguf
import numpy
import safetensors
from gguf import GGMLQuantizationType, GGUFEndian, GGUFValueType, GGUFWriter
from safetensors.numpy import save

import readers

# The names the library takes, by the bytes of one element; the last of the first row holds two elements in a byte.
SAFETENSORS_TYPES = {
    1: [
        *("bool", "int8", "uint8", "float8_e4m3fn", "float8_e4m3fnuz", "float8_e5m2", "float8_e5m2fnuz"),
        *("float8_e8m0fnu", "float4_e2m1fn_x2"),
    ],
    2: ["int16", "uint16", "float16", "bfloat16"],
    4: ["int32", "uint32", "float32"],
    8: ["int64", "uint64", "float64", "complex64"],
}

CHAT_TEMPLATE = """{%- for message in messages %}
{{- '<|im_start|>' + message['role'] + '\n' + message['content'] | trim + '<|im_end|>\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\n' }}{% endif %}"""


def make(folder):
    make_safetensors(folder)
    make_gguf(folder)


def make_safetensors(folder):
    random = numpy.random.default_rng(13)
    layer = {"weight": random.random((16, 8)).astype("f4"), "bias": numpy.zeros(16, "f4")}
    files = {
        "plain": save(layer),
        "metadata": annotated(
            save(layer), {"format": "pt", "licence": "Apache-2.0", "note": 'caf\u00e9 \u2615 "quoted"\n'}
        ),
        "types": every_type(),
        "empty": save({}),
        "empty-with-metadata": save({}, {"format": "pt"}),
        "empty-tensors": save({"none": numpy.zeros((0, 4), "f4"), "one": numpy.ones(1), "nought": numpy.array(2.0)}),
        "names": save(
            {name: numpy.ones(1, "i1") for name in ("a.b.c", "weights/0", "\u91cd\u307f", "with space", 'quote"', "")}
        ),
        "many": save({f"layers.{index}.weight": numpy.full(4, index, "f2") for index in range(1000)}),
        "large": save({"embedding": random.random((512, 512)).astype("f4")}),
    }
    for name, data in files.items():
        add_safetensors(folder, f"safetensors/{name}.safetensors", data)

    shards = [
        {f"layers.{index}.weight": random.random((8, 8)).astype("f4") for index in part}
        for part in ((0, 1), (2,), (3, 4))
    ]
    names = [f"model-{index + 1:05}-of-{len(shards):05}.safetensors" for index in range(len(shards))]
    for name, shard in zip(names, shards):
        add_safetensors(folder, f"safetensors/sharded/{name}", save(shard, {"format": "pt"}))
    index = {
        "metadata": {"total_size": sum(tensor.nbytes for shard in shards for tensor in shard.values())},
        "weight_map": {tensor: name for name, shard in zip(names, shards) for tensor in shard},
    }
    folder.add(
        "safetensors/sharded/model.safetensors.index.json",
        json.dumps(index, indent=2).encode(),
        format="index",
        index=index,
    )


def annotated(data, metadata):
    """Several keys of metadata in a fixed order, which the library does not keep."""
    size = int.from_bytes(data[:8], "little")
    header = json.dumps({"__metadata__": metadata, **json.loads(data[8 : 8 + size])}, ensure_ascii=False).encode()
    header += b" " * (-len(header) % 8)
    return len(header).to_bytes(8, "little") + header + data[8 + size :]


def every_type():
    elements = 6
    room = numpy.arange(8 * elements, dtype="u1")
    specs = {
        name: safetensors.TensorSpec(dtype=name, shape=(2, 3), data_ptr=room.ctypes.data, data_len=elements * size)
        for size, names in SAFETENSORS_TYPES.items()
        for name in names
    }
    return bytes(safetensors.serialize(specs, {"format": "pt"}))


def add_safetensors(folder, path, data):
    folder.path(path).write_bytes(data)
    folder.expect(path, format="safetensors", **readers.tensors(folder.path(path)))


def make_gguf(folder):
    contents = {
        "plain": [model],
        "types": [every_quantisation],
        "values": [every_value],
        "empty": [],
        "alignment-256": [wide_alignment, model],
        "big-endian": [model],
        "split/model": [model],
    }
    options = {"big-endian": {"endianess": GGUFEndian.BIG}, "split/model": {"split_max_tensors": 2}}
    for name, parts in contents.items():
        path = folder.path(f"gguf/{name}.gguf")
        writer = GGUFWriter(path, "llama", **options.get(name, {}))
        for part in parts:
            part(writer)
        writer.write_header_to_file(path)
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()

    # Version 2 has the layout of version 3, and no big-endian form.
    data = bytearray(folder.read("gguf/plain.gguf"))
    data[4:8] = (2).to_bytes(4, "little")
    folder.path("gguf/version-2.gguf").write_bytes(data)

    for path in sorted((folder.root / "gguf").rglob("*.gguf")):
        folder.expect(str(path.relative_to(folder.root)), format="gguf", **readers.ggml(path))


def wide_alignment(writer):
    writer.add_custom_alignment(256)


def model(writer):
    """A small language model: names, tokens, a chat template, a few tensors."""
    random = numpy.random.default_rng(17)
    writer.add_name("Small Model")
    writer.add_author("Weighbridge")
    writer.add_license("apache-2.0")
    writer.add_context_length(2048)
    writer.add_embedding_length(64)
    writer.add_block_count(2)
    writer.add_rope_freq_base(10000.0)
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(["<s>", "</s>", "\u0120weigh", "bridge", "\u00e9", "\U0001f600"])
    writer.add_token_scores([0.0, 0.0, -1.0, -2.0, -3.0, -4.0])
    writer.add_token_types([3, 3, 1, 1, 1, 1])
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(1)
    writer.add_chat_template(CHAT_TEMPLATE)
    for name in ("token_embd.weight", "blk.0.attn_q.weight", "blk.1.attn_q.weight"):
        writer.add_tensor(name, random.random((6, 64)).astype("f4"))
    writer.add_tensor("output_norm.weight", numpy.ones(64, "f2"))


def every_quantisation(writer):
    """One tensor of each type, two rows of two blocks, as large a row as the type asks for."""
    for kind in GGMLQuantizationType:
        block, size = gguf.GGML_QUANT_SIZES[kind]
        data = numpy.arange(4 * size, dtype="u4").astype("u1").reshape(2, 2 * size)
        writer.add_tensor(f"tensor.{kind.name}", data, raw_dtype=kind)


def every_value(writer):
    """A key of each type, arrays of each, and arrays of arrays."""
    scalars = {
        GGUFValueType.UINT8: 255,
        GGUFValueType.INT8: -128,
        GGUFValueType.UINT16: 65535,
        GGUFValueType.INT16: -32768,
        GGUFValueType.UINT32: 2**32 - 1,
        GGUFValueType.INT32: -(2**31),
        GGUFValueType.UINT64: 2**64 - 1,
        GGUFValueType.INT64: -(2**63),
        GGUFValueType.FLOAT32: 0.5,
        GGUFValueType.FLOAT64: 1e300,
        GGUFValueType.BOOL: True,
        GGUFValueType.STRING: "weigh \u2696\n",
    }
    for kind, value in scalars.items():
        writer.add_key_value(f"scalar.{kind.name.lower()}", value, kind)
        writer.add_key_value(f"array.{kind.name.lower()}", [value] * 3, GGUFValueType.ARRAY, kind)
    writer.add_key_value("scalar.empty", "", GGUFValueType.STRING)
    writer.add_array("array.nested", [[1, 2], [3], [4, 5, 6]])
    writer.add_array("array.nested-text", [["a"], ["b", "c"]])
    writer.add_array("array.nested-twice", [[[1], [2, 3]], [[4]]])
    writer.add_array("array.long", list(range(5000)))
