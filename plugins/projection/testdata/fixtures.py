"""Writes heads.json: torch's pooling, linear layers, batch normalisation and gradients, in float64.

Run: python3 fixtures.py   (versions are recorded in the file)
"""
import json

import torch
from torch import nn

features = 4
offsets = [0, 2, 5, 6, 8]


def build(layers, batchnorm, ends):
    """The modules of a head, with numbers that float32 holds."""
    modules, width = [], features
    for i in range(layers):
        end = i == layers - 1
        last = end and ends == "output"
        norm = batchnorm == "all" or batchnorm == "hidden" and not last
        out = 3 if end else 5
        modules.append(nn.Linear(width, out, bias=not norm))
        if norm:
            modules.append(nn.BatchNorm1d(out))
            nn.init.normal_(modules[-1].weight, 1, 0.3)
            if not last:
                nn.init.normal_(modules[-1].bias, 0, 0.3)
        if not last:
            modules.append(nn.ReLU())
        width = out
    net = nn.Sequential(*modules).double()
    for p in net.parameters():
        p.data = p.data.float().double()
    return net


def names(net):
    """Parameters and buffers in the order and under the names of the plugin."""
    number, out = 0, []
    for m in net:
        if isinstance(m, nn.Linear):
            number += 1
            out += [(f"linear{number}.weight", m.weight)] + ([] if m.bias is None else [(f"linear{number}.bias", m.bias)])
        if isinstance(m, nn.BatchNorm1d):
            out += [(f"bn{number}.{k}", getattr(m, k)) for k in ("weight", "bias", "running_mean", "running_var")]
    return out


torch.manual_seed(4)
x0 = torch.randn(8, features, dtype=torch.float64).float().double()
grad = torch.randn(4, 3, dtype=torch.float64).float().double()
cases = []
for layers, batchnorm, pool, ends in [(2, "all", "mean", "output"), (3, "all", "max", "output"), (2, "hidden", "mean", "output"),
                                      (2, "none", "mean", "output"), (1, "all", "mean", "output"), (1, "hidden", "mean", "hidden")]:
    net = build(layers, batchnorm, ends)
    before = {n: p.detach().flatten().tolist() for n, p in names(net)}
    x = x0.clone().requires_grad_(True)
    rows = torch.stack([x[a:b].mean(0) if pool == "mean" else x[a:b].max(0).values for a, b in zip(offsets, offsets[1:])])
    out = net.train()(rows)
    (out * grad).sum().backward()
    after = {n: p.flatten().tolist() for n, p in names(net) if "running" in n}
    used = net.eval()(rows)
    cases.append({"options": {"layers": layers, "hidden": 5, "outputs": 3, "batchnorm": batchnorm, "pool": pool, "last": ends},
                  "names": [n for n, _ in names(net)], "params": before, "output": out.flatten().tolist(),
                  "used": used.flatten().tolist(), "input": x.grad.flatten().tolist(), "updates": after,
                  "gradients": {n: p.grad.flatten().tolist() for n, p in names(net) if p.requires_grad}})
with open("heads.json", "w") as f:
    json.dump({"torch": torch.__version__, "features": x0.flatten().tolist(), "offsets": offsets,
               "grad": grad.flatten().tolist(), "cases": cases}, f)
    f.write("\n")
