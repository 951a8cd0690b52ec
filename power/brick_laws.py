"""What a brick takes in and how its output voltage comes about, with every derivative.

A brick is seen from its terminals: input voltage E, output voltage V, output current I, its own
temperature T. All four kinds are here: a fixed ratio followed by a regulator, a regulator followed
by a fixed ratio, and each alone. Its losses are ``phi(T)`` times what the figures say.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .converters import Bricks

FloatArray = NDArray[np.float64]


class Terminals(NamedTuple):
    """State of each brick."""

    input_voltage: FloatArray
    """E [V]."""
    output_voltage: FloatArray
    """V [V]."""
    output_current: FloatArray
    """I [A]."""
    temperature: FloatArray
    """T [K]."""


class Slopes(NamedTuple):
    """Derivatives with each of the terminals' four."""

    per_input_volt: FloatArray | float = 0.0
    per_output_volt: FloatArray | float = 0.0
    per_ampere: FloatArray | float = 0.0
    per_kelvin: FloatArray | float = 0.0

    def times(self, factor: FloatArray | float) -> Slopes:
        """All of them times a factor."""
        return Slopes(*(factor * slope for slope in self))

    def plus(self, other: Slopes) -> Slopes:
        """The sum with another's."""
        return Slopes(*(a + b for a, b in zip(self, other, strict=True)))


class Sloped(NamedTuple):
    """A quantity of each brick with its derivatives."""

    value: FloatArray
    slopes: Slopes


class Taken(NamedTuple):
    """What each brick takes in, and what it loses on the way."""

    current: Sloped
    """At the input [A]."""
    losses: dict[str, FloatArray]
    """By stage [W]."""
    left: FloatArray
    """What the first stage's resistance leaves of the input voltage [V]."""


def loss_factor(bricks: Bricks, temperature: FloatArray) -> tuple[FloatArray, float]:
    """phi(T) and its derivative [1/K]."""
    if bricks.warming is None:
        return np.ones_like(temperature), 0.0
    return bricks.warming.factor(temperature), bricks.warming.per_kelvin


def taken(bricks: Bricks, at: Terminals) -> Taken:
    """What each brick takes in for what it gives: output power and the losses of its stages."""
    if not bricks.regulated_last:
        return _taken_by_ratio_last(bricks, at)
    phi, growth = loss_factor(bricks, at.temperature)
    regulated, current = bricks.regulated, at.output_current
    assert regulated is not None
    figure = regulated.loss(current)
    power = at.output_voltage * current + phi * figure
    slopes = Slopes(
        per_output_volt=current,
        per_ampere=at.output_voltage + phi * regulated.loss_per_ampere(current),
        per_kelvin=growth * figure,
    )
    losses = {"brick regulated stage": phi * figure}
    if bricks.fixed_ratio is None:
        return Taken(_at_the_input(at, power, slopes), losses, at.input_voltage)
    stage = bricks.fixed_ratio
    first = stage.input(at.input_voltage, power, phi)
    own = Slopes(
        per_input_volt=first.current_per_volt, per_kelvin=growth * first.current_per_factor
    )
    through = first.intermediate_current
    return Taken(
        Sloped(first.current, slopes.times(first.current_per_watt).plus(own)),
        {"brick fixed-ratio stage": phi * stage.loss(through)} | losses,
        at.input_voltage - phi * stage.output_resistance * through / stage.ratio,
    )


def _taken_by_ratio_last(bricks: Bricks, at: Terminals) -> Taken:
    """Of a brick that ends in a fixed ratio: with I1 and E1 between the stages.

    ``E1 = (V + phi R I) / ratio`` and ``E1 I1 = V I + phi (R I^2 + P0)``; a regulator before it
    takes ``E1 I1`` and its loss at I1.
    """
    phi, growth = loss_factor(bricks, at.temperature)
    stage, volt, current = bricks.fixed_ratio, at.output_voltage, at.output_current
    assert stage is not None
    figure = stage.loss(current)
    power = volt * current + phi * figure
    slopes = Slopes(
        per_output_volt=current,
        per_ampere=volt + 2 * phi * stage.output_resistance * current,
        per_kelvin=growth * figure,
    )
    losses = {"brick fixed-ratio stage": phi * figure}
    if bricks.regulated is None:
        return Taken(_at_the_input(at, power, slopes), losses, at.input_voltage)
    between = intermediate_current(bricks, at)
    lost = bricks.regulated.loss(between.value)
    per_ampere = phi * bricks.regulated.loss_per_ampere(between.value)
    slopes = slopes.plus(between.slopes.times(per_ampere)).plus(Slopes(per_kelvin=growth * lost))
    losses["brick regulated stage"] = phi * lost
    return Taken(_at_the_input(at, power + phi * lost, slopes), losses, at.input_voltage)


