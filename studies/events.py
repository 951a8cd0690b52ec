"""What changes in time: power traces, power steps and the coast-down of the pump."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from thermal.loop_heat import LoopHeat

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Trace:
    """A factor on a value of the case, by rows; the first and the last hold beyond the ends.

    Parameters
    ----------
    times : array
        Rising [s].
    factors : array
        0 or more.
    held : bool
        Each row holds until the next; else straight lines join them.

    Examples
    --------
    >>> Trace(np.array([0.0, 2.0]), np.array([1.0, 3.0])).at(0.5)
    1.5
    >>> Trace(np.array([0.0, 2.0]), np.array([1.0, 3.0]), held=True).at(0.5)
    1.0
    """

    times: Array
    factors: Array
    held: bool = False

    def at(self, time: float) -> float:
        """Factor at a time [s]."""
        if not self.held:
            return float(np.interp(time, self.times, self.factors))
        row = int(np.searchsorted(self.times, time, side="right")) - 1
        return float(self.factors[max(row, 0)])

    @property
    def corners(self) -> tuple[float, ...]:
        """Times at which it jumps or bends [s]."""
        return tuple(self.times.tolist())


@dataclass(frozen=True)
class CoastDown:
    """Flow of pumps of which some or all lose their drive at time 0.

    It falls as ``left + (1 - left) exp(-t / time_constant)``.

    Parameters
    ----------
    time_constant : float
        [s], above 0.
    left : float
        Factor on the flow at the end, of the pumps that go on.
    """

    time_constant: float
    left: float = 0.0

    def at(self, time: float) -> float:
        """Factor at a time [s]."""
        lost = 1 - self.left
        return self.left + lost * math.exp(-max(time, 0.0) / self.time_constant)

    @property
    def corners(self) -> tuple[float, ...]:
        """Times at which it jumps or bends [s]."""
        return (0.0,)


@dataclass(frozen=True)
class Scenario:
    """What happens to a case in time.

    Parameters
    ----------
    until : float
        End [s].
    power : Trace, optional
        Factor on the power of the case; 1 if left out.
    flow : Trace or CoastDown, optional
        Factor on every flow of the coolant; 1 if left out.
    start : {"steady", "inlet"}
        From the steady state of the case, or from all at the inlet's temperature.
    tolerance : float
        Of a step's error [K].
    longest_step : float, optional
        [s]; a fortieth of the whole if left out.
    loop : LoopHeat, optional
        What the loop and the facility's water hold, which the coolant's inlet then follows from; it
        stays that of the case if left out.

    Raises
    ------
    ValueError
        When a number is not above 0.
    """

    until: float
    power: Trace | None = None
    flow: Trace | CoastDown | None = None
    start: Literal["steady", "inlet"] = "steady"
    tolerance: float = 0.05
    longest_step: float | None = None
    loop: LoopHeat | None = None

    def __post_init__(self) -> None:
        """Refuse numbers that mean nothing."""
        for name, unit in (("until", "s"), ("tolerance", "K"), ("longest_step", "s")):
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and value > 0):
                raise ValueError(f"{name}: found {value:g} {unit}; above 0 {unit} is meant")
        if isinstance(self.flow, CoastDown) and not self.flow.time_constant > 0:
            found = self.flow.time_constant
            raise ValueError(f"pump trip: found {found:g} s; a time constant above 0 s is meant")

    @property
    def corners(self) -> list[float]:
        """Times at which conditions jump or bend [s]."""
        return sorted({t for part in (self.power, self.flow) if part for t in part.corners})


def power_step(factor: float) -> Trace:
    """Power of ``factor`` times the case's from time 0 on."""
    if not (math.isfinite(factor) and factor >= 0):
        raise ValueError(f"power step: found {factor:g}; a factor of 0 or more is meant")
    return Trace(np.zeros(1), np.array([factor]), held=True)


def read_trace(path: str | Path, columns: Mapping[str, float], held: bool = False) -> Trace:
    """A trace from a CSV file with the columns ``time_s`` and one of those given.

    Lines that begin with ``#`` are comments.

    Parameters
    ----------
    path : str or Path
    columns : mapping of str to float
        Names that the second column may have, each with what turns its numbers into factors.
    held : bool
        As of ``Trace``.

    Raises
    ------
    ValueError
        When the file cannot be read or a line is wrong; one line that names file and line.
    """
    path = Path(path)
    rows: list[tuple[float, float]] = []
    scale: float | None = None
    for number, cells in lines_of(path):
        place = f"{path}, line {number}"
        if scale is None:
            if len(cells) != 2 or cells[0] != "time_s" or cells[1] not in columns:
                names = " or ".join(f"'time_s,{name}'" for name in columns)
                raise ValueError(f"{place}: found '{','.join(cells)}'; {names} is meant")
            scale = columns[cells[1]]
            continue
        time, value = _numbers(cells, place)
        if rows and time <= rows[-1][0]:
            raise ValueError(f"{place}: found {time:g} s; a rising time is meant")
        rows.append((time, value * scale))
    if not rows:
        raise ValueError(f"{path}: found no rows; a header and one row or more are meant")
    table = np.array(rows)
    return Trace(table[:, 0], table[:, 1], held)


def lines_of(path: Path) -> list[tuple[int, list[str]]]:
    """Number and stripped cells of each line that is neither empty nor a comment."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not a text file"
        raise ValueError(f"{path}: cannot be read: {reason}") from None
    return [
        (number, [cell.strip() for cell in next(csv.reader([line]))])
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip() and not line.lstrip().startswith("#")
    ]


def _numbers(cells: list[str], place: str) -> tuple[float, float]:
    """Time and value of a row."""
    found = ",".join(cells)
    try:
        time, value = map(float, cells)
    except ValueError:
        raise ValueError(f"{place}: found '{found}'; a time and a number are meant") from None
    if not (math.isfinite(time) and math.isfinite(value) and value >= 0):
        raise ValueError(f"{place}: found '{found}'; a time and a number of 0 or more are meant")
    return time, value
