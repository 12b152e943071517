"""TensorFlow Lite models: written table by table by the `flatbuffers` package, read back by the `tflite` package. Those
that TensorFlow converts are made with its other files."""

import flatbuffers
import numpy
import tflite

TYPES = ["FLOAT32", "FLOAT16", "INT32", "UINT8", "INT64", "BOOL", "INT16", "INT8", "FLOAT64"]
NUMPY = ["f4", "f2", "i4", "u1", "i8", "?", "i2", "i1", "f8"]
OPERATORS = ["ADD", "CONV_2D", "FULLY_CONNECTED", "STABLEHLO_ADD", "CUSTOM", "SOFTMAX", "ADD"]
KERNEL = "TFLite_Detection_PostProcess"


def make(folder):
    for name, count in (("small", 1), ("types", len(TYPES)), ("many", 300)):
        data = write(count)
        folder.add(f"tflite/{name}.tflite", data, format="tflite", model=read(data))


def write(count):
    builder = flatbuffers.Builder(1024)
    buffers = [buffer(builder, b"")]
    tensors = [tensor(builder, "input", [1, 4], "FLOAT32", 0)]
    for index in range(count):
        values = numpy.ones((2, index % 5 + 1), NUMPY[index % len(NUMPY)])
        kind = TYPES[index % len(TYPES)]
        tensors.append(tensor(builder, f"weight/{index}", values.shape, kind, len(buffers)))
        buffers.append(buffer(builder, values.tobytes()))
    codes = [code(builder, name) for name in OPERATORS]
    operators = [operator(builder, index % len(codes), [0, index % count + 1], [0]) for index in range(count + 7)]
    graph = subgraph(builder, tensors, operators)
    described = metadata(builder, "min_runtime_version", len(buffers))
    buffers.append(buffer(builder, b"2.3.0\0\0\0"))

    text = builder.CreateString("ordinary")
    lists = [
        tables(builder, tflite.ModelStartOperatorCodesVector, codes),
        tables(builder, tflite.ModelStartSubgraphsVector, [graph]),
        tables(builder, tflite.ModelStartBuffersVector, buffers),
        tables(builder, tflite.ModelStartMetadataVector, [described]),
    ]
    tflite.ModelStart(builder)
    tflite.ModelAddVersion(builder, 3)
    tflite.ModelAddOperatorCodes(builder, lists[0])
    tflite.ModelAddSubgraphs(builder, lists[1])
    tflite.ModelAddBuffers(builder, lists[2])
    tflite.ModelAddMetadata(builder, lists[3])
    tflite.ModelAddDescription(builder, text)
    builder.Finish(tflite.ModelEnd(builder), b"TFL3")
    return bytes(builder.Output())


def tables(builder, start, items):
    start(builder, len(items))
    for item in reversed(items):
        builder.PrependUOffsetTRelative(item)
    return builder.EndVector()


def buffer(builder, data):
    content = builder.CreateNumpyVector(numpy.frombuffer(data, "u1")) if data else None
    tflite.BufferStart(builder)
    if content is not None:
        tflite.BufferAddData(builder, content)
    return tflite.BufferEnd(builder)


def tensor(builder, name, shape, kind, place):
    called = builder.CreateString(name)
    dimensions = builder.CreateNumpyVector(numpy.array(shape, "i4"))
    tflite.TensorStart(builder)
    tflite.TensorAddShape(builder, dimensions)
    tflite.TensorAddType(builder, getattr(tflite.TensorType, kind))
    tflite.TensorAddBuffer(builder, place)
    tflite.TensorAddName(builder, called)
    return tflite.TensorEnd(builder)


def code(builder, name):
    number = getattr(tflite.BuiltinOperator, name)
    custom = builder.CreateString(KERNEL) if name == "CUSTOM" else None
    tflite.OperatorCodeStart(builder)
    tflite.OperatorCodeAddDeprecatedBuiltinCode(builder, min(number, 127))
    tflite.OperatorCodeAddBuiltinCode(builder, number)
    if custom is not None:
        tflite.OperatorCodeAddCustomCode(builder, custom)
    return tflite.OperatorCodeEnd(builder)


def operator(builder, kind, inputs, outputs):
    taken = builder.CreateNumpyVector(numpy.array(inputs, "i4"))
    given = builder.CreateNumpyVector(numpy.array(outputs, "i4"))
    tflite.OperatorStart(builder)
    tflite.OperatorAddOpcodeIndex(builder, kind)
    tflite.OperatorAddInputs(builder, taken)
    tflite.OperatorAddOutputs(builder, given)
    return tflite.OperatorEnd(builder)


def subgraph(builder, tensors, operators):
    name = builder.CreateString("main")
    lists = [
        tables(builder, tflite.SubGraphStartTensorsVector, tensors),
        tables(builder, tflite.SubGraphStartOperatorsVector, operators),
    ]
    ends = builder.CreateNumpyVector(numpy.array([0], "i4"))
    tflite.SubGraphStart(builder)
    tflite.SubGraphAddTensors(builder, lists[0])
    tflite.SubGraphAddOperators(builder, lists[1])
    tflite.SubGraphAddInputs(builder, ends)
    tflite.SubGraphAddOutputs(builder, ends)
    tflite.SubGraphAddName(builder, name)
    return tflite.SubGraphEnd(builder)


def metadata(builder, name, place):
    called = builder.CreateString(name)
    tflite.MetadataStart(builder)
    tflite.MetadataAddName(builder, called)
    tflite.MetadataAddBuffer(builder, place)
    return tflite.MetadataEnd(builder)


def read(data):
    model = tflite.Model.GetRootAsModel(data, 0)
    names = {number: name for name, number in vars(tflite.BuiltinOperator).items() if isinstance(number, int)}
    kinds = {number: name for name, number in vars(tflite.TensorType).items() if isinstance(number, int)}
    operators, tensors = {}, []
    for graph in map(model.Subgraphs, range(model.SubgraphsLength())):
        for node in map(graph.Operators, range(graph.OperatorsLength())):
            kind = model.OperatorCodes(node.OpcodeIndex())
            name = names[kind.BuiltinCode()]
            name = kind.CustomCode().decode() if name == "CUSTOM" else name
            operators[name] = operators.get(name, 0) + 1
        for each in map(graph.Tensors, range(graph.TensorsLength())):
            content = model.Buffers(each.Buffer())
            if content.DataLength():
                values = bytes(content.DataAsNumpy())
                tensors.append(
                    {
                        "name": each.Name().decode(),
                        "dtype": kinds[each.Type()],
                        "shape": each.ShapeAsNumpy().tolist(),
                        "bytes": values.hex(),
                    }
                )
    signatures = [model.SignatureDefs(index).SignatureKey().decode() for index in range(model.SignatureDefsLength())]
    return {"operators": operators, "tensors": tensors, "signatures": signatures}
