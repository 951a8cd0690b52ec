"""How conductances follow the temperature of the cells beside them, for adjoint fields.

A face's conductance depends on the two cells that it parts. So cells are warmed like the fields of
a chess board, first one colour, then the other: every change then has one cell that made it, and
four assemblies of the coefficients give the derivative with every cell.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

import numpy as np

from geometry.conduction import Face, Plane, edge_of
from geometry.grid import Array

from .coolant_march import Field, add_by_cell
from .coolant_slopes import MarchSlopes
from .fin_zone import ZoneEnd, zone_ends
from .steady import SteadySolver

STEP = 0.01
"""Of central differences of the conductivities [K]."""

Pair = tuple[Array, Array]
"""Slope of a face's flow with the temperature of its first cell, and of its second [W/K]."""


@dataclass(frozen=True)
class _End:
    """Slope of an end's conductances per area with solid and fins next to it [W/m2/K2]."""

    inner: int
    outer: int
    to_fins: Pair
    touched: Pair
    of_solid: Pair


class ConductanceSlopes:
    """Slopes of a solver's conductances with its cells' temperatures.

    Parameters
    ----------
    solver : SteadySolver
        At rest.
    """

    def __init__(self, solver: SteadySolver) -> None:
        self.solver = solver
        nz, ny, nx = solver.grid.shape
        self.first = np.indices((nz, ny, nx)).sum(axis=0) % 2 == 0
        self.east: dict[int, Pair] = {}
        self.north: dict[int, Pair] = {}
        self.down: dict[int, Pair] = {}
        self.leak: dict[tuple[Face, int], Array] = {}
        self.ends: list[_End] = []
        if any(law.varies for law in solver.problem.stack.laws):
            self._find([self._ends_of(colour) for colour in (self.first, ~self.first)])

    def _ends_of(self, warmed: Field) -> tuple[_Warmed, _Warmed]:
        return _Warmed(self.solver, STEP * warmed), _Warmed(self.solver, -STEP * warmed)

    def _find(self, ends: list[tuple[_Warmed, _Warmed]]) -> None:
        u, first = self.solver.rise, self.first
        for k in range(self.solver.grid.nz):
            for name, axis in (("east", 1), ("north", 0)):
                slopes = [_slope(getattr(e[0], name)[k], getattr(e[1], name)[k]) for e in ends]
                drop = -np.diff(u[k], axis=axis)
                one = first[k, :, :-1] if axis else first[k, :-1]
                _keep(getattr(self, name), k, slopes, one, drop)
            if k + 1 < self.solver.grid.nz:
                slopes = [_slope(e[0].down[k], e[1].down[k]) for e in ends]
                _keep(self.down, k, slopes, first[k], u[k] - u[k + 1])
        for key in ends[0][0].leak:
            slopes = [_slope(e[0].leak[key], e[1].leak[key]) for e in ends]
            found = np.where(edge_of(first[key[1]], key[0]), *slopes)
            if np.any(found):
                self.leak[key] = found
        self._find_ends(ends)

    def _find_ends(self, ends: list[tuple[_Warmed, _Warmed]]) -> None:
        """Where the fin zone meets solids: what the coolant's march takes from there."""
        for i, (inner, outer) in enumerate(_zone_planes(self.solver)):
            if ends[0][0].zone[i] is None:
                continue
            pairs = []
            for name in ("to_fins", "touched", "of_solid"):
                slopes = [_slope(e[0].of_end(i, name), e[1].of_end(i, name)) for e in ends]
                kept: dict[int, Pair] = {}
                _keep(kept, 0, slopes, self.first[inner], 1.0)
                pairs.append(kept.get(0, (np.zeros(()), np.zeros(()))))
            self.ends.append(_End(inner, outer, *pairs))

    def add_weighted(
        self,
        weight: Field,
        by_march: MarchSlopes | None,
        by_part: tuple[Array, Array] | None,
        by_outflow: dict[Face, float],
        out: Field,
    ) -> None:
        """Add to ``out`` the derivative of the heat that stays, weighted, with every cell.

        Through the conductances alone, the field held.

        Parameters
        ----------
        weight : array, shape (nz, ny, nx)
            Of the heat that stays in each cell.
        by_march : MarchSlopes, optional
            What each coefficient of the march is worth.
        by_part : arrays, shape (ny, nx), optional
            What the solid's part in what the uppermost and lowest coolant touches is worth.
        by_outflow : dict of face to float
            What a watt that leaves through a face is worth beside.
        """
        for k, (left, right) in self.east.items():
            step = np.diff(weight[k], axis=1)
            out[k][:, :-1] += left * step
            out[k][:, 1:] += right * step
        for k, (south, north) in self.north.items():
            step = np.diff(weight[k], axis=0)
            out[k][:-1] += south * step
            out[k][1:] += north * step
        for k, (above, below) in self.down.items():
            step = weight[k + 1] - weight[k]
            out[k] += above * step
            out[k + 1] += below * step
        for (face, k), slope in self.leak.items():
            edge = edge_of(out[k], face)
            edge += slope * (by_outflow.get(face, 0.0) - edge_of(weight[k], face))
        if by_march is not None and by_part is not None:
            self._add_ends(by_march, by_part, out)

    def _add_ends(self, by_march: MarchSlopes, by_part: tuple[Array, Array], out: Field) -> None:
        for end in self.ends:
            upper = end.outer < end.inner
            to_fins = self._by_cell(by_march.wall[..., 0 if upper else -1])
            touched = self._by_cell(by_march.lid if upper else by_march.base)
            part = by_part[0 if upper else 1]
            for side, k in enumerate((end.inner, end.outer)):
                out[k] += to_fins * end.to_fins[side] + touched * end.touched[side]
                out[k] += part * end.of_solid[side]

    def _by_cell(self, slopes: Array) -> Plane:
        """What a conductance per area at each cell of the plane is worth: alike, or by zone."""
        solver, flow = self.solver, self.solver.problem.coolant
        assert flow is not None
        area = solver.grid.cell_area * solver.pieces.share
        lanes = solver.division.lanes
        if flow.fin_density is None or lanes is None:
            return float(np.sum(slopes.T @ area)) / (solver.grid.nx * solver.grid.ny)
        along = solver.grid.nx if flow.along_x else solver.grid.ny
        found = np.zeros((along, len(lanes.place)))
        add_by_cell(found, solver.pieces, lanes.to_cells(slopes / lanes.width) * area[:, None])
        return found.T if flow.along_x else found


