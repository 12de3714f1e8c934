"""The device on which PyTorch computes, with the settings that make a repeated call give
the same bytes."""

import contextlib
import os
import threading

# cuBLAS is deterministic only with a workspace of fixed size, which it reads at its start.
os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")

import numpy as np
import torch

import montage

# Generator, thread count and determinism are settings of the process, not of an instance,
# and there is one device, so instances take turns.
_turn = threading.Lock()

OPTIONS = [
    montage.Option("device", "string", "where to compute; auto is cuda if there is one", default="auto", choices=["auto", "cpu", "cuda"]),
    montage.Option("threads", "int", "threads on the CPU, 0 for PyTorch's own choice; another number may round differently", default=0, min=0, max=1024),
    montage.Option("deterministic", "bool", "refuse operators that PyTorch cannot repeat bit for bit", default=True),
]
_THREADS = torch.get_num_threads()


class Device:
    """A torch.device with the settings of one instance."""

    def __init__(self, device, threads, deterministic):
        there = torch.cuda.is_available()
        if device == "cuda" and not there:
            raise montage.OptionFault("device", "device is cuda, but PyTorch finds no such device", "set device to auto or cpu")
        self.cuda = device == "cuda" or device == "auto" and there
        self.torch = torch.device("cuda" if self.cuda else "cpu")
        self.threads, self.deterministic = threads or _THREADS, deterministic

    @contextlib.contextmanager
    def turn(self):
        """Reserves the process for this instance and applies its settings."""
        with _turn:
            if torch.get_num_threads() != self.threads:
                torch.set_num_threads(self.threads)
            torch.use_deterministic_algorithms(self.deterministic)
            torch.backends.cudnn.benchmark = False  # it chooses by time, which differs from run to run
            torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
            yield

    def put(self, array):
        """A copy of an array on the device."""
        host = torch.from_numpy(np.array(array))  # PyTorch has no read-only tensors, so never the shared memory itself
        if self.cuda:
            return host.pin_memory().to(self.torch, non_blocking=True)
        return host

    def fill(self, tensor, array):
        """Overwrites a tensor of the device with an array."""
        tensor.data.copy_(self.put(array))

    def free(self):
        """Frees the unused memory that PyTorch's allocator caches."""
        if self.cuda:
            torch.cuda.empty_cache()

    def describe(self):
        """The name of the device, with its free memory."""
        if not self.cuda:
            return "the CPU"
        free, total = torch.cuda.mem_get_info()
        return f"{torch.cuda.get_device_name()}, {free >> 20} of {total >> 20} MiB free"


def seed(keys):
    """Seeds PyTorch's generators from the keys of a call and nothing else."""
    mixed = np.uint64(0x9E3779B97F4A7C15)
    with np.errstate(over="ignore"):
        for key in np.asarray([] if keys is None else keys, np.uint64):
            mixed = (mixed ^ key) * np.uint64(0xBF58476D1CE4E5B9)
            mixed ^= mixed >> np.uint64(31)
    torch.manual_seed(int(mixed) & (1 << 63) - 1)
