"""The points of a sweep's dataset: what was varied, what was found, and how a page names it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import xarray

POINT = "point"
"""Dimension of points that are no grid."""
SHOWN_FIRST = (
    "junction_temperature_max_degC",
    "block_drop_mV",
    "cold_plate_pressure_drop_kPa",
    "pump_power_W",
    "coolant_flow_L_min_per_kW",
    "input_power_W",
)
NO_ANSWER = "reason"
"""Variable that says of a point why it has no answer."""


def point_dimensions(dataset: xarray.Dataset) -> tuple[str, ...]:
    """``point``, or the dimensions that most results have in common."""
    if POINT in dataset.dims:
        return (POINT,)
    found = [[str(dim) for dim in values.dims] for values in dataset.data_vars.values()]
    found = [dims for dims in found if dims]
    shared = set.intersection(*map(set, found)) if found else set()
    return tuple(dim for dim in (found[0] if found else []) if dim in shared)


def varied_of(dataset: xarray.Dataset, dims: tuple[str, ...]) -> list[str]:
    """Coordinates of the points alone."""
    return [
        str(name)
        for name, values in dataset.coords.items()
        if values.dims and set(values.dims) <= set(dims) and name != POINT
    ]


def results_of(dataset: xarray.Dataset, dims: tuple[str, ...]) -> list[str]:
    """Numbers of the points, those that are looked at first in front."""
    numbers = [
        str(name)
        for name, values in dataset.data_vars.items()
        if set(dims) <= set(values.dims) and np.issubdtype(values.dtype, np.number)
    ]
    first = [name for name in SHOWN_FIRST if name in numbers]
    return first + [name for name in numbers if name not in first]


def column(values: xarray.DataArray, dims: tuple[str, ...]) -> xarray.DataArray:
    """One value for each point, over the points' dimensions; the largest of several."""
    inner = [dim for dim in values.dims if dim not in dims]
    if inner:
        values = values.max(dim=inner, skipna=True)
    return values.transpose(*dims)


def flattened(
    dataset: xarray.Dataset, dims: tuple[str, ...], names: list[str]
) -> list[dict[str, Any]]:
    """A row for each point: what was varied, what was found, why there is no answer."""
    if not dims:
        return []
    sizes = {dim: dataset.sizes[dim] for dim in dims}
    names = [*names, *([NO_ANSWER] if NO_ANSWER in dataset else [])]
    columns = {name: _list(dataset[name], sizes) for name in names}
    return [
        {name: values[at] for name, values in columns.items()}
        for at in range(math.prod(sizes.values()))
    ]


def _list(values: xarray.DataArray, sizes: dict[str, int]) -> list[Any]:
    missing = {dim: size for dim, size in sizes.items() if dim not in values.dims}
    whole = column(values.expand_dims(missing), tuple(sizes))
    return [_plain(value) for value in np.asarray(whole).ravel().tolist()]


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def unit(dataset: xarray.Dataset, name: str) -> str:
    """As a page writes it; empty where there is none."""
    found = str(dataset[name].attrs.get("units", "")).replace("degC", "°C")
    return "" if found == "1" else found


def words(dataset: xarray.Dataset, name: str) -> str:
    """What a coordinate or a result is called."""
    return str(dataset[name].attrs.get("long_name", name))


def called(dataset: xarray.Dataset, name: str, dims: tuple[str, ...]) -> str:
    """Words of a result; says of one with several values at a point that it is the largest."""
    several = name in dataset.data_vars and not set(dataset[name].dims) <= set(dims)
    return ("largest " if several else "") + words(dataset, name)


def with_unit(text: str, unit: str) -> str:
    """A heading.

    Examples
    --------
    >>> with_unit("flow", "L/min"), with_unit("rounds", "")
    ('flow [L/min]', 'rounds')
    """
    return f"{text} [{unit}]" if unit else text
