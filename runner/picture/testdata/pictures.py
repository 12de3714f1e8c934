"""Writes small pictures: AVIF and HEIC to heif, kinds of other formats to kind, turned ones to turned. Beside each that
is read it puts what Pillow makes of it, as a PNG file.

Needs Pillow from 11.3 with AVIF, pillow-heif, and ffmpeg with libaom.
"""

import io
import json
import pathlib
import struct
import subprocess

import numpy
import PIL
import pillow_heif
from PIL import Image, ImageOps, features

pillow_heif.register_heif_opener()
out, kind, turned = pathlib.Path("heif"), pathlib.Path("kind"), pathlib.Path("turned")
for folder in out, kind, turned:
    folder.mkdir(exist_ok=True)
rng = numpy.random.default_rng(7)


def picture(w, h):
    """Smooth colours with a little noise."""
    smooth = numpy.add.outer(numpy.arange(h) * 120 // h, numpy.arange(w) * 96 // w)[..., None] + [0, 20, 40]
    return Image.fromarray(numpy.clip(smooth + rng.integers(-6, 7, smooth.shape), 0, 255).astype("uint8"))


def transparent(p):
    p = p.copy()
    p.putalpha(Image.fromarray(numpy.tile(numpy.linspace(0, 255, p.width), (p.height, 1)).astype("uint8")))
    return p


def areas(w, h):
    """Areas of full colours, whose edges lie between the pixels of halved colours."""
    colours = rng.integers(0, 256, (h // 8 + 1, w // 8 + 1, 3))
    return Image.fromarray(numpy.kron(colours, numpy.ones((8, 8, 1)))[:h, :w].astype("uint8"))


def shown(file):
    """What Pillow shows, over white."""
    p = ImageOps.exif_transpose(Image.open(file))
    if p.mode.startswith("I;16"):
        p = Image.fromarray((numpy.asarray(p) // 257).astype("uint8"))
    if "A" in p.mode or p.mode == "RGBa":
        p = Image.alpha_composite(Image.new("RGBA", p.size, "white"), p.convert("RGBA"))
    return p.convert("RGB")


def exif(orientation):
    e = Image.Exif()
    e[0x0112] = orientation
    return e.tobytes()


def save(name, p, **options):
    p.save(out / name, **options)


def boxes(data, at, end):
    """Names, starts and ends of the boxes within a range."""
    while at < end:
        size, name = struct.unpack(">I4s", data[at:at + 8])
        yield name.decode(), at, at + size
        at += size


def box(name, *parts):
    content = b"".join(parts)
    return struct.pack(">I4s", 8 + len(content), name.encode()) + content


def full(name, version, flags, *parts):
    return box(name, struct.pack(">I", version << 24 | flags), *parts)


def find(data, *path, head=0):
    """The content of a box in boxes; meta has four bytes before its boxes."""
    at, end = 0, len(data)
    for name in path:
        at, end = next((a + 8 + (4 if n == "meta" else 0), e) for n, a, e in boxes(data, at, end) if n == name)
    return data[at:end]


def grid(p, side, columns, rows, colr=True):
    """A HEIC file as phones write them, of tiles that are coded each for itself."""
    tiles, properties = [], None
    for y in range(rows):
        for x in range(columns):
            file = io.BytesIO()
            tile = Image.new("RGB", (side, side))
            tile.paste(p.crop((x * side, y * side, (x + 1) * side, (y + 1) * side)))
            tile.save(file, "HEIF", quality=95, chroma=420)
            data = file.getvalue()
            properties = properties or {n: data[a:e] for n, a, e in _ipco(data)}
            tiles.append(find(data, "mdat"))
    ids = range(2, 2 + len(tiles))
    of_grid = box("ispe", struct.pack(">III", 0, p.width, p.height))
    ipco = box("ipco", properties["hvcC"], properties["ispe"], of_grid, properties["colr"] if colr else box("free"))
    ipma = full("ipma", 0, 0, struct.pack(">I", 1 + len(tiles)), struct.pack(">HBBB", 1, 2, 3, 4),
                *[struct.pack(">HBBBB", i, 3, 0x81, 2, 4) for i in ids])
    infe = [full("infe", 2, 0, struct.pack(">HH4sB", 1, 0, b"grid", 0))]
    infe += [full("infe", 2, 1, struct.pack(">HH4sB", i, 0, b"hvc1", 0)) for i in ids]
    iinf = full("iinf", 0, 0, struct.pack(">H", len(infe)), *infe)
    iref = full("iref", 0, 0, box("dimg", struct.pack(">HH", 1, len(tiles)), *[struct.pack(">H", i) for i in ids]))
    description = struct.pack(">BBBBHH", 0, 0, rows - 1, columns - 1, p.width, p.height)
    idat = box("idat", description)

    def file(at):
        places, offset = [(1, 1, 0, len(description))], at
        for i, t in zip(ids, tiles):
            places.append((i, 0, offset, len(t)))
            offset += len(t)
        iloc = full("iloc", 1, 0, struct.pack(">BBH", 0x44, 0, len(places)),
                    *[struct.pack(">HHHHII", i, method, 0, 1, where, n) for i, method, where, n in places])
        meta = full("meta", 0, 0, full("hdlr", 0, 0, struct.pack(">I4s12sB", 0, b"pict", b"", 0)),
                    full("pitm", 0, 0, struct.pack(">H", 1)), iloc, iinf, iref, box("iprp", ipco, ipma), idat)
        return box("ftyp", b"heic\0\0\0\0mif1heic") + meta + box("mdat", *tiles)

    length = len(file(0)) - sum(map(len, tiles))
    return file(length)


def _ipco(data):
    at = data.index(b"ipco") - 4
    yield from boxes(data, at + 8, at + struct.unpack(">I", data[at:at + 4])[0])


plain, odd = picture(32, 24), picture(33, 25)
save("plain.avif", plain, quality=95, subsampling="4:4:4")
save("halved.avif", picture(150, 70), quality=95, subsampling="4:2:0")
save("limited.avif", areas(64, 48), quality=95, subsampling="4:4:4", range="limited")
save("grey.avif", plain.convert("L"), quality=95)
save("alpha.avif", transparent(plain), quality=95, subsampling="4:4:4")
save("animated.avif", plain, quality=95, subsampling="4:4:4", save_all=True, append_images=[areas(32, 24)])
for o in range(2, 9):
    save(f"turned{o}.avif", odd, quality=95, subsampling="4:4:4", exif=exif(o))
subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "32x24", "-i", "-",
                "-pix_fmt", "yuv444p10le", "-c:v", "libaom-av1", "-crf", "5", "-still-picture", "1", out / "deep.avif"],
               input=plain.tobytes(), check=True)

save("plain.heic", plain, quality=95, chroma=444)
save("halved.heic", picture(150, 70), quality=95, chroma=420)
save("odd.heic", odd, quality=95, chroma=420)
save("half.heic", picture(90, 40), quality=95, chroma=422)
save("grey.heic", plain.convert("L"), quality=95)
save("alpha.heic", transparent(plain), quality=95, chroma=444)
for o in range(2, 9):
    save(f"turned{o}.heic", areas(66, 36), quality=95, chroma=444, exif=exif(o))
save("limited.heic", areas(64, 48), quality=95, chroma=444, full_range_flag=0, matrix_coefficients=1)
save("wide.heic", areas(64, 48), quality=95, chroma=444, full_range_flag=1, matrix_coefficients=9)
deep = numpy.asarray(plain).astype("uint16") * 257
pillow_heif.from_bytes("RGB;16", plain.size, deep.tobytes()).save(out / "deep.heic", quality=95, chroma=444)
pillow_heif.from_bytes("RGBA;16", plain.size, numpy.dstack([deep, deep[..., :1]]).tobytes()).save(
    out / "deep_alpha.heic", quality=95, chroma=444)
narrow = (out / "limited.heic").read_bytes()
(out / "sequence.heic").write_bytes(narrow.replace(b"colrnclx", b"freenclx"))  # only the sequence says the range
(out / "grid.heic").write_bytes(grid(areas(150, 100), 64, 3, 2))
(out / "unsaid.heic").write_bytes(grid(areas(100, 60), 64, 2, 1, colr=False))

grey = plain.convert("L")
plain.save(kind / "deflate.tiff", compression="tiff_adobe_deflate")
plain.save(kind / "packbits.tiff", compression="packbits")
plain.save(kind / "pages.tiff", save_all=True, append_images=[areas(32, 24)])
plain.quantize(16).save(kind / "palette.tiff")
transparent(plain).save(kind / "alpha.tiff")
plain.convert("1").save(kind / "fax.tiff", compression="group4")
Image.fromarray(numpy.asarray(grey).astype("uint16") * 257).save(kind / "deep_grey.tiff")
subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "32x24", "-i", "-",
                "-pix_fmt", "rgb48le", "-compression_algo", "raw", kind / "deep.tiff"],
               input=plain.tobytes(), check=True)
plain.convert("CMYK").save(kind / "cmyk.tiff")
plain.save(kind / "jpeg.tiff", compression="jpeg", quality=95)
grey.convert("F").save(kind / "float.tiff")
grey.convert("I").save(kind / "signed.tiff")
flat = io.BytesIO()
plain.save(flat, "TIFF", tiffinfo={284: 2})
(kind / "planes.tiff").write_bytes(flat.getvalue())
plain.save(kind / "animated.webp", save_all=True, append_images=[areas(32, 24)], lossless=True)
transparent(plain).save(kind / "animated_alpha.webp", save_all=True, append_images=[areas(32, 24)], quality=95)
plain.save(kind / "animated.png", save_all=True, append_images=[areas(32, 24)])
plain.quantize(16).save(kind / "animated.gif", save_all=True, append_images=[areas(32, 24)])
for o in range(2, 9):
    odd.save(turned / f"{o}.png", exif=exif(o))
    odd.save(turned / f"{o}.webp", lossless=True, exif=exif(o))
    odd.save(turned / f"{o}.tiff", tiffinfo={0x0112: o})
early = (turned / "6.png").read_bytes()
at, end = next((a - 4, a + 8 + struct.unpack(">I", early[a - 4:a])[0]) for a in [early.index(b"eXIf")])
(turned / "late.png").write_bytes(early[:at] + early[end:-12] + early[at:end] + early[-12:])

refused = {"jpeg.tiff", "float.tiff", "signed.tiff", "planes.tiff", "cmyk.tiff"}
for file in sorted([*out.glob("*.*i[cf]"), *kind.glob("*.*"), *turned.glob("*.*")]):
    if file.name not in refused and len(file.suffixes) == 1:
        shown(file).save(file.with_name(file.name + ".png"))
versions = {"pillow": PIL.__version__, "libavif": features.version("avif"), "pillow_heif": pillow_heif.__version__,
            "libheif": pillow_heif.libheif_version(), "ffmpeg":
            subprocess.run(["ffmpeg", "-version"], capture_output=True, text=True).stdout.split()[2]}
json.dump(versions, open("heif/versions.json", "w"), indent=1)
