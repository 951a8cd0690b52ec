"""The fast solver: a cosine transform in the plane, a tridiagonal sweep through the stack.

Where every layer is uniform in the plane and the sides are adiabatic, the discrete operator is
diagonalised along x and y by the discrete cosine transform of type II (Strang, SIAM Review 41
(1999) 135, doi:10.1137/S0036144598336745). Each of the nx x ny modes then leaves one tridiagonal
system in z. That inverse costs O(N log N); of an operator that is nearly uniform it is the
preconditioner.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from .conduction import Conduction
from .grid import Grid

Field = NDArray[Any]


class CosineSolver:
    """Inverse of the layer-mean operator.

    Parameters
    ----------
    grid : Grid
    east, north, down, sink : sequences of float
        Mean conductance of each plane's faces along x, along y and downwards (nz - 1 numbers),
        and to everything held at zero.
    dtype : numpy dtype
        Of the transforms; single precision is enough for a preconditioner, at half the cost.

    Raises
    ------
    ValueError
        When no plane has a sink: the operator is then singular.
    """

    def __init__(
        self,
        grid: Grid,
        east: Sequence[float],
        north: Sequence[float],
        down: Sequence[float],
        sink: Sequence[float],
        dtype: Any = np.float32,
    ) -> None:
        if not np.sum(sink) > 0:
            raise ValueError("nothing takes the flow away: no boundary, film or coolant is given")
        self.down = [float(g) for g in down]
        # 2 - 2 cos(pi m / n): eigenvalues of the 1-D second difference with adiabatic ends
        along_x = 2 - 2 * np.cos(np.pi * np.arange(grid.nx) / grid.nx)
        along_y = 2 - 2 * np.cos(np.pi * np.arange(grid.ny) / grid.ny)
        self.pivot = np.empty(grid.shape, dtype)
        # the recurrence subtracts nearly equal numbers: double precision until it is stored
        pivot = np.zeros((grid.ny, grid.nx))
        above = 0.0
        for k in range(grid.nz):
            below = self.down[k] if k < grid.nz - 1 else 0.0
            pivot *= -(above**2)
            pivot += east[k] * along_x
            pivot += north[k] * along_y[:, None] + (above + below + sink[k])
            np.divide(1, pivot, out=pivot)
            self.pivot[k] = pivot
            above = below

    def solve(self, right_side: Field, without: tuple[int, int] | None = None) -> Field:
        """Solve for a right-hand side of shape (nz, ny, nx), in the solver's own precision.

        ``without`` leaves out the lowest modes of an axis: the axis, and how many.
        """
        u = self.to_modes(right_side)
        if without is not None:
            axis, count = without
            np.moveaxis(u, axis, 0)[:count] = 0
        self.sweep(u)
        result: Field = scipy.fft.idctn(u, axes=(1, 2), norm="ortho", overwrite_x=True)
        return result

    @property
    def dtype(self) -> Any:
        """Its precision."""
        return self.pivot.dtype

    def to_modes(self, field: Field) -> Field:
        """Cosine modes of a field, in the solver's own precision."""
        modes: Field = scipy.fft.dctn(
            field.astype(self.dtype), axes=(1, 2), norm="ortho", overwrite_x=True
        )
        return modes

    def sweep(self, u: Field) -> Field:
        """Solve through the stack for every mode, in place."""
        nz = len(u)
        u[0] *= self.pivot[0]
        for k in range(1, nz):
            u[k] += self.down[k - 1] * u[k - 1]
            u[k] *= self.pivot[k]
        for k in range(nz - 2, -1, -1):
            u[k] += (self.down[k] * self.pivot[k]) * u[k + 1]
        return u


class MeanConductances(NamedTuple):
    """Mean over each plane of its conductances along x, along y, downwards, and to what is held."""

    east: Sequence[float]
    north: Sequence[float]
    down: Sequence[float]
    sink: Sequence[float]


def mean_conductances(conduction: Conduction) -> MeanConductances:
    """Layer means of an operator.

    Films on the sides count as a sink spread over their plane, so that a box held only at its
    sides is not singular.
    """
    grid = conduction.grid
    sink = np.zeros(grid.nz)
    for face, planes in conduction.leak.items():
        cells = {"west": grid.ny, "east": grid.ny, "south": grid.nx, "north": grid.nx}
        share = cells.get(face, grid.nx * grid.ny) / (grid.nx * grid.ny)
        for k, conductance in planes.items():
            sink[k] += share * np.mean(conductance)
    return MeanConductances(
        [_mean(g) for g in conduction.east],
        [_mean(g) for g in conduction.north],
        [_mean(g) for g in conduction.down],
        sink.tolist(),
    )


def layer_mean_solver(
    conduction: Conduction, extra_sink: Sequence[float] | None = None, dtype: Any = np.float32
) -> CosineSolver:
    """Solver of the operator with each plane's conductances replaced by their means."""
    means = mean_conductances(conduction)
    extra = np.zeros(conduction.grid.nz) if extra_sink is None else np.asarray(extra_sink)
    sink = (np.asarray(means.sink) + extra).tolist()
    return CosineSolver(conduction.grid, means.east, means.north, means.down, sink, dtype)


def cosine_basis(points: int, count: int) -> NDArray[np.float64]:
    """The lowest orthonormal cosine modes on cell centres, shape (count, points)."""
    angle = np.pi * np.outer(np.arange(count), np.arange(points) + 0.5) / points
    basis = np.sqrt(2 / points) * np.cos(angle)
    basis[0] /= np.sqrt(2)
    return basis


def _mean(plane: Any) -> float:
    # one column of cells has no faces between neighbours
    return float(np.mean(plane)) if np.size(plane) else 0.0
