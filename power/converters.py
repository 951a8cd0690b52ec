"""Power bricks: 50 V to 12.5 V by a fixed ratio, then regulated down to the wafer's voltage."""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from pydantic.dataclasses import dataclass

from geometry.units import STRICT, Power, Resistance, Voltage, VoltageDrop, VoltageOffset

FloatArray = NDArray[np.float64]


class StageInput(NamedTuple):
    """What the fixed-ratio stage draws, and how that changes."""

    intermediate_current: FloatArray
    """At its output [A]."""
    current: FloatArray
    """At its input [A]."""
    current_per_volt: FloatArray
    """Derivative with the input voltage [A/V]."""
    current_per_watt: FloatArray
    """Derivative with the power that its output gives [A/W]."""


@dataclass(frozen=True, config=STRICT, kw_only=True)
class FixedRatioStage:
    """An unregulated converter: a DC transformer with an output resistance."""

    ratio: Annotated[float, Field(gt=0)]
    """Output voltage over input voltage without load, as 0.25."""
    fixed_loss: Power
    """Loss without load [W], drawn at the input."""
    output_resistance: Resistance
    """Loss per output current squared [ohm]."""

    def input(self, input_voltage: FloatArray, output_power: FloatArray) -> StageInput:
        """Currents that give ``output_power`` [W], on the branch of the lower current.

        The output current I solves ``R I^2 - E I + P = 0`` with E = ratio x input voltage, so
        ``I = 2 P / (E + s)`` with ``s = sqrt(E^2 - 4 R P)``; from there ``dI/dP = 1/s`` and
        ``dI/dE = -I/s``. Where P is more than ``E^2 / (4 R)``,
        the most that the output can give, the result is NaN.
        """
        e = self.ratio * input_voltage
        under_root = e**2 - 4 * self.output_resistance * output_power
        s = np.sqrt(np.where(under_root > 0, under_root, np.nan))
        intermediate = 2 * output_power / (e + s)
        return StageInput(
            intermediate_current=intermediate,
            current=self.ratio * intermediate + self.fixed_loss / input_voltage,
            current_per_volt=-(self.ratio**2) * intermediate / s
            - self.fixed_loss / input_voltage**2,
            current_per_watt=self.ratio / s,
        )

    def loss(self, intermediate_current: FloatArray) -> FloatArray:
        """Dissipated power [W] at an output current [A]."""
        return self.fixed_loss + self.output_resistance * intermediate_current**2


@dataclass(frozen=True, config=STRICT, kw_only=True)
class RegulatedStage:
    """A regulator that holds its set-point, less a load line."""

    voltage: Voltage
    """Set-point without load [V]."""
    load_line: Resistance
    """Fall of the output per ampere [ohm]; control, which dissipates nothing."""
    fixed_loss: Power
    """Loss without load [W]."""
    linear_loss: VoltageDrop
    """Loss per ampere [V]."""
    quadratic_loss: Resistance
    """Loss per ampere squared [ohm]."""

    def loss(self, current: FloatArray) -> FloatArray:
        """Dissipated power [W] at an output current [A]; the same when the brick sinks it."""
        magnitude = np.abs(current)
        return self.fixed_loss + magnitude * (self.linear_loss + magnitude * self.quadratic_loss)

    def loss_per_ampere(self, current: FloatArray) -> FloatArray:
        """Derivative of the loss with the output current [V]."""
        sign = np.where(current < 0, -1.0, 1.0)
        return sign * self.linear_loss + 2 * self.quadratic_loss * current


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Bricks:
    """The bricks of the machine, one behind each block of the wafer, all alike."""

    fixed_ratio: FixedRatioStage
    """First stage, 50 V to 12.5 V."""
    regulated: RegulatedStage
    """Second stage, down to the wafer's voltage."""
    current_limit: Annotated[float, Field(gt=0)]
    """Output current that is warned of, in multiples of the mean nominal block current."""
    sense: Literal["brick", "wafer"] = "brick"
    """Where the regulator measures: at its own output, or at the mean of its block's loads."""
    set_point_offsets: tuple[VoltageOffset, ...] | None = None
    """Deviation of each brick from the set-point [V], block by block; none means all nought."""

    def set_points(self, blocks: int) -> FloatArray:
        """Set-point voltage of each brick [V].

        Raises
        ------
        ValueError
            When there are offsets, but not one for each block, or one that leaves no voltage.
        """
        offsets = np.array(self.set_point_offsets or np.zeros(blocks))
        if offsets.size != blocks:
            raise ValueError(
                f"bricks.set_point_offsets: found {offsets.size} values; "
                f"one for each of the {blocks} blocks is meant"
            )
        if np.any(offsets <= -self.regulated.voltage):
            raise ValueError(
                f"bricks.set_point_offsets: found {offsets.min():g} V; "
                f"more than -{self.regulated.voltage:g} V, the set-point, is meant"
            )
        return self.regulated.voltage + offsets
