"""Writes crops.json: parts of a frame enlarged by torchvision, for the tests of crop.

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
for size, left, top, width, height in [(12, 0, 0, 12, 12), (12, 3, 2, 5, 7), (11, 10, 0, 1, 4), (13, 2, 6, 9, 7), (9, 0, 0, 3, 9)]:
    out = F.resized_crop(frame(size).permute(2, 0, 1), top, left, height, width, [size, size], F.InterpolationMode.BILINEAR)
    cases.append({"size": size, "left": left, "top": top, "width": width, "height": height,
                  "pixels": out.permute(1, 2, 0).flatten().tolist()})
with open("crops.json", "w") as f:
    json.dump({"torch": torch.__version__, "torchvision": torchvision.__version__, "cases": cases}, f)
    f.write("\n")
