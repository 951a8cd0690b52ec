"""The events of an outage study as a picture: the hottest point against time."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from .coolant_need import FREEZING
from .figures import BLUE, FAINT, INK, ORANGE, PALE, SKY, STYLE, VERMILION
from .outage import OutageRow, OutageStudy
from .words import minutes_as_text

GREEN = "#009E73"
LOOKS = ((BLUE, "-"), (VERMILION, "--"), (SKY, "-."), (GREEN, "-"), (ORANGE, "--"), (INK, "-."))
"""Colour and line of each event."""
TICKS = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0)
FIRST = 1.0
"""Where the axis begins [s]."""
BEYOND = 12.0
"""How far above the limit is shown [K]."""


def outage_figure(study: OutageStudy) -> Figure:
    """Hottest point of each event over the logarithm of time, with the limit."""
    with mpl.rc_context(STYLE):
        made = Figure(figsize=(8, 5.4), layout="constrained")
        axes = made.subplots()
        rows = [row for row in study.rows if row.transient is not None]
        for row, (colour, line) in zip(rows, LOOKS, strict=False):
            _draw(axes, row, colour, line)
        _draw_limit(axes, study)
        axes.set_xscale("log")
        axes.set_xlim(FIRST, study.until)
        within = [tick for tick in TICKS if tick <= study.until]
        axes.xaxis.set_major_locator(FixedLocator(within))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xticks(within, [minutes_as_text(tick) for tick in within])
        axes.set_xlabel("time after the loss")
        axes.set_ylabel("hottest point [°C]")
        axes.grid(color="#DDDDDD", lw=0.6)
        axes.spines[["top", "right"]].set_visible(False)
        made.suptitle("Cooling lost at full power", x=0.02, ha="left", fontsize=12,
                      fontweight="bold")  # fmt: skip
        axes.set_title(study.answer.loaded.case.title, loc="left", fontsize=9, color=FAINT,
                       fontweight="normal")  # fmt: skip
        made.legend(loc="outside lower center", ncols=2, frameon=False, fontsize=9)
    return made


def _draw(axes: Axes, row: OutageRow, colour: str, line: str) -> None:
    found = row.transient
    assert found is not None
    # straight in time between the steps, which on this axis is not straight
    time = np.geomspace(FIRST, max(found.time[-1], 2 * FIRST), 400)
    hottest = np.interp(time, found.time, found.hottest, right=np.nan)
    axes.plot(time, hottest - FREEZING, color=colour, ls=line, lw=2, label=row.event.words)
    if row.time_to_limit is not None and row.limit is not None:
        at = (row.time_to_limit, row.limit - FREEZING)
        axes.plot(*at, "o", ms=7, mfc="white", mec=colour, mew=2, zorder=5)
        axes.annotate(minutes_as_text(row.time_to_limit), at, xytext=(-7, 6),
                      textcoords="offset points", ha="right", color=INK)  # fmt: skip


def _draw_limit(axes: Axes, study: OutageStudy) -> None:
    limit = study.answer.loaded.case.limits.junction_temperature
    coldest = float(study.answer.block_temperature_max.max()) - FREEZING
    if limit is None:
        return
    axes.axhline(limit - FREEZING, color=INK, lw=1.2, ls=":",
                 label=f"limit {limit - FREEZING:.0f} °C")  # fmt: skip
    axes.set_ylim(coldest - 3, limit - FREEZING + BEYOND)
    restart = study.restart_time
    if restart < study.until:
        axes.axvline(restart, color=PALE, lw=1.2)
        axes.annotate(
            "chillers back", (restart, 0.02), xycoords=("data", "axes fraction"),
            xytext=(4, 0), textcoords="offset points", color=FAINT, fontsize=9,
        )  # fmt: skip
