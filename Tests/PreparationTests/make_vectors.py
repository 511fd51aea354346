#!/usr/bin/env python3
"""Prints vectors.json: columns, lists of steps, and what scikit-learn, NumPy and a plain ChiMerge make of them.

Made once with scikit-learn 1.9.1, NumPy 2.4.6 and SciPy 1.17.1.
"""

import json
import warnings

import numpy as np
from scipy.stats import chi2_contingency
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.preprocessing import (
    FunctionTransformer, KBinsDiscretizer, MinMaxScaler, OneHotEncoder, QuantileTransformer,
    StandardScaler)

random = np.random.default_rng(20130102)
TRAIN = 60


def column(values):
    return np.asarray(values, dtype=float).reshape(-1, 1)


class Clip:
    """np.clip at percentiles of the training values."""

    def __init__(self, low, high):
        self.places = [low, high]

    def fit(self, x):
        self.limits = np.nanpercentile(x, self.places)

    def transform(self, x):
        return np.clip(x, *self.limits)


def numbers(name, values, job, *steps):
    """Fits the steps one after the other on the first rows, and applies them to all."""
    all_rows = column(values)
    for step in steps:
        step.fit(all_rows[:TRAIN])
        all_rows = step.transform(all_rows)
    # What is still missing gives 0 in this package, and what is far out ends at the bound.
    all_rows = np.nan_to_num(np.asarray(all_rows, dtype=float), nan=0.0)
    bound = 8 - 2.0 ** -20
    return {
        "name": name, "numbers": [None if np.isnan(value) else float(value) for value in values], "steps": job,
        "train": TRAIN, "columns": all_rows.shape[1], "values": np.clip(all_rows, -bound, bound).ravel().tolist()}


def texts(name, values, job, minimum=None, fill=None):
    cells = np.asarray([None if value == "" else value for value in values], dtype=object).reshape(-1, 1)
    if fill:
        imputer = SimpleImputer(missing_values=None, **fill)
        imputer.fit(cells[:TRAIN])
        cells = imputer.transform(cells)
    known = np.asarray([cell is not None for cell in cells[:, 0]])
    encoder = OneHotEncoder(
        handle_unknown="infrequent_if_exist", min_frequency=minimum, sparse_output=False)
    # Missing texts give 0 everywhere in this package: not shown to the encoder, except where they are filled.
    encoder.fit(cells[:TRAIN][known[:TRAIN]])
    encoded = np.zeros((len(values), len(encoder.get_feature_names_out())))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        encoded[known] = encoder.transform(cells[known])
    return {
        "name": name, "texts": list(values), "steps": job, "train": TRAIN, "columns": encoded.shape[1],
        "values": encoded.ravel().tolist()}


def chi_merge(values, classes, count):
    """Kerber (1992): the two neighbours of lowest chi-square become one, until there are `count`."""
    starts = sorted(set(values))
    tallies = [[sum(v == s and c == k for v, c in zip(values, classes)) for k in range(max(classes) + 1)] for s in starts]

    def statistic(one, other):
        table = np.array([one, other])
        table = table[:, table.sum(axis=0) > 0]
        return 0.0 if table.shape[1] == 1 else chi2_contingency(table, correction=False).statistic

    while len(starts) > count:
        merits = [statistic(a, b) for a, b in zip(tallies, tallies[1:])]
        # SciPy's sums differ in their last digits: what is that close counts as equal, and the first one goes.
        lowest = next(i for i, merit in enumerate(merits) if merit <= min(merits) + 1e-9)
        tallies[lowest] = [a + b for a, b in zip(tallies[lowest], tallies[lowest + 1])]
        del tallies[lowest + 1], starts[lowest + 1]
    return starts[1:]


plain = random.normal(50, 20, 90)
gaps = np.where(random.random(90) < 0.2, np.nan, np.round(random.gamma(2, 30, 90), 1) - 20)
counts = random.poisson(2, 90).astype(float)
# Gaps after training alone, and values far from those of training.
late = np.concatenate([random.normal(0, 1, 80), [np.nan, np.nan, 1e6, -1e6, 30, -30, 0, 0.5, 7.5, np.nan]])
constant = np.concatenate([np.where(random.random(60) < 0.5, np.nan, 5.0), random.normal(5, 1, 30)])
log = FunctionTransformer(lambda x: np.sign(x) * np.log1p(np.abs(x)))


def quantile(distribution):
    return QuantileTransformer(n_quantiles=1000, subsample=None, output_distribution=distribution)


def bins(count, encode):
    return KBinsDiscretizer(
        n_bins=count, encode=encode, strategy="quantile", quantile_method="linear", subsample=None)


def scaled(values):
    """Ordinal bins as they are here: from 0 to 1."""
    return values / max(values[:TRAIN].max(), 1)


