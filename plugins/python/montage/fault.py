"""Errors that keep their identity on the way to the runner."""


class Fault(Exception):
    """An error that the component reports on purpose, and what a user can do about it.
    Other exceptions count as mistakes in the plugin and arrive with their traceback."""

    code = "UNKNOWN"
    identity = 0
    hints = ()

    def __init__(self, message="", hint=""):
        super().__init__(message)
        if hint:
            self.hints = (hint,)

    def text(self):
        """The message, then the hints on lines of their own, as the runner shows them."""
        return "".join([str(self), *("\nhint: " + hint for hint in self.hints)])


class ShapeFault(Fault):
    """The shapes of the arrays do not match each other or the plan."""

    code, identity = "INVALID_ARGUMENT", 1


class NotPlanned(Fault):
    """A call came before plan, or exceeds the limits given to plan."""

    code, identity = "FAILED_PRECONDITION", 2


class Unsupported(Fault):
    """The component does not implement this."""

    code, identity = "UNIMPLEMENTED", 3


class NotFinite(Fault):
    """The component received or produced a NaN or an infinity."""

    code, identity = "OUT_OF_RANGE", 4


class OptionFault(Fault):
    """A problem with one option. The runner adds file, line and column; path leads
    to the value inside the component's table, such as layers[3].out."""

    code = "INVALID_ARGUMENT"

    def __init__(self, path, problem, hint="", unknown=False):
        super().__init__(problem, hint)
        self.document = {"path": path, "problem": problem, "hint": hint, "unknown": unknown}


class OptionFaults(Fault):
    """All problems of a table at once."""

    code = "INVALID_ARGUMENT"

    def __init__(self, faults):
        super().__init__("\n".join(str(f) for f in faults))
        self.faults = faults
