"""Models for small devices: ONNX graphs that ONNX Runtime stores in its own format, and programs of ExecuTorch."""

import hashlib
import sys
from collections import Counter
from importlib.metadata import distribution
from types import ModuleType
from unittest import mock

import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.tools import ort_format_model  # noqa: F401 (it makes the next one importable)
from ort_flatbuffers_py import fbs


# Types of ExecuTorch by those of numpy.
KINDS = {
    "FLOAT": "f4", "HALF": "f2", "LONG": "i8", "INT": "i4", "SHORT": "i2", "CHAR": "i1", "BYTE": "u1", "BOOL": "?",
    "DOUBLE": "f8",
}


def make(folder):
    for name, model in graphs().items():
        make_ort(folder, f"ort/{name}.ort", model, onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL)
        make_ort(folder, f"ort/{name}-optimised.ort", model, onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED)
    make_executorch(folder)


# ONNX Runtime.

def weight(name, *shape, kind="f4"):
    return numpy_helper.from_array(numpy.random.default_rng(19).random(shape).astype(kind), name)


def model(nodes, weights, inputs, outputs, **imports):
    values = [helper.make_tensor_value_info(name, kind, shape) for name, kind, shape in inputs]
    results = [helper.make_tensor_value_info(name, kind, shape) for name, kind, shape in outputs]
    graph = helper.make_graph(nodes, "main", values, results, weights, doc_string="ordinary")
    sets = [helper.make_opsetid("", 17), *(helper.make_opsetid(key.replace("_", "."), n) for key, n in imports.items())]
    made = helper.make_model(graph, producer_name="reference", opset_imports=sets, ir_version=9)
    helper.set_model_props(made, {"author": "nobody"})
    return made


def graphs():
    node, float_, x, y = helper.make_node, TensorProto.FLOAT, ("x", TensorProto.FLOAT, [2, 4]), ("y", TensorProto.FLOAT, None)
    layers = [
        node("MatMul", ["x", "w"], ["a"], "product"),
        node("Add", ["a", "b"], ["c"], "sum"),
        node("Relu", ["c"], ["d"], "rectified"),
        node("Softmax", ["d"], ["y"], axis=-1),
    ]
    then = helper.make_graph([node("Identity", ["b"], ["p"])], "then", [], [helper.make_tensor_value_info("p", float_, [4])])
    other = helper.make_graph(
        [node("Constant", [], ["k"], value=weight("k", 4)), node("Neg", ["k"], ["q"])],
        "other", [], [helper.make_tensor_value_info("q", float_, [4])],
    )
    kinds = ["f4", "f8", "f2", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "?"]
    texts = helper.make_tensor("texts", TensorProto.STRING, [2], [b"one", b"a longer text"])
    kept = [weight(f"w.{kind}", 2, 3, kind=kind) for kind in kinds]
    called = [*(each.name for each in kept), "texts"]
    same = [node("Identity", [name], [f"same.{name}"]) for name in called]
    given = [(f"same.{each.name}", each.data_type, list(each.dims)) for each in (*kept, texts)]
    trees = node(
        "TreeEnsembleRegressor", ["x"], ["y"], domain="ai.onnx.ml", n_targets=1, nodes_treeids=[0, 0, 0],
        nodes_nodeids=[0, 1, 2], nodes_featureids=[0, 0, 0], nodes_modes=["BRANCH_LEQ", "LEAF", "LEAF"],
        nodes_values=[0.5, 0.0, 0.0], nodes_truenodeids=[1, 0, 0], nodes_falsenodeids=[2, 0, 0],
        target_treeids=[0, 0], target_nodeids=[1, 2], target_ids=[0, 0], target_weights=[1.0, 2.0],
    )
    return {
        "layers": model(layers, [weight("w", 4, 3), weight("b", 3)], [x], [y]),
        "branches": model(
            [node("If", ["c"], ["y"], then_branch=then, else_branch=other)], [weight("b", 4)], [("c", TensorProto.BOOL, [])], [y]
        ),
        "kinds": model(same, [*kept, texts], [], given),
        "trees": model([trees], [], [x], [("y", float_, [2, 1])], ai_onnx_ml=3),
        "own": model(
            [node("FusedMatMul", ["x", "w"], ["a"], domain="com.microsoft", alpha=2.0), node("Gelu", ["a"], ["y"], domain="com.microsoft")],
            [weight("w", 4, 3)], [x], [y], com_microsoft=1,
        ),
    }


