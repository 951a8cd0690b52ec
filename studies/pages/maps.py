"""Maps of the device: blocks in their colours, or a field behind them, values under the pointer."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.colors import Normalize
from matplotlib.image import imsave
from numpy.typing import NDArray

from geometry.floorplan import Floorplan

from ..figures import MAP_COLOURS, TRUE_SHAPE_UP_TO, colour_range

Array = NDArray[np.float64]

SIDE = 330.0
"""Longer side of a map in drawing units."""
LEFT, TOP = 15.0, 26.0
MOST_CELLS_A_SIDE = 200
"""Of a field's image; beyond, each pixel is the worst of several cells."""
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
    part: tuple[float, float, float, float] | None = None,
    least_is_worst: bool = False,
    caption: str = "",
    ways: Sequence[tuple[float, float]] = (),
    along_x: bool = True,
    framed: Sequence[bool] = (),
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
    part : tuple of float, optional
        Where the field lies: x0, y0, width, height [m]; all over the device if left out.
    least_is_worst : bool
        Which of several cells a pixel of a large field shows.
    caption : str
    ways : sequence of (start, end)
        Flow paths, as parts of the channels' length.
    along_x : bool
        Direction of the channels.
    framed : sequence of bool, optional
        Blocks with a frame that is seen at once.
    """
    width, height = _shape(plan)
    limits = colour_range(values if field is None else field)
    digits = _digits(limits["vmax"] - limits["vmin"])
    boxes = _boxes(plan, width, height)
    x0, y0, along_width, along_height = part or (0.0, 0.0, plan.width, plan.height)
    box = [
        round(LEFT + x0 / plan.width * width, 2),
        round(TOP + (1 - (y0 + along_height) / plan.height) * height, 2),
        round(along_width / plan.width * width, 2),
        round(along_height / plan.height * height, 2),
    ]
    data: dict[str, Any] = {
        "unit": unit,
        "box": box,
        "blocks": [
            {"name": n, "words": w, **box}
            for n, w, box in zip(plan.names, words, boxes, strict=True)
        ],
    }
    if field is not None:
        data["field"] = _packed(_reduced(field, least_is_worst))
    return Map(
        name,
        title,
        caption,
        "" if field is None else _image(_reduced(field, least_is_worst), limits),
        _blocks(boxes, values, None if field is not None else limits, framed, digits),
        _arrows(ways, along_x, width, height),
        _bar(),
        f"{limits['vmin']:.{digits}f}",
        f"{limits['vmax']:.{digits}f}",
        unit,
        width,
        height,
        data,
    )


def _blocks(
    boxes: list[dict[str, float]],
    values: Array,
    limits: dict[str, Any] | None,
    framed: Sequence[bool],
    digits: int,
) -> tuple[dict[str, Any], ...]:
    """Rectangles with their colours and numbers; without limits outlines alone."""
    frames = list(framed) or [False] * len(boxes)
    if limits is None:
        outline = {"fill": "none", "ink": "", "text": ""}
        return tuple({**box, **outline, "framed": f} for box, f in zip(boxes, frames, strict=True))
    fills, inks = _colours(values, limits)
    written = len(boxes) <= MOST_NUMBERED_BLOCKS
    texts = [f"{v:.{digits}f}" if written and np.isfinite(v) else "" for v in values]
    return tuple(
        {**box, "fill": fill, "ink": ink, "text": text, "framed": frame}
        for box, fill, ink, text, frame in zip(boxes, fills, inks, texts, frames, strict=True)
    )


def _digits(span: float) -> int:
    """After the point, so that neighbours differ."""
    return 1 if span >= 0.5 else 2 if span >= 0.02 else 3


def _colours(values: Array, limits: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Fill of each value, and the ink that is seen on it; a value that is none is grey."""
    whole = np.where(np.isfinite(values), values, limits["vmin"])
    rgb = mpl.colormaps[MAP_COLOURS](Normalize(**limits)(whole))[:, :3]
    rgb[~np.isfinite(values)] = 0.87
    return [hex_colour(one) for one in rgb], ink_on(rgb)


def ink_on(rgb: Array) -> list[str]:
    """What is seen on colours, shape (n, 3) from 0 to 1: dark on light, else white."""
    ink: list[str] = np.where(rgb @ [0.30, 0.59, 0.11] > 0.5, "#222222", "#ffffff").tolist()
    return ink


def hex_colour(rgb: Array) -> str:
    """A colour from 0 to 1 as a page writes it."""
    red, green, blue = (round(255 * float(part)) for part in rgb[:3])
    return f"#{red:02x}{green:02x}{blue:02x}"


def _bar() -> tuple[str, ...]:
    return tuple(hex_colour(rgb) for rgb in mpl.colormaps[MAP_COLOURS](np.linspace(0, 1, STOPS)))


def _shape(plan: Floorplan) -> tuple[float, float]:
    shape = float(np.clip(plan.width / plan.height, 1 / TRUE_SHAPE_UP_TO, TRUE_SHAPE_UP_TO))
    return (SIDE, SIDE / shape) if shape >= 1 else (SIDE * shape, SIDE)


def _boxes(plan: Floorplan, width: float, height: float) -> list[dict[str, float]]:
    """Rectangles of the blocks; y runs down on a page."""
    x, y = LEFT + plan.x0 / plan.width * width, TOP + (1 - plan.y1 / plan.height) * height
    w, h = (plan.x1 - plan.x0) / plan.width * width, (plan.y1 - plan.y0) / plan.height * height
    columns = (column.round(2).tolist() for column in (x, y, w, h))
    return [dict(zip("xywh", box, strict=True)) for box in zip(*columns, strict=True)]


def _reduced(field: Array, least: bool) -> Array:
    """At most so many cells a side: the worst of each few, so that no bad point is lost."""
    step = -(-max(field.shape) // MOST_CELLS_A_SIDE)
    if step == 1:
        return field
    pick, none = (np.min, np.inf) if least else (np.max, -np.inf)
    ny, nx = (-(-n // step) for n in field.shape)
    whole = np.full((ny * step, nx * step), none)
    whole[: field.shape[0], : field.shape[1]] = np.where(np.isfinite(field), field, none)
    found = pick(whole.reshape(ny, step, nx, step), axis=(1, 3))
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
