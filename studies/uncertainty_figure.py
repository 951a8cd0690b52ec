"""The picture of an uncertainty: tornadoes, distribution, budget with bands, indices, convergence.

Blue and vermilion are told apart by the colour-blind; in grey the hatching tells them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .figures import BLUE, INK, ORANGE, SKY, STYLE, VERMILION
from .scatter import running_mean, scatter
from .sweep_dataset import unit_of
from .uncertainty_answer import DROP, HOTTEST, RESULTS, Swing, Uncertainty
from .uncertainty_report import short

SHOWN = 10
"""Inputs in a panel."""
BEGIN = 8
"""Points from which the running mean is shown; of fewer its band is wider than the panel."""
SMALL = 8.0
WIDE_DOTS_PER_INCH = 130
"""Of a picture twice as wide as others."""


def write_figure(found: Uncertainty, path: Path) -> None:
    """Draw into a PNG file."""
    uncertainty_figure(found).savefig(path, dpi=WIDE_DOTS_PER_INCH, facecolor="white")


def uncertainty_figure(found: Uncertainty) -> Figure:
    """All panels; see the module."""
    panels: list[Any] = (
        [_tornado(HOTTEST), _tornado(DROP)] if DROP in found.base else [_tornado(HOTTEST)]
    )
    solved = int(np.isfinite(found.sample.results[HOTTEST]).sum())
    if solved:
        panels += [_distribution, _budget, _convergence]
    if found.indices[HOTTEST]:
        panels.append(_indices)
    with mpl.rc_context(STYLE):
        rows = -(-len(panels) // 2)
        made = Figure(figsize=(13, 0.7 + 4.2 * rows), layout="constrained")
        for axes, draw in zip(made.subplots(rows, 2, squeeze=False).ravel(), panels, strict=False):
            draw(axes, found)
            axes.spines[["top", "right"]].set_visible(False)
        for axes in made.axes[len(panels) : 2 * rows]:
            axes.set_visible(False)
        made.suptitle(
            f"{found.loaded.name}, {_points(found, solved)}, "
            f"values that are not known: {len(found.swings)}",
            x=0.02,
            ha="left",
            fontsize=13,
            fontweight="bold",
        )
    return made


def _points(found: Uncertainty, solved: int) -> str:
    """How many there are, and how they were answered."""
    count, by = len(found.sample.reasons), found.surface
    if by is None or by.refused:
        return f"{solved} of {count} points with a solution"
    return (
        f"{solved} of {count} points by a surface of {by.nodes} solved ones, off by "
        f"{by.errors[HOTTEST].root_mean_square:.2g} K at {by.checks} others"
    )


def _unit(name: str) -> str:
    return unit_of(name).replace("degC", "°C")


def _name(swing: Swing) -> str:
    text = swing.uncertain.text().replace("**2", "²").replace("degC", "°C").replace("*", "·")
    return f"{short(swing.uncertain.path)}\n{text}"


def _tornado(name: str) -> Any:
    """A panel with a bar on either side of the base for each of the strongest inputs."""

    def draw(axes: Axes, found: Uncertainty) -> None:
        base, shown = found.base[name], found.ranked(name)[:SHOWN][::-1]
        for row, swing in enumerate(shown):
            _bars(axes, row, swing, name, base)
        axes.axvline(base, color=INK, lw=1)
        axes.set_yticks(range(len(shown)), [_name(swing) for swing in shown], fontsize=SMALL)
        axes.set_title(f"Each value alone: {RESULTS[name]}", loc="left")
        axes.set_xlabel(f"{RESULTS[name]} [{_unit(name)}]; line: as in the case, {base:.4g}")
        axes.margins(x=0.08)
        from matplotlib.patches import Patch

        keys = [
            Patch(color=BLUE, label="at the low end"),
            Patch(facecolor=VERMILION, hatch="///", edgecolor="white", label="at the high end"),
        ]
        if any(swing.uncertain.axis.span is None for swing in shown):
            keys.append(Patch(color=ORANGE, label="of a list"))
        axes.legend(handles=keys, frameon=False, fontsize=SMALL, loc="lower right")

    return draw


def _bars(axes: Axes, row: int, swing: Swing, name: str, base: float) -> None:
    axis, values = swing.uncertain.axis, swing.results[name]
    words = "; ".join(swing.lack_lines())
    axes.text(1, row, words, va="center", ha="right", fontsize=SMALL,
              transform=axes.get_yaxis_transform())  # fmt: skip
    there = [pair for pair in zip(swing.at, values, strict=True) if np.isfinite(pair[1])]
    for at, value in sorted(there, key=lambda pair: -abs(pair[1] - base)):
        if axis.span is None:
            axes.barh(row, value - base, left=base, color=ORANGE, height=0.7)
        elif at == axis.span.first:
            axes.barh(row, value - base, left=base, color=BLUE, height=0.7)
        else:
            axes.barh(row, value - base, left=base, color=VERMILION, height=0.7, hatch="///",
                      edgecolor="white", lw=0)  # fmt: skip


def _distribution(axes: Axes, found: Uncertainty) -> None:
    """Histogram of the hottest point, its cumulative share and the limit."""
    values = found.sample.results[HOTTEST]
    values = np.sort(values[np.isfinite(values)])
    axes.hist(values, bins="auto", color=SKY, edgecolor="white")
    axes.set_xlabel("hottest point [°C]")
    axes.set_ylabel("points")
    share = axes.twinx()
    share.plot(values, 100 * np.arange(1, len(values) + 1) / len(values), color=BLUE, lw=2,
               drawstyle="steps-post")  # fmt: skip
    share.set_ylim(0, 103)
    share.set_ylabel("points at or below [%], line")
    share.spines["top"].set_visible(False)
    title, chance = "Hottest point, all together", found.under_limit
    if found.limit is not None and chance is not None:
        axes.axvline(found.limit, color=VERMILION, ls="--", lw=2)
        axes.text(found.limit, 0.5, f"limit {found.limit:g} °C", color=VERMILION, rotation=90,
                  ha="right", va="center", transform=axes.get_xaxis_transform(),
                  fontsize=9)  # fmt: skip
        title += (
            f": {100 * chance.share:.1f} % keep the limit "
            f"({100 * chance.low:.1f} to {100 * chance.high:.1f})"
        )
    axes.set_title(title, loc="left")


def _budget(axes: Axes, found: Uncertainty) -> None:
    """Steps of the temperature budget: bars as in the case, bands from 5 to 95 %."""
    steps = [s for s, values in found.sample.budget.items() if np.isfinite(values).any()]
    for row, step in enumerate(steps[::-1]):
        each = scatter(found.sample.budget[step])
        axes.barh(row, found.base_budget[step], color=ORANGE, height=0.6)
        axes.plot([each.low, each.high], [row, row], color=INK, lw=2.2, solid_capstyle="butt")
        axes.plot([each.low, each.high], [row, row], "|", color=INK, ms=11, mew=2)
        axes.plot(each.median, row, "o", color="white", mec=INK, ms=7, mew=1.6)
    axes.set_yticks(range(len(steps)), steps[::-1])
    words = "step [K]; bar: as in the case, line: 5 to 95 %, ring: median"
    if found.surface is not None and not found.surface.refused:
        off = [found.surface.errors[s].root_mean_square for s in steps]
        words += f"\nsurface off by {max(off):.2g} K or less, root mean square"
    axes.set_xlabel(words)
    axes.set_title("Where the kelvins go", loc="left")


def _convergence(axes: Axes, found: Uncertainty) -> None:
    """Mean of the hottest point over the first n points, with its confidence."""
    mean, half = running_mean(found.sample.results[HOTTEST])
    by, words = found.surface, "95 % confidence, as of independent points"
    if by is not None and not by.refused:
        off = 2 * by.errors[HOTTEST].root_mean_square / by.checks**0.5
        half, words = np.hypot(half, off), f"{words}, with the surface's"
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter("{x:g}")
    n = np.arange(2, len(mean) + 2)
    begin = BEGIN if len(n) > 2 * BEGIN else 0
    n, mean, half = n[begin:], mean[begin:], half[begin:]
    axes.fill_between(n, mean - half, mean + half, color=SKY, alpha=0.45, lw=0,
                      label=words)  # fmt: skip
    axes.plot(n, mean, color=BLUE, lw=2, label="mean of the first n")
    axes.set_xlabel("points n")
    axes.set_ylabel("mean hottest point [°C]")
    axes.set_title("Have there been enough points", loc="left")
    axes.legend(frameon=False, fontsize=SMALL + 1, loc="upper right")


def _indices(axes: Axes, found: Uncertainty) -> None:
    """First-order and total index of each group."""
    shown = sorted(found.indices[HOTTEST], key=lambda index: index.total)
    rows = np.arange(len(shown))
    whiskers: dict[str, Any] = {"ecolor": INK, "capsize": 3, "error_kw": {"lw": 1.4}}
    axes.barh(rows + 0.2, [i.total for i in shown], 0.38, color=SKY, hatch="///", edgecolor="white",
              lw=0, xerr=[i.total_interval for i in shown], label="together with others (total)",
              **whiskers)  # fmt: skip
    axes.barh(rows - 0.2, [i.first for i in shown], 0.38, color=BLUE,
              xerr=[i.first_interval for i in shown], label="alone (first order)",
              **whiskers)  # fmt: skip
    axes.set_yticks(rows, [short(index.group) for index in shown], fontsize=SMALL + 1)
    axes.axvline(0, color=INK, lw=0.8)
    axes.set_xlim(left=min(-0.05, *(i.first - i.first_interval for i in shown)))
    axes.set_xlabel("part of the hottest point's variance, 95 % confidence")
    axes.set_title("Sobol indices", loc="left")
    axes.legend(frameon=False, fontsize=SMALL + 1, loc="lower right")
