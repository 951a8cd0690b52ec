"""Hours of the year: outdoor air from a shipped year or an EPW file, and the wet bulb."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .coolant import FREEZING

Array = NDArray[np.float64]

DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
"""Of the months."""
HOURS = 8760
SHIPPED = ("oklahoma-city",)
"""Names that :func:`read_weather` knows."""
OKLAHOMA_CITY_ALTITUDE = 398.0
"""Of the city's airport [m]."""


@dataclass(frozen=True, eq=False)
class Weather:
    """A year's outdoor air, in hours or in groups of like hours.

    Attributes
    ----------
    name, note : str
        Where it is, and what a reader must know of it.
    hours : array of float, shape (n,)
        How many hours of the year each entry stands for.
    month : array of int, shape (n,)
        0 to 11.
    dry_bulb, dew_point, wet_bulb : array of float, shape (n,)
        [K].
    altitude : float
        [m].
    """

    name: str
    note: str
    hours: Array
    month: NDArray[np.int64]
    dry_bulb: Array
    dew_point: Array
    wet_bulb: Array
    altitude: float

    def percentile(self, temperature: Array, share: float) -> float:
        """Temperature that is exceeded in ``share`` of the hours [K].

        Design temperatures are quoted so: 0.004 for cooling, 0.996 for heating.
        """
        order = np.argsort(temperature)[::-1]
        above = np.cumsum(self.hours[order]) / self.hours.sum()
        return float(temperature[order][min(int(np.searchsorted(above, share)), len(order) - 1)])

    def hours_below(self, temperature: Array, limit: float) -> float:
        """Hours of the year in which ``temperature`` is at or below ``limit``."""
        return float(self.hours[temperature <= limit].sum())


def vapour_pressure(temperature: ArrayLike) -> Array:
    """Saturation pressure of water vapour over water [Pa]; at the dew point, the air's own.

    Formula: ``610.94 exp(17.625 t / (243.04 + t))``, t in degC; -40 to 50 degC, within 0.4 %.

    Source: Alduchov and Eskridge, J. Appl. Meteorol. 35 (1996) 601-609.
    """
    celsius = np.asarray(temperature, dtype=float) - FREEZING
    return 610.94 * np.exp(17.625 * celsius / (243.04 + celsius))


def air_pressure(altitude: float) -> float:
    """Of the standard atmosphere [Pa]; ``altitude`` in metres, to 11 000.

    Formula: ``101325 (1 - 2.25577e-5 z)^5.2559``. Source: ASHRAE Fundamentals (2017), ch. 1 eq. 3.

    Examples
    --------
    >>> round(air_pressure(397.0))
    96646
    """
    return float(101325.0 * (1 - 2.25577e-5 * altitude) ** 5.2559)


def wet_bulb(dry_bulb: ArrayLike, dew_point: ArrayLike, pressure: ArrayLike) -> Array:
    """Thermodynamic wet-bulb temperature [K], by bisection.

    Solves ``W = ((2501 - 2.326 tw) Ws(tw) - 1.006 (t - tw)) / (2501 + 1.86 t - 4.186 tw)``, t in
    degC, ``W = 0.621945 e / (p - e)``; over water also below freezing.

    Source: ASHRAE Fundamentals (2017), ch. 1 eqs 20 and 33.

    Parameters
    ----------
    dry_bulb, dew_point : array_like
        [K]; a dew point above the dry bulb counts as saturated.
    pressure : array_like
        Of the air [Pa].
    """
    dry = np.asarray(dry_bulb, dtype=float)
    dew = np.minimum(np.asarray(dew_point, dtype=float), dry)
    wanted = _humidity_ratio(dew, pressure)
    low, high = dew.copy(), dry.copy()
    for _ in range(50):  # halves 100 K to less than 1e-12 K
        middle = (low + high) / 2
        too_dry = _ratio_at_wet_bulb(dry - FREEZING, middle, pressure) < wanted
        low, high = np.where(too_dry, middle, low), np.where(too_dry, high, middle)
    return (low + high) / 2


def _humidity_ratio(dew_point: Array, pressure: ArrayLike) -> Array:
    vapour = vapour_pressure(dew_point)
    return 0.621945 * vapour / (np.asarray(pressure) - vapour)


def _ratio_at_wet_bulb(dry: Array, wet_bulb: Array, pressure: ArrayLike) -> Array:
    wet = wet_bulb - FREEZING
    saturated = _humidity_ratio(wet_bulb, pressure)
    return ((2501 - 2.326 * wet) * saturated - 1.006 * (dry - wet)) / (
        2501 + 1.86 * dry - 4.186 * wet
    )


