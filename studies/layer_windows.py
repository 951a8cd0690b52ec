"""Layers that have a temperature window of their own: whether a solved case keeps to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thermal.coolant import FREEZING

from .case import Window
from .coupled import Coupled

Array = NDArray[np.float64]


@dataclass(frozen=True)
class LayerWindow:
    """A layer and its window.

    Attributes
    ----------
    layer : str
    window : Window
    least, greatest : float
        Temperatures of its cells [K]; of those of the sheet that makes heat where it has one.
    inlet : float or None
        Of the coolant [K]; None without one.
    """

    layer: str
    window: Window
    least: float
    greatest: float
    inlet: float | None

    @property
    def margins(self) -> tuple[float, float]:
        """From the window's lower end up to the layer, and from the layer to its upper end [K].

        Below nought where the layer is outside; without an end infinite.
        """
        low, high = self.window.least, self.window.most
        return (
            np.inf if low is None else self.least - low,
            np.inf if high is None else high - self.greatest,
        )

    @property
    def margin(self) -> float:
        """The smaller of the two [K]."""
        return min(self.margins)

    @property
    def inlets(self) -> tuple[float, float] | None:
        """Coolant inlets that keep it, if it follows the inlet kelvin for kelvin [K].

        None without a coolant, and where the layer's spread is wider than its window.
        """
        below, above = self.margins
        if self.inlet is None or below + above < 0:
            return None
        return self.inlet - below, self.inlet + above

    @property
    def in_words(self) -> str:
        """Its temperatures and whether they are inside."""
        found = f"{self.least - FREEZING:.1f} to {self.greatest - FREEZING:.1f} °C, "
        if self.margin >= 0:
            return f"{found}{self.margin:.1f} K inside {self._ends}"
        side = "below" if self.margins[0] < self.margins[1] else "above"
        return f"{found}{-self.margin:.1f} K {side.upper()} {self._ends}"

    @property
    def _ends(self) -> str:
        low, high = self.window.least, self.window.most
        if low is None or high is None:
            name, end = ("least", low) if high is None else ("most", high)
            assert end is not None
            return f"its {name} of {end - FREEZING:.0f} °C"
        return f"its window of {low - FREEZING:.0f} to {high - FREEZING:.0f} °C"

    @property
    def warning(self) -> str:
        """What to say where it is outside, and what inlet would help; empty where it is inside."""
        if self.margin >= 0:
            return ""
        words = f"layer {self.layer} is at {self.in_words}".replace("°C", "degC")
        if self.inlet is None:
            return words
        if self.inlets is None:
            return f"{words}; no inlet puts all of it inside"
        low, high = (end - FREEZING for end in self.inlets)
        if np.isfinite([low, high]).all():
            return f"{words}; an inlet of about {low:.1f} to {high:.1f} degC would put it inside"
        side, end = ("below", high) if np.isfinite(high) else ("above", low)
        return f"{words}; an inlet {side} about {end:.1f} degC would put it inside"

    def to_dict(self) -> dict[str, Any]:
        """Numbers; every key names its unit. JSON can hold them."""
        low, high = self.window.least, self.window.most
        inlets = self.inlets or (np.inf, -np.inf)
        return {
            "least_degC": self.least - FREEZING,
            "greatest_degC": self.greatest - FREEZING,
            "window_least_degC": None if low is None else low - FREEZING,
            "window_most_degC": None if high is None else high - FREEZING,
            "holds": self.margin >= 0,
            "margin_K": float(self.margin),
            "inlet_least_degC": _finite(inlets[0]),
            "inlet_most_degC": _finite(inlets[1]),
        }


def _finite(temperature: float) -> float | None:
    return temperature - FREEZING if np.isfinite(temperature) else None


def layer_windows(coupled: Coupled) -> list[LayerWindow]:
    """The case's layers that have a window, at their solved temperatures."""
    machine, solver = coupled.machine, coupled.solver
    coolant = machine.problem.coolant
    found = []
    for name, window in machine.case.limits.layers.items():
        planes = machine.active_planes(name)
        cells = [_covered(solver.rise[k], solver.cover.get(k)) for k in planes]
        reference = machine.problem.reference_temperature
        found.append(
            LayerWindow(
                name,
                window,
                min(float(plane.min()) for plane in cells) + reference,
                max(float(plane.max()) for plane in cells) + reference,
                None if coolant is None else coolant.inlet_temperature,
            )
        )
    return found


def _covered(plane: Array, cover: Array | None) -> Array:
    """The cells of a plane that its layer covers."""
    return plane if cover is None else plane[np.broadcast_to(cover, plane.shape) > 0]
