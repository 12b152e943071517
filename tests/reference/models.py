"""Fitted models and data frames, saved the way their users save them: pickle, pandas, joblib."""

import contextlib
import io
import pickle

import joblib
import lightgbm
import numpy
import pandas
import xgboost
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier, StackingClassifier, VotingClassifier
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, LabelEncoder, OneHotEncoder, StandardScaler
from sklearn.utils.discovery import all_estimators

import readers

COMPRESSIONS = ["zlib", "gzip", "bz2", "xz", "lzma", "lz4"]


def features():
    random = numpy.random.default_rng(3)
    return random.random((40, 4)), numpy.arange(40) % 2


def estimators():
    """Every scikit-learn estimator that fits a small table without being told how, and some that must be told."""
    numpy.random.seed(0)
    table, labels = features()
    fitted = {}
    for name, kind in all_estimators():
        with contextlib.suppress(TypeError, ValueError, AttributeError):  # needs arguments, or data of another kind
            fitted[name] = kind().fit(table, labels)
    words = ["weights stop here", "are weighed", "and go on with a ticket"] * 14
    columns = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), [0, 1]),
            ("kinds", OneHotEncoder(handle_unknown="ignore"), [2]),
        ]
    )
    simple, forest = LogisticRegression(), RandomForestClassifier(5, random_state=0)
    fitted |= {
        "CountVectorizer": CountVectorizer().fit(words),
        "TfidfVectorizer": TfidfVectorizer().fit(words),
        "LabelEncoder": LabelEncoder().fit(words),
        "Pipeline": make_pipeline(FunctionTransformer(numpy.log1p), columns, simple).fit(table.round(1), labels),
        "GridSearchCV": GridSearchCV(simple, {"C": [0.1, 1.0]}, scoring="accuracy").fit(table, labels),
        "VotingClassifier": VotingClassifier([("a", simple), ("b", forest)]).fit(table, labels),
        "StackingClassifier": StackingClassifier([("a", simple), ("b", forest)]).fit(table, labels),
        "XGBClassifier": xgboost.XGBClassifier(n_estimators=3, n_jobs=1).fit(table, labels),
        "XGBRegressor": xgboost.XGBRegressor(n_estimators=3, n_jobs=1).fit(table, labels),
        "LGBMClassifier": lightgbm.LGBMClassifier(n_estimators=3, n_jobs=1, verbose=-1).fit(table, labels),
        "LGBMRegressor": lightgbm.LGBMRegressor(n_estimators=3, n_jobs=1, verbose=-1).fit(table, labels),
    }
    for name in ("CountVectorizer", "TfidfVectorizer"):
        fitted[name]._stop_words_id = 0  # an address, and so another one in each run
    return fitted


def frames():
    when = pandas.date_range("2026-01-01", periods=6, freq="h", tz="UTC")
    mixed = pandas.DataFrame(
        {
            "number": numpy.arange(6.0),
            "whole": pandas.array([1, 2, None, 4, 5, 6], dtype="Int64"),
            "flag": pandas.array([True, None, False, True, False, True], dtype="boolean"),
            "text": pandas.array(["a", "b", None, "d", "e", "f"], dtype="string"),
            "kind": pandas.Categorical(list("xyxyxz")),
            "moment": when,
            "span": pandas.to_timedelta(range(6), unit="s"),
            "period": pandas.period_range("2026-01", periods=6, freq="M"),
            "object": pandas.Series([1, "two", None, [3], {"four": 4}, 5.0], dtype=object),
        }
    )
    return {
        "frame": mixed,
        "indexed": mixed.set_index(["kind", "moment"]),
        "series": pandas.Series([1.5, 2.5], index=["a", "b"], name="loss"),
        "intervals": pandas.Series(range(3), index=pandas.interval_range(0, 3)),
        "sparse": pandas.DataFrame({"a": pandas.arrays.SparseArray([0, 0, 1, 0])}),
    }


def interleaved():
    """Arrays of all sizes and orders between ordinary values."""
    random = numpy.random.default_rng(5)
    big = numpy.repeat(random.random((64, 64)), 8, axis=0)
    return {
        "before": "text",
        "big": big,
        "small": [numpy.arange(size, dtype="i2") for size in range(20)],
        "fortran": numpy.asfortranarray(random.random((7, 5))),
        "swapped": numpy.arange(6, dtype=">i4"),
        "nought": numpy.array(2.5),
        "empty": numpy.empty((0, 4), "f4"),
        "strings": numpy.array(["a", "bc"]),
        "moments": numpy.array(["2026-01-01"], "M8[s]"),
        "structured": numpy.zeros(3, [("id", "i4"), ("box", "f4", (2,))]),
        "objects": numpy.array([{"a": 1}, None, "text"], dtype=object),
        "matrix": numpy.matrix([[1, 2]]),
        "again": big,
        "after": (1, 2.5, None),
    }


def make(folder):
    fitted = estimators()
    for name, model in fitted.items():
        for protocol in (2, 4, 5):
            add(folder, f"models/protocol-{protocol}/{name}.pkl", pickle.dumps(model, protocol))

    for name, frame in frames().items():
        for protocol in (2, 4, 5):
            add(folder, f"pandas/{name}-{protocol}.pkl", pickle.dumps(frame, protocol))

    forest = fitted["RandomForestClassifier"]
    for protocol in range(6):
        dump(folder, f"joblib/arrays-{protocol}.joblib", interleaved(), protocol=protocol)
        dump(folder, f"joblib/forest-{protocol}.joblib", forest, protocol=protocol)
    dump(folder, "joblib/pipeline.joblib", fitted["Pipeline"])
    dump(folder, "joblib/boosted.joblib", fitted["XGBClassifier"])
    dump(folder, "joblib/no-arrays.joblib", {"a": [1, 2, 3]})
    dump(folder, "joblib/one-array.joblib", numpy.arange(12.0))
    dump(folder, "joblib/large.joblib", [numpy.random.default_rng(9).random((1024, 256)), numpy.arange(3)])
    for compression in COMPRESSIONS:
        dump(folder, f"joblib/arrays.{compression}.joblib", interleaved(), compression)
        dump(folder, f"joblib/forest.{compression}.joblib", forest, compression)


def add(folder, path, data):
    folder.add(path, data, format="pickle", streams=readers.pickles(data))


def dump(folder, path, subject, compression=None, protocol=None):
    plain, packed = io.BytesIO(), io.BytesIO()
    joblib.dump(subject, plain, protocol=protocol)
    if compression is None:
        folder.add(path, plain.getvalue(), format="joblib", **readers.joblib(plain.getvalue()))
        return
    joblib.dump(subject, packed, compress=(compression, 3), protocol=protocol)
    facts = {"compression": compression, "expanded": readers.fingerprint(plain.getvalue())}
    folder.add(path, packed.getvalue(), format="joblib", **facts, **readers.joblib(plain.getvalue()))
