"""Numbers that have a gradient: the hottest point and the worst drop, smoothed, and pump power."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Literal, Protocol, get_args

import numpy as np
from numpy.typing import NDArray

from power.linearised import QUANTITIES

from .coolant_need import coolant_need
from .coupled import junction_rise
from .coupled_adjoint import Asked
from .smooth_maximum import smooth_maximum
from .solved_state import SolvedState

Array = NDArray[np.float64]
Name = Literal["hottest", "worst drop", "pump power"]
NAMES: tuple[Name, ...] = get_args(Name)
SHARPNESS = 20.0
"""Of the smooth maxima, per kelvin and per millivolt."""
STEP = 2e-3
"""Of central differences with temperatures [K]."""
DROP = QUANTITIES.index("worst drop")


class Number(Protocol):
    """A number of a solved case."""

    name: Name
    unit: str
    """Of a change."""

    def value(self, state: SolvedState) -> float:
        """At a state, in ``unit``; a temperature in kelvin."""

    def plain(self, state: SolvedState) -> float:
        """What ``value`` smooths."""

    def ask(self, state: SolvedState, asked: Asked) -> Asked:
        """Its derivatives with the state, filled in where there was nought."""


class Hottest:
    """Smooth maximum of the temperature where the device makes its heat [K].

    Over all cells there, by their share of the volume.
    """

    name: Name = "hottest"
    unit = "K"

    def value(self, state: SolvedState) -> float:
        """As ``Number``."""
        rise = _rise(state)
        smooth, _ = smooth_maximum(rise, _volume_share(state), SHARPNESS)
        return smooth + state.machine.problem.reference_temperature

    def plain(self, state: SolvedState) -> float:
        """The hottest cell [K]."""
        return float(_rise(state).max()) + state.machine.problem.reference_temperature

    def ask(self, state: SolvedState, asked: Asked) -> Asked:
        """As ``Number``."""
        _, slopes = smooth_maximum(_rise(state), _volume_share(state), SHARPNESS)
        if state.machine.case.heat.at.endswith(" face"):
            # the half cell up to the face conducts as its own temperature has it
            ends = [_rise(_shifted(state, step, 0.0)) for step in (STEP, -STEP)]
            slopes = slopes * (ends[0] - ends[1]) / (2 * STEP)
        planes = state.machine.heated_planes
        asked.field[planes[0] : planes[-1] + 1] = slopes
        return asked


class WorstDrop:
    """Smooth maximum over the blocks of the drop to each block's worst point [mV].

    Parameters
    ----------
    solved : SolvedState
        The solved case; of another state it is by the tangent there, so that a single block's
        figures may take steps that a sharp maximum would bend under.
    """

    name: Name = "worst drop"
    unit = "mV"

    def __init__(self, solved: SolvedState) -> None:
        self.drop = 1e3 * solved.quantities[DROP]
        share = np.full(self.drop.size, 1 / self.drop.size)
        self.smooth, self.slopes = smooth_maximum(self.drop, share, SHARPNESS)

    def value(self, state: SolvedState) -> float:
        """As ``Number``."""
        moved = 1e3 * state.quantities[DROP] - self.drop
        return self.smooth + float(self.slopes @ moved)

    def plain(self, state: SolvedState) -> float:
        """The largest [mV]."""
        return 1e3 * float(state.quantities[DROP].max())

    def ask(self, state: SolvedState, asked: Asked) -> Asked:
        """As ``Number``."""
        asked.quantities[DROP] = 1e3 * self.slopes
        return asked


class PumpPower:
    """Electrical power of the pumps [W].

    Parameters
    ----------
    solved : SolvedState
        The solved case, of which many states differ in their chain alone.
    """

    name: Name = "pump power"
    unit = "W"

    def __init__(self, solved: SolvedState) -> None:
        self.solved, self.power = solved, self._power(solved)

    def value(self, state: SolvedState) -> float:
        """As ``Number``."""
        same = state.is_same_field and state.coupled is self.solved.coupled
        if same and state.machine.case.loop is self.solved.machine.case.loop:
            return self.power
        return self._power(state)

    def _power(self, state: SolvedState) -> float:
        need = coolant_need(state.as_coupled)
        assert need is not None
        assert need.pump_power is not None
        return need.pump_power

    def plain(self, state: SolvedState) -> float:
        """The same."""
        return self.value(state)

    def ask(self, state: SolvedState, asked: Asked) -> Asked:
        """As ``Number``."""
        return ask_by_coolant(self.value, state, asked)


def ask_by_coolant(
    value: Callable[[SolvedState], float], state: SolvedState, asked: Asked
) -> Asked:
    """Derivatives of what follows the coolant's mean temperature in each flow path alone."""
    pieces = state.solver.pieces
    for path in range(int(pieces.segment[-1]) + 1):
        own = pieces.segment == path
        ends = [value(_shifted(state, 0.0, s * STEP * own)) for s in (1, -1)]
        share = pieces.length * own / float(np.sum(pieces.length[own]))
        asked.bulk[...] += share * (ends[0] - ends[1]) / (2 * STEP)
    return asked


def numbers_of(state: SolvedState) -> list[Number]:
    """Those that a case has."""
    case = state.machine.case
    found: list[Number] = [Hottest()]
    if case.delivery is not None:
        found.append(WorstDrop(state))
    if case.coolant is not None and case.loop is not None:
        found.append(PumpPower(state))
    return found


def _shifted(state: SolvedState, rise: float, bulk: Array | float) -> SolvedState:
    """The state with a warmer field or a warmer coolant, and coefficients that follow."""
    solver = copy.copy(state.solver)
    solver.rise = solver.rise + rise
    if solver.march is not None:
        solver.bulk_rise = solver.bulk_rise + bulk
    solver.renew()
    return replace(state, coupled=replace(state.coupled, solver=solver))


def _rise(state: SolvedState) -> Array:
    at_face = state.machine.case.heat.at.endswith(" face")
    return junction_rise(state.machine, state.solver, state.heat if at_face else {})


def _volume_share(state: SolvedState) -> Array:
    """Of each cell in all those where heat is made, shape (planes, ny, nx)."""
    machine, solver = state.machine, state.solver
    planes, grid = machine.heated_planes, solver.grid
    volume = np.array([grid.dz[k] * np.ones((grid.ny, grid.nx)) for k in planes])
    for i, k in enumerate(planes):
        volume[i] *= solver.cover.get(k, 1.0)
    return np.asarray(volume / volume.sum())
