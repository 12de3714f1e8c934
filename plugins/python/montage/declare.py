"""Components as values: what the runner knows about them before any instance exists."""

import inspect
import math
from dataclasses import dataclass, field

from .fault import OptionFault, OptionFaults

_LISTS = {"ints": "int", "floats": "float", "tables": "table", "strings": "text"}
_WORDS = {
    "bool": "true or false", "int": "a whole number", "float": "a number", "string": "a string",
    "ints": "a list of whole numbers", "floats": "a list of numbers", "tables": "a list of tables",
    "strings": "a list of strings",
}


@dataclass
class Option:
    """One key that a spec may set on a component. Without a default it is required.

    type is bool, int, float, string, ints, floats, strings or tables; min and max bound a
    number, or each number of a list, inclusively; length is the length of a list.
    """

    name: str
    type: str
    doc: str
    default: object = None
    min: float = None
    max: float = None
    length: int = 0
    choices: list = field(default_factory=list)

    def document(self):
        """The option as the runner reads it."""
        known = {"name": self.name, "type": self.type, "doc": self.doc}
        for key in ("default", "min", "max"):
            if getattr(self, key) is not None:
                known[key] = getattr(self, key)
        if self.length:
            known["length"] = self.length
        if self.choices:
            known["choices"] = list(self.choices)
        return known

    def wanted(self):
        """The values that the option takes, in words."""
        words = "one of " + ", ".join(self.choices) if self.choices else _WORDS[self.type]
        words += f" of length {self.length}" if self.length else ""
        words += f" of at least {self.min}" if self.min is not None else ""
        return words + (f" of at most {self.max}" if self.max is not None else "")

    def accept(self, raw):
        """The value in its own type, or an OptionFault."""
        many = self.type in _LISTS
        if self.type == "strings" and isinstance(raw, (str, int)) and not isinstance(raw, bool):
            raw = [raw]
        items = raw if many and isinstance(raw, list) else [raw]
        values = [_convert(_LISTS.get(self.type, self.type), item) for item in items]
        if many != isinstance(raw, list) or None in values:
            raise OptionFault(self.name, f"{self.name} must be {self.wanted()}, not {raw!r}", self.doc)
        if many and self.length and len(values) != self.length:
            raise OptionFault(self.name, f"{self.name} must have {self.length} values, not {len(values)}", self.doc)
        for value in values:
            low = self.min is not None and not value >= self.min
            high = self.max is not None and not value <= self.max
            if low or high or (self.choices and value not in self.choices):
                raise OptionFault(self.name, f"{self.name} = {value} is out of range: it must be {self.wanted()}", self.doc)
        return values if many else values[0]


def _convert(kind, raw):
    number = isinstance(raw, (int, float)) and not isinstance(raw, bool)
    if kind == "int":
        return int(raw) if number and math.isfinite(raw) and raw == int(raw) else None
    if kind == "float":
        return float(raw) if number and math.isfinite(raw) else None
    if kind == "text" and number and raw == int(raw):
        return str(int(raw))
    wanted = {"text": str, "bool": bool, "string": str, "table": dict}[kind]
    return raw if isinstance(raw, wanted) else None


@dataclass
class Param:
    """One parameter or buffer of a module, held by the runner in float32. init is a
    pair: ("constant", v), ("uniform", v) for ±v, ("normal", standard deviation)."""

    name: str
    shape: tuple
    init: tuple = ("constant", 0.0)
    buffer: bool = False
    frozen: bool = False
    no_decay: bool = False

    def document(self):
        """The parameter as the runner reads it."""
        return {"name": self.name, "shape": list(self.shape), "buffer": self.buffer, "frozen": self.frozen,
                "no_decay": self.no_decay, "init": {"kind": self.init[0], "value": self.init[1]}}


