"""Solvers of assembled equations: GMRES under a preconditioner that the caller names.

The residual that is reached is always measured and returned: nothing is taken on trust.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array
from scipy.sparse.linalg import LinearOperator, gmres, spilu, splu
from threadpoolctl import threadpool_limits

Array = NDArray[np.float64]
Inverse = Callable[[Array], Array]
PreconditionerName = Literal["auto", "direct", "incomplete", "multigrid"]

DIRECT_UP_TO = 20_000
"""Unknowns up to which ``auto`` factorises the matrix outright."""


def preconditioner(matrix: csr_array, name: PreconditionerName = "auto") -> Inverse:
    """An inverse of the matrix, exact or near.

    ``direct`` factorises it (SuperLU), ``incomplete`` leaves out its small parts, ``multigrid``
    is a cycle of PyAMG's Ruge-Stuben method. ``auto`` is direct up to ``DIRECT_UP_TO`` unknowns,
    beyond them multigrid where PyAMG is installed, else incomplete.

    Raises
    ------
    ValueError
        When ``multigrid`` is named and PyAMG is not installed.
    """
    if name == "auto":
        large: PreconditionerName = "multigrid" if find_spec("pyamg") else "incomplete"
        name = "direct" if matrix.shape[0] <= DIRECT_UP_TO else large
    if name == "direct":
        return splu(csc_array(matrix), permc_spec="COLAMD").solve
    if name == "incomplete":
        # rows in the order given: the caller numbers strongly coupled neighbours in a row
        return spilu(
            csc_array(matrix),
            drop_tol=1e-3,
            fill_factor=6,
            permc_spec="NATURAL",
            diag_pivot_thresh=0.0,
        ).solve
    try:
        from pyamg import ruge_stuben_solver
    except ImportError:
        raise ValueError("preconditioner multigrid: PyAMG is not installed") from None
    return ruge_stuben_solver(matrix.tocsr(), max_coarse=500).aspreconditioner().matvec


def solve_sparse(
    apply: Callable[[Array], Array],
    right: Array,
    inverse: Inverse,
    tolerance: float,
    most_iterations: int = 300,
) -> tuple[Array, int, float]:
    """Solution of ``apply(x) = right``, iterations taken, and the relative residual it leaves."""
    size = float(np.linalg.norm(right))
    if size == 0:
        return np.zeros_like(right), 0, 0.0
    count = 0

    def counted(_: object) -> None:
        nonlocal count
        count += 1

    shape = (len(right), len(right))
    # the vectors are too short for BLAS threads to gain time: they only spin
    with threadpool_limits(limits=1, user_api="blas"):
        found, _ = gmres(
            LinearOperator(shape, matvec=apply),
            right,
            rtol=tolerance,
            restart=min(60, most_iterations),
            maxiter=-(-most_iterations // 60),
            M=LinearOperator(shape, matvec=inverse),
            callback=counted,
            callback_type="pr_norm",
        )
    return found, count, float(np.linalg.norm(right - apply(found))) / size
