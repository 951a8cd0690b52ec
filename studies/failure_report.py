"""Failures as rows, a CSV file, and what an engineer wants to read of them on the terminal."""

from __future__ import annotations

import csv
import io
from collections import Counter
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from .coolant_need import FREEZING
from .failure_states import State
from .failures import Consequence, FailureStudy, excesses
from .sensitivity import Sensitivity
from .sensitivity_report import deciding_lines, to_dict

MOST_OF_A_KIND = 3
"""Rows on the terminal."""
WIDEST = 118
COLOURS = {"survives": "green", "throttles": "yellow", "fails": "red"}
WHAT_HOLDS = {
    "brick current": "a brick is over its current limit",
    "supply load": "a supply is over its rating",
    "voltage": "a block has too little voltage",
    "temperature": "the junction is too hot",
    "no steady state": "there is no steady state",
}
GIVERS = ("brick", "board", "supply", "feed")
"""Kinds of parts that give power."""
Decided = tuple[str, list[Sensitivity]] | None
"""State in words, and what moves it."""


def rows(study: FailureStudy) -> list[dict[str, Any]]:
    """A row for each failure; every key names its unit. JSON can hold them."""
    return [_row(study, found) for found in study.consequences]


def summary(study: FailureStudy, decided: Decided = None) -> dict[str, Any]:
    """The whole study; JSON can hold it."""
    network, limits = study.healthy.network, study.answer.loaded.case.limits
    junction = limits.junction_temperature
    singles = Counter(found.verdict for found in study.singles)
    return {
        "case": study.answer.loaded.name,
        "title": study.answer.loaded.case.title,
        "activity": network.activity,
        "contact_factor": study.answer.loaded.case.delivery.outage.contact_factor,  # type: ignore[union-attr]
        "brick_limit_A": network.brick_limit,
        "block_voltage_limit_V": limits.block_voltage,
        "junction_limit_degC": None if junction is None else junction - FREEZING,
        "healthy": _figures(study, study.healthy),
        "single_failures": len(study.singles),
        "single_failures_survived": singles["survives"],
        "single_failures_throttled": singles["throttles"],
        "single_failures_failed": singles["fails"],
        "check_failures": study.checked,
        "check_temperature_difference_K": study.temperature_error,
        "check_voltage_difference_V": study.voltage_error,
        "solve_seconds": study.solve_seconds,
        "decided_by": None if decided is None else to_dict(study.answer.loaded.name, *decided),
        "failures": rows(study),
    }


def to_csv(study: FailureStudy) -> str:
    """The rows as a CSV file."""
    table = rows(study)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(table[0]) if table else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    return text.getvalue()


def _row(study: FailureStudy, found: Consequence) -> dict[str, Any]:
    whole, was = found.activity_share == 1, study.healthy.network
    end = found.state if whole else found.throttled
    power = None if end is None else float(end.network.block_power.sum())
    return {
        "scenario": f"{study.answer.loaded.name}, {found.failure.name} lost",
        "failure": found.failure.name,
        "kind": found.failure.kind,
        "verdict": found.verdict,
        "why": "; ".join(WHAT_HOLDS[name] for name in found.exceeded),
        "no_solution": found.reason,
        "throttled_activity_share": found.activity_share,
        "throttled_wafer_power_share": power and power / float(was.block_power.sum()),
        **_figures(study, found.state),
    }


def _figures(study: FailureStudy, state: State | None) -> dict[str, Any]:
    """What a state carries at its worst places; None where there is no state."""
    names = study.answer.coupled.machine.floorplan.names
    keys = (
        "worst_drop_mV", "worst_drop_block", "lowest_voltage_V", "worst_brick_current_A",
        "worst_brick_current_share", "worst_brick", "bricks_over_limit", "bricks_held_at_limit",
        "bricks_shut", "supply_load_share", "hottest_degC", "hottest_block", "wafer_power_W",
        "input_power_W", "power_balance_relative",
    )  # fmt: skip
    if state is None:
        return dict.fromkeys(keys)
    network, delivery = state.network, study.answer.loaded.case.delivery
    assert delivery is not None
    drop = delivery.no_load_voltages(len(names)) - network.block_worst_voltage
    worst, strongest = int(drop.argmax()), int(network.brick_current.argmax())
    over = (network.brick_current > network.brick_limit) & ~network.bricks_held
    values = (
        1e3 * float(drop[worst]), names[worst], float(network.block_worst_voltage.min()),
        float(network.brick_current[strongest]),
        float(network.brick_current[strongest]) / network.brick_limit, names[strongest],
        int(over.sum()), int(network.bricks_held.sum()), int(network.bricks_shut.sum()),
        float(network.supply_load_fraction.max()), float(state.hottest.max()) - FREEZING,
        names[int(state.hottest.argmax())],
        float((network.block_power + network.losses["wafer grid"]).sum()), network.input_power,
        network.balance,
    )  # fmt: skip
    return dict(zip(keys, values, strict=True))


