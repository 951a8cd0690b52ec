"""How much power each block takes and how it is spread inside the block.

Every map ends as a `PowerMap`, which knows no grid: its shares are worked out by exact area on
the grid that asks, so that no watt is lost or made on any of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array

from .floorplan import Floats, Floorplan, InBlockMap, block_shares, overlap_with_cells

SMALLEST_SPOT = 1e-9
"""Least area of a hot spot, as a part of its block's."""


@dataclass(frozen=True, eq=False)
class PowerMap:
    """Nominal power of each block and its spread over the block.

    Parameters
    ----------
    floorplan : Floorplan
    block_power : ndarray, shape (n_blocks,)
        Nominal power of each block. [W]
    in_block_map : InBlockMap
        Spread of each block's power over its own area.
    """

    floorplan: Floorplan
    block_power: Floats
    in_block_map: InBlockMap

    @property
    def total_power(self) -> float:
        """Power of all blocks. [W]"""
        return float(self.block_power.sum())

    def placed(self, width: float, height: float, x: float, y: float) -> PowerMap:
        """The same map with the device's corner at (x, y) of a larger rectangle. [m]"""
        plan, spread = self.floorplan, self.in_block_map
        return PowerMap(
            replace(
                plan,
                width=width,
                height=height,
                x0=plan.x0 + x,
                x1=plan.x1 + x,
                y0=plan.y0 + y,
                y1=plan.y1 + y,
            ),
            self.block_power,
            replace(spread, x0=spread.x0 + x, x1=spread.x1 + x, y0=spread.y0 + y, y1=spread.y1 + y),
        )

    def shares(self, nx: int, ny: int) -> csr_array:
        """Share of each block's power in each cell, shape (ny * nx, n_blocks).

        ``shares @ block_power`` is the power of each cell [W]; every column sums to 1.
        """
        return block_shares(self.floorplan, nx, ny, self.in_block_map)

    @cached_property
    def density_peak(self) -> Floats:
        """Highest local over mean areal power density of each block, shape (n_blocks,).

        Of the map itself, on no grid: 1 where the block is uniform or has no power.
        """
        peak = np.zeros(self.floorplan.n_blocks)
        np.maximum.at(peak, self.in_block_map.block, self.in_block_map.density)
        return peak

    @cached_property
    def density_mean_square(self) -> Floats:
        """Area mean over each block of (local / mean density) squared, shape (n_blocks,).

        Of the map itself, on no grid: 1 where the block is uniform or has no power.
        """
        pieces = self.in_block_map
        area = (pieces.x1 - pieces.x0) * (pieces.y1 - pieces.y0)
        n = self.floorplan.n_blocks
        return np.bincount(pieces.block, pieces.density**2 * area, n) / self.floorplan.areas


def uniform_map(floorplan: Floorplan, power: ArrayLike) -> PowerMap:
    """Power spread evenly over each block.

    Parameters
    ----------
    floorplan : Floorplan
    power : float or array_like, shape (n_blocks,)
        Total, given to the blocks by area, or the power of each block. [W]

    Examples
    --------
    >>> wafer = Floorplan.blocks(0.215, 0.215, columns=12, rows=7)
    >>> uniform_map(wafer, 25_000.0).block_power[:2].round(3).tolist()
    [297.619, 297.619]
    """
    return PowerMap(floorplan, _block_power(floorplan, power), InBlockMap.uniform(floorplan))


