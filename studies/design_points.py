"""Design points: which values of a case a sweep varies, and the points at which it is solved.

An axis is a path of the case file with its values, written ``path=VALUES``: a range
``5:45:9 degC``, a list ``50,75,100 L/min`` or words ``single pass,centre-split``. Axes make a grid,
every combination of their values; or a Latin hypercube or a Sobol sequence over ranges without a
count. Points may also come from a CSV file.
"""

from __future__ import annotations

import csv
import itertools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from geometry.units import split_quantity

from .case_file import CaseError, parse_assignment
from .value_range import ValueRange, parse_range, tidy

Coordinate = float | str
"""A number in its axis' unit, or a word."""
Point = tuple[Coordinate, ...]
Kind = Literal["grid", "points", "latin", "sobol"]
MOST_POINTS = 1_000_000
GRAMMAR = "PATH=5:45:9 degC, PATH=50,75 L/min or PATH=word,word is meant"
_ITEMS = re.compile(r"""\s*("[^"]*"|'[^']*'|\[[^\]]*\]|[^,"'\[][^,]*|)\s*(?:,|$)""")
_HEADER = re.compile(r"\s*([^\s\[]+)\s*(?:\[(.*)\])?\s*$")


@dataclass(frozen=True)
class Axis:
    """A path of the case and the values that it takes.

    Attributes
    ----------
    path : str
    unit : str or None
        Of its numbers, empty where they have none; None where its values are words.
    values : tuple of Coordinate
        In the order given; of a range without a count its two ends.
    span : ValueRange or None
        Where it was given as a range.
    ratios : tuple of float
        Of a path whose value is a list of numbers: each of them over the axis' value.
    """

    path: str
    unit: str | None
    values: Point
    span: ValueRange | None = None
    ratios: tuple[float, ...] = ()

    @property
    def name(self) -> str:
        """Of its dimension in a dataset: the path with underscores."""
        return self.path.replace(".", "_")

    def setting(self, value: Coordinate) -> Any:
        """What the case file has there for a coordinate."""
        if self.unit is None or isinstance(value, str):
            return parse_assignment(f"{self.path}={value}")[1]
        if self.ratios:
            return [self._number(value * ratio) for ratio in self.ratios]
        return self._number(value)

    def _number(self, value: float) -> Any:
        if self.unit:
            return f"{value:.12g} {self.unit}"
        return int(value) if value == int(value) else value

    def at(self, share: float) -> Coordinate:
        """The value at a share, from 0 to below 1, of its range or its list."""
        if self.span is None:
            return self.values[int(share * len(self.values))]
        return tidy(self.span.first + share * (self.span.last - self.span.first))

    def text(self) -> str:
        """As ``parse_axis`` reads it."""
        unit = f" {self.unit}" if self.unit else ""
        if self.span is not None:
            count = "" if self.span.count is None else f":{self.span.count}"
            return f"{self.path}={self.span.first!r}:{self.span.last!r}{count}{unit}"
        items = [f'"{v}"' if isinstance(v, str) and "," in v else _plain(v) for v in self.values]
        return f"{self.path}={','.join(items)}{unit}"


@dataclass(frozen=True)
class Design:
    """The points of a sweep, each once.

    Attributes
    ----------
    kind : {"grid", "points", "latin", "sobol"}
    axes : tuple of Axis
    points : sequence of Point
        A coordinate for each axis; of a grid in the order of its product, the last axis fastest.
    seed : int or None
        Of a sample.
    """

    kind: Kind
    axes: tuple[Axis, ...]
    points: Sequence[Point]
    seed: int | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the results: the axes' lengths of a grid, else the number of points."""
        if self.kind == "grid":
            return tuple(len(axis.values) for axis in self.axes)
        return (len(self.points),)

    def settings(self, index: int) -> dict[str, Any]:
        """Values of the case at a point, by path."""
        pairs = zip(self.axes, self.points[index], strict=True)
        return {axis.path: axis.setting(value) for axis, value in pairs}


def parse_axis(text: str) -> Axis:
    """An axis of ``path=VALUES``.

    Raises
    ------
    CaseError
        When it is none; one line.

    Examples
    --------
    >>> parse_axis("coolant.inlet_temperature=5:45:3 degC").values
    (5.0, 25.0, 45.0)
    >>> parse_axis("coolant.path=single pass,centre-split").values
    ('single pass', 'centre-split')
    >>> parse_axis("coolant.flow=50,75 L/min").setting(75.0)
    '75 L/min'
    """
    path, equals, values = (part.strip() for part in text.partition("="))
    if not (path and equals and values):
        raise CaseError(f"--vary: found '{text}'; {GRAMMAR}")
    span = parse_range(values)
    if span is not None:
        return Axis(path, span.unit, tuple(span.values()), span)
    if _looks_like_range(values):
        raise CaseError(f"{path}: found '{values}'; a rising range such as 5:45:9 degC is meant")
    axis = _listed(path, _items(path, values))
    twice = {value for value in axis.values if axis.values.count(value) > 1}
    if twice:
        raise CaseError(f"{path}: found {_plain(min(twice, key=str))} twice; each once is meant")
    return axis


def _looks_like_range(text: str) -> bool:
    """Whether a text looks like a range, so that it is one gone wrong."""
    return re.match(r"\s*[-+]?[\d.]+[^,/\\]*:", text) is not None


