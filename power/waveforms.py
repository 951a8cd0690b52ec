"""Sources that vary in time: PULSE and PWL, evaluated all at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Waveforms:
    """Waveforms of some of the sources of a kind.

    Attributes
    ----------
    pulse_source : int array (pulses,)
        Number of the source that each pulse belongs to.
    pulses : array (pulses, 7)
        Low and high value, delay, rise, fall, width and period [V or A, s].
    line_source : int array (lines,)
        Number of the source that each piecewise-linear waveform belongs to.
    starts : int array (lines,)
        Where its points begin among all.
    times, values : array (points,)
        Points of all piecewise-linear waveforms [s, V or A].
    """

    pulse_source: Numbers
    pulses: FloatArray
    line_source: Numbers
    starts: Numbers
    times: FloatArray
    values: FloatArray

    def __len__(self) -> int:
        return len(self.pulse_source) + len(self.line_source)

    def at(self, time: float, constant: FloatArray) -> FloatArray:
        """Values of all sources of the kind at a time [s]; ``constant`` of those that do not vary.

        Examples
        --------
        >>> wave = pulse_and_lines([(0, (0.0, 2.0, 1.0, 1.0, 1.0, 3.0, 10.0))], [])
        >>> [float(wave.at(t, np.zeros(1))[0]) for t in (0.5, 1.5, 3.0, 5.5, 9.0, 11.5)]
        [0.0, 1.0, 2.0, 1.0, 0.0, 1.0]
        """
        found = constant.copy()
        low, high, delay, rise, fall, width, period = self.pulses.T
        since = np.where(time < delay, 0.0, (time - delay) % period)
        up = np.clip(since / rise, 0, 1)
        down = np.clip((since - rise - width) / fall, 0, 1)
        found[self.pulse_source] = low + (high - low) * (up - down)
        if len(self.starts):
            found[self.line_source] = self._lines_at(time)
        return found

    def _lines_at(self, time: float) -> FloatArray:
        """Held before the first and after the last point."""
        passed = np.add.reduceat((self.times <= time).astype(np.int64), self.starts)
        count = np.diff(self.starts, append=len(self.times))
        left = self.starts + np.clip(passed - 1, 0, count - 1)
        right = self.starts + np.clip(passed, 0, count - 1)
        span = self.times[right] - self.times[left]
        part = np.divide(time - self.times[left], span, out=np.zeros(len(span)), where=span > 0)
        return self.values[left] + part * (self.values[right] - self.values[left])

    def corners(self, until: float) -> FloatArray:
        """Times after 0 and before ``until`` where a waveform has a corner [s], ascending."""
        found = [self.times]
        for delay, rise, fall, width, period in np.unique(self.pulses[:, 2:], axis=0):
            starts = delay + period * np.arange(max(0.0, np.ceil((until - delay) / period)))
            found.append(np.add.outer([0, rise, rise + width, rise + width + fall], starts).ravel())
        corners = np.unique(np.concatenate(found))
        return corners[(corners > 0) & (corners < until)]


Pulse = tuple[float, float, float, float, float, float, float]


def pulse_and_lines(
    pulses: list[tuple[int, Pulse]], lines: list[tuple[int, FloatArray]]
) -> Waveforms:
    """Waveforms by the number of their source; a line as (points, 2) of time and value."""
    points = np.concatenate([p for _, p in lines]) if lines else np.empty((0, 2))
    counts = [len(p) for _, p in lines]
    return Waveforms(
        pulse_source=np.array([k for k, _ in pulses], dtype=np.int64),
        pulses=np.array([p for _, p in pulses], dtype=float).reshape(-1, 7),
        line_source=np.array([k for k, _ in lines], dtype=np.int64),
        starts=np.cumsum([0, *counts], dtype=np.int64)[:-1],
        times=points[:, 0].copy(),
        values=points[:, 1].copy(),
    )
