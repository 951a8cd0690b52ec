"""The same 2 x 2 machine in ngspice, whole and with faults: the chain written out by hand."""

import re
import shutil
import subprocess
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from power.board import Boards
from power.converters import Bricks, FixedRatioStage, RegulatedStage
from power.delivery import Delivery
from power.loads import Loads
from power.network import solve_network
from power.outage import Outage
from power.supplies import Supplies
from power.wafer_grid import Contact, WaferGrid

pytestmark = pytest.mark.skipif(
    shutil.which("ngspice") is None, reason="ngspice, an external program, is not installed"
)

AREA = 15e-3 * 30e-3
CURRENTS = [280.0, 310.0, 150.0, 420.0]
SET_POINTS = [1.002, 1.0, 0.998, 1.001]
DELIVERY = Delivery(
    supplies=Supplies(
        count=4,
        rating=3300.0,
        voltage=50.0,
        droop=2e-3,
        loss_fixed=0.01,
        loss_linear=0.0088,
        loss_quadratic=0.0259,
        feed="A/B",
    ),
    boards=Boards(
        segment_resistance=5e-3,
        fed_from="both ends",
        plane_sheet_resistance=0.0625e-3,
        feed_resistance=3e-3,
    ),
    bricks=Bricks(
        fixed_ratio=FixedRatioStage(ratio=0.25, fixed_loss=2.6, output_resistance=6.5e-3),
        regulated=RegulatedStage(
            voltage=1.0, load_line=1e-4, fixed_loss=6.0, linear_loss=0.02, quadratic_loss=0.12e-3
        ),
        current_limit=1.2,
        set_point_offsets=tuple(v - 1 for v in SET_POINTS),
    ),
    contact=Contact(areal_resistance=30e-9),
    wafer_grid=WaferGrid(sheet_resistance=0.0, pad_pitch=1e-3, pad_diameter=0.5e-3),
)


FAULTS = Outage(bricks=(1,), supplies=(0,), contacts=(2,))
"""One brick of four, one supply of the two of bus A, and a contact that is 20 times worse."""
LIMIT = 1.5 * sum(CURRENTS) / 4
"""Of the bricks beside the lost one [A]."""


def brick(b, limit):
    """Brick from its 50 V node ``in`` to the plane; above a limit that replaces the load line."""
    line = f"Rline{b} setr{b} plane{b} 0.1m"
    if limit:
        line = f"Bline{b} setr{b} plane{b} I = min(V(setr{b},plane{b})/0.1m, {limit!r})"
    return f"""
Bin{b} in{b} 0 I = 0.25 * I(Vmid{b}) + 2.6 / V(in{b})
Eratio{b} mid{b} 0 in{b} 0 0.25
Vmid{b} mid{b} midr{b} 0
Rstage{b} midr{b} out{b} 6.5m
Breg{b} out{b} 0 I = (V(plane{b})*I(Vset{b}) + 6 + 0.02*I(Vset{b}) + 0.12m*I(Vset{b})^2)/V(out{b})
Eset{b} set{b} 0 value = {{{SET_POINTS[b]}}}
Vset{b} set{b} setr{b} 0
{line}
"""


def contact_and_load(b, factor):
    return f"""
Rcontact{b} plane{b} load{b} {factor * 30e-9 / AREA!r}
Iload{b} load{b} 0 {CURRENTS[b]}
"""


def netlist(faulted):
    """Blocks 0, 1 in the first row, 2, 3 in the second; boards are columns 0, 2 and 1, 3."""
    lines = [
        "two by two",
        "VA a0 0 50",
        f"RA a0 a {2 if faulted else 1}m",
        "VB b0 0 50",
        "RB b0 b 1m",
    ]
    for board in (0, 1):
        first, last = board, board + 2
        lines += [
            f"RfeedA{board} a feed{board} 3m",
            f"RfeedB{board} b feed{board} 3m",
            f"Rseg1{board} feed{board} in{first} 5m",
            f"Rseg2{board} in{first} in{last} 5m",
            f"Rseg3{board} feed{board} in{last} 5m",
        ]
    across, along = 0.0625e-3 * 15 / 30, 0.0625e-3 * 30 / 15
    for i, j, r in ((0, 1, across), (2, 3, across), (0, 2, along), (1, 3, along)):
        lines.append(f"Rplane{i}{j} plane{i} plane{j} {r!r}")
    lines += [brick(b, LIMIT if faulted else None) for b in range(4) if not (faulted and b == 1)]
    lines += [contact_and_load(b, 20 if faulted and b == 2 else 1) for b in range(4)]
    lines += [f".nodeset v(in{b})=50 v(out{b})=12.5 v(plane{b})=1 v(load{b})=1" for b in range(4)]
    wanted = [f"v(load{b}) v(plane{b}) v(in{b})" for b in range(4)]
    wanted += [f"i(vset{b})" for b in range(4) if not (faulted and b == 1)]
    commands = ["set numdgt=12", "op", *[f"print {w}" for w in wanted], "print i(va) i(vb)"]
    options = ".options reltol=1e-10 abstol=1e-12 vntol=1e-12 gmin=1e-15 itl1=500"
    return "\n".join([*lines, options, ".control", *commands, ".endc", ".end", ""])


def run_ngspice(folder, faulted):
    (folder / "chain.cir").write_text(netlist(faulted))
    done = subprocess.run(
        ["ngspice", "-b", "chain.cir"], cwd=folder, capture_output=True, text=True, timeout=60
    )
    values = re.findall(r"^([vi]\(\w+\)) = (\S+)$", done.stdout, re.MULTILINE)
    assert len(values) == 18 - faulted, done.stdout + done.stderr
    lost = {"i(vset1)": 0.0} if faulted else {}
    return {name: float(value) for name, value in values} | lost


@pytest.mark.parametrize("faulted", [False, True], ids=["all works", "with faults and a limit"])
def test_two_by_two_as_in_ngspice(tmp_path, faulted):
    there = run_ngspice(tmp_path, faulted)
    bricks = replace(DELIVERY.bricks, current_limit=1.5, over_limit="constant current")
    here = solve_network(
        replace(DELIVERY, outage=FAULTS, bricks=bricks) if faulted else DELIVERY,
        Loads(law="constant current", nominal_voltage=1.0),
        columns=2,
        rows=2,
        block_width=15e-3,
        block_height=30e-3,
        nominal_power=CURRENTS,
        wafer_temperature=293.15,
        board_temperature=293.15,
    )

    assert here.bricks_held.sum() == (1 if faulted else 0)

    def each(name):
        return np.array([there[name.format(b)] for b in range(4)])

    assert_allclose(here.block_voltage, each("v(load{})"), rtol=1e-9)
    assert_allclose(here.block_plane_voltage, each("v(plane{})"), rtol=1e-9)
    assert_allclose(here.brick_current, each("i(vset{})"), rtol=1e-9, atol=1e-12)
    assert_allclose(here.board_voltage, each("v(in{})"), rtol=1e-9)
    assert_allclose(
        [here.supply_current[:2].sum(), here.supply_current[2:].sum()],
        [-there["i(va)"], -there["i(vb)"]],
        rtol=1e-9,
    )
