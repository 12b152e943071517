"""What torch itself writes, and what it says of it: run by an interpreter that has torch, see `torch_library.py`.

    python torch_modules.py FOLDER EXPECTED.json
"""

import hashlib
import json
import sys
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Dict, List, NamedTuple, Optional, Tuple

import torch
from torch import nn
from torch.package import PackageExporter, PackageImporter
from torch.utils.mobile_optimizer import optimize_for_mobile

# Operators that TorchScript writes as syntax: `bool(x)`, `int(x)`, `str(x)`, `x[0]`.
SYNTAX = {"aten::Bool", "aten::Float", "aten::Int", "aten::str", "aten::__getitem__"}


class Net(nn.Module):
    scale: float

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(4, 8)
        self.norm = nn.BatchNorm1d(8)
        self.memory = nn.LSTM(8, 4, batch_first=True)
        self.words = nn.Embedding(10, 4)
        self.layers = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Dropout(0.1))
        self.scale = 0.5
        self.names = ["a", "b"]
        self.table = {"x": 1}

    def forward(self, x, y: Optional[torch.Tensor] = None) -> Tuple[torch.Tensor, Dict[str, torch.Tensor]]:
        hidden = self.norm(self.first(x))
        out, (state, _) = self.memory(hidden.unsqueeze(1))
        if y is not None:
            hidden = hidden + y
        total = torch.zeros(1)
        for index in range(3):
            total = total + index * self.scale
            if index > 5:
                break
        found: Dict[str, torch.Tensor] = {}
        for name in self.names:
            found[name] = total + self.table["x"] + self.words(torch.ones(1, dtype=torch.long)).sum()
        assert x.dim() == 2, f"not of two dimensions: {x.dim()}"
        while bool(total.sum() < 3.0):
            total = total + state.sum().abs() + 1
        return self.layers(out[:, 0]).softmax(-1), found


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)

    def forward(self, x):
        return self.encoder(x)


class Pictures(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(inplace=True), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(36, 3)
        )

    def forward(self, x):
        return self.layers(x)


class Point(NamedTuple):
    x: torch.Tensor
    y: int


@torch.jit.script
class Box:
    def __init__(self, side: int):
        self.side = side

    def area(self) -> int:
        return self.side * self.side


class Classes(nn.Module):
    def forward(self, x: torch.Tensor):
        box = Box(3)
        print("area", box.area())
        return Point(x, box.area())


def several(x: torch.Tensor, count: int) -> List[torch.Tensor]:
    return [x * index for index in range(count)]


def main():
    folder, expected = Path(sys.argv[1]), {}
    torch.manual_seed(17)
    for name, module in scripts().items():
        path = folder / name
        torch.jit.save(module, str(path), _extra_files={"labels.txt": "cat\ndog\n"})
        expected[name] = script(path)
    torch.jit.script(Pictures().eval())._save_for_lite_interpreter(str(folder / "lite.ptl"))
    expected["lite.ptl"] = script(folder / "lite.ptl")
    for name, subject in subjects().items():
        torch.save(subject, folder / f"{name}.pt")
        torch.save(subject, folder / f"{name}-legacy.pt", _use_new_zipfile_serialization=False)
        said = {"format": "torch-library", "tensors": dict(tensors(subject))}
        expected |= {f"{name}.pt": said, f"{name}-legacy.pt": said}
    for name, source in (("package.pt", None), ("package-with-source.pt", "class Nothing:\n    pass\n")):
        expected[name] = package(folder / name, source)
    Path(sys.argv[2]).write_text(json.dumps({"version": torch.__version__, "files": expected}))


# What is made.

def scripts():
    pictures = Pictures().eval()
    dynamic = torch.quantization.quantize_dynamic(nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 2)), {nn.Linear})
    return {
        "scripted.pt": torch.jit.script(Net().eval()),
        "attention.pt": torch.jit.script(Attention().eval()),
        "traced.pt": torch.jit.trace(pictures, torch.ones(1, 1, 8, 8)),
        "frozen.pt": torch.jit.freeze(torch.jit.script(pictures)),
        "mobile.pt": optimize_for_mobile(torch.jit.script(pictures)),
        "quantised.pt": torch.jit.script(dynamic),
        "function.pt": torch.jit.script(several),
        "classes.pt": torch.jit.script(Classes()),
    }


def subjects():
    net = Net()
    optimizer = torch.optim.Adam(net.parameters())
    net.layers(torch.ones(1, 4)).sum().backward()
    optimizer.step()
    kinds = [torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16]
    kinds += [torch.int8, torch.uint8, torch.bool, torch.complex64, torch.complex128]
    whole = torch.arange(12.0).reshape(3, 4)
    return {
        "state": net.state_dict(),
        "checkpoint": {"model": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3, "best": 0.5},
        "kinds": {str(kind).split(".")[1]: torch.ones(2, 3).to(kind) for kind in kinds},
        "views": {"whole": whole, "turned": whole.t(), "row": whole[1], "none": torch.zeros(0, 4), "one": torch.tensor(2.5)},
        "nested": OrderedDict(rows=[whole, {"deep": whole}], parameter=nn.Parameter(torch.ones(2))),
    }


def package(path, source):
    with PackageExporter(path) as exporter:
        exporter.extern(["torch.**", "collections", "builtins"])
        exporter.save_text("words", "notes.txt", "Ordinary words.\n")
        if source:
            exporter.save_source_string("demo", source)
        exporter.save_pickle("model", "model.pkl", nn.Linear(2, 2))
    importer = PackageImporter(path)
    model = importer.load_pickle("model", "model.pkl")
    with zipfile.ZipFile(path) as archive:
        sources = [name for name in archive.namelist() if name.endswith(".py")]
    return {
        "format": "torch-package",
        "imported": sorted(importer.extern_modules),
        "sources": sources,
        "tensors": dict(tensors(model.state_dict())),
    }


# What torch says of it.

def script(path):
    module = torch.jit.load(path)
    used = set()
    if isinstance(module, torch.jit.ScriptFunction):
        operators(module.inlined_graph, used)
        held = {}
    else:
        for each in module.modules():
            for method in each._c._method_names():
                operators(each._c._get_method(method).inlined_graph, used)
        held = module.state_dict()
    used = sorted(kind for kind in used - SYNTAX if not kind.startswith("prim::"))
    return {"format": "torchscript-library", "operators": used, "tensors": dict(tensors(held))}


def operators(block, used):
    for node in block.nodes():
        used.add(node.kind())
        for inner in node.blocks():
            operators(inner, used)


def tensors(subject, path=()):
    if isinstance(subject, torch.Tensor):
        held = subject.detach()
        # The bytes from the first element to the last, whatever lies between them.
        extent = 1 + sum((size - 1) * step for size, step in zip(held.shape, held.stride()))
        held = torch.as_strided(held, (extent if held.numel() else 0,), (1,))
        held = held.view(torch.int16) if held.dtype == torch.bfloat16 else held
        digest = hashlib.sha256(held.numpy().tobytes()).hexdigest()
        kind = str(subject.dtype).split(".")[1]
        yield ".".join(path), {"type": kind, "shape": list(subject.shape), "sha256": digest}
    elif isinstance(subject, dict):
        for key, value in subject.items():
            yield from tensors(value, (*path, str(key)))
    elif isinstance(subject, list):
        for index, value in enumerate(subject):
            yield from tensors(value, (*path, str(index)))


if __name__ == "__main__":
    main()
