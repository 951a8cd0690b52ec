"""Where the blocks lie on the device, and how they meet the cells of any uniform grid.

Blocks are rectangles: either the equal blocks of a wafer (block ``b = row * columns + column``,
row 0 at y = 0, column 0 at x = 0) or any named rectangles. The grid never has to divide them: a
cell that straddles a border belongs to both blocks, by area. Arrays over the device have shape
(ny, nx), and cell ``j * nx + i`` is field[j, i].
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csc_array, csr_array

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

EDGE_TOLERANCE = 1e-9
"""Two edges nearer than this part of a cell are one edge: no slivers from rounding."""
SMALLEST_BLOCK = 1e-6
"""Least side of a block, as a part of the device's."""


@dataclass(frozen=True, eq=False)
class Floorplan:
    """Rectangular blocks on a rectangular device.

    Parameters
    ----------
    width, height : float
        Size of the device along x and y. [m]
    x0, x1, y0, y1 : array_like, shape (n_blocks,)
        Edges of each block; gaps and overlaps are allowed. [m]
    names : tuple of str
        One name per block, no two alike.
    columns, rows : int, optional
        Set by `Floorplan.blocks` where equal blocks tile the device, else None.

    Raises
    ------
    ValueError
        When a block is empty, reaches outside the device or shares its name.
    """

    width: float
    height: float
    x0: Floats
    x1: Floats
    y0: Floats
    y1: Floats
    names: tuple[str, ...]
    columns: int | None = None
    rows: int | None = None

    def __post_init__(self) -> None:
        for key in ("width", "height"):
            value = getattr(self, key)
            if not (np.isfinite(value) and value > 0):
                raise ValueError(f"floorplan {key}: found {value}; a length above zero is meant")
        object.__setattr__(self, "names", tuple(self.names))
        for key in ("x0", "x1", "y0", "y1"):
            edges = np.array(getattr(self, key), dtype=float)
            if edges.shape != (self.n_blocks,):
                raise ValueError(
                    f"floorplan {key}: found shape {edges.shape}; one edge for each of the "
                    f"{self.n_blocks} names is meant"
                )
            edges.flags.writeable = False
            object.__setattr__(self, key, edges)
        _check_names(self.names)
        _check_inside(self.names, self.x0, self.x1, self.width, "x")
        _check_inside(self.names, self.y0, self.y1, self.height, "y")

    @classmethod
    def blocks(cls, width: float, height: float, columns: int, rows: int) -> Floorplan:
        """Equal blocks that tile the device, numbered row by row from the first.

        Examples
        --------
        >>> wafer = Floorplan.blocks(0.215, 0.215, columns=12, rows=7)
        >>> wafer.n_blocks, wafer.names[13]
        (84, 'r1c1')
        """
        for key, value in (("columns", columns), ("rows", rows)):
            if value < 1:
                raise ValueError(f"floorplan {key}: found {value}; 1 or more is meant")
        x = width * np.arange(columns + 1) / columns
        y = height * np.arange(rows + 1) / rows
        return cls(
            width=width,
            height=height,
            x0=np.tile(x[:-1], rows),
            x1=np.tile(x[1:], rows),
            y0=np.repeat(y[:-1], columns),
            y1=np.repeat(y[1:], columns),
            names=tuple(f"r{row}c{column}" for row in range(rows) for column in range(columns)),
            columns=columns,
            rows=rows,
        )

    @property
    def n_blocks(self) -> int:
        """Number of blocks."""
        return len(self.names)

    @property
    def areas(self) -> Floats:
        """Area of each block, shape (n_blocks,). [m2]"""
        return (self.x1 - self.x0) * (self.y1 - self.y0)


def _check_names(names: tuple[str, ...]) -> None:
    if not names:
        raise ValueError("floorplan: found no block; one or more is meant")
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"floorplan: block '{name}' appears twice; a name for each is meant")
        seen.add(name)


def _check_inside(
    names: tuple[str, ...], low: Floats, high: Floats, length: float, axis: str
) -> None:
    slack = EDGE_TOLERANCE * length
    thin = ~(high - low >= SMALLEST_BLOCK * length)
    outside = ~((low >= -slack) & (high <= length + slack))
    for wrong, meant in (
        (thin, f"at least {SMALLEST_BLOCK * length:.6g} m from low to high edge is meant"),
        (outside, f"a block inside the device, 0 to {length:.6g} m, is meant"),
    ):
        if wrong.any():
            b = int(np.argmax(wrong))
            raise ValueError(
                f"floorplan block '{names[b]}': found {axis} from {low[b]:.6g} to {high[b]:.6g} m; "
                + meant
            )


