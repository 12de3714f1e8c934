"""Fully connected heads of torch.nn."""

import numpy as np
import torch

import montage

from .device import OPTIONS, Device
from .module import Module

_ACTIVATIONS = ["ReLU", "GELU", "SiLU", "Tanh", "LeakyReLU", "ELU"]


@montage.head("torch-mlp", options=[
    montage.Option("hidden", "ints", "widths of the hidden layers, from input to output; an empty list makes the head linear", default=[], min=1),
    montage.Option("activation", "string", "the layer of torch.nn after each hidden layer", default="ReLU", choices=_ACTIVATIONS),
    montage.Option("norm", "string", "the layer of torch.nn before each activation", default="none", choices=["none", "LayerNorm"]),
    montage.Option("dropout", "float", "probability that a hidden value is dropped in training", default=0.0, min=0, max=0.99),
    montage.Option("pool", "string", "how the features of a row's frames are pooled", default="mean", choices=["mean", "max"]),
    montage.Option("outputs", "int", "width K of the output; 0 means what the branch needs", default=0, min=0),
] + OPTIONS)
class Head:
    """A multilayer perceptron of torch.nn on the pooled frames of each row: Linear, norm,
    activation and Dropout for every hidden width, then Linear. Features float32 [N,D] become
    logits float32 [R,K]. Parameters are linear1.weight [out,in], linear1.bias [out] and so on,
    as in the head mlp, which reads the same weights files; norms are norm1 and so on."""

    def __init__(self, hidden, activation, norm, dropout, pool, outputs, device, threads, deterministic):
        self.hidden, self.activation, self.norm, self.dropout = hidden, activation, norm, dropout
        self.pool, self.outputs, self.device = pool, outputs, Device(device, threads, deterministic)

    def plan(self, input):
        width = self.outputs or input.outputs
        if not width:
            raise montage.OptionFault("outputs", "the branch leaves the width of the output open, and outputs is 0",
                                      "set outputs to the width that the loss should see")
        if input.outputs not in (0, width):
            raise montage.OptionFault("outputs", f"outputs = {width}, but the branch needs {input.outputs}", "leave outputs out")
        with self.device.turn():
            layers = self._layers(input.features, width)
            names = {name for name, tensor in layers.state_dict().items() if tensor.is_floating_point()}
            self.body = Module(layers, self.device, names, lambda _name: True)
        widths = [input.features, *self.hidden, width]
        taken = 4 * (3 * input.rows * sum(widths) + 2 * sum(t.numel() for t in self.body.state.values()))
        return montage.Plan(self._params(), width, taken)

    def _layers(self, features, width):
        layers, wide = torch.nn.Sequential(), features
        for i, hidden in enumerate(self.hidden, 1):
            layers.add_module(f"linear{i}", torch.nn.Linear(wide, hidden))
            if self.norm != "none":
                layers.add_module(f"norm{i}", torch.nn.LayerNorm(hidden))
            layers.add_module(f"activation{i}", getattr(torch.nn, self.activation)())
            layers.add_module(f"dropout{i}", torch.nn.Dropout(self.dropout))
            wide = hidden
        layers.add_module(f"linear{len(self.hidden) + 1}", torch.nn.Linear(wide, width))
        return layers

    def _params(self):
        """The states. The bounds of a linear layer are known, so they are not measured."""
        found = self.body.params()
        for param in found:
            layer = getattr(self.body.module, param.name.split(".")[0])
            if isinstance(layer, torch.nn.Linear):
                param.init = ("uniform", layer.in_features ** -0.5)
        return found

    def forward(self, call):
        with self.device.turn():
            self.body.load(call)
            with torch.set_grad_enabled(call.gradient):
                features = self.device.put(call.features).requires_grad_(call.gradient)
                out = self._run(call, features)
            call.output[...] = out.detach().cpu().numpy()
            self.body.updates(call)
            if call.gradient:
                self.body.kept = call.forward_id, features, out

    def backward(self, call):
        with self.device.turn():
            forward_id, features, out = self.body.kept or (None, None, None)
            self.body.kept = None
            if forward_id != call.forward_id:
                self.body.load(call)
                features = self.device.put(call.features).requires_grad_()
                out = self._run(call, features)
            self.body.clear()
            out.backward(self.device.put(call.grad_output))
            if call.grad_input is not None:
                call.grad_input[...] = features.grad.cpu().numpy()
            self.body.gradients(call)

    def _run(self, call, features):
        return self.body.run(call, (self._pooled(features, call.offsets),), call.keys)

    def _pooled(self, features, offsets):
        """Pools the frames of each row. It handles segments one by one, because PyTorch's
        scatter operators add in no fixed order on CUDA."""
        rows = features.split(np.diff(offsets).tolist())
        if self.pool == "max":
            return torch.stack([row.max(0).values for row in rows])
        return torch.stack([row.mean(0) for row in rows])
