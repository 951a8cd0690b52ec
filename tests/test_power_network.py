"""The whole chain: in every run currents sum to nought and source power = load + losses."""

import tomllib
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from pydantic import TypeAdapter, ValidationError

from geometry.errors import NoSolution, ThermalRunaway, VoltageCollapse
from power.board import Boards, plane_links
from power.circuit import Circuit, Pin, Site
from power.converters import Bricks, FixedRatioStage, RegulatedStage
from power.delivery import Delivery
from power.loads import Loads
from power.network import solve_network
from power.supplies import Supplies
from power.wafer_grid import Contact, WaferGrid
from studies.validation.electricity import UPPER_CURRENT, UPPER_ROOT

COOL = 293.15
"""Where copper has its given resistance [K]."""
PARTS = {
    "supplies": Supplies(
        count=12,
        rating=3300.0,
        voltage=50.0,
        droop=2e-3,
        loss_fixed=0.0100,
        loss_linear=0.0088,
        loss_quadratic=0.0259,
        feed="bussed",
    ),
    "boards": Boards(segment_resistance=1e-3, fed_from="one end", plane_sheet_resistance=0.0625e-3),
    "fixed_ratio": FixedRatioStage(ratio=0.25, fixed_loss=2.6, output_resistance=6.5e-3),
    "regulated": RegulatedStage(
        voltage=1.0, load_line=1e-4, fixed_loss=6.0, linear_loss=0.02, quadratic_loss=0.12e-3
    ),
    "bricks": {"current_limit": 1.2},
    "contact": Contact(areal_resistance=30e-9),
    "wafer_grid": WaferGrid(sheet_resistance=44e-3, pad_pitch=1e-3, pad_diameter=0.5e-3),
}
LEAKY = Loads(
    law="dynamic and leakage",
    nominal_voltage=1.0,
    leakage_fraction=0.25,
    leakage_temperature=333.15,
    leakage_per_kelvin=0.015,
    leakage_per_volt=3.0,
)
CONSTANT_CURRENT = Loads(law="constant current", nominal_voltage=1.0)
CONSTANT_POWER = Loads(law="constant power", nominal_voltage=1.0)


def delivery(**changes):
    """The default machine, with fields of its parts changed: ``boards={"fed_from": ...}``."""
    parts = {
        name: part | changes.get(name, {})
        if isinstance(part, dict)
        else replace(part, **changes.get(name, {}))
        for name, part in PARTS.items()
    }
    stages = {name: parts.pop(name) for name in ("fixed_ratio", "regulated")}
    return Delivery(**(parts | {"bricks": Bricks(**stages, **parts["bricks"])}))


def machine(columns=12, rows=7, **changes):
    values = {
        "columns": columns,
        "rows": rows,
        "block_width": 0.215 / 12,
        "block_height": 0.215 / 7,
        "nominal_power": np.full(columns * rows, 25e3 / 84),
        "wafer_temperature": 318.15,
        "board_temperature": 318.15,
        "density_peak": 1.0,
        "density_mean_square": 1.0,
    }
    return values | changes


def uneven(columns=12, rows=7):
    """A machine of which no two blocks are alike."""
    rng, n = np.random.default_rng(7), columns * rows
    return machine(
        columns,
        rows,
        nominal_power=rng.uniform(100, 400, n),
        wafer_temperature=rng.uniform(300, 360, n),
        board_temperature=rng.uniform(300, 360, n),
        density_peak=rng.uniform(1, 3, n),
        density_mean_square=rng.uniform(1, 2, n),
    )


