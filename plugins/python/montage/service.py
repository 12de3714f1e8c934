"""The calls of the protocol (core/wire/pb/plugin.proto), on arrays."""

import json
import os
import threading
import time
import traceback
from contextlib import nullcontext
from types import SimpleNamespace

import grpc

from . import wire
from .fault import Fault, NotPlanned, Unsupported
from .instance import make
from .memory import Memory

_here = threading.local()


def cancelled():
    """Reports whether the runner has cancelled the current call. A long computation should
    ask from time to time and return: the runner kills the process if it does not."""
    event = getattr(_here, "event", None)
    return event is not None and event.is_set()


# The arrays of each call: the method of the instance, the fields that it reads, and the
# fields that it writes.
_CALLS = {
    "Forward": ("forward", (), ("output", "updates")),
    "Backward": ("backward", ("grad_output",), ("grad_input", "grad_params")),
    "Evaluate": ("evaluate", ("predictions", "targets", "weights"), ("grad_predictions",)),
    "Augment": ("augment", ("frames", "keys"), ("output",)),
    "Transform": ("transform", ("frames", "offsets", "keys"), ("output", "targets", "weights")),
    "ComputeTargets": ("compute_targets", ("outputs", "labels", "keys"), ("targets", "weights")),
}


class Service:
    """The components of a program and the instances that the runner made."""

    def __init__(self, name, version, components):
        self.name, self.version, self.components = name, version, components
        self.memory, self.instances = Memory(), {}
        self.lock, self.running = threading.Lock(), {}
        self.early = set()  # calls that were cancelled before they began
        self.ended = 0  # the highest number of a call that ended; the runner counts upwards

    def handlers(self):
        """The methods for a gRPC server, on bytes."""
        return {name: grpc.unary_unary_rpc_method_handler(self._guarded(name)) for name in wire.REQUESTS}

    def _guarded(self, name):
        method = getattr(self, name.lower(), None) or (lambda request: self.compute(name, request))

        def handle(data, context):
            start = time.monotonic_ns()
            try:
                request = SimpleNamespace(**wire.decode(data, wire.REQUESTS[name]))
                with self._begun(request):
                    reply = method(request)
                context.set_trailing_metadata((("montage-compute-ns", str(time.monotonic_ns() - start)),))
                return reply
            except Exception as error:
                return _report(context, error)
        return handle

    def describe(self, _):
        """Describes the components that the program serves."""
        documents = [wire.block(3, json.dumps(c.description())) for c in self.components]
        return wire.block(1, self.name) + wire.block(2, self.version) + b"".join(documents)

    def open(self, request):
        """Maps the inherited segments."""
        with self.lock:
            self.memory.open(request.state_bytes, request.work_bytes)
        return b""

    def create(self, request):
        """Makes an instance."""
        for component in self.components:
            if (component.kind, component.name) == (request.kind, request.name):
                made = make(component, json.loads(request.options) or {})
                with self.lock:
                    if request.instance in self.instances:
                        raise Fault(f"instance {request.instance} exists")
                    self.instances[request.instance] = made
                return b""
        raise Unsupported(f"not supported: plugin {self.name} has no component {request.kind}/{request.name}")

    def plan(self, request):
        """Plans an instance."""
        instance = self._instance(request.instance)
        with instance.turn:
            return wire.block(1, json.dumps(instance.plan(json.loads(request.input))))

    def cancel(self, request):
        """Cancels a call. A cancel that arrives before its call is kept for it; one that
        arrives after the call has ended is ignored."""
        with self.lock:
            if request.id in self.running:
                self.running[request.id].set()
            elif request.id > self.ended:
                self.early.add(request.id)
        return b""

    def compute(self, name, request):
        """Makes a call that carries arrays."""
        method, reads, writes = _CALLS[name]
        instance = self._instance(request.call["instance"])
        if not hasattr(instance, method):
            raise Unsupported(f"not supported: {instance.label} does not offer this call")
        call = self._arrays(request, reads, writes)
        with instance.turn:
            instance.ready()
            value = getattr(instance, method)(call)
        return wire.double(1, value) if name == "Evaluate" else b""

    def _arrays(self, request, reads, writes):
        call, given = SimpleNamespace(), vars(request)
        if "module" in given:
            module = given["module"]
            call.forward_id, call.train = module.get("forward_id", 0), module.get("train", False)
            call.revision = module.get("revision", 0)
            for name in ("frames", "features", "offsets", "keys", "params"):
                setattr(call, name, self._each(self.memory.read, name, module.get(name, {})))
        if "context" in given:
            context = given["context"]
            call.branch, call.step, call.progress = context.get("branch", ""), context.get("step", 0), context.get("progress", 0.0)
            call.view = given.get("view", "")
        call.gradient = given.get("gradient", False)
        for name in reads:
            setattr(call, name, self._each(self.memory.read, name, given[name]))
        for name in writes:
            setattr(call, name, self._each(self.memory.write, name, given[name]))
        return call

    @staticmethod
    def _each(view, name, refs):
        return [view(name, ref) for ref in refs] if isinstance(refs, list) else view(name, refs)

    def _begun(self, request):
        """Stands around every call that arrives, those too that are refused."""
        return _Running(self, request.call["id"]) if "call" in vars(request) else nullcontext()

    def _instance(self, identity):
        with self.lock:
            found = self.instances.get(identity)
        if found is None:
            raise NotPlanned(f"call was not planned: instance {identity} was not created")
        return found


class _Running:
    """A call while it runs, for Cancel."""

    def __init__(self, service, identity):
        self.service, self.identity = service, identity

    def __enter__(self):
        _here.event = threading.Event()
        with self.service.lock:
            self.service.running[self.identity] = _here.event
            if self.identity in self.service.early:
                self.service.early.discard(self.identity)
                _here.event.set()

    def __exit__(self, *_):
        with self.service.lock:
            self.service.running.pop(self.identity, None)
            self.service.ended = max(self.service.ended, self.identity)
        _here.event = None


def _report(context, error):
    """Sends an error as the protocol requires; an unexpected one with its traceback."""
    code, message, identities, options, hints = "INTERNAL", "", [], [], ()
    if isinstance(error, Fault):
        code, message, hints = error.code, str(error), error.hints
        identities = [error.identity] if error.identity else []
        options = [json.dumps(f.document) for f in getattr(error, "faults", [error]) if hasattr(f, "document")]
    else:
        message = "".join(traceback.format_exception(type(error), error, _own(error.__traceback__))).rstrip()
    status = getattr(grpc.StatusCode, code)
    details = wire.status(status.value[0], message, identities, options, hints)
    context.set_trailing_metadata((("grpc-status-details-bin", details),))
    context.set_code(status)
    context.set_details(message)
    return b""


def _own(trace):
    """A traceback without the frames of this package that come before the author's."""
    here, at = os.path.dirname(__file__), trace
    while at is not None and os.path.dirname(at.tb_frame.f_code.co_filename) == here:
        at = at.tb_next
    return at or trace
