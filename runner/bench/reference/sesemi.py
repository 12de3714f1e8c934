"""The SESEMI step of specs/sesemi.toml in PyTorch, for runner bench to compare with.

plain:  as people write it: torchvision's model in eval or train mode, eager.
expert: the frozen trunk traced, frozen and optimized for inference.

The protocol is that of runner bench: a line "ready" when set up; then for every
line with a number n on stdin, n training steps and a line of JSON about them.
Data is read, decoded, augmented and collated by a DataLoader with a worker a core,
as runner does it beside its computation. Measured with torch 1.13 of Debian 12.
"""
import argparse, csv, json, os, random, resource, sys, time

import torch, torchvision
from PIL import Image
from torch import nn
from torchvision.transforms import InterpolationMode, functional as F

MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


class Trailers(torch.utils.data.Dataset):
    """Trailers of a CSV: frames float32 [N,3,S,S] and a target."""

    def __init__(self, path, args, classes=None):
        self.args, self.classes, self.root = args, classes, os.path.join(os.path.dirname(path), "frames")
        with open(path, newline="") as f:
            self.rows = list(csv.DictReader(f))

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, i):
        row, folder = self.rows[i], os.path.join(self.root, self.rows[i]["id"])
        names = sorted(os.listdir(folder))
        names = sorted(random.sample(names, min(self.args.frames, len(names))))
        frames = [Image.open(os.path.join(folder, n)).convert("RGB").resize((self.args.size,) * 2, Image.BILINEAR) for n in names]
        if self.classes is None:
            kind = random.randrange(6)
            frames = torch.stack([F.normalize(F.to_tensor(f), MEAN, STD) for f in frames])
            return turn(frames, kind), kind
        frames = torch.stack([F.normalize(F.to_tensor(augment(f)), MEAN, STD) for f in frames])
        target = torch.zeros(len(self.classes))
        for label in row["labels"].split("|"):
            target[self.classes.index(label)] = 1
        return frames, target


def augment(frame):
    frame = F.affine(frame, random.uniform(-15, 15), (0, 0), random.uniform(0.8, 1.0), (0, 0), InterpolationMode.BILINEAR)
    return F.hflip(frame) if random.random() < 0.5 else frame


def turn(frames, kind):
    if kind < 4:
        return torch.rot90(frames, kind, (2, 3))
    return frames.flip(3 if kind == 4 else 2)


def collate(items):
    targets = [t for _, t in items]
    targets = torch.stack(targets) if torch.is_tensor(targets[0]) else torch.tensor(targets)
    return torch.cat([f for f, _ in items]), [len(f) for f, _ in items], targets


def endless(dataset, args):
    while True:
        yield from torch.utils.data.DataLoader(dataset, args.batch, shuffle=True, num_workers=args.workers, collate_fn=collate,
                                               persistent_workers=False)


def mlp(*widths):
    layers = []
    for i in range(len(widths) - 2):
        layers += [nn.Linear(widths[i], widths[i + 1]), nn.ReLU(), nn.Dropout(0.5)]
    return nn.Sequential(*layers, nn.Linear(widths[-2], widths[-1]))


def asymmetric(x, y, gamma_pos=1, gamma_neg=4, clip=0.05, eps=1e-8):
    p = torch.sigmoid(x)
    pm = (p - clip).clamp(min=0)
    loss = y * (1 - p) ** gamma_pos * torch.log(p.clamp(min=eps)) + (1 - y) * pm ** gamma_neg * torch.log((1 - pm).clamp(min=eps))
    return -loss.sum() / len(x)


class Model(nn.Module):
    """A trunk without gradient, a tail with, and the mean over each trailer's frames."""

    def __init__(self, args):
        super().__init__()
        net = getattr(torchvision.models, args.backbone)(weights=None)
        stages = [nn.Sequential(net.conv1, net.bn1, net.relu, net.maxpool), net.layer1, net.layer2, net.layer3, net.layer4]
        cut = 4 if args.trainable == "layer4" else 0
        self.trunk, self.tail = nn.Sequential(*stages[:cut]).eval(), nn.Sequential(*stages[cut:], nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.trunk.requires_grad_(False)
        self.tail.train(args.batchnorm == "batch")
        self.width, self.fast = net.fc.in_features, self.trunk
        if args.mode == "expert" and cut:
            example = torch.randn(4, 3, args.size, args.size)
            traced = torch.jit.trace(self.trunk, example)
            self.fast = torch.jit.optimize_for_inference(torch.jit.freeze(traced))
            with torch.no_grad():
                self.fast(example), self.fast(example)

    def forward(self, frames, counts):
        with torch.no_grad():
            frames = self.fast(frames)
        return torch.stack([f.mean(0) for f in self.tail(frames).split(counts)])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mode", choices=["plain", "expert"], required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--backbone", default="resnet50")
    parser.add_argument("--trainable", choices=["layer4", "all"], default="layer4")
    parser.add_argument("--batchnorm", choices=["frozen", "batch"], default="frozen")
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--frames", type=int, default=20)
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    args = parser.parse_args()
    torch.manual_seed(7)
    random.seed(7)
    with open(os.path.join(args.data, "train.csv"), newline="") as f:
        classes = sorted({label for row in csv.DictReader(f) for label in row["labels"].split("|")})
    labeled = endless(Trailers(os.path.join(args.data, "train.csv"), args, classes), args)
    unlabeled = endless(Trailers(os.path.join(args.data, "unlabeled.csv"), args), args)
    model = Model(args)
    genre, proxy = mlp(model.width, 1024, 512, 256, len(classes)), mlp(model.width, 512, 256, 128, 6)
    branches = [(labeled, genre, asymmetric, torch.optim.Adam([*model.tail.parameters(), *genre.parameters()], 1e-4)),
                (unlabeled, proxy, nn.CrossEntropyLoss(), torch.optim.Adam([*model.tail.parameters(), *proxy.parameters()], 1e-4))]

    def step():
        total = 0
        for source, head, loss, optimizer in branches:
            frames, counts, targets = next(source)
            optimizer.zero_grad(set_to_none=True)
            value = loss(head(model(frames, counts)), targets)
            value.backward()
            optimizer.step()
            total += len(frames)
            assert torch.isfinite(value)
        return total

    step()
    print("ready", flush=True)
    for line in sys.stdin:
        start, frames = time.monotonic(), 0
        for _ in range(int(line)):
            frames += step()
        usage = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        print(json.dumps({"seconds": time.monotonic() - start, "frames": frames, "peak_bytes": usage}), flush=True)


if __name__ == "__main__":
    main()
