"""The picture of a front: hottest point against pump power, and the designs along it."""

from __future__ import annotations

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .answer import LITRES_PER_MINUTE
from .coolant_need import FREEZING
from .figures import BLUE, FAINT, INK, ORANGE, SKY, STYLE, VERMILION
from .optimise import Front

LINES = ((BLUE, "o", "-"), (ORANGE, "s", "--"), (SKY, "^", "-."), (FAINT, "D", ":"))
SIZES = (("wall", BLUE, "o"), ("gap", ORANGE, "s"), ("height", SKY, "^"), ("base", FAINT, "D"))


def front_figure(found: Front) -> Figure:
    """The front on the left with what binds it, dimensions and flow on the right."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(13, 6.2), layout="constrained")
        front, sizes = figure.subplots(1, 2, width_ratios=(1.5, 1))
        _draw_front(front, found)
        _draw_sizes(sizes, found)
        figure.suptitle(found.space.loaded.case.title, color=INK, fontsize=12)
    return figure


def _draw_front(axes: Axes, found: Front) -> None:
    for number, path in enumerate(found.space.paths):
        colour, marker, line = LINES[number % len(LINES)]
        designs = [p.by_path[path] for p in found.points if path in p.by_path]
        fit = [d for d in designs if d.feasible]
        axes.plot(
            [d.need.pump_power for d in fit],
            [d.hottest - FREEZING for d in fit],
            color=colour,
            marker=marker,
            ls=line,
            label=path,
        )
    best = [p.best for p in found.points]
    low = min(d.hottest for d in best) - FREEZING
    for design, point in zip(best, found.points, strict=True):
        words = [w for w in design.binding if w != "pump power"]
        axes.annotate(
            "\n".join(words),
            (design.need.pump_power or 0, design.hottest - FREEZING),
            xytext=(0, -9),
            textcoords="offset points",
            fontsize=6.5,
            color=FAINT,
            va="top",
            ha="center",
        )
        del point
    today = found.today
    assert today.coolant is not None
    assert today.coolant.pump_power is not None
    hottest = float(today.block_temperature_max.max()) - FREEZING
    axes.plot(today.coolant.pump_power, hottest, "*", color=VERMILION, ms=16, label="today")
    axes.set_xscale("log")
    top = axes.get_ylim()[1]
    axes.set_ylim(low - 0.25 * (top - low), top)
    axes.set(xlabel="pump power [W]", ylabel="hottest point [°C]")
    axes.set_title("coldest design of each flow path, with what binds the best", loc="left")
    axes.grid(alpha=0.25, which="both")
    axes.legend(frameon=False)


def _draw_sizes(axes: Axes, found: Front) -> None:
    best = [p.best for p in found.points]
    pump = [d.need.pump_power for d in best]
    for name, colour, marker in SIZES:
        if name in found.space.today:
            sizes = [1e3 * d.values[name] for d in best]
            axes.plot(pump, sizes, color=colour, marker=marker, label=f"{name} [mm]")
    flow = [d.values["flow"] * LITRES_PER_MINUTE / 100 for d in best]
    axes.plot(pump, flow, color=VERMILION, marker="v", ls="--", label="flow [100 L/min]")
    axes.set(xscale="log", yscale="log", xlabel="pump power [W]")
    axes.set_title("the best design", loc="left")
    axes.grid(alpha=0.25, which="both")
    axes.legend(frameon=False)