@dataclass(frozen=True, eq=False)
class InBlockMap:
    """How each block's power is spread over its own area: rectangles of constant density.

    The pieces of a block tile it without overlap.

    Parameters
    ----------
    block : ndarray of int, shape (n_pieces,)
        The block that the piece lies in.
    x0, x1, y0, y1 : ndarray, shape (n_pieces,)
        Edges of the piece. [m]
    density : ndarray, shape (n_pieces,)
        Local over mean areal power density of the block. [-]
    """

    block: Integers
    x0: Floats
    x1: Floats
    y0: Floats
    y1: Floats
    density: Floats

    @classmethod
    def uniform(cls, floorplan: Floorplan) -> InBlockMap:
        """Every block at its mean density: one piece per block."""
        n = floorplan.n_blocks
        plan = floorplan
        return cls(np.arange(n), plan.x0, plan.x1, plan.y0, plan.y1, np.ones(n))


class Overlaps(NamedTuple):
    """Each meeting of a rectangle with a cell; edges in cells from the origin."""

    rectangle: Integers
    i: Integers
    j: Integers
    x0: Floats
    x1: Floats
    y0: Floats
    y1: Floats


class BlockMaximum(NamedTuple):
    """Maximum of a field over each block and where it is, arrays of shape (n_blocks,)."""

    value: Floats
    x: Floats
    """Centre of the cell. [m]"""
    y: Floats
    """Centre of the cell. [m]"""
    cell: Integers
    """Cell index j * nx + i."""


def _edges_in_cells(low: Floats, high: Floats, length: float, n: int) -> tuple[Floats, Floats]:
    """Edges in units of the cell width, put on a cell's face where they are as good as there."""

    def snap(edge: Floats) -> Floats:
        u = np.clip(edge * (n / length), 0.0, n)
        return np.where(np.abs(u - np.rint(u)) < EDGE_TOLERANCE, np.rint(u), u)

    u0, u1 = snap(low), snap(high)
    # a piece too thin to see must still leave its power somewhere: keep it unsnapped
    seen = u1 > u0
    return np.where(seen, u0, low * (n / length)), np.where(seen, u1, high * (n / length))


def overlap_with_cells(
    rectangles: Floorplan | InBlockMap, width: float, height: float, nx: int, ny: int
) -> Overlaps:
    """Every overlap of rectangles with the nx x ny equal cells of a device.

    Parameters
    ----------
    rectangles : Floorplan or InBlockMap
        Anything with edges x0, x1, y0, y1. [m]
    width, height : float
        Size of the device. [m]
    nx, ny : int
        Cells along x and y.

    Returns
    -------
    Overlaps
        Rectangle by rectangle, row by row; edges in units of the cell's sides.
    """
    if nx < 1 or ny < 1:
        raise ValueError(f"grid: found {nx} x {ny} cells; 1 or more each way is meant")
    u0, u1 = _edges_in_cells(rectangles.x0, rectangles.x1, width, nx)
    v0, v1 = _edges_in_cells(rectangles.y0, rectangles.y1, height, ny)
    i0, j0 = (np.floor(edge).astype(np.int64) for edge in (u0, v0))
    across = np.ceil(u1).astype(np.int64) - i0
    count = across * (np.ceil(v1).astype(np.int64) - j0)
    rectangle = np.repeat(np.arange(len(count)), count)
    step = np.arange(len(rectangle)) - np.repeat(np.cumsum(count) - count, count)
    row, column = np.divmod(step, across[rectangle])
    i = i0[rectangle] + column
    j = j0[rectangle] + row
    return Overlaps(
        rectangle,
        i,
        j,
        x0=np.maximum(u0[rectangle], i),
        x1=np.minimum(u1[rectangle], i + 1),
        y0=np.maximum(v0[rectangle], j),
        y1=np.minimum(v1[rectangle], j + 1),
    )


