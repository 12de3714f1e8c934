#!/usr/bin/env python3
"""A plugin that serves PyTorch: torchvision's models, heads and losses of torch.nn."""

import montage
from montage_torch.backbone import Backbone
from montage_torch.head import Head
from montage_torch.loss import Loss

if __name__ == "__main__":
    montage.serve("torch", "1.0.0", Backbone, Head, Loss)
