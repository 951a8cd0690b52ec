"""The picture of a comparison: bars at one inlet, lines over a range of inlets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .answer import LITRES_PER_MINUTE
from .compare import Row, in_figures
from .coolant_need import FREEZING
from .figures import BLUE, FAINT, INK, ORANGE, PALE, SKY, STYLE, VERMILION

if TYPE_CHECKING:
    from .case_file import LoadedCase

PANELS = (
    ("flow_L_min_per_kW_to_liquid", "flow [L/min per kW to liquid]", ".2f"),
    ("pump_W_per_kW_to_liquid", "pump [W per kW to liquid]", ".1f"),
    ("rise_K", "coolant rise [K]", ".1f"),
    ("junction_max_degC", "hottest point [degC]", ".0f"),
)
COLOURS = (BLUE, VERMILION, ORANGE, "#009E73", SKY, "#CC79A7", INK, PALE)
MARKS = ("o", "s", "^", "D", "v", "P", "X", "*")
KINDS = ("-", "--", ":")
"""With the colours 24 lines that a grey printer tells apart."""


def compare_figure(rows: Sequence[Row], cases: Sequence[LoadedCase]) -> Figure:
    """Four panels: flow and pump for a kilowatt, rise, hottest point.

    Bars where each machine has one row; else lines over the inlet temperature, with the vendor's
    table of flows, where a rack has one, as open circles.
    """
    names = list(dict.fromkeys(row.case for row in rows))
    with mpl.rc_context(STYLE):
        if len(names) == len(rows):
            return _bars(rows)
        return _lines(rows, names, cases)


def _bars(rows: Sequence[Row]) -> Figure:
    made = Figure(figsize=(10, 1.6 + 0.34 * len(rows)), layout="constrained")
    shown = list(rows)[::-1]
    names = [f"{r.case}, {r.inlet_temperature - FREEZING:g} degC" for r in shown]
    for i, (axes, (key, label, form)) in enumerate(
        zip(made.subplots(1, len(PANELS), sharey=True), PANELS, strict=True)
    ):
        values = [in_figures(row)[key] for row in shown]
        numbers = [v if isinstance(v, float) else 0.0 for v in values]
        bars = axes.barh(names, numbers, color=VERMILION if i == 3 else BLUE, height=0.62)
        words = [
            format(v, form) if isinstance(v, float) else "not known" if row.flow else "on air"
            for v, row in zip(values, shown, strict=True)
        ]
        axes.bar_label(bars, words, padding=3, fontsize=8.5)
        axes.set_xlabel(label, fontsize=9)
        axes.margins(x=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    made.suptitle("Machines side by side, inlet beside the name", x=0.02, ha="left", fontsize=12,
                  fontweight="bold")  # fmt: skip
    return made


def _lines(rows: Sequence[Row], names: list[str], cases: Sequence[LoadedCase]) -> Figure:
    made = Figure(figsize=(10, 8), layout="constrained")
    panels = made.subplots(2, 2, sharex=True).ravel()
    for axes, (key, label, _) in zip(panels, PANELS, strict=True):
        for i, name in enumerate(names):
            _draw(axes, i, name, [in_figures(row) for row in rows if row.case == name], key)
        axes.set_ylabel(label)
        axes.grid(color="#DDDDDD", lw=0.6)
        axes.spines[["top", "right"]].set_visible(False)
        if key != "junction_max_degC":
            axes.set_ylim(bottom=0)
    for case in cases:
        _draw_table(panels[0], case)
    for axes in panels[2:]:
        axes.set_xlabel("inlet temperature [degC]")
    _draw_limits(panels[3], rows)
    handles: dict[str, Artist] = {}
    for axes in (panels[3], panels[0]):  # every machine has a hottest point, not every one a flow
        handles |= dict(zip(*axes.get_legend_handles_labels()[::-1], strict=True))
    made.legend(list(handles.values()), list(handles), loc="outside lower center", frameon=False,
                ncols=4, fontsize=9)  # fmt: skip
    made.suptitle("Machines side by side over the inlet temperature", x=0.02, ha="left",
                  fontsize=12, fontweight="bold")  # fmt: skip
    return made


def _draw(axes: Axes, i: int, name: str, found: Sequence[Mapping[str, object]], key: str) -> None:
    points = [(f["inlet_degC"], f[key]) for f in found if f[key] is not None]
    if points:
        axes.plot(*zip(*points, strict=True), color=COLOURS[i % 8], marker=MARKS[i % 8], ms=5,
                  ls=KINDS[i // 8 % 3], lw=1.6, label=name)  # fmt: skip


def _draw_table(axes: Axes, case: LoadedCase) -> None:
    rack = case.case.rack
    if rack is None or rack.flow is None or not rack.flow.inlet_temperature:
        return
    inlets = [t - FREEZING for t in rack.flow.inlet_temperature]
    flows = [v * LITRES_PER_MINUTE * 1e3 / rack.liquid_heat for v in rack.flow.flow]
    axes.plot(inlets, flows, "o", ms=10, mfc="none", mec=INK, label=f"{case.name}: vendor's table")


def _draw_limits(axes: Axes, rows: Sequence[Row]) -> None:
    for limit in {row.junction_limit for row in rows if row.junction_limit is not None}:
        axes.axhline(limit - FREEZING, color=FAINT, lw=1, ls=":")
        axes.annotate("limit", (0.01, limit - FREEZING), xycoords=("axes fraction", "data"),
                      xytext=(0, 3), textcoords="offset points", fontsize=8.5,
                      color=FAINT)  # fmt: skip
