"""What a SPICE netlist says: resistors, sources, capacitors and inductors as arrays.

Node 0 is ground. The arrays of a kind have one value per card, in the order of the file.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .waveforms import Waveforms

FloatArray = NDArray[np.float64]
Numbers = NDArray[np.int32]


class NetlistError(ValueError):
    """A netlist that cannot be read or has no solution; the message says where and why."""


@dataclass(frozen=True)
class Cards:
    """All cards of one kind.

    Attributes
    ----------
    first, second : int array (cards,)
        Numbers of the nodes. A source's current flows from the first through it to the second.
    value : array (cards,)
        [ohm, V, A, F or H]; a source's value at the operating point.
    position : int array (cards,)
        Lines read before the card, see ``Places``.
    """

    first: Numbers
    second: Numbers
    value: FloatArray
    position: NDArray[np.uint32]

    def __len__(self) -> int:
        return len(self.value)

    def where(self, chosen: NDArray[np.bool_]) -> Cards:
        """Some of the cards."""
        return Cards(
            self.first[chosen], self.second[chosen], self.value[chosen], self.position[chosen]
        )


@dataclass
class Places:
    """From the count of lines read to the file and line, through included files."""

    positions: list[int] = field(default_factory=list)
    files: list[tuple[str, int]] = field(default_factory=list)

    def begin(self, position: int, file: str, line: int) -> None:
        """From this position on lines come from ``file``, beginning with ``line``."""
        self.positions.append(position)
        self.files.append((file, line))

    def name(self, position: int) -> str:
        """FILE:LINE of a position."""
        k = bisect_right(self.positions, position) - 1
        file, line = self.files[k]
        return f"{file}:{line + int(position) - self.positions[k]}"


@dataclass(frozen=True)
class TransientCard:
    """``.tran``: step, end and start of what is written, and longest step [s]."""

    step: float
    stop: float
    start: float
    longest: float


@dataclass(frozen=True)
class Netlist:
    """A netlist that was read.

    Attributes
    ----------
    title : str
        First line of the file.
    nodes : list of str
        Names by number, in lower case; the first is ground.
    resistors, voltages, currents, capacitors, inductors : Cards
    voltage_waves, current_waves : Waveforms
        Of the sources that vary in time.
    transient : TransientCard or None
    wants_operating_point : bool
        Whether the file asks for ``.op``.
    printed : list of int
        Nodes that ``.print`` names.
    lines : int
        Read.
    notes : list of str
        What was passed over.
    places : Places
    """

    title: str
    nodes: list[str]
    resistors: Cards
    voltages: Cards
    currents: Cards
    capacitors: Cards
    inductors: Cards
    voltage_waves: Waveforms
    current_waves: Waveforms
    transient: TransientCard | None
    wants_operating_point: bool
    printed: list[int]
    lines: int
    notes: list[str]
    places: Places = field(repr=False)

    @property
    def elements(self) -> int:
        """Cards of all kinds."""
        return sum(map(len, (self.resistors, self.voltages, self.currents, self.capacitors,
                             self.inductors)))  # fmt: skip
