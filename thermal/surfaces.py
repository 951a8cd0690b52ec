"""Temperatures on the surfaces between planes, from the cells' heat flows."""

from __future__ import annotations

import numpy as np

from geometry.conduction import edge_of, half_cell
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
    above, below = solver.rise[plane], solver.rise[plane + 1]
    zone = solver.planes
    area = grid.cell_area
    resistance = solver.problem.stack.contact_resistance.get(plane, 0.0) / area
    if zone and plane == zone[-1]:
        below = below + down / half_cell(solver.conductivity[plane + 1][2], grid.dz[plane + 1], area)
        return below + down * resistance, below
    if zone and plane == zone[0] - 1:
        above = above - down / half_cell(solver.conductivity[plane][2], grid.dz[plane], area)
        return above, above - down * resistance
    above = above - down / half_cell(solver.conductivity[plane][2], grid.dz[plane], area)
    return above, above - down * resistance


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


def _outer(solver: SteadySolver, face: str, plane: int) -> tuple[Array, Array]:
    """Medium's and surface's rise at an outer face."""
    leak = solver.conduction.leak.get(face, {}).get(plane)  # type: ignore[call-overload]
    cell = solver.rise[plane]
    if leak is None:
        return cell, cell
    outside = np.broadcast_to(
        solver.conduction.outside[face][plane], cell.shape  # type: ignore[index]
    )
    flow = leak * (edge_of(cell, "top") - outside)
    half = half_cell(solver.conductivity[plane][2], solver.grid.dz[plane], solver.grid.cell_area)
    return outside, cell - flow / half
