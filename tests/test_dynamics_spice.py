"""The same 2 x 2 machine in ngspice: the low-voltage network in time and over frequency."""

import math
import re
import shutil
import subprocess

import numpy as np
import pytest
from numpy.testing import assert_allclose

from power.activity import Activity
from power.board import Boards
from power.circuit import Circuit, Site
from power.converters import Bricks, FixedRatioStage, RegulatedStage
from power.delivery import Delivery
from power.dynamic_network import DynamicNetwork
from power.dynamics import CapacitorBank, Dynamics
from power.impedance import Impedance
from power.loads import Loads
from power.network_in_time import NetworkInTime
from power.supplies import Supplies
from power.wafer_grid import Contact, WaferGrid

pytestmark = pytest.mark.skipif(
    shutil.which("ngspice") is None, reason="ngspice, an external program, is not installed"
)

WIDTH, HEIGHT = 15e-3, 30e-3
POWER = np.array([280.0, 310.0, 150.0, 420.0])
LOW, HIGH, RAMP, DELAYS = 0.4, 1.0, 5e-9, np.array([0.0, 10e-9, 20e-9, 30e-9])
SET_POINTS = [1.002, 1.0, 0.998, 1.001]
MOMENTS = np.array([1, 8, 15, 25, 40, 80, 200, 500, 1000, 2000]) * 1e-9
FREQUENCIES = np.array([1e3, 1e5, 1e6, 1e7, 3e7, 1e8, 1e9])
DYNAMICS = Dynamics(
    control_bandwidth=20e3,
    plane_sheet_inductance=10e-12,
    contact_inductance=5e-12,
    die_capacitance=5.5e-6,
    die_resistance=50e-6,
    capacitors={
        "ceramic": CapacitorBank(capacitance=500e-6, resistance=50e-6, inductance=10e-12),
        "bulk": CapacitorBank(capacitance=5e-3, resistance=0.25e-3, inductance=100e-12),
    },
)
LOADS = Loads(
    law="dynamic and leakage",
    nominal_voltage=1.0,
    leakage_fraction=0.25,
    leakage_temperature=293.15,
    leakage_per_kelvin=0.015,
    leakage_per_volt=3.0,
)


def network():
    delivery = Delivery(
        supplies=Supplies(
            count=2,
            rating=3300.0,
            voltage=50.0,
            droop=2e-3,
            loss_fixed=0.01,
            loss_linear=0.0088,
            loss_quadratic=0.0259,
            feed="bussed",
        ),
        boards=Boards(
            segment_resistance=1e-3, fed_from="one end", plane_sheet_resistance=0.0625e-3
        ),
        bricks=Bricks(
            fixed_ratio=FixedRatioStage(ratio=0.25, fixed_loss=2.6, output_resistance=6.5e-3),
            regulated=RegulatedStage(
                voltage=1.0,
                load_line=1e-4,
                fixed_loss=6.0,
                linear_loss=0.02,
                quadratic_loss=0.12e-3,
            ),
            current_limit=1.2,
            set_point_offsets=tuple(v - 1 for v in SET_POINTS),
        ),
        contact=Contact(areal_resistance=30e-9),
        wafer_grid=WaferGrid(sheet_resistance=0.0, pad_pitch=1e-3, pad_diameter=0.5e-3),
    )
    one, cool = np.ones(4), np.full(4, 293.15)
    site = Site(2, 2, WIDTH, HEIGHT, POWER, cool, cool, one, one)
    return DynamicNetwork(Circuit(delivery, LOADS, site), DYNAMICS)


