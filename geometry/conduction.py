"""Conduction on the grid: face conductances, boundaries, and the operator they make.

Heat and current obey the same equation, ``div(k grad u) = -q``. With `k` a thermal conductivity
`u` is a temperature and `q` a heat source; with an electrical conductivity they are a voltage and
a current source. Cell-centred finite volumes, harmonic means on faces (exact for layered media,
Patankar 1980, section 4.2-3), contact layers as face resistances.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from .footprint import Cover
from .grid import Array, Grid

Plane = float | Array
"""One number for a uniform plane, or an array of shape (ny, nx)."""

Face = Literal["top", "bottom", "west", "east", "south", "north"]
"""top and bottom end z; west and east end x; south and north end y."""


@dataclass(frozen=True)
class Boundary:
    """What a face of the box meets: ``film`` to a medium at ``value``.

    Parameters
    ----------
    value : float or array
        Value of `u` outside. On top and bottom shape (ny, nx); on west and east (nz, ny); on
        south and north (nz, nx).
    film : float or array
        Exchange coefficient per area; ``inf`` holds the face itself at ``value``.
    """

    value: float | Array
    film: float | Array = np.inf


def half_cell(conductivity: Plane, thickness: float, area: Plane) -> Plane:
    """Conductance from a cell's centre to its face."""
    return conductivity * (2 * area / thickness)


def in_series(*conductances: Plane) -> Plane:
    """Conductance of several in series; zero where one of them is zero."""
    with np.errstate(divide="ignore"):
        total = sum(1 / np.asarray(c, dtype=float) for c in conductances)
        return np.asarray(1 / total) if np.ndim(total) else float(1 / total)


def _neighbours(k: Plane, axis: int) -> Plane:
    """Harmonic mean of neighbouring cells of equal size along ``axis``."""
    if np.ndim(k) == 0:
        return k
    k = np.asarray(k)
    a, b = (k[:, :-1], k[:, 1:]) if axis == 1 else (k[:-1], k[1:])
    return 2 * a * b / (a + b)


@dataclass
class Conduction:
    """The discrete operator ``u -> A u``: net flow out of each cell, boundaries included.

    Attributes
    ----------
    east, north : list of nz planes
        Conductance of the faces between neighbours along x, shape (ny, nx - 1), and along y,
        shape (ny - 1, nx); one number where the plane is uniform.
    down : list of nz - 1 planes
        Conductance of the face below each plane.
    leak : dict of face to Plane per plane index
        Conductance from the cell's centre to the medium outside.
    outside : dict of face to Plane per plane index
        Value of `u` in that medium.
    cover, face_cover : dict of plane index to array, shape (ny, nx)
        Covered share of each cell, and of the face below it; whole planes are left out.
    void : dict of plane index to array, shape (ny, nx)
        Conductance that holds the cells outside the footprints at zero, so that the operator has
        an inverse; nothing flows through it where `u` is zero.
    """

    grid: Grid
    east: list[Plane]
    north: list[Plane]
    down: list[Plane]
    leak: dict[Face, dict[int, Plane]]
    outside: dict[Face, dict[int, Plane]]
    cover: dict[int, Array] = field(default_factory=dict)
    face_cover: dict[int, Array] = field(default_factory=dict)
    void: dict[int, Array] = field(default_factory=dict)

    def apply(self, u: Array, out: Array) -> Array:
        """Write ``A u`` (outside values taken as zero) into ``out`` and return it."""
        for k in range(self.grid.nz):
            plane, result = u[k], out[k]
            result[...] = 0
            flow = self.east[k] * (plane[:, :-1] - plane[:, 1:])
            result[:, :-1] += flow
            result[:, 1:] -= flow
            flow = self.north[k] * (plane[:-1] - plane[1:])
            result[:-1] += flow
            result[1:] -= flow
            if k:
                flow = self.down[k - 1] * (u[k - 1] - plane)
                out[k - 1] += flow
                result -= flow
        for face, planes in self.leak.items():
            for k, conductance in planes.items():
                edge = edge_of(out[k], face)
                edge += conductance * edge_of(u[k], face)
        for k, held in self.void.items():
            out[k] += held * u[k]
        return out

    def add_inflow_from_outside(self, out: Array) -> Array:
        """Add the inflow due to the values outside (cells at zero) to ``out``."""
        for face, planes in self.leak.items():
            for k, conductance in planes.items():
                edge = edge_of(out[k], face)
                edge += conductance * self.outside[face][k]
        return out

    def outflow(self, u: Array, face: Face) -> float:
        """Total flow leaving through ``face`` for the solution ``u``."""
        total = 0.0
        for k, conductance in self.leak.get(face, {}).items():
            total += float(np.sum(conductance * (edge_of(u[k], face) - self.outside[face][k])))
        return total


