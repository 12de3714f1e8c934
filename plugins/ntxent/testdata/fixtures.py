"""Writes losses.json: NT-Xent as a cross-entropy over similarities, by torch in float64.

Run: python3 fixtures.py   (versions are recorded in the file)
"""
import json

import torch

torch.manual_seed(3)
rows, width = 8, 5
vectors = (torch.randn(rows, width, dtype=torch.float64) * 2).float().double()
weights = torch.tensor([1, 0.5, 0, 2, 1, 1, 1, 0.25], dtype=torch.float64)
labels = (torch.arange(rows) + rows // 2) % rows
cases = []
for temperature in [0.5, 0.1, 0.01, 5]:
    x = vectors.clone().requires_grad_(True)
    z = torch.nn.functional.normalize(x)
    logits = (z @ z.t() / temperature).masked_fill(torch.eye(rows, dtype=torch.bool), float("-inf"))
    value = (torch.nn.functional.cross_entropy(logits, labels, reduction="none") * weights).mean()
    value.backward()
    cases.append({"options": {"temperature": temperature}, "value": value.item(), "gradient": x.grad.flatten().tolist()})
with open("losses.json", "w") as f:
    json.dump({"torch": torch.__version__, "rows": rows, "width": width, "vectors": vectors.flatten().tolist(),
               "weights": weights.tolist(), "cases": cases}, f)
    f.write("\n")