def block(b, activity):
    """Brick, capacitors, contact, die and load of one block; ``activity`` is a SPICE source."""
    brick_l = 1e-4 / (2 * math.pi * 20e3)
    dynamic, leak = 0.75 * float(POWER[b]), 0.25 * float(POWER[b])
    return f"""
Vset{b} set{b} 0 {SET_POINTS[b]}
Rline{b} set{b} line{b} 0.1m
Lbrick{b} line{b} plane{b} {brick_l!r}
Lcer{b} plane{b} cera{b} 10p
Rcer{b} cera{b} cerb{b} 50u
Ccer{b} cerb{b} 0 500u
Lbulk{b} plane{b} bulka{b} 100p
Rbulk{b} bulka{b} bulkb{b} 0.25m
Cbulk{b} bulkb{b} 0 5m
Rcon{b} plane{b} con{b} {30e-9 / (WIDTH * HEIGHT)!r}
Lcon{b} con{b} load{b} 5p
Rdie{b} load{b} die{b} 50u
Cdie{b} die{b} 0 5.5u
Vact{b} act{b} 0 {activity}
Bload{b} load{b} 0 I = v(act{b})*{dynamic!r}*v(load{b}) + {leak!r}*exp(3*(v(load{b})-1))
Iac{b} load{b} 0 dc 0 ac {1 if b == 1 else 0}
"""


def netlist(activities, commands, extra=""):
    lines = ["two by two in time"]
    across, along = WIDTH / HEIGHT, HEIGHT / WIDTH
    for i, j, squares in ((0, 1, across), (2, 3, across), (0, 2, along), (1, 3, along)):
        lines.append(f"Rplane{i}{j} plane{i} mid{i}{j} {0.0625e-3 * squares!r}")
        lines.append(f"Lplane{i}{j} mid{i}{j} plane{j} {10e-12 * squares!r}")
    lines += [block(b, activity) for b, activity in enumerate(activities)]
    lines.append(".options reltol=1e-7 abstol=1e-9 vntol=1e-10 chgtol=1e-18 gmin=1e-15 " + extra)
    return "\n".join([*lines, ".control", "set numdgt=14", *commands, ".endc", ".end", ""])


def run_ngspice(folder, text):
    (folder / "network.cir").write_text(text)
    done = subprocess.run(
        ["ngspice", "-b", "network.cir"], cwd=folder, capture_output=True, text=True, timeout=120
    )
    return done.stdout + done.stderr


def test_in_time_as_in_ngspice(tmp_path):
    activities = [
        f"PWL(0 {LOW} {delay + 1e-15!r} {LOW} {delay + RAMP!r} {HIGH})" for delay in DELAYS.tolist()
    ]
    commands = [
        "tran 0.05n 2.05u 0 0.1n",
        *(
            f"meas tran m{b}x{k} find v(load{b}) at={moment!r}"
            for b in range(4)
            for k, moment in enumerate(MOMENTS.tolist())
        ),
    ]
    told = run_ngspice(tmp_path, netlist(activities, commands))
    found = dict(re.findall(r"^(m\dx\d)\s+=\s+(\S+)", told, re.MULTILINE))
    assert len(found) == 40, told
    there = np.array([[float(found[f"m{b}x{k}"]) for b in range(4)] for k in range(10)])
    net = network()
    factors = np.array([np.full(4, LOW), np.full(4, HIGH)])
    change = Activity(np.array([0.0, RAMP]), factors, DELAYS)
    run = NetworkInTime(net, change.at, 1e-6)
    stops = np.unique(np.concatenate([MOMENTS, change.corners]))
    here = {
        step.stop: step.states[-1][net.load_voltage].copy()
        for step in run.run(float(MOMENTS[-1]), stops)
    }
    assert there.min() < 0.85
    assert_allclose(np.array([here[float(m)] for m in MOMENTS]), there, atol=1e-5)


def test_over_frequency_as_in_ngspice(tmp_path):
    commands = []
    for hertz in FREQUENCIES.tolist():
        commands.append(f"ac lin 1 {hertz!r} {hertz!r}")
        commands += [f"print v(load{b})" for b in range(4)]
    told = run_ngspice(tmp_path, netlist([str(HIGH)] * 4, commands))
    found = re.findall(r"^v\(load\d\) = (\S+),(\S+)", told, re.MULTILINE)
    assert len(found) == 4 * len(FREQUENCIES), told
    there = -np.array([complex(float(re_), float(im)) for re_, im in found])
    net, activity = network(), np.full(4, HIGH)
    solver = Impedance(net, net.at_rest(activity), activity)
    here = solver.at_blocks(FREQUENCIES, np.eye(4)[1])
    assert_allclose(here.ravel(), there, rtol=1e-10, atol=1e-14)
