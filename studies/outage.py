"""Pumps, chillers or the facility's water lost: the new steady state, and the time there is.

Each event is followed in time from the case's steady state, with its full power and what loop and
facility hold, and its new steady state is sought, if there is one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from geometry.errors import NoSolution
from thermal.loop_heat import LoopHeat

from .answer import Answer, solve
from .case_file import CaseError, LoadedCase
from .events import CoastDown, Scenario
from .outage_plant import PlantState, plant_state
from .plant_study import Machine, machine_of
from .transient import TransientAnswer, solve_transient

INLET_TOLERANCE = 1e-6
"""Of a new steady inlet [K]."""
MOST_TURNS = 20
Say = Callable[[str], None]


@dataclass(frozen=True)
class Event:
    """What is lost.

    Attributes
    ----------
    name, words : str
        For ``--event``, and for people.
    pumps_left : int or None
        Of those that ran; None for all.
    chillers_left : float
        Share of those that ran.
    outdoors : bool
        Whether anything cools the facility's water.
    water : bool
        Whether the facility's water flows.
    """

    name: str
    words: str
    pumps_left: int | None = None
    chillers_left: float = 1.0
    outdoors: bool = True
    water: bool = True

    @property
    def is_of_chillers(self) -> bool:
        """Whether the restart of chillers ends it."""
        return self.chillers_left < 1 or not self.outdoors


@dataclass(frozen=True)
class Steady:
    """A new steady state; SI.

    Attributes
    ----------
    flow, plate_flow : float
        Of the whole loop, and through the cold plate [m3/s].
    inlet, facility : float
        Coolant supplied, and facility water [K].
    hottest : float
        [K].
    power : float
        Heat made in the device [W].
    """

    flow: float
    plate_flow: float
    inlet: float
    facility: float
    hottest: float
    power: float


@dataclass(frozen=True)
class OutageRow:
    """What an event comes to.

    Attributes
    ----------
    event : Event
    steady : Steady or None
    reason : str
        Why there is no steady state, or why the event was not looked at.
    transient : TransientAnswer or None
        None where the event was not looked at.
    limit : float or None
        Of the junction [K].
    """

    event: Event
    steady: Steady | None
    reason: str
    transient: TransientAnswer | None
    limit: float | None

    @property
    def time_to_limit(self) -> float | None:
        """When the hottest point passes the junction limit [s]; None when it does not."""
        return None if self.transient is None else self.transient.time_to_limit

    @property
    def time_to_coolant_limit(self) -> float | None:
        """When the hottest coolant passes the end of its properties [s]; None when it does not."""
        found = self.transient
        coolant = None if found is None else found.machine.problem.coolant
        if found is None or coolant is None:
            return None
        end, hottest = coolant.fluid.range[1], found.hottest_coolant
        beyond = np.flatnonzero(hottest > end)
        if not len(beyond):
            return None
        last = int(beyond[0])
        before, after = hottest[last - 1], hottest[last]
        part = float((end - before) / (after - before))
        return float(found.time[last - 1] + part * (found.time[last] - found.time[last - 1]))

    @property
    def survives(self) -> bool | None:
        """Whether it goes on at full power for ever; None without a limit, or not looked at."""
        if self.transient is None or self.limit is None:
            return None
        if self.steady is None or self.steady.hottest > self.limit:
            return False
        return self.time_to_limit is None and self.transient.ended is None


@dataclass(frozen=True)
class OutageStudy:
    """The events of a case.

    Attributes
    ----------
    answer : Answer
        Before anything is lost.
    state : PlantState
    rows : list of OutageRow
    until : float
        End of what was followed in time [s].
    """

    answer: Answer
    state: PlantState
    rows: list[OutageRow]
    until: float

    @property
    def restart_time(self) -> float:
        """Of the chillers [s]."""
        return self.state.plant.outage.restart_time


def events(loaded: LoadedCase, chillers: int) -> list[Event]:
    """Everything that may be lost, from the loop outwards."""
    loop = loaded.case.loop
    pumps = None if loop is None else loop.pumps
    running = 1 if pumps is None else pumps.number_running
    one_pump = "one pump lost" if running < 2 else f"one of {running} pumps lost"
    return [
        Event("pump", one_pump, pumps_left=running - 1),
        Event("pumps", "all pumps lost", pumps_left=0),
        Event("chiller", f"one of {chillers} chillers lost", chillers_left=1 - 1 / chillers),
        Event("chillers", "all chillers lost, cooler outdoors runs", chillers_left=0.0),
        Event("plant", "chillers and cooler outdoors lost", chillers_left=0.0, outdoors=False),
        Event("water", "facility water stands", water=False),
    ]


def outage_study(
    loaded: LoadedCase,
    until: float = 1800.0,
    names: Sequence[str] = (),
    say: Say = lambda _: None,
) -> OutageStudy:
    """Every event of a case, or those named.

    Parameters
    ----------
    loaded : LoadedCase
        With a coolant, and what a transient needs.
    until : float
        How long an event is followed [s].
    names : sequence of str
        Of events; all if empty.
    say : callable
        Called with what is being done.

    Raises
    ------
    CaseError
        When the case cannot be used, or no event has a name that is asked for.
    NoSolution
        When the case has no steady state to begin with.
    """
    if not (np.isfinite(until) and until > 0):
        raise CaseError(f"--until: found {until:g} s; above 0 s is meant")
    say("the case as it runs")
    answer = solve(loaded)
    state = plant_state(answer)
    known = events(loaded, state.plant.outage.chillers)
    for name in names:
        if name not in {event.name for event in known}:
            words = ", ".join(event.name for event in known)
            raise CaseError(f"--event: found '{name}'; one of {words} is meant")
    rows = [_row(answer, state, e, until, say) for e in known if not names or e.name in names]
    return OutageStudy(answer, state, rows, until)


def _row(answer: Answer, state: PlantState, event: Event, until: float, say: Say) -> OutageRow:
    limit = answer.loaded.case.limits.junction_temperature
    missing = _not_looked_at(answer.loaded, event)
    if missing:
        return OutageRow(event, None, missing, None, limit)
    say(f"{event.words}: steady state")
    steady, reason = None, ""
    try:
        steady = _steady(answer, state, event)
    except (NoSolution, CaseError) as error:
        # a coolant beyond its range is told as a case's fault
        reason = str(error)
    transient = _transient(answer, state, event, steady, until, say)
    return OutageRow(event, steady, reason, transient, limit)


def _not_looked_at(loaded: LoadedCase, event: Event) -> str:
    """Why the case does not tell what the event does; empty where it does."""
    if event.name != "pump":
        return ""
    pumps = None if loaded.case.loop is None else loaded.case.loop.pumps
    if pumps is None:
        return "not looked at: the case has no [loop.pumps]"
    return "" if pumps.number_running > 1 else "not looked at: only one pump runs"


def _steady(answer: Answer, state: PlantState, event: Event) -> Steady:
    """Where the machine comes to rest after an event, with the plant that is left.

    Raises
    ------
    NoSolution
        When it does not.
    CaseError
        When the coolant would leave its range.
    """
    if event.pumps_left == 0:
        raise NoSolution("no coolant flows")
    if not event.water or not event.outdoors:
        raise NoSolution("nothing takes the heat")
    loaded, machine = answer.loaded, state.machine
    if event.pumps_left is not None:
        loaded = loaded.with_values({"loop.pumps.running": event.pumps_left})
    inlet = np.nan
    for _ in range(MOST_TURNS):
        heat = machine.heat + state.loop.facility_pump_heat
        facility = state.outdoors.settled(heat, event.chillers_left)
        found = _inlet(state, machine, facility)
        if abs(found - inlet) < INLET_TOLERANCE:
            return _steady_of(answer, inlet, facility)
        inlet = found
        answer = solve(loaded.with_values({"coolant.inlet_temperature": f"{inlet!r} K"}))
        machine = machine_of(answer)
    raise NoSolution(f"the inlet did not come to rest in {MOST_TURNS} turns")


def _inlet(state: PlantState, machine: Machine, facility: float) -> float:
    """As a plain number, so that its text is one."""
    return float(state.inlet(machine, facility))


def _steady_of(answer: Answer, inlet: float, facility: float) -> Steady:
    assert answer.coolant is not None
    need, hottest = answer.coolant, float(answer.block_temperature_max.max())
    return Steady(need.loop_flow, need.flow, inlet, facility, hottest, answer.silicon_power)


def _loop_after(state: PlantState, event: Event) -> LoopHeat:
    """What the waters hold and what cools them, once the event has happened."""
    if not event.water:
        return replace(state.loop, facility_rate=0.0)
    if not event.outdoors:
        return replace(state.loop, cooling=_nothing)
    return replace(state.loop, cooling=state.outdoors.cooling(event.chillers_left))


def _nothing(_: float) -> float:
    return 0.0


def _transient(
    answer: Answer, state: PlantState, event: Event, steady: Steady | None, until: float, say: Say
) -> TransientAnswer:
    """The event in time, to its end or to where the coolant leaves its range."""
    flow = None
    if event.pumps_left is not None:
        assert answer.coolant is not None
        left = 0.0 if steady is None else steady.plate_flow / answer.coolant.flow
        flow = CoastDown(state.plant.outage.coast_down, left)
    scenario = Scenario(until, flow=flow, loop=_loop_after(state, event))
    return solve_transient(
        answer.loaded,
        scenario,
        lambda time, steps: say(f"{event.words}: {time:.4g} s of {until:.4g} s, {steps} steps"),
    )
