"""A SPICE netlist as a study: read, solved as it asks, its numbers."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from power.netlist import Netlist, NetlistError
from power.netlist_reader import read_netlist
from power.netlist_solver import NetlistState, solve_netlist
from power.netlist_transient import TransientState, solve_transient

from .case_file import CaseError

Report = Callable[[str], None]
"""Called with words on how far the work is."""


@dataclass(frozen=True)
class NetlistAnswer:
    """What a netlist comes to; made by ``solve_file``.

    Attributes
    ----------
    path : Path
    netlist : Netlist
    state : NetlistState
        The operating point; that at time 0 where the file asks for ``.tran`` alone.
    transient : TransientState or None
        The run in time, where the file asks for one.
    read_seconds, solve_seconds : float
        Wall time.
    """

    path: Path
    netlist: Netlist
    state: NetlistState
    transient: TransientState | None
    read_seconds: float
    solve_seconds: float

    @property
    def warnings(self) -> list[str]:
        """What to look at twice, a line each."""
        state = self.state.warnings
        if self.transient is None:
            return state
        return list(dict.fromkeys([w for w in state if "every drop" not in w]
                                  + self.transient.warnings))  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        """Headline numbers; every key names its unit. JSON can hold them."""
        netlist, state = self.netlist, self.state
        found = {
            "file": str(self.path),
            "title": netlist.title,
            "lines": netlist.lines,
            "elements": netlist.elements,
            **{f"{kind}s": len(cards) for kind, cards in _kinds(netlist).items()},
            "nodes": len(netlist.nodes) - 1,
            "nodes_merged_by_shorts": state.merged,
            "worst_drop_mV": 1e3 * float(state.drop[state.worst]),
            "worst_node": netlist.nodes[state.worst],
            "worst_node_voltage_V": float(state.voltage[state.worst]),
            "worst_node_unloaded_V": float(state.unloaded[state.worst]),
            "source_current_A": state.source_current,
            "source_power_W": state.source_power,
            "load_current_A": state.load_current,
            "load_power_W": state.load_power,
            "resistor_loss_W": state.loss,
            "power_balance_relative": state.balance,
            "solver": state.solver,
            "unknowns": state.unknowns,
            "residual_V": state.residual,
            "read_seconds": self.read_seconds,
            "solve_seconds": self.solve_seconds,
            "notes": netlist.notes,
            "warnings": self.warnings,
        }
        return found | ({} if self.transient is None else _in_time(netlist, self.transient))


def _kinds(netlist: Netlist) -> dict[str, Any]:
    return {
        "resistor": netlist.resistors,
        "voltage_source": netlist.voltages,
        "current_source": netlist.currents,
        "capacitor": netlist.capacitors,
        "inductor": netlist.inductors,
    }


def _in_time(netlist: Netlist, run: TransientState) -> dict[str, Any]:
    worst = int(np.argmax(run.worst_drop))
    return {
        "transient": {
            "end_s": float(run.time[-1]),
            "steps": run.steps,
            "worst_drop_mV": 1e3 * float(run.worst_drop[worst]),
            "worst_node": netlist.nodes[int(run.worst_node[worst])],
            "worst_time_s": float(run.time[worst]),
            "step_error_mV": 1e3 * run.step_error,
            "residual_V": run.residual,
            "solver": run.solver,
        }
    }


def solve_file(path: str | Path, report: Report | None = None) -> NetlistAnswer:
    """Read a netlist and solve its ``.op`` and ``.tran``, or the former where it asks neither.

    Raises
    ------
    CaseError
        When the file cannot be read, or has a node that floats; one line, with file and line.
    NoSolution
        When the iteration for large netlists does not come to rest.
    """
    say = report or (lambda _: None)
    begun = time.perf_counter()
    try:
        # the solutions are sparse: BLAS threads would only spin
        with threadpool_limits(limits=1, user_api="blas"):
            netlist = read_netlist(path, lambda lines: say(f"{lines:,} lines read"))
            read = time.perf_counter()
            state, transient = _solve(netlist, say)
    except NetlistError as error:
        raise CaseError(str(error)) from None
    done = time.perf_counter()
    return NetlistAnswer(Path(path), netlist, state, transient, read - begun, done - read)


def _solve(netlist: Netlist, say: Report) -> tuple[NetlistState, TransientState | None]:
    transient = None
    if netlist.transient is not None:
        stop = netlist.transient.stop
        say("starting point of the run in time")
        transient = solve_transient(
            netlist, lambda at, steps: say(f"{at:.4g} s of {stop:.4g} s, {steps} steps")
        )
        if not netlist.wants_operating_point:
            return transient.start, transient
    say(f"{netlist.elements:,} elements, solving the operating point")
    return solve_netlist(netlist), transient
