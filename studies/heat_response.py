"""Answers of many power maps from the response to each block: the influence matrix of all numbers.

About the mean map of a design every number of the answer, and every cell that makes heat, is
expanded in the powers. The linear term is that of the coupled equations: leakage, films, viscosity,
the split of the flow and the converters' losses follow. What bends it grows with the square of the
distance (``heat_bends``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from .answer import Answer, solve
from .case_file import LoadedCase
from .coolant_need import FREEZING
from .coupled import junction_rise
from .heat_bends import Bend
from .heat_design import HeatDesign
from .influence import own_cells
from .point_model import Answers, base_solution
from .surface_fitting import OutputError
from .surface_outputs import Layout, answers_of

Array = NDArray[np.float64]

CELLS = "cell_temperature_degC"
HOTTEST = "block_temperature_max_degC"
ROWS_AT_ONCE = 256
"""Points whose cells are looked at in one product."""


def cell_model(base: LoadedCase) -> Answers:
    """As ``full_model``, with the temperature of every cell that makes heat, block by block."""
    start = base_solution(base)

    def answer(case: LoadedCase) -> dict[str, Any]:
        found = solve(case, start=start)
        return found.to_dict() | {CELLS: _cells(found)}

    return answer


def _cells(answer: Answer) -> list[float]:
    coupled = answer.coupled
    rise = junction_rise(coupled.machine, coupled.solver, coupled.heat)
    where = np.concatenate(own_cells(coupled.machine, len(rise)))
    found = rise.ravel()[where] + (coupled.machine.problem.reference_temperature - FREEZING)
    return [float(celsius) for celsius in found]


@dataclass(frozen=True)
class HeatResponse:
    """Answers of a design's maps; made by ``fit_heat``.

    Attributes
    ----------
    design : HeatDesign
    layout : Layout
        Of the numbers, the cells last.
    first_cell : array of int, shape (blocks,)
        Of each block, among its cells.
    directions : array, shape (rank, powers)
    rest : array, shape (numbers,)
        The answer at the design's centre.
    slope : array, shape (rank, numbers)
        Growth along each direction [per W].
    mean_square : float
        Of the points' distances from the centre [W^2].
    words : dict
        What is the same at all points.
    bends : tuple of Bend
        For each entry of the layout.
    solves, checks : int
        Direct solutions in all, and of those that measured the errors.
    error, left_out : dict of name to OutputError
        Of each number that it gives, and of those that are not within the tolerance.
    """

    design: HeatDesign
    layout: Layout
    first_cell: NDArray[np.int64]
    directions: Array
    rest: Array
    slope: Array
    mean_square: float
    words: dict[str, Any]
    bends: tuple[Bend, ...] = ()
    solves: int = 0
    checks: int = 0
    error: dict[str, OutputError] = field(default_factory=dict)
    left_out: dict[str, OutputError] = field(default_factory=dict)

    @property
    def matrix(self) -> Array:
        """Rise of each block's mean per watt in each power, shape (blocks, powers) [K/W].

        Of the nominal powers, and of those combinations alone that the design varies.
        """
        columns = self.layout.columns(["block_temperature_mean_degC"])
        return np.asarray(self.slope[:, columns].T @ self.directions)

    def __call__(self, watts: Array, names: Iterable[str] | None = None) -> dict[str, Any]:
        """Answers at rows of watts, shape (n, powers); as those of a ``Surface``.

        In chunks of the same size always: the last digits of a product hang on it.
        """
        wanted = list(self.error) if names is None else list(names)
        cells = self.layout.columns([CELLS])[0]
        with threadpool_limits(limits=1, user_api="blas"):
            parts = [
                self.rows(watts[at : at + ROWS_AT_ONCE])[:, :cells]
                for at in range(0, len(watts), ROWS_AT_ONCE)
            ]
        return answers_of(self.layout, np.concatenate(parts), wanted) | self.words

    def rows(self, watts: Array) -> Array:
        """Every number at rows of watts, shape (n, numbers)."""
        linear, square = self.linear(watts), self.square(watts)
        found = self.rest + linear
        for bend, columns in zip(self.bends, self.layout.slices, strict=True):
            own = self.own_watts(watts, columns)
            found[:, columns] += bend.at(linear[:, columns], own, square)
        cells = found[:, self.layout.columns([CELLS])]
        hottest = np.maximum.reduceat(cells, self.first_cell, axis=1)
        found[:, self.layout.columns([HOTTEST])] = hottest
        return found

    def linear(self, watts: Array) -> Array:
        """Linear change of every number, shape (n, numbers)."""
        return np.asarray((watts - self.design.centre) @ self.directions.T @ self.slope)

    def square(self, watts: Array) -> Array:
        """Square of the distance from the centre, over its mean, shape (n,)."""
        away = watts - self.design.centre
        return np.asarray((away**2).sum(axis=1) / self.mean_square)

    def own_watts(self, watts: Array, columns: slice) -> Array | None:
        """Change of each block's power, where an entry has a number for each block [W]."""
        blocks = len(self.design.blocks)
        if columns.stop - columns.start != blocks:
            return None
        return np.asarray((watts - self.design.centre)[:, :blocks])
