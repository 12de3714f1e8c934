"""Random numbers by key, as package core/rng of the runner draws them.

A draw must not depend on the order in which work arrives. So it is computed from the
key of its frame or row, and from its position in the key's stream.
"""

import numpy as np

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def _mix(z):
    """The output function of SplitMix64 (Steele, Lea, Flood 2014)."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def uniform(keys, position):
    """Numbers in [0, 1), float32: one for each of the keys (uint64) at each of the
    positions (integers); the two are broadcast against each other."""
    with np.errstate(over="ignore"):
        keys = np.atleast_1d(np.asarray(keys, np.uint64))
        position = np.asarray(position, np.uint64)
        bits = _mix(keys ^ _mix(position + _GOLDEN)) >> np.uint64(40)
    return bits.astype(np.float32) / np.float32(1 << 24)