def hot_spot_map(
    floorplan: Floorplan, power: ArrayLike, factor: float, area_fraction: float
) -> PowerMap:
    """A centred hot spot in each block, the rest lowered so that the block keeps its power.

    The spot has the block's aspect ratio, density ``f`` times the block's mean and the part
    ``a`` of its area; the rest has density ``(1 - f a) / (1 - a)``.

    Parameters
    ----------
    floorplan : Floorplan
    power : float or array_like, shape (n_blocks,)
        Total, given to the blocks by area, or the power of each block. [W]
    factor : float
        Density in the spot over the block's mean, f. [-]
    area_fraction : float
        Part of the block's area under the spot, a. [-]

    Raises
    ------
    ValueError
        When the spot would take all of the block's power or more (f a >= 1), or has no area.

    Examples
    --------
    >>> chip = Floorplan.blocks(0.01, 0.01, columns=1, rows=1)
    >>> hot_spot_map(chip, 100.0, factor=2.0, area_fraction=0.1).density_peak.tolist()
    [2.0]
    """
    f, a = float(factor), float(area_fraction)
    if not SMALLEST_SPOT <= a < 1:
        raise ValueError(
            f"hot spot area_fraction: found {a:g}; {SMALLEST_SPOT:g} to below 1 is meant"
        )
    if not (f >= 0 and f * a < 1):
        raise ValueError(
            f"hot spot factor {f:g} over area_fraction {a:g} asks for {f * a:g} of the block's "
            f"power; a factor from 0 to below {1 / a:g} is meant"
        )
    rest = (1 - f * a) / (1 - a)
    pieces = _spot_and_rest(floorplan, np.sqrt(a), f, rest)
    return PowerMap(floorplan, _block_power(floorplan, power), pieces)


def _spot_and_rest(floorplan: Floorplan, side: float, spot: float, rest: float) -> InBlockMap:
    """Centred rectangle of ``side`` times each block's sides, between four of the rest."""
    p = floorplan
    # distance from the block's edge to the spot
    dx, dy = (p.x1 - p.x0) * (1 - side) / 2, (p.y1 - p.y0) * (1 - side) / 2
    xa, xb, ya, yb = p.x0 + dx, p.x1 - dx, p.y0 + dy, p.y1 - dy
    n = p.n_blocks
    return InBlockMap(  # the spot, then below, above, left and right of it
        block=np.tile(np.arange(n), 5),
        x0=np.concatenate([xa, p.x0, p.x0, p.x0, xb]),
        x1=np.concatenate([xb, p.x1, p.x1, xa, p.x1]),
        y0=np.concatenate([ya, p.y0, yb, ya, ya]),
        y1=np.concatenate([yb, ya, p.y1, yb, yb]),
        density=np.repeat([spot, rest, rest, rest, rest], n),
    )


def pixel_map(floorplan: Floorplan, pixels: ArrayLike, total_power: float) -> PowerMap:
    """Power given on equal pixels over the whole device, of any resolution.

    A pixel across a border is split between the blocks by area. A block without power keeps a
    uniform spread, so that leakage that it may have later still lies somewhere.

    Parameters
    ----------
    floorplan : Floorplan
        Equal blocks that tile the device.
    pixels : array_like, shape (any, any)
        Power of each pixel in any unit; row 0 along y = 0, column 0 along x = 0.
    total_power : float
        Power of the device. [W]

    Raises
    ------
    ValueError
        When the blocks do not tile the device, or pixels are negative, not finite or all zero.

    Examples
    --------
    >>> pair = Floorplan.blocks(2.0, 1.0, columns=2, rows=1)
    >>> pixel_map(pair, [[1, 2, 1]], total_power=8.0).block_power.tolist()
    [4.0, 4.0]
    """
    if floorplan.columns is None:
        raise ValueError("power map of pixels: equal blocks (columns and rows) are meant")
    values = np.asarray(pixels, dtype=float)
    if values.ndim != 2 or values.size == 0:
        raise ValueError(f"power map: found shape {values.shape}; rows of numbers are meant")
    if not (np.isfinite(values).all() and (values >= 0).all()):
        raise ValueError("power map: found a negative number or NaN; 0 or more is meant")
    if not values.max() > 0:
        raise ValueError("power map: sums to nothing; a number above zero is meant")
    values = values / values.max()
    rows, columns = values.shape
    o = overlap_with_cells(floorplan, floorplan.width, floorplan.height, columns, rows)
    block, n = o.rectangle, floorplan.n_blocks
    local = values[o.j, o.i]
    area = (o.x1 - o.x0) * (o.y1 - o.y0)
    weight = np.bincount(block, local * area, n)
    mean = weight / np.bincount(block, area, n)
    density = np.divide(local, mean[block], out=np.ones(len(block)), where=mean[block] > 0)
    dx, dy = floorplan.width / columns, floorplan.height / rows
    pieces = InBlockMap(block, o.x0 * dx, o.x1 * dx, o.y0 * dy, o.y1 * dy, density)
    power = _block_power(floorplan, _total(total_power) * (weight / weight.sum()))
    return PowerMap(floorplan, power, pieces)


