"""The low-voltage side of a solved chain as resistors, voltage and current sources alone.

Each brick is its open-circuit voltage behind its load line, each load the current that it draws in
the solved state, so the netlist is linear and of the kind of the IBM power-grid benchmarks:
``n1_x_y`` is the load of the block with its centre at x, y [um], ``n2_x_y`` its pads behind the
contact, ``n3_x_y`` the board's plane, ``_x_n3_x_y`` the brick before its load line.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from .circuit import Circuit
from .network import NetworkState
from .spice_export import check_exportable, exact, plane_cards, state_remarks


def grid_netlist(state: NetworkState, title: str, remarks: list[str]) -> str:
    """The low-voltage side as a netlist of R, V and I; parameters as of ``chain_netlist``."""
    circuit = state.circuit
    check_exportable(circuit)
    lines = [
        title,
        *[f"* {remark}" for remark in [*remarks, *state_remarks(state)]],
        "* node names: n1 load, n2 pad, n3 plane, _x_n3 brick before its load line; then x and y "
        "of the block's centre in um",
        *plane_cards(circuit, partial(_plane, circuit)),
        *[line for b in range(circuit.site.blocks) for line in _block_cards(state, b)],
        ".op",
        ".end",
    ]
    return "\n".join(lines) + "\n"


def load_nodes(circuit: Circuit) -> list[str]:
    """Name of each block's load node, block by block."""
    return [_load(circuit, b) for b in range(circuit.site.blocks)]


def _centre(circuit: Circuit, b: int) -> str:
    site = circuit.site
    row, column = divmod(b, site.columns)
    x, y = (column + 0.5) * site.block_width, (row + 0.5) * site.block_height
    return f"{x * 1e6:.0f}_{y * 1e6:.0f}"


def _plane(circuit: Circuit, b: int) -> str:
    return f"n3_{_centre(circuit, int(circuit.node[b]))}"


def _pad(circuit: Circuit, b: int) -> str:
    return f"n2_{_centre(circuit, b)}" if circuit.contact_resistance[b] else _plane(circuit, b)


def _load(circuit: Circuit, b: int) -> str:
    return f"n1_{_centre(circuit, b)}" if circuit.grid_resistance[b] else _pad(circuit, b)


def _block_cards(state: NetworkState, b: int) -> Iterator[str]:
    circuit = state.circuit
    plane, pad, load = _plane(circuit, b), _pad(circuit, b), _load(circuit, b)
    if circuit.brick_works[b]:
        yield from _brick_cards(state, b)
    if pad != plane:
        yield f"Rcontact{b} {plane} {pad} {exact(circuit.contact_resistance[b])}"
    if load != pad:
        yield f"Rgrid{b} {pad} {load} {exact(circuit.grid_resistance[b])}"
    yield f"Iload{b} {load} 0 {exact(state.block_current[b])}"


def _brick_cards(state: NetworkState, b: int) -> Iterator[str]:
    circuit = state.circuit
    plane, line = _plane(circuit, b), circuit.delivery.bricks.last_regulator.load_line
    # the set-point where the brick senses its own output; where it senses the wafer, what it makes
    point = float(state.block_plane_voltage[b] + line * state.brick_current[b])
    brick = f"_x_n3_{_centre(circuit, b)}" if line else plane
    yield f"Vbrick{b} {brick} 0 {exact(point)}"
    if line:
        yield f"Rline{b} {brick} {plane} {exact(line)}"
