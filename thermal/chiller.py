"""Electric water chillers by EnergyPlus's EIR curves, and by a Carnot fraction beyond them.

Inside the range of a chiller's curves its power is the curves'. Entering condenser water colder
than the range is warmed to its least, as plants do by a bypass. Elsewhere the curves are taken at
the nearest point of the range and its fraction of Carnot's limit is kept. Every result says which.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .coolant import FREEZING

Array = NDArray[np.float64]

DEFAULT = "Trane CVHF 4610kW/6.34COP/Vanes"
"""Its range holds chilled water of 5 degC."""
EVAPORATOR_DROP, CONDENSER_RISE = 2.0, 7.0
"""Refrigerant below the leaving chilled and above the entering condenser water [K]; assumed."""
TON = 3516.8528
"""A ton of refrigeration [W], 12 000 BTU/h."""


@dataclass(frozen=True)
class Chiller:
    """A chiller's curves; temperatures in K, curves in degC as published.

    Attributes
    ----------
    name, source : str
    capacity : float or None
        At the reference point [W]; None where the curves fit any size.
    reference_cop : float
        Heat taken over power at the reference point [-].
    leaving, entering : tuple of float
        Range of leaving chilled and entering condenser water [K].
    part_loads : tuple of float
        Range of the part load [-].
    capacity_curve, power_curve, part_load_curve : tuple of float
        Coefficients of capft, eirft (biquadratic) and eirfplr (quadratic).
    """

    name: str
    source: str
    capacity: float | None
    reference_cop: float
    leaving: tuple[float, float]
    entering: tuple[float, float]
    part_loads: tuple[float, float]
    capacity_curve: tuple[float, ...]
    power_curve: tuple[float, ...]
    part_load_curve: tuple[float, ...]

    def capacity_factor(self, leaving: ArrayLike, entering: ArrayLike) -> Array:
        """Capacity over that of the reference point [-], inside the range; temperatures [K]."""
        return _biquadratic(
            self.capacity_curve,
            np.clip(leaving, *self.leaving),
            np.clip(entering, *self.entering),
        )

    def cop(self, leaving: ArrayLike, entering: ArrayLike, part_load: ArrayLike = 1.0) -> Array:
        """Heat taken over electrical power [-].

        ``1 / COP = eirft eirfplr / (COP_ref PLR)``; below the least part load the chiller cycles at
        it. Beyond the range of temperatures ``COP = (COP / Carnot)_edge Carnot``, Carnot's
        ``T_e / (T_c - T_e)`` between refrigerant temperatures.

        Source: EnergyPlus Engineering Reference, "Electric Chiller Model Based on Condenser
        Entering Temperature".

        Parameters
        ----------
        leaving, entering : array_like
            Leaving chilled and entering condenser water [K].
        part_load : array_like
            Heat over capacity at these temperatures, above 0 [-].
        """
        leaving = np.asarray(leaving, dtype=float)
        entering = np.maximum(entering, self.entering[0])
        near, far = np.clip(leaving, *self.leaving), np.clip(entering, *self.entering)
        load = np.clip(part_load, *self.part_loads)
        a, b, c = self.part_load_curve
        ratio = _biquadratic(self.power_curve, near, far) * (a + b * load + c * load**2) / load
        at_edge = self.reference_cop / ratio
        return at_edge * _carnot(leaving, entering) / _carnot(near, far)

    def beyond_curves(self, leaving: ArrayLike, entering: ArrayLike) -> NDArray[np.bool_]:
        """Where the Carnot fraction speaks in place of the curves."""
        leaving, entering = np.asarray(leaving), np.asarray(entering)
        low, high = self.leaving
        return (leaving < low - 1e-9) | (leaving > high + 1e-9) | (entering > self.entering[1])


def _biquadratic(coefficients: tuple[float, ...], leaving: Array, entering: Array) -> Array:
    """``a + b x + c x^2 + d y + e y^2 + f x y``, x leaving and y entering in degC."""
    a, b, c, d, e, f = coefficients
    x, y = leaving - FREEZING, entering - FREEZING
    return a + b * x + c * x**2 + d * y + e * y**2 + f * x * y


def _carnot(leaving: Array, entering: Array) -> Array:
    """Carnot's limit between refrigerant temperatures [-]; a lift of at least the two films'."""
    cold = leaving - EVAPORATOR_DROP
    lift = np.maximum(entering + CONDENSER_RISE - cold, EVAPORATOR_DROP + CONDENSER_RISE)
    return cold / lift


@lru_cache(maxsize=1)
def chillers() -> dict[str, Chiller]:
    """The chillers that come with the program, by name."""
    text = (files(__package__) / "data" / "chillers.csv").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return {row["name"]: _chiller(row) for row in csv.DictReader(lines)}


def _chiller(row: dict[str, str]) -> Chiller:
    def curve(key: str) -> tuple[float, ...]:
        return tuple(float(word) for word in row[key].split())

    def kelvins(key: str) -> tuple[float, float]:
        low, high = float(row[f"{key}_min_degC"]), float(row[f"{key}_max_degC"])
        return low + FREEZING, high + FREEZING

    size = row["capacity_W"]
    return Chiller(
        name=row["name"],
        source=row["source"],
        capacity=None if size == "autosize" else float(size),
        reference_cop=float(row["reference_cop"]),
        leaving=kelvins("leaving"),
        entering=kelvins("entering"),
        part_loads=(float(row["part_load_min"]), float(row["part_load_max"])),
        capacity_curve=curve("capacity_curve"),
        power_curve=curve("power_curve"),
        part_load_curve=curve("part_load_curve"),
    )


def chiller_named(name: str) -> Chiller:
    """A chiller of the table.

    Raises
    ------
    ValueError
        When there is none of that name.
    """
    known = chillers()
    if name not in known:
        raise ValueError(f"chiller: found '{name}'; one of {', '.join(known)} is meant")
    return known[name]


def chiller_power(
    heat_W: ArrayLike,
    supply_temperature_K: ArrayLike,
    outdoor_temperature_K: ArrayLike,
    *,
    chiller: str = DEFAULT,
    approach_K: float = 4.0,
    part_load: float = 0.8,
) -> Array:
    """Electrical power of chillers that take ``heat_W`` [W].

    Parameters
    ----------
    heat_W : array_like
        Taken from the chilled water; a plant stages as many chillers as it needs.
    supply_temperature_K : array_like
        Of the chilled water.
    outdoor_temperature_K : array_like
        Wet bulb where a tower cools the condenser, dry bulb where a dry cooler does.
    chiller : str
        A name of :func:`chillers`.
    approach_K : float
        Entering condenser water above the outdoor temperature; 4 K is assumed, usual of towers.
    part_load : float
        Of each chiller that runs; 0.8 is assumed.

    Examples
    --------
    >>> round(float(chiller_power(25e3, 278.15, 293.15)))
    3757
    """
    entering = np.asarray(outdoor_temperature_K, dtype=float) + approach_K
    machine = chiller_named(chiller)
    return np.asarray(heat_W, dtype=float) / machine.cop(supply_temperature_K, entering, part_load)
