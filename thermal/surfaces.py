"""Temperatures on the surfaces between planes, from the cells' heat flows."""

from __future__ import annotations

import numpy as np

from geometry.conduction import Face, Plane, half_cell
from geometry.grid import Array

from .steady import SteadySolver


def surface_rise(solver: SteadySolver, plane: int) -> tuple[Array, Array]:
    """Rise just above and just below the face below ``plane`` [K], each of shape (ny, nx).

    Plane -1 is the stack's top face and the last plane its bottom face: what lies outside is then
    the medium. The two differ by the contact between the planes, or by the film to the medium.
    Where the fin zone meets a solid, its side is the surface that fins and coolant share.
    """
    grid = solver.grid
    if plane == -1:
        medium, surface = _outer(solver, "top", 0)
        return medium, surface
    if plane == grid.nz - 1:
        medium, surface = _outer(solver, "bottom", plane)
        return surface, medium
    down = _flow_down(solver, plane)
    resistance = solver.problem.stack.contact_resistance.get(plane, 0.0) / grid.cell_area
    if solver.planes and plane == solver.planes[-1]:
        below = solver.rise[plane + 1] + down / _half(solver, plane + 1)
        return below + down * resistance, below
    above = solver.rise[plane] - down / _half(solver, plane)
    return above, above - down * resistance


def _half(solver: SteadySolver, plane: int) -> Plane:
    """Conductance from the cells' centres to their upper or lower face [W/K]."""
    grid = solver.grid
    return half_cell(solver.conductivity[plane][2], grid.dz[plane], grid.cell_area)


def _flow_down(solver: SteadySolver, plane: int) -> Array:
    """Heat that passes downwards through the face below ``plane``, per cell [W]."""
    rise = solver.rise
    down: Array = solver.conduction.down[plane] * (rise[plane] - rise[plane + 1])
    zone = solver.planes
    if zone and plane in (zone[0] - 1, zone[-1]):
        # between a solid and the fin zone the coolant takes its part of the flow
        lid, base = solver.heat_to_coolant_from_solids()
        down = down + lid if plane == zone[0] - 1 else down - base
    return down


def _outer(solver: SteadySolver, face: Face, plane: int) -> tuple[Array, Array]:
    """Medium's and surface's rise at an outer face; both the cell's where it is adiabatic."""
    cell = solver.rise[plane]
    if face not in solver.conduction.leak:
        return cell, cell
    # where the face radiates what the operator sees outside is the end of a tangent
    flow = solver.conduction.leak[face][plane] * (cell - solver.conduction.outside[face][plane])
    medium = np.broadcast_to(solver.medium_rise(face), cell.shape)
    return medium, cell - flow / _half(solver, plane)
