"""Instances: a component with its options, called by the runner. They check every call
against the plan, so that authors need not."""

import inspect
import threading
from types import SimpleNamespace

import numpy as np

from .fault import NotPlanned, ShapeFault, Unsupported


def make(component, options):
    """An instance of a component, made from the options of a spec."""
    return _KINDS[component.kind](component, component.check(options))


def expect(name, array, dtype, *shape):
    """Raises ShapeFault unless the array has the dtype and shape; None matches any size."""
    fits = array is not None and array.dtype == np.dtype(dtype) and array.ndim == len(shape)
    if fits and all(want is None or want == got for want, got in zip(shape, array.shape)):
        return
    seen = "none" if array is None else f"{array.dtype}{list(array.shape)}"
    wanted = ["*" if want is None else want for want in shape]
    raise ShapeFault(f"shapes do not fit: {name} is {seen}, not {dtype}{wanted}")


def at_most(what, seen, planned):
    """Raises NotPlanned for a count above the planned limit."""
    if seen > planned:
        raise NotPlanned(f"call was not planned: {seen} {what} where at most {planned} were planned")


class _Instance:
    def __init__(self, component, values):
        self.component, self.values = component, values
        self.label = f"{component.kind}/{component.name}"
        self.turn = threading.Lock()  # calls to one instance are taken one after the other
        self.planned = None
        self.function = not inspect.isclass(component.body)
        self.body = component.body if self.function else component.body(**values)

    def plan(self, document):
        """Plans: takes the JSON document of the input and returns that of the plan."""
        answer = self.answer(SimpleNamespace(**{**self.zeros, **document}))
        self.planned = SimpleNamespace(**{**self.zeros, **document})
        return answer

    def ready(self):
        """Raises NotPlanned if there is no plan yet."""
        if self.planned is None:
            raise NotPlanned(f"call was not planned: {self.label} has no plan yet")

    def offers(self, method):
        """The method of the body, or Unsupported."""
        found = getattr(self.body, method, None)
        if found is None:
            raise Unsupported(f"not supported: {self.label} has no {method}")
        return found


class _Loss(_Instance):
    zeros = {"outputs": 0, "target_width": 0, "target": "", "rows": 0, "views": 0}

    def answer(self, given):
        if not self.function and hasattr(self.body, "plan"):
            self.body.plan(given)
        return {}

    def evaluate(self, call):
        given, rows = self.planned, len(call.predictions) if call.predictions is not None else None
        expect("predictions", call.predictions, "float32", None, given.outputs)
        at_most("rows", rows, given.rows)
        expect("weights", call.weights, "float32", rows)
        if given.target_width:
            expect("targets", call.targets, "float32", rows, given.target_width)
        if call.grad_predictions is not None:
            expect("gradient of predictions", call.grad_predictions, "float32", rows, given.outputs)
        if rows % max(given.views, 1):
            raise ShapeFault(f"shapes do not fit: {rows} rows of predictions cannot be divided into {given.views} views")
        if self.function:
            value, gradient = self.body(call.predictions, call.targets, call.weights, **self.values)
        else:
            value, gradient = self.body.evaluate(call.predictions, call.targets, call.weights)
        if call.grad_predictions is not None:
            call.grad_predictions[...] = gradient
        return float(value)


class _Augmentation(_Instance):
    zeros = {"size": 0}

    def answer(self, given):
        return {"destroys": self.component.destroys}

    def augment(self, call):
        expect("frames", call.frames, "uint8", None, None, None, 3)
        n, size = call.frames.shape[:2]
        expect("frames", call.frames, "uint8", n, size, size, 3)
        expect("keys", call.keys, "uint64", n)
        expect("output", call.output, "uint8", n, size, size, 3)
        if self.function:
            self.body(call.frames, call.keys, call.output, **self.values)
        else:
            self.body.apply(call.frames, call.keys, call.output)


