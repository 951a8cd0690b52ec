"""A stack on a FiPy mesh: what the second engine adds to the planes of the problem.

Two things are cut finer than in the problem's own grid. Where the fin zone meets a solid, a thin
plane of cells holds the temperature of the surface that solid, fins and coolant share. And where
a flow segment ends inside a cell, that cell is cut in two, so that every mesh cell has one
direction of flow. Mesh index order is that of the fields: x fastest, then y, then z from the top.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, kron

from geometry.conduction import Plane

if TYPE_CHECKING:
    from .steady import ThermalProblem

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Stations:
    """The mesh's cells along the channels, in the order of the axis.

    Attributes
    ----------
    cell : array of int
        The problem's cell in which each lies.
    share : array
        Of that cell's length.
    segment : array of int
        The flow segment to which each belongs.
    sign : array of int
        1 where the flow goes up the axis, -1 where it goes down.
    start, stop : arrays
        Distance of its two ends from the segment's inlet [m].
    """

    cell: Integers
    share: Array
    segment: Integers
    sign: Integers
    start: Array
    stop: Array

    @property
    def length(self) -> Array:
        """Length of each [m]."""
        return self.stop - self.start

    @property
    def outlets(self) -> NDArray[np.bool_]:
        """The last of each segment."""
        length = self.stop.max()
        return self.stop > length * (1 - 1e-9)


def stations_along(length: float, cells: int, segments: int, reverse: bool) -> Stations:
    """Cut the channels' length where a cell or a segment ends.

    One segment flows up the axis, two from the centre outwards, of more neighbours flow in
    opposite directions, the first towards 0; ``reverse`` is the same seen from the other end.
    """
    ends = np.concatenate([np.arange(cells + 1) / cells, np.arange(segments + 1) / segments])
    edges = np.unique(np.round(ends, 12))
    middle = (edges[1:] + edges[:-1]) / 2
    seen = 1 - middle if reverse else middle
    segment = np.minimum((seen * segments).astype(int), segments - 1)
    away = (segment % 2 == 1) if segments > 1 else np.ones(len(segment), dtype=bool)
    inlet = np.where(away, segment, segment + 1) / segments
    low, high = (np.abs((1 - e if reverse else e) - inlet) for e in (edges[:-1], edges[1:]))
    return Stations(
        cell=np.minimum((middle * cells).astype(int), cells - 1),
        share=np.diff(edges) * cells,
        segment=segment,
        sign=np.where(away, 1, -1) * (-1 if reverse else 1),
        start=np.minimum(low, high) * length,
        stop=np.maximum(low, high) * length,
    )


@dataclass(frozen=True)
class LayeredMesh:
    """FiPy's mesh of a stack, and how its cells belong to those of the problem.

    Attributes
    ----------
    problem : ThermalProblem
    mesh : fipy mesh
    plane : array of int, shape (mz,)
        The problem's plane of each mesh plane; -1 for a shared surface.
    stations : Stations or None
        Along the channels, where there is a coolant.
    shape : tuple
        (mz, my, mx).
    """

    problem: ThermalProblem
    mesh: Any
    plane: Integers
    stations: Stations | None
    shape: tuple[int, int, int]

    @property
    def axis(self) -> int:
        """Index of the channels' axis in a field: 2 along x, 1 along y."""
        return 2 if self.problem.coolant is None or self.problem.coolant.along_x else 1

    @cached_property
    def zone(self) -> Integers:
        """Mesh planes of the fin zone."""
        if self.problem.coolant is None:
            return np.arange(0)
        planes = self.problem.stack.planes(self.problem.coolant.layer)
        return np.flatnonzero((self.plane >= planes[0]) & (self.plane <= planes[-1]))

    @cached_property
    def surfaces(self) -> Integers:
        """Mesh planes that are shared surfaces."""
        return np.flatnonzero(self.plane < 0)

    def where(self, plane: int) -> int:
        """Mesh plane of a plane of the problem."""
        return int(np.flatnonzero(self.plane == plane)[0])

    def face_below(self, plane: int) -> int:
        """Mesh plane whose lower face is the solid's side of the face below ``plane``."""
        if len(self.zone) and self.where(plane) == self.zone[-1]:
            return self.where(plane + 1) - 1
        return self.where(plane)

    @cached_property
    def columns(self) -> NDArray[Any]:
        """Cell of the plane, ``y * nx + x``, in which each mesh column lies, shape (my, mx)."""
        nx, ny = self.problem.nx, self.problem.ny
        x, y = np.arange(nx), np.arange(ny)
        if self.stations is not None:
            x, y = (self.stations.cell, y) if self.axis == 2 else (x, self.stations.cell)
        columns: NDArray[Any] = y[:, None] * nx + x
        return columns

    def on_mesh(self, plane: Plane) -> Plane:
        """One number, or that of each cell of the problem's plane for every mesh column."""
        return np.asarray(plane).ravel()[self.columns] if np.ndim(plane) else plane

    @cached_property
    def means(self) -> csr_array:
        """Mean over the problem's cells of values on the mesh, surfaces left out."""
        share = np.ones(self.columns.shape)
        if self.stations is not None:
            share *= self.stations.share if self.axis == 2 else self.stations.share[:, None]
        n, m = self.problem.ny * self.problem.nx, self.columns.size
        level = csr_array((share.ravel(), (self.columns.ravel(), np.arange(m))), shape=(n, m))
        solid = np.flatnonzero(self.plane >= 0)
        pick = csr_array((np.ones(len(solid)), (self.plane[solid], solid)))
        return csr_array(kron(pick, level, format="csr"))

    def sum_over_columns(self, values: Array) -> Array:
        """Sum of values on the mesh's columns over each cell of the plane, shape (ny, nx)."""
        size = self.problem.ny * self.problem.nx
        summed = np.bincount(self.columns.ravel(), values.ravel(), minlength=size)
        return np.asarray(summed, dtype=float).reshape(self.problem.ny, self.problem.nx)


def layered_mesh(problem: ThermalProblem, fipy: Any) -> LayeredMesh:
    """The mesh of a problem."""
    grid = problem.grid
    dx, dy = np.full(grid.nx, grid.dx), np.full(grid.ny, grid.dy)
    plane = np.arange(grid.nz)
    stations = None
    flow = problem.coolant
    if flow is not None:
        length, cells = (grid.width, grid.nx) if flow.along_x else (grid.height, grid.ny)
        stations = stations_along(length, cells, flow.segments, flow.direction.startswith("-"))
        if flow.along_x:
            dx = stations.length
        else:
            dy = stations.length
        zone = problem.stack.planes(flow.layer)
        after = [zone[-1] + 1] if zone[-1] + 1 < grid.nz else []
        before = [zone[0]] if zone[0] > 0 else []
        plane = np.insert(plane, before + after, -1)
    # as thin as a surface should be; no coefficient depends on it
    thin = 1e-3 * float(grid.dz.min())
    dz = np.where(plane < 0, thin, grid.dz[plane])
    mesh = fipy.Grid3D(dx=dx, dy=dy, dz=dz, nx=len(dx), ny=len(dy), nz=len(dz))
    return LayeredMesh(problem, mesh, plane, stations, (len(dz), len(dy), len(dx)))
