"""OpenVINO's graphs: written by OpenVINO, and what its own reader says of their operators and constants."""

import hashlib
from collections import Counter

import numpy
import openvino
from openvino import opset1, opset6, opset8, opset13


def make(folder):
    random = numpy.random.default_rng(11)
    for name, model, half in models(random):
        path = f"openvino/{name}.xml"
        openvino.save_model(model, folder.path(path), compress_to_fp16=half)
        read = openvino.Core().read_model(folder.path(path))
        folder.expect(path, format="openvino", **described(read))
        folder.expect(f"openvino/{name}.bin", format="tensor-data")


def described(model):
    operators = Counter()
    constants = {}
    for node in model.get_ops():
        info = node.get_type_info()
        operators[f"{info.version_id} {info.name}"] += 1
        if info.name == "Constant":
            data = node.get_data().tobytes()
            constants[node.get_friendly_name()] = {
                "dtype": node.get_element_type().get_type_name(),
                "shape": list(node.get_output_shape(0)),
                "sha256": hashlib.sha256(data).hexdigest(),
            }
    return {"operators": operators, "constants": constants}


def models(random):
    def constant(shape, kind=numpy.float32):
        return opset13.constant((random.random(shape) * 9).astype(kind))

    x = opset13.parameter([-1, 4], numpy.float32, name="x")
    hidden = opset13.relu(opset13.add(opset13.matmul(x, constant((3, 4)), False, True), constant((3,))))
    means = opset13.reduce_mean(opset13.softmax(hidden, 1), opset13.constant(numpy.array([0], numpy.int64)), True)
    yield "dense", openvino.Model([hidden, means], [x], "dense"), False

    image = opset13.parameter([1, 3, 8, 8], numpy.float32, name="image")
    layer = opset1.convolution(image, constant((2, 3, 3, 3)), [1, 1], [0, 0], [0, 0], [1, 1])
    layer = opset6.mvn(layer, opset13.constant(numpy.array([2, 3], numpy.int64)), True, 1e-5, "INSIDE_SQRT")
    layer = opset8.adaptive_avg_pool(layer, opset13.constant(numpy.array([1, 1], numpy.int64)))
    yield "convolution", openvino.Model([layer], [image], "convolution"), True

    ids = opset13.parameter([-1], numpy.int64, name="ids")
    table = opset13.convert(constant((16, 8), numpy.int8), "f32")
    rows = opset8.gather(table, ids, opset13.constant(numpy.array(0, numpy.int64)))
    chosen = opset13.select(opset13.constant(numpy.array([True, False] * 4)), rows, constant((8,), numpy.float32))
    model = openvino.Model([chosen], [ids], "embedding")
    model.set_rt_info("{{ messages[0]['content'] }}", "chat_template")
    yield "embedding", model, False
