#!/usr/bin/env python3
"""A plugin whose calls go wrong in the ways that Python has."""

import sys
import time

import numpy as np

import montage


@montage.augmentation("failing")
def failing(frames, keys, output):
    """Raises."""
    return {}["no such key"]


@montage.augmentation("writing")
def writing(frames, keys, output):
    """Writes to what it may only read."""
    frames[...] = 0


def wait(seconds, ends):
    """Waits, unless it ends before."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and not ends():
        time.sleep(0.005)


@montage.augmentation("patient")
def patient(frames, keys, output):
    """Takes a while, and hears when nobody waits any longer."""
    wait(0.06 * (len(frames) == 5), montage.cancelled)
    if montage.cancelled():
        wait(0.1, lambda: False)
    output[...] = frames


@montage.augmentation("deaf")
def deaf(frames, keys, output):
    """Takes a while, and goes on when nobody waits any longer."""
    wait(0.06 * (len(frames) == 5), montage.cancelled)
    if montage.cancelled() and len(frames) == 5:
        wait(5, lambda: False)
    output[...] = frames


@montage.augmentation("loud")
def loud(frames, keys, output):
    """Prints a line that would fill a pipe."""
    print("x" * 200_000)
    print("said so", file=sys.stderr)
    output[...] = frames


@montage.loss("nan", targets=["none"])
def nan(predictions, targets, weights):
    """Not a number."""
    return float("nan"), np.zeros_like(predictions)


@montage.augmentation("refusing")
def refusing(frames, keys, output):
    """Says what a user can do."""
    raise montage.Fault("no film is in the camera", "load one")


if __name__ == "__main__":
    montage.serve("broken", "1.0.0", failing, writing, patient, deaf, loud, nan, refusing)
