"""What is handed over of the least flow: table, JSON, CSV and a picture of the region."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text
from scipy.interpolate import PchipInterpolator

from .answer import LITRES_PER_MINUTE
from .coolant_need import FREEZING
from .least_flow import FLOW_TOLERANCE, KELVIN_TOLERANCE, FlowStudy, InletRow
from .operating_points import OperatingPoint

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

SAMPLES = 400
"""Of the region's outline in the picture."""


def litres(flow: float) -> float:
    """Litres per minute of a flow [m3/s]."""
    return flow * LITRES_PER_MINUTE


def point_dict(point: OperatingPoint | None) -> dict[str, Any]:
    """A point's numbers, every key with its unit; null where the machine cannot run."""
    if point is None or point.need is None:
        return {"flow_L_min": None}
    need = point.need
    found: dict[str, Any] = {
        "inlet_degC": point.inlet - FREEZING,
        "flow_L_min": litres(point.flow),
        "flow_L_min_per_kW": point.flow_per_kW,
        "junction_temperature_max_degC": point.hottest - FREEZING,
        "coolant_outlet_degC": need.outlet_temperature - FREEZING,
        "channel_velocity_m_s": need.velocity,
        "cold_plate_pressure_drop_kPa": need.cold_plate_pressure_drop / 1e3,
    }
    if need.loop_pressure_drop is not None:
        found["loop_pressure_drop_kPa"] = need.loop_pressure_drop / 1e3
        found["pump_power_W"] = need.pump_power
    return found


def to_dict(study: FlowStudy) -> dict[str, Any]:
    """As JSON can hold it; every key names its unit, kW are those of the device's heat."""
    return {
        "case": study.loaded.name,
        "title": study.loaded.case.title,
        "caveat": study.loaded.case.caveat,
        "junction_limit_degC": study.limit - FREEZING,
        "coldest_inlet_degC": None if study.coldest is None else study.coldest - FREEZING,
        "device_power_W": study.today.device_power,
        "flow_tolerance_relative": FLOW_TOLERANCE,
        "junction_tolerance_K": KELVIN_TOLERANCE,
        "as_the_case_has_it": point_dict(study.today),
        "warmest_inlet": None if study.warmest is None else point_dict(study.warmest),
        "inlets": [_row(row) for row in study.rows],
        "solves": study.solves,
    }


def _row(row: InletRow) -> dict[str, Any]:
    return {
        "inlet_degC": row.inlet - FREEZING,
        "feasible": not row.reason,
        "reason": row.reason,
        "least_flow_bound_by": row.least.bound_by,
        "least": point_dict(row.least.point),
        "most_flow_L_min": litres(row.most),
        "most_flow_bound_by": row.most_by,
    }


def write_csv(study: FlowStudy, path: Path) -> None:
    """A row for each inlet; what an infeasible one lacks is left empty."""
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = [_row(row) for row in study.rows]
        inner = list(point_dict(study.today))[1:]
        outer = [key for key in rows[0] if key not in ("least", "feasible", "reason")]
        table = csv.writer(file)
        table.writerow([*outer, *(f"least_{key}" for key in inner), "feasible", "reason"])
        for row in rows:
            numbers = [row[key] for key in outer] + [row["least"].get(key) for key in inner]
            words = [f"{n:.7g}" if isinstance(n, float) else n for n in numbers]
            table.writerow([*words, row["feasible"], row["reason"]])


