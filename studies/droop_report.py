"""What is handed over of a droop: lines for a terminal, numbers for JSON, and CSV."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from power.droops import Droop

from .words import frequency_as_text, time_as_text

if TYPE_CHECKING:
    from .droop import DroopAnswer


def summary(answer: DroopAnswer) -> dict[str, Any]:
    """Headline numbers and series; every key names its unit. JSON can hold them."""
    block, moment, lowest = answer.lowest
    first, last = answer.voltage[0], answer.voltage[-1]
    return {
        "case": answer.loaded.name,
        "title": answer.loaded.case.title,
        "scenario": {**answer.change.options, "until_s": answer.change.until},
        "lowest_voltage_V": lowest,
        "lowest_voltage_at_s": moment,
        "lowest_voltage_in_block": answer.names[block],
        "highest_voltage_V": float(answer.voltage.max()),
        "lowest_voltage_at_start_V": float(first.min()),
        "lowest_voltage_at_end_V": float(last.min()),
        "bricks_current_at_start_A": float(answer.brick_current[0].sum()),
        "bricks_current_at_end_A": float(answer.brick_current[-1].sum()),
        "brick_current_max_A": float(answer.brick_current.max()),
        "droops": [_droop(answer, name, droop) for name, droop in answer.droops.items()],
        "energy_given_J": answer.totals.given,
        "energy_drawn_J": answer.totals.drawn,
        "energy_lost_J": answer.totals.lost,
        "energy_kept_J": answer.energy_kept,
        "energy_balance_relative": answer.energy_balance,
        "charge_balance_relative": answer.charge_balance,
        "tolerance_V": answer.change.tolerance,
        "unknowns": answer.frozen.network.size,
        "steps": answer.steps,
        "steps_rejected": answer.rejected,
        "solve_seconds": answer.solve_seconds,
        "time_s": answer.time.tolist(),
        "lowest_block_voltage_V": answer.voltage[:, block].tolist(),
        "bricks_current_A": answer.brick_current.sum(axis=1).tolist(),
    }


def _droop(answer: DroopAnswer, name: str, droop: Droop | None) -> dict[str, Any]:
    loop = next(loop for loop in answer.loops if loop.name == name)
    found: dict[str, Any] = {
        "name": name,
        "loop": loop.parts,
        "loop_inductance_H": loop.inductance,
        "loop_capacitance_F": loop.capacitance,
        "loop_frequency_Hz": loop.frequency,
        "seen": droop is not None,
    }
    if droop is not None:
        found |= {
            "time_s": droop.time,
            "block": answer.names[droop.block],
            "voltage_V": droop.voltage,
            "depth_mV": droop.depth * 1e3,
            "below_end_mV": droop.below_end * 1e3,
        }
    return found


def write_csv(answer: DroopAnswer, path: str | Path) -> None:
    """A row per sample: time, and voltage and brick current of each block."""
    header = ["time_s", *(f"block_{name}_V" for name in answer.names)]
    header += [f"brick_{name}_A" for name in answer.names]
    table = np.column_stack([answer.time, answer.voltage, answer.brick_current])
    with Path(path).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows([f"{value:.9g}" for value in row] for row in table)


def summary_lines(answer: DroopAnswer) -> list[str]:
    """The answer in a few lines for a terminal."""
    found = summary(answer)
    lines = [
        found["title"],
        f"  {answer.change.words}: {found['bricks_current_at_start_A'] / 1e3:.2f} to "
        f"{found['bricks_current_at_end_A'] / 1e3:.2f} kA",
        f"  lowest voltage {found['lowest_voltage_V']:.4f} V at "
        f"{time_as_text(found['lowest_voltage_at_s'])} in block "
        f"{found['lowest_voltage_in_block']}; at rest {found['lowest_voltage_at_start_V']:.4f} V "
        f"before, {found['lowest_voltage_at_end_V']:.4f} V at the end",
    ]
    lines += _droop_lines(answer)
    lines.append(
        f"  {found['unknowns']} unknowns, {found['steps']} steps, {found['steps_rejected']} made "
        f"again, within {answer.change.tolerance * 1e3:g} mV a step; charge balance "
        f"{found['charge_balance_relative']:.0e}, energy balance "
        f"{found['energy_balance_relative']:.0e}; {found['solve_seconds']:.1f} s"
    )
    load_line = answer.frozen.network.circuit.delivery.bricks.last_regulator.load_line
    if load_line == 0:
        lines.append("warning: without a load line the bricks are taken as ideal at any frequency")
    return lines


def _droop_lines(answer: DroopAnswer) -> list[str]:
    step, lines = answer.change.step, []
    if step is None:
        return ["  droops have names for a single step only"]
    kind = "overshoot" if step.falls else "droop"
    for loop in answer.loops:
        droop = answer.droops[loop.name]
        about = f"{frequency_as_text(loop.frequency)}: {loop.parts}"
        if droop is None:
            lines.append(f"  {loop.name} {kind} none of its own  ({about})")
            continue
        lines.append(
            f"  {loop.name} {kind} {droop.depth * 1e3:.1f} mV at {time_as_text(droop.time)} in "
            f"block {answer.names[droop.block]}  ({about})"
        )
    return lines
