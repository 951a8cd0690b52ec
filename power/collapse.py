"""When there is no steady state: how far the load can be brought up, and what gives way there."""

from __future__ import annotations

import numpy as np

from geometry.errors import NoSolution, ThermalRunaway, VoltageCollapse

from .circuit import Circuit, Pin
from .newton import NotSolved, Solution, newton

ACTIVITY_TOLERANCE = 1e-4
"""Relative width to which the highest activity is found."""


def place(circuit: Circuit, block: int) -> str:
    """Number of a block or brick and where it is, for messages."""
    row, column = divmod(block, circuit.site.columns)
    return f"{block} (column {column}, row {row})"


def highest_activity(circuit: Circuit, pin: Pin) -> Solution:
    """Solution of the highest activity that is stable and within the pin, by bisection.

    Raises
    ------
    VoltageCollapse
        When there is no solution even without activity.
    NoSolution
        When the pinned total is exceeded even without activity.
    """
    best, low, high = _at(circuit, 0.0), 0.0, 1.0
    if best is None:
        raise _collapse_without_activity(circuit)
    if not _within(circuit, pin, best):
        raise negative_activity(circuit, pin)
    while (solution := _at(circuit, high)) is not None and _within(circuit, pin, solution):
        carried = circuit.pinned(pin.quantity, solution.unknowns)
        if carried <= circuit.pinned(pin.quantity, best.unknowns):
            return best  # beyond the most that can be carried: the voltage falls faster
        best, low, high = solution, high, 2 * high
    while high - low > ACTIVITY_TOLERANCE * high:
        middle = (low + high) / 2
        solution = _at(circuit, middle)
        if solution is not None and _within(circuit, pin, solution):
            best, low = solution, middle
        else:
            high = middle
    return best


def _at(circuit: Circuit, activity: float) -> Solution | None:
    try:
        return newton(circuit, Pin("activity", activity), circuit.start())
    except NotSolved:
        return None


def _within(circuit: Circuit, pin: Pin, solution: Solution) -> bool:
    return circuit.pinned(pin.quantity, solution.unknowns) <= pin.target


def collapse(circuit: Circuit, pin: Pin, nearest: Solution) -> NoSolution:
    """The error that names the block or brick whose voltage has fallen most.

    A constant power collapses when its voltage has fallen by about half, so what has fallen most
    in the last state that can still be carried is what gives way; unless a brick's own warming
    has at least doubled its losses there.
    """
    x = nearest.unknowns
    if _warming_gain(circuit, x).max() > 0.5:
        return _brick_runaway(circuit, x)
    inlet = x[circuit.brick_voltage]
    taken = circuit.brick_input(x)
    block_left = x[circuit.load_voltage] / circuit.no_load
    # behind the first stage: falls with the 50 V side as well as with the stage itself
    brick_left = taken.left / circuit.delivery.supplies.voltage
    wanted = "the load" if pin.quantity == "activity" else f"{pin.target:.6g} W of {pin.quantity}"
    most = (
        f"it can be brought up to activity {x[-1]:.4g}, {circuit.load_power(x).sum():.6g} W at "
        "the wafer, with"
    )
    if block_left.min() <= brick_left.min():
        block = int(np.argmin(block_left))
        return VoltageCollapse(
            f"block {place(circuit, block)}: no steady voltage carries {wanted}; {most} "
            f"{circuit.load_power(x)[block]:.6g} W there at {x[circuit.load_voltage][block]:.4g} V"
        )
    brick = int(np.argmin(brick_left))
    return VoltageCollapse(
        f"brick {place(circuit, brick)}: its 50 V side or first stage cannot carry {wanted}; "
        f"{most} {inlet[brick] * taken.current.value[brick]:.6g} W into it at {inlet[brick]:.4g} V"
    )


def _leakage(circuit: Circuit) -> np.ndarray:
    """Leakage of each block at the bricks' voltage without load and its temperature [W]."""
    site = circuit.site
    voltage = np.full(site.blocks, circuit.no_load.max())
    return circuit.loads.leakage(site.nominal_power, voltage, site.wafer_temperature)


def _warming_gain(circuit: Circuit, x: np.ndarray) -> np.ndarray:
    """Watts by which a brick's loss grows per watt that it already loses."""
    warming = circuit.delivery.bricks.warming
    if warming is None:
        return np.zeros(circuit.site.blocks)
    figures = circuit.brick_loss(x).value / warming.factor(x[circuit.temperature])
    return warming.per_kelvin * circuit.own_warming * figures


def _brick_runaway(circuit: Circuit, x: np.ndarray) -> ThermalRunaway:
    gain = _warming_gain(circuit, x)
    brick = int(np.argmax(gain))
    return ThermalRunaway(
        f"brick {place(circuit, brick)}: what it loses warms it, and each watt brings "
        f"{gain[brick]:.2f} W more, before all of the load is carried"
    )


def _collapse_without_activity(circuit: Circuit) -> NoSolution:
    start = circuit.start()
    if _warming_gain(circuit, start).max() >= 1:
        return _brick_runaway(circuit, start)
    leakage = _leakage(circuit)
    if leakage.max() > 0:
        block = int(np.argmax(leakage))
        return VoltageCollapse(
            f"block {place(circuit, block)}: no steady voltage even without activity; its leakage "
            f"asks {leakage[block]:.6g} W at {circuit.site.wafer_temperature[block]:.1f} K and "
            f"{circuit.no_load.max():g} V"
        )
    brick = int(np.argmax(np.where(circuit.brick_works, circuit.no_load, 0.0)))
    return VoltageCollapse(
        f"brick {place(circuit, brick)}: no steady state even without load; the bricks' fixed "
        "losses and what unequal set-points drive from brick to brick are more than can be carried"
    )


def negative_activity(circuit: Circuit, pin: Pin) -> NoSolution:
    """The error for a pinned total that is exceeded without any activity."""
    leakage = _leakage(circuit)
    if leakage.sum() > 0:
        block = int(np.argmax(leakage))
        also = "" if pin.quantity == "wafer heat" else ", with the losses on its way,"
        return ThermalRunaway(
            f"block {place(circuit, block)} leaks most, {leakage[block]:.6g} W at "
            f"{circuit.site.wafer_temperature[block]:.1f} K: leakage alone, "
            f"{leakage.sum():.6g} W at {circuit.no_load.max():g} V{also} exceeds the "
            f"pinned {pin.quantity} of {pin.target:.6g} W"
        )
    return NoSolution(
        f"the losses of the converters without load exceed the pinned {pin.quantity} "
        f"of {pin.target:.6g} W"
    )
