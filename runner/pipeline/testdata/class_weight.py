"""Writes class_weight.json: what scikit-learn and the formula of a paper weigh classes by.

Run in this folder: python3 class_weight.py. The versions used are in the file.
"""

import json
import platform

import numpy as np
import sklearn
from sklearn.utils.class_weight import compute_class_weight


def balanced(supports):
    """scikit-learn's weights of samples with one label each; it knows present classes only."""
    present = [k for k, n in enumerate(supports) if n > 0]
    labels = np.repeat(np.arange(len(supports)), supports)
    weights = np.ones(len(supports))
    weights[present] = compute_class_weight("balanced", classes=np.array(present), y=labels)
    return weights.tolist()


def effective(supports, beta):
    """As the authors' code: github.com/richardaecn/class-balanced-loss, class_balanced_loss.py."""
    counts = np.array([n for n in supports if n > 0])
    weights = (1.0 - beta) / np.array(1.0 - np.power(beta, counts))
    weights = iter(weights / np.sum(weights) * len(counts))
    return [float(next(weights)) if n > 0 else 1.0 for n in supports]


cases = [[3, 1], [100, 10, 1], [5, 0, 20, 1], [7, 7, 7], [int(5000 / 1.15**k) for k in range(60)]]
json.dump(
    {
        "versions": {"python": platform.python_version(), "numpy": np.__version__, "scikit-learn": sklearn.__version__},
        "cases": [
            {
                "supports": s,
                "inverse": balanced(s),
                "effective": {str(b): effective(s, b) for b in [0.0, 0.9, 0.999, 0.9999]},
            }
            for s in cases
        ],
    },
    open("class_weight.json", "w"),
    indent=1,
)
