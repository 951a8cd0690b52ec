"""The coolant's march where lanes of channels have flows, films or fins of their own.

A lane is the cells across the channels that get the same: those within one group of the headers,
and each cell that a border of groups cuts, or those of one band of fins. All lanes march at once,
side by side: in the arrays they are an axis of their own, before that of the heights, filled up to
the width of the widest lane with copies of a cell.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .coolant_march import CoolantMarch

Array = NDArray[np.float64]
Field = NDArray[Any]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Lanes:
    """Cells across the channels, gathered by lane.

    Attributes
    ----------
    cells : array of int, shape (L, k)
        The cells of each lane; a narrow one names its last cell again.
    place : array of int, shape (m,)
        Where each cell stands among the L * k.
    width : array of int, shape (L,)
        Cells of each.
    """

    cells: Integers
    place: Integers
    width: Integers

    @property
    def counted(self) -> NDArray[np.bool_]:
        """Which of ``cells`` are not named again, shape (L, k)."""
        return np.arange(self.cells.shape[1]) < self.width[:, None]

    def of(self, values: Array) -> Array:
        """Mean over each lane of one value per cell, shape (..., L) from (..., m)."""
        return np.add.reduceat(values, self.cells[:, 0], axis=-1) / self.width

    def to_cells(self, values: Array) -> Array:
        """One value per cell from one per lane, shape (..., m) from (..., L)."""
        return np.repeat(values, self.width, axis=-1)

    def split(self, field: Field) -> Field:
        """Lanes apart, before the heights: (..., n, m) becomes (..., L, n, k)."""
        return np.ascontiguousarray(np.swapaxes(field[..., self.cells], -3, -2))

    def split_plane(self, plane: Field) -> Field:
        """The same of a plane without heights: (..., m) becomes (..., L, k)."""
        return plane[..., self.cells]

    def join(self, field: Field) -> Field:
        """Cells side by side again: (..., L, n, k) becomes (..., n, m)."""
        apart = np.swapaxes(field, -3, -2)
        return apart.reshape(*apart.shape[:-2], -1)[..., self.place]

    def join_plane(self, plane: Field) -> Field:
        """The same of a plane without heights."""
        return plane.reshape(*plane.shape[:-2], -1)[..., self.place]


def lanes_of(cells: int, groups: int) -> Lanes:
    """Lanes of ``cells`` equal cells under ``groups`` equal groups of channels.

    Examples
    --------
    >>> lanes_of(8, 3).width
    array([2, 1, 2, 1, 2])
    """
    index = np.arange(cells)
    low, high = index * groups // cells, ((index + 1) * groups - 1) // cells
    whole = low == high
    return _lanes(np.append(True, ~(whole[1:] & whole[:-1] & (low[1:] == low[:-1]))))


def lanes_of_bands(band: Integers) -> Lanes:
    """One lane for each run of neighbouring cells with the same band.

    Examples
    --------
    >>> lanes_of_bands(np.array([0, 0, 1, 1, 1])).width
    array([2, 3])
    """
    return _lanes(np.append(True, np.diff(band) != 0))


def _lanes(first: NDArray[np.bool_]) -> Lanes:
    """Lanes from whether each cell is the first of one."""
    cells, begins = len(first), np.flatnonzero(first)
    width = np.diff(np.append(begins, cells))
    column = np.arange(width.max())
    taken = begins[:, None] + np.minimum(column, width[:, None] - 1)
    lane = np.repeat(np.arange(len(width)), width)
    return Lanes(taken, lane * len(column) + np.arange(cells) - begins[lane], width)


class GroupedMarch:
    """The map of ``CoolantMarch`` from walls to coolant, lane by lane.

    Offers what ``CoolantMarch`` does, with the same shapes.

    Parameters
    ----------
    mean : CoolantMarch
        With the mean of all coefficients over the cells across.
    lanes : Lanes
    march : CoolantMarch
        With the coefficients of each lane, on an axis before that of the heights.
    """

    def __init__(self, mean: CoolantMarch, lanes: Lanes, march: CoolantMarch) -> None:
        self.lanes, self.pieces, self.march = lanes, mean.pieces, march
        self.capacity_rate = mean.capacity_rate
        self.rate_by_cell = lanes.to_cells(np.swapaxes(march.capacity_rate, -1, -2))

    def in_precision(self, dtype: Any) -> GroupedMarch:
        """The same march in another floating-point precision."""
        other = copy.copy(self)
        other.march = self.march.in_precision(dtype)
        return other

    def split(
        self, fins: Field, lid: Field | None, base: Field | None
    ) -> tuple[Field, Field | None, Field | None]:
        """Temperatures of the walls, lanes apart."""
        plane = self.lanes.split_plane
        return (
            self.lanes.split(fins),
            None if lid is None else plane(lid),
            None if base is None else plane(base),
        )

    def temperatures(
        self,
        fins: Field,
        lid: Field | None,
        base: Field | None,
        source: Field | None = None,
        inlet_rise: float = 0.0,
    ) -> tuple[Field, Field]:
        """Mean coolant temperature of each piece, and at each piece's inlet."""
        put_in = None if source is None else self.lanes.split(source)
        mean, inlet = self.march.temperatures(*self.split(fins, lid, base), put_in, inlet_rise)
        return self.lanes.join(mean), self.lanes.join(inlet)

    def transposed(
        self, fins: Field, lid: Field | None, base: Field | None, source: Field | None = None
    ) -> tuple[Field, Field]:
        """What stands for mean and inlet temperatures in the transposed of ``heat_taken``."""
        weight = None if source is None else self.lanes.split(source)
        found, felt = self.march.transposed(*self.split(fins, lid, base), weight)
        return self.lanes.join(found), self.lanes.join(felt)

    def from_outlets(self, outlet: Field, inlet_rise: float = 0.0) -> tuple[Field, Field]:
        """Mean temperature of each piece and at its inlet when those at the outlets are given."""
        mean, inlet = self.march.from_outlets(self.lanes.split(outlet), inlet_rise)
        return self.lanes.join(mean), self.lanes.join(inlet)

    def heat_kept(
        self,
        fins: Field,
        lid: Field | None,
        base: Field | None,
        outlet: Field,
        inlet_rise: float = 0.0,
    ) -> Field:
        """Heat that stays in the coolant of each piece [W] when the outlets are given."""
        walls = self.split(fins, lid, base)
        return self.lanes.join(self.march.heat_kept(*walls, self.lanes.split(outlet), inlet_rise))

    def outlet(self, mean: Field, inlet: Field) -> Field:
        """Coolant temperature at the end of each piece."""
        split = self.lanes.split
        return self.lanes.join(self.march.outlet(split(mean), split(inlet)))

    def heat_taken(
        self, fins: Field, lid: Field | None, base: Field | None, mean: Field | None = None
    ) -> tuple[Field, Field, Field]:
        """Heat that the coolant takes from each cell of the fins, the lid and the base [W]."""
        coolant = None if mean is None else self.lanes.split(mean)
        taken = self.march.heat_taken(*self.split(fins, lid, base), coolant)
        plane = self.lanes.join_plane
        return self.lanes.join(taken[0]), plane(taken[1]), plane(taken[2])
