#!/usr/bin/env python3
"""Prints vectors.json: predictions, labels and what scikit-learn and SciPy make of them.

Made once with scikit-learn 1.9.1 and SciPy 1.17.1.
"""

import json

import numpy as np
from scipy.stats import ks_2samp
from sklearn.metrics import accuracy_score, log_loss, mean_squared_error, roc_auc_score

random = np.random.default_rng(20130101)


def case(name, scores, labels):
    scores, labels = [float(score) for score in scores], [int(label) for label in labels]
    positive = [score for score, label in zip(scores, labels) if label == 1]
    negative = [score for score, label in zip(scores, labels) if label == 0]
    return {
        "name": name, "predictions": scores, "targets": labels,
        "auc": roc_auc_score(labels, scores),
        "ks": float(ks_2samp(positive, negative, method="asymp").statistic),
        "logloss": log_loss(labels, scores),
        "accuracy": accuracy_score(labels, [score > 0.5 for score in scores]),
        "rmse": mean_squared_error(labels, scores) ** 0.5}


labels = random.random(80) < 0.3
informed = 1 / (1 + np.exp(-random.normal(labels * 1.5 - 1, 1)))
cases = [
    case("informed", informed, labels),
    case("ties", np.round(informed, 1), labels),
    case("two values", informed > 0.4, labels),
    case("upside down", 1 - informed, labels),
    case("perfect", np.where(labels, 0.75, 0.25), labels),
    case("one score", np.full(80, 0.5), labels),
    case("two rows", [0.25, 0.125], [0, 1]),
]
print("[" + ",\n".join(json.dumps(case) for case in cases) + "]")
