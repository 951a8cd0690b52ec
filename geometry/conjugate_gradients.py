"""Conjugate gradients for symmetric positive definite operators on fields.

Hestenes and Stiefel, J. Res. Natl. Bur. Stand. 49 (1952) 409, with a preconditioner. Five fields
are held at a time, however many steps it takes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigvalsh_tridiagonal

Field = NDArray[Any]

CHUNK = 1 << 14
"""Numbers that are added up in the field's own precision; the sums of chunks add up in double."""


class NotPositiveDefinite(ArithmeticError):
    """The operator takes energy along a direction: it is not positive definite."""


class Solution(NamedTuple):
    """What conjugate gradients found."""

    field: Field
    steps: int
    residual: float
    """Relative to the right-hand side."""
    least: float
    """Smallest eigenvalue of the preconditioned operator, as seen by Lanczos' matrix."""


def conjugate_gradients(
    operator: Callable[[Field], Field],
    preconditioner: Callable[[Field], Field],
    right_side: Field,
    tolerance: float,
    most_steps: int,
) -> Solution:
    """Solve ``operator(u) = right_side`` from zero.

    Parameters
    ----------
    operator, preconditioner : callable
        Symmetric positive definite linear maps of arrays shaped like ``right_side``; each gives a
        new array.
    right_side : array
        Its precision is that of the iteration.
    tolerance : float
        Stop when the residual has fallen to this share of the right-hand side.
    most_steps : int

    Raises
    ------
    NotPositiveDefinite
        When a direction shows that the operator is not.
    """
    number = right_side.dtype.type
    solution = np.zeros_like(right_side)
    residual = right_side.copy()
    whole = dot(residual, residual)
    left = whole
    lengths: list[float] = []
    turns: list[float] = []
    direction, energy = solution, 0.0
    while left > tolerance**2 * whole and len(lengths) < most_steps:
        scratch = preconditioner(residual)
        before, energy = energy, dot(residual, scratch)
        if lengths:
            turns.append(energy / before)
            direction *= number(turns[-1])
            direction += scratch
        else:
            direction = scratch.copy()
        image = operator(direction)
        curvature = dot(direction, image)
        if not curvature > 0:
            raise NotPositiveDefinite
        lengths.append(energy / curvature)
        np.multiply(direction, number(lengths[-1]), out=scratch)
        solution += scratch
        np.multiply(image, number(lengths[-1]), out=image)
        residual -= image
        left = dot(residual, residual)
    share = float(np.sqrt(left / whole)) if whole > 0 else 0.0
    return Solution(solution, len(lengths), share, _least_eigenvalue(lengths, turns))


def dot(a: Field, b: Field) -> float:
    """Sum of products, in double precision from chunk to chunk."""
    a, b = a.reshape(-1), b.reshape(-1)
    return sum(float(np.vdot(a[i : i + CHUNK], b[i : i + CHUNK])) for i in range(0, a.size, CHUNK))


def _least_eigenvalue(lengths: list[float], turns: list[float]) -> float:
    """Of the tridiagonal matrix that the steps imply (Golub and Van Loan, section 11.3)."""
    if not lengths:
        return 1.0
    inverse = 1 / np.array(lengths)
    ratio = np.array(turns[: len(lengths) - 1])
    diagonal = inverse.copy()
    diagonal[1:] += ratio * inverse[:-1]
    return float(eigvalsh_tridiagonal(diagonal, np.sqrt(ratio) * inverse[:-1])[0])
