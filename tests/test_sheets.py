"""Sheets on a grid: Kirchhoff in every cell, power in = loads + losses, reciprocity, one branch.

Conservation: what the bricks give is what the loads take and the resistances lose, to 1e-9.
"""

import numpy as np
import pytest
from scipy.sparse import csr_array

from geometry.errors import VoltageCollapse
from geometry.grid import Grid
from geometry.transfer import Transfer
from power.loads import Loads
from power.sheet_loads import GivenCurrent, LawLoads
from power.sheet_solver import solve_sheets
from power.sheet_stack import Bricks, SheetResistances, SheetStack, SupplyShares
from studies.validation import sheets as exact

SHAPE = (9, 8)
SIZE = (0.04, 0.03)
CURRENTS = np.random.default_rng(3).uniform(0.1, 1.0, SHAPE)


def feet(shape=SHAPE):
    """Two bricks, on the west and the east third of the board."""
    x = np.arange(shape[1])
    west, east = np.zeros(shape), np.zeros(shape)
    west[:, x < shape[1] // 3] = 1
    east[:, x >= shape[1] - shape[1] // 3] = 1
    columns = [foot.ravel() / foot.sum() for foot in (west, east)]
    return csr_array(np.array(columns).T)


def resistances(seed=0, shape=SHAPE):
    uneven = np.random.default_rng(seed).uniform(0.5, 2.0, (4, *shape))
    return SheetResistances(
        plane=1e-3 * uneven[0],
        wafer=44e-3 * uneven[1],
        contact=30e-9 * uneven[2],
        pads=2e-9 * uneven[3],
    )


def stack(shares=None, line=1e-3, current=(0.0, 0.0), shape=SHAPE):
    bricks = Bricks(feet(shape), np.array(current), np.array([1.0, 0.99]), np.full(2, 1 / line))
    return SheetStack(*SIZE, resistances(shape=shape), shape, bricks, 1.0, shares)


def constant_power(watts):
    law = Loads(law="constant power", nominal_voltage=1.0)
    return LawLoads(law, watts, np.full(np.shape(watts), 300.0))


@pytest.mark.parametrize("shares", [None, SupplyShares(0.5, 0.5, 0.5), SupplyShares(0.2, 0.7, 0.4)])
@pytest.mark.parametrize("loads", [GivenCurrent(CURRENTS), constant_power(0.8 * CURRENTS)])
def test_kirchhoff_and_the_power_balance(shares, loads):
    field = solve_sheets(stack(shares), loads)
    assert field.residual < 1e-11
    assert field.balance < 1e-9
    assert field.brick_current.sum() == pytest.approx(field.load_current.sum(), rel=1e-10)
    # the load line, brick by brick
    line = 1e-3 * field.brick_current
    np.testing.assert_allclose(field.brick_voltage, [1.0, 0.99] - line, atol=1e-12)


def test_a_share_that_is_the_same_everywhere_gives_the_loop():
    loop = solve_sheets(stack(), GivenCurrent(CURRENTS))
    for share in (0.5, 0.2):
        nets = solve_sheets(stack(SupplyShares(share, share, share)), GivenCurrent(CURRENTS))
        np.testing.assert_allclose(nets.load_voltage, loop.load_voltage, atol=1e-12)
        np.testing.assert_allclose(nets.brick_current, loop.brick_current, rtol=1e-9)


def dense(shares, loads):
    """Kirchhoff's equations of both nets, written out cell by cell and solved by elimination."""
    r, cells, (ny, nx) = resistances(), CURRENTS.size, SHAPE
    grid = Grid(*SIZE, nx, ny, np.ones(1))
    sheets = [(r.wafer, shares.wafer), (r.plane, shares.plane)]
    sheets += [(r.plane, 1 - shares.plane), (r.wafer, 1 - shares.wafer)]
    matrix, right = np.zeros((4 * cells, 4 * cells)), np.zeros(4 * cells)

    def join(a, b, g):
        matrix[a, a] += g
        matrix[b, b] += g
        matrix[a, b] -= g
        matrix[b, a] -= g

    for k, (sheet, share) in enumerate(sheets):
        for j in range(ny):
            for i in range(nx):
                a = k * cells + j * nx + i
                if i + 1 < nx:
                    ohm = share * (sheet[j, i] + sheet[j, i + 1]) / 2 * grid.dx / grid.dy
                    join(a, a + 1, 1 / ohm)
                if j + 1 < ny:
                    ohm = share * (sheet[j, i] + sheet[j + 1, i]) / 2 * grid.dy / grid.dx
                    join(a, a + nx, 1 / ohm)
    areal = (r.contact + r.pads).ravel()
    for a in range(cells):
        join(a, cells + a, grid.cell_area / (shares.contact * areal[a]))
        join(2 * cells + a, 3 * cells + a, grid.cell_area / ((1 - shares.contact) * areal[a]))
    right[:cells] -= loads.ravel()
    right[3 * cells :] += loads.ravel()
    for foot, volts in zip(feet().toarray().T, (1.0, 0.99), strict=True):
        seen = np.concatenate([0 * foot, foot, -foot, 0 * foot])
        matrix += 1e3 * np.outer(seen, seen)
        right += 1e3 * volts * seen
    matrix[0, 0] += 1.0  # any one place may be grounded: no current flows there
    volts = np.linalg.solve(matrix, right)
    return (volts[:cells] - volts[3 * cells :]).reshape(SHAPE)


def test_two_nets_of_other_shares_are_those_of_elimination():
    shares = SupplyShares(0.2, 0.7, 0.4)
    found = solve_sheets(stack(shares), GivenCurrent(CURRENTS)).load_voltage
    np.testing.assert_allclose(found, dense(shares, CURRENTS), atol=1e-11)
    loop = solve_sheets(stack(), GivenCurrent(CURRENTS)).load_voltage
    assert np.abs(found - loop).max() > 1e-6


def test_transfer_resistances_are_reciprocal():
    def drop(at, seen):
        one = np.zeros(SHAPE)
        one[at] = 1.0
        found = solve_sheets(stack(), GivenCurrent(one), tolerance=1e-13)
        none = solve_sheets(stack(), GivenCurrent(0 * one), tolerance=1e-13)
        return none.load_voltage[seen] - found.load_voltage[seen]

    there, back = drop((1, 2), (7, 6)), drop((7, 6), (1, 2))
    assert there == pytest.approx(back, rel=1e-9)
    assert there > 1e-6


def test_no_voltage_is_above_the_highest_set_point_or_below_the_lowest_load():
    """The maximum principle: currents that are drawn only lower voltages."""
    field = solve_sheets(stack(), GivenCurrent(CURRENTS))
    assert field.u.max() < 0.0
    assert field.u[0].min() < field.u[1].min()
    assert np.all(field.load_voltage < field.stack.reference + field.u[1])


def test_nothing_changes_when_the_wafer_is_turned_round():
    turned = stack()
    turned = SheetStack(
        *SIZE,
        SheetResistances(
            *(np.ascontiguousarray(a[::-1, ::-1]) for a in vars(resistances()).values())
        ),
        SHAPE,
        Bricks(
            csr_array(feet().toarray()[::-1]),
            turned.bricks.current,
            turned.bricks.voltage,
            turned.bricks.conductance,
        ),
        1.0,
    )
    found = solve_sheets(turned, GivenCurrent(CURRENTS[::-1, ::-1].copy())).load_voltage
    same = solve_sheets(stack(), GivenCurrent(CURRENTS)).load_voltage
    np.testing.assert_allclose(found[::-1, ::-1], same, atol=1e-12)


def one_cell(ohm):
    brick = Bricks(csr_array(np.ones((1, 1))), np.zeros(1), np.ones(1), np.array([2 / ohm]))
    # half of the resistance in the load line, half in the contact
    sheets = SheetResistances(1e-3, 1e-3, ohm / 2 * 1e-4, 0.0)
    return SheetStack(0.01, 0.01, sheets, (1, 1), brick, 1.0)


@pytest.mark.parametrize("share", [0.1, 0.9, 0.999])
def test_constant_power_takes_the_upper_root(share):
    """``V = (1 + sqrt(1 - 4 R P)) / 2`` behind 1 V; P is at most 1 / (4 R)."""
    ohm = 1e-3
    watts = share / (4 * ohm)
    found = solve_sheets(one_cell(ohm), constant_power(np.full((1, 1), watts)))
    assert found.load_voltage[0, 0] == pytest.approx((1 + np.sqrt(1 - share)) / 2, rel=1e-8)


def test_more_constant_power_than_can_be_carried_is_a_collapse_and_named():
    with pytest.raises(VoltageCollapse, match=r"x 5\.0 mm, y 5\.0 mm"):
        solve_sheets(one_cell(1e-3), constant_power(np.full((1, 1), 1.001 / 4e-3)))
    # so is one cell's among many that are carried
    watts = 0.8 * CURRENTS
    watts[4, 3] = 400.0
    with pytest.raises(VoltageCollapse, match=r"x 17\.5 mm, y 15\.0 mm"):
        solve_sheets(stack(), constant_power(watts))


def test_a_brick_without_slope_gives_what_it_gives():
    bricks = Bricks(feet(), np.array([7.0, 0.0]), np.ones(2), np.array([0.0, 1e3]))
    field = solve_sheets(
        SheetStack(*SIZE, resistances(), SHAPE, bricks, 1.0), GivenCurrent(CURRENTS)
    )
    assert field.brick_current[0] == 7.0
    assert field.brick_current[1] == pytest.approx(CURRENTS.sum() - 7.0, rel=1e-10)
    assert field.balance < 1e-9


def test_the_estimate_of_the_error_is_that_of_the_voltages():
    shape = (90, 80)
    watts = constant_power(np.random.default_rng(1).uniform(0.0, 0.02, shape))
    rough = solve_sheets(stack(shape=shape), watts, tolerance=1e-5)
    fine = solve_sheets(stack(shape=shape), watts, tolerance=1e-11)
    error = np.abs(rough.u - fine.u).max()
    assert 0.3 * error < rough.error_volts < 10 * error


def test_single_precision_conductances_halve_the_memory_and_keep_the_answer():
    small = SheetStack(*SIZE, resistances(), SHAPE, stack().bricks, 1.0, dtype=np.float32)
    assert {g.dtype for g in (*small.conduction.east, *small.conduction.down)} == {np.dtype("f4")}
    found, same = (solve_sheets(s, GivenCurrent(CURRENTS)) for s in (small, stack()))
    assert found.balance < 1e-9
    np.testing.assert_allclose(found.load_voltage, same.load_voltage, atol=1e-7)


def test_what_moves_between_grids_is_conserved():
    move = Transfer((0.30, 0.20), (0.22, 0.13), (7, 11), (9, 5), (0.03, 0.05))
    amounts = np.random.default_rng(0).random((9, 5))
    assert move.amounts(amounts).sum() == pytest.approx(amounts.sum(), rel=1e-14)
    assert move.amounts(amounts).shape == (7, 11)
    np.testing.assert_allclose(move.means(np.full((7, 11), 3.0)), 3.0, rtol=1e-14)
    same = Transfer((0.3, 0.2), (0.3, 0.2), (7, 11), (7, 11), (0.0, 0.0))
    field = np.random.default_rng(0).random((7, 11))
    np.testing.assert_array_equal(same.means(field), field)


@pytest.mark.parametrize("case", exact.CASES, ids=lambda case: case.title)
def test_exact_cases_are_met_with_their_order(case):
    for row in case.solve():
        assert row.passed, (row.name, row.error, row.order)


def test_the_bar_runs_away_where_the_closed_form_does():
    """Beyond the density of runaway each round of heat and temperature is hotter than the last."""
    bar = exact.Bar(2 * exact.HALF, 27)
    rises = {}
    for part in (0.9, 1.1):
        rise, moved = np.zeros(27), []
        for _ in range(25):
            new = bar.rise(bar.heat_at(rise, part * exact.RUNAWAY))
            moved.append(np.abs(new - rise).max())
            rise = new
        rises[part] = moved[-1] / moved[-2]
    assert rises[0.9] == pytest.approx(0.81, abs=0.01)
    assert rises[1.1] == pytest.approx(1.21, abs=0.01)