class _Warmed:
    """Conductances of a solver whose cells are warmer, its field and its coolant as they are."""

    def __init__(self, solver: SteadySolver, warmer: Field) -> None:
        other = copy.copy(solver)
        other.rise = solver.rise + warmer
        other.renew()
        conduction = other.conduction
        self.east, self.north, self.down = conduction.east, conduction.north, conduction.down
        self.leak = {
            (face, k): np.asarray(g * (edge_of(solver.rise[k], face) - conduction.outside[face][k]))
            for face, planes in conduction.leak.items()
            for k, g in planes.items()
        }
        self.zone: list[ZoneEnd | None] = []
        flow = solver.problem.coolant
        if flow is not None:
            contacts = solver.problem.stack.contact_resistance
            found = zone_ends(conduction, solver.planes, flow, contacts, other.conductivity)
            self.zone = [end for _, end in found]

    def of_end(self, i: int, name: str) -> Plane:
        found = getattr(self.zone[i], name)
        return 0.0 if found is None else found


def _zone_planes(solver: SteadySolver) -> list[tuple[int, int]]:
    """Innermost and outer plane at the fin zone's upper and lower end; none without coolant."""
    planes = solver.planes
    return [(planes[0], planes[0] - 1), (planes[-1], planes[-1] + 1)] if planes else []


def _slope(up: Plane, down: Plane) -> Array:
    return np.asarray(np.asarray(up) - np.asarray(down)) / (2 * STEP)


def _keep(
    into: dict[int, Pair], k: int, slopes: list[Array], first: Array, factor: Array | float
) -> None:
    """Sort slopes by colour into those with the first cell and with the second, where any are."""
    if any(np.any(slope) for slope in slopes):
        one, other = slopes
        into[k] = (
            np.where(first, one, other) * factor,
            np.where(first, other, one) * factor,
        )
