"""Writes features.json: what torchvision's residual networks give, in float64.

No weights are stored: they come from a formula of name and index, which
resnet_test.go repeats.

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


def run(name, size, trainable, batch):
    model = getattr(torchvision.models, name)(weights=None).double()
    model.fc = torch.nn.Identity()
    with torch.no_grad():
        for key, p in list(model.named_parameters()) + list(model.named_buffers()):
            if not key.endswith("num_batches_tracked"):
                p.copy_(parameter(key, tuple(p.shape)))
    model.eval()
    if batch and trainable == "all":
        model.train()
    elif batch:
        getattr(model, trainable).train()
    frames = torch.from_numpy((noise("frames", 2 * size * size * 3) >> np.uint32(24)).astype(np.float64).reshape(2, size, size, 3))
    x = (frames / 255 - torch.tensor([0.485, 0.456, 0.406])) / torch.tensor([0.229, 0.224, 0.225])
    features = model(x.permute(0, 3, 1, 2))
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


cases = [run("resnet18", 45, "all", False), run("resnet18", 64, "all", True),
         run("resnet50", 64, "layer4", False), run("resnet50", 64, "layer4", True)]
with open("features.json", "w") as f:
    json.dump({"torch": torch.__version__, "torchvision": torchvision.__version__, "cases": cases}, f)
    f.write("\n")
