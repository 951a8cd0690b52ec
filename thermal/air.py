"""Air at a temperature and a height above the sea."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import as_file, files

from .coolant import Fluid, constant_fluid, fluid_from_table
from .weather import air_pressure

TABLE_PRESSURE = 101325.0
"""At which the table's density holds [Pa]."""


@lru_cache(maxsize=1)
def _table() -> Fluid:
    with as_file(files(__package__) / "data" / "air.csv") as path:
        return fluid_from_table(path, "air")


def air_at(temperature: float, altitude: float = 0.0) -> Fluid:
    """Dry air of one temperature, as a fluid whose properties stay.

    Density falls with pressure as an ideal gas's; heat capacity, viscosity and conductivity do not
    change with it (within 0.1 % up to 3000 m).

    Parameters
    ----------
    temperature : float
        -40 to 200 degC [K].
    altitude : float
        [m].

    Raises
    ------
    OutOfFluidRange
        Outside that range.

    Source: table made with CoolProp (Lemmon et al., J. Phys. Chem. Ref. Data 29 (2000) 331;
    Lemmon and Jacobsen, Int. J. Thermophys. 25 (2004) 21); pressure: ``weather.air_pressure``.

    Examples
    --------
    >>> round(float(air_at(293.15).density(293.15)), 3)
    1.205
    """
    air = _table()
    return constant_fluid(
        float(air.density(temperature)) * air_pressure(altitude) / TABLE_PRESSURE,
        float(air.heat_capacity(temperature)),
        float(air.viscosity(temperature)),
        float(air.conductivity(temperature)),
        "air",
    )
