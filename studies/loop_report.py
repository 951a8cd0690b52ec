"""The coolant loop in words and as a table of its curves."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from .answer import LITRES_PER_MINUTE
from .loop_answer import LoopAnswer
from .words import watts_as_text

BAR = 30
"""Characters of a bar that stands for the whole loop."""


def summary_lines(found: LoopAnswer) -> list[str]:
    """The answer in a few lines for a terminal."""
    need, total = found.need, sum(found.budget.values())
    how = "given by the case" if found.pumps is None else "found: pumps and loop meet here"
    lines = [
        found.answer.loaded.case.title,
        f"  flow of the loop  {_litres(need.loop_flow)}, {how}",
        f"  pressure          {total / 1e3:.1f} kPa",
        f"  pump power        {watts_as_text(need.pump_power or 0.0)}",
    ]
    lines += [f"  {name:16}  {_litres(flow)}" for name, flow in found.flow.items()]
    if isinstance(found.one_out, float):
        share = 100 * found.one_out / need.loop_flow
        lines.append(f"  one pump out      {_litres(found.one_out)}, {share:.0f} % of that")
    elif found.one_out is not None:
        lines.append(f"  one pump out      no flow: {found.one_out}")
    lines.append("Where the pressure goes")
    width = max(map(len, found.budget))
    for name, drop in found.budget.items():
        share = drop / total
        bar = "█" * round(BAR * share)
        lines.append(f"  {name:{width}}  {drop / 1e3:7.1f} kPa  {100 * share:4.1f} %  {bar}")
    return lines + [f"warning: {words}" for words in found.answer.warnings]


def _litres(flow: float) -> str:
    return f"{flow * LITRES_PER_MINUTE:.4g} L/min"


def write_csv(found: LoopAnswer, path: str | Path) -> None:
    """A row per flow: pressure over the loop, and that of the pumps."""
    columns = {
        "flow_L_min": found.curve_flow * LITRES_PER_MINUTE,
        "system_kPa": found.system / 1e3,
    }
    for name, curve in (("pumps_kPa", found.pumps), ("one_pump_out_kPa", found.pumps_one_out)):
        if curve is not None:
            columns[name] = curve / 1e3
    with Path(path).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        rows = np.column_stack(list(columns.values()))
        writer.writerows([f"{v:.9g}" for v in row] for row in rows)
