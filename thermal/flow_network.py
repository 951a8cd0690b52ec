"""Flows and pressures in a network of pipes and pumps.

Unknowns are the branches' flows and the nodes' pressures. The balance of every node is linear and
holds after each step; the laws of the branches are met by Newton's method (the global gradient
algorithm: Todini and Pilati 1988). For laws that rise with the flow the steps go downhill on a
convex function, the content (Cherry 1951, Birkhoff 1963), along which each step is shortened until
it no longer overshoots: that brings it home from zero flow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from geometry.errors import NoSolution

from .flow_laws import FlowLaw

Array = NDArray[np.float64]

TOLERANCE = 1e-11
"""Of the branches' laws, relative to the largest drop."""
MOST_STEPS = 200
SLOPE_STEP = 1e-6
"""Of the flow, over which a law's slope is taken."""
MOST_VALVE_CHANGES = 50


@dataclass(frozen=True)
class Branch:
    """A part between two nodes.

    Attributes
    ----------
    name, start, end : str
    law : FlowLaw
        Pressure at the start less pressure at the end [Pa] of a flow from start to end [m3/s],
        rising with it; a pump's is its head with the sign turned.
    one_way : bool
        Whether a check valve keeps the flow from running back.
    """

    name: str
    start: str
    end: str
    law: FlowLaw
    one_way: bool = False


@dataclass(frozen=True)
class FlowState:
    """The solved network.

    Attributes
    ----------
    flow : dict of branch name to float
        From start to end [m3/s].
    pressure : dict of node to float
        Above the first node [Pa].
    drop : dict of branch name to float
        Pressure at its start less that at its end [Pa].
    closed : tuple of str
        Branches whose check valve is shut.
    balance : float
        Worst sum of flows at a node, relative to the largest flow.
    steps : int
        Of Newton's method.
    """

    flow: dict[str, float]
    pressure: dict[str, float]
    drop: dict[str, float]
    closed: tuple[str, ...]
    balance: float
    steps: int


@dataclass(frozen=True)
class FlowNetwork:
    """Branches that meet in nodes.

    Parameters
    ----------
    branches : sequence of Branch
        The pressures count from the start of the first.
    injection : mapping of node to float
        Flow that enters from outside [m3/s]; what leaves is negative, and the sum is nought.
    flow_scale : float
        A usual flow [m3/s], for the first step and for slopes near zero flow.

    Raises
    ------
    ValueError
        When two branches share a name, a node hangs on nothing, or injections do not add up.
    """

    branches: Sequence[Branch]
    injection: Mapping[str, float] = field(default_factory=dict)
    flow_scale: float = 1e-3

    def __post_init__(self) -> None:
        names = [b.name for b in self.branches]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"branches: found '{name}' twice; one name each is meant")
        for node in self.injection:
            if node not in self.nodes:
                raise ValueError(f"injection: found '{node}'; a node of a branch is meant")
        largest = max(map(abs, self.injection.values()), default=0.0)
        if abs(sum(self.injection.values())) > 1e-12 * largest:
            raise ValueError("injection: found flows that do not add up to nought")
        loose = set(self.nodes) - _reached(self.branches, self.nodes[0])
        if loose:
            raise ValueError(f"nodes: found {', '.join(sorted(loose))} cut off from the rest")

    @property
    def nodes(self) -> list[str]:
        """In the order of the branches, each once."""
        return list(dict.fromkeys(n for b in self.branches for n in (b.start, b.end)))

    def solve(self) -> FlowState:
        """Flows and pressures.

        Raises
        ------
        NoSolution
            When no flow meets every law, or check valves do not settle.
        """
        closed: frozenset[str] = frozenset()
        seen = set()
        while closed not in seen:
            seen.add(closed)
            state = self._solve_open(closed)
            back = {b.name for b in self.branches if b.one_way and state.flow[b.name] < 0}
            pushed = {b.name for b in self.branches if b.name in closed and _opens(b, state)}
            if not back and not pushed:
                return state
            closed = (closed | back) - pushed
            if len(seen) > MOST_VALVE_CHANGES:
                break
        raise NoSolution("check valves open and shut in turn and do not settle")

    def _solve_open(self, closed: frozenset[str]) -> FlowState:
        """The network without the branches that are shut."""
        live = [b for b in self.branches if b.name not in closed]
        nodes = self.nodes
        loose = set(nodes) - _reached(live, nodes[0])
        if loose:
            raise NoSolution(f"check valves cut off {', '.join(sorted(loose))}")
        incidence = _incidence(live, nodes)
        supplied = np.array([self.injection.get(n, 0.0) for n in nodes])
        flow, pressure, steps = _newton(live, incidence, supplied, self.flow_scale)
        all_pressure = dict(zip(nodes, pressure.tolist(), strict=True))
        flows = dict.fromkeys((b.name for b in self.branches), 0.0)
        flows |= dict(zip((b.name for b in live), flow.tolist(), strict=True))
        off = np.abs(incidence @ flow - supplied).max()
        largest = max(float(np.abs(flow).max()), float(np.abs(supplied).max()))
        return FlowState(
            flow=flows,
            pressure=all_pressure,
            drop={b.name: all_pressure[b.start] - all_pressure[b.end] for b in self.branches},
            closed=tuple(sorted(closed)),
            balance=float(off) / (largest or 1.0),
            steps=steps,
        )