def make_ort(folder, path, made, level):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = level
    options.optimized_model_filepath = str(folder.path(path))
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.save_model_format", "ORT")
    onnxruntime.InferenceSession(made.SerializeToString(), options, providers=["CPUExecutionProvider"])
    held = bytearray(folder.read(path))
    session = fbs.InferenceSession.InferenceSession.GetRootAs(held)
    operators, tensors = Counter(), []
    read_graph(session.Model().Graph(), operators, tensors)
    stored = session.Model()
    pairs = [stored.MetadataProps(index) for index in range(stored.MetadataPropsLength())]
    folder.expect(
        path,
        format="ort",
        operators=sorted([domain, name, count, False] for (domain, name), count in operators.items()),
        tensors=tensors,
        properties={pair.Key().decode(): pair.Value().decode() for pair in pairs}
        | {"ort_version": session.OrtVersion().decode(), "producer_name": stored.ProducerName().decode()},
    )


def read_graph(graph, operators, tensors):
    for index in range(graph.InitializersLength()):
        read_tensor(graph.Initializers(index), tensors)
    for index in range(graph.SparseInitializersLength()):
        read_tensor(graph.SparseInitializers(index).Values(), tensors)
        read_tensor(graph.SparseInitializers(index).Indices(), tensors)
    for node in map(graph.Nodes, range(graph.NodesLength())):
        operators[((node.Domain() or b"").decode(), node.OpType().decode())] += 1
        for attribute in map(node.Attributes, range(node.AttributesLength())):
            if attribute.T():
                read_tensor(attribute.T(), tensors)
            if attribute.G():
                read_graph(attribute.G(), operators, tensors)


def read_tensor(tensor, tensors):
    kinds = {number: name for name, number in vars(fbs.TensorDataType.TensorDataType).items() if isinstance(number, int)}
    shape = [int(tensor.Dims(index)) for index in range(tensor.DimsLength())]
    held = bytes(tensor.RawDataAsNumpy()) if tensor.RawDataLength() else b""
    if kinds[tensor.DataType()] != "STRING":
        digest = hashlib.sha256(held).hexdigest()
        tensors.append({"name": tensor.Name().decode(), "type": kinds[tensor.DataType()], "shape": shape, "digest": digest})


# ExecuTorch.

def make_executorch(folder):
    """Its writer without torch, of which only types and the sizes of symbols would be used."""
    root = distribution("executorch").locate_file("executorch")
    stubs = {}
    for name in ("torch", "torch.fx", "torch.fx.experimental", "torch.fx.experimental.symbolic_shapes", "torch.utils",
                 "torch.utils._sympy", "torch.utils._sympy.numbers", "torch.utils._sympy.value_ranges", "sympy"):
        stubs[name] = mock.MagicMock(name=name)
    for name, place in (("executorch", root), ("executorch.exir", root / "exir")):
        stubs[name] = ModuleType(name)
        stubs[name].__path__ = [str(place)]
    with mock.patch.dict(sys.modules, stubs):
        from executorch.exir import schema
        from executorch.exir._serialize import _program

        for name, program in programs(schema).items():
            for apart in (False, True):
                file = _program.PTEFile(program=program)
                data = bytes(_program.serialize_pte_binary(file, extract_delegate_segments=apart))
                path = f"executorch/{name}{'-apart' if apart else ''}.pte"
                folder.add(path, data, format="executorch", **read_program(schema, _program.deserialize_pte_binary(data).program))


