"""What is handed over of an optimisation: table, JSON and CSV."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from .answer import LITRES_PER_MINUTE
from .coolant_need import FREEZING, CoolantNeed
from .optimise import FIT, Found, Front, FrontPoint

MM = 1e3


def to_dict(found: Front) -> dict[str, Any]:
    """As JSON can hold it; every key names its unit."""
    space, today = found.space, found.today
    assert today.coolant is not None
    assert space.loaded.case.coolant is not None
    return {
        "case": space.loaded.name,
        "title": space.loaded.case.title,
        "least_wall_mm": space.limits.least_wall * MM,
        "least_channel_mm": space.limits.least_gap * MM,
        "highest_aspect": space.limits.highest_aspect,
        "free": list(space.free),
        "limits": [ceiling.words for ceiling in found.ceilings],
        "searched_on_cells": list(found.coarse_grid),
        "solves": found.solves,
        "zones": {"bands": space.zones[0], "sections": space.zones[1]},
        "as_the_case_has_it": design_dict(space.today)
        | {"path": space.loaded.case.coolant.path}
        | _needed(float(today.block_temperature_max.max()), today.coolant),
        "points": [_point(point) for point in found.points],
    }


def design_dict(values: dict[str, float]) -> dict[str, float]:
    """A design's dimensions and flow, every key with its unit."""
    sizes = [name for name in values if name != "flow"]
    found = {f"{name.replace(' ', '_')}_mm": values[name] * MM for name in sizes}
    return found | {"flow_L_min": values["flow"] * LITRES_PER_MINUTE}


def _needed(hottest: float, need: CoolantNeed) -> dict[str, float | None]:
    loop = need.loop_pressure_drop
    return {
        "junction_temperature_max_degC": hottest - FREEZING,
        "pump_power_W": need.pump_power,
        "channel_velocity_m_s": need.velocity,
        "cold_plate_pressure_drop_kPa": need.cold_plate_pressure_drop / 1e3,
        "loop_pressure_drop_kPa": None if loop is None else loop / 1e3,
        "coolant_outlet_degC": need.outlet_temperature - FREEZING,
    }


def _found(found: Found) -> dict[str, Any]:
    zoned = [value for path, value in found.settings.items() if path.endswith(".fin_density")]
    return (
        design_dict(found.values)
        | ({"fin_density": zoned[0]} if zoned else {})
        | {"path": found.path}
        | _needed(found.hottest, found.need)
        | {
            "junction_on_search_grid_degC": found.hottest_coarse - FREEZING,
            "holds_limits": found.feasible,
            "binding": list(found.binding),
            "set": found.settings,
        }
    )


def _point(point: FrontPoint) -> dict[str, Any]:
    return {
        "pump_power_allowed_W": point.pump_power,
        "best_path": point.best.path,
        "by_path": {path: _found(each) for path, each in point.by_path.items()},
    }


def write_csv(found: Front, path: Path) -> None:
    """A row for each pump power and flow path."""
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        first = _found(found.points[0].best)
        keys = [key for key in first if key not in ("binding", "set", "fin_density")]
        table.writerow(["pump_power_allowed_W", "best", *keys, "binding"])
        for point in found.points:
            for each in point.by_path.values():
                row = _found(each)
                words = [f"{v:.9g}" if isinstance(v, float) else v for v in map(row.get, keys)]
                allowed = "" if point.pump_power is None else f"{point.pump_power:.9g}"
                best = each is point.best
                table.writerow([allowed, best, *words, "; ".join(each.binding)])


def print_front(found: Front, console: Console) -> None:
    """The best design for each pump power, what binds it, and how to set it."""
    console.print(Text(found.space.loaded.case.title, style="bold"))
    console.print(Text("Coldest cold plate for each pump power", style="bold cyan"))
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="dim", show_edge=False)
    for name in ("pump W", "°C", "path", "wall mm", "gap", "height", "base", "L/min", "m/s", "kPa"):
        table.add_column(name, justify="left" if name == "path" else "right", no_wrap=True)
    assert found.today.coolant is not None
    assert found.space.loaded.case.coolant is not None
    hottest = float(found.today.block_temperature_max.max())
    path = found.space.loaded.case.coolant.path
    table.add_row(*_words(found.space.today, path, hottest, found.today.coolant), style="dim")
    for point in found.points:
        best = point.best
        table.add_row(*_words(best.values, best.path, best.hottest, best.need))
    console.print(table)
    console.print(Text("first the case as it is; m/s and kPa in the cold plate", style="dim"))
    for line in conclusions(found):
        console.print(Text(line))


def _words(values: dict[str, float], path: str, hottest: float, need: CoolantNeed) -> list[str]:
    pump = "" if need.pump_power is None else f"{need.pump_power:.1f}"
    gaps = [f"{width * MM:.3g}" for name, width in values.items() if name.startswith("gap")]
    sizes = [f"{values['wall'] * MM:.3g}", " ".join(gaps), f"{values['height'] * MM:.3g}"]
    base = f"{values['base'] * MM:.3g}" if "base" in values else ""
    return [
        pump,
        f"{hottest - FREEZING:.2f}",
        path,
        *sizes,
        base,
        f"{values['flow'] * LITRES_PER_MINUTE:.4g}",
        f"{need.velocity:.2f}",
        f"{need.cold_plate_pressure_drop / 1e3:.3g}",
    ]


def conclusions(found: Front) -> list[str]:
    """What binds each point, how far today's design is, and how to reproduce the best."""
    lines = []
    for point in found.points:
        told = "" if point.pump_power is None else f"{point.pump_power:.4g} W: "
        fit = "" if point.best.feasible else "no design holds the limits; "
        lines.append(told + fit + ("bound by " + ", ".join(point.best.binding) or "nothing binds"))
    lines += _against_today(found)
    columns, rows = found.coarse_grid
    apart = max(abs(p.best.hottest - p.best.hottest_coarse) for p in found.points)
    lines.append(
        f"searched on {columns} x {rows} cells, {found.solves} solutions; told on the case's own "
        f"grid, at most {apart:.2g} K apart"
    )
    return lines


def _against_today(found: Front) -> list[str]:
    today = float(found.today.block_temperature_max.max())
    assert found.today.coolant is not None
    pump = found.today.coolant.pump_power
    allowed = [p for p in found.points if pump is None or (p.pump_power or 0) <= pump * (1 + 1e-9)]
    broken = [c.words for c in found.ceilings if c.value(found.today.coolant) > c.most * (1 + FIT)]
    lines = [f"the case as it is breaks {', '.join(broken)}"] if broken else []
    if allowed:
        best = allowed[-1].best
        colder = today - best.hottest
        told = f"{abs(colder):.2f} K {'colder' if colder >= 0 else 'hotter'} than the case as it is"
        lines.append(told + (":" if pump is None else ", for no more pump power:"))
        lines.append(reproduce(found.space.loaded.name, best))
    cheaper = [p for p in found.points if p.best.hottest <= today and p.best.feasible]
    if pump is not None and cheaper and (cheaper[0].best.need.pump_power or 0) < pump:
        least = cheaper[0].best
        lines.append(
            f"no hotter than the case as it is from {least.need.pump_power:.4g} W on instead of "
            f"{pump:.4g} W"
        )
    return lines


def reproduce(name: str, found: Found) -> str:
    """The command that solves a design."""
    sets = " ".join(f'--set {path}="{value}"' for path, value in found.settings.items())
    return f"waferflux solve {name} {sets}"
