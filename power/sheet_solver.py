"""Voltages of the sheets: Newton's method on Kirchhoff's law of every cell, by the fast solver.

The loads are a sink of each cell that depends on its voltage, and that grows as the voltage falls
where a load asks for constant power. Its slope joins the operator; conjugate gradients,
preconditioned by the cosine solver, find each step. The operator is positive definite on the upper
branch and nowhere below it: a direction without curvature is a collapse.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from geometry.conjugate_gradients import NotPositiveDefinite, Solution, conjugate_gradients
from geometry.cosine_solver import CosineSolver
from geometry.errors import NoSolution, VoltageCollapse
from geometry.grid import Array

from .sheet_stack import SheetStack

Field = NDArray[Any]

MOST_ROUNDS = 40
MOST_STEPS = 400
"""Of conjugate gradients in a round."""
STUCK = 1e-6
"""Residual below which what does not fall on is rounding, and above which it is a collapse."""
LEAST_GAIN = 3e-5
"""By which single precision can take a residual down in one round."""


class CellLoads(Protocol):
    """What every cell draws at its voltage, arrays of shape (ny, nx)."""

    def current(self, voltage: Field) -> Field:
        """[A]."""

    def current_per_volt(self, voltage: Field) -> Field:
        """Its derivative [A/V]."""


@dataclass(frozen=True)
class SheetField:
    """Voltages that satisfy Kirchhoff's law.

    Attributes
    ----------
    stack : SheetStack
    u : array, shape (planes, ny, nx)
        Voltage of each sheet above the reference [V].
    load_current : array, shape (ny, nx)
        [A].
    residual : float
        Current that stays in the cells, sum over all, relative to the loads'.
    error_volts : float
        Largest error of a voltage that the residual leaves, as estimated by the preconditioner and
        the smallest eigenvalue that the iteration saw [V].
    rounds, steps : int
        Newton's, and those of conjugate gradients in all.
    """

    stack: SheetStack
    u: Field
    load_current: Array
    residual: float
    error_volts: float
    rounds: int
    steps: int

    @property
    def load_voltage(self) -> Array:
        """At the circuits of each cell [V], (ny, nx)."""
        return np.asarray(self.stack.reference + self.stack.between_wafer(self.u))

    @property
    def brick_voltage(self) -> Array:
        """Mean under each brick's foot [V]."""
        return self.stack.reference + self.stack.brick_voltage(self.u)

    @property
    def brick_current(self) -> Array:
        """Output of each brick [A]."""
        return self.stack.brick_current(self.u)

    @property
    def balance(self) -> float:
        """|what bricks give - loads - losses| relative to what bricks give; no side held."""
        given = float(self.brick_voltage @ self.brick_current)
        taken = float(np.sum(self.load_voltage * self.load_current))
        lost = sum(float(np.sum(part)) for part in self.stack.contact_losses(self.u))
        lost += sum(float(np.sum(part)) for part in self.stack.sheet_losses(self.u))
        return abs(given - taken - lost) / given


def solve_sheets(
    stack: SheetStack,
    loads: CellLoads,
    guess: Field | None = None,
    tolerance: float = 1e-11,
    progress: Callable[[int, float], None] | None = None,
    dtype: Any = np.float32,
) -> SheetField:
    """Voltages of the sheets.

    Parameters
    ----------
    stack : SheetStack
    loads : CellLoads
    guess : array, shape (planes, ny, nx), optional
        Voltages to begin with, above the reference; the highest without load if left out, from
        where Newton's method falls onto the upper branch (Newton-Baluev theorem, for loads that
        are convex in their voltage).
    tolerance : float
        Of the current that stays in the cells, relative to the loads'; what rounding leaves will
        do.
    progress : callable, optional
        Called each round with its number and that residual.
    dtype : numpy dtype
        Of conjugate gradients' fields; the voltages are in double precision.

    Raises
    ------
    VoltageCollapse
        When no steady voltage carries the loads; names the place.
    NoSolution
        When rounding keeps the residual above the tolerance.
    """
    u = _unloaded(stack) if guess is None else guess.copy()
    steps, least, left = 0, 1.0, np.inf
    inverse = None
    for rounds in range(MOST_ROUNDS + 1):
        voltage = stack.reference + stack.between_wafer(u)
        if not np.min(voltage) > 0:
            raise _collapse(stack, voltage)
        current = loads.current(voltage)
        off = stack.outflow(u)
        stack.take_at_wafer(off, current)
        drawn = float(np.sum(np.abs(current))) or 1.0
        before, left = left, float(np.sum(np.abs(off))) / drawn
        if progress is not None:
            progress(rounds, left)
        slope = loads.current_per_volt(voltage).astype(dtype)
        inverse = inverse or stack.preconditioner(float(np.mean(slope)))
        off = off.astype(dtype)
        if left <= max(tolerance, _rounding(stack, u) / drawn):
            error = float(np.max(np.abs(inverse.solve(off)))) / least
            return SheetField(stack, u, current, left, error, rounds, steps)
        if rounds > 8 and not left < before:
            break
        # the first step meets the loads' law far from where it ends: more digits would be lost
        aim = max(0.3 * tolerance / left, 1e-3 if rounds == 0 else LEAST_GAIN)
        try:
            found = _step(stack, slope, inverse, off, aim)
        except NotPositiveDefinite:
            # a load that its own contact cannot feed has not yet brought its voltage down
            raise _collapse(stack, voltage - current / stack.conduction.down[0]) from None
        u -= found.field
        steps, least = steps + found.steps, found.least
    if left < STUCK:
        raise NoSolution(f"sheets: rounding keeps their relative residual at {left:.1e}")
    raise _collapse(stack, voltage)


def _step(
    stack: SheetStack, slope: Field, inverse: CosineSolver, off: Field, aim: float
) -> Solution:
    """One step of Newton's method, to a share of the residual."""
    return conjugate_gradients(
        lambda change: stack.apply(change, slope), inverse.solve, off, aim, MOST_STEPS
    )


def _rounding(stack: SheetStack, u: Field) -> float:
    """Current that rounding leaves in all cells together, at most [A]."""
    sides = (*stack.conduction.east, *stack.conduction.north)
    faces = sum(float(np.max(g, initial=0.0)) for g in sides)
    return float(np.finfo(float).eps * faces * np.max(np.abs(u)) * u[0].size)


def _unloaded(stack: SheetStack) -> Array:
    """The highest voltage of any brick without load, everywhere."""
    b = stack.bricks
    held = [float(np.max(part.value)) for part in stack.boundaries.values()]
    rests = b.voltage - stack.reference
    given = np.divide(b.current, b.conductance, out=np.zeros_like(rests), where=b.conductance > 0)
    u = np.zeros(stack.grid.shape)
    high = max([*(rests + given), *held])
    u[0] = u[1] = high
    return u


def _collapse(stack: SheetStack, voltage: Field) -> VoltageCollapse:
    """The error, with the place of the lowest voltage on the way."""
    j, i = np.unravel_index(int(np.argmin(voltage)), voltage.shape)
    grid = stack.grid
    return VoltageCollapse(
        f"wafer at x {grid.x[i] * 1e3:.1f} mm, y {grid.y[j] * 1e3:.1f} mm: no steady voltage "
        "carries the load there; what it asks for rises faster than its voltage can fall"
    )
