"""The picture of a droop: voltages of the worst block and its neighbours, and brick currents."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from .figures import BLUE, FAINT, INK, ORANGE, PALE, SKY, STYLE, VERMILION
from .words import time_as_text

if TYPE_CHECKING:
    from .droop import DroopAnswer

FIRST_DECADES = 2.0
"""Decades before the first loop's period at which the logarithmic axis begins."""


def droop_figure(answer: DroopAnswer) -> Figure:
    """Voltages above, brick currents below; time is logarithmic for a step."""
    with mpl.rc_context(STYLE):
        made = Figure(figsize=(8, 6.2), layout="constrained")
        above, below = made.subplots(2, 1, sharex=True, height_ratios=(2, 1))
        scale, unit = _time_axis(answer, below)
        _draw_voltages(above, answer, scale)
        _draw_currents(below, answer, scale)
        below.set_xlabel(f"time{unit}")
        for axes in (above, below):
            axes.grid(color="#DDDDDD", lw=0.6)
            axes.spines[["top", "right"]].set_visible(False)
        words = answer.change.words
        made.suptitle(words[0].upper() + words[1:], x=0.02, ha="left", fontsize=12,
                      fontweight="bold")  # fmt: skip
        above.set_title(
            answer.loaded.case.title, loc="left", fontsize=9, color=FAINT, fontweight="normal"
        )
        above.legend(loc="upper left" if _falls(answer) else "lower right", frameon=False,
                     fontsize=9)  # fmt: skip
    return made


def _falls(answer: DroopAnswer) -> bool:
    return answer.change.step is not None and answer.change.step.falls


def _time_axis(answer: DroopAnswer, axes: Axes) -> tuple[float, str]:
    """Units of time in a second, and words for the axis, which it sets."""
    until = answer.change.until
    scale, unit = next(
        (s, u) for s, u in ((1.0, "s"), (1e3, "ms"), (1e6, "us"), (1e9, "ns"))
        if until * s >= 1 or u == "ns"
    )  # fmt: skip
    if answer.change.step is None or not answer.loops:
        axes.set_xlim(answer.time[0] * scale, until * scale)
        return scale, f" [{unit}]"
    axes.set_xscale("log")
    begin = 1 / answer.loops[0].frequency / 10**FIRST_DECADES
    axes.set_xlim(begin * 1e9, until * 1e9)
    axes.xaxis.set_major_formatter(lambda x, _: time_as_text(x * 1e-9))
    return 1e9, " after the change begins, logarithmic"


def _draw_voltages(axes: Axes, answer: DroopAnswer, scale: float) -> None:
    time, (worst, *_) = answer.time * scale, answer.lowest
    for i, block in enumerate(_neighbours(answer, worst)):
        axes.plot(time, answer.voltage[:, block], color=SKY, lw=1,
                  label=None if i else "its neighbours")  # fmt: skip
    axes.plot(time, answer.voltage.mean(axis=1), color=INK, lw=1.2, ls="--",
              label="mean of all blocks")  # fmt: skip
    axes.plot(time, answer.voltage[:, worst], color=VERMILION, lw=1.8,
              label=f"worst block, {answer.names[worst]}")  # fmt: skip
    rest = answer.voltage[0, worst]
    axes.axhline(rest, color=PALE, lw=1, ls=":")
    axes.annotate("at rest before", (0, rest), xycoords=("axes fraction", "data"),
                  xytext=(4, 3), textcoords="offset points", fontsize=9, color=FAINT)  # fmt: skip
    axes.set_ylabel("voltage at the circuits [V]")
    axes.margins(y=0.12)
    for droop in answer.droops.values():
        if droop is not None:
            _mark(axes, droop.time * scale, droop.voltage,
                  f"{droop.loop.name} {droop.depth * 1e3:.0f} mV", _falls(answer))  # fmt: skip


def _mark(axes: Axes, time: float, voltage: float, words: str, above: bool) -> None:
    axes.plot(time, voltage, "D", ms=6, mfc=ORANGE, mec=INK, mew=0.8, zorder=5)
    text = axes.annotate(
        words,
        (time, voltage),
        xytext=(0, 9 if above else -9),
        textcoords="offset points",
        ha="center",
        va="bottom" if above else "top",
        fontsize=9.5,
        zorder=6,
    )
    text.set_path_effects([withStroke(linewidth=2.5, foreground="white")])


def _draw_currents(axes: Axes, answer: DroopAnswer, scale: float) -> None:
    time, (worst, *_) = answer.time * scale, answer.lowest
    current = answer.brick_current
    axes.fill_between(time, current.min(axis=1), current.max(axis=1), color=SKY, alpha=0.35, lw=0,
                      label="all bricks")  # fmt: skip
    axes.plot(time, current.mean(axis=1), color=INK, lw=1.2, ls="--", label="mean")
    axes.plot(time, current[:, worst], color=BLUE, lw=1.8,
              label=f"brick of {answer.names[worst]}")  # fmt: skip
    axes.set_ylabel("brick current [A]")
    axes.set_ylim(bottom=min(0.0, float(current.min())))
    axes.legend(loc="lower right", frameon=False, fontsize=9, ncols=3)


def _neighbours(answer: DroopAnswer, block: int) -> list[int]:
    """Blocks that share a side with a block."""
    site = answer.frozen.network.circuit.site
    row, column = divmod(block, site.columns)
    beside = [(row, column - 1), (row, column + 1), (row - 1, column), (row + 1, column)]
    return [r * site.columns + c for r, c in beside if 0 <= r < site.rows and 0 <= c < site.columns]
