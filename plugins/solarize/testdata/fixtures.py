"""Writes levels.json: what torchvision makes of all grey levels, for the tests of solarize.

Run: python3 fixtures.py   (versions are recorded in the file)
"""
import json

import torch
import torchvision
import torchvision.transforms.functional as F

levels = torch.arange(256, dtype=torch.uint8).reshape(1, 16, 16)
cases = [{"threshold": t, "levels": F.solarize(levels, t).flatten().tolist()} for t in (0, 100, 128, 255)]
with open("levels.json", "w") as f:
    json.dump({"torch": torch.__version__, "torchvision": torchvision.__version__, "cases": cases}, f)
    f.write("\n")
