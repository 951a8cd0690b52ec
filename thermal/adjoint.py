"""How much one number of the field owes to the heat in every cell: one solution for all.

For ``A u = q`` and a number ``J = w . u``, the adjoint field solves ``A^T a = w``; then
``J = a . q`` for any heat q: its value in a cell is the growth of J per watt put there (Giles &
Pierce, Flow, Turbulence and Combustion 65 (2000) 393). The transposed of conduction is conduction;
that of the coolant carries upstream.
"""

from __future__ import annotations

import numpy as np

from geometry.cosine_solver import WithinFootprints, layer_mean_solver
from geometry.errors import NoSolution
from geometry.grid import Array
from geometry.krylov import flexible_gmres

from .channel_modes import ChannelModes, Field
from .steady import SteadySolver

MOST_ITERATIONS = 300


def adjoint_field(solver: SteadySolver, weight: Array, tolerance: float = 1e-8) -> Array:
    """Growth of ``sum(weight * rise)`` per watt in each cell [K/W], coefficients as they are.

    Parameters
    ----------
    solver : SteadySolver
        At rest: its conductances and its flow are taken as they are.
    weight : array, shape (nz, ny, nx)
        Of each cell's rise in the number asked for.
    tolerance : float
        Of the residual, relative to the weight.

    Returns
    -------
    array, shape (nz, ny, nx)

    Raises
    ------
    NoSolution
        When the iteration does not get to the tolerance.
    """
    inverse, weight = transposed_inverse(solver), weight.copy()
    # outside the footprints there is no heat and no rise to weigh
    for k, share in solver.conduction.cover.items():
        weight[k][share == 0] = 0
    found, _, reached = flexible_gmres(
        solver.transposed_operator, inverse.solve, weight, tolerance, MOST_ITERATIONS
    )
    if not reached <= tolerance:
        raise NoSolution(f"the adjoint field stays at a relative residual of {reached:.1e}")
    return found


def transposed_inverse(solver: SteadySolver) -> _TransposedInverse | WithinFootprints:
    """The preconditioner for the transposed equations; in double precision."""
    inverse = _TransposedInverse(solver)
    if not solver.conduction.cover:
        return inverse
    return WithinFootprints(
        inverse, {k: share == 0 for k, share in solver.conduction.cover.items()}
    )


class _TransposedInverse:
    """The cosine preconditioner, transposed."""

    def __init__(self, solver: SteadySolver) -> None:
        conduction = solver.conduction
        sink = np.zeros(solver.grid.nz)
        if solver.march is not None:
            sink = solver.coolant_sink().mean(axis=(1, 2))
        self.transform = layer_mean_solver(conduction, sink.tolist(), np.float64)
        self.channels: ChannelModes | None = None
        if solver.mean_march is not None and solver.problem.coolant is not None:
            self.channels = ChannelModes(
                conduction,
                solver.mean_march,
                solver.planes,
                solver.problem.coolant.along_x,
                self.transform,
                solid_parts=solver.mean_solid_parts(),
            )

    def solve(self, right_side: Field) -> Field:
        """Approximate answer to a right-hand side of shape (nz, ny, nx)."""
        if self.channels is None:
            return self.transform.solve(right_side)
        return self.channels.solve(right_side, transposed=True)
