"""The first view of a sweep's map, in drawing units; ``sweep_map.js`` draws any in the same way."""

from __future__ import annotations

import base64
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Box = tuple[float, float, float, float, float]
"""Left, top, width and height of a mark, and its value."""

BOX = LEFT, RIGHT, TOP, BOTTOM = 70.0, 352.0, 8.0, 248.0
"""In which marks are drawn; the drawing is 360 units wide."""
SHADES = 256
WRITTEN = (120, 25.0, 11.0)
"""So few cells, so wide and so high, have their number written in them."""


def first_view(data: dict[str, Any], across: int, up: int) -> dict[str, Any]:
    """The first result over two axes, all others at their first value.

    Parameters
    ----------
    data : dict
        Of ``sweep_map``.
    across, up : int
        Places of the two axes.

    Returns
    -------
    dict
        Marks, numbers, crosses, lines and ticks for the template, and what they show in words.
    """
    result = data["results"][0]
    boxes = _cells(data, across, up) if data["grid"] else _points(data, across, up)
    shades = [_shade(box[4], result) for box in boxes]
    known = [(box, shade) for box, shade in zip(boxes, shades, strict=True) if shade is not None]
    return {
        "across": across,
        "up": up,
        "title": _title(data, across, up),
        "marks": [
            {
                "x": x,
                "y": y,
                "w": w,
                "h": h,
                "fill": data["colours"][shade],
                "over": not data["grid"] and _is_over(value, result["limit"]),
            }
            for (x, y, w, h, value), shade in known
        ],
        "texts": _texts(data, result, boxes, known),
        "crosses": [
            (round(x + w / 2, 2), round(y + h / 2, 2))
            for (x, y, w, h, value), shade in zip(boxes, shades, strict=True)
            if shade is None
        ],
        "lines": _lines(result["lines"], across, up),
        "x_ticks": [(_x(at), text) for at, text in data["axes"][across]["ticks"]],
        "y_ticks": [(_y(at), text) for at, text in data["axes"][up]["ticks"]],
    }


def _title(data: dict[str, Any], across: int, up: int) -> str:
    axes = data["axes"]
    fixed = [
        f", {axis['words']} {axis['values'][0]}"
        for i, axis in enumerate(axes)
        if data["grid"] and i not in (across, up)
    ]
    over = f"{axes[across]['words']} and {axes[up]['words']}"
    return f"{data['results'][0]['label']} over {over}{''.join(fixed)}"


def _x(share: float) -> float:
    return round(LEFT + share * (RIGHT - LEFT), 2)


def _y(share: float) -> float:
    return round(BOTTOM - share * (BOTTOM - TOP), 2)


def _numbers(data: dict[str, Any]) -> Array:
    return np.frombuffer(base64.b64decode(data["results"][0]["numbers"]), "<f8")


def _cells(data: dict[str, Any], across: int, up: int) -> list[Box]:
    """Of a grid, row by row."""
    axes = data["axes"]
    field = _numbers(data).reshape([len(axis["at"]) for axis in axes])
    first = tuple(slice(None) if i in (across, up) else 0 for i in range(len(axes)))
    rows = field[first].T if across < up else field[first]
    boxes = []
    for row, (low, high) in zip(rows, axes[up]["edges"], strict=True):
        for value, (begin, end) in zip(row, axes[across]["edges"], strict=True):
            left, top = _x(begin), _y(high)
            width, height = round(_x(end) - left, 2), round(_y(low) - top, 2)
            boxes.append((left, top, width, height, float(value)))
    return boxes


def _points(data: dict[str, Any], across: int, up: int) -> list[Box]:
    x, y = data["axes"][across]["at"], data["axes"][up]["at"]
    return [
        (_x(a), _y(b), 0.0, 0.0, float(value))
        for a, b, value in zip(x, y, _numbers(data), strict=True)
    ]


def _shade(value: float, result: dict[str, Any]) -> int | None:
    """Place in the colours; None where there is no number."""
    if not math.isfinite(value):
        return None
    span = result["high"] - result["low"]
    share = (value - result["low"]) / span if span > 0 else 0.5
    return min(SHADES - 1, math.floor(share * SHADES))


def _is_over(value: float, limit: list[float] | None) -> bool:
    return limit is not None and (value - limit[0]) * limit[1] > 0


def _texts(
    data: dict[str, Any], result: dict[str, Any], boxes: list[Box], known: list[tuple[Box, int]]
) -> list[tuple[float, float, str, str, str]]:
    """Numbers in the cells, where few and large enough: x, y, ink, colour around it, text."""
    most, width, height = WRITTEN
    fit = len(boxes) <= most and all(w >= width and h >= height for _, _, w, h, _ in boxes)
    if not fit or result["digits"] is None:
        return []
    return [
        (
            round(x + w / 2, 2),
            round(y + h / 2 + 3, 2),
            data["inks"][shade],
            data["colours"][shade],
            f"{value:.{result['digits']}f}",
        )
        for (x, y, w, h, value), shade in known
    ]


def _lines(lines: dict[str, Any], across: int, up: int) -> list[str]:
    """Of the first slice, as the points of polylines."""
    i, j = sorted((across, up))
    slices = lines.get(f"{i},{j}", [[]])
    turned = across > up
    return [
        " ".join(f"{_x(b if turned else a):g},{_y(a if turned else b):g}" for a, b in line)
        for line in slices[0]
    ]
