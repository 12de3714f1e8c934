#!/usr/bin/env python3
"""A plugin with one loss: cross-entropy with smoothed labels."""

import numpy as np

import montage


@montage.loss(
    "label-smoothing",
    targets=["one-hot"],
    options=[montage.Option("smoothing", "float", "fraction of the target that is spread over all classes", default=0.1, min=0, max=1)],
)
def label_smoothing(predictions, targets, weights, smoothing):
    """The categorical cross-entropy with smoothed labels (Szegedy et al. 2016, section 7).
    Predictions are logits, targets one-hot. Reduction: the sum over the classes, then the
    mean over the rows, each row times its weight."""
    rows, classes = predictions.shape
    wanted = (1 - smoothing) * targets.astype(np.float64) + smoothing / classes
    shifted = predictions - predictions.max(axis=1, keepdims=True).astype(np.float64)
    total = np.exp(shifted).sum(axis=1, keepdims=True)
    each = -(wanted * (shifted - np.log(total))).sum(axis=1)
    # A soft target may not add up to exactly one, so the softmax is multiplied by its sum.
    gradient = wanted.sum(axis=1, keepdims=True) * np.exp(shifted) / total - wanted
    return (weights * each).sum() / rows, weights[:, None] * gradient / rows


if __name__ == "__main__":
    montage.serve("smoothing", "1.0.0", label_smoothing)
