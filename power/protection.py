"""Bricks that shut themselves off: over their current limit, or with too little voltage to run on.

The load is brought up until all that is asked for is carried, or until a brick shuts off; then
again without that brick, whose current goes to its neighbours, until none does.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geometry.errors import NoSolution, VoltageCollapse

from .circuit import Circuit, Pin, Site
from .collapse import collapse, highest_activity, negative_activity, place
from .delivery import Delivery
from .loads import Loads
from .newton import NotSolved, Solution, newton

FloatArray = NDArray[np.float64]

ALIKE = 1e-3
"""Bricks that are over by as much as the worst, relative to it, shut off together."""


def settle(
    delivery: Delivery, loads: Loads, site: Site, pin: Pin, guess: FloatArray | None
) -> tuple[Circuit, Solution]:
    """The circuit without the bricks that shut off, and its solution.

    Of several bricks that would shut off the one that is furthest beyond its limit does so first,
    since a larger excess is faster; the others may then be spared.

    Raises
    ------
    VoltageCollapse, ThermalRunaway, NoSolution
        As ``solve_network``.
    """
    shut = np.zeros(site.blocks, dtype=bool)
    while True:
        circuit = Circuit(delivery, loads, site, shut)
        if not circuit.brick_works.any():
            raise _dark(circuit, shut)
        solution, reached = solve_or_nearest(circuit, pin, guess)
        more = shutting(circuit, solution.unknowns)
        if more.any():
            shut = shut | more
            continue
        if not reached:
            raise collapse(circuit, pin, solution)
        if pin.quantity != "activity" and solution.unknowns[-1] < 0:
            raise negative_activity(circuit, pin)
        return circuit, solution


def solve_or_nearest(circuit: Circuit, pin: Pin, guess: FloatArray | None) -> tuple[Solution, bool]:
    """The solution, or the one of the highest activity within the pin, and whether it is the first.

    From the guess, then from no load, and last from the highest activity within the pin.
    """
    starts = [circuit.start()]
    if guess is not None and guess.shape == starts[0].shape:
        starts.insert(0, guess)
    for start in starts:
        try:
            return newton(circuit, pin, start), True
        except NotSolved:
            continue
    nearest = highest_activity(circuit, pin)
    try:
        return newton(circuit, pin, nearest.unknowns), True
    except NotSolved:
        return nearest, False


def shutting(circuit: Circuit, x: FloatArray) -> NDArray[np.bool_]:
    """Bricks that shut off in this state."""
    bricks = circuit.delivery.bricks
    excess = np.zeros(circuit.site.blocks)
    if bricks.over_limit == "trip":
        excess = np.maximum(excess, x[circuit.brick_current] / circuit.current_limit)
    if bricks.lockout_voltage is not None:
        inlet = np.where(circuit.brick_works, x[circuit.brick_voltage], np.inf)
        excess = np.maximum(excess, bricks.lockout_voltage / inlet)
    excess[~circuit.brick_works] = 0.0
    worst = excess.max()
    return (excess >= worst * (1 - ALIKE)) & (worst > 1)


def _dark(circuit: Circuit, shut: NDArray[np.bool_]) -> NoSolution:
    if not shut.any():
        return NoSolution("outage: no brick is left that works, so that no block gets any current")
    last = int(np.flatnonzero(shut)[-1])
    return VoltageCollapse(
        f"all {int(shut.sum())} bricks have shut themselves off, one after the other, brick "
        f"{place(circuit, last)} among them: those that were left were over their current limit "
        "or below their lock-out voltage each time"
    )
