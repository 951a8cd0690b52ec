"""A dry cooler: a coil in outdoor air with fans that turn as fast as they must."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .heat_exchanger import effectiveness, exchanger_for

Array = NDArray[np.float64]

AIR_RATE = 1.5
"""Capacity rate of the air at full speed over the water's [-]; assumed."""
FILM_EXPONENT = 0.6
"""UA grows with the air's speed to this power: the air side governs; assumed."""


@dataclass(frozen=True)
class Cooling:
    """What a dry cooler does at each outdoor temperature; arrays of one shape.

    Attributes
    ----------
    outlet : array of float
        Of the water [K].
    heat, air_heat : array of float
        Out of the water, into the air [W].
    speed : array of float
        Of the fans, 0 to 1.
    fan_power : array of float
        [W].
    """

    outlet: Array
    heat: Array
    air_heat: Array
    speed: Array
    fan_power: Array


@dataclass(frozen=True)
class DryCooler:
    """A dry cooler sized for its water.

    Attributes
    ----------
    water_rate : float
        Capacity rate [W/K].
    conductance : float
        UA at full speed [W/K].
    full_fan_power : float
        [W].
    """

    water_rate: float
    conductance: float
    full_fan_power: float

    def cool(self, inlet: float, wanted: float, air: ArrayLike) -> Cooling:
        """Water from ``inlet`` to ``wanted`` [K], or as near as the ``air`` [K] lets it.

        Crossflow by effectiveness; UA with speed^0.6, fan power with its cube (affinity law).
        Speeds by bisection. In air warmer than the inlet the fans stand still.
        """
        air = np.asarray(air, dtype=float)
        low, high = np.zeros_like(air), np.ones_like(air)
        for _ in range(60):
            middle = (low + high) / 2
            too_warm = self._outlet(middle, inlet, air) > wanted
            low, high = np.where(too_warm, middle, low), np.where(too_warm, high, middle)
        speed = np.where((air < inlet) & (wanted < inlet), high, 0.0)
        outlet = self._outlet(speed, inlet, air)
        air_heat = self._share(speed) * (inlet - air)
        fan_power = self.full_fan_power * speed**3
        return Cooling(outlet, self.water_rate * (inlet - outlet), air_heat, speed, fan_power)

    def _share(self, speed: Array) -> Array:
        """Heat per kelvin between the inlets [W/K], at fan speeds."""
        air_rate = np.maximum(AIR_RATE * self.water_rate * speed, 1e-9 * self.water_rate)
        least = np.minimum(air_rate, self.water_rate)
        units = self.conductance * speed**FILM_EXPONENT / least
        ratio = least / np.maximum(air_rate, self.water_rate)
        return np.where(speed > 0, effectiveness(units, ratio, "crossflow") * least, 0.0)

    def _outlet(self, speed: Array, inlet: float, air: Array) -> Array:
        return inlet - self._share(speed) * (inlet - air) / self.water_rate


def dry_cooler_for(
    heat: float, water_rate: float, approach: float, fan_share: float = 0.02
) -> DryCooler:
    """A dry cooler that at full speed cools its water to ``approach`` above the air.

    Parameters
    ----------
    heat : float
        At full speed [W].
    water_rate : float
        [W/K].
    approach : float
        Water's outlet less the air's inlet [K].
    fan_share : float
        Fan power at full speed over ``heat`` [-]; 0.02 is assumed.

    Examples
    --------
    >>> cooler = dry_cooler_for(heat=1000.0, water_rate=100.0, approach=6.0)
    >>> round(float(cooler.cool(310.0, 300.0, 294.0).outlet), 6)
    300.0
    """
    # an exchanger knows differences only, so the air may be at any temperature
    air = 300.0
    coil = exchanger_for(heat, air + approach, water_rate, air, AIR_RATE * water_rate, "crossflow")
    return DryCooler(water_rate, coil.conductance, fan_share * heat)
