#!/usr/bin/env python3
"""A plugin with one loss."""

import numpy as np

import montage

@montage.loss(
    "smooth-bce",
    targets=["multi-hot", "one-hot"],
    options=[montage.Option("smoothing", "float", "how far a label is moved towards 1/2", default=0.1, min=0, max=1)],
)
def component(predictions, targets, weights, smoothing):
    """The binary cross-entropy of every class with smoothed labels. Predictions are logits.
    Reduction: the sum over the columns, the mean over the rows, each row times its weight."""
    x = predictions.astype(np.float64)
    wanted = (1 - smoothing) * targets + smoothing / 2
    factor = weights[:, None] / len(x)
    sigmoid = np.exp(-np.logaddexp(0, -x))
    return (factor * (np.logaddexp(0, x) - wanted * x)).sum(), factor * (sigmoid - wanted)

if __name__ == "__main__":
    montage.serve("smooth-bce", "0.1.0", component)
