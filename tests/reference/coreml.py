"""Core ML: models by coremltools, and what its own classes of messages and its reader of weights say of them."""

import contextlib
import hashlib
import io

import numpy

with contextlib.redirect_stderr(io.StringIO()):  # it tells that this is no Mac
    import coremltools
    from coremltools.converters.mil import Builder
    from coremltools.libmilstoragepython import _BlobStorageReader
    from coremltools.models import MLModel, datatypes, pipeline, tree_ensemble
    from coremltools.models.neural_network import NeuralNetworkBuilder, quantization_utils
    from coremltools.optimize import coreml as optimise
    from coremltools.proto import MIL_pb2, Model_pb2, NeuralNetwork_pb2

TARGET = coremltools.target.iOS18

# How values of a type are read from a file of weights, and the names that it and its values go by there.
STORED = {
    "FLOAT16": ("fp16", "Float16"),
    "FLOAT32": ("float", "Float32"),
    "INT8": ("int8", "Int8"),
    "INT16": ("int16", "Int16"),
    "INT32": ("int32", "Int32"),
    "UINT8": ("uint8", "UInt8"),
    "UINT16": ("uint16", "UInt16"),
    "INT4": ("int4", "Int4"),
    "UINT1": ("uint1", "UInt1"),
    "UINT2": ("uint2", "UInt2"),
    "UINT3": ("uint3", "UInt3"),
    "UINT4": ("uint4", "UInt4"),
    "UINT6": ("uint6", "UInt6"),
}


def make(folder):
    with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
        single(folder, "network", network())
        single(folder, "network-halves", quantization_utils.quantize_weights(MLModel(network()), 16).get_spec())
        single(folder, "network-bytes", quantization_utils.quantize_weights(MLModel(network()), 8).get_spec())
        single(folder, "every-layer", every_layer())
        single(folder, "trees", trees())
        single(folder, "pipeline", piped())
        for field in Model_pb2.Model.DESCRIPTOR.oneofs_by_name["Type"].fields:
            # These ask for what is not in the file, or hold what cannot be read.
            if field.name not in ("customModel", "linkedModel", "serializedModel"):
                single(folder, f"kinds/{field.name}", bare(field.name))
        plain = converted(coremltools.precision.FLOAT32)
        package(folder, "floats", plain)
        package(folder, "halves", converted(coremltools.precision.FLOAT16))
        for dtype in ("int8", "int4", "uint4"):
            how = optimise.OpLinearQuantizerConfig(mode="linear_symmetric", dtype=dtype, weight_threshold=16)
            wanted = optimise.OptimizationConfig(global_config=how)
            package(folder, f"linear-{dtype}", optimise.linear_quantize_weights(plain, wanted))
        for bits in (1, 2, 3, 4, 6, 8):
            how = optimise.OpPalettizerConfig(mode="uniform", nbits=bits, weight_threshold=16)
            wanted = optimise.OptimizationConfig(global_config=how)
            package(folder, f"palette-{bits}", optimise.palettize_weights(plain, wanted))
        how = optimise.OpMagnitudePrunerConfig(target_sparsity=0.5, weight_threshold=16)
        wanted = optimise.OptimizationConfig(global_config=how)
        package(folder, "sparse", optimise.prune_weights(plain, wanted))


def values(*shape):
    return numpy.random.default_rng(7).random(shape).astype("f4")


def network():
    ends = [("x", datatypes.Array(3, 8, 8))], [("y", None)]
    builder = NeuralNetworkBuilder(*ends, disable_rank5_shape_mapping=True)
    builder.add_batchnorm("norm", 3, *values(4, 3), input_name="x", output_name="a")
    builder.add_convolution(
        "conv", 3, 4, 3, 3, 1, 1, "same", 1, values(3, 3, 3, 4), values(4), True, input_name="a", output_name="b"
    )
    builder.add_activation("prelu", "PRELU", "b", "c", values(4))
    builder.add_flatten("flat", 0, "c", "d")
    builder.add_inner_product("dense", values(16, 256), values(16), 256, 16, True, "d", "e")
    builder.add_load_constant_nd("constant", "f", values(16), [16])
    builder.add_add_broadcastable("sum", ["e", "f"], "g")
    weights = [values(16, 16) for _ in range(4)], [values(16, 16) for _ in range(4)], [values(16) for _ in range(4)]
    builder.add_unilstm("lstm", *weights, 16, 16, ["g"], ["h"], peep=[values(16) for _ in range(3)])
    builder.add_softmax("softmax", "h", "y")
    return described(builder.spec)


