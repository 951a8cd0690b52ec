"""A case on air as a picture: fans and sink, and where they meet."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from .air_answer import CUBIC_METRES_PER_HOUR, AirAnswer
from .figures import BLUE, FAINT, INK, STYLE, VERMILION


def air_figure(found: AirAnswer) -> Figure:
    """Pressure against flow, with the operating point."""
    state, curves = found.state, found.curves
    flow = curves["flow"] * CUBIC_METRES_PER_HOUR
    fans = found.sink.fan.curve.number_running
    with mpl.rc_context(STYLE):
        made = Figure(figsize=(7.2, 4.8), layout="constrained")
        axes = made.subplots()
        shown = np.where(curves["fans"] > 0, curves["fans"], np.nan)
        highest = float(np.nanmax(shown))
        sink = np.where(curves["sink"] < highest, curves["sink"], np.nan)
        name = "the fan" if fans == 1 else f"{fans} fans side by side"
        axes.plot(flow, shown, "--", color=BLUE, lw=2, label=name)
        axes.plot(flow, sink, color=INK, lw=2, label="sink, air warmed as at the point")
        at = state.flow * CUBIC_METRES_PER_HOUR
        axes.plot(at, state.drop, "o", ms=8, mfc=VERMILION, mec=INK, ls="none", zorder=5,
                  label=f"operating point: {at:.4g} m³/h, {state.drop:.4g} Pa")  # fmt: skip
        axes.set_xlim(0, flow[-1])
        axes.set_ylim(0, 1.35 * highest)
        axes.set_xlabel("air at the inlet [m³/h]")
        axes.set_ylabel("pressure [Pa]")
        axes.grid(color="#DDDDDD", lw=0.6)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False, fontsize=9, loc="upper right")
        axes.set_title(found.cooled.loaded.case.title, loc="left", fontsize=10, color=FAINT)
    return made