def _at_the_input(at: Terminals, power: FloatArray, slopes: Slopes) -> Sloped:
    """Input current of a brick that takes in a power."""
    current = power / at.input_voltage
    own = Slopes(per_input_volt=-current / at.input_voltage)
    return Sloped(current, slopes.times(1 / at.input_voltage).plus(own))


def intermediate_current(bricks: Bricks, at: Terminals) -> Sloped:
    """Current between a regulator and the fixed ratio behind it [A].

    ``I1 = ratio I + phi P0 / E1`` with ``E1 = (V + phi R I) / ratio``.
    """
    phi, growth = loss_factor(bricks, at.temperature)
    stage, current = bricks.fixed_ratio, at.output_current
    assert stage is not None
    ratio, resistance = stage.ratio, stage.output_resistance
    voltage = (at.output_voltage + phi * resistance * current) / ratio
    idle = phi * stage.fixed_loss / voltage
    slopes = Slopes(
        per_output_volt=1 / ratio,
        per_ampere=phi * resistance / ratio,
        per_kelvin=growth * resistance * current / ratio,
    ).times(-idle / voltage)
    own = Slopes(per_ampere=ratio, per_kelvin=growth * stage.fixed_loss / voltage)
    return Sloped(ratio * current + idle, slopes.plus(own))


def over_voltage(bricks: Bricks, set_points: FloatArray, at: Terminals) -> Sloped:
    """By how much the controlled voltage, yet to be added, is above what the brick gives [V].

    The controlled voltage is where a last regulator senses, or the output. A regulator gives its
    set-point less its load line, ``-(set - R1 I)``; a fixed ratio gives the voltage before it,
    less its resistance, ``-(ratio E - phi R I)``.
    """
    current = at.output_current
    if bricks.regulated_last:
        assert bricks.regulated is not None
        line = bricks.regulated.load_line
        return Sloped(line * current - set_points, Slopes(per_ampere=line))
    phi, growth = loss_factor(bricks, at.temperature)
    stage = bricks.fixed_ratio
    assert stage is not None
    drop = phi * stage.output_resistance * current
    slopes = Slopes(
        per_ampere=phi * stage.output_resistance,
        per_kelvin=growth * stage.output_resistance * current,
    )
    if bricks.regulated is None:
        own = Slopes(per_input_volt=-stage.ratio)
        return Sloped(drop - stage.ratio * at.input_voltage, slopes.plus(own))
    line = stage.ratio * bricks.regulated.load_line
    between = intermediate_current(bricks, at)
    return Sloped(
        drop + line * between.value - stage.ratio * set_points,
        slopes.plus(between.slopes.times(line)),
    )


def over_current(bricks: Bricks, limit: float, no_load: FloatArray, at: Terminals) -> Sloped:
    """By how much the current is above what the limit lets through [A]; -inf where none does.

    Folding back, the limit falls with the output voltage from its whole at the voltage without
    load to ``fold_back_to`` of it at a short circuit.
    """
    if bricks.over_limit not in ("constant current", "fold back"):
        return Sloped(np.full_like(no_load, -np.inf), Slopes())
    floor = bricks.fold_back_to if bricks.over_limit == "fold back" else 1.0
    rise = limit * (1 - floor) / no_load
    allowed = limit * floor + rise * at.output_voltage
    return Sloped(at.output_current - allowed, Slopes(per_output_volt=-rise, per_ampere=1.0))
