"""The programs of the side-by-side benchmark, each solving the same linear problem.

All go down to the same relative residual. ``assembly`` is from the description of the problem to
its coefficients or matrix; ``solution`` what comes after: factorisation, hierarchy or transform,
and the iteration. FiPy, PyAMG and SciPy are imported before either clock starts.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from linear_problem import LinearProblem, assembled, coefficients
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_matrix
from scipy.sparse.linalg import splu
from threadpoolctl import threadpool_limits

from thermal.preconditioning import preconditioning_named

Array = NDArray[np.float64]

TOLERANCE = 1e-8
"""Norm of the residual relative to that of the right-hand side."""
MOST_ITERATIONS = 20_000
MOST_CYCLES = 60
"""Of PyAMG, whose GMRES makes room for all of them at once."""


@dataclass(frozen=True)
class Solved:
    """What one program made of the problem.

    Attributes
    ----------
    rise : array, shape (nz, ny, nx)
        Above the coolant's inlet [K].
    unknowns : int
        Of the program's own system.
    residual : float
        Reached, relative; measured on the program's own system in double precision.
    iterations : int
    stop : str
        Why it ended.
    assembly_cpu_s, solution_cpu_s, wall_s : float
    """

    rise: Array
    unknowns: int
    residual: float
    iterations: int
    stop: str
    assembly_cpu_s: float
    solution_cpu_s: float
    wall_s: float


Clock = Callable[[], tuple[float, float, float]]


def stopwatch() -> Clock:
    """A clock read thrice: CPU seconds of assembly and of solution, and wall seconds of both."""
    wall, marks = time.perf_counter(), [time.process_time()]

    def read() -> tuple[float, float, float]:
        marks.append(time.process_time())
        return marks[1] - marks[0], marks[-1] - marks[1], time.perf_counter() - wall

    return read


def stop_of(residual: float, direct: bool = False) -> str:
    # a hundredth more: the last digits of the residual are rounding
    if residual > 1.01 * TOLERANCE:
        return "stopped short of the residual asked for"
    return "direct" if direct else "residual reached"


def ours(name: str, problem: LinearProblem) -> Solved:
    """The fast engines: single-precision GMRES inside double-precision corrections."""
    clock = stopwatch()
    solver = coefficients(problem)
    clock()
    solver.preconditioning = preconditioning_named(name)
    solver.preconditioner = solver.preconditioning.make(solver, np.float32)
    rest = solver.residual(problem.by_plane)
    drive = float(np.linalg.norm(rest))
    error = 1.0
    for _ in range(10):
        solver.correct(rest, max(0.003, 0.5 * TOLERANCE / error))
        rest = solver.residual(problem.by_plane)
        error = float(np.linalg.norm(rest)) / drive
        if error <= TOLERANCE:
            break
    times = clock()
    return Solved(solver.rise, solver.rise.size, error, solver.iterations, stop_of(error), *times)


def direct(ordering: str, problem: LinearProblem) -> Solved:
    """SciPy's SuperLU of the fast engines' assembled equations."""
    clock = stopwatch()
    matrix, right = assembled(problem)
    clock()
    symmetric = ordering == "MMD_AT_PLUS_A"
    factors = splu(
        csc_array(matrix),
        permc_spec=ordering,
        diag_pivot_thresh=0.0 if symmetric else None,
        options={"SymmetricMode": symmetric},
    )
    found = factors.solve(right)
    return _of_matrix(problem, matrix, right, found, 0, clock, direct=True)


def pyamg_alone(iteration: str, problem: LinearProblem) -> Solved:
    """PyAMG's Ruge-Stuben multigrid of the same matrix inside its own Krylov iteration."""
    import pyamg

    clock = stopwatch()
    matrix, right = assembled(problem)
    clock()
    levels = pyamg.ruge_stuben_solver(csr_matrix(matrix), max_coarse=500)
    norms: list[float] = []
    found = levels.solve(
        right, tol=0.9 * TOLERANCE, maxiter=MOST_CYCLES, accel=iteration, residuals=norms
    )
    return _of_matrix(problem, matrix, right, found, len(norms) - 1, clock)


