"""A solved netlist as text and tables."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from power.netlist_solver import NetlistState

from .netlist import NetlistAnswer

TIME_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "us"), (1e-9, "ns"), (1e-12, "ps"))


def time_unit(seconds: float) -> tuple[float, str]:
    """Unit in which a time is a number of one to three digits.

    Examples
    --------
    >>> time_unit(8.5e-9)
    (1e-09, 'ns')
    """
    return next((unit for unit in TIME_UNITS if seconds >= unit[0]), TIME_UNITS[-1])


def summary_lines(answer: NetlistAnswer) -> list[str]:
    """What ``waferflux netlist`` prints."""
    found, netlist, state = answer.to_dict(), answer.netlist, answer.state
    counts = ((len(netlist.resistors), "R"), (len(netlist.voltages), "V"),
              (len(netlist.currents), "I"), (len(netlist.capacitors), "C"),
              (len(netlist.inductors), "L"))  # fmt: skip
    kinds = ", ".join(f"{count} {letter}" for count, letter in counts if count)
    only_time = answer.transient is not None and not netlist.wants_operating_point
    return [
        f"{answer.path.name}: {netlist.title or 'no title'}",
        f"  {netlist.elements} elements ({kinds}), {found['nodes']} nodes, {state.merged} of them "
        f"merged by shorts; read in {answer.read_seconds:.1f} s",
        "operating point" + (" at time 0" if only_time else ""),
        f"  {_worst(state, netlist.nodes)}",
        f"  voltage sources give {state.source_current:.6g} A, "
        f"{state.source_power:.6g} W; current sources draw {state.load_current:.6g} A, "
        f"{state.load_power:.6g} W; resistors lose {state.loss:.6g} W",
        f"  power in = power out within {state.balance:.0e}; {state.unknowns} unknowns by "
        f"{state.solver}, residual {state.residual:.0e} V; {answer.solve_seconds:.1f} s",
        *_transient_lines(answer),
        *[f"note: {note}" for note in netlist.notes],
        *[f"warning: {warning}" for warning in answer.warnings],
    ]


def _worst(state: NetlistState, nodes: list[str]) -> str:
    worst = state.worst
    drop, voltage, unloaded = (float(of[worst]) for of in (
        state.drop, state.voltage, state.unloaded))  # fmt: skip
    if drop == 0:
        return "no node drops"
    rise = f"worst drop {1e3 * drop:.6g} mV" if drop > 0 else f"worst rise {-1e3 * drop:.6g} mV"
    return f"{rise} at node {nodes[worst]}: {voltage:.6g} V, without load {unloaded:.6g} V"


def _transient_lines(answer: NetlistAnswer) -> list[str]:
    run = answer.transient
    if run is None:
        return []
    found = answer.to_dict()["transient"]
    scale, unit = time_unit(float(run.time[-1]))
    return [
        f"in time, to {run.time[-1] / scale:.6g} {unit}",
        f"  worst drop {found['worst_drop_mV']:.6g} mV at node {found['worst_node']}, "
        f"{found['worst_time_s'] / scale:.6g} {unit}",
        f"  {run.steps} steps, each within {found['step_error_mV']:.1g} mV; by {run.solver}, "
        f"residual {run.residual:.0e} V",
    ]


def write_voltages(answer: NetlistAnswer, path: Path) -> None:
    """CSV of every node but ground: voltage, drop and, after a run in time, its largest drop."""
    state, run = answer.state, answer.transient
    columns = [state.voltage, state.drop] + ([] if run is None else [run.largest])
    head = "node,voltage_V,drop_V" + ("" if run is None else ",largest_drop_in_time_V")
    form = "%s" + ",%.12g" * len(columns) + "\n"
    rows = zip(answer.netlist.nodes, *(c.tolist() for c in columns), strict=True)
    next(rows)
    with path.open("w", encoding="utf-8") as file:
        file.write(head + "\n")
        file.writelines(form % row for row in rows)


def write_transient(answer: NetlistAnswer, path: Path) -> None:
    """CSV of every step: the worst drop and its node, then the watched nodes' voltages."""
    run, nodes = answer.transient, answer.netlist.nodes
    assert run is not None
    watched = [f"v({nodes[node]})_V" for node in run.watched]
    with path.open("w", encoding="utf-8") as file:
        file.write(",".join(["time_s", "worst_drop_V", "worst_node", *watched]) + "\n")
        for k, time in enumerate(run.time.tolist()):
            values = [f"{v:.12g}" for v in np.atleast_1d(run.voltage[k]).tolist()]
            worst = nodes[int(run.worst_node[k])]
            file.write(",".join([f"{time:.12g}", f"{run.worst_drop[k]:.9g}", worst, *values]))
            file.write("\n")
