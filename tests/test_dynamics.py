"""The low-voltage network in time and over frequency.

Charge: what the bricks give is what the circuits draw and the capacitances keep, to rounding.
Energy: what the bricks give is drawn, lost and kept, to the error of the steps.
"""

import dataclasses

import numpy as np
import pytest
from numpy.testing import assert_allclose

from geometry.errors import VoltageCollapse
from geometry.tr_bdf2 import GAMMA
from power.activity import Activity, stagger
from power.board import Boards
from power.circuit import Circuit, Site
from power.converters import Bricks, FixedRatioStage, RegulatedStage
from power.delivery import Delivery
from power.droops import Change, Record, deepest, named_droops
from power.dynamic_network import DynamicNetwork
from power.dynamics import CapacitorBank, Dynamics
from power.impedance import Impedance
from power.loads import Loads
from power.loops import loops
from power.network import solve_network
from power.network_in_time import NetworkInTime
from power.supplies import Supplies
from power.wafer_grid import Contact, WaferGrid
from studies.validation import decoupling

COLUMNS, ROWS, WIDTH, HEIGHT = 3, 2, 15e-3, 30e-3
BLOCKS = COLUMNS * ROWS
WAFER, BOARD = 330.0, 310.0
LAWS = {
    "constant current": Loads(law="constant current", nominal_voltage=1.0),
    "constant power": Loads(law="constant power", nominal_voltage=1.0),
    "dynamic and leakage": Loads(
        law="dynamic and leakage",
        nominal_voltage=1.0,
        leakage_fraction=0.25,
        leakage_temperature=333.15,
        leakage_per_kelvin=0.015,
        leakage_per_volt=3.0,
    ),
}
DYNAMICS = Dynamics(
    control_bandwidth=20e3,
    plane_sheet_inductance=10e-12,
    contact_inductance=5e-12,
    die_capacitance=5.5e-6,
    die_resistance=50e-6,
    capacitors={
        "bulk": CapacitorBank(capacitance=5e-3, resistance=0.25e-3, inductance=100e-12),
        "ceramic": CapacitorBank(capacitance=500e-6, resistance=50e-6, inductance=10e-12),
    },
)
DELIVERY = Delivery(
    supplies=Supplies(
        count=3,
        rating=3300.0,
        voltage=50.0,
        droop=2e-3,
        loss_fixed=0.01,
        loss_linear=0.0088,
        loss_quadratic=0.0259,
        feed="bussed",
    ),
    boards=Boards(segment_resistance=1e-3, fed_from="one end", plane_sheet_resistance=0.0625e-3),
    bricks=Bricks(
        fixed_ratio=FixedRatioStage(ratio=0.25, fixed_loss=2.6, output_resistance=6.5e-3),
        regulated=RegulatedStage(
            voltage=1.0, load_line=1e-4, fixed_loss=6.0, linear_loss=0.02, quadratic_loss=0.12e-3
        ),
        current_limit=1.2,
        set_point_offsets=(0.002, 0.0, -0.003, 0.001, 0.0, 0.004),
    ),
    contact=Contact(areal_resistance=30e-9),
    wafer_grid=WaferGrid(sheet_resistance=0.044, pad_pitch=1e-3, pad_diameter=0.5e-3),
)
POWER = np.array([280.0, 310.0, 150.0, 420.0, 300.0, 90.0])
ONES = np.ones(BLOCKS)


def delivery(sense="brick", plane=0.0625e-3):
    boards = dataclasses.replace(DELIVERY.boards, plane_sheet_resistance=plane)
    bricks = dataclasses.replace(DELIVERY.bricks, sense=sense)
    return dataclasses.replace(DELIVERY, boards=boards, bricks=bricks)


def network(law="dynamic and leakage", chain=DELIVERY, dynamics=DYNAMICS):
    site = Site(COLUMNS, ROWS, WIDTH, HEIGHT, POWER, WAFER * ONES, BOARD * ONES, ONES, 1.2 * ONES)
    return DynamicNetwork(Circuit(chain, LAWS[law], site), dynamics)


def static(power, law="dynamic and leakage", chain=DELIVERY):
    """The whole chain at rest, the activity 1."""
    return solve_network(
        chain,
        LAWS[law],
        columns=COLUMNS,
        rows=ROWS,
        block_width=WIDTH,
        block_height=HEIGHT,
        nominal_power=power,
        wafer_temperature=WAFER,
        board_temperature=BOARD,
        density_mean_square=1.2,
    )