def check_laws(state, case, parts):
    """Kirchhoff's laws, recomputed branch by branch, and the power balance."""
    columns, rows = case["columns"], case["rows"]
    copper = 1 + 0.0039 * (np.broadcast_to(case["board_temperature"], columns * rows) - COOL)
    first, second, conductance = plane_links(
        parts.boards.plane_sheet_resistance * copper,
        columns,
        rows,
        case["block_width"],
        case["block_height"],
    )
    across = conductance * (state.block_plane_voltage[first] - state.block_plane_voltage[second])
    left = state.brick_current - state.block_current
    left -= np.bincount(first, across, len(left)) - np.bincount(second, across, len(left))
    assert np.max(np.abs(left)) < 1e-9 * state.block_current.max()
    taken = state.brick_input_power / state.board_voltage
    assert_allclose(state.supply_current.sum(), taken.sum(), rtol=1e-9)
    given_out = state.block_plane_voltage * state.brick_current
    assert_allclose(state.brick_input_power, given_out + state.brick_losses, rtol=1e-9)
    dropped = (state.block_plane_voltage - state.block_voltage) * state.block_current
    on_the_way = state.losses["contact"] + state.losses["wafer grid"]
    assert_allclose(dropped, on_the_way, atol=1e-9 * state.block_power.max())
    total = state.block_power.sum() + sum(loss.sum() for loss in state.losses.values())
    assert_allclose(state.input_power, total, rtol=1e-9)
    assert state.balance < 1e-9
    feed = state.board_input_power - state.brick_input_power.sum()
    assert_allclose(state.losses["feed"].sum(), feed, atol=1e-9 * state.board_input_power)


@pytest.mark.parametrize("sense", ["brick", "wafer"])
@pytest.mark.parametrize("fed_from", ["one end", "both ends"])
@pytest.mark.parametrize("feed", ["bussed", "per board", "A/B"])
@pytest.mark.parametrize("loads", [LEAKY, CONSTANT_CURRENT, CONSTANT_POWER], ids=lambda x: x.law)
def test_kirchhoff_and_power_balance(feed, fed_from, sense, loads):
    parts = delivery(
        supplies={"feed": feed},
        boards={"fed_from": fed_from, "feed_resistance": 1e-3},
        bricks={"sense": sense},
    )
    case = uneven()
    state = solve_network(parts, loads, **case)
    check_laws(state, case, parts)
    assert state.balance < 1e-12
    assert state.iterations <= 6


@pytest.mark.parametrize(("columns", "rows"), [(1, 1), (1, 4), (4, 1), (3, 2)])
def test_any_number_of_blocks(columns, rows):
    case = uneven(columns, rows)
    check_laws(solve_network(delivery(), LEAKY, **case), case, delivery())


# closed forms


def test_even_machine_drops_by_series_resistances():
    """297.6 A through load line, contact and grid in series; nothing crosses the plane."""
    case = machine(wafer_temperature=COOL, board_temperature=COOL, density_peak=2.0)
    state = solve_network(delivery(), CONSTANT_CURRENT, **case)
    area, current = 0.215**2 / 84, 25e3 / 84
    grid = PARTS["wafer_grid"]
    mean = 1e-4 + (30e-9 + grid.mean_areal_resistance) / area
    worst = 1e-4 + 2 * (30e-9 + grid.worst_areal_resistance) / area
    assert_allclose(state.block_voltage, 1 - mean * current, rtol=1e-12)
    assert_allclose(state.block_worst_voltage, 1 - worst * current, rtol=1e-12)
    assert_allclose(state.losses["board plane"], 0, atol=1e-9)
    assert_allclose(state.losses["contact"], 30e-9 / area * current**2, rtol=1e-12)
    brick_loss = 6 + 0.02 * current + 0.12e-3 * current**2
    assert_allclose(state.losses["brick regulated stage"], brick_loss, rtol=1e-12)


def test_four_bricks_share_by_their_set_points():
    """1.005, 1, 1, 0.995 V behind 0.1 mohm on one node at 1200 A: 0.97 V; 350, 300, 300, 250 A."""
    parts = delivery(
        boards={"plane_sheet_resistance": 0.0},
        bricks={"set_point_offsets": (0.005, 0.0, 0.0, -0.005)},
    )
    state = solve_network(
        parts, CONSTANT_CURRENT, **machine(2, 2, nominal_power=np.array([600, 0, 0, 600]))
    )
    assert_allclose(state.block_plane_voltage, 0.97, rtol=1e-13)
    assert_allclose(state.brick_current, [350, 300, 300, 250], rtol=1e-12)
    assert state.balance < 1e-12


