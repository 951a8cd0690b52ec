"""Where the points of a sweep lie along what was varied, as shares of a drawing's side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray
from numpy.typing import NDArray

from .charts import ticks
from .sweep_columns import unit, with_unit, words

Array = NDArray[np.float64]

MARGIN = 0.03
"""Of a scatter's side, beyond its outermost points."""
TICKS = 5
LONGEST_TICK = 12
CLOSEST = 0.12
"""Ticks at the values themselves are further apart than this share."""


@dataclass(frozen=True)
class SweepAxis:
    """One varied value: of a grid its values, of a scatter that of every point.

    Attributes
    ----------
    words, label : str
        What it is called; with its unit.
    values : list of str
        As they are written, unit included.
    at : ndarray
        Shares of the side, from 0 to 1.
    edges : list of (float, float)
        Of a grid's cells; empty for a scatter.
    ticks : list of (share, text)
    is_number : bool
    """

    words: str
    label: str
    values: list[str]
    at: Array
    edges: list[tuple[float, float]]
    ticks: list[tuple[float, str]]
    is_number: bool

    def to_dict(self) -> dict[str, Any]:
        """For the page's script."""
        return {
            "words": self.words,
            "label": self.label,
            "values": self.values,
            "at": self.at.round(5).tolist(),
            "edges": [[round(a, 5), round(b, 5)] for a, b in self.edges],
            "ticks": [[round(at, 5), text] for at, text in self.ticks],
        }


def sweep_axis(dataset: xarray.Dataset, name: str, is_grid: bool) -> SweepAxis:
    """The axis of a coordinate with one dimension."""
    values, of_unit = dataset[name].values, unit(dataset, name)
    is_number = bool(np.issubdtype(values.dtype, np.number))
    if is_number and np.isfinite(values).all():
        at, edges, marks = _numbers(np.asarray(values, dtype=float), is_grid)
    else:
        is_number = False
        at, edges, marks = _texts([str(value) for value in values], is_grid)
    written = [f"{value:.6g}" if is_number else str(value) for value in values]
    if of_unit:
        written = [f"{text} {of_unit}" for text in written]
    called = words(dataset, name)
    return SweepAxis(called, with_unit(called, of_unit), written, at, edges, marks, is_number)


def _numbers(
    values: Array, is_grid: bool
) -> tuple[Array, list[tuple[float, float]], list[tuple[float, str]]]:
    known = np.unique(values)
    bounds = _bounds(known) if is_grid else _around(known)
    low, span = bounds[0], bounds[-1] - bounds[0]
    shares = (bounds - low) / span
    at = (values - low) / span
    places = np.searchsorted(known, values)
    edges = [(float(shares[i]), float(shares[i + 1])) for i in places] if is_grid else []
    own = [(float((value - low) / span), f"{value:.6g}") for value in known]
    if is_grid and _fit(own):
        return at, edges, own
    round_ones = ticks(float(low), float(low + span), TICKS)
    return at, edges, [(float((value - low) / span), text) for value, text in round_ones]


def _bounds(known: Array) -> Array:
    """Midway between neighbours; the outermost cells are as wide outwards as inwards."""
    if len(known) == 1:
        return np.array([known[0] - 0.5, known[0] + 0.5])
    middle = (known[1:] + known[:-1]) / 2
    return np.array([2 * known[0] - middle[0], *middle, 2 * known[-1] - middle[-1]])


def _around(known: Array) -> Array:
    wide = (known[-1] - known[0]) or abs(known[0]) or 1.0
    return np.array([known[0] - MARGIN * wide, known[-1] + MARGIN * wide])


def _fit(marks: Sequence[tuple[float, str]]) -> bool:
    """Whether the values themselves can be the ticks."""
    apart = np.diff([share for share, _ in marks])
    return bool((apart > CLOSEST).all()) and all(len(text) <= 6 for _, text in marks)


def _texts(
    values: list[str], is_grid: bool
) -> tuple[Array, list[tuple[float, float]], list[tuple[float, str]]]:
    known = list(dict.fromkeys(values))
    places = [known.index(value) for value in values]
    count = len(known)
    at = np.array([(place + 0.5) / count for place in places])
    edges = [(place / count, (place + 1) / count) for place in places] if is_grid else []
    marks = [((i + 0.5) / count, _short(text)) for i, text in enumerate(known)]
    return at, edges, marks


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_TICK else text[: LONGEST_TICK - 1] + "…"