class _Module(_Instance):
    zeros = {"size": 0, "features": 0, "outputs": 0, "frames": 0, "rows": 0, "gradient": False, "input_gradient": False,
             "micro_batch": 0}

    def answer(self, given):
        self.params = self.offers("plan")(given)
        return self.params.document()

    def forward(self, call):
        rows = self._check(call)
        expect("output", call.output, "float32", rows, self.params.outputs)
        call.updates = self._optional("update of ", call.updates)
        for param, update, value in zip(self.params.params, call.updates, call.params):
            if param.buffer and update is not None:
                update[...] = value  # a buffer that the layer leaves alone keeps its value
        self.offers("forward")(call)

    def backward(self, call):
        if not self.planned.gradient:
            raise NotPlanned("call was not planned: a gradient is wanted, but plan was called without gradient")
        rows = self._check(call)
        expect("gradient of output", call.grad_output, "float32", rows, self.params.outputs)
        call.grad_params = self._optional("gradient of ", call.grad_params)
        if call.grad_input is not None:
            expect("gradient of features", call.grad_input, "float32", *call.features.shape)
        self.offers("backward")(call)

    def _check(self, call):
        if self.component.kind == "backbone":
            expect("frames", call.frames, "uint8", None, self.planned.size, self.planned.size, 3)
            rows = frames = len(call.frames)
        else:
            expect("features", call.features, "float32", None, self.planned.features)
            expect("offsets", call.offsets, "int32", None)
            frames, rows = len(call.features), len(call.offsets) - 1
            if rows < 0 or call.offsets[0] != 0 or call.offsets[-1] != frames or (np.diff(call.offsets) < 1).any():
                raise ShapeFault(f"shapes do not fit: offsets do not divide {frames} features into rows of at least one")
            at_most("rows", rows, self.planned.rows)
        at_most("frames", frames, self.planned.frames)
        if call.keys is not None:
            expect("keys", call.keys, "uint64", rows)
        if len(call.params) != len(self.params.params):
            raise ShapeFault(f"shapes do not fit: {len(call.params)} parameters, not {len(self.params.params)}")
        for param, array in zip(self.params.params, call.params):
            expect("parameter " + param.name, array, "float32", *param.shape)
        return rows

    def _optional(self, what, arrays):
        arrays = arrays or [None] * len(self.params.params)
        if len(arrays) != len(self.params.params):
            raise ShapeFault(f"shapes do not fit: {len(arrays)} arrays for the {what}parameters, not {len(self.params.params)}")
        for param, array in zip(self.params.params, arrays):
            if array is not None:
                expect(what + param.name, array, "float32", *param.shape)
        return arrays


class _Strategy(_Instance):
    zeros = {"classes": 0}

    def answer(self, given):
        return self.offers("plan")(given.classes)

    def transform(self, call):
        rows = len(call.keys) if call.keys is not None else None
        expect("keys", call.keys, "uint64", None)
        expect("offsets", call.offsets, "int32", rows + 1)
        expect("frames", call.frames, "uint8", int(call.offsets[-1]), None, None, 3)
        size, copies = call.frames.shape[1], max(len(call.output) // max(len(call.frames), 1), 1) if call.output is not None else 1
        expect("output", call.output, "uint8", copies * len(call.frames), size, size, 3)
        if call.targets is not None:
            expect("targets", call.targets, "float32", copies * rows, None)
        self.offers("transform")(call)

    def compute_targets(self, call):
        rows = len(call.keys) if call.keys is not None else None
        for outputs in call.outputs:
            expect("outputs", outputs, "float32", rows, None)
        views = len(call.targets) // max(rows or 1, 1) if call.targets is not None else 1
        expect("targets", call.targets, "float32", views * (rows or 0), None)
        expect("weights", call.weights, "float32", views * (rows or 0))
        self.offers("compute_targets")(call)


_KINDS = {"backbone": _Module, "head": _Module, "loss": _Loss, "augmentation": _Augmentation, "ssl-strategy": _Strategy}
