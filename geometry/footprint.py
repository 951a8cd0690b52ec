"""Footprints: the rectangle that a layer covers inside the stack's outer rectangle.

The grid spans the outer rectangle and need not follow a footprint's edges. A cell that an edge cuts
holds solid over a part of its width and of its height; what lies outside is void.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .grid import Array, Grid

EDGE_TOLERANCE = 1e-9
"""An edge nearer than this part of a cell to a cell's face lies on it."""


@dataclass(frozen=True)
class Rectangle:
    """A rectangle along the axes.

    Parameters
    ----------
    x0, x1, y0, y1 : float
        Its edges [m].
    """

    x0: float
    x1: float
    y0: float
    y1: float

    @property
    def area(self) -> float:
        """[m2]; none where the edges have passed each other."""
        return max(self.x1 - self.x0, 0.0) * max(self.y1 - self.y0, 0.0)

    def overlap(self, other: Rectangle) -> Rectangle:
        """What both cover; of no area where they do not meet.

        Examples
        --------
        >>> Rectangle(0, 2, 0, 2).overlap(Rectangle(1, 3, 1, 3)).area
        1.0
        """
        return Rectangle(
            max(self.x0, other.x0),
            min(self.x1, other.x1),
            max(self.y0, other.y0),
            min(self.y1, other.y1),
        )

    def holds(self, other: Rectangle) -> bool:
        """Whether the other lies inside, but for rounding."""
        slack = EDGE_TOLERANCE * max(self.x1 - self.x0, self.y1 - self.y0)
        return (
            self.x0 <= other.x0 + slack
            and self.x1 >= other.x1 - slack
            and self.y0 <= other.y0 + slack
            and self.y1 >= other.y1 - slack
        )


class Cover(NamedTuple):
    """How much of each cell a rectangle covers.

    Attributes
    ----------
    x, y : arrays, shapes (nx,) and (ny,)
        Share of each cell's width, and of its height.
    sides : frozenset of str
        Sides of the outer rectangle that it reaches: west, east, south, north.
    """

    x: Array
    y: Array
    sides: frozenset[str] = frozenset()

    @property
    def area(self) -> Array:
        """Share of each cell's area, shape (ny, nx)."""
        return np.outer(self.y, self.x)


def cover_of(rectangle: Rectangle | None, grid: Grid) -> Cover | None:
    """Cover of a rectangle on a grid; None where it covers the whole.

    Examples
    --------
    >>> grid = Grid(4.0, 1.0, 4, 1, np.ones(1))
    >>> cover_of(Rectangle(0.5, 3.0, 0.0, 1.0), grid).area.tolist()
    [[0.5, 1.0, 1.0, 0.0]]
    """
    if rectangle is None:
        return None
    x0, x1 = _edges(rectangle.x0, rectangle.x1, grid.width, grid.nx)
    y0, y1 = _edges(rectangle.y0, rectangle.y1, grid.height, grid.ny)
    reached = {"west": x0 <= 0, "east": x1 >= grid.nx, "south": y0 <= 0, "north": y1 >= grid.ny}
    if all(reached.values()):
        return None
    sides = frozenset(side for side, touched in reached.items() if touched)
    return Cover(_shares(x0, x1, grid.nx), _shares(y0, y1, grid.ny), sides)


def _edges(low: float, high: float, length: float, cells: int) -> tuple[float, float]:
    """Edges in cells, on a face where they are as good as there."""
    edges = np.array([low, high]) * (cells / length)
    whole = np.rint(edges)
    first, last = np.where(np.abs(edges - whole) < EDGE_TOLERANCE, whole, edges)
    return float(first), float(last)


def _shares(first: float, last: float, cells: int) -> Array:
    """Share of each cell between two edges."""
    cell = np.arange(cells)
    return np.clip(np.minimum(last, cell + 1) - np.maximum(first, cell), 0.0, 1.0)