def _of_matrix(
    problem: LinearProblem,
    matrix: csc_array,
    right: Array,
    found: Array,
    iterations: int,
    clock: Clock,
    direct: bool = False,
) -> Solved:
    residual = float(np.linalg.norm(right - matrix @ found) / np.linalg.norm(right))
    times = clock()
    rise = found[: problem.cells].reshape(problem.thermal.grid.shape)
    return Solved(rise, len(found), residual, iterations, stop_of(residual, direct), *times)


def fipy(method: str, preconditioner: str | None, problem: LinearProblem) -> Solved:
    """FiPy's own mesh, terms and assembly, and the solvers that its SciPy suite has.

    The rows that FiPy leaves empty, of coolant outside the fin zone, are cut out of its matrix
    before its solver sees it; the solver itself is FiPy's, as it stands.
    """
    from thermal.fipy_layers import FipySolver
    from thermal.fipy_library import load_fipy

    library = load_fipy()
    clock = stopwatch()
    engine = FipySolver(problem.thermal)
    clock()
    makers = {
        "default": library.DefaultAsymmetricSolver,
        "CGS": library.LinearCGSSolver,
        "BiCGStab": library.LinearBicgstabSolver,
        "GMRES": library.LinearGMRESSolver,
    }
    helpers = {
        None: lambda: None,
        "Jacobi": library.JacobiPreconditioner,
        "ILU": library.ILUPreconditioner,
        "PyAMG": library.SmoothedAggregationPreconditioner,
    }
    solver = makers[method](
        tolerance=0.9 * TOLERANCE,
        criterion="RHS",
        iterations=MOST_ITERATIONS,
        precon=helpers[preconditioner](),
    )
    right = engine.residual(problem.by_plane)
    with warnings.catch_warnings():
        # what it warns of, that it did not converge, is seen by the residual
        warnings.simplefilter("ignore")
        found = solver._solve_(csr_matrix(engine._matrix), np.zeros(len(right)), right)
    engine._unknowns = np.asarray(found)
    rest = engine.residual(problem.by_plane)
    residual = float(np.linalg.norm(rest) / np.linalg.norm(right))
    times = clock()
    whole = method == "default"
    count = 0 if whole else int(solver.convergence.iterations)
    return Solved(engine.rise, len(right), residual, count, stop_of(residual, whole), *times)


FAMILIES: dict[str, dict[str, Callable[[LinearProblem], Solved]]] = {
    "waferflux cosine": {"cosine": partial(ours, "cosine")},
    "waferflux amg": {"amg": partial(ours, "amg")},
    "SciPy splu": {
        "COLAMD": partial(direct, "COLAMD"),
        "MMD_AT_PLUS_A": partial(direct, "MMD_AT_PLUS_A"),
    },
    "PyAMG": {
        "Ruge-Stuben, BiCGStab": partial(pyamg_alone, "bicgstab"),
        "Ruge-Stuben, GMRES": partial(pyamg_alone, "fgmres"),
    },
    "FiPy, default solver": {"LU": partial(fipy, "default", None)},
    "FiPy, iterative": {
        f"{method}, {helper or 'no preconditioner'}": partial(fipy, method, helper)
        for method in ("CGS", "BiCGStab", "GMRES")
        for helper in (None, "Jacobi", "ILU")
    },
    "FiPy with PyAMG": {
        f"{method}, smoothed aggregation": partial(fipy, method, "PyAMG")
        for method in ("CGS", "BiCGStab", "GMRES")
    },
}
"""By family, and within it by variant: all are tried at the smallest size, the fastest goes on."""


def solve(family: str, variant: str, problem: LinearProblem) -> Solved:
    """Solve with one thread."""
    with threadpool_limits(limits=1):
        return FAMILIES[family][variant](problem)
