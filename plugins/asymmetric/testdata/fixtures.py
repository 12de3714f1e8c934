"""Writes losses.json: values and gradients of the asymmetric loss by autograd in float64.

The loss is written as the paper gives it (Ben-Baruch et al. 2021, equations 4
and 5), with log(1 - p) as logsigmoid(-x) so that it is exact at large logits.

Run: python3 fixtures.py   (versions are recorded in the file)
"""
import json

import torch
from torch.nn.functional import logsigmoid


def asymmetric(x, y, weights, gamma_pos, gamma_neg, clip, classes):
    p = torch.sigmoid(x)
    positive = torch.sigmoid(-x) ** gamma_pos * logsigmoid(x)
    if clip > 0:
        pm = (p - clip).clamp(min=0)
        # 1 - pm without the cancellation of 1 - p.
        log = torch.log((torch.sigmoid(-x) + clip).clamp(max=1))
        focus = torch.where(pm > 0, pm, torch.ones_like(pm)) ** gamma_neg * (pm > 0) if gamma_neg > 0 else 1
        negative = focus * log
    else:
        negative = p ** gamma_neg * logsigmoid(-x)
    rows = -(classes * (y * positive + (1 - y) * negative)).sum(1)
    return (rows * weights).mean()


torch.manual_seed(1)
logits = torch.randn(5, 7, dtype=torch.float64) * 3
logits[0, 0], logits[0, 1], logits[1, 0], logits[1, 1] = 100, -100, 100, -100
logits = logits.float().double()
targets = (torch.rand(5, 7) < 0.4).double()
targets[0, :2], targets[1, :2] = 0, 1
weights = torch.tensor([1, 0.5, 0, 2, 1], dtype=torch.float64)
cases = []
for gamma_pos, gamma_neg, clip, *classes in [(1, 4, 0.05), (0, 4, 0.05), (0, 0, 0), (2, 0.5, 0.2), (0.5, 3, 0),
                                             (0, 0, 0.1), (1, 4, 0.05, 0.2, 1, 3, 0, 1.5, 4, 0.7),
                                             (0, 2, 0, 0.2, 1, 3, 0, 1.5, 4, 0.7)]:
    x = logits.clone().requires_grad_(True)
    value = asymmetric(x, targets, weights, gamma_pos, gamma_neg, clip,
                       torch.tensor(classes or [1], dtype=torch.float64))
    value.backward()
    cases.append({"options": {"gamma_pos": gamma_pos, "gamma_neg": gamma_neg, "clip": clip,
                              **({"class_weights": classes} if classes else {})},
                  "value": value.item(), "gradient": x.grad.flatten().tolist()})
with open("losses.json", "w") as f:
    json.dump({"torch": torch.__version__, "rows": 5, "classes": 7, "logits": logits.flatten().tolist(),
               "targets": targets.flatten().tolist(), "weights": weights.tolist(), "cases": cases}, f)
    f.write("\n")
