"""Writes fixtures.json: how evenly Python's packages divide a few data sets.

Run in this folder: python3 fixtures.py. The versions used are in the file. It needs
numpy, scikit-learn, iterative-stratification and scikit-multilearn.

A data set is a list of labels for each sample, and of its group. Of each division the
errors are stored (see measure), for five seeds, and the folds of the first seed.
"""

import importlib.metadata
import itertools
import json
import platform
import warnings

import numpy as np
from iterstrat.ml_stratifiers import MultilabelStratifiedKFold, MultilabelStratifiedShuffleSplit
from sklearn.model_selection import StratifiedGroupKFold
from skmultilearn.model_selection import IterativeStratification

warnings.simplefilter("ignore")
SEEDS = range(5)


def long_tail(rng, samples, classes, mean):
    """Labels whose frequency falls as 1 over their rank, some of them often together."""
    weight = 1 / np.arange(1, classes + 1)
    rows = []
    for _ in range(samples):
        count = 1 + rng.poisson(mean - 1)
        labels = set(rng.choice(classes, min(count, classes), replace=False, p=weight / weight.sum()).tolist())
        for label in list(labels):
            if rng.random() < 0.3:
                labels.add((label * 7 + 3) % classes)
        rows.append(sorted(labels))
    return rows


def matrix(rows, classes):
    out = np.zeros((len(rows), classes), int)
    for i, row in enumerate(rows):
        out[i, row] = 1
    return out


def odds_error(y, folds):
    """The mean over columns and folds of the difference in odds (Sechidis et al. 2011, LD)."""
    whole = y.sum(axis=0) / (len(y) - y.sum(axis=0))
    error = [np.abs(y[folds == f].sum(axis=0) / (sum(folds == f) - y[folds == f].sum(axis=0)) - whole)
             for f in np.unique(folds)]
    return float(np.mean(error))


def pairs(y):
    """A column for each pair of labels that some sample has."""
    both = [y[:, a] & y[:, b] for a, b in itertools.combinations(range(y.shape[1]), 2)]
    return np.stack([c for c in both if c.any()], axis=1) if any(c.any() for c in both) else None


def measure(y, folds, shares):
    sizes = np.array([sum(folds == f) for f in range(len(shares))])
    out = {"labels": odds_error(y, folds), "sizes": float(np.mean(np.abs(sizes - np.array(shares) * len(y)))),
           # of the classes that could be in every part, those that are not, over parts
           "missing": int(sum((y[folds == f].sum(axis=0) == 0)[y.sum(axis=0) >= len(shares)].sum()
                              for f in range(len(shares))))}
    both = pairs(y)
    if both is not None:
        out["pairs"] = odds_error(both, folds)
    return out


def tests_of(splitter, y, groups=None):
    folds = np.full(len(y), -1)
    for f, (_, test) in enumerate(splitter.split(np.zeros(len(y)), y, groups)):
        folds[test] = f
    return folds


def fold_by(name, y, seed, groups):
    if name == "iterstrat":
        return tests_of(MultilabelStratifiedKFold(5, shuffle=True, random_state=seed), y)
    if name == "scikit-multilearn, order 2":
        np.random.seed(seed)
        return tests_of(IterativeStratification(5, order=2), y)
    return tests_of(StratifiedGroupKFold(5, shuffle=True, random_state=seed), y.argmax(axis=1), groups)


def shares_by(y, seed):
    _, test = next(MultilabelStratifiedShuffleSplit(1, test_size=0.2, random_state=seed).split(y, y))
    folds = np.zeros(len(y), int)
    folds[test] = 1
    return folds


def case(name, rows, classes, peers, groups=None):
    y = matrix(rows, classes)
    entry = {"name": name, "classes": classes, "labels": rows, "peers": []}
    if groups is not None:
        entry["groups"] = groups
    for peer in peers:
        shares = [0.8, 0.2] if peer == "iterstrat, 0.2" else [0.2] * 5
        made = [shares_by(y, s) if len(shares) == 2 else fold_by(peer, y, s, groups) for s in SEEDS]
        entry["peers"].append({"name": peer, "shares": shares, "errors": [measure(y, f, shares) for f in made],
                               "first": "".join(map(str, made[0]))})
    return entry


def grouped(rng, samples, classes, groups):
    """Samples of one label each, in groups of uneven sizes that prefer some labels."""
    size = rng.lognormal(0, 0.7, groups)
    of = rng.choice(groups, samples, p=size / size.sum())
    weight = 1 / np.arange(1, classes + 1)
    taste = rng.dirichlet(weight * 10, groups)
    return [[int(rng.choice(classes, p=taste[g]))] for g in of], of.tolist()


rng = np.random.default_rng(1)
single, of = grouped(rng, 1200, 8, 90)
cases = [
    case("85 classes, long tail", long_tail(rng, 2000, 85, 3), 85,
         ["iterstrat", "iterstrat, 0.2", "scikit-multilearn, order 2"]),
    case("10 classes, few samples", long_tail(rng, 120, 10, 2), 10,
         ["iterstrat", "iterstrat, 0.2", "scikit-multilearn, order 2"]),
    case("groups of one label", single, 8, ["StratifiedGroupKFold"], of),
]
versions = {"python": platform.python_version()}
for package in ["numpy", "scikit-learn", "iterative-stratification", "scikit-multilearn"]:
    versions[package] = importlib.metadata.version(package)
with open("fixtures.json", "w") as out:
    json.dump({"versions": versions, "cases": cases}, out, separators=(",", ":"))
    out.write("\n")
for c in cases:
    for p in c["peers"]:
        print(c["name"], p["name"], {k: [round(e[k], 5) for e in p["errors"]] for k in p["errors"][0]})
