"""A netlist in time, by TR-BDF2.

Each step h is a trapezoidal stage to gamma h and a second-order backward difference from there
(Bank et al., IEEE Trans. Electron Devices 32 (1985) 1992, doi:10.1109/T-ED.1985.22232; Hosea and
Shampine, Appl. Numer. Math. 20 (1996) 21). With gamma = 2 - sqrt 2 both stages have one matrix. The
scheme is of second order and, unlike the trapezoidal rule of SPICE, damps what is too fast for the
step, so nothing rings after a corner of a source.

With v = u(group) + offset(t), the charges C v and the inductors' currents i (L di/dt = v), a stage
of half-width d asks at every group for ``C v / d + G v + (d/L) v = known``: symmetric and positive
definite.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from .definite_solver import Factorised, Multigrid, definite_solver
from .netlist import Cards, Netlist, NetlistError, TransientCard
from .netlist_solver import NetlistState, laplacian, node_sums, operating_point
from .netlist_topology import check_for_floating, join, offsets

FloatArray = NDArray[np.float64]
Progress = Callable[[float, int], None]
"""Called each step with the time [s] and the number of steps made."""

GAMMA = 2 - math.sqrt(2)
HALF_WIDTH = GAMMA / 2
"""d over h, the same in both stages."""
NEW, OLD = 1 / (GAMMA * (2 - GAMMA)), (1 - GAMMA) ** 2 / (GAMMA * (2 - GAMMA))
"""Weights of the stage and of the old value in the backward difference."""
ERROR_CONSTANT = abs((-3 * GAMMA**2 + 4 * GAMMA - 2) / (12 * (2 - GAMMA)))
"""Error of a step over h^3 times the third derivative."""
MOST_FACTORS = 6
"""Step lengths whose equations are kept."""
WATCHED_WITHOUT_PRINT = 20
"""Up to so many nodes all are written where no ``.print`` names any."""
ROUGH = 0.01
"""Error of a step over the worst drop from which the run is called rough."""


@dataclass(frozen=True)
class TransientState:
    """A run in time.

    Attributes
    ----------
    time : array (times,)
        From the start of the run on [s].
    watched : list of int
        Nodes whose voltage is kept: those of ``.print``, or all of a small netlist.
    voltage : array (times, watched)
        [V].
    worst_drop : array (times,)
        Largest fall or rise of any node from its voltage without load [V].
    worst_node : int array (times,)
        The node where it is.
    largest : array (nodes,)
        Largest fall or rise of each node in the whole run [V].
    start : NetlistState
        The operating point that the run starts from.
    steps : int
    step_error : float
        Error that one step adds to a voltage, at most, by the third differences [V].
    residual : float
        What the residual of the last step's equations means in a voltage, at most [V].
    solver : str
    warnings : list of str
    """

    time: FloatArray
    watched: list[int]
    voltage: FloatArray
    worst_drop: FloatArray
    worst_node: NDArray[np.int64]
    largest: FloatArray
    start: NetlistState
    steps: int
    step_error: float
    residual: float
    solver: str
    warnings: list[str]


def solve_transient(netlist: Netlist, progress: Progress | None = None) -> TransientState:
    """Follow a netlist in time as its ``.tran`` asks, from the operating point at time 0.

    Raises
    ------
    NetlistError
        When there is no ``.tran``, a node floats, or a loop of sources contradicts itself.
    """
    if netlist.transient is None:
        raise NetlistError(f"{netlist.places.files[0][0]}: found no .tran; one is meant")
    run = _Run(netlist, netlist.transient)
    start, moment = run.start()
    corners = run.corners()
    record = _Record(netlist, start.unloaded)
    record.add(moment)
    before: tuple[float, FloatArray] | None = None
    times = step_times(corners, netlist.transient)
    for steps, time in enumerate(times[1:].tolist(), start=1):
        middle, new = run.step(moment, time)
        if before is not None:
            record.judge_step(before, moment, middle, new)
        is_corner = np.any(np.abs(corners - time) <= 1e-9 * netlist.transient.longest)
        before = None if is_corner else (moment.time + GAMMA * (time - moment.time), middle)
        moment = new
        if time >= netlist.transient.start:
            record.add(moment)
        if progress is not None:
            progress(time, steps)
    return record.state(start, run, len(times) - 1)


def step_times(corners: FloatArray, card: TransientCard) -> FloatArray:
    """Times to step to: every corner of a source, and even steps between [s].

    Examples
    --------
    >>> step_times(np.array([2.5]), TransientCard(1.0, 4.0, 0.0, 1.0)).tolist()
    [0.0, 0.8333333333333334, 1.6666666666666667, 2.5, 3.25, 4.0]
    """
    stops = np.concatenate([[0.0], corners, [card.stop]])
    # corners that rounding alone keeps apart are one
    stops = stops[np.concatenate([[True], np.diff(stops) > 1e-9 * card.longest])]
    stops[-1] = card.stop
    pieces = [
        np.linspace(begin, end, math.ceil((end - begin) / card.longest * (1 - 1e-9)) + 1)[1:]
        for begin, end in itertools.pairwise(stops)
    ]
    return np.concatenate([[0.0], *pieces])


@dataclass(frozen=True)
class _Moment:
    """State at a time [s]: node voltages, and currents of the inductors."""

    time: float
    voltage: FloatArray
    coil_current: FloatArray


class _Record:
    """What is kept of a run."""

    def __init__(self, netlist: Netlist, unloaded: FloatArray) -> None:
        self.unloaded = unloaded
        all_nodes = list(range(1, len(netlist.nodes)))
        small = len(all_nodes) <= WATCHED_WITHOUT_PRINT
        self.watched = netlist.printed or (all_nodes if small else [])
        self.time: list[float] = []
        self.voltage: list[FloatArray] = []
        self.worst: list[tuple[int, float]] = []
        self.largest = np.zeros(len(netlist.nodes))
        self.step_error = 0.0

    def add(self, moment: _Moment) -> None:
        fall = np.abs(self.unloaded - moment.voltage)
        worst = int(np.argmax(fall))
        self.time.append(moment.time)
        self.voltage.append(moment.voltage[self.watched])
        self.worst.append((worst, float(fall[worst])))
        np.maximum(self.largest, fall, out=self.largest)

    def judge_step(
        self, before: tuple[float, FloatArray], old: _Moment, middle: FloatArray, new: _Moment
    ) -> None:
        """Note the error of a step, from the third difference over four of its points."""
        h = new.time - old.time
        times = [before[0], old.time, old.time + GAMMA * h, new.time]
        values = [before[1], old.voltage, middle, new.voltage]
        for order in (1, 2, 3):
            values = [
                (b - a) / (times[k + order] - times[k])
                for k, (a, b) in enumerate(itertools.pairwise(values))
            ]
        error = ERROR_CONSTANT * h**3 * 6 * float(np.max(np.abs(values[0])))
        self.step_error = max(self.step_error, error)

    def state(self, start: NetlistState, run: _Run, steps: int) -> TransientState:
        worst_drop = np.array([drop for _, drop in self.worst])
        warnings = [w for w in start.warnings if "every drop is 0" not in w]
        if not np.any(self.largest):
            warnings.append("no current source draws anything: every drop is 0")
        elif self.step_error > ROUGH * worst_drop.max():
            warnings.append(
                f"the step of {run.card.longest:g} s is long: one adds up to "
                f"{self.step_error * 1e3:.3g} mV of error; take a shorter one in .tran"
            )
        return TransientState(
            time=np.array(self.time),
            watched=self.watched,
            voltage=np.array(self.voltage),
            worst_drop=worst_drop,
            worst_node=np.array([node for node, _ in self.worst]),
            largest=self.largest,
            start=start,
            steps=steps,
            step_error=self.step_error,
            residual=run.residual(),
            solver=run.solver_name,
            warnings=warnings,
        )


class _Run:
    """A netlist with its matrices."""

    def __init__(self, netlist: Netlist, card: TransientCard) -> None:
        self.netlist, self.card, self.size = netlist, card, len(netlist.nodes)
        self.coils = netlist.inductors.where(netlist.inductors.value > 0)
        self.joints = join(netlist, steady=False)
        resistors = netlist.resistors.where(netlist.resistors.value > 0)
        check_for_floating(netlist, self.joints, [resistors, netlist.capacitors, self.coils])
        self.conductance = self._matrix(resistors, 1 / resistors.value)
        self.capacitance = self._matrix(netlist.capacitors, netlist.capacitors.value)
        self.stiffness = self._matrix(self.coils, 1 / self.coils.value)
        self.equations: dict[str, tuple[csr_array, Factorised | Multigrid]] = {}

    def _matrix(self, cards: Cards, weight: FloatArray) -> csr_array:
        return laplacian(cards.first, cards.second, weight, self.size)

    def offset(self, time: float) -> FloatArray:
        """Of each node above the lowest of its group [V]."""
        voltages = self.netlist.voltage_waves.at(time, self.netlist.voltages.value)
        return offsets(self.netlist, self.joints, voltages, steady=False)

    def drawn(self, time: float) -> FloatArray:
        """By current sources at each node [A]."""
        currents = self.netlist.current_waves.at(time, self.netlist.currents.value)
        return node_sums(self.netlist.currents, currents, self.size)

    def in_coils(self, current: FloatArray) -> FloatArray:
        """Current that leaves each node through inductors [A]."""
        return node_sums(self.coils, current, self.size)

    def flux_rate(self, voltage: FloatArray) -> FloatArray:
        """Growth of each inductor's current [A/s]."""
        return (voltage[self.coils.first] - voltage[self.coils.second]) / self.coils.value

    def by_group(self, current: FloatArray) -> FloatArray:
        """Sums at the groups but ground's."""
        return np.bincount(self.joints.group, current, self.joints.groups)[1:].astype(float)

    # the start

    def start(self) -> tuple[NetlistState, _Moment]:
        """The operating point at time 0; where inductors close a loop the flux in it is 0."""
        waves, netlist = self.netlist.voltage_waves, self.netlist
        state = operating_point(
            netlist,
            waves.at(0.0, netlist.voltages.value),
            netlist.current_waves.at(0.0, netlist.currents.value),
        )
        missing = self.by_group(self.conductance @ state.voltage + self.drawn(0.0))
        return state, _Moment(0.0, state.voltage, self._coil_currents(missing))

    def _coil_currents(self, missing: FloatArray) -> FloatArray:
        """Inductors' currents that make up for what is missing at the groups [A]."""
        ends, group, groups = self.coils, self.joints.group, self.joints.groups
        matrix = laplacian(group[ends.first], group[ends.second], 1 / ends.value, groups)
        _, net = connected_components(matrix, directed=False)
        # one group of each net is held, ground's among them
        _, held = np.unique(net, return_index=True)
        free = np.setdiff1d(np.arange(groups), held)
        flux = np.zeros(groups)
        if len(free):
            flux[free] = definite_solver(matrix[free][:, free]).solve(-missing[free - 1])
        return (flux[group[ends.first]] - flux[group[ends.second]]) / ends.value

    # a step

    def step(self, old: _Moment, until: float) -> tuple[FloatArray, _Moment]:
        """Node voltages at the stage between, and the state at ``until``."""
        h = until - old.time
        d, middle = HALF_WIDTH * h, old.time + GAMMA * h
        v0, i0 = old.voltage, old.coil_current
        out = self.conductance @ v0 + self.in_coils(i0) + self.drawn(old.time)
        known = out - self.capacitance @ v0 / d + d * (self.stiffness @ v0)
        known += self.in_coils(i0) + self.drawn(middle)
        v1 = self._stage(d, known, v0 + self._offset_change(old.time, middle))
        i1 = i0 + d * (self.flux_rate(v1) + self.flux_rate(v0))
        mixed = NEW * i1 - OLD * i0
        known = self.in_coils(mixed) - self.capacitance @ (NEW * v1 - OLD * v0) / d
        known += self.drawn(until)
        v2 = self._stage(d, known, v1 + self._offset_change(middle, until))
        return v1, _Moment(until, v2, mixed + d * self.flux_rate(v2))

    def _equations(self, d: float) -> tuple[csr_array, Factorised | Multigrid]:
        """Matrix of the nodes for a half-width [s], and the solver of the groups."""
        key = f"{d:.9e}"
        if key not in self.equations:
            if len(self.equations) == MOST_FACTORS:
                self.equations.pop(next(iter(self.equations)))
            matrix = csr_array(self.capacitance / d + self.conductance + d * self.stiffness)
            entries, group = matrix.tocoo(), self.joints.group
            upper = entries.row < entries.col
            first, second = group[entries.row[upper]], group[entries.col[upper]]
            grouped = laplacian(first, second, -entries.data[upper], self.joints.groups)
            self.equations[key] = matrix, definite_solver(grouped[1:, 1:])
        return self.equations[key]

    def _offset_change(self, before: float, after: float) -> FloatArray | float:
        if len(self.netlist.voltage_waves) == 0:
            return 0.0
        return self.offset(after) - self.offset(before)

    def _stage(self, d: float, known: FloatArray, guess: FloatArray) -> FloatArray:
        """Node voltages for which ``matrix v + known`` is 0 at each group.

        Solved for the change from a guess with the right offsets, so that nothing changes where
        nothing happens.
        """
        matrix, solver = self._equations(d)
        change = solver.solve(-self.by_group(known + matrix @ guess))
        found = guess + np.concatenate([[0.0], change])[self.joints.group]
        self.last_stage = d, known, found
        return found

    @property
    def solver_name(self) -> str:
        """What solved the last stage."""
        return self._equations(self.last_stage[0])[1].name

    def residual(self) -> float:
        """What the residual of the last stage means in a voltage, at most [V]."""
        d, known, voltage = self.last_stage
        matrix, solver = self._equations(d)
        left = solver.correction(self.by_group(known + matrix @ voltage))
        return float(np.max(np.abs(left), initial=0.0))

    def corners(self) -> FloatArray:
        """Corners of all sources [s]."""
        waves = (self.netlist.voltage_waves, self.netlist.current_waves)
        return np.unique(np.concatenate([wave.corners(self.card.stop) for wave in waves]))
