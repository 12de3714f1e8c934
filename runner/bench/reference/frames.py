"""Frames prepared in a second on one core, by runner's loader and by Pillow, in turns.

A frame is read, decoded and resized to 224 x 224. The files are JPEGs, quality 90, 4:2:0, of noise whose spectrum
falls as that of photographs does; they are read from memory that the system keeps. Pillow runs
twice: as people write it, and with draft(), which lets libjpeg-turbo decode at a half, quarter or eighth of the size
where that is no less than 224. Each side is bound to one core, and measures wall time and processor time of all its
threads; on a machine that is busy the second is the better measure.

    python3 runner/bench/reference/frames.py [--size 640x360] [--rounds 7] [--frames 200] [--folder DIR]

Needs Pillow and numpy, and Go for our side.
"""
import argparse, io, json, os, statistics, subprocess, sys, tempfile, time

import numpy as np
import PIL
from PIL import Image, features

SIZE = 224


def write_frames(folder, count, width, height):
    """Writes noise that has a plane's 1/f spectrum, with colours that vary less than light does."""
    random = np.random.default_rng(1)
    fy, fx = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :]
    fall = 1 / np.maximum(np.hypot(fy, fx), 1 / width) ** 1.6
    size = 0
    for i in range(count):
        planes = []
        for contrast in (55, 18, 18):
            waves = fall * np.exp(2j * np.pi * random.random(fall.shape))
            plane = np.fft.irfft2(waves, (height, width))
            planes.append(128 + contrast * (plane - plane.mean()) / plane.std())
        pixels = np.clip(np.stack(planes, -1), 0, 255).astype(np.uint8)
        path = os.path.join(folder, f"{i:04}.jpg")
        Image.fromarray(pixels, "YCbCr").save(path, quality=90, subsampling="4:2:0")
        size += os.path.getsize(path)
    return size / count


def pillow(folder, draft):
    wall, cpu = time.perf_counter(), time.process_time()
    names = sorted(os.listdir(folder))
    for name in names:
        with open(os.path.join(folder, name), "rb") as f:
            image = Image.open(io.BytesIO(f.read()))
        if draft:
            image.draft("RGB", (SIZE, SIZE))
        np.asarray(image.convert("RGB").resize((SIZE, SIZE), Image.BILINEAR))
    return {"wall": len(names) / (time.perf_counter() - wall), "cpu": len(names) / (time.process_time() - cpu)}


def ours(binary, folder, kind):
    """Runs one benchmark of runner/data over the files, once each."""
    command = [binary, "-test.run", "^$", "-test.bench", f"^BenchmarkFrames$/^{kind}$", "-test.benchtime", "1x"]
    env = {**os.environ, "FRAMES": folder, "GOMAXPROCS": "1"}
    out = subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout
    line = next(l for l in out.splitlines() if l.startswith("BenchmarkFrames")).split()
    return {unit.removesuffix("-frames/s"): float(value) for value, unit in zip(line[2::2], line[3::2])
            if unit.endswith("frames/s")}


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--size", default="640x360", help="of the files")
    args.add_argument("--rounds", type=int, default=7)
    args.add_argument("--frames", type=int, default=200)
    args.add_argument("--folder", help="frames to read instead of noise")
    args = args.parse_args()
    if hasattr(os, "sched_setaffinity"):
        core = min(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as temporary:
        binary = os.path.join(temporary, "data.test")
        subprocess.run(["go", "test", "-c", "-o", binary, "./runner/data"], check=True)
        folder = args.folder
        if not folder:
            folder = os.path.join(temporary, "frames")
            os.mkdir(folder)
            bytes = write_frames(folder, args.frames, *map(int, args.size.split("x")))
            print(f"{args.frames} files of {args.size}, {bytes / 1000:.1f} kB each")
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, {core})  # and what is started from here
        sides = {"runner": lambda: ours(binary, folder, "decoded"),
                 "runner, frame cache on disk": lambda: ours(binary, folder, "disk"),
                 "Pillow": lambda: pillow(folder, False), "Pillow with draft": lambda: pillow(folder, True)}
        rounds = [{name: side() for name, side in sides.items()} for _ in range(args.rounds + 1)]
    rounds = rounds[1:]  # the first warms up
    turbo, go = features.version("libjpeg_turbo"), subprocess.check_output(["go", "version"], text=True).split()[2]
    print(f"medians of {args.rounds} rounds, with the lowest and the highest; Pillow {PIL.__version__}, "
          f"libjpeg-turbo {turbo}, Python {sys.version.split()[0]}, {go}")
    for measure in ("wall", "cpu"):
        for name in sides:
            rates = [r[name][measure] for r in rounds]
            ratios = [r["runner"][measure] / r[name][measure] for r in rounds]
            print(f"{measure:5} {name:28} {statistics.median(rates):7.0f} frames/s "
                  f"({min(rates):.0f} to {max(rates):.0f}); runner is {statistics.median(ratios):.2f} "
                  f"({min(ratios):.2f} to {max(ratios):.2f}) times as fast")


main()
