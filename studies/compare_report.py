"""What is handed over of a comparison: tables on the terminal, JSON, CSV."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from .compare import Gap, Row, in_figures
from .coolant_need import FREEZING

Column = tuple[str, str, str]
"""Key of the figures, heading, and how it is written."""
HEAT: tuple[Column, ...] = (
    ("inlet_degC", "inlet\ndegC", ".1f"),
    ("input_power_kW", "input\nkW", ".1f"),
    ("liquid_heat_kW", "to liquid\nkW", ".1f"),
    ("silicon_heat_kW", "silicon\nkW", ".1f"),
    ("mean_flux_W_cm2", "mean\nW/cm2", ".1f"),
    ("peak_flux_W_cm2", "peak\nW/cm2", ".1f"),
    ("junction_max_degC", "hottest\ndegC", ".1f"),
    ("junction_margin_K", "margin\nK", "+.1f"),
)
COOLANT: tuple[Column, ...] = (
    ("inlet_degC", "inlet\ndegC", ".1f"),
    ("flow_L_min", "flow\nL/min", ".0f"),
    ("flow_L_min_per_kW_to_liquid", "L/min/kW\nto liquid", ".2f"),
    ("flow_L_min_per_kW_input", "L/min/kW\ninput", ".2f"),
    ("rise_K", "rise\nK", ".1f"),
    ("pressure_drop_kPa", "drop\nkPa", ".0f"),
    ("pressure_drop_over", "over\n", ""),
    ("pump_W_per_kW_to_liquid", "pump W/kW\nto liquid", ".1f"),
)
PLANT: tuple[Column, ...] = (
    ("inlet_degC", "inlet\ndegC", ".1f"),
    ("chiller_W_per_kW_to_liquid", "chiller W/kW\nto liquid", ".0f"),
    ("pue", "PUE\n", ".2f"),
    ("cdus_per_MW_to_liquid", "CDUs\nper MW", ".2f"),
    ("cdu", "of these\n", ""),
    ("cdu_limited_by", "limited\nby", ""),
)
NOTE = (
    "Drop over a loop: cold plate, couplings and the rest of the case's loop; over a rack: from "
    "supply to return. Margin: below the case's junction limit. Chillers: mean of the year on the "
    "case's plant, or the default one. An empty place is not known."
)


def to_dict(rows: Sequence[Row], gaps: Sequence[Gap]) -> dict[str, Any]:
    """As JSON can hold it; every key names its unit."""
    return {
        "machines": [
            in_figures(row) | {"title": row.title, "warnings": list(row.warnings)} for row in rows
        ],
        "without_answer": [
            {"case": g.case, "inlet_degC": g.inlet_temperature - FREEZING, "reason": g.reason}
            for g in gaps
        ],
    }


def write_csv(rows: Sequence[Row], path: Path) -> None:
    """A line for each machine at each inlet."""
    figures = [in_figures(row) for row in rows]
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, list(figures[0]))
        table.writeheader()
        for line in figures:
            table.writerow({k: f"{v:.6g}" if isinstance(v, float) else v for k, v in line.items()})


def print_comparison(rows: Sequence[Row], gaps: Sequence[Gap], console: Console) -> None:
    """Heat and coolant, a table each; then what to look at twice."""
    for columns in (HEAT, COOLANT, PLANT):
        console.print(_table(rows, columns))
        console.print()
    console.print(Text(NOTE, style="dim"))
    for gap in gaps:
        console.print(Text(f"no answer: {gap.case}: {gap.reason}"))
    for words in dict.fromkeys(f"{row.case}: {line}" for row in rows for line in row.warnings):
        console.print(Text(f"warning: {words}", style="yellow"))


def _table(rows: Sequence[Row], columns: Sequence[Column]) -> Table:
    table = Table(box=None, padding=(0, 1), header_style="dim", show_edge=False)
    table.add_column("machine\n", no_wrap=True)
    for _, heading, _ in columns:
        table.add_column(heading, justify="right", no_wrap=True)
    last = None
    for row in rows:
        found = in_figures(row)
        name = row.case if row.case != last else ""
        table.add_row(name, *(_written(found[key], form) for key, _, form in columns))
        last = row.case
    return table


def _written(value: float | str | None, form: str) -> str:
    return "" if value is None else format(value, form)
