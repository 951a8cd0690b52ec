"""Fins by zone along the flow: channel width, flow of each band, film and temperature."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from thermal.fin_coefficients import channels_at

from .fields import junction_temperature
from .figures import BLUE, FAINT, INK, ORANGE, SKY, STYLE, VERMILION

if TYPE_CHECKING:
    from .answer import Answer

LINES = ((BLUE, "-"), (ORANGE, "--"), (SKY, "-."), (FAINT, ":"))


def fin_density_figure(answer: Answer) -> Figure:
    """Channel width, film and temperature where the heat is made, over one axis."""
    flow = answer.coupled.machine.problem.coolant
    assert flow is not None
    with mpl.rc_context(STYLE):
        made = Figure(figsize=(7.2, 7.0), layout="constrained")
        width, film, temperature = made.subplots(3, 1, sharex=True)
        _widths(width, answer)
        _film(film, answer)
        _temperatures(temperature, answer)
        temperature.set_xlabel(f"{'x' if flow.along_x else 'y'}, along the channels [mm]")
        made.suptitle("Fins by zone", x=0.02, ha="left", fontsize=12, fontweight="bold")
        case = textwrap.shorten(answer.loaded.case.title, 78, placeholder=" ...")
        width.set_title(case, loc="left", fontsize=9, color=FAINT, fontweight="normal")
    for axes in (width, film, temperature):
        axes.grid(color="#DDDDDD", lw=0.6)
        axes.spines[["top", "right"]].set_visible(False)
    return made


def _along(answer: Answer) -> tuple[np.ndarray, np.ndarray]:
    """Order of the stations from coordinate 0 on, and the places of their middles [mm]."""
    solver, problem = answer.coupled.solver, answer.coupled.machine.problem
    assert problem.coolant is not None
    cells = problem.grid.nx if problem.coolant.along_x else problem.grid.ny
    length = problem.grid.width if problem.coolant.along_x else problem.grid.height
    place = (solver.pieces.cell + 0.5) / cells * length * 1e3
    return np.argsort(place, kind="stable"), np.sort(place)


def _widths(axes: Axes, answer: Answer) -> None:
    flow, solver = answer.coupled.machine.problem.coolant, answer.coupled.solver
    assert flow is not None
    assert flow.fin_density is not None
    order, place = _along(answer)
    widths = np.asarray(channels_at(flow, solver.pieces).channel_width)[order] * 1e3
    assert solver.division.lane_share is not None
    share = solver.division.segment_share @ solver.division.lane_share
    for band in range(flow.fin_density.bands):
        colour, line = LINES[band % len(LINES)]
        told = f"band {band + 1}: {share[band]:.2f}"
        label = told if flow.fin_density.bands > 1 else None
        axes.step(place, widths[:, band], where="mid", color=colour, ls=line, lw=2, label=label)
    axes.set_ylim(0, 1.7 * widths.max())
    axes.set_ylabel("channel width [mm]")
    if flow.fin_density.bands > 1:
        axes.legend(
            frameon=False, fontsize=9, loc="upper center", ncols=4, title="flow over the mean flow"
        )


def _film(axes: Axes, answer: Answer) -> None:
    order, place = _along(answer)
    axes.plot(place, answer.coupled.solver.film[order] / 1e3, color=INK, lw=1.8)
    axes.set_ylim(bottom=0)
    axes.set_ylabel("film on the walls [kW/m²K]")


def _temperatures(axes: Axes, answer: Answer) -> None:
    problem, field = answer.coupled.machine.problem, junction_temperature(answer)
    assert problem.coolant is not None
    along_x = problem.coolant.along_x
    across = 0 if along_x else 1
    place = (problem.grid.x if along_x else problem.grid.y) * 1e3
    axes.plot(place, np.nanmax(field, axis=across), color=VERMILION, lw=1.8, label="hottest point")
    axes.plot(place, np.nanmean(field, axis=across), color=INK, lw=1.8, ls="--", label="mean")
    axes.set_ylabel("where the heat is made [°C]")
    axes.legend(frameon=False, fontsize=9, loc="best")
