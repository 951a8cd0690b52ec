"""The picture of a front: hottest point against pump power, and the designs along it."""

from __future__ import annotations

from itertools import cycle

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from .answer import LITRES_PER_MINUTE
from .coolant_need import FREEZING, CoolantNeed
from .figures import BLUE, FAINT, INK, ORANGE, SKY, STYLE, VERMILION
from .optimise import Front

LINES = ((BLUE, "o", "-"), (ORANGE, "s", "--"), (SKY, "^", "-."), (FAINT, "D", ":"))
SIZES = (("wall", BLUE, "o"), ("gap", ORANGE, "s"), ("height", SKY, "^"), ("base", FAINT, "D"))


def front_figure(found: Front) -> Figure:
    """The front on the left; dimensions, flow and what binds the best design on the right."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(13, 7), layout="constrained")
        grid = figure.add_gridspec(2, 2, width_ratios=(1.15, 1))
        front, sizes = figure.add_subplot(grid[:, 0]), figure.add_subplot(grid[0, 1])
        limits = figure.add_subplot(grid[1, 1], sharex=sizes)
        _draw_front(front, found)
        _draw_sizes(sizes, found)
        _draw_limits(limits, found)
        for axes in (front, sizes, limits):
            axes.set_xscale("log")
            axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axes.xaxis.set_major_formatter("{x:g}")
            axes.xaxis.set_minor_formatter(NullFormatter())
            axes.set_xlabel("pump power [W]")
            axes.grid(alpha=0.25)
        figure.suptitle(found.space.loaded.case.title, color=INK, fontsize=12)
    return figure


def _watts(need: CoolantNeed) -> float:
    assert need.pump_power is not None
    return need.pump_power


def _draw_front(axes: Axes, found: Front) -> None:
    for number, path in enumerate(found.space.paths):
        colour, marker, line = LINES[number % len(LINES)]
        designs = [p.by_path[path] for p in found.points if path in p.by_path]
        fit = [each for each in designs if each.feasible]
        axes.plot(
            [_watts(each.need) for each in fit],
            [each.hottest - FREEZING for each in fit],
            color=colour,
            marker=marker,
            ls=line,
            label=path,
        )
    today = found.today
    assert today.coolant is not None
    hottest = float(today.block_temperature_max.max()) - FREEZING
    axes.plot(_watts(today.coolant), hottest, "*", color=VERMILION, ms=16, ls="", label="today")
    axes.set_ylabel("hottest point [°C]")
    axes.set_title("coldest design of each flow path", loc="left")
    axes.legend(frameon=False)


def _draw_sizes(axes: Axes, found: Front) -> None:
    best = [p.best for p in found.points]
    pump = [_watts(each.need) for each in best]
    for name, colour, marker in SIZES:
        if name in found.space.today:
            sizes = [1e3 * each.values[name] for each in best]
            axes.plot(pump, sizes, color=colour, marker=marker, label=f"{name} [mm]")
    for name, line in zip(found.space.gaps[1:], cycle(("--", "-.", ":"))):
        sizes = [1e3 * each.values[name] for each in best]
        axes.plot(pump, sizes, color=ORANGE, marker=".", ls=line, label=f"{name} [mm]")
    flow = [each.values["flow"] * LITRES_PER_MINUTE / 100 for each in best]
    axes.plot(pump, flow, color=VERMILION, marker="v", ls="--", label="flow [100 L/min]")
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_title("the best design", loc="left")
    axes.legend(frameon=False, ncols=3, fontsize=8, loc="upper center", bbox_to_anchor=(0.5, 1.0))
    low, high = axes.get_ylim()
    axes.set_ylim(low, high * 2.5)


def _draw_limits(axes: Axes, found: Front) -> None:
    """A dot for each limit on which the best design lies."""
    best = [p.best for p in found.points]
    names = list(dict.fromkeys(name for each in best for name in each.binding))
    for row, name in enumerate(names):
        on = [_watts(each.need) for each in best if name in each.binding]
        axes.plot(on, [row] * len(on), "o", color=INK)
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_title("limits that bind it", loc="left")
