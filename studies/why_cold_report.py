"""What is handed over of why a machine wants cold water: words, tables, JSON, CSV and a picture."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from .coolant_need import FREEZING
from .least_flow_report import litres, point_dict
from .operating_points import OperatingPoint, junction_limit
from .why_cold import MOST_CHANGES, Found, WhyCold, Worth

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito (2008), with hatching beside, since a grey printer tells few of them apart
COLOURS = ("#56B4E9", "#E69F00", "#009E73", "#F0E442", "#0072B2", "#CC79A7", "#D55E00", "#999999")
HATCHES = ("", "//", "", "..", "", "\\\\", "", "xx")
NARROW = 1.2
"""Kelvins of a step below which its number is left out of the picture."""


def to_dict(study: WhyCold) -> dict[str, Any]:
    """As JSON can hold it; every key names its unit, kW are those of the device's heat."""
    return {
        "case": study.loaded.name,
        "caveat": study.loaded.case.caveat,
        "junction_limit_degC": study.limit - FREEZING,
        "as_the_case_has_it": point_dict(study.today)
        | {"temperature_budget_K": study.today.budget}
        | _worth_dict(study.now),
        "steps_gone": [_worth_dict(worth, study.now) for worth in study.steps],
        "values_at_their_end": [_worth_dict(worth, study.now) for worth in study.choices],
        "targets": [_found_dict(found) for found in study.found],
        "coarse_grid_error_K": study.coarse_error,
    }


def _worth_dict(worth: Worth, now: Worth | None = None) -> dict[str, Any]:
    found = {
        "name": worth.name,
        "step_K": worth.kelvin,
        "warmest_inlet_degC": worth.warmest - FREEZING,
        "least_flow_L_min_per_kW": worth.least,
    }
    if now is None:
        return {key: found[key] for key in ("warmest_inlet_degC", "least_flow_L_min_per_kW")}
    return found | {
        "inlet_warmer_K": worth.warmest - now.warmest,
        "flow_less_L_min_per_kW": now.least - worth.least,
    }


def _found_dict(found: Found) -> dict[str, Any]:
    changes = None
    if found.changes is not None:
        changes = [{"key": c.path, "value": c.at(found.share)} for c in found.changes]
    return {
        "inlet_degC": found.target.inlet - FREEZING,
        "flow_L_min": litres(found.target.flow),
        "unchanged": point_dict(found.unchanged),
        "passed_unchanged": found.passed,
        "changes": changes,
        "share_of_range": found.share,
        "changed": point_dict(found.changed),
        "solutions_tried": found.tried,
    }


def write_csv(study: WhyCold, path: Path) -> None:
    """Every step and every value, with what it is worth."""
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        rows = [_worth_dict(w, study.now) for w in (*study.steps, *study.choices)]
        table.writerow(rows[0])
        for row in rows:
            table.writerow([f"{v:.7g}" if isinstance(v, float) else v for v in row.values()])


def print_study(study: WhyCold, console: Console) -> None:
    """The answer in words, then the tables."""
    console.print(Text(study.loaded.case.title, style="bold"))
    for line in conclusions(study):
        console.print(Text(line))
    console.print()
    _print_table("With a step of the budget gone", study.steps, study, console)
    if study.choices:
        _print_table("With a value at the end of its range", study.choices, study, console)
    console.print(
        Text(
            f"Inlet: warmest that holds {study.limit - FREEZING:.4g} °C at the case's flow. Flow: "
            f"least that holds it at the case's inlet, per kW of heat in the device. Both on a "
            f"coarse grid, {abs(study.coarse_error):.2g} K from the case's own, and whatever the "
            "other limits say.",
            style="dim",
        )
    )
    if study.loaded.case.caveat:
        console.print(Text(f"To bear in mind: {study.loaded.case.caveat}.", style="dim"))


def _print_table(title: str, rows: list[Worth], study: WhyCold, console: Console) -> None:
    table = Table(box=None, padding=(0, 1), header_style="dim", show_edge=False)
    table.add_column("")
    for name in ("step K", "inlet °C", "warmer K", "L/min/kW", "less"):
        table.add_column(name, justify="right", no_wrap=True)
    for worth in [study.now, *rows]:
        change = [worth.warmest - study.now.warmest, study.now.least - worth.least]
        table.add_row(
            _short(worth.name),
            _number(worth.kelvin, "+.2f"),
            _number(worth.warmest - FREEZING, ".1f"),
            "" if worth is study.now else _number(change[0], "+.1f"),
            _number(worth.least, ".3f"),
            "" if worth is study.now else _number(change[1], "+.3f"),
        )
    console.print(Text(title, style="bold cyan"))
    console.print(table)
    console.print()


def _short(name: str) -> str:
    """A change without the section that it is in."""
    return name.removeprefix("layers.")


def _number(value: float, form: str) -> str:
    return "" if math.isnan(value) else format(value, form)


