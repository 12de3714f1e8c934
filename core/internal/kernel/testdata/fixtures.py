"""Writes fixtures.json: PyTorch's float64 answers for small cases of package kernel.

Run: python3 fixtures.py. Maps are stored NHWC, weights KCRS.
"""
import json
import pathlib

import torch
import torch.nn.functional as F

torch.manual_seed(1)
torch.set_default_dtype(torch.float64)


def short(t):
    return [float(f"{v:.7g}") for v in t.detach().flatten().tolist()]


def draw(*shape):
    """Values that float32 holds exactly, so that both sides start equal."""
    return torch.randn(*shape).mul(64).round().div(64)


def nhwc(t):
    return short(t.permute(0, 2, 3, 1))


def conv(n, h, w, c, k, r, s, stride, pad):
    x = draw(n, c, h, w).requires_grad_()
    f = draw(k, c, r, s).requires_grad_()
    y = F.conv2d(x, f, stride=stride, padding=pad)
    dy = draw(*y.shape)
    y.backward(dy)
    shape = dict(N=n, H=h, W=w, C=c, K=k, R=r, S=s, Stride=stride, Pad=pad)
    return dict(shape=shape, x=nhwc(x), w=short(f), y=nhwc(y), dy=nhwc(dy), dx=nhwc(x.grad), dw=short(f.grad))


def norm(rows, c, batch):
    x = (draw(rows, c) + torch.arange(c) * 3).requires_grad_()
    gamma, beta = draw(c).requires_grad_(), draw(c).requires_grad_()
    mean, var = (x.mean(0), x.var(0, unbiased=False)) if batch else (draw(c), draw(c).abs() + 0.5)
    mean, var = mean.detach(), var.detach()
    y = F.batch_norm(x, mean.clone(), var.clone(), gamma, beta, training=batch, eps=1e-5)
    dy = draw(rows, c)
    y.backward(dy)
    return dict(rows=rows, c=c, batch=batch, x=short(x), gamma=short(gamma), beta=short(beta), mean=short(mean),
                variance=short(var), y=short(y), dy=short(dy), dx=short(x.grad), dgamma=short(gamma.grad),
                dbeta=short(beta.grad))


def pool(n, h, w, c, size, stride, pad):
    shape = dict(N=n, H=h, W=w, C=c, Size=size, Stride=stride, Pad=pad)
    x = draw(n, c, h, w).mul(2).round().div(2).requires_grad_()  # coarse: ties occur
    y, arg = F.max_pool2d(x, size, stride, pad, return_indices=True)
    dy = draw(*y.shape)
    y.backward(dy)
    out = dict(shape=shape, x=nhwc(x), max=nhwc(y), arg=[int(v) for v in arg.permute(0, 2, 3, 1).flatten()], dy=nhwc(dy),
               maxdx=nhwc(x.grad))
    x.grad = None
    y = F.avg_pool2d(x, size, stride, pad)
    y.backward(dy)
    return dict(out, avg=nhwc(y), avgdx=nhwc(x.grad))


fixtures = dict(
    versions=dict(torch=torch.__version__),
    conv=[
        conv(2, 5, 6, 3, 4, 3, 3, 1, 1),
        conv(1, 7, 6, 2, 5, 3, 3, 2, 1),
        conv(2, 6, 7, 5, 3, 1, 1, 2, 0),
        conv(1, 9, 8, 3, 2, 7, 5, 2, 3),
        conv(1, 5, 5, 2, 3, 2, 3, 3, 2),
    ],
    norm=[norm(7, 5, True), norm(6, 9, False)],
    pool=[pool(2, 6, 7, 3, 3, 2, 1), pool(1, 5, 5, 2, 2, 2, 0), pool(1, 4, 5, 2, 3, 1, 1)],
)
path = pathlib.Path(__file__).with_name("fixtures.json")
path.write_text(json.dumps(fixtures, separators=(",", ":")).replace('],"', '],\n"') + "\n")
