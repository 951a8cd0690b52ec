"""Coolant properties against temperature, and the dew point of the air around it.

One class, :class:`Fluid`, built by three functions: :func:`named_fluid` (tables shipped with the
package), :func:`fluid_from_table` (a user's CSV file) and :func:`constant_fluid`.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import PchipInterpolator

Array = NDArray[np.float64]

FREEZING = 273.15
"""0 degC in kelvin."""
COLUMNS = (
    "temperature_degC",
    "density_kg_m3",
    "heat_capacity_J_kgK",
    "viscosity_Pa_s",
    "conductivity_W_mK",
)
"""Columns of a fluid table, in this order."""
NAMES = ("water", "pg25")
"""Fluids shipped with the package."""


class OutOfFluidRange(ValueError):
    """A temperature at which the fluid's properties are not known."""


@dataclass(frozen=True, eq=False)
class Fluid:
    """A coolant whose properties are smooth functions of temperature.

    Piecewise cubic (PCHIP: no overshoot between the rows of a coarse user table), viscosity on
    its logarithm. All methods take kelvin, scalar or array, return SI values of the same shape
    and raise :class:`OutOfFluidRange` outside ``range``.

    Attributes
    ----------
    name : str
        What messages call it.
    range : tuple of float
        Lowest and highest temperature [K].
    """

    name: str
    range: tuple[float, float]
    _density: Any
    _heat_capacity: Any
    _log_viscosity: Any
    _conductivity: Any

    def _checked(self, temperature: ArrayLike) -> Array:
        kelvin = np.asarray(temperature, dtype=float)
        low, high = self.range
        inside = (kelvin >= low - 1e-6) & (kelvin <= high + 1e-6)  # rounding of unit conversion
        if not np.all(inside):
            worst = np.extract(~inside, kelvin)[0] - FREEZING
            raise OutOfFluidRange(
                f"{self.name}: {worst:.1f} degC is outside "
                f"{low - FREEZING:g} to {high - FREEZING:g} degC"
            )
        return kelvin

    def density(self, temperature: ArrayLike) -> Array:
        """Density [kg/m3]."""
        return self._density(self._checked(temperature))[()]

    def heat_capacity(self, temperature: ArrayLike) -> Array:
        """Heat capacity at constant pressure [J/(kg K)]."""
        return self._heat_capacity(self._checked(temperature))[()]

    def viscosity(self, temperature: ArrayLike) -> Array:
        """Dynamic viscosity [Pa s]."""
        return np.exp(self._log_viscosity(self._checked(temperature)))[()]

    def conductivity(self, temperature: ArrayLike) -> Array:
        """Thermal conductivity [W/(m K)]."""
        return self._conductivity(self._checked(temperature))[()]

    def prandtl_number(self, temperature: ArrayLike) -> Array:
        """``viscosity heat_capacity / conductivity`` [-]."""
        momentum = self.viscosity(temperature) * self.heat_capacity(temperature)
        return momentum / self.conductivity(temperature)


def _fluid(name: str, kelvin: Array, rows: Array) -> Fluid:
    """Fluid from temperatures [K] and rows of density, heat capacity, viscosity, conductivity."""
    density, heat_capacity, viscosity, conductivity = rows.T
    return Fluid(
        name,
        (float(kelvin[0]), float(kelvin[-1])),
        PchipInterpolator(kelvin, density),
        PchipInterpolator(kelvin, heat_capacity),
        PchipInterpolator(kelvin, np.log(viscosity)),
        PchipInterpolator(kelvin, conductivity),
    )


@lru_cache(maxsize=8)
def named_fluid(name: str) -> Fluid:
    """A fluid shipped with the package: ``"water"`` or ``"pg25"``.

    Water is IAPWS-95 at 2 bar, 0 to 100 degC; pg25 is 25 % by mass propylene glycol, -9 to
    100 degC (about 14 % less viscous than a vendor's sheet at 25 degC: give a table where that
    matters). Both were made with CoolProp; the file headers name version and model.

    Raises
    ------
    ValueError
        When the name is none of these.

    Examples
    --------
    >>> round(float(named_fluid("water").density(294.15)), 1)
    998.0
    """
    if name not in NAMES:
        raise ValueError(f"fluid: found '{name}'; one of {', '.join(NAMES)} is meant")
    with as_file(files(__package__) / "data" / f"{name}.csv") as path:
        return fluid_from_table(path, name)


