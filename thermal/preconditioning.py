"""Which preconditioner the temperature field is solved with, and why.

Every one solves the same equations to the same residual; they differ in time only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np

from geometry.cosine_solver import CosineSolver, WithinFootprints, layer_mean_solver
from geometry.uneven_faces import UnevenFaces, uneven_faces, with_even_faces

from .channel_modes import ChannelModes, Field

if TYPE_CHECKING:
    from .steady import SteadySolver, ThermalProblem

PreconditioningName = Literal["cosine", "amg"]
INSTALL = "pip install 'waferflux[amg]'"
LARGE = 200_000
"""Cells below which the transform is done before PyAMG is imported."""
MOSTLY_EMPTY = 0.3
"""Share of the cells that hold solid below which multigrid, which sees no others, is faster."""


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
    # under unequal footprints what a face lacks is not its own: the correction costs more than
    # it gains
    cover = solver.conduction.cover
    faces = {} if cover else uneven_faces(solver.conduction)
    conduction = with_even_faces(solver.conduction, faces)
    kept = np.zeros(solver.grid.nz)
    if solver.storage is not None:
        kept = solver.storage.planes.mean(axis=(1, 2))
    # for the other modes the coolant is the sink that it is to evenly warm solids
    sink = kept if solver.march is None else kept + solver.coolant_sink().mean(axis=(1, 2))
    transform = layer_mean_solver(conduction, sink.tolist(), dtype)
    found: CosineSolver | ChannelModes = transform
    if solver.mean_march is not None and solver.problem.coolant is not None:
        found = ChannelModes(
            conduction,
            solver.mean_march,
            solver.planes,
            solver.problem.coolant.along_x,
            transform,
            kept.tolist(),
            solver.mean_solid_parts(),
        )
    if cover:
        return WithinFootprints(found, {k: share == 0 for k, share in cover.items()})
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
    """The faster one for a problem, by the measurements of docs/performance.md.

    The cosine transform, except on large grids that are mostly empty or have a side held at a
    temperature. Uneven contacts and unequal footprints alone are no reason for multigrid.
    """
    held = [
        face
        for face in ("west", "east", "south", "north")
        if face in problem.boundaries and np.all(np.isinf(problem.boundaries[face].film))
    ]
    share = solid_share(problem)
    if share < MOSTLY_EMPTY:
        why = f"layers leave {1 - share:.0%} of the grid empty"
    elif held:
        why = f"the {held[0]} side is held at a temperature"
    else:
        why = "every layer spans the whole rectangle"
        if share < 1:
            why = "layers differ in their footprints, yet fill the grid well"
        return Preconditioning("cosine", why, cosine)
    if problem.grid.nx * problem.grid.ny * problem.grid.nz < LARGE:
        return Preconditioning("cosine", f"{why}, but the grid is small", cosine)
    if find_spec("pyamg") is None:
        return Preconditioning("cosine", f"{why}; {INSTALL} for a faster engine", cosine)
    return Preconditioning("amg", why, amg)


def solid_share(problem: ThermalProblem) -> float:
    """Share of the grid's cells that hold solid."""
    planes, _ = problem.stack.covers(problem.grid)
    empty = sum(float(np.mean(cover.area == 0)) for cover in planes.values())
    return 1 - empty / problem.grid.nz
