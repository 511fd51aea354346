#!/usr/bin/env python3
"""Prints vectors.json: small tables, and what XGBoost predicts after some rounds of exact greedy boosting.

Made once with XGBoost 3.2.0, single precision.
"""

import json

import numpy as np
import xgboost

random = np.random.default_rng(20160813)
ROWS, COLUMNS = 120, 4
settings = {
    "eta": 0.3, "max_depth": 3, "lambda": 1, "gamma": 0, "min_child_weight": 1, "tree_method": "exact",
    "max_delta_step": 0, "base_score": 0.5, "nthread": 1}

columns = np.round(random.normal(0, 1, (ROWS, COLUMNS)), 2)
columns[random.random(ROWS) < 0.2, 1] = np.nan
columns[random.random(ROWS) < 0.1, 2] = np.nan
signal = columns[:, 0] * np.nan_to_num(columns[:, 1], nan=1.5) + np.abs(columns[:, 3])


def case(name, objective, targets, margins, classes=None, **more):
    """`margins`: the scores before the first round, one for each output."""
    data = xgboost.DMatrix(columns, label=targets)
    data.set_base_margin(np.tile(margins, (ROWS, 1)) if classes else np.full(ROWS, margins))
    booster = xgboost.train({**settings, "objective": objective, **more}, data, num_boost_round=8)
    return {
        "name": name, "classes": classes, "targets": [float(target) for target in targets],
        "predictions": booster.predict(data).ravel().astype(float).tolist()}


labels = signal + random.normal(0, 0.5, ROWS) > 0.8
kinds = np.digitize(signal + random.normal(0, 0.5, ROWS), [0, 1, 2])
numbers = np.round(signal + random.normal(0, 0.3, ROWS), 3)
# At most twice the mean, so that no leaf meets the bound on its value that XGBoost sets by the same parameter.
counts = random.binomial(6, 1 / (1 + np.exp(-0.7 * signal)))
share = np.bincount(kinds) / ROWS
vectors = {
    # null is a missing value
    "columns": [[None if np.isnan(value) else value for value in column] for column in columns.T],
    "cases": [
        case("binary", "binary:logistic", labels, np.log(labels.mean() / (1 - labels.mean()))),
        case("classes", "multi:softprob", kinds, np.log(share), classes=4, num_class=4),
        case("number", "reg:squarederror", numbers, numbers.mean()),
        case("count", "count:poisson", counts, np.log(counts.mean()), max_delta_step=0.7),
    ]}
print(json.dumps(vectors))