def read_weather(source: str | Path) -> Weather:
    """A year of weather, by shipped name or from an EPW file.

    Parameters
    ----------
    source : str or Path
        ``"oklahoma-city"``, a typical meteorological year; or the path of an EnergyPlus weather
        file (.epw).

    Raises
    ------
    ValueError
        One line, when the name is not known or the file cannot be used.

    Examples
    --------
    >>> okc = read_weather("oklahoma-city")
    >>> float(okc.hours.sum()), round(float(okc.dry_bulb.max()) - 273.15, 1)
    (8760.0, 38.9)
    """
    if str(source) == "oklahoma-city":
        return _oklahoma_city()
    path = Path(source)
    if path.suffix.lower() != ".epw":
        known = ", ".join(SHIPPED)
        raise ValueError(f"weather: found '{source}'; {known} or the path of an .epw file is meant")
    return _epw(path)


def _oklahoma_city() -> Weather:
    text = (files(__package__) / "data" / "oklahoma_city.csv").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    dry, dew, hectopascal = np.loadtxt(lines[1:], delimiter=",").T
    return _by_hour(
        name="Oklahoma City",
        note="a typical year, hour by hour (TMY3, months out of 1973 to 2005)",
        month=np.repeat(np.arange(12), np.array(DAYS) * 24),
        celsius=(dry, dew),
        pressure=hectopascal * 100,
        altitude=OKLAHOMA_CITY_ALTITUDE,
    )


def _by_hour(
    name: str,
    note: str,
    month: NDArray[np.int64],
    celsius: tuple[Array, Array],
    pressure: Array,
    altitude: float,
) -> Weather:
    """A year from its hours' dry bulb and dew point [degC] and pressure [Pa]."""
    dry, dew = celsius[0] + FREEZING, np.minimum(*celsius) + FREEZING
    return Weather(
        name=name,
        note=note,
        hours=np.full(len(dry), HOURS / len(dry)),
        month=month,
        dry_bulb=dry,
        dew_point=dew,
        wet_bulb=wet_bulb(dry, dew, pressure),
        altitude=altitude,
    )


def _epw(path: Path) -> Weather:
    """Fields 1, 6, 7 and 9 of each hour: month, dry bulb, dew point, pressure.

    Format: EnergyPlus Auxiliary Programs, "EnergyPlus Weather File (EPW) Data Dictionary".
    """
    try:
        lines = list(csv.reader(path.read_text(encoding="utf-8", errors="replace").splitlines()))
    except OSError as error:
        raise ValueError(f"weather: {path}: cannot be read: {error.strerror}") from None
    if not lines or lines[0][:1] != ["LOCATION"] or len(lines[0]) < 10:
        raise ValueError(f"weather: {path}: no 'LOCATION' in line 1; an .epw file is meant")
    rows = np.array([_hour(cells, f"{path}, line {n}") for n, cells in enumerate(lines[8:], 9)])
    if len(rows) < HOURS:
        raise ValueError(f"weather: {path}: found {len(rows)} hours; a whole year is meant")
    altitude = _number(lines[0][9], f"{path}, line 1")
    # 999999 stands for a missing pressure
    pressure = np.where(rows[:, 3] > 120e3, air_pressure(altitude), rows[:, 3])
    return _by_hour(
        name=lines[0][1],
        note=f"{len(rows)} hours of {path.name}",
        month=rows[:, 0].astype(int) - 1,
        celsius=(rows[:, 1], rows[:, 2]),
        pressure=pressure,
        altitude=altitude,
    )


def _hour(cells: list[str], place: str) -> list[float]:
    """Month, dry bulb, dew point [degC] and pressure [Pa] of one line."""
    if len(cells) < 10:
        raise ValueError(f"weather: {place}: found {len(cells)} fields; 10 or more are meant")
    month, dry, dew, pressure = (_number(cells[i], place) for i in (1, 6, 7, 9))
    # 99.9 stands for a missing temperature
    if not (1 <= month <= 12 and -70 <= dry < 70 and -70 <= dew < 70 and pressure > 30e3):
        raise ValueError(
            f"weather: {place}: found month {cells[1]}, {cells[6]} and {cells[7]} degC, "
            f"{cells[9]} Pa; dry bulb and dew point of every hour are meant"
        )
    return [month, dry, dew, pressure]


def _number(text: str, place: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"weather: {place}: found '{text}'; a number is meant") from None