def constant_fluid(
    density: float,
    heat_capacity: float,
    viscosity: float,
    conductivity: float,
    name: str = "constant fluid",
) -> Fluid:
    """A fluid whose properties [SI] do not change with temperature (1 K to 10 000 K)."""
    values = np.array([density, heat_capacity, viscosity, conductivity], dtype=float)
    if not np.all(np.isfinite(values) & (values > 0)):
        raise ValueError(f"{name}: found {values.tolist()}; properties above 0 are meant")
    return _fluid(name, np.array([1.0, 1e4]), np.array([values, values]))


def fluid_from_table(path: str | Path, name: str | None = None) -> Fluid:
    """A fluid from a CSV file with a header line and the columns :data:`COLUMNS`.

    Lines that begin with ``#`` are comments. At least two rows, temperatures rising.

    Parameters
    ----------
    path : str or Path
        The file.
    name : str, optional
        What messages call the fluid; the file's stem when not given.

    Raises
    ------
    ValueError
        When the file cannot be read, or a line is ragged, not numeric, not above 0 or out of
        order; one line that names the file and the line.
    """
    path = Path(path)
    rows: list[list[float]] = []
    header_seen = False
    for number, cells in _lines(path):
        place = f"{path}, line {number}"
        if not header_seen:
            if tuple(cells) != COLUMNS:
                raise ValueError(f"{place}: found '{','.join(cells)}'; '{','.join(COLUMNS)}' meant")
            header_seen = True
            continue
        rows.append(_numbers(cells, place))
        if len(rows) > 1 and rows[-1][0] <= rows[-2][0]:
            raise ValueError(f"{place}: found {cells[0]} degC; a rising temperature is meant")
    if len(rows) < 2:
        raise ValueError(f"{path}: found {len(rows)} rows; a header and two rows or more are meant")
    table = np.array(rows)
    return _fluid(name or path.stem, table[:, 0] + FREEZING, table[:, 1:])


def _lines(path: Path) -> list[tuple[int, list[str]]]:
    """Number and stripped cells of each line that is neither empty nor a comment."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not a text file"
        raise ValueError(f"{path}: the fluid table cannot be read: {reason}") from None
    kept = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            kept.append((number, [cell.strip() for cell in next(csv.reader([line]))]))
    return kept


def _numbers(cells: list[str], place: str) -> list[float]:
    """One row as floats: temperature, then four properties above 0."""
    if len(cells) != len(COLUMNS):
        raise ValueError(f"{place}: found {len(cells)} values; {len(COLUMNS)} are meant")
    try:
        values = [float(cell) for cell in cells]
    except ValueError:
        raise ValueError(f"{place}: found '{','.join(cells)}'; numbers are meant") from None
    if not np.all(np.isfinite(values)) or values[0] <= -FREEZING or min(values[1:]) <= 0.0:
        raise ValueError(
            f"{place}: found '{','.join(cells)}'; a temperature above -273.15 degC and properties "
            "above 0 are meant"
        )
    return values


def dew_point(air_temperature: ArrayLike, relative_humidity: ArrayLike) -> Array:
    """Temperature below which the air's moisture condenses on a surface [K].

    Magnus form: ``g = ln(RH) + 17.625 t / (243.04 + t)``, ``t_dew = 243.04 g / (17.625 - g)``,
    t in degC.

    Range: -40 to 50 degC, vapour pressure within 0.4 %. Source: Alduchov and Eskridge,
    J. Appl. Meteorol. 35 (1996) 601-609, DOI 10.1175/1520-0450(1996)035<0601:IMFAOS>2.0.CO;2.

    Parameters
    ----------
    air_temperature : array_like
        Dry-bulb temperature [K].
    relative_humidity : array_like
        Above 0, up to 1 [-].

    Raises
    ------
    ValueError
        When the relative humidity is not above 0 and up to 1.

    Examples
    --------
    >>> round(float(dew_point(298.15, 0.5)) - 273.15, 1)
    13.9
    """
    humidity = np.asarray(relative_humidity, dtype=float)
    inside = (humidity > 0.0) & (humidity <= 1.0)
    if not np.all(inside):
        worst = np.extract(~inside, humidity)[0]
        raise ValueError(f"relative humidity: found {worst:g}; above 0 and up to 1 is meant")
    celsius = np.asarray(air_temperature, dtype=float) - FREEZING
    gamma = np.log(humidity) + 17.625 * celsius / (243.04 + celsius)
    return 243.04 * gamma / (17.625 - gamma) + FREEZING
