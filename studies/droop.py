"""A case's voltages when its load changes: from the state at rest, nanoseconds to milliseconds."""

from __future__ import annotations

import time as clock
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from geometry.tr_bdf2 import GAMMA
from power.droops import Droop, Record, named_droops
from power.loops import Loop, loops
from power.network_in_time import NetworkInTime, Totals

from .case_file import CaseError, LoadedCase
from .frozen_network import FrozenNetwork, freeze
from .load_changes import LoadChange

Array = NDArray[np.float64]
Progress = Callable[[float, int], None]
"""Called after each step with the time reached [s] and the number of steps."""


@dataclass(frozen=True)
class DroopAnswer:
    """What the voltages do when the load changes; made by ``solve_droop``.

    Attributes
    ----------
    loaded : LoadedCase
    change : LoadChange
    frozen : FrozenNetwork
    time : array (samples,)
        The start, the stages and the ends of the steps [s].
    voltage : array (samples, blocks)
        Mean at each block's circuits [V]; the first row is at rest, before the change.
    brick_current : array (samples, blocks)
        [A].
    totals : Totals
        Energies and charges over the run.
    energy_kept, charge_kept : float
        Gained by inductances and capacitances [J, C].
    steps, rejected : int
        Steps made, and made again because their error was too large.
    solve_seconds : float
    """

    loaded: LoadedCase
    change: LoadChange
    frozen: FrozenNetwork
    time: Array
    voltage: Array
    brick_current: Array
    totals: Totals
    energy_kept: float
    charge_kept: float
    steps: int
    rejected: int
    solve_seconds: float

    @property
    def record(self) -> Record:
        """Times and voltages."""
        return Record(self.time, self.voltage)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the blocks."""
        return self.frozen.machine.floorplan.names

    @cached_property
    def loops(self) -> list[Loop]:
        """The loops of inductance and capacitance, from the die outwards."""
        network = self.frozen.network
        load_line = network.circuit.delivery.bricks.last_regulator.load_line
        return loops(network.dynamics, load_line)

    @cached_property
    def droops(self) -> dict[str, Droop | None]:
        """The droop of each loop; empty for a trace."""
        if self.change.step is None:
            return {}
        return named_droops(self.record, self.change.step, self.loops, self.change.tolerance)

    @cached_property
    def lowest(self) -> tuple[int, float, float]:
        """Block, time [s] and value [V] of the lowest voltage."""
        sample, block = np.unravel_index(int(np.argmin(self.voltage)), self.voltage.shape)
        return int(block), float(self.time[sample]), float(self.voltage[sample, block])

    @property
    def charge_balance(self) -> float:
        """|charge given - drawn - kept| relative to what the bricks gave."""
        left = self.totals.charge_given - self.totals.charge_drawn - self.charge_kept
        return abs(left) / abs(self.totals.charge_given)

    @property
    def energy_balance(self) -> float:
        """|energy given - drawn - lost - kept| relative to what the bricks gave."""
        given, drawn, lost, *_ = self.totals
        return abs(given - drawn - lost - self.energy_kept) / abs(given)

    def to_dict(self) -> dict[str, Any]:
        """Headline numbers and series; every key names its unit. JSON can hold them."""
        from .droop_report import summary

        return summary(self)


def solve_droop(
    case: LoadedCase, change: LoadChange, progress: Progress | None = None
) -> DroopAnswer:
    """Follow a case's voltages through a change of its load, at the temperatures it has.

    Parameters
    ----------
    case : LoadedCase
        With ``delivery.dynamics``.
    change : LoadChange
    progress : callable, optional

    Raises
    ------
    CaseError
        When the case cannot be used; one line per fault.
    NoSolution
        When there is no state at rest, or no voltage carries a load any more.

    Examples
    --------
    >>> from studies import load_case
    >>> from studies.load_changes import load_change
    >>> case = load_case("cs3")
    >>> answer = solve_droop(case, load_change(case, ramp="10 ns"))  # doctest: +SKIP
    >>> answer.droops["first"].depth  # doctest: +SKIP
    """
    started = clock.perf_counter()
    frozen = freeze(case, change.constant_current)
    network = frozen.network

    def drive(time: float, before: bool) -> Array:
        return frozen.activity * change.activity.at(time, before)

    try:
        with threadpool_limits(limits=1, user_api="blas"):
            start = min(0.0, float(change.activity.corners[0]))
            run = NetworkInTime(network, drive, change.tolerance, start)
            samples = _follow(run, change, progress)
    except ValueError as error:
        raise CaseError(f"{case.name}: {error}") from None
    time, unknowns = samples
    return DroopAnswer(
        loaded=case,
        change=change,
        frozen=frozen,
        time=time,
        voltage=unknowns[:, network.load_voltage],
        brick_current=unknowns[:, network.brick_current],
        totals=run.totals,
        energy_kept=run.energy_kept,
        charge_kept=run.charge_kept,
        steps=(len(time) - 1) // 2,
        rejected=run.rejected,
        solve_seconds=clock.perf_counter() - started,
    )


def _follow(
    run: NetworkInTime, change: LoadChange, progress: Progress | None
) -> tuple[Array, Array]:
    """Times and unknowns at the start, the stages and the ends of the steps."""
    times, unknowns = [run.time], [run.rest]
    for step in run.run(change.until, change.activity.corners):
        times += [step.start + GAMMA * (step.stop - step.start), step.stop]
        unknowns += step.states[1:]
        if progress is not None:
            progress(step.stop, len(times) // 2)
    return np.array(times), np.array(unknowns)
