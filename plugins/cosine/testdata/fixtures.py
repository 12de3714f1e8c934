"""Writes losses.json: the squared distance of normalised vectors by torch, in float64.

Run: python3 fixtures.py   (versions are recorded in the file)
"""
import json

import torch
from torch.nn.functional import normalize

torch.manual_seed(3)
vectors = (torch.randn(5, 6, dtype=torch.float64) * 3).float().double()
targets = torch.randn(5, 6, dtype=torch.float64).float().double()
targets[0], targets[1] = 2 * vectors[0], -vectors[1]
weights = torch.tensor([1, 0.5, 0, 2, 1], dtype=torch.float64)
x = vectors.clone().requires_grad_(True)
value = ((normalize(x) - normalize(targets)).square().sum(1) * weights).mean()
value.backward()
with open("losses.json", "w") as f:
    json.dump({"torch": torch.__version__, "rows": 5, "classes": 6, "logits": vectors.flatten().tolist(),
               "targets": targets.flatten().tolist(), "weights": weights.tolist(),
               "cases": [{"options": {}, "value": value.item(), "gradient": x.grad.flatten().tolist()}]}, f)
    f.write("\n")
