"""Writes losses.json: values and gradients of torch's cross_entropy in float64.

Run: python3 fixtures.py   (versions are recorded in the file)
"""
import json

import torch
from torch.nn.functional import cross_entropy, one_hot

torch.manual_seed(2)
logits = torch.randn(5, 6, dtype=torch.float64) * 3
logits[0, 0], logits[0, 1], logits[1, 0], logits[1, 1] = 100, -100, 100, -100
logits = logits.float().double()
hard = one_hot(torch.tensor([0, 1, 5, 3, 3]), 6).double()
soft = torch.softmax(torch.randn(5, 6), 1).double()
weights = torch.tensor([1, 0.5, 0, 2, 1], dtype=torch.float64)
cases = []
classes = [0.2, 1, 3, 0, 1.5, 4]
for targets, smoothing, weight in [(hard, 0.0, None), (hard, 0.1, None), (soft, 0.0, None), (soft, 0.3, None),
                                   (hard, 0.0, classes), (soft, 0.3, classes)]:
    x = logits.clone().requires_grad_(True)
    rows = cross_entropy(x, targets, weight and torch.tensor(weight, dtype=torch.float64), reduction="none",
                         label_smoothing=smoothing)
    value = (rows * weights).mean()
    value.backward()
    options = {"label_smoothing": smoothing}
    if weight:
        options["class_weights"] = weight
    cases.append({"options": options, "targets": targets.flatten().tolist(),
                  "value": value.item(), "gradient": x.grad.flatten().tolist()})
with open("losses.json", "w") as f:
    json.dump({"torch": torch.__version__, "rows": 5, "classes": 6, "logits": logits.flatten().tolist(),
               "weights": weights.tolist(), "cases": cases}, f)
    f.write("\n")
