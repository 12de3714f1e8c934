"""Models as backbones."""

import contextlib

import torch

import montage

from .device import OPTIONS, Device
from .model import build, find
from .module import Module

_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_NORMS = (torch.nn.modules.batchnorm._BatchNorm,)


@montage.backbone("torch", options=[
    montage.Option("model", "string", "a model of torchvision, such as resnet50 or convnext_tiny, or timm/NAME", default="resnet18"),
    montage.Option("cut", "string", "the layer whose outputs are the features, such as layer3; empty: everything but the classifier", default=""),
    montage.Option("trainable", "string", "all, none, or the first layer that is trained; everything before it is frozen, including batch statistics", default="all"),
    montage.Option("batchnorm", "string", "batch trains with the statistics of the batch; frozen uses the running ones as constants", default="batch", choices=["batch", "frozen"]),
    montage.Option("precision", "string", "bfloat16 computes under autocast, with parameters in float32", default="float32", choices=["float32", "bfloat16"]),
    montage.Option("channels-last", "bool", "keep images as [N,H,W,C], which tensor cores prefer", default=False),
    montage.Option("compile", "bool", "torch.compile, from PyTorch 2.2 on", default=False),
] + OPTIONS)
class Backbone:
    """A model of torchvision or timm without its classifier, run by PyTorch. Frames
    uint8 [N,Size,Size,3] become float32 [N,D], feature maps averaged over the pixels; D is
    found by a dry run. The component normalises frames with ImageNet's mean and standard
    deviation. Names and layouts of the parameters are the model's own. Differs:
    there is no num_batches_tracked, because nothing reads it."""

    def __init__(self, model, cut, trainable, batchnorm, precision, channels_last, compile, device, threads, deterministic):
        self.name, self.cut, self.trainable, self.batchnorm = model, cut, trainable, batchnorm
        self.low, self.layout = precision == "bfloat16", torch.channels_last if channels_last else torch.contiguous_format
        if compile and not hasattr(torch.nn.Module, "compile"):
            raise montage.OptionFault("compile", f"compile = true needs PyTorch 2.2, this is {torch.__version__}", "leave compile out")
        self.compile, self.device = compile, Device(device, threads, deterministic)
        self.body = self.planned = None

    def plan(self, input):
        with self.device.turn():
            if self.body is None:
                self.body = self._body()
            width, taken = self._dry(input)
            if self.compile and self.planned is None:
                self.body.module.compile()  # in place: names stay, and the dry run's hooks are gone
        self.planned = input
        notes = [f"torch/{self.name}: PyTorch {torch.__version__} on {self.device.describe()}"]
        return montage.Plan(self.body.params(), width, taken, notes)

    def _body(self):
        cut = build(self.name, self.cut)
        states = [name for name, tensor in cut.model.state_dict().items() if tensor.is_floating_point()]
        if self.cut:
            states = states[:_after(states, self.cut)]
        first = {"all": 0, "none": len(states)}.get(self.trainable)
        if first is None:
            find(cut.model, "trainable", self.trainable)
            first = next((i for i, name in enumerate(states) if name.startswith(self.trainable + ".")), None)
        if first is None:
            raise montage.OptionFault("trainable", f'layer "{self.trainable}" has no parameters before the cut', "name a layer that has, all or none")
        trained = {"model." + name for name in states[first:]}
        leaves = [(name, part) for name, part in cut.named_modules() if not list(part.children())]
        begins = next((i for i, (name, part) in enumerate(leaves) if _owns(name, part, trained)), len(leaves))
        still = [part for i, (name, part) in enumerate(leaves) if i < begins or self._still(name, part, trained)]
        body = Module(cut.to(memory_format=self.layout), self.device, {"model." + name for name in states}, self._trains(trained, cut), still)
        return body

    def _still(self, name, part, trained):
        own = [f"{name}.{state}" for state, _ in part.named_parameters(recurse=False)]
        frozen = bool(own) and not any(state in trained for state in own)
        return frozen or isinstance(part, _NORMS) and self.batchnorm == "frozen" or self.trainable == "none"

    def _trains(self, trained, cut):
        buffers = {name for name, _ in cut.named_buffers()}
        return lambda name: name in trained and not (name in buffers and self.batchnorm == "frozen")

    def _dry(self, input):
        """The width of the features, and the bytes of the largest call."""
        frames = torch.zeros(1, 3, input.size, input.size, device=self.device.torch)
        seen = []
        parts = [p for p in self.body.module.modules() if not list(p.children())]
        hooks = [p.register_forward_hook(lambda _p, _i, out: seen.append(out.numel() * 4 if isinstance(out, torch.Tensor) else 0)) for p in parts]
        self.body.mode(False)
        try:
            with torch.no_grad():
                width = self.body.module(frames).shape[1]
        except RuntimeError as error:
            raise montage.ShapeFault(f"shapes do not fit: {self.name} does not take frames of {input.size} px: {error}") from None
        finally:
            for hook in hooks:
                hook.remove()
        pieces = min(input.micro_batch or input.frames, input.frames)
        held = sum(seen) if input.gradient else 2 * max(seen, default=0)
        states = sum(t.numel() for t in self.body.state.values()) * 4
        return width, held * pieces + 2 * states

    def forward(self, call):
        with self.device.turn():
            self.body.load(call)
            pieces = self._pieces(call)
            keep = call.gradient and len(pieces) == 1
            with self._memory(call), torch.set_grad_enabled(keep):
                for piece in pieces:
                    out = self._features(call, piece)
                    call.output[piece] = out.detach().float().cpu().numpy()
            self.body.updates(call)
            if keep and out.requires_grad:
                self.body.kept = call.forward_id, out

    def backward(self, call):
        with self.device.turn():
            forward_id, out = self.body.kept or (None, None)
            self.body.kept = None
            if forward_id != call.forward_id:
                out = None
                self.body.load(call)
            self.body.clear()
            with self._memory(call):
                for piece in self._pieces(call):
                    found = self._features(call, piece) if out is None else out
                    if found.requires_grad:
                        found.backward(self.device.put(call.grad_output[piece]))
                    out = None
            self.body.gradients(call)

    def _pieces(self, call):
        """The frames, divided into micro-batches."""
        n = len(call.frames)
        size = self.planned.micro_batch or max(n, 1)
        return [slice(at, min(at + size, n)) for at in range(0, n, size)]

    def _features(self, call, piece):
        frames = self.device.put(call.frames[piece]).permute(0, 3, 1, 2).float().div_(255)
        mean, deviation = (torch.tensor(v, device=self.device.torch).view(1, 3, 1, 1) for v in (_MEAN, _DEVIATION))
        frames = frames.sub_(mean).div_(deviation).contiguous(memory_format=self.layout)
        precise = torch.autocast(self.device.torch.type, torch.bfloat16) if self.low else contextlib.nullcontext()
        with precise:
            try:
                return self.body.run(call, (frames,), None if call.keys is None else call.keys[piece]).float()
            except ValueError as error:  # of a norm of the batch, where one frame leaves one value
                raise montage.ShapeFault(f"shapes do not fit: {self.name} does not train on {len(frames)} frames of {len(frames[0][0])} px: {error}",
                                         "take larger frames, or batchnorm = \"frozen\"") from None

    @contextlib.contextmanager
    def _memory(self, call):
        """Replaces PyTorch's out-of-memory error by one that says how many frames fit."""
        try:
            yield
            return
        except torch.cuda.OutOfMemoryError:
            pass  # its traceback keeps tensors alive, so find out what fits after leaving this block
        self.body.kept = None
        self.body.clear()
        tried = min(self.planned.micro_batch or len(call.frames), len(call.frames))
        fits = self._fits(call, tried // 2)
        hint = f"set micro_batch = {fits} in [backbone]" if fits else "take smaller frames or a smaller model: one frame does not fit"
        raise montage.Fault(f"torch/{self.name} is out of memory with {tried} frames at once on {self.device.describe()}", hint)

    def _fits(self, call, count):
        """The largest number of frames, found by halving, that forward and backward have memory for."""
        while count > 0:
            self.device.free()
            try:
                out = self._features(call, slice(0, count))
                if out.requires_grad:
                    out.sum().backward()
                return count
            except torch.cuda.OutOfMemoryError:
                count //= 2
            finally:
                out = None
                self.body.clear()
        return 0


def _owns(name, part, states):
    return any(f"{name}.{state}" in states for state, _ in part.named_parameters(recurse=False))


def _after(states, layer):
    """The number of states up to and including the last one of a layer."""
    own = [i for i, name in enumerate(states) if name.startswith(layer + ".")]
    return own[-1] + 1 if own else len(states)
