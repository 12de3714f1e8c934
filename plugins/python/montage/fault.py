"""Errors that keep their identity on the way to the runner."""


class Fault(Exception):
    """An error that the component reports. Others arrive with their traceback, as
    mistakes in the plugin."""

    code = "UNKNOWN"
    identity = 0


class ShapeFault(Fault):
    """What the component was given does not fit together."""

    code, identity = "INVALID_ARGUMENT", 1


class NotPlanned(Fault):
    """A call came before the plan it needs, or beyond its limits."""

    code, identity = "FAILED_PRECONDITION", 2


class Unsupported(Fault):
    """The component does not offer this."""

    code, identity = "UNIMPLEMENTED", 3


class NotFinite(Fault):
    """The component met or made a NaN or an infinity."""

    code, identity = "OUT_OF_RANGE", 4


class OptionFault(Fault):
    """A problem with one option. The runner adds file, line and column; path leads
    to the value inside the component's table, such as layers[3].out."""

    code = "INVALID_ARGUMENT"

    def __init__(self, path, problem, hint="", unknown=False):
        super().__init__(problem)
        self.document = {"path": path, "problem": problem, "hint": hint, "unknown": unknown}


class OptionFaults(Fault):
    """All problems of a table at once."""

    code = "INVALID_ARGUMENT"

    def __init__(self, faults):
        super().__init__("\n".join(str(f) for f in faults))
        self.faults = faults
