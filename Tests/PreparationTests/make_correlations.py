#!/usr/bin/env python3
"""Prints correlations.json: columns, their correlations and variance inflations, and what a plain reading of the rule selects.

Correlations are numpy.corrcoef's; an inflation is 1 / (1 - R^2) of the regression on all other columns, by scipy.linalg.lstsq, never of
an inverse. Made once with NumPy 2.4.6 and SciPy 1.17.1.
"""

import json

import numpy as np
from scipy.linalg import lstsq

random = np.random.default_rng(19700812)
ROWS = 90

a, b, c, d = random.normal(size=(4, ROWS))
gaps = np.where(np.arange(ROWS) % 8 == 3, np.nan, a + b)
skewed = np.exp(2 * c)
wild = np.where(np.arange(ROWS) % 30 == 7, 40.0, 1) * (d + 0.2 * a)
# Of each column: what stands in the file, the list of steps, and what is correlated.
columns = [
    ("a", a, "", a),
    ("b", 1e6 + 30 * b, "", b),
    ("sum", a - b + 0.3 * c, "", a - b + 0.3 * c),
    ("gaps", gaps, "", np.where(np.isnan(gaps), np.nanmean(gaps), gaps)),
    ("filled", gaps, "median", np.where(np.isnan(gaps), np.nanmedian(gaps), gaps)),
    ("log", skewed, "log", np.log1p(skewed)),
    ("clip", wild, "clip", np.clip(wild, *np.percentile(wild, [5, 95]))),
    ("bins", -a + 0.1 * d, "bins", -a + 0.1 * d),
    ("flag", np.where(c > 0.4, 1.0, 0.0), "", np.where(c > 0.4, 1.0, 0.0)),
]
x = np.array([column[3] for column in columns])


def inflations(rows):
    """Of each row of a matrix, on all the others."""
    result = []
    for place in range(len(rows)):
        own = rows[place] - rows[place].mean()
        others = np.delete(rows, place, axis=0)
        others = (others - others.mean(axis=1, keepdims=True)).T
        if others.shape[1] == 0:
            result.append(1.0)
            continue
        rest = own - others @ lstsq(others, own)[0]
        tolerance = rest @ rest / (own @ own)
        result.append(1 / tolerance if tolerance >= 1e-6 else np.inf)
    return np.array(result)


def select(rows, values, most_alike, most_inflated):
    """Of each row: 'stays', 'alike K' or 'inflated'; and its inflation at the end."""
    correlations = np.corrcoef(rows)
    order = sorted(range(len(rows)), key=lambda place: (-values[place], place))
    fates, last = ["stays"] * len(rows), list(inflations(rows))
    stay = []
    for place in order:
        rivals = [k for k in stay if abs(correlations[place, k]) > most_alike]
        if rivals:
            fates[place] = f"alike {rivals[0]}"
        else:
            stay.append(place)
    while True:
        stay.sort()
        found = inflations(rows[stay])
        for place, inflation in zip(stay, found):
            last[place] = inflation
        if found.max() <= most_inflated:
            return fates, last
        largest = [k for k, inflation in zip(stay, found) if 1 / inflation < 1 / found.max() + 1e-5]
        place = max(largest, key=order.index)
        fates[place] = "inflated"
        stay.remove(place)


def plain(numbers):
    """Infinite and missing numbers have no place in JSON."""
    return [None if not np.isfinite(number) else float(number) for number in numbers]


# Sums of others: of three columns; a copy; a copy with its sign turned.
singular = np.array([a, b, c, a + 2 * b - c, d, -d, d + 0.01 * random.normal(size=ROWS)])
selections = []
for rows, name in [(x, "columns"), (singular, "singular")]:
    rising = list(np.linspace(0.1, 0.5, len(rows)))
    level = [0.0] * len(rows)
    mixed = [0.3, 0.1, 0.7, 0.2, 0.2, 0.05, 0.4, 0.6, 0.0][: len(rows)]
    for values in [level, rising, mixed]:
        for most_alike, most_inflated in [(0.9, 1e9), (0.97, 5), (1, 10), (0.5, 2), (1, 1.05)]:
            fates, last = select(rows, values, most_alike, most_inflated)
            selections.append(
                {
                    "matrix": name, "values": values, "maximumCorrelation": most_alike,
                    "maximumInflation": most_inflated, "fates": fates, "inflations": plain(last),
                })
print(
    json.dumps(
        {
            "columns": [
                {"name": name, "numbers": plain(numbers), "steps": steps} for name, numbers, steps, _ in columns
            ],
            "matrices": {
                name: {"correlations": np.corrcoef(rows).tolist(), "inflations": plain(inflations(rows))}
                for rows, name in [(x, "columns"), (singular, "singular")]
            },
            "selections": selections,
        }))
