"""What is handed over of gradients: tables, JSON, CSV and a picture."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from .coupled import place
from .gradient_numbers import SHARPNESS, Name
from .gradients import Gradient, Input

SHOWN = 10
"""Inputs of each number on the terminal and in the picture."""
UNITS: dict[Name, str] = {"hottest": "K", "worst drop": "mV", "pump power": "W"}
THOUSANDTH = {"K": "mK", "mV": "uV", "W": "mW"}
NOTE = (
    "a step: 1 % more, or 1 K of a temperature. Maxima are smooth, their sharpness "
    f"{SHARPNESS:g} per K and per mV."
)


def to_dict(found: Gradient) -> dict[str, Any]:
    """As JSON can hold it; every key names its unit."""
    return {
        "case": found.answer.loaded.name,
        "sharpness_per_K_and_per_mV": SHARPNESS,
        "block_names": list(found.answer.coupled.machine.floorplan.names),
        "numbers": {name.replace(" ", "_"): _number(found, name) for name in found.numbers},
        "inputs": [_row(each) for each in found.inputs],
        "left_out": found.left_out,
    }


def _number(found: Gradient, name: Name) -> dict[str, Any]:
    number = found.numbers[name]
    zero, unit = (273.15, "degC") if name == "hottest" else (0.0, number.unit)
    return {
        f"value_{unit}": number.plain - zero,
        f"smooth_{unit}": number.value - zero,
        f"block_power_{number.unit}_per_W": number.per_watt.tolist(),
        "adjoint_iterations": number.iterations,
    }


def _row(each: Input) -> dict[str, Any]:
    row: dict[str, Any] = {
        "input": each.path,
        "value": each.value,
        "unit": each.unit,
        "step": each.step,
    }
    for name, slope in each.derivative.items():
        key = f"d_{name.replace(' ', '_')}_{UNITS[name]}"
        row |= {f"{key}_per_unit": slope, f"{key}_per_step": each.per_step[name]}
    return row


def write_csv(found: Gradient, folder: Path) -> None:
    """``gradients.csv``, a row for each input, and ``block_power.csv``, one for each block."""
    units = {name: number.unit for name, number in found.numbers.items()}
    with (folder / "gradients.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        names = [f"{name} [{unit} per unit]" for name, unit in units.items()]
        steps = [f"{name} [{unit} per step]" for name, unit in units.items()]
        table.writerow(["input", "value", "unit", *names, "step", *steps])
        for each in found.inputs:
            slopes = [f"{each.derivative[name]:.8g}" for name in units]
            moves = [f"{each.per_step[name]:.8g}" for name in units]
            table.writerow([each.path, f"{each.value:.10g}", each.unit, *slopes, each.step, *moves])
    with (folder / "block_power.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["block", *(f"{name} [{unit}/W]" for name, unit in units.items())])
        columns = [found.numbers[name].per_watt for name in units]
        blocks = found.answer.coupled.machine.floorplan.names
        for block, *slopes in zip(blocks, *columns, strict=True):
            table.writerow([block, *(f"{slope:.8g}" for slope in slopes)])


def print_gradients(found: Gradient, console: Console) -> None:
    """A table for each number, the strongest inputs first, and its dearest watt."""
    console.print(Text(found.answer.loaded.name, style="bold"))
    for name, number in found.numbers.items():
        console.print(Text(headline(found, name), style="bold cyan"))
        table = Table(box=None, padding=(0, 1, 0, 0), header_style="dim", show_edge=False)
        table.add_column("", no_wrap=True)
        table.add_column("now", justify="right", overflow="fold")
        table.add_column(f"a step, {number.unit}", justify="right", no_wrap=True)
        for each in found.ranked(name)[:SHOWN]:
            change = f"{each.per_step[name]:+.3g}/{each.step.replace(' ', '')}"
            table.add_row(*input_words(each), change)
        console.print(table)
        console.print(Text(_dearest(found, name), style="dim"))
    console.print(Text(NOTE, style="dim"))
    for path in found.left_out:
        console.print(Text(f"left out, as it cannot be moved both ways: {path}", style="dim"))


def headline(found: Gradient, name: Name) -> str:
    """A number in words, with what smoothing takes from it."""
    number = found.numbers[name]
    zero, unit = (273.15, "degC") if name == "hottest" else (0.0, number.unit)
    words = f"{name}: {number.plain - zero:.5g} {unit}"
    off = number.value - number.plain
    return words if off == 0 else f"{words}, smooth {off:+.2g} {number.unit}"


def input_words(each: Input) -> tuple[str, str]:
    """An input's key and value, as tables and pictures have them."""
    return each.path.removeprefix("delivery."), f"{each.value:.4g} {each.unit}".rstrip()


def _dearest(found: Gradient, name: Name) -> str:
    """The blocks where a watt more does most and least."""
    number, machine = found.numbers[name], found.answer.coupled.machine
    most, least = int(np.argmax(number.per_watt)), int(np.argmin(number.per_watt))
    unit = THOUSANDTH[number.unit]
    dear, cheap = (1e3 * float(number.per_watt[block]) for block in (most, least))
    return (
        f"a watt more in {place(machine, most)}: {dear:+.3g} {unit}; "
        f"in {place(machine, least)}: {cheap:+.3g} {unit}"
    )
