"""Which preconditioner the temperature field is solved with, and why.

Every one solves the same equations to the same residual; they differ in time only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np

from geometry.cosine_solver import CosineSolver, layer_mean_solver
from geometry.uneven_faces import UnevenFaces, uneven_faces, with_even_faces

from .channel_modes import ChannelModes, Field

if TYPE_CHECKING:
    from .steady import SteadySolver, ThermalProblem

PreconditioningName = Literal["cosine", "amg"]
INSTALL = "pip install 'waferflux[amg]'"


class Preconditioner(Protocol):
    """An approximate inverse of the operator."""

    @property
    def dtype(self) -> Any:
        """Precision in which it works."""

    def solve(self, right_side: Field) -> Field:
        """Solve for a right-hand side of shape (nz, ny, nx)."""


@dataclass(frozen=True)
class Preconditioning:
    """A way to make preconditioners, with its name and why it was taken."""

    name: PreconditioningName
    reason: str
    make: Callable[[SteadySolver, Any], Preconditioner]


def cosine(solver: SteadySolver, dtype: Any = np.float32) -> Preconditioner:
    """Layer means; where there is a coolant, with its heating in the lowest modes."""
    # with unequal footprints the layer means are too far off for the correction to hold
    faces = {} if solver.conduction.cover else uneven_faces(solver.conduction)
    conduction = with_even_faces(solver.conduction, faces)
    kept = np.zeros(solver.grid.nz) if solver.storage is None else solver.storage.planes
    # for the other modes the coolant is the sink that it is to evenly warm solids
    sink = kept if solver.march is None else kept + solver.coolant_sink().mean(axis=(1, 2))
    transform = layer_mean_solver(conduction, sink.tolist(), dtype)
    found: CosineSolver | ChannelModes = transform
    if solver.march is not None and solver.problem.coolant is not None:
        found = ChannelModes(
            conduction,
            solver.march,
            solver.planes,
            solver.problem.coolant.along_x,
            transform,
            kept.tolist(),
            solver.mean_solid_parts(),
        )
    return UnevenFaces(found, transform, faces) if faces else found


def amg(solver: SteadySolver, dtype: Any = np.float32) -> Preconditioner:
    """Algebraic multigrid of solids and coolant."""
    from .amg_preconditioner import AlgebraicMultigrid

    return AlgebraicMultigrid(solver, dtype)


def preconditioning_named(name: PreconditioningName) -> Preconditioning:
    """The one that was asked for.

    Raises
    ------
    ValueError
        When what it needs is not installed.
    """
    if name == "amg" and find_spec("pyamg") is None:
        raise ValueError(f"engine: found 'amg', which needs PyAMG; {INSTALL} is meant before it")
    return Preconditioning(name, "asked for", {"cosine": cosine, "amg": amg}[name])


def preconditioning_for(problem: ThermalProblem) -> Preconditioning:
    """The faster one for a problem, as benchmarks/engines_uneven.py measures it.

    Uneven contacts alone are no reason for multigrid: there it is the slower one.
    """
    planes, _ = problem.stack.covers(problem.grid)
    if not planes:
        return Preconditioning("cosine", "every layer spans the whole rectangle", cosine)
    if find_spec("pyamg") is None:
        why = f"layers differ in their footprints; {INSTALL} for a faster engine"
        return Preconditioning("cosine", why, cosine)
    return Preconditioning("amg", "layers differ in their footprints", amg)