with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    vectors = [
        numbers("standardize", plain, ["standardize"], StandardScaler()),
        numbers("standardize with gaps", gaps, ["standardize"], StandardScaler()),
        numbers("standardize, later values", late, ["standardize"], StandardScaler()),
        numbers("min-max", plain, ["min-max"], MinMaxScaler()),
        numbers("min-max, later values", late, ["min-max"], MinMaxScaler()),
        numbers("log", gaps, ["log", "min-max"], log, MinMaxScaler()),
        numbers("log, then the default scale", gaps, ["log"], log, StandardScaler()),
        numbers("quantile", plain, ["quantile"], quantile("uniform")),
        numbers("quantile with gaps", gaps, [["quantile", "uniform"]], quantile("uniform")),
        numbers("quantile of equal values", counts, ["quantile"], quantile("uniform")),
        numbers("quantile, later values", late, [["quantile", "normal"]], quantile("normal")),
        numbers("normal quantile of equal values", counts, [["quantile", "normal"]], quantile("normal")),
        numbers("clip", plain, [["clip", "p5", "p90"], "standardize"], Clip(5, 90), StandardScaler()),
        numbers("clip with gaps", gaps, [["clip", "p12.5", "p99"], "min-max"], Clip(12.5, 99), MinMaxScaler()),
        numbers("bins", plain, [["bins", 8]], bins(8, "onehot-dense")),
        numbers("bins, later values", late[:80], [["bins", 5]], bins(5, "onehot-dense")),
        numbers("bins of equal values", counts, [["bins", 9]], bins(9, "onehot-dense")),
    ]
    for strategy in ["mean", "median", "most_frequent"]:
        word = "mode" if strategy == "most_frequent" else strategy
        for name, values in [("gaps", gaps), ("later gaps", late)]:
            vectors.append(numbers(
                f"fill {word}, {name}", values, [["fill", word], "min-max"], SimpleImputer(strategy=strategy),
                MinMaxScaler()))
    vectors.append(numbers(
        "fill constant", gaps, [["fill", "constant", "-7.5"], "standardize"],
        SimpleImputer(strategy="constant", fill_value=-7.5), StandardScaler()))
    vectors.append(numbers(
        "everything", gaps, [["fill", "median"], ["clip", "p1", "p99"], "log", "standardize"],
        SimpleImputer(strategy="median"), Clip(1, 99), log, StandardScaler()))
    ordinal = numbers("ordinal bins", plain, [["bins", 6, "ordinal"]], bins(6, "ordinal"))
    ordinal["values"] = scaled(np.array(ordinal["values"])).tolist()
    vectors.append(ordinal)

    with_indicator = numbers(
        "indicator", gaps, ["indicator", ["fill", "mean"], "standardize"], SimpleImputer(), StandardScaler())
    flags = MissingIndicator().fit(column(gaps)[:TRAIN]).transform(column(gaps)).astype(float)
    with_indicator["values"] = np.hstack([flags, column(with_indicator["values"])]).ravel().tolist()
    with_indicator["columns"] = 2
    vectors.append(with_indicator)
    only = numbers("indicator of equal values", constant, ["indicator", "standardize"], MissingIndicator())
    vectors.append(only)

    carriers = random.choice(["UA", "AA", "B6", "é", "Z"], 90, p=[0.4, 0.3, 0.2, 0.05, 0.05]).astype(object)
    carriers[random.random(90) < 0.15] = ""
    carriers[70:73] = "new"
    carriers = list(carriers)
    vectors += [
        texts("one-hot", carriers, ["one-hot"]),
        texts("rare by number", carriers, [["rare", 6], "one-hot"], minimum=6),
        texts("rare, none", carriers, [["rare", 1], "one-hot"], minimum=1),
        texts("fill mode", carriers, [["fill", "mode"], "one-hot"], fill={"strategy": "most_frequent"}),
        texts(
            "rare by share, filled", carriers, [["fill", "constant", "none"], ["rare", 0.1], "one-hot"], minimum=0.1,
            fill={"strategy": "constant", "fill_value": "none"}),
    ]

    merged = []
    for name, values, classes, count in [
        ("two classes", np.round(random.normal(0, 3, 90)), None, 4),
        ("three classes", np.round(random.uniform(0, 40, 90)), 3, 5),
        ("counts", counts, None, 2),
    ]:
        if classes is None:
            labels = (random.random(90) < 1 / (1 + np.exp(-(values - np.median(values))))).astype(int)
        else:
            labels = np.minimum((values // 15).astype(int), classes - 1)
            labels = np.where(random.random(90) < 0.25, random.integers(0, classes, 90), labels)
        merged.append({
            "name": name, "numbers": values.tolist(), "classes": labels.tolist(), "count": count,
            "edges": [float(edge) for edge in chi_merge(values.tolist(), labels.tolist(), count)]})

print(json.dumps({"columns": vectors, "chiMerge": merged}, ensure_ascii=False))
