"""Time, memory and error of the wafer's power grid against the number of nodes.

    python benchmarks/wafer_grid.py [millions of nodes ...]

The CS-3's wafer metal over its board plane, joined by the contact and fed by 84 bricks through
their load lines: two nodes for each cell. Loads follow voltage and temperature by the law of the
CS-3; their power varies from cell to cell and has a hot spot in each block, and resistances follow
a temperature that varies over the wafer. Each size runs in a process of its own. Timed in CPU
seconds: operator, set-up and solution to 0.01 mV or better. The error is then measured: the same
equations are solved on, to a residual ten thousand times smaller, and the largest change of any
voltage is taken.
"""

from __future__ import annotations

import csv
import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.fft import next_fast_len

from geometry.floorplan import Floorplan, block_shares
from geometry.power_maps import hot_spot_map
from power.board import copper_factor
from power.loads import Loads
from power.sheet_loads import LawLoads
from power.sheet_solver import SheetField, solve_sheets
from power.sheet_stack import Bricks, SheetResistances, SheetStack

SIZES = (1.0, 10.0, 60.0)
SIDE, COLUMNS, ROWS, BRICK = 0.215, 12, 7, 0.6
TOLERANCE = 1e-7
LOADS = Loads(
    law="dynamic and leakage",
    nominal_voltage=1.0,
    leakage_fraction=0.25,
    leakage_temperature=333.15,
    leakage_per_kelvin=0.015,
    leakage_per_volt=3.0,
)


def bricks(n: int) -> Bricks:
    """On feet of 0.6 of each block's width and height; 1 V behind 0.1 mohm."""
    plan = Floorplan.blocks(SIDE, SIDE, COLUMNS, ROWS)
    x, y = (plan.x0 + plan.x1) / 2, (plan.y0 + plan.y1) / 2
    half = SIDE * BRICK / 2
    feet = replace(
        plan,
        x0=x - half / COLUMNS,
        x1=x + half / COLUMNS,
        y0=y - half / ROWS,
        y1=y + half / ROWS,
    )
    count = plan.n_blocks
    return Bricks(block_shares(feet, n, n), np.zeros(count), np.ones(count), np.full(count, 1e4))


def temperature(n: int) -> np.ndarray:
    """Warmer along x, with waves of a block's size [K]."""
    s = (np.arange(n) + 0.5) / n
    return 310 + 20 * s + 8 * np.outer(np.cos(14 * np.pi * s), np.cos(24 * np.pi * s))


def loads(n: int) -> LawLoads:
    """25 kW: a hot spot of three times the mean in each block, cells between half and 1.5."""
    plan = Floorplan.blocks(SIDE, SIDE, COLUMNS, ROWS)
    cells = hot_spot_map(plan, 25e3, 3.0, 0.1)
    power = (cells.shares(n, n) @ cells.block_power).reshape(n, n)
    power *= 0.5 + np.random.default_rng(1).random((n, n))
    return LawLoads(LOADS, power, temperature(n))


def stack(n: int, feet: Bricks) -> SheetStack:
    """The sheets at their temperature, conductances in single precision."""
    hot = copper_factor(temperature(n))
    resistances = SheetResistances(
        plane=6.25e-5, wafer=44e-3 * hot, contact=30e-9 * hot, pads=2.079e-9 * hot
    )
    return SheetStack(SIDE, SIDE, resistances, (n, n), feet, 1.0, dtype=np.float32)


def measure(millions: float) -> dict[str, float]:
    """Solve one size in this process."""
    n = next_fast_len(round((millions * 1e6 / 2) ** 0.5), real=True)
    feet, drawn = bricks(n), loads(n)
    cpu, wall = time.process_time(), time.perf_counter()
    field = solve_sheets(stack(n, feet), drawn, tolerance=TOLERANCE)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    found = summary(field)
    finer = solve_sheets(field.stack, drawn, field.u, TOLERANCE / 1e4)
    return {
        "nodes": field.u.size,
        "cpu_s": cpu,
        "wall_s": wall,
        "peak_GB": peak / 1e9,
        "bytes_per_node": peak / field.u.size,
        **found,
        "error_V": float(np.max(np.abs(finer.u - field.u))),
        "residual_of_the_finer": finer.residual,
    }


def summary(field: SheetField) -> dict[str, float]:
    """What was found."""
    return {
        "rounds": field.rounds,
        "steps": field.steps,
        "residual": field.residual,
        "estimated_error_V": field.error_volts,
        "power_balance": field.balance,
        "lowest_V": float(field.load_voltage.min()),
    }


def main(sizes: list[float]) -> None:
    """Run every size in its own process and write the table."""
    rows: list[dict[str, float]] = []
    here = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    for millions in sizes:
        command = [sys.executable, __file__, "--measure", str(millions)]
        run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=here)
        row = json.loads(run.stdout)
        rows.append(row)
        print(
            f"{row['nodes'] / 1e6:7.2f} M nodes  cpu {row['cpu_s']:7.2f} s  "
            f"wall {row['wall_s']:7.2f} s  {row['cpu_s'] / row['nodes'] * 1e6:5.2f} s/M  "
            f"{row['peak_GB']:5.2f} GB  {row['rounds']:.0f} rounds  {row['steps']:.0f} steps  "
            f"error {row['error_V'] * 1e3:.1e} mV (estimated {row['estimated_error_V'] * 1e3:.1e})"
            f"  balance {row['power_balance']:.0e}  lowest {row['lowest_V']:.6f} V",
            flush=True,
        )
    with (Path(__file__).parent / "wafer_grid.csv").open("w", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        print(json.dumps(measure(float(sys.argv[2]))))
    else:
        main([float(a) for a in sys.argv[1:]] or list(SIZES))
