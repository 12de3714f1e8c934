"""Cancels calls of a service before, and after they ended, and prints what it keeps of them."""

import montage
from montage.service import Service
from montage.wire import REQUESTS


class Context:
    """What the service says to gRPC."""

    def __init__(self):
        self.code = None

    def set_trailing_metadata(self, _):
        pass

    def set_code(self, code):
        self.code = code

    def set_details(self, _):
        pass


def number(field, value):
    """A number below 2**14 as a field of a message."""
    return bytes([field << 3, value & 127 | 128, value >> 7])


service = Service("test", "1.0.0", [])
handlers = service.handlers()


def send(name, data):
    assert name in REQUESTS
    context = Context()
    handlers[name].unary_unary(data, context)
    return context.code


def evaluate(identity):
    """A call that is refused: there is no instance 1."""
    call = number(1, 1) + number(2, identity)
    assert send("Evaluate", bytes([1 << 3 | 2, len(call)]) + call) is not None


assert montage.cancelled() is False
for identity in range(1, 101):
    evaluate(identity)
    assert send("Cancel", number(1, identity)) is None
    assert send("Cancel", number(1, max(1, identity // 2))) is None
print("late:", len(service.early), len(service.running))
for identity in range(101, 111):
    assert send("Cancel", number(1, identity)) is None
print("early:", len(service.early))
for identity in range(101, 111):
    evaluate(identity)
print("ended:", len(service.early), len(service.running))
