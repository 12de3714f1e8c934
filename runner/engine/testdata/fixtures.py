"""Writes teacher.json: what torch.optim.swa_utils.AveragedModel makes of a parameter
that moves, as an exponential moving average, without and with a warm-up of the decay."""

import json

import numpy as np
import torch
from torch.optim.swa_utils import AveragedModel

DECAY, STEPS = 0.9, 8


def short(tensor):
    return [float(str(np.float32(v))) for v in tensor.detach().flatten().tolist()]


def follow(states, decay):
    """The averages after each step. AveragedModel copies what it sees first."""
    model = torch.nn.Linear(4, 1, bias=False)
    averaged, seen = AveragedModel(model, avg_fn=lambda old, new, n: decay(int(n)) * old + (1 - decay(int(n))) * new), []
    for state in states:
        with torch.no_grad():
            model.weight.copy_(state)
        averaged.update_parameters(model)
        seen.append(short(averaged.module.weight))
    return seen


def main():
    states = [torch.tensor(v, dtype=torch.float32).view(1, 4) for v in np.random.default_rng(3).normal(size=(STEPS, 4)) * [1, 1e-3, 1e4, 0]]
    document = {"made_with": {"torch": torch.__version__}, "decay": DECAY, "states": [short(s) for s in states],
                "plain": follow(states, lambda n: DECAY),
                "warmed": follow(states, lambda n: min(DECAY, n / (9 + n)))}  # step n-1 of ours: (1+step)/(10+step)
    with open("teacher.json", "w") as file:
        json.dump(document, file)
        file.write("\n")


main()
