"""Water and its vapour at saturation: what wicks and vapour spaces need, by temperature."""

from __future__ import annotations

import csv
from dataclasses import dataclass, fields
from functools import lru_cache
from importlib.resources import files

import numpy as np
from scipy.interpolate import PchipInterpolator

from .coolant import FREEZING, OutOfFluidRange

GAS_CONSTANT = 8.314462618 / 18.015268e-3
"""Of water vapour [J/(kg K)]: CODATA 2018 over IAPWS's molar mass."""


@dataclass(frozen=True)
class Saturation:
    """Water that boils at one temperature; all SI.

    Attributes
    ----------
    pressure : float
        [Pa].
    liquid_density, vapour_density : float
        [kg/m3].
    surface_tension : float
        [N/m].
    liquid_viscosity, vapour_viscosity : float
        [Pa s].
    liquid_conductivity : float
        [W/(m K)].
    vapour_heat_capacity, vapour_heat_capacity_at_volume : float
        At constant pressure and at constant volume [J/(kg K)].
    latent_heat : float
        [J/kg].
    temperature : float
        [K].
    """

    pressure: float
    liquid_density: float
    vapour_density: float
    surface_tension: float
    liquid_viscosity: float
    vapour_viscosity: float
    liquid_conductivity: float
    vapour_heat_capacity: float
    vapour_heat_capacity_at_volume: float
    latent_heat: float
    temperature: float


@lru_cache(maxsize=1)
def _table() -> PchipInterpolator:
    """Logarithms of the columns against temperature [K]: all are above 0 and smooth so."""
    text = (files(__package__) / "data" / "water_saturation.csv").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    rows = np.array([[float(cell) for cell in row] for row in csv.reader(lines[1:])])
    return PchipInterpolator(rows[:, 0] + FREEZING, np.log(rows[:, 1:]))


def saturated_water(temperature: float) -> Saturation:
    """Water and its vapour at saturation.

    IAPWS-95 and IAPWS transport and surface tension, from a table made with CoolProp.

    Parameters
    ----------
    temperature : float
        1 to 200 degC [K].

    Raises
    ------
    OutOfFluidRange
        Outside that range.

    Examples
    --------
    >>> round(saturated_water(343.15).latent_heat / 1e3)
    2333
    """
    table = _table()
    low, high = float(table.x[0]), float(table.x[-1])
    if not low <= temperature <= high:
        raise OutOfFluidRange(
            f"water vapour: {temperature - FREEZING:.1f} degC is outside "
            f"{low - FREEZING:g} to {high - FREEZING:g} degC"
        )
    names = [field.name for field in fields(Saturation)]
    values = [*np.exp(table(temperature)).tolist(), temperature]
    return Saturation(**dict(zip(names, values, strict=True)))