def print_failures(study: FailureStudy, decided: Decided, console: Console) -> None:
    """The worst failures of each kind, how many are survived, and what decides the worst."""
    console.print(Text(study.answer.loaded.case.title, style="bold"))
    table = Table(header_style="bold cyan", box=None, padding=(0, 1, 0, 0))
    table.add_column("lost", overflow="fold")
    for head in ("activity", "drop, mV", "brick", "supply", "hottest, °C"):
        table.add_column(head, justify="right", no_wrap=True)
    table.add_column("limits passed")
    table.add_row("nothing", "100 %", *_cells(_figures(study, study.healthy)), "")
    worst = _worst(study)
    for found in worst:
        table.add_row(
            found.failure.name.replace(",", " "),
            Text(f"{100 * found.activity_share:.0f} %", style=COLOURS[found.verdict]),
            *_cells(_figures(study, found.state)),
            ", ".join(found.exceeded),
        )
    console.print(table, width=min(console.width, WIDEST))
    left = len(study.consequences) - len(worst)
    if left > 0:
        console.print(Text(f" and {left} milder ones", style="dim"))
    for line in summary_lines(study) + ([] if decided is None else deciding_lines(*decided)):
        console.print(Text(line))


def worst_of_the_chain(study: FailureStudy) -> Consequence | None:
    """The worst single loss of a part that gives power; None when there is none."""
    parts = [found for found in study.singles if found.failure.kind in GIVERS]
    return max(parts, key=lambda found: _badness(study, found), default=None)


def _badness(study: FailureStudy, found: Consequence) -> tuple[float, float]:
    limits, state = study.answer.loaded.case.limits, found.state
    furthest = float("inf") if state is None else max(excesses(limits, state).values())
    return 1 - found.activity_share, furthest


def _worst(study: FailureStudy) -> list[Consequence]:
    """The worst of each kind, and all pairs."""
    chosen = []
    for kind in dict.fromkeys(found.failure.kind for found in study.consequences):
        of_kind = [found for found in study.consequences if found.failure.kind == kind]
        of_kind.sort(key=lambda found: _badness(study, found), reverse=True)
        chosen += of_kind if kind == "pair" else of_kind[:MOST_OF_A_KIND]
    return chosen


def _cells(figures: dict[str, Any]) -> list[str]:
    if figures["worst_drop_mV"] is None:
        return [""] * 4
    return [
        f"{figures['worst_drop_mV']:.1f} {figures['worst_drop_block']}",
        f"{100 * figures['worst_brick_current_share']:.0f} % {figures['worst_brick']}",
        f"{100 * figures['supply_load_share']:.0f} %",
        f"{figures['hottest_degC']:.1f} {figures['hottest_block']}",
    ]


def summary_lines(study: FailureStudy) -> list[str]:
    """What the table means, how many failures are survived, and how well all this is known."""
    kinds = dict.fromkeys(found.failure.kind for found in study.singles)
    lines = [
        "activity: what is left of it when the machine throttles until no limit is passed; the "
        "rest: before that. brick: highest current, of its limit.",
        f"{_survived(study.singles)} single failures survive with all of the activity",
    ]
    for kind in kinds:
        of_kind = [found for found in study.singles if found.failure.kind == kind]
        least = min(found.activity_share for found in of_kind)
        words = "" if least == 1 else f"; the worst leaves {100 * least:.0f} % of the activity"
        lines.append(f"  {kind}: {_survived(of_kind)}{words}")
    if study.checked:
        lines.append(
            f"full solutions of {', '.join(study.checked)} differ by at most "
            f"{study.temperature_error:.3f} K and {1e6 * study.voltage_error:.2g} µV"
        )
    return [*lines, f"{len(study.consequences)} failures in {study.solve_seconds:.1f} s"]


def _survived(found: list[Consequence]) -> str:
    return f"{sum(c.verdict == 'survives' for c in found)} of {len(found)}"