def programs(schema):
    random = numpy.random.default_rng(23)
    buffers, values = [schema.Buffer(storage=b"")], []

    def tensor(kind, shape, buffer, name=None):
        extra = schema.ExtraTensorInfo(fully_qualified_name=name) if name else None
        place = None if buffer else schema.AllocationDetails(memory_id=1, memory_offset_low=0, memory_offset_high=0)
        return schema.EValue(schema.Tensor(
            scalar_type=schema.ScalarType[kind], storage_offset=0, sizes=list(shape), dim_order=list(range(len(shape))),
            requires_grad=False, layout=0, data_buffer_idx=buffer, allocation_info=place,
            shape_dynamism=schema.TensorShapeDynamism.STATIC, extra_tensor_info=extra,
        ))

    values.append(tensor("FLOAT", (1, 4), 0))
    for index, (kind, numbers) in enumerate(KINDS.items()):
        shape = (index % 3 + 1, 2)
        buffers.append(schema.Buffer(storage=(random.random(shape) * 9).astype(numbers).tobytes()))
        values.append(tensor(kind, shape, len(buffers) - 1, f"layer.{index}.weight" if index % 2 else None))
    values += [schema.EValue(each) for each in (
        schema.Int(3), schema.Bool(True), schema.Double(0.5), schema.String("ordinary"), schema.Null(),
        schema.IntList([0, 1]), schema.BoolList([True]), schema.DoubleList([0.25]), schema.TensorList([0, 1]),
    )]
    call = lambda number, *taken: schema.Instruction(schema.KernelCall(op_index=number, args=list(taken)))
    steps = [call(0, 0, 1, 0), call(1, 0), call(0, 0, 2, 0), schema.Instruction(schema.MoveCall(move_from=0, move_to=1)),
             schema.Instruction(schema.JumpFalseCall(cond_value_index=11, destination_instruction=0)),
             schema.Instruction(schema.FreeCall(value_index=0))]
    names = [("aten::add", "out"), ("aten::relu", "out"), ("aten::linear", ""), ("dim_order_ops::_to_dim_order_copy", "out")]

    def plan(name, steps, delegates=()):
        return schema.ExecutionPlan(
            name=name, container_meta_type=schema.ContainerMetadata(encoded_inp_str="", encoded_out_str=""),
            values=values, inputs=[0], outputs=[0],
            chains=[schema.Chain(inputs=[], outputs=[], instructions=steps, stacktrace=None)],
            operators=[schema.Operator(name=each, overload=overload) for each, overload in names],
            delegates=list(delegates), non_const_buffer_sizes=[0, 1024],
        )

    def program(plans, inline=()):
        return schema.Program(
            version=0, execution_plan=plans, constant_buffer=buffers, segments=[],
            backend_delegate_data=[schema.BackendDelegateInlineData(data=each) for each in inline],
            constant_segment=schema.SubsegmentOffsets(segment_index=0, offsets=[]),
        )

    backends = [
        schema.BackendDelegate(
            id=name, processed=schema.BackendDelegateDataReference(location=schema.DataLocation.INLINE, index=index),
            compile_specs=[],
        )
        for index, name in enumerate(("XnnpackBackend", "CoreMLBackend"))
    ]
    handed = [schema.Instruction(schema.DelegateCall(delegate_index=index, args=[0])) for index in (0, 1, 0)]
    return {
        "plain": program([plan("forward", steps)]),
        "methods": program([plan("forward", steps), plan("encode", steps[:2])]),
        "backends": program([plan("forward", handed, backends)], [b"what XNNPACK reads" * 20, b"what Core ML reads" * 30]),
    }


def read_program(schema, program):
    """Operators by how often they are called, once when never; backends; constants, each in every method that has it."""
    operators, tensors = Counter(), []
    for plan in program.execution_plan:
        calls = Counter(
            step.instr_args.op_index
            for chain in plan.chains for step in chain.instructions if isinstance(step.instr_args, schema.KernelCall)
        )
        for index, each in enumerate(plan.operators):
            overload = f".{each.overload}" if each.overload else ""
            operators[each.name.replace("::", " ") + overload] += max(calls[index], 1)
        for backend in plan.delegates:
            operators[f"delegate {backend.id}"] += 1
        for index, value in enumerate(plan.values):
            tensor = value.val
            if isinstance(tensor, schema.Tensor) and tensor.data_buffer_idx:
                extra = tensor.extra_tensor_info
                # What the reader gives back goes on to the next constant.
                size = numpy.dtype(KINDS[tensor.scalar_type.name]).itemsize * int(numpy.prod(tensor.sizes))
                held = program.constant_buffer[tensor.data_buffer_idx].storage[:size]
                tensors.append({
                    "name": extra.fully_qualified_name if extra and extra.fully_qualified_name else f"value {index}",
                    "type": tensor.scalar_type.name.capitalize(),
                    "shape": tensor.sizes,
                    "digest": hashlib.sha256(held).hexdigest(),
                })
    return {"operators": operators, "tensors": tensors, "methods": [plan.name for plan in program.execution_plan]}
