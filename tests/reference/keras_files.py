"""Models as Keras 3 writes them: archives, weights alone, the older `.h5`, and architectures as JSON."""

import importlib.abc
import importlib.machinery
import json
import os
import sys
import unittest.mock
import zipfile

import hdf5


class Absent(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Stands for JAX, which Keras imports behind numpy and needs for nothing that is done here."""

    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("jax", "jaxlib"):
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec):
        module = unittest.mock.MagicMock(name=spec.name)
        module.__path__, module.__spec__ = [], spec
        return module

    def exec_module(self, module):
        pass


def make(folder):
    os.environ["KERAS_BACKEND"] = "numpy"
    finder = Absent()
    sys.meta_path.append(finder)
    try:
        import absl.logging
        import keras

        absl.logging.set_verbosity(absl.logging.ERROR)
        keras.utils.set_random_seed(29)
        for name, build in (("plain", plain), ("image", image), ("text", text), ("branches", branches)):
            keras.backend.clear_session()
            write(folder, name, build(keras))
    finally:
        sys.meta_path.remove(finder)
        for name in [name for name in sys.modules if name.split(".")[0] in ("jax", "jaxlib")]:
            del sys.modules[name]


def plain(keras):
    layers = keras.layers
    model = keras.Sequential([keras.Input((8,)), layers.Dense(4, "relu", kernel_regularizer="l2"), layers.Dropout(0.1)])
    model.add(layers.Dense(2, "softmax", bias_constraint="non_neg", kernel_initializer="he_normal"))
    model.compile("adam", loss="categorical_crossentropy", metrics=["accuracy", keras.metrics.AUC()])
    return model


def image(keras):
    layers = keras.layers
    inputs = keras.Input((32, 32, 3))
    inner = keras.Sequential([layers.Conv2D(4, 3), layers.BatchNormalization(), layers.ReLU()], name="inner")
    outputs = layers.Rescaling(1 / 255)(layers.RandomFlip()(inputs))
    outputs = layers.GlobalAveragePooling2D()(layers.MaxPooling2D()(inner(outputs)))
    outputs = layers.Dense(3, keras.activations.gelu)(layers.Flatten()(outputs))
    schedule = keras.optimizers.schedules.CosineDecay(0.01, 1000)
    model = keras.Model(inputs, outputs)
    model.compile(keras.optimizers.SGD(schedule), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


def text(keras):
    layers = keras.layers
    inputs = keras.Input((12,), dtype="int32")
    outputs = layers.Embedding(50, 8, mask_zero=True)(inputs)
    outputs = layers.Bidirectional(layers.LSTM(4, return_sequences=True))(outputs)
    outputs = layers.TimeDistributed(layers.Dense(3))(outputs)
    outputs = layers.MultiHeadAttention(2, 4)(outputs, outputs)
    outputs = layers.RNN(layers.StackedRNNCells([layers.GRUCell(3), layers.SimpleRNNCell(2)]))(outputs)
    return keras.Model(inputs, layers.LayerNormalization()(outputs))


def branches(keras):
    layers, ops = keras.layers, keras.ops
    one, two = keras.Input((4,), name="one"), keras.Input((4,), name="two")
    both = layers.Concatenate()([layers.Dense(4)(one), layers.Add()([one, two])])
    outputs = ops.relu(both * 2 + ops.mean(both, axis=-1, keepdims=True))
    model = keras.Model([one, two], [layers.Dense(1, name="a")(outputs), layers.Activation("tanh", name="b")(outputs)])
    model.compile("rmsprop", loss={"a": keras.losses.Huber(), "b": keras.losses.mean_squared_error})
    return model


def write(folder, name, model):
    archive, weights = f"keras/{name}.keras", f"keras/{name}.weights.h5"
    older, architecture = f"keras/{name}.h5", f"keras/{name}.json"
    model.save(folder.path(archive))
    stable(folder.path(archive))
    model.save_weights(folder.path(weights))
    model.save(folder.path(older))
    folder.path(architecture).write_text(model.to_json(indent=2))
    with zipfile.ZipFile(folder.path(archive)) as zipped:
        config, metadata = (json.loads(zipped.read(member)) for member in ("config.json", "metadata.json"))
        extracted = folder.path(f"keras/{name}-inner.weights.h5")
        extracted.write_bytes(zipped.read("model.weights.h5"))
    inner = hdf5.read(extracted)
    extracted.unlink()
    folder.expect(archive, format="keras", objects=objects(config), metadata=metadata, **inner)
    folder.expect(weights, format="hdf5", **hdf5.read(folder.path(weights)))
    read = hdf5.read(folder.path(older))
    settings = [json.loads(read["attributes"][key]) for key in ("model_config", "training_config") if key in read["attributes"]]
    folder.expect(older, format="hdf5", objects=objects(settings), **read)
    folder.expect(architecture, format="keras-json", objects=objects(json.loads(folder.read(architecture))))


def stable(path):
    """The archive again, with the same clock for every member and in the metadata."""
    with zipfile.ZipFile(path) as zipped:
        members = [(info.filename, zipped.read(info)) for info in zipped.infolist()]
    with zipfile.ZipFile(path, "w") as zipped:
        for name, content in members:
            if name == "metadata.json":
                content = json.dumps(json.loads(content) | {"date_saved": "2025-06-15@15:06:40"}).encode()
            zipped.writestr(zipfile.ZipInfo(name), content)


def objects(settings):
    """Every class and function that Keras would look up, and how often."""
    found = {}

    def walk(value):
        if isinstance(value, list):
            for item in value:
                walk(item)
        if isinstance(value, dict):
            for item in value.values():
                walk(item)
            if "class_name" in value and "config" in value and not value["class_name"].startswith("__"):
                name = value["config"] if value["class_name"] == "function" else value["class_name"]
                key = f"{value.get('module') or ''}.{name}"
                found[key] = found.get(key, 0) + 1

    walk(settings)
    return found
