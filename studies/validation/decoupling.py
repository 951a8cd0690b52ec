"""Droop and impedance of one block: a resistance and an inductance before a capacitance."""

from __future__ import annotations

import numpy as np

from geometry.grid import Array
from power.activity import Activity
from power.circuit import Circuit, Site
from power.droops import Record, deepest
from power.dynamic_network import DynamicNetwork
from power.dynamics import Dynamics
from power.impedance import Impedance
from power.loads import Loads
from power.network_in_time import NetworkInTime
from power.wafer_grid import Contact

from .electricity import ideal_delivery
from .rows import Case, Row

RESISTANCE, INDUCTANCE, CAPACITANCE, STEP = 0.1e-3, 5e-12, 5.5e-6, 150.0
"""ohm, H, F and A."""
DROOP, DROOP_TIME, FALL_AT_REST = 146.333304, 8.524180, 15.0
"""mV, ns and mV."""
LARGEST, LARGEST_AT = 9.140774, 30.34875
"""mohm and MHz."""
AREA = 6e-4
"""Of the block [m2]."""
LASTS = 20e-9
"""s."""


def one_block() -> DynamicNetwork:
    """The network: an ideal brick of 1 V, contact, capacitance, and a load of constant current."""
    contact = Contact(areal_resistance=RESISTANCE * AREA)
    one = np.ones(1)
    site = Site(1, 1, 0.02, 0.03, STEP * one, 293.15 * one, 293.15 * one, one, one)
    loads = Loads(law="constant current", nominal_voltage=1.0)
    dynamics = Dynamics(
        control_bandwidth=1e5,
        plane_sheet_inductance=0.0,
        contact_inductance=INDUCTANCE,
        die_capacitance=CAPACITANCE,
        die_resistance=0.0,
    )
    return DynamicNetwork(Circuit(ideal_delivery(1.0, contact=contact), loads, site), dynamics)


def step() -> Activity:
    """Nothing, then the whole load at time 0."""
    return Activity(np.zeros(2), np.array([[0.0], [1.0]]), np.zeros(1))


def droop(steps: int) -> tuple[float, float]:
    """Deepest fall [mV] and its time [ns], followed in equal steps."""
    run = NetworkInTime(one_block(), step().at, 1e-6)
    times = LASTS * np.arange(1, steps + 1) / steps
    voltage = [run.advance(float(time)).states[-1][:1] for time in times]
    record = Record(np.append(0.0, times), np.array([run.rest[:1], *voltage]))
    moment, lowest = deepest(record, 0)
    return 1e3 * (1 - lowest), 1e9 * moment


def impedance() -> tuple[float, float]:
    """Largest impedance [mohm] and where [MHz]."""
    network, still, one = one_block(), np.zeros(1), np.ones(1)
    solver = Impedance(network, network.at_rest(still), still)
    frequencies = np.geomspace(1e6, 1e9, 100)
    magnitude: Array = np.abs(solver.at_blocks(frequencies, one)[:, 0])
    (peak,) = solver.peaks(frequencies, magnitude, one, 0)
    return 1e3 * peak.impedance, 1e-6 * peak.frequency


def droop_rows() -> list[Row]:
    """0.1 mohm and 5 pH before 5.5 uF, from which 150 A are drawn from time 0 on.

    The deepest fall and its time follow from the damped oscillation in closed form, printed to nine
    digits in the reference; 15 mV remain. The orders are those of TR-BDF2 in time.
    """
    source = "damped oscillation, closed form"
    found = [droop(steps) for steps in (100, 200, 400)]
    depth = [abs(depth - DROOP) for depth, _ in found]
    moment = [abs(moment - DROOP_TIME) for _, moment in found]
    network = one_block()
    rest = 1e3 * (1 - float(network.at_rest(np.ones(1))[0]))
    return [
        Row("load step on R, L and C, droop", DROOP, found[-1][0], "mV", 2e-4, source,
            order=float(np.log2(depth[-2] / depth[-1])), least_order=1.9),
        Row("load step on R, L and C, its time", DROOP_TIME, found[-1][1], "ns", 1e-4, source,
            order=float(np.log2(moment[-2] / moment[-1])), least_order=1.9),
        Row("load step on R, L and C, fall at rest", FALL_AT_REST, rest, "mV", 1e-9, "by hand"),
    ]  # fmt: skip


def impedance_rows() -> list[Row]:
    """The same elements seen from the load: the largest impedance and its frequency.

    ``|Z|`` of R and L in series, C beside them, has its maximum in closed form.
    """
    largest, at = impedance()
    source = "maximum in closed form"
    return [
        Row("R, L and C, largest impedance", LARGEST, largest, "mohm", 1e-6, source),
        Row("R, L and C, where it is largest", LARGEST_AT, at, "MHz", 1e-5, source),
    ]


CASES = [
    Case("A load step on the die's capacitance", droop_rows),
    Case("Impedance of the die's capacitance", impedance_rows),
]
