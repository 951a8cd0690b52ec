"""Flexible GMRES (Saad, SIAM J. Sci. Comput. 14 (1993) 461, doi:10.1137/0914028).

Right-preconditioned, so the residual it watches is the true one; the preconditioned directions
are kept, so the preconditioner may work in single precision.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular

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
    # the Hessenberg matrix, turned upper triangular by Givens rotations as it grows
    triangle = np.zeros((most_iterations + 1, most_iterations))
    rotations: list[tuple[float, float]] = []
    rest = np.zeros(most_iterations + 1)
    rest[0] = 1.0
    for j in range(most_iterations):
        directions.append(preconditioner(basis[j]))
        new = operator(directions[j])
        column = triangle[:, j]
        for i, vector in enumerate(basis):
            column[i] = np.vdot(vector, new)
            new -= right_side.dtype.type(column[i]) * vector
        length = _norm(new)
        for i, (c, s) in enumerate(rotations):
            column[i], column[i + 1] = (
                c * column[i] + s * column[i + 1],
                c * column[i + 1] - s * column[i],
            )
        radius = float(np.hypot(column[j], length)) or 1.0
        rotations.append((column[j] / radius, length / radius))
        column[j] = radius
        rest[j], rest[j + 1] = rotations[j][0] * rest[j], -rotations[j][1] * rest[j]
        if abs(rest[j + 1]) <= tolerance or length == 0 or j + 1 == most_iterations:
            break
        new /= right_side.dtype.type(length)
        basis.append(new)
    count = len(directions)
    weights = solve_triangular(triangle[:count, :count], rest[:count])
    solution = np.zeros_like(right_side)
    for weight, direction in zip(weights, directions, strict=True):
        solution += right_side.dtype.type(weight * scale) * direction
    return solution, count, float(abs(rest[count]))


def _norm(field: Field) -> float:
    # the sum of squares in double precision: single loses digits over millions of cells
    return float(np.sqrt(np.einsum("i,i->", field.ravel(), field.ravel(), dtype=np.float64)))
