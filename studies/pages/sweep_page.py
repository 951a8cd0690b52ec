"""The page of a sweep: any labelled dataset whose points have coordinates and results."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import xarray
from numpy.typing import NDArray

from .charts import COLOURS, Curves, Series, curves
from .report_page import Report, report_page
from .sweep_columns import (
    NO_ANSWER,
    POINT,
    called,
    flattened,
    point_dimensions,
    results_of,
    unit,
    varied_of,
    with_unit,
    words,
)
from .sweep_map import sweep_map
from .tables import Column, table

Array = NDArray[np.float64]

MOST_DRAWN = 4
"""Results that are drawn; all are in the table."""
MOST_CURVES = len(COLOURS)
MOST_POINTS_SHOWN = 2000


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
    dims = point_dimensions(dataset)
    varied, results = varied_of(dataset, dims), results_of(dataset, dims)
    flat = flattened(dataset, dims, [*varied, *results])
    if not flat:
        raise ValueError(f"{source}: found no point; the dataset of a sweep is meant")
    names = {
        name: with_unit(called(dataset, name, dims), unit(dataset, name))
        for name in (*varied, *results)
    }
    missing = [row for row in flat if row.get(NO_ANSWER)]
    about = _attributes(dataset)
    columns = [Column(name, heading, ".6g") for name, heading in names.items()]
    if missing:
        columns.append(Column(NO_ANSWER, "why no answer"))
    return report_page(
        Report(
            kind=f"waferflux report of a sweep {source}".strip(),
            title=str(dataset.attrs.get("title", "") or source or "Sweep"),
            meaning=_meaning(dataset, names, flat, varied, results, len(missing)),
            sweep_map=sweep_map(dataset, dims, varied, results),
            curves=_drawings(dataset, names, dims != (POINT,), flat, varied, results),
            sections_heading="The sweep",
            sections={"What it says of itself": about} if about else {},
            tables={"Points": table("sweep-points", columns, flat[:MOST_POINTS_SHOWN])},
            command=command,
        )
    )


def _meaning(
    dataset: xarray.Dataset,
    names: dict[str, str],
    flat: list[dict[str, Any]],
    varied: list[str],
    results: list[str],
    missing: int,
) -> list[str]:
    lines = [f"{len(flat)} points; varied: {', '.join(names[n] for n in varied)}."]
    if missing:
        lines.append(f"{missing} of them have no answer; the table says why.")
    if len(flat) > MOST_POINTS_SHOWN:
        lines.append(f"The table has the first {MOST_POINTS_SHOWN}; the dataset has all.")
    for name in results[:MOST_DRAWN]:
        known = [row for row in flat if row[name] is not None]
        if known:
            low, high = (pick(known, key=lambda row: row[name]) for pick in (min, max))
            lines.append(
                f"{names[name]}: {low[name]:.5g} (at {_at(dataset, low, varied)}) to "
                f"{high[name]:.5g} (at {_at(dataset, high, varied)})."
            )
    return lines


def _at(dataset: xarray.Dataset, row: dict[str, Any], varied: list[str]) -> str:
    """Where a point is, as ``coolant.flow 60 L/min``."""
    parts = []
    for name in varied:
        found = f"{words(dataset, name)} {_written(row[name])} {unit(dataset, name)}"
        parts.append(found.strip())
    return ", ".join(parts)


def _written(value: Any) -> str:
    return f"{value:.5g}" if isinstance(value, int | float) else str(value)


def _drawings(
    dataset: xarray.Dataset,
    names: dict[str, str],
    is_grid: bool,
    flat: list[dict[str, Any]],
    varied: list[str],
    results: list[str],
) -> list[Curves]:
    """Results against what was varied: curves over a grid, points otherwise."""
    numeric = [n for n in varied if np.issubdtype(dataset[n].dtype, np.number)]
    # over a grid curves along its finest axis say all; of points each axis is a view of its own
    axes = sorted(numeric, key=lambda name: -dataset[name].size)
    axes = axes[:1] if is_grid else axes[:MOST_DRAWN]
    drawn = []
    for result, axis in itertools.product(results[:MOST_DRAWN], axes):
        others = [name for name in varied if name != axis]
        series = list(_series(dataset, flat, axis, result, others if is_grid else None))
        if series:
            name = f"{result}-{axis}"
            drawn.append(curves(name, names[result], names[axis], names[result], series))
    return drawn


def _series(
    dataset: xarray.Dataset,
    flat: list[dict[str, Any]],
    axis: str,
    result: str,
    others: list[str] | None,
) -> Iterator[Series]:
    """A curve for each combination of the other axes; without them all points as one cloud."""
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in flat:
        if row[result] is not None and row[axis] is not None:
            groups.setdefault(tuple(row[name] for name in others or ()), []).append(row)
    for rows in itertools.islice(groups.values(), MOST_CURVES):
        name = _at(dataset, rows[0], others or [])
        rows.sort(key=lambda row: row[axis])
        x, y = [float(row[axis]) for row in rows], [float(row[result]) for row in rows]
        yield Series(name or "points", x, y, joined=others is not None)


def _attributes(dataset: xarray.Dataset) -> list[tuple[str, str]]:
    """The short ones of its attributes."""
    return [(str(k), str(v)) for k, v in dataset.attrs.items() if len(str(v)) <= 200]
