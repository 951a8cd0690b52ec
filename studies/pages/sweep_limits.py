"""Limits of the case of a sweep, and the lines along which a grid's results meet them."""

from __future__ import annotations

import itertools
import tomllib
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray
from contourpy import contour_generator
from numpy.typing import NDArray

from geometry.units import parse_quantity

from .sweep_axes import SweepAxis

Array = NDArray[np.float64]


@dataclass(frozen=True)
class _Kept:
    """A key of ``[limits]``: its words, its unit in SI, and from there to the result's unit."""

    key: str
    words: str
    si: str
    size: float = 1.0
    zero: float = 0.0
    is_least: bool = False


LIMITS = {
    "junction_temperature_max_degC": _Kept(
        "junction_temperature", "junction limit", "K", zero=273.15
    ),
    "load_voltage_min_V": _Kept("block_voltage", "least block voltage", "V", is_least=True),
    "channel_velocity_m_s": _Kept("channel_velocity", "velocity limit", "m/s"),
    "cold_plate_pressure_drop_kPa": _Kept(
        "cold_plate_pressure_drop", "limit of the cold plate's pressure", "Pa", 1e3
    ),
    "loop_pressure_drop_kPa": _Kept(
        "loop_pressure_drop", "limit of the loop's pressure", "Pa", 1e3
    ),
}
"""By the name of the result that they hold."""


@dataclass(frozen=True)
class Limit:
    """A limit in the unit of its result.

    Attributes
    ----------
    words : str
    value : float
    is_least : bool
        Results below it break it; else those above.
    """

    words: str
    value: float
    is_least: bool


def limits_of(dataset: xarray.Dataset) -> dict[str, Limit]:
    """Limits that the dataset's case gives, by the name of the result; none where it varies."""
    try:
        given = tomllib.loads(str(dataset.attrs.get("case", ""))).get("limits", {})
    except tomllib.TOMLDecodeError:
        return {}
    if not isinstance(given, dict):
        return {}
    varied = str(dataset.attrs.get("varied", "")).splitlines()
    found = {}
    for name, kept in LIMITS.items():
        text = given.get(kept.key)
        if name in dataset and isinstance(text, str) and f"limits.{kept.key}" not in varied:
            value = (parse_quantity(text, kept.si) - kept.zero) / kept.size
            found[name] = Limit(kept.words, round(value, 9), kept.is_least)
    return found


Line = list[tuple[float, float]]


def lines_at(value: float, field: Array, axes: list[SweepAxis]) -> dict[str, list[list[Line]]]:
    """Where a result of a grid has a value, over every two of its axes that are numbers.

    Returns
    -------
    dict of str to list
        By the axes' places, as ``0,2``; for each point of the other axes the lines, in shares
        along the first and the second of the two.
    """
    numbers = [i for i, axis in enumerate(axes) if axis.is_number and field.shape[i] > 1]
    return {
        f"{i},{j}": _lines(value, np.moveaxis(field, (i, j), (-1, -2)), axes[i], axes[j])
        for i, j in itertools.combinations(numbers, 2)
    }


def _lines(value: float, field: Array, across: SweepAxis, up: SweepAxis) -> list[list[Line]]:
    """For each slice of a field whose last axis runs across and whose last but one runs up."""
    by_x, by_y = np.argsort(across.at), np.argsort(up.at)
    x, y = across.at[by_x], up.at[by_y]
    found = []
    for one in field.reshape(-1, len(y), len(x)):
        values = np.ma.masked_invalid(one[np.ix_(by_y, by_x)])
        drawn = contour_generator(x, y, values).lines(value)
        found.append([_rounded(line) for line in drawn])
    return found


def _rounded(line: Any) -> Line:
    return [(round(float(x), 4), round(float(y), 4)) for x, y in line]
