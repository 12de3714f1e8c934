"""Writes small pictures of every format, and Pillow's pixels of them, to testdata."""

import json

import numpy
import PIL
import torchvision
from PIL import Image, ImageOps
from torchvision.transforms.functional import center_crop, resize

rng = numpy.random.default_rng(7)
smooth = numpy.add.outer(numpy.arange(24) * 5, numpy.arange(32) * 3)[..., None] + numpy.array([0, 20, 40])
rgb = Image.fromarray(numpy.clip(smooth + rng.integers(-6, 7, smooth.shape), 0, 255).astype("uint8"))
alpha = rgb.copy()
alpha.putalpha(Image.fromarray(numpy.tile(numpy.arange(32) * 8, (24, 1)).astype("uint8")))
range_ = Image.fromarray(numpy.kron(numpy.array([[0, 255, 128, 255]] * 3 + [[0, 255, 128, 0]] * 3, "uint8")[..., None]
                                    * numpy.array([1, 1, 1], "uint8"), numpy.ones((4, 8, 1), "uint8")))


def turned(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    return rgb, {"quality": 95, "subsampling": 0, "exif": exif.tobytes()}


pictures = {
    "plain.jpg": (rgb, {"quality": 95, "subsampling": 0}),
    "halved.jpg": (rgb, {"quality": 90, "subsampling": 2}),
    "grey.jpg": (rgb.convert("L"), {"quality": 95}),
    "cmyk.jpg": (rgb.convert("CMYK"), {"quality": 95}),
    "progressive.jpg": (rgb, {"quality": 95, "subsampling": 0, "progressive": True}),
    **{f"turned{o}.jpg": turned(o) for o in range(2, 9)},
    "palette.png": (rgb.quantize(16), {}),
    "deep.png": (Image.fromarray((numpy.asarray(rgb.convert("L")).astype("uint16") * 257)), {}),
    "alpha.png": (alpha, {}),
    "lossless.webp": (rgb, {"lossless": True}),
    "lossy.webp": (rgb, {"quality": 95}),
    "range.webp": (range_, {"quality": 95}),
    "lossy_alpha.webp": (alpha, {"quality": 95}),
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
# Squares of a size, of a wide and of a tall picture: torchvision's and Pillow's own ways to make them.
wide = Image.open("lossless.webp").convert("RGB")
tall = ImageOps.exif_transpose(Image.open("turned6.jpg")).convert("RGB")
out["torchvision"], out["squares"] = torchvision.__version__, {}
for name, picture in {"lossless.webp": wide, "turned6.jpg": tall}.items():
    for size in (11, 20, 41):
        squares = {"crop": center_crop(resize(picture, size), [size, size]),
                   "fit": ImageOps.pad(picture, (size, size), Image.BILINEAR, (10, 200, 90)),
                   "squash": picture.resize((size, size), Image.BILINEAR)}
        out["squares"].update({f"{name} {how} {size}": numpy.asarray(p).tobytes().hex() for how, p in squares.items()})
json.dump(out, open("pixels.json", "w"), indent=0)
