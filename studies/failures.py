"""What the loss of a part does: every brick, board, supply, feed and contact, and chosen pairs.

The activity of the whole machine is held: a faulted machine goes on with the same work. Each state
is the power delivery's, solved by Newton's method from its neighbour's, with temperatures that
follow what it loses by ``studies.failure_response``. Where a limit is passed, the activity is
brought down until none is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from geometry.errors import NoSolution
from power.network import NetworkState
from power.outage import Outage
from thermal.contact import ContactLayer

from .answer import Answer, solve
from .build import Machine, build
from .case_file import CaseError, LoadedCase
from .coupled import Coupled, solve_coupled, solve_delivery
from .failure_response import Response, heat_of, response_about

Array = NDArray[np.float64]
Progress = Callable[[str], None]
"""Called with how far the study is, in words."""

OUTAGES = {
    "brick": "bricks",
    "board": "boards",
    "supply": "supplies",
    "feed": "feeds",
    "contact": "contacts",
}
"""Kinds of parts, and the key of each in ``delivery.outage``."""
THERMAL = "thermal-contact"
"""The kind that changes the temperature field's own equations."""
KELVIN = 1e-5
"""Change of temperature at which heat and power agree [K]."""
SEARCH_KELVIN = 1e-2
"""The same while the highest activity is searched for."""
MOST_ROUNDS = 40
SHARE = 2e-4
"""Width to which the activity that holds all limits is found, as a share of the healthy one."""


@dataclass(frozen=True)
class Failure:
    """Parts that fail together: kind and number of each, as ``(("brick", 41),)``."""

    parts: tuple[tuple[str, int], ...]

    @property
    def name(self) -> str:
        """As it is typed, ``brick:41,brick:42``."""
        return ",".join(f"{kind}:{number}" for kind, number in self.parts)

    @property
    def is_thermal(self) -> bool:
        """Whether a thermal contact is among the parts."""
        return any(kind == THERMAL for kind, _ in self.parts)

    def outage(self, before: Outage) -> Outage:
        """What is lost then, beside what was lost before."""
        lost = {
            key: (
                *getattr(before, key),
                *(number for kind, number in self.parts if kind == known),
            )
            for known, key in OUTAGES.items()
        }
        return replace(before, **lost)


@dataclass(frozen=True)
class State:
    """A faulted machine at an activity.

    ``hottest`` is the hottest point of each block [K].
    """

    network: NetworkState
    hottest: Array


