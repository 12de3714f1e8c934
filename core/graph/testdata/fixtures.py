"""Writes fixtures.json: what PyTorch computes for operators of package graph.

Run: python3 fixtures.py > fixtures.json
Every case holds inputs, outputs, the gradients of sum(output * weight) by the
inputs, and the new values of buffers. Images are stored as [N,H,W,C].
"""

import json
import sys

import torch
import torch.nn.functional as F

torch.manual_seed(3)
torch.set_num_threads(1)
cases = {}


def pack(t):
    t = t.detach()
    return {"shape": list(t.shape), "data": [float(f"{v:.8g}") for v in t.double().flatten().tolist()]}


def nhwc(t):
    return t.permute(0, 2, 3, 1).contiguous()


def nchw(t):
    return t.permute(0, 3, 1, 2).contiguous()


def case(name, f, *inputs, updates=()):
    """f takes float64 inputs; the stored numbers are those of float32 inputs."""
    leaves = [i.float().double().requires_grad_() for i in inputs]
    y = f(*leaves)
    w = torch.randn(y.shape).float().double()
    (y * w).sum().backward()
    cases[name] = {
        "inputs": [pack(i) for i in leaves],
        "output": pack(y),
        "weight": pack(w),
        "gradients": [pack(i.grad if i.grad is not None else torch.zeros_like(i)) for i in leaves],
        "updates": [pack(u) for u in updates],
    }


x = torch.randn(3, 5) * 4
x[0, 0] = 200  # rows that overflow without the subtraction of their maximum
x[1] -= 150
case("log_softmax", lambda x: F.log_softmax(x, -1), x)
case("softmax", lambda x: F.softmax(x, -1), x)
case("log_sum_exp", lambda x: torch.logsumexp(x, -1), x)

wide = torch.tensor([-100.0, -30, -1, -1e-4, 0, 0.5, 20, 100])
case("log_sigmoid", F.logsigmoid, wide)
case("softplus", lambda x: F.softplus(x, threshold=1000), wide)
case("sigmoid", torch.sigmoid, wide)
case("tanh", torch.tanh, torch.randn(6))
case("relu", F.relu, torch.tensor([-2.0, 0, 3, -0.1]))
case("abs", torch.abs, torch.tensor([-2.0, 0, 3, -0.1]))
case("clamp_min", lambda x: x.clamp(min=0.25), torch.tensor([-2.0, 0.25, 3, 0.2]))
case("pow", lambda x: x.pow(1.5), torch.tensor([0.25, 1, 2, 7]))
case("pow_zero", lambda x: x.pow(0), torch.tensor([0.0, 1, 2]))
case("normalize_rows", lambda x: F.normalize(x, dim=1), torch.cat([torch.randn(3, 4), torch.zeros(1, 4)]))
case("linear", F.linear, torch.randn(3, 4), torch.randn(2, 4), torch.randn(2))

segments = [(0, 2), (2, 3), (3, 7)]
rows = torch.randn(7, 3)
case("segment_mean", lambda x: torch.stack([x[a:b].mean(0) for a, b in segments]), rows)
case("segment_sum", lambda x: torch.stack([x[a:b].sum(0) for a, b in segments]), rows)
case("segment_max", lambda x: torch.stack([x[a:b].max(0)[0] for a, b in segments]), torch.randn(7, 3))
case("segment_softmax", lambda x: torch.cat([F.softmax(x[a:b], 0) for a, b in segments]), rows)

image = torch.randn(2, 4, 3, 3)
case("conv2d", lambda x, w: nhwc(F.conv2d(nchw(x), w, stride=2, padding=1)), image, torch.randn(2, 3, 3, 3))
case("max_pool", lambda x: nhwc(F.max_pool2d(nchw(x), 3, 2, 1)), image)
case("avg_pool", lambda x: nhwc(F.avg_pool2d(nchw(x), 3, 2, 1)), image)
case("global_avg_pool", lambda x: nchw(x).mean((2, 3)), image)
case("flatten", lambda x: torch.flatten(x, 1), image)


def batch_norm(name, training):
    mean, var = torch.randn(3).float().double(), torch.rand(3).float().double() + 0.5
    start = [mean.clone(), var.clone()]
    case(
        name,
        lambda x, w, b: nhwc(F.batch_norm(nchw(x), mean, var, w, b, training, 0.1, 1e-5)),
        image * 2 + 5, torch.randn(3), torch.randn(3),
        updates=[mean, var],
    )
    cases[name]["buffers"] = [pack(s) for s in start]


batch_norm("batch_norm", True)
batch_norm("batch_norm_frozen", False)


def nt_xent(z):
    """SimCLR's loss as its authors write it, for rows i and i + R/2 of one image."""
    z, half = F.normalize(z, dim=1), len(z) // 2
    s = z @ z.T / 0.5
    s = s.masked_fill(torch.eye(len(z), dtype=torch.bool), float("-inf"))
    return F.cross_entropy(s, torch.arange(len(z)).roll(half))


case("nt_xent", nt_xent, torch.randn(6, 4))

json.dump({"made_with": {"torch": torch.__version__, "python": sys.version.split()[0]}, "cases": cases}, sys.stdout, indent=None, separators=(",", ":"))
print()
