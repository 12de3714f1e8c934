"""Writes blurs.json: frames blurred by torchvision, for the tests of blur.

Run: python3 fixtures.py   (versions are recorded in the file)
"""
import json

import torch
import torchvision
import torchvision.transforms.functional as F


def frame(size):
    """A frame whose pixels the test computes too: no need to store it."""
    y, x, c = torch.meshgrid(*[torch.arange(n) for n in (size, size, 3)], indexing="ij")
    return ((37 * x + 91 * y + 53 * c + 5 * x * y) % 256).to(torch.uint8)


cases = []
for size, radius, sigma in [(12, 1, 0.5), (12, 1, 2.0), (11, 3, 1.3), (9, 4, 0.1), (8, 4, 30.0)]:
    out = F.gaussian_blur(frame(size).permute(2, 0, 1), 2 * radius + 1, sigma)
    cases.append({"size": size, "radius": radius, "sigma": sigma, "pixels": out.permute(1, 2, 0).flatten().tolist()})
with open("blurs.json", "w") as f:
    json.dump({"torch": torch.__version__, "torchvision": torchvision.__version__, "cases": cases}, f)
    f.write("\n")
