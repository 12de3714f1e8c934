"""Writes small files of features as Python programs do, by the package safetensors.

Run in this folder: python3 fixtures.py. Written with safetensors 0.8.0 and numpy 2.4.6.
"""

import json

import numpy as np
from safetensors.numpy import save_file

ids = ["a", "b/1.jpg", "ü"]
values = np.array([[0, 1.5, -2], [3, 0.25, 1e-3], [-0.125, 100, 7]])
for dtype in ["float64", "float32", "float16"]:
    # A file may hold other tensors beside the features.
    tensors = {"features": values.astype(dtype), "scale": np.ones(5, np.float32)}
    save_file(tensors, f"{dtype}.safetensors", metadata={"ids": json.dumps(ids)})
save_file({"features": values.astype("int32")}, "integers.safetensors", metadata={"ids": json.dumps(ids)})
save_file({"features": values}, "no-ids.safetensors")
