"""The same sheets in ngspice: both nets cell by cell, constant power, bricks on feet."""

import re
import shutil
import subprocess

import numpy as np
import pytest
from scipy.sparse import csr_array

from geometry.grid import Grid
from power.loads import Loads
from power.sheet_loads import LawLoads
from power.sheet_solver import solve_sheets
from power.sheet_stack import Bricks, SheetResistances, SheetStack, SupplyShares

pytestmark = pytest.mark.skipif(
    shutil.which("ngspice") is None, reason="ngspice, an external program, is not installed"
)

NY, NX = 3, 4
RANDOM = np.random.default_rng(7)
PLANE, WAFER = RANDOM.uniform(0.5e-3, 2e-3, (NY, NX)), RANDOM.uniform(30e-3, 60e-3, (NY, NX))
CONTACT, WATTS = RANDOM.uniform(20e-9, 40e-9, (NY, NX)), RANDOM.uniform(1.0, 9.0, (NY, NX))
FEET = (
    np.array([[1, 1, 0, 0], [0, 0, 1, 1], [0, 0, 0, 0]]),
    np.array([[0] * 4, [0] * 4, [0, 1, 1, 0]]),
)
SET_POINTS, LINE = (1.002, 0.998), 1e-3
SHARES = SupplyShares(0.3, 0.6, 0.45)
GRID = Grid(0.012, 0.009, NX, NY, np.ones(1))


def nodes(sheet):
    return [[f"{sheet}{j}_{i}" for i in range(NX)] for j in range(NY)]


def sheet_resistors(name, sheet):
    node, lines = nodes(name), []
    for j in range(NY):
        for i in range(NX):
            for dj, di, squares in ((0, 1, GRID.dx / GRID.dy), (1, 0, GRID.dy / GRID.dx)):
                if j + dj < NY and i + di < NX:
                    ohm = (sheet[j, i] + sheet[j + dj, i + di]) / 2 * squares
                    ends = f"{node[j][i]} {node[j + dj][i + di]}"
                    lines.append(f"R{name}{j}{i}{dj} {ends} {ohm:.17g}")
    return lines


def netlist():
    s = SHARES
    lines = ["sheets"]
    lines += sheet_resistors("ws", WAFER * s.wafer) + sheet_resistors("wr", WAFER * (1 - s.wafer))
    lines += sheet_resistors("bs", PLANE * s.plane) + sheet_resistors("br", PLANE * (1 - s.plane))
    for j in range(NY):
        for i in range(NX):
            at, ohm = f"{j}_{i}", CONTACT[j, i] / GRID.cell_area
            lines.append(f"Rcs{at} bs{at} ws{at} {ohm * s.contact:.17g}")
            lines.append(f"Rcr{at} br{at} wr{at} {ohm * (1 - s.contact):.17g}")
            lines.append(f"Bl{at} ws{at} wr{at} I = {WATTS[j, i]:.17g}/V(ws{at},wr{at})")
    for b, (foot, volts) in enumerate(zip(FEET, SET_POINTS, strict=True)):
        cells = [f"{j}_{i}" for j, i in np.argwhere(foot)]
        mean = "+".join(f"V(bs{at},br{at})" for at in cells)
        # one source for each cell of the foot, all of the same current
        for at in cells:
            amperes = f"({volts}-({mean})/{len(cells)})/{LINE}/{len(cells)}"
            lines.append(f"Bb{b}{at} br{at} bs{at} I = {amperes}")
    lines += ["Rground br0_0 0 1", ".options reltol=1e-9 abstol=1e-12 vntol=1e-12 gmin=1e-30"]
    guesses = " ".join(
        f"V({net}{j}_{i})=1" for net in ("ws", "bs") for j in range(NY) for i in range(NX)
    )
    prints = "\n".join(f"print V(ws{j}_{i})-V(wr{j}_{i})" for j in range(NY) for i in range(NX))
    control = [f".nodeset {guesses}", ".control", "set numdgt=15", "op", prints, ".endc", ".end"]
    return "\n".join(lines + control)


def test_every_load_voltage_is_that_of_ngspice(tmp_path):
    (tmp_path / "sheets.cir").write_text(netlist())
    run = subprocess.run(
        ["ngspice", "-b", "sheets.cir"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    theirs = [float(v) for v in re.findall(r"^v\(.*= (\S+)$", run.stdout, re.M)]
    assert len(theirs) == NY * NX, run.stdout + run.stderr
    feet = csr_array(np.array([foot.ravel() / foot.sum() for foot in FEET]).T)
    bricks = Bricks(feet, np.zeros(2), np.array(SET_POINTS), np.full(2, 1 / LINE))
    sheets = SheetResistances(PLANE, WAFER, CONTACT, 0.0)
    stack = SheetStack(GRID.width, GRID.height, sheets, (NY, NX), bricks, 1.0, SHARES)
    law = Loads(law="constant power", nominal_voltage=1.0)
    field = solve_sheets(stack, LawLoads(law, WATTS, np.full((NY, NX), 300.0)))
    np.testing.assert_allclose(field.load_voltage.ravel(), theirs, rtol=1e-9)
    assert np.ptp(theirs) > 0.005
