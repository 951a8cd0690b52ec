"""Temperatures on the surfaces between planes, from the cells' heat flows."""

from __future__ import annotations

import numpy as np

from geometry.conduction import Face, Plane, half_cell
from geometry.grid import Array, Grid

from .engine import Engine


def surface_rise(solver: Engine, plane: int) -> tuple[Array, Array]:
    """Rise just above and just below the face below ``plane`` [K], each of shape (ny, nx).

    Plane -1 is the stack's top face and the last plane its bottom face: what lies outside is then
    the medium. The two differ by the contact between the planes, or by the film to the medium.
    Where the fin zone meets a solid, its side is the surface that fins and coolant share. Where
    footprints leave a face bare each side has the temperature of its own cell.
    """
    grid = solver.grid
    if plane == -1:
        medium, surface = _outer(solver, "top", 0)
        return medium, surface
    if plane == grid.nz - 1:
        medium, surface = _outer(solver, "bottom", plane)
        return surface, medium
    # per area of what is covered of the face; nothing flows where nothing is
    flux = _per_area(solver.heat_down(plane), solver.face_cover.get(plane), grid)
    contact = flux * solver.problem.stack.contact_resistance.get(plane, 0.0)
    if solver.planes and plane == solver.planes[-1]:
        below = solver.rise[plane + 1] + flux / _half(solver, plane + 1)
        return below + contact, below
    above = solver.rise[plane] - flux / _half(solver, plane)
    return above, above - contact


def _half(solver: Engine, plane: int) -> Plane:
    """Conductance from the cells' centres to their upper or lower face [W/m2/K]."""
    return half_cell(solver.conductivity[plane][2], solver.grid.dz[plane], 1.0)


def _per_area(flow: Array, cover: Array | None, grid: Grid) -> Array:
    """Flow over the covered area; none where nothing is covered [W/m2]."""
    if cover is None:
        return flow / grid.cell_area
    flux = np.zeros_like(flow)
    np.divide(flow, cover * grid.cell_area, out=flux, where=cover > 0)
    return flux


def _outer(solver: Engine, face: Face, plane: int) -> tuple[Array, Array]:
    """Medium's and surface's rise at an outer face; both the cell's where it is adiabatic."""
    cell = solver.rise[plane]
    if face not in solver.problem.boundaries:
        return cell, cell
    medium = np.asarray(solver.problem.boundaries[face].value) + solver.face_rise.get(face, 0.0)
    outside = np.broadcast_to(medium - solver.problem.reference_temperature, cell.shape)
    flux = _per_area(solver.heat_out(face), solver.cover.get(plane), solver.grid)
    return outside, cell - flux / _half(solver, plane)
