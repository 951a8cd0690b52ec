"""Faulted, limited and warm states: in each Kirchhoff's laws hold and source = load + losses."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from pydantic import ValidationError

from geometry.errors import NoSolution, ThermalRunaway, VoltageCollapse
from power.board import Boards, plane_links
from power.brick_laws import Terminals, over_current, over_voltage, taken
from power.circuit import Circuit, Pin, Site
from power.converters import Bricks, FixedRatioStage, RegulatedStage
from power.delivery import Delivery
from power.loads import Loads
from power.network import solve_network
from power.outage import Outage
from power.supplies import Supplies
from power.wafer_grid import Contact, WaferGrid
from power.warming import Warming

COOL = 293.15
"""Where copper has its given resistance [K]."""
AREA = 0.215**2 / 84
TRANSFORMER = FixedRatioStage(ratio=0.25, fixed_loss=2.6, output_resistance=6.5e-3)
REGULATOR = RegulatedStage(
    voltage=1.0, load_line=1e-4, fixed_loss=6.0, linear_loss=0.02, quadratic_loss=0.12e-3
)
KINDS = {
    "ratio, then regulator": {"fixed_ratio": TRANSFORMER, "regulated": REGULATOR},
    "regulator alone": {"regulated": REGULATOR},
    "ratio alone": {
        "fixed_ratio": FixedRatioStage(ratio=0.02, fixed_loss=3.0, output_resistance=2e-4)
    },
    "regulator, then ratio": {
        "fixed_ratio": FixedRatioStage(ratio=0.025, fixed_loss=3.0, output_resistance=1e-4),
        "regulated": replace(REGULATOR, voltage=40.0, load_line=0.02, quadratic_loss=2e-3),
        "first": "regulated",
    },
}
"""Bricks that all give about a volt."""
WARM = Warming(per_kelvin=0.004, at=313.15, coolant_temperature=298.15, thermal_resistance=0.4)
CURRENT = Loads(law="constant current", nominal_voltage=1.0)
LEAKY = Loads(
    law="dynamic and leakage",
    nominal_voltage=1.0,
    leakage_fraction=0.25,
    leakage_temperature=333.15,
    leakage_per_kelvin=0.015,
    leakage_per_volt=3.0,
)


def delivery(kind="ratio, then regulator", supplies=None, boards=None, outage=None, **bricks):
    values = {"count": 4, "rating": 3300.0, "voltage": 50.0, "droop": 2e-3, "feed": "bussed"}
    losses = {"loss_fixed": 0.0100, "loss_linear": 0.0088, "loss_quadratic": 0.0259}
    return Delivery(
        supplies=Supplies(**(losses | values | (supplies or {}))),
        boards=Boards(
            **(
                {"segment_resistance": 1e-3, "fed_from": "one end", "feed_resistance": 1e-3}
                | {"plane_sheet_resistance": 0.0625e-3}
                | (boards or {})
            )
        ),
        bricks=Bricks(**({"current_limit": 1.2} | KINDS[kind] | bricks)),
        contact=Contact(areal_resistance=30e-9),
        wafer_grid=WaferGrid(sheet_resistance=44e-3, pad_pitch=1e-3, pad_diameter=0.5e-3),
        outage=outage or Outage(),
    )


def machine(columns, rows, **changes):
    values = {
        "columns": columns,
        "rows": rows,
        "block_width": 0.215 / 12,
        "block_height": 0.215 / 7,
        "nominal_power": 300.0,
        "wafer_temperature": COOL,
        "board_temperature": COOL,
    }
    return values | changes


def on_one_node(offsets, amperes, **changes):
    """Four regulators behind 0.1 mohm each on one node, and loads of so many amperes in all."""
    power = np.array([amperes / 2, 0, 0, amperes / 2])
    parts = delivery(boards={"plane_sheet_resistance": 0.0}, set_point_offsets=offsets, **changes)
    return solve_network(parts, CURRENT, **machine(2, 2, nominal_power=power), rated_power=300.0)


# limits, in closed form


def test_constant_current_leaves_the_rest_to_the_others():
    """350, 300, 300, 250 A at 0.97 V; held at 320 A the first leaves 310, 310, 260 at 0.969 V."""
    state = on_one_node(
        (0.005, 0.0, 0.0, -0.005), 1200.0, current_limit=320 / 300, over_limit="constant current"
    )
    assert_allclose(state.brick_current, [320, 310, 310, 260], rtol=1e-12)
    assert_allclose(state.block_plane_voltage, 0.969, rtol=1e-13)
    assert state.bricks_held.tolist() == [True, False, False, False]
    assert state.balance < 1e-12
    assert state.warnings == [
        "brick 0 (column 0, row 0) is held at 320.0 A by its limit of 320.0 A (1.06667 x 300.0 A)"
    ]


def test_fold_back_gives_less_the_lower_the_voltage():
    """I0 = 450 (0.25 + 0.75 V / 1.03) and I0 + (3 - 3 V) / 0.1 mohm = 1200 A."""
    state = on_one_node(
        (0.03, 0.0, 0.0, 0.0), 1200.0, current_limit=1.5, over_limit="fold back", fold_back_to=0.25
    )
    slope = 450 * 0.75 / 1.03
    volt = (3e4 + 112.5 - 1200) / (3e4 - slope)
    assert_allclose(state.block_plane_voltage, volt, rtol=1e-12)
    assert_allclose(state.brick_current[0], 112.5 + slope * volt, rtol=1e-12)
    assert_allclose(state.brick_current[3], (1 - volt) / 1e-4, rtol=1e-10)
    assert state.bricks_held.tolist() == [True, False, False, False]


def test_tripped_brick_leaves_its_current_to_the_others():
    """30 mV above the others it would carry 537.5 A; beyond 450 A it trips: 416.7, 416.7, 366.7."""
    offsets = (0.03, 0.0, 0.0, -0.005)
    state = on_one_node(offsets, 1200.0, current_limit=1.5, over_limit="trip")
    assert_allclose(state.brick_current, [0, 1250 / 3, 1250 / 3, 1100 / 3], rtol=1e-12, atol=1e-12)
    assert state.bricks_shut.tolist() == [True, False, False, False]
    assert state.warnings == ["brick 0 (column 0, row 0) has shut itself off"]
    spared = on_one_node(offsets, 1200.0, current_limit=1.8, over_limit="trip")
    assert not spared.bricks_shut.any()


def test_trip_that_overloads_the_others_goes_through_all():
    with pytest.raises(VoltageCollapse, match="all 4 bricks have shut themselves off"):
        on_one_node((0.03, 0.0, 0.0, 0.0), 1200.0, current_limit=1.2, over_limit="trip")


def test_bricks_that_are_all_held_cannot_carry_a_constant_current_beyond():
    assert on_one_node((0.0,) * 4, 1199.0, current_limit=1.0, over_limit="constant current")
    with pytest.raises(VoltageCollapse, match="no steady voltage carries the load"):
        on_one_node((0.0,) * 4, 1201.0, current_limit=1.0, over_limit="constant current")


def test_lockout_shuts_bricks_at_the_end_of_a_long_feeder():
    """Every brick that runs has its voltage, and the first to shut could not have run."""
    case = machine(1, 6, nominal_power=200.0)
    loose = delivery(boards={"segment_resistance": 0.08})
    free = solve_network(loose, CURRENT, **case)
    limit = float(free.board_voltage.min()) + 0.5
    state = solve_network(
        delivery(boards={"segment_resistance": 0.08}, lockout_voltage=limit), CURRENT, **case
    )
    assert state.bricks_shut[-1]
    assert 0 < state.bricks_shut.sum() < 6
    assert state.board_voltage[~state.bricks_shut].min() >= limit
    assert state.board_voltage.min() > free.board_voltage.min()
    assert_allclose(state.brick_current.sum(), 1200.0)
    assert_allclose(state.brick_losses[state.bricks_shut], 0)


@pytest.mark.slow
def test_lockout_saves_a_board_that_would_collapse():
    case = machine(1, 6, nominal_power=300.0)
    with pytest.raises(VoltageCollapse):
        solve_network(delivery(boards={"segment_resistance": 1.2}), CURRENT, **case)
    parts = delivery(boards={"segment_resistance": 1.2}, lockout_voltage=36.0)
    with pytest.raises(VoltageCollapse, match="all 6 bricks have shut themselves off"):
        solve_network(parts, CURRENT, **case)
    light = machine(1, 6, nominal_power=np.array([300.0, 0, 0, 0, 0, 0]))
    state = solve_network(parts, CURRENT, **light)
    assert state.board_voltage[~state.bricks_shut].min() >= 36.0


# kinds of bricks, in closed form


def test_fixed_ratio_alone_falls_with_its_input_and_its_resistance():
    parts = delivery("ratio alone", supplies={"droop": 0.0}, boards={"segment_resistance": 0.0})
    state = solve_network(parts, CURRENT, **machine(1, 1))
    into = state.board_voltage[0]
    assert_allclose(state.block_plane_voltage, 0.02 * into - 2e-4 * 300, rtol=1e-13)
    assert_allclose(state.supply_current.sum(), 0.02 * 300 + 3 / into, rtol=1e-12)
    assert_allclose(state.losses["brick fixed-ratio stage"], 3 + 2e-4 * 300**2, rtol=1e-12)
    assert "brick regulated stage" not in state.losses


def test_regulator_before_a_fixed_ratio():
    """40 V less 20 mohm x I1, over 40, less 0.1 mohm x 300 A."""
    state = solve_network(delivery("regulator, then ratio"), CURRENT, **machine(1, 1))
    volt = float(state.block_plane_voltage[0])
    between = (volt + 1e-4 * 300) / 0.025
    current = 0.025 * 300 + 3 / between
    assert_allclose(between, 40 - 0.02 * current, rtol=1e-13)
    regulator = 6 + 0.02 * current + 2e-3 * current**2
    assert_allclose(state.losses["brick regulated stage"], regulator, rtol=1e-12)
    assert_allclose(state.brick_input_power, between * current + regulator, rtol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("over_limit", ["warn", "fold back"])
def test_slopes_of_the_laws_against_differences(kind, over_limit):
    bricks = delivery(kind, warming=WARM, over_limit=over_limit).bricks
    no_load = np.ones(3)
    at = Terminals(
        np.array([50.0, 47.0, 44.0]),
        np.array([0.97, 0.9, 0.6]),
        np.array([300.0, 120.0, -40.0]),
        np.array([300.0, 330.0, 360.0]),
    )
    set_points = np.full(3, 40.0 if kind == "regulator, then ratio" else 1.0)
    laws = [
        lambda t: taken(bricks, t).current,
        lambda t: over_voltage(bricks, set_points, t),
        lambda t: over_current(bricks, 350.0, no_load, t),
    ]
    for law in laws[: 3 if over_limit == "fold back" else 2]:
        for k, size in enumerate((1e-4, 1e-6, 1e-3, 1e-3)):
            ahead, behind = list(at), list(at)
            ahead[k], behind[k] = at[k] + size, at[k] - size
            slope = (law(Terminals(*ahead)).value - law(Terminals(*behind)).value) / (2 * size)
            assert_allclose(
                np.broadcast_to(law(at).slopes[k], 3), slope, rtol=2e-6, atol=1e-9, err_msg=str(k)
            )


@pytest.mark.parametrize("over_limit", ["warn", "constant current", "fold back"])
@pytest.mark.parametrize("kind", KINDS)
def test_jacobian_of_a_faulted_circuit_against_differences(kind, over_limit):
    rng, n = np.random.default_rng(3), 6
    parts = delivery(
        kind,
        supplies={"feed": "A/B"},
        outage=Outage(bricks=(1,), contacts=(0,), boards=(2,), supplies=(3,)),
        warming=WARM,
        over_limit=over_limit,
        current_limit=0.9,
    )
    power = rng.uniform(150, 300, n)
    state = solve_network(parts, LEAKY, **machine(3, 2, nominal_power=power))
    if over_limit != "warn":
        assert state.bricks_held.any()
    site = Site(
        columns=3,
        rows=2,
        block_width=0.215 / 12,
        block_height=0.215 / 7,
        nominal_power=power,
        wafer_temperature=np.full(n, COOL),
        board_temperature=np.full(n, COOL),
        density_peak=np.ones(n),
        density_mean_square=np.ones(n),
    )
    circuit, pin, x = Circuit(parts, LEAKY, site), Pin("wafer heat", 1000.0), state.unknowns
    analytic = circuit.derivative(x, pin).toarray()
    # a step so small that no brick passes from one side of its limit to the other
    for k, size in enumerate(np.maximum(np.abs(x), 1.0) * 1e-6):
        ahead, behind = x.copy(), x.copy()
        ahead[k] += size
        behind[k] -= size
        held = [circuit.limited(side) for side in (x, ahead, behind)]
        if np.any(held[0] != held[1]) or np.any(held[0] != held[2]):
            continue
        slope = (circuit.nonlinear(ahead, pin) - circuit.nonlinear(behind, pin)) / (2 * size)
        assert_allclose(analytic[:, k], slope, rtol=1e-5, atol=1e-5)
    residual = circuit.linear @ x + circuit.mixing @ circuit.nonlinear(x, pin) - circuit.constant
    assert_allclose(residual[:-1], 0, atol=1e-8)


# outages


def test_lost_board_is_dark_but_its_blocks_are_fed_from_its_neighbours():
    parts = delivery(outage=Outage(boards=(0,)))
    state = solve_network(parts, CURRENT, **machine(3, 2))
    board = np.arange(6) % 3 == 0
    assert_allclose(state.board_voltage[board], 0, atol=1e-12)
    assert_allclose(state.brick_current[board], 0, atol=1e-12)
    assert_allclose(state.block_current, 300, rtol=1e-12)
    assert_allclose(state.brick_current.sum(), 1800, rtol=1e-12)
    assert state.brick_current[1] > state.brick_current[2] > 300


def test_lost_feed_leaves_all_to_the_other():
    parts = delivery(supplies={"feed": "A/B"})
    whole = solve_network(parts, CURRENT, **machine(3, 2))
    half = solve_network(replace(parts, outage=Outage(feeds=(1,))), CURRENT, **machine(3, 2))
    assert_allclose(half.supply_current[2:], 0, atol=1e-12)
    assert_allclose(half.losses["supply"][2:], 0, atol=1e-12)
    assert_allclose(half.supply_current[0], 2 * whole.supply_current[0], rtol=5e-3)
    assert half.board_voltage.max() < whole.board_voltage.min()
    both = replace(parts, outage=Outage(supplies=(2, 3)))
    alike = solve_network(both, CURRENT, **machine(3, 2))
    assert_allclose(alike.unknowns, half.unknowns, rtol=1e-12)


def test_lost_supply_of_a_board_of_its_own_takes_the_board():
    supplies = {"feed": "per board", "count": 3}
    by_supply = delivery(supplies=supplies, outage=Outage(supplies=(2,)))
    by_board = delivery(supplies=supplies, outage=Outage(boards=(2,)))
    one, other = (solve_network(p, CURRENT, **machine(3, 2)) for p in (by_supply, by_board))
    assert_allclose(one.brick_current, other.brick_current, rtol=1e-12, atol=1e-12)
    assert_allclose(one.supply_current[2], 0, atol=1e-12)
    # a supply that works idles on its lost board
    assert other.losses["supply"][2] == pytest.approx(33.0)
    assert one.losses["supply"][2] == 0


def test_lost_contact_drops_in_proportion():
    parts = delivery(outage=Outage(contacts=(0,), contact_factor=5.0))
    state = solve_network(parts, CURRENT, **machine(1, 1))
    grid = parts.wafer_grid.mean_areal_resistance
    fall = state.block_plane_voltage - state.block_voltage
    assert_allclose(fall, 300 * (5 * 30e-9 + grid) / AREA, rtol=1e-11)


@pytest.mark.parametrize(
    ("outage", "millivolt", "amperes"),
    [
        (Outage(), 47.5, 297.6),
        (Outage(bricks=(41,)), 54.0, 325.2),
        (Outage(bricks=(0,)), 61.7, 365.6),
        (Outage(boards=(5,)), 59.7, 364.7),
        (Outage(boards=(0,)), 71.7, 431.1),
    ],
    ids=["nothing", "centre brick", "corner brick", "middle board", "edge board"],
)
def test_lost_parts_as_on_a_grid(outage, millivolt, amperes):
    """Two sheets on a grid gave 48, 52, 62, 58 and 71 mV, and 433 A beside an edge board."""
    parts = delivery(supplies={"count": 12}, boards={"feed_resistance": 0.0}, outage=outage)
    state = solve_network(parts, CURRENT, **machine(12, 7, nominal_power=25e3 / 84))
    drop = 1e3 * (1 - state.block_worst_voltage.min())
    assert drop == pytest.approx(millivolt, abs=0.05)
    assert state.brick_current.max() == pytest.approx(amperes, abs=0.05)
    on_a_grid = dict(zip((47.5, 54.0, 61.7, 59.7, 71.7), (48, 52, 62, 58, 71), strict=True))
    assert abs(drop - on_a_grid[millivolt]) < 2.1


def test_nothing_left_is_said():
    for outage in (Outage(bricks=(0, 1)), Outage(boards=(0, 1)), Outage(feeds=(0,))):
        with pytest.raises(NoSolution, match="no brick is left that works"):
            solve_network(delivery(outage=outage), CURRENT, **machine(2, 1))


@pytest.mark.parametrize(
    ("outage", "message"),
    [
        (Outage(bricks=(6,)), r"^outage.bricks: found 6; numbers from 0 to 5 are meant"),
        (Outage(boards=(1, 3)), r"^outage.boards: found 3; numbers from 0 to 2"),
        (Outage(supplies=(4,)), r"^outage.supplies: found 4; numbers from 0 to 3"),
        (Outage(feeds=(1,)), r"^outage.feeds: found 1; numbers from 0 to 0"),
        (Outage(contacts=(9,)), r"^outage.contacts: found 9; numbers from 0 to 5"),
    ],
)
def test_parts_that_are_not_there_are_refused(outage, message):
    with pytest.raises(ValueError, match=message):
        solve_network(delivery(outage=outage), CURRENT, **machine(3, 2))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"fixed_ratio": None, "regulated": None}, "bricks: found no stage"),
        ({"fixed_ratio": None, "first": "regulated"}, "bricks.first: found 'regulated' with one"),
        ({"first": "regulated", "sense": "wafer"}, "bricks.sense: found 'wafer'"),
        (
            {"set_point_tolerance": 0.01, "set_point_offsets": (0.0, 0.0)},
            "bricks.set_point_tolerance: found with set_point_offsets",
        ),
        (
            {"regulated": None, "set_point_tolerance": 0.01},
            "bricks.set_point_tolerance: found, but no stage regulates",
        ),
    ],
)
def test_bricks_that_cannot_be_are_refused(changes, message):
    with pytest.raises(ValidationError, match=message):
        delivery(**changes)


def test_warming_without_a_coolant_is_refused():
    bare = Warming(per_kelvin=0.004, at=313.15)
    with pytest.raises(ValueError, match=r"bricks.warming: found without 'coolant_temperature'"):
        solve_network(delivery(warming=bare), CURRENT, **machine(2, 1))
    assert (
        solve_network(
            delivery(warming=bare), CURRENT, **machine(2, 1), brick_temperature=320.0
        ).balance
        < 1e-12
    )
    with pytest.raises(ValidationError, match=r"supplies.warming: found without"):
        delivery(supplies={"warming": bare})


# set-points


def test_drawn_set_points_stay_within_their_tolerance_and_repeat():
    one, same, other = (
        delivery(set_point_tolerance=0.005, set_point_seed=seed).bricks.set_points(1000)
        for seed in (1, 1, 2)
    )
    assert_allclose(one, same, rtol=0)
    assert np.any(one != other)
    assert 0.99500 <= one.min() < 0.9951
    assert 1.0049 < one.max() <= 1.005
    assert abs(one.mean() - 1) < 3 * 0.005 / np.sqrt(3 * 1000)


# losses and temperature


def test_brick_warms_itself():
    """100 W at 300 K, 0.2 %/K and 0.5 K/W: p = 100 (1 + 0.001 p), 111.1 W and 355.6 K."""
    regulator = replace(REGULATOR, fixed_loss=100.0, linear_loss=0.0, quadratic_loss=0.0)
    warming = Warming(per_kelvin=0.002, at=300.0, coolant_temperature=300.0, thermal_resistance=0.5)
    parts = delivery("regulator alone", regulated=regulator, warming=warming)
    state = solve_network(parts, CURRENT, **machine(2, 2))
    assert_allclose(state.brick_losses, 1000 / 9, rtol=1e-12)
    assert_allclose(state.brick_temperature, 300 + 500 / 9, rtol=1e-12)
    assert state.balance < 1e-12


def test_given_brick_temperature_scales_both_stages():
    bare = delivery()
    warm = delivery(warming=Warming(per_kelvin=0.004, at=313.15))
    cold = solve_network(bare, CURRENT, **machine(2, 2))
    hot = solve_network(warm, CURRENT, **machine(2, 2), brick_temperature=338.15)
    ratio = hot.losses["brick regulated stage"] / cold.losses["brick regulated stage"]
    assert_allclose(ratio, 1.1, rtol=1e-9)
    assert np.all(hot.losses["brick fixed-ratio stage"] > cold.losses["brick fixed-ratio stage"])
    assert_allclose(hot.brick_temperature, 338.15)


def test_supply_warms_itself():
    warming = Warming(per_kelvin=0.002, at=300.0, coolant_temperature=310.0, thermal_resistance=0.5)
    bare, warm = delivery(), delivery(supplies={"warming": warming})
    cold, hot = (solve_network(p, CURRENT, **machine(2, 2)) for p in (bare, warm))
    loss = hot.losses["supply"]
    temperature = 310 + 0.5 * loss
    assert_allclose(loss, cold.losses["supply"] * (1 + 0.002 * (temperature - 300)), rtol=1e-12)
    assert hot.balance < 1e-12


def test_warming_that_runs_away_is_said():
    wild = Warming(per_kelvin=0.1, at=300.0, coolant_temperature=300.0, thermal_resistance=2.0)
    with pytest.raises(ThermalRunaway, match="supply 0: each watt that it loses"):
        solve_network(delivery(supplies={"warming": wild}), CURRENT, **machine(2, 2))
    with pytest.raises(ThermalRunaway, match=r"brick \d \(.*\): what it loses warms it"):
        solve_network(delivery(warming=wild), CURRENT, **machine(2, 2))
    mild = replace(wild, per_kelvin=0.02)  # runs away with the load, not without
    with pytest.raises(ThermalRunaway, match=r"brick \d \(.*\): what it loses warms it"):
        solve_network(delivery(warming=mild), CURRENT, **machine(2, 2))


# any state


def check_laws(state, case, parts):
    """Kirchhoff's laws branch by branch, the limits, and the power balance."""
    columns, rows = case["columns"], case["rows"]
    first, second, conductance = plane_links(
        np.full(columns * rows, parts.boards.plane_sheet_resistance),
        columns,
        rows,
        case["block_width"],
        case["block_height"],
    )
    across = conductance * (state.block_plane_voltage[first] - state.block_plane_voltage[second])
    left = state.brick_current - state.block_current
    left -= np.bincount(first, across, len(left)) - np.bincount(second, across, len(left))
    assert np.max(np.abs(left)) < 1e-8 * state.block_current.max()
    works = state.board_voltage > 1
    taken_in = state.brick_input_power[works] / state.board_voltage[works]
    assert_allclose(state.supply_current.sum(), taken_in.sum(), rtol=1e-9, atol=1e-9)
    given_out = state.block_plane_voltage * state.brick_current
    assert_allclose(state.brick_input_power, given_out + state.brick_losses, rtol=1e-8, atol=1e-8)
    total = state.block_power.sum() + sum(loss.sum() for loss in state.losses.values())
    assert_allclose(state.input_power, total, rtol=1e-9)
    assert state.balance < 1e-9
    lost = parts.outage.lost_bricks(columns, rows) | state.bricks_shut
    assert_allclose(state.brick_current[lost], 0, atol=1e-9)
    assert_allclose(state.brick_losses[lost], 0, atol=1e-9)
    bricks = parts.bricks
    if bricks.over_limit != "warn":
        assert state.brick_current.max() <= state.brick_limit * (1 + 1e-9)
    if bricks.lockout_voltage is not None:
        assert state.board_voltage[~lost & works].min() >= bricks.lockout_voltage
    if bricks.warming is not None:
        warm = WARM.coolant_temperature + WARM.thermal_resistance * state.brick_losses
        assert_allclose(state.brick_temperature, warm, rtol=1e-9)


