"""Writes what torchvision's residual networks give, in float64: features.json has
features, gradients and statistics of networks as they are initialised; fidelity.json
the features of all depths, and gradients of layer4 where no ReLU can flip.

No weights are stored: they come from a formula of name and index, which the tests
repeat.

Run: python3 fixtures.py   (versions are recorded in the file)
"""
import json
import zlib

import numpy as np
import torch
import torchvision


def noise(name, count):
    """Whole numbers of 32 bits, mixed from a name and an index."""
    u = np.arange(count, dtype=np.uint32) * np.uint32(2654435761) + np.uint32(zlib.crc32(name.encode()))
    u ^= u >> np.uint32(15)
    u *= np.uint32(2246822519)
    u ^= u >> np.uint32(13)
    u *= np.uint32(3266489917)
    return u ^ (u >> np.uint32(16))


def uniform(name, shape):
    """Numbers in [-0.5, 0.5)."""
    return (noise(name, int(np.prod(shape))) / 2.0**32 - 0.5).reshape(shape)


def parameter(name, shape):
    v = uniform(name, shape)
    if len(shape) == 4:  # the deviation of torchvision's initialisation
        v = v * np.sqrt(24 / (shape[0] * shape[2] * shape[3]))
    elif name.endswith("running_var"):
        v = 1 + 0.5 * v
    elif name.endswith("weight"):
        v = 0.6 + 0.4 * v
    else:
        v = 0.2 * v
    return torch.from_numpy(v.astype(np.float32)).double()


def network(name, formula):
    model = getattr(torchvision.models, name)(weights=None).double()
    model.fc = torch.nn.Identity()
    with torch.no_grad():
        for key, p in list(model.named_parameters()) + list(model.named_buffers()):
            if not key.endswith("num_batches_tracked"):
                p.copy_(formula(key, tuple(p.shape)))
    return model.eval()


def images(size):
    frames = torch.from_numpy((noise("frames", 2 * size * size * 3) >> np.uint32(24)).astype(np.float64).reshape(2, size, size, 3))
    x = (frames / 255 - torch.tensor([0.485, 0.456, 0.406])) / torch.tensor([0.229, 0.224, 0.225])
    return x.permute(0, 3, 1, 2)


def run(name, size, trainable, batch):
    model = network(name, parameter)
    if batch and trainable == "all":
        model.train()
    elif batch:
        getattr(model, trainable).train()
    features = model(images(size))
    grad = torch.from_numpy(uniform("grad", tuple(features.shape)).astype(np.float32)).double()
    (features * grad).sum().backward()
    case = {"name": name, "size": size, "trainable": trainable, "batch": batch,
            "features": features.flatten()[::13].tolist(), "gradients": {}, "buffers": {}}
    for key, p in model.named_parameters():
        stage = "conv1" if key.startswith(("conv1", "bn1")) else key.split(".")[0]
        if trainable == "all" and (stage == "conv1" or ".0.bn" in key) or stage == trainable and ".0." in key:
            case["gradients"][key] = {"length": p.grad.norm().item(), "first": p.grad.flatten()[:3].tolist()}
    for key, p in model.named_buffers():
        if ("bn1.running" in key and "layer" not in key) or "layer4.1.bn2.running" in key:
            case["buffers"][key] = p.flatten()[:4].tolist()
    return case


def features(name, size):
    with torch.no_grad():
        return {"name": name, "size": size, "features": network(name, parameter)(images(size)).flatten()[::17].tolist()}


def firm(last, key, shape):
    """As parameter, but in layer4 what a ReLU reads is far from 0: its normalisation
    adds 4 or, where the block ends, 8, by channel of either sign, to what is at most
    a few, since running variances are large and those of a batch bound it."""
    v = parameter(key, shape)
    if not key.startswith("layer4.") or ".bn" not in key:
        return v
    _, block, norm, kind = key.split(".")
    sign = torch.from_numpy(np.where(noise(norm, shape[0]) >> np.uint32(31) == 1, 1.0, -1.0))
    if kind == "bias":
        return v + sign * (8 if norm == last else 4)
    if kind == "running_var":
        return v * (10 * (1 + 4 * int(block) * (norm == "bn1"))) ** 2
    return v


def gradients(name, size, batch):
    last = "bn2" if name in ("resnet18", "resnet34") else "bn3"
    model = network(name, lambda key, shape: firm(last, key, shape))
    if batch:
        model.layer4.train()
    read = []
    for m in model.layer4.modules():
        if isinstance(m, torch.nn.ReLU):
            m.register_forward_pre_hook(lambda _, x: read.append(x[0].detach().clone()))
    out = model(images(size))
    grad = torch.from_numpy(uniform("grad", tuple(out.shape)).astype(np.float32)).double()
    (out * grad).sum().backward()
    margin = min(x.abs().min().item() for x in read)
    shares = [(x > 0).double().mean().item() for x in read]
    assert margin > 1 and all(0.3 < s < 0.7 for s in shares), (name, batch, margin, shares)
    case = {"name": name, "size": size, "batch": batch, "margin": margin, "gradients": {}}
    for key, p in model.named_parameters():
        if key.startswith("layer4."):
            g = p.grad.flatten()
            probe = torch.from_numpy(uniform("probe", (len(g),)))
            case["gradients"][key] = {"largest": g.abs().max().item(), "length": g.norm().item(), "probe": (g * probe).sum().item(),
                                      "some": g[:: max(1, len(g) // 6)].tolist()}
    return case


cases = [run("resnet18", 45, "all", False), run("resnet18", 64, "all", True),
         run("resnet50", 64, "layer4", False), run("resnet50", 64, "layer4", True)]
fidelity = {"features": [features(n, 64) for n in ("resnet18", "resnet34", "resnet50", "resnet101")],
            "gradients": [gradients(n, 64, batch) for n in ("resnet18", "resnet50") for batch in (False, True)]}
for name, content in {"features.json": {"cases": cases}, "fidelity.json": fidelity}.items():
    with open(name, "w") as f:
        json.dump({"torch": torch.__version__, "torchvision": torchvision.__version__, **content}, f)
        f.write("\n")
