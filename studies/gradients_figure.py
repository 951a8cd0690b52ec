"""The picture of gradients: ranked bars for each number, and what a watt more is worth where."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from .figures import BLUE, INK, MAP_COLOURS, STYLE, VERMILION
from .gradient_numbers import Name
from .gradients import Gradient
from .gradients_report import SHOWN, THOUSANDTH, headline, input_words


def gradients_figure(found: Gradient) -> Figure:
    """Bars on the left, strongest on top; maps of the blocks on the right."""
    with mpl.rc_context(STYLE):
        count = len(found.numbers)
        picture = Figure(figsize=(13, 3.1 * count + 0.6), layout="constrained")
        rows = picture.subplots(count, 2, squeeze=False, width_ratios=(1.5, 1))
        for (bars, blocks), name in zip(rows, found.numbers, strict=True):
            _draw_bars(bars, found, name)
            _draw_blocks(blocks, found, name)
        picture.suptitle(found.answer.loaded.case.title, color=INK, fontsize=12)
    return picture


def _draw_bars(axes: Axes, found: Gradient, name: Name) -> None:
    shown = found.ranked(name)[:SHOWN][::-1]
    changes = [each.per_step[name] for each in shown]
    bars = axes.barh(
        [f"{', '.join(input_words(each))}, +{each.step}" for each in shown],
        changes,
        color=[VERMILION if change > 0 else BLUE for change in changes],
    )
    axes.bar_label(bars, [f"{change:+.3g}" for change in changes], padding=3, fontsize=8)
    axes.axvline(0, color="black", lw=0.8)
    axes.margins(x=0.14)
    axes.tick_params(axis="y", labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(headline(found, name), loc="left")
    axes.set_xlabel(f"change for a step more [{found.numbers[name].unit}]")


def _draw_blocks(axes: Axes, found: Gradient, name: Name) -> None:
    number, plan = found.numbers[name], found.answer.coupled.machine.floorplan
    corners = zip(plan.x0, plan.y0, plan.x1, plan.y1, strict=True)
    places = [
        Rectangle((1e3 * x0, 1e3 * y0), 1e3 * (x1 - x0), 1e3 * (y1 - y0))
        for x0, y0, x1, y1 in corners
    ]
    slopes = 1e3 * number.per_watt
    drawn = PatchCollection(places, cmap=MAP_COLOURS, edgecolor="white", linewidth=0.6)
    drawn.set_array(slopes)
    if np.ptp(slopes) <= 1e-9 * float(np.abs(slopes).max()):
        drawn.set_clim(slopes[0] - abs(slopes[0]) / 2, slopes[0] + abs(slopes[0]) / 2)
    axes.add_collection(drawn)
    axes.set(xlim=(0, plan.width * 1e3), ylim=(0, plan.height * 1e3), aspect="equal")
    axes.set_xlabel("x [mm]")
    axes.set_ylabel("y [mm]")
    unit = THOUSANDTH[number.unit]
    axes.set_title(f"a watt more in a block: {name}", loc="left")
    axes.figure.colorbar(drawn, ax=axes, label=f"{unit} per W")
