"""Writes losses.json: entropies by torch.distributions, in float64.

Run: python3 fixtures.py   (versions are recorded in the file)
"""
import json

import torch
from torch.distributions import Bernoulli, Categorical

torch.manual_seed(3)
logits = (torch.randn(5, 6, dtype=torch.float64) * 3).float().double()
logits[0, 0], logits[0, 1] = 30, -30
weights = torch.tensor([1, 0.5, 0, 2, 1], dtype=torch.float64)
cases = []
for name, of in [("sigmoid", lambda x: Bernoulli(logits=x).entropy().mean(1)), ("softmax", lambda x: Categorical(logits=x).entropy())]:
    x = logits.clone().requires_grad_(True)
    value = (of(x) * weights).mean()
    value.backward()
    cases.append({"options": {"of": name}, "value": value.item(), "gradient": x.grad.flatten().tolist()})
with open("losses.json", "w") as f:
    json.dump({"torch": torch.__version__, "rows": 5, "classes": 6, "logits": logits.flatten().tolist(),
               "weights": weights.tolist(), "cases": cases}, f)
    f.write("\n")
