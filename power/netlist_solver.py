"""The operating point of a netlist: node voltages, drops and powers.

Shorts, voltage sources and inductors join nodes to groups (``netlist_joints``). With v = u(group)
+ offset and Kirchhoff's current law at each group but ground's, ``A u = b`` is symmetric and
positive definite once every group reaches ground through resistors, which is looked at before
anything is solved. By superposition the drop is solved for on its own, from the current sources
alone, so its digits are not lost in those of the supply.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array, diags_array
from scipy.sparse.csgraph import connected_components

from .definite_solver import definite_solver
from .netlist import Cards, Netlist
from .netlist_joints import Joints
from .netlist_topology import branch_place, check_for_floating, join, offsets

FloatArray = NDArray[np.float64]
Numbers = NDArray[np.integer[Any]]


@dataclass(frozen=True)
class NetlistState:
    """A solved operating point.

    Attributes
    ----------
    voltage : array (nodes,)
        Of every node; node 0 is ground [V].
    unloaded : array (nodes,)
        With every current source off [V].
    residual : float
        What the residual of the equations means in a node's voltage, at most [V].
    solver : str
        What solved the equations.
    unknowns : int
    merged : int
        Nodes that shorts and sources of 0 V merge into others.
    source_current, source_power : float
        Given by the voltage sources [A, W].
    load_current, load_power : float
        Through the current sources, by magnitude [A]; drawn by them [W].
    loss : float
        In the resistors [W].
    balance : float
        |power in - power out| over the power in.
    warnings : list of str
    """

    voltage: FloatArray
    unloaded: FloatArray
    residual: float
    solver: str
    unknowns: int
    merged: int
    source_current: float
    source_power: float
    load_current: float
    load_power: float
    loss: float
    balance: float
    warnings: list[str]

    @property
    def drop(self) -> FloatArray:
        """How far the current sources pull each node down [V]; below 0 where they lift it."""
        return self.unloaded - self.voltage

    @property
    def worst(self) -> int:
        """The node of the largest drop or rise."""
        return int(np.argmax(np.abs(self.drop)))


def solve_netlist(netlist: Netlist) -> NetlistState:
    """Solve the operating point: inductors short, capacitors open, waveforms at their DC value.

    Raises
    ------
    NetlistError
        When a node floats, or a loop of sources contradicts itself; says which and where.
    NoSolution
        When the iteration for large netlists does not come to rest.
    """
    return operating_point(netlist, netlist.voltages.value, netlist.currents.value)


def operating_point(netlist: Netlist, voltages: FloatArray, currents: FloatArray) -> NetlistState:
    """The steady state with these values of the sources [V, A]."""
    joints = join(netlist, steady=True)
    offset = offsets(netlist, joints, voltages, steady=True)
    conductors = netlist.resistors.where(netlist.resistors.value > 0)
    check_for_floating(netlist, joints, [conductors])
    equations = _Equations(joints, conductors)
    drawn = node_sums(netlist.currents, currents, len(netlist.nodes))
    unloaded = equations.unloaded(offset)
    voltage = unloaded - equations.drop(drawn)
    # what the ideal branches give at each node; the offsets say at which voltage
    given = equations.current_out(voltage) + drawn
    source_power, load_power = float(offset @ given), float(voltage @ drawn)
    loss = equations.loss(voltage)
    powers = np.array([source_power, -load_power, -loss])
    into = float(powers[powers > 0].sum())
    return NetlistState(
        voltage=voltage,
        unloaded=unloaded,
        residual=equations.residual(given),
        solver=equations.solver.name,
        unknowns=joints.groups - 1,
        merged=_merged(netlist, voltages),
        source_current=float(np.sign(offset) @ given),
        source_power=source_power,
        load_current=float(np.abs(currents).sum()),
        load_power=load_power,
        loss=loss,
        balance=abs(float(powers.sum())) / into if into else 0.0,
        warnings=_warnings(netlist, joints, voltages, currents),
    )


def node_sums(cards: Cards, through: FloatArray, nodes: int) -> FloatArray:
    """Current that leaves each node through two-ended elements, first to second [A]."""
    out = np.bincount(cards.first, through, nodes)
    return np.asarray(out - np.bincount(cards.second, through, nodes), dtype=float)


def laplacian(first: Numbers, second: Numbers, weight: FloatArray, size: int) -> csr_array:
    """Matrix of branch weights: the sum of a row's on the diagonal, less each beside it.

    Examples
    --------
    >>> laplacian(np.array([0]), np.array([1]), np.array([2.0]), 2).toarray().tolist()
    [[2.0, -2.0], [-2.0, 2.0]]
    """
    apart = first != second
    first, second, weight = first[apart], second[apart], weight[apart]
    half = coo_array((weight, (first, second)), shape=(size, size)).tocsr()
    beside = half + half.T
    return csr_array(diags_array(np.asarray(beside.sum(axis=1)).ravel()) - beside)


class _Equations:
    """Kirchhoff's current law at each group but ground's."""

    def __init__(self, joints: Joints, conductors: Cards) -> None:
        self.joints, self.conductors = joints, conductors
        self.conductance = 1 / conductors.value
        group = joints.group
        matrix = laplacian(
            group[conductors.first], group[conductors.second], self.conductance, joints.groups
        )
        self.solver = definite_solver(matrix[1:, 1:])

    def current_out(self, voltage: FloatArray) -> FloatArray:
        """Current that leaves each node through resistors [A]."""
        ends = self.conductors
        through = self.conductance * (voltage[ends.first] - voltage[ends.second])
        return node_sums(ends, through, self.joints.nodes)

    def loss(self, voltage: FloatArray) -> float:
        """Of the resistors [W]."""
        ends = self.conductors
        return float(self.conductance @ (voltage[ends.first] - voltage[ends.second]) ** 2)

    def drop(self, drawn: FloatArray) -> FloatArray:
        """How far drawn currents pull each node down [V], refined once."""
        asked = self._by_group(drawn)
        found = self._lift(self.solver.solve(asked))
        left = asked - self._by_group(self.current_out(found))
        return found + self._lift(self.solver.correction(left))

    def unloaded(self, offset: FloatArray) -> FloatArray:
        """Voltages without current sources [V]."""
        alone = self._one_potential_each(offset)
        return offset - self.drop(self.current_out(offset)) if alone is None else alone

    def residual(self, given: FloatArray) -> float:
        """What the current missing at the groups means in volts, at most."""
        left = self._by_group(given)
        return float(np.max(np.abs(self.solver.correction(left)), initial=0.0))

    def _by_group(self, current: FloatArray) -> FloatArray:
        return np.bincount(self.joints.group, current, self.joints.groups)[1:].astype(float)

    def _lift(self, of_groups: FloatArray) -> FloatArray:
        """To the nodes, ground's group being at nought."""
        return np.concatenate([[0.0], of_groups])[self.joints.group]

    def _one_potential_each(self, offset: FloatArray) -> FloatArray | None:
        """Voltages where every net hangs on sources of one potential alone; else None.

        So it is in power grids, where this saves the second solution.
        """
        group, groups = self.joints.group, self.joints.groups
        if np.any(offset[group > 0]):
            return None
        fixed = group == 0
        potentials, which = np.unique(offset[fixed], return_inverse=True)
        part = group.copy()
        part[fixed] = groups + which
        ends = part[self.conductors.first], part[self.conductors.second]
        one = np.ones(len(ends[0]), dtype=np.int8)
        size = groups + len(potentials)
        _, net = connected_components(coo_array((one, ends), shape=(size, size)), directed=False)
        of_potential = net[groups:]
        if len(np.unique(of_potential)) < len(potentials):
            return None
        of_net = np.zeros(int(net.max()) + 1)
        of_net[of_potential] = potentials
        return of_net[net[part]]


