"""What is handed over of an outage study: table, JSON and series."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from .answer import LITRES_PER_MINUTE
from .coolant_need import FREEZING
from .outage import OutageRow, OutageStudy
from .words import minutes_as_text

NAMES = 40
"""Columns of the events' names."""
SERIES = {
    "hottest_degC": ("hottest", FREEZING, 1.0),
    "coolant_inlet_degC": ("inlet", FREEZING, 1.0),
    "coolant_outlet_degC": ("outlet", FREEZING, 1.0),
    "cold_plate_flow_L_min": ("flow", 0.0, LITRES_PER_MINUTE),
    "wafer_power_W": ("power", 0.0, 1.0),
}
"""Name in the files, of the transient's attribute, what is taken off it, and the factor after."""


def summary(study: OutageStudy) -> dict[str, Any]:
    """Every event; every key names its unit. JSON can hold them."""
    state, outage = study.state, study.state.plant.outage
    limit = study.answer.loaded.case.limits.junction_temperature
    return {
        "case": study.answer.loaded.name,
        "title": study.answer.loaded.case.title,
        "hottest_before_degC": float(study.answer.block_temperature_max.max()) - FREEZING,
        "coolant_inlet_before_degC": state.machine.inlet_temperature - FREEZING,
        "loop_flow_before_L_min": state.machine.flow * LITRES_PER_MINUTE,
        "loop_heat_W": state.machine.heat,
        "facility_water_degC": state.outdoors.supply - FREEZING,
        "outdoors_degC": state.outdoors.air - FREEZING,
        "exchanger_conductance_W_K": state.loop.conductance,
        "loop_volume_L": outage.loop_volume * 1e3,
        "buffer_volume_L": outage.buffer_volume * 1e3,
        "coast_down_s": outage.coast_down,
        "chillers": outage.chillers,
        "chiller_restart_s": outage.restart_time,
        "junction_limit_degC": None if limit is None else limit - FREEZING,
        "followed_for_s": study.until,
        "events": [_row(row) for row in study.rows],
    }


def _row(row: OutageRow) -> dict[str, Any]:
    steady, found = row.steady, row.transient
    numbers: dict[str, Any] = {
        "event": row.event.name,
        "words": row.event.words,
        "survives": row.survives,
        "steady_reason": row.reason or None,
        "time_to_limit_s": row.time_to_limit,
        "time_to_coolant_limit_s": row.time_to_coolant_limit,
    }
    if steady is not None:
        numbers |= {
            "steady_flow_L_min": steady.flow * LITRES_PER_MINUTE,
            "steady_coolant_inlet_degC": steady.inlet - FREEZING,
            "steady_facility_water_degC": steady.facility - FREEZING,
            "steady_hottest_degC": steady.hottest - FREEZING,
            "steady_wafer_power_W": steady.power,
        }
    if found is not None and found.loop is not None:
        numbers |= {
            "energy_balance_relative": found.energy_balance,
            "loop_balance_relative": found.loop.balance,
            "ended_early": found.ended,
            "time_s": found.time.tolist(),
        }
        numbers |= {name: values.tolist() for name, values in _series(row).items()}
    return numbers


def _series(row: OutageRow) -> dict[str, Any]:
    return {
        name: (getattr(row.transient, attribute) - offset) * factor
        for name, (attribute, offset, factor) in SERIES.items()
    }


def write_csv(study: OutageStudy, folder: Path) -> None:
    """``events.csv``, a row an event, and ``series.csv``, a row a step of each."""
    table = summary(study)["events"]
    plain = [{k: v for k, v in row.items() if not isinstance(v, list)} for row in table]
    columns = list(dict.fromkeys(key for row in plain for key in row))
    with (folder / "events.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(plain)
    with (folder / "series.csv").open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["event", "time_s", *SERIES])
        for row in study.rows:
            if row.transient is None:
                continue
            columns_of = [row.transient.time, *_series(row).values()]
            for values in zip(*columns_of, strict=True):
                lines.writerow([row.event.name, *(f"{value:.10g}" for value in values)])


def summary_lines(study: OutageStudy) -> list[str]:
    """The study in a table and a few lines for a terminal."""
    found, state = summary(study), study.state
    limit = found["junction_limit_degC"]
    lines = [
        found["title"],
        f"  before: hottest {found['hottest_before_degC']:.1f} °C, "
        f"{found['loop_flow_before_L_min']:.4g} L/min at {found['coolant_inlet_before_degC']:.1f} "
        f"°C, facility water {found['facility_water_degC']:.1f} °C, outdoors "
        f"{found['outdoors_degC']:.1f} °C",
        f"  the loop holds {found['loop_volume_L']:.4g} L, the facility "
        f"{found['buffer_volume_L']:.4g} L; {found['loop_heat_W'] / 1e3:.2f} kW warm them by "
        f"{60 * state.machine.heat / state.loop.loop_capacity:.1f} K a minute the loop alone, "
        f"{60 * state.machine.heat / _all_water(study):.1f} K both",
        "  limit of the junction "
        + ("not given" if limit is None else f"{limit:.0f} °C")
        + f"; followed for {minutes_as_text(study.until)} at full power",
        "",
        f"  {'':{NAMES}} {'new steady state':^29}  passed after",
        f"  {'':{NAMES}} {'L/min':>7} {'inlet':>9} {'hottest':>10}   {'limit':>9} {'coolant':>9}",
    ]
    for row in study.rows:
        lines += _lines_of(row, study)
    return lines


def _all_water(study: OutageStudy) -> float:
    return study.state.loop.loop_capacity + study.state.loop.buffer_capacity


def _lines_of(row: OutageRow, study: OutageStudy) -> list[str]:
    if row.transient is None:
        return [f"  {row.event.words:{NAMES}} {row.reason}"]
    steady = f"{'none':>7} {'':9} {'':10}"
    if row.steady is not None:
        steady = (
            f"{row.steady.flow * LITRES_PER_MINUTE:7.4g} {row.steady.inlet - FREEZING:6.1f} °C "
            f"{row.steady.hottest - FREEZING:7.1f} °C"
        )
    passed = f"{_time(row.time_to_limit):>9} {_time(row.time_to_coolant_limit):>9}"
    return [f"  {row.event.words:{NAMES}} {steady}   {passed}  {_verdict(row, study)}"]


def _verdict(row: OutageRow, study: OutageStudy) -> str:
    if row.survives is None:
        return ""
    if row.survives:
        return "survives"
    left, restart = row.time_to_limit, study.restart_time
    if left is None:
        return "does not survive"
    if row.event.is_of_chillers:
        side = "in time" if restart < left else "too late"
        return f"shut down; a restart in {minutes_as_text(restart)} is {side}"
    return "shut down"


def _time(seconds: float | None) -> str:
    return "-" if seconds is None else minutes_as_text(seconds)
