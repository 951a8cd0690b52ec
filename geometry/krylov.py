"""Flexible GMRES (Saad, SIAM J. Sci. Comput. 14 (1993) 461, doi:10.1137/0914028).

Right-preconditioned, so the residual it watches is the true one; the preconditioned directions
are kept, so the preconditioner may work in single precision.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Field = NDArray[Any]


def flexible_gmres(
    operator: Callable[[Field], Field],
    preconditioner: Callable[[Field], Field],
    right_side: Field,
    tolerance: float,
    most_iterations: int,
) -> tuple[Field, int, float]:
    """Solve ``operator(u) = right_side`` from zero.

    Parameters
    ----------
    operator, preconditioner : callable
        Linear maps of arrays shaped like ``right_side``.
    right_side : array
        Its precision is that of the stored directions.
    tolerance : float
        Stop when the residual has fallen to this share of the right-hand side.
    most_iterations : int

    Returns
    -------
    (solution, iterations, relative residual)
    """
    scale = _norm(right_side)
    if scale == 0:
        return np.zeros_like(right_side), 0, 0.0
    basis = [right_side / scale]
    directions: list[Field] = []
    hessenberg = np.zeros((most_iterations + 1, most_iterations))
    for j in range(most_iterations):
        directions.append(preconditioner(basis[j]))
        new = operator(directions[j])
        for i, vector in enumerate(basis):
            hessenberg[i, j] = np.vdot(vector, new)
            new -= right_side.dtype.type(hessenberg[i, j]) * vector
        hessenberg[j + 1, j] = _norm(new)
        first = np.zeros(j + 2)
        first[0] = 1
        weights, *_ = np.linalg.lstsq(hessenberg[: j + 2, : j + 1], first, rcond=None)
        residual = float(np.linalg.norm(first - hessenberg[: j + 2, : j + 1] @ weights))
        if residual <= tolerance or hessenberg[j + 1, j] == 0 or j + 1 == most_iterations:
            break
        new /= right_side.dtype.type(hessenberg[j + 1, j])
        basis.append(new)
    solution = np.zeros_like(right_side)
    for weight, direction in zip(weights, directions, strict=True):
        solution += right_side.dtype.type(weight * scale) * direction
    return solution, len(directions), residual


def _norm(field: Field) -> float:
    # the sum of squares in double precision: single loses digits over millions of cells
    return float(np.sqrt(np.einsum("i,i->", field.ravel(), field.ravel(), dtype=np.float64)))
