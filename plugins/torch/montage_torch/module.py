"""A torch.nn.Module whose parameters come with every call."""

import math

import torch

import montage

from .device import seed


class Module:
    """A module on a device. trained holds the names of the trained states; frozen norms
    keep their statistics."""

    def __init__(self, module, device, names, trained, still=()):
        self.module, self.device = module.to(device.torch), device
        self.state = {name: tensor for name, tensor in module.state_dict(keep_vars=True).items() if name in names}
        self.trained = [name for name in self.state if trained(name)]
        self.still, self.revision, self.copied = list(still), 0, 0
        self.kept = None
        for tensor in module.parameters():
            tensor.requires_grad_(False)
        for name in self.trained:
            if not self.buffer(name):
                self.state[name].requires_grad_(True)

    def buffer(self, name):
        """Reports whether a state is a buffer, such as running statistics."""
        return not isinstance(self.state[name], torch.nn.Parameter)

    def params(self):
        """The states as parameters of the plan."""
        owners, out = dict(self.module.named_modules()), []
        for name, tensor in self.state.items():
            owner = owners[name.rpartition(".")[0]]
            out.append(montage.Param(name.removeprefix("model."), tuple(tensor.shape), init(owner, tensor), buffer=self.buffer(name),
                                     frozen=name not in self.trained, no_decay=tensor.dim() < 2))
        return out

    def load(self, call):
        """Copies the parameters of a call to the device; the frozen ones only if their
        revision has changed."""
        again = call.revision == 0 or call.revision != self.revision
        self.kept, self.revision = None, 0  # a copy that fails leaves nothing to rely on
        for (name, tensor), array in zip(self.state.items(), call.params):
            if again or name in self.trained:
                self.device.fill(tensor, array)
                self.copied += 1
        self.revision = call.revision

    def mode(self, train):
        """Sets training or inference mode. Frozen parts are always in inference mode."""
        self.module.train(train)
        for part in self.still:
            part.eval()

    def run(self, call, inputs, keys):
        """The module's output for inputs on the device. Random draws come from the keys."""
        self.mode(call.train)
        seed(keys)
        return self.module(*inputs)

    def updates(self, call):
        """Writes the statistics that a training forward updated."""
        for name, update in zip(self.state, call.updates):
            if update is not None and self.buffer(name) and name in self.trained:
                update[...] = self.state[name].detach().cpu().numpy()

    def clear(self):
        """Drops all gradients."""
        for tensor in self.module.parameters():
            tensor.grad = None

    def gradients(self, call):
        """Writes the gradients, zero where the output does not depend on a parameter."""
        for name, out in zip(self.state, call.grad_params):
            if out is not None:
                found = getattr(self.state[name], "grad", None)
                out[...] = 0 if found is None else found.detach().float().cpu().numpy()
        self.clear()


def init(owner, tensor):
    """PyTorch's initialisation of a tensor as a rule that the runner can repeat. It is
    inferred from the initial values, and made exact if they match a known rule."""
    values = tensor.detach().double().cpu().flatten()
    if bool((values == values[0]).all()):
        return "constant", float(values[0])
    weight = getattr(owner, "weight", None)
    shape = (weight if tensor.dim() < 2 and weight is not None else tensor).shape
    window = math.prod(shape[2:])
    fan_in, fan_out = math.prod(shape[1:]), shape[0] * window
    if tensor.dim() < 2:
        return "uniform", 1 / math.sqrt(max(fan_in, 1))  # torch.nn's own rule for biases
    deviation = float(values.std(unbiased=False))
    if float((values ** 4).mean()) < 2.4 * deviation ** 4:  # 1.8 of a uniform distribution, 3 of a normal one
        return "uniform", _exact(math.sqrt(3) * deviation, (1 / math.sqrt(fan_in), math.sqrt(6 / (fan_in + fan_out))))
    known = (math.sqrt(2 / fan_out), math.sqrt(2 / fan_in), math.sqrt(1 / fan_in), 0.01, 0.02)
    return "normal", _exact(deviation, known)


def _exact(seen, known):
    nearest = min(known, key=lambda value: abs(value - seen))
    return nearest if abs(nearest - seen) < 0.05 * seen else seen
