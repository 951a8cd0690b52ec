"""A result of a sweep over two of what was varied: cells of a grid, or points of a scatter.

The first view is drawn here; the page's script (``sweep_map.js``) draws any other from the same
numbers in the same way.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
import xarray
from numpy.typing import NDArray

from ..figures import MAP_COLOURS
from .maps import hex_colour, ink_on
from .sweep_axes import SweepAxis, sweep_axis
from .sweep_columns import NO_ANSWER, POINT, called, column, unit, with_unit, words
from .sweep_limits import Limit, limits_of, lines_at
from .sweep_view import BOX, SHADES, WRITTEN, first_view

Array = NDArray[np.float64]

MOST_ALONG = 100
"""Values of an axis that are shown; of more, every second, third, and so on."""
MOST_SCATTERED = 4000
MOST_POINTS = 50_000
"""Of a grid of many axes; of more, they are made shorter."""
MOST_NUMBERS = 400_000
"""Of all results together; the last ones are left out beyond."""
MOST_DIGITS = 4
ONE_OF_SEVERAL = ("block", "supply")
"""Dimensions of which the largest is shown; each step of a budget is a result of its own."""


@dataclass(frozen=True)
class SweepMap:
    """The map's first view, and the numbers of all.

    Attributes
    ----------
    data : dict
        What the page's script reads.
    view : dict
        What is drawn at first.
    note : str
        What is left out.
    """

    data: dict[str, Any]
    view: dict[str, Any]
    note: str


def sweep_map(
    dataset: xarray.Dataset, dims: tuple[str, ...], varied: list[str], results: list[str]
) -> SweepMap | None:
    """The map of a sweep; None where fewer than two values vary, or there is no number."""
    is_grid = dims != (POINT,)
    dataset, note = _thinned(dataset, dims)
    if is_grid:
        varied = [next(n for n in (d, *varied) if dataset[n].dims == (d,)) for d in dims]
    axes = [sweep_axis(dataset, name, is_grid) for name in varied]
    moving = [i for i, axis in enumerate(axes) if np.ptp(axis.at) > 0]
    found = list(_results(dataset, dims, results, axes if is_grid else []))
    if len(moving) < 2 or not found:
        return None
    numbers = [i for i in moving if axes[i].is_number]
    up, across = sorted([*numbers, *(i for i in moving if i not in numbers)][:2])
    colours = mpl.colormaps[MAP_COLOURS](np.linspace(0, 1, SHADES))[:, :3]
    data: dict[str, Any] = {
        "grid": is_grid,
        "axes": [axis.to_dict() for axis in axes],
        "results": found,
        "reasons": _reasons(dataset, dims),
        "colours": [hex_colour(rgb) for rgb in colours],
        "inks": ink_on(colours),
        "box": BOX,
        "radius": _radius(math.prod(dataset.sizes[dim] for dim in dims)),
        "written": WRITTEN,
    }
    return SweepMap(data, first_view(data, across, up), note)


def _thinned(dataset: xarray.Dataset, dims: tuple[str, ...]) -> tuple[xarray.Dataset, str]:
    """Every so-manieth value of a long axis, and of so many points, said in words."""
    most = MOST_SCATTERED if dims == (POINT,) else MOST_ALONG
    steps = {dim: -(-dataset.sizes[dim] // most) for dim in dims}
    count = lambda: math.prod(-(-dataset.sizes[d] // steps[d]) for d in dims)  # noqa: E731
    while count() > MOST_POINTS:
        steps[max(dims, key=lambda d: dataset.sizes[d] / steps[d])] += 1
    left = {dim: step for dim, step in steps.items() if step > 1}
    note = "; ".join(f"one in {step} of {dim.replace('_', ' ')}" for dim, step in left.items())
    if note:
        note = f"The map shows {note}; the dataset has all."
    return dataset.isel({dim: slice(None, None, step) for dim, step in left.items()}), note


def _results(
    dataset: xarray.Dataset, dims: tuple[str, ...], names: list[str], axes: list[SweepAxis]
) -> Iterator[dict[str, Any]]:
    """Each result with its numbers, its range and its limit; ``axes`` are those of a grid."""
    limits, room = limits_of(dataset), MOST_NUMBERS
    for name, text, values in _columns(dataset, dims, names):
        field = np.asarray(values, dtype=float)
        known, room = field[np.isfinite(field)], room - field.size
        if room < 0:
            return
        if not len(known):
            continue
        limit, low, high = limits.get(name), float(known.min()), float(known.max())
        yield {
            "words": text,
            "label": with_unit(text, unit(dataset, name)),
            "unit": unit(dataset, name),
            "low": low,
            "high": high,
            "digits": _digits(high - low),
            "ends": [f"{low:.5g}", f"{high:.5g}"],
            "limit": None if limit is None else [limit.value, -1 if limit.is_least else 1],
            "lines": lines_at(limit.value, field, axes) if limit and axes else {},
            "caption": _caption(limit, known, unit(dataset, name), bool(axes)),
            "numbers": base64.b64encode(field.ravel().astype("<f8").tobytes()).decode(),
        }


def _columns(
    dataset: xarray.Dataset, dims: tuple[str, ...], names: list[str]
) -> Iterator[tuple[str, str, xarray.DataArray]]:
    """Name, words and one number a point; a budget gives each of its steps."""
    for name in names:
        values = dataset[name]
        inner = [str(dim) for dim in values.dims if dim not in dims]
        if len(inner) == 1 and inner[0] not in ONE_OF_SEVERAL and inner[0] in dataset.coords:
            for step in dataset[inner[0]].values:
                text = f"{words(dataset, name)}, {step}"
                yield name, text, column(values.sel({inner[0]: step}, drop=True), dims)
        else:
            yield name, called(dataset, name, dims), column(values, dims)


def _digits(span: float) -> int | None:
    """After the point, for three figures of a range; None where that takes too many."""
    digits = max(0, 2 - math.floor(math.log10(span))) if span > 0 else 2
    return digits if digits <= MOST_DIGITS else None


def _caption(limit: Limit | None, known: Array, of_unit: str, is_grid: bool) -> str:
    """Where the limit is, and how many points keep it."""
    if limit is None:
        return ""
    named = f"{limit.words} of {limit.value:.6g} {of_unit}"
    kept = int(np.sum(known >= limit.value if limit.is_least else known <= limit.value))
    if kept == len(known):
        return f"All points with an answer keep the {named}."
    if kept == 0:
        return f"No point keeps the {named}."
    lead = "Orange: the" if is_grid else "Orange rings: beyond the"
    return f"{lead} {named}, which {kept} of {len(known)} points with an answer keep."


def _reasons(dataset: xarray.Dataset, dims: tuple[str, ...]) -> dict[str, str]:
    """Why a point has no answer, by its place."""
    if NO_ANSWER not in dataset:
        return {}
    texts = np.asarray(column(dataset[NO_ANSWER], dims)).ravel()
    return {str(at): str(text) for at, text in enumerate(texts) if text}


def _radius(points: int) -> float:
    return 4.2 if points <= 200 else 2.8 if points <= 1000 else 1.8
