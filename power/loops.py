"""The loops of inductance and capacitance between the circuits and the bricks, by their elements.

From the die outwards every capacitance hands its load on to the next through the inductance in
between, and rings with it. Seen with all blocks alike, so that the plane carries nothing.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import NamedTuple

from .dynamics import Dynamics

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")


class Loop(NamedTuple):
    """One inductance between two capacitances."""

    name: str
    """``"first"``, ``"second"`` and so on, from the die outwards."""
    parts: str
    """What it is made of."""
    inductance: float
    """[H]."""
    capacitance: float
    """Of the two sides in series [F]."""

    @property
    def frequency(self) -> float:
        """``1 / (2 pi sqrt(L C))`` [Hz]."""
        return 1 / (2 * math.pi * math.sqrt(self.inductance * self.capacitance))


def loops(dynamics: Dynamics, load_line: float) -> list[Loop]:
    """Loops from the die outwards, those without inductance left out.

    Near a loop's frequency, what is nearer to the die counts as capacitances in parallel, and the
    next bank or brick as its inductance with its capacitance; a brick's is without end.

    Parameters
    ----------
    dynamics : Dynamics
    load_line : float
        Of a brick [ohm].

    Examples
    --------
    >>> parts = Dynamics(control_bandwidth="20 kHz", plane_sheet_inductance=0.0,
    ...     contact_inductance="5 pH", die_capacitance="5.5 uF", die_resistance=0.0)
    >>> [(loop.name, round(loop.frequency / 1e6, 5)) for loop in loops(parts, 0.0)]
    [('first', 30.34966)]
    """
    banks = sorted(dynamics.capacitors.items(), key=lambda item: item[1].inductance)
    stages = [("the contact", dynamics.contact_inductance, dynamics.die_capacitance)]
    stages += [(name, bank.inductance, bank.capacitance) for name, bank in banks]
    stages.append(("the bricks", dynamics.brick_inductance(load_line), math.inf))
    found: list[Loop] = []
    near = 0.0
    for i, (inner, outer) in enumerate(pairwise(stages)):
        near += inner[2]
        inductance = inner[1] + outer[1]
        if inductance > 0:
            through = " and ".join(name for name, henry, _ in (inner, outer) if henry > 0)
            parts = f"capacitance of {inner[0] if i else 'the die'}, inductance of {through}"
            capacitance = 1 / (1 / near + 1 / outer[2])
            ordinal = ORDINALS[min(i, len(ORDINALS) - 1)]
            found.append(Loop(ordinal, parts, inductance, capacitance))
    return found
