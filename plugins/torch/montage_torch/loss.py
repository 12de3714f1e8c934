"""Losses of torch.nn."""

import torch

import montage

from .device import OPTIONS, Device

_KINDS = ["BCEWithLogitsLoss", "CrossEntropyLoss", "MSELoss", "SmoothL1Loss", "HuberLoss", "L1Loss", "MultiLabelSoftMarginLoss"]


@montage.loss("torch-loss", targets=["multi-hot", "one-hot", "vector"], options=[
    montage.Option("kind", "string", "the loss, by its name in torch.nn", default="BCEWithLogitsLoss", choices=_KINDS),
    montage.Option("smoothing", "float", "label_smoothing of CrossEntropyLoss", default=0.0, min=0, max=1),
] + OPTIONS)
class Loss:
    """A loss of torch.nn. Predictions float32 [R,K] are what that loss expects: logits, or values
    for MSELoss and similar ones. Targets have the same width; for CrossEntropyLoss they are
    probabilities. Reduction: the mean over the outputs (CrossEntropyLoss: the sum over the
    classes), then the mean over the rows, each row times its weight. Computed in float64."""

    def __init__(self, kind, smoothing, device, threads, deterministic):
        if smoothing and kind != "CrossEntropyLoss":
            raise montage.OptionFault("smoothing", f"smoothing = {smoothing} has no meaning for {kind}", "leave smoothing out")
        more = {"label_smoothing": smoothing} if smoothing else {}
        self.loss, self.device = getattr(torch.nn, kind)(reduction="none", **more), Device(device, threads, deterministic)

    def plan(self, input):
        if input.target_width != input.outputs:
            raise montage.ShapeFault(f"shapes do not fit: predictions are [R,{input.outputs}], targets [R,{input.target_width}]")

    def evaluate(self, predictions, targets, weights):
        with self.device.turn():
            x = self.device.put(predictions).double().requires_grad_()
            each = self.loss(x, self.device.put(targets).double())
            rows = each.mean(1) if each.dim() > 1 else each
            value = (rows * self.device.put(weights).double()).sum() / len(rows)
            value.backward()
            return value.item(), x.grad.cpu().numpy()
