"""A row of the validation: a reference, what we find, how far apart they may be."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Row:
    """One number held against its reference.

    Attributes
    ----------
    name : str
    reference : float
        0 where ``value`` is itself a largest error.
    value : float
        Ours.
    unit : str
        Of both; empty where they have none.
    allowed : float
        Largest error that passes.
    source : str
        Of the reference.
    relative : bool
        Whether error and allowed error are shares of the reference.
    order : float or None
        With which the error falls with the cell size, as seen on the last two grids.
    least_order : float or None
        Below which the row fails.
    """

    name: str
    reference: float
    value: float
    unit: str
    allowed: float
    source: str
    relative: bool = False
    order: float | None = None
    least_order: float | None = None

    @property
    def error(self) -> float:
        """Distance of value and reference, relative or in their unit."""
        off = abs(self.value - self.reference)
        return off / abs(self.reference) if self.relative else off

    @property
    def passed(self) -> bool:
        """Whether error and order are as they must be; what is not finite fails."""
        order_seen = self.least_order is None or (
            self.order is not None and self.order >= self.least_order
        )
        return bool(math.isfinite(self.value) and self.error <= self.allowed and order_seen)

    def to_dict(self) -> dict[str, Any]:
        """As JSON can hold it."""
        error = "relative" if self.relative else "absolute"
        found = {k: v for k, v in vars(self).items() if k != "relative"}
        return found | {"error": self.error, "error_is": error, "passed": self.passed}


@dataclass(frozen=True)
class Case:
    """A problem with a known answer.

    Attributes
    ----------
    title : str
    solve : callable
        Gives the rows.
    """

    title: str
    solve: Callable[[], list[Row]]

    @property
    def words(self) -> str:
        """What the case is, from the docstring of ``solve``."""
        return inspect.cleandoc(self.solve.__doc__ or "")


def observed_order(errors: Sequence[float], refinement: float = 2.0) -> float:
    """Order from the errors on the last two grids, cells ``refinement`` times smaller."""
    return float(np.log(errors[-2] / errors[-1]) / np.log(refinement))
