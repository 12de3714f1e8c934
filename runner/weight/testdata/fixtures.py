"""Writes the files that PyTorch saves, good ones and hostile ones, and what is in them.

Run in this folder: python3 fixtures.py. The versions used are in expected.json.
PyTorch names the storages of legacy files by their addresses: those files differ between runs.
"""

import json
import platform
import struct
import zipfile
from collections import OrderedDict

import torch
import torchvision

torch.manual_seed(5)


def save(value, name, zipped):
    torch.save(value, name, _use_new_zipfile_serialization=zipped)


def kinds():
    """One tensor of each kind; values and their float32 are in expected.json."""
    base = torch.arange(24, dtype=torch.float32) / 8 - 1
    half = torch.tensor([0.0, -0.0, 1.0, -2.5, 65504.0, 6e-8, 6.1e-5, 3.3333, float("inf")], dtype=torch.float16)
    return OrderedDict([
        ("float32", base.reshape(2, 3, 4).clone()),
        ("float16", half),
        ("bfloat16", torch.tensor([1.0, -3.140625, 1e38, 1e-40], dtype=torch.bfloat16)),
        ("float64", torch.tensor([[0.1, -1e30], [1e-50, 2.0]], dtype=torch.float64)),
        ("transposed", base.reshape(4, 6).t()),
        ("half_transposed", half[:8].reshape(2, 4).t()),
        ("slice", base.reshape(4, 6)[1:3, ::2]),
        ("shared.a", base[:8]),
        ("shared.b", base[4:12]),
        ("expanded", torch.tensor([[1.5], [2.5]]).expand(2, 3)),
        ("scalar", torch.tensor(4.25)),
        ("empty", torch.zeros(0, 3)),
        ("parameter", torch.nn.Parameter(torch.tensor([7.0, 8.0]))),
        ("bn.num_batches_tracked", torch.tensor(12)),
        ("index", torch.tensor([1, 2], dtype=torch.int32)),
        ("mask", torch.tensor([True, False])),
    ])


