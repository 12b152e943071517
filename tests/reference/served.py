"""Archives around models: of TorchServe, of NeMo, images of containers; and models as PMML."""

import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter
from importlib.metadata import distribution
from pathlib import Path
from types import ModuleType, SimpleNamespace
from unittest import mock
from xml.etree import ElementTree

import numpy
import yaml

import readers


def make(folder):
    make_torchserve(folder)
    make_nemo(folder)
    make_images(folder)
    make_pmml(folder)


# TorchServe.

def make_torchserve(folder):
    """Archives by its archiver, in each of its forms; the manifest as its own class reads it back."""
    from model_archiver.model_packaging import package_model
    from model_archiver.model_packaging_utils import ModelExportUtils

    with tempfile.TemporaryDirectory() as place:
        place = Path(place)
        (place / "labels.json").write_text('{"0": "cat"}\n')
        (place / "words.txt").write_text("one\ntwo\n")
        (place / "settings.yaml").write_text("minWorkers: 1\nmaxWorkers: 2\n")
        shutil.copy(folder.root / "torch/library/state.pt", place / "weights.pt")
        for name, form in (("zip", "default"), ("gzip", "tgz")):
            given = SimpleNamespace(
                model_name=name, version="1.0", serialized_file=str(place / "weights.pt"), model_file=None,
                handler="image_classifier", extra_files=f"{place}/labels.json,{place}/words.txt", runtime="python",
                export_path=str(place), archive_format=form, force=True, requirements_file=None,
                config_file=str(place / "settings.yaml"),
            )
            package_model(given, ModelExportUtils.generate_manifest_json(given))
            written = next(place.glob(f"{name}.*"))
            path = f"torchserve/{written.name}"
            data = written.read_bytes()
            members = readers.zip(data) if form == "default" else readers.tar(data)
            manifest = json.loads(ModelExportUtils.generate_manifest_json(given))["model"]
            folder.add(path, data, format="torchserve" if form == "default" else "torchserve-gzip", members=members, manifest=manifest)


# NeMo.

SETTINGS = {
    "target": "nemo.collections.asr.models.EncDecCTCModel",
    "sample_rate": 16000,
    "preprocessor": {"_target_": "nemo.collections.asr.modules.AudioToMelSpectrogramPreprocessor", "normalize": "per_feature"},
    "encoder": {
        "_target_": "nemo.collections.asr.modules.ConformerEncoder",
        "layers": [{"_target_": "torch.nn.Linear", "in_features": 4}, {"size": "${sample_rate}"}],
    },
    "optim": {"name": "adamw", "betas": [0.9, 0.98], "sched": {"name": "NoamAnnealing"}},
}


def make_nemo(folder):
    """Files as its connector puts them together; of the modules that it imports, it uses none for that."""
    class Anything(ModuleType):
        __path__ = []

        def __getattr__(self, name):
            if name.startswith("__"):
                raise AttributeError(name)
            return mock.MagicMock(name=name)

    root = Path(distribution("nemo_toolkit").locate_file("nemo"))
    source = (root / "core/connectors/save_restore_connector.py").read_text()
    imported = {line.split()[1] for line in source.splitlines() if line.startswith(("import ", "from "))}
    outside = {name for name in imported if name.split(".")[0] not in sys.stdlib_module_names}
    parents = {".".join(name.split(".")[:end]) for name in outside for end in range(1, name.count(".") + 2)}
    with mock.patch.dict(sys.modules, {name: Anything(name) for name in parents}):
        scope = {"__name__": "save_restore_connector"}
        exec(compile(source, "save_restore_connector.py", "exec"), scope)
    scope["is_multistorageclient_url"] = lambda path: False
    connector = scope["SaveRestoreConnector"]
    with tempfile.TemporaryDirectory() as place:
        place = Path(place)
        (place / "inside").mkdir()
        (place / "inside/model_config.yaml").write_text(yaml.safe_dump(SETTINGS))
        (place / "inside/vocabulary.txt").write_text("one\ntwo\n")
        shutil.copy(folder.root / "torch/library/state.pt", place / "inside/model_weights.ckpt")
        connector._make_nemo_file_from_folder(str(place / "model.nemo"), str(place / "inside"))
        data = (place / "model.nemo").read_bytes()
    folder.add("nemo/model.nemo", data, format="nemo", members=readers.tar(data), targets=sorted(targets(SETTINGS)))


