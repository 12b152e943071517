"""Saved models, graphs and checkpoints as TensorFlow writes them, and what its own messages and readers say of them.

    python tensorflow_files.py FOLDER EXPECTED.json

This runs in an environment of its own; `tensorflow_models.py` starts it and takes over what it says.
"""

import collections
import hashlib
import json
import os
import sys
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import keras
import numpy
import tensorflow as tf
from google.protobuf import text_format
from tensorflow.core.framework import graph_pb2
from tensorflow.core.protobuf import fingerprint_pb2, meta_graph_pb2, saved_model_pb2
from tensorflow.python.framework import convert_to_constants, tensor_util

v1 = tf.compat.v1


def main():
    folder, expected = Path(sys.argv[1]), {}
    keras.utils.set_random_seed(13)
    for make in (module, exported_keras, session, pipeline, sharded, types, lite, older_keras):
        where = folder / make.__name__.replace("_", "-")
        where.mkdir(parents=True)
        make(where)
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        say = {
            ".pb": binary, ".pbtxt": text, ".meta": meta, ".index": index, ".tflite": converted,
        }.get(path.suffix)
        if path.name == "checkpoint":
            say = state
        if say:
            expected[str(path.relative_to(folder))] = say(path)
    Path(sys.argv[2]).write_text(json.dumps(expected))


# What is made.

def module(folder):
    """Variables, a vocabulary in a file, a table, control flow, strings."""
    words = folder.parent / "words.txt"
    words.write_text("one\ntwo\nthree\n")

    class Words(tf.Module):
        def __init__(self):
            super().__init__()
            source = tf.lookup.TextFileInitializer(
                str(words), tf.string, tf.lookup.TextFileIndex.WHOLE_LINE,
                tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER,
            )
            self.table = tf.lookup.StaticHashTable(source, -1)
            self.vectors = tf.Variable(numpy.arange(12, dtype="f4").reshape(4, 3), name="vectors")
            self.count = tf.Variable(0, dtype=tf.int64)

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
        def __call__(self, text):
            self.count.assign_add(1)
            parts = tf.strings.split(text).to_tensor("")
            found = tf.gather(self.vectors, tf.maximum(self.table.lookup(parts), 0))
            if tf.reduce_sum(found) > 3.0:
                found = found * 2.0
            return {"vectors": found}

    tf.saved_model.save(Words(), str(folder / "words"))
    words.unlink()


def exported_keras(folder):
    """A network with preprocessing, exported for serving."""
    lookup = keras.layers.StringLookup(vocabulary=["a", "b", "c"])
    words = keras.Input((3,), dtype="string")
    image = keras.Input((8, 8, 1))
    a = keras.layers.Flatten()(keras.layers.Embedding(5, 4)(lookup(words)))
    b = keras.layers.Conv2D(4, 3, activation="relu")(keras.layers.Rescaling(1 / 255)(image))
    b = keras.layers.GlobalAveragePooling2D()(keras.layers.BatchNormalization()(b))
    out = keras.layers.Dense(2, activation="softmax")(keras.layers.Concatenate()([a, b]))
    keras.Model([words, image], out).export(str(folder / "network"), verbose=False)
    cell = keras.Sequential([keras.Input((5, 3)), keras.layers.LSTM(4), keras.layers.Dropout(0.1), keras.layers.Dense(1)])
    cell.export(str(folder / "recurrent"), verbose=False)


