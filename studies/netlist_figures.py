"""Pictures of a solved netlist: drop by position or its distribution, and the run in time."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from .figures import (
    BLUE,
    DOTS_PER_INCH,
    FAINT,
    INK,
    LABEL,
    MAP_COLOURS,
    ORANGE,
    PALE,
    SKY,
    STYLE,
    VERMILION,
)
from .netlist import NetlistAnswer
from .netlist_report import time_unit

Array = NDArray[np.float64]

PLACED = re.compile(r"n\d+_(-?\d+)_(-?\d+)")
"""A node of the IBM power-grid benchmarks: n<layer>_<x>_<y>."""
SHARE_PLACED = 0.5
"""Of all nodes that must have a place for a map to be drawn."""
MOST_TILES = 200
LINES = ((BLUE, "-"), (VERMILION, "--"), (ORANGE, "-."), (SKY, "-"), (INK, ":"), (PALE, "--"))


def write_figures(answer: NetlistAnswer, folder: Path) -> None:
    """Draw ``drop.png`` and, after a run in time, ``transient.png`` into a folder that exists."""
    figures = {"drop.png": drop_figure(answer)}
    if answer.transient is not None:
        figures["transient.png"] = transient_figure(answer)
    for name, figure in figures.items():
        figure.savefig(folder / name, dpi=DOTS_PER_INCH, facecolor="white")


def places(names: list[str]) -> tuple[NDArray[np.int64], Array]:
    """Nodes whose name says where they are, and their x and y, shape (placed, 2).

    Examples
    --------
    >>> nodes, xy = places(["0", "n1_20_35", "vdd"])
    >>> nodes.tolist(), xy.tolist()
    ([1], [[20.0, 35.0]])
    """
    found = [(k, m[1], m[2]) for k, name in enumerate(names) if (m := PLACED.fullmatch(name))]
    table = np.array(found, dtype=float).reshape(-1, 3)
    return table[:, 0].astype(np.int64), table[:, 1:]


def _drops(answer: NetlistAnswer) -> tuple[Array, str]:
    """Of each node [mV], the largest in time where there is a run, and what it is."""
    if answer.transient is not None:
        return 1e3 * answer.transient.largest, "Largest drop in time"
    return 1e3 * np.abs(answer.state.drop), "Drop from the voltage without load"


def drop_figure(answer: NetlistAnswer) -> Figure:
    """Map of the drop where the nodes' names say where they are, else its distribution."""
    nodes, xy = places(answer.netlist.nodes)
    drop, words = _drops(answer)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(6.4, 5.2), layout="constrained")
        axes = figure.subplots()
        spread = len(nodes) and np.all(np.ptp(xy, axis=0) > 0)
        if spread and len(nodes) >= SHARE_PLACED * (len(drop) - 1):
            _draw_map(axes, answer, xy, drop[nodes], nodes)
        else:
            _draw_distribution(axes, drop[1:])
        figure.suptitle(words, x=0.02, ha="left", fontsize=12, fontweight="bold")
        _subtitle(axes, answer)
    return figure


def _subtitle(axes: Axes, answer: NetlistAnswer) -> None:
    title = textwrap.shorten(f"{answer.path.name}: {answer.netlist.title}", 70, placeholder=" ...")
    axes.set_title(title, loc="left", fontsize=9, color=FAINT, fontweight="normal")


