"""The messages of core/wire/pb/plugin.proto, encoded and decoded without a protobuf
library, so that the SDK works with any version of it or none. A field is its number, a
type and a name."""

import struct

_TENSOR = {1: ("enum", "segment"), 2: ("uint64", "offset"), 3: ("int64*", "shape"), 4: ("enum", "dtype")}
_CALL = {1: ("uint64", "instance"), 2: ("uint64", "id")}
_STEP_CONTEXT = {1: ("string", "branch"), 2: ("int64", "step"), 3: ("double", "progress")}
_MODULE = {
    1: ("uint64", "forward_id"), 2: ("bool", "train"), 3: (_TENSOR, "frames"), 4: (_TENSOR, "features"),
    5: (_TENSOR, "offsets"), 6: (_TENSOR, "keys"), 7: ([_TENSOR], "params"),
    8: ("uint64", "revision"),
}

REQUESTS = {
    "Describe": {},
    "Open": {1: ("uint64", "state_bytes"), 2: ("uint64", "work_bytes")},
    "Create": {1: ("uint64", "instance"), 2: ("string", "kind"), 3: ("string", "name"), 4: ("bytes", "options")},
    "Plan": {1: ("uint64", "instance"), 2: ("bytes", "input")},
    "Cancel": {1: ("uint64", "id")},
    "Forward": {1: (_CALL, "call"), 2: (_MODULE, "module"), 3: ("bool", "gradient"), 4: (_TENSOR, "output"), 5: ([_TENSOR], "updates")},
    "Backward": {1: (_CALL, "call"), 2: (_MODULE, "module"), 3: (_TENSOR, "grad_output"), 4: (_TENSOR, "grad_input"), 5: ([_TENSOR], "grad_params")},
    "Evaluate": {1: (_CALL, "call"), 2: (_TENSOR, "predictions"), 3: (_TENSOR, "targets"), 4: (_TENSOR, "weights"), 5: (_TENSOR, "grad_predictions")},
    "Augment": {1: (_CALL, "call"), 2: (_TENSOR, "frames"), 3: (_TENSOR, "keys"), 4: (_TENSOR, "output")},
    "Transform": {
        1: (_CALL, "call"), 2: (_STEP_CONTEXT, "context"), 3: ("string", "view"), 4: (_TENSOR, "frames"), 5: (_TENSOR, "offsets"),
        6: (_TENSOR, "keys"), 7: (_TENSOR, "output"), 8: (_TENSOR, "targets"), 9: (_TENSOR, "weights"),
    },
    "ComputeTargets": {
        1: (_CALL, "call"), 2: (_STEP_CONTEXT, "context"), 3: ([_TENSOR], "outputs"), 4: (_TENSOR, "labels"),
        5: (_TENSOR, "keys"), 6: (_TENSOR, "targets"), 7: (_TENSOR, "weights"),
    },
}

_DEFAULTS = {"enum": 0, "uint64": 0, "int64": 0, "bool": False, "string": "", "bytes": b"", "double": 0.0}


def decode(data, fields):
    """A message as a dict. Absent fields have their zero value, absent messages {}."""
    out = {}
    for kind, name in fields.values():
        out[name] = [] if isinstance(kind, list) or kind == "int64*" else _DEFAULTS.get(kind) if isinstance(kind, str) else {}
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        value, at = _value(data, at, key & 7)
        if key >> 3 not in fields:
            continue
        kind, name = fields[key >> 3]
        if isinstance(kind, list):
            out[name].append(decode(value, kind[0]))
        elif kind == "int64*":
            out[name].extend(_packed(value) if key & 7 == 2 else [_signed(value)])
        elif isinstance(kind, dict):
            out[name] = decode(value, kind)
        else:
            out[name] = _scalar(kind, value)
    return out


def _value(data, at, wire):
    if wire == 0:
        return _varint(data, at)
    if wire == 1:
        return data[at:at + 8], at + 8
    if wire == 5:
        return data[at:at + 4], at + 4
    size, at = _varint(data, at)
    if wire != 2 or at + size > len(data):
        raise ValueError("the bytes are not a protobuf message")
    return data[at:at + size], at + size


def _varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def _packed(data):
    out, at = [], 0
    while at < len(data):
        value, at = _varint(data, at)
        out.append(_signed(value))
    return out


def _signed(value):
    return value - (1 << 64) if value >> 63 else value


def _scalar(kind, value):
    if kind == "string":
        return value.decode()
    if kind == "double":
        return struct.unpack("<d", value)[0]
    if kind == "int64":
        return _signed(value)
    return bool(value) if kind == "bool" else value


def _number(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def block(number, value):
    """A field of bytes, a string or a message."""
    value = value.encode() if isinstance(value, str) else value
    return _number(number << 3 | 2) + _number(len(value)) + value


def integer(number, value):
    """A field with a number that is not negative."""
    return _number(number << 3) + _number(value)


def double(number, value):
    """A field with a float64."""
    return _number(number << 3 | 1) + struct.pack("<d", value)


def status(code, message, identities, options, hints):
    """A google.rpc.Status with a Fault among its details, for grpc-status-details-bin."""
    fault = b"".join(integer(1, i) for i in identities) + b"".join(block(2, o) for o in options)
    fault += b"".join(block(3, h) for h in hints)
    detail = block(1, "type.googleapis.com/montage.v2.Fault") + block(2, fault)
    return integer(1, code) + block(2, message) + block(3, detail)
