"""The inputs of a response surface: ranges of a case's values, and the coordinate of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .case_file import CaseError

Array = NDArray[np.float64]
Coordinate = Literal["plain", "log", "inverse"]
_FORWARD: dict[str, Callable[[Array], Array]] = {
    "plain": lambda x: x,
    "log": np.log,
    "inverse": lambda x: -1.0 / x,
}
_BACK: dict[str, Callable[[Array], Array]] = {
    "plain": lambda y: y,
    "log": np.exp,
    "inverse": lambda y: -1.0 / y,
}


@dataclass(frozen=True)
class Input:
    """A value of the case that varies, from ``low`` to ``high``.

    Attributes
    ----------
    path : str
        Of the case file, as ``coolant.flow``.
    low, high : float
        In ``unit``.
    unit : str
        As a case file writes it; empty where the value has none.
    coordinate : {"plain", "log", "inverse"}
        In which the answer is nearly a polynomial.

    Examples
    --------
    >>> Input("coolant.flow", 50, 150, "L/min", "log").setting(75)
    '75 L/min'
    """

    path: str
    low: float
    high: float
    unit: str = ""
    coordinate: Coordinate = "plain"

    def __post_init__(self) -> None:
        """Refuse what is no range, or one that its coordinate cannot span."""
        span = f"found {self.low:g} to {self.high:g} {self.unit}".rstrip()
        if not (np.isfinite([self.low, self.high]).all() and self.low < self.high):
            raise CaseError(f"{self.path}: {span}; a range that rises is meant")
        if self.coordinate not in _FORWARD:
            raise CaseError(
                f"{self.path}: found coordinate '{self.coordinate}'; plain, log or inverse is meant"
            )
        if self.coordinate != "plain" and self.low <= 0:
            raise CaseError(
                f"{self.path}: {span}; values above 0 are meant for '{self.coordinate}'"
            )

    def setting(self, value: float) -> Any:
        """What the case file has there for a value."""
        return f"{value:.15g} {self.unit}" if self.unit else float(value)

    def inner(self, values: ArrayLike) -> Array:
        """Values on [-1, 1], outside where they are beyond the range."""
        forward = _FORWARD[self.coordinate]
        low, high = forward(np.array([self.low, self.high], dtype=float))
        found: Array = 2 * (forward(np.asarray(values, dtype=float)) - low) / (high - low) - 1
        return found

    def outer(self, places: ArrayLike) -> Array:
        """Values at places on [-1, 1]."""
        low, high = _FORWARD[self.coordinate](np.array([self.low, self.high], dtype=float))
        back = _BACK[self.coordinate](low + (high - low) * (np.asarray(places) + 1) / 2)
        found: Array = np.asarray(back)
        return found


@dataclass(frozen=True)
class Box:
    """All combinations of the inputs' ranges.

    Points are rows of values in the inputs' units, in the order of the inputs.
    """

    inputs: tuple[Input, ...]

    def __post_init__(self) -> None:
        """Refuse none, and one twice."""
        paths = [one.path for one in self.inputs]
        if not paths:
            raise CaseError("inputs: found none; one range or more is meant")
        for path in paths:
            if paths.count(path) > 1:
                raise CaseError(f"{path}: found twice; each input once is meant")

    def inner(self, points: Array) -> Array:
        """Points on [-1, 1] along each input."""
        return np.stack(
            [one.inner(x) for one, x in zip(self.inputs, points.T, strict=True)], axis=1
        )

    def outer(self, places: Array) -> Array:
        """Points at places on [-1, 1] along each input."""
        return np.stack(
            [one.outer(y) for one, y in zip(self.inputs, places.T, strict=True)], axis=1
        )

    def contains(self, points: Array) -> NDArray[np.bool_]:
        """Which points are inside, ends included."""
        return np.all(np.abs(self.inner(points)) <= 1 + 1e-9, axis=1)

    def random(self, count: int, rng: np.random.Generator) -> Array:
        """Points spread evenly in the inputs' coordinates."""
        return self.outer(rng.uniform(-1, 1, (count, len(self.inputs))))

    def settings(self, point: Sequence[float] | Array) -> dict[str, Any]:
        """Values of the case at a point, by path."""
        return {one.path: one.setting(float(x)) for one, x in zip(self.inputs, point, strict=True)}

    def points(self, points: Mapping[str, ArrayLike] | ArrayLike) -> Array:
        """Rows of values from columns by path, or from rows.

        Raises
        ------
        ValueError
            When a column is missing or too many, or the shape is another.
        """
        if isinstance(points, Mapping):
            paths = [one.path for one in self.inputs]
            if sorted(points) != sorted(paths):
                raise ValueError(
                    f"points: found {', '.join(sorted(points))}; {', '.join(paths)} is meant"
                )
            columns = np.broadcast_arrays(*(np.asarray(points[p], dtype=float) for p in paths))
            rows = np.stack([np.atleast_1d(c) for c in columns], axis=-1)
        else:
            rows = np.asarray(points, dtype=float)
        if rows.ndim != 2 or rows.shape[1] != len(self.inputs):
            raise ValueError(f"points: found shape {rows.shape}; (n, {len(self.inputs)}) is meant")
        return rows
