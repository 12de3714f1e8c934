"""Writes probes.json: what scikit-learn's logistic regression and a vote in NumPy make
of made-up features."""

import json
import warnings

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

TRAIN, TEST, D, K, NEIGHBOURS, TEMPERATURE = 24, 10, 5, 3, 7, 0.07


def vote(x, y, z):
    x, z = (a / np.linalg.norm(a, axis=1, keepdims=True) for a in (x, z))
    scores = np.zeros((len(z), y.shape[1]))
    for i, row in enumerate(z):
        cosines = x @ row
        nearest = np.argsort(-cosines, kind="stable")[:NEIGHBOURS]
        weights = np.exp(cosines[nearest] / TEMPERATURE)
        scores[i] = weights @ y[nearest] / weights.sum()
    return scores


def main():
    warnings.simplefilter("error")
    r = np.random.default_rng(1)
    x, z = (np.round(r.normal(size=(n, D)) * [1, 3, 0.2, 1, 0] + 2, 3) for n in (TRAIN, TEST))
    x[:, 4], z[:, 4] = 0.3, 0.4  # constant in training alone
    y = (x[:, :K] + 0.7 * r.normal(size=(TRAIN, K)) > 2.2).astype(int)
    scaler = StandardScaler().fit(x)
    linear = np.stack([LogisticRegression(C=0.5, tol=1e-9, max_iter=10000).fit(scaler.transform(x), y[:, k]).predict_proba(scaler.transform(z))[:, 1]
                       for k in range(K)], axis=1)
    document = {"made_with": {"sklearn": sklearn.__version__, "numpy": np.__version__}, "c": 0.5, "neighbours": NEIGHBOURS, "temperature": TEMPERATURE,
                "train": x.tolist(), "targets": y.tolist(), "test": z.tolist(), "linear": linear.tolist(), "vote": vote(x, y, z).tolist()}
    with open("probes.json", "w") as file:
        json.dump(document, file)
        file.write("\n")


main()