def _merged(netlist: Netlist, voltages: FloatArray) -> int:
    parts = [netlist.resistors.where(netlist.resistors.value == 0),
             netlist.voltages.where(voltages == 0)]  # fmt: skip
    first, second = (
        np.concatenate([getattr(p, end) for p in parts]) for end in ("first", "second")
    )
    return len(netlist.nodes) - Joints(len(netlist.nodes), first, second).groups


def _warnings(
    netlist: Netlist, joints: Joints, voltages: FloatArray, currents: FloatArray
) -> list[str]:
    warnings = []
    if not np.any(currents):
        warnings.append("no current source draws anything: every drop is 0")
    if not np.any(voltages):
        warnings.append("no voltage source gives a voltage")
    real = joints.first[joints.closing] != joints.second[joints.closing]
    loops = joints.closing[real]
    if len(loops) and not _only_of_nought(netlist, loops, voltages):
        name = branch_place(netlist, int(loops[0]), steady=True)
        warnings.append(
            f"{len(loops)} voltage sources or shorts, as {name}, stand beside others of the same "
            "voltage: how they share is not determined"
        )
    return warnings


def _only_of_nought(netlist: Netlist, branches: NDArray[np.int64], voltages: FloatArray) -> bool:
    """Whether all are shorts, which are merged and nothing else."""
    sources = branches[branches < len(voltages)]
    return not np.any(voltages[sources])