def read_csv_map(
    path: str | Path,
    floorplan: Floorplan,
    values: Literal["weights", "watts"] = "weights",
    total_power: float | None = None,
) -> PowerMap:
    """Power map from a CSV file of numbers that covers the whole device.

    The first row lies along y = 0 and the first column along x = 0, so a text editor shows the
    device upside down. Empty lines and lines that begin with ``#`` are skipped.

    Parameters
    ----------
    path : str or Path
    floorplan : Floorplan
        Equal blocks that tile the device.
    values : {"weights", "watts"}
        Weights are scaled to ``total_power``; watts are the power of each number's own pixel.
    total_power : float, optional
        Power of the device: needed with weights, left out with watts. [W]

    Raises
    ------
    ValueError
        In one line that names the file, the line, what was found and what is meant.
    """
    if values not in ("weights", "watts"):
        raise ValueError(f"power map values: found '{values}'; 'weights' or 'watts' is meant")
    if (values == "weights") != (total_power is not None):
        raise ValueError(
            f"power map of {values}: total power {'is' if values == 'watts' else 'not'} given; "
            "it is meant with weights and not with watts"
        )
    pixels = _read_rows(path)
    if not pixels.any():
        raise ValueError(f"{path}: sums to nothing; a number above zero is meant")
    return pixel_map(floorplan, pixels, float(pixels.sum()) if total_power is None else total_power)


def read_lines(path: str | Path) -> list[tuple[int, str]]:
    """Line numbers and text of the lines of a file that are neither empty nor a comment (#).

    Raises
    ------
    ValueError
        In one line, when the file cannot be read or holds no such line.
    """
    try:
        # editors on Windows begin a file with a byte order mark
        text = Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}; a text file is meant") from None
    except UnicodeDecodeError:
        raise ValueError(f"{path}: found bytes that are no text; a text file is meant") from None
    lines = [(n, line.strip()) for n, line in enumerate(text.splitlines(), start=1)]
    lines = [(n, line) for n, line in lines if line and not line.startswith("#")]
    if not lines:
        raise ValueError(f"{path}: found nothing; rows of numbers are meant")
    return lines


def parse_number(text: str, where: str, least: float = -np.inf) -> float:
    """Finite number of at least ``least``; ``where`` begins the one-line ValueError."""
    try:
        number = float(text)
    except ValueError:
        number = np.nan
    if not (np.isfinite(number) and number >= least):
        meant = "a number" if least == -np.inf else f"a number of {least:g} or more"
        raise ValueError(f"{where}: found '{text.strip()}'; {meant} is meant")
    return number


def _read_rows(path: str | Path) -> Floats:
    rows: list[list[float]] = []
    for n, line in read_lines(path):
        row = [parse_number(text, f"{path} line {n}", least=0) for text in line.split(",")]
        if rows and len(row) != len(rows[0]):
            raise ValueError(
                f"{path} line {n}: found {len(row)} numbers; {len(rows[0])} as in the first row "
                "are meant"
            )
        rows.append(row)
    return np.array(rows)


def _total(power: float) -> float:
    if not (np.isfinite(power) and power >= 0):
        raise ValueError(f"total power: found {power}; 0 W or more is meant")
    return float(power)


def _block_power(floorplan: Floorplan, power: ArrayLike) -> Floats:
    """Power of each block from the total, by area, or from one number per block."""
    watts = np.asarray(power, dtype=float)
    if watts.ndim == 0:
        areas = floorplan.areas
        watts = _total(float(watts)) * (areas / areas.sum())
    if watts.shape != (floorplan.n_blocks,):
        raise ValueError(
            f"block power: found {watts.size} values; one total or {floorplan.n_blocks}, one per "
            "block, are meant"
        )
    if not (np.isfinite(watts).all() and (watts >= 0).all()):
        raise ValueError("block power: found a negative number or NaN; 0 W or more is meant")
    watts = watts.copy()
    watts.flags.writeable = False
    return watts