def targets(settings):
    """Everything that the settings ask for by a name."""
    if isinstance(settings, dict):
        for key, value in settings.items():
            if key == "_target_" and isinstance(value, str):
                yield value
            yield from targets(value)
    elif isinstance(settings, list):
        for value in settings:
            yield from targets(value)


# Images.

def make_images(folder):
    """An image that umoci builds, as skopeo writes it in each form; of every blob its digest, of every layer its files."""
    with tempfile.TemporaryDirectory() as place:
        place = Path(place)
        run = lambda *command: subprocess.run(command, check=True, capture_output=True, cwd=place)
        run("umoci", "init", "--layout", "layout")
        run("umoci", "new", "--image", "layout:demo")
        for name, files in (("one", {"models/words.txt": b"one\ntwo\n", "models/config.json": b'{"model_type": "demo"}'}),
                            ("two", {"models/weights.safetensors": safetensors(), "etc/notes": b"Ordinary words.\n"})):
            file = io.BytesIO()
            with tarfile.open(fileobj=file, mode="w") as layer:
                for path, data in files.items():
                    entry = tarfile.TarInfo(path)
                    entry.size = len(data)
                    layer.addfile(entry, io.BytesIO(data))
                link = tarfile.TarInfo(f"usr/{name}")
                link.type, link.linkname = tarfile.SYMTYPE, "/models"
                layer.addfile(link)
            (place / name).write_bytes(file.getvalue())
            run("umoci", "raw", "add-layer", "--image", "layout:demo", name)
        copy = ("skopeo", "--insecure-policy", "copy", "oci:layout:demo")
        run(*copy, "oci:whole:demo")
        run(*copy, "oci-archive:archive.tar:demo")
        run(*copy, "docker-archive:saved.tar:demo:latest")
        for each in sorted((place / "whole").rglob("*")):
            if each.is_file():
                path = f"images/layout/{each.relative_to(place / 'whole')}"
                blob = {"digest": each.name} if each.parent.name == "sha256" else {}
                folder.add(path, each.read_bytes(), format="image-layout", **blob)
        for name in ("archive", "saved"):
            data = (place / f"{name}.tar").read_bytes()
            folder.add(f"images/{name}.tar", data, format="image", members=readers.tar(data), files=layers(data))


def layers(data):
    """The files in all layers of an image."""
    found = Counter()
    with tarfile.open(fileobj=io.BytesIO(data)) as image:
        for member in image:
            held = image.extractfile(member).read() if member.isfile() else b""
            try:
                layer = tarfile.open(fileobj=io.BytesIO(held))
            except tarfile.ReadError:
                continue
            found.update(hashlib.sha256(layer.extractfile(entry).read()).hexdigest() for entry in layer if entry.isfile())
    return found


def safetensors():
    import safetensors.numpy

    return safetensors.numpy.save({"weight": numpy.ones((2, 3), "f4")})


# PMML.

def make_pmml(folder):
    """Pipelines by nyoka; the functions that any XML reader finds in them."""
    import nyoka
    import pandas
    from sklearn import ensemble, linear_model, pipeline, preprocessing, svm, tree

    random = numpy.random.default_rng(31)
    table = pandas.DataFrame(random.random((40, 3)), columns=["one", "two", "three"])
    target = pandas.Series(numpy.arange(40) % 2, name="target")
    models = {
        "linear": linear_model.LinearRegression(),
        "tree": tree.DecisionTreeClassifier(max_depth=3, random_state=1),
        "forest": ensemble.RandomForestClassifier(4, max_depth=2, random_state=1),
        "vectors": svm.SVC(probability=False),
    }
    for name, model in models.items():
        for scaler in (preprocessing.StandardScaler(), preprocessing.MinMaxScaler()):
            fitted = pipeline.Pipeline([("scaler", scaler), ("model", model)]).fit(table, target)
            path = f"pmml/{name}-{type(scaler).__name__.lower()}.pmml"
            nyoka.skl_to_pmml(fitted, list(table.columns), "target", str(folder.path(path)))
            root = ElementTree.fromstring(folder.read(path))
            functions = Counter(each.get("function") for each in root.iter() if each.tag.endswith("}Apply"))
            application = next(each.get("name") for each in root.iter() if each.tag.endswith("}Application"))
            folder.expect(path, format="pmml", functions=functions, version=root.get("version"), application=application)
