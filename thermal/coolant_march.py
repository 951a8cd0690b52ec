"""The coolant carried along the channels, eliminated by one march per lateral position.

Two-temperature model of the fin zone (Kim & Kim, J. Heat Transfer 121 (1999) 639,
doi:10.1115/1.2826027): at each height the coolant takes ``h a_v (Ts - Tf)`` from the fins, conducts
through the height, and is carried along the channel with its share of the flow,

    C dTf/dx = w (Ts - Tf) + d/dz(k_fe dTf/dz) .

The march is exponentially fitted (Allen & Southwell 1955): a cell's mean coolant temperature is
``(1 - theta) T_in + theta T_out`` with theta from the exact solution for a constant wall. It is
second order in the cell length, conserves energy exactly and keeps the coolant between its inlet
and the walls for every cell length.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from .engine import ChannelStations

Array = NDArray[np.float64]
Field = NDArray[Any]


@dataclass(frozen=True)
class Pieces:
    """The stations of the march: cells along the channels, cut where a flow segment ends.

    Attributes
    ----------
    cell : array of int, shape (P,)
        The cell in which each piece lies, in the order of the flow.
    share : array, shape (P,)
        Share of that cell's length.
    start, stop : arrays, shape (P,)
        Distance of its ends from the segment's inlet [m].
    segment : array of int, shape (P,)
        The segment to which it belongs.
    """

    cell: NDArray[np.int64]
    share: Array
    start: Array
    stop: Array
    segment: NDArray[np.int64]

    @property
    def length(self) -> Array:
        """Length of each piece [m]."""
        return self.stop - self.start


def flow_pieces(length: float, cells: int, segments: int, reverse: bool = False) -> Pieces:
    """Cut ``cells`` equal cells into flow segments of equal length.

    One segment runs from 0 to ``length``. Of two, both start in the centre; of more, neighbours
    flow in opposite directions, so that they share inlets and outlets. A segment may end inside
    a cell. ``reverse`` looks at the same flow from the other end.
    """
    cuts = np.union1d(
        np.round(np.arange(cells + 1) / cells, 12), np.round(np.arange(segments + 1) / segments, 12)
    )
    middle = (cuts[1:] + cuts[:-1]) / 2
    segment = np.minimum((middle * segments).astype(int), segments - 1)
    forward = (segment % 2 == 1) | (segments == 1)
    order = np.lexsort((np.where(forward, middle, -middle), segment))
    low, high = cuts[:-1][order] * length, cuts[1:][order] * length
    segment, forward = segment[order], forward[order]
    near, far = segment * length / segments, (segment + 1) * length / segments
    cell = np.minimum((middle * cells).astype(int), cells - 1)[order]
    return Pieces(
        cell=cells - 1 - cell if reverse else cell,
        share=(high - low) * cells / length,
        # the first piece's rounding error must not begin before the inlet
        start=np.maximum(np.where(forward, low - near, far - high), 0.0),
        stop=np.where(forward, high - near, far - low),
        segment=segment,
    )


def segment_means(stations: ChannelStations, values: Array) -> tuple[Array, Array]:
    """Length of each segment [m], and the mean along it of one value per station."""
    length = np.asarray(np.bincount(stations.segment, stations.length), dtype=float)
    return length, np.bincount(stations.segment, stations.length * values) / length


class CoolantMarch:
    """The linear map from wall temperatures to coolant temperatures.

    All temperatures are rises above one reference, the inlet's unless said. Heights count from
    the top down, `n` of them; `m` is the number of cells across the channels. One set of
    coefficients serves all of these; where lanes of channels have their own, an axis of lanes
    stands before that of the heights, in the coefficients and in all temperatures (see
    ``lateral_groups``).

    Parameters
    ----------
    pieces : Pieces
    wall : array, shape (P, n)
        Conductance from the fins to the coolant at each height [W/K], per lateral cell.
    lid, base : array, shape (P,)
        Conductance from the solid above to the topmost coolant, and below to the lowest [W/K].
    between : array, shape (P, n - 1)
        Conductance through the coolant between neighbouring heights [W/K].
    capacity_rate : array, shape (P, n)
        Flow times heat capacity at each height [W/K], per lateral cell.
    storage : array, shape (P, n), optional
        Over a time step: conductance from what each piece held before to its outlet temperature
        [W/K], per lateral cell. Heat from there is the ``source`` of ``temperatures``. Storage
        counts at the outlet: then no temperature leaves the range of walls, inlet and past, at
        the price of first order in the cell length while the coolant is not steady.
    """

    def __init__(
        self,
        pieces: Pieces,
        wall: Array,
        lid: Array,
        base: Array,
        between: Array,
        capacity_rate: Array,
        storage: Array | None = None,
    ) -> None:
        self.pieces = pieces
        self.capacity_rate = capacity_rate
        kept = np.zeros_like(capacity_rate) if storage is None else storage
        n = wall.shape[-1]
        gain = wall.copy()
        gain[..., 0] += lid
        gain[..., -1] += base
        gain[..., 1:] += between
        gain[..., :-1] += between
        self.theta = fitted_mean(gain / capacity_rate)
        matrix = np.zeros((*gain.shape, n))
        level = np.arange(n)
        matrix[..., level, level] = gain
        matrix[..., level[1:], level[:-1]] = -between
        matrix[..., level[:-1], level[1:]] = -between
        self.exchange = matrix.copy()
        carried = (capacity_rate + kept) / self.theta
        matrix[..., level, level] += carried
        inverse = np.linalg.inv(matrix)
        self.wall, self.lid, self.base = wall, lid, base
        self.inverse = inverse
        self.from_inlet = inverse * (carried - kept)[..., None, :]
        self.theta_inverse = (1 / self.theta)[..., None]
        self.step = self.from_inlet * self.theta_inverse
        self.step[..., level, level] += 1 - 1 / self.theta

    @property
    def rate_by_cell(self) -> Array:
        """Flow times heat capacity [W/K], (P, n, 1); the last axis stands for all cells across."""
        return self.capacity_rate[:, :, None]

    def in_precision(self, dtype: Any) -> CoolantMarch:
        """The same march in another floating-point precision."""
        other = copy.copy(self)
        for name in ("wall", "lid", "base", "inverse", "from_inlet", "step", "theta_inverse"):
            setattr(other, name, getattr(self, name).astype(dtype))
        return other

    def temperatures(
        self,
        fins: Field,
        lid: Field | None,
        base: Field | None,
        source: Field | None = None,
        inlet_rise: float = 0.0,
    ) -> tuple[Field, Field]:
        """Mean coolant temperature of each piece, and at each piece's inlet.

        Parameters
        ----------
        fins : array, shape (cells, n, m)
            Fin temperatures.
        lid, base : array, shape (cells, m), or None
            Temperatures of the solids above and below.
        source : array, shape (P, n, m), optional
            Heat put into the coolant itself [W], as from what it held before.
        inlet_rise : float
            By how much the coolant comes warmer than the temperatures count from [K].

        Returns
        -------
        (mean, inlet) : arrays, shape (P, n, m)
        """
        pieces = self.pieces
        drive = self._drive(fins, lid, base)
        if source is not None:
            drive += source
        mean = np.matmul(self.inverse, drive)
        gained = self.theta_inverse * mean
        inlet = np.empty_like(mean)
        goes_on = np.append(False, np.diff(pieces.segment) == 0)
        for p, same_segment in enumerate(goes_on):
            if same_segment:
                np.matmul(self.step[p - 1], inlet[p - 1], out=inlet[p])
                inlet[p] += gained[p - 1]
            else:
                inlet[p] = inlet_rise
        mean += np.matmul(self.from_inlet, inlet)
        return mean, inlet

    def transposed(
        self, fins: Field, lid: Field | None, base: Field | None, source: Field | None = None
    ) -> tuple[Field, Field]:
        """What stands for the mean temperatures in the transposed of ``heat_taken``.

        And what a kelvin at each piece's inlet is worth. Heat given to the walls at a station is
        felt upstream of it: the recursion runs against the flow. Shapes as for ``temperatures``;
        ``source`` is a weight of the mean temperatures themselves, shape (P, n, m).
        """
        drive = self._drive(fins, lid, base)
        if source is not None:
            drive += source
        felt = np.matmul(np.swapaxes(self.from_inlet, -1, -2), drive)
        goes_on = np.append(np.diff(self.pieces.segment) == 0, False)
        for p in range(len(drive) - 2, -1, -1):
            if goes_on[p]:
                felt[p] += np.matmul(np.swapaxes(self.step[p], -1, -2), felt[p + 1])
                drive[p] += self.theta_inverse[p] * felt[p + 1]
        return np.asarray(np.matmul(self.inverse, drive)), felt

    def _drive(self, fins: Field, lid: Field | None, base: Field | None) -> Field:
        """Heat that the walls would give to coolant at zero [W], shape (P, n, m)."""
        cell = self.pieces.cell
        drive = self.wall[..., None] * fins[cell]
        if lid is not None:
            drive[..., 0, :] += self.lid[..., None] * lid[cell]
        if base is not None:
            drive[..., -1, :] += self.base[..., None] * base[cell]
        return drive

    def from_outlets(self, outlet: Field, inlet_rise: float = 0.0) -> tuple[Field, Field]:
        """Mean temperature of each piece and at its inlet when those at the outlets are given."""
        inlet = np.full_like(outlet, inlet_rise)
        goes_on = np.flatnonzero(np.diff(self.pieces.segment) == 0)
        inlet[goes_on + 1] = outlet[goes_on]
        return inlet + (outlet - inlet) * self.theta[..., None], inlet

    def heat_kept(
        self,
        fins: Field,
        lid: Field | None,
        base: Field | None,
        outlet: Field,
        inlet_rise: float = 0.0,
    ) -> Field:
        """Heat that stays in the coolant of each piece [W] when the outlets are given."""
        mean, inlet = self.from_outlets(outlet, inlet_rise)
        carried = self.capacity_rate[..., None] * (outlet - inlet)
        return self._drive(fins, lid, base) - np.matmul(self.exchange, mean) - carried

    def outlet(self, mean: Field, inlet: Field) -> Field:
        """Coolant temperature at the end of each piece, shape (P, n, m)."""
        return inlet + (mean - inlet) * self.theta_inverse

    def heat_taken(
        self, fins: Field, lid: Field | None, base: Field | None, mean: Field | None = None
    ) -> tuple[Field, Field, Field]:
        """Heat that the coolant takes from each cell of the fins, the lid and the base [W].

        ``mean`` is the coolant's temperature if known, as from ``temperatures`` with a source.

        Returns
        -------
        (from_fins, from_lid, from_base) : shapes (cells, n, m), (cells, m), (cells, m)
        """
        pieces = self.pieces
        if mean is None:
            mean, _ = self.temperatures(fins, lid, base)
        top, bottom = mean[..., 0, :], mean[..., -1, :]
        taken = [np.zeros_like(fins), *(np.zeros_like(fins[..., 0, :]) for _ in range(2))]
        add_by_cell(taken[0], pieces, self.wall[..., None] * (fins[pieces.cell] - mean))
        if lid is not None:
            add_by_cell(taken[1], pieces, self.lid[..., None] * (lid[pieces.cell] - top))
        if base is not None:
            add_by_cell(taken[2], pieces, self.base[..., None] * (base[pieces.cell] - bottom))
        return taken[0], taken[1], taken[2]


def add_by_cell(total: Field, pieces: Pieces, values: Field) -> None:
    """Add each piece's values to its cell; a cell cut by the end of a segment holds two pieces."""
    for segment in range(pieces.segment[-1] + 1):
        own = pieces.segment == segment
        total[pieces.cell[own]] += values[own]


def fitted_mean(transfer_units: Array) -> Array:
    """Weight of the outlet in a cell's mean temperature, ``1/(1 - exp(-N)) - 1/N``.

    Exact for a constant wall temperature; 1/2 for a short cell, 1 for a long one.
    """
    n = np.maximum(transfer_units, 1e-12)
    with np.errstate(over="ignore"):
        exact = -1 / np.expm1(-n) - 1 / n
    # the difference of two large numbers loses its digits when N is small
    series = 0.5 + n / 12 - n**3 / 720
    return np.where(n < 1e-2, series, exact)


def fitted_mean_slope(transfer_units: Array) -> Array:
    """Derivative of ``fitted_mean`` with the transfer units."""
    n = np.maximum(transfer_units, 1e-12)
    fall = np.exp(-n)
    with np.errstate(divide="ignore", invalid="ignore"):
        exact = 1 / n**2 - fall / np.expm1(-n) ** 2
    series = 1 / 12 - n**2 / 240 + n**4 / 6048
    return np.where(n < 1e-1, series, exact)
