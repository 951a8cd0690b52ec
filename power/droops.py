"""The droops of a load step: which loop of the network each comes from, how deep and when."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import cumulative_trapezoid

from .loops import Loop

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Record:
    """Voltages of all blocks as they were followed.

    Parameters
    ----------
    time : array (samples,)
        Rising [s].
    voltage : array (samples, blocks)
        [V].
    """

    time: FloatArray
    voltage: FloatArray

    def smoothed(self, width: float) -> FloatArray:
        """Running means over ``width`` [s] about each sample, shape (samples, blocks)."""
        if width <= 0:
            return self.voltage
        area = cumulative_trapezoid(self.voltage, self.time, axis=0, initial=0.0)

        def up_to(moment: FloatArray) -> FloatArray:
            # before the start and after the end the voltage holds
            at = np.clip(np.searchsorted(self.time, moment) - 1, 0, len(self.time) - 2)
            near, far = self.voltage[at], self.voltage[at + 1]
            inside = np.clip(moment, self.time[0], self.time[-1]) - self.time[at]
            part = (inside / (self.time[at + 1] - self.time[at]))[:, None]
            found = area[at] + inside[:, None] * (near + part / 2 * (far - near))
            before = np.minimum(moment - self.time[0], 0)[:, None] * self.voltage[0]
            after = np.maximum(moment - self.time[-1], 0)[:, None] * self.voltage[-1]
            return np.asarray(found + before + after)

        return (up_to(self.time + width / 2) - up_to(self.time - width / 2)) / width


class Droop(NamedTuple):
    """What one loop makes of a step."""

    loop: Loop
    block: int
    time: float
    """[s]."""
    voltage: float
    """[V]; with what faster loops ring taken out."""
    depth: float
    """Below the voltage before the step [V]; above it where the load falls."""
    below_end: float
    """Below the voltage at the end of the run [V]; above it where the load falls."""


class Change(NamedTuple):
    """When the blocks change."""

    start: FloatArray
    """Of each block [s], shape (blocks,); infinite for one that stays as it is."""
    ramp: float
    """How long each takes [s]."""
    falls: bool
    """Whether the load falls."""

    @property
    def duration(self) -> float:
        """From the first block's start to the last one's end [s]."""
        some = self.start[np.isfinite(self.start)]
        return float(np.ptp(some)) + self.ramp


def named_droops(
    record: Record, change: Change, found: list[Loop], tolerance: float
) -> dict[str, Droop | None]:
    """The droop of each loop by the loop's name; None where it makes none of its own.

    A quarter of its period after its start a loop is at its deepest. The time after a block's
    change is divided between loops at the geometric means of their quarters, and in each part the
    deepest minimum is looked for, in running means over a period of the loop before, which take its
    ringing out. A change that takes longer than a loop's period does not excite it: for the first,
    which each block has of its own, that is the block's ramp, for the others the whole change.

    Parameters
    ----------
    record : Record
    change : Change
    found : list of Loop
        From the die outwards.
    tolerance : float
        Droops that rise by less than this after their minimum are none [V].
    """
    sign = -1.0 if change.falls else 1.0
    droops: dict[str, Droop | None] = {}
    starts = np.array(change.start, dtype=float)
    starts[~np.isfinite(starts)] = np.min(starts)
    begin = starts
    width = 0.0
    for i, loop in enumerate(found):
        period = 1 / loop.frequency
        lasts = change.ramp if i == 0 else change.duration
        if lasts > period:
            droops[loop.name] = None
            width = max(width, period)
            continue
        end = np.full_like(starts, np.inf)
        if i + 1 < len(found):
            wait = math.sqrt(period / found[i + 1].frequency) / 4
            end = starts + change.ramp + wait if i == 0 else starts + change.duration + wait
        minima = Record(record.time, sign * record.smoothed(width))
        droops[loop.name] = _deepest(record, minima, sign, loop, begin, end, tolerance)
        begin, width = end, max(width, period)
    return droops


def _deepest(
    record: Record,
    smooth: Record,
    sign: float,
    loop: Loop,
    begin: FloatArray,
    end: FloatArray,
    tolerance: float,
) -> Droop | None:
    """The lowest minimum inside each block's part of the time, over all blocks."""
    time = record.time[:, None]
    inside = (time >= begin) & (time <= end)
    inside &= inside.any(axis=0)
    values = np.where(inside, smooth.voltage, np.inf)
    before, after = sign * record.voltage[0], sign * record.voltage[-1]
    depth = before - values.min(axis=0)
    for block in np.argsort(-depth).tolist():
        at = int(np.argmin(values[:, block]))
        samples = np.flatnonzero(inside[:, block])
        if not np.isfinite(depth[block]) or samples.size < 3:
            continue
        first, last = samples[0], samples[-1]
        rises = min(smooth.voltage[first, block], smooth.voltage[last, block])
        if at in (first, last) or rises - values[at, block] < tolerance:
            continue
        moment, lowest = _vertex(smooth, at, block)
        return Droop(
            loop,
            block,
            moment,
            sign * lowest,
            float(before[block] - lowest),
            float(after[block] - lowest),
        )
    return None


def deepest(record: Record, block: int) -> tuple[float, float]:
    """Time [s] and value [V] of a block's lowest voltage, between the samples where it lies there.

    Examples
    --------
    >>> time = np.array([0.0, 1.0, 2.5, 3.0])
    >>> deepest(Record(time, ((time - 1.75) ** 2)[:, None]), 0)
    (1.75, 0.0)
    """
    at = int(np.argmin(record.voltage[:, block]))
    if at in (0, len(record.time) - 1):
        return float(record.time[at]), float(record.voltage[at, block])
    return _vertex(record, at, block)


def _vertex(record: Record, at: int, block: int) -> tuple[float, float]:
    """Time and value at the bottom of the parabola through a lowest sample and its neighbours."""
    time = record.time[at - 1 : at + 2] - record.time[at]
    values = record.voltage[at - 1 : at + 2, block]
    left = (values[0] - values[1]) / time[0]
    right = (values[2] - values[1]) / time[2]
    bend = (right - left) / (time[2] - time[0])
    slope = left - bend * time[0]
    if not bend > 0:
        return float(record.time[at]), float(values[1])
    shift = float(np.clip(-slope / (2 * bend), time[0], time[2]))
    return float(record.time[at]) + shift, float(values[1] + shift * (slope + bend * shift))