def session(folder):
    """What version 1 writes: a saver's files, a saved model with an asset, frozen graphs, graphs as text."""
    words = folder / "words.txt"
    words.write_text("one\ntwo\n")
    with v1.Graph().as_default() as graph, v1.Session(graph=graph) as run:
        x = v1.placeholder(tf.float32, [None, 3], "x")
        parts = v1.get_variable(
            "parts", [6, 3], partitioner=v1.fixed_size_partitioner(2), initializer=v1.ones_initializer()
        )
        weight = v1.get_variable("weight", initializer=numpy.ones((3, 2), "f4"))
        step = v1.train.get_or_create_global_step()
        loss = tf.reduce_mean(tf.square(tf.matmul(x, weight))) + tf.reduce_sum(tf.convert_to_tensor(parts))
        v1.train.AdamOptimizer().minimize(loss, step)
        path = v1.constant(str(words.resolve()), name="vocabulary")
        v1.add_to_collection(v1.GraphKeys.ASSET_FILEPATHS, path)
        table = tf.lookup.StaticHashTable(
            tf.lookup.TextFileInitializer(
                path, tf.string, tf.lookup.TextFileIndex.WHOLE_LINE, tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER
            ), -1,
        )
        out = tf.identity(tf.matmul(x, weight), "out")
        table.lookup(tf.constant(["one"]))
        run.run([v1.global_variables_initializer(), v1.tables_initializer()])
        saver = v1.train.Saver(save_relative_paths=True)
        saver.save(run, str(folder / "training" / "Model.ckpt"), global_step=7)
        saver.save(run, str(folder / "training" / "Model.ckpt"), global_step=8)
        v1.train.write_graph(graph, str(folder / "training"), "graph.pbtxt")
        for name, as_text in (("binary", False), ("text", True)):
            for collection in ("saved_model_main_op", "saved_model_assets"):
                graph.clear_collection(collection)
            builder = v1.saved_model.Builder(str(folder / name))
            signature = v1.saved_model.predict_signature_def({"x": x}, {"out": out})
            builder.add_meta_graph_and_variables(
                run, ["serve"], {"serving_default": signature},
                assets_collection=v1.get_collection(v1.GraphKeys.ASSET_FILEPATHS),
                main_op=v1.tables_initializer(),
            )
            builder.add_meta_graph(["serve", "other"], {"serving_default": signature})
            builder.save(as_text=as_text)
        frozen = v1.graph_util.convert_variables_to_constants(run, graph.as_graph_def(), ["out"])
        (folder / "frozen.pb").write_bytes(frozen.SerializeToString())
    words.unlink()
    first = tf.function(lambda x: tf.nn.relu(tf.matmul(x, tf.ones((4, 2)))))
    concrete = first.get_concrete_function(tf.TensorSpec([None, 4], tf.float32))
    frozen = convert_to_constants.convert_variables_to_constants_v2(concrete)
    v1.io.write_graph(frozen.graph, str(folder), "frozen-2.pb", as_text=False)
    v1.io.write_graph(frozen.graph, str(folder), "frozen-2.pbtxt", as_text=True)