# 50 V behind 20 mohm and a constant power, wherever in the chain the 20 mohm are

LOSSLESS = {
    "supplies": {"count": 1, "droop": 0.0},
    "boards": {"segment_resistance": 0.0},
    "fixed_ratio": {"ratio": 1.0, "fixed_loss": 0.0, "output_resistance": 0.0},
    "regulated": {
        "voltage": 50.0,
        "load_line": 0.0,
        "fixed_loss": 0.0,
        "linear_loss": 0.0,
        "quadratic_loss": 0.0,
    },
    "contact": {"areal_resistance": 0.0},
    "wafer_grid": {"sheet_resistance": 0.0},
}
PLACES = {
    "droop": {"supplies": {"droop": 0.02}},
    "feed resistance": {"boards": {"feed_resistance": 0.02}},
    "segment": {"boards": {"segment_resistance": 0.02}},
    "both segments": {"boards": {"segment_resistance": 0.04, "fed_from": "both ends"}},
    "first stage": {"fixed_ratio": {"output_resistance": 0.02}},
    "load line": {"regulated": {"load_line": 0.02}},
    "contact": {"contact": {"areal_resistance": 0.02 * (0.215 / 12) * (0.215 / 7)}},
}


def behind_20_milliohm(place, power):
    changes = {name: LOSSLESS.get(name, {}) | PLACES[place].get(name, {}) for name in PARTS}
    case = machine(1, 1, nominal_power=power, wafer_temperature=COOL, board_temperature=COOL)
    loads = Loads(law="constant power", nominal_voltage=50.0)
    return solve_network(delivery(**changes), loads, **case), case, loads, delivery(**changes)


@pytest.mark.parametrize("place", PLACES)
def test_constant_power_takes_the_upper_root(place):
    state = behind_20_milliohm(place, 2350.0)[0]
    at_the_load = place in ("load line", "contact")
    voltage = state.block_voltage if at_the_load else state.board_voltage
    if place == "first stage":
        voltage = 50 - 0.02 * state.brick_input_power / state.board_voltage  # between the stages
    assert_allclose(voltage, UPPER_ROOT, rtol=1e-11)
    current = state.block_current if at_the_load else state.supply_current
    assert_allclose(current, UPPER_CURRENT, rtol=1e-10)
    assert state.balance < 1e-12


@pytest.mark.parametrize("place", PLACES)
def test_constant_power_collapses_beyond_its_most(place):
    """The most is 50^2 / (4 x 20 mohm) = 31 250 W."""
    state = behind_20_milliohm(place, 31_249.0)[0]
    assert_allclose(state.block_power, 31_249.0)
    part = "block" if place in ("load line", "contact") else "brick"
    with pytest.raises(VoltageCollapse, match=rf"^{part} 0 \(column 0, row 0\): .*3124\d"):
        behind_20_milliohm(place, 31_251.0)


def test_lower_branch_is_left_even_when_it_is_the_guess():
    state, case, loads, parts = behind_20_milliohm("droop", 2350.0)
    low = state.unknowns.copy()
    low[3], low[4], low[5] = 0.958369440, 0.958369440, 2350 / 0.958369440
    again = solve_network(parts, loads, **case, guess=replace(state, unknowns=low))
    assert_allclose(again.board_voltage, UPPER_ROOT, rtol=1e-11)


# symmetry


def mirrored(state, in_x):
    """Block arrays of a state, seen from the other side."""
    grid = {
        f.name: getattr(state, f.name).reshape(7, 12)
        for f in fields(state)
        if isinstance(getattr(state, f.name), np.ndarray) and getattr(state, f.name).size == 84
    }
    return {name: array[:, ::-1] if in_x else array[::-1] for name, array in grid.items()}


