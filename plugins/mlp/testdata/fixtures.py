"""Writes heads.json: torch's pooling, linear layers and gradients, in float64.

Run: python3 fixtures.py   (versions are recorded in the file)
"""
import json

import torch

torch.manual_seed(4)
features = torch.randn(5, 6, dtype=torch.float64).float().double()
offsets = [0, 2, 5]
grad = torch.randn(2, 2, dtype=torch.float64).float().double()
layers = [torch.nn.Linear(6, 4).double(), torch.nn.Linear(4, 3).double(), torch.nn.Linear(3, 2).double()]
for layer in layers:
    for p in layer.parameters():
        p.data = p.data.float().double()
params = [p for layer in layers for p in layer.parameters()]
cases = []
for pool in ["mean", "max"]:
    x = features.clone().requires_grad_(True)
    for p in params:
        p.grad = None
    rows = [x[a:b] for a, b in zip(offsets, offsets[1:])]
    h = torch.stack([r.mean(0) if pool == "mean" else r.max(0).values for r in rows])
    for layer in layers[:-1]:
        h = torch.relu(layer(h))
    out = layers[-1](h)
    (out * grad).sum().backward()
    cases.append({"pool": pool, "output": out.flatten().tolist(), "input": x.grad.flatten().tolist(),
                  "gradients": [p.grad.flatten().tolist() for p in params]})
with open("heads.json", "w") as f:
    json.dump({"torch": torch.__version__, "features": features.flatten().tolist(), "offsets": offsets,
               "grad": grad.flatten().tolist(), "params": [p.flatten().tolist() for p in params], "cases": cases}, f)
    f.write("\n")