def described(spec):
    metadata = spec.description.metadata
    metadata.shortDescription = "What it is for\n"
    metadata.author = "caf\u00e9"
    metadata.license = "Apache-2.0"
    metadata.versionString = "1.0"
    metadata.userDefined["note"] = "of any length " * 100
    metadata.userDefined["empty"] = ""
    return spec


def every_layer():
    """A layer of every kind, with every weight and every inner network that it can have."""
    spec = bare("neuralNetwork")
    for field in NeuralNetwork_pb2.NeuralNetworkLayer.DESCRIPTOR.oneofs_by_name["layer"].fields:
        if field.name != "custom":
            layer = spec.neuralNetwork.layers.add(name=f"layer of {field.name}")
            fill(getattr(layer, field.name))
    return spec


def fill(message, depth=0):
    message.SetInParent()
    if isinstance(message, NeuralNetwork_pb2.WeightParams):
        message.floatValue.extend(values(1 + depth).tolist())
    elif isinstance(message, NeuralNetwork_pb2.NeuralNetwork):
        message.layers.add(name="inner", softmax=NeuralNetwork_pb2.SoftmaxLayerParams())
        fill(message.layers.add(name="inner dense").innerProduct, depth + 1)
    else:
        for field in message.DESCRIPTOR.fields:
            if field.message_type and leads_to_weights(field.message_type, ()):
                inner = getattr(message, field.name)
                fill(inner.add() if field.is_repeated else inner, depth + 1)


def leads_to_weights(kind, outer):
    if kind.name in ("WeightParams", "NeuralNetwork"):
        return True
    inner = (field.message_type for field in kind.fields if field.message_type)
    return kind not in outer and any(leads_to_weights(each, (*outer, kind)) for each in inner)


def bare(kind):
    spec = Model_pb2.Model(specificationVersion=4)
    spec.description.SetInParent()
    getattr(spec, kind).SetInParent()
    return spec


def trees():
    builder = tree_ensemble.TreeEnsembleRegressor([("x", datatypes.Array(2))], "y")
    builder.set_default_prediction_value(0.0)
    builder.add_branch_node(0, 0, 1, 0.5, "BranchOnValueLessThan", 1, 2)
    builder.add_leaf_node(0, 1, 1.0)
    builder.add_leaf_node(0, 2, 2.0)
    return builder.spec


def piped():
    made = pipeline.Pipeline([("x", datatypes.Array(3, 8, 8))], [("y", datatypes.Array(5))])
    made.add_model(network())
    spec = made.spec
    inner = spec.pipeline.models.add()
    inner.CopyFrom(bare("pipelineRegressor"))
    inner.pipelineRegressor.pipeline.models.add().CopyFrom(trees())
    return spec


def converted(precision):
    kinds = [Builder.TensorSpec((1, 3, 8, 8)), Builder.TensorSpec((1,))]

    @Builder.program(input_specs=kinds, opset_version=TARGET)
    def main(x, n):
        x = Builder.conv(x=x, weight=values(8, 3, 3, 3), bias=values(8), pad_type="same", name="conv")
        x = Builder.relu(x=x, name="relu")
        flat = Builder.reshape(x=x, shape=(1, 512), name="flat")
        wide = Builder.linear(x=flat, weight=values(32, 512), bias=values(32), name="dense")
        above = Builder.greater(x=Builder.squeeze(x=n, axes=(0,)), y=0.5)
        return Builder.cond(
            pred=above,
            _true_fn=lambda: Builder.linear(x=wide, weight=values(16, 32), name="then"),
            _false_fn=lambda: Builder.linear(x=Builder.exp(x=wide), weight=values(16, 32) + 1, name="else"),
        )

    model = coremltools.convert(main, convert_to="mlprogram", minimum_deployment_target=TARGET, compute_precision=precision)
    model.short_description = "What it is for"
    model.user_defined_metadata["note"] = "caf\u00e9"
    return model


def single(folder, name, spec):
    data = spec.SerializeToString(deterministic=True)
    folder.add(f"coreml/{name}.mlmodel", data, format="coreml", **told(Model_pb2.Model.FromString(data)))


