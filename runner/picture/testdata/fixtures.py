"""Writes small pictures of every format, and Pillow's pixels of them, to testdata."""

import json

import numpy
import PIL
from PIL import Image, ImageOps

rng = numpy.random.default_rng(7)
smooth = numpy.add.outer(numpy.arange(24) * 5, numpy.arange(32) * 3)[..., None] + numpy.array([0, 20, 40])
rgb = Image.fromarray(numpy.clip(smooth + rng.integers(-6, 7, smooth.shape), 0, 255).astype("uint8"))
alpha = rgb.copy()
alpha.putalpha(Image.fromarray(numpy.tile(numpy.arange(32) * 8, (24, 1)).astype("uint8")))
exif = Image.Exif()
exif[0x0112] = 6

pictures = {
    "plain.jpg": (rgb, {"quality": 95, "subsampling": 0}),
    "grey.jpg": (rgb.convert("L"), {"quality": 95}),
    "cmyk.jpg": (rgb.convert("CMYK"), {"quality": 95}),
    "progressive.jpg": (rgb, {"quality": 95, "subsampling": 0, "progressive": True}),
    "turned.jpg": (rgb, {"quality": 95, "subsampling": 0, "exif": exif.tobytes()}),
    "palette.png": (rgb.quantize(16), {}),
    "deep.png": (Image.fromarray((numpy.asarray(rgb.convert("L")).astype("uint16") * 257)), {}),
    "alpha.png": (alpha, {}),
    "lossless.webp": (rgb, {"lossless": True}),
    "lossy.webp": (rgb, {"quality": 95}),
    "alpha.webp": (alpha, {"lossless": True, "exact": True}),
    "palette.gif": (rgb.quantize(16), {}),
    "plain.bmp": (rgb, {}),
    "lzw.tiff": (rgb, {"compression": "tiff_lzw"}),
}
out = {"pillow": PIL.__version__, "pixels": {}}
for name, (picture, options) in pictures.items():
    picture.save(name, **options)
    shown = ImageOps.exif_transpose(Image.open(name))
    if shown.mode.startswith("I"):
        shown = Image.fromarray((numpy.asarray(shown) // 257).astype("uint8"))
    if "A" in shown.mode:
        shown = Image.alpha_composite(Image.new("RGBA", shown.size, (255, 255, 255, 255)), shown.convert("RGBA"))
    shown = shown.convert("RGB")
    out["pixels"][name] = {"size": shown.size, "rgb": numpy.asarray(shown).tobytes().hex()}
json.dump(out, open("pixels.json", "w"), indent=0)
