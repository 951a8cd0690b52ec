"""What the low-voltage side stores: inductances and capacitances from bricks to circuits."""

from __future__ import annotations

import math
from dataclasses import field

from pydantic.dataclasses import dataclass

from geometry.units import STRICT, Capacitance, Frequency, Inductance, Resistance


@dataclass(frozen=True, config=STRICT, kw_only=True)
class CapacitorBank:
    """Equal capacitors in parallel at each brick's output, mounting included."""

    capacitance: Capacitance
    """Of all of a brick's [F]."""
    resistance: Resistance
    """Their ESR in parallel [ohm]."""
    inductance: Inductance
    """Their ESL and mounting in parallel [H]."""


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Dynamics:
    """Inductances and capacitances of the low-voltage network; loops, supply and return together.

    A brick is its load line behind an inductance: the linear regulator of Smith et al., IEEE Trans.
    Adv. Packag. 22 (1999) 284, whose inductance stands for the control that is slower than the
    load.
    """

    control_bandwidth: Frequency
    """At which a brick's output has left its load line by 3 dB [Hz]."""
    plane_sheet_inductance: Inductance
    """Loop of the low-voltage plane, of a square of it [H/sq]."""
    contact_inductance: Inductance
    """From the plane to the circuits of one block, all its contacts in parallel [H]."""
    die_capacitance: Capacitance
    """Decoupling of one block on the wafer [F]."""
    die_resistance: Resistance
    """In series with it [ohm]."""
    capacitors: dict[str, CapacitorBank] = field(default_factory=dict)
    """Banks on the board, each at every brick's output."""

    def brick_inductance(self, load_line: float) -> float:
        """Inductance in series with a brick's load line [H].

        ``L = R / (2 pi f)``: the output impedance ``R + j w L`` is 3 dB above the load line R at
        the control's bandwidth f. Without a load line the brick is ideal.

        Examples
        --------
        >>> bare = Dynamics(control_bandwidth="20 kHz", plane_sheet_inductance=0.0,
        ...     contact_inductance="5 pH", die_capacitance="5.5 uF", die_resistance=0.0)
        >>> round(bare.brick_inductance(0.1e-3) * 1e12, 1)   # pH
        795.8
        """
        return load_line / (2 * math.pi * self.control_bandwidth)
