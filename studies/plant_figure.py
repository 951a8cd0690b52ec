"""The picture of a plant: energy of its parts, and hours without chiller against the inlet."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from thermal.coolant import FREEZING

from .figures import BLUE, FAINT, INK, ORANGE, PALE, SKY, STYLE, VERMILION
from .plant import PARTS, free_hours_by_inlet
from .plant_study import PlantStudy

COLOURS = dict(zip(PARTS, (BLUE, SKY, ORANGE, VERMILION, PALE), strict=True))
HATCHES = dict(zip(PARTS, ("", "//", "", "xx", ""), strict=True))
MONTHS = ("J", "F", "M", "A", "M", "J", "J", "A", "S", "O", "N", "D")
INLETS = np.arange(10.0, 50.5, 0.5)
"""Of the curve of free hours [degC]."""


def plant_figure(found: list[PlantStudy]) -> Figure:
    """Energy by month, or by inlet where there are several; and hours without chiller."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(10.5, 4.6), layout="constrained")
        energy, hours = figure.subplots(1, 2)
        if len(found) == 1:
            _draw_months(energy, found[0])
        else:
            _draw_inlets(energy, found)
        _draw_free_hours(hours, found)
        for axes in (energy, hours):
            axes.spines[["top", "right"]].set_visible(False)
            axes.tick_params(length=3, color=PALE)
    return figure


def _draw_months(axes: Axes, one: PlantStudy) -> None:
    _stack(axes, {part: kWh / 1e3 for part, kWh in one.year.monthly_kWh.items()})
    axes.set_xticks(range(12), MONTHS)
    axes.set_xlabel("month")
    axes.set_ylabel("energy of the month [MWh]")
    axes.set_title(f"Plant of one system: PUE {one.year.pue:.3f}", loc="left")


def _draw_inlets(axes: Axes, found: list[PlantStudy]) -> None:
    _stack(
        axes,
        {
            part: np.array([one.year.monthly_kWh[part].sum() / 1e3 for one in found])
            for part in PARTS
        },
    )
    celsius = [one.machine.inlet_temperature - FREEZING for one in found]
    axes.set_xticks(range(len(found)), [f"{c:g}" for c in np.round(celsius, 1)])
    axes.set_xlabel("coolant inlet [°C]")
    axes.set_ylabel("energy of the year [MWh]")
    axes.set_title("Plant of one system, by coolant inlet", loc="left")


def _stack(axes: Axes, energy: dict[str, np.ndarray]) -> None:
    """Bars on one another; the steady parts at the bottom."""
    below = np.zeros(len(energy[PARTS[0]]))
    for part in reversed(PARTS):
        axes.bar(range(len(below)), energy[part], bottom=below, width=0.75, label=part,
                 color=COLOURS[part], hatch=HATCHES[part], edgecolor="white", lw=0.5)  # fmt: skip
        below += energy[part]
    axes.set_ylim(0, 1.38 * below.max())
    axes.legend(frameon=False, ncols=2, loc="upper left", fontsize=9, reverse=True)


def _draw_free_hours(axes: Axes, found: list[PlantStudy]) -> None:
    plant, weather = found[0].plant, found[0].year.weather
    curves = free_hours_by_inlet(INLETS + FREEZING, plant, weather)
    styles = {"dry cooler": (ORANGE, "-"), "tower": (BLUE, "--")}
    for kind, hours in curves.items():
        colour, line = styles[kind]
        axes.plot(INLETS, hours, line, color=colour, lw=2, label=kind)
    for number, one in enumerate(found):
        axes.plot(one.machine.inlet_temperature - FREEZING, one.year.free_hours, "o", color=INK,
                  ms=6, label=None if number else "this plant")  # fmt: skip
    axes.set_xlim(INLETS[0], INLETS[-1])
    axes.set_ylim(0, 9000)
    axes.set_xlabel("coolant inlet [°C]")
    axes.set_ylabel("hours a year without chiller")
    axes.set_title(f"Free cooling, {weather.name}", loc="left")
    words = f"{plant.approach:g} K in the unit, {plant.outdoor_approach:g} K outdoors"
    axes.text(0.98, 0.03, words, transform=axes.transAxes, ha="right", fontsize=9, color=FAINT)
    axes.legend(frameon=False, loc="upper left")