def conclusions(study: WhyCold) -> list[str]:
    """The answer in sentences."""
    today, limit = study.today, study.limit - FREEZING
    spare = limit - (today.hottest - FREEZING)
    said = f"{abs(spare):.1f} K {'below' if spare >= 0 else 'above'} the limit of {limit:.4g} °C"
    found = [
        f"As the case has it, {litres(today.flow):.4g} L/min at {today.inlet - FREEZING:.4g} °C "
        f"({today.flow_per_kW:.3g} L/min per kW) make {today.hottest - FREEZING:.1f} °C, {said}."
    ]
    if not math.isnan(study.now.warmest):
        found.append(
            f"At that flow the inlet may be up to {study.now.warmest - FREEZING:.1f} °C; at that "
            f"inlet {study.now.least:.3g} L/min per kW hold the limit."
        )
    dearest = max(study.steps, key=lambda worth: worth.kelvin)
    found.append(
        f"Most of the kelvins, {dearest.kelvin:.1f} of {sum(today.budget.values()):.1f}, are "
        f"{dearest.name}: without them the inlet could be "
        f"{dearest.warmest - study.now.warmest:.1f} K warmer."
    )
    return found + [_sentence(each) for each in study.found]


def _sentence(found: Found) -> str:
    """What a target asks for."""
    start = (
        f"{found.unchanged.flow_per_kW:.3g} L/min per kW at {found.target.inlet - FREEZING:.4g} °C:"
    )
    if found.unchanged.need is None:
        return f"{litres(found.target.flow):.4g} L/min: cannot run, {found.passed}."
    top = f"{found.unchanged.hottest - FREEZING:.1f} °C"
    if not found.passed:
        return f"{start} no change needed, {top}."
    if found.changes is None or found.changed is None:
        return f"{start} {top}, {found.passed}; no set of up to {MOST_CHANGES} changes is enough."
    words = " and ".join(change.words(found.share) for change in found.changes)
    count = len(found.changes)
    return (
        f"{start} {top}, {found.passed}. Cheapest: {count} change{'s' * (count > 1)}, {words}; "
        f"then {found.changed.hottest - FREEZING:.1f} °C."
    )


# picture


def budget_figure(study: WhyCold) -> Figure:
    """Budgets stacked on the inlet: as the case has it, and at each target before and after."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    from .figures import FAINT, STYLE

    bars = _bars(study)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(max(6.5, 1.6 * len(bars) + 2.2), 5.6), layout="constrained")
        axes = figure.subplots()
        for i, (_, point, limit) in enumerate(bars):
            _stack(axes, i, point, list(study.today.budget))
            axes.plot([i - 0.45, i + 0.45], [limit - FREEZING] * 2, color="black", lw=1.6, ls="--",
                      label="junction limit" if i == 0 else None)  # fmt: skip
        axes.set_xticks(range(len(bars)), [name for name, _, _ in bars], fontsize=9)
        low = min(point.inlet for _, point, _ in bars) - FREEZING
        high = max(max(point.hottest, limit) for _, point, limit in bars) - FREEZING
        axes.set_ylim(min(0.0, low - 5), high + 0.12 * (high - low))
        axes.set_ylabel("temperature [°C]")
        axes.spines[["top", "right"]].set_visible(False)
        handles, labels = axes.get_legend_handles_labels()
        figure.legend(handles[::-1], labels[::-1], loc="outside right upper", frameon=False)
        axes.set_title("From coolant inlet to hottest point", loc="left")
        figure.supxlabel(study.loaded.case.title, fontsize=9, color=FAINT)
    return figure


def _bars(study: WhyCold) -> list[tuple[str, OperatingPoint, float]]:
    """Name, point and junction limit [K] of each bar."""
    bars = [(f"as the case has it\n{_where(study.today)}", study.today, study.limit)]
    for found in study.found:
        where = _where(found.unchanged)
        if found.unchanged.need is not None:
            bars.append((f"{where}\nunchanged", found.unchanged, study.limit))
        if found.changes and found.changed is not None:
            values = {c.path: c.at(found.share) for c in found.changes}
            limit = junction_limit(study.loaded.with_values(values))
            count = len(found.changes)
            bars.append((f"{where}\n{count} change{'s' * (count > 1)}", found.changed, limit))
    return bars


def _where(point: OperatingPoint) -> str:
    return f"{point.inlet - FREEZING:.4g} °C\n{litres(point.flow):.4g} L/min"


def _stack(axes: Axes, at: int, point: OperatingPoint, names: list[str]) -> None:
    """One bar: the inlet, then every step on the one before."""
    from .figures import INK

    level = point.inlet - FREEZING
    axes.bar(at, level, 0.7, color="#EEEEEE", edgecolor=INK, lw=0.5,
             label="coolant inlet" if at == 0 else None)  # fmt: skip
    for i, name in enumerate(names):
        step = point.budget.get(name, 0.0)
        axes.bar(at, step, 0.7, bottom=level, color=COLOURS[i % len(COLOURS)], edgecolor=INK,
                 lw=0.5, hatch=HATCHES[i % len(HATCHES)],
                 label=name if at == 0 else None)  # fmt: skip
        if step >= NARROW:
            axes.text(at, level + step / 2, f"{step:.1f} K", ha="center", va="center", fontsize=8.5,
                      bbox={"fc": "white", "ec": "none", "pad": 0.8, "alpha": 0.8})  # fmt: skip
        level += step
    axes.annotate(f"{level:.1f} °C", (at, level), xytext=(0, 5), textcoords="offset points",
                  ha="center", va="bottom", fontsize=9.5, fontweight="bold",
                  bbox={"fc": "white", "ec": "none", "pad": 1.0})  # fmt: skip
