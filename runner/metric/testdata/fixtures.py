"""Writes fixtures.json: what scikit-learn says about a few small predictions.

Run in this folder: python3 fixtures.py. The versions used are in the file.

Scores are stored as integers, thousandths; targets as a string of 0s and 1s a row.
"""

import json
import platform
import warnings

import numpy as np
import sklearn
from sklearn.metrics import accuracy_score, average_precision_score, classification_report

warnings.simplefilter("ignore")


def top_k(scores, k):
    """Ties go to the lower class index: the sort is stable."""
    order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    predicted = np.zeros(scores.shape, int)
    np.put_along_axis(predicted, order, 1, axis=1)
    return predicted


def predict(rule, scores):
    if "k" in rule:
        return top_k(scores, rule["k"])
    return (scores > np.float32(rule["threshold"])).astype(int)


def case(name, seed, rows, names, levels, rules, digits=2, spoil=None, full=True):
    """levels: the number of distinct scores; few of them make ties."""
    rng = np.random.default_rng(seed)
    classes = len(names)
    thousandths = rng.integers(0, levels + 1, (rows, classes)) * (1000 // levels)
    scores = (thousandths / 1000).astype(np.float32)
    # Mostly what the scores say, and a long tail: later classes are rarer.
    chance = (0.15 + 0.7 * scores) * np.linspace(1, 0.15, classes)
    targets = (rng.random((rows, classes)) < chance).astype(int)
    if spoil:
        spoil(targets)
    entries = []
    for rule in rules:
        predicted = predict(rule, scores)
        common = dict(target_names=names, zero_division=0)
        numbers = classification_report(targets, predicted, output_dict=True, **common)
        if not full:
            numbers = {key: numbers[key] for key in numbers if key.endswith(" avg")}
        text = classification_report(targets, predicted, digits=digits, **common)
        entries.append({**rule, "numbers": numbers, "text": text})
    positives = targets.sum(axis=0) > 0
    return {
        "name": name,
        "names": names,
        "digits": digits,
        "scores": thousandths.tolist(),
        "targets": ["".join(map(str, row)) for row in targets],
        "rules": entries,
        "average_precision": [
            average_precision_score(targets[:, c], scores[:, c]) if positives[c] else None for c in range(classes)
        ],
        "mean_average_precision": average_precision_score(targets[:, positives], scores[:, positives])
        if positives.sum() > 1
        else None,
    }


def empty_rows_and_classes(targets):
    targets[::3] = 0
    targets[:, 1] = 0
    targets[:, -1] = 0


def nothing(targets):
    targets[:] = 0


def accuracy():
    rng = np.random.default_rng(9)
    thousandths = rng.integers(0, 5, (24, 6)) * 250
    truth = rng.integers(0, 6, 24)
    predicted = np.argmax(thousandths, axis=1)  # the first of equal scores
    return {"scores": thousandths.tolist(), "truth": truth.tolist(), "accuracy": accuracy_score(truth, predicted)}


def letters(n):
    return [chr(ord("a") + i) for i in range(n)]


def embedding():
    """Spread, alignment and uniformity in NumPy, the last two as Wang and Isola's code writes them."""
    rows = np.round(np.random.default_rng(9).normal(size=(12, 5)) + [0, 1, 0, 2, -1], 3)
    x = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    half, pairs = len(x) // 2, np.triu_indices(len(x), 1)
    apart = ((x[pairs[0]] - x[pairs[1]]) ** 2).sum(axis=1)
    return {"made_with": {"numpy": np.__version__}, "rows": rows.tolist(), "spread": x.std(axis=0).mean() * x.shape[1] ** 0.5,
            "alignment": (np.linalg.norm(x[:half] - x[half:], axis=1) ** 2).mean(), "uniformity": np.log(np.exp(-2 * apart).mean())}


def main():
    with open("embedding.json", "w", encoding="utf-8") as file:
        json.dump(embedding(), file)
        file.write("\n")
    cases = [
        case("plain", 1, 40, letters(5), 1000, [{"k": 1}, {"k": 3}, {"threshold": 0.5}]),
        case("ties", 2, 30, ["Action", "Film noir", "Comédie dramatique", "Sci-Fi", "War", "Western"], 4,
             [{"k": 2}, {"k": 4}, {"threshold": 0.5}, {"threshold": 0.25}], digits=4),
        case("empty rows and classes", 3, 25, letters(6), 20,
             [{"k": 2}, {"k": 6}, {"threshold": 0.5}, {"threshold": 0.9}, {"threshold": 1}], digits=3,
             spoil=empty_rows_and_classes),
        case("no labels at all", 4, 7, letters(3), 10, [{"k": 1}, {"threshold": 1}], digits=0, spoil=nothing),
        case("one row", 5, 1, letters(4), 1000, [{"k": 2}, {"threshold": 0.3}], digits=20),
        case("many rows", 6, 400, letters(3), 200, [{"k": 1}, {"threshold": 0.6}]),
        case("many classes", 7, 10, [f"class {i}" for i in range(150)], 500, [{"k": 40}], digits=4, full=False),
    ]
    # The text of 150 classes is large and shows nothing new.
    del cases[-1]["rules"][0]["text"]
    versions = {"python": platform.python_version(), "numpy": np.__version__, "scikit-learn": sklearn.__version__}
    with open("fixtures.json", "w", encoding="utf-8") as file:
        json.dump({"versions": versions, "cases": cases, "accuracy": accuracy()}, file, separators=(",", ":"), ensure_ascii=False)
        file.write("\n")


if __name__ == "__main__":
    main()
