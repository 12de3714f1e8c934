"""Writes greys.json: what torchvision makes of some colours, for the tests of grayscale.

Run: python3 fixtures.py   (versions are recorded in the file)
"""
import json

import torch
import torchvision
import torchvision.transforms.functional as F

torch.manual_seed(2)
colours = torch.randint(0, 256, (40, 3), dtype=torch.uint8)
colours[:5] = torch.tensor([[0, 0, 0], [255, 255, 255], [255, 0, 0], [0, 255, 0], [0, 0, 255]], dtype=torch.uint8)
grey = F.rgb_to_grayscale(colours.t()[:, None, :])[0, 0]
with open("greys.json", "w") as f:
    json.dump({"torch": torch.__version__, "torchvision": torchvision.__version__,
               "colours": colours.tolist(), "greys": grey.tolist()}, f)
    f.write("\n")
