"""The coolant loop as a picture: the pressure budget as a bar, and the curves that meet."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .answer import LITRES_PER_MINUTE
from .figures import BLUE, FAINT, INK, ORANGE, STYLE, VERMILION
from .loop_answer import LoopAnswer


def loop_figure(found: LoopAnswer) -> Figure:
    """Bars of the drops above, curves over the flow below."""
    parts = len(found.budget)
    with mpl.rc_context(STYLE):
        made = Figure(figsize=(8, 6.0 + 0.32 * parts), layout="constrained")
        top, bottom = made.subplots(2, 1, height_ratios=(0.9 + 0.32 * parts, 4.2))
        _bars(top, found)
        _curves(bottom, found)
        made.suptitle("Coolant loop", x=0.02, ha="left", fontsize=12, fontweight="bold")
        top.set_title(found.answer.loaded.case.title, loc="left", fontsize=9, color=FAINT,
                      fontweight="normal")  # fmt: skip
    return made


def _bars(axes: Axes, found: LoopAnswer) -> None:
    """Each part begins where the one before it ends."""
    total, begun = sum(found.budget.values()) / 1e3, 0.0
    for row, (name, drop) in enumerate(found.budget.items()):
        axes.barh(row, drop / 1e3, left=begun, color=BLUE, height=0.62)
        begun += drop / 1e3
        # beside the bar, on the side that has room
        right = begun < 0.72 * total
        axes.annotate(f"{name} {drop / 1e3:.1f} kPa", (begun if right else begun - drop / 1e3, row),
                      xytext=(5 if right else -5, 0), textcoords="offset points", va="center",
                      ha="left" if right else "right", fontsize=9)  # fmt: skip
    axes.invert_yaxis()
    axes.set_xlim(0, total * 1.02)
    axes.set_yticks([])
    axes.set_xlabel(f"pressure from the pumps' outlet on, {total:.1f} kPa in all [kPa]")
    axes.spines[["top", "right", "left"]].set_visible(False)


def _curves(axes: Axes, found: LoopAnswer) -> None:
    flow = found.curve_flow * LITRES_PER_MINUTE
    axes.plot(flow, found.system / 1e3, color=INK, lw=1.8, label="loop")
    if found.pumps is not None:
        axes.plot(flow, found.pumps / 1e3, color=BLUE, lw=1.8, ls="--", label="pumps")
    if found.pumps_one_out is not None:
        axes.plot(flow, found.pumps_one_out / 1e3, color=ORANGE, lw=1.8, ls=":",
                  label="pumps, one out")  # fmt: skip
    at, drop = found.need.loop_flow * LITRES_PER_MINUTE, sum(found.budget.values()) / 1e3
    words = "given flow" if found.pumps is None else "operating point"
    axes.plot(at, drop, "o", ms=8, mfc=VERMILION, mec=INK, zorder=5, ls="none",
              label=f"{words}: {at:.4g} L/min, {drop:.1f} kPa")  # fmt: skip
    curves = [found.system] if found.pumps is None else [found.system, found.pumps]
    highest = float(np.nanmax(curves))
    axes.set_xlim(0, flow[-1])
    axes.set_ylim(0, 1.05 * highest / 1e3)
    axes.set_xlabel("flow of the loop [L/min]")
    axes.set_ylabel("pressure [kPa]")
    axes.grid(color="#DDDDDD", lw=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=9, loc="best")
