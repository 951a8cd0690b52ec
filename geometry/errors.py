"""When the physics has no solution: named, with the place and the reason."""


class NoSolution(Exception):
    """The case is well posed as input but its physics has no steady state."""


class VoltageCollapse(NoSolution):
    """A load asks for more power than its supply path can carry."""


class ThermalRunaway(NoSolution):
    """Leakage heats the silicon faster than the coolant takes the heat away."""


class NoCoolantFlow(NoSolution):
    """The pumps cannot drive the coolant through its loop as the case asks."""


class BeyondPumpCurve(NoSolution):
    """The pumps would run at a flow at which their curve is not known."""


class DriedOut(NoSolution):
    """A boiling coolant is all vapour before its channel ends."""


class ChokedFlow(NoSolution):
    """A boiling coolant cannot pass its channel at the pressure that it has."""
