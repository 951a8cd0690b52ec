"""Power bricks: 50 V to the wafer's voltage in one or two stages, regulated or by a fixed ratio."""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from pydantic.dataclasses import dataclass

from geometry.units import (
    STRICT,
    Fraction,
    Power,
    Resistance,
    Voltage,
    VoltageDrop,
    VoltageOffset,
)

from .warming import Warming

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
    current_per_factor: FloatArray
    """Derivative with the factor on its losses [A]."""


@dataclass(frozen=True, config=STRICT, kw_only=True)
class FixedRatioStage:
    """An unregulated converter: a DC transformer with an output resistance."""

    ratio: Annotated[float, Field(gt=0)]
    """Output voltage over input voltage without load, as 0.25."""
    fixed_loss: Power
    """Loss without load [W], drawn at the input."""
    output_resistance: Resistance
    """Loss per output current squared [ohm]."""

    def input(
        self, input_voltage: FloatArray, output_power: FloatArray, factor: FloatArray | float = 1.0
    ) -> StageInput:
        """Currents that give ``output_power`` [W], on the branch of the lower current.

        The output current I solves ``R I^2 - E I + P = 0`` with E = ratio x input voltage, so
        ``I = 2 P / (E + s)`` with ``s = sqrt(E^2 - 4 R P)``; from there ``dI/dP = 1/s``,
        ``dI/dE = -I/s`` and ``dI/dR = I^2/s``. Where P is more than ``E^2 / (4 R)``,
        the most that the output can give, the result is NaN. ``factor`` multiplies both losses.
        """
        e, r = self.ratio * input_voltage, factor * self.output_resistance
        under_root = e**2 - 4 * r * output_power
        s = np.sqrt(np.where(under_root > 0, under_root, np.nan))
        intermediate = 2 * output_power / (e + s)
        return StageInput(
            intermediate_current=intermediate,
            current=self.ratio * intermediate + factor * self.fixed_loss / input_voltage,
            current_per_volt=-(self.ratio**2) * intermediate / s
            - factor * self.fixed_loss / input_voltage**2,
            current_per_watt=self.ratio / s,
            current_per_factor=self.ratio * self.output_resistance * intermediate**2 / s
            + self.fixed_loss / input_voltage,
        )

    def loss(self, current: FloatArray) -> FloatArray:
        """Dissipated power [W] at an output current [A]."""
        return self.fixed_loss + self.output_resistance * current**2


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
    """The bricks of the machine, one behind each block of the wafer, all alike.

    Two stages, ``first`` says which one; or one stage, when the other is left out.
    """

    fixed_ratio: FixedRatioStage | None = None
    """The stage that is a transformer."""
    regulated: RegulatedStage | None = None
    """The stage that holds a voltage."""
    first: Literal["fixed ratio", "regulated"] = "fixed ratio"
    """Which of two stages stands on the 50 V side."""
    current_limit: Annotated[float, Field(gt=0)]
    """Output current limit, in multiples of the mean nominal block current."""
    over_limit: Literal["warn", "constant current", "fold back", "trip"] = "warn"
    """What a brick at its limit does: nothing but be warned of; hold the limit; let the current
    fall with the voltage; shut off."""
    fold_back_to: Fraction = 0.5
    """Current into a short circuit, as a share of the limit, where bricks fold back."""
    lockout_voltage: Voltage | None = None
    """Input voltage below which a brick shuts off [V]."""
    sense: Literal["brick", "wafer"] = "brick"
    """Where the regulator measures: at its own output, or at the mean of its block's loads."""
    set_point_offsets: tuple[VoltageOffset, ...] | None = None
    """Deviation of each brick from the set-point [V], block by block; none means all nought."""
    set_point_tolerance: Fraction = 0.0
    """Deviations are drawn evenly from plus or minus this share of the set-point."""
    set_point_seed: Annotated[int, Field(ge=0)] = 0
    """Of the draw; the same seed draws the same deviations."""
    warming: Warming | None = None
    """How the losses of both stages follow the brick's temperature; not at all if left out."""

    def __post_init__(self) -> None:
        """Refuse bricks without a stage, and regulation without a regulator."""
        if self.fixed_ratio is None and self.regulated is None:
            raise ValueError("bricks: found no stage; 'fixed_ratio', 'regulated' or both are meant")
        both = self.fixed_ratio is not None and self.regulated is not None
        if self.first == "regulated" and not both:
            raise ValueError("bricks.first: found 'regulated' with one stage; two are meant")
        if self.sense == "wafer" and not self.regulated_last:
            raise ValueError(
                "bricks.sense: found 'wafer', but the last stage does not regulate; 'brick' is "
                "meant"
            )
        drawn, given = self.set_point_tolerance > 0, self.set_point_offsets is not None
        if drawn and given:
            raise ValueError(
                "bricks.set_point_tolerance: found with set_point_offsets; one of the two is meant"
            )
        if self.regulated is None and (drawn or given):
            key = "tolerance" if drawn else "offsets"
            raise ValueError(
                f"bricks.set_point_{key}: found, but no stage regulates; none is meant"
            )

    @property
    def regulated_last(self) -> bool:
        """Whether the stage at the wafer regulates."""
        return self.regulated is not None and self.first == "fixed ratio"

    @property
    def last_regulator(self) -> RegulatedStage:
        """The regulator that holds the wafer's voltage.

        Raises
        ------
        ValueError
            When the last stage does not regulate.
        """
        if not self.regulated_last or self.regulated is None:
            raise ValueError(
                "delivery.bricks.first: found bricks whose last stage does not regulate; one that "
                "does is meant here"
            )
        return self.regulated

    @property
    def is_stiff(self) -> bool:
        """Whether the output voltage does not fall with the output current at all."""
        if self.regulated_last:
            assert self.regulated is not None
            return self.regulated.load_line == 0
        assert self.fixed_ratio is not None
        line = self.regulated.load_line if self.regulated is not None else 0.0
        return line == 0 and self.fixed_ratio.output_resistance == 0

    def set_points(self, blocks: int) -> FloatArray:
        """Set-point of each brick's regulator [V].

        Raises
        ------
        ValueError
            When there are offsets, but not one for each block, or one that leaves no voltage.
        """
        assert self.regulated is not None
        voltage = self.regulated.voltage
        if self.set_point_tolerance:
            spread = voltage * self.set_point_tolerance
            offsets = np.random.default_rng(self.set_point_seed).uniform(-spread, spread, blocks)
        else:
            offsets = np.array(self.set_point_offsets or np.zeros(blocks))
        if offsets.size != blocks:
            raise ValueError(
                f"bricks.set_point_offsets: found {offsets.size} values; "
                f"one for each of the {blocks} blocks is meant"
            )
        if np.any(offsets <= -voltage):
            raise ValueError(
                f"bricks.set_point_offsets: found {offsets.min():g} V; "
                f"more than -{voltage:g} V, the set-point, is meant"
            )
        return voltage + offsets

    def no_load_voltages(self, blocks: int, supply_voltage: float) -> FloatArray:
        """Output voltage of each brick without load [V]: what a drop is counted from."""
        if self.regulated is None:
            assert self.fixed_ratio is not None
            return np.full(blocks, self.fixed_ratio.ratio * supply_voltage)
        points = self.set_points(blocks)
        if self.regulated_last or self.fixed_ratio is None:
            return points
        return self.fixed_ratio.ratio * points
