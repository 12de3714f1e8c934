"""torchvision's and timm's models, cut after the layer whose outputs are the features."""

import copy
import functools

import torch
import torchvision

import montage

_CLASSIFIERS = ("fc", "classifier", "heads", "head")


class _Cut(Exception):
    """Carries the output of the cut layer out of the model."""


class Cut(torch.nn.Module):
    """A model up to a layer: frames float32 [N,3,S,S] become features [N,D], maps
    averaged over their pixels."""

    def __init__(self, model, layer):
        super().__init__()
        self.model, self.layer = model, layer
        if layer:
            find(model, "cut", layer).register_forward_hook(self._stop)

    def forward(self, frames):
        if not self.layer:
            return self._flat(self.model(frames))
        try:
            self.model(frames)
        except _Cut as cut:
            return self._flat(cut.args[0])
        raise montage.OptionFault("cut", f"cut = {self.layer} is never reached in this model", "name a layer that every frame passes")

    @staticmethod
    def _stop(_module, _inputs, output):
        raise _Cut(output)

    @staticmethod
    def _flat(x):
        if not isinstance(x, torch.Tensor) or x.dim() < 2:
            raise montage.OptionFault("cut", f"the model gives {type(x).__name__}, not one tensor [N,D] or [N,C,H,W]", "cut it at a layer that does")
        return x.flatten(2).mean(2) if x.dim() > 2 else x


def find(model, option, layer):
    """The layer with a name, or an OptionFault that lists the outermost layers."""
    found = dict(model.named_modules()).get(layer) if layer else None
    if found is None:
        top = ", ".join(name for name, _ in model.named_children())
        raise montage.OptionFault(option, f'the model has no layer "{layer}"', f"its layers are {top}, and those inside them, such as layer4.0")
    return found


def build(name, cut):
    """A fresh copy of a model. Its initial values show how its parameters are initialised."""
    return Cut(copy.deepcopy(_model(name, bool(cut))), cut)


@functools.lru_cache(maxsize=4)
def _model(name, whole):
    state = torch.get_rng_state()
    torch.manual_seed(0)
    try:
        model = _timm(name[5:]) if name.startswith("timm/") else _torchvision(name)
    finally:
        torch.set_rng_state(state)
    if not whole:
        for classifier in _CLASSIFIERS:
            if isinstance(getattr(model, classifier, None), torch.nn.Module):
                setattr(model, classifier, torch.nn.Identity())
    return model


def _torchvision(name):
    known = sorted(n for n, made in vars(torchvision.models).items() if n.islower() and callable(made) and not n.startswith(("_", "get_", "list_")))
    if name not in known:
        raise montage.OptionFault("model", f'torchvision {torchvision.__version__} has no model "{name}"', "it has " + ", ".join(known))
    return getattr(torchvision.models, name)(weights=None)


def _timm(name):
    try:
        import timm
    except ImportError:
        raise montage.OptionFault("model", f"timm/{name} needs timm, which cannot be imported", "pip install timm, or name a model of torchvision") from None
    if name not in timm.list_models():
        raise montage.OptionFault("model", f'timm {timm.__version__} has no model "{name}"', f"near it are {', '.join(timm.list_models(name[:4] + '*')[:8])}")
    return timm.create_model(name, pretrained=False, num_classes=0)