def grid(*texts: str) -> Design:
    """Every combination of the axes' values.

    Raises
    ------
    CaseError
        When an axis cannot be read or has a range without a count, or a path comes twice.

    Examples
    --------
    >>> grid("coolant.flow=50,100 L/min", "coolant.path=single pass,4-way").points[1]
    (50.0, '4-way')
    """
    axes = _axes(texts)
    for axis in axes:
        if axis.span is not None and axis.span.count is None:
            raise CaseError(f"{axis.path}: found a range without a count; 5:45:9 degC is meant")
    _check_count(math.prod(len(axis.values) for axis in axes))
    return Design("grid", axes, list(itertools.product(*(axis.values for axis in axes))))


def sample(kind: Literal["latin", "sobol"], texts: Sequence[str], count: int, seed: int) -> Design:
    """A Latin hypercube or a scrambled Sobol sequence over ranges; lists are chosen from evenly.

    Raises
    ------
    CaseError
        As ``grid``; also when a range has a count, nothing is a range, or the count of a Sobol
        sequence is no power of two.

    Examples
    --------
    >>> len(sample("sobol", ["coolant.flow=50:150 L/min"], 8, seed=1).points)
    8
    """
    from scipy.stats import qmc

    axes = _axes(texts)
    for axis in axes:
        if axis.span is not None and axis.span.count is not None:
            raise CaseError(f"{axis.path}: found a range with a count; 5:45 degC is meant")
    if not any(axis.span for axis in axes):
        raise CaseError(f"--design {kind}: found no range; one such as 5:45 degC is meant")
    _check_count(count)
    if kind == "sobol" and count & (count - 1):
        near = 2 ** round(math.log2(count))
        raise CaseError(f"--count: found {count}; a power of two is meant for sobol, as {near}")
    engine = {"latin": qmc.LatinHypercube, "sobol": qmc.Sobol}[kind]
    shares = engine(len(axes), rng=np.random.default_rng(seed)).random(count)
    points = [tuple(axis.at(float(s)) for axis, s in zip(axes, row, strict=True)) for row in shares]
    return Design(kind, axes, list(dict.fromkeys(points)), seed)


def points_from_csv(path: str | Path) -> Design:
    """Points of a CSV file: a header of paths, as ``coolant.flow [L/min]``, and a row for each.

    Raises
    ------
    CaseError
        When the file is missing or wrong; names the row.
    """
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            rows = [row for row in csv.reader(file) if any(cell.strip() for cell in row)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CaseError(f"--points: {path}: cannot be read: {error}") from None
    if len(rows) < 2:
        raise CaseError(f"--points: {path}: found {len(rows)} rows; a header and points are meant")
    _check_count(len(rows) - 1)
    for number, row in enumerate(rows[1:], 1):
        if len(row) != len(rows[0]) or not all(cell.strip() for cell in row):
            raise CaseError(f"--points: {path}: point {number}: {len(rows[0])} values are meant")
    columns = zip(*rows[1:], strict=True)
    axes = _each_once([_column(h, cells) for h, cells in zip(rows[0], columns, strict=True)])
    points = list(zip(*(axis.values for axis in axes), strict=True))
    first: dict[Point, int] = {}
    for number, point in enumerate(points, 1):
        if first.setdefault(point, number) != number:
            raise CaseError(
                f"--points: {path}: point {number}: found again, as {first[point]}; each once is "
                "meant"
            )
    return Design("points", axes, points)


def _axes(texts: Sequence[str]) -> tuple[Axis, ...]:
    if not texts:
        raise CaseError(f"--vary: missing; {GRAMMAR}")
    return _each_once([parse_axis(text) for text in texts])


def _each_once(axes: list[Axis]) -> tuple[Axis, ...]:
    """The axes, each of another path."""
    names = [axis.name for axis in axes]
    for axis in axes:
        if names.count(axis.name) > 1:
            raise CaseError(f"{axis.path}: found twice; each path once is meant")
    return tuple(axes)


def _column(header: str, cells: Sequence[str]) -> Axis:
    found = _HEADER.match(header)
    if found is None:
        raise CaseError(f"--points: found '{header}' in the header; a path is meant")
    unit = found[2] or ""
    return _listed(found[1], [f"{c} {unit}" if _is_number(c) else c.strip() for c in cells])


def _is_number(text: str) -> bool:
    split = split_quantity(text)
    return split is not None and not split[1]


def _items(path: str, values: str) -> list[str]:
    """The items of a list, divided at the commas that are in no quotes or brackets."""
    items, at = [], 0
    while at <= len(values):
        found = _ITEMS.match(values, at)
        if found is None or not found[1].strip():
            raise CaseError(f"{path}: found '{values}'; {GRAMMAR}")
        text = found[1].strip()
        items.append(text[1:-1] if text[0] in "\"'" else text)
        at = found.end()
        if not found[0].rstrip().endswith(","):
            break
    return items


def _listed(path: str, items: Sequence[str]) -> Axis:
    """An axis of numbers where all items are numbers and their units agree, else of words."""
    numbers = [split for item in items if (split := split_quantity(item)) is not None]
    if len(numbers) < len(items):
        return Axis(path, None, tuple(items))
    units = list(dict.fromkeys(unit for _, unit in numbers if unit))
    if len(units) > 1:
        raise CaseError(f"{path}: found {' and '.join(units)}; one unit for all is meant")
    return Axis(path, "".join(units), tuple(tidy(number) for number, _ in numbers))


def _plain(value: Coordinate) -> str:
    return value if isinstance(value, str) else f"{value:.12g}"


def _check_count(count: int) -> None:
    if not 1 <= count <= MOST_POINTS:
        raise CaseError(f"points: found {count}; 1 to {MOST_POINTS} are meant")
