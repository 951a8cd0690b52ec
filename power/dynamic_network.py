"""The equations of the low-voltage network in time.

Unknowns, and at the same place in the vector the equation that goes with each:

================  ==========================  ================================================
unknown           one per                     equation
================  ==========================  ================================================
load voltage      block                       currents sum to nought at the circuits
decap current     block                       voltage over the die's decoupling and its ESR
decap voltage     block                       ``C v' = i``
contact current   block                       ``L i' + R i`` = plane less load voltage
plane voltage     block (one in all on a      currents sum to nought on the plane
                  perfect plane)
brick current     brick                       ``L i' + R i`` = set-point less sensed voltage
link current      link of the plane           ``L i' + R i`` = difference of its two ends
bank current      bank and brick              ``L i' + R i`` = plane less bank voltage
bank voltage      bank and brick              ``C v' = i``
================  ==========================  ================================================

As matrices: ``E x' + A x + M I(v, t) = b`` with E diagonal, each block's inductance or capacitance
or nought, and I the load currents. The 50 V side does not come in: the bricks' regulators shield
what is behind them.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import SuperLU, splu

from geometry.errors import VoltageCollapse

from .circuit import Circuit
from .dynamics import CapacitorBank, Dynamics

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Entries = list[tuple[IntArray, IntArray, FloatArray]]

MOST_ITERATIONS = 50
SETTLED = 1e-13
"""Last Newton step of the state at rest, relative to the set-point."""


class DynamicNetwork:
    """The low-voltage network of one machine, its temperatures frozen.

    Parameters
    ----------
    circuit : Circuit
        The static chain, with the blocks' temperatures and nominal power.
    dynamics : Dynamics
        What stores.

    Attributes
    ----------
    storage : array (unknowns,)
        E: inductance [H] or capacitance [F] of each unknown, nought where it has none.
    linear : sparse array (unknowns, unknowns)
        A.
    constant : array (unknowns,)
        b.
    """

    def __init__(self, circuit: Circuit, dynamics: Dynamics) -> None:
        self.circuit, self.dynamics = circuit, dynamics
        n, plane = circuit.site.blocks, int(circuit.node[-1]) + 1
        banks = len(dynamics.capacitors)
        links = 0 if circuit.plane_is_node else len(circuit.plane[0])
        sizes = [n, n, n, n, plane, n, links] + [n] * (2 * banks)
        ends = np.cumsum(sizes).tolist()
        parts = [slice(end - size, end) for end, size in zip(ends, sizes, strict=True)]
        self.load_voltage, self.decap_current, self.decap_voltage = parts[:3]
        self.contact_current, self.plane_voltage, self.brick_current = parts[3:6]
        self.link_current = parts[6]
        self.bank_current = parts[7::2]
        self.bank_voltage = parts[8::2]
        self.size = ends[-1]
        rows, columns, values = (
            np.concatenate(part) for part in zip(*self._entries(), strict=True)
        )
        shape = (self.size, self.size)
        self.linear = sparse.coo_array((values, (rows, columns)), shape=shape).tocsc()
        self.storage = self._storage()
        self.constant = np.zeros(self.size)
        self.constant[self.brick_current] = np.where(circuit.brick_works, circuit.set_points, 0.0)

    @property
    def blocks(self) -> int:
        """How many blocks there are."""
        return self.circuit.site.blocks

    @cached_property
    def contact_resistance(self) -> FloatArray:
        """From the plane to each block's circuits, the wafer's grid included [ohm]."""
        return self.circuit.contact_resistance + self.circuit.grid_resistance

    @cached_property
    def link_squares(self) -> FloatArray:
        """Squares of the plane in each link."""
        site = self.circuit.site
        along_x = site.rows * (site.columns - 1)
        shape = site.block_width / site.block_height
        links = len(self.circuit.plane[0])
        return np.where(np.arange(links) < along_x, shape, 1 / shape)

    def _storage(self) -> FloatArray:
        dynamics = self.dynamics
        e = np.zeros(self.size)
        e[self.decap_voltage] = dynamics.die_capacitance
        e[self.contact_current] = dynamics.contact_inductance
        load_line = self.circuit.delivery.bricks.last_regulator.load_line
        e[self.brick_current] = self.circuit.brick_works * dynamics.brick_inductance(load_line)
        if self.link_current.stop > self.link_current.start:
            e[self.link_current] = dynamics.plane_sheet_inductance * self.link_squares
        for bank, current, voltage in self._banks():
            e[current], e[voltage] = bank.inductance, bank.capacitance
        return e

    def _banks(self) -> list[tuple[CapacitorBank, slice, slice]]:
        return list(
            zip(
                self.dynamics.capacitors.values(), self.bank_current, self.bank_voltage, strict=True
            )
        )

    def _entries(self) -> Entries:
        n, circuit, dynamics = self.blocks, self.circuit, self.dynamics
        block, one = np.arange(n), np.ones(n)
        load, decap = self.load_voltage.start + block, self.decap_current.start + block
        store, contact = self.decap_voltage.start + block, self.contact_current.start + block
        plane, brick = self.plane_voltage.start + circuit.node, self.brick_current.start + block
        sensed = load if circuit.delivery.bricks.sense == "wafer" else plane
        load_line = circuit.delivery.bricks.last_regulator.load_line
        entries = [
            (load, contact, -one),
            (load, decap, one),
            (decap, store, one),
            (decap, decap, dynamics.die_resistance * one),
            (decap, load, -one),
            (store, decap, -one),
            (contact, contact, self.contact_resistance),
            (contact, load, one),
            (contact, plane, -one),
            (plane, brick, -one),
            (plane, contact, one),
            # a brick that is off gives no current
            (brick, brick, np.where(circuit.brick_works, load_line, 1.0)),
            (brick, sensed, circuit.brick_works * one),
        ]
        for bank, currents, voltages in self._banks():
            current, voltage = currents.start + block, voltages.start + block
            entries += [
                (plane, current, one),
                (current, current, bank.resistance * one),
                (current, voltage, one),
                (current, plane, -one),
                (voltage, current, -one),
            ]
        return entries + self._link_entries()

    def _link_entries(self) -> Entries:
        if self.circuit.plane_is_node:
            return []
        first, second, conductance = self.circuit.plane
        link = self.link_current.start + np.arange(len(first))
        i, j = self.plane_voltage.start + first, self.plane_voltage.start + second
        one = np.ones(len(first))
        return [
            (i, link, one),
            (j, link, -one),
            (link, link, 1 / conductance),
            (link, j, one),
            (link, i, -one),
        ]

    # what the circuits draw

    def load_current(self, voltage: FloatArray, activity: FloatArray) -> FloatArray:
        """Current of each block [A] at its voltage [V] and activity."""
        site = self.circuit.site
        power = self.circuit.loads.power(
            site.nominal_power, voltage, site.wafer_temperature, activity
        )
        return power / voltage

    def load_conductance(self, voltage: FloatArray, activity: FloatArray) -> FloatArray:
        """Derivative of the current with the voltage [S]; negative at constant power."""
        site = self.circuit.site
        per_volt = self.circuit.loads.power_per_volt(
            site.nominal_power, voltage, site.wafer_temperature, activity
        )
        return (per_volt - self.load_current(voltage, activity)) / voltage

    def with_loads(self, conductance: FloatArray) -> sparse.csc_array:
        """A with the loads' conductances [S] put in."""
        diagonal = np.zeros(self.size)
        diagonal[self.load_voltage] = conductance
        return (self.linear + sparse.diags_array(diagonal, format="csc")).tocsc()

    def left(self, x: FloatArray, activity: FloatArray) -> FloatArray:
        """``b - A x - M I(x)``: E times the slopes, nought where nothing is stored."""
        found = self.constant - self.linear @ x
        found[self.load_voltage] -= self.load_current(x[self.load_voltage], activity)
        return np.asarray(found)

    # at rest

    def at_rest(self, activity: FloatArray) -> FloatArray:
        """Unknowns of the steady state, that of the static chain.

        Newton's method from the voltages without load, which leads to the upper branch as in
        ``power.newton``.

        Raises
        ------
        VoltageCollapse
            When there is no steady state.
        """
        highest = float(self.circuit.set_points.max())
        x = np.zeros(self.size)
        x[self.load_voltage] = highest
        with np.errstate(all="ignore"):
            for _ in range(MOST_ITERATIONS):
                voltage = x[self.load_voltage]
                conductance = self.load_conductance(voltage, activity)
                right = self.constant.copy()
                right[self.load_voltage] += conductance * voltage
                right[self.load_voltage] -= self.load_current(voltage, activity)
                x = factors(self.with_loads(conductance)).solve(right)
                self.check_voltage(x, "at rest")
                if np.max(np.abs(x[self.load_voltage] - voltage)) < SETTLED * highest:
                    return x
        raise VoltageCollapse("at rest: the voltages do not settle on any steady state")

    def check_voltage(self, x: FloatArray, when: str) -> None:
        """Refuse a state in which a block has lost its voltage."""
        voltage = x[self.load_voltage]
        worst = int(np.argmin(np.where(np.isfinite(voltage), voltage, -np.inf)))
        if not voltage[worst] > 0:
            row, column = divmod(worst, self.circuit.site.columns)
            raise VoltageCollapse(
                f"{when}: block {worst} (column {column}, row {row}) loses its voltage"
            )

    # what it stores and loses

    def storing_parts(self) -> list[tuple[str, str, slice]]:
        """Name, kind (inductance or capacitance) and unknowns of everything that stores."""
        parts = [
            ("the die", "capacitance", self.decap_voltage),
            ("the contact", "inductance", self.contact_current),
            ("the plane", "inductance", self.link_current),
            ("the bricks", "inductance", self.brick_current),
        ]
        names = self.dynamics.capacitors
        for name, current, voltage in zip(names, self.bank_current, self.bank_voltage, strict=True):
            parts += [(name, "inductance", current), (name, "capacitance", voltage)]
        return parts

    def stored(self, x: FloatArray) -> float:
        """Energy in all inductances and capacitances beyond the bricks' outputs [J].

        A brick's inductance is control and stores nothing.
        """
        bricks = self.brick_current
        return float(self.storage @ x**2 - self.storage[bricks] @ x[bricks] ** 2) / 2

    def lost(self, x: FloatArray) -> float:
        """Power lost in all resistances between the bricks' outputs and the circuits [W]."""
        total = self.dynamics.die_resistance * float(np.sum(x[self.decap_current] ** 2))
        total += float(self.contact_resistance @ x[self.contact_current] ** 2)
        if not self.circuit.plane_is_node:
            total += float(np.sum(x[self.link_current] ** 2 / self.circuit.plane[2]))
        for bank, current, _ in self._banks():
            total += bank.resistance * float(np.sum(x[current] ** 2))
        return total

    def given(self, x: FloatArray) -> float:
        """Power at all bricks' outputs [W]."""
        return float(x[self.plane_voltage][self.circuit.node] @ x[self.brick_current])


def factors(matrix: sparse.csc_array) -> SuperLU:
    """Factors of a real matrix of the network.

    Raises
    ------
    ValueError
        When nothing decides how a current divides.
    """
    try:
        return splu(matrix.tocsc())
    except RuntimeError:
        raise ValueError(
            "delivery.dynamics: nothing decides how a current divides; a resistance or an "
            "inductance above 0 is meant in each bank of capacitors"
        ) from None