@pytest.mark.parametrize("in_x", [True, False])
@pytest.mark.parametrize("feed", ["bussed", "per board", "A/B"])
def test_renumbering_changes_nothing(feed, in_x):
    """Numbered from the other side in x or y, every block keeps what it had."""
    parts = delivery(
        supplies={"feed": feed}, boards={"fed_from": "both ends", "feed_resistance": 1e-3}
    )
    case = uneven()
    other = {
        name: (v.reshape(7, 12)[:, ::-1] if in_x else v.reshape(7, 12)[::-1]).ravel()
        if isinstance(v, np.ndarray)
        else v
        for name, v in case.items()
    }
    here = mirrored(solve_network(parts, LEAKY, **case), in_x)
    there = solve_network(parts, LEAKY, **other)
    assert len(here) >= 10
    for name, array in here.items():
        assert_allclose(getattr(there, name), array.ravel(), rtol=1e-10, err_msg=name)


def test_even_machine_is_symmetric():
    case = machine(nominal_power=np.where(np.arange(84) == 41, 500.0, 300.0))
    case["nominal_power"][42] = 500.0  # columns 5 and 6 of the middle row
    parts = delivery(boards={"fed_from": "both ends"})
    state = solve_network(parts, LEAKY, **case)
    for name in ("block_voltage", "brick_current", "board_voltage"):
        grid = getattr(state, name).reshape(7, 12)
        assert_allclose(grid, grid[:, ::-1], rtol=1e-11)
        assert_allclose(grid, grid[::-1], rtol=1e-11)


@pytest.mark.parametrize("sense", ["brick", "wafer"])
@pytest.mark.parametrize("load_line", [0.0, 1e-4])
def test_transfer_resistances_are_reciprocal(load_line, sense):
    """A current at block i lowers the plane at j as one at j lowers it at i (sense at the brick).

    Sensing at the wafer is a control that acts on another point than it measures, so only with
    sensing at the brick is the network passive and reciprocal.
    """
    parts = delivery(regulated={"load_line": load_line}, bricks={"sense": sense})
    case, n = uneven(4, 3), 12

    def voltage(power):
        return solve_network(
            parts, CONSTANT_CURRENT, **(case | {"nominal_power": power})
        ).block_voltage

    base = np.full(n, 300.0)
    transfer = np.array([voltage(base) - voltage(base + 100 * row) for row in np.eye(n)]) / 100
    difference = np.max(np.abs(transfer - transfer.T))
    if sense == "brick":
        assert difference < 1e-11 * np.max(transfer)
        assert np.min(transfer) > -1e-15
    elif load_line > 0:
        assert difference > 1e-3 * np.max(transfer)
    else:
        assert np.max(np.abs(transfer)) < 1e-15  # held everywhere


# derivatives


@pytest.mark.parametrize("quantity", ["activity", "wafer heat", "board input"])
@pytest.mark.parametrize("loads", [LEAKY, CONSTANT_CURRENT, CONSTANT_POWER], ids=lambda x: x.law)
def test_jacobian_against_differences(loads, quantity):
    case = uneven(3, 2)
    parts = delivery(supplies={"feed": "A/B"}, boards={"feed_resistance": 1e-3})
    x = solve_network(parts, loads, **case).unknowns
    circuit, pin = Circuit(parts, loads, Site(**_filled(case))), Pin(quantity, 1000.0)
    analytic = circuit.derivative(x, pin).toarray()
    for k, size in enumerate(np.maximum(np.abs(x), 1.0) * 1e-5):
        ahead, behind = x.copy(), x.copy()
        ahead[k] += size
        behind[k] -= size
        slope = (circuit.nonlinear(ahead, pin) - circuit.nonlinear(behind, pin)) / (2 * size)
        assert_allclose(analytic[:, k], slope, rtol=1e-6, atol=1e-6)


def _filled(case):
    n = case["columns"] * case["rows"]
    sizes = ("columns", "rows", "block_width", "block_height")
    return {k: v if k in sizes else np.broadcast_to(v, n) for k, v in case.items()}


