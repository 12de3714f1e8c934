"""Writes fixtures.json: what torch.optim does to two small parameters, and schedules.

Run in this folder: python3 fixtures.py. The versions used are in the file.
"""

import json
import platform
import warnings

import numpy as np
import torch
from torch.optim.lr_scheduler import (ChainedScheduler, ConstantLR, CosineAnnealingLR, LinearLR, SequentialLR, StepLR)

warnings.simplefilter("ignore")
torch.set_num_threads(1)
STEPS = 14


def short(tensor):
    """The shortest decimals that are the same float32."""
    return [float(str(np.float32(v))) for v in tensor.detach().flatten().tolist()]


def gradients():
    """Per step a gradient of "weight" [2 6] and of "bias" [3], or None."""
    rng = np.random.default_rng(11)
    scale = np.array([1, 1e-3, 1e-8, 1e-20, 1e-42, 1e6, 1e15, 1, 1e18, 0, 1, 1e-3])
    weight = rng.standard_normal((STEPS, 12)) * scale
    weight[3:6, 7] = 0  # a gradient that pauses
    weight[::2, 10] = 0
    weight[5, 11] = 1e10  # a single outlier
    bias = rng.standard_normal((STEPS, 3))
    steps = []
    for i in range(STEPS):
        steps.append({"weight": short(torch.tensor(weight[i], dtype=torch.float32)),
                      "bias": None if i == 4 else short(torch.tensor(bias[i], dtype=torch.float32))})
    return steps


class LARS(torch.optim.Optimizer):
    """SimCLR's LARSOptimizer with classic momentum; no weight decay means no scaling either, as with its exclusions."""

    def __init__(self, params, lr, trust, momentum=0.9, nesterov=False, foreach=False):
        super().__init__(params, {"lr": lr, "weight_decay": 0.0})
        self.trust, self.momentum, self.nesterov = trust, momentum, nesterov

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                state, d, rate = self.state[p], p.grad, group["lr"]
                if not group["exempt"]:
                    d = d.add(p, alpha=group["weight_decay"])
                    w, g = p.double().norm().item(), d.double().norm().item()
                    if w > 0 and g > 0:
                        rate *= self.trust * w / g
                v = state.setdefault("momentum_buffer", torch.zeros_like(p))
                v.mul_(self.momentum).add_(d, alpha=rate)
                p.sub_(v.mul(self.momentum).add(d, alpha=rate) if self.nesterov else v)


def trace(kind, lr, weight_decay, grads, **options):
    """weight decay is 0 for the bias: that is what NoDecay means."""
    weight = torch.linspace(-1.5, 2, 12).reshape(2, 6).clone().requires_grad_()
    bias = torch.tensor([0.0, 1e-3, -7.0]).requires_grad_()
    groups = [{"params": [weight], "weight_decay": weight_decay, "exempt": False},
              {"params": [bias], "weight_decay": 0.0, "exempt": True}]
    make = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW, "sgd": torch.optim.SGD, "lars": LARS}[kind]
    optimizer = make(groups, lr=lr, foreach=False, **options)
    start = {"weight": short(weight), "bias": short(bias)}
    rates, after = [], []
    for i, grad in enumerate(grads):
        rate = lr * (1 - i / 20)
        for group in optimizer.param_groups:
            group["lr"] = rate
        weight.grad = torch.tensor(grad["weight"], dtype=torch.float32).reshape(2, 6)
        bias.grad = None if grad["bias"] is None else torch.tensor(grad["bias"], dtype=torch.float32)
        optimizer.step()
        rates.append(rate)
        after.append({"weight": short(weight), "bias": short(bias)})
    state = {}
    for name, parameter in (("weight", weight), ("bias", bias)):
        for key, value in optimizer.state[parameter].items():
            if value is not None:
                state[f"{name}.{key}"] = short(torch.as_tensor(value))
    return {"kind": kind, "weight_decay": weight_decay, **options, "rates": rates, "start": start, "after": after,
            "state": state}


def schedule(total, steps_per_epoch, build, **keys):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = build(optimizer)
    factors = []
    for _ in range(total):
        factors.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return {**keys, "total_steps": total, "steps_per_epoch": steps_per_epoch, "factors": factors}


def warmup(optimizer, steps):
    return LinearLR(optimizer, start_factor=1 / steps, end_factor=1.0, total_iters=steps - 1)


def schedules():
    def warm_cosine(o):
        return SequentialLR(o, [warmup(o, 10), CosineAnnealingLR(o, T_max=40, eta_min=0.05)], milestones=[10])

    return [
        schedule(8, 4, lambda o: ConstantLR(o, factor=1.0), kind="constant"),
        schedule(12, 4, lambda o: warmup(o, 6), kind="constant", warmup_epochs=1.5),
        schedule(12, 4, lambda o: warmup(o, 5), kind="constant", warmup_steps=5),
        schedule(30, 4, lambda o: StepLR(o, step_size=8, gamma=0.3), kind="step", step_epochs=2, gamma=0.3),
        schedule(30, 5, lambda o: ChainedScheduler([StepLR(o, step_size=5, gamma=0.5), warmup(o, 10)]),
                 kind="step", step_epochs=1, gamma=0.5, warmup_epochs=2),
        schedule(25, 5, lambda o: CosineAnnealingLR(o, T_max=25), kind="cosine"),
        schedule(50, 5, warm_cosine, kind="cosine", warmup_epochs=2, min_factor=0.05),
    ]


def main():
    grads = gradients()
    traces = [
        trace("adam", 1e-2, 0.0, grads, betas=(0.9, 0.999), eps=1e-8),
        trace("adam", 1e-3, 0.1, grads, betas=(0.8, 0.99), eps=1e-6),
        trace("adamw", 1e-2, 0.0, grads, betas=(0.9, 0.999), eps=1e-8),
        trace("adamw", 1e-2, 0.2, grads, betas=(0.9, 0.95), eps=1e-8),
        trace("sgd", 1e-2, 0.0, grads),
        trace("sgd", 1e-2, 0.3, grads),
        trace("sgd", 1e-2, 0.0, grads, momentum=0.9),
        trace("sgd", 1e-2, 0.1, grads, momentum=0.9),
        trace("sgd", 1e-2, 0.1, grads, momentum=0.7, nesterov=True),
        trace("lars", 0.5, 0.0, grads, momentum=0.9, trust=1e-3),
        trace("lars", 2.0, 0.1, grads, momentum=0.9, trust=0.02),
        trace("lars", 2.0, 0.1, grads, momentum=0.7, nesterov=True, trust=0.02),
    ]
    versions = {"python": platform.python_version(), "numpy": np.__version__, "torch": torch.__version__}
    with open("fixtures.json", "w", encoding="utf-8") as file:
        json.dump({"versions": versions, "gradients": grads, "traces": traces, "schedules": schedules()}, file,
                  separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    main()
