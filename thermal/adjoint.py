"""A preconditioner for the transposed equations of the field.

The transposed of conduction is conduction; that of the coolant carries upstream. Conductances,
films and flows are taken as they are.
"""

from __future__ import annotations

import numpy as np

from geometry.cosine_solver import WithinFootprints, layer_mean_solver

from .channel_modes import ChannelModes, Field
from .steady import SteadySolver


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
