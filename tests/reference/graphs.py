"""Graphs of operators: ONNX models by the onnx package, and what its own reader says of them."""

import hashlib

import numpy
import onnx
from onnx import TensorProto, defs, helper, numpy_helper

# The field that holds the elements of a tensor whose bytes are not raw, by the name of its type.
FIELDS = ("float_data", "int32_data", "string_data", "int64_data", "double_data", "uint64_data")


def make(folder):
    for opset in (7, 11, 13, 17, 21, defs.onnx_opset_version()):
        add(folder, f"onnx/operators-{opset}.onnx", every_operator(opset))
    add(folder, "onnx/types-raw.onnx", every_type(raw=True))
    add(folder, "onnx/types-items.onnx", every_type(raw=False))
    add(folder, "onnx/nested.onnx", nested())
    add(folder, "onnx/functions.onnx", functions())
    add(folder, "onnx/sparse.onnx", sparse())
    add(folder, "onnx/training.onnx", training())
    add(folder, "onnx/annotated.onnx", annotated())
    add(folder, "onnx/empty.onnx", model([], []))
    add(folder, "onnx/any-name.pbmodel", nested())
    external(folder)


def model(nodes, initializers, **more):
    graph = helper.make_graph(nodes, "main", [], [], initializers)
    imports = more.pop("imports", {"": 17})
    sets = [helper.make_opsetid(domain, version) for domain, version in imports.items()]
    return helper.make_model(graph, producer_name="reference", opset_imports=sets, **more)


def every_operator(opset):
    """A node of every operator that the version of the set has; the inputs do not matter to a reader."""
    imports = {"": opset, "ai.onnx.ml": 1 if opset < 8 else 5, "ai.onnx.preview.training": 1}
    nodes = []
    for schema in sorted(defs.get_all_schemas_with_history(), key=lambda each: (each.domain, each.name)):
        newest = imports.get(schema.domain, 0)
        node = helper.make_node(schema.name, ["x"], [f"y{len(nodes)}"], f"node{len(nodes)}", domain=schema.domain)
        if schema.since_version <= newest and not any(
            (node.domain, node.op_type) == (other.domain, other.op_type) for other in nodes[-1:]
        ):
            nodes.append(node)
    return model(nodes + nodes[:3], [], imports=imports)


def every_type(raw):
    tensors = []
    for name, number in sorted(TensorProto.DataType.items()):
        if name == "UNDEFINED" or (raw and name == "STRING"):
            continue
        if name == "STRING":
            tensors.append(helper.make_tensor("texts", number, [3], [b"a", b"", b"larger than a word"]))
            continue
        array = numpy.arange(6).reshape(2, 3).astype(helper.tensor_dtype_to_np_dtype(number))
        for count, shape in ((6, [2, 3]), (5, [5]), (0, [0, 4]), (1, [])):
            part = array.reshape(-1)[:count].reshape(shape)
            tensor = numpy_helper.from_array(part, f"{name.lower()}-{count}")
            if not raw:
                values = part.reshape(-1).tolist()
                tensor = helper.make_tensor(tensor.name, number, shape, values)
            tensors.append(tensor)
    return model([], tensors)


def weight(name, *shape):
    return numpy_helper.from_array(numpy.random.default_rng(7).random(shape).astype("f4"), name)


def branch(name, inner=()):
    constant = helper.make_node("Constant", [], [f"{name}.c"], value=weight("", 2, 2))
    nodes = [constant, helper.make_node("Relu", [f"{name}.c"], [f"{name}.y"], f"{name}.relu"), *inner]
    return helper.make_graph(nodes, name, [], [], [weight(f"{name}.w", 3)])


def nested():
    inner = helper.make_node("If", ["c"], ["z"], "inner", then_branch=branch("a"), else_branch=branch("b"))
    outer = helper.make_node("Loop", ["n", "c"], ["y"], "outer", body=branch("body", [inner]))
    return model([outer, helper.make_node("MatMul", ["y", "w"], ["o"])], [weight("w", 4, 4), weight("v", 16)])


