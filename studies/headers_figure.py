"""How unevenly headers feed the channels, and what the blocks make of it, across the plate."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .coolant_need import FREEZING
from .fields import junction_temperature
from .figures import BLUE, FAINT, INK, STYLE, VERMILION

if TYPE_CHECKING:
    from .answer import Answer


def headers_figure(answer: Answer) -> Figure:
    """Share of the flow above, temperatures where the heat is made below, over one axis."""
    flow = answer.coupled.machine.problem.coolant
    assert flow is not None
    assert flow.headers is not None
    with mpl.rc_context(STYLE):
        made = Figure(figsize=(7.2, 6.0), layout="constrained")
        top, bottom = made.subplots(2, 1, sharex=True)
        _shares(top, answer)
        _temperatures(bottom, answer)
        bottom.set_xlabel(f"{'y' if flow.along_x else 'x'}, across the channels [mm]")
        made.suptitle(f"Flow shared by headers of type {flow.headers.kind}", x=0.02, ha="left",
                      fontsize=12, fontweight="bold")  # fmt: skip
        case = textwrap.shorten(answer.loaded.case.title, 78, placeholder=" ...")
        top.set_title(case, loc="left", fontsize=9, color=FAINT, fontweight="normal")
    for axes in (top, bottom):
        axes.grid(color="#DDDDDD", lw=0.6)
        axes.spines[["top", "right"]].set_visible(False)
    return made


def _shares(axes: Axes, answer: Answer) -> None:
    flow, need = answer.coupled.machine.problem.coolant, answer.coolant
    assert flow is not None
    assert flow.headers is not None
    assert need is not None
    assert need.channel_flow_share is not None
    grid = answer.coupled.machine.problem.grid
    across = (grid.height if flow.along_x else grid.width) * 1e3
    far = flow.headers.from_far_side
    share = need.channel_flow_share[::-1] if far else need.channel_flow_share
    axes.stairs(share, np.linspace(0, across, len(share) + 1), color=BLUE, lw=2, baseline=None)
    axes.axhline(1.0, color=FAINT, lw=1, ls="--")
    axes.set_xlim(0, across)
    axes.set_ylim(0, 1.1 * float(share.max()))
    axes.set_ylabel("flow over the mean flow")
    axes.annotate("coolant enters here", (1 if far else 0, 0.06), xycoords="axes fraction",
                  xytext=(-8 if far else 8, 0), textcoords="offset points", color=BLUE, fontsize=9,
                  ha="right" if far else "left")  # fmt: skip


def _temperatures(axes: Axes, answer: Answer) -> None:
    machine, field = answer.coupled.machine, junction_temperature(answer)
    flow, grid, plan = machine.problem.coolant, machine.problem.grid, machine.floorplan
    assert flow is not None
    along = 1 if flow.along_x else 0
    place = (grid.y if flow.along_x else grid.x) * 1e3
    axes.plot(place, np.nanmax(field, axis=along), color=VERMILION, lw=1.8, label="hottest point")
    axes.plot(place, np.nanmean(field, axis=along), color=INK, lw=1.8, ls="--", label="mean")
    middle = ((plan.y0 + plan.y1) if flow.along_x else (plan.x0 + plan.x1)) * 500
    axes.plot(middle, answer.block_temperature_mean - FREEZING, ".", ms=5, color=FAINT,
              label="means of the blocks")  # fmt: skip
    axes.set_ylabel("where the heat is made [°C]")
    axes.legend(frameon=False, fontsize=9, loc="best")
