"""Algebraic multigrid for layers that the cosine transform cannot even out.

Ruge and Stuben's coarsening (in: McCormick, ed., Multigrid Methods, SIAM 1987) as PyAMG has it
(Bell, Olson, Schroder and Southworth, J. Open Source Softw. 8 (2023) 5495). One V-cycle on the
matrix of solids and coolant is the preconditioner. The coolant's rows are plain upwind, each
station's mean being its outlet: less exact than the march in the operator, but free of
oscillations, which multigrid needs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array, csr_matrix, diags_array

from geometry.conduction_matrix import conduction_matrix

if TYPE_CHECKING:
    from .steady import SteadySolver

Field = NDArray[Any]
Cells = NDArray[np.int64]

STRENGTH = 0.25
"""Share of its row's strongest link from which a link counts as strong (PyAMG's own default)."""


class AlgebraicMultigrid:
    """Approximate inverse of a solver's operator by one V-cycle.

    Parameters
    ----------
    solver : SteadySolver
        With its conductances and its coolant.
    dtype : numpy dtype
        Of matrices and cycle.
    """

    def __init__(self, solver: SteadySolver, dtype: Any = np.float32) -> None:
        import pyamg  # an extra, and half a second, that only this engine needs

        self.dtype = np.dtype(dtype)
        # the cells outside the footprints are no part of the problem
        inside = np.ones(solver.grid.shape, bool)
        for k, held in solver.conduction.void.items():
            inside[k] = held == 0
        self.inside = inside
        self.solids = int(inside.sum())
        matrix = solids_and_coolant(solver)
        if self.solids < inside.size:
            coolant = np.ones(matrix.shape[0] - inside.size, bool)
            kept = np.flatnonzero(np.concatenate([inside.ravel(), coolant]))
            matrix = matrix[kept][:, kept]
        self.levels = pyamg.ruge_stuben_solver(
            csr_matrix(matrix.astype(self.dtype)), strength=("classical", {"theta": STRENGTH})
        )
        self.size = matrix.shape[0]

    def solve(self, right_side: Field) -> Field:
        """One cycle for a right-hand side of shape (nz, ny, nx), in the solver's own precision."""
        given = np.zeros(self.size, self.dtype)
        given[: self.solids] = right_side[self.inside]
        found = self.levels.solve(given, tol=0.0, maxiter=1)
        result = np.zeros(right_side.shape, self.dtype)
        result[self.inside] = found[: self.solids]
        return result


def solids_and_coolant(solver: SteadySolver) -> csr_array:
    """Matrix of the solids' cells, and behind them the coolant at each station, height and place.

    Shape (nz * ny * nx + stations * heights * cells across, the same).
    """
    solids, storage = conduction_matrix(solver.conduction), solver.storage
    if storage is not None:
        kept = np.broadcast_to(storage.planes, solver.grid.shape)
        solids = csr_array(solids + diags_array(kept.ravel()))
    march, wetting = solver.mean_march, solver.wetting
    if march is None or wetting is None or solver.problem.coolant is None:
        return solids
    pieces, along_x = march.pieces, solver.problem.coolant.along_x
    number = np.arange(solids.shape[0]).reshape(solver.grid.shape)
    stations, heights = march.wall.shape
    across = solver.grid.ny if along_x else solver.grid.nx
    coolant = solids.shape[0] + np.arange(stations * heights * across).reshape(
        stations, heights, across
    )

    def at_stations(plane: Field) -> Field:
        """Values of a plane's cells at each station, shape (stations, across)."""
        return (plane.T if along_x else plane)[pieces.cell]

    entries = _Entries()
    first, last = solver.planes[0], solver.planes[-1]
    for j in range(heights):
        entries.join(at_stations(number[first + j]), coolant[:, j], march.wall[:, j, None])
    for j in range(heights - 1):
        entries.join(coolant[:, j], coolant[:, j + 1], wetting.between[:, j, None])
    for outer, inner, touched, part in (
        (first - 1, first, march.lid, wetting.of_lid),
        (last + 1, last, march.base, wetting.of_base),
    ):
        if 0 <= outer < solver.grid.nz:
            of_solid = 1.0 if part is None else at_stations(part)
            end = coolant[:, inner - first]
            entries.join(at_stations(number[outer]), end, touched[:, None] * of_solid)
            entries.join(at_stations(number[inner]), end, touched[:, None] * (1 - of_solid))
    carried = np.broadcast_to(march.capacity_rate[:, :, None], coolant.shape)
    entries.add(coolant, coolant, carried)
    if storage is not None:
        entries.add(coolant, coolant, np.broadcast_to(storage.coolant, coolant.shape))
    on = np.flatnonzero(np.diff(pieces.segment) == 0)
    entries.add(coolant[on + 1], coolant[on], -carried[on + 1])
    return entries.onto(solids, coolant.size)


@dataclass
class _Entries:
    """Entries of a matrix, gathered."""

    rows: list[Cells] = field(default_factory=list)
    columns: list[Cells] = field(default_factory=list)
    values: list[Field] = field(default_factory=list)

    def add(self, rows: Cells, columns: Cells, values: Field) -> None:
        self.rows.append(rows.ravel())
        self.columns.append(columns.ravel())
        self.values.append(np.ascontiguousarray(values).ravel())

    def join(self, one: Cells, other: Cells, conductance: Field) -> None:
        """A conductance between each cell of ``one`` and its fellow of ``other``."""
        g = np.broadcast_to(conductance, one.shape)
        for a, b in ((one, other), (other, one)):
            self.add(a, a, g)
            self.add(a, b, -g)

    def onto(self, matrix: csr_array, more: int) -> csr_array:
        """A matrix with these entries added and ``more`` unknowns."""
        size = matrix.shape[0] + more
        own = matrix.tocoo()
        values = np.concatenate([own.data, *self.values])
        rows = np.concatenate([own.coords[0], *self.rows])
        columns = np.concatenate([own.coords[1], *self.columns])
        found = csr_array(coo_array((values, (rows, columns)), shape=(size, size)))
        found.eliminate_zeros()
        return found
