"""Converters lose more when they are warm, and what they lose warms them."""

from __future__ import annotations

from typing import Annotated, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from pydantic.dataclasses import dataclass

from geometry.errors import ThermalRunaway
from geometry.units import STRICT, PerKelvin, Temperature, ThermalResistance

FloatArray = NDArray[np.float64]
Floats = TypeVar("Floats", float, FloatArray)


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Warming:
    """How a converter's loss follows its temperature, and what cools it.

    At the temperature T it loses ``1 + per_kelvin (T - at)`` times what its figures say. T is its
    coolant's temperature and ``thermal_resistance`` times its own loss.
    """

    per_kelvin: Annotated[PerKelvin, Field(ge=0)]
    """Growth of every loss, relative to that at ``at`` [1/K]."""
    at: Temperature
    """The converter's own temperature at which its loss figures hold [K]."""
    coolant_temperature: Temperature | None = None
    """Of the water or air that cools it [K]."""
    thermal_resistance: ThermalResistance | None = None
    """From the converter to what cools it [K/W]."""

    @property
    def is_cooled(self) -> bool:
        """Whether it says what cools the converter."""
        return self.coolant_temperature is not None and self.thermal_resistance is not None

    def factor(self, temperature: Floats) -> Floats:
        """Loss at a temperature [K] over that of the figures."""
        return 1 + self.per_kelvin * (temperature - self.at)

    def loss(self, figures: FloatArray) -> FloatArray:
        """Loss [W] of converters that would lose ``figures`` [W] at the temperature ``at``.

        With c = 1 + per_kelvin (coolant - at) and R the thermal resistance, the loss p solves
        ``p = figures (c + per_kelvin R p)``.

        Raises
        ------
        ThermalRunaway
            When a watt of loss brings a watt or more.

        Examples
        --------
        >>> warming = Warming(per_kelvin=0.002, at=300.0, coolant_temperature=300.0,
        ...     thermal_resistance=0.5)
        >>> warming.loss(np.array([100.0])).round(3).tolist()  # 100 / (1 - 0.1)
        [111.111]
        """
        assert self.coolant_temperature is not None
        assert self.thermal_resistance is not None
        left = 1 - self.per_kelvin * self.thermal_resistance * figures
        if np.any(left <= 0):
            worst = int(np.argmin(left))
            raise ThermalRunaway(
                f"supply {worst}: each watt that it loses warms it by so much that it loses "
                f"{1 - left[worst]:.2f} W more"
            )
        return figures * self.factor(self.coolant_temperature) / left
