"""Boosted trees in the formats of their own libraries, and estimators saved by skops."""

import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import catboost
import lightgbm
import numpy
import pandas
import skops.io
import xgboost
from skops.io._audit import Node, get_tree
from skops.io._utils import LoadContext

import models


def make(folder):
    make_xgboost(folder)
    make_older_xgboost(folder)
    make_lightgbm(folder)
    make_catboost(folder)
    make_skops(folder)


def data():
    random = numpy.random.default_rng(11)
    table, labels = random.random((60, 4)), numpy.arange(60) % 2
    kinds = pandas.DataFrame({"kind": pandas.Categorical(list("abcdef") * 10), "number": table[:, 0]})
    return table, labels, kinds


def make_xgboost(folder):
    table, labels, kinds = data()
    plain, three = xgboost.DMatrix(table, labels), xgboost.DMatrix(table, numpy.arange(60) % 3)
    both = xgboost.DMatrix(table, numpy.stack([labels, 1 - labels], 1))
    named = xgboost.DMatrix(kinds, labels, enable_categorical=True)
    cases = {
        "binary": ({"objective": "binary:logistic", "max_depth": 3}, plain),
        "dart": ({"objective": "multi:softprob", "num_class": 3, "booster": "dart"}, three),
        "linear": ({"booster": "gblinear"}, plain),
        "vector": ({"multi_strategy": "multi_output_tree", "tree_method": "hist"}, both),
        "categories": ({"tree_method": "hist", "max_cat_to_onehot": 2}, named),
        "ranks": ({"objective": "rank:ndcg"}, xgboost.DMatrix(table, labels, qid=numpy.arange(60) // 10)),
        "quantiles": ({"objective": "reg:quantileerror", "quantile_alpha": [0.1, 0.9]}, plain),
        "pruned": ({"gamma": 0.5, "max_depth": 6, "tree_method": "exact"}, plain),
    }
    for name, (parameters, matrix) in cases.items():
        booster = xgboost.train({"nthread": 1, **parameters}, matrix, 4)
        booster.set_attr(note="ordinary")
        linear = parameters.get("booster") == "gblinear"
        dump = [] if linear else booster.get_dump(dump_format="json")
        facts = {
            "trees": len(dump),
            "features": booster.num_features(),
            "objective": json.loads(booster.save_config())["learner"]["objective"]["name"],
            "attributes": booster.attributes(),
        }
        for ending in ("json", "ubj"):
            path = f"xgboost/{name}.{ending}"
            booster.save_model(folder.path(path))
            folder.expect(path, format="xgboost", model=facts)


# The last version that writes the binary format; it runs by itself, beside the libraries of today.
OLDER = """
import json, sys, numpy, xgboost
table = numpy.random.default_rng(11).random((60, 4))
cases = {
    "binary": ({"objective": "binary:logistic", "max_depth": 3}, numpy.arange(60) % 2),
    "dart": ({"objective": "multi:softprob", "num_class": 3, "booster": "dart"}, numpy.arange(60) % 3),
    "pruned": ({"gamma": 0.5, "max_depth": 6, "tree_method": "exact"}, table[:, 0] > 0.4),
}
said = {}
for name, (parameters, labels) in cases.items():
    booster = xgboost.train({"nthread": 1, **parameters}, xgboost.DMatrix(table, labels), 4)
    booster.set_attr(note="ordinary")
    booster.save_model(f"{sys.argv[1]}/{name}.deprecated")
    said[name] = {
        "trees": len(booster.get_dump()),
        "features": booster.num_features(),
        "objective": json.loads(booster.save_config())["learner"]["objective"]["name"],
        "attributes": booster.attributes(),
    }
print(json.dumps(said))
"""


def make_older_xgboost(folder):
    where = folder.path("xgboost/x").parent
    environment = os.environ | {"PYTHONPATH": str(Path(sys.prefix).parent / "older")}
    command = [sys.executable, "-c", OLDER, where]
    said = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    for name, facts in json.loads(said.splitlines()[-1]).items():
        path = f"xgboost/{name}.model"
        (where / f"{name}.deprecated").rename(folder.path(path))
        folder.expect(path, format="xgboost", model=facts)


def make_lightgbm(folder):
    table, labels, kinds = data()
    small = {"min_data_in_leaf": 3}
    cases = {
        "binary": ({"objective": "binary", **small}, table, labels, "auto"),
        "classes": ({"objective": "multiclass", "num_class": 3, **small}, table, numpy.arange(60) % 3, "auto"),
        "linear": ({"linear_tree": True, **small}, table, labels + table[:, 0], "auto"),
        "forest": ({"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.5, **small}, table, labels, "auto"),
        "dart": ({"boosting": "dart", **small}, table, labels, "auto"),
        "stump": ({"objective": "binary", "min_data_in_leaf": 300}, table, labels, "auto"),
        "categories": (
            {"objective": "binary", "min_data_in_leaf": 2, "min_data_per_group": 1, "cat_smooth": 0.1},
            kinds,
            labels,
            ["kind"],
        ),
    }
    for name, (parameters, features, labels, categories) in cases.items():
        train = lightgbm.Dataset(features, labels, categorical_feature=categories)
        booster = lightgbm.train({"verbose": -1, "num_threads": 1, "deterministic": True, **parameters}, train, 4)
        text = booster.model_to_string()
        facts = {"trees": booster.num_trees(), "features": booster.num_feature()}
        folder.add(f"lightgbm/{name}.txt", text.encode(), format="lightgbm", model=facts)


def make_catboost(folder):
    table, labels, kinds = data()
    random = numpy.random.default_rng(29)
    words = pandas.DataFrame({"text": [f"word{row % 7} and word{row % 3}" for row in range(60)], "number": table[:, 0]})
    vectors = pandas.DataFrame({"vector": random.random((60, 6)).tolist(), "number": table[:, 0]})
    several = pandas.concat([words, kinds[["kind"]].astype(str), vectors[["vector"]]], axis=1)
    kinds = pandas.DataFrame({"kind": list("abcdef") * 10, "other": [f"o{row % 13}" for row in range(60)]})
    cases = {
        "binary": ({}, table, labels),
        "classes": ({"loss_function": "MultiClass"}, table, numpy.arange(60) % 3),
        "several": ({"loss_function": "MultiRMSE"}, table, table[:, :2]),
        "deep": ({"loss_function": "RMSE", "grow_policy": "Lossguide", "depth": 4}, table, table[:, 0] * labels),
        "levels": ({"loss_function": "RMSE", "grow_policy": "Depthwise"}, table, table[:, 0] * labels),
        "categories": ({"cat_features": ["kind", "other"], "one_hot_max_size": 2}, kinds, labels),
        "one-hot": ({"cat_features": ["kind", "other"], "one_hot_max_size": 255}, kinds, labels),
        "texts": ({"text_features": ["text"]}, words, labels),
        "vectors": ({"embedding_features": ["vector"]}, vectors, labels),
        "all": (
            {"text_features": ["text"], "embedding_features": ["vector"], "cat_features": ["kind"], "one_hot_max_size": 2},
            several,
            labels,
        ),
    }
    for name, (parameters, features, target) in cases.items():
        small = {"iterations": 5, "depth": 3, "thread_count": 1, "random_seed": 1, "allow_writing_files": False}
        booster = catboost.CatBoost({"loss_function": "Logloss", **small, **parameters}).fit(features, target, verbose=False)
        path = f"catboost/{name}.cbm"
        booster.save_model(folder.path(path))
        whole = not {"text_features", "embedding_features"} & parameters.keys()
        symmetric = "grow_policy" not in parameters
        read = catboost.CatBoost().load_model(folder.path(path))
        facts = {
            "trees": read.tree_count_,
            "leaves": len(read.get_leaf_values()),
            "splits": int(sum(numpy.log2(read.get_tree_leaf_counts()))) if symmetric else None,
            "features of numbers": len(read._get_float_feature_indices()),
            "features of categories": len(read._get_cat_feature_indices()),
            "features of texts": len(read._get_text_feature_indices()),
            "features of embeddings": len(read._get_embedding_feature_indices()),
        }
        stated = {key: str(value) for key, value in facts.items() if value is not None}
        # What it says of its parameters it has put together anew.
        stated |= {key: value for key, value in read.get_metadata().items() if key != "params"}
        if whole:
            read.save_model(folder.path("catboost/x.json"), format="json")
            tables = json.loads(folder.read("catboost/x.json")).get("ctr_data")
            folder.path("catboost/x.json").unlink()
            stated |= {"tables of categories": str(len(tables))} if tables else {}
        folder.expect(path, format="catboost" if whole else "catboost-other", stated=stated)


def make_skops(folder):
    fitted = models.estimators()
    for name, model in fitted.items():
        try:
            written = skops.io.dumps(model)
        except Exception:  # not every estimator is supported
            continue
        with zipfile.ZipFile(io.BytesIO(written)) as archive:
            schema = json.loads(archive.read("schema.json"))
            tree = get_tree(schema, LoadContext(archive, schema["protocol"]), trusted=None)
        folder.add(f"skops/{name}.skops", written, format="skops", objects=sorted(names(tree)))


def names(root):
    """Everything that a node of the tree is called."""
    found, seen, waiting = set(), set(), [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, dict):
            waiting.extend(node.values())
        elif isinstance(node, Node) and id(node) not in seen:
            seen.add(id(node))
            found.add(f"{node.module_name}.{node.class_name}")
            waiting.extend(node.children.values())
    return found