def step(low=0.5, high=1.0, ramp=0.0, delays=0.0):
    factors = np.array([low * ONES, high * ONES])
    return Activity(np.array([0.0, ramp]), factors, delays * ONES)


def follow(net, activity, until, tolerance=5e-5):
    run = NetworkInTime(net, activity.at, tolerance)
    times, states = [0.0], [run.rest]
    for made in run.run(until, activity.corners):
        times += [made.start + GAMMA * (made.stop - made.start), made.stop]
        states += made.states[1:]
    return run, Record(np.array(times), np.array(states)[:, net.load_voltage])


# one block: exact


@pytest.mark.parametrize("make", [decoupling.droop_rows, decoupling.impedance_rows])
def test_one_block_as_in_closed_form(make):
    assert [row for row in make() if not row.passed] == []


def test_adaptive_steps_find_the_droop_of_one_block():
    net, change = decoupling.one_block(), decoupling.step()
    run = NetworkInTime(net, change.at, 1e-6)
    made = list(run.run(20e-9, change.corners))
    lowest = min(float(state[0]) for made_step in made for state in made_step.states)
    assert 1e3 * (1 - lowest) == pytest.approx(decoupling.DROOP, abs=2e-3)


def test_loop_of_the_elements_of_one_block():
    (loop,) = loops(decoupling.one_block().dynamics, 0.0)
    assert loop.frequency == pytest.approx(
        1 / (2 * np.pi * np.sqrt(decoupling.INDUCTANCE * decoupling.CAPACITANCE)), rel=1e-14
    )
    assert loop.name == "first"


# at rest: the static chain


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("sense", ["brick", "wafer"])
@pytest.mark.parametrize("plane", [0.0, 0.0625e-3])
def test_rest_is_the_static_chain(law, sense, plane):
    chain = delivery(sense, plane)
    state, net = static(POWER, law, chain), network(law, chain)
    x = net.at_rest(ONES)
    assert_allclose(x[net.load_voltage], state.block_voltage, rtol=1e-12)
    assert_allclose(x[net.brick_current], state.brick_current, rtol=1e-9)
    assert_allclose(x[net.plane_voltage][net.circuit.node], state.block_plane_voltage, rtol=1e-12)


@pytest.mark.parametrize("law", ["constant current", "dynamic and leakage"])
@pytest.mark.parametrize("sense", ["brick", "wafer"])
def test_transient_ends_in_the_static_chain(law, sense):
    chain = delivery(sense)
    net = network(law, chain)
    run, record = follow(net, step(0.4, 1.0, 10e-9), 2e-3)
    state = static(POWER, law, chain)
    assert_allclose(record.voltage[-1], state.block_voltage, rtol=1e-9)
    assert_allclose(run.state[net.brick_current], state.brick_current, rtol=1e-7)
    assert np.min(record.voltage) < 0.98 * np.min(state.block_voltage)


def test_nothing_moves_without_a_change():
    net = network()
    run, record = follow(net, step(0.7, 0.7), 1e-4)
    assert_allclose(record.voltage, np.broadcast_to(record.voltage[0], record.voltage.shape),
                    atol=1e-12)  # fmt: skip
    assert run.rejected == 0


def test_no_state_at_rest_is_told():
    net = network("constant power")
    with pytest.raises(VoltageCollapse, match=r"at rest: block \d"):
        net.at_rest(20 * ONES)


def test_a_droop_that_no_voltage_survives_is_told():
    net, change = network("constant power"), step(0.1, 1.0)
    assert net.at_rest(ONES)[net.load_voltage].min() > 0.9
    run = NetworkInTime(net, change.at, 5e-5)
    with pytest.raises(VoltageCollapse, match=r"at .* s: block \d"):
        list(run.run(1e-4, change.corners))


# in time


@pytest.mark.parametrize("law", LAWS)
def test_charge_is_kept_to_rounding(law):
    # more constant power than R C / L, as a conductance, makes the die's loop unstable
    share = 0.1 if law == "constant power" else 1.0
    delays = stagger(20e-9, "random", COLUMNS, ROWS, seed=3)
    change = step(0.3 * share, 1.0 * share, 5e-9, delays)
    run, _ = follow(network(law), change, 20e-6)
    left = run.totals.charge_given - run.totals.charge_drawn - run.charge_kept
    assert abs(left) < 1e-10 * run.totals.charge_given
    assert abs(run.charge_kept) > 1e-4 * run.totals.charge_given


