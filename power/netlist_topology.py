"""Which nodes of a netlist are joined, and whether every one of them has a voltage at all."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from .netlist import Cards, Netlist, NetlistError
from .netlist_joints import Joints

FloatArray = NDArray[np.float64]
Numbers = NDArray[np.int64]


def ideal_branches(netlist: Netlist, steady: bool) -> list[Cards]:
    """Voltage sources, shorts, and inductors: all in the steady state, else those of 0 H."""
    shorts = netlist.resistors.where(netlist.resistors.value == 0)
    inductors = netlist.inductors
    if not steady:
        inductors = inductors.where(inductors.value == 0)
    return [netlist.voltages, shorts, inductors]


def join(netlist: Netlist, steady: bool) -> Joints:
    """Groups of nodes that ideal branches join, the voltage sources first among the branches."""
    branches = ideal_branches(netlist, steady)
    return Joints(
        len(netlist.nodes),
        np.concatenate([cards.first for cards in branches]),
        np.concatenate([cards.second for cards in branches]),
    )


def offsets(netlist: Netlist, joints: Joints, voltages: FloatArray, steady: bool) -> FloatArray:
    """Voltage of each node above the lowest of its group [V], for these values of the sources.

    Raises
    ------
    NetlistError
        When a loop of sources, shorts and inductors contradicts itself; names a line of it.
    """
    difference = np.zeros(len(joints.first))
    difference[: len(voltages)] = voltages
    found = joints.offsets(difference)
    wrong = joints.contradiction(difference, found)
    if wrong is not None:
        raise NetlistError(
            f"{branch_place(netlist, wrong, steady)}: closes a loop of voltage sources, shorts and "
            "inductors whose voltages do not add up to 0; no finite current flows in it"
        )
    return found


def branch_place(netlist: Netlist, branch: int, steady: bool) -> str:
    """FILE:LINE of an ideal branch."""
    positions = [cards.position for cards in ideal_branches(netlist, steady)]
    return netlist.places.name(int(np.concatenate(positions)[branch]))


def check_for_floating(netlist: Netlist, joints: Joints, conductors: list[Cards]) -> None:
    """Refuse nodes whose voltage nothing determines.

    Raises
    ------
    NetlistError
        Names the first such node, how many there are, and what reaches it.
    """
    group = joints.group
    first = np.concatenate([group[cards.first] for cards in conductors])
    second = np.concatenate([group[cards.second] for cards in conductors])
    one = np.ones(len(first), dtype=np.int8)
    graph = coo_array((one, (first, second)), shape=(joints.groups, joints.groups))
    _, label = connected_components(graph, directed=False)
    floating = np.flatnonzero((label != label[0])[group])
    if len(floating) == 0:
        return
    node = int(floating[0])
    same = np.flatnonzero(label[group] == label[group[node]])
    island = f"node {netlist.nodes[node]}"
    if len(same) > 1:
        island += f" and {len(same) - 1} joined to it"
    rest = len(floating) - len(same)
    more = f" ({rest} more nodes float elsewhere)" if rest else ""
    raise NetlistError(f"{island}: {_only_reached_by(netlist, same)}{more}")


def _only_reached_by(netlist: Netlist, island: Numbers) -> str:
    """What leads out of an island of nodes, in words."""
    inside = np.zeros(len(netlist.nodes), dtype=bool)
    inside[island] = True
    capacitors, currents = netlist.capacitors, netlist.currents
    if np.any(inside[capacitors.first] != inside[capacitors.second]):
        return "only capacitors join it to a source or ground; its steady voltage is not determined"
    if np.any((inside[currents.first] != inside[currents.second]) & (currents.value != 0)):
        return "only current sources join it to the rest; no voltage carries their current"
    return "nothing joins it to a source or ground"