@dataclass(frozen=True)
class Limits:
    """What a state is held against; None where the case does not say."""

    junction_temperature: float | None
    block_voltage: float | None

    def excesses(self, state: State) -> dict[str, float]:
        """How far each limit is passed, relative to it; below nought where it is kept."""
        network = state.network
        free = np.where(network.bricks_held, 0.0, network.brick_current)
        found = {
            "brick current": float(free.max()) / network.brick_limit - 1,
            "supply load": float(network.supply_load_fraction.max()) - 1,
        }
        if self.block_voltage is not None:
            lowest = float(network.block_worst_voltage.min())
            found["voltage"] = 1 - lowest / self.block_voltage
        if self.junction_temperature is not None:
            limit = self.junction_temperature
            found["temperature"] = (float(state.hottest.max()) - limit) / (limit - 273.15)
        return found


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
        The state at that share, where it is below 1.
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
    limits : Limits
    consequences : list of Consequence
        Single failures first, by kind and number; then pairs.
    temperature_error, voltage_error : float
        Largest difference [K, V] to a full solution, in those failures that move temperature and
        voltage furthest.
    solve_seconds : float
    """

    answer: Answer
    healthy: State
    limits: Limits
    consequences: list[Consequence]
    temperature_error: float
    voltage_error: float
    solve_seconds: float

    @property
    def singles(self) -> list[Consequence]:
        """Those of one part alone."""
        return [c for c in self.consequences if len(c.failure.parts) == 1]


def single_failures(loaded: LoadedCase, thermal_contacts: bool = False) -> list[Failure]:
    """Every part of the case that can be lost alone; feeds where there are two.

    A single feed is all there is, and one feed for each board is its supply.
    """
    counts = _counts(loaded)
    if counts["feed"] != 2 or loaded.case.delivery.supplies.feed != "A/B":  # type: ignore[union-attr]
        counts["feed"] = 0
    if not thermal_contacts:
        counts.pop(THERMAL, None)
    gone = loaded.case.delivery.outage  # type: ignore[union-attr]
    return [
        Failure(((kind, number),))
        for kind, count in counts.items()
        for number in range(count)
        if number not in getattr(gone, OUTAGES.get(kind, ""), ())
    ]


def _counts(loaded: LoadedCase) -> dict[str, int]:
    """How many parts of each kind there are.

    Raises
    ------
    CaseError
        When the case has no power delivery.
    """
    delivery, device = loaded.case.delivery, loaded.case.device
    if delivery is None:
        raise CaseError(f"{loaded.name}: delivery: missing; failures are those of a power delivery")
    buses = delivery.supplies.bus_of_supply(device.columns)
    blocks = device.columns * device.rows
    counts = {
        "brick": blocks,
        "board": device.columns,
        "supply": delivery.supplies.count,
        "feed": int(buses[-1]) + 1,
        "contact": blocks,
    }
    return counts | ({THERMAL: blocks} if _contact_layer(loaded) else {})


def parse_failure(text: str, loaded: LoadedCase) -> Failure:
    """Parts that fail together, from ``brick:41,board:3``.

    Raises
    ------
    CaseError
        When a kind or number is not one of the case's.
    """
    counts, parts = _counts(loaded), []
    for word in text.split(","):
        kind, _, number = (part.strip() for part in word.partition(":"))
        if kind not in counts or not number.isdigit():
            raise CaseError(
                f"--pair: found '{word}'; KIND:NUMBER is meant, KIND one of {', '.join(counts)}"
            )
        if int(number) >= counts[kind]:
            raise CaseError(
                f"--pair: found {kind} {number}; numbers from 0 to {counts[kind] - 1} are meant"
            )
        parts.append((kind, int(number)))
    return Failure(tuple(parts))


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
        With a power delivery; what its ``delivery.outage`` names is lost already.
    pairs : iterable of Failure
        Beside the single ones.
    thermal_contacts : bool
        Lose the thermal contact of each block, too; a full solution for each.
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
    answer = solve(loaded)
    say("responses of the blocks")
    response = response_about(answer.coupled)
    faults = Faults(loaded, answer, response)
    found = []
    for count, failure in enumerate(failures, start=1):
        say(f"failure {count} of {len(failures)}: {failure.name}")
        found.append(faults.consequence(failure))
    say("check against full solutions")
    errors = [faults.error(c) for c in _furthest(found, faults.healthy)]
    return FailureStudy(
        answer,
        faults.healthy,
        faults.limits,
        found,
        max((kelvin for kelvin, _ in errors), default=0.0),
        max((volt for _, volt in errors), default=0.0),
        time.perf_counter() - started,
    )


def _furthest(found: list[Consequence], healthy: State) -> list[Consequence]:
    """Those that move the temperature of a block, its voltage, and the heat of a brick furthest."""
    linear = [c for c in found if c.state is not None and not c.failure.is_thermal]

    def moved(consequence: Consequence) -> tuple[float, float, float]:
        state = consequence.state
        assert state is not None
        now, was = state.network, healthy.network
        return (
            float(np.abs(state.hottest - healthy.hottest).max()),
            float(np.abs(now.block_voltage - was.block_voltage).max()),
            float(np.abs(now.brick_losses - was.brick_losses).sum()),
        )

    furthest = [max(linear, key=lambda c, k=k: moved(c)[k]) for k in range(3)] if linear else []
    return list({c.failure: c for c in furthest}.values())


Solve = Callable[[Machine, float, State, float], State]
"""From a machine, its activity, a state near by and a tolerance [K]."""


class Faults:
    """Solves the faulted states of one machine.

    Parameters
    ----------
    loaded : LoadedCase
    answer : Answer
        Of the case as it is.
    response : Response
        About it.
    """

    def __init__(self, loaded: LoadedCase, answer: Answer, response: Response) -> None:
        self.loaded, self.response = loaded, response
        self.machine = answer.coupled.machine
        network = answer.coupled.drawn.network
        assert network is not None
        self.healthy = State(network, answer.block_temperature_max)
        self.limits = Limits(**vars(loaded.case.limits))

    def consequence(self, failure: Failure) -> Consequence:
        """What a failure does, and how far it throttles the machine."""
        machine = self._faulted(failure)
        solve_at: Solve = self._full if failure.is_thermal else self._state
        activity = self.healthy.network.activity
        state: State | None = None
        reason = ""
        try:
            state = solve_at(machine, activity, self.healthy, KELVIN)
            excesses = self.limits.excesses(state)
        except NoSolution as error:
            reason, excesses = " ".join(str(error).split()), {"no steady state": np.inf}
        exceeded = tuple(
            name for name, by in sorted(excesses.items(), key=lambda e: -e[1]) if by > 0
        )
        if not exceeded:
            return Consequence(failure, state, (), 1.0, None)

        search = _Search(self, machine, solve_at, state)
        share, throttled = search.highest_share()
        return Consequence(failure, state, exceeded, share, throttled, reason)

    def _faulted(self, failure: Failure) -> Machine:
        """The machine with the failure's parts lost."""
        delivery = self.machine.case.delivery
        assert delivery is not None
        lost = replace(delivery, outage=failure.outage(delivery.outage))
        if not failure.is_thermal:
            return replace(self.machine, case=replace(self.machine.case, delivery=lost))
        layer = _contact_layer(self.loaded)
        assert layer is not None
        names = self.machine.floorplan.names
        factors = {names[number]: lost.outage.contact_factor
                   for kind, number in failure.parts if kind == THERMAL}  # fmt: skip
        contact = self.loaded.case.layers[layer]
        assert isinstance(contact, ContactLayer)
        known = dict(contact.block_factors or {})
        machine = build(
            self.loaded.with_values({f"layers.{layer}.block_factors": known | factors})
        )
        return replace(machine, case=replace(machine.case, delivery=lost))

    def _state(
        self, machine: Machine, activity: float, near: State, kelvin: float = KELVIN
    ) -> State:
        """The state with temperatures by the responses; ``near`` is the first guess."""
        machine = replace(machine, activity=activity)
        response, network = self.response, near.network
        has_bricks = machine.case.loss_layers.bricks is not None
        wafer, board, bricks = response.at(heat_of(machine, network))
        for _ in range(MOST_ROUNDS):
            network = solve_delivery(
                machine, wafer, board, bricks if has_bricks else None, network
            )
            heat = heat_of(machine, network)
            new_wafer, new_board, new_bricks = response.at(heat)
            # leakage follows the temperature: Newton's method for what that adds
            gain = np.eye(wafer.size) - response.own * network.block_power_per_kelvin
            step = np.linalg.solve(gain, new_wafer - wafer)
            moved = max(np.abs(step).max(), np.abs(new_board - board).max(),
                        np.abs(new_bricks - bricks).max())  # fmt: skip
            wafer, board, bricks = wafer + step, new_board, new_bricks
            if moved < kelvin:
                return State(network, response.hottest(heat))
        raise NoSolution(f"heat and power did not come to rest in {MOST_ROUNDS} rounds")

    def _full(
        self, machine: Machine, activity: float, near: State, kelvin: float = KELVIN
    ) -> State:
        """The state by a full solution of the temperature field, whatever ``near`` it begins."""
        coupled = self.full(machine, activity)
        network = coupled.drawn.network
        assert network is not None
        answer = Answer(self.loaded, coupled, None, 0.0)
        return State(network, answer.block_temperature_max)

    def full(self, machine: Machine, activity: float) -> Coupled:
        """The coupled solution of a faulted machine at an activity."""
        return solve_coupled(replace(machine, activity=activity))

    def error(self, consequence: Consequence) -> tuple[float, float]:
        """Largest difference to a full solution of the same fault [K, V]."""
        quick = consequence.state
        assert quick is not None
        full = self._full(self._faulted(consequence.failure), quick.network.activity, quick)
        kelvin = np.abs(full.hottest - quick.hottest).max()
        volt = np.abs(full.network.block_voltage - quick.network.block_voltage).max()
        return float(kelvin), float(volt)