@pytest.mark.slow
def test_energy_is_kept_to_the_error_of_the_steps():
    left = []
    for steps in (400, 800, 1600):
        net, change = network(), step()
        run = NetworkInTime(net, change.at, 1e-9)
        for k in range(steps):
            run.advance(2e-7 * (k + 1) / steps)
        given, drawn, lost, *_ = run.totals
        left.append(abs(given - drawn - lost - run.energy_kept) / given)
    assert left[-1] < 1e-6
    assert np.log2(left[-2] / left[-1]) > 1.9


def test_second_order_in_time_with_loads_by_the_law():
    def state(steps):
        change = step(0.5, 1.0, 10e-9)
        run = NetworkInTime(network(), change.at, 1e-9)
        for k in range(steps):
            run.advance(1e-8 * (k + 1) / steps)
        return run.state

    finest = state(1600)
    stores = network().storage > 0
    errors = [np.max(np.abs(state(n) - finest)[stores]) for n in (50, 100, 200)]
    assert np.log2(errors[-2] / errors[-1]) > 1.95


def test_error_follows_the_tolerance():
    lowest = []
    for tolerance in (1e-3, 1e-4, 1e-7):
        _, record = follow(network(), step(0.5, 1.0, 5e-9), 1e-6, tolerance)
        lowest.append(deepest(record, 1)[1])
    errors = np.abs(np.array(lowest[:2]) - lowest[2])
    assert errors[1] < 1e-4
    assert errors[1] < errors[0] < 2e-3


def test_steps_end_at_every_corner():
    change = step(0.5, 1.0, 3e-9, stagger(7e-9, "column", COLUMNS, ROWS))
    _, record = follow(network(), change, 1e-7)
    inside = change.corners[change.corners > 0]
    assert len(inside) == 5
    assert np.isin(inside, record.time).all()


def test_inductances_and_resistances_may_be_nought():
    bare = dataclasses.replace(
        DYNAMICS,
        plane_sheet_inductance=0.0,
        contact_inductance=0.0,
        die_resistance=0.0,
        capacitors={
            "plain": CapacitorBank(capacitance=1e-4, resistance=1e-4, inductance=0.0),
        },
    )
    run, record = follow(network(dynamics=bare), step(), 2e-3)
    assert_allclose(record.voltage[-1], static(POWER).block_voltage, rtol=1e-9)
    assert run.totals.charge_given > 0


def test_two_banks_of_nothing_but_capacitance_are_refused():
    bank = CapacitorBank(capacitance=1e-4, resistance=0.0, inductance=0.0)
    bare = dataclasses.replace(DYNAMICS, capacitors={"one": bank, "two": bank})
    net = network(dynamics=bare)
    with pytest.raises(ValueError, match=r"delivery\.dynamics: nothing decides"):
        NetworkInTime(net, step().at, 5e-5)


# over frequency


def small_signal(law="dynamic and leakage", chain=DELIVERY):
    net = network(law, chain)
    return Impedance(net, net.at_rest(ONES), ONES)


@pytest.mark.parametrize("sense", ["brick", "wafer"])
def test_lowest_frequency_is_the_slope_of_the_static_chain(sense):
    chain, more = delivery(sense), 1.0
    solver = small_signal("constant current", chain)
    for block in (0, 4):
        drawn = np.eye(BLOCKS)[block]
        low = solver.at_blocks(np.array([1e-3]), drawn)[0]
        fall = (
            static(POWER, "constant current", chain).block_voltage
            - static(POWER + more * drawn, "constant current", chain).block_voltage
        )
        assert_allclose(low.real, fall / more, rtol=1e-7, atol=1e-16)
        assert np.max(np.abs(low.imag)) < 1e-6 * np.max(low.real)


@pytest.mark.parametrize("law", LAWS)
def test_transfer_impedance_is_the_same_both_ways(law):
    solver = small_signal(law)
    frequencies = np.geomspace(1e3, 1e9, 13)
    every = solver.at_blocks(frequencies, np.eye(BLOCKS))
    assert_allclose(every, every.transpose(0, 2, 1), rtol=1e-9)


def test_all_together_is_the_sum_of_all_alone():
    solver = small_signal()
    frequencies = np.geomspace(1e3, 1e9, 5)
    every = solver.at_blocks(frequencies, np.eye(BLOCKS))
    together = solver.at_blocks(frequencies, ONES)
    assert_allclose(every.sum(axis=2), together, rtol=1e-10)


