"""Boards: the 50 V feeder along a line of bricks, and the plane that joins their outputs."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic.dataclasses import dataclass

from geometry.units import STRICT, Resistance, SheetResistance

FloatArray = NDArray[np.float64]
FedFrom = Literal["one end", "both ends"]

REFERENCE_TEMPERATURE = 293.15
"""Where copper resistances are given [K]."""
COPPER_PER_KELVIN = 0.0039
"""Rise of copper's resistance per kelvin, relative to 293.15 K."""


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Boards:
    """Equal boards, one behind each column of blocks, its bricks in a line along y.

    Copper is given at 293.15 K.
    """

    segment_resistance: Resistance
    """50 V feeder, loop, between two neighbouring bricks and from a feed point to a brick [ohm]."""
    fed_from: FedFrom
    """Whether the feed point is joined to the first brick, or to the first and the last."""
    plane_sheet_resistance: SheetResistance
    """Loop of the low-voltage plane across all boards [ohm/sq]; nought is a single node."""
    feed_resistance: Resistance = 0.0
    """From each bus to a board's feed point [ohm]; above nought for feed 'A/B'."""


def copper_factor(temperature: FloatArray) -> FloatArray:
    """Resistance of copper at a temperature [K] over that at 293.15 K.

    ``1 + 0.0039 (T - 293.15)``, the temperature coefficient of annealed copper at 20 degC
    (IEC 60028 gives 0.00393).
    """
    return 1 + COPPER_PER_KELVIN * (temperature - REFERENCE_TEMPERATURE)


def feeder_segments(
    resistance: float, brick_temperature: FloatArray, fed_from: FedFrom
) -> FloatArray:
    """Resistance of each feeder segment [ohm], in order from the feed point.

    Parameters
    ----------
    resistance : float
        Of one segment at 293.15 K [ohm].
    brick_temperature : array (boards, bricks)
        Board temperature at each brick [K]; a segment takes the mean of its two ends.
    fed_from : str
        ``"one end"`` or ``"both ends"``.

    Returns
    -------
    array (boards, bricks) or (boards, bricks + 1)
        The latter when fed from both ends.
    """
    first, last = brick_temperature[:, :1], brick_temperature[:, -1:]
    between = (brick_temperature[:, 1:] + brick_temperature[:, :-1]) / 2
    parts = [first, between] + ([last] if fed_from == "both ends" else [])
    return resistance * copper_factor(np.concatenate(parts, axis=1))


def feeder_resistances(segments: FloatArray, fed_from: FedFrom) -> FloatArray:
    """Transfer resistances from the current of brick j to the drop at brick i [ohm].

    With S_i the resistance from the feed point to brick i: ``R_ij = min(S_i, S_j)`` when fed from
    one end, and ``min(S_i, S_j) - S_i S_j / S_total`` when both ends are held (Kirchhoff).

    Parameters
    ----------
    segments : array (boards, segments)
        From ``feeder_segments`` [ohm].
    fed_from : str
        ``"one end"`` or ``"both ends"``.

    Returns
    -------
    array (boards, bricks, bricks)

    Examples
    --------
    Three bricks of 6 A, 1 mohm segments, held at both ends, drops in mV:

    >>> r = feeder_resistances(np.full((1, 4), 1e-3), "both ends")
    >>> (r[0] @ np.full(3, 6.0) * 1e3).round(9).tolist()
    [9.0, 12.0, 9.0]
    """
    sums = np.cumsum(segments, axis=1)
    total = sums[:, -1, None, None]
    if fed_from == "both ends":
        sums = sums[:, :-1]
    resistances = np.minimum(sums[:, :, None], sums[:, None, :])
    if fed_from == "both ends":
        resistances -= sums[:, :, None] * sums[:, None, :] / np.where(total > 0, total, 1.0)
    return resistances


def feeder_losses(segments: FloatArray, current: FloatArray, fed_from: FedFrom) -> FloatArray:
    """Loss of the feeder, given to the brick that each segment leads to [W].

    Parameters
    ----------
    segments : array (boards, segments)
        From ``feeder_segments`` [ohm].
    current : array (boards, bricks)
        Input current of each brick [A].
    fed_from : str
        ``"one end"`` or ``"both ends"``; the last segment of the latter goes to the last brick.

    Returns
    -------
    array (boards, bricks)
    """
    taken = np.cumsum(current, axis=1)
    entering = taken[:, -1:]
    if fed_from == "both ends":
        sums = np.cumsum(segments, axis=1)
        total = sums[:, -1:]
        share = np.where(total > 0, 1 - sums[:, :-1] / np.where(total > 0, total, 1.0), 0.5)
        entering = np.sum(share * current, axis=1, keepdims=True)
    through = np.concatenate([entering, entering - taken], axis=1)[:, : segments.shape[1]]
    losses = segments * through**2
    if fed_from == "both ends":
        losses[:, -2] += losses[:, -1]
        losses = losses[:, :-1]
    return losses


def plane_links(
    sheet_resistance: FloatArray, columns: int, rows: int, block_width: float, block_height: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], FloatArray]:
    """Links of the low-voltage plane between neighbouring bricks.

    A link is half of each of its two blocks in series: ``dx/dy`` squares in x, ``dy/dx`` in y.

    Parameters
    ----------
    sheet_resistance : array (blocks,)
        Of the plane at each block [ohm/sq], above nought.
    columns, rows : int
        Blocks in x and y.
    block_width, block_height : float
        Of one block [m].

    Returns
    -------
    first, second : int arrays (links,)
        The blocks that each link joins.
    conductance : array (links,)
        [S].
    """
    block = np.arange(columns * rows).reshape(rows, columns)
    first = np.concatenate([block[:, :-1].ravel(), block[:-1].ravel()])
    second = np.concatenate([block[:, 1:].ravel(), block[1:].ravel()])
    squares = np.concatenate(
        [
            np.full(rows * (columns - 1), block_width / block_height),
            np.full((rows - 1) * columns, block_height / block_width),
        ]
    )
    return first, second, 2 / (squares * (sheet_resistance[first] + sheet_resistance[second]))