def package(folder, name, model):
    where = f"coreml/{name}.mlpackage"
    model.save(str(folder.path(where)))
    inside = f"{where}/Data/com.apple.CoreML"
    spec = Model_pb2.Model.FromString(folder.read(f"{inside}/model.mlmodel"))
    facts = told(spec)
    folder.expect(f"{inside}/model.mlmodel", format="coreml", **facts)
    weights = f"{inside}/weights/weight.bin"
    reader = _BlobStorageReader(str(folder.path(weights)))
    stored = [stored_value(reader, each) for each in facts["tensors"] if "location" in each]
    folder.expect(weights, format="coreml-weights", tensors=stored)
    folder.expect(f"{where}/Manifest.json", format="coreml-package")


def stored_value(reader, tensor):
    at = int(tensor["offset"]) - 64
    reading, kind = STORED[tensor["type"]]
    read = numpy.asarray(getattr(reader, f"read_{reading}_data")(at))
    data = packed(read, bits(kind)) if bits(kind) < 8 else read.tobytes()
    return {"name": str(at), "type": kind, "values": read.size, "digest": digest(data)}


def packed(read, size):
    """Values smaller than a byte lie one behind the other from the lowest bit on."""
    single = (read.astype("u1")[:, None] >> numpy.arange(size)) & 1
    return numpy.packbits(single, bitorder="little").tobytes()


def told(spec):
    seen = {"operators": {}, "tensors": []}
    model(spec, seen)
    operators = [[*called, count, False] for called, count in seen["operators"].items()]
    metadata = spec.description.metadata
    texts = {key: getattr(metadata, key) for key in ("shortDescription", "author", "license", "versionString")}
    properties = {key: value for key, value in texts.items() if value} | dict(metadata.userDefined)
    return {"operators": sorted(operators), "tensors": seen["tensors"], "properties": properties}


def count(seen, *called):
    seen["operators"][called] = seen["operators"].get(called, 0) + 1


def model(spec, seen):
    kind = spec.WhichOneof("Type")
    count(seen, "model", kind)
    inner = getattr(spec, kind)
    if kind == "mlProgram":
        for function in inner.functions.values():
            for block in function.block_specializations.values():
                operations(block, seen)
    elif kind.startswith("neuralNetwork"):
        layers(inner, "", seen)
    elif kind.startswith("pipeline"):
        for each in (inner if kind == "pipeline" else inner.pipeline).models:
            model(each, seen)


def layers(made, outer, seen):
    for layer in made.layers:
        kind = layer.WhichOneof("layer")
        count(seen, "layer", kind)
        weights(getattr(layer, kind), outer + layer.name, "", seen)


def weights(message, layer, called, seen):
    if isinstance(message, NeuralNetwork_pb2.NeuralNetwork):
        layers(message, f"{layer}/{called}/", seen)
    elif isinstance(message, NeuralNetwork_pb2.WeightParams):
        forms = {"FLOAT32": numpy.asarray(message.floatValue, "<f4").tobytes(), "FLOAT16": message.float16Value}
        forms |= {"RAW": message.rawValue, "INT8": message.int8RawValue}
        for kind, data in forms.items():
            if data:
                size = {"FLOAT32": 4, "FLOAT16": 2}.get(kind, 1)
                name = f"{layer}.{called}"
                fact = {"name": name, "type": kind, "shape": [len(data) // size], "digest": digest(data)}
                seen["tensors"].append(fact)
    else:
        for field, inner in message.ListFields():
            if field.message_type:
                for each in inner if field.is_repeated else [inner]:
                    weights(each, layer, field.name, seen)


def operations(block, seen):
    for operation in block.operations:
        count(seen, "mil", operation.type)
        output = operation.outputs[0].name if operation.outputs else ""
        for key, value in operation.attributes.items():
            place(output if key == "val" else f"{output}.{key}", value, seen)
        for key, argument in operation.inputs.items():
            for binding in argument.arguments:
                if binding.WhichOneof("binding") == "value":
                    place(f"{output}.{key}", binding.value, seen)
        for inner in operation.blocks:
            operations(inner, seen)


def place(name, value, seen):
    if value.WhichOneof("value") == "blobFileValue":
        kind = value.type.tensorType
        file, offset = value.blobFileValue.fileName, value.blobFileValue.offset
        fact = {"name": name, "type": MIL_pb2.DataType.Name(kind.dataType)}
        fact |= {"shape": [each.constant.size for each in kind.dimensions]}
        size = numpy.prod(fact["shape"], dtype=int) * bits(fact["type"])
        fact |= {"location": file.removeprefix("@model_path/"), "offset": str(offset + 64)}
        seen["tensors"].append(fact | {"length": str(-(-size // 8))})


def bits(kind):
    return int("".join(filter(str.isdigit, kind)))


def digest(data):
    return hashlib.sha256(data).hexdigest()
