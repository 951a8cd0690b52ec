"""Meshes of shapes that no rectangle of layers has, made here without a mesh generator."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import Delaunay

from .region_mesh import Array, Integers, RegionMesh


def extruded(
    points: Array,
    polygons: Integers,
    levels: Array,
    layers: Sequence[str],
    keep: Array | None = None,
) -> RegionMesh:
    """Triangles or quadrilaterals of the plane drawn up through layers: prisms or hexahedra.

    Parameters
    ----------
    points : array, shape (points, 2)
        [m].
    polygons : array of int, shape (polygons, 3 or 4)
    levels : array, shape (planes + 1,)
        Heights between the planes of cells, rising [m].
    layers : sequence of str
        Region of each plane.
    keep : array of bool, shape (planes, polygons), optional
        Cells that exist.
    """
    count, n = len(points), len(levels)
    height = np.repeat(np.asarray(levels, dtype=float), count)
    solid = np.column_stack([np.tile(points, (n, 1)), height])
    lower = polygons[None] + (np.arange(n - 1) * count)[:, None, None]
    cells = np.concatenate([lower, lower + count], axis=2)
    exists = np.ones(cells.shape[:2], dtype=bool) if keep is None else np.asarray(keep, dtype=bool)
    region = np.repeat(np.array(layers, dtype=object)[:, None], len(polygons), axis=1)
    kind = "wedge" if polygons.shape[1] == 3 else "hexahedron"
    used, corners = np.unique(cells[exists], return_inverse=True)
    return RegionMesh(
        solid[used], {kind: corners.reshape(-1, cells.shape[2])}, np.asarray(region[exists])
    )


def triangulated(points: Array) -> Integers:
    """Triangles between points whose convex hull is the shape (Delaunay)."""
    corners = Delaunay(points).simplices.astype(np.int64)
    a, b, c = (points[corners[:, i]] for i in range(3))
    area = np.abs((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]) / 2
    # points in a row on the hull give triangles without area
    return corners[area > 1e-9 * area.mean()]


def cut_corner_wafer(
    width: float, radius: float, levels: Array, layers: Sequence[str], cells: int = 40, arc: int = 6
) -> RegionMesh:
    """Prisms of a square wafer whose corners are cut by the circle of the wafer it comes from.

    ``cells`` along each side, ``arc`` chords in each corner. Boundaries ``top``, ``bottom`` and
    ``side``. The origin is the centre.
    """
    half = width / 2
    if not half < radius < half * np.sqrt(2):
        raise ValueError(f"radius: found {radius:g} m; one that cuts the corners only is meant")
    straight = np.sqrt(radius**2 - half**2)
    begin, end = np.arctan2(straight, half), np.arctan2(half, straight)
    # one side up to the corner, then the arc, turned by a quarter three times
    side = np.column_stack([np.full(cells, half), np.linspace(-straight, straight, cells + 1)[:-1]])
    angle = np.linspace(begin, end, arc + 1)[:-1]
    bow = radius * np.column_stack([np.cos(angle), np.sin(angle)])
    quarter = np.concatenate([side, bow])
    turn = np.array([[0.0, 1.0], [-1.0, 0.0]])
    rim = np.concatenate([quarter @ np.linalg.matrix_power(turn, i) for i in range(4)])
    step = 2 * straight / cells
    inner = _staggered(half - 0.6 * step, step)
    inner = inner[np.hypot(*inner.T) < radius - 0.6 * step]
    points = np.concatenate([rim, inner])
    mesh = extruded(points, triangulated(points), levels, layers)
    return _with_top_bottom_side(mesh)


def _staggered(half: float, step: float) -> Array:
    """Points of a square in rows, every other row shifted by half a step: even triangles."""
    rows = max(int(np.ceil(2 * half / (step * np.sqrt(3) / 2))), 1)
    columns = max(round(2 * half / step), 1)
    y, x = np.linspace(-half, half, rows + 1), np.linspace(-half, half, columns + 1)
    middle = np.concatenate([x[:1], (x[1:] + x[:-1]) / 2, x[-1:]])
    return np.concatenate(
        [
            np.column_stack([x if i % 2 else middle, np.full(len(x if i % 2 else middle), v)])
            for i, v in enumerate(y)
        ]
    )


def _with_top_bottom_side(mesh: RegionMesh) -> RegionMesh:
    mesh = mesh.with_named("top", lambda x, n: n[:, 2] > 0.5)
    mesh = mesh.with_named("bottom", lambda x, n: n[:, 2] < -0.5)
    return mesh.with_named("side", lambda x, n: np.abs(n[:, 2]) < 0.5)


def plate_on_wafer(
    plate_width: float,
    wafer_width: float,
    plate_levels: Array,
    wafer_levels: Array,
    overhang_cells: int = 4,
    wafer_cells: int = 20,
) -> RegionMesh:
    """Hexahedra of a square wafer under a wider plate: regions ``plate`` and ``wafer``.

    Boundaries ``top``, ``bottom`` (of the wafer), ``rim`` (all else outside) and, between the two
    and inside, ``contact``. Levels rise; the wafer's last is the plate's first. The origin is the
    centre.
    """
    if not plate_width > wafer_width:
        raise ValueError(f"plate_width: found {plate_width:g} m; wider than the wafer is meant")
    half, rim = wafer_width / 2, np.linspace(wafer_width / 2, plate_width / 2, overhang_cells + 1)
    x = np.concatenate([-rim[:0:-1], np.linspace(-half, half, wafer_cells + 1), rim[1:]])
    points, quads = rectangles(x, x)
    inside = np.abs(points[quads].mean(axis=1)).max(axis=1) < half
    levels = np.concatenate([wafer_levels, plate_levels[1:]])
    low, high = len(wafer_levels) - 1, len(plate_levels) - 1
    keep = np.array([inside] * low + [np.ones(len(quads), dtype=bool)] * high)
    mesh = extruded(points, quads, levels, ["wafer"] * low + ["plate"] * high, keep)
    joint, lowest, highest = wafer_levels[-1], levels[0], levels[-1]
    close = 1e-9 * (highest - lowest)

    def at(level: float, x: Array) -> NDArray[np.bool_]:
        return np.abs(x[:, 2] - level) < close

    mesh = mesh.with_named("contact", lambda x, n: at(joint, x), inside=True)
    mesh = mesh.with_named("top", lambda x, n: at(highest, x))
    mesh = mesh.with_named("bottom", lambda x, n: at(lowest, x))
    return mesh.with_named("rim", lambda x, n: ~(at(highest, x) | at(lowest, x)))


def rectangles(x: Array, y: Array) -> tuple[Array, Integers]:
    """Points and quadrilaterals of a rectangle cut at ``x`` and ``y``."""
    points = np.column_stack([np.tile(x, len(y)), np.repeat(y, len(x))])
    first = (np.arange(len(y) - 1)[:, None] * len(x) + np.arange(len(x) - 1)).ravel()
    return points, np.column_stack([first, first + 1, first + len(x) + 1, first + len(x)])


def plate_with_round_zone(
    width: float, diameter: float, levels: Array, layers: Sequence[str], cells: int = 30
) -> RegionMesh:
    """Prisms of a square plate whose top has a disc in its middle of another name.

    Boundaries ``round zone`` (the disc, a polygon of 3 ``cells`` corners), ``top`` (the rest of
    the top), ``bottom`` and ``side``. The origin is the centre.
    """
    if not 0 < diameter < width:
        raise ValueError(f"diameter: found {diameter:g} m; less than the width is meant")
    step, radius = width / cells, diameter / 2
    count = 3 * cells
    ring = min(step, 2 * np.pi * radius / count)
    angle = 2 * np.pi * np.arange(count) / count
    circle = radius * np.column_stack([np.cos(angle), np.sin(angle)])
    grid = _staggered(width / 2, step)
    # none so near the circle that a triangle would cross it
    grid = grid[np.abs(np.hypot(*grid.T) - radius) > 0.6 * max(ring, 0.5 * step)]
    points = np.concatenate([circle, grid])
    mesh = _with_top_bottom_side(extruded(points, triangulated(points), levels, layers))

    def on_disc(x: Array) -> NDArray[np.bool_]:
        return np.hypot(x[:, 0], x[:, 1]) < radius

    mesh = mesh.with_named("round zone", lambda x, n: (n[:, 2] > 0.5) & on_disc(x))
    return mesh.with_named("top", lambda x, n: (n[:, 2] > 0.5) & ~on_disc(x))
