#!/usr/bin/env python3
"""Prints vectors.json: predictions, targets and what scikit-learn and SciPy make of them.

Made once with scikit-learn 1.9.1 and SciPy 1.17.1.
"""

import json

import numpy as np
from fractions import Fraction

from scipy.stats import binomtest, ks_2samp, norm
from sklearn.calibration import calibration_curve
from sklearn.metrics import (
    accuracy_score, average_precision_score, brier_score_loss, confusion_matrix, f1_score, log_loss,
    mean_absolute_error, mean_poisson_deviance, mean_squared_error, precision_recall_curve, precision_score, r2_score,
    recall_score, roc_auc_score, roc_curve)

random = np.random.default_rng(20130101)
# Of its own, so that what is drawn from the first stays as it was.
weighing = np.random.default_rng(19330101)


def weights_for(rows):
    """Some rows count nothing, none of them the first two."""
    weights = weighing.uniform(0.2, 3, rows)
    weights[2::7] = 0
    return weights.tolist()


def weighted_distance(labels, scores, weights):
    """Kolmogorov-Smirnov by two weighted step functions, evaluated at each score."""
    labels, scores, weights = np.array(labels), np.array(scores), np.array(weights)
    def step(side, at):
        return weights[(labels == side) & (scores <= at)].sum() / weights[labels == side].sum()
    return max(abs(step(1, at) - step(0, at)) for at in scores)


# What sits in the label's column, then what was said of it; scikit-learn's functions, each with `sample_weight`.
BINARY = {
    "auc": roc_auc_score,
    "ks": lambda labels, scores, sample_weight: weighted_distance(labels, scores, sample_weight),
    "logloss": lambda labels, scores, sample_weight: log_loss(labels, scores, sample_weight=sample_weight),
    "accuracy": lambda labels, scores, sample_weight: accuracy_score(
        labels, np.array(scores) > 0.5, sample_weight=sample_weight),
    "precision": lambda labels, scores, sample_weight: precision_score(
        labels, np.array(scores) > 0.5, sample_weight=sample_weight, zero_division=0),
    "recall": lambda labels, scores, sample_weight: recall_score(
        labels, np.array(scores) > 0.5, sample_weight=sample_weight, zero_division=0),
    "f1": lambda labels, scores, sample_weight: f1_score(
        labels, np.array(scores) > 0.5, sample_weight=sample_weight, zero_division=0),
    "ap": average_precision_score,
    "brier": brier_score_loss,
    "rmse": lambda labels, scores, sample_weight: mean_squared_error(labels, scores, sample_weight=sample_weight) ** 0.5,
}
NUMBERS = {"rmse": BINARY["rmse"], "mae": mean_absolute_error, "r2": r2_score}
COUNTS = NUMBERS | {"deviance": mean_poisson_deviance}


def measured(metrics, targets, predictions, weights):
    return {name: float(measure(targets, predictions, sample_weight=weights)) for name, measure in metrics.items()}


# --- Confidence intervals


def delong(labels, scores):
    """The variance of the area by every pair of a positive and a negative; None where a class has one row."""
    positives = [score for score, label in zip(scores, labels) if label == 1]
    negatives = [score for score, label in zip(scores, labels) if label == 0]
    if min(len(positives), len(negatives)) < 2:
        return None
    pairs = np.array([[(p > n) + 0.5 * (p == n) for n in negatives] for p in positives])
    variance = (
        pairs.mean(axis=1).var(ddof=1) / len(positives) + pairs.mean(axis=0).var(ddof=1) / len(negatives))
    half = norm.ppf(0.975) * variance ** 0.5
    return [max(0, pairs.mean() - half), min(1, pairs.mean() + half)]


def wilson(hits, rows):
    if rows == 0:
        return None
    interval = binomtest(int(hits), int(rows)).proportion_ci(0.95, method="wilson")
    return [interval.low, interval.high]


def normal(terms):
    half = norm.ppf(0.975) * np.std(terms, ddof=1) / len(terms) ** 0.5
    return [np.mean(terms) - half, np.mean(terms) + half]


def draws(rows):
    """1000 resamples of row numbers, by SplitMix64 from the seed that Bootstrap.swift has."""
    mask, state = 2 ** 64 - 1, int.from_bytes(b"COLONNAD", "big")
    for _ in range(1000):
        chosen = []
        for _ in range(rows):
            state = (state + 0x9E3779B97F4A7C15) & mask
            mixed = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & mask
            mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & mask
            chosen.append(((mixed ^ (mixed >> 31)) * rows) >> 64)
        yield np.array(chosen)