def test_power_per_kelvin_against_a_warmer_wafer_without_delivery_resistance():
    """Stiff delivery holds the voltage, so warming the wafer shows dP/dT at fixed voltage."""
    parts = delivery(
        regulated={"load_line": 0.0},
        contact={"areal_resistance": 0.0},
        wafer_grid={"sheet_resistance": 0.0},
    )
    cold, here, warm = (
        solve_network(parts, LEAKY, **machine(wafer_temperature=318.15 + d))
        for d in (-0.01, 0, 0.01)
    )
    assert_allclose(here.block_voltage, 1.0, rtol=1e-14)
    slope = (warm.block_power - cold.block_power) / 0.02
    assert_allclose(here.block_power_per_kelvin, slope, rtol=1e-6)


# pinned totals


@pytest.mark.parametrize("loads", [LEAKY, CONSTANT_CURRENT, CONSTANT_POWER], ids=lambda x: x.law)
def test_pinned_wafer_heat(loads):
    case = uneven()
    state = solve_network(delivery(), loads, **case, pin="wafer heat", target=22e3)
    assert_allclose(state.block_power.sum() + state.losses["wafer grid"].sum(), 22e3, rtol=1e-12)
    check_laws(state, case, delivery())
    assert state.iterations <= 7


@pytest.mark.parametrize("feed", ["bussed", "per board", "A/B"])
def test_pinned_board_input(feed):
    parts = delivery(supplies={"feed": feed}, boards={"feed_resistance": 1e-3})
    case = uneven()
    state = solve_network(parts, LEAKY, **case, pin="board input", target=22e3)
    assert_allclose(state.supply_current @ state.supply_voltage, 22e3, rtol=1e-12)
    assert_allclose(state.board_input_power, 22e3, rtol=1e-12)
    check_laws(state, case, parts)


def test_activity_scales_switching_and_not_leakage():
    case = machine()
    free = solve_network(delivery(), LEAKY, **case)
    heat = float(free.block_power.sum() + free.losses["wafer grid"].sum())
    pinned = solve_network(delivery(), LEAKY, **case, pin="wafer heat", target=heat)
    assert free.activity == 1.0
    assert_allclose(pinned.activity, 1.0, rtol=1e-12)
    idle = solve_network(
        delivery(), LEAKY, **case, pin="wafer heat", target=float(free.block_leakage.sum()) * 1.2
    )
    assert 0 < idle.activity < 0.1
    assert_allclose(idle.block_leakage.sum() / free.block_leakage.sum(), 1.1, atol=0.1)


def test_last_state_as_guess_gives_the_same_in_fewer_steps():
    case = uneven()
    cold = solve_network(delivery(), LEAKY, **case, pin="wafer heat", target=22e3)
    warmer = case | {"wafer_temperature": case["wafer_temperature"] + 0.1}
    fresh = solve_network(delivery(), LEAKY, **warmer, pin="wafer heat", target=22e3)
    guessed = solve_network(delivery(), LEAKY, **warmer, pin="wafer heat", target=22e3, guess=cold)
    assert guessed.iterations < fresh.iterations
    assert_allclose(guessed.block_voltage, fresh.block_voltage, rtol=1e-12)


def test_leakage_beyond_the_pinned_heat_is_runaway():
    hot = np.full(84, 430.0)
    hot[40] = 445.0
    with pytest.raises(ThermalRunaway, match=r"block 40 \(column 4, row 3\) .* leakage alone"):
        solve_network(
            delivery(),
            LEAKY,
            **machine(wafer_temperature=hot),
            pin="wafer heat",
            target=20e3,
        )


def test_converters_beyond_the_pinned_input_have_no_solution():
    with pytest.raises(NoSolution, match="losses of the converters without load exceed"):
        solve_network(delivery(), CONSTANT_POWER, **machine(), pin="board input", target=500.0)


def test_pinned_beyond_what_can_be_carried_is_collapse():
    with pytest.raises(VoltageCollapse, match=r"cannot carry 100000 W|carries 100000 W"):
        solve_network(
            delivery(contact={"areal_resistance": 300e-9}),
            CONSTANT_POWER,
            **machine(),
            pin="wafer heat",
            target=100e3,
        )