def narrow_resnet18():
    """torchvision's ResNet-18 with all channels divided by 64, its names and its classifier."""
    state = OrderedDict()
    for name, value in torchvision.models.resnet18().state_dict().items():
        if not value.is_floating_point():
            state[name] = value + 3
            continue
        shape = [n if n in (1, 3, 7) else max(n // 64, 1) for n in value.shape]
        state[name] = torch.randn(shape)
    return state


class Called:
    """Pickles as a call of a function, the way files of other versions do."""

    def __init__(self, *reduced):
        self.reduced = reduced

    def __reduce_ex__(self, protocol):
        return self.reduced


def of_2017():
    """Parameters of PyTorch 0.1 to 0.3: Parameter(tensor), flags as its state, _rebuild_tensor."""
    def tensor(t):
        return Called(torch._utils._rebuild_tensor, (t.storage(), t.storage_offset(), tuple(t.size()), t.stride()))

    weight = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    state = OrderedDict()
    state["fc.weight"] = Called(torch.nn.parameter.Parameter, (tensor(weight),), (True, False, OrderedDict()))
    state["bn.running_mean"] = tensor(torch.tensor([0.5, 0.25]))
    return state


def rewrite(source, target, change):
    """Copies a zip file with one change of its records."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as new:
        records = OrderedDict((i.filename, old.read(i)) for i in old.infolist())
        change(records)
        for name, data in records.items():
            new.writestr(zipfile.ZipInfo(name), data)


def with_pickle(data):
    def change(records):
        name = next(n for n in records if n.endswith("data.pkl"))
        records[name] = data
    return change


def compressed(source, target):
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for i in old.infolist():
            new.writestr(zipfile.ZipInfo(i.filename), old.read(i), compress_type=zipfile.ZIP_DEFLATED)


def storage_id(count, key="0", kind="FloatStorage"):
    """The opcodes that push a storage."""
    def text(s):
        return b"X" + struct.pack("<I", len(s)) + s.encode()
    number = b"\x8a\x08" + struct.pack("<q", count)
    return b"(" + text("storage") + b"ctorch\n" + kind.encode() + b"\n" + text(key) + text("cpu") + number + b"tQ"


def tensor_pickle(count=2, offset=0, shape=(2,), stride=(1,)):
    """A state dict {"x": tensor} in opcodes, whose numbers may be anything."""
    def tup(ns):
        return b"(" + b"".join(b"\x8a\x08" + struct.pack("<q", n) for n in ns) + b"t"
    return (b"\x80\x02}X\x01\x00\x00\x00xctorch._utils\n_rebuild_tensor_v2\n(" + storage_id(count)
            + b"\x8a\x08" + struct.pack("<q", offset) + tup(shape) + tup(stride) + b"\x89}tRs.")


def hostile():
    """Files whose reading must be a clear error; Python would run the first two."""
    attack = Called(eval, ("print('run')",))
    save(OrderedDict(x=attack), "hostile_reduce.pth", True)
    save(OrderedDict(x=attack), "hostile_reduce_legacy.pth", False)
    save(torch.nn.Linear(1, 1), "hostile_module.pth", True)
    save(OrderedDict(x=torch.tensor([1.0, 2.0])), "two.pth", True)
    pickles = {
        "count": tensor_pickle(count=1 << 40),
        "shape": tensor_pickle(shape=(1 << 20, 1 << 20), stride=(0, 0)),
        "offset": tensor_pickle(offset=1),
        "stride": tensor_pickle(shape=(2, 1), stride=(1 << 62, 1)),
        "negative": tensor_pickle(offset=-1),
        "text": b"\x80\x02X\xff\xff\xff\xffa.",
        "cyclic": b"\x80\x02]q\x00h\x00a.",
        "cyclic_dict": b"\x80\x02}q\x00X\x05\x00\x00\x00modelh\x00s.",
        "deep": b"\x80\x02" + b"(" * 2000 + b"t" * 2000 + b".",
        "underflow": b"\x80\x02R.",
        "memo": b"\x80\x02h\x07.",
    }
    for name, data in pickles.items():
        rewrite("two.pth", f"hostile_{name}.pth", with_pickle(data))
    rewrite("two.pth", "hostile_storage.pth", lambda r: r.pop(next(n for n in r if n.endswith("data/0"))))
    rewrite("two.pth", "hostile_order.pth", lambda r: r.update({"two/byteorder": b"big"}))
    compressed("two.pth", "hostile_compressed.pth")
    torch.jit.save(torch.jit.script(torch.nn.ReLU()), "hostile_script.pth")


def wrong_count():
    """A legacy file whose only storage says it has 2**40 numbers."""
    save(OrderedDict(x=torch.tensor([1.0, 2.0])), "hostile_count_legacy.pth", False)
    with open("hostile_count_legacy.pth", "r+b") as f:
        f.seek(-16, 2)
        assert struct.unpack("<Q", f.read(8)) == (2,)
        f.seek(-16, 2)
        f.write(struct.pack("<Q", 1 << 40))


def describe(state):
    """Shapes and the float32 of every floating-point tensor, as hexadecimal bits."""
    out = {}
    for name, value in state.items():
        if value.is_floating_point():
            bits = value.detach().to(torch.float32).contiguous().numpy().view("uint32").flatten().tolist()
            out[name] = {"shape": list(value.shape), "bits": [f"{b:08x}" for b in bits]}
    return out


def main():
    state = kinds()
    save(state, "kinds.pth", True)
    save(state, "kinds_legacy.pth", False)
    torch.save(state, "kinds_protocol4.pth", pickle_protocol=4)
    save(of_2017(), "of_2017.pth", False)
    resnet = narrow_resnet18()
    save(resnet, "resnet18.pth", True)
    save(resnet, "resnet18_legacy.pth", False)
    wrapped = OrderedDict(("module.backbone." + k, v) for k, v in list(resnet.items())[:6])
    wrapped["module.projector.weight"] = torch.zeros(1)
    save({"epoch": 3, "arch": "resnet18", "lr": 0.1, "state_dict": wrapped, "optimizer": {"state": {}, "param_groups": [{"lr": 0.1}]}}, "wrapped.pth", True)
    save(torch.zeros(2), "bare.pth", True)
    save({"epoch": 3}, "nothing.pth", True)
    save(OrderedDict(x=torch.tensor([1.0, 1e300], dtype=torch.float64)), "large.pth", True)
    hostile()
    wrong_count()
    old = {"fc.weight": {"shape": [2, 3], "bits": [f"{struct.unpack('<I', struct.pack('<f', v))[0]:08x}" for v in range(1, 7)]},
           "bn.running_mean": {"shape": [2], "bits": ["3f000000", "3e800000"]}}
    expected = {"python": platform.python_version(), "torch": torch.__version__, "torchvision": torchvision.__version__,
                "kinds": describe(state), "of_2017": old,
                "resnet18": {k: {"shape": list(v.shape), "sum": float(v.double().sum())} for k, v in resnet.items() if v.is_floating_point()}}
    with open("expected.json", "w") as f:
        json.dump(expected, f, indent=None, separators=(",", ":"))
        f.write("\n")


main()
