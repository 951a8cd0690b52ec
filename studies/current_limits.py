"""Where current flows most densely, held against the limits of the case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from geometry.floorplan import block_maximum
from power.current_density import CurrentDensity, current_densities

if TYPE_CHECKING:
    from .coupled import Coupled

WORST = 3
"""Blocks that are named of each part."""


@dataclass(frozen=True)
class Place:
    """A place where a part carries much.

    Attributes
    ----------
    density : CurrentDensity
        Of the part.
    block : str
    x, y : float
        In the outer rectangle [m].
    value : float
        In SI.
    """

    density: CurrentDensity
    block: str
    x: float
    y: float
    value: float

    @property
    def share(self) -> float | None:
        """Of the limit, where there is one."""
        limit = self.density.limit
        return None if limit is None else self.value / limit

    def to_dict(self) -> dict[str, Any]:
        """As JSON can hold it."""
        limit, one = self.density.limit, self.density.per_unit
        return {
            "part": self.density.part,
            "quantity": self.density.quantity,
            "block": self.block,
            "x_mm": self.x * 1e3,
            "y_mm": self.y * 1e3,
            "value": self.value / one,
            "unit": self.density.unit,
            "limit": None if limit is None else limit / one,
            "share_of_limit": self.share,
        }

    @property
    def in_words(self) -> str:
        """Value, limit and place."""
        density = self.density
        value = self.value / density.per_unit
        words = f"{value:.0f} {density.unit}" if value >= 1000 else f"{value:.3g} {density.unit}"
        if density.limit is not None and self.share is not None:
            limit = density.limit / density.per_unit
            words += f", {100 * self.share:.0f} % of {limit:g} {density.unit},"
        return f"{words} in {self.block} at x {self.x * 1e3:.1f}, y {self.y * 1e3:.1f} mm"


def worst_places(coupled: Coupled) -> list[Place]:
    """The blocks in which each part carries most, worst first; none without sheets on the grid."""
    machine, state = coupled.machine, coupled.drawn.sheets
    if machine.sheets is None or state is None:
        return []
    plan, (x, y) = machine.sheets.power_map.floorplan, machine.sheets.corner
    places = []
    for density in current_densities(state.field, machine.sheets.delivery):
        most = block_maximum(plan, density.values)
        for b in np.argsort(-most.value, kind="stable")[:WORST].tolist():
            places.append(
                Place(
                    density,
                    plan.names[b],
                    x + float(most.x[b]),
                    y + float(most.y[b]),
                    float(most.value[b]),
                )
            )
    return places


def limit_warnings(places: list[Place]) -> list[str]:
    """A line for each part that is over its limit."""
    over: dict[str, Place] = {}
    for place in places:
        if place.share is not None and place.share > 1:
            over.setdefault(place.density.part, place)
    return [f"{part} carries {place.in_words}" for part, place in over.items()]
