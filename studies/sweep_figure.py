"""The picture of a sweep: the hottest temperature against what was varied.

A line against one varied number, a coloured map over two of a grid, else one panel for each varied
value. Points without a solution are marked.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.patheffects as effects
import numpy as np
import xarray
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from .figures import BLUE, DOTS_PER_INCH, INK, MAP_COLOURS, STYLE, VERMILION
from .sweep_files import table, write_whole

SHOWN = "junction_temperature_max_degC"
LABEL = "hottest point [°C]"
MOST_WIDE = 3
"""Panels side by side."""
MOST_PANELS = 12
"""Of more varied values those that the hottest point follows best."""


def write_figure(found: xarray.Dataset, path: Path) -> Path:
    """Draw into a PNG file."""
    picture = io.BytesIO()
    sweep_figure(found).savefig(picture, format="png", dpi=DOTS_PER_INCH, facecolor="white")
    write_whole(path, picture.getvalue())
    return path


def sweep_figure(found: xarray.Dataset) -> Figure:
    """Hottest temperature of every point; see the module."""
    axes = [found.coords[path.replace(".", "_")] for path in found.attrs["varied"].splitlines()]
    numbers = [axis.dtype.kind == "f" for axis in axes]
    with mpl.rc_context(STYLE):
        if found.attrs["design"] == "grid" and len(axes) == 2 and all(numbers):
            made = _map(found)
        else:
            made = _panels(found, axes)
        title = f"{found.attrs['case_name']}: hottest point at {found['reason'].size} design points"
        if len(axes) > MOST_PANELS:
            title += f", over {MOST_PANELS} of {len(axes)} varied values"
        made.suptitle(title, x=0.02, ha="left", fontsize=12,
                      fontweight="bold")  # fmt: skip
    return made


def _map(found: xarray.Dataset) -> Figure:
    """Two varied numbers: colours and contours; crosses where there is no solution."""
    field = found[SHOWN]
    down, right = (found.coords[dim] for dim in field.dims)
    made = Figure(figsize=(7.2, 5.4), layout="constrained")
    axes = made.subplots()
    x, y, values = right.values, down.values, np.ma.masked_invalid(field.values)
    image = axes.pcolormesh(x, y, values, cmap=MAP_COLOURS, shading="nearest")
    if min(values.shape) > 1 and values.count() > 3 and values.min() < values.max():
        lines = axes.contour(x, y, values, colors="white", linewidths=1.3)
        dark: list[effects.AbstractPathEffect] = [effects.withStroke(linewidth=2.4, foreground=INK)]
        lines.set_path_effects(dark)
        for label in axes.clabel(lines, fmt="%g", fontsize=9):
            label.set_path_effects(dark)
    rows, columns = np.nonzero(np.isnan(field.values))
    axes.plot(x[columns], y[rows], "x", color=VERMILION, ms=7, mew=2, clip_on=False)
    _name(axes, right, down)
    made.colorbar(image, ax=axes, label=LABEL)
    _explain_crosses(made, len(rows))
    return made


def _panels(found: xarray.Dataset, varied: list[xarray.DataArray]) -> Figure:
    """A panel for each varied value, all points in each."""
    columns = table(found)
    hottest = np.array(columns[SHOWN], dtype=float)
    if len(varied) > MOST_PANELS:
        varied = _followed(varied, columns, hottest)
    wide = min(len(varied), MOST_WIDE)
    tall = -(-len(varied) // wide)
    made = Figure(figsize=(max(6.4, 3.6 * wide), 0.8 + 3.6 * tall), layout="constrained")
    panels = made.subplots(tall, wide, sharey=True, squeeze=False).ravel()
    for axes, axis in zip(panels, varied, strict=False):
        _panel(axes, axis, columns[str(axis.name)], hottest, len(varied) == 1)
    for axes in panels[len(varied) :]:
        axes.set_visible(False)
    for axes in panels[::wide]:
        axes.set_ylabel(LABEL)
    _explain_crosses(made, int(np.isnan(hottest).sum()))
    return made


def _followed(
    varied: list[xarray.DataArray], columns: dict[str, Any], hottest: NDArray[np.float64]
) -> list[xarray.DataArray]:
    """The numbers that the hottest point follows best, in their order; first values if none."""
    there = np.isfinite(hottest)
    numbers = [axis for axis in varied if axis.dtype.kind == "f"]
    follows: dict[str, float] = {}
    for axis in numbers:
        values = np.array(columns[str(axis.name)])[there]
        moves = there.sum() > 1 and np.ptp(values) > 0 and np.ptp(hottest[there]) > 0
        follows[str(axis.name)] = abs(np.corrcoef(values, hottest[there])[0, 1]) if moves else 0.0
    best = sorted(follows, key=lambda name: -follows[name])[:MOST_PANELS]
    return [axis for axis in numbers if axis.name in best] or varied[:MOST_PANELS]


def _panel(
    axes: Axes, axis: xarray.DataArray, at: list[float | str], hottest: NDArray[np.float64],
    alone: bool,
) -> None:  # fmt: skip
    words = axis.dtype.kind != "f"
    names = list(dict.fromkeys(at))
    x = np.array([names.index(value) for value in at] if words else at, dtype=float)
    there = np.isfinite(hottest)
    order = np.argsort(x[there])
    joined = alone and not words
    axes.plot(x[there][order], hottest[there][order], "o-" if joined else "o", color=BLUE,
              ms=5 if len(x) < 200 else 2.5, lw=1.6, alpha=1.0 if len(x) < 60 else 0.5)  # fmt: skip
    if not there.all():
        low = np.full(int((~there).sum()), 0.02)
        axes.plot(x[~there], low, "x", color=VERMILION, ms=6, mew=1.8,
                  transform=axes.get_xaxis_transform())  # fmt: skip
    if words:
        axes.set_xticks(range(len(names)), [str(name)[:16] for name in names])
        axes.margins(x=0.2)
    axes.set_xlabel(_label(axis))
    axes.spines[["top", "right"]].set_visible(False)


def _name(axes: Axes, right: xarray.DataArray, up: xarray.DataArray) -> None:
    axes.set_xlabel(_label(right))
    axes.set_ylabel(_label(up))


def _label(axis: xarray.DataArray) -> str:
    unit = str(axis.attrs.get("units", "1")).replace("degC", "°C")
    name = str(axis.attrs["long_name"])
    return name if unit == "1" else f"{name} [{unit}]"


def _explain_crosses(made: Figure, count: int) -> None:
    if count:
        made.supxlabel(f"crosses: {count} points without a solution", fontsize=9, color=INK)