def test_at_high_frequency_only_the_die_is_left():
    solver = small_signal("constant current")
    (z,) = solver.at_blocks(np.array([1e9]), np.eye(BLOCKS)[2])
    die = DYNAMICS.die_resistance + 1 / (2j * np.pi * 1e9 * DYNAMICS.die_capacitance)
    assert abs(z[2] - die) < 0.01 * abs(die)


def test_peaks_name_what_makes_them():
    solver = small_signal("constant current")
    frequencies = np.geomspace(1e3, 1e9, 181)
    z = solver.at_blocks(frequencies, ONES)
    peaks = solver.peaks(frequencies, np.abs(z[:, 0]), ONES, 0)
    assert [next(iter(peak.capacitances)) for peak in peaks] == ["bulk", "ceramic", "the die"]
    assert [next(iter(peak.inductances)) for peak in peaks] == ["the bricks", "bulk", "ceramic"]
    for peak, loop in zip(peaks, reversed(loops(DYNAMICS, 1e-4)), strict=True):
        assert peak.frequency == pytest.approx(loop.frequency, rel=0.1)
    assert peaks[-1].words == ("capacitance of the die, inductance of ceramic and the contact")


# what a step is named


def test_droops_of_a_step_are_those_of_the_loops():
    found, change = loops(DYNAMICS, 1e-4), step(0.5, 1.0)
    _, record = follow(network(), change, 2e-4)
    droops = named_droops(record, Change(0 * ONES, 0.0, False), found, 5e-5)
    assert list(droops) == ["first", "second", "third"]
    for loop in found:
        droop = droops[loop.name]
        assert 0.15 < droop.time * loop.frequency < 0.45
        assert droop.depth > droop.below_end > 0
    assert droops["first"].voltage == pytest.approx(record.voltage.min(), abs=1e-4)


def test_a_slow_change_leaves_the_first_loop_at_rest():
    change = step(0.5, 1.0, 200e-9)
    _, record = follow(network(), change, 2e-4)
    droops = named_droops(record, Change(0 * ONES, 200e-9, False), loops(DYNAMICS, 1e-4), 5e-5)
    assert droops["first"] is None
    assert droops["second"].depth > 0.02


def test_a_falling_load_overshoots():
    change = step(1.0, 0.5)
    _, record = follow(network(), change, 2e-4)
    droops = named_droops(record, Change(0 * ONES, 0.0, True), loops(DYNAMICS, 1e-4), 5e-5)
    assert droops["first"].voltage == pytest.approx(record.voltage.max(), abs=1e-4)
    assert droops["first"].depth > droops["first"].below_end > 0


def test_running_means_hold_beyond_the_ends():
    time = np.array([0.0, 1.0, 3.0, 4.0])
    record = Record(time, np.array([[2.0], [2.0], [6.0], [6.0]]))
    assert_allclose(record.smoothed(2.0)[:, 0], [2.0, 2.5, 5.5, 6.0])


# who changes when


def test_stagger_by_row_and_by_chance():
    assert stagger(2.0, "row", 3, 2).tolist() == [0, 0, 0, 2, 2, 2]
    shuffled = stagger(1.0, "random", 3, 2, seed=1)
    assert sorted(shuffled) == [0, 1, 2, 3, 4, 5]
    assert shuffled.tolist() == stagger(1.0, "random", 3, 2, seed=1).tolist()
    assert shuffled.tolist() != stagger(1.0, "random", 3, 2, seed=2).tolist()


def test_activity_between_rows_and_beyond_them():
    rows = Activity(
        np.array([1.0, 2.0, 2.0, 4.0]),
        np.array([[0.0, 1.0], [1.0, 1.0], [3.0, 1.0], [2.0, 5.0]]),
        np.array([0.0, 10.0]),
    )
    assert rows.at(0.0).tolist() == [0.0, 1.0]
    assert rows.at(1.5).tolist() == [0.5, 1.0]
    assert rows.at(2.0, before=True).tolist() == [1.0, 1.0]
    assert rows.at(2.0).tolist() == [3.0, 1.0]
    assert rows.at(13.0).tolist() == [2.0, 3.0]
    assert rows.at(99.0).tolist() == [2.0, 5.0]
    assert rows.corners.tolist() == [1, 2, 4, 11, 12, 14]
