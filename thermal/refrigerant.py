"""Refrigerants at saturation: what boiling in a channel needs to know of them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import CubicSpline

from .coolant import FREEZING, OutOfFluidRange

Array = NDArray[np.float64]
Number = TypeVar("Number", float, Array)

TABLES = {
    "R134a": "r134a_saturation.csv",
    "R1234ze(E)": "r1234ze_saturation.csv",
    "water": "water_saturation.csv",
}
"""Refrigerants shipped with the package."""


@dataclass(frozen=True)
class Saturation(Generic[Number]):
    """Liquid and vapour in equilibrium; numbers or arrays of one shape, SI.

    Attributes
    ----------
    temperature, pressure : array_like
        [K], [Pa].
    liquid_density, vapour_density : array_like
        [kg/m3].
    liquid_enthalpy, latent_heat : array_like
        [J/kg].
    liquid_heat_capacity : array_like
        [J/(kg K)].
    liquid_viscosity, vapour_viscosity : array_like
        [Pa s].
    liquid_conductivity : array_like
        [W/(m K)].
    surface_tension : array_like
        [N/m].
    vapour_heat_capacity, vapour_heat_capacity_at_volume : array_like
        At constant pressure and at constant volume [J/(kg K)].
    """

    temperature: Number
    pressure: Number
    liquid_density: Number
    vapour_density: Number
    liquid_enthalpy: Number
    latent_heat: Number
    liquid_heat_capacity: Number
    liquid_viscosity: Number
    vapour_viscosity: Number
    liquid_conductivity: Number
    surface_tension: Number
    vapour_heat_capacity: Number
    vapour_heat_capacity_at_volume: Number

    def quality(self, enthalpy: ArrayLike) -> Array:
        """Share of vapour in the flow's mass [-]; below 0 where the liquid is subcooled."""
        return (np.asarray(enthalpy, dtype=float) - self.liquid_enthalpy) / self.latent_heat


@dataclass(frozen=True, eq=False)
class Refrigerant:
    """A fluid by its saturation table, cubic splines between the rows.

    Attributes
    ----------
    name : str
    critical_pressure : float
        [Pa].
    kelvin : array, shape (n,)
        Temperatures of the rows, rising [K].
    rows : array, shape (n, 12)
        Pressure and the properties, in the order of ``Saturation`` with the vapour's enthalpy in
        the place of the latent heat.
    """

    name: str
    critical_pressure: float
    kelvin: Array
    rows: Array

    @cached_property
    def _properties(self) -> CubicSpline:
        return CubicSpline(
            self.kelvin, np.column_stack([np.log(self.rows[:, 0]), self.rows[:, 1:]])
        )

    @cached_property
    def _boiling(self) -> CubicSpline:
        return CubicSpline(np.log(self.rows[:, 0]), self.kelvin)

    @cached_property
    def _liquid(self) -> CubicSpline:
        return CubicSpline(self.rows[:, 3], self.kelvin)

    def _checked(self, value: ArrayLike, low: float, high: float, unit: str, scale: float) -> Array:
        found = np.asarray(value, dtype=float)
        slack = 1e-9 * abs(high)
        inside = (found >= low - slack) & (found <= high + slack)
        if not np.all(inside):
            offset = FREEZING if unit == "degC" else 0.0
            worst, low, high = (
                (v - offset) / scale for v in (np.extract(~inside, found)[0], low, high)
            )
            raise OutOfFluidRange(
                f"{self.name}: {worst:.4g} {unit} is outside {low:.4g} to {high:.4g} {unit}"
            )
        return found

    def at_temperature(self, temperature: ArrayLike) -> Saturation[Array]:
        """Saturation at a temperature [K].

        Raises
        ------
        OutOfFluidRange
            When it is outside the table.

        Examples
        --------
        >>> round(float(refrigerant("R134a").at_temperature(298.15).pressure) / 1e5, 2)
        6.65
        """
        kelvin = self._checked(temperature, self.kelvin[0], self.kelvin[-1], "degC", 1.0)
        values = np.moveaxis(self._properties(kelvin), -1, 0)
        log_pressure, liquid, vapour, enthalpy, above, *rest = values
        return Saturation(
            kelvin, np.exp(log_pressure), liquid, vapour, enthalpy, above - enthalpy, *rest
        )

    def at_pressure(self, pressure: ArrayLike) -> Saturation[Array]:
        """Saturation at a pressure [Pa]."""
        pascal = self._checked(pressure, self.rows[0, 0], self.rows[-1, 0], "kPa", 1e3)
        return self.at_temperature(self._boiling(np.log(pascal)))

    def liquid_temperature(self, enthalpy: ArrayLike) -> Array:
        """Temperature of a liquid [K] of an enthalpy [J/kg], that of saturation."""
        low, high = self.rows[0, 3], self.rows[-1, 3]
        return self._liquid(self._checked(enthalpy, low, high, "kJ/kg", 1e3))


@lru_cache(maxsize=8)
def refrigerant(name: str) -> Refrigerant:
    """A refrigerant shipped with the package: one of ``TABLES``.

    Made with CoolProp (the files' headers name version and equation of state), a row per kelvin,
    up to where the vapour has 0.15 of the liquid's density.

    Raises
    ------
    ValueError
        When the name is none of these.
    """
    if name not in TABLES:
        raise ValueError(f"refrigerant: found '{name}'; one of {', '.join(TABLES)} is meant")
    text = files(__package__).joinpath("data", TABLES[name]).read_text(encoding="utf-8")
    lines = text.splitlines()
    critical = next(line for line in lines if line.startswith("# critical pressure:"))
    first = next(i for i, line in enumerate(lines) if line[0] != "#") + 1
    table = np.array([line.split(",") for line in lines[first:]], dtype=float)
    pressure = float(critical.split(":")[1].removesuffix("Pa"))
    return Refrigerant(name, pressure, table[:, 0] + FREEZING, table[:, 1:])


def saturated_water(temperature: float) -> Saturation[float]:
    """Water and its vapour at a temperature [K], in plain numbers.

    Raises
    ------
    OutOfFluidRange
        Outside 1 to 200 degC.

    Examples
    --------
    >>> round(saturated_water(343.15).latent_heat / 1e3)
    2333
    """
    found = refrigerant("water").at_temperature(temperature)
    return Saturation(**{each.name: float(getattr(found, each.name)) for each in fields(found)})