def bootstrap(rows, measure):
    """The middle 95 % of a number over resamples, rows repeated as often as drawn; None where half do not have it."""
    found = [value for value in (measure(chosen) for chosen in draws(rows)) if value is not None]
    if len(found) < 500:
        return None
    return np.percentile(found, [2.5, 97.5]).tolist()


def ordered(predictions, targets, measure, needs_both=False):
    """A bootstrap over rows in the order of predictions, then targets."""
    order = sorted(range(len(targets)), key=lambda row: (predictions[row], targets[row]))
    predictions, targets = np.array(predictions)[order], np.array(targets)[order]

    def measured(chosen):
        if len(set(targets[chosen])) < 2 and needs_both:
            return None
        return measure(targets[chosen], predictions[chosen])
    return bootstrap(len(targets), measured)


def plain_distance(labels, scores):
    positive, negative = np.sort(scores[labels == 1]), np.sort(scores[labels == 0])
    at = np.unique(scores)
    below = [np.searchsorted(side, at, side="right") / len(side) for side in (positive, negative)]
    return np.abs(below[0] - below[1]).max()


# --- Cases


def curves(scores, labels, reference):
    """Threshold counts, best thresholds, calibration, gain and stability."""
    grid = [step / 20 for step in range(1, 20)]
    precisions, recalls, _ = precision_recall_curve(labels, scores)
    with np.errstate(invalid="ignore"):
        f1 = np.nan_to_num(2 * precisions * recalls / (precisions + recalls))
    false, true, _ = roc_curve(labels, scores, drop_intermediate=False)
    observed, predicted = calibration_curve(labels, scores, n_bins=10, strategy="quantile")
    members = np.searchsorted(np.percentile(scores, np.linspace(0, 100, 11))[1:-1], scores)
    error = sum(
        (members == one).mean() * abs(np.mean(np.array(scores)[members == one]) - np.mean(np.array(labels)[members == one]))
        for one in set(members))
    # Ends of tied scores at or past each tenth of the rows.
    down = sorted(zip(scores, labels), reverse=True)
    ends = [end for end in range(1, len(down) + 1) if end == len(down) or down[end][0] != down[end - 1][0]]
    cuts = sorted({next(end for end in ends if end >= Fraction(step * len(down), 10)) for step in range(1, 11)})
    edges = np.percentile(reference, np.arange(1, 10) * 10)
    shares = [
        np.maximum(np.bincount(np.searchsorted(edges, side), minlength=10) / len(side), 1e-4)
        for side in (reference, scores)]
    empty = [not any(np.searchsorted(edges, side).tolist().count(one) for side in (reference, scores)) for one in range(10)]
    terms = (shares[1] - shares[0]) * np.log(shares[1] / shares[0])
    return {
        "thresholds": [
            confusion_matrix(labels, np.array(scores) > threshold, labels=[0, 1]).ravel().tolist() for threshold in grid],
        "bestF1": float(f1.max()), "bestKS": float((true - false).max()),
        "calibration": [predicted.tolist(), observed.tolist()], "calibrationError": float(error),
        "gain": [[end, sum(label for _, label in down[:end])] for end in cuts],
        "reference": [float(score) for score in reference],
        "psi": float(sum(0 if none else term for none, term in zip(empty, terms)))}


