"""The page of a sweep: any labelled dataset whose points have coordinates and results."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import xarray
from numpy.typing import NDArray

from .charts import COLOURS, Curves, Series, curves
from .report_page import Report, report_page
from .tables import Column, table

Array = NDArray[np.float64]

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
MOST_DRAWN = 4
"""Results that are drawn; all are in the table."""
MOST_CURVES = len(COLOURS)
MOST_POINTS_SHOWN = 2000
NO_ANSWER = "reason"
"""Variable that says of a point why it has no answer."""


def sweep_page(dataset: xarray.Dataset, command: str = "", source: str = "") -> str:
    """One HTML file of a sweep.

    Parameters
    ----------
    dataset : xarray.Dataset
        With the dimension ``point``, or those of the varied paths; coordinates are what was
        varied. Variables over these alone are the results; of one with more dimensions, as a
        number per block, the largest of each point is shown. A variable ``reason`` may say why a
        point has no answer.
    command, source : str
        That made it, and the name of its file.

    Raises
    ------
    ValueError
        When it has no point.
    """
    dims = _point_dimensions(dataset)
    flat = _flattened(dataset, dims)
    if not flat:
        raise ValueError(f"{source}: found no point; the dataset of a sweep is meant")
    varied, results = _varied(dataset, dims), _results(dataset, dims)
    missing = [row for row in flat if row.get(NO_ANSWER)]
    about = _attributes(dataset)
    columns = [Column(name, _label(dataset, name), ".6g") for name in (*varied, *results)]
    if missing:
        columns.append(Column(NO_ANSWER, "why no answer"))
    return report_page(
        Report(
            kind=f"waferflux report of a sweep {source}".strip(),
            title=str(dataset.attrs.get("title", "") or source or "Sweep"),
            meaning=_meaning(dataset, flat, varied, results, len(missing)),
            curves=_drawings(dataset, dims, flat, varied, results),
            sections_heading="The sweep",
            sections={"What it says of itself": about} if about else {},
            tables={"Points": table("sweep-points", columns, flat[:MOST_POINTS_SHOWN])},
            command=command,
        )
    )


def _point_dimensions(dataset: xarray.Dataset) -> tuple[str, ...]:
    """``point``, or the dimensions that most results have in common."""
    if POINT in dataset.dims:
        return (POINT,)
    found = [[str(dim) for dim in values.dims] for values in dataset.data_vars.values()]
    found = [dims for dims in found if dims]
    shared = set.intersection(*map(set, found)) if found else set()
    return tuple(dim for dim in (found[0] if found else []) if dim in shared)


def _varied(dataset: xarray.Dataset, dims: tuple[str, ...]) -> list[str]:
    """Coordinates of the points alone."""
    return [
        str(name)
        for name, values in dataset.coords.items()
        if values.dims and set(values.dims) <= set(dims) and name != POINT
    ]


def _results(dataset: xarray.Dataset, dims: tuple[str, ...]) -> list[str]:
    """Numbers of the points, those that are looked at first in front."""
    numbers = [
        str(name)
        for name, values in dataset.data_vars.items()
        if set(dims) <= set(values.dims) and np.issubdtype(values.dtype, np.number)
    ]
    first = [name for name in SHOWN_FIRST if name in numbers]
    return first + [name for name in numbers if name not in first]


def _flattened(dataset: xarray.Dataset, dims: tuple[str, ...]) -> list[dict[str, Any]]:
    """A row for each point: what was varied, what was found."""
    names = [*_varied(dataset, dims), *_results(dataset, dims)]
    names += [NO_ANSWER] if NO_ANSWER in dataset else []
    sizes = [dataset.sizes[dim] for dim in dims]
    columns = {name: _column(dataset[name], dims, sizes) for name in names}
    return [
        {name: column[at] for name, column in columns.items()} for at in range(math.prod(sizes))
    ] if dims else []  # fmt: skip


def _column(values: xarray.DataArray, dims: tuple[str, ...], sizes: list[int]) -> list[Any]:
    """Values of all points in order; the largest of a point that has several."""
    inner = [dim for dim in values.dims if dim not in dims]
    if inner:
        values = values.max(dim=inner, skipna=True)
    shape = dict(zip(dims, sizes, strict=True))
    missing = {dim: size for dim, size in shape.items() if dim not in values.dims}
    whole = values.expand_dims(missing).transpose(*dims)
    return [_plain(value) for value in np.asarray(whole).ravel().tolist()]


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _label(dataset: xarray.Dataset, name: str) -> str:
    about = dataset[name].attrs
    words, unit = str(about.get("long_name", name)), str(about.get("units", ""))
    inner = "" if name not in dataset.data_vars or "block" not in dataset[name].dims else "largest "
    return f"{inner}{words} [{unit}]" if unit not in ("", "1") else f"{inner}{words}"


def _meaning(
    dataset: xarray.Dataset,
    flat: list[dict[str, Any]],
    varied: list[str],
    results: list[str],
    missing: int,
) -> list[str]:
    words = [f"{len(flat)} points; varied: {', '.join(_label(dataset, n) for n in varied)}."]
    if missing:
        words.append(f"{missing} of them have no answer; the table says why.")
    if len(flat) > MOST_POINTS_SHOWN:
        words.append(f"The table has the first {MOST_POINTS_SHOWN}; the dataset has all.")
    for name in results[:MOST_DRAWN]:
        known = [row for row in flat if row[name] is not None]
        if known:
            low, high = (pick(known, key=lambda row: row[name]) for pick in (min, max))
            words.append(
                f"{_label(dataset, name)}: {low[name]:.5g} (at {_at(dataset, low, varied)}) to "
                f"{high[name]:.5g} (at {_at(dataset, high, varied)})."
            )
    return words


def _at(dataset: xarray.Dataset, row: dict[str, Any], varied: list[str]) -> str:
    """Where a point is, as ``coolant.flow 60 L/min``."""
    parts = []
    for name in varied:
        about = dataset[name].attrs
        unit = str(about.get("units", "")).removeprefix("1")
        parts.append(f"{about.get('long_name', name)} {_words(row[name])} {unit}".strip())
    return ", ".join(parts)


def _words(value: Any) -> str:
    return f"{value:.5g}" if isinstance(value, int | float) else str(value)


def _drawings(
    dataset: xarray.Dataset,
    dims: tuple[str, ...],
    flat: list[dict[str, Any]],
    varied: list[str],
    results: list[str],
) -> list[Curves]:
    """Results against what was varied: curves over a grid, points otherwise."""
    numeric = [n for n in varied if np.issubdtype(dataset[n].dtype, np.number)]
    is_grid = dims != (POINT,)
    # over a grid curves along its finest axis say all; of points each axis is a view of its own
    axes = sorted(numeric, key=lambda name: -dataset[name].size)
    axes = axes[:1] if is_grid else axes[:MOST_DRAWN]
    drawn = []
    for result, axis in itertools.product(results[:MOST_DRAWN], axes):
        others = [name for name in varied if name != axis]
        series = list(_series(dataset, flat, axis, result, others if is_grid else None))
        if series:
            label = _label(dataset, result)
            name = f"{result}-{axis}"
            drawn.append(curves(name, label, _label(dataset, axis), label, series))
    return drawn


def _series(
    dataset: xarray.Dataset,
    flat: list[dict[str, Any]],
    axis: str,
    result: str,
    others: list[str] | None,
) -> Iterator[Series]:
    """A curve for each combination of the other axes; without them all points as one cloud."""
    known = [row for row in flat if row[result] is not None and row[axis] is not None]
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in known:
        groups.setdefault(_at(dataset, row, others or []), []).append(row)
    for name, rows in itertools.islice(groups.items(), MOST_CURVES):
        rows.sort(key=lambda row: row[axis])
        x, y = [float(row[axis]) for row in rows], [float(row[result]) for row in rows]
        yield Series(name or "points", x, y, joined=others is not None)


def _attributes(dataset: xarray.Dataset) -> list[tuple[str, str]]:
    """The short ones of its attributes."""
    return [(str(k), str(v)) for k, v in dataset.attrs.items() if len(str(v)) <= 200]
