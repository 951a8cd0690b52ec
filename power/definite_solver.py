"""Symmetric positive definite systems: factorised when small, multigrid when large."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, csr_matrix
from scipy.sparse.linalg import LinearOperator, cg, splu

from geometry.errors import NoSolution

FloatArray = NDArray[np.float64]

FACTORISED_UP_TO = 400_000
"""Unknowns up to which the factors of a grid take a few seconds and about a gigabyte at most."""
TOLERANCE = 1e-12
"""Residual at which conjugate gradients stop, relative to the right side."""
MOST_ITERATIONS = 500


class Factorised:
    """By SuperLU, its ordering and pivots chosen for symmetric matrices."""

    name = "factorisation (SuperLU)"

    def __init__(self, matrix: csr_array) -> None:
        self.factors = splu(
            matrix.tocsc(),
            permc_spec="MMD_AT_PLUS_A",
            diag_pivot_thresh=0.0,
            options={"SymmetricMode": True},
        )

    def solve(self, right_side: FloatArray, _start: FloatArray | None = None) -> FloatArray:
        """The solution."""
        return self.factors.solve(right_side)

    def correction(self, residual: FloatArray) -> FloatArray:
        """What a residual means for the solution, about."""
        return self.factors.solve(residual)


class Multigrid:
    """Conjugate gradients with a V-cycle of Ruge and Stuben's multigrid (PyAMG) before them."""

    name = "conjugate gradients with multigrid (PyAMG)"

    def __init__(self, matrix: csr_array) -> None:
        import pyamg

        self.matrix = matrix
        self.cycle: LinearOperator = pyamg.ruge_stuben_solver(csr_matrix(matrix)).aspreconditioner()

    def solve(self, right_side: FloatArray, start: FloatArray | None = None) -> FloatArray:
        """The solution, from a guess.

        Raises
        ------
        NoSolution
            When the iteration does not come to rest.
        """
        found, failed = cg(
            self.matrix, right_side, x0=start, rtol=TOLERANCE, atol=0.0, M=self.cycle,
            maxiter=MOST_ITERATIONS,
        )  # fmt: skip
        if failed:
            left = np.linalg.norm(right_side - self.matrix @ found) / np.linalg.norm(right_side)
            raise NoSolution(
                f"conjugate gradients did not come to rest in {MOST_ITERATIONS} iterations; "
                f"residual {left:.0e}"
            )
        return found

    def correction(self, residual: FloatArray) -> FloatArray:
        """What a residual means for the solution, about."""
        return self.cycle @ residual


def definite_solver(matrix: csr_array) -> Factorised | Multigrid:
    """The solver that suits a matrix; without PyAMG every matrix is factorised."""
    if matrix.shape[0] > FACTORISED_UP_TO and find_spec("pyamg") is not None:
        return Multigrid(matrix)
    return Factorised(matrix)
