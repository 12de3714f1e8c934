"""The SESEMI step of specs/sesemi.toml in PyTorch, for runner bench to compare with,
or, with --task eval, the scoring of its test set.

plain:  as people write it: torchvision's model in eval or train mode, eager.
expert: whatever gets no gradient traced, frozen and optimized for inference; what
        gets one in the memory layout, NCHW or NHWC, that was the faster in a trial.

The protocol is that of runner bench: a line "ready" when set up; then for every
line with a number n on stdin, n steps and a line of JSON about them. A training
step says which part of it took how long; for that, backward stops between heads and
features and goes on, which computes the same and takes no longer.
Data is read, decoded, augmented and collated by a DataLoader with a worker a core,
ahead of the step, as runner does it; its workers start once. Some builds of torch, Debian's among
them, begin with one thread, whatever the machine has: --threads sets them.
Measured with torch 1.13 of Debian 12.
"""
import argparse, csv, json, os, random, resource, sys, time

import torch, torchvision
from PIL import Image
from torch import nn
from torchvision.transforms import InterpolationMode, functional as F

MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


class Samples(torch.utils.data.Dataset):
    """Samples of a CSV: frames float32 [N,3,S,S] and a target."""

    def __init__(self, path, args, classes=None):
        self.args, self.classes, self.root = args, classes, os.path.join(os.path.dirname(path), "frames")
        with open(path, newline="") as f:
            self.rows = list(csv.DictReader(f))

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, i):
        row, folder = self.rows[i], os.path.join(self.root, self.rows[i]["id"])
        names = sorted(os.listdir(folder))
        count = min(self.args.frames, len(names))
        names = [names[k * len(names) // count] for k in range(count)] if self.args.task == "eval" else sorted(random.sample(names, count))
        frames = [Image.open(os.path.join(folder, n)).convert("RGB").resize((self.args.size,) * 2, Image.BILINEAR) for n in names]
        if self.args.task == "eval":
            return torch.stack([F.normalize(F.to_tensor(f), MEAN, STD) for f in frames]), 0
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


class Forever(torch.utils.data.Sampler):
    """Epoch after epoch in one stream, so that no epoch waits for workers to start."""

    def __init__(self, dataset, shuffle):
        self.dataset, self.shuffle = dataset, shuffle

    def __iter__(self):
        while True:
            yield from torch.randperm(len(self.dataset)).tolist() if self.shuffle else range(len(self.dataset))


def endless(dataset, args):
    order = Forever(dataset, shuffle=args.task == "train")
    return iter(torch.utils.data.DataLoader(dataset, args.batch, sampler=order, num_workers=args.workers, collate_fn=collate))


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


def optimized(module, example):
    """A module for inference alone, as fast as torch makes it."""
    fast = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(module.eval(), example)))
    with torch.no_grad():
        fast(example), fast(example)
    return fast