def _reached(branches: Sequence[Branch], first: str) -> set[str]:
    """Nodes that hang together with the first."""
    found, more = {first}, True
    while more:
        near = {n for b in branches if found & {b.start, b.end} for n in (b.start, b.end)}
        more = not near <= found
        found |= near
    return found


def _opens(branch: Branch, state: FlowState) -> bool:
    """Whether the pressure over a shut branch would drive a flow forward through it."""
    return state.drop[branch.name] > branch.law(0.0)


def _incidence(branches: Sequence[Branch], nodes: list[str]) -> Array:
    """+1 where a branch starts and -1 where it ends, shape (nodes, branches)."""
    found = np.zeros((len(nodes), len(branches)))
    for column, branch in enumerate(branches):
        found[nodes.index(branch.start), column] += 1
        found[nodes.index(branch.end), column] -= 1
    return found


def _slopes(branches: Sequence[Branch], flow: Array, step: Array, least: float) -> Array:
    """Slope of each law [Pa s/m3], from flows a step to either side; above nought.

    Where a law is flat, as that of a fitting at zero flow, this is a slope in the mean or
    ``least``: Newton's matrix stays regular while the law itself is not touched. A pump's curve may
    fall towards zero flow; there the size of its slope serves, so that steps still go downhill.
    """
    slope = [
        (b.law(q + h) - b.law(q - h)) / (2 * h)
        for b, q, h in zip(branches, flow.tolist(), step.tolist(), strict=True)
    ]
    size = np.abs(slope)
    return np.maximum(size, max(1e-6 * float(size.max()), least))


def _newton(
    branches: Sequence[Branch], incidence: Array, supplied: Array, scale: float
) -> tuple[Array, Array, int]:
    """Flows, pressures above the first node and the number of steps."""
    flow = np.zeros(len(branches))
    step = np.full(len(branches), scale)
    for count in range(1, MOST_STEPS + 1):
        drop = _drops(branches, flow)
        least = 1e-6 * max(float(np.abs(drop).max()), 1e-6) / scale
        slope = _slopes(branches, flow, step, least)
        change, pressure = _linear_step(slope, incidence, supplied - incidence @ flow, drop)
        over = incidence.T @ pressure
        off = np.abs(over - drop).max()
        if count > 1 and off <= TOLERANCE * max(float(np.abs(drop).max()), 1e-6):
            return flow, pressure, count
        # the first step makes the flows balance and is taken whole
        flow = flow + (1.0 if count == 1 else _length(branches, flow, change, over)) * change
        step = SLOPE_STEP * np.maximum(np.abs(flow), scale)
        if not np.isfinite(flow).all():
            break
    raise NoSolution("no flow was found that meets the law of every part of the network")


def _linear_step(
    slope: Array, incidence: Array, missing: Array, drop: Array
) -> tuple[Array, Array]:
    """Change of the flows, and pressures above the first node, of the linear network."""
    nodes, count = incidence.shape
    # flows and pressures differ by many powers of ten: in units in which slopes are about 1
    unit = float(np.max(slope))
    matrix = np.zeros((count + nodes - 1,) * 2)
    matrix[:count, :count] = np.diag(slope / unit)
    matrix[:count, count:] = -incidence[1:].T
    matrix[count:, :count] = incidence[1:]
    found = np.linalg.solve(matrix, np.concatenate([-drop / unit, missing[1:]]))
    return found[:count], np.concatenate([[0.0], found[count:] * unit])


def _drops(branches: Sequence[Branch], flow: Array) -> Array:
    return np.array([b.law(q) for b, q in zip(branches, flow.tolist(), strict=True)])


def _length(branches: Sequence[Branch], flow: Array, change: Array, over: Array) -> float:
    """Part of a step that may be taken: the content falls along it, or has hardly begun to rise.

    ``over`` is the pressure over each branch. It does no work on a change that is balanced at every
    node; taking it off keeps rounding of that balance out.
    """

    def rise(part: float) -> float:
        return float((_drops(branches, flow + part * change) - over) @ change)

    enough, part = 0.5 * abs(rise(0.0)), 1.0
    while part > 1e-6 and rise(part) > enough:
        part /= 2
    return part