@dataclass
class Plan:
    """A module's plan: its parameters, in the order of every call; the width of the rows
    that forward writes; the bytes that the largest call takes; and notes that runner plan
    prints."""

    params: list
    outputs: int
    bytes: int = 0
    notes: list = field(default_factory=list)

    def document(self):
        """The plan as the runner reads it."""
        return {"params": [p.document() for p in self.params], "outputs": self.outputs, "bytes": self.bytes,
                "notes": list(self.notes)}


@dataclass
class Component:
    """A component: a function or class with its declaration."""

    kind: str
    name: str
    body: object
    doc: str
    options: list
    targets: list = field(default_factory=list)
    destroys: list = field(default_factory=list)

    def description(self):
        """The component as the runner reads it."""
        return {"kind": self.kind, "name": self.name, "doc": self.doc, "targets": self.targets,
                "options": [o.document() for o in self.options]}

    def check(self, raw):
        """The options by name, with defaults. Raises OptionFaults with all problems."""
        known, faults, values = {o.name: o for o in self.options}, [], {}
        for name in raw:
            if name not in known:
                faults.append(OptionFault(name, f'unknown option "{name}"', unknown=True))
        for option in self.options:
            given = raw.get(option.name, option.default)
            try:
                if given is None:
                    raise OptionFault("", f'option "{option.name}" is missing; it must be {option.wanted()}', option.doc)
                values[option.name.replace("-", "_")] = option.accept(given)
            except OptionFault as fault:
                faults.append(fault)
        if faults:
            raise OptionFaults(faults)
        return values


def _declare(kind, name, options, **more):
    def declare(body):
        doc = " ".join((inspect.getdoc(body) or "").split())
        if not doc:
            raise TypeError(f"{kind} {name}: it needs a docstring, which is its documentation")
        return Component(kind, name, body, doc, list(options), **more)
    return declare


def loss(name, *, targets, options=()):
    """Declares a loss. targets lists the kinds that it takes: multi-hot, one-hot,
    vector, none.

    A function gets predictions float32 [R,K], targets float32 [R,T] or None, weights
    float32 [R], and its options by name. It returns the value and its gradient with
    respect to the predictions, [R,K]. A class is made with the options and has
    evaluate(predictions, targets, weights), and may have plan(input)."""
    return _declare("loss", name, options, targets=list(targets))


def augmentation(name, *, options=(), destroys=()):
    """Declares an augmentation. destroys lists properties that targets can no longer
    depend on: orientation, handedness.

    A function gets frames uint8 [N,S,S,3], keys uint64 [N], output to be written, of
    the shape of frames, and its options by name. A class has apply(frames, keys, output)."""
    return _declare("augmentation", name, options, destroys=list(destroys))


def backbone(name, *, options=()):
    """Declares a backbone: a class, made with its options, that has

    plan(input) -> Plan, with input.size, input.frames and input.micro_batch;
    forward(call): writes call.output float32 [N,D], and those of call.updates (the new
    values of buffers, in the order of the plan) that are not None, from call.frames
    uint8 [N,S,S,3], call.params, call.keys uint64 [N] and call.train. call.revision, where
    it is not 0, names the values of the frozen params: equal ones, equal values;
    backward(call): writes those of call.grad_params that are not None, from the same and
    call.grad_output. It must do without what forward left."""
    return _declare("backbone", name, options)


def head(name, *, options=()):
    """Declares a head: a class as for backbone, with call.features float32 [N,D] and
    call.offsets int32 [R+1] for frames, output [R,K], keys [R], and call.grad_input [N,D]
    to be written by backward where it is not None; plan has input.features and
    input.outputs, 0 for any."""
    return _declare("head", name, options)


def strategy(name, *, options=()):
    """Declares an ssl-strategy: a class that has plan(classes) -> dict, a core.StrategyPlan
    with its JSON names and, if the plan needs them, transform(call) and
    compute_targets(call), whose calls have the fields of core.TransformCall and
    core.TargetCall in lower case with underscores."""
    return _declare("ssl-strategy", name, options)
