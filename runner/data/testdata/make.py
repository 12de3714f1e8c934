"""Writes images and what torchvision's Resize makes of them, for resize_test.go."""
import json
import sys

import numpy as np
import PIL
import torch
import torchvision
from PIL import Image
from torchvision.transforms import Resize

SIZE = 12
rng = np.random.default_rng(7)
y, x = np.mgrid[0:31, 0:47]
picture = np.stack([x * 5, y * 8, (x * 13 + y * 29) % 256], 2).astype(np.uint8)
picture[5:9, 10:20] = rng.integers(0, 256, (4, 10, 3))
colour = Image.fromarray(picture)
images = {
    "rgb": colour,
    "grey": colour.convert("L"),
    "paletted": colour.quantize(16),
    "small": colour.resize((7, 5)),
    "opaque": colour.convert("RGBA"),
}
fixture = {
    "versions": {"python": sys.version.split()[0], "torch": torch.__version__,
                 "torchvision": torchvision.__version__, "pillow": PIL.__version__},
    "size": SIZE,
    "images": {},
}
for name, image in images.items():
    image.save(f"{name}.png")
    resized = Resize((SIZE, SIZE), antialias=True)(image.convert("RGB"))
    fixture["images"][f"{name}.png"] = np.asarray(resized).ravel().tolist()
# A file of four inks: only a flat colour, since the conversion is a matter of taste.
Image.new("CMYK", (16, 16), (0, 255, 255, 0)).save("cmyk.jpg", quality=95)
fixture["images"]["cmyk.jpg"] = [255, 0, 0] * (SIZE * SIZE)
with open("resize.json", "w") as file:
    json.dump(fixture, file)
    file.write("\n")
