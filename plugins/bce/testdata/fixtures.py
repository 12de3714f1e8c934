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
positive, classes = [2, 0.5, 1, 7, 0, 3], [0.2, 1, 3, 0, 1.5, 4]
for options in [{"pos_weight": 1.0}, {"pos_weight": 3.5}, {"pos_weights": positive},
                {"pos_weight": 0.5, "pos_weights": positive}, {"class_weights": classes},
                {"pos_weights": positive, "class_weights": classes}]:
    x = logits.clone().requires_grad_(True)
    pos_weight = torch.tensor(options.get("pos_weights", 6 * [1]), dtype=torch.float64) * options.get("pos_weight", 1)
    # The rows' weights and the classes' multiply: PyTorch's weight is broadcast to all elements.
    weight = weights[:, None] * torch.tensor(options.get("class_weights", 6 * [1]), dtype=torch.float64)
    value = bce(x, targets, weight, pos_weight=pos_weight)
    value.backward()
    cases.append({"options": options, "value": value.item(), "gradient": x.grad.flatten().tolist()})
with open("losses.json", "w") as f:
    json.dump({"torch": torch.__version__, "rows": 5, "classes": 6, "logits": logits.flatten().tolist(),
               "targets": targets.flatten().tolist(), "weights": weights.tolist(), "cases": cases}, f)
    f.write("\n")
