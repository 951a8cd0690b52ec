"""A case on air in words and as a table of its curves."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from thermal.coolant import FREEZING

from .air_answer import CUBIC_FEET_PER_MINUTE, CUBIC_METRES_PER_HOUR, AirAnswer
from .words import watts_as_text


def summary_lines(found: AirAnswer) -> list[str]:
    """The answer in a few lines for a terminal."""
    state, case, kilowatts = found.state, found.cooled.loaded.case, found.cooled.power / 1e3
    inlet = found.sink.inlet_temperature - FREEZING
    junction = found.cooled.junction_temperature - FREEZING
    limit = case.limits.junction_temperature
    side = ""
    if limit is not None:
        over = junction + FREEZING - limit
        side = f", {abs(over):.1f} K {'ABOVE' if over > 0 else 'below'} the limit"
    count = found.sink.fan.curve.number_running
    fans = "one fan" if count == 1 else f"{count} fans"
    lines = [
        case.title,
        f"  heat              {watts_as_text(found.cooled.power)}",
        f"  air               {_flow(state.flow)}",
        f"  for a kilowatt    {_flow(state.flow / kilowatts)}",
        f"  inlet to outlet   {inlet:.1f} to {state.outlet_temperature - FREEZING:.1f} °C",
        f"  between the fins  {state.velocity:.1f} m/s, Reynolds number {state.reynolds:.0f}, "
        f"film {state.film:.0f} W/m²/K, fin efficiency {state.fin_efficiency:.2f}",
        f"  pressure          {state.drop:.0f} Pa from {fans}",
        f"  fan power         {watts_as_text(found.fan_power)}, "
        f"{found.fan_power / kilowatts:.0f} W for a kilowatt",
        f"  sink              {state.resistance:.4f} K/W",
        f"  hottest point     {junction:.1f} °C{side}",
        *_at_limit(found),
        "",
        "From inlet air to the hottest point",
    ]
    budget = found.cooled.answer.temperature_budget
    lines += [f"  {name:17} {kelvin:+8.2f} K" for name, kelvin in budget.items()]
    lines += [f"warning: {words}" for words in found.warnings]
    if case.caveat:
        lines += ["", f"to bear in mind: {case.caveat}"]
    return lines


def _flow(flow: float) -> str:
    return f"{flow * CUBIC_METRES_PER_HOUR:.4g} m3/h, {flow * CUBIC_FEET_PER_MINUTE:.4g} CFM"


def _at_limit(found: AirAnswer) -> list[str]:
    """What the junction's limit would ask of the same sink."""
    if found.cooled.loaded.case.limits.junction_temperature is None:
        return []
    state = found.at_limit
    carried = watts_as_text(found.heat_at_limit or 0.0)
    lines = [f"  carries           {carried} at the limit with this flow, by proportion"]
    if found.least_flow is not None:
        lines += [
            f"  perfect sink      {_flow(found.least_flow)} at the least, leaving at the limit"
        ]
    if state is None:
        wanted = found.resistance_at_limit or 0.0
        needs = f"a sink of {wanted:.4f} K/W" if wanted > 0 else "less than nothing of the sink"
        return [*lines, f"  at the limit      no flow through this sink keeps it: it asks {needs}"]
    power = found.sink.fan.power(state.flow, state.drop)
    return [
        *lines,
        f"  at the limit      {_flow(state.flow)} at {state.velocity:.0f} m/s and "
        f"{state.drop / 1e3:.3g} kPa, {watts_as_text(power)} of fans",
    ]


def write_csv(found: AirAnswer, path: str | Path) -> None:
    """A row per flow: pressure of the fans, and drop of the sink."""
    curves = found.curves
    with Path(path).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["flow_m3_h", "fans_Pa", "sink_Pa"])
        flow = curves["flow"] * CUBIC_METRES_PER_HOUR
        rows = np.column_stack([flow, curves["fans"], curves["sink"]])
        writer.writerows([f"{value:.9g}" for value in row] for row in rows)