def edge_of(plane: Array, face: Face) -> Array:
    """View of the cells of a plane that touch ``face``."""
    if face == "west":
        return plane[:, 0]
    if face == "east":
        return plane[:, -1]
    if face == "south":
        return plane[0]
    if face == "north":
        return plane[-1]
    return plane


def edges_of(field: Array, face: Face) -> Array:
    """The cells of a field that touch ``face``, shaped as the values of a ``Boundary``."""
    index = {"top": 0, "bottom": -1, "south": 0, "north": -1, "west": 0, "east": -1}[face]
    axis = {"top": 0, "bottom": 0, "south": 1, "north": 1, "west": 2, "east": 2}[face]
    return np.take(field, index, axis=axis)


def half_cells_per_area(
    grid: Grid, conductivity: Sequence[tuple[Plane, Plane, Plane]], face: Face
) -> Array:
    """Conductance per area from the centres of the cells at ``face`` to it [W/m2/K]."""
    if face in ("top", "bottom"):
        k = 0 if face == "top" else grid.nz - 1
        return np.asarray(conductivity[k][2] * (2 / grid.dz[k]))
    axis, across = (0, grid.dx) if face in ("west", "east") else (1, grid.dy)
    count = grid.ny if axis == 0 else grid.nx
    normal = [
        np.broadcast_to(edge_of(np.asarray(k[axis]), face) if np.ndim(k[axis]) else k[axis], count)
        for k in conductivity
    ]
    return np.asarray(normal) * (2 / across)


def assemble(
    grid: Grid,
    conductivity: Sequence[tuple[Plane, Plane, Plane]],
    contact_resistance: Mapping[int, Plane] | None = None,
    boundaries: Mapping[Face, Boundary] | None = None,
    covers: Mapping[int, Cover] | None = None,
    face_covers: Mapping[int, Cover] | None = None,
) -> Conduction:
    """Face conductances of a layered box.

    Parameters
    ----------
    grid : Grid
    conductivity : nz tuples (along x, along y, along z)
        Of each plane, as numbers or arrays of shape (ny, nx).
    contact_resistance : mapping of plane index to Plane, optional
        Areal resistance on the face below that plane.
    boundaries : mapping of face to Boundary, optional
        Faces left out are adiabatic.
    covers : mapping of plane index to Cover, optional
        Part of each cell that is solid, for the planes of smaller footprint. Their sides inside the
        box are adiabatic.
    face_covers : mapping of plane index to Cover, optional
        Part of the face below each cell through which heat passes; a face not named is covered
        where both its planes are whole.

    Returns
    -------
    Conduction
    """
    contact_resistance, covers = contact_resistance or {}, covers or {}
    area = grid.cell_area
    east = [
        _neighbours(kx, 1) * (grid.dy * dz / grid.dx)
        if k not in covers
        else _cut_neighbours(kx, 1, covers[k]) * (grid.dy * dz / grid.dx)
        for k, ((kx, _, _), dz) in enumerate(zip(conductivity, grid.dz, strict=True))
    ]
    north = [
        _neighbours(ky, 0) * (grid.dx * dz / grid.dy)
        if k not in covers
        else _cut_neighbours(ky, 0, covers[k]) * (grid.dx * dz / grid.dy)
        for k, ((_, ky, _), dz) in enumerate(zip(conductivity, grid.dz, strict=True))
    ]
    half = [half_cell(kz, dz, area) for (_, _, kz), dz in zip(conductivity, grid.dz, strict=True)]
    down = [
        in_series(half[k], half[k + 1], *_contact(contact_resistance.get(k), area))
        for k in range(grid.nz - 1)
    ]
    conduction = Conduction(grid, _plain(east), _plain(north), _plain(down), {}, {})
    for k, cover in (face_covers or {}).items():
        conduction.face_cover[k] = cover.area
        conduction.down[k] = conduction.down[k] * cover.area
    for k, cover in covers.items():
        conduction.cover[k] = cover.area
        conduction.void[k] = np.where(cover.area > 0, 0.0, np.mean(half[k]))
    for face, boundary in (boundaries or {}).items():
        _add_boundary(conduction, conductivity, face, boundary, covers)
    return conduction