def pipeline(folder):
    """A data pipeline inside of a function."""

    class Pipeline(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
        def records(self, files):
            data = tf.data.TextLineDataset(files).map(lambda line: tf.strings.length(line)).batch(2).prefetch(1)
            return data.reduce(0, lambda state, batch: state + tf.reduce_sum(batch))

        @tf.function(input_signature=[tf.TensorSpec([], tf.int32)], jit_compile=True)
        def compiled(self, x):
            return tf.while_loop(lambda i: i < 10, lambda i: i + x, [0])[0]

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
        def images(self, data):
            decode = lambda one: tf.image.resize(tf.io.decode_image(one, expand_animations=False), [4, 4])
            tf.print("images", tf.shape(data), output_stream=sys.stderr)
            return tf.map_fn(decode, data, fn_output_signature=tf.float32)

    made = Pipeline()
    tf.saved_model.save(
        made, str(folder / "pipeline"),
        signatures={"records": made.records, "compiled": made.compiled, "images": made.images},
    )


def sharded(folder):
    """A checkpoint in several files, and a list of checkpoints."""
    names = {f"layer_{index}": tf.Variable(numpy.full((64, index + 1), index, "f4")) for index in range(6)}
    checkpoint = tf.train.Checkpoint(**names)
    policy = tf.train.experimental.MaxShardSizePolicy(max_shard_size=1024)
    options = tf.train.CheckpointOptions(experimental_sharding_callback=policy)
    checkpoint.write(str(folder / "weights"), options=options)
    manager = tf.train.CheckpointManager(checkpoint, str(folder / "run"), max_to_keep=2)
    manager.save()
    manager.save()


def types(folder):
    """Every type of variable, empty and scalar ones, many keys."""
    kinds = ("bfloat16 float16 float32 float64 int8 int16 int32 int64 uint8 uint16 uint32 uint64 bool complex64 "
             "complex128 float8_e5m2 float8_e4m3fn int4 uint4").split()
    numbers = numpy.arange(6).reshape(2, 3) % 2
    names = {}
    for kind in kinds:
        dtype = tf.dtypes.as_dtype(kind)
        names[kind] = tf.Variable(tf.constant(numbers.astype(dtype.as_numpy_dtype), dtype))
    names["text"] = tf.Variable([["a", "longer words"], ["", "\u00fc"]])
    names["empty"] = tf.Variable(numpy.zeros((0, 4), "f4"))
    names["scalar"] = tf.Variable(1.5)
    tf.train.Checkpoint(**names).write(str(folder / "types"))
    many = {f"layer_{index}": tf.Variable(float(index)) for index in range(3000)}
    tf.train.Checkpoint(**many).write(str(folder / "many"))


def lite(folder):
    """Models for phones: plain, quantised in each way, with control flow, signatures, and operators of TensorFlow."""
    keras.utils.set_random_seed(13)
    picture = keras.Sequential([
        keras.Input((8, 8, 1)), keras.layers.Conv2D(4, 3, activation="relu"), keras.layers.MaxPooling2D(),
        keras.layers.Flatten(), keras.layers.Dense(64, activation="relu"), keras.layers.Dense(3, activation="softmax"),
    ])
    picture.export(str(folder / "picture"), verbose=False)
    random = numpy.random.default_rng(5)

    def examples():
        for _ in range(8):
            yield [random.random((1, 8, 8, 1), "f4")]

    class Several(tf.Module):
        def __init__(self):
            super().__init__()
            self.weight = tf.Variable(numpy.ones((4, 4), "f4"))

        @tf.function(input_signature=[tf.TensorSpec([1, 4], tf.float32)])
        def encode(self, x):
            return {"out": tf.matmul(x, self.weight)}

        @tf.function(input_signature=[tf.TensorSpec([], tf.int32), tf.TensorSpec([1, 4], tf.float32)])
        def repeat(self, count, x):
            _, x = tf.while_loop(lambda i, x: i < count, lambda i, x: (i + 1, tf.nn.relu(x) + 1.0), [0, x])
            return {"out": tf.cond(count > 3, lambda: x, lambda: -x)}

        @tf.function(input_signature=[tf.TensorSpec([1, 4], tf.float32)])
        def foreign(self, x):
            return {"out": tf.linalg.inv(tf.matmul(x, x, transpose_a=True)) + tf.linalg.det(self.weight)}

    several = Several()
    both = [tf.lite.OpsSet.TFLITE_BUILTINS, tf.lite.OpsSet.SELECT_TF_OPS]
    concrete = [several.encode.get_concrete_function(), several.repeat.get_concrete_function()]
    saved = lambda: tf.lite.TFLiteConverter.from_saved_model(str(folder / "picture"))
    functions = lambda *some: tf.lite.TFLiteConverter.from_concrete_functions(list(some), several)
    tf.saved_model.save(several, str(folder / "several"), signatures={"encode": concrete[0], "repeat": concrete[1]})
    small, float16, signatures = saved(), saved(), tf.lite.TFLiteConverter.from_saved_model(str(folder / "several"))
    small.optimizations = float16.optimizations = [tf.lite.Optimize.DEFAULT]
    float16.target_spec.supported_types = [tf.float16]
    whole = saved()
    whole.optimizations, whole.representative_dataset = [tf.lite.Optimize.DEFAULT], examples
    whole.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    whole.inference_input_type = whole.inference_output_type = tf.int8
    foreign = functions(several.foreign.get_concrete_function())
    foreign.target_spec.supported_ops = both
    kinds = {
        "plain": saved(), "small": small, "float16": float16, "whole-numbers": whole, "signatures": signatures,
        "loop": functions(concrete[1]), "foreign": foreign,
    }
    for name, converter in kinds.items():
        (folder / f"{name}.tflite").write_bytes(converter.convert())


def older_keras(folder):
    """Saved models and files of Keras 2, which say in a file of their own of which objects they consist."""
    import tf_keras

    layers = tf_keras.layers
    network = tf_keras.Sequential([
        layers.Dense(4, "relu", input_shape=(8,), kernel_regularizer="l2"), layers.Dropout(0.1), layers.BatchNormalization(),
        layers.Dense(2, "softmax"),
    ])
    network.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    network.save(str(folder / "network"), save_format="tf")
    recurrent = tf_keras.Sequential([layers.Embedding(9, 4, input_length=5), layers.Bidirectional(layers.LSTM(3)), layers.Dense(1)])
    recurrent.save(str(folder / "recurrent"), save_format="tf")


# What is said of it.

def converted(path):
    # What it holds, a reader of the other environment says.
    return {"format": "tflite"}


def binary(path):
    if path.name == "fingerprint.pb":
        found = fingerprint_pb2.FingerprintDef.FromString(path.read_bytes())
        return {"format": "tensorflow-fingerprint", "checksum": str(found.saved_model_checksum), "uuid": found.uuid}
    if path.name == "keras_metadata.pb":
        from tf_keras.protobuf import saved_metadata_pb2

        found = saved_metadata_pb2.SavedMetadata.FromString(path.read_bytes())
        return {"format": "keras-metadata", "settings": [json.loads(node.metadata) for node in found.nodes]}
    if path.name == "saved_model.pb":
        found = saved_model_pb2.SavedModel.FromString(path.read_bytes())
        return {"format": "tensorflow-saved-model", **of_meta(found.meta_graphs)}
    found = graph_pb2.GraphDef.FromString(path.read_bytes())
    return {"format": "tensorflow-graph", **of_graphs([found])}


def meta(path):
    found = meta_graph_pb2.MetaGraphDef.FromString(path.read_bytes())
    return {"format": "tensorflow-meta-graph", **of_meta([found])}


def text(path):
    if path.name == "saved_model.pbtxt":
        found = text_format.Parse(path.read_text(), saved_model_pb2.SavedModel())
        return {"format": "tensorflow-text", **of_meta(found.meta_graphs)}
    found = text_format.Parse(path.read_text(), graph_pb2.GraphDef())
    return {"format": "tensorflow-text", **of_graphs([found])}


def of_meta(metas):
    assets = {asset.filename for meta in metas for asset in meta.asset_file_def}
    for meta in metas:
        for item in meta.collection_def["saved_model_assets"].any_list.value:
            asset = meta_graph_pb2.AssetFileDef()
            item.Unpack(asset)
            assets.add(asset.filename)
    return {"assets": sorted(assets), **of_graphs([meta.graph_def for meta in metas])}


def of_graphs(graphs):
    operators, functions, constants = collections.Counter(), {}, []
    for graph in graphs:
        scopes = [("", graph.node)] + [(f.signature.name + "/", f.node_def) for f in graph.library.function]
        functions |= {f.signature.name: len(f.node_def) for f in graph.library.function}
        for scope, nodes in scopes:
            for node in nodes:
                operators[node.op] += 1
                if node.op == "Const":
                    tensor = node.attr["value"].tensor
                    shape = [dimension.size for dimension in tensor.tensor_shape.dim]
                    kind = tf.dtypes.as_dtype(tensor.dtype)
                    constants.append([scope + node.name, name_of(kind), shape])
                    assert tensor_util.MakeNdarray(tensor).shape == tuple(shape)
    return {"operators": operators, "functions": functions, "constants": sorted(constants)}


def name_of(kind):
    return "DT_" + {"float32": "FLOAT", "float64": "DOUBLE", "float16": "HALF"}.get(kind.name, kind.name.upper())


def index(path):
    reader = tf.train.load_checkpoint(str(path.with_suffix("")))
    shapes, kinds = reader.get_variable_to_shape_map(), reader.get_variable_to_dtype_map()
    tensors = {}
    for name, shape in shapes.items():
        tensors[name] = {"dtype": name_of(kinds[name]), "shape": shape}
        if kinds[name] != tf.string:
            data = numpy.asarray(reader.get_tensor(name)).tobytes()
            tensors[name] |= {"length": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    return {"format": "tensorflow-checkpoint", "tensors": tensors}


def state(path):
    found = tf.train.get_checkpoint_state(str(path.parent))
    # The reader makes paths absolute.
    below = [Path(each).name for each in found.all_model_checkpoint_paths]
    return {"format": "tensorflow-checkpoint-state", "newest": Path(found.model_checkpoint_path).name, "all": below}


if __name__ == "__main__":
    main()
