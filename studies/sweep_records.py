"""Points of a sweep that were not solved themselves, as its journal has them."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .surface_fitting import OutputError

Say = Callable[[str], None]
HOTTEST = "block_temperature_max_degC"


@dataclass(frozen=True)
class Answered:
    """Answers of some points of a design.

    Attributes
    ----------
    points : sequence of int
        Their numbers.
    found : dict
        As a ``Surface`` gives them.
    by : {"surface", "influence matrix"}
    solves : int
        Direct solutions that it took.
    error : OutputError
        Of the blocks' hottest temperatures.
    """

    points: Sequence[int]
    found: dict[str, Any]
    by: str
    solves: int
    error: OutputError

    def records(self, wanted: Collection[int]) -> Iterator[str]:
        """Records of those points that are wanted."""
        name = self.by.partition(" ")[0]
        how = {
            "answered_by": self.by,
            f"{name}_solutions": self.solves,
            f"{name}_error_estimated_K": self.error.estimated,
            f"{name}_error_measured_K": self.error.measured,
        }
        for i, point in enumerate(self.points):
            if point in wanted:
                answer = {key: _of_point(value, i) for key, value in self.found.items()} | how
                record = {"point": point, "reason": "", "seconds": 0.0, "found": answer}
                yield json.dumps(record)


def _of_point(value: Any, point: int) -> Any:
    """One point's part of a result of all; what is the same at all points as it is."""
    if isinstance(value, dict):
        return {name: _of_point(part, point) for name, part in value.items()}
    return value[point].tolist() if isinstance(value, np.ndarray) else value
