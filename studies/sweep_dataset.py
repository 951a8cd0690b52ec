"""The records of a sweep as one labelled dataset.

Names are the keys of ``solve --json``, which end in their unit. A grid has its varied paths as
dimensions, everything else ``point``; numbers per block or supply, and the steps of the budgets,
have a dimension of their own behind. What a point does not have is NaN, with ``reason`` saying why.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable
from typing import Any

import numpy as np
import xarray

from .design_points import Axis, Design

NOT_YET = "not solved yet"
UNITS = {
    "_L_min_per_input_kW": "L/min/kW",
    "_L_min_per_kW": "L/min/kW",
    "_W_m2_K": "W/m2/K",
    "_L_min": "L/min",
    "_m_s": "m/s",
    "_degC": "degC",
    "_kPa": "kPa",
    "_kN": "kN",
    "_mV": "mV",
    "_W": "W",
    "_K": "K",
    "_V": "V",
    "_A": "A",
}
"""By the end of a name, longest first; a number with none of them has unit 1."""
PER_BLOCK = ("block_temperature", "block_power", "block_voltage", "block_drop", "brick_current")
PER_SUPPLY = ("supply_current", "supply_load")
OF_ALL = ("title", "case", "engine_reason")
"""What an answer says that is no result of a point."""


class Columns:
    """Results by name, each an array over all points, filled record by record."""

    def __init__(self, points: int) -> None:
        self.points = points
        self.numbers: dict[str, Any] = {}
        self.texts: dict[str, Any] = {"reason": self._texts(NOT_YET)}
        self.lists: dict[str, Any] = {}
        self.tables: dict[str, dict[str, Any]] = {}
        self.blocks: set[tuple[str, ...]] = set()

    def add(self, record: dict[str, Any]) -> None:
        """Put one record into its place."""
        at = record["point"]
        self.texts["reason"][at] = record["reason"]
        self._numbers_of("point_seconds")[at] = record["seconds"]
        for name, value in record["found"].items():
            if name in OF_ALL:
                continue
            if name == "block_names":
                self.blocks.add(tuple(value))
            elif name == "layer_windows":
                for layer, window in value.items():
                    for key, number in window.items():
                        self._numbers_of(f"{layer}_{key}")[at] = (
                            np.nan if number is None else number
                        )
            elif isinstance(value, dict):
                for part, number in value.items():
                    table = self.tables.setdefault(name, {})
                    table.setdefault(part, self._empty())[at] = number
            elif isinstance(value, list) and name.startswith((*PER_BLOCK, *PER_SUPPLY)):
                self._list(name, len(value))[at, : len(value)] = value
            elif isinstance(value, str | list):
                text = value if isinstance(value, str) else _text(value)
                self.texts.setdefault(name, self._texts(""))[at] = text
            elif value is not None:
                self._numbers_of(name)[at] = value

    def _empty(self) -> Any:
        return np.full(self.points, np.nan)

    def _texts(self, text: str) -> Any:
        return np.full(self.points, text, dtype=object)

    def _numbers_of(self, name: str) -> Any:
        if name not in self.numbers:
            self.numbers[name] = self._empty()
        return self.numbers[name]

    def _list(self, name: str, width: int) -> Any:
        """The array of a list, made wider where a point has more blocks than those before."""
        have = self.lists.get(name)
        if have is None or have.shape[1] < width:
            wider = np.full((self.points, width), np.nan)
            if have is not None:
                wider[:, : have.shape[1]] = have
            self.lists[name] = wider
        return self.lists[name]


def dataset(
    design: Design, records: Iterable[dict[str, Any]], attributes: dict[Hashable, Any]
) -> xarray.Dataset:
    """The dataset of a design's records, in any order; points without one are not solved yet.

    Variables do not depend on the order of the records.
    """
    columns = Columns(len(design.points))
    for record in records:
        columns.add(record)
    dims, coordinates = _axes_of(design)
    found = xarray.Dataset(coords=coordinates, attrs=attributes)

    def put(name: str, values: Any, units: str | None, *inner: str) -> None:
        shaped = values.reshape(*design.shape, *values.shape[1:])
        named = {"long_name": _words(name)} | ({} if units is None else {"units": units})
        found[name] = ((*dims, *inner), shaped, named)

    for name in sorted(columns.numbers):
        put(name, columns.numbers[name], unit_of(name))
    for name in sorted(columns.lists):
        put(name, columns.lists[name], unit_of(name), _inner(name))
    for name, parts in sorted(columns.tables.items()):
        step = name.removesuffix("_K").removesuffix("_W") + "_step"
        labels = sorted(parts)
        put(name, np.stack([parts[label] for label in labels], axis=1), unit_of(name), step)
        found = found.assign_coords({step: np.array(labels, dtype=object)})
    for name in sorted(columns.texts):
        put(name, columns.texts[name], None)
    return _with_blocks(found, columns.blocks)


def unit_of(name: str) -> str:
    """Unit of a result by the end of its name.

    Examples
    --------
    >>> unit_of("coolant_flow_L_min_per_kW"), unit_of("rounds")
    ('L/min/kW', '1')
    """
    if name.endswith("_seconds"):
        return "s"
    return next((unit for end, unit in UNITS.items() if name.endswith(end)), "1")


def _words(name: str) -> str:
    end = next((end for end in UNITS if name.endswith(end)), "")
    return name.removesuffix(end).replace("_", " ")


def _inner(name: str) -> str:
    return "supply" if name.startswith(PER_SUPPLY) else "block"


def _text(value: list[Any]) -> str:
    lines = all(isinstance(line, str) for line in value)
    return "\n".join(value) if lines else json.dumps(value)


def _axes_of(design: Design) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Dimensions of the points, and the coordinates of the varied paths."""
    if design.kind == "grid":
        names = tuple(axis.name for axis in design.axes)
        return names, {
            axis.name: (axis.name, *_coordinate(axis, axis.values)) for axis in design.axes
        }
    columns = zip(*design.points, strict=True)
    return ("point",), {
        axis.name: ("point", *_coordinate(axis, column))
        for axis, column in zip(design.axes, columns, strict=True)
    }


def _coordinate(axis: Axis, values: Iterable[Any]) -> tuple[Any, dict[str, str]]:
    named = {"long_name": axis.path}
    if axis.unit is None:
        return np.array([str(value) for value in values], dtype=object), named
    return np.array(list(values), dtype=float), named | {"units": axis.unit or "1"}


def _with_blocks(found: xarray.Dataset, names: set[tuple[str, ...]]) -> xarray.Dataset:
    """Blocks by their names, where all points have the same."""
    if len(names) != 1 or "block" not in found.dims:
        return found
    return found.assign_coords(block=("block", np.array(next(iter(names)), dtype=object)))
