"""The summary on the terminal: what an engineer wants to read in ten seconds."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from .words import watts_as_text

if TYPE_CHECKING:
    from .answer import Answer
    from .case_file import LoadedCase

WIDEST = 96
NAMES = 25
"""Columns of the names at the left."""
BAR = 20
"""Length of the longest bar."""

Row = tuple[str, str]


def print_summary(answer: Answer, console: Console) -> None:
    """Print the summary of an answer."""
    found = answer.to_dict()
    console.print(Text(found["title"], style="bold"), width=_width(console))
    start = "outside" if answer.coolant is None else "coolant inlet"
    sections = summary_rows(answer, found) | {
        f"From {start} to hottest point": _budget_rows(found),
        "From wall to silicon": _loss_rows(found),
        "How it was solved": solution_rows(answer, found),
    }
    for title, rows in sections.items():
        if rows:
            _print_section(console, title, rows)
    for line in found["warnings"]:
        console.print(Text(f"warning: {line}", style="yellow"), width=_width(console))


def summary_rows(answer: Answer, found: dict[str, Any]) -> dict[str, list[Row]]:
    """What an answer comes to in words, by section; ``found`` is its ``to_dict``."""
    return {
        "Temperature": _temperature_rows(answer, found),
        "Coolant": _coolant_rows(found),
        "Power": _power_rows(answer, found),
        "Densest currents": _current_rows(answer),
        "Contact": _contact_rows(found),
    }


def _width(console: Console) -> int:
    return min(console.width, WIDEST)


def _print_section(console: Console, title: str, rows: list[Row]) -> None:
    table = Table.grid(padding=(0, 1))
    table.add_column(width=NAMES, no_wrap=True, style="dim")
    table.add_column(overflow="fold")
    for name, words in rows:
        table.add_row(Text(f"  {name}"), Text(words))
    console.print(Text(title, style="bold cyan"))
    console.print(table, width=_width(console))


def _temperature_rows(answer: Answer, found: dict[str, Any]) -> list[Row]:
    top = found["junction_temperature_max_degC"]
    words = f"{top:.1f} °C in {found['hottest_block']}"
    limit = answer.loaded.case.limits.junction_temperature
    if limit is not None:
        margin = limit - 273.15 - top
        side = "below" if margin >= 0 else "ABOVE"
        words += f", {abs(margin):.1f} K {side} the limit of {limit - 273.15:.0f} °C"
    mean = f"{found['junction_temperature_mean_degC']:.1f} °C"
    windows = [(f"layer {each.layer}", each.in_words) for each in answer.layer_windows]
    return [("hottest point", words), ("mean", mean), *windows]


def _coolant_rows(found: dict[str, Any]) -> list[Row]:
    rows: list[Row] = []
    if "coolant_flow_L_min" in found:
        per = f"{found['coolant_flow_L_min_per_kW']:.2f} L/min per kW of device heat"
        if "coolant_flow_L_min_per_input_kW" in found:
            per += f", {found['coolant_flow_L_min_per_input_kW']:.2f} per kW of input"
        rows = [
            ("flow", f"{found['coolant_flow_L_min']:.4g} L/min"),
            ("flow per power", per),
            (
                "inlet to outlet",
                f"{found['coolant_inlet_degC']:.1f} to {found['coolant_outlet_degC']:.1f} °C "
                f"with {watts_as_text(found['coolant_heat_W'])}",
            ),
            ("pressure drop", _pressure(found)),
            *_share_rows(found),
            (
                "in the channels",
                f"{found['channel_velocity_m_s']:.2f} m/s, "
                f"Reynolds number {found['channel_reynolds']:.0f}, "
                f"film {found['film_coefficient_W_m2_K']:.0f} W/m²/K",
            ),
        ]
    if "pump_power_W" in found:
        pump = watts_as_text(found["pump_power_W"])
        rows.append(("pump", f"{pump} for {found['loop_flow_L_min']:.4g} L/min in the loop"))
    return rows


def _share_rows(found: dict[str, Any]) -> list[Row]:
    """How unevenly headers share the flow."""
    if "channel_flow_share_min" not in found:
        return []
    least, most = found["channel_flow_share_min"], found["channel_flow_share_max"]
    return [("shared unevenly", f"channels get {least:.3f} to {most:.3f} of the mean flow")]


def _contact_rows(found: dict[str, Any]) -> list[Row]:
    force = found.get("preload_force_kN")
    return [] if force is None else [("preload", f"{force:.3g} kN press the stack together")]


def _pressure(found: dict[str, Any]) -> str:
    plate = f"{found['cold_plate_pressure_drop_kPa']:.1f} kPa cold plate"
    if "plate_headers_pressure_drop_kPa" in found:
        plate += f", {found['plate_headers_pressure_drop_kPa']:.1f} kPa its headers"
    if "loop_pressure_drop_kPa" not in found:
        return plate
    return f"{plate}, {found['loop_pressure_drop_kPa']:.1f} kPa whole loop"


def _power_rows(answer: Answer, found: dict[str, Any]) -> list[Row]:
    rows = [("device", f"{watts_as_text(found['wafer_power_W'])} of heat")]
    drop, delivery = answer.block_drop, answer.loaded.case.delivery
    network = answer.coupled.drawn.network
    if network is None or drop is None or delivery is None:
        return rows
    names, worst = found["block_names"], int(drop.argmax())
    lowest = int(network.block_worst_voltage.argmin())
    strongest = int(network.brick_current.argmax())
    share = 100 * found["wafer_power_W"] / found["input_power_W"]
    if found["parts_lost"]:
        rows.append(("lost", " ".join(found["parts_lost"])))
    return [
        *rows,
        ("from the wall", f"{watts_as_text(found['input_power_W'])}, {share:.1f} % of it reaches "
         "the device"),
        ("worst voltage drop", f"{drop[worst] * 1e3:.1f} mV in block {names[worst]}"),
        ("lowest voltage", f"{network.block_worst_voltage[lowest]:.4f} V in block {names[lowest]}"),
        ("highest brick current", f"{network.brick_current[strongest]:.0f} A at block "
         f"{names[strongest]}"),
        ("highest supply load", f"{100 * network.supply_load_fraction.max():.0f} % of "
         f"{watts_as_text(delivery.supplies.rating)}"),
    ]  # fmt: skip


def _current_rows(answer: Answer) -> list[Row]:
    most = {place.density.part: place for place in reversed(answer.worst_places)}
    return [(part, place.in_words) for part, place in reversed(most.items())]


def _budget_rows(found: dict[str, Any]) -> list[Row]:
    steps = found["temperature_budget_K"]
    longest = max(abs(k) for k in steps.values())
    return [(name, f"{round(k, 2) + 0.0:+8.2f} K  {_bar(k, longest)}") for name, k in steps.items()]


def _loss_rows(found: dict[str, Any]) -> list[Row]:
    if "input_power_W" not in found:
        return []
    parts, whole = found["power_budget_W"], found["input_power_W"]
    longest = max(abs(w) for w in parts.values())
    return [
        (name, f"{watts_as_text(w):>10}  {100 * w / whole:5.1f} %  {_bar(w, longest)}")
        for name, w in parts.items()
    ]


def _bar(value: float, longest: float) -> str:
    return "█" * round(BAR * abs(value) / longest) if longest > 0 else ""


def solution_rows(answer: Answer, found: dict[str, Any]) -> list[Row]:
    """How the answer was found and how well; ``found`` is its ``to_dict``."""
    balance = f"heat {found['heat_balance_relative']:.0e}"
    if "power_balance_relative" in found:
        balance += f", power {found['power_balance_relative']:.0e}"
    rows = [
        (
            "solution",
            f"{found['unknowns']} unknowns, {found['rounds']} rounds, "
            f"{found['solve_seconds']:.2f} s, {found['engine']} engine",
        ),
        ("engine", f"{found['engine']}: {found['engine_reason']}"),
        ("balances, relative", balance),
        ("inputs", origin_of_inputs(answer.loaded)),
    ]
    caveat = answer.loaded.case.caveat
    return [*rows, ("to bear in mind", caveat)] if caveat else rows


def origin_of_inputs(loaded: LoadedCase) -> str:
    """How many of a case's numbers are published, computed, assumed or set by the user."""
    letters = Counter(entry.trust for entry in loaded.provenance.values())
    kinds = {
        "published": letters["A"] + letters["B"],
        "computed": letters["C"],
        "assumed": letters["D"],
        "set by you": letters["set"],
    }
    words = ", ".join(f"{count} {kind}" for kind, count in kinds.items() if count)
    return words or "none says where it comes from"
