"""The problem of the side-by-side benchmark: one linear system on one grid.

The CS-3 with its coefficients held fixed, so that every program has one linear system to solve.
Even heat and even layers would flatter the cosine engine, so neither is: a third of the 25 kW is
made in a warm region beside the wafer's middle, and the wafer has the conductivity that silicon
has where such a region is warmer than the rest. All other coefficients are those of the coolant's
inlet temperature.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import block_diag, coo_array, csr_array, eye_array
from scipy.special import erf

from geometry.conduction import Plane
from geometry.grid import Grid
from geometry.stack import Conductivity
from studies import load_case
from studies.build import build
from thermal.amg_preconditioner import solids_and_coolant
from thermal.preconditioning import Preconditioning
from thermal.steady import SteadySolver, ThermalProblem

Array = NDArray[np.float64]

LAYERS = {"lid": 1, "fins": 8, "base": 3, "wafer": 3, "socket": 2, "board": 3, "bricks": 2}
"""Cells through the height of each layer of the CS-3, as shipped."""
POWER = 25e3
WARM_SHARE, WARM_PLACE, WARM_WIDTH = 1 / 3, (0.62, 0.41), 0.15
"""Of the warm region: its share of the power; its middle and its standard deviation, as parts of
the wafer's sides."""
WARMER = 60.0
"""By how much the middle of the warm region is warmer than the inlet in the wafer's
conductivity [K]."""


@dataclass(frozen=True)
class HeldLaw:
    """A conductivity held at what a law says of given temperatures [K], shape (ny, nx)."""

    law: Conductivity
    held_at: Array

    @property
    def varies(self) -> bool:
        return True  # from cell to cell

    def at(self, temperature: Plane) -> tuple[Plane, Plane, Plane]:
        return self.law.at(self.held_at)


@dataclass(frozen=True)
class LinearProblem:
    """What is to be solved: the thermal problem and the heat put into one of its planes."""

    thermal: ThermalProblem
    plane: int
    heat: Array

    @property
    def by_plane(self) -> Mapping[int, Array]:
        return {self.plane: self.heat}

    @property
    def cells(self) -> int:
        """Of the solids: the size by which every program is compared."""
        return int(np.prod(self.thermal.grid.shape))

    def hottest_and_mean(self, rise: Array) -> tuple[float, float]:
        """Of the plane in which the heat is made, above the coolant's inlet [K]."""
        return float(rise[self.plane].max()), float(rise[self.plane].mean())


def linear_problem(n: int, finer: int = 1) -> LinearProblem:
    """The problem with n x n cells in the plane and ``finer`` times the shipped ones in height.

    n is even: the coolant parts in the middle, and FiPy's mesh then has the cells of the others.
    """
    if n % 2:
        raise ValueError(f"cells along a side: found {n}; an even number is meant")
    values: dict[str, Any] = {"grid.along_x": n, "grid.along_y": n}
    values |= {f"layers.{layer}.cells": finer * cells for layer, cells in LAYERS.items()}
    values |= {"delivery": None, "loads": None, "loss_layers": None}
    machine = build(load_case("cs3", values))
    (plane,) = machine.heated_planes
    thermal = machine.problem
    x = (thermal.grid.x / thermal.width - WARM_PLACE[0]) / WARM_WIDTH
    y = (thermal.grid.y / thermal.height - WARM_PLACE[1]) / WARM_WIDTH
    bell = np.exp(-(y[:, None] ** 2 + x**2) / 2)
    held = thermal.reference_temperature + WARMER * bell
    layers = [
        replace(layer, conductivity=HeldLaw(layer.conductivity, held))
        if layer.name == "wafer"
        else layer
        for layer in thermal.stack.layers
    ]
    thermal = replace(thermal, stack=replace(thermal.stack, layers=layers))
    return LinearProblem(thermal, plane, warm_heat(thermal.grid))


def warm_heat(grid: Grid) -> Array:
    """Heat of each cell of the plane [W], shape (ny, nx): exact integrals of even part and bell."""

    def part(cells: int, middle: float) -> Array:
        edges = (np.arange(cells + 1) / cells - middle) / (WARM_WIDTH * np.sqrt(2))
        inside = np.diff(erf(edges))
        return np.asarray(inside / inside.sum())

    bell = np.outer(part(grid.ny, WARM_PLACE[1]), part(grid.nx, WARM_PLACE[0]))
    return POWER * ((1 - WARM_SHARE) / bell.size + WARM_SHARE * bell)


def coefficients(problem: LinearProblem) -> SteadySolver:
    """The fast engines' coefficients at the inlet temperature; no preconditioner is made yet."""
    later = Preconditioning("cosine", "made later", lambda solver, dtype: None)
    return SteadySolver(problem.thermal, preconditioning=later)


def assembled(problem: LinearProblem) -> tuple[csr_array, Array]:
    """Matrix and right-hand side [W] of the fast engines' own equations, the coolant included.

    The unknowns are the solids' cells and behind them the coolant at the end of each station. The
    fast engines eliminate the latter; so the solids' temperatures are theirs to the last digit.
    """
    solver = coefficients(problem)
    matrix = with_fitted_means(solids_and_coolant(solver), solver)
    right = np.zeros(matrix.shape[0])
    right[: problem.cells] = solver.residual(problem.by_plane).ravel()
    return matrix, right


def with_fitted_means(upwind: csr_array, solver: SteadySolver) -> csr_array:
    """The matrix of plain upwind turned into that of the exponentially fitted march.

    Plain upwind takes the temperature at the end of a station for its mean; the march has the
    mean ``(1 - theta) T_in + theta T_out``. What is exchanged follows the mean, what is carried
    along the ends.
    """
    march = solver.march
    assert march is not None
    solids = solver.rise.size
    stations, heights = march.wall.shape
    across = (upwind.shape[0] - solids) // (stations * heights)
    shape = (stations, heights, across)
    end = np.arange(upwind.shape[0] - solids).reshape(shape)
    on = np.flatnonzero(np.diff(march.pieces.segment) == 0)
    before = coo_array(
        (np.ones(end[on].size), (end[on + 1].ravel(), end[on].ravel())), shape=(end.size,) * 2
    )
    theta, carried = (
        np.broadcast_to(v[:, :, None], shape).ravel() for v in (march.theta, march.capacity_rate)
    )
    inlet = before.tocsr()
    mean = csr_array(inlet.multiply((1 - theta)[:, None])) + _diagonal(theta)
    flow = csr_array((eye_array(end.size) - inlet).multiply(carried[:, None]))
    empty = csr_array((solids, solids))
    flow = csr_array(block_diag([empty, flow], format="csr"))
    means = csr_array(block_diag([eye_array(solids), mean], format="csr"))
    found = csr_array((upwind - flow) @ means + flow)
    found.eliminate_zeros()
    found.sort_indices()
    return found


def _diagonal(values: Array) -> csr_array:
    number = np.arange(values.size)
    return csr_array((values, (number, number)), shape=(values.size,) * 2)