def functions():
    constant = helper.make_node("Constant", [], ["k"], value=weight("", 4))
    nodes = [constant, helper.make_node("Add", ["x", "k"], ["y"])]
    sets = [helper.make_opsetid("", 17)]
    function = helper.make_function("local", "AddConstant", ["x"], ["y"], nodes, sets)
    calls = [helper.make_node("AddConstant", ["a"], ["b"], domain="local") for _ in range(3)]
    return model(calls, [], functions=[function], imports={"": 17, "local": 1})


def sparse():
    values = weight("sparse", 3)
    indices = numpy_helper.from_array(numpy.array([1, 5, 6]), "places")
    graph = helper.make_graph([], "main", [], [], [], sparse_initializer=[helper.make_sparse_tensor(values, indices, [8])])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])


def training():
    made = model([helper.make_node("Relu", ["x"], ["y"])], [weight("w", 2)])
    info = made.training_info.add()
    info.initialization.CopyFrom(branch("initialization"))
    info.algorithm.CopyFrom(branch("algorithm"))
    return made


def annotated():
    made = model([helper.make_node("Relu", ["x"], ["y"])], [], doc_string="What it is for\n")
    helper.set_model_props(made, {"author": "caf\u00e9", "licence": "Apache-2.0", "empty": ""})
    return made


def external(folder):
    tensors = [weight(f"layers.{index}", 64, 64 + index) for index in range(6)]
    for kind, single in (("one-file", True), ("many-files", False)):
        path = f"onnx/{kind}/model.onnx"
        made = model([helper.make_node("Relu", ["x"], ["y"])], [onnx.TensorProto.FromString(t.SerializeToString()) for t in tensors])
        onnx.save_model(
            made,
            str(folder.path(path)),
            save_as_external_data=True,
            all_tensors_to_one_file=single,
            location="model.onnx_data" if single else None,
            size_threshold=1024,
        )
        folder.expect(path, format="onnx", **told(onnx.load(str(folder.path(path)), load_external_data=False)))


def add(folder, path, made):
    folder.add(path, made.SerializeToString(), format="onnx", **told(made))


def told(made):
    operators, tensors = {}, []
    told_graph(made.graph, operators, tensors)
    for info in made.training_info:
        told_graph(info.initialization, operators, tensors)
        told_graph(info.algorithm, operators, tensors)
    for function in made.functions:
        told_nodes(function.node, operators, tensors)
    defined = {(function.domain, function.name) for function in made.functions}
    return {
        "operators": [[*key, count, key in defined] for key, count in sorted(operators.items())],
        "tensors": sorted(tensors, key=repr),
        "properties": {each.key: each.value for each in made.metadata_props},
        "imports": {each.domain: each.version for each in made.opset_import},
    }


def told_graph(graph, operators, tensors):
    told_nodes(graph.node, operators, tensors)
    tensors.extend(told_tensor(tensor, "") for tensor in graph.initializer)
    for each in graph.sparse_initializer:
        tensors.extend([told_tensor(each.values, ""), told_tensor(each.indices, "/indices")])


def told_nodes(nodes, operators, tensors):
    for node in nodes:
        key = (node.domain, node.op_type)
        operators[key] = operators.get(key, 0) + 1
        for attribute in node.attribute:
            name = f"{node.name or node.output[0]}/{attribute.name}"
            tensors.extend(told_tensor(each, name) for each in [attribute.t, *attribute.tensors] if each.data_type)
            for graph in [attribute.g, *attribute.graphs]:
                told_graph(graph, operators, tensors)


def told_tensor(tensor, name):
    fact = {
        "name": tensor.name or name,
        "type": TensorProto.DataType.Name(tensor.data_type),
        "shape": list(tensor.dims),
    }
    if tensor.data_location == TensorProto.EXTERNAL:
        return fact | {each.key: each.value for each in tensor.external_data if each.key in ("location", "offset", "length")}
    return fact | {"digest": hashlib.sha256(payload(tensor)).hexdigest()}


def payload(tensor):
    """The bytes that hold the elements in the file."""
    if tensor.raw_data or tensor.data_type == TensorProto.STRING:
        return tensor.raw_data
    for field in FIELDS:
        if getattr(tensor, field):
            alone = TensorProto(**{field: getattr(tensor, field)}).SerializeToString()
            # The tag and the length take two bytes, of few elements.
            return alone[2:]
    return b""