def _draw_map(
    axes: Axes, answer: NetlistAnswer, xy: Array, drop: Array, nodes: NDArray[np.int64]
) -> None:
    """Tiles in the colour of the largest drop among their nodes, over all layers."""
    low, span = xy.min(axis=0), np.ptp(xy, axis=0)
    # as many tiles along as there are columns and rows of nodes, while these are few
    count = np.array([min(MOST_TILES, len(np.unique(part))) for part in xy.T])
    step = span / (count - 1)
    column, row = np.rint((xy - low) / step).astype(int).T
    tiles = np.full((count[1], count[0]), -1.0)
    np.maximum.at(tiles, (row, column), drop)
    image = axes.imshow(
        np.ma.masked_less(tiles, 0),
        origin="lower",
        extent=(low[0] - step[0] / 2, low[0] + span[0] + step[0] / 2,
                low[1] - step[1] / 2, low[1] + span[1] + step[1] / 2),
        cmap=MAP_COLOURS,
        interpolation="nearest",
    )  # fmt: skip
    bar = axes.figure.colorbar(image, ax=axes)
    bar.set_label("drop, the largest over the layers [mV]")
    bar.outline.set_edgecolor(PALE)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.set_xlabel("x, as in the names of the nodes")
    axes.set_ylabel("y, as in the names of the nodes")
    _mark_worst(axes, answer, xy, drop, nodes)


def _mark_worst(
    axes: Axes, answer: NetlistAnswer, xy: Array, drop: Array, nodes: NDArray[np.int64]
) -> None:
    worst = int(np.argmax(drop))
    if drop[worst] == 0:
        return
    x, y = xy[worst]
    middle = (xy.min(axis=0) + xy.max(axis=0)) / 2
    right, up = x < middle[0], y < middle[1]
    axes.plot(x, y, "o", ms=9, mfc="none", mec=VERMILION, mew=2.2, clip_on=False, zorder=5)
    axes.annotate(
        f"{drop[worst]:.4g} mV\n{answer.netlist.nodes[nodes[worst]]}",
        (x, y),
        xytext=(14 if right else -14, 10 if up else -10),
        textcoords="offset points",
        ha="left" if right else "right",
        va="bottom" if up else "top",
        fontsize=9.5,
        bbox=LABEL,
        zorder=6,
    )


def _draw_distribution(axes: Axes, drop: Array) -> None:
    top = float(drop.max(initial=0.0)) or 1.0
    bins = int(np.clip(np.sqrt(len(drop)), 5, 60))
    axes.hist(
        drop, bins=np.linspace(0, top, bins + 1).tolist(), color=BLUE, edgecolor="white", lw=0.4
    )
    if len(drop) > 1000:
        axes.set_yscale("log")
    else:
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.axvline(top, color=VERMILION, lw=1.5, ls="--", label=f"worst {top:.4g} mV")
    axes.set_xlabel("drop [mV]")
    axes.set_ylabel("nodes")
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)


def transient_figure(answer: NetlistAnswer) -> Figure:
    """Worst drop of any node against time and, below, the voltages of the watched nodes."""
    run = answer.transient
    assert run is not None
    scale, unit = time_unit(float(run.time[-1]))
    shown = run.watched[: len(LINES)]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(7.2, 5.6 if shown else 3.6), layout="constrained")
        panels = figure.subplots(2 if shown else 1, 1, sharex=True, squeeze=False)[:, 0]
        panels[0].plot(run.time / scale, 1e3 * run.worst_drop, color=VERMILION, lw=1.8)
        panels[0].set_ylabel("worst drop of any node [mV]")
        for k, node in enumerate(shown):
            colour, style = LINES[k]
            panels[1].plot(run.time / scale, run.voltage[:, k], color=colour, ls=style, lw=1.6,
                           label=answer.netlist.nodes[node])  # fmt: skip
        if shown:
            panels[1].set_ylabel("voltage [V]")
            panels[1].ticklabel_format(useOffset=False)
            figure.legend(*panels[1].get_legend_handles_labels(), loc="outside lower center",
                          ncols=3, frameon=False, fontsize=9)  # fmt: skip
        for axes in panels:
            axes.grid(color="#DDDDDD", lw=0.6)
            axes.spines[["top", "right"]].set_visible(False)
            axes.margins(x=0)
        panels[-1].set_xlabel(f"time [{unit}]")
        figure.suptitle("Drop in time", x=0.02, ha="left", fontsize=12, fontweight="bold")
        _subtitle(panels[0], answer)
    return figure
