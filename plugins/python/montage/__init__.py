"""Write Montage plugins in Python.

A component is a function or a class with a decorator that describes it; serve()
makes the program a plugin:

    @montage.loss("squared", targets=["vector"])
    def squared(predictions, targets, weights):
        '''The squared difference. ...'''
        ...
        return value, gradient

    montage.serve("mine", "1.0.0", squared)

Arrays are NumPy views of memory shared with the runner. Inputs are read-only;
outputs are written in place. Components are pure: a repeated call, in this process
or another, must give the same bytes, so every draw comes from the keys of the call
(montage.rng).

The decorators document the calls of the five kinds. The contracts, and their words,
are those of the Go package core.
"""

from . import rng
from .declare import Option, Param, Plan, augmentation, backbone, head, loss, strategy
from .fault import Fault, NotFinite, NotPlanned, OptionFault, ShapeFault, Unsupported
from .server import serve
from .service import cancelled

__version__ = "1.0.0"

__all__ = [
    "Fault", "NotFinite", "NotPlanned", "Option", "OptionFault", "Param", "Plan", "ShapeFault", "Unsupported",
    "augmentation", "backbone", "cancelled", "head", "loss", "rng", "serve", "strategy",
]
