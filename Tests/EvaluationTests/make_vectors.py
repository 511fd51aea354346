#!/usr/bin/env python3
"""Prints vectors.json: predictions, targets and what scikit-learn and SciPy make of them.

Made once with scikit-learn 1.9.1 and SciPy 1.17.1.
"""

import json

import numpy as np
from scipy.stats import ks_2samp
from sklearn.metrics import (
    accuracy_score, log_loss, mean_absolute_error, mean_poisson_deviance, mean_squared_error, r2_score, roc_auc_score)

random = np.random.default_rng(20130101)


def binary(name, scores, labels):
    scores, labels = [float(score) for score in scores], [int(label) for label in labels]
    positive = [score for score, label in zip(scores, labels) if label == 1]
    negative = [score for score, label in zip(scores, labels) if label == 0]
    return {
        "name": name, "predictions": scores, "targets": labels,
        "values": {
            "auc": roc_auc_score(labels, scores),
            "ks": float(ks_2samp(positive, negative, method="asymp").statistic),
            "logloss": log_loss(labels, scores),
            "accuracy": accuracy_score(labels, [score > 0.5 for score in scores]),
            "rmse": mean_squared_error(labels, scores) ** 0.5}}


def numbers(name, predictions, targets):
    predictions, targets = [float(value) for value in predictions], [float(value) for value in targets]
    return {
        "name": name, "predictions": predictions, "targets": targets,
        "values": {
            "rmse": mean_squared_error(targets, predictions) ** 0.5,
            "mae": mean_absolute_error(targets, predictions),
            "r2": r2_score(targets, predictions)}}


def counts(name, predictions, targets):
    case = numbers(name, predictions, targets)
    case["values"]["deviance"] = mean_poisson_deviance(case["targets"], case["predictions"])
    return case


def classes(name, probabilities, labels):
    probabilities = np.asarray(probabilities, dtype=float)
    labels = [int(label) for label in labels]
    every = range(probabilities.shape[1])
    # By hand for two classes, where scikit-learn wants the second column alone.
    areas = [roc_auc_score([label == one for label in labels], probabilities[:, one]) for one in every]
    if len(every) > 2:
        assert abs(np.mean(areas) - roc_auc_score(labels, probabilities, multi_class="ovr", labels=every)) < 1e-15
    return {
        "name": name, "classes": len(every), "predictions": probabilities.ravel().tolist(), "targets": labels,
        "values": {
            "auc": float(np.mean(areas)),
            "logloss": log_loss(labels, probabilities, labels=every),
            "accuracy": accuracy_score(labels, np.argmax(probabilities, axis=1))}}


labels = random.random(80) < 0.3
informed = 1 / (1 + np.exp(-random.normal(labels * 1.5 - 1, 1)))
vectors = {
    "binary": [
        binary("informed", informed, labels),
        binary("ties", np.round(informed, 1), labels),
        binary("two values", informed > 0.4, labels),
        binary("upside down", 1 - informed, labels),
        binary("perfect", np.where(labels, 0.75, 0.25), labels),
        binary("one score", np.full(80, 0.5), labels),
        binary("two rows", [0.25, 0.125], [0, 1]),
    ]}

truth = random.normal(3, 2, 60)
vectors["number"] = [
    numbers("informed", truth + random.normal(0.2, 1, 60), truth),
    numbers("worse than the mean", -truth, truth),
    numbers("perfect", truth, truth),
    numbers("two rows", [1, -2], [4, 0]),
]

rates = np.exp(random.normal(0, 1, 70))
seen = random.poisson(rates)
vectors["count"] = [
    counts("the true rates", rates, seen),
    counts("one rate", np.full(70, seen.mean()), seen),
    counts("perfect where not zero", np.where(seen == 0, 1e-3, seen), seen),
    counts("no whole numbers", rates, seen * 0.37),
]

kinds = random.integers(0, 4, 90)
logits = random.normal(0, 1, (90, 4)) + 1.5 * np.eye(4)[kinds]
shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
eighths = np.floor(shares * 8) / 8
eighths[:, 3] += 1 - eighths.sum(axis=1)
vectors["classes"] = [
    classes("informed", shares, kinds),
    classes("ties", eighths, kinds),
    classes("certain", np.eye(4)[np.argmax(logits, axis=1)], kinds),
    classes("uniform", np.full((90, 4), 0.25), kinds),
    classes("two classes", np.stack([1 - informed, informed], axis=1), labels),
    classes("three rows", [[0.5, 0.25, 0.25], [0.5, 0.5, 0], [0.125, 0.125, 0.75]], [0, 1, 2]),
]
print("{" + ",\n\n".join(
    f'"{subject}": [' + ",\n".join(json.dumps(case) for case in cases) + "]"
    for subject, cases in vectors.items()) + "}")
