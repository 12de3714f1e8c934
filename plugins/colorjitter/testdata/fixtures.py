"""Writes colours.json: colours changed by torchvision, for the tests of color-jitter.

Run: python3 fixtures.py   (versions are recorded in the file)
"""
import json

import torch
import torchvision
import torchvision.transforms.functional as F

torch.manual_seed(2)
colours = torch.randint(0, 256, (60, 3), dtype=torch.uint8)
colours[:8] = torch.tensor([[0, 0, 0], [255, 255, 255], [255, 0, 0], [0, 255, 0], [0, 0, 255], [7, 7, 7], [200, 200, 10],
                            [254, 255, 254]], dtype=torch.uint8)
image = colours.t()[:, None, :].contiguous()
change = {"brightness": F.adjust_brightness, "contrast": F.adjust_contrast, "saturation": F.adjust_saturation, "hue": F.adjust_hue}
cases = []
for steps in [[["brightness", f]] for f in (0, 0.3, 1, 1.8)] + [[["contrast", f]] for f in (0, 0.45, 1, 1.7)] + \
             [[["saturation", f]] for f in (0, 0.25, 1, 1.8)] + [[["hue", f]] for f in (-0.5, -0.2, 0, 0.07, 0.2, 0.5)] + \
             [[["hue", 0.13], ["contrast", 1.3], ["brightness", 0.8], ["saturation", 0.6]]]:
    out = image
    for name, factor in steps:
        out = change[name](out, factor)
    cases.append({"steps": [{"name": n, "factor": f} for n, f in steps], "colours": out[:, 0].t().flatten().tolist()})
with open("colours.json", "w") as f:
    json.dump({"torch": torch.__version__, "torchvision": torchvision.__version__,
               "colours": colours.flatten().tolist(), "cases": cases}, f)
    f.write("\n")
