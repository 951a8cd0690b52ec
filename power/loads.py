"""What the circuits of each block draw, by voltage and temperature."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic.dataclasses import dataclass

from geometry.units import STRICT, Fraction, PerKelvin, PerVolt, Temperature, Voltage

FloatArray = NDArray[np.float64]

_LARGEST_EXPONENT = 500.0
"""Beyond e^500 any leakage means the same, a runaway; the cap keeps overflow away."""


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Loads:
    """Power of a block as a function of its voltage V and temperature T.

    ``"dynamic and leakage"``, with f the leakage fraction, P_nominal the block's nominal power and
    a the activity of the whole wafer::

        P = a (1 - f) P_nominal (V/V0)^2
            + f P_nominal (V/V0) exp(kV (V - V0)) exp(beta (T - T0))

    an exponential in temperature as HotSpot takes it (Heo, Barr and Asanovic, ISLPED 2003) and one
    in voltage for drain-induced barrier lowering. ``"constant current"`` is ``a P_nominal V/V0``
    and ``"constant power"`` is ``a P_nominal``; these two use none of the leakage figures.
    Every function below also works without any power delivery: V is then V0.

    Examples
    --------
    >>> loads = Loads(law="dynamic and leakage", nominal_voltage="1 V", leakage_fraction=0.25,
    ...     leakage_temperature="60 degC", leakage_per_kelvin="0.015 /K", leakage_per_volt="3 /V")
    >>> float(loads.power(np.array(297.6), temperature=np.array(333.15)).round(9))
    297.6
    """

    law: Literal["dynamic and leakage", "constant current", "constant power"]
    """How power follows voltage and temperature."""
    nominal_voltage: Voltage
    """V0, where the nominal power is drawn [V]."""
    leakage_fraction: Fraction | None = None
    """f, the share of leakage in the nominal power at V0 and T0."""
    leakage_temperature: Temperature | None = None
    """T0, at which the leakage fraction holds [K]."""
    leakage_per_kelvin: PerKelvin | None = None
    """beta, the exponent with temperature [1/K]."""
    leakage_per_volt: PerVolt | None = None
    """kV, the exponent with voltage [1/V]."""

    def __post_init__(self) -> None:
        """Refuse a law without its figures."""
        needed = {
            "leakage_fraction": self.leakage_fraction,
            "leakage_temperature": self.leakage_temperature,
            "leakage_per_kelvin": self.leakage_per_kelvin,
            "leakage_per_volt": self.leakage_per_volt,
        }
        missing = [name for name, value in needed.items() if value is None]
        if self.has_leakage and missing:
            raise ValueError(f"loads: found no {', '.join(missing)}; law '{self.law}' needs it")

    @property
    def has_leakage(self) -> bool:
        """Whether the law knows leakage."""
        return self.law == "dynamic and leakage"

    @property
    def leakage_share(self) -> float:
        """Share of the nominal power that the activity does not scale."""
        return (self.leakage_fraction or 0.0) if self.has_leakage else 0.0

    def power(
        self,
        nominal_power: FloatArray,
        voltage: FloatArray | None = None,
        temperature: FloatArray | float | None = None,
        activity: FloatArray | float = 1.0,
    ) -> FloatArray:
        """Power of each block [W].

        Parameters
        ----------
        nominal_power : array (blocks,)
            At V0, T0 and activity 1 [W].
        voltage : array (blocks,), optional
            Mean voltage at the circuits [V]; V0 when left out.
        temperature : array (blocks,), optional
            [K]; T0 when left out.
        activity : float or array (blocks,)
            Scales the dynamic part, or all of it where the law knows no leakage.

        Returns
        -------
        array (blocks,)
        """
        per_activity = self.power_per_activity(nominal_power, voltage)
        return activity * per_activity + self.leakage(nominal_power, voltage, temperature)

    def power_per_activity(
        self, nominal_power: FloatArray, voltage: FloatArray | None = None
    ) -> FloatArray:
        """Derivative of the power with the activity [W]."""
        v = 1.0 if voltage is None else voltage / self.nominal_voltage
        if self.law == "constant power":
            return nominal_power + 0 * v
        if self.law == "constant current":
            return nominal_power * v
        return (1 - self.leakage_share) * nominal_power * v**2

    def leakage(
        self,
        nominal_power: FloatArray,
        voltage: FloatArray | None = None,
        temperature: FloatArray | float | None = None,
    ) -> FloatArray:
        """Leakage power of each block [W]; nought where the law knows none."""
        if not self.has_leakage:
            return np.zeros_like(nominal_power)
        v0 = self.nominal_voltage
        v = v0 if voltage is None else voltage
        rise = 0.0 if temperature is None else temperature - (self.leakage_temperature or 0.0)
        exponent = (self.leakage_per_volt or 0.0) * (v - v0)
        exponent = exponent + (self.leakage_per_kelvin or 0.0) * rise
        nominal_leakage = self.leakage_share * nominal_power
        return nominal_leakage * v / v0 * np.exp(np.minimum(exponent, _LARGEST_EXPONENT))

    def power_per_volt(
        self,
        nominal_power: FloatArray,
        voltage: FloatArray | None = None,
        temperature: FloatArray | float | None = None,
        activity: FloatArray | float = 1.0,
    ) -> FloatArray:
        """Derivative of the power with the voltage [W/V]."""
        v = self.nominal_voltage if voltage is None else voltage
        exponent = {"constant power": 0, "constant current": 1, "dynamic and leakage": 2}[self.law]
        switching = exponent * activity * self.power_per_activity(nominal_power, voltage) / v
        leakage = self.leakage(nominal_power, voltage, temperature)
        return switching + leakage * (1 / v + (self.leakage_per_volt or 0.0))

    def power_per_kelvin(
        self,
        nominal_power: FloatArray,
        voltage: FloatArray | None = None,
        temperature: FloatArray | float | None = None,
    ) -> FloatArray:
        """Derivative of the power with the temperature at fixed voltage [W/K]."""
        beta = self.leakage_per_kelvin or 0.0
        return beta * self.leakage(nominal_power, voltage, temperature)
