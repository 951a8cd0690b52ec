"""What of an answer a response surface gives: its numbers as one row, and how well each is wanted.

The hottest temperature of all is not among the numbers: it changes from block to block and so has
kinks where each block's own has none. It is the largest of the blocks', found afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

DERIVED = ("junction_temperature_max_degC", "hottest_block")
"""Found from the blocks' temperatures."""
NOT_GIVEN = (
    "case",
    "title",
    "rounds",
    "residual_relative",
    "heat_balance_relative",
    "power_balance_relative",
    "sheet_error_V",
    "solve_seconds",
    "engine",
    "engine_reason",
    "unknowns",
    "warnings",
    "current_density_worst",
    "layer_windows",
)
"""Of one solution only, or neither a number nor the same at all points."""
AT_THE_HOTTEST = ("temperature_budget_K", "leakage_loop_gain_at_most")
"""Given where they can be: they jump where another block becomes the hottest."""


@dataclass(frozen=True)
class Tolerance:
    """How far off numbers may be.

    Attributes
    ----------
    kelvin : float
        Of temperatures and their differences [K].
    volt : float
        Of voltages [V].
    relative : float
        Of the rest, relative to themselves, in a list to its largest; a thousandth of it beside
        that relative to the largest of the budget it belongs to.
    """

    kelvin: float = 0.05
    volt: float = 1e-4
    relative: float = 1e-3

    def absolute(self, name: str) -> float | None:
        """Of a number by its name, in its unit; None of those held relative to themselves."""
        if name.endswith("_degC") or _is_kelvin(name):
            return self.kelvin
        return {"V": self.volt, "mV": self.volt * 1e3}.get(name.rpartition("_")[2])


def _is_kelvin(name: str) -> bool:
    return name.endswith("_K") and not name.endswith("_W_m2_K")


def numbers_of(answer: Mapping[str, Any]) -> dict[tuple[str, str], Any]:
    """Numbers of an answer by name and, in a budget, step; lists of numbers as they are."""
    found: dict[tuple[str, str], Any] = {}
    for name, value in answer.items():
        if name in DERIVED or name in NOT_GIVEN:
            continue
        if isinstance(value, dict):
            found |= {(name, step): number for step, number in value.items()}
        elif isinstance(value, float) or _is_numbers(value):
            found[name, ""] = value
    return found


def _is_numbers(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, float) for v in value)


def words_of(answer: Mapping[str, Any]) -> dict[str, Any]:
    """All else that an answer says: it must be the same at all points of a surface."""
    numbers = {name for name, _ in numbers_of(answer)}
    left = numbers | set(DERIVED) | set(NOT_GIVEN)
    return {name: value for name, value in answer.items() if name not in left}


@dataclass(frozen=True)
class Layout:
    """Where each number is in the row of an answer.

    Attributes
    ----------
    names : tuple of (str, str)
        Name and step of each entry.
    lengths : tuple of int
        Numbers of each entry.
    is_list : tuple of bool
    """

    names: tuple[tuple[str, str], ...]
    lengths: tuple[int, ...]
    is_list: tuple[bool, ...]

    @classmethod
    def of(cls, answer: Mapping[str, Any]) -> Layout:
        """Of an answer and all like it."""
        numbers = numbers_of(answer)
        return cls(
            tuple(numbers),
            tuple(np.size(value) for value in numbers.values()),
            tuple(isinstance(value, list) for value in numbers.values()),
        )

    def row(self, answer: Mapping[str, Any]) -> Array:
        """The numbers of an answer, shape (outputs,).

        Raises
        ------
        ValueError
            When the answer has other numbers.
        """
        if Layout.of(answer) != self:
            raise ValueError("its answers do not all have the same numbers")
        return np.concatenate([np.atleast_1d(value) for value in numbers_of(answer).values()])

    @property
    def slices(self) -> list[slice]:
        """Columns of each entry."""
        ends = np.cumsum((0, *self.lengths)).tolist()
        return [slice(a, b) for a, b in pairwise(ends)]

    def columns(self, names: Iterable[str]) -> list[int]:
        """Columns of the numbers of these names."""
        wanted = set(names)
        pairs = zip(self.names, self.slices, strict=True)
        return [c for (name, _), s in pairs if name in wanted for c in range(s.start, s.stop)]

    def tolerances(self, rows: Array, tolerance: Tolerance) -> Array:
        """How far off each number of some rows may be, shaped like ``rows``."""
        found = np.empty_like(rows)
        budget: dict[str, Array] = {}
        for (name, _), s in zip(self.names, self.slices, strict=True):
            largest = np.abs(rows[:, s]).max(axis=1, keepdims=True)
            budget[name] = np.maximum(budget.get(name, largest), largest)
        for (name, _), s in zip(self.names, self.slices, strict=True):
            absolute = tolerance.absolute(name)
            if absolute is not None:
                found[:, s] = absolute
            else:
                largest = np.abs(rows[:, s]).max(axis=1, keepdims=True)
                found[:, s] = tolerance.relative * (largest + 1e-3 * budget[name])
        # a number that is nought everywhere is off by rounding at the most
        return np.maximum(found, 1e-12)

    def answers(self, rows: Array, names: Iterable[str]) -> dict[str, Any]:
        """Arrays by name, a row for each point; a budget is a dict of them by step."""
        wanted, found = set(names), dict[str, Any]()
        for (name, step), s, many in zip(self.names, self.slices, self.is_list, strict=True):
            if name in wanted:
                values = rows[:, s] if many else rows[:, s.start]
                if step:
                    found.setdefault(name, {})[step] = values
                else:
                    found[name] = values
        return found


def answers_of(layout: Layout, rows: Array, names: Iterable[str]) -> dict[str, Any]:
    """Numbers by name; with the blocks' hottest temperatures the hottest of all."""
    found = layout.answers(rows, names)
    if "block_temperature_max_degC" in found:
        found["junction_temperature_max_degC"] = found["block_temperature_max_degC"].max(axis=1)
    return found