class Model(nn.Module):
    """A prefix without gradient, a tail with one, and the mean over each trailer's frames."""

    def __init__(self, args):
        super().__init__()
        net = getattr(torchvision.models, args.backbone)(weights=None)
        stages = [nn.Sequential(net.conv1, net.bn1, net.relu, net.maxpool), net.layer1, net.layer2, net.layer3, net.layer4]
        pool = [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
        cut = 4 if args.trainable == "layer4" else 0
        if args.task == "eval":
            cut = 5
        self.prefix, self.tail = nn.Sequential(*stages[:cut]).eval(), nn.Sequential(*stages[cut:], *pool)
        self.prefix.requires_grad_(False)
        self.tail.train(args.batchnorm == "batch" and args.task == "train")
        self.width, self.layout = net.fc.in_features, torch.contiguous_format
        example = torch.randn(4, 3, args.size, args.size)
        if args.mode == "expert" and cut:
            self.prefix = optimized(self.prefix, example)
        if args.mode == "expert" and args.task == "train":
            self.choose(self.frozen(torch.randn(8, 3, args.size, args.size)))

    def choose(self, example):
        """Takes the layout in which the tail is the faster."""
        state, took = {k: v.clone() for k, v in self.tail.state_dict().items()}, {}
        for layout in (torch.contiguous_format, torch.channels_last):
            tail, times = self.tail.to(memory_format=layout), []
            for _ in range(4):
                start = time.monotonic()
                tail(example.contiguous(memory_format=layout)).sum().backward()
                times.append(time.monotonic() - start)
            took[layout] = min(times)
        self.layout = min(took, key=took.get)
        self.tail.to(memory_format=self.layout).zero_grad(set_to_none=True)
        self.tail.load_state_dict(state)
        print("layout of the tail:", took, file=sys.stderr)

    def frozen(self, frames):
        with torch.no_grad():
            return self.prefix(frames)

    def features(self, maps, counts):
        return torch.stack([f.mean(0) for f in self.tail(maps.contiguous(memory_format=self.layout)).split(counts)])


class Stopwatch:
    """Adds up the seconds between laps by what they went into."""

    def __init__(self):
        self.groups, self.last = {}, time.monotonic()

    def lap(self, name):
        now = time.monotonic()
        self.groups[name] = self.groups.get(name, 0) + now - self.last
        self.last = now


def train(model, branches):
    """One step: every branch after the other. Returns the frames and where time went."""
    watch, total = Stopwatch(), 0
    for source, head, loss, optimizer in branches:
        frames, counts, targets = next(source)
        watch.lap("data")
        optimizer.zero_grad(set_to_none=True)
        watch.lap("optimizer")
        maps = model.frozen(frames)
        watch.lap("prefix")
        features = model.features(maps, counts)
        watch.lap("block")
        seen = features.detach().requires_grad_()
        value = loss(head(seen), targets)
        value.backward()
        watch.lap("heads")
        features.backward(seen.grad)
        watch.lap("block")
        optimizer.step()
        watch.lap("optimizer")
        total += len(frames)
        assert torch.isfinite(value)
    return total, watch.groups


def score(model, source, head):
    """The probabilities of one batch."""
    frames, counts, _ = next(source)
    with torch.no_grad():
        scores = torch.sigmoid(head(model.features(model.frozen(frames), counts)))
    assert torch.isfinite(scores).all()
    return len(frames), {}


def cores():
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mode", choices=["plain", "expert"], required=True)
    parser.add_argument("--task", choices=["train", "eval"], default="train")
    parser.add_argument("--data", required=True)
    parser.add_argument("--backbone", default="resnet50")
    parser.add_argument("--trainable", choices=["layer4", "all"], default="layer4")
    parser.add_argument("--batchnorm", choices=["frozen", "batch"], default="frozen")
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--frames", type=int, default=20)
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--workers", type=int, default=cores())
    parser.add_argument("--threads", type=int, default=cores())
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    if torch.get_num_threads() != args.threads:
        sys.exit(f"torch took {torch.get_num_threads()} threads instead of {args.threads}")
    print("threads:", torch.get_num_threads(), file=sys.stderr)
    torch.manual_seed(7)
    random.seed(7)
    with open(os.path.join(args.data, "train.csv"), newline="") as f:
        classes = sorted({label for row in csv.DictReader(f) for label in row["labels"].split("|")})
    def source(name, classes=None):
        return endless(Samples(os.path.join(args.data, name), args, classes), args)

    model = Model(args)
    genre, proxy = mlp(model.width, 1024, 512, 256, len(classes)), mlp(model.width, 512, 256, 128, 6)
    if args.task == "eval":
        test = source("test.csv")
        step = lambda: score(model, test, genre.eval())
    else:
        branches = [(source("train.csv", classes), genre, asymmetric, torch.optim.Adam([*model.tail.parameters(), *genre.parameters()], 1e-4)),
                    (source("unlabeled.csv"), proxy, nn.CrossEntropyLoss(), torch.optim.Adam([*model.tail.parameters(), *proxy.parameters()], 1e-4))]
        step = lambda: train(model, branches)
    step()
    print("ready", flush=True)
    for line in sys.stdin:
        start, frames, groups = time.monotonic(), 0, {}
        for _ in range(int(line)):
            seen, took = step()
            frames += seen
            for name, seconds in took.items():
                groups[name] = groups.get(name, 0) + seconds
        said = {"seconds": time.monotonic() - start, "frames": frames, "groups": groups}
        said["peak_bytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main()
