"""What the loss of a part does: every brick, board, supply, feed and contact, and chosen pairs.

The activity of the whole machine is held: a faulted machine goes on with the same work. Each state
is the power delivery's, solved by Newton's method from the healthy one, with temperatures that
follow what it loses by ``studies.failure_response``. Where a limit is passed, the activity of the
whole machine is brought down until none is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from threadpoolctl import threadpool_limits

from geometry.errors import NoSolution

from .answer import Answer, solve
from .build import Machine
from .case import Limits
from .case_file import LoadedCase
from .coolant_need import FREEZING
from .failure_parts import Failure, single_failures
from .failure_response import response_about
from .failure_states import KELVIN, Faults, State

Progress = Callable[[str], None]
"""Called with how far the study is, in words."""

SEARCH_KELVIN = 1e-2
"""As ``KELVIN``, while the highest activity is searched for."""
SHARE = 2e-4
"""Width to which the activity that keeps all limits is found, as a share of the healthy one."""
NEAR = 0.01
"""Half the width, relative, in which the activity is looked for first."""
MUCH = 10.0
"""Excess that stands for no steady state."""


@dataclass(frozen=True)
class Consequence:
    """What a failure does.

    Attributes
    ----------
    failure : Failure
    state : State or None
        With the healthy machine's activity; None where there is no steady state.
    exceeded : tuple of str
        Limits that are passed there, the furthest first.
    activity_share : float
        Highest activity that keeps all limits, over the healthy one's; 1 where that does, 0 where
        none does.
    throttled : State or None
        The state at that share, where it is between the two.
    reason : str
        Why there is no steady state.
    """

    failure: Failure
    state: State | None
    exceeded: tuple[str, ...]
    activity_share: float
    throttled: State | None
    reason: str = ""

    @property
    def verdict(self) -> str:
        """``survives``, ``throttles`` or ``fails``."""
        if self.activity_share == 1:
            return "survives"
        return "throttles" if self.activity_share > 0 else "fails"


@dataclass(frozen=True)
class FailureStudy:
    """All consequences of a case.

    Attributes
    ----------
    answer : Answer
        Of the case as it is.
    healthy : State
    consequences : list of Consequence
        Single failures first, by kind and number; then pairs.
    temperature_error, voltage_error : float
        Largest difference of any block to a full solution [K, V], in those failures that move its
        temperature, its voltage and the bricks' losses furthest.
    checked : list of str
        The names of those failures.
    solve_seconds : float
    """

    answer: Answer
    healthy: State
    consequences: list[Consequence]
    temperature_error: float
    voltage_error: float
    checked: list[str]
    solve_seconds: float

    @property
    def singles(self) -> list[Consequence]:
        """Those of one part alone."""
        return [c for c in self.consequences if c.failure.kind != "pair"]


def study_failures(
    loaded: LoadedCase,
    pairs: Iterable[Failure] = (),
    thermal_contacts: bool = False,
    progress: Progress | None = None,
) -> FailureStudy:
    """The consequence of every single failure, and of those that are given.

    Parameters
    ----------
    loaded : LoadedCase
        With a power delivery; what its ``delivery.outage`` names is lost already. Its low-voltage
        side is taken per block, even where the case has sheets.
    pairs : iterable of Failure
        Beside the single ones.
    thermal_contacts : bool
        Lose the thermal contact of each block, too; full solutions for each.
    progress : callable, optional

    Raises
    ------
    CaseError
        When the case has no power delivery, or cannot be built.
    NoSolution
        When the case as it is has none.

    Examples
    --------
    >>> from studies import load_case
    >>> study = study_failures(load_case("cs3"))  # doctest: +SKIP
    >>> [c.failure.name for c in study.singles if c.verdict == "fails"]  # doctest: +SKIP
    []
    """
    started, say = time.perf_counter(), progress or (lambda words: None)
    failures = single_failures(loaded, thermal_contacts) + list(pairs)
    say("the case as it is")
    answer = solve(loaded.per_block())
    say("responses of the blocks")
    # the arrays are too small for BLAS threads to gain time: they only spin
    with threadpool_limits(limits=1, user_api="blas"):
        faults = Faults(answer, response_about(answer.coupled))
        found: list[Consequence] = []
        shares: dict[str, float] = {}
        for count, failure in enumerate(failures, start=1):
            say(f"failure {count} of {len(failures)}: {failure.name}")
            found.append(consequence(faults, failure, shares.get(failure.kind)))
            if found[-1].verdict == "throttles":
                shares[failure.kind] = found[-1].activity_share
        say("check against full solutions")
        checked = _furthest(found, faults.healthy)
        errors = [faults.error(failure, state) for failure, state in checked.items()]
    return FailureStudy(
        answer,
        faults.healthy,
        found,
        max((kelvin for kelvin, _ in errors), default=0.0),
        max((volt for _, volt in errors), default=0.0),
        [failure.name for failure in checked],
        time.perf_counter() - started,
    )


def _furthest(found: list[Consequence], healthy: State) -> dict[Failure, State]:
    """Those that move a block's temperature, its voltage, and the bricks' losses furthest."""
    states = {c.failure: c.state for c in found if c.state and not c.failure.is_thermal}
    if not states:
        return {}
    was = healthy.network
    measures: list[Callable[[State], float]] = [
        lambda s: float(np.abs(s.hottest - healthy.hottest).max()),
        lambda s: float(np.abs(s.network.block_voltage - was.block_voltage).max()),
        lambda s: float(np.abs(s.network.brick_losses - was.brick_losses).sum()),
    ]
    furthest = [max(states, key=lambda f, m=m: m(states[f])) for m in measures]  # type: ignore[misc]
    return {failure: states[failure] for failure in furthest}


def excesses(limits: Limits, state: State) -> dict[str, float]:
    """How far each limit is passed, relative to it; below nought where it is kept.

    A brick that its limit holds is not over it: what it does not give is missed in the voltage.
    """
    network = state.network
    free = np.where(network.bricks_held, 0.0, network.brick_current)
    found = {
        "brick current": float(free.max()) / network.brick_limit - 1,
        "supply load": float(network.supply_load_fraction.max()) - 1,
    }
    if limits.block_voltage is not None:
        lowest = float(network.block_worst_voltage.min())
        found["voltage"] = 1 - lowest / limits.block_voltage
    if limits.junction_temperature is not None:
        over = float(state.hottest.max()) - limits.junction_temperature
        found["temperature"] = over / abs(limits.junction_temperature - FREEZING)
    return found


def consequence(faults: Faults, failure: Failure, near: float | None = None) -> Consequence:
    """What a failure does, and how far it throttles the machine.

    ``near`` is a share of the activity near which to look first.
    """
    search = _Search(faults, failure)
    state: State | None = None
    reason = ""
    try:
        state = search.at(1.0, KELVIN)
        over = excesses(search.limits, state)
    except NoSolution as error:
        reason, over = " ".join(str(error).split()), {"no steady state": np.inf}
    exceeded = tuple(name for name, by in sorted(over.items(), key=lambda e: -e[1]) if by > 0)
    if not exceeded:
        return Consequence(failure, state, (), 1.0, None)
    search.known[1.0] = max(over.values())
    share, throttled = search.highest_share(near)
    return Consequence(failure, state, exceeded, share, throttled, reason)


class _Search:
    """The highest activity of one faulted machine that keeps all limits."""

    def __init__(self, faults: Faults, failure: Failure) -> None:
        self.faults, self.is_thermal = faults, failure.is_thermal
        self.machine: Machine = faults.machine_with(failure)
        self.limits = faults.loaded.case.limits
        self.near = faults.healthy
        self.known: dict[float, float] = {}

    def highest_share(self, near: float | None) -> tuple[float, State | None]:
        """Of the healthy activity, and the state there; 0 and None where none keeps the limits."""
        low, high = 0.0, 1.0
        for share in () if near is None else (near * (1 - NEAR), min(near * (1 + NEAR), 1.0)):
            if self._excess(share) > 0:
                high = min(high, share)
            else:
                low = max(low, share)
        if low == 0 and self._excess(low) > 0:
            return 0.0, None
        root = float(brentq(self._excess, low, high, xtol=SHARE / 2, rtol=1e-6))
        # the root may lie a little on either side; what is reported keeps the limits
        share = max(root - SHARE, 0.0)
        return share, self.at(share, KELVIN)

    def at(self, share: float, kelvin: float) -> State:
        """The state at a share of the healthy activity, from the last one on."""
        activity = share * self.faults.healthy.network.activity
        if self.is_thermal:
            self.near = self.faults.full(self.machine, activity)
        else:
            self.near = self.faults.quick(self.machine, activity, self.near, kelvin)
        return self.near

    def _excess(self, share: float) -> float:
        """Of the limit that is passed furthest; much where there is no steady state."""
        if share not in self.known:
            try:
                self.known[share] = max(
                    excesses(self.limits, self.at(share, SEARCH_KELVIN)).values()
                )
            except NoSolution:
                self.known[share] = MUCH
        return min(self.known[share], MUCH)
