"""Writes warps.json: frames warped by torchvision, for the tests of affine.

Run: python3 fixtures.py   (versions are recorded in the file)
"""
import json
import math

import torch
import torchvision
import torchvision.transforms.functional as F
from torchvision.transforms.functional_tensor import _gen_affine_grid


def frame(size):
    """A frame whose pixels the test computes too: no need to store it."""
    y, x, c = torch.meshgrid(*[torch.arange(n) for n in (size, size, 3)], indexing="ij")
    return ((37 * x + 91 * y + 53 * c + 5 * x * y) % 256).to(torch.uint8)


def warp(image, degrees, scale, fill):
    chw = image.permute(2, 0, 1)
    if fill == "black":  # torchvision turns clockwise
        out = F.affine(chw, -degrees, [0, 0], scale, [0.0, 0.0], F.InterpolationMode.BILINEAR)
        return out.permute(1, 2, 0)
    size = image.shape[0]
    matrix = F._get_inverse_affine_matrix([0.0, 0.0], -degrees, [0, 0], scale, [0.0, 0.0])
    grid = _gen_affine_grid(torch.tensor(matrix).reshape(1, 2, 3), size, size, size, size)
    out = torch.nn.functional.grid_sample(chw[None].float(), grid, "bilinear", "border", False)[0]
    return out.round().to(torch.uint8).permute(1, 2, 0)


cases = []
for size, degrees, scale, fill in [(12, 15, 1, "black"), (11, -7.5, 0.8, "black"), (11, 30, 1.3, "edge"),
                                   (12, -110, 0.9, "edge"), (9, 0, 0.5, "black")]:
    cases.append({"size": size, "degrees": degrees, "scale": scale, "fill": fill,
                  "pixels": warp(frame(size), degrees, scale, fill).flatten().tolist()})
with open("warps.json", "w") as f:
    json.dump({"torch": torch.__version__, "torchvision": torchvision.__version__, "cases": cases}, f)
    f.write("\n")