class _Search:
    """The highest activity of one faulted machine that keeps all limits."""

    def __init__(
        self, faults: Faults, machine: Machine, solve_at: Solve, whole: State | None
    ) -> None:
        self.faults, self.machine, self.solve_at = faults, machine, solve_at
        self.near = whole or faults.healthy
        self.known: dict[float, float] = {}
        if whole is not None:
            self.known[1.0] = max(faults.limits.excesses(whole).values())

    def highest_share(self) -> tuple[float, State | None]:
        """Of the healthy activity, and the state there; 0 and None where none keeps them."""
        if self._excess(0.0) > 0:
            return 0.0, None
        root = float(brentq(self._excess, 0.0, 1.0, xtol=SHARE / 2, rtol=1e-6))
        # the root may lie a little on either side; what is reported keeps the limits
        share = max(root - SHARE, 0.0)
        return share, self._at(share, KELVIN)

    def _at(self, share: float, kelvin: float) -> State:
        activity = share * self.faults.healthy.network.activity
        self.near = self.solve_at(self.machine, activity, self.near, kelvin)
        return self.near

    def _excess(self, share: float) -> float:
        """Of the limit that is passed furthest; much where there is no steady state."""
        if share not in self.known:
            try:
                state = self._at(share, SEARCH_KELVIN)
                self.known[share] = max(self.faults.limits.excesses(state).values())
            except NoSolution:
                self.known[share] = 1e3
        return self.known[share]


def _contact_layer(loaded: LoadedCase) -> str | None:
    """The contact next to where the heat is made; None where there is none."""
    names = list(loaded.case.layers)
    contacts = [n for n, layer in loaded.case.layers.items() if isinstance(layer, ContactLayer)]
    if not contacts or loaded.case.heat.at not in names:
        return None
    heated = names.index(loaded.case.heat.at)
    return min(contacts, key=lambda name: abs(names.index(name) - heated))


def to_rows(study: FailureStudy) -> list[dict[str, Any]]:
    """A row for each failure; every key names its unit."""
    return [_row(study, consequence) for consequence in study.consequences]
