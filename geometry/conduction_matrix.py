"""The conduction operator as a sparse matrix, for the solvers that need one."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array, diags_array

from .conduction import Conduction, edge_of
from .grid import Array


def conduction_matrix(conduction: Conduction, extra_sink: Array | None = None) -> csr_array:
    """Matrix of ``Conduction.apply`` on the cells numbered ``(k * ny + j) * nx + i``.

    Parameters
    ----------
    conduction : Conduction
    extra_sink : array, shape (nz, ny, nx), optional
        Further conductance from each cell to what is held at zero.

    Returns
    -------
    scipy.sparse.csr_array
        Symmetric; cells outside the footprints stand alone in their rows.
    """
    grid = conduction.grid
    east, north, down = (np.zeros(grid.shape) for _ in range(3))
    for k in range(grid.nz):
        east[k, :, :-1] = conduction.east[k]
        north[k, :-1] = conduction.north[k]
        if k < grid.nz - 1:
            down[k] = conduction.down[k]
    diagonal = np.zeros(grid.shape) if extra_sink is None else extra_sink.astype(float)
    for axis, faces in enumerate((down, north, east)):
        diagonal += faces
        beyond = np.moveaxis(diagonal, axis, 0)[1:]
        beyond += np.moveaxis(faces, axis, 0)[:-1]
    for face, planes in conduction.leak.items():
        for k, conductance in planes.items():
            edge = edge_of(diagonal[k], face)
            edge += conductance
    for k, held in conduction.void.items():
        diagonal[k] += held
    bands, offsets = [diagonal.ravel()], [0]
    strides = (grid.nx * grid.ny, grid.nx, 1)
    for faces, count, stride in zip((down, north, east), grid.shape, strides, strict=True):
        if count > 1:
            bands += [-faces.ravel()[:-stride]] * 2
            offsets += [stride, -stride]
    matrix = csr_array(diags_array(bands, offsets=offsets))
    matrix.eliminate_zeros()
    return matrix
