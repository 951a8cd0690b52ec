"""Newton's method on the equations of the chain, kept to the upper branch."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.linalg import SuperLU, splu

from .circuit import Circuit, Pin

FloatArray = NDArray[np.float64]

MAX_ITERATIONS = 50
STEP_TOLERANCE = 1e-9
"""Relative size of a last Newton step; what remains after it is the square of that."""


class NotSolved(Exception):
    """Newton's method found no solution on the upper branch."""


class Solution(NamedTuple):
    """Where Newton's method stopped."""

    unknowns: FloatArray
    iterations: int


def newton(circuit: Circuit, pin: Pin, start: FloatArray) -> Solution:
    """Solve the circuit by Newton's method, full steps, from ``start``.

    Each load draws a current that is convex in its voltage, so from the voltages without load the
    iterates fall monotonically onto the upper branch, if there is one, at a given activity
    (Newton-Baluev theorem). From any other start the branch is checked at the end.

    Raises
    ------
    NotSolved
        When a load or brick loses its voltage on the way, when the steps do not settle, or when
        the solution lies on a lower branch.
    """
    x = start.copy()
    if pin.quantity == "activity":
        x[-1] = pin.target
    # what overflows or is divided by nought on the way shows as not finite, and is refused
    with np.errstate(all="ignore"):
        for iterations in range(1, MAX_ITERATIONS + 1):
            step, factors = _step(circuit, pin, x)
            x = x + step
            if not np.all(circuit.voltages(x) > 0):
                raise NotSolved("a voltage falls to nought")
            if np.max(np.abs(step) / (circuit.scale + np.abs(x))) < STEP_TOLERANCE:
                if not _on_upper_branch(circuit, factors):
                    raise NotSolved("the solution lies on a lower branch")
                # a gain above 1 leaves a root with negative losses
                if np.any(x[circuit.temperature] < circuit.idle_temperature - 1e-6):
                    raise NotSolved("a brick's own loss warms it without end")
                return Solution(x, iterations)
    raise NotSolved("the steps do not settle")


def _step(circuit: Circuit, pin: Pin, x: FloatArray) -> tuple[FloatArray, SuperLU]:
    """One full Newton step, and the factors of its Jacobian."""
    g = circuit.nonlinear(x, pin)
    if not np.all(np.isfinite(g)):
        raise NotSolved("a brick is asked for more than its first stage can give")
    residual = circuit.linear @ x + circuit.mixing @ g - circuit.constant
    jacobian = circuit.linear + circuit.mixing @ circuit.derivative(x, pin)
    try:
        factors = splu(jacobian.tocsc())
    except RuntimeError:
        raise NotSolved("the equations are singular") from None
    return factors.solve(-residual), factors


def _on_upper_branch(circuit: Circuit, factors: SuperLU) -> bool:
    """Whether no load or brick voltage rises when 1 A more is taken at each plane and 50 V node.

    The node equations at a given activity have no positive coupling, so this sign is that of a
    nonsingular M-matrix: the operating point is the one that is reached from no load. A brick
    held at its current limit takes more power the higher its output, which couples its 50 V side
    the other way, by a fiftieth or so of an ampere: there the sign is a check, not a proof.
    """
    blocks = circuit.site.blocks
    added = circuit.mixing[:, blocks : 2 * blocks] @ np.ones(blocks)
    added[circuit.plane_voltage] -= 1.0
    response = factors.solve(-added)
    # a pin moves the activity; take that movement out again
    per_pin = factors.solve(np.eye(1, circuit.size, circuit.size - 1)[0])
    response = response - per_pin * (response[-1] / per_pin[-1])
    return bool(np.max(circuit.voltages(response)) <= 1e-12)
