"""Writes losses.json: values and gradients of torch's BCEWithLogitsLoss in float64.

Run: python3 fixtures.py   (versions are recorded in the file)
"""
import json

import torch
from torch.nn.functional import binary_cross_entropy_with_logits as bce

torch.manual_seed(3)
logits = torch.randn(5, 6, dtype=torch.float64) * 3
logits[0, 0], logits[0, 1], logits[1, 0], logits[1, 1] = 100, -100, 100, -100
logits = logits.float().double()
targets = (torch.rand(5, 6) < 0.4).double()
targets[0, :2], targets[1, :2] = 0, 1
weights = torch.tensor([1, 0.5, 0, 2, 1], dtype=torch.float64)
cases = []
for pos_weight in [1.0, 3.5]:
    x = logits.clone().requires_grad_(True)
    value = bce(x, targets, weights[:, None], pos_weight=torch.tensor(pos_weight, dtype=torch.float64))
    value.backward()
    cases.append({"options": {"pos_weight": pos_weight}, "value": value.item(), "gradient": x.grad.flatten().tolist()})
with open("losses.json", "w") as f:
    json.dump({"torch": torch.__version__, "rows": 5, "classes": 6, "logits": logits.flatten().tolist(),
               "targets": targets.flatten().tolist(), "weights": weights.tolist(), "cases": cases}, f)
    f.write("\n")