def print_study(study: FlowStudy, console: Console) -> None:
    """The table of inlets and what stands out."""
    say = f"Least flow that holds {study.limit - FREEZING:.4g} °C at the hottest point"
    console.print(Text(study.loaded.case.title, style="bold"))
    console.print(Text(say, style="bold cyan"))
    table = Table(box=None, padding=(0, 1), header_style="dim", show_edge=False)
    for name in ("inlet °C", "L/min", "L/min per kW", "outlet °C", "loop kPa", "at most"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("may it run")
    for row in study.rows:
        table.add_row(*_words(row))
    console.print(table)
    for line in conclusions(study):
        console.print(Text(line))
    console.print(
        Text(
            f"kW: {study.today.device_power / 1e3:.4g} kW of heat in the device. Flows to "
            f"{100 * FLOW_TOLERANCE:g} %, hottest point to {KELVIN_TOLERANCE:g} K; "
            f"{study.solves} solutions.",
            style="dim",
        )
    )
    if study.loaded.case.caveat:
        console.print(Text(f"To bear in mind: {study.loaded.case.caveat}.", style="dim"))


def _words(row: InletRow) -> list[str]:
    point = row.least.point
    most = f"{litres(row.most):.4g}" if row.most_by else ""
    end = row.reason or "yes"
    start = f"{row.inlet - FREEZING:.4g}"
    if point is None or point.need is None:
        return [start, "", "", "", "", most, end]
    loop = point.need.loop_pressure_drop
    return [
        start,
        f"{litres(point.flow):.4g}",
        f"{point.flow_per_kW:.3g}",
        f"{point.need.outlet_temperature - FREEZING:.1f}",
        "" if loop is None else f"{loop / 1e3:.3g}",
        most,
        end,
    ]


def conclusions(study: FlowStudy) -> list[str]:
    """What stands out, a sentence each."""
    today, found = study.today, []
    inlet = today.inlet - FREEZING
    if today.need is None:
        found.append(f"As the case has it, it cannot run: {today.fault}.")
    else:
        found.append(
            f"As the case has it, {litres(today.flow):.4g} L/min at {inlet:.4g} °C "
            f"({today.flow_per_kW:.3g} L/min per kW) make {today.hottest - FREEZING:.1f} °C."
        )
        passed = [c.words for c in study.ceilings if c.share(today.need) > 1]
        if passed:
            found.append(f"It passes {' and '.join(passed)}.")
    by = sorted({row.most_by for row in study.rows if row.most_by})
    if by:
        found.append(f"At most: what {' and '.join(by)} allows.")
    if study.warmest is None:
        found.append("At the coldest inlet no allowed flow holds the limit.")
    else:
        warmest = study.warmest
        found.append(
            f"Warmest inlet that holds the limit: {warmest.inlet - FREEZING:.1f} °C, at "
            f"{litres(warmest.flow):.4g} L/min."
        )
    return found


# picture


def region_figure(study: FlowStudy) -> Figure:
    """Inlet across, flow up; where the machine may run is shaded, each edge says what it is."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    from .figures import FAINT, STYLE

    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(8, 5.4), layout="constrained")
        axes = figure.subplots()
        inlet = np.array([row.inlet - FREEZING for row in study.rows])
        axes.set_xlim(inlet[0], inlet[-1])
        axes.set_ylim(0, _top(study))
        _draw_region(axes, study, inlet)
        _draw_today(axes, study)
        axes.set_xlabel("coolant inlet [°C]")
        axes.set_ylabel("flow through the cold plate [L/min]")
        axes.spines[["top"]].set_visible(False)
        _second_scale(axes, study)
        axes.set_title(
            f"Where the hottest point stays below {study.limit - FREEZING:.4g} °C", loc="left"
        )
        figure.supxlabel(study.loaded.case.title, fontsize=9, color=FAINT)
    return figure


def _top(study: FlowStudy) -> float:
    """Upper end of the flow's axis [L/min]."""
    flows = [row.least.point.flow for row in study.rows if row.least.point is not None]
    allowed = [row.most for row in study.rows if row.most_by] + [study.today.flow]
    return 1.15 * litres(max(*allowed, min(max(flows, default=0.0), 1.5 * max(allowed))))


def _draw_region(axes: Axes, study: FlowStudy, inlet: Array) -> None:
    from .figures import BLUE, INK, SKY, VERMILION

    x = np.linspace(inlet[0], inlet[-1], SAMPLES)
    found = [row.least.point for row in study.rows]
    known = np.array([point is not None for point in found])
    least = np.full(SAMPLES, np.inf)
    if known.sum() > 1:
        # nearly straight in the inverse flow; where there is no least flow the line ends
        inverse = [1 / litres(point.flow) for point in found if point is not None]
        between = np.interp(x, inlet, known.astype(float)) == 1
        least[between] = 1 / PchipInterpolator(inlet[known], inverse)(x[between])
    most = np.interp(x, inlet, [litres(row.most) for row in study.rows])
    coldest = -np.inf if study.coldest is None else study.coldest - FREEZING
    may = (least <= most) & (x >= coldest)
    axes.fill_between(x, least, most, where=may, color=SKY, alpha=0.35, lw=0)
    if known.sum() > 1:
        axes.plot(x, least, color=VERMILION, lw=2)
        solved = [litres(point.flow) for point in found if point is not None]
        axes.plot(inlet[known], solved, "o", color=VERMILION, ms=4)
        _label(axes, x, least, f"hottest point {study.limit - FREEZING:.4g} °C", -1, VERMILION)
    by = dict.fromkeys(row.most_by for row in study.rows if row.most_by)
    if by:
        axes.plot(x, most, color=BLUE, lw=2, ls="--")
        _label(axes, x, most, " and ".join(by), 1, BLUE)
    if inlet[0] < coldest < inlet[-1]:
        axes.axvline(coldest, color=INK, lw=1.6, ls=":")
        axes.annotate(f"dew point + 2 K, {coldest:.1f} °C", (coldest, 0.97),
                      xycoords=("data", "axes fraction"), xytext=(-5, 0),
                      textcoords="offset points", rotation=90, ha="right", va="top",
                      fontsize=9.5)  # fmt: skip
    if may.any():
        middle = x[may][may.sum() // 2]
        at = float(np.interp(middle, x, (np.where(may, least, most) + most) / 2))
        axes.annotate("may run", (middle, at), ha="center", va="center", fontsize=12,
                      color=INK)  # fmt: skip


def _label(axes: Axes, x: Array, y: Array, words: str, side: int, colour: str) -> None:
    """Words beside a line at three fifths of what is seen of it, below or above."""
    seen = np.flatnonzero(y < axes.get_ylim()[1])
    if not len(seen):
        return
    at = seen[int(0.6 * (len(seen) - 1))]
    above = side > 0
    axes.annotate(words, (x[at], y[at]), xytext=(0, 7) if above else (9, -8),
                  textcoords="offset points", ha="center" if above else "left",
                  va="bottom" if above else "top", color=colour, fontsize=9.5)  # fmt: skip


def _draw_today(axes: Axes, study: FlowStudy) -> None:
    """The case's own point, where it is on the picture."""
    from .figures import INK, ORANGE

    today = study.today
    x, y = today.inlet - FREEZING, litres(today.flow)
    low, high = axes.get_xlim()
    if not low <= x <= high or today.need is None:
        return
    axes.plot(x, y, "D", ms=8, mfc=ORANGE, mec=INK, mew=0.8, zorder=5)
    right = x < (low + high) / 2
    axes.annotate(f"as the case has it: {today.hottest - FREEZING:.1f} °C", (x, y),
                  xytext=(9 if right else -9, 0), textcoords="offset points", va="center",
                  ha="left" if right else "right", fontsize=9.5)  # fmt: skip


def _second_scale(axes: Axes, study: FlowStudy) -> None:
    """The flow per kilowatt, where all points make the same heat."""
    points = [row.least.point for row in study.rows if row.least.point is not None]
    power = np.array([p.device_power for p in [*points, study.today]]) / 1e3
    if not np.isfinite(power).all() or np.ptp(power) > 1e-3 * power[0]:
        axes.spines[["right"]].set_visible(False)
        return
    kilowatts = float(power[0])
    right = axes.secondary_yaxis(
        "right", functions=(lambda y: np.divide(y, kilowatts), lambda y: np.multiply(y, kilowatts))
    )
    right.set_ylabel("L/min per kW of heat in the device")
