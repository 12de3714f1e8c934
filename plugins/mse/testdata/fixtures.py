"""Writes losses.json: values and gradients of torch's mse_loss in float64.

Run: python3 fixtures.py   (versions are recorded in the file)
"""
import json

import torch

torch.manual_seed(3)
outputs = (torch.randn(5, 6, dtype=torch.float64) * 3).float().double()
outputs[0, 0], outputs[0, 1] = 60, -60
targets = (torch.randn(5, 6, dtype=torch.float64) * 2).float().double()
weights = torch.tensor([1, 0.5, 0, 2, 1], dtype=torch.float64)
cases = []
for name, of in [("outputs", lambda x: x), ("sigmoid", torch.sigmoid), ("softmax", lambda x: torch.softmax(x, 1))]:
    x = outputs.clone().requires_grad_(True)
    value = (torch.nn.functional.mse_loss(of(x), of(targets), reduction="none") * weights[:, None]).mean()
    value.backward()
    cases.append({"options": {"of": name}, "value": value.item(), "gradient": x.grad.flatten().tolist()})
with open("losses.json", "w") as f:
    json.dump({"torch": torch.__version__, "rows": 5, "classes": 6, "logits": outputs.flatten().tolist(),
               "targets": targets.flatten().tolist(), "weights": weights.tolist(), "cases": cases}, f)
    f.write("\n")