# collapse in a large machine


def test_collapse_names_the_block():
    power = np.full(84, 300.0)
    power[40] = 5000.0
    with pytest.raises(VoltageCollapse) as caught:
        solve_network(delivery(), CONSTANT_POWER, **machine(nominal_power=power))
    text = str(caught.value)
    assert text.startswith("block 40 (column 4, row 3): no steady voltage carries the load")
    assert "\n" not in text


def test_collapse_names_the_brick_at_the_end_of_its_feeder():
    with pytest.raises(VoltageCollapse, match=r"^brick \d+ \(column \d+, row 6\): its 50 V side"):
        solve_network(delivery(boards={"segment_resistance": 1.0}), CONSTANT_POWER, **machine())


def test_collapse_without_any_load_names_the_brick_that_drives_the_others():
    """40 mV between set-points on a stiff plane: thousands of amperes from brick to brick."""
    offsets = (0.0, 0.0, 0.04, 0.0)
    parts = delivery(
        boards={"plane_sheet_resistance": 1e-6},
        regulated={"load_line": 1e-6},
        bricks={"set_point_offsets": offsets},
    )
    with pytest.raises(VoltageCollapse, match=r"^brick 2 \(column 0, row 1\): .* without load"):
        solve_network(parts, CONSTANT_POWER, **machine(2, 2))


def test_warnings_name_what_is_over_its_limit():
    power = np.full(84, 300.0)
    power[40] = 1200.0
    state = solve_network(
        delivery(supplies={"rating": 1500.0}), CONSTANT_CURRENT, **machine(nominal_power=power)
    )
    assert any(w.startswith("brick 40 (column 4, row 3) carries ") for w in state.warnings)
    assert sum(w.startswith("supply ") for w in state.warnings) == 12
    assert solve_network(delivery(), CONSTANT_CURRENT, **machine()).warnings == []


# as written in a case file

SECTION = """
[supplies]
count = 12
rating = "3.3 kW"
voltage = "50 V"
droop = "2 mohm"
loss_fixed = 0.0100
loss_linear = 0.0088
loss_quadratic = 0.0259
feed = "bussed"
[boards]
segment_resistance = "1 mohm"
fed_from = "one end"
plane_sheet_resistance = "0.0625 mohm/sq"
[bricks]
current_limit = 1.2
[bricks.fixed_ratio]
ratio = 0.25
fixed_loss = "2.6 W"
output_resistance = "6.5 mohm"
[bricks.regulated]
voltage = "1 V"
load_line = "0.1 mohm"
fixed_loss = "6 W"
linear_loss = "20 mV"
quadratic_loss = "0.12 mohm"
[contact]
areal_resistance = "30 mohm*mm**2"
[wafer_grid]
sheet_resistance = "44 mohm/sq"
pad_pitch = "1 mm"
pad_diameter = "0.5 mm"
"""


def test_delivery_reads_from_a_case_file():
    read = TypeAdapter(Delivery).validate_python(
        tomllib.loads(SECTION), context={"units_required": True}
    )
    state = solve_network(read, LEAKY, **machine())
    expected = solve_network(delivery(), LEAKY, **machine())
    assert_allclose(state.unknowns, expected.unknowns, rtol=1e-13)


def test_unknown_key_in_a_case_file_is_refused():
    wrong = tomllib.loads(SECTION.replace("pad_pitch", "pad_pich"))
    with pytest.raises(ValidationError, match=r"wafer_grid\.pad_pich"):
        TypeAdapter(Delivery).validate_python(wrong, context={"units_required": True})


