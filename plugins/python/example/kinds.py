#!/usr/bin/env python3
"""A plugin with the smallest component of each kind except loss."""

import numpy as np

import montage


@montage.backbone("python-meancolor")
class MeanColor:
    """The mean colour of a frame, times a learned factor for each channel. Frames
    uint8 [N,Size,Size,3] become features float32 [N,3], in [0, 1] before training."""

    def plan(self, _input):
        return montage.Plan([montage.Param("gain", (3,), ("constant", 1.0))], outputs=3)

    def forward(self, call):
        call.output[...] = self._mean(call.frames) * call.params[0]

    def backward(self, call):
        if call.grad_params[0] is not None:
            call.grad_params[0][...] = (call.grad_output * self._mean(call.frames)).sum(axis=0)

    @staticmethod
    def _mean(frames):
        return frames.mean(axis=(1, 2), dtype=np.float64) / 255


@montage.head("python-linear", options=[montage.Option("scale", "float", "standard deviation of the weights as they start", default=0.1, min=0)])
class Linear:
    """Mean pooling of a row's frames, then a linear layer. Features float32 [N,D] become
    logits float32 [R,K]; K is what the branch needs, or 1."""

    def __init__(self, scale):
        self.scale = scale

    def plan(self, input):
        width = max(input.outputs, 1)
        weight = montage.Param("linear.weight", (width, input.features), ("normal", self.scale))
        return montage.Plan([weight, montage.Param("linear.bias", (width,), no_decay=True)], outputs=width)

    def forward(self, call):
        weight, bias = call.params
        call.output[...] = self._rows(call) @ weight.T.astype(np.float64) + bias

    def backward(self, call):
        by_weight, by_bias = call.grad_params
        if by_weight is not None:
            by_weight[...] = call.grad_output.T.astype(np.float64) @ self._rows(call)
        if by_bias is not None:
            by_bias[...] = call.grad_output.sum(axis=0, dtype=np.float64)
        if call.grad_input is not None:
            counts = np.diff(call.offsets)
            by_row = call.grad_output.astype(np.float64) @ call.params[0] / counts[:, None]
            call.grad_input[...] = np.repeat(by_row, counts, axis=0)

    @staticmethod
    def _rows(call):
        sums = np.add.reduceat(call.features, call.offsets[:-1], axis=0, dtype=np.float64)
        return sums / np.diff(call.offsets)[:, None]


@montage.augmentation("python-invert", options=[montage.Option("p", "float", "probability that a frame is inverted", default=0.5, min=0, max=1)])
def invert(frames, keys, output, p):
    """Inverts a frame with probability p. Pixels are uint8, 0 to 255; v becomes 255 - v."""
    chosen = montage.rng.uniform(keys, 0) < p
    output[...] = np.where(chosen[:, None, None, None], 255 - frames, frames)


@montage.strategy("python-inversion")
class Inversion:
    """Trains on labelled samples together with a proxy task: predicting which frames are
    inverted. [phase.joint] trains [branch.supervised] and [branch.proxy] together."""

    def plan(self, classes):
        supervised = {"name": "supervised", "doc": "predicts the classes", "source": "labeled", "unit": "sample", "target": "multi-hot",
                 "origin": "labels", "outputs": classes, "views": [{"name": "image", "augment": True}]}
        proxy = {"name": "proxy", "doc": "predicts which frames are inverted", "source": "unlabeled", "unit": "sample", "target": "one-hot",
                 "origin": "transform", "outputs": 2, "views": [{"name": "image", "augment": True, "transform": True}]}
        joint = {"name": "joint", "doc": "both", "branches": ["supervised", "proxy"]}
        return {"branches": [supervised, proxy], "phases": [joint], "predict": "supervised"}

    def transform(self, call):
        classes = (montage.rng.uniform(call.keys, 0) < 0.5).astype(int)
        if call.targets is not None:
            call.targets[...] = np.eye(2, dtype=np.float32)[classes]
        frames = np.repeat(classes.astype(bool), np.diff(call.offsets))
        call.output[...] = np.where(frames[:, None, None, None], 255 - call.frames, call.frames)


if __name__ == "__main__":
    montage.serve("kinds", "1.0.0", MeanColor, Linear, invert, Inversion)