def block_shares(
    floorplan: Floorplan, nx: int, ny: int, in_block_map: InBlockMap | None = None
) -> csr_array:
    """Share of each block's power that falls in each cell.

    A cell gets the integral of the block's density over their common area, so the power of a
    block is conserved on any grid.

    Parameters
    ----------
    floorplan : Floorplan
    nx, ny : int
        Equal cells along x and y.
    in_block_map : InBlockMap, optional
        Spread of the power inside each block; uniform when left out.

    Returns
    -------
    scipy.sparse.csr_array, shape (ny * nx, n_blocks)
        ``shares @ block_power`` is the power of each cell; every column sums to 1.

    Examples
    --------
    >>> pair = Floorplan.blocks(2.0, 1.0, columns=2, rows=1)
    >>> block_shares(pair, nx=3, ny=1).toarray().round(3).tolist()
    [[0.667, 0.0], [0.333, 0.333], [0.0, 0.667]]
    """
    pieces = in_block_map or InBlockMap.uniform(floorplan)
    o = overlap_with_cells(pieces, floorplan.width, floorplan.height, nx, ny)
    power = pieces.density[o.rectangle] * ((o.x1 - o.x0) * (o.y1 - o.y0))
    entries = (power, (o.j * nx + o.i, pieces.block[o.rectangle]))
    shares = csc_array(entries, shape=(nx * ny, floorplan.n_blocks))
    shares.eliminate_zeros()
    # pairwise sums per column: a running sum of 10 000 equal numbers drifts by 1e-13
    total = np.add.reduceat(shares.data, shares.indptr[:-1])
    shares.data /= np.repeat(total, np.diff(shares.indptr))
    return shares.tocsr()


def block_means(floorplan: Floorplan, nx: int, ny: int) -> csr_array:
    """Area-weighted mean over each block, as an operator on a field of cells.

    The weight of a cell is the part of the block's area that lies in it, which is the share of
    an evenly spread power: the mean is the transpose of `block_shares`.

    Returns
    -------
    scipy.sparse.csr_array, shape (n_blocks, ny * nx)
        ``means @ field.ravel()`` is the mean over each block; every row sums to 1.
    """
    return block_shares(floorplan, nx, ny).T.tocsr()


def _own_cells(low: Floats, high: Floats, length: float, n: int) -> tuple[Integers, Integers]:
    """First and one past the last cell of each block along one axis, shape (n_blocks,) each."""
    u0, u1 = low * (n / length), high * (n / length)
    # cell i has its centre at i + 1/2; one on the block's edge counts on either side
    first = np.ceil(u0 - 0.5 - EDGE_TOLERANCE)
    last = np.floor(u1 - 0.5 + EDGE_TOLERANCE)
    # no centre within: the cell around the block's centre, or both when it lies on their face
    centre = (u0 + u1) / 2
    within = last >= first
    first = np.where(within, first, np.ceil(centre - 1 - EDGE_TOLERANCE))
    last = np.where(within, last, np.floor(centre + EDGE_TOLERANCE))
    first, last = np.clip(first, 0, n - 1), np.clip(last, 0, n - 1)
    return first.astype(np.int64), last.astype(np.int64) + 1


def block_cells(floorplan: Floorplan, nx: int, ny: int) -> list[Integers]:
    """Indices j * nx + i of each block's own cells, as `block_maximum` looks at them."""
    i0, i1 = _own_cells(floorplan.x0, floorplan.x1, floorplan.width, nx)
    j0, j1 = _own_cells(floorplan.y0, floorplan.y1, floorplan.height, ny)
    every = np.arange(nx * ny).reshape(ny, nx)
    return [every[j0[b] : j1[b], i0[b] : i1[b]].ravel() for b in range(floorplan.n_blocks)]


def block_maximum(floorplan: Floorplan, field: ArrayLike) -> BlockMaximum:
    """Maximum of a field over each block's own cells, and where it is.

    Own cells are those whose centre lies in the block, an edge included. A block too thin along
    an axis to hold any centre takes there the cell that its own centre lies in.

    Parameters
    ----------
    floorplan : Floorplan
    field : array_like, shape (ny, nx)
        Values at the centres of equal cells over the device.

    Returns
    -------
    BlockMaximum
        Value, x, y and cell index, each of shape (n_blocks,); the first cell where some tie.
    """
    values = np.asarray(field, dtype=float)
    if values.ndim != 2 or values.size == 0:
        raise ValueError(f"field over the device: found shape {values.shape}; (ny, nx) is meant")
    ny, nx = values.shape
    i0, i1 = _own_cells(floorplan.x0, floorplan.x1, floorplan.width, nx)
    j0, j1 = _own_cells(floorplan.y0, floorplan.y1, floorplan.height, ny)
    i, j = np.empty_like(i0), np.empty_like(j0)
    for b in range(floorplan.n_blocks):
        own = values[j0[b] : j1[b], i0[b] : i1[b]]
        row, column = divmod(int(np.argmax(own)), own.shape[1])
        i[b], j[b] = i0[b] + column, j0[b] + row
    return BlockMaximum(
        value=values[j, i],
        x=(i + 0.5) * (floorplan.width / nx),
        y=(j + 0.5) * (floorplan.height / ny),
        cell=j * nx + i,
    )