@pytest.mark.slow
@given(data=st.data())
@settings(max_examples=120, deadline=None, derandomize=True)
def test_any_faulted_machine_balances_or_says_why_not(data):
    columns, rows = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 3))
    n = columns * rows

    def some(count):
        picked = data.draw(st.lists(st.integers(0, count - 1), max_size=2, unique=True))
        return tuple(picked)

    feed = data.draw(st.sampled_from(["bussed", "A/B", "per board"]))
    count = columns if feed == "per board" else data.draw(st.integers(2, 6))
    parts = delivery(
        data.draw(st.sampled_from(list(KINDS))),
        supplies={
            "feed": feed,
            "count": count,
            "warming": data.draw(st.sampled_from([None, WARM])),
        },
        boards={"fed_from": data.draw(st.sampled_from(["one end", "both ends"]))},
        outage=Outage(
            bricks=some(n),
            boards=some(columns) if data.draw(st.booleans()) else (),
            supplies=some(count),
            feeds=(data.draw(st.integers(0, 1)),)
            if feed == "A/B" and data.draw(st.booleans())
            else (),
            contacts=some(n),
            contact_factor=data.draw(st.floats(1, 100)),
        ),
        warming=data.draw(st.sampled_from([None, WARM])),
        current_limit=data.draw(st.floats(0.5, 3)),
        over_limit=data.draw(st.sampled_from(["warn", "constant current", "fold back", "trip"])),
        fold_back_to=data.draw(st.floats(0, 1)),
        lockout_voltage=data.draw(st.sampled_from([None, 30.0, 49.0])),
    )
    power = np.array(data.draw(st.lists(st.floats(1, 400), min_size=n, max_size=n)))
    case = machine(columns, rows, nominal_power=power)
    loads = data.draw(st.sampled_from([LEAKY, CURRENT]))
    try:
        state = solve_network(parts, loads, **case, rated_power=300.0)
    except NoSolution as error:
        message = str(error)
    else:
        check_laws(state, case, parts)
        return
    assert message.startswith(("block ", "brick ", "outage: ", "all "))
