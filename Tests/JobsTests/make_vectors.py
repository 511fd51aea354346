"""Golden vectors of TrainingReferenceTests: scikit-learn's weighted, L2-regularised logistic regression. Writes vectors.json.

Objective of both: mean over training rows of w_i * logloss_i, plus l2 / 2 * |coefficients|^2; the intercept is free; weights have a
mean of 1 over the training rows. scikit-learn multiplies all of it with C * rows, so C = 1 / (rows * l2).
"""

import json
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score

ROWS, COLUMNS, L2 = 160, 6, 0.02
generator = np.random.default_rng(20)
features = generator.integers(0, 2, (ROWS, COLUMNS))
score = features @ np.array([1.5, -2.0, 0.7, 1.0, -1.2, 0.4]) - 0.6
labels = (generator.random(ROWS) < 1 / (1 + np.exp(-score))).astype(int)
weights = generator.integers(1, 9, ROWS) / 2
is_test = np.arange(ROWS) % 4 == 0
train = ~is_test


def reference(row_weights):
    """Of the test rows, and the mean weighted loss of the training rows."""
    normal = row_weights / row_weights[train].mean()
    model = LogisticRegression(C=1 / (train.sum() * L2), tol=1e-12, max_iter=10000)
    model.fit(features[train], labels[train], sample_weight=normal[train])
    scores = model.predict_proba(features)[:, 1]
    return {
        "logloss": log_loss(labels[is_test], scores[is_test]),
        "auc": roc_auc_score(labels[is_test], scores[is_test]),
        "loss": log_loss(labels[train], scores[train], sample_weight=normal[train]),
    }


counts = np.bincount(labels[train], minlength=2)
balanced = train.sum() / (2 * counts[labels])
result = {
    "features": features.tolist(),
    "labels": labels.tolist(),
    "weights": weights.tolist(),
    "isTest": is_test.tolist(),
    "l2": str(L2),
    "plain": reference(np.ones(ROWS)),
    "weighted": reference(weights),
    "balanced": reference(balanced),
    "both": reference(weights * np.where(labels == 1, 3.0, 1.0)),
}
with open("vectors.json", "w") as file:
    json.dump(result, file)
