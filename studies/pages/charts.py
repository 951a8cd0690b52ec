"""Geometry of the drawings on a page: bars and curves; templates draw them as SVG.

Every drawing is 360 units wide, so that its letters can still be read on a phone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

if TYPE_CHECKING:
    from ..figures import Step

Array = NDArray[np.float64]

WIDTH = 360.0
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#E69F00", "#CC79A7", "#56B4E9", "#222222", "#8A8A8A")
"""Of Okabe and Ito (2008), which the colour-blind tell apart."""
DASHES = ("", "6 3", "2 2", "8 3 2 3")
"""Of curves, so that a grey print tells them apart, too."""

NAMES, BARS_END, ROW = 126.0, 292.0, 19.0
"""Of a waterfall: where the bars begin and end, and the height of a row."""
LONGEST_NAME = 24


@dataclass(frozen=True)
class Bar:
    """A row of a waterfall, in drawing units."""

    name: str
    full_name: str
    left: float
    width: float
    y: float
    text: str
    text_x: float
    anchor: str
    colour: str
    is_point: bool
    join: float | None


@dataclass(frozen=True)
class Waterfall:
    """Bars from the top down."""

    title: str
    bars: tuple[Bar, ...]
    height: float


def waterfall(title: str, steps: Sequence[Step]) -> Waterfall:
    """Rows of ``studies.figures`` as bars."""
    ends = [value for step in steps for value in (step.begin, step.end)]
    low, high = min(ends), max(ends)
    scale = (BARS_END - NAMES) / ((high - low) or 1.0)

    def place(value: float) -> float:
        return NAMES + (value - low) * scale

    bars = []
    for row, step in enumerate(steps):
        left, right = sorted((place(step.begin), place(step.end)))
        to_left = step.is_point and right > BARS_END - 60
        gap = 8.0 if step.is_point else 4.0
        following = steps[row + 1].begin if row + 1 < len(steps) else None
        bars.append(
            Bar(
                name=_short(step.name),
                full_name=step.name,
                left=round(left, 2),
                width=round(right - left, 2),
                y=4 + row * ROW,
                text=step.text,
                text_x=round(left - gap if to_left else right + gap, 2),
                anchor="end" if to_left else "start",
                colour=step.colour,
                is_point=step.is_point,
                join=round(place(step.end), 2) if following == step.end else None,
            )
        )
    return Waterfall(title, tuple(bars), 4 + ROW * len(steps))


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"


@dataclass(frozen=True)
class Series:
    """A curve, or with ``joined`` false a cloud of points; its numbers in the axes' units."""

    name: str
    x: Sequence[float] | Array
    y: Sequence[float] | Array
    joined: bool = True


@dataclass(frozen=True)
class Curves:
    """Curves over one axis, in drawing units, with the numbers behind them."""

    name: str
    title: str
    x_label: str
    y_label: str
    drawn: tuple[dict[str, Any], ...]
    x_ticks: tuple[tuple[float, str], ...]
    y_ticks: tuple[tuple[float, str], ...]
    data: dict[str, Any]
    height: float


LEFT, RIGHT, TOP, BOTTOM = 50.0, 350.0, 10.0, 190.0
"""Of the box that curves are drawn in."""
LEGEND_ROW = 14.0


def curves(
    name: str, title: str, x_label: str, y_label: str, series: Sequence[Series], digits: int = 4
) -> Curves:
    """Draw curves into one box; the name is that of the drawing on its page."""
    x_low, x_high = _span([s.x for s in series])
    y_low, y_high = _span([s.y for s in series], 0.04)
    across, up = (RIGHT - LEFT) / (x_high - x_low), (BOTTOM - TOP) / (y_high - y_low)
    drawn, data = [], []
    for number, one in enumerate(series):
        points = [
            (round(LEFT + (x - x_low) * across, 2), round(BOTTOM - (y - y_low) * up, 2), x, y)
            for x, y in zip(map(float, one.x), map(float, one.y), strict=True)
            if math.isfinite(x) and math.isfinite(y)
        ]
        drawn.append(
            {
                "name": one.name,
                "line": " ".join(f"{x:g},{y:g}" for x, y, _, _ in points) if one.joined else "",
                "dots": [] if one.joined and len(points) > 12 else [p[:2] for p in points],
                "colour": COLOURS[number % len(COLOURS)],
                "dash": DASHES[number % len(DASHES)],
                "legend_y": BOTTOM + 42 + LEGEND_ROW * number,
            }
        )
        data.append({"name": one.name, "points": points})
    return Curves(
        name,
        title,
        x_label,
        y_label,
        tuple(drawn),
        tuple((LEFT + (t - x_low) * across, words) for t, words in ticks(x_low, x_high, 6)),
        tuple((BOTTOM - (t - y_low) * up, words) for t, words in ticks(y_low, y_high, 5)),
        {"series": data, "x": x_label, "y": y_label, "digits": digits},
        BOTTOM + 30 + (12 + LEGEND_ROW * len(series) if len(series) > 1 else 0),
    )


def _span(values: Sequence[Sequence[float] | Array], margin: float = 0.0) -> tuple[float, float]:
    """Least and most of all that is finite, never alike."""
    every = np.concatenate([np.asarray(v, dtype=float) for v in values])
    every = every[np.isfinite(every)]
    low, high = (float(every.min()), float(every.max())) if len(every) else (0.0, 1.0)
    if high - low <= 1e-9 * max(abs(high), abs(low)):
        half = 0.05 * abs(high) or 1.0
        return low - half, high + half
    return low - margin * (high - low), high + margin * (high - low)


def ticks(low: float, high: float, most: int) -> list[tuple[float, str]]:
    """Round numbers within a span, and as they are written."""
    found = [t for t in MaxNLocator(most).tick_values(low, high) if low <= t <= high]
    return [(float(t), f"{round(t, 12) + 0.0:.6g}") for t in found]
