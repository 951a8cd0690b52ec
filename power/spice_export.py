"""A solved chain as a SPICE netlist, from the 50 V supplies to the loads.

What is not linear, the bricks' input currents and the loads, is written as behavioural sources (B),
so that ngspice solves the same equations anew. Resistances are those at the temperatures of the
solved state.

========================  ==============================================
node                      what it is
========================  ==============================================
``supply``, ``bus``       a bus before and behind its droop
``feed``                  a board's feed point
``in``, ``mid``, ``out``  a brick's 50 V input, and between its stages
``set``, ``plane``        before and behind its load line
``pad``, ``load``         behind the contact and behind the wafer's grid
========================  ==============================================
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from .brick_laws import loss_factor
from .circuit import Circuit
from .network import NetworkState

OPTIONS = ".options reltol=1e-10 abstol=1e-12 vntol=1e-12 gmin=1e-15 itl1=500"
"""Tighter than ngspice's own, which would lose the microvolts."""
FREEZING = 273.15


def chain_netlist(state: NetworkState, title: str, remarks: list[str]) -> str:
    """The chain as a netlist that ``ngspice -b`` runs: it prints every voltage and brick current.

    Parameters
    ----------
    state : NetworkState
        A solved chain.
    title : str
        First line.
    remarks : list of str
        Comment lines below it.

    Returns
    -------
    str
        With ``v(loadB)`` and ``v(planeB)`` printed for every block B, ``v(inB)`` and ``i(vsetB)``
        for every brick that works, and ``i(vsupplyK)`` for every bus K that any supply feeds.

    Raises
    ------
    ValueError
        When the chain has sheets on the grid, when its bricks have one stage or do not regulate
        last, or when they limit their current without a load line at their own output.
    """
    circuit = state.circuit
    _check(circuit)
    blocks, buses = range(circuit.site.blocks), np.flatnonzero(circuit.supplies_on_bus).tolist()
    names = _Names(circuit)
    lines = [
        title,
        *[f"* {remark}" for remark in [*remarks, *state_remarks(state)]],
        *_supply_cards(circuit, names),
        *_feeder_cards(circuit, names),
        *plane_cards(circuit, names.plane),
        *[line for b in blocks for line in _block_cards(state, names, b)],
        *[_first_guess(state, names, b) for b in blocks],
        OPTIONS,
        ".control",
        "set numdgt=12",
        "op",
        *[_printed(circuit, names, b) for b in blocks],
        *[f"print i(vsupply{bus})" for bus in buses],
        ".endc",
        ".end",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def check_exportable(circuit: Circuit) -> None:
    """Refuse what the cards below cannot say.

    Raises
    ------
    ValueError
        When a chain is corrected by sheets on the grid, or its bricks do not regulate last.
    """
    if circuit.site.sheets is not None:
        raise ValueError(
            "delivery.sheets.solved: found 'on the grid'; 'per block' is meant in an export"
        )
    _ = circuit.delivery.bricks.last_regulator


def _check(circuit: Circuit) -> None:
    check_exportable(circuit)
    bricks = circuit.delivery.bricks
    if bricks.fixed_ratio is None:
        raise ValueError("delivery.bricks.fixed_ratio: missing; it is meant in an export")
    limits = bricks.over_limit in ("constant current", "fold back")
    if limits and (bricks.sense == "wafer" or bricks.last_regulator.load_line == 0):
        raise ValueError(
            f"delivery.bricks.over_limit: found '{bricks.over_limit}'; a load line above 0 and "
            "sense 'brick' are meant with it in an export"
        )


def _printed(circuit: Circuit, names: _Names, b: int) -> str:
    line = f"print v({names.load(b)}) v({names.plane(b)})"
    return f"{line} v({names.inlet(b)}) i(vset{b})" if circuit.brick_works[b] else line


def state_remarks(state: NetworkState) -> list[str]:
    """The state that a netlist is taken at: activity, power and temperatures."""
    site = state.circuit.site

    def span(kelvin: np.ndarray) -> str:
        low, high = kelvin.min() - FREEZING, kelvin.max() - FREEZING
        return f"{low:.2f} to {high:.2f} degC"

    return [
        f"solved state: activity {state.activity:.9g}, {state.block_power.sum():.9g} W in the "
        f"circuits, {state.block_current.sum():.9g} A",
        f"resistances at: wafer and contact {span(site.wafer_temperature)}, boards "
        f"{span(site.board_temperature)}, block by block",
        "block b = row x columns + column, "
        f"{site.columns} columns (boards) of {site.rows} bricks; loop resistances",
    ]


def exact(value: float) -> str:
    """All digits of a number."""
    return repr(float(value))


class _Names:
    """Names of nodes; what no resistance parts has one name."""

    def __init__(self, circuit: Circuit) -> None:
        self.circuit = circuit

    def bus(self, bus: int) -> str:
        return f"{'bus' if self.circuit.droop[bus] else 'supply'}{bus}"

    def feed(self, board: int) -> str:
        circuit = self.circuit
        joined = np.flatnonzero(
            (circuit.link_board == board) & circuit.link_works & (circuit.feed_resistance == 0)
        )
        return self.bus(int(circuit.link_bus[joined[0]])) if len(joined) else f"feed{board}"

    def inlet(self, block: int) -> str:
        board = block % self.circuit.site.columns
        return f"in{block}" if self.circuit.feeder[board].any() else self.feed(board)

    def plane(self, block: int) -> str:
        return f"plane{self.circuit.node[block]}"

    def pad(self, block: int) -> str:
        return f"pad{block}" if self.circuit.contact_resistance[block] else self.plane(block)

    def load(self, block: int) -> str:
        return f"load{block}" if self.circuit.grid_resistance[block] else self.pad(block)


def _supply_cards(circuit: Circuit, names: _Names) -> Iterator[str]:
    """Each bus, and its ways to the boards."""
    for bus in np.flatnonzero(circuit.supplies_on_bus).tolist():
        droop = circuit.droop[bus]
        yield f"Vsupply{bus} supply{bus} 0 {exact(circuit.delivery.supplies.voltage)}"
        if droop:
            yield f"Rdroop{bus} supply{bus} bus{bus} {exact(droop)}"
    for k, (bus, board) in enumerate(zip(circuit.link_bus, circuit.link_board, strict=True)):
        if circuit.feed_resistance[k] and circuit.link_works[k]:
            resistance = exact(circuit.feed_resistance[k])
            yield f"Rfeed{bus}_{board} {names.bus(bus)} {names.feed(board)} {resistance}"


def _feeder_cards(circuit: Circuit, names: _Names) -> Iterator[str]:
    """Segments from each board's feed point along its bricks, and back where fed at both ends."""
    for board, segments in enumerate(circuit.feeder):
        if not segments.any() or not circuit.board_works[board]:
            continue
        bricks = [names.inlet(b) for b in circuit.site.brick_of_board[board].tolist()]
        nodes = [names.feed(board), *bricks, names.feed(board)]
        for k, resistance in enumerate(segments):
            yield f"Rfeeder{board}_{k} {nodes[k]} {nodes[k + 1]} {exact(resistance)}"


def plane_cards(circuit: Circuit, name: Callable[[int], str]) -> Iterator[str]:
    """Links of the board's plane, between the nodes that ``name`` gives the blocks."""
    if not circuit.plane_is_node:
        for first, second, conductance in zip(*circuit.plane, strict=True):
            yield f"Rplane{first}_{second} {name(first)} {name(second)} {exact(1 / conductance)}"


def _block_cards(state: NetworkState, names: _Names, b: int) -> Iterator[str]:
    """Brick from its 50 V input to the plane, then contact, grid and load of a block."""
    circuit = state.circuit
    plane, load = names.plane(b), names.load(b)
    if circuit.brick_works[b]:
        yield from _brick_cards(state, names, b)
    if circuit.contact_resistance[b]:
        yield f"Rcontact{b} {plane} {names.pad(b)} {exact(circuit.contact_resistance[b])}"
    if circuit.grid_resistance[b]:
        yield f"Rgrid{b} {names.pad(b)} {load} {exact(circuit.grid_resistance[b])}"
    yield f"Bload{b} {load} 0 I = {_load_current(state, b, f'V({load})')}"


def _brick_cards(state: NetworkState, names: _Names, b: int) -> Iterator[str]:
    """Both stages of a brick, its losses those of its temperature."""
    circuit, bricks = state.circuit, state.circuit.delivery.bricks
    ratio, loss = bricks.fixed_ratio, bricks.last_regulator
    assert ratio is not None
    warm = float(loss_factor(bricks, state.brick_temperature)[0][b])
    inlet, plane, current = names.inlet(b), names.plane(b), f"I(Vset{b})"
    out = f"out{b}" if ratio.output_resistance else f"mid{b}"
    yield (f"Bin{b} {inlet} 0 I = {exact(ratio.ratio)}*I(Vmid{b})"
           f" + {exact(warm * ratio.fixed_loss)}/V({inlet})")  # fmt: skip
    yield f"Eratio{b} ideal{b} 0 {inlet} 0 {exact(ratio.ratio)}"
    yield f"Vmid{b} ideal{b} mid{b} 0"
    if ratio.output_resistance:
        yield f"Rstage{b} mid{b} out{b} {exact(warm * ratio.output_resistance)}"
    yield (f"Breg{b} {out} 0 I = (V({plane})*{current} + {exact(warm * loss.fixed_loss)}"
           f" + {exact(warm * loss.linear_loss)}*abs({current})"
           f" + {exact(warm * loss.quadratic_loss)}*{current}^2)/V({out})")  # fmt: skip
    yield from _regulator_cards(circuit, names, b)


def _regulator_cards(circuit: Circuit, names: _Names, b: int) -> Iterator[str]:
    """The set-point less the load line, held where the brick senses; its current is i(vset)."""
    point, line = exact(circuit.set_points[b]), circuit.delivery.bricks.last_regulator.load_line
    plane = names.plane(b)
    if circuit.delivery.bricks.sense == "wafer":
        # holds V(load) = point - line I: the voltage that it adds to its own output is nought
        value = f"V({plane}) + {point} - {exact(line)}*I(Vset{b}) - V({names.load(b)})"
        yield f"Bset{b} set{b} 0 V = {value}"
        yield f"Vset{b} set{b} {plane} 0"
    elif line:
        yield f"Eset{b} point{b} 0 value = {{{point}}}"
        yield f"Vset{b} point{b} set{b} 0"
        yield _load_line_card(circuit, b, plane, line)
    else:
        yield f"Eset{b} set{b} 0 value = {{{point}}}"
        yield f"Vset{b} set{b} {plane} 0"


def _load_line_card(circuit: Circuit, b: int, plane: str, line: float) -> str:
    """The load line; where bricks limit their current, no more than the limit lets through."""
    bricks = circuit.delivery.bricks
    if bricks.over_limit not in ("constant current", "fold back"):
        return f"Rline{b} set{b} {plane} {exact(line)}"
    floor = bricks.fold_back_to if bricks.over_limit == "fold back" else 1.0
    rise = circuit.current_limit * (1 - floor) / circuit.no_load[b]
    allowed = f"{exact(circuit.current_limit * floor)} + {exact(rise)}*V({plane})"
    return f"Bline{b} set{b} {plane} I = min(V(set{b},{plane})/{exact(line)}, {allowed})"


def _load_current(state: NetworkState, b: int, voltage: str) -> str:
    """What a block draws at a voltage, at the temperature and activity of the state."""
    loads, site = state.circuit.loads, state.circuit.site
    nominal, v0 = site.nominal_power[b : b + 1], np.array([loads.nominal_voltage])
    switching = float(state.activity * loads.power_per_activity(nominal, v0)[0])
    if loads.law == "constant power":
        return f"{exact(switching)}/{voltage}"
    if loads.law == "constant current":
        return exact(switching / v0[0])
    leakage = loads.leakage(nominal, v0, site.wafer_temperature[b : b + 1])[0] / v0[0]
    growth = f"exp({exact(loads.leakage_per_volt or 0.0)}*({voltage} - {exact(v0[0])}))"
    return f"{exact(switching / v0[0] ** 2)}*{voltage} + {exact(leakage)}*{growth}"


def _first_guess(state: NetworkState, names: _Names, b: int) -> str:
    """Near the solution, as the equations have a second one at half the voltage."""
    inlet, plane = float(state.board_voltage[b]), float(state.block_plane_voltage[b])
    stage = state.circuit.delivery.bricks.fixed_ratio
    assert stage is not None
    out = f"out{b}" if stage.output_resistance else f"mid{b}"
    guesses = {names.plane(b): plane, names.load(b): float(state.block_voltage[b])}
    if state.circuit.brick_works[b]:
        guesses |= {names.inlet(b): inlet, out: stage.ratio * inlet}
    return ".nodeset " + " ".join(f"v({node})={value:.6g}" for node, value in guesses.items())