def binary(name, scores, labels):
    scores, labels = [float(score) for score in scores], [int(label) for label in labels]
    positive = [score for score, label in zip(scores, labels) if label == 1]
    negative = [score for score, label in zip(scores, labels) if label == 0]
    weights = weights_for(len(labels))
    values = measured(BINARY, labels, scores, None if len(labels) == 0 else [1] * len(labels))
    assert abs(values["ks"] - ks_2samp(positive, negative, method="asymp").statistic) < 1e-15
    called = [score > 0.5 for score in scores]
    losses = [-np.log(np.clip(s if l else 1 - s, 2 ** -52, 1 - 2 ** -52)) for s, l in zip(scores, labels)]
    squares = [(score - label) ** 2 for score, label in zip(scores, labels)]
    low, high = normal(squares)
    # Scikit-learn's areas of one class are no numbers.
    return {
        "name": name, "predictions": scores, "targets": labels, "values": values,
        "weights": weights, "weighted": measured(BINARY, labels, scores, weights),
        "intervals": {
            "auc": delong(labels, scores),
            "ks": ordered(scores, labels, plain_distance, needs_both=True),
            "logloss": normal(losses),
            "accuracy": wilson(sum(c == l for c, l in zip(called, labels)), len(labels)),
            "precision": wilson(sum(c and l for c, l in zip(called, labels)), sum(called)),
            "recall": wilson(sum(c and l for c, l in zip(called, labels)), sum(labels)),
            "f1": ordered(scores, labels, lambda t, p: f1_score(t, p > 0.5, zero_division=0)),
            "ap": ordered(scores, labels, lambda t, p: average_precision_score(t, p), needs_both=True),
            "brier": [low, high],
            "rmse": [max(0, low) ** 0.5, high ** 0.5]},
        **curves(scores, labels, np.round(np.array(scores) ** 1.3 * 0.9, 3))}


def numbers(name, predictions, targets, metrics=NUMBERS):
    predictions, targets = [float(value) for value in predictions], [float(value) for value in targets]
    weights = weights_for(len(targets))
    low, high = normal([(p - t) ** 2 for p, t in zip(predictions, targets)])
    case = {
        "name": name, "predictions": predictions, "targets": targets,
        "values": measured(metrics, targets, predictions, [1] * len(targets)),
        "weights": weights, "weighted": measured(metrics, targets, predictions, weights),
        "intervals": {
            "rmse": [max(0, low) ** 0.5, high ** 0.5],
            "mae": normal([abs(p - t) for p, t in zip(predictions, targets)]),
            "r2": ordered(predictions, targets, r2_score, needs_both=True)}}
    if "deviance" in metrics:
        case["intervals"]["deviance"] = normal(
            [mean_poisson_deviance([t], [p]) for p, t in zip(predictions, targets)])
    return case


def counts(name, predictions, targets):
    return numbers(name, predictions, targets, COUNTS)


def areas(labels, probabilities, weights=None):
    """One against the others, in the mean; None where a class has no rows or all. By hand, since scikit-learn wants the
    second column alone of two classes and takes no weights for more."""
    every = range(probabilities.shape[1])
    if any(len({label == one for label in labels}) < 2 for one in every):
        return None
    return float(np.mean(
        [roc_auc_score([label == one for label in labels], probabilities[:, one], sample_weight=weights) for one in every]))


def classes(name, probabilities, labels):
    probabilities = np.asarray(probabilities, dtype=float)
    labels = np.array([int(label) for label in labels])
    every = range(probabilities.shape[1])
    weights = weights_for(len(labels)) if len(labels) > 3 else [0.5, 1, 2]
    if len(every) > 2:
        assert abs(areas(labels, probabilities) - roc_auc_score(
            labels, probabilities, multi_class="ovr", labels=every)) < 1e-15
    answers = np.argmax(probabilities, axis=1)

    def macro(score, truth, answers, weights=None):
        return float(score(truth, answers, labels=every, average="macro", zero_division=0, sample_weight=weights))
    macros = {"precision": precision_score, "recall": recall_score, "f1": f1_score}

    def values(weights):
        return {
            "auc": areas(labels, probabilities, weights),
            "logloss": log_loss(labels, probabilities, labels=every, sample_weight=weights),
            "accuracy": accuracy_score(labels, answers, sample_weight=weights),
        } | {name: macro(score, labels, answers, weights) for name, score in macros.items()}
    return {
        "name": name, "classes": len(every), "predictions": probabilities.ravel().tolist(), "targets": labels.tolist(),
        "values": values(None), "weights": weights, "weighted": values(weights),
        "confusion": confusion_matrix(labels, answers, labels=every).ravel().tolist(),
        "microF1": float(f1_score(labels, answers, labels=every, average="micro", zero_division=0)),
        "intervals": {
            "auc": bootstrap(len(labels), lambda chosen: areas(labels[chosen], probabilities[chosen])),
            "logloss": normal(-np.log(np.clip(
                probabilities[np.arange(len(labels)), labels], 2 ** -52, 1 - 2 ** -52))),
            "accuracy": wilson((answers == labels).sum(), len(labels)),
        } | {
            name: bootstrap(len(labels), lambda chosen, score=score: macro(score, labels[chosen], answers[chosen]))
            for name, score in macros.items()}}


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
