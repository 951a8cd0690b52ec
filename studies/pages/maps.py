"""Maps of the device: blocks in their colours, or a field behind them, values under the pointer."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.colors import Normalize, to_hex
from matplotlib.image import imsave
from numpy.typing import NDArray

from geometry.floorplan import Floorplan

from ..figures import MAP_COLOURS, TRUE_SHAPE_UP_TO, colour_range

Array = NDArray[np.float64]

SIDE = 330.0
"""Longer side of a map in drawing units."""
LEFT, TOP = 15.0, 26.0
MOST_CELLS_A_SIDE = 200
"""Of a field's image; beyond, each pixel is the hottest of several cells."""
MOST_NUMBERED_BLOCKS = 100
STOPS = 12
"""Colours of a colour bar."""


@dataclass(frozen=True)
class Map:
    """A map in drawing units, with the numbers behind it.

    Attributes
    ----------
    image : str
        Data address of the field's picture; empty where blocks are coloured.
    blocks : tuple of dict
        Rectangle, colour and written number of each block.
    ways : tuple of (x1, y1, x2, y2)
        Arrows along which the coolant flows.
    bar : tuple of colour
        From the least value to the most.
    data : dict
        What the page's script reads out.
    """

    name: str
    title: str
    caption: str
    image: str
    blocks: tuple[dict[str, Any], ...]
    ways: tuple[tuple[float, float, float, float], ...]
    bar: tuple[str, ...]
    low: str
    high: str
    unit: str
    width: float
    height: float
    data: dict[str, Any]


def block_map(
    name: str,
    title: str,
    plan: Floorplan,
    values: Array,
    unit: str,
    words: Sequence[str],
    *,
    field: Array | None = None,
    caption: str = "",
    ways: Sequence[tuple[float, float]] = (),
    along_x: bool = True,
    digits: int = 1,
) -> Map:
    """A map of the blocks' values, or of a field with the blocks' outlines over it.

    Parameters
    ----------
    name, title : str
    plan : Floorplan
    values : array, shape (n_blocks,)
        NaN where a block has none.
    unit : str
        Of values and field.
    words : sequence of str
        What the pointer finds at each block.
    field : array, shape (ny, nx), optional
        Row 0 at y = 0; NaN where there is none.
    caption : str
    ways : sequence of (start, end)
        Flow paths, as parts of the channels' length.
    along_x : bool
        Direction of the channels.
    digits : int
        Of the numbers written and read.
    """
    width, height = _shape(plan)
    limits = colour_range(values if field is None else field)
    colours = _Colours(limits["vmin"], limits["vmax"])
    boxes = _boxes(plan, width, height)
    shown = "" if field is None else _image(_reduced(field), limits)
    written = field is None and plan.n_blocks <= MOST_NUMBERED_BLOCKS
    blocks = tuple(
        {
            **box,
            "fill": "none" if field is not None else colours.of(value),
            "ink": colours.ink(value),
            "text": f"{value:.{digits}f}" if written and np.isfinite(value) else "",
        }
        for box, value in zip(boxes, values.tolist(), strict=True)
    )
    data: dict[str, Any] = {
        "unit": unit,
        "box": [LEFT, TOP, width, height],
        "blocks": [
            {"name": n, "words": w, **box}
            for n, w, box in zip(plan.names, words, boxes, strict=True)
        ],
    }
    if field is not None:
        data["field"] = _packed(_reduced(field))
    return Map(
        name,
        title,
        caption,
        shown,
        blocks,
        _arrows(ways, along_x, width, height),
        colours.bar,
        f"{limits['vmin']:.{digits}f}",
        f"{limits['vmax']:.{digits}f}",
        unit,
        width,
        height,
        data,
    )


class _Colours:
    """From values to colours that can be read in grey, too."""

    def __init__(self, low: float, high: float) -> None:
        self.scale = Normalize(low, high)
        self.colours = mpl.colormaps[MAP_COLOURS]
        self.bar = tuple(to_hex(self.colours(k / (STOPS - 1))) for k in range(STOPS))

    def of(self, value: float) -> str:
        return to_hex(self.colours(self.scale(value))) if np.isfinite(value) else "#dddddd"

    def ink(self, value: float) -> str:
        light = np.dot(self.colours(self.scale(value))[:3], [0.30, 0.59, 0.11])
        return "#222222" if light > 0.5 or not np.isfinite(value) else "#ffffff"


def _shape(plan: Floorplan) -> tuple[float, float]:
    shape = float(np.clip(plan.width / plan.height, 1 / TRUE_SHAPE_UP_TO, TRUE_SHAPE_UP_TO))
    return (SIDE, SIDE / shape) if shape >= 1 else (SIDE * shape, SIDE)


def _boxes(plan: Floorplan, width: float, height: float) -> list[dict[str, float]]:
    """Rectangles of the blocks; y runs down on a page."""
    x, y = LEFT + plan.x0 / plan.width * width, TOP + (1 - plan.y1 / plan.height) * height
    w, h = (plan.x1 - plan.x0) / plan.width * width, (plan.y1 - plan.y0) / plan.height * height
    columns = (column.round(2).tolist() for column in (x, y, w, h))
    return [dict(zip("xywh", box, strict=True)) for box in zip(*columns, strict=True)]


def _reduced(field: Array) -> Array:
    """At most so many cells a side: the hottest of each few, so that no hot point is lost."""
    step = -(-max(field.shape) // MOST_CELLS_A_SIDE)
    if step == 1:
        return field
    ny, nx = (-(-n // step) for n in field.shape)
    whole = np.full((ny * step, nx * step), -np.inf)
    whole[: field.shape[0], : field.shape[1]] = np.where(np.isfinite(field), field, -np.inf)
    found = whole.reshape(ny, step, nx, step).max(axis=(1, 3))
    return np.where(np.isfinite(found), found, np.nan)


def _image(field: Array, limits: dict[str, Any]) -> str:
    """The field's picture as a data address."""
    file = io.BytesIO()
    imsave(file, field, cmap=MAP_COLOURS, origin="lower", format="png", **limits)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def _packed(field: Array) -> dict[str, Any]:
    """A field as 16-bit numbers between its least and its most; the last number is nothing."""
    low, high = float(np.nanmin(field)), float(np.nanmax(field))
    step = (high - low) / 65534 or 1.0
    numbers = np.where(np.isfinite(field), np.round((field - low) / step), 65535)
    return {
        "nx": field.shape[1],
        "ny": field.shape[0],
        "low": low,
        "step": step,
        "numbers": base64.b64encode(numbers.astype("<u2").tobytes()).decode(),
    }


def _arrows(
    ways: Sequence[tuple[float, float]], along_x: bool, width: float, height: float
) -> tuple[tuple[float, float, float, float], ...]:
    """Arrows above the map, or to its right."""
    if along_x:
        y = TOP - 8
        return tuple((LEFT + a * width, y, LEFT + b * width, y) for a, b in ways)
    x = LEFT + width + 8
    return tuple((x, TOP + (1 - a) * height, x, TOP + (1 - b) * height) for a, b in ways)
