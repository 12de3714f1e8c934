"""The memory segments that the runner shares. Arrays are views of them, never copies."""

import mmap
import os

import numpy as np

from .fault import NotPlanned, ShapeFault

_DESCRIPTORS = {1: 4, 2: 5}  # STATE, WORK
_DTYPES = {1: np.dtype("<f4"), 2: np.dtype("u1"), 3: np.dtype("<i4"), 4: np.dtype("<u8")}
_STATE, _WORK, _ALIGN = 1, 2, 64


class Memory:
    """Both segments, once they are open."""

    def __init__(self):
        self._maps = None

    def open(self, state_bytes, work_bytes):
        """Maps the inherited files. The STATE segment is read-only."""
        if self._maps is not None:
            raise RuntimeError("the memory is already open")
        self._maps = {
            _STATE: _map(_STATE, state_bytes, mmap.PROT_READ),
            _WORK: _map(_WORK, work_bytes, mmap.PROT_READ | mmap.PROT_WRITE),
        }

    def read(self, name, ref):
        """A read-only array, or None."""
        array = self._view(name, ref)
        if array is not None:
            array.flags.writeable = False
        return array

    def write(self, name, ref):
        """A writable array, or None."""
        if ref.get("segment") == _STATE:
            raise ShapeFault(f"shapes do not fit: {name} to be written lies in the STATE segment")
        return self._view(name, ref)

    def _view(self, name, ref):
        if not ref.get("dtype"):
            return None
        if self._maps is None:
            raise NotPlanned("call was not planned: the memory is not open")
        dtype, shape, offset = _DTYPES.get(ref["dtype"]), ref["shape"], ref["offset"]
        if dtype is None or any(n < 0 for n in shape):
            raise ShapeFault(f"shapes do not fit: {name} has dtype {ref['dtype']} and shape {shape}")
        count = 1
        for n in shape:
            count *= n  # without overflow, in Python
        if count == 0:
            return np.empty(shape, dtype)
        memory = self._maps.get(ref["segment"])
        if memory is None or offset % _ALIGN or offset + count * dtype.itemsize > len(memory):
            raise ShapeFault(f"shapes do not fit: {name} {dtype}{shape} at {offset} is outside its segment")
        return np.frombuffer(memory, dtype, count, offset).reshape(shape)


def _map(segment, size, protection):
    if size == 0:
        return b""
    found = os.fstat(_DESCRIPTORS[segment]).st_size
    if found < size:
        raise RuntimeError(f"{size} bytes wanted of descriptor {_DESCRIPTORS[segment]}, it has {found}")
    return mmap.mmap(_DESCRIPTORS[segment], size, mmap.MAP_SHARED, protection)
