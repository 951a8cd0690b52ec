"""A first guess from a coarser grid: most of the way to the answer at a small part of its cost.

Nested iteration (Briggs, Henson & McCormick, A Multigrid Tutorial, SIAM 2000, chapter 3): the
rounds that find where losses and temperatures settle are done where they are cheap.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from geometry.conduction import Plane

from .build import Machine

Array = NDArray[np.float64]

COARSENING = 4
"""Cells along x and y that become one."""
FEWEST_CELLS = 16
"""Along x and y that still tell enough of a device."""
WORTH_IT = 2_000_000
"""Cells of a grid below which the first guess costs more than it saves."""


def on_coarser_grid(machine: Machine) -> Machine | None:
    """The same machine with fewer cells in the plane; None where that would not pay."""
    problem = machine.problem
    nx, ny = problem.nx // COARSENING, problem.ny // COARSENING
    if min(nx, ny) < FEWEST_CELLS or problem.nx * problem.ny * len(problem.stack.dz) < WORTH_IT:
        return None
    contacts = {name: _sampled(r, ny, nx) for name, r in problem.stack.contacts.items()}
    stack = replace(problem.stack, contacts=contacts)
    return Machine(machine.case, replace(problem, stack=stack, nx=nx, ny=ny), machine.power_map)


def _sampled(plane: Plane, ny: int, nx: int) -> Plane:
    """Values of a map at the centres of fewer cells: good enough for a guess."""
    if np.ndim(plane) == 0:
        return plane
    values = np.asarray(plane)
    row = ((np.arange(ny) + 0.5) * values.shape[0] / ny).astype(int)
    column = ((np.arange(nx) + 0.5) * values.shape[1] / nx).astype(int)
    return np.asarray(values[row[:, None], column])


def refined(field: Array, ny: int, nx: int) -> Array:
    """A field on a finer grid: its cosine series, taken at the finer cells' centres.

    Parameters
    ----------
    field : array, shape (nz, coarse ny, coarse nx)
    ny, nx : int
        Cells of the finer grid.

    Returns
    -------
    array, shape (nz, ny, nx)
        Each plane has the mean that it had.

    Examples
    --------
    >>> refined(np.full((1, 2, 2), 3.0), 4, 4).round(12)[0, 0].tolist()
    [3.0, 3.0, 3.0, 3.0]
    """
    nz, rows, columns = field.shape
    found = np.zeros((nz, ny, nx))
    modes = scipy.fft.dctn(field, axes=(1, 2), norm="ortho")
    found[:, :rows, :columns] = modes * np.sqrt(ny * nx / (rows * columns))
    for plane in found:
        plane[...] = scipy.fft.idctn(plane, norm="ortho", overwrite_x=True)
    return found