def _cut_neighbours(k: Plane, axis: int, cover: Cover) -> Array:
    """Conductivity over distance between the middles of what is left of neighbouring cells.

    In units of a whole cell's, times the share of the face that both leave; zero where one is void.
    """
    along, across = (cover.x, cover.y[:, None]) if axis == 1 else (cover.y[:, None], cover.x)
    with np.errstate(divide="ignore"):
        half = np.where(along > 0, 2 * k / along, 0.0) * across
    a, b = (half[:, :-1], half[:, 1:]) if axis == 1 else (half[:-1], half[1:])
    return np.asarray(in_series(a, b))


def _plain(planes: Sequence[Plane]) -> list[Plane]:
    """Uniform planes as plain floats, which leave a single-precision field in its precision."""
    return [float(p) if np.ndim(p) == 0 else p for p in planes]


def _contact(resistance: Plane | None, area: float) -> tuple[Plane, ...]:
    if resistance is None or not np.any(resistance):
        return ()
    with np.errstate(divide="ignore"):
        conductance = area / np.asarray(resistance)
    return (conductance if np.ndim(conductance) else float(conductance),)


def _add_boundary(
    conduction: Conduction,
    conductivity: Sequence[tuple[Plane, Plane, Plane]],
    face: Face,
    boundary: Boundary,
    covers: Mapping[int, Cover],
) -> None:
    """Conductance from the cells' centres through half a cell and the film."""
    grid = conduction.grid
    leak, outside = {}, {}
    vertical = face in ("top", "bottom")
    planes = {"top": [0], "bottom": [grid.nz - 1]}.get(face, list(range(grid.nz)))
    axis = {"west": 0, "east": 0, "south": 1, "north": 1}.get(face, 2)
    for k in planes:
        cover = covers.get(k)
        if cover is not None and not vertical and face not in cover.sides:
            continue  # the footprint does not reach this side
        k_normal = conductivity[k][axis]
        if np.ndim(k_normal):
            k_normal = edge_of(np.asarray(k_normal), face)
        across = (grid.dx, grid.dy, float(grid.dz[k]))[axis]
        area: Plane = grid.cell_area * grid.dz[k] / across if not vertical else grid.cell_area
        if cover is not None:
            # of a cell that an edge cuts, the width and the face that are left
            across *= 1.0 if vertical else float((cover.x, cover.y)[axis][_END[face]])
            area = area * (cover.area if vertical else (cover.x, cover.y)[1 - axis])
        film, value = (_plane_value(v, k, vertical) for v in (boundary.film, boundary.value))
        half = half_cell(k_normal, across, area)
        leak[k] = half if np.all(np.isinf(film)) else in_series(half, film * area)
        outside[k] = value
    conduction.leak[face], conduction.outside[face] = leak, outside


_END = {"west": 0, "east": -1, "south": 0, "north": -1}
"""Which of the cells along its axis touches a side."""


def _plane_value(value: float | Array, k: int, vertical: bool) -> Plane:
    if np.ndim(value) == 0 or vertical:
        return value
    return np.asarray(value)[k]
