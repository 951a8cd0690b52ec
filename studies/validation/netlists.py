"""Netlists with answers in closed form: a ladder of resistors, and a step on an RLC branch."""

from __future__ import annotations

import math
import tempfile
from pathlib import Path

import numpy as np

from geometry.grid import Array
from power.netlist import Netlist
from power.netlist_reader import read_netlist
from power.netlist_solver import solve_netlist
from power.netlist_transient import solve_transient

from .rows import Case, Row

RESISTANCE, INDUCTANCE, CAPACITANCE, STEP = 0.1e-3, 5e-12, 5.5e-6, 150.0
"""Of the RLC branch [ohm, H, F], and the current drawn from time 0 on [A]."""
DROOP, DROOP_TIME = 146.333304, 8.524180
"""Largest fall of its capacitor [mV], and when [ns]."""
STEPS = (400, 800, 1600)


def netlist_of(text: str) -> Netlist:
    """A netlist as text, read."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "netlist.sp"
        path.write_text(text, encoding="utf-8")
        return read_netlist(path)


def rlc_netlist(steps: int, end: float = 16e-9) -> Netlist:
    """The branch from 1 V to a capacitor; steps per 16 ns."""
    return netlist_of(f"""RLC branch
V1 s 0 1
R1 s m {RESISTANCE}
L1 m d {INDUCTANCE}
C1 d 0 {CAPACITANCE}
I1 d 0 PWL(0 0 1e-18 {STEP})
.tran {16e-9 / steps} {end}
.end
""")


def rlc_droop(time: Array) -> Array:
    """Fall of the capacitor's voltage at a time after the step [V].

    ``C d'' + (C R / L) d' + d / L = I R / L`` with d(0) = 0 and d'(0) = I / C.
    """
    damping = RESISTANCE / (2 * INDUCTANCE)
    ringing = math.sqrt(1 / (INDUCTANCE * CAPACITANCE) - damping**2)
    rest = STEP * RESISTANCE
    sine = (STEP / CAPACITANCE - damping * rest) / ringing
    swing = sine * np.sin(ringing * time) - rest * np.cos(ringing * time)
    return np.asarray(rest + np.exp(-damping * time) * swing)


def rlc_run(steps: int) -> tuple[float, float, float]:
    """Largest droop [mV], when [ns], and the largest error of all steps [mV]."""
    run = solve_transient(rlc_netlist(steps))
    droop = 1 - run.voltage[:, 2]
    k = int(np.argmax(droop))
    near = slice(k - 1, k + 2)
    curve = np.polyfit((run.time[near] - run.time[k]) * 1e9, droop[near] * 1e3, 2)
    top = -curve[1] / (2 * curve[0])
    error = float(np.max(np.abs(droop - rlc_droop(run.time))))
    return float(np.polyval(curve, top)), float(run.time[k] * 1e9 + top), 1e3 * error


def rlc_rows() -> list[Row]:
    """150 A drawn at once from a capacitor of 5.5 uF behind 0.1 mohm and 5 pH, as a netlist.

    A damped swing in closed form; TR-BDF2 with 400, 800 and 1600 steps of equal length to 16 ns.
    """
    runs = [rlc_run(steps) for steps in STEPS]
    droop, when, error = runs[-1]
    order = math.log2(runs[-2][2] / error)
    source = "damped swing"
    return [
        Row("RLC step, droop", DROOP, droop, "mV", 1e-4, source),
        Row("RLC step, time of the droop", DROOP_TIME, when, "ns", 1e-4, source),
        Row("RLC step, largest error in time", 0.0, error, "mV", 1e-4, source, False, order, 1.9),
    ]


def ladder_drops() -> tuple[Array, Array]:
    """Drops [V] of a netlist of 1000 steps of 1 mohm, 1 mA drawn at each; and as they must be."""
    count = 1000
    cards = [f"R{k} n{k} n{k + 1} 1m\nI{k} n{k + 1} 0 1m" for k in range(count)]
    netlist = netlist_of("\n".join(["ladder", "V1 n0 0 1.8", *cards, ".op", ".end", ""]))
    behind = count - np.arange(count)
    return solve_netlist(netlist).drop[2:], np.asarray(1e-6 * np.cumsum(behind), dtype=float)


def ladder_rows() -> list[Row]:
    """A ladder of 1000 resistors of 1 mohm, 1 mA drawn behind each, as a netlist.

    The drop at step k is a sum of integers, 500.5 mV at the end.
    """
    found, exact = ladder_drops()
    off = 1e3 * float(np.abs(found - exact).max())
    return [
        Row("netlist ladder, largest error in 500.5 mV", 0.0, off, "mV", 1e-9, "Kirchhoff's laws")
    ]


CASES = [Case("Ladder as a netlist", ladder_rows), Case("RLC step as a netlist", rlc_rows)]
