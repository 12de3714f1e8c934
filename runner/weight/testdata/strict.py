"""Loads a safetensors file into torchvision's ResNet-18 without classifier, strictly.

python3 strict.py FILE STATE: FILE's tensors must be those of STATE, which torch.save wrote.
The model is made as narrow as STATE. The reader below follows the format's description:
8 bytes of length, JSON, numbers.
"""

import json
import struct
import sys

import torch
import torchvision

DTYPES = {"F32": torch.float32, "I64": torch.int64}


def read(path):
    with open(path, "rb") as f:
        header = json.loads(f.read(struct.unpack("<Q", f.read(8))[0]))
        data = bytearray(f.read())
    header.pop("__metadata__", None)
    return {name: torch.frombuffer(data[slice(*t["data_offsets"])], dtype=DTYPES[t["dtype"]]).reshape(t["shape"])
            for name, t in header.items()}


state = torch.load(sys.argv[2])
model = torchvision.models.resnet18()
model.fc = torch.nn.Identity()
for name, value in list(model.named_parameters()) + list(model.named_buffers()):
    value.data = value.data.new_empty(state[name].shape)
loaded = read(sys.argv[1])
# load_state_dict forgives missing counters in a dict without version; other programs do not.
kinds = {name: (value.dtype, value.shape) for name, value in model.state_dict().items()}
assert {name: (value.dtype, value.shape) for name, value in loaded.items()} == kinds
model.load_state_dict(loaded, strict=True)
compared = [name for name, value in model.state_dict().items() if value.is_floating_point()]
assert all(torch.equal(model.state_dict()[name], state[name]) for name in compared)
print("the same:", len(compared))