# refused


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"nominal_power": np.ones(3)}, r"nominal_power: found shape \(3,\)"),
        ({"nominal_power": 0.0}, r"nominal_power: found 0 W"),
        ({"wafer_temperature": 21.0}, r"wafer_temperature: found 21"),
        ({"wafer_temperature": np.nan}, r"wafer_temperature: found nan"),
        ({"density_peak": 0.5}, r"density_peak: found 0\.5; finite values from 1"),
        ({"pin": "wafer heat"}, r"target: found None with pin 'wafer heat'"),
        ({"target": 1.0}, r"target: found 1 W with pin 'none'"),
    ],
)
def test_bad_input_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        solve_network(delivery(), LEAKY, **machine(**changes))


def test_undecided_sharing_is_refused():
    with pytest.raises(ValidationError, match=r"feed_resistance: found 0 ohm with feed 'A/B'"):
        delivery(supplies={"feed": "A/B"})
    parts = delivery(boards={"plane_sheet_resistance": 0.0}, regulated={"load_line": 0.0})
    with pytest.raises(ValueError, match=r"load_line: found 0 ohm with a plane of 0 ohm/sq"):
        solve_network(parts, LEAKY, **machine())
    only_leakage = replace(LEAKY, leakage_fraction=1.0)
    with pytest.raises(ValueError, match="leakage_fraction: found 1 with pin 'wafer heat'"):
        solve_network(delivery(), only_leakage, **machine(), pin="wafer heat", target=1e4)


def test_offsets_need_one_per_block():
    parts = delivery(bricks={"set_point_offsets": (0.0, 0.01)})
    with pytest.raises(
        ValueError, match="set_point_offsets: found 2 values; one for each of the 84"
    ):
        solve_network(parts, LEAKY, **machine())


def test_resistances_of_nought_are_no_trouble():
    parts = delivery(
        supplies={"droop": 0.0},
        boards={"segment_resistance": 0.0},
        regulated={"load_line": 0.0},
        contact={"areal_resistance": 0.0},
        wafer_grid={"sheet_resistance": 0.0},
    )
    state = solve_network(parts, LEAKY, **machine())
    assert_allclose(state.block_worst_voltage, 1.0, rtol=1e-14)
    assert_allclose(state.board_voltage, 50.0, rtol=1e-14)
    assert state.balance < 1e-13


@given(data=st.data())
@settings(max_examples=60, deadline=None, derandomize=True)
def test_any_machine_balances_or_says_that_it_collapses(data):
    def number(low, high):
        return data.draw(st.floats(low, high))

    columns, rows = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 3))
    n = columns * rows
    feed = data.draw(st.sampled_from(["bussed", "per board", "A/B"]))
    offsets = tuple(data.draw(st.lists(st.floats(-0.01, 0.01), min_size=n, max_size=n)))
    parts = delivery(
        supplies={
            "feed": feed,
            "count": columns if feed == "per board" else data.draw(st.integers(2, 12)),
            "droop": number(0, 0.1),
        },
        boards={
            "segment_resistance": number(0, 0.05),
            "feed_resistance": number(1e-4, 0.05),
            "fed_from": data.draw(st.sampled_from(["one end", "both ends"])),
            "plane_sheet_resistance": number(1e-6, 1e-2),
        },
        fixed_ratio={"output_resistance": number(0, 0.05)},
        regulated={"load_line": number(0, 1e-3)},
        bricks={
            "set_point_offsets": offsets,
            "sense": data.draw(st.sampled_from(["brick", "wafer"])),
        },
        contact={"areal_resistance": number(0, 500e-9)},
        wafer_grid={"sheet_resistance": number(0, 1.0)},
    )
    case = machine(
        columns,
        rows,
        nominal_power=np.array(
            data.draw(st.lists(st.floats(1, 900), min_size=n, max_size=n)), dtype=float
        ),
        wafer_temperature=number(280, 400),
        board_temperature=number(280, 400),
        density_mean_square=number(1, 4),
    )
    loads = data.draw(st.sampled_from([LEAKY, CONSTANT_CURRENT, CONSTANT_POWER]))
    try:
        state = solve_network(parts, loads, **case)
    except VoltageCollapse as error:
        message = str(error)
    else:
        check_laws(state, case, parts)
        return
    assert message.startswith(("block ", "brick "))
