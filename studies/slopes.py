"""Derivatives of numbers by central differences of what a solved state's equations lack."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .build import build
from .case_file import LoadedCase
from .coupled_adjoint import CoupledAdjoint
from .found_flows import FoundFlow, found_flows
from .gradient_numbers import Number
from .inputs import Path, with_leaf
from .solved_state import SolvedState

Array = NDArray[np.float64]
STEP = 1e-4
"""Of an input's central difference, relative."""
TEMPERATURE_STEP = 2e-3
"""The same of a temperature [K]: short against the rows of the coolant's tables."""
OF_FIELD = ("device", "layers", "faces", "coolant", "heat")
"""Sections that change the temperature field's own equations."""


class Slopes:
    """Derivatives of numbers with anything that makes another machine of a solved one.

    What the pumps find follows: the numbers' slopes with each found flow, and theirs with whatever
    moves.
    """

    def __init__(
        self,
        state: SolvedState,
        loaded: LoadedCase,
        numbers: list[Number],
        say: Callable[[str], None],
    ) -> None:
        self.coupled, self.loaded, self.numbers = state.coupled, loaded, numbers
        self.flows = found_flows(state)
        adjoint, self.multipliers = CoupledAdjoint(self.coupled), []
        for asking in self._all:
            say("adjoint of a number")
            self.multipliers.append(adjoint.solve(asking.ask(state, adjoint.nothing_asked())))
        held = [self._held(f.path, f.value(state), STEP * f.value(state)) for f in self.flows]
        by_flow = np.array(held).reshape(len(self.flows), len(self._all)).T
        count = len(numbers)
        circle = np.eye(len(self.flows)) - by_flow[count:]
        self.through = np.linalg.solve(circle.T, by_flow[:count].T).T

    @property
    def _all(self) -> list[Number | FoundFlow]:
        return [*self.numbers, *self.flows]

    def with_input(self, path: Path, value: float, is_temperature: bool) -> Array:
        """Per SI unit of an input, one for each number."""
        step = TEMPERATURE_STEP if is_temperature else STEP * abs(value)
        return self._with_flows(self._held(path, value, step))

    def with_powers(self) -> Array:
        """Per watt of each block's nominal power, (numbers, blocks)."""
        machine = self.coupled.machine
        power = machine.power_map.block_power
        step, found = STEP * float(power.mean()), []
        for block in range(power.size):
            ends = []
            for moved in (step, -step):
                other = power.copy()
                other[block] += moved
                power_map = replace(machine.power_map, block_power=other)
                state = SolvedState(self.coupled, replace(machine, power_map=power_map))
                ends.append(self._values(state))
            found.append(self._with_flows((ends[0] - ends[1]) / (2 * step)))
        return np.array(found).T

    def _held(self, path: Path, value: float, step: float) -> Array:
        """Per SI unit of an input with the found flows held, one for each number and each flow."""
        ends = []
        for moved in (value + step, value - step):
            case = with_leaf(self.loaded.case, path, moved)
            if path[0] in OF_FIELD:
                machine = build(replace(self.loaded, case=case))
            else:
                machine = replace(self.coupled.machine, case=case)
            ends.append(self._values(SolvedState(self.coupled, machine)))
        return (ends[0] - ends[1]) / (2 * step)

    def _with_flows(self, held: Array) -> Array:
        count = len(self.numbers)
        return np.asarray(held[:count] + self.through @ held[count:])

    def _values(self, state: SolvedState) -> Array:
        return np.array(
            [
                number.value(state) + state.weighted(multipliers)
                for number, multipliers in zip(self._all, self.multipliers, strict=True)
            ]
        )
