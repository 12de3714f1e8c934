"""Makes half.json: numbers and what numpy rounds them to in 16 bits.

Made with Python 3 and the versions that the file records:
    python3 fixtures.py > half.json
"""

import hashlib
import json
import platform

import numpy as np

rng = np.random.default_rng(16)
bits = rng.integers(0, 2**32, 1500, dtype=np.uint64).astype(np.uint32)
scaled = (rng.standard_normal(1500) * 10.0 ** rng.uniform(-8, 5, 1500)).astype(np.float32)
edges = np.array([0.0, -0.0, 65504, 65519.996, 65520, 65536, -65504, 2**-14, 2**-24, 2**-25, 2**-25 * 1.0001,
                  1 + 2**-11, 1 + 3 * 2**-11, np.inf, -np.inf, 3.4e38, 1e-45], dtype=np.float32)
values = np.concatenate([bits.view(np.float32), scaled, edges])
values = values[~np.isnan(values)]
with np.errstate(over="ignore"):
    halves = values.astype(np.float16)

every = np.arange(2**16, dtype=np.uint32).astype(np.uint16).view(np.float16)
every = every[~np.isnan(every)].astype("<f4")

print(json.dumps({
    "versions": {"python": platform.python_version(), "numpy": np.__version__},
    "values": values.view(np.uint32).tolist(),
    "halves": halves.view(np.uint16).tolist(),
    "widened_sha256": hashlib.sha256(every.tobytes()).hexdigest(),
}))
